"""Routes that control this server, for tests and teachers. Figshare has none of them."""

from __future__ import annotations

from ..faults import FAULT_KINDS, fault_of
from ..messages import Reply, Request, router
from ..store import Store

ROUTES, route = router()


@route("GET", "/_local/health")
def health(store: Store, request: Request) -> Reply:
    """Says that the server answers, and what it serves."""
    counts = {
        table: store.query(f"SELECT count(*) FROM {table}")[0][0]
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
    """Brings the first state of the catalogue back."""
    store.reset()
    return Reply(204)


@route("GET", "/_local/faults")
def faults_list(store: Store, request: Request) -> Reply:
    """Returns the faults that wait, and the kinds of fault."""
    return Reply(200, {"queued": store.faults.list(), "kinds": FAULT_KINDS})


@route("POST", "/_local/faults")
def faults_add(store: Store, request: Request) -> Reply:
    """Queues a fault; the README's table describes the body."""
    fault = store.faults.add(fault_of(request.json()))
    return Reply(201, {"id": fault.id})


@route("DELETE", "/_local/faults")
def faults_clear(store: Store, request: Request) -> Reply:
    """Removes all faults that wait."""
    store.faults.clear()
    return Reply(204)
