"""What came back: its content, and whether Figshare has answered at all."""

from __future__ import annotations

import contextlib
import json
import re
from typing import Any

import requests

from figshare_workbook.base.shapes import Shape
from figshare_workbook.client.oai import parse_xml
from figshare_workbook.client.request import Request

_COMPLETION = re.compile(r"^POST .*/files/\d+$")  # says that all parts of an upload are there


def parsed_body(response: requests.Response) -> Any:
    """Returns JSON parsed, other text as it is, None where the body is empty (205) or a page of HTML (202).

    Raises:
        ValueError: The answer says that it is JSON, and it is not.
    """
    kind = response.headers.get("Content-Type", "")
    if not response.content or "html" in kind:
        return None
    try:
        return json.loads(response.content)  # UTF-8, as JSON must be; requests would guess
    except (ValueError, RecursionError):
        if "json" in kind:
            raise ValueError("it is no JSON, or cut") from None
        return response.text


def body_if_readable(response: requests.Response) -> Any:
    """Returns the same as `parsed_body`; None where the body cannot be read."""
    with contextlib.suppress(ValueError):
        return parsed_body(response)
    return None


def content_of(response: requests.Response, shape: Shape) -> Any:
    """Returns the content of an answer, JSON or the root element of XML.

    Raises:
        ValueError: It has another shape; the text says where.
    """
    content = parse_xml(response.content) if shape.is_xml else parsed_body(response)
    if flaw := shape.flaw(content):
        raise ValueError(flaw)
    return content


def why_not_figshares(response: requests.Response | None, is_json_due: bool) -> str:
    """Says what came in the place of Figshare's answer; "" where it is Figshare's, even an error.

    Recorded: the firewall's challenge is a 202 without a body; completing an upload is answered by a 202
    with a page; a write may be answered by nothing.
    """
    if response is None:
        return ""
    if not 200 <= response.status_code <= 599:
        return "a status that is no final answer"
    kind, body = response.headers.get("Content-Type", ""), response.content
    if "x-amzn-waf-action" in response.headers or (response.status_code == 202 and not body):
        return "a firewall's challenge"
    if not 200 <= response.status_code <= 299 or response.status_code in (204, 205):
        return ""
    if "html" in kind and body:
        is_completion = response.status_code == 202 and _COMPLETION.search(f"{response.request.method} {response.url}")
        return "" if is_completion else "a web page"
    if is_json_due and not body:
        return "nothing"
    is_text = not kind or "json" in kind or "plain" in kind  # OAI-PMH is XML
    return "something that is not JSON" if is_json_due and is_text and not _is_json(body) else ""


def _is_json(body: bytes) -> bool:
    """Tells by its ends whether a text is JSON: one that was cut short was an error before, and parsing takes time."""
    if body[:64].lstrip()[:1] + body[-64:].rstrip()[-1:] in (b"{}", b"[]"):
        return True
    with contextlib.suppress(ValueError):
        json.loads(body)
        return True
    return False


def outcome_of(response: requests.Response | None, request: Request, from_cache: bool) -> str:
    """Returns what a trace says of an answer, `200, 10 items`: no times, so that it is the same every time."""
    if response is None:
        return "no answer"
    content = None if request.stream else body_if_readable(response)
    what = f", {len(content)} item{'s' * (len(content) != 1)}" if isinstance(content, list) else ""
    return f"{response.status_code}{what}{' (from the cache)' * from_cache}"
