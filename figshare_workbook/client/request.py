"""One request before it is sent, and how its address is shown without a secret."""

from __future__ import annotations

import base64
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode, urlsplit

import requests

from figshare_workbook.client.credentials import Secret
from figshare_workbook.client.file_part import FilePart
from figshare_workbook.client.limits import Limits
from figshare_workbook.client.masking import masked_address


@dataclass
class Request:
    """One request before it is sent. `shown` is its path as the documentation writes it."""

    method: str
    url: str = field(repr=False)  # fields that may hold a credential are not in its repr
    shown: str
    kind: str = ""  # which credentials go along: "", "token" or "password"
    secret: Secret | None = None
    params: dict = field(default_factory=dict, repr=False)
    body: Any = field(default=None, repr=False)
    headers: dict = field(default_factory=dict, repr=False)
    stream: bool = False
    is_private: bool = False  # send the token although the path is a public one
    is_read: bool = True  # repeating it changes nothing
    is_logged: bool = True
    most_bytes: int | None = None  # that its answer may have; None: as many as an answer that is read at once
    is_json_answer: bool = False  # what came last was JSON
    is_own: bool = False  # of the API or the stats; not an upload, a download or somebody else's page

    def __call__(self, prepared: requests.PreparedRequest) -> requests.PreparedRequest:
        """Adds the credentials (requests calls this `auth`); it also keeps ~/.netrc out."""
        if self.secret and self.kind == "token":
            prepared.headers["Authorization"] = f"token {self.secret.reveal()}"
        elif self.secret and self.kind == "password":
            encoded = base64.b64encode(self.secret.reveal().encode()).decode()
            prepared.headers["Authorization"] = f"Basic {encoded}"
        return prepared

    @property
    def is_cacheable(self) -> bool:
        """An anonymous question to Figshare itself; what a token sees, or an address that is one, is never kept."""
        return (
            self.is_own
            and self.method in ("GET", "POST")
            and self.is_read
            and not self.kind
            and not self.stream
            and self.address == masked_address(self.address)
        )

    @property
    def address(self) -> str:
        """The whole web address, with its query."""
        if not self.params:
            return self.url
        return f"{self.url}{'&' if '?' in self.url else '?'}{urlencode(self.params, doseq=True)}"

    def options(self, limits: Limits) -> dict[str, Any]:
        """Returns what requests is to be told; redirects are `redirects`' affair."""
        seconds = limits.seconds_left()
        content = {"data": self.body} if isinstance(self.body, (bytes, FilePart)) else {"json": self.body}
        return {
            "params": self.params,
            "headers": self.headers,
            "auth": self,
            "stream": self.stream,
            "timeout": (min(_TO_CONNECT, seconds), seconds),
            "allow_redirects": False,
            **content,
        }


_TO_CONNECT = 10  # seconds for each address of a host


def shown_path(path: str, params: dict | None) -> str:
    """Returns a path for logs and messages, without credentials."""
    path = urlsplit(path).path if "://" in path else path
    query = urlencode(params or {}, doseq=True, safe=":,/ ")
    return masked_address(f"{path}{'&' if '?' in path else '?'}{query}" if query else path)
