"""An account's collections: list, search, create, change, publish, delete, and their articles."""

from __future__ import annotations

import json

from .. import fields
from ..entity_kinds import ARTICLE, COLLECTION, Kind
from ..listing import page_of, query_of
from ..messages import API, BASE, Problem, Reply, Request, location_reply, not_found, router
from ..record_parts import citation, dumps, slug
from ..store import Store
from . import answers, entity_changes, metadata
from .access import accessible_row, acting_account
from .article_drafts import portal_host
from .authors import author_of_account

ROUTES, route = router()
ACCOUNT_COLLECTION = "/v2/account/collections/<int:collection_id>"


def draft_of_public_collection(store: Store, record: dict, account_id: int | None) -> dict:
    """Makes the draft with which a change of a public collection begins; it holds the ids of the articles."""
    rows = store.query(
        "SELECT article_id FROM collection_articles WHERE collection_id=? ORDER BY rowid", (record["id"],)
    )
    articles = [row["article_id"] for row in rows]
    return fields.COLLECTION.with_defaults({"account_id": account_id, **record, "articles": articles})


def compute_fields(store: Store, record: dict, account_id: int | None) -> None:
    """Updates the fields of a collection that are computed from its other fields."""
    institution = store.first_row(
        "SELECT coalesce((SELECT institution_id FROM groups WHERE id=?), "
        "(SELECT institution_id FROM accounts WHERE id=?)) AS id",
        (record.get("group_id"), account_id),
    )
    if "funding_list" in record:  # written as for articles, read under the other name (specification)
        record["funding"] = record.pop("funding_list")
    record.update(
        modified_date=store.now(),
        articles_count=len(record["articles"]),
        institution_id=institution["id"] if institution else None,
        url=answers.account_url(COLLECTION, record["id"]),
        citation=citation(record),
    )


entity_changes.register(COLLECTION, draft_of_public_collection, compute_fields)


def blank_collection(store: Store, account: dict, collection_id: int) -> dict:
    """Makes a collection without content."""
    now = store.now()
    return fields.COLLECTION.blank(
        id=collection_id,
        title="",
        authors=[author_of_account(store, account)],
        institution_id=account["institution_id"],
        group_id=account["group_id"],
        account_id=account["id"],
        created_date=now,
        modified_date=now,
        articles=[],
    )


def private_collection(row: dict) -> dict:
    """Returns the private record of a collection."""
    record = {key: value for key, value in row["record"].items() if key != "articles"}
    return {**record, "account_id": row["account_id"] or 0, "url": answers.account_url(COLLECTION, row["id"])}


def checked_article_ids(store: Store, value: object) -> list[int]:
    """Returns the ids of articles that a body names. Raises `Problem` 400 and 404."""
    if not isinstance(value, list) or not all(
        isinstance(article_id, int) and not isinstance(article_id, bool) for article_id in value
    ):
        raise metadata.bad_field("articles", "must be a list of article ids")
    ids = list(dict.fromkeys(value))
    existing_ids = {
        row["id"]
        for row in store.query(
            "SELECT id FROM private_articles WHERE id IN (SELECT value FROM json_each(?))", (dumps(ids),)
        )
    }
    for article_id in ids:
        if article_id not in existing_ids:
            raise not_found(f"Article {article_id}")
    return ids


@route("GET", "/v2/account/collections", needs="account")
def private_collections_list(store: Store, request: Request) -> Reply:
    """Returns the account's collections."""
    return collections_page(store, acting_account(store, request), request.query)


@route("POST", "/v2/account/collections/search", needs="account")
def private_collections_search(store: Store, request: Request) -> Reply:
    """Searches the account's collections."""
    return collections_page(store, acting_account(store, request), request.parameters())


def collections_page(store: Store, account: dict, parameters: dict) -> Reply:
    """Returns a page of an account's collections."""
    query = query_of("private_collections", parameters, "published_date")
    query.where("account_id = ?", account["id"])
    page = page_of(parameters)
    rows = query.run(store, "id, item, is_draft", page.limit, page.offset)
    return Reply(200, [answers.private_item(COLLECTION, row) for row in rows])


@route("POST", "/v2/account/collections", needs="account")
def private_collection_create(store: Store, request: Request) -> Reply:
    """Creates a collection. Its owner is the first author, as with articles."""
    collection_id = entity_changes.create(
        store, COLLECTION, acting_account(store, request), request.json(), blank_collection, write_collection
    )
    return entity_changes.created_reply(COLLECTION, collection_id)


def write_collection(store: Store, kind: Kind, record: dict, body: dict, account: dict) -> None:
    """Writes a body into a collection, with its `articles`."""
    metadata.write(store, kind, record, body, account, other_fields=("articles",))
    if body.get("articles") is not None:
        record["articles"] = checked_article_ids(store, body["articles"])


@route("GET", ACCOUNT_COLLECTION, needs="account")
def private_collection_details(store: Store, request: Request, collection_id: int) -> Reply:
    """Returns the private record."""
    row = accessible_row(store, request, COLLECTION, collection_id)
    return answers.record_reply(private_collection(row), row["record"].get("modified_date"))


@route("PUT", ACCOUNT_COLLECTION, needs="account")
@route("PATCH", ACCOUNT_COLLECTION, needs="account")
def private_collection_update(store: Store, request: Request, collection_id: int) -> Reply:
    """Changes the fields of a collection that the body names."""
    with entity_changes.editing(store, request, COLLECTION, collection_id) as row:
        write_collection(store, COLLECTION, row["record"], request.json(), acting_account(store, request))
    return entity_changes.updated_reply(COLLECTION, collection_id)


@route("DELETE", ACCOUNT_COLLECTION, needs="account")
def private_collection_delete(store: Store, request: Request, collection_id: int) -> Reply:
    """Deletes a collection that is not public."""
    with store.write():
        accessible_row(store, request, COLLECTION, collection_id)
        if store.public_json(COLLECTION, collection_id):
            raise Problem(403, "Forbidden", "A public collection cannot be deleted")
        store.delete(COLLECTION.drafts, collection_id)
        store.tick()
    return Reply(204)


@route("POST", f"{ACCOUNT_COLLECTION}/reserve_doi", needs="account")
def private_collection_reserve_doi(store: Store, request: Request, collection_id: int) -> Reply:
    """Reserves a DOI; a collection's has a `c.` (as in recorded DOIs)."""
    return entity_changes.reserve_identifier(
        store, request, COLLECTION, collection_id, "doi", f"{entity_changes.DOI_PREFIX}.c.{collection_id}"
    )


@route("POST", f"{ACCOUNT_COLLECTION}/reserve_handle", needs="account")
def private_collection_reserve_handle(store: Store, request: Request, collection_id: int) -> Reply:
    """Reserves a handle."""
    return entity_changes.reserve_identifier(
        store, request, COLLECTION, collection_id, "handle", f"11172/FK2.local.c.{collection_id}"
    )


@route("POST", f"{ACCOUNT_COLLECTION}/resource", needs="account")
def private_collection_resource(store: Store, request: Request, collection_id: int) -> Reply:
    """Links a collection to the publication that it belongs to."""
    return entity_changes.link_publication(
        store, request, COLLECTION, collection_id, ("id", "doi", "title", "link", "version")
    )


@route("POST", f"{ACCOUNT_COLLECTION}/publish", needs="account")
def private_collection_publish(store: Store, request: Request, collection_id: int) -> Reply:
    """Publishes a collection, which needs title, description, authors, categories, keywords and an article."""
    with store.write():
        row = accessible_row(store, request, COLLECTION, collection_id)
        if row["is_draft"]:
            mandatory = ("title", "description", "authors", "categories", "keywords", "articles")
            missing = [name for name in mandatory if not row["record"].get(name)]
            if missing:
                raise Problem(
                    400,
                    "MissingMandatoryField",
                    f"Missing mandatory field for publication - {', '.join(missing)}",
                    {"missing": missing},
                )
            store.tick()
            publish_draft(store, row)
    return location_reply(201, f"/collections/{collection_id}")


def publish_draft(store: Store, row: dict) -> None:
    """Makes the draft the next public version."""
    record, now, previous = row["record"], store.now(), store.public_record(COLLECTION, row["id"])
    article_ids, version = record.pop("articles"), (record.get("version") or 0) + 1
    doi = (record.get("doi") or f"{entity_changes.DOI_PREFIX}.c.{row['id']}").removesuffix(f".v{version - 1}")
    portal = portal_host(store, record, row["account_id"])
    posted = now.removesuffix("Z")
    public = {key: value for key, value in record.items() if key != "account_id"}
    public.update(
        version=version,
        public=True,
        published_date=now,
        modified_date=now,
        doi=f"{doi}.v{version}",
        url=f"{API}/collections/{row['id']}",
        timeline={"firstOnline": posted, **(record.get("timeline") or {}), "posted": posted},
    )
    public["citation"] = citation(
        {**public, "url_public_html": f"{BASE}/web/{portal}/collections/{slug(record['title'])}/{row['id']}"}
    )
    with store.write() as db:
        if previous:
            db.execute(
                "INSERT OR REPLACE INTO versions VALUES ('collection', ?, ?, ?)",
                (row["id"], previous.get("version") or 1, dumps(previous)),
            )
        store.save(COLLECTION, public, account_id=row["account_id"], is_public=True)
        store.delete(COLLECTION.drafts, row["id"])
        db.execute("DELETE FROM collection_articles WHERE collection_id=?", (row["id"],))
        db.executemany(
            "INSERT INTO collection_articles VALUES (?, ?)", [(row["id"], article_id) for article_id in article_ids]
        )


# The articles of an account's collection


@route("GET", f"{ACCOUNT_COLLECTION}/articles", needs="account")
def private_collection_articles_list(store: Store, request: Request, collection_id: int) -> Reply:
    """Returns the collection's articles, private ones too."""
    row = accessible_row(store, request, COLLECTION, collection_id)
    record = row["record"] if row["is_draft"] else draft_of_public_collection(store, row["record"], row["account_id"])
    page = page_of(request.query)
    rows = store.query(
        "SELECT p.id, p.item, p.is_draft FROM json_each(?) j JOIN private_articles p ON p.id = j.value "
        "ORDER BY j.key LIMIT ? OFFSET ?",
        (json.dumps(record["articles"]), page.limit, page.offset),
    )
    return Reply(200, [answers.private_item(ARTICLE, entry) for entry in rows])


@route("PUT", f"{ACCOUNT_COLLECTION}/articles", needs="account")
def private_collection_articles_replace(store: Store, request: Request, collection_id: int) -> Reply:
    """Replaces the articles of a collection by others."""
    with entity_changes.editing(store, request, COLLECTION, collection_id) as row:
        row["record"]["articles"] = checked_article_ids(store, request.json().get("articles"))
    return Reply(205, b"", {"Location": f"{answers.account_url(COLLECTION, collection_id)}/articles"})


@route("POST", f"{ACCOUNT_COLLECTION}/articles", needs="account")
def private_collection_articles_add(store: Store, request: Request, collection_id: int) -> Reply:
    """Adds articles to a collection."""
    with entity_changes.editing(store, request, COLLECTION, collection_id) as row:
        new_ids = checked_article_ids(store, request.json().get("articles"))
        row["record"]["articles"] = list(dict.fromkeys(row["record"]["articles"] + new_ids))
    return location_reply(201, f"/account/collections/{collection_id}/articles")


@route("DELETE", f"{ACCOUNT_COLLECTION}/articles/<int:article_id>", needs="account")
def private_collection_article_delete(store: Store, request: Request, collection_id: int, article_id: int) -> Reply:
    """Takes an article out of a collection."""
    with entity_changes.editing(store, request, COLLECTION, collection_id) as row:
        if article_id not in row["record"]["articles"]:
            raise not_found("Article")
        row["record"]["articles"].remove(article_id)
    return Reply(204)
