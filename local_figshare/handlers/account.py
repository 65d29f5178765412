"""The account itself, its token, and the lists a form needs: categories, licences, item types, grants, authors."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable

from ..listing import integer, page_of, search_words
from ..record_parts import ITEM_TYPES
from ..store import Store
from ..wire import Problem, Reply, Request, no_account, router
from . import people, views
from .people import QUOTA, acting, largest
from .quotas import used_by_accounts

ROUTES, route = router()


def account_record(account: dict, used: dict) -> dict:
    """The record of an account, with all keys of the specification. The two dates come first (recorded).

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
        "maximum_file_size": largest(account),
    }


def account_records(store: Store, accounts: list[dict]) -> list[dict]:
    """The records of several accounts."""
    used = used_by_accounts(store, [account["id"] for account in accounts])
    return [account_record(account, used[account["id"]]) for account in accounts]


@route("GET", "/v2/account", needs="account")
def private_account(store: Store, request: Request) -> Reply:
    """The account of the request's token."""
    return Reply(200, account_records(store, [acting(store, request)])[0])


@route("GET", "/v2/token")
def get_token_info(store: Store, request: Request) -> Reply:
    """The kind of the request's token. The token itself is not repeated, as answers are kept in notebooks."""
    if request.account is None:
        raise no_account(request)
    return Reply(
        200, {"access_token": "hidden by Local Figshare", "token_type": "Bearer", "expires_in": 0, "scope": "all"}
    )


def category_list(store: Store) -> list[dict]:
    """All categories, as the API gives them."""
    rows = store.query(
        "SELECT c.*, EXISTS (SELECT 1 FROM categories d WHERE d.parent_id = c.id) AS has_children "
        "FROM categories c ORDER BY id"
    )
    return [
        {
            "parent_id": row["parent_id"],
            "id": row["id"],
            "title": row["title"],
            "path": row["path"],
            "source_id": row["source_id"],
            "taxonomy_id": row["taxonomy_id"],
            "is_selectable": bool(row["parent_id"]),
            "has_children": bool(row["has_children"]),
        }
        for row in rows
    ]


@route("GET", "/v2/categories")
def categories_list(store: Store, request: Request) -> Reply:
    """All categories, unpaged (documented)."""
    return Reply(200, category_list(store))


@route("GET", "/v2/account/categories", needs="account")
def private_categories_list(store: Store, request: Request) -> Reply:
    """The categories that an account may set, which are all."""
    return Reply(200, category_list(store))


def licence_list(store: Store, highest: int) -> list[dict]:
    """The licences whose value is `highest` at most."""
    rows = store.query("SELECT value, name, url FROM licenses WHERE value <= ? ORDER BY value", (highest,))
    return [dict(row) for row in rows]


@route("GET", "/v2/licenses")
def licenses_list(store: Store, request: Request) -> Reply:
    """The licences of figshare.com; an institution's own (value 12 and up, recorded) are the account's."""
    return Reply(200, licence_list(store, 11))


@route("GET", "/v2/account/licenses", needs="account")
def private_licenses_list(store: Store, request: Request) -> Reply:
    """All licences, with those of the institution."""
    return Reply(200, licence_list(store, 1 << 30))


@route("GET", "/v2/item_types")
def item_types_list(store: Store, request: Request) -> Reply:
    """The types an item can have."""
    group = integer(request.query, "group_id", 0, 1 << 60)
    if group and store.one("SELECT 1 FROM groups WHERE id=?", (group,)) is None:
        raise Problem(404, "EntityNotFound", "Entity not found: Group")
    return Reply(
        200,
        [
            {
                "id": number,
                "name": name,
                "string_id": name.replace(" ", "_"),
                "icon": name.replace(" ", "-"),
                "public_description": f"An item of the type {name}",
                "is_selectable": True,
                "url_name": name.replace(" ", "_"),
            }
            for number, name in ITEM_TYPES.items()
        ],
    )


@route("POST", "/v2/account/funding/search", needs="account")
def private_funding_search(store: Store, request: Request) -> Reply:
    """Grants whose title, code or funder holds all words of the search."""
    words = str(request.parameters().get("search_for") or "").lower().split()
    grants = [json.loads(row["record"]) for row in store.query("SELECT record FROM funding ORDER BY id")]
    return Reply(200, [_grant(grant) for grant in grants if _has_words(grant.values(), words)])


def _grant(grant: dict) -> dict:
    return {
        "id": grant["id"],
        "title": grant.get("title") or "",
        "grant_code": grant.get("grant_code") or "",
        "funder_name": grant.get("funder_name") or "",
        "is_user_defined": int(grant.get("is_user_defined") or 0),
        "url": grant.get("url") or "",
    }


def _has_words(values: Iterable, words: list[str]) -> bool:
    text = " ".join(str(value) for value in values).lower()
    return all(word in text for word in words)


# Authors


def author_record(row: sqlite3.Row) -> dict:
    """The full record of an author (schema AuthorComplete)."""
    record = json.loads(row["record"])
    return {
        **people.shown(record),
        "institution_id": row["institution_id"] or 0,
        "group_id": row["group_id"] or 0,
        "is_public": int(bool(row["is_public"])),
        "job_title": record.get("job_title") or "",
    }


AUTHORS = "SELECT a.*, EXISTS (SELECT 1 FROM article_authors l WHERE l.author_id = a.id) AS is_public FROM authors a"


@route("GET", "/v2/account/authors/<int:author_id>", needs="account")
def private_author_details(store: Store, request: Request, author_id: int) -> Reply:
    """One author."""
    row = store.one(f"{AUTHORS} WHERE id=?", (author_id,))
    return Reply(200, author_record(views.need(row, "Author")))


@route("POST", "/v2/account/authors/search", needs="account")
def private_authors_search(store: Store, request: Request) -> Reply:
    """Authors by name, ORCID, institution or group; here a group includes its subgroups (documented)."""
    parameters = request.parameters()
    page = page_of(parameters)
    conditions = ["1"]
    args: list[object] = []
    for word in search_words(parameters):
        conditions.append("(full_name LIKE ? OR orcid_id = ?)")
        args += [f"%{word}%", word]
    if parameters.get("orcid"):
        conditions.append("orcid_id = ?")
        args.append(str(parameters["orcid"]).rpartition("/")[2])
    if integer(parameters, "institution_id") is not None:
        conditions.append("institution_id = ?")
        args.append(integer(parameters, "institution_id"))
    if integer(parameters, "group_id") is not None:
        conditions.append(WITHIN_GROUP)
        args.append(integer(parameters, "group_id"))
    for name, column in (("is_public", "is_public"), ("is_active", "json_extract(record, '$.is_active')")):
        if isinstance(parameters.get(name), bool):
            conditions.append(f"{column} = ?")
            args.append(int(parameters[name]))
    rows = store.query(
        f"SELECT * FROM ({AUTHORS}) WHERE {' AND '.join(conditions)} ORDER BY id LIMIT ? OFFSET ?",
        (*args, page.limit, page.offset),
    )
    return Reply(200, [author_record(row) for row in rows])


WITHIN_GROUP = """group_id IN (WITH RECURSIVE tree(id) AS (SELECT ? UNION
    SELECT g.id FROM groups g JOIN tree ON g.parent_id = tree.id) SELECT id FROM tree)"""
