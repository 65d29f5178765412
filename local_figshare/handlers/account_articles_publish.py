"""Publishes and withdraws articles, and submits them for review."""

from __future__ import annotations

from ..entity_kinds import ARTICLE
from ..messages import API, Problem, Reply, Request, location_reply, router
from ..record_parts import ARTICLE_KEYS, article_urls, citation, dumps
from ..store import Store
from . import answers, metadata
from .access import accessible_row, token_account
from .article_drafts import check_complete, portal_host
from .entity_changes import DOI_PREFIX, editing

ROUTES, route = router()
ACCOUNT_ARTICLE = "/v2/account/articles/<int:article_id>"

# Keys of a public detail, in their recorded order; the keys of a list item follow.
DETAIL_KEYS = (
    "files",
    "folder_structure",
    "authors",
    "custom_fields",
    "figshare_url",
    "download_disabled",
    "description",
    "funding",
    "funding_list",
    "version",
    "status",
    "size",
    "created_date",
    "modified_date",
    "is_public",
    "is_confidential",
    "is_metadata_record",
    "confidential_reason",
    "metadata_reason",
    "license",
    "tags",
    "keywords",
    "categories",
    "references",
    "has_linked_file",
    "citation",
    "related_materials",
    "is_embargoed",
    "embargo_date",
    "embargo_type",
    "embargo_title",
    "embargo_reason",
    "embargo_options",
)


@route("POST", f"{ACCOUNT_ARTICLE}/publish", needs="account")
def account_article_publish(store: Store, request: Request, article_id: int) -> Reply:
    """Publishes an item or, where its group is curated, submits it for review; then it stays private (hearsay)."""
    with store.write():
        row = accessible_row(store, request, ARTICLE, article_id)
        if row["is_draft"]:
            check_complete(store, row["record"])
            store.tick()
            if _is_curated(store, row["record"]) and not token_account(request)["is_admin"]:
                submit_for_review(store, row)
            else:
                publish_draft(store, row)
    return location_reply(201, f"/articles/{article_id}")


def _is_curated(store: Store, record: dict) -> bool:
    row = store.first_row("SELECT curation FROM groups WHERE id=?", (record.get("group_id"),))
    return bool(row and row["curation"])


def submit_for_review(store: Store, row: dict) -> None:
    """Opens a review of an item, unless one is open."""
    record, now = row["record"], store.now().removesuffix("Z")
    if answers.curation_status(store, row["id"]) == "pending":
        return
    earlier_reviews = store.query("SELECT count(*) FROM reviews WHERE article_id=?", (row["id"],))[0][0]
    review = {
        "id": store.next_id("review"),
        "group_id": record["group_id"],
        "account_id": row["account_id"],
        "assigned_to": 0,
        "article_id": row["id"],
        "version": record["version"] + 1,
        "comments_count": 0,
        "status": "pending",
        "created_date": now,
        "modified_date": now,
        "request_number": earlier_reviews + 1,
        "resolution_comment": "",
        "review_date": None,
    }
    with store.write() as db:
        db.execute(
            "INSERT INTO reviews VALUES (?, ?, ?, ?, ?, ?)",
            (*(review[key] for key in ("id", "group_id", "account_id", "article_id", "status")), dumps(review)),
        )


def publish_draft(store: Store, row: dict) -> None:
    """Makes the draft the next public version: DOI with .vN, dates, files as they are now."""
    record, now = row["record"], store.now()
    previous = store.article(row["id"])
    version = (record.get("version") or 0) + 1
    public = record_to_publish(store, record, version, now, portal_host(store, record, row["account_id"]))
    with store.write() as db:
        if previous:
            keep_version(store, previous)
        publish_files(store, row["id"], public["files"])
        store.save(ARTICLE, public, account_id=row["account_id"], is_public=True)
        store.delete("drafts", row["id"])
        db.execute("DELETE FROM withdrawn WHERE id=?", (row["id"],))
        link_authors_and_categories(store, public)


def record_to_publish(store: Store, record: dict, version: int, now: str, portal: str) -> dict:
    """Makes the public record of a draft, with its keys in the recorded order."""
    files = [
        answers.public_file({**row, "mimetype": row["mimetype"] or "application/octet-stream"})
        for row in answers.files_of(store, record)
    ]
    first_online = (record.get("timeline") or {}).get("firstOnline") or now.removesuffix("Z")
    doi = record.get("doi") or f"{DOI_PREFIX}.{record['id']}"
    public = {
        **record,
        "files": files,
        "version": version,
        "status": "public",
        "is_public": True,
        "modified_date": now,
        "published_date": now,
        "doi": f"{doi.rpartition('.v')[0] if _ends_in_version(doi) else doi}.v{version}",
        "timeline": {"posted": now.removesuffix("Z"), **(record.get("timeline") or {}), "firstOnline": first_online},
        **article_urls(record["id"], record["title"], record["defined_type_name"], portal),
        "url": f"{API}/articles/{record['id']}",
    }
    public["timeline"]["posted"] = now.removesuffix("Z")
    public["citation"] = citation(public)
    keys = [*DETAIL_KEYS, *(key for key in ARTICLE_KEYS if key not in DETAIL_KEYS)]
    return {key: public[key] for key in keys if key in public}


def _ends_in_version(doi: str) -> bool:
    return doi.rpartition(".v")[2].isdigit()


def publish_files(store: Store, article_id: int, files: list[dict]) -> None:
    """Makes the files of a new version public, and available if they were still being processed."""
    with store.write() as db:
        db.execute("UPDATE files SET public=0 WHERE article_id=?", (article_id,))
        db.executemany(
            "UPDATE files SET public=1, status='available', position=? WHERE id=?",
            [(position, entry["id"]) for position, entry in enumerate(files)],
        )


def link_authors_and_categories(store: Store, record: dict) -> None:
    """Writes which authors and categories a public article has."""
    with store.write() as db:
        unlink_authors_and_categories(store, record["id"])
        db.executemany(
            "INSERT INTO article_authors VALUES (?, ?)", [(record["id"], entry["id"]) for entry in record["authors"]]
        )
        db.executemany(
            "INSERT INTO article_categories VALUES (?, ?)",
            [(record["id"], entry["id"]) for entry in record["categories"]],
        )


def unlink_authors_and_categories(store: Store, article_id: int) -> None:
    """Removes what `link_authors_and_categories` wrote."""
    with store.write() as db:
        for table in ("article_authors", "article_categories"):
            db.execute(f"DELETE FROM {table} WHERE article_id=?", (article_id,))


@route("POST", f"{ACCOUNT_ARTICLE}/unpublish", needs="account")
def account_article_unpublish(store: Store, request: Request, article_id: int) -> Reply:
    """Withdraws a public article; it becomes a draft of its owner."""
    metadata.checked_text("reason", request.json().get("reason"), 5, 500)
    with editing(store, request, ARTICLE, article_id) as row, store.write() as db:
        public = store.article(article_id)
        if public is None:
            raise Problem(400, "BadRequest", "The item is not public")
        row["record"].update(is_public=False)
        db.execute("INSERT OR REPLACE INTO withdrawn VALUES (?, ?, ?)", (article_id, dumps(public), store.now()))
        keep_version(store, public)
        store.delete("articles", article_id)
        unlink_authors_and_categories(store, article_id)
        db.execute("UPDATE files SET public=0 WHERE article_id=?", (article_id,))
    return Reply(204)


def keep_version(store: Store, record: dict) -> None:
    """Keeps a public version when another replaces it, or when it is withdrawn."""
    with store.write() as db:
        db.execute(
            "INSERT OR REPLACE INTO versions VALUES ('article', ?, ?, ?)",
            (record["id"], record.get("version") or 1, dumps(record)),
        )
