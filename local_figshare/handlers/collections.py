"""Public collections: lists, search, details, versions, articles."""

from __future__ import annotations

from ..entity_kinds import COLLECTION
from ..listing import page_of, public_list, public_search
from ..messages import API, Reply, Request, not_found, router
from ..store import Store
from . import answers

ROUTES, route = router()
PUBLIC_COLLECTION = "/v2/collections/<int:collection_id>"


@route("GET", "/v2/collections")
def collections_list(store: Store, request: Request) -> Reply:
    """Returns public collections, newest published first."""
    return public_list(store, request, COLLECTION)


@route("POST", "/v2/collections/search")
def collections_search(store: Store, request: Request) -> Reply:
    """Searches public collections."""
    return public_search(store, request, COLLECTION, "created_date")


@route("GET", PUBLIC_COLLECTION)
def collection_details(store: Store, request: Request, collection_id: int) -> Reply:
    """Returns the latest public version."""
    return answers.public_record_reply(store, COLLECTION, collection_id)


@route("GET", f"{PUBLIC_COLLECTION}/versions")
def collection_versions(store: Store, request: Request, collection_id: int) -> Reply:
    """Returns numbers and addresses of the public versions."""
    numbers = store.versions(COLLECTION, collection_id)
    if not numbers:
        raise not_found(COLLECTION.entity)
    records = [store.version_record(COLLECTION, collection_id, number) or {} for number in numbers]
    return Reply(
        200,
        [
            {
                "version": number,
                "url": f"{API}/collections/{collection_id}/versions/{number}",
                "funding": record.get("funding") or [],
            }
            for number, record in zip(numbers, records, strict=True)
        ],
        answers.derived_versions_header(store, COLLECTION, collection_id),
    )


@route("GET", f"{PUBLIC_COLLECTION}/versions/<int:version>")
def collection_version_details(store: Store, request: Request, collection_id: int, version: int) -> Reply:
    """Returns one public version."""
    return Reply(
        200,
        answers.value_or_404(store.version_record(COLLECTION, collection_id, version), COLLECTION.entity),
        answers.derived_versions_header(store, COLLECTION, collection_id, version),
    )


@route("GET", f"{PUBLIC_COLLECTION}/articles")
def collection_articles(store: Store, request: Request, collection_id: int) -> Reply:
    """Returns the public articles of a public collection."""
    if store.public_json(COLLECTION, collection_id) is None:
        raise not_found(COLLECTION.entity)
    page = page_of(request.query)
    rows = store.query(
        "SELECT a.item FROM collection_articles l JOIN articles a ON a.id = l.article_id "
        "WHERE l.collection_id=? ORDER BY l.rowid LIMIT ? OFFSET ?",
        (collection_id, page.limit, page.offset),
    )
    return Reply(200, "[" + ", ".join(row["item"] for row in rows) + "]")
