"""The reviews of an institution's items, and their comments."""

from __future__ import annotations

import json

from ..entity_kinds import ARTICLE
from ..listing import integer, invalid_parameter, page_of
from ..messages import Reply, Request, router
from ..record_parts import dumps
from ..store import Store
from . import answers, metadata
from .access import acting_account, admin_account
from .account_institution import institution_of

ROUTES, route = router()
REVIEW = "/v2/account/institution/review/<int:review_id>"
REVIEW_STATUSES = ("pending", "approved", "rejected", "closed")


@route("GET", "/v2/account/institution/reviews", needs="account")
def account_institution_curations(store: Store, request: Request) -> Reply:
    """Returns reviews of the institution's items, an array (recorded; the specification shows one object)."""
    admin_account(request)
    conditions = ["group_id IN (SELECT id FROM groups WHERE institution_id = ?)"]
    args: list = [institution_of(store, request)["id"]]
    for name in ("group_id", "article_id"):
        if integer(request.query, name) is not None:
            conditions.append(f"{name} = ?")
            args.append(integer(request.query, name))
    status = request.query.get("status")
    if status:
        if status not in REVIEW_STATUSES:
            raise invalid_parameter(400, "status", f"must be one of {', '.join(REVIEW_STATUSES)}")
        conditions.append("status = ?")
        args.append(status)
    page = page_of({name: request.query.get(name) for name in ("limit", "offset")})
    rows = store.query(
        f"SELECT record FROM reviews WHERE {' AND '.join(conditions)} ORDER BY id DESC LIMIT ? OFFSET ?",
        (*args, page.limit, page.offset),
    )
    return Reply(200, [json.loads(row["record"]) for row in rows])


def review_of(store: Store, request: Request, review_id: int) -> dict:
    """Returns a review of the administrator's institution. Raises `Problem` 404."""
    admin_account(request)
    row = store.first_row(
        "SELECT record FROM reviews WHERE id=? AND group_id IN (SELECT id FROM groups WHERE institution_id=?)",
        (review_id, institution_of(store, request)["id"]),
    )
    return json.loads(answers.value_or_404(row, "Curation")["record"])


@route("GET", REVIEW, needs="account")
def account_institution_curation(store: Store, request: Request, review_id: int) -> Reply:
    """Returns a review, with the private record of its item."""
    review = review_of(store, request, review_id)
    row = answers.value_or_404(store.private_row(ARTICLE, review["article_id"]), ARTICLE.entity)
    return Reply(200, {**review, "item": answers.private_record(store, row)})


@route("GET", f"{REVIEW}/comments", needs="account")
def get_account_institution_curation_comments(store: Store, request: Request, review_id: int) -> Reply:
    """Returns the comments of a review, oldest first."""
    review_of(store, request, review_id)
    page = page_of({name: request.query.get(name) for name in ("limit", "offset")})
    rows = store.query(
        "SELECT record FROM comments WHERE review_id=? ORDER BY id LIMIT ? OFFSET ?",
        (review_id, page.limit, page.offset),
    )
    return Reply(200, [json.loads(row["record"]) for row in rows])


@route("POST", f"{REVIEW}/comments", needs="account")
def post_account_institution_curation_comments(store: Store, request: Request, review_id: int) -> Reply:
    """Adds a comment to a review (documented: 200)."""
    text = metadata.checked_text("text", request.json().get("text"), 1, 2000)
    with store.write() as db:
        review, now = review_of(store, request, review_id), store.tick()
        comment = {
            "id": store.next_id("comment"),
            "account_id": acting_account(store, request)["id"],
            "type": "comment",
            "text": text,
            "created_date": now,
            "modified_date": now,
        }
        db.execute("INSERT INTO comments VALUES (?, ?, ?)", (comment["id"], review_id, dumps(comment)))
        review.update(comments_count=review["comments_count"] + 1, modified_date=now)
        db.execute("UPDATE reviews SET record=? WHERE id=?", (dumps(review), review_id))
    return Reply(200, b"")
