"""The authors of records: by id, by name, by ORCID or of an account, and new ones."""

from __future__ import annotations

import json
import re

from ..messages import Problem
from ..record_parts import dumps
from ..shapes import ID
from ..store import Store

ORCID = re.compile(r"^\d{4}-\d{4}-\d{4}-\d{3}[\dX]$")


def author_by_id(store: Store, author_id: int) -> dict | None:
    """Returns an author by id, as in a record; None where there is none."""
    row = store.first_row("SELECT record FROM authors WHERE id=?", (author_id,))
    return author_fields(json.loads(row["record"])) if row else None


def author_fields(record: dict) -> dict:
    """Returns an author as records hold it."""
    first, _, last = record["full_name"].rpartition(" ")
    return {
        "id": record["id"],
        "full_name": record["full_name"],
        "first_name": record.get("first_name", first),
        "last_name": record.get("last_name", last),
        "is_active": bool(record.get("is_active")),
        "url_name": record.get("url_name") or "_",
        "orcid_id": record.get("orcid_id") or "",
    }


def author_of_account(store: Store, account: dict) -> dict:
    """Returns the author of an account."""
    author = author_by_id(store, account["user_id"])
    if author:
        return author
    person = account["record"]
    return author_fields(
        {
            "id": account["user_id"],
            "full_name": _full_name(person) or account["email"],
            "is_active": True,
            "orcid_id": person.get("orcid_id"),
        }
    )


def authors_of(store: Store, value: object) -> list[dict]:
    """Returns the authors that a client names by id or by name. Raises `Problem` 400."""
    if not isinstance(value, list) or not all(isinstance(entry, dict) for entry in value):
        raise Problem(400, "BadRequest", "Invalid value for authors: must be a list of objects", {"field": "authors"})
    authors = [_author_of_entry(store, entry) for entry in value]
    return list({author["id"]: author for author in authors}.values())


def _author_of_entry(store: Store, entry: dict) -> dict:
    if entry.get("id") is not None:
        author = author_by_id(store, entry["id"]) if ID.is_valid(entry["id"]) else None
        if author is None:
            raise Problem(400, "BadRequest", "Author with ID not found", {"field": "authors", "id": entry["id"]})
        return author
    name = entry.get("name") or entry.get("full_name") or _full_name(entry)
    if not isinstance(name, str) or not name.strip():
        raise Problem(
            400, "BadRequest", "Invalid value for authors: every author needs an id or a name", {"field": "authors"}
        )
    for field in ("first_name", "last_name", "email"):
        if entry.get(field) is not None and not isinstance(entry[field], str):
            raise Problem(400, "BadRequest", f"Invalid value for authors: {field} must be text", {"field": "authors"})
    orcid = entry.get("orcid_id") or ""
    if orcid and not ORCID.match(str(orcid)):
        raise Problem(400, "BadRequest", f"Invalid value for authors: {orcid!r} is not an ORCID", {"field": "authors"})
    return _named_author(store, name.strip(), orcid, entry)


def _full_name(entry: dict) -> str:
    return " ".join(str(entry[key]) for key in ("first_name", "last_name") if entry.get(key))


def _named_author(store: Store, name: str, orcid: str, entry: dict) -> dict:
    """Returns the author of a name or an ORCID; a new one is inactive, with the url_name "_" (recorded)."""
    row = (
        store.first_row("SELECT record FROM authors WHERE orcid_id=? ORDER BY id LIMIT 1", (orcid,))
        if orcid
        else store.first_row("SELECT record FROM authors WHERE full_name=? ORDER BY id LIMIT 1", (name,))
    )
    if row:
        return author_fields(json.loads(row["record"]))
    first, _, last = name.rpartition(" ")
    author = {
        "id": store.next_id("author"),
        "full_name": name,
        "first_name": entry.get("first_name") or first,
        "last_name": entry.get("last_name") or last,
        "is_active": False,
        "url_name": "_",
        "orcid_id": orcid,
    }
    with store.write() as db:
        db.execute("INSERT INTO authors VALUES (?, ?, ?, NULL, NULL, ?)", (author["id"], name, orcid, dumps(author)))
    return author
