"""What an institution's administrator sees and does: items, groups, accounts, roles, reviews, custom fields."""

from __future__ import annotations

import json
import re
import sqlite3

from ..kinds import ARTICLE
from ..listing import integer, invalid, page_of, query_of, search_words
from ..record_parts import dumps, item_of
from ..store import Store
from ..wire import Problem, Reply, Request, not_found, router
from . import metadata, views
from .account import account_records
from .multipart import csv_column
from .people import acting, admin, owner_author

ROUTES, route = router()
ACCOUNTS = "/v2/account/institution/accounts"
REVIEW = "/v2/account/institution/review/<int:review_id>"

# Ids as clients have met them (2 administrator, 11 association with a group, 49 reviewer); 7 is in the specification.
ROLES = (
    {"id": 2, "name": "Admin", "category": "institution", "description": "Administers the institution"},
    {"id": 7, "name": "User", "category": "group", "description": "Deposits in the group"},
    {"id": 11, "name": "Group association", "category": "group", "description": "Belongs to the group"},
    {"id": 49, "name": "Reviewer", "category": "group", "description": "Reviews what is handed in to the group"},
)
EMBARGO_OPTIONS = ({"id": 1, "type": "logged_in", "ip_name": ""}, {"id": 2, "type": "administrator", "ip_name": ""})
REVIEW_STATUSES = ("pending", "approved", "rejected", "closed")


# The institution


def institution_of(store: Store, request: Request) -> sqlite3.Row:
    """The institution of the acting account. Raises `Problem` 403 for an account without one."""
    row = store.one("SELECT * FROM institutions WHERE id=?", (acting(store, request)["institution_id"],))
    if row is None:
        raise Problem(403, "Forbidden", "This account belongs to no institution")
    return row


@route("GET", "/v2/account/institution", needs="account")
def private_institution_details(store: Store, request: Request) -> Reply:
    """Id, name and domain."""
    row = institution_of(store, request)
    return Reply(200, {"id": row["id"], "name": row["name"], "domain": row["domain"] or ""})


@route("GET", "/v2/account/institution/embargo_options", needs="account")
def private_institution_embargo_options_details(store: Store, request: Request) -> Reply:
    """The people for whom an embargo can be lifted."""
    institution_of(store, request)
    return Reply(200, list(EMBARGO_OPTIONS))


@route("GET", "/v2/account/institution/groups/<int:group_id>/embargo_options", needs="account")
def private_group_embargo_options_details(store: Store, request: Request, group_id: int) -> Reply:
    """The people for whom an embargo can be lifted in a group."""
    group_of(store, request, group_id)
    return Reply(200, list(EMBARGO_OPTIONS))


@route("GET", "/v2/account/institution/articles", needs="account")
def private_institution_articles(store: Store, request: Request) -> Reply:
    """All items of the institution, drafts too; an item with a date of publication may be a draft again."""
    admin(request)
    query = query_of("private_articles", request.query, "published_date")
    query.where("institution_id = ?", institution_of(store, request)["id"])
    status = integer(request.query, "status")
    if status is not None:
        query.where("is_draft = ?", int(status == 0))
    page = page_of(request.query)
    rows = query.run(store, "id, item, is_draft", page.limit, page.offset)
    return Reply(200, [views.private_item(ARTICLE, row) for row in rows])


@route("GET", "/v2/institutions/<string_id>/articles/filter-by")
def institution_articles(store: Store, request: Request, string_id: str) -> Reply:
    """Public items of an institution by `resource_id` and by the name of a file."""
    row = store.one("SELECT id FROM institutions WHERE string_id=?", (string_id,))
    for name in ("resource_id", "filename"):
        if not request.query.get(name):
            raise invalid(422, name, "is required")
    rows = store.query(
        "SELECT item FROM articles WHERE institution_id=? AND resource_id=? AND EXISTS "
        "(SELECT 1 FROM files WHERE article_id=articles.id AND public=1 AND name=?) ORDER BY id",
        (views.need(row, "Institution")["id"], request.query["resource_id"], request.query["filename"]),
    )
    return Reply(200, "[" + ", ".join(row["item"] for row in rows) + "]")


# Groups and their custom fields


def group_of(store: Store, request: Request, group_id: int) -> sqlite3.Row:
    """A group of the acting account's institution. Raises `Problem` 404."""
    row = store.one(
        "SELECT * FROM groups WHERE id=? AND institution_id IS ?", (group_id, acting(store, request)["institution_id"])
    )
    return views.need(row, "Group")


@route("GET", "/v2/account/institution/groups", needs="account")
def private_institution_groups_list(store: Store, request: Request) -> Reply:
    """All groups of the institution, unpaged (documented); the top one has `parent_id` 0."""
    rows = store.query(
        "SELECT id, name, resource_id, parent_id, association_criteria, upload_access FROM groups "
        "WHERE institution_id=? ORDER BY id",
        (institution_of(store, request)["id"],),
    )
    return Reply(200, [dict(row) for row in rows])


@route("GET", "/v2/account/groups/<int:group_id>/metadata/item", needs="account")
def account_group_custom_fields(store: Store, request: Request, group_id: int) -> Reply:
    """The custom fields of a group, with their rules."""
    group_of(store, request, group_id)
    rules = metadata.custom_field_rules(store, group_id)
    return Reply(
        200,
        [
            {
                "name": rule["name"],
                "value": "",
                "field_type": rule["field_type"],
                "settings": rule.get("settings") or {},
                "order": rule.get("order") or 0,
                "is_mandatory": bool(rule.get("is_mandatory")),
            }
            for rule in rules
        ],
    )


@route("GET", "/v2/account/institution/custom_fields", needs="account")
def custom_fields_list(store: Store, request: Request) -> Reply:
    """The custom fields of a group, or of the whole institution."""
    institution = institution_of(store, request)["id"]
    group = integer(request.query, "group_id")
    rows = store.query("SELECT id, custom_fields FROM groups WHERE institution_id=? ORDER BY id", (institution,))
    found = (
        metadata.custom_field_rules(store, group)
        if group is not None
        else [rule for row in rows for rule in json.loads(row["custom_fields"])]
    )
    unique = {rule["id"]: rule for rule in found}
    return Reply(
        200,
        [
            {
                "id": rule["id"],
                "name": rule["name"],
                "field_type": rule["field_type"],
                "settings": rule.get("settings") or {},
                "order": rule.get("order") or 0,
                "is_mandatory": bool(rule.get("is_mandatory")),
            }
            for rule in unique.values()
        ],
    )


@route("POST", "/v2/account/institution/custom_fields/<int:field_id>/items/upload", needs="account")
def custom_fields_upload(store: Store, request: Request, field_id: int) -> Reply:
    """The values of a long dropdown, from the first column of a CSV file."""
    admin(request)
    options = csv_column(request, "external_file")
    for row in store.query(
        "SELECT id, custom_fields FROM groups WHERE institution_id=?", (institution_of(store, request)["id"],)
    ):
        rules = json.loads(row["custom_fields"])
        for rule in rules:
            if rule["id"] == field_id:
                return _with_options(store, row["id"], rules, rule, options)
    raise not_found("CustomField")


def _with_options(store: Store, group_id: int, rules: list[dict], rule: dict, options: list[str]) -> Reply:
    if rule["field_type"] != "dropdown_large_list":
        raise Problem(400, "BadRequest", f"{rule['name']} is no dropdown_large_list")
    rule.setdefault("settings", {})["options"] = options
    with store.write() as db:
        db.execute("UPDATE groups SET custom_fields=? WHERE id=?", (dumps(rules), group_id))
    return Reply(200, {"code": 200, "message": "OK"})


# Accounts

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
    """A page of the institution's accounts, ordered by id (documented)."""
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
    records = account_records(store, [views.need(store.account(row["id"]), "Account") for row in rows])
    return Reply(200, [item_of(record, SHORT_ACCOUNT) for record in records])


@route("GET", ACCOUNTS, needs="account")
def private_institution_accounts_list(store: Store, request: Request) -> Reply:
    """The accounts of the institution."""
    admin(request)
    return accounts_page(store, request, request.query)


@route("POST", f"{ACCOUNTS}/search", needs="account")
def private_institution_accounts_search(store: Store, request: Request) -> Reply:
    """A search of the institution's accounts by name and e-mail address."""
    admin(request)
    return accounts_page(store, request, request.parameters())


def account_of(store: Store, request: Request, account_id: int) -> dict:
    """An account of the administrator's institution. Raises `Problem` 403 and 404."""
    institution = admin(request)["institution_id"]
    account = store.account(account_id)
    if account is None or account["institution_id"] != institution:
        raise not_found("Account")
    return account


@route("POST", ACCOUNTS, needs="account")
def private_institution_accounts_create(store: Store, request: Request) -> Reply:
    """Creates an account, without a token."""
    body, institution = request.json(), admin(request)["institution_id"]
    email = metadata.checked_text("email", body.get("email"), 3, 150)
    last = metadata.checked_text("last_name", body.get("last_name"), 0, 255)
    first = metadata.checked_text("first_name", body.get("first_name") or "", 0, 255)
    if not re.match(r"[^@\s]+@[^@\s]+$", email):
        raise metadata.bad("email", "must be an address of mail")
    if store.one("SELECT 1 FROM accounts WHERE email=?", (email,)):
        raise metadata.bad("email", "there is an account of this address already")
    group = body["group_id"] if metadata.is_given("group_id", body.get("group_id")) else None
    if group is not None:
        group_of(store, request, metadata.checked_integer("group_id", group))
    with store.write() as db:
        now = store.tick().strftime("%Y-%m-%dT%H:%M:%SZ")
        account_id, user_id = store.next_id("account"), store.next_id("author")
        record = {
            "first_name": first,
            "last_name": last,
            "created_date": now,
            "modified_date": now,
            "symplectic_user_id": body.get("symplectic_user_id") or "",
            "quota": body.get("quota"),
        }
        db.execute(
            "INSERT INTO accounts VALUES (?, ?, ?, ?, ?, ?, ?, NULL, 0, ?)",
            (
                account_id,
                user_id,
                institution,
                group,
                email,
                body.get("institution_user_id") or "",
                int(body.get("is_active", True)),
                dumps(record),
            ),
        )
    return Reply(201, {"account_id": account_id})


@route("GET", f"{ACCOUNTS}/<int:account_id>", needs="account")
def private_institution_account(store: Store, request: Request, account_id: int) -> Reply:
    """One account."""
    return Reply(200, account_records(store, [account_of(store, request, account_id)])[0])


@route("PUT", f"{ACCOUNTS}/<int:account_id>", needs="account")
def private_institution_accounts_update(store: Store, request: Request, account_id: int) -> Reply:
    """Moves an account to another group, or makes it active or inactive."""
    account, body = account_of(store, request, account_id), request.json()
    group = account["group_id"] if body.get("group_id") is None else body["group_id"]
    if body.get("group_id") is not None:
        group_of(store, request, metadata.checked_integer("group_id", group))
    active = body.get("is_active", bool(account["active"]))
    if not isinstance(active, bool):
        raise metadata.bad("is_active", "must be true or false")
    with store.write() as db:
        db.execute("UPDATE accounts SET group_id=?, active=? WHERE id=?", (group, int(active), account_id))
    return Reply(205, b"", {"Location": f"{views.API}/account/institution/accounts/{account_id}"})


@route("GET", "/v2/account/institution/users/<int:account_id>", needs="account")
def private_account_institution_user(store: Store, request: Request, account_id: int) -> Reply:
    """The author that an account is; `id` is the author's, not the account's (recorded)."""
    account = account_of(store, request, account_id)
    person = owner_author(store, account)
    published = store.one("SELECT 1 FROM article_authors WHERE author_id=?", (person["id"],))
    return Reply(
        200,
        {
            "id": person["id"],
            "first_name": person["first_name"],
            "last_name": person["last_name"],
            "name": person["full_name"],
            "is_active": bool(account["active"]),
            "url_name": person["url_name"],
            "is_public": bool(published),
            "job_title": account["record"].get("job_title") or "",
            "orcid_id": person["orcid_id"],
        },
    )


# Roles


@route("GET", "/v2/account/institution/roles", needs="account")
def private_institution_roles_list(store: Store, request: Request) -> Reply:
    """All roles."""
    admin(request)
    return Reply(200, list(ROLES))


@route("GET", "/v2/account/institution/roles/<int:account_id>", needs="account")
def private_institution_account_group_roles(store: Store, request: Request, account_id: int) -> Reply:
    """The roles of an account: an object keyed by group id (recorded)."""
    account_of(store, request, account_id)
    found: dict[str, list[dict]] = {}
    for row in store.query("SELECT * FROM roles WHERE account_id=? ORDER BY group_id, role_id", (account_id,)):
        found.setdefault(str(row["group_id"]), []).append(
            {"id": row["role_id"], "name": row["name"], "category": row["category"]}
        )
    return Reply(200, found)


@route("POST", "/v2/account/institution/roles/<int:account_id>", needs="account")
def private_institution_account_group_roles_create(store: Store, request: Request, account_id: int) -> Reply:
    """Gives an account roles; the body is an object of group ids and lists of role ids."""
    account_of(store, request, account_id)
    known = {role["id"]: role for role in ROLES}
    with store.write() as db:
        for group, role_ids in request.json().items():
            group_of(store, request, int(group) if group.isdigit() else -1)
            for role_id in role_ids if isinstance(role_ids, list) else [role_ids]:
                if role_id not in known:
                    raise metadata.bad("role", f"there is no role {role_id}")
                role = known[role_id]
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
        gone = db.execute(
            "DELETE FROM roles WHERE account_id=? AND group_id=? AND role_id=?", (account_id, group_id, role_id)
        ).rowcount
    if not gone:
        raise not_found("Role")
    return Reply(204)


# Reviews


@route("GET", "/v2/account/institution/reviews", needs="account")
def account_institution_curations(store: Store, request: Request) -> Reply:
    """Reviews of the institution's items, an array (recorded; the specification shows one object)."""
    admin(request)
    conditions = ["group_id IN (SELECT id FROM groups WHERE institution_id = ?)"]
    args: list = [institution_of(store, request)["id"]]
    for name in ("group_id", "article_id"):
        if integer(request.query, name) is not None:
            conditions.append(f"{name} = ?")
            args.append(integer(request.query, name))
    status = request.query.get("status")
    if status:
        if status not in REVIEW_STATUSES:
            raise invalid(400, "status", f"must be one of {', '.join(REVIEW_STATUSES)}")
        conditions.append("status = ?")
        args.append(status)
    page = page_of({name: request.query.get(name) for name in ("limit", "offset")})
    rows = store.query(
        f"SELECT record FROM reviews WHERE {' AND '.join(conditions)} ORDER BY id DESC LIMIT ? OFFSET ?",
        (*args, page.limit, page.offset),
    )
    return Reply(200, [json.loads(row["record"]) for row in rows])


def review_of(store: Store, request: Request, review_id: int) -> dict:
    """A review of the administrator's institution. Raises `Problem` 404."""
    admin(request)
    row = store.one(
        "SELECT record FROM reviews WHERE id=? AND group_id IN (SELECT id FROM groups WHERE institution_id=?)",
        (review_id, institution_of(store, request)["id"]),
    )
    return json.loads(views.need(row, "Curation")["record"])


@route("GET", REVIEW, needs="account")
def account_institution_curation(store: Store, request: Request, review_id: int) -> Reply:
    """A review, with the private record of its item."""
    review = review_of(store, request, review_id)
    row = views.need(store.private_row(ARTICLE, review["article_id"]), ARTICLE.entity)
    return Reply(200, {**review, "item": views.private_record(store, row)})


@route("GET", f"{REVIEW}/comments", needs="account")
def get_account_institution_curation_comments(store: Store, request: Request, review_id: int) -> Reply:
    """The comments of a review, oldest first."""
    review_of(store, request, review_id)
    page = page_of({name: request.query.get(name) for name in ("limit", "offset")})
    rows = store.query(
        "SELECT record FROM comments WHERE review_id=? ORDER BY id LIMIT ? OFFSET ?",
        (review_id, page.limit, page.offset),
    )
    return Reply(200, [json.loads(row["record"]) for row in rows])


@route("POST", f"{REVIEW}/comments", needs="account")
def post_account_institution_curation_comments(store: Store, request: Request, review_id: int) -> Reply:
    """Adds a comment to a review (documented: 200)."""
    review = review_of(store, request, review_id)
    text = metadata.checked_text("text", request.json().get("text"), 1, 2000)
    with store.write() as db:
        now = store.tick().strftime("%Y-%m-%dT%H:%M:%SZ")
        comment = {
            "id": store.next_id("comment"),
            "account_id": acting(store, request)["id"],
            "type": "comment",
            "text": text,
            "created_date": now,
            "modified_date": now,
        }
        db.execute("INSERT INTO comments VALUES (?, ?, ?)", (comment["id"], review_id, dumps(comment)))
        review.update(comments_count=review["comments_count"] + 1, modified_date=now)
        db.execute("UPDATE reviews SET record=? WHERE id=?", (dumps(review), review_id))
    return Reply(200, b"")
