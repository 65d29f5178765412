"""What is left of an account: its profile, and touches to a public version."""

from __future__ import annotations

from ..kinds import ARTICLE
from ..record_parts import dumps
from ..store import Store
from ..wire import BASE, Problem, Reply, Request, router
from . import metadata, views
from .multipart import uploaded
from .people import acting, mine

ROUTES, route = router()
VERSION = "/v2/account/articles/<int:article_id>/versions/<int:version>"


# Profile

PROFILE = (
    "first_name",
    "last_name",
    "orcid",
    "job_title",
    "fields_of_interest",
    "fields_of_interest_by_source_id",
    "location",
    "facebook",
    "x",
    "linkedin",
    "bio",
    "personal_profiles",
)


@route("PUT", "/v2/account/profile", needs="account")
def update_user_profile(store: Store, request: Request) -> Reply:
    """Changes the public profile of the account; for an administrator, of another account of the institution."""
    account, body = _profile_owner(store, request), request.json()
    for field in body:
        if field not in (*PROFILE, "impersonate"):
            raise metadata.bad(field, "there is no such field of a profile")
    record = {**account["record"], **body}
    if body.get("orcid") is not None:
        record["orcid_id"] = metadata.checked_text("orcid", body["orcid"], 0, 19)
    for field in ("first_name", "last_name", "job_title"):
        if body.get(field) is not None:
            metadata.checked_text(field, body[field], 0, 255)
    with store.write() as db:
        db.execute("UPDATE accounts SET record=? WHERE id=?", (dumps(record), account["id"]))
    return Reply(200, {"code": 200, "message": "OK"})


def _profile_owner(store: Store, request: Request) -> dict:
    account = acting(store, request)
    for name, column in (("user_id", "user_id"), ("institution_user_id", "institution_user_id")):
        if request.query.get(name):
            row = store.one(
                f"SELECT id FROM accounts WHERE {column}=? AND institution_id IS ?",
                (request.query[name], account["institution_id"]),
            )
            account_id = views.need(row, "User")["id"]
            if account_id != account["id"] and not account["is_admin"]:
                raise Problem(403, "Forbidden", "Only an administrator may change another profile")
            return views.need(store.account(account_id), "User")
    return account


@route("POST", "/v2/account/profile/<int:user_id>/picture", needs="account")
def update_user_profile_picture(store: Store, request: Request, user_id: int) -> Reply:
    """Takes a picture, which is shown nowhere."""
    account = acting(store, request)
    if user_id != account["user_id"] and not account["is_admin"]:
        raise Problem(403, "Forbidden", "Only an administrator may change another profile")
    uploaded(request, "profile_picture")
    return Reply(200, {"code": 200, "message": "OK"})


# A public version


def version_of(store: Store, request: Request, article_id: int, version: int) -> dict:
    """A public version of an article of the account. Raises `Problem` 404."""
    mine(store, request, ARTICLE, article_id)
    return views.need(store.version_record(ARTICLE, article_id, version), ARTICLE.entity)


def rewrite_version(store: Store, record: dict, account_id: int | None) -> None:
    """Writes a public version over the one that was there."""
    latest = store.article(record["id"])
    with store.write() as db:
        if latest and latest.get("version") == record.get("version"):
            store.save(ARTICLE, record, account_id=account_id, public=True)
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
    version_of(store, request, article_id, version)
    body = request.json()
    for field in body:
        if field not in ("supplementary_fields", "internal_metadata", "impersonate"):
            raise metadata.bad(field, "there is no such field of a version")
    key = f"version {article_id} {version}"
    with store.write() as db:
        db.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", (key, dumps(body)))
    location = f"{views.account_url(ARTICLE, article_id)}/versions/{version}"
    return Reply(205, {"location": location, "warnings": []}, {"Location": location})


@route("PUT", f"{VERSION}/update_thumb", needs="account")
def article_version_update_thumb(store: Store, request: Request, article_id: int, version: int) -> Reply:
    """Makes one of a version's files its thumbnail."""
    record = version_of(store, request, article_id, version)
    file_id = metadata.checked_integer("file_id", request.json().get("file_id"))
    if file_id not in [entry["id"] for entry in record.get("files") or []]:
        raise Problem(422, "UnprocessableEntity", f"The version has no file {file_id}", {"field": "file_id"})
    record["thumb"] = f"{BASE}/web/figshare.com/thumbs/{file_id}/thumb.png"
    rewrite_version(store, record, mine(store, request, ARTICLE, article_id)["account_id"])
    return Reply(205, b"", {"Location": f"{views.account_url(ARTICLE, article_id)}/versions/{version}"})
