"""Changing what an account owns: one way for articles, collections and projects.

A change of something public begins a draft of it; the public goes on seeing what it saw until it is published
again. Projects have no versions: what is public of them changes at once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from ..kinds import Kind
from ..store import Store
from ..wire import Reply, Request
from . import metadata, views
from .people import acting, mine


@dataclass(frozen=True)
class Shape:
    """How drafts of a kind begin from what is public, and what follows from the rest of them."""

    begin: Callable[[Store, dict, int | None], dict]
    refresh: Callable[[Store, dict, int | None], None]


_SHAPES: dict[str, Shape] = {}


def register(kind: Kind, begin: Callable, refresh: Callable) -> None:
    """Say how a kind is edited."""
    _SHAPES[kind.name] = Shape(begin, refresh)


def save(store: Store, kind: Kind, record: dict, account_id: int | None) -> None:
    """Bring a draft up to date and write it."""
    _SHAPES[kind.name].refresh(store, record, account_id)
    at_once = kind.versions is False and bool(record.get("published_date"))
    store.save(kind, record, account_id=account_id, public=at_once)


@contextmanager
def editing(store: Store, request: Request, kind: Kind, entity_id: int, seeing: bool = False) -> Iterator[dict]:
    """The private row of an entity, to be changed; saved at the end, a second later by the clock.

    Arguments and errors are those of `mine`. What fails inside changes nothing.
    """
    with store.write():
        row = mine(store, request, kind, entity_id, seeing)
        if not row["is_draft"]:
            row["record"] = _SHAPES[kind.name].begin(store, row["record"], row["account_id"])
        store.tick()
        yield row
        save(store, kind, row["record"], row["account_id"])


def create(
    store: Store, kind: Kind, account: dict, body: dict, blank: Callable, write: Callable = metadata.write
) -> int:
    """A new draft of an account. Its owner is the first author, whoever else is named (recorded)."""
    if not body.get("title"):
        raise metadata.bad("title", "is required")
    with store.write():
        store.tick()
        record = blank(store, account, store.next_id(kind.name))
        owner = record.get("authors")
        write(store, kind, record, body, account)
        if owner and body.get("authors") is not None:
            record["authors"] = owner + [one for one in record["authors"] if one["id"] != owner[0]["id"]]
        save(store, kind, record, account["id"])
    return record["id"]


def change(
    store: Store, request: Request, kind: Kind, entity_id: int, body: dict, besides: tuple[str, ...] = ()
) -> None:
    """Write a body into the draft of an entity."""
    with editing(store, request, kind, entity_id) as row:
        metadata.write(store, kind, row["record"], body, acting(store, request), besides)


def created(kind: Kind, entity_id: int, warnings: bool = True) -> Reply:
    """201 as recorded: entity_id, location, warnings, in this order."""
    location = views.account_url(kind, entity_id)
    body = {"entity_id": entity_id, "location": location, **({"warnings": []} if warnings else {})}
    return Reply(201, body, {"Location": location})


def updated(kind: Kind, entity_id: int) -> Reply:
    """205 as recorded: it has a body."""
    location = views.account_url(kind, entity_id)
    return Reply(205, {"location": location, "warnings": []}, {"Location": location})


def reserve(store: Store, request: Request, kind: Kind, entity_id: int, name: str, value: str) -> Reply:
    """Give a draft an identifier, or tell the one it has."""
    known = mine(store, request, kind, entity_id)["record"].get(name)
    if not known:
        with editing(store, request, kind, entity_id) as row:
            row["record"][name] = value
    return Reply(200, {name: known or value})


def resource(store: Store, request: Request, kind: Kind, entity_id: int, fields: tuple[str, ...]) -> Reply:
    """Tie an entity to a publication (documented: 205 with the location)."""
    body = request.json()
    values = {f"resource_{name}": body[name] for name in fields if body.get(name) is not None}
    change(store, request, kind, entity_id, values)
    location = views.account_url(kind, entity_id)
    return Reply(205, {"location": location}, {"Location": location})
