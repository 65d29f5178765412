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
from figshare_workbook.client.answer import body_if_readable
from figshare_workbook.client.limits import Limits
from figshare_workbook.client.pace import asked_to_wait
from figshare_workbook.client.request import Request

LOOK_FIRST = "look before you repeat it: figshare.account_articles() lists the account's items."


def refusal_error(request: Request, response: requests.Response, redact: Callable[[str], str]) -> FigshareError:
    """Returns the error of an answer that is not 2xx, with Figshare's own words, never with a secret."""
    answer = body_if_readable(response)
    answer = answer if isinstance(answer, dict) else {}
    code, message = (redact(str(answer.get(key) or "")) for key in ("code", "message"))
    code = code or redact(str(answer.get("errcode") or ""))
    detail = answer.get("data") or {}
    extra = redact(str(detail.get("extra", ""))) if isinstance(detail, dict) else ""
    source = request.secret.source if request.secret else ""
    wait = asked_to_wait(response.headers.get("Retry-After"))
    kind, cause, fix = _explain_status(
        response.status_code, "html" in response.headers.get("Content-Type", ""), request.kind, source
    )
    reason = ": ".join(filter(None, (message, extra))) or redact(response.reason or "") or "no message"
    if wait and kind is FigshareError:
        fix = f"wait {wait:.0f} seconds, as the site asks, then run the cell again."
    if response.status_code >= 500 and not request.is_read:  # it may have failed before, or afterwards
        kind, cause, fix = UncertainWrite, "the site may have done it, or not; it does not say.", LOOK_FIRST
    return kind(
        f"Figshare answered {response.status_code} to {request.method} {request.shown}: {reason}",
        cause,
        fix,
        status=response.status_code,
        code=code,
        message=message,
        method=request.method,
        path=request.shown,
    )


def no_answer_error(request: Request, was_sent: bool, limits: Limits) -> FigshareError:
    """Returns the error where no whole answer came: harmless, or a write of which nobody knows."""
    known: dict[str, Any] = {"method": request.method, "path": request.shown}
    host = urlsplit(request.url).netloc.rpartition("@")[2]
    if was_sent and (limits.is_too_long or limits.is_late):
        return _limit_error(request, host, limits, known)
    if was_sent and not request.is_read:
        what = f"The connection broke after {request.method} {request.shown} was sent."
        return UncertainWrite(what, "the site may have done it, or not; no answer came.", LOOK_FIRST, **known)
    return ConnectionFailed(
        f"No answer to {request.method} {request.shown} from {host}.",
        "the site cannot be reached, or broke off.",
        "check the network and the site's address, then run the cell again.",
        **known,
    )


def _limit_error(request: Request, host: str, limits: Limits, known: dict) -> FigshareError:
    """Returns the error of an answer that took more time, or more room, than an answer may take."""
    took = (
        f"is longer than {limits.longest:,} bytes"
        if limits.is_too_long
        else f"was not there within {limits.seconds:g} seconds"
    )
    what = f"The answer to {request.method} {request.shown} from {host} {took}."
    if not request.is_read:
        return UncertainWrite(
            what, "the site may have done it, or not; it did not finish its answer.", LOOK_FIRST, **known
        )
    if limits.is_too_long:
        return ConnectionFailed(
            what,
            "it is a file, or something that does not end.",
            "fetch files by figshare.download_files(); of lists, ask for smaller pages.",
            **known,
        )
    return ConnectionFailed(
        what,
        "the site is slow at the moment, or the network is.",
        "run the cell again, or give it more time: fh.connect(..., timeout=600).",
        **known,
    )


def redirect_error(request: Request, status: int, address: str) -> FigshareError:
    """Returns the error of a redirect that is not followed; `address` is where it leads, without a secret."""
    known: dict[str, Any] = {"method": request.method, "path": request.shown, "status": status}
    what = f"{request.method} {request.shown} was answered with a redirect ({status}) to {address}."
    if not request.is_read:
        return UncertainWrite(
            what, "the site may have done it, or not: nothing was sent to the other address.", LOOK_FIRST, **known
        )
    return ConnectionFailed(
        what,
        "it was not followed: only a GET follows one, a few times, and never from https to another scheme.",
        "check the address of the site (FIGSHARE_API_URL), or ask from another network.",
        **known,
    )


def foreign_answer_error(request: Request, status: int, flaw: str) -> FigshareError:
    """Returns the error of an answer that something between here and Figshare gave."""
    known: dict[str, Any] = {"method": request.method, "path": request.shown, "status": status}
    what = f"{request.method} {request.shown} was answered with {flaw} ({status})."
    if not request.is_read:
        return UncertainWrite(
            what, "the site may have done it, or not; such an answer does not tell.", LOOK_FIRST, **known
        )
    return ConnectionFailed(
        what,
        "not the API answered, but a server in front of it, or a proxy on the way.",
        "wait, ask more slowly, or try from another network.",
        **known,
    )


def misshapen_answer_error(
    response: requests.Response, shown: str, wanted: str, flaw: str, is_read: bool
) -> FigshareError:
    """Returns the error of an answer that does not fit the question: what came, and from where."""
    method = response.request.method or ""
    what = f"{method} {shown} was not answered with {wanted}: {flaw}."
    known: dict[str, Any] = {"method": method, "path": shown, "status": response.status_code}
    if not is_read:
        return UncertainWrite(
            what, "the site may have done it, or not; such an answer does not tell.", LOOK_FIRST, **known
        )
    return FigshareError(
        what,
        "the answer is damaged, or is not Figshare's, or Figshare has changed it.",
        "run it again; if that does not help, figshare.get with this path shows what comes.",
        **known,
    )


def _explain_status(status: int, is_html: bool, sent: str, source: str) -> tuple[type[FigshareError], str, str]:
    """Returns the kind of error, its cause and its fix for a status; `sent` says which credentials went along."""
    if status in (400, 422):
        return (
            BadRequest,
            "a parameter, or a field of the body, has a name or value that is not accepted.",
            "compare the request with its entry in Figshare's documentation.",
        )
    if status in (401, 403) and is_html:
        return (
            Forbidden,
            "this is a page of the server in front of Figshare, which blocks some addresses.",
            "wait, ask more slowly, or try from another network.",
        )
    if status in (401, 403) and not sent:
        return (
            Forbidden,
            "the request carried no token or password, and this address needs one.",
            "give a token (FIGSHARE_TOKEN) or, for an institution's stats, FIGSHARE_STATS_CREDENTIALS.",
        )
    if status in (401, 403):
        return (
            Forbidden,
            f"this account may not do it, or the {sent} from {source} is unknown here.",
            f"go by the message; check that the {sent} was made on this very site.",
        )
    if status == 404 and is_html:
        return (NotFound, "the API has no such path, or not with this method.", "check path and method.")
    if status == 404:
        return (
            NotFound,
            "it does not exist, is not public, or is not yours to read.",
            "check the number; your own drafts are under /account.",
        )
    if status == 429:
        return FigshareError, "too many requests in a short time.", "wait a while, then go on."
    return FigshareError, "the service has a problem of its own.", "try again later."
