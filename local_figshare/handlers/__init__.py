"""All routes of local Figshare; a handler is ``handler(store, request, **path) -> Reply``.

The file of an operation has the name of its path: ``/v2/account/projects/{id}/notes`` is answered by
``account_projects_notes.py``. `MODULES` has every file with the beginnings of its paths; the longest beginning wins.
The other files of this folder have no routes; they are what several of these share.
"""

from __future__ import annotations

import importlib

from ..messages import Route

# Beginnings without /v2; an id stands as {}, a part that any word can fill too.
MODULES = {
    "articles": ("/articles",),
    "account_articles": ("/account/articles",),
    "account_articles_embargo": ("/account/articles/{}/embargo", "/account/articles/{}/confidentiality"),
    "account_articles_export": ("/account/articles/export", "/storage/reports"),
    "account_articles_files": ("/account/articles/{}/files", "/upload"),
    "account_articles_publish": ("/account/articles/{}/publish", "/account/articles/{}/unpublish"),
    "account_articles_versions": ("/account/articles/{}/versions",),
    "authors_categories_links": tuple(
        f"/account/{kind}/{{}}/{name}"
        for kind in ("articles", "collections")
        for name in ("authors", "categories", "private_links")
    ),
    "collections": ("/collections",),
    "account_collections": ("/account/collections",),
    "projects": ("/projects",),
    "account_projects": ("/account/projects",),
    "account_projects_articles": ("/account/projects/{}/articles",),
    "account_projects_collaborators": ("/account/projects/{}/collaborators", "/account/projects/{}/leave"),
    "account_projects_notes": ("/account/projects/{}/notes",),
    "account": ("/account", "/token"),
    "account_authors_funding": ("/account/authors", "/account/funding"),
    "account_profile": ("/account/profile",),
    "categories_licenses": ("/categories", "/account/categories", "/licenses", "/account/licenses", "/item_types"),
    "account_institution": ("/account/institution", "/account/groups", "/institutions"),
    "account_institution_accounts": tuple(f"/account/institution/{name}" for name in ("accounts", "users", "roles")),
    "account_institution_reviews": ("/account/institution/reviews", "/account/institution/review"),
    "file_download": ("/files", "/file/download", "/storage"),
    "web_pages": ("/web",),
    "stats": ("/stats",),
    "oai": ("/oai", "/static/oai2.xsl"),
    "resourcesync": ("/resourcesync", "/.well-known/resourcesync"),
    "local_control": ("/_local",),
    "not_served": ("",),
}


def _routes() -> list[Route]:
    routes: list[Route] = []
    for name in MODULES:
        routes += importlib.import_module(f"{__name__}.{name}").ROUTES
    return routes


ROUTES = _routes()
