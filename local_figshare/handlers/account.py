"""The account of a token: its record, its quota and the token itself."""

from __future__ import annotations

from ..messages import Reply, Request, no_account, router
from ..store import Store
from .access import QUOTA, acting_account, largest_file_size
from .quotas import used_by_accounts

ROUTES, route = router()


def account_record(account: dict, used: dict) -> dict:
    """Returns the record of an account, with all keys of the specification. The two dates come first (recorded).

    Args:
        account: the account.
        used: the bytes that it uses, see `quotas`.
    """
    record = account["record"]
    return {
        "created_date": record.get("created_date") or "2015-01-01T00:00:00Z",
        "modified_date": record.get("modified_date") or "2015-01-01T00:00:00Z",
        "id": account["id"],
        "first_name": record["first_name"],
        "last_name": record["last_name"],
        "email": account["email"],
        "active": account["active"],
        "institution_id": account["institution_id"] or 0,
        "group_id": account["group_id"] or 0,
        "institution_user_id": account["institution_user_id"],
        "user_id": account["user_id"],
        "orcid_id": record.get("orcid_id") or "",
        "symplectic_user_id": record.get("symplectic_user_id") or "",
        "quota": record.get("quota") or QUOTA,
        **used,
        "pending_quota_request": False,
        "maximum_file_size": largest_file_size(account),
    }


def account_records(store: Store, accounts: list[dict]) -> list[dict]:
    """Returns the records of several accounts."""
    used = used_by_accounts(store, [account["id"] for account in accounts])
    return [account_record(account, used[account["id"]]) for account in accounts]


@route("GET", "/v2/account", needs="account")
def private_account(store: Store, request: Request) -> Reply:
    """Returns the account of the request's token."""
    return Reply(200, account_records(store, [acting_account(store, request)])[0])


@route("GET", "/v2/token")
def get_token_info(store: Store, request: Request) -> Reply:
    """Returns the kind of the request's token. The token itself is not repeated, as answers are kept in notebooks."""
    if request.account is None:
        raise no_account(request)
    return Reply(
        200, {"access_token": "hidden by Local Figshare", "token_type": "Bearer", "expires_in": 0, "scope": "all"}
    )
