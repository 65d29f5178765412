"""Which error an answer is, or no answer: what happened, its cause, and what to do."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

import requests

from figshare_workbook.base.errors import (
    BadRequest,
    ConnectionFailed,
    FigshareError,
    Forbidden,
    NotFound,
    UncertainWrite,
)
from figshare_workbook.client.answer import parsed_body
from figshare_workbook.client.request import Request

LOOK_FIRST = "look before you repeat it: figshare.account_articles() lists the account's items."


def refused(request: Request, response: requests.Response, redact: Callable[[str], str]) -> FigshareError:
    """The error of an answer that is not 2xx, with Figshare's own words, never with a secret."""
    answer = parsed_body(response)
    answer = answer if isinstance(answer, dict) else {}
    code, message = (redact(str(answer.get(key) or "")) for key in ("code", "message"))
    code = code or redact(str(answer.get("errcode") or ""))
    detail = answer.get("data") or {}
    extra = redact(str(detail.get("extra", ""))) if isinstance(detail, dict) else ""
    source = request.secret.source if request.secret else ""
    kind, cause, fix = _explain_status(response.status_code, "html" in response.headers.get("Content-Type", ""),
                                request.kind, source)
    said = ": ".join(filter(None, (message, extra))) or response.reason or "no message"
    if response.status_code >= 500 and not request.is_read:  # it may have failed before, or afterwards
        kind, cause, fix = UncertainWrite, "the site may have done it, or not; it does not say.", LOOK_FIRST
    return kind(f"Figshare answered {response.status_code} to {request.method} {request.shown}: {said}",
                cause, fix, status=response.status_code, code=code, message=message,
                method=request.method, path=request.shown)


def no_answer(request: Request, was_sent: bool) -> FigshareError:
    """The error where no answer came: harmless, or a write of which nobody knows."""
    known: dict[str, Any] = {"method": request.method, "path": request.shown}
    if was_sent and not request.is_read:
        return UncertainWrite(
            f"The connection broke after {request.method} {request.shown} was sent.",
            "the site may have done it, or not; no answer came.", LOOK_FIRST, **known)
    host = urlsplit(request.url).netloc
    return ConnectionFailed(f"No answer to {request.method} {request.shown} from {host}.",
                            "the site cannot be reached, or broke off.",
                            "check the network and the site's address, then run the cell again.", **known)


def not_figshares(request: Request, status: int, flaw: str) -> FigshareError:
    """The error of an answer that something between here and Figshare gave."""
    known: dict[str, Any] = {"method": request.method, "path": request.shown, "status": status}
    what = f"{request.method} {request.shown} was answered with {flaw} ({status})."
    if not request.is_read:
        return UncertainWrite(what, "the site may have done it, or not; such an answer does not tell.",
                              LOOK_FIRST, **known)
    return ConnectionFailed(what, "not the API answered, but a server in front of it, or a proxy on the way.",
                            "wait, ask more slowly, or try from another network.", **known)


def _explain_status(status: int, is_html: bool, sent: str, source: str) -> tuple[type[FigshareError], str, str]:
    """The kind of error, its cause and its fix for a status; `sent` says which credentials went along."""
    if status in (400, 422):
        return (BadRequest, "a parameter, or a field of the body, has a name or value that is not accepted.",
                "compare the request with its entry in Figshare's documentation.")
    if status in (401, 403) and is_html:
        return (Forbidden, "this is a page of the server in front of Figshare, which blocks some addresses.",
                "wait, ask more slowly, or try from another network.")
    if status in (401, 403) and not sent:
        return (Forbidden, "the request carried no token or password, and this address needs one.",
                "give a token (FIGSHARE_TOKEN) or, for an institution's stats, FIGSHARE_STATS_CREDENTIALS.")
    if status in (401, 403):
        return (Forbidden, f"this account may not do it, or the {sent} from {source} is unknown here.",
                f"go by the message; check that the {sent} was made on this very site.")
    if status == 404 and is_html:
        return (NotFound, "the API has no such path, or not with this method.", "check path and method.")
    if status == 404:
        return (NotFound, "it does not exist, is not public, or is not yours to read.",
                "check the number; your own drafts are under /account.")
    if status == 429:
        return FigshareError, "too many requests in a short time.", "wait a while, then go on."
    return FigshareError, "the service has a problem of its own.", "try again later."
