"""Public projects: lists, search, details, articles."""

from __future__ import annotations

from ..entity_kinds import PROJECT
from ..listing import page_of, public_list, public_search
from ..messages import Reply, Request, not_found, router
from ..store import Store
from . import answers

ROUTES, route = router()
PUBLIC_PROJECT = "/v2/projects/<int:project_id>"


PRIVATE_KEYS = ("account_id", "group_id", "storage")
DATES = ("created_date", "modified_date")  # recorded: they come first


def dates_first(record: dict) -> dict:
    """Returns a record with its dates in front (recorded)."""
    return {**{key: record[key] for key in DATES if key in record}, **record}


def project_detail(record: dict) -> dict:
    """Returns the record of a project; `funding` is null where there is none (recorded)."""
    return {**dates_first(record), "funding": record.get("funding") or None}


@route("GET", "/v2/projects")
def projects_list(store: Store, request: Request) -> Reply:
    """Returns public projects, newest published first."""
    return public_list(store, request, PROJECT)


@route("POST", "/v2/projects/search")
def projects_search(store: Store, request: Request) -> Reply:
    """Searches public projects."""
    return public_search(store, request, PROJECT, "published_date")


@route("GET", PUBLIC_PROJECT)
def project_details(store: Store, request: Request, project_id: int) -> Reply:
    """Returns a public project."""
    record = answers.value_or_404(store.public_record(PROJECT, project_id), PROJECT.entity)
    public_detail = {key: value for key, value in project_detail(record).items() if key not in PRIVATE_KEYS}
    return answers.record_reply(public_detail, record.get("modified_date"))


@route("GET", f"{PUBLIC_PROJECT}/articles")
def project_articles(store: Store, request: Request, project_id: int) -> Reply:
    """Returns the public articles of a public project."""
    if store.public_json(PROJECT, project_id) is None:
        raise not_found(PROJECT.entity)
    page = page_of(request.query)
    rows = store.query(
        "SELECT a.item FROM project_articles l JOIN articles a ON a.id = l.article_id "
        "WHERE l.project_id=? ORDER BY l.rowid LIMIT ? OFFSET ?",
        (project_id, page.limit, page.offset),
    )
    return Reply(200, "[" + ", ".join(row["item"] for row in rows) + "]")
