"""Control routes, for tests and teachers; nothing of Figshare's."""

from __future__ import annotations

from ..faults import FAULT_KINDS, fault_of
from ..store import Store
from ..wire import Reply, Request, router

ROUTES, route = router()


@route("GET", "/_local/health")
def health(store: Store, request: Request) -> Reply:
    """The server answers, and what it serves."""
    counts = {
        table: store.one(f"SELECT count(*) AS n FROM {table}")["n"]
        for table in ("articles", "drafts", "collections", "projects", "groups", "institutions", "accounts")
    }
    return Reply(
        200,
        {
            "status": "ok",
            "catalogue": store.catalogue_name,
            "title": store.setting("title"),
            "clock": store.now(),
            **counts,
        },
    )


@route("POST", "/_local/reset")
def reset(store: Store, request: Request) -> Reply:
    """The catalogue as it was at the start."""
    store.reset()
    return Reply(204)


@route("GET", "/_local/faults")
def faults_list(store: Store, request: Request) -> Reply:
    """What waits in the queue, and the kinds there are."""
    return Reply(200, {"queued": store.faults.list(), "kinds": FAULT_KINDS})


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
