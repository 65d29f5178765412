"""Changes what an account owns: articles, collections and projects alike.

A change of a public article or collection makes a draft of it; the public record stays until the draft is published.
Projects have no versions, so their public record is changed at once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from ..entity_kinds import Kind
from ..messages import Reply, Request
from ..store import Store
from . import answers, metadata
from .access import accessible_row, acting_account

DOI_PREFIX = "10.5072/FK2.local"  # DataCite's prefix for tests: nothing here can pass for a real DOI


@dataclass(frozen=True)
class Editor:
    """The two functions that differ between the kinds: see `register`."""

    draft_of: Callable[[Store, dict, int | None], dict]
    compute_fields: Callable[[Store, dict, int | None], None]


_EDITORS: dict[str, Editor] = {}


def register(kind: Kind, draft_of: Callable, compute_fields: Callable) -> None:
    """Registers the functions with which a kind is edited.

    Args:
        kind: the kind.
        draft_of: makes the draft of a public record; it takes store, record and id of the account.
        compute_fields: updates the computed fields of a draft; it takes the same.
    """
    _EDITORS[kind.name] = Editor(draft_of, compute_fields)


def save(store: Store, kind: Kind, record: dict, account_id: int | None) -> None:
    """Updates the computed fields of a draft and saves it."""
    _EDITORS[kind.name].compute_fields(store, record, account_id)
    is_public = kind.has_versions is False and bool(record.get("published_date"))
    store.save(kind, record, account_id=account_id, is_public=is_public)


@contextmanager
def editing(store: Store, request: Request, kind: Kind, entity_id: int, viewer_may: bool = False) -> Iterator[dict]:
    """Yields the private row of an entity to be changed, and saves it at the end; the clock moves by a second.

    Arguments and errors are those of `accessible_row`. An error in the block leaves everything as it was.
    """
    with store.write():
        row = accessible_row(store, request, kind, entity_id, viewer_may)
        if not row["is_draft"]:
            row["record"] = _EDITORS[kind.name].draft_of(store, row["record"], row["account_id"])
        store.tick()
        yield row
        save(store, kind, row["record"], row["account_id"])


def create(
    store: Store, kind: Kind, account: dict, body: dict, blank: Callable, write: Callable = metadata.write
) -> int:
    """Creates a draft and returns its id. The owner is the first author, whoever else is named (recorded)."""
    if not body.get("title"):
        raise metadata.bad_field("title", "is required")
    with store.write():
        store.tick()
        record = blank(store, account, store.next_id(kind.name))
        owner = record.get("authors")
        write(store, kind, record, body, account)
        if owner and body.get("authors") is not None:
            record["authors"] = owner + [author for author in record["authors"] if author["id"] != owner[0]["id"]]
        save(store, kind, record, account["id"])
    return record["id"]


def change(store: Store, request: Request, kind: Kind, entity_id: int, body: dict) -> None:
    """Writes a body into the draft of an entity."""
    with editing(store, request, kind, entity_id) as row:
        metadata.write(store, kind, row["record"], body, acting_account(store, request))


def created_reply(kind: Kind, entity_id: int, has_warnings: bool = True) -> Reply:
    """Returns the answer 201, with entity_id, location and warnings in this order (recorded)."""
    location = answers.account_url(kind, entity_id)
    body = {"entity_id": entity_id, "location": location, **({"warnings": []} if has_warnings else {})}
    return Reply(201, body, {"Location": location})


def updated_reply(kind: Kind, entity_id: int) -> Reply:
    """Returns the answer 205, which has a body (recorded)."""
    location = answers.account_url(kind, entity_id)
    return Reply(205, {"location": location, "warnings": []}, {"Location": location})


def reserve_identifier(store: Store, request: Request, kind: Kind, entity_id: int, name: str, value: str) -> Reply:
    """Gives a draft an identifier, unless it has one, and answers with it."""
    reserved = accessible_row(store, request, kind, entity_id)["record"].get(name)
    if not reserved:
        with editing(store, request, kind, entity_id) as row:
            row["record"][name] = value
    return Reply(200, {name: reserved or value})


def link_publication(store: Store, request: Request, kind: Kind, entity_id: int, fields: tuple[str, ...]) -> Reply:
    """Links an entity to a publication (documented: 205 with the location)."""
    body = request.json()
    values = {f"resource_{name}": body[name] for name in fields if body.get(name) is not None}
    change(store, request, kind, entity_id, values)
    location = answers.account_url(kind, entity_id)
    return Reply(205, {"location": location}, {"Location": location})
