"""Changes of one public version of an account's article."""

from __future__ import annotations

from ..entity_kinds import ARTICLE
from ..messages import BASE, Problem, Reply, Request, router
from ..record_parts import dumps
from ..store import Store
from . import answers, metadata
from .access import accessible_row

ROUTES, route = router()
VERSION = "/v2/account/articles/<int:article_id>/versions/<int:version>"


def own_version(store: Store, request: Request, article_id: int, version: int) -> dict:
    """Returns a public version of an article of the account. Raises `Problem` 404."""
    accessible_row(store, request, ARTICLE, article_id)
    return answers.value_or_404(store.version_record(ARTICLE, article_id, version), ARTICLE.entity)


def rewrite_version(store: Store, record: dict, account_id: int | None) -> None:
    """Replaces the record of a public version."""
    latest = store.article(record["id"])
    with store.write() as db:
        if latest and latest.get("version") == record.get("version"):
            store.save(ARTICLE, record, account_id=account_id, is_public=True)
        else:
            db.execute(
                "INSERT OR REPLACE INTO versions VALUES ('article', ?, ?, ?)",
                (record["id"], record["version"], dumps(record)),
            )
        store.tick()


@route("PUT", VERSION, needs="account")
@route("PATCH", VERSION, needs="account")
def article_version_update(store: Store, request: Request, article_id: int, version: int) -> Reply:
    """Stores supplementary fields of a public version, apart from its record, which does not show them."""
    own_version(store, request, article_id, version)
    body = request.json()
    for field in body:
        if field not in ("supplementary_fields", "internal_metadata", "impersonate"):
            raise metadata.bad_field(field, "there is no such field of a version")
    key = f"version {article_id} {version}"
    with store.write() as db:
        db.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", (key, dumps(body)))
    location = f"{answers.account_url(ARTICLE, article_id)}/versions/{version}"
    return Reply(205, {"location": location, "warnings": []}, {"Location": location})


@route("PUT", f"{VERSION}/update_thumb", needs="account")
def article_version_update_thumb(store: Store, request: Request, article_id: int, version: int) -> Reply:
    """Makes one of a version's files its thumbnail."""
    file_id = metadata.checked_integer("file_id", request.json().get("file_id"))
    with store.write():
        record = own_version(store, request, article_id, version)
        if file_id not in [entry["id"] for entry in record.get("files") or []]:
            raise Problem(422, "UnprocessableEntity", f"The version has no file {file_id}", {"field": "file_id"})
        record["thumb"] = f"{BASE}/web/figshare.com/thumbs/{file_id}/thumb.png"
        rewrite_version(store, record, accessible_row(store, request, ARTICLE, article_id)["account_id"])
    return Reply(205, b"", {"Location": f"{answers.account_url(ARTICLE, article_id)}/versions/{version}"})
