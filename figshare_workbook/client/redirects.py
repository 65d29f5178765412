"""Redirects: where they lead, and whether to follow them."""

from __future__ import annotations

import contextlib
from urllib.parse import urljoin, urlsplit

import requests
from requests.utils import requote_uri

from figshare_workbook.client.request import Request

MOST_REDIRECTS = 5  # a download takes one or two (recorded)
_MAX_SHOWN = 300  # characters of an address in a sentence


def redirect_target(response: requests.Response) -> str:
    """Returns the address in a redirect's `Location`, for a sentence; "" where the answer is no redirect."""
    if not 300 <= response.status_code <= 399:
        return ""
    return _quoted_header(response.headers.get("Location", ""))[:_MAX_SHOWN] or "no address"


def next_address(request: Request, response: requests.Response) -> str:
    """Returns the address to which a redirect is followed; "" where it is not followed.

    Only a GET is followed, because a redirected write or search by POST would become another request. A redirect
    may lead from http to https, but not back, and not to another scheme such as file.
    """
    location = response.headers.get("Location", "")
    if request.method != "GET" or response.status_code not in (301, 302, 303, 307, 308) or not location:
        return ""
    with contextlib.suppress(ValueError):  # not a valid address
        address = urljoin(request.address, _quoted_header(location))
        parts = urlsplit(address)
        is_allowed = parts.scheme in ("https", urlsplit(request.url).scheme) and parts.hostname and parts.port != 0
        return address if is_allowed else ""
    return ""


def _quoted_header(location: str) -> str:
    """Returns the header as requests reads it: decoded as UTF-8, with special characters percent-encoded."""
    with contextlib.suppress(UnicodeError):
        location = location.encode("latin-1").decode("utf-8")
    with contextlib.suppress(requests.RequestException):
        location = requote_uri(location)
    return location
