"""The articles of an account's projects."""

from __future__ import annotations

from ..entity_kinds import ARTICLE, PROJECT
from ..listing import page_of
from ..messages import Reply, Request, location_reply, not_found, router
from ..store import Store
from . import answers, entity_changes
from .access import acting_account
from .account_articles_files import private_article_file, private_article_files_list
from .account_projects import project_of
from .article_drafts import blank_article
from .projects import dates_first

ROUTES, route = router()
ACCOUNT_PROJECT = "/v2/account/projects/<int:project_id>"
PROJECT_ARTICLE = f"{ACCOUNT_PROJECT}/articles/<int:article_id>"


@route("GET", f"{ACCOUNT_PROJECT}/articles", needs="account")
def private_project_articles_list(store: Store, request: Request, project_id: int) -> Reply:
    """Returns all articles of a project, private ones too."""
    project_of(store, request, project_id)
    page = page_of(request.query)
    rows = store.query(
        "SELECT p.id, p.item, p.is_draft FROM project_articles l JOIN private_articles p "
        "ON p.id = l.article_id WHERE l.project_id=? ORDER BY l.rowid LIMIT ? OFFSET ?",
        (project_id, page.limit, page.offset),
    )
    return Reply(
        200,
        [
            {
                **dates_first(answers.private_item(ARTICLE, row)),
                "url": f"{answers.account_url(PROJECT, project_id)}/articles/{row['id']}",
            }
            for row in rows
        ],
    )


@route("POST", f"{ACCOUNT_PROJECT}/articles", needs="account")
def private_project_articles_create(store: Store, request: Request, project_id: int) -> Reply:
    """Creates a draft in a project (recorded: the answer has a location and no entity_id)."""
    with store.write() as db:
        project_of(store, request, project_id)
        article_id = entity_changes.create(
            store, ARTICLE, acting_account(store, request), request.json(), blank_article
        )
        db.execute("INSERT INTO project_articles VALUES (?, ?)", (project_id, article_id))
        db.execute("UPDATE drafts SET project_id=? WHERE id=?", (project_id, article_id))
    return location_reply(201, f"/account/projects/{project_id}/articles/{article_id}")


def article_of_project(store: Store, request: Request, project_id: int, article_id: int) -> dict:
    """Returns the private row of an article of a project. Raises `Problem` 404."""
    project_of(store, request, project_id)
    if (
        store.first_row("SELECT 1 FROM project_articles WHERE project_id=? AND article_id=?", (project_id, article_id))
        is None
    ):
        raise not_found(ARTICLE.entity)
    return answers.value_or_404(store.private_row(ARTICLE, article_id), ARTICLE.entity)


@route("GET", PROJECT_ARTICLE, needs="account")
def private_project_article_details(store: Store, request: Request, project_id: int, article_id: int) -> Reply:
    """Returns the private record of an article of a project."""
    return Reply(200, answers.private_record(store, article_of_project(store, request, project_id, article_id)))


@route("DELETE", PROJECT_ARTICLE, needs="account")
def private_project_article_delete(store: Store, request: Request, project_id: int, article_id: int) -> Reply:
    """Takes an article out of a project; the article itself stays (our choice)."""
    with store.write() as db:
        article_of_project(store, request, project_id, article_id)
        db.execute("DELETE FROM project_articles WHERE project_id=? AND article_id=?", (project_id, article_id))
        for table in (ARTICLE.public, ARTICLE.drafts):
            db.execute(f"UPDATE {table} SET project_id=NULL WHERE id=?", (article_id,))
        store.tick()
    return Reply(204)


@route("GET", f"{PROJECT_ARTICLE}/files", needs="account")
def private_project_article_files(store: Store, request: Request, project_id: int, article_id: int) -> Reply:
    """Returns files of an article of a project."""
    article_of_project(store, request, project_id, article_id)
    return private_article_files_list(store, request, article_id)


@route("GET", f"{PROJECT_ARTICLE}/files/<int:file_id>", needs="account")
def private_project_article_file(
    store: Store, request: Request, project_id: int, article_id: int, file_id: int
) -> Reply:
    """Returns one file of an article of a project."""
    article_of_project(store, request, project_id, article_id)
    return private_article_file(store, request, article_id, file_id)
