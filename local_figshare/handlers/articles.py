"""Public articles: lists, search, details, versions, files, download as zip."""

from __future__ import annotations

from ..entity_kinds import ARTICLE
from ..listing import public_list, public_search, slice_of
from ..messages import API, Reply, Request, not_found, router
from ..store import Store
from . import answers
from .archive import zip_reply

ROUTES, route = router()
VERSION = "/v2/articles/<int:article_id>/versions/<int:version>"


@route("GET", "/v2/articles")
def articles_list(store: Store, request: Request) -> Reply:
    """Returns public articles, newest published first (documented)."""
    return public_list(store, request, ARTICLE)


@route("POST", "/v2/articles/search")
def articles_search(store: Store, request: Request) -> Reply:
    """Searches by query string or by JSON body (both recorded), newest created first."""
    return public_search(store, request, ARTICLE, "created_date", with_project_id=True)


@route("GET", "/v2/articles/<int:article_id>")
def article_details(store: Store, request: Request, article_id: int) -> Reply:
    """Returns the latest public version, with at most ten of its files (documented)."""
    return answers.public_record_reply(store, ARTICLE, article_id)


@route("GET", "/v2/articles/<int:article_id>/versions")
def article_versions(store: Store, request: Request, article_id: int) -> Reply:
    """Returns numbers and addresses of the public versions."""
    numbers = store.versions(ARTICLE, article_id)
    if not numbers:
        raise not_found(ARTICLE.entity)
    return Reply(
        200,
        [{"version": number, "url": f"{API}/articles/{article_id}/versions/{number}"} for number in numbers],
        answers.derived_versions_header(store, ARTICLE, article_id),
    )


def version_of(store: Store, article_id: int, version: int) -> dict:
    """Returns a public version of an article. Raises `Problem` 404."""
    return answers.value_or_404(store.version_record(ARTICLE, article_id, version), ARTICLE.entity)


def latest_version(store: Store, article_id: int) -> dict:
    """Returns the public article. Raises `Problem` 404."""
    return answers.value_or_404(store.article(article_id), ARTICLE.entity)


@route("GET", VERSION)
def article_version_details(store: Store, request: Request, article_id: int, version: int) -> Reply:
    """Returns one public version."""
    record = answers.with_visible_files(store, version_of(store, article_id, version))
    reply = answers.record_reply(record, record.get("modified_date"))
    reply.headers.update(answers.derived_versions_header(store, ARTICLE, article_id, version))
    return reply


@route("GET", f"{VERSION}/files")
def article_version_files(store: Store, request: Request, article_id: int, version: int) -> Reply:
    """Returns the files of a public version, a page at a time."""
    return Reply(
        200, slice_of(answers.downloadable_files(store, version_of(store, article_id, version)), request.query)
    )


@route("GET", f"{VERSION}/embargo")
def article_version_embargo(store: Store, request: Request, article_id: int, version: int) -> Reply:
    """Returns the embargo of a public version."""
    return Reply(200, answers.embargo(version_of(store, article_id, version)))


@route("GET", f"{VERSION}/confidentiality")
def article_version_confidentiality(store: Store, request: Request, article_id: int, version: int) -> Reply:
    """Returns the confidentiality of a public version."""
    return Reply(200, answers.confidentiality(version_of(store, article_id, version)))


@route("GET", f"{VERSION}/download")
def public_article_version_download(store: Store, request: Request, article_id: int, version: int) -> Reply:
    """Returns the files of a public version as a zip."""
    return zip_reply(store, request, version_of(store, article_id, version))


@route("GET", "/v2/articles/<int:article_id>/download")
def public_article_download(store: Store, request: Request, article_id: int) -> Reply:
    """Returns the files of the latest version as a zip; `folder_path` narrows them down."""
    return zip_reply(store, request, latest_version(store, article_id))


@route("GET", "/v2/articles/<int:article_id>/files")
def article_files(store: Store, request: Request, article_id: int) -> Reply:
    """Returns all files of an article, a page at a time.

    A page has ten, unless the request says otherwise (recorded since 2024).
    """
    return Reply(200, slice_of(answers.downloadable_files(store, latest_version(store, article_id)), request.query))


@route("GET", "/v2/articles/<int:article_id>/files/<int:file_id>")
def article_file_details(store: Store, request: Request, article_id: int, file_id: int) -> Reply:
    """Returns one file."""
    for entry in answers.downloadable_files(store, latest_version(store, article_id)):
        if entry["id"] == file_id:
            return Reply(200, entry)
    raise not_found("ArticleFile")
