"""An institution as its administrator sees it: its items, its groups and their custom fields."""

from __future__ import annotations

import json
import sqlite3

from ..entity_kinds import ARTICLE
from ..listing import integer, invalid_parameter, page_of, query_of
from ..messages import Problem, Reply, Request, not_found, router
from ..record_parts import dumps
from ..store import Store
from . import answers, metadata
from .access import acting_account, admin_account
from .multipart import csv_column

ROUTES, route = router()
EMBARGO_OPTIONS = ({"id": 1, "type": "logged_in", "ip_name": ""}, {"id": 2, "type": "administrator", "ip_name": ""})


# The institution


def institution_of(store: Store, request: Request) -> sqlite3.Row:
    """Returns the institution of the acting account. Raises `Problem` 403 for an account without one."""
    row = store.first_row("SELECT * FROM institutions WHERE id=?", (acting_account(store, request)["institution_id"],))
    if row is None:
        raise Problem(403, "Forbidden", "This account belongs to no institution")
    return row


@route("GET", "/v2/account/institution", needs="account")
def private_institution_details(store: Store, request: Request) -> Reply:
    """Returns id, name and domain."""
    row = institution_of(store, request)
    return Reply(200, {"id": row["id"], "name": row["name"], "domain": row["domain"] or ""})


@route("GET", "/v2/account/institution/embargo_options", needs="account")
def private_institution_embargo_options_details(store: Store, request: Request) -> Reply:
    """Returns the people for whom an embargo can be lifted."""
    institution_of(store, request)
    return Reply(200, list(EMBARGO_OPTIONS))


@route("GET", "/v2/account/institution/groups/<int:group_id>/embargo_options", needs="account")
def private_group_embargo_options_details(store: Store, request: Request, group_id: int) -> Reply:
    """Returns the people for whom an embargo can be lifted in a group."""
    group_of(store, request, group_id)
    return Reply(200, list(EMBARGO_OPTIONS))


@route("GET", "/v2/account/institution/articles", needs="account")
def private_institution_articles(store: Store, request: Request) -> Reply:
    """Returns all items of the institution, drafts too; an item with a date of publication may be a draft again."""
    admin_account(request)
    query = query_of("private_articles", request.query, "published_date")
    query.where("institution_id = ?", institution_of(store, request)["id"])
    status = integer(request.query, "status")
    if status is not None:
        query.where("is_draft = ?", int(status == 0))
    page = page_of(request.query)
    rows = query.run(store, "id, item, is_draft", page.limit, page.offset)
    return Reply(200, [answers.private_item(ARTICLE, row) for row in rows])


@route("GET", "/v2/institutions/<string_id>/articles/filter-by")
def institution_articles(store: Store, request: Request, string_id: str) -> Reply:
    """Returns public items of an institution by `resource_id` and by the name of a file."""
    row = store.first_row("SELECT id FROM institutions WHERE string_id=?", (string_id,))
    for name in ("resource_id", "filename"):
        if not request.query.get(name):
            raise invalid_parameter(422, name, "is required")
    rows = store.query(
        "SELECT item FROM articles WHERE institution_id=? AND resource_id=? AND EXISTS "
        "(SELECT 1 FROM files WHERE article_id=articles.id AND public=1 AND name=?) ORDER BY id",
        (answers.value_or_404(row, "Institution")["id"], request.query["resource_id"], request.query["filename"]),
    )
    return Reply(200, "[" + ", ".join(row["item"] for row in rows) + "]")


# Groups and their custom fields


def group_of(store: Store, request: Request, group_id: int) -> sqlite3.Row:
    """Returns a group of the acting account's institution. Raises `Problem` 404."""
    row = store.first_row(
        "SELECT * FROM groups WHERE id=? AND institution_id IS ?",
        (group_id, acting_account(store, request)["institution_id"]),
    )
    return answers.value_or_404(row, "Group")


@route("GET", "/v2/account/institution/groups", needs="account")
def private_institution_groups_list(store: Store, request: Request) -> Reply:
    """Returns all groups of the institution, unpaged (documented); the top one has `parent_id` 0."""
    rows = store.query(
        "SELECT id, name, resource_id, parent_id, association_criteria, upload_access FROM groups "
        "WHERE institution_id=? ORDER BY id",
        (institution_of(store, request)["id"],),
    )
    return Reply(200, [dict(row) for row in rows])


@route("GET", "/v2/account/groups/<int:group_id>/metadata/item", needs="account")
def account_group_custom_fields(store: Store, request: Request, group_id: int) -> Reply:
    """Returns the custom fields of a group, with their rules."""
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
    """Returns the custom fields of a group, or of the whole institution."""
    institution = institution_of(store, request)["id"]
    group = integer(request.query, "group_id")
    rows = store.query("SELECT id, custom_fields FROM groups WHERE institution_id=? ORDER BY id", (institution,))
    rules = (
        metadata.custom_field_rules(store, group)
        if group is not None
        else [rule for row in rows for rule in json.loads(row["custom_fields"])]
    )
    rules_by_id = {rule["id"]: rule for rule in rules}
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
            for rule in rules_by_id.values()
        ],
    )


@route("POST", "/v2/account/institution/custom_fields/<int:field_id>/items/upload", needs="account")
def custom_fields_upload(store: Store, request: Request, field_id: int) -> Reply:
    """Stores the values of a long dropdown, from the first column of a CSV file."""
    admin_account(request)
    options = csv_column(request, "external_file")
    with store.write() as db:
        for row in store.query(
            "SELECT id, custom_fields FROM groups WHERE institution_id=?", (institution_of(store, request)["id"],)
        ):
            rules = json.loads(row["custom_fields"])
            for rule in rules:
                if rule["id"] == field_id:
                    return _set_options(db, row["id"], rules, rule, options)
    raise not_found("CustomField")


def _set_options(db: sqlite3.Connection, group_id: int, rules: list[dict], rule: dict, options: list[str]) -> Reply:
    if rule["field_type"] != "dropdown_large_list":
        raise Problem(400, "BadRequest", f"{rule['name']} is no dropdown_large_list")
    rule.setdefault("settings", {})["options"] = options
    db.execute("UPDATE groups SET custom_fields=? WHERE id=?", (dumps(rules), group_id))
    return Reply(200, {"code": 200, "message": "OK"})
