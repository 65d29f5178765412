"""Makes the errors for failed requests. Each says what happened, its cause, and what to do."""

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
from figshare_workbook.client.pace import retry_after_seconds
from figshare_workbook.client.request import Request

LOOK_FIRST = "look before you repeat it: figshare.account_articles() lists the account's items."


def refusal_error(request: Request, response: requests.Response, redact: Callable[[str], str]) -> FigshareError:
    """Returns the error of an answer that is not 2xx, with Figshare's own message, from which secrets are removed."""
    body = body_if_readable(response)
    body = body if isinstance(body, dict) else {}
    code, message = (redact(str(body.get(key) or "")) for key in ("code", "message"))
    code = code or redact(str(body.get("errcode") or ""))
    data = body.get("data") or {}
    extra = redact(str(data.get("extra", ""))) if isinstance(data, dict) else ""
    source = request.secret.source if request.secret else ""
    retry_after = retry_after_seconds(response.headers.get("Retry-After"))
    error_class, cause, fix = _explain_status(
        response.status_code, "html" in response.headers.get("Content-Type", ""), request.credential_kind, source
    )
    reason = ": ".join(filter(None, (message, extra))) or redact(response.reason or "") or "no message"
    if retry_after and error_class is FigshareError:
        fix = f"wait {retry_after:.0f} seconds, as the site asks, then run the cell again."
    if response.status_code >= 500 and not request.is_repeatable:  # the site may have failed before or after the write
        error_class, cause, fix = UncertainWrite, "the site may have done it, or not; it does not say.", LOOK_FIRST
    return error_class(
        f"Figshare answered {response.status_code} to {request.method} {request.display_path}: {reason}",
        cause,
        fix,
        status=response.status_code,
        code=code,
        message=message,
        method=request.method,
        path=request.display_path,
    )


def no_answer_error(request: Request, was_sent: bool, limits: Limits) -> FigshareError:
    """Returns the error of a request without a complete answer; `UncertainWrite` where a write may have happened."""
    details: dict[str, Any] = {"method": request.method, "path": request.display_path}
    host = urlsplit(request.url).netloc.rpartition("@")[2]
    if was_sent and (limits.is_too_long or limits.is_late):
        return _limit_error(request, host, limits, details)
    if was_sent and not request.is_repeatable:
        what = f"The connection broke after {request.method} {request.display_path} was sent."
        return UncertainWrite(what, "the site may have done it, or not; no answer came.", LOOK_FIRST, **details)
    return ConnectionFailed(
        f"No answer to {request.method} {request.display_path} from {host}.",
        "the site cannot be reached, or broke off.",
        "check the network and the site's address, then run the cell again.",
        **details,
    )


def _limit_error(request: Request, host: str, limits: Limits, details: dict) -> FigshareError:
    """Returns the error of an answer that took too much time or had too many bytes."""
    excess = (
        f"is longer than {limits.bytes_allowed:,} bytes"
        if limits.is_too_long
        else f"was not there within {limits.seconds:g} seconds"
    )
    cause, fix = (
        (
            "it is a file, or something that does not end.",
            "fetch files by figshare.download_files(); of lists, ask for smaller pages.",
        )
        if limits.is_too_long
        else (
            "the site is slow at the moment, or the network is.",
            "run the cell again, or give it more time: fh.connect(..., timeout=600).",
        )
    )
    what = f"The answer to {request.method} {request.display_path} from {host} {excess}."
    return _no_result_error(request, what, "; it did not finish its answer.", cause, fix, details)


def redirect_error(request: Request, status: int, address: str) -> FigshareError:
    """Returns the error of a redirect that is not followed; `address` is its target, without secrets."""
    return _no_result_error(
        request,
        f"{request.method} {request.display_path} was answered with a redirect ({status}) to {address}.",
        ": nothing was sent to the other address.",
        "it was not followed: only a GET follows one, a few times, and never from https to another scheme.",
        "check the address of the site (FIGSHARE_API_URL), or ask from another network.",
        {"method": request.method, "path": request.display_path, "status": status},
    )


def foreign_answer_error(request: Request, status: int, flaw: str) -> FigshareError:
    """Returns the error of an answer that a proxy or a firewall gave in Figshare's place; `flaw` describes it."""
    return _no_result_error(
        request,
        f"{request.method} {request.display_path} was answered with {flaw} ({status}).",
        "; such an answer does not tell.",
        "not the API answered, but a server in front of it, or a proxy on the way.",
        "wait, ask more slowly, or try from another network.",
        {"method": request.method, "path": request.display_path, "status": status},
    )


def _no_result_error(
    request: Request, what: str, doubt: str, cause: str, fix: str, details: dict[str, Any]
) -> FigshareError:
    """Returns the error of a request without a usable answer: `UncertainWrite`, with the doubt, for a write."""
    if not request.is_repeatable:
        return UncertainWrite(what, f"the site may have done it, or not{doubt}", LOOK_FIRST, **details)
    return ConnectionFailed(what, cause, fix, **details)


def misshapen_answer_error(
    response: requests.Response, path: str, expected: str, flaw: str, is_repeatable: bool
) -> FigshareError:
    """Returns the error of an answer whose content is not what the request must give.

    Args:
        response: The answer.
        path: The request's path, without secrets.
        expected: What the answer should be, in words.
        flaw: Where it differs.
        is_repeatable: Whether the request may be sent twice without harm.
    """
    method = response.request.method or ""
    what = f"{method} {path} was not answered with {expected}: {flaw}."
    details: dict[str, Any] = {"method": method, "path": path, "status": response.status_code}
    if not is_repeatable:
        return UncertainWrite(
            what, "the site may have done it, or not; such an answer does not tell.", LOOK_FIRST, **details
        )
    return FigshareError(
        what,
        "the answer is damaged, or is not Figshare's, or Figshare has changed it.",
        "run it again; if that does not help, figshare.get with this path shows what comes.",
        **details,
    )


def _explain_status(
    status: int, is_html: bool, credential_kind: str, source: str
) -> tuple[type[FigshareError], str, str]:
    """Returns the class, the cause and the fix of the error for a status.

    Args:
        status: The HTTP status.
        is_html: Whether the answer is a web page, which the API never sends.
        credential_kind: The credential that was sent: "", "token" or "password".
        source: Where the credential came from, in words.
    """
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
    if status in (401, 403) and not credential_kind:
        return (
            Forbidden,
            "the request carried no token or password, and this address needs one.",
            "give a token (FIGSHARE_TOKEN) or, for an institution's stats, FIGSHARE_STATS_CREDENTIALS.",
        )
    if status in (401, 403):
        return (
            Forbidden,
            f"this account may not do it, or the {credential_kind} from {source} is unknown here.",
            f"go by the message; check that the {credential_kind} was made on this very site.",
        )
    if status == 404 and is_html:
        return (NotFound, "the API has no such path, or not with this method.", "check path and method.")
    if status == 404 and credential_kind == "password":
        return (
            NotFound,
            "the statistics know no such institution, or nothing with this number.",
            "check the institution's short name, NAME in NAME.figshare.com, and the number.",
        )
    if status == 404:
        return (
            NotFound,
            "it does not exist, is not public, or is not yours to read.",
            "check the number; your own drafts are under /account.",
        )
    if status == 429:
        return FigshareError, "too many requests in a short time.", "wait a while, then go on."
    return FigshareError, "the service has a problem of its own.", "try again later."
