"""An account's articles: list, search, create, change, delete."""

from __future__ import annotations

from ..entity_kinds import ARTICLE
from ..listing import page_of, query_of
from ..messages import Problem, Reply, Request, router
from ..store import Store
from . import answers, entity_changes
from .access import accessible_row, acting_account
from .archive import zip_reply
from .article_drafts import blank_article

ROUTES, route = router()
ACCOUNT_ARTICLE = "/v2/account/articles/<int:article_id>"


@route("GET", "/v2/account/articles", needs="account")
def private_articles_list(store: Store, request: Request) -> Reply:
    """Returns the account's own items, drafts beside published ones, newest created first."""
    return articles_page(store, acting_account(store, request), request.query)


@route("POST", "/v2/account/articles/search", needs="account")
def private_articles_search(store: Store, request: Request) -> Reply:
    """Searches the account's own items."""
    return articles_page(store, acting_account(store, request), request.parameters(), with_project_id=True)


def articles_page(store: Store, account: dict, parameters: dict, with_project_id: bool = False) -> Reply:
    """Returns a page of the account's own items, each with `project_id` in front where it is asked for."""
    query = query_of("private_articles", parameters, "created_date")
    query.where("account_id = ?", account["id"])
    page = page_of(parameters)
    rows = query.run(store, "id, item, project_id, is_draft", page.limit, page.offset)
    items = [answers.private_item(ARTICLE, row) for row in rows]
    if with_project_id:
        items = [{"project_id": row["project_id"], **item} for row, item in zip(rows, items, strict=True)]
    return Reply(200, items)


@route("POST", "/v2/account/articles", needs="account")
def private_article_create(store: Store, request: Request) -> Reply:
    """Creates a draft."""
    article_id = entity_changes.create(store, ARTICLE, acting_account(store, request), request.json(), blank_article)
    return entity_changes.created_reply(ARTICLE, article_id)


@route("GET", ACCOUNT_ARTICLE, needs="account")
def private_article_details(store: Store, request: Request, article_id: int) -> Reply:
    """Returns the private record.

    An administrator sees those of the institution without `impersonate` too (recorded).
    """
    record = answers.private_record(store, accessible_row(store, request, ARTICLE, article_id))
    return answers.record_reply(record, record.get("modified_date"))


@route("PUT", ACCOUNT_ARTICLE, needs="account")
@route("PATCH", ACCOUNT_ARTICLE, needs="account")
def private_article_update(store: Store, request: Request, article_id: int) -> Reply:
    """Changes the fields that the body names, with PUT as with PATCH (recorded)."""
    entity_changes.change(store, request, ARTICLE, article_id, request.json())
    return entity_changes.updated_reply(ARTICLE, article_id)


@route("DELETE", ACCOUNT_ARTICLE, needs="account")
def private_article_delete(store: Store, request: Request, article_id: int) -> Reply:
    """Deletes a draft. A public item is refused with 403 (our choice)."""
    with store.write() as db:
        accessible_row(store, request, ARTICLE, article_id)
        if store.public_json(ARTICLE, article_id):
            raise Problem(403, "Forbidden", "A public item cannot be deleted")
        store.delete("drafts", article_id)
        for table in ("files", "project_articles", "collection_articles"):
            db.execute(f"DELETE FROM {table} WHERE article_id=?", (article_id,))
        store.tick()
    return Reply(204)


@route("GET", f"{ACCOUNT_ARTICLE}/download", needs="account")
def private_article_download(store: Store, request: Request, article_id: int) -> Reply:
    """Returns all files of an item, or those of a folder, as a zip."""
    return zip_reply(store, request, accessible_row(store, request, ARTICLE, article_id)["record"], is_private=True)


@route("POST", f"{ACCOUNT_ARTICLE}/reserve_doi", needs="account")
def private_article_reserve_doi(store: Store, request: Request, article_id: int) -> Reply:
    """Reserves a DOI, without a version at its end (recorded)."""
    return entity_changes.reserve_identifier(
        store, request, ARTICLE, article_id, "doi", f"{entity_changes.DOI_PREFIX}.{article_id}"
    )


@route("POST", f"{ACCOUNT_ARTICLE}/reserve_handle", needs="account")
def private_article_reserve_handle(store: Store, request: Request, article_id: int) -> Reply:
    """Reserves a handle."""
    return entity_changes.reserve_identifier(
        store, request, ARTICLE, article_id, "handle", f"11172/FK2.local.{article_id}"
    )


@route("POST", f"{ACCOUNT_ARTICLE}/resource", needs="account")
def private_article_resource(store: Store, request: Request, article_id: int) -> Reply:
    """Links an article to the publication that it belongs to."""
    return entity_changes.link_publication(store, request, ARTICLE, article_id, ("doi", "title"))
