"""Authors, categories and private links of articles and collections.

The routes of both kinds differ only in the answer to POST (documented): 205 for an article, 201 with the location for
a collection.
"""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Callable
from datetime import timedelta

from ..entity_kinds import ARTICLE, COLLECTION, Kind
from ..messages import BASE, Problem, Reply, Request, not_found, router
from ..store import Store
from . import answers, metadata
from .access import accessible_row
from .authors import authors_of
from .entity_changes import editing

ROUTES, route = router()
LINK_DAYS = 365  # documented default


def _location(kind: Kind, entity_id: int, name: str) -> str:
    return f"{answers.account_url(kind, entity_id)}/{name}"


def _change_reply(kind: Kind, request: Request, entity_id: int, name: str) -> Reply:
    """Returns the answer to a change of a list."""
    location = _location(kind, entity_id, name)
    if kind is COLLECTION and request.method == "POST":
        return Reply(201, {"location": location}, {"Location": location})
    return Reply(205, b"", {"Location": location})


def _add_list_routes(kind: Kind, name: str, entity: str, read: Callable[[Store, object], list[dict]]) -> None:
    """Makes the routes of a list inside a record, whose entries are records with an id.

    Args:
        kind: kind of the record.
        name: the list, in the path, in the body and in the record.
        entity: the name of an entry in "Entity not found: ...".
        read: makes records of the list in a body.
    """
    path = f"/v2/account/{kind.public}/<int:entity_id>/{name}"

    @route("GET", path, needs="account")
    def show(store: Store, request: Request, entity_id: int) -> Reply:
        return Reply(200, accessible_row(store, request, kind, entity_id)["record"].get(name) or [])

    @route("PUT", path, needs="account")
    def replace(store: Store, request: Request, entity_id: int) -> Reply:
        with editing(store, request, kind, entity_id) as row:
            row["record"][name] = read(store, _list_in_body(request, name))
        return _change_reply(kind, request, entity_id, name)

    @route("POST", path, needs="account")
    def add(store: Store, request: Request, entity_id: int) -> Reply:
        with editing(store, request, kind, entity_id) as row:
            entries = row["record"].get(name) or []
            ids = {entry["id"] for entry in entries}
            row["record"][name] = entries + [
                entry for entry in read(store, _list_in_body(request, name)) if entry["id"] not in ids
            ]
        return _change_reply(kind, request, entity_id, name)

    @route("DELETE", f"{path}/<int:entry_id>", needs="account")
    def delete(store: Store, request: Request, entity_id: int, entry_id: int) -> Reply:
        with editing(store, request, kind, entity_id) as row:
            entries = row["record"].get(name) or []
            row["record"][name] = [entry for entry in entries if entry["id"] != entry_id]
            if len(row["record"][name]) == len(entries):
                raise not_found(entity)
        return Reply(204)


def _list_in_body(request: Request, name: str) -> object:
    """Returns the list in the body."""
    body = request.json()
    if name not in body:
        raise metadata.bad_field(name, "is required")
    return body[name]


def _add_link_routes(kind: Kind) -> None:
    """Makes the routes of the private links of a kind."""
    path = f"/v2/account/{kind.public}/<int:entity_id>/private_links"

    @route("GET", path, needs="account")
    def show(store: Store, request: Request, entity_id: int) -> Reply:
        accessible_row(store, request, kind, entity_id)
        return Reply(200, [_link_record(row) for row in private_link_rows(store, kind, entity_id)])

    @route("POST", path, needs="account")
    def create(store: Store, request: Request, entity_id: int) -> Reply:
        accessible_row(store, request, kind, entity_id)
        return create_link(store, kind, entity_id, _expires_date(store, request))

    @route("PUT", f"{path}/<link_id>", needs="account")
    def update(store: Store, request: Request, entity_id: int, link_id: str) -> Reply:
        accessible_row(store, request, kind, entity_id)
        private_link_row(store, kind, entity_id, link_id)
        with store.write() as db:
            db.execute("UPDATE private_links SET expires_date=? WHERE id=?", (_expires_date(store, request), link_id))
        return Reply(205, b"", {"Location": _location(kind, entity_id, f"private_links/{link_id}")})

    @route("DELETE", f"{path}/<link_id>", needs="account")
    def delete(store: Store, request: Request, entity_id: int, link_id: str) -> Reply:
        accessible_row(store, request, kind, entity_id)
        private_link_row(store, kind, entity_id, link_id)
        with store.write() as db:
            db.execute("DELETE FROM private_links WHERE id=?", (link_id,))
        return Reply(204)


@route("GET", "/v2/account/collections/<int:entity_id>/private_links/<link_id>", needs="account")
def collection_link_details(store: Store, request: Request, entity_id: int, link_id: str) -> Reply:
    """Returns one link; articles have no such operation (specification)."""
    accessible_row(store, request, COLLECTION, entity_id)
    return Reply(200, _link_record(private_link_row(store, COLLECTION, entity_id, link_id)))


def private_link_rows(store: Store, kind: Kind, entity_id: int) -> list:
    """Returns the private links of an entity, rows of the table."""
    return store.query("SELECT * FROM private_links WHERE kind=? AND entity_id=?", (kind.name, entity_id))


def private_link_row(store: Store, kind: Kind, entity_id: int, link_id: str) -> sqlite3.Row:
    """Returns one private link. Raises `Problem` 404."""
    rows = [row for row in private_link_rows(store, kind, entity_id) if link_id in (row["id"], row["token"])]
    if not rows:
        raise not_found("PrivateLink")
    return rows[0]


def create_link(store: Store, kind: Kind, entity_id: int, expires: str) -> Reply:
    """Creates a private link, which replaces an earlier one (recorded)."""
    with store.write() as db:
        db.execute("DELETE FROM private_links WHERE kind=? AND entity_id=?", (kind.name, entity_id))
        number = store.next_id("link")
        digest = hashlib.sha256(f"private link {number}".encode()).hexdigest()
        link_id, token = digest[:40], digest[40:60]
        db.execute(
            "INSERT INTO private_links VALUES (?, ?, ?, ?, ?, 1)", (link_id, kind.name, entity_id, token, expires)
        )
    location = _location(kind, entity_id, f"private_links/{link_id}")
    return Reply(
        201, {"location": location, "html_location": _page_address(token), "token": token}, {"Location": location}
    )


def _page_address(token: str) -> str:
    return f"{BASE}/web/figshare.com/s/{token}"


def _link_record(row: sqlite3.Row) -> dict:
    return {
        "id": row["id"],
        "is_active": bool(row["is_active"]),
        "expires_date": row["expires_date"],
        "html_location": _page_address(row["token"]),
    }


def _expires_date(store: Store, request: Request) -> str:
    """Returns the time at which a link ends, without Z (recorded)."""
    date_in_body = request.json().get("expires_date")
    if date_in_body is None:
        return (store.clock() + timedelta(days=LINK_DAYS)).strftime("%Y-%m-%dT00:00:00")
    date = metadata.checked_date("expires_date", date_in_body)
    if date[:10] < store.now()[:10]:
        raise Problem(422, "UnprocessableEntity", "expires_date lies in the past", {"field": "expires_date"})
    return date if "T" in date else f"{date}T00:00:00"


for _kind in (ARTICLE, COLLECTION):
    _add_list_routes(_kind, "authors", "Author", authors_of)
    _add_list_routes(_kind, "categories", "Category", metadata.categories_of)
    _add_link_routes(_kind)
