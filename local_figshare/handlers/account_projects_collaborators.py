"""The accounts that work in a project."""

from __future__ import annotations

from ..entity_kinds import PROJECT
from ..messages import Problem, Reply, Request, not_found, router
from ..store import Store
from . import answers, entity_changes, metadata
from .access import acting_account
from .account_projects import project_of
from .authors import author_of_account

ROUTES, route = router()
ACCOUNT_PROJECT = "/v2/account/projects/<int:project_id>"
PROJECT_ROLES = {"viewer": "Viewer", "collaborator": "Collaborator"}


@route("GET", f"{ACCOUNT_PROJECT}/collaborators", needs="account")
def private_project_collaborators_list(store: Store, request: Request, project_id: int) -> Reply:
    """Returns the accounts that work in a project or are invited."""
    members = project_of(store, request, project_id)["record"].get("collaborators") or []
    return Reply(
        200,
        [
            {
                "status": member.get("status") or "accepted",
                "role_name": member["role_name"],
                "user_id": member["user_id"],
                "name": member["name"],
            }
            for member in members
        ],
    )


@route("POST", f"{ACCOUNT_PROJECT}/collaborators", needs="account")
def private_project_collaborators_invite(store: Store, request: Request, project_id: int) -> Reply:
    """Invites an account, by `user_id` or by `email`."""
    body = request.json()
    if body.get("role_name") not in list(PROJECT_ROLES):  # `in PROJECT_ROLES` would fail for a role_name that is a list
        raise metadata.bad_field("role_name", f"must be one of {', '.join(PROJECT_ROLES)}")
    column = "user_id" if body.get("user_id") is not None else "email"
    check = metadata.checked_integer if column == "user_id" else metadata.checked_text
    row_of_account = store.first_row(f"SELECT id FROM accounts WHERE {column}=?", (check(column, body.get(column)),))
    account = answers.value_or_404(store.account(answers.value_or_404(row_of_account, "User")["id"]), "User")
    person = author_of_account(store, account)
    with entity_changes.editing(store, request, PROJECT, project_id) as row:
        other_members = [member for member in row["record"]["collaborators"] if member["user_id"] != person["id"]]
        new_member = {
            "user_id": person["id"],
            "name": person["full_name"],
            "role_name": PROJECT_ROLES[body["role_name"]],
            "status": "invited",
        }
        row["record"]["collaborators"] = [*other_members, new_member]
    return Reply(201, {"message": f"{person['full_name']} has been invited"})


@route("DELETE", f"{ACCOUNT_PROJECT}/collaborators/<int:user_id>", needs="account")
def private_project_collaborator_delete(store: Store, request: Request, project_id: int, user_id: int) -> Reply:
    """Takes an account out of a project, except its owner."""
    _remove_member(store, request, project_id, user_id)
    return Reply(204)


@route("POST", f"{ACCOUNT_PROJECT}/leave", needs="account")
def private_project_leave(store: Store, request: Request, project_id: int) -> Reply:
    """Lets the account leave a project that another one owns; a viewer may do that too."""
    _remove_member(store, request, project_id, acting_account(store, request)["user_id"], viewer_may=True)
    return Reply(204)


def _remove_member(store: Store, request: Request, project_id: int, user_id: int, viewer_may: bool = False) -> None:
    with entity_changes.editing(store, request, PROJECT, project_id, viewer_may) as row:
        members = row["record"]["collaborators"]
        matches = [member for member in members if member["user_id"] == user_id]
        if not matches:
            raise not_found("Collaborator")
        if matches[0]["role_name"] == "Owner":
            raise Problem(403, "Forbidden", "The owner of a project cannot leave it")
        row["record"]["collaborators"] = [member for member in members if member["user_id"] != user_id]
