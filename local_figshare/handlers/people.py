"""The accounts behind requests, what they may see and change, and the authors of records."""

from __future__ import annotations

import json
import re

from ..fields import ID
from ..kinds import PROJECT, Kind
from ..record_parts import dumps
from ..store import Store
from ..wire import Problem, Request, no_account, not_found

QUOTA = 21474836480  # bytes: 20 GB, the recorded private quota of figshare.com
CHANGING_ROLES = ("Owner", "Collaborator")
ORCID = re.compile(r"^\d{4}-\d{4}-\d{4}-\d{3}[\dX]$")


def token_account(request: Request) -> dict:
    """The account of the request's token. Raises `Problem` 403 where there is none."""
    if request.account is None:
        raise no_account(request)
    return request.account


def acting(store: Store, request: Request) -> dict:
    """The account that a request acts for: the token's, or the one an administrator impersonates.

    Documented: `impersonate` is a query parameter of GET and DELETE, a member of other bodies.
    """
    wanted = request.query.get("impersonate")
    if wanted is None and request.method in ("POST", "PUT", "PATCH"):
        wanted = request.json().get("impersonate")
    own = token_account(request)
    if wanted is None:
        return own
    account = store.account(int(wanted)) if re.fullmatch(r"\d{1,15}", str(wanted)) else None
    if not own["is_admin"] or account is None or account["institution_id"] != own["institution_id"]:
        raise Problem(403, "Forbidden", f"This token may not impersonate account {wanted}")
    return account


def largest(account: dict) -> int:
    """The size in bytes that a file of the account may have."""
    return account["record"].get("maximum_file_size") or QUOTA


def admin(request: Request) -> dict:
    """The token's account if it administers an institution. Raises `Problem` 403."""
    account = token_account(request)
    if not account["is_admin"]:
        raise Problem(403, "Forbidden", "Only an administrator of an institution may do this")
    return account


def may_see(store: Store, account: dict, row: dict) -> bool:
    """Whether an account is the owner, an administrator of the institution (recorded) or a member of the project."""
    return _rules(account, row) or bool(_role_in(store, account, row.get("project_id")))


def may_change(store: Store, account: dict, row: dict) -> bool:
    """Whether an account may change an entity: as with `may_see`, but not a viewer of its project."""
    return _rules(account, row) or _role_in(store, account, row.get("project_id")) in CHANGING_ROLES


def _rules(account: dict, row: dict) -> bool:
    """Whether an account owns an entity or administers its institution."""
    if row["account_id"] is not None and row["account_id"] == account["id"]:
        return True
    return (
        bool(account["is_admin"])
        and row["institution_id"] is not None
        and row["institution_id"] == account["institution_id"]
    )


def role(project: dict, account: dict) -> str:
    """The role of an account in a project: Owner, Collaborator, Viewer; "" where it is not a member."""
    if project["account_id"] == account["id"]:
        return "Owner"
    members = {entry["user_id"]: entry["role_name"] for entry in project["record"].get("collaborators") or []}
    return members.get(account["user_id"], "")


def _role_in(store: Store, account: dict, project_id: int | None) -> str:
    project = store.private_row(PROJECT, project_id) if project_id else None
    return role(project, account) if project else ""


def mine(store: Store, request: Request, kind: Kind, entity_id: int, seeing: bool = False) -> dict:
    """The private row of an entity of the acting account.

    Args:
        store: where it is.
        request: the request; only a GET may do with seeing it.
        kind: kind of the entity.
        entity_id: its id.
        seeing: whether the account only needs to see it, whatever the method.

    Raises:
        Problem: 404, also where it may not be seen; 403 where it may not be changed.
    """
    accounts = acting(store, request), token_account(request)
    row = store.private_row(kind, entity_id)
    if row is not None and kind is PROJECT:
        row["project_id"] = entity_id  # who works in it sees it, as with an article in it
    if row is None or not any(may_see(store, account, row) for account in accounts):
        raise not_found(kind.entity)
    if request.method != "GET" and not seeing and not any(may_change(store, account, row) for account in accounts):
        raise Problem(403, "Forbidden", "A viewer of the project may not change what is in it")
    return row


# Authors


def author(store: Store, author_id: int) -> dict | None:
    """An author by id, as in a record; None where there is none."""
    row = store.one("SELECT record FROM authors WHERE id=?", (author_id,))
    return shown(json.loads(row["record"])) if row else None


def shown(record: dict) -> dict:
    """An author as records hold it."""
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


def owner_author(store: Store, account: dict) -> dict:
    """The author of an account."""
    known = author(store, account["user_id"])
    if known:
        return known
    person = account["record"]
    return shown(
        {
            "id": account["user_id"],
            "full_name": _joined(person) or account["email"],
            "is_active": True,
            "orcid_id": person.get("orcid_id"),
        }
    )


def authors_of(store: Store, value: object) -> list[dict]:
    """The authors that a client names by id or by name. Raises `Problem` 400."""
    if not isinstance(value, list) or not all(isinstance(entry, dict) for entry in value):
        raise Problem(400, "BadRequest", "Invalid value for authors: must be a list of objects", {"field": "authors"})
    found = [_author_of(store, entry) for entry in value]
    return list({entry["id"]: entry for entry in found}.values())


def _author_of(store: Store, entry: dict) -> dict:
    if entry.get("id") is not None:
        known = author(store, entry["id"]) if ID.is_valid(entry["id"]) else None
        if known is None:
            raise Problem(400, "BadRequest", "Author with ID not found", {"field": "authors", "id": entry["id"]})
        return known
    name = entry.get("name") or entry.get("full_name") or _joined(entry)
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


def _joined(entry: dict) -> str:
    return " ".join(str(entry[key]) for key in ("first_name", "last_name") if entry.get(key))


def _named_author(store: Store, name: str, orcid: str, entry: dict) -> dict:
    """The author of a name or an ORCID; a new one is inactive, with the url_name "_" (recorded)."""
    row = (
        store.one("SELECT record FROM authors WHERE orcid_id=? ORDER BY id LIMIT 1", (orcid,))
        if orcid
        else store.one("SELECT record FROM authors WHERE full_name=? ORDER BY id LIMIT 1", (name,))
    )
    if row:
        return shown(json.loads(row["record"]))
    first, _, last = name.rpartition(" ")
    new = {
        "id": store.next_id("author"),
        "full_name": name,
        "first_name": entry.get("first_name") or first,
        "last_name": entry.get("last_name") or last,
        "is_active": False,
        "url_name": "_",
        "orcid_id": orcid,
    }
    with store.write() as db:
        db.execute("INSERT INTO authors VALUES (?, ?, ?, NULL, NULL, ?)", (new["id"], name, orcid, dumps(new)))
    return new
