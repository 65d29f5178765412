"""The accounts of an institution and their roles."""

from __future__ import annotations

import re

from .. import shapes
from ..listing import integer, page_of, search_words
from ..messages import API, Reply, Request, not_found, router
from ..record_parts import dumps, item_of
from ..store import Store
from . import answers, metadata
from .access import admin_account
from .account import account_records
from .account_institution import group_of, institution_of
from .authors import author_of_account

ROUTES, route = router()
ACCOUNTS = "/v2/account/institution/accounts"

# Ids as clients have met them (2 administrator, 11 association with a group, 49 reviewer); 7 is in the specification.
ROLES = (
    {"id": 2, "name": "Admin", "category": "institution", "description": "Administers the institution"},
    {"id": 7, "name": "User", "category": "group", "description": "Deposits in the group"},
    {"id": 11, "name": "Group association", "category": "group", "description": "Belongs to the group"},
    {"id": 49, "name": "Reviewer", "category": "group", "description": "Reviews what is handed in to the group"},
)
SHORT_ACCOUNT = (
    "id",
    "first_name",
    "last_name",
    "institution_id",
    "email",
    "active",
    "institution_user_id",
    "quota",
    "used_quota",
    "user_id",
    "orcid_id",
    "symplectic_user_id",
)


def accounts_page(store: Store, request: Request, parameters: dict) -> Reply:
    """Returns a page of the institution's accounts, ordered by id (documented)."""
    conditions = ["institution_id = ?"]
    args: list[object] = [institution_of(store, request)["id"]]
    for name, sql in (("is_active", "active = ?"), ("id_lte", "id <= ?"), ("id_gte", "id >= ?")):
        if integer(parameters, name) is not None:
            conditions.append(sql)
            args.append(integer(parameters, name))
    for name in ("institution_user_id", "email"):
        if parameters.get(name):
            conditions.append(f"{name} = ?")
            args.append(str(parameters[name]))
    for word in search_words(parameters):
        conditions.append(
            "(email || ' ' || json_extract(record, '$.first_name') || ' ' || "
            "json_extract(record, '$.last_name')) LIKE ?"
        )
        args.append(f"%{word}%")
    page = page_of(parameters)
    rows = store.query(
        f"SELECT id FROM accounts WHERE {' AND '.join(conditions)} ORDER BY id LIMIT ? OFFSET ?",
        (*args, page.limit, page.offset),
    )
    records = account_records(store, [answers.value_or_404(store.account(row["id"]), "Account") for row in rows])
    return Reply(200, [item_of(record, SHORT_ACCOUNT) for record in records])


@route("GET", ACCOUNTS, needs="account")
def private_institution_accounts_list(store: Store, request: Request) -> Reply:
    """Returns the accounts of the institution."""
    admin_account(request)
    return accounts_page(store, request, request.query)


@route("POST", f"{ACCOUNTS}/search", needs="account")
def private_institution_accounts_search(store: Store, request: Request) -> Reply:
    """Searches the institution's accounts by name and e-mail address."""
    admin_account(request)
    return accounts_page(store, request, request.parameters())


def account_of(store: Store, request: Request, account_id: int) -> dict:
    """Returns an account of the administrator's institution. Raises `Problem` 403 and 404."""
    institution = admin_account(request)["institution_id"]
    account = store.account(account_id)
    if account is None or account["institution_id"] != institution:
        raise not_found("Account")
    return account


@route("POST", ACCOUNTS, needs="account")
def private_institution_accounts_create(store: Store, request: Request) -> Reply:
    """Creates an account, without a token."""
    body, institution = request.json(), admin_account(request)["institution_id"]
    person = _new_person(body)
    institution_user_id = _short_text("institution_user_id", body, 50)
    group = body["group_id"] if metadata.is_given("group_id", body.get("group_id")) else None
    if group is not None:
        group_of(store, request, metadata.checked_integer("group_id", group))
    is_active = _is_active(body, True)
    with store.write() as db:  # nobody else may take the address meanwhile
        email, now = _new_email(store, body), store.tick()
        account_id, user_id = store.next_id("account"), store.next_id("author")
        record = {**person, "created_date": now, "modified_date": now}
        db.execute(
            "INSERT INTO accounts VALUES (?, ?, ?, ?, ?, ?, ?, NULL, 0, ?)",
            (
                account_id,
                user_id,
                institution,
                group,
                email,
                institution_user_id,
                int(is_active),
                dumps(record),
            ),
        )
    return Reply(201, {"account_id": account_id})


def _new_person(body: dict) -> dict:
    """Returns the fields of a new account that its record holds; the last name is required. Raises `Problem` 400."""
    quota = body.get("quota")
    return {
        "first_name": _short_text("first_name", body, 255),
        "last_name": metadata.checked_text("last_name", body.get("last_name"), 0, 255),
        "symplectic_user_id": _short_text("symplectic_user_id", body, 50),
        "quota": None if quota is None else metadata.checked_integer("quota", quota),
    }


def _short_text(name: str, body: dict, most: int) -> str:
    """Returns an optional text, which may be so long (documented); "" where it is absent. Raises `Problem` 400."""
    return "" if body.get(name) is None else metadata.checked_text(name, body[name], 0, most)


def _new_email(store: Store, body: dict) -> str:
    """Returns the e-mail address of a new account, which no other may have. Raises `Problem` 400."""
    email = metadata.checked_text("email", body.get("email"), 3, 150)
    if not re.match(r"[^@\s]+@[^@\s]+$", email):
        raise metadata.bad_field("email", "must be an address of mail")
    if store.first_row("SELECT 1 FROM accounts WHERE email=?", (email,)):
        raise metadata.bad_field("email", "there is an account of this address already")
    return email


def _is_active(body: dict, default: bool) -> bool:
    """Tells whether a body makes an account active; a null counts as absent. Raises `Problem` 400."""
    return default if body.get("is_active") is None else metadata.checked_flag("is_active", body["is_active"])


@route("GET", f"{ACCOUNTS}/<int:account_id>", needs="account")
def private_institution_account(store: Store, request: Request, account_id: int) -> Reply:
    """Returns one account."""
    return Reply(200, account_records(store, [account_of(store, request, account_id)])[0])


@route("PUT", f"{ACCOUNTS}/<int:account_id>", needs="account")
def private_institution_accounts_update(store: Store, request: Request, account_id: int) -> Reply:
    """Moves an account to another group, or makes it active or inactive."""
    account, body = account_of(store, request, account_id), request.json()
    group = account["group_id"] if body.get("group_id") is None else body["group_id"]
    if body.get("group_id") is not None:
        group_of(store, request, metadata.checked_integer("group_id", group))
    is_active = _is_active(body, bool(account["active"]))
    with store.write() as db:
        db.execute("UPDATE accounts SET group_id=?, active=? WHERE id=?", (group, int(is_active), account_id))
    return Reply(205, b"", {"Location": f"{API}/account/institution/accounts/{account_id}"})


@route("GET", "/v2/account/institution/users/<int:account_id>", needs="account")
def private_account_institution_user(store: Store, request: Request, account_id: int) -> Reply:
    """Returns the author that an account is; `id` is the author's, not the account's (recorded)."""
    account = account_of(store, request, account_id)
    person = author_of_account(store, account)
    publication = store.first_row("SELECT 1 FROM article_authors WHERE author_id=?", (person["id"],))
    return Reply(
        200,
        {
            "id": person["id"],
            "first_name": person["first_name"],
            "last_name": person["last_name"],
            "name": person["full_name"],
            "is_active": bool(account["active"]),
            "url_name": person["url_name"],
            "is_public": bool(publication),
            "job_title": account["record"].get("job_title") or "",
            "orcid_id": person["orcid_id"],
        },
    )


# Roles


@route("GET", "/v2/account/institution/roles", needs="account")
def private_institution_roles_list(store: Store, request: Request) -> Reply:
    """Returns all roles."""
    admin_account(request)
    return Reply(200, list(ROLES))


@route("GET", "/v2/account/institution/roles/<int:account_id>", needs="account")
def private_institution_account_group_roles(store: Store, request: Request, account_id: int) -> Reply:
    """Returns the roles of an account: an object keyed by group id (recorded)."""
    account_of(store, request, account_id)
    roles_by_group: dict[str, list[dict]] = {}
    for row in store.query("SELECT * FROM roles WHERE account_id=? ORDER BY group_id, role_id", (account_id,)):
        roles_by_group.setdefault(str(row["group_id"]), []).append(
            {"id": row["role_id"], "name": row["name"], "category": row["category"]}
        )
    return Reply(200, roles_by_group)


@route("POST", "/v2/account/institution/roles/<int:account_id>", needs="account")
def private_institution_account_group_roles_create(store: Store, request: Request, account_id: int) -> Reply:
    """Gives an account roles; the body is an object of group ids and lists of role ids."""
    account_of(store, request, account_id)
    roles_by_id = {role["id"]: role for role in ROLES}
    with store.write() as db:
        for group, role_ids in request.json().items():
            if group == "impersonate":
                continue
            group_of(store, request, int(group) if re.fullmatch("[0-9]{1,15}", group) else -1)
            for role_id in role_ids if isinstance(role_ids, list) else [role_ids]:
                if not shapes.ID.is_valid(role_id) or role_id not in roles_by_id:
                    raise metadata.bad_field("role", f"there is no role {role_id}")
                role = roles_by_id[role_id]
                db.execute(
                    "INSERT OR REPLACE INTO roles VALUES (?, ?, ?, ?, ?)",
                    (account_id, int(group), role_id, role["name"], role["category"]),
                )
    return Reply(201)


@route("DELETE", "/v2/account/institution/roles/<int:account_id>/<int:group_id>/<int:role_id>", needs="account")
def private_institution_account_group_role_delete(
    store: Store, request: Request, account_id: int, group_id: int, role_id: int
) -> Reply:
    """Takes a role from an account."""
    account_of(store, request, account_id)
    with store.write() as db:
        deleted_rows = db.execute(
            "DELETE FROM roles WHERE account_id=? AND group_id=? AND role_id=?", (account_id, group_id, role_id)
        ).rowcount
    if not deleted_rows:
        raise not_found("Role")
    return Reply(204)
