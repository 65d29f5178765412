"""Embargo and confidentiality of an account's articles."""

from __future__ import annotations

from typing import Any

from .. import shapes
from ..entity_kinds import ARTICLE
from ..messages import Reply, Request, router
from ..store import Store
from . import answers, metadata
from .access import accessible_row
from .account_institution import EMBARGO_OPTIONS
from .entity_changes import editing

ROUTES, route = router()
ACCOUNT_ARTICLE = "/v2/account/articles/<int:article_id>"


@route("GET", f"{ACCOUNT_ARTICLE}/embargo", needs="account")
def private_article_embargo_details(store: Store, request: Request, article_id: int) -> Reply:
    """Returns the embargo of an item."""
    return Reply(200, answers.embargo(accessible_row(store, request, ARTICLE, article_id)["record"]))


@route("PUT", f"{ACCOUNT_ARTICLE}/embargo", needs="account")
def private_article_embargo_update(store: Store, request: Request, article_id: int) -> Reply:
    """Sets an embargo (documented: 205 without a body)."""
    with editing(store, request, ARTICLE, article_id) as row:
        values = _embargo_of(request.json(), row["record"].get("embargo_options") or [])
        if values["is_embargoed"] and values["embargo_type"] == "file" and not row["record"]["files"]:
            raise metadata.bad_field("embargo_type", "an embargo of files needs at least one file")
        row["record"].update(values)
    return Reply(205, b"", {"Location": f"{answers.account_url(ARTICLE, article_id)}/embargo"})


def _embargo_of(body: dict, present_options: list[dict]) -> dict:
    """Returns the embargo that a body sets; `present_options` are those of the item until now. Raises `Problem` 400."""
    if not metadata.checked_flag("is_embargoed", body.get("is_embargoed")):
        return NO_EMBARGO
    if body.get("embargo_type") not in ("article", "file"):
        raise metadata.bad_field("embargo_type", "must be article or file")
    date = body.get("embargo_date")
    # Recorded: "0" or a date far away stands for an embargo that never ends.
    date = None if date in (None, "", "0", 0) else metadata.checked_date("embargo_date", date)
    return {
        "is_embargoed": True,
        "embargo_date": date,
        "embargo_type": body["embargo_type"],
        "embargo_title": metadata.checked_text("embargo_title", body.get("embargo_title") or ""),
        "embargo_reason": metadata.checked_text("embargo_reason", body.get("embargo_reason") or ""),
        "embargo_options": _options_of(body.get("embargo_options") or [], present_options),
    }


def _options_of(value: object, present_options: list[dict]) -> list[dict]:
    """Returns the options that a body names by their ids (documented): the institution's, or those of the item.

    Raises `Problem` 400.
    """
    if not isinstance(value, list) or not all(isinstance(entry, dict) for entry in value):
        raise metadata.bad_field("embargo_options", "must be a list of objects")
    options = {option["id"]: option for option in (*EMBARGO_OPTIONS, *present_options)}
    return [_option_of(entry, options) for entry in value]


def _option_of(entry: dict, options: dict[int, dict]) -> dict:
    if not shapes.ID.is_valid(entry.get("id")) or entry["id"] not in options:
        reason = "every entry needs the id of an option; GET /v2/account/institution/embargo_options lists them"
        raise metadata.bad_field("embargo_options", reason)
    groups = entry.get("group_ids") or []
    if not isinstance(groups, list) or not all(map(shapes.ID.is_valid, groups)):
        raise metadata.bad_field("embargo_options", "group_ids must be a list of group ids")
    return {**options[entry["id"]], "group_ids": groups}


NO_EMBARGO: dict[str, Any] = {
    "is_embargoed": False,
    "embargo_date": None,
    "embargo_type": None,
    "embargo_title": "",
    "embargo_reason": "",
    "embargo_options": [],
}


@route("DELETE", f"{ACCOUNT_ARTICLE}/embargo", needs="account")
def private_article_embargo_delete(store: Store, request: Request, article_id: int) -> Reply:
    """Lifts an embargo."""
    return _change_fields(store, request, article_id, NO_EMBARGO, Reply(204))


@route("GET", f"{ACCOUNT_ARTICLE}/confidentiality", needs="account")
def private_article_confidentiality_details(store: Store, request: Request, article_id: int) -> Reply:
    """Returns the confidentiality of an item."""
    return Reply(200, answers.confidentiality(accessible_row(store, request, ARTICLE, article_id)["record"]))


@route("PUT", f"{ACCOUNT_ARTICLE}/confidentiality", needs="account")
def private_article_confidentiality_update(store: Store, request: Request, article_id: int) -> Reply:
    """Makes an item confidential, with a reason."""
    reason = metadata.checked_text("reason", request.json().get("reason"), 1, 1000)
    return _change_fields(
        store, request, article_id, {"is_confidential": True, "confidential_reason": reason}, Reply(205)
    )


@route("DELETE", f"{ACCOUNT_ARTICLE}/confidentiality", needs="account")
def private_article_confidentiality_delete(store: Store, request: Request, article_id: int) -> Reply:
    """Ends the confidentiality of an item."""
    return _change_fields(store, request, article_id, {"is_confidential": False, "confidential_reason": ""}, Reply(204))


def _change_fields(store: Store, request: Request, article_id: int, values: dict, reply: Reply) -> Reply:
    with editing(store, request, ARTICLE, article_id) as row:
        row["record"].update(values)
    return reply
