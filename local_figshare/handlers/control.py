"""Control routes, for tests and teachers; nothing of Figshare's. And the pages that records link to."""

from __future__ import annotations

import base64
import html
import re

from ..faults import KINDS, fault_of
from ..store import Store
from ..wire import Problem, Reply, Request, router

ROUTES, route = router()
PIXEL = base64.b64decode("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6"
                         "kgAAAABJRU5ErkJggg==")
PAGE = """<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><title>{title}</title></head>
<body><h1>{title}</h1><p>{description}</p><p>Local Figshare: a stand-in, not the page of {host}.</p></body></html>
"""


@route("GET", "/_local/health")
def health(store: Store, request: Request) -> Reply:
    """The server answers, and what it serves."""
    counts = {table: store.one(f"SELECT count(*) AS n FROM {table}")["n"]
              for table in ("articles", "drafts", "collections", "projects", "groups", "institutions", "accounts")}
    return Reply(200, {"status": "ok", "catalogue": store.catalogue_name, "title": store.setting("title"),
                       "clock": store.now(), **counts})


@route("POST", "/_local/reset")
def reset(store: Store, request: Request) -> Reply:
    """The catalogue as it was at the start."""
    store.reset()
    return Reply(204)


@route("GET", "/_local/faults")
def faults_list(store: Store, request: Request) -> Reply:
    """What waits in the queue, and the kinds there are."""
    return Reply(200, {"queued": store.faults.list(), "kinds": KINDS})


@route("POST", "/_local/faults")
def faults_add(store: Store, request: Request) -> Reply:
    """Queue a fault; the body is one of the README's table."""
    fault = store.faults.add(fault_of(request.json()))
    return Reply(201, {"id": fault.id})


@route("DELETE", "/_local/faults")
def faults_clear(store: Store, request: Request) -> Reply:
    """Empty the queue."""
    store.faults.clear()
    return Reply(204)


@route("GET", "/web/<host>/<path:path>")
def page(store: Store, request: Request, host: str, path: str) -> Reply:
    """The page of an item: its title, and one view more. For a thumbnail, a picture of one pixel."""
    if re.search(r"\.(png|jpe?g|gif)$", path):
        return Reply(200, PIXEL, content_type="image/png")
    found = re.search(r"articles/(?:.*/)?(\d{1,15})(?:/\d+)?$", path)
    record = store.article(int(found.group(1))) if found else None
    if record is None:
        raise Problem(404, "EntityNotFound", "Entity not found: page")
    store.count_event(record["id"], "views")
    text = PAGE.format(title=html.escape(record["title"]), description=html.escape(record.get("description") or ""),
                       host=html.escape(host))
    return Reply(200, text, content_type="text/html; charset=UTF-8")


