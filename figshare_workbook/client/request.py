"""One request before it is sent, and its address without secrets."""

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
    """One request before it is sent."""

    method: str
    url: str = field(repr=False)  # fields that may hold a credential are not in its repr
    display_path: str  # the path for logs and errors: as in Figshare's documentation, without secrets
    credential_kind: str = ""  # of the credential that is sent: "", "token" or "password"
    secret: Secret | None = None
    params: dict = field(default_factory=dict, repr=False)
    body: Any = field(default=None, repr=False)
    headers: dict = field(default_factory=dict, repr=False)
    stream: bool = False
    is_private: bool = False  # send the token although the path is a public one
    is_repeatable: bool = True  # it may be sent twice without harm: it reads, or is a part of an upload
    is_logged: bool = True
    most_bytes: int | None = None  # of the answer; None: the limit for an answer that is read into memory
    is_json_answer: bool = False  # whether the last answer to it was JSON
    is_api_or_stats: bool = False  # goes to the API or the stats service; not an upload, a download or another site

    def __call__(self, prepared: requests.PreparedRequest) -> requests.PreparedRequest:
        """Adds the credentials. requests calls it as `auth`, and ignores ~/.netrc because there is one."""
        if self.secret and self.credential_kind == "token":
            prepared.headers["Authorization"] = f"token {self.secret.reveal()}"
        elif self.secret and self.credential_kind == "password":
            encoded = base64.b64encode(self.secret.reveal().encode()).decode()
            prepared.headers["Authorization"] = f"Basic {encoded}"
        return prepared

    @property
    def is_cacheable(self) -> bool:
        """Whether the answer may be cached: it reads, without credentials in headers or address, from API or stats."""
        return (
            self.is_api_or_stats
            and self.method in ("GET", "POST")
            and self.is_repeatable
            and not self.credential_kind
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
        """Returns the keyword arguments for requests. The module `redirects` handles redirects."""
        seconds = limits.seconds_left()
        content = {"data": self.body} if isinstance(self.body, (bytes, FilePart)) else {"json": self.body}
        return {
            "params": self.params,
            "headers": self.headers,
            "auth": self,
            "stream": self.stream,
            "timeout": (min(_CONNECT_TIMEOUT, seconds), seconds),
            "allow_redirects": False,
            **content,
        }


_CONNECT_TIMEOUT = 10  # seconds for each address of a host


def shown_path(path: str, params: dict | None) -> str:
    """Returns a path with its query for logs and messages; credentials are masked."""
    path = urlsplit(path).path if "://" in path else path
    query = urlencode(params or {}, doseq=True, safe=":,/ ")
    return masked_address(f"{path}{'&' if '?' in path else '?'}{query}" if query else path)
