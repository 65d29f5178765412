"""Lets programs write here, and refuses the web pages of other sites.

The tokens of this server are public, so they keep nobody out. A page that is open in a browser of this machine can
send requests to the server; then the browser names the page's site in ``Origin``. Where a site's name was pointed at
this machine (DNS rebinding), the browser takes the server for that site, but its name stands in ``Host``. Programs
send no ``Origin``, and in ``Host`` the name or number that they were given.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from .messages import Problem

if TYPE_CHECKING:
    from werkzeug.datastructures import Headers

EVERY_ADDRESS = ("0.0.0.0", "::")
HOST_HEADER = re.compile(r"(?:\[(?P<six>[0-9a-f:.]+)\]|(?P<name>[^\s/@:\[\]]+?)\.?)(?::\d+)?", re.IGNORECASE)
READING_POSTS = re.compile(r"/v2/\w+/search|/v2/oai|/stats/.*")  # a POST to these changes nothing
TOKEN_PARAMETERS = ("token", "access_token")
CONTROL_PATHS = "/_local/"
REFUSAL = "Local Figshare answers this to programs and to its own pages only"


class Visitors:
    """The names that a server is known by.

    Args:
        host: the address it listens on.
        allowed: further names that lead to it, without a port.
    """

    def __init__(self, host: str = "127.0.0.1", allowed: Iterable[str] = ()):
        self.allowed = {name.lower().rstrip(".") for name in allowed}
        self.names = {"localhost", host.lower(), *self.allowed}
        self.accepts_any_number = host in EVERY_ADDRESS

    def check(self, method: str, path: str, query: Mapping, headers: Mapping | Headers) -> None:
        """Raises `Problem` 403 for a request of another site's page, unless it only reads what is public."""
        if not _needs_check(method, path, query, headers):
            return
        host, origin = headers.get("Host") or "", headers.get("Origin")
        if host and not self._is_known(host):
            raise _refusal(
                f"and the name {host[:100]} is not known to be its own. Start it with "
                "--allow-host NAME, or serve(allow_hosts=[...]), if it is"
            )
        if origin is not None and not self._is_own(origin, host):
            raise _refusal(f"and this request comes from the page {origin[:100]}")
        if origin is None and _is_embedded(headers):
            raise _refusal("and this request comes from a page of another site")

    def _is_known(self, host: str) -> bool:
        """Tells whether a ``Host`` is a name of this server: a name that only this machine has, or an allowed one."""
        match = HOST_HEADER.fullmatch(host)
        name = (match["six"] or match["name"]).lower() if match else ""
        return name in self.names or name.endswith(".localhost") or self._is_number(name)

    def _is_number(self, name: str) -> bool:
        try:
            return ipaddress.ip_address(name).is_loopback or self.accepts_any_number
        except ValueError:
            return False

    def _is_own(self, origin: str, host: str) -> bool:
        """Tells whether an ``Origin`` is this server itself, under the name that the browser uses."""
        try:
            page = urlsplit(origin)
            return bool(page.netloc) and (page.netloc.lower() == host.lower() or page.hostname in self.allowed)
        except ValueError:
            return False


def _needs_check(method: str, path: str, query: Mapping, headers: Mapping | Headers) -> bool:
    """Tells whether a request writes, controls the server, or uses somebody's token."""
    if method == "OPTIONS":
        return False
    writes = method not in ("GET", "HEAD") and not READING_POSTS.fullmatch(path)
    uses_token = "Authorization" in headers or any(name in query for name in TOKEN_PARAMETERS)
    return writes or uses_token or path.startswith(CONTROL_PATHS)


def _is_embedded(headers: Mapping | Headers) -> bool:
    """Tells whether a page of another site embeds the answer, like a picture or a script; following a link does not."""
    return headers.get("Sec-Fetch-Site") == "cross-site" and headers.get("Sec-Fetch-Mode") != "navigate"


def _refusal(reason: str) -> Problem:
    return Problem(403, "Forbidden", f"{REFUSAL}, {reason}.")
