"""The content of an answer, and whether Figshare or something in front of it has answered."""

from __future__ import annotations

import contextlib
import json
import re
from typing import Any

import requests

from figshare_workbook.base.shapes import Shape
from figshare_workbook.client.oai import parse_xml
from figshare_workbook.client.request import Request

_COMPLETION = re.compile(r"^POST .*/files/\d+$")  # the request that tells the site that an upload is complete


def parsed_body(response: requests.Response) -> Any:
    """Returns the body of an answer: JSON parsed, other text as it is, None for an empty body or a page of HTML.

    Raises:
        ValueError: The answer says that it is JSON, and it is not.
    """
    content_type = response.headers.get("Content-Type", "")
    if not response.content or "html" in content_type:
        return None
    try:
        return json.loads(response.content)  # JSON is always UTF-8; response.json() of requests would guess
    except (ValueError, RecursionError):
        if "json" in content_type:
            raise ValueError("it is no JSON, or cut") from None
        return response.text


def body_if_readable(response: requests.Response) -> Any:
    """Returns what `parsed_body` returns; None where the body cannot be parsed."""
    with contextlib.suppress(ValueError):
        return parsed_body(response)
    return None


def content_of(response: requests.Response, shape: Shape) -> Any:
    """Returns the content of an answer: parsed JSON, or the root element of XML.

    Raises:
        ValueError: The content does not have the shape; the text says where it differs.
    """
    content = parse_xml(response.content) if shape.is_xml else parsed_body(response)
    if flaw := shape.flaw(content):
        raise ValueError(flaw)
    return content


def describe_foreign_answer(response: requests.Response | None, is_json_expected: bool) -> str:
    """Describes an answer that does not come from Figshare; returns "" for one of Figshare, also for an error.

    Args:
        response: The answer; None where no answer came.
        is_json_expected: Whether a successful answer must be JSON.

    Recorded: the firewall's challenge is a 202 without a body. Figshare answers the completion of an upload by a 202
    with a web page, and some writes by an empty body.
    """
    if response is None:
        return ""
    if not 200 <= response.status_code <= 599:
        return "a status that is no final answer"
    content_type, body = response.headers.get("Content-Type", ""), response.content
    if "x-amzn-waf-action" in response.headers or (response.status_code == 202 and not body):
        return "a firewall's challenge"
    if not 200 <= response.status_code <= 299 or response.status_code in (204, 205):
        return ""
    if "html" in content_type and body:
        is_completion = response.status_code == 202 and _COMPLETION.search(f"{response.request.method} {response.url}")
        return "" if is_completion else "a web page"
    if is_json_expected and not body:
        return "nothing"
    may_be_json = not content_type or "json" in content_type or "plain" in content_type  # OAI-PMH is XML
    return "something that is not JSON" if is_json_expected and may_be_json and not _is_json(body) else ""


def _is_json(body: bytes) -> bool:
    """Tells whether a text is JSON.

    To save time a text that begins and ends as JSON is not parsed: one that was cut short was an error before.
    """
    if body[:64].lstrip()[:1] + body[-64:].rstrip()[-1:] in (b"{}", b"[]"):
        return True
    with contextlib.suppress(ValueError):
        json.loads(body)
        return True
    return False


def outcome_of(response: requests.Response | None, request: Request, from_cache: bool) -> str:
    """Returns an answer in words for a trace, `200, 10 items`. It names no times, so it is the same in every run."""
    if response is None:
        return "no answer"
    content = None if request.stream else body_if_readable(response)
    item_count = f", {len(content)} item{'s' * (len(content) != 1)}" if isinstance(content, list) else ""
    return f"{response.status_code}{item_count}{' (from the cache)' * from_cache}"
