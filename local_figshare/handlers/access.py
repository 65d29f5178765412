"""The accounts behind requests, and what they may see and change."""

from __future__ import annotations

import re

from ..entity_kinds import PROJECT, Kind
from ..messages import Problem, Request, no_account, not_found
from ..store import Store

QUOTA = 21474836480  # bytes: 20 GB, the recorded private quota of figshare.com
CHANGING_ROLES = ("Owner", "Collaborator")


def token_account(request: Request) -> dict:
    """Returns the account of the request's token. Raises `Problem` 403 where there is none."""
    if request.account is None:
        raise no_account(request)
    return request.account


def acting_account(store: Store, request: Request) -> dict:
    """Returns the account that a request acts for: the token's, or the one an administrator impersonates.

    Documented: `impersonate` is a query parameter of GET and DELETE, a member of other bodies.
    """
    impersonated_id = request.query.get("impersonate")
    if impersonated_id is None and request.method in ("POST", "PUT", "PATCH"):
        impersonated_id = request.json().get("impersonate")
    token_owner = token_account(request)
    if impersonated_id is None:
        return token_owner
    account = store.account(int(impersonated_id)) if re.fullmatch(r"\d{1,15}", str(impersonated_id)) else None
    if not token_owner["is_admin"] or account is None or account["institution_id"] != token_owner["institution_id"]:
        raise Problem(403, "Forbidden", f"This token may not impersonate account {impersonated_id}")
    return account


def largest_file_size(account: dict) -> int:
    """Returns the size in bytes that a file of the account may have."""
    return account["record"].get("maximum_file_size") or QUOTA


def admin_account(request: Request) -> dict:
    """Returns the token's account if it administers an institution. Raises `Problem` 403."""
    account = token_account(request)
    if not account["is_admin"]:
        raise Problem(403, "Forbidden", "Only an administrator of an institution may do this")
    return account


def may_see(store: Store, account: dict, row: dict) -> bool:
    """Tells whether an account is the owner, administers the institution (recorded) or is a member of the project."""
    return _owns_or_administers(account, row) or bool(_role_by_project_id(store, account, row.get("project_id")))


def may_change(store: Store, account: dict, row: dict) -> bool:
    """Tells whether an account may change an entity: as with `may_see`, but not a viewer of its project."""
    return (
        _owns_or_administers(account, row)
        or _role_by_project_id(store, account, row.get("project_id")) in CHANGING_ROLES
    )


def _owns_or_administers(account: dict, row: dict) -> bool:
    """Tells whether an account owns an entity or administers its institution."""
    if row["account_id"] is not None and row["account_id"] == account["id"]:
        return True
    return (
        bool(account["is_admin"])
        and row["institution_id"] is not None
        and row["institution_id"] == account["institution_id"]
    )


def role_in_project(project: dict, account: dict) -> str:
    """Returns the role of an account in a project: Owner, Collaborator, Viewer; "" where it is not a member."""
    if project["account_id"] == account["id"]:
        return "Owner"
    members = {entry["user_id"]: entry["role_name"] for entry in project["record"].get("collaborators") or []}
    return members.get(account["user_id"], "")


def _role_by_project_id(store: Store, account: dict, project_id: int | None) -> str:
    project = store.private_row(PROJECT, project_id) if project_id else None
    return role_in_project(project, account) if project else ""


def accessible_row(store: Store, request: Request, kind: Kind, entity_id: int, viewer_may: bool = False) -> dict:
    """Returns the private row of an entity of the acting account.

    Args:
        store: where it is.
        request: the request; a method other than GET needs the right to change the entity.
        kind: kind of the entity.
        entity_id: its id.
        viewer_may: whether the right to see it is enough, whatever the method.

    Raises:
        Problem: 404, also where the account may not see it; 403 where it may not change it.
    """
    accounts = acting_account(store, request), token_account(request)
    row = store.private_row(kind, entity_id)
    if row is not None and kind is PROJECT:
        row["project_id"] = entity_id  # so its members may see it, as they may see its articles
    if row is None or not any(may_see(store, account, row) for account in accounts):
        raise not_found(kind.entity)
    if request.method != "GET" and not viewer_may and not any(may_change(store, account, row) for account in accounts):
        raise Problem(403, "Forbidden", "A viewer of the project may not change what is in it")
    return row
