"""The public profile of an account, and its picture."""

from __future__ import annotations

from ..messages import Problem, Reply, Request, router
from ..record_parts import dumps
from ..store import Store
from . import answers, metadata
from .access import acting_account
from .multipart import uploaded_file

ROUTES, route = router()

PROFILE = (
    "first_name",
    "last_name",
    "orcid",
    "job_title",
    "fields_of_interest",
    "fields_of_interest_by_source_id",
    "location",
    "facebook",
    "x",
    "linkedin",
    "bio",
    "personal_profiles",
)


@route("PUT", "/v2/account/profile", needs="account")
def update_user_profile(store: Store, request: Request) -> Reply:
    """Changes the public profile of the account; for an administrator, of another account of the institution."""
    body = request.json()
    for field in body:
        if field not in (*PROFILE, "impersonate"):
            raise metadata.bad_field(field, "there is no such field of a profile")
    new_values = {field: value for field, value in body.items() if value is not None and field != "impersonate"}
    for field in ("first_name", "last_name", "job_title"):
        metadata.checked_text(field, new_values.get(field, ""), 0, 255)
    if "orcid" in new_values:
        new_values["orcid_id"] = metadata.checked_text("orcid", new_values["orcid"], 0, 19)
    with store.write() as db:
        account = _profile_owner(store, request)
        record = {**account["record"], **new_values}
        db.execute("UPDATE accounts SET record=? WHERE id=?", (dumps(record), account["id"]))
    return Reply(200, {"code": 200, "message": "OK"})


def _profile_owner(store: Store, request: Request) -> dict:
    """Returns the account whose profile a request changes. Raises `Problem` 403 and 404."""
    account = acting_account(store, request)
    for column in ("user_id", "institution_user_id"):  # the parameters have the columns' names
        if request.query.get(column):
            row = store.first_row(
                f"SELECT id FROM accounts WHERE {column}=? AND institution_id IS ?",
                (request.query[column], account["institution_id"]),
            )
            account_id = answers.value_or_404(row, "User")["id"]
            if account_id != account["id"] and not account["is_admin"]:
                raise Problem(403, "Forbidden", "Only an administrator may change another profile")
            return answers.value_or_404(store.account(account_id), "User")
    return account


@route("POST", "/v2/account/profile/<int:user_id>/picture", needs="account")
def update_user_profile_picture(store: Store, request: Request, user_id: int) -> Reply:
    """Takes a picture, which is shown nowhere."""
    account = acting_account(store, request)
    if user_id != account["user_id"] and not account["is_admin"]:
        raise Problem(403, "Forbidden", "Only an administrator may change another profile")
    uploaded_file(request, "profile_picture")
    return Reply(200, {"code": 200, "message": "OK"})
