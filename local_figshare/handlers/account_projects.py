"""An account's projects: list, search, create, change, publish, delete."""

from __future__ import annotations

import json

from .. import fields
from ..entity_kinds import PROJECT
from ..listing import query_of, slice_of
from ..messages import BASE, Problem, Reply, Request, router
from ..record_parts import slug
from ..store import Store
from . import answers, entity_changes, metadata
from .access import QUOTA, accessible_row, acting_account, role_in_project
from .article_drafts import portal_host
from .authors import author_of_account
from .projects import dates_first, project_detail
from .quotas import used_by_project

ROUTES, route = router()
ACCOUNT_PROJECT = "/v2/account/projects/<int:project_id>"


def record_to_change(store: Store, record: dict, account_id: int | None) -> dict:
    """Returns the public record itself to be changed, as projects have no versions."""
    return fields.PROJECT.with_defaults(record)


def compute_fields(store: Store, record: dict, account_id: int | None) -> None:
    """Updates the fields of a project that are computed from its other fields."""
    portal = portal_host(store, record, account_id)
    record.update(
        modified_date=store.now(), figshare_url=f"{BASE}/web/{portal}/projects/{slug(record['title'])}/{record['id']}"
    )


entity_changes.register(PROJECT, record_to_change, compute_fields)


def private_project_item(row: dict, account: dict) -> dict:
    """Returns the list item of a project, with role and storage."""
    record = row["record"]
    return {
        **dates_first(answers.list_item(PROJECT, record)),
        "url": answers.account_url(PROJECT, row["id"]),
        "role": role_in_project(row, account) or "Viewer",
        "storage": "group" if record.get("group_id") else "individual",
    }


def private_project(store: Store, row: dict, account: dict) -> dict:
    """Returns the private record of a project; its custom fields come with their rules (recorded)."""
    record = row["record"]
    rules = {rule["name"]: rule for rule in metadata.custom_field_rules(store, record.get("group_id"))}
    custom_fields = [
        {**field, **_custom_field_rule(rules.get(field["name"], {}))} for field in record.get("custom_fields") or []
    ]
    return {
        **project_detail(record),
        **private_project_item(row, account),
        "custom_fields": custom_fields,
        "quota": QUOTA,
        **used_by_project(store, row["id"]),
        "account_id": row["account_id"] or 0,
        "group_id": record.get("group_id") or 0,
    }


def _custom_field_rule(rule: dict) -> dict:
    return {
        "is_mandatory": bool(rule.get("is_mandatory")),
        "field_type": rule.get("field_type") or "text",
        "settings": rule.get("settings") or {},
    }


@route("GET", "/v2/account/projects", needs="account")
def private_projects_list(store: Store, request: Request) -> Reply:
    """Returns the projects that the account owns or works in, filtered by `storage` and `roles`."""
    return projects_page(store, acting_account(store, request), request.query)


@route("POST", "/v2/account/projects/search", needs="account")
def private_projects_search(store: Store, request: Request) -> Reply:
    """Searches the account's projects."""
    return projects_page(store, acting_account(store, request), request.parameters())


def projects_page(store: Store, account: dict, parameters: dict) -> Reply:
    """Returns a page of the projects that an account owns or works in."""
    query = query_of("private_projects", parameters, "published_date")
    query.where(
        "(account_id = ? OR EXISTS (SELECT 1 FROM json_each(record, '$.collaborators') c "
        "WHERE json_extract(c.value, '$.user_id') = ?))",
        account["id"],
        account["user_id"],
    )
    rows = [{**row, "record": json.loads(row["record"])} for row in query.run(store, "id, account_id, record", -1)]
    items = [private_project_item(row, account) for row in rows]
    roles = str(parameters.get("roles") or "").lower().split(",")
    items = [item for item in items if roles == [""] or item["role"].lower() in roles]
    storage = parameters.get("storage")
    return Reply(200, slice_of([item for item in items if not storage or item["storage"] == storage], parameters))


@route("POST", "/v2/account/projects", needs="account")
def private_project_create(store: Store, request: Request) -> Reply:
    """Creates a project, which its creator owns."""
    project_id = entity_changes.create(store, PROJECT, acting_account(store, request), request.json(), blank_project)
    return entity_changes.created_reply(PROJECT, project_id, has_warnings=False)


def blank_project(store: Store, account: dict, project_id: int) -> dict:
    """Makes a project without content."""
    now, owner = store.now(), author_of_account(store, account)
    return {
        "url": answers.account_url(PROJECT, project_id),
        "id": project_id,
        "title": "",
        "created_date": now,
        "modified_date": now,
        "published_date": None,
        "funding": None,
        "funding_list": [],
        "description": "",
        "collaborators": [{"user_id": owner["id"], "name": owner["full_name"], "role_name": "Owner"}],
        "custom_fields": [],
        "figshare_url": "",
        "group_id": None,
    }


@route("GET", ACCOUNT_PROJECT, needs="account")
def private_project_details(store: Store, request: Request, project_id: int) -> Reply:
    """Returns the private record."""
    account = acting_account(store, request)
    return Reply(200, private_project(store, project_of(store, request, project_id), account))


def project_of(store: Store, request: Request, project_id: int, viewer_may: bool = False) -> dict:
    """Returns the row of a project that the account owns or works in, see `accessible_row`."""
    return accessible_row(store, request, PROJECT, project_id, viewer_may)


@route("PUT", ACCOUNT_PROJECT, needs="account")
@route("PATCH", ACCOUNT_PROJECT, needs="account")
def private_project_update(store: Store, request: Request, project_id: int) -> Reply:
    """Changes the fields of a project that the body names."""
    entity_changes.change(store, request, PROJECT, project_id, request.json())
    return Reply(205, b"", {"Location": answers.account_url(PROJECT, project_id)})


@route("DELETE", ACCOUNT_PROJECT, needs="account")
def private_project_delete(store: Store, request: Request, project_id: int) -> Reply:
    """Deletes a project; its articles stay."""
    with store.write() as db:
        if not project_of(store, request, project_id)["is_draft"]:
            raise Problem(403, "Forbidden", "A public project cannot be deleted")
        store.delete(PROJECT.drafts, project_id)
        for table in ("project_articles", "notes"):
            db.execute(f"DELETE FROM {table} WHERE project_id=?", (project_id,))
        store.tick()
    return Reply(204)


@route("POST", f"{ACCOUNT_PROJECT}/publish", needs="account")
def private_project_publish(store: Store, request: Request, project_id: int) -> Reply:
    """Publishes a project (documented: 200 with a message)."""
    with store.write():
        row = project_of(store, request, project_id)
        if row["is_draft"]:
            store.tick()
            record = {**row["record"], "published_date": store.now(), "url": f"{BASE}/v2/projects/{project_id}"}
            store.delete(PROJECT.drafts, project_id)
            entity_changes.save(store, PROJECT, record, row["account_id"])
    return Reply(200, {"message": f"Project {project_id} has been published"})
