"""Where an answer sends the asker on to, and whether to go there."""

from __future__ import annotations

import contextlib
from urllib.parse import urljoin, urlsplit

import requests
from requests.utils import requote_uri

from figshare_workbook.client.request import Request

MOST_REDIRECTS = 5  # a download takes one or two (recorded)
_LONGEST = 300  # signs of an address in a sentence


def redirect_of(response: requests.Response) -> str:
    """Returns the address that a redirect names, as it stands there; "" where the answer is no redirect."""
    if not 300 <= response.status_code <= 399:
        return ""
    return _quoted_header(response.headers.get("Location", ""))[:_LONGEST] or "no address"


def next_address(request: Request, response: requests.Response) -> str:
    """Returns the address to ask next, for a GET alone: a write, or a search by POST, would become something else.

    Never from https back to http, and never by another scheme, such as file.
    """
    location = response.headers.get("Location", "")
    if request.method != "GET" or response.status_code not in (301, 302, 303, 307, 308) or not location:
        return ""
    with contextlib.suppress(ValueError):  # not a valid address
        address = urljoin(request.address, _quoted_header(location))
        parts = urlsplit(address)
        is_fine = parts.scheme in ("https", urlsplit(request.url).scheme) and parts.hostname and parts.port != 0
        return address if is_fine else ""
    return ""


def _quoted_header(location: str) -> str:
    """Returns the header as requests reads it: in UTF-8, and all but plain signs quoted."""
    with contextlib.suppress(UnicodeError):
        location = location.encode("latin-1").decode("utf-8")
    with contextlib.suppress(requests.RequestException):
        location = requote_uri(location)
    return location
