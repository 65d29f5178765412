"""An account's articles: list, search, create, change, delete."""

from __future__ import annotations

from ..kinds import ARTICLE
from ..listing import page_of, query_of
from ..store import Store
from ..wire import Problem, Reply, Request, router
from . import editing, views
from .archive import zipped
from .drafts import blank
from .people import acting, mine
from .publishing import DOI_PREFIX

ROUTES, route = router()
ONE = "/v2/account/articles/<int:article_id>"


@route("GET", "/v2/account/articles", needs="account")
def private_articles_list(store: Store, request: Request) -> Reply:
    """The account's own items, drafts beside published ones, newest created first."""
    return account_page(store, acting(store, request), request.query)


@route("POST", "/v2/account/articles/search", needs="account")
def private_articles_search(store: Store, request: Request) -> Reply:
    """A search of the account's own items."""
    return account_page(store, acting(store, request), request.parameters(), prefix=True)


def account_page(store: Store, account: dict, parameters: dict, prefix: bool = False) -> Reply:
    """A page of the account's own items; with `prefix` each begins with `project_id`, as in searches."""
    query = query_of("private_articles", parameters, "created_date")
    query.where("account_id = ?", account["id"])
    page = page_of(parameters)
    rows = query.run(store, "id, item, project_id, is_draft", page.limit, page.offset)
    items = [views.private_item(ARTICLE, row) for row in rows]
    if prefix:
        items = [{"project_id": row["project_id"], **item} for row, item in zip(rows, items, strict=True)]
    return Reply(200, items)


@route("POST", "/v2/account/articles", needs="account")
def private_article_create(store: Store, request: Request) -> Reply:
    """Creates a draft."""
    article_id = editing.create(store, ARTICLE, acting(store, request), request.json(), blank)
    return editing.created(ARTICLE, article_id)


@route("GET", ONE, needs="account")
def private_article_details(store: Store, request: Request, article_id: int) -> Reply:
    """The private record. An administrator sees those of the institution without `impersonate` too (recorded)."""
    record = views.private_record(store, mine(store, request, ARTICLE, article_id))
    return views.reply(record, record.get("modified_date"))


@route("PUT", ONE, needs="account")
@route("PATCH", ONE, needs="account")
def private_article_update(store: Store, request: Request, article_id: int) -> Reply:
    """Changes the fields that the body names, with PUT as with PATCH (recorded)."""
    editing.change(store, request, ARTICLE, article_id, request.json())
    return editing.updated(ARTICLE, article_id)


@route("DELETE", ONE, needs="account")
def private_article_delete(store: Store, request: Request, article_id: int) -> Reply:
    """Deletes a draft. A public item is refused with 403 (our choice)."""
    mine(store, request, ARTICLE, article_id)
    if store.text(ARTICLE, article_id):
        raise Problem(403, "Forbidden", "A public item cannot be deleted")
    with store.write() as db:
        store.delete("drafts", article_id)
        for table in ("files", "project_articles", "collection_articles"):
            db.execute(f"DELETE FROM {table} WHERE article_id=?", (article_id,))
        store.tick()
    return Reply(204)


@route("GET", f"{ONE}/download", needs="account")
def private_article_download(store: Store, request: Request, article_id: int) -> Reply:
    """All files of an item, or those of a folder, as a zip."""
    return zipped(store, request, mine(store, request, ARTICLE, article_id)["record"], private=True)


@route("POST", f"{ONE}/reserve_doi", needs="account")
def private_article_reserve_doi(store: Store, request: Request, article_id: int) -> Reply:
    """Reserves a DOI, without a version at its end (recorded)."""
    return editing.reserve(store, request, ARTICLE, article_id, "doi", f"{DOI_PREFIX}.{article_id}")


@route("POST", f"{ONE}/reserve_handle", needs="account")
def private_article_reserve_handle(store: Store, request: Request, article_id: int) -> Reply:
    """Reserves a handle."""
    return editing.reserve(store, request, ARTICLE, article_id, "handle", f"11172/FK2.local.{article_id}")


@route("POST", f"{ONE}/resource", needs="account")
def private_article_resource(store: Store, request: Request, article_id: int) -> Reply:
    """Links an article to the publication that it belongs to."""
    return editing.resource(store, request, ARTICLE, article_id, ("doi", "title"))
