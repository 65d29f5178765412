"""All routes of local Figshare; a handler is ``handler(store, request, **path) -> Reply``."""

from __future__ import annotations

import importlib

from ..wire import Route

MODULES = (
    "control",
    "pages",
    "articles",
    "account_articles",
    "publishing",
    "restrictions",
    "files",
    "downloads",
    "subresources",
    "account",
    "more_account",
    "reports",
    "collections",
    "projects",
    "institution",
    "absent",
    "stats",
    "oai",
    "resourcesync",
)


def _routes() -> list[Route]:
    routes: list[Route] = []
    for name in MODULES:
        routes += importlib.import_module(f"{__name__}.{name}").ROUTES
    return routes


ROUTES = _routes()
