"""An account's articles: list, search, create, change, publish, withdraw."""

from __future__ import annotations

import json

from ..kinds import ARTICLE
from ..listing import page_of, query_of
from ..records import ARTICLE_KEYS, article_urls, citation, dumps
from ..store import Store
from ..wire import API, Problem, Reply, Request, located, router
from . import metadata, views
from .archive import zipped
from .people import acting, mine, owner_author

ROUTES, route = router()
ONE = "/v2/account/articles/<int:article_id>"

# Recorded defaults of figshare.com: a dataset under CC BY 4.0.
DEFAULT_TYPE, DEFAULT_LICENCE = 3, 1
DOI_PREFIX = "10.5072/FK2.local"  # DataCite's prefix for tests: nothing here can pass for a real DOI
FIGSHARE_HOST = "figshare.com"

# Keys of a public detail, in their recorded order; the keys of a list item follow.
DETAIL_KEYS = (
    "files", "folder_structure", "authors", "custom_fields", "figshare_url", "download_disabled", "description",
    "funding", "funding_list", "version", "status", "size", "created_date", "modified_date", "is_public",
    "is_confidential", "is_metadata_record", "confidential_reason", "metadata_reason", "license", "tags", "keywords",
    "categories", "references", "has_linked_file", "citation", "related_materials", "is_embargoed", "embargo_date",
    "embargo_type", "embargo_title", "embargo_reason", "embargo_options",
)


# Lists

@route("GET", "/v2/account/articles", needs="account")
def private_articles_list(store: Store, request: Request) -> Reply:
    """The account's own items, drafts beside published ones, newest created first."""
    return account_page(store, request, acting(store, request), request.query)


@route("POST", "/v2/account/articles/search", needs="account")
def private_articles_search(store: Store, request: Request) -> Reply:
    return account_page(store, request, acting(store, request), request.parameters(), prefix=True)


def account_page(store: Store, request: Request, account: dict, parameters: dict, prefix: bool = False) -> Reply:
    """A page of what an account owns."""
    query = query_of("private_articles", parameters, "created_date")
    query.where("account_id = ?", account["id"])
    page = page_of(parameters)
    rows = query.run(store, "id, item, project_id, is_draft", page.limit, page.offset)
    items = [views.private_item(ARTICLE, row) for row in rows]
    if prefix:
        items = [{"project_id": row["project_id"], **item} for row, item in zip(rows, items, strict=True)]
    return Reply(200, items)


# One article

@route("POST", "/v2/account/articles", needs="account")
def private_article_create(store: Store, request: Request) -> Reply:
    account = acting(store, request)
    with store.write():
        article_id = create(store, account, request.json())
    return created(article_id)


def created(article_id: int) -> Reply:
    """201 as recorded: entity_id, location, warnings, in this order."""
    location = views.account_url(ARTICLE, article_id)
    return Reply(201, {"entity_id": article_id, "location": location, "warnings": []}, {"Location": location})


def updated(location: str) -> Reply:
    """205 as recorded: it has a body."""
    return Reply(205, {"location": location, "warnings": []}, {"Location": location})


def create(store: Store, account: dict, body: dict) -> int:
    """A new draft of an account. Its owner is the first author, whoever else is named (recorded)."""
    if not body.get("title"):
        raise metadata.bad("title", "is required")
    store.tick()
    record = blank(store, account, store.next_id("article"))
    owner = record["authors"]
    metadata.write(store, ARTICLE, record, body, account)
    if body.get("authors") is not None:
        record["authors"] = owner + [entry for entry in record["authors"] if entry["id"] != owner[0]["id"]]
    save_draft(store, record, account["id"])
    return record["id"]


def blank(store: Store, account: dict, article_id: int) -> dict:
    """An untouched draft, with the values recorded of one."""
    now, licence = store.now(), {}
    metadata.licence(store, licence, DEFAULT_LICENCE, account)
    return {
        "curation_status": None, "files": [], "resource_title": None, "resource_doi": None, "group_resource_id": None,
        "account_id": account["id"], "folder_structure": {}, "authors": [owner_author(store, account)],
        "custom_fields": [], "figshare_url": "", "download_disabled": False, "description": "", "funding": None,
        "funding_list": [], "version": 0, "status": "draft", "size": 0, "created_date": now, "modified_date": now,
        "is_public": False, "is_confidential": False, "is_metadata_record": False, "confidential_reason": "",
        "metadata_reason": "", "license": licence["license"], "tags": [], "keywords": [], "categories": [],
        "references": [], "has_linked_file": False, "citation": "", "related_materials": [], "is_embargoed": False,
        "embargo_date": None, "embargo_type": None, "embargo_title": "", "embargo_reason": "", "embargo_options": [],
        "id": article_id, "title": "", "doi": "", "handle": "", "url": "", "published_date": None, "thumb": "",
        "defined_type": DEFAULT_TYPE, "defined_type_name": "dataset", "group_id": account["group_id"],
        "url_private_api": "", "url_public_api": "", "url_private_html": "", "url_public_html": "", "timeline": {},
    }


def save_draft(store: Store, record: dict, account_id: int | None) -> None:
    """Bring what follows from the rest of a draft up to date, and write it."""
    rows = views.files_of(store, record)
    record.update(
        article_urls(record["id"], record["title"] if record["version"] else "", record["defined_type_name"],
                     host(store, record, account_id)),
        modified_date=store.now(), size=sum(row["size"] for row in rows),
        has_linked_file=any(row["is_link_only"] for row in rows),
        folder_structure={str(row["id"]): row["folder_path"] for row in rows if row["folder_path"]},
        files=[row["id"] for row in rows])
    record["citation"] = citation(record)
    record["status"] = "draft" if missing(store, record) else "private"
    store.save(ARTICLE, record, account_id=account_id)


def host(store: Store, record: dict, account_id: int | None) -> str:
    """The portal of a record: its group's institution, otherwise its account's."""
    row = store.one("SELECT host FROM institutions WHERE id = coalesce((SELECT institution_id FROM groups WHERE id=?), "
                    "(SELECT institution_id FROM accounts WHERE id=?))", (record.get("group_id"), account_id))
    return row["host"] if row else FIGSHARE_HOST


def draft_of(store: Store, request: Request, article_id: int) -> dict:
    """The row of an article to be changed; of a published one a draft is begun. Raises `Problem` 404."""
    row = mine(store, request, ARTICLE, article_id)
    if not row["is_draft"]:
        row["record"] = draft_from_public(row["record"], row["account_id"])
    return row


def draft_from_public(record: dict, account_id: int | None) -> dict:
    """The draft with which a change of a published article begins."""
    record = {"curation_status": None, "account_id": account_id, "group_resource_id": None, **record}
    record["files"] = [entry["id"] for entry in record.get("files") or []]
    record.setdefault("tags", [])
    record.setdefault("keywords", record["tags"])
    return record


def change(store: Store, request: Request, article_id: int, body: dict) -> None:
    """Write a body into the draft of an article."""
    with store.write():
        row = draft_of(store, request, article_id)
        store.tick()
        metadata.write(store, ARTICLE, row["record"], body, acting(store, request))
        save_draft(store, row["record"], row["account_id"])


@route("GET", ONE, needs="account")
def private_article_details(store: Store, request: Request, article_id: int) -> Reply:
    record = views.private_record(store, mine(store, request, ARTICLE, article_id))
    return views.reply(record, record.get("modified_date"))


@route("PUT", ONE, needs="account")
@route("PATCH", ONE, needs="account")
def private_article_update(store: Store, request: Request, article_id: int) -> Reply:
    """PUT and PATCH do the same (recorded): what the body does not name stays as it is."""
    change(store, request, article_id, request.json())
    return updated(views.account_url(ARTICLE, article_id))


@route("DELETE", ONE, needs="account")
def private_article_delete(store: Store, request: Request, article_id: int) -> Reply:
    """A draft is deleted; what is public is not (our choice of refusal: 403)."""
    mine(store, request, ARTICLE, article_id)
    if store.text(ARTICLE, article_id):
        raise Problem(403, "Forbidden", "A public item cannot be deleted; unpublish it first")
    with store.write() as db:
        store.delete("drafts", article_id)
        for table in ("files", "project_articles", "collection_articles"):
            db.execute(f"DELETE FROM {table} WHERE article_id=?", (article_id,))
        store.tick()
    return Reply(204)


@route("GET", f"{ONE}/download", needs="account")
def private_article_download(store: Store, request: Request, article_id: int) -> Reply:
    return zipped(store, request, mine(store, request, ARTICLE, article_id)["record"], private=True)


# Publishing

def missing(store: Store, record: dict) -> list[str]:
    """What publishing still needs, in the words of the refusal."""
    needed = ("title", "description", "authors", "categories", "keywords", "defined_type", "license")
    found = [name for name in needed if not record.get(name)]
    if not record.get("files") and not record.get("is_metadata_record"):
        found.append("files")
    values = {entry["name"]: entry.get("value") for entry in record.get("custom_fields") or []}
    return found + [rule["name"] for rule in metadata.custom_field_rules(store, record.get("group_id"))
                    if rule.get("is_mandatory") and not values.get(rule["name"])]


def check_complete(store: Store, record: dict) -> None:
    """Raises `Problem` 400 naming all that is missing (recorded: "Missing mandatory value: ...")."""
    absent = missing(store, record)
    if absent:
        raise Problem(400, "MissingMandatoryField", f"Missing mandatory field for publication - {', '.join(absent)}",
                      {"missing": absent})
    for row in views.files_of(store, record):
        if row["status"] in ("created", "ic_failure"):
            raise Problem(400, "FileNotReady", f"The upload of {row['name']} is not complete", {"file_id": row["id"]})


@route("POST", f"{ONE}/publish", needs="account")
def account_article_publish(store: Store, request: Request, article_id: int) -> Reply:
    """Publish, or, where the group is curated, hand in for review and stay private (hearsay, kept)."""
    with store.write():
        row = mine(store, request, ARTICLE, article_id)
        if row["is_draft"]:
            check_complete(store, row["record"])
            store.tick()
            if _is_curated(store, row["record"]) and not request.account["is_admin"]:
                submit(store, row)
            else:
                publish(store, row)
    return located(201, f"/articles/{article_id}")


def _is_curated(store: Store, record: dict) -> bool:
    row = store.one("SELECT curation FROM groups WHERE id=?", (record.get("group_id"),))
    return bool(row and row["curation"])


def submit(store: Store, row: dict) -> None:
    """Open a review of an item, unless one is open."""
    record, now = row["record"], store.now().removesuffix("Z")
    if views.curation_status(store, row["id"]) == "pending":
        return
    earlier = store.one("SELECT count(*) AS n FROM reviews WHERE article_id=?", (row["id"],))["n"]
    review = {"id": store.next_id("review"), "group_id": record["group_id"], "account_id": row["account_id"],
              "assigned_to": 0, "article_id": row["id"], "version": record["version"] + 1, "comments_count": 0,
              "status": "pending", "created_date": now, "modified_date": now, "request_number": earlier + 1,
              "resolution_comment": "", "review_date": None}
    with store.write() as db:
        db.execute("INSERT INTO reviews VALUES (?, ?, ?, ?, ?, ?)",
                   (*(review[key] for key in ("id", "group_id", "account_id", "article_id", "status")), dumps(review)))


def publish(store: Store, row: dict) -> None:
    """Make the draft the next public version: DOI with .vN, dates, files as they are now."""
    record, now = row["record"], store.now()
    previous = store.article(row["id"])
    version = (record.get("version") or 0) + 1
    public = public_record(store, record, version, now, host(store, record, row["account_id"]))
    with store.write() as db:
        if previous:
            db.execute("INSERT OR REPLACE INTO versions VALUES ('article', ?, ?, ?)",
                       (row["id"], previous.get("version") or 1, dumps(previous)))
        settle_files(store, row["id"], public["files"])
        store.save(ARTICLE, public, account_id=row["account_id"], public=True)
        store.delete("drafts", row["id"])
        db.execute("DELETE FROM withdrawn WHERE id=?", (row["id"],))
        link(store, public)


def public_record(store: Store, record: dict, version: int, now: str, portal: str) -> dict:
    """The public detail of a draft, its keys in the recorded order."""
    files = [views.public_file({**row, "mimetype": row["mimetype"] or "application/octet-stream"})
             for row in views.files_of(store, record)]
    first = (record.get("timeline") or {}).get("firstOnline") or now.removesuffix("Z")
    doi = record.get("doi") or f"{DOI_PREFIX}.{record['id']}"
    made = {**record, "files": files, "version": version, "status": "public", "is_public": True, "modified_date": now,
            "published_date": now, "doi": f"{doi.rpartition('.v')[0] if _versioned(doi) else doi}.v{version}",
            "timeline": {"posted": now.removesuffix("Z"), **(record.get("timeline") or {}), "firstOnline": first},
            **article_urls(record["id"], record["title"], record["defined_type_name"], portal),
            "url": f"{API}/articles/{record['id']}"}
    made["timeline"]["posted"] = now.removesuffix("Z")
    made["citation"] = citation(made)
    keys = [*DETAIL_KEYS, *(key for key in ARTICLE_KEYS if key not in DETAIL_KEYS)]
    return {key: made[key] for key in keys if key in made}


def _versioned(doi: str) -> bool:
    return doi.rpartition(".v")[2].isdigit()


def settle_files(store: Store, article_id: int, files: list[dict]) -> None:
    """The files of the new version are public and, if they still were on their way, available."""
    with store.write() as db:
        db.execute("UPDATE files SET public=0 WHERE article_id=?", (article_id,))
        db.executemany("UPDATE files SET public=1, status='available', position=? WHERE id=?",
                       [(position, entry["id"]) for position, entry in enumerate(files)])


def link(store: Store, record: dict) -> None:
    """Tie a public article to its authors and categories."""
    with store.write() as db:
        unlink(store, record["id"])
        db.executemany("INSERT INTO article_authors VALUES (?, ?)",
                       [(record["id"], entry["id"]) for entry in record["authors"]])
        db.executemany("INSERT INTO article_categories VALUES (?, ?)",
                       [(record["id"], entry["id"]) for entry in record["categories"]])


def unlink(store: Store, article_id: int) -> None:
    with store.write() as db:
        for table in ("article_authors", "article_categories"):
            db.execute(f"DELETE FROM {table} WHERE article_id=?", (article_id,))


@route("POST", f"{ONE}/unpublish", needs="account")
def account_article_unpublish(store: Store, request: Request, article_id: int) -> Reply:
    """Withdraw a public article: gone for the public, a draft again for its owner."""
    metadata.checked_text("reason", request.json().get("reason"), 5, 500)
    with store.write() as db:
        row = draft_of(store, request, article_id)
        public = store.text(ARTICLE, article_id)
        if public is None:
            raise Problem(400, "BadRequest", "The item is not public")
        store.tick()
        row["record"].update(is_public=False)
        db.execute("INSERT OR REPLACE INTO withdrawn VALUES (?, ?, ?)", (article_id, public, store.now()))
        _keep_version(store, json.loads(public))
        store.delete("articles", article_id)
        unlink(store, article_id)
        db.execute("UPDATE files SET public=0 WHERE article_id=?", (article_id,))
        save_draft(store, row["record"], row["account_id"])
    return Reply(204)


def _keep_version(store: Store, record: dict) -> None:
    with store.write() as db:
        db.execute("INSERT OR REPLACE INTO versions VALUES ('article', ?, ?, ?)",
                   (record["id"], record.get("version") or 1, dumps(record)))


@route("POST", f"{ONE}/reserve_doi", needs="account")
def private_article_reserve_doi(store: Store, request: Request, article_id: int) -> Reply:
    """Recorded: a reserved DOI has no version at its end."""
    return reserve(store, request, article_id, "doi", f"{DOI_PREFIX}.{article_id}")


@route("POST", f"{ONE}/reserve_handle", needs="account")
def private_article_reserve_handle(store: Store, request: Request, article_id: int) -> Reply:
    return reserve(store, request, article_id, "handle", f"11172/FK2.local.{article_id}")


def reserve(store: Store, request: Request, article_id: int, name: str, value: str) -> Reply:
    """Give the draft an identifier, or tell the one it has."""
    with store.write():
        row = draft_of(store, request, article_id)
        if not row["record"].get(name):
            row["record"][name] = value
            store.tick()
            save_draft(store, row["record"], row["account_id"])
    return Reply(200, {name: row["record"][name]})


@route("POST", f"{ONE}/resource", needs="account")
def private_article_resource(store: Store, request: Request, article_id: int) -> Reply:
    """Tie the article to a publication of its own (documented: 205 with the location)."""
    body = request.json()
    values = {f"resource_{name}": body[name] for name in ("doi", "title") if body.get(name)}
    change(store, request, article_id, values)
    location = views.account_url(ARTICLE, article_id)
    return Reply(205, {"location": location}, {"Location": location})


# Embargo and confidentiality

@route("GET", f"{ONE}/embargo", needs="account")
def private_article_embargo_details(store: Store, request: Request, article_id: int) -> Reply:
    return Reply(200, views.embargo(mine(store, request, ARTICLE, article_id)["record"]))


@route("PUT", f"{ONE}/embargo", needs="account")
def private_article_embargo_update(store: Store, request: Request, article_id: int) -> Reply:
    values = _embargo_of(request.json())
    with store.write():
        row = draft_of(store, request, article_id)
        if values["is_embargoed"] and values["embargo_type"] == "file" and not row["record"]["files"]:
            raise metadata.bad("embargo_type", "an embargo of files needs at least one file")
        _rewrite(store, row, values)
    return Reply(205, b"", {"Location": f"{views.account_url(ARTICLE, article_id)}/embargo"})


def _embargo_of(body: dict) -> dict:
    if not isinstance(body.get("is_embargoed"), bool):
        raise metadata.bad("is_embargoed", "must be true or false")
    if not body["is_embargoed"]:
        return NO_EMBARGO
    if body.get("embargo_type") not in ("article", "file"):
        raise metadata.bad("embargo_type", "must be article or file")
    date = body.get("embargo_date")
    # Recorded: "0" or a date far away stands for an embargo that never ends.
    date = None if date in (None, "", "0", 0) else metadata.checked_date("embargo_date", date)
    options = body.get("embargo_options") or []
    if not isinstance(options, list) or not all(isinstance(entry, dict) for entry in options):
        raise metadata.bad("embargo_options", "must be a list of objects")
    return {"is_embargoed": True, "embargo_date": date, "embargo_type": body["embargo_type"],
            "embargo_title": metadata.checked_text("embargo_title", body.get("embargo_title") or ""),
            "embargo_reason": metadata.checked_text("embargo_reason", body.get("embargo_reason") or ""),
            "embargo_options": options}


NO_EMBARGO = {"is_embargoed": False, "embargo_date": None, "embargo_type": None, "embargo_title": "",
              "embargo_reason": "", "embargo_options": []}


@route("DELETE", f"{ONE}/embargo", needs="account")
def private_article_embargo_delete(store: Store, request: Request, article_id: int) -> Reply:
    return _rewritten(store, request, article_id, NO_EMBARGO, Reply(204))


@route("GET", f"{ONE}/confidentiality", needs="account")
def private_article_confidentiality_details(store: Store, request: Request, article_id: int) -> Reply:
    return Reply(200, views.confidentiality(mine(store, request, ARTICLE, article_id)["record"]))


@route("PUT", f"{ONE}/confidentiality", needs="account")
def private_article_confidentiality_update(store: Store, request: Request, article_id: int) -> Reply:
    reason = metadata.checked_text("reason", request.json().get("reason"), 1, 1000)
    return _rewritten(store, request, article_id, {"is_confidential": True, "confidential_reason": reason}, Reply(205))


@route("DELETE", f"{ONE}/confidentiality", needs="account")
def private_article_confidentiality_delete(store: Store, request: Request, article_id: int) -> Reply:
    return _rewritten(store, request, article_id, {"is_confidential": False, "confidential_reason": ""}, Reply(204))


def _rewritten(store: Store, request: Request, article_id: int, values: dict, reply: Reply) -> Reply:
    with store.write():
        _rewrite(store, draft_of(store, request, article_id), values)
    return reply


def _rewrite(store: Store, row: dict, values: dict) -> None:
    store.tick()
    row["record"].update(values)
    save_draft(store, row["record"], row["account_id"])

