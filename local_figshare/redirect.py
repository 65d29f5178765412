"""Sends the requests of this process for Figshare to a local Figshare; the fixture ``figshare_redirected`` uses it.

In each library one function is replaced that sends all requests and knows their whole address: a method of the pool in
urllib3 (requests uses it too), of the handler in urllib.request, of the transports in httpx. The socket would be one
place for all libraries, but it does not know the address: that would need false certificates, and one server under
many names. A client sees the addresses that it asked for; the addresses in an answer are local Figshare's own.
"""

from __future__ import annotations

import copy
import functools
import importlib.util
import re
import socket
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING
from unittest.mock import patch
from urllib.parse import urlsplit

if TYPE_CHECKING:
    import urllib.request

FIGSHARE_HOST = re.compile(r"(?:(?P<service>[\w.-]+)\.)?(?:figshare|figsh)\.com\.?", re.IGNORECASE)
SERVICE = re.compile(r"api|stats|ndownloader|uploads|fup[\w-]*", re.IGNORECASE)
DOWNLOADS = "/ndownloader/"  # on figshare.com and on the portals below it
ITEM_ZIP = re.compile(r"/(articles/\d+(?:/versions/\d+)?)/?")  # the download host's path of a whole item
NOT_COVERED = (
    "{host} is redirected to local Figshare for requests, urllib3, urllib.request and httpx. This library "
    "is none of them, and a test must not reach the real service: give it the address of the fixture "
    "local_figshare (.url, .stats_url) instead."
)


@contextmanager
def redirected(root: str) -> Iterator[None]:
    """Sends requests for Figshare to the server at `root` while the block runs, from every thread.

    It covers the hosts of the API, the stats, uploads and downloads of figshare.com and figsh.com. Requests to other
    hosts and those of other processes are not changed. Another library that looks up one of these hosts is stopped.

    Args:
        root: address of a local Figshare, e.g. ``http://127.0.0.1:8080``.
    """
    local_address = functools.partial(_local_address, root)
    with ExitStack() as stack:
        for library, redirect in (
            ("urllib3", _redirect_urllib3),
            ("urllib.request", _redirect_urllib),
            ("httpx", _redirect_httpx),
        ):
            if importlib.util.find_spec(library):
                redirect(stack, local_address)
        _replace_function(stack, socket, "getaddrinfo", _refusing_lookup)
        yield


def _local_address(root: str, host: str | None, target: str) -> str | None:
    """Returns the local address of a path and query on a host; None for a host that is not Figshare's."""
    path, question_mark, query = target.partition("?")
    local_path = _local_path(host or "", path)
    return None if local_path is None else f"{root}{local_path}{question_mark}{query}"


def _local_path(host: str, path: str) -> str | None:
    """Returns the local server's path for a path on a host of Figshare's; None where it is not redirected."""
    site = FIGSHARE_HOST.fullmatch(host)
    if site is None:
        return None
    service = (site["service"] or "").lower()
    if service == "ndownloader":
        return _download_path(path)
    if SERVICE.fullmatch(service):
        return f"/stats{path}" if service == "stats" else path
    return _download_path(path.removeprefix(DOWNLOADS[:-1])) if path.startswith(DOWNLOADS) else None


def _download_path(path: str) -> str:
    """Returns the local server's path for a path on the download host."""
    item = ITEM_ZIP.fullmatch(path)
    return f"/v2/{item[1]}/download" if item else path


def _replace_function(stack: ExitStack, owner: object, name: str, make: Callable) -> None:
    """Replaces a function until the stack ends; `make` gets the original and returns the new one."""
    original = getattr(owner, name)
    stack.enter_context(patch.object(owner, name, functools.wraps(original)(make(original))))


def _without_host(headers: Mapping[str, str]) -> dict[str, str]:
    """Returns headers without ``Host``, which would name the old host."""
    return {name: value for name, value in headers.items() if name.lower() != "host"}


def _redirect_urllib3(stack: ExitStack, local_address: Callable) -> None:
    import urllib3

    pool_of_local = urllib3.PoolManager(maxsize=32)
    stack.callback(pool_of_local.clear)

    def make(original: Callable) -> Callable:
        def urlopen(pool, method, url, body=None, headers=None, *args, **options):
            host, target = (pool.host, url) if url.startswith("/") else _host_and_target(url)
            address = local_address(host, target)
            if address is None:
                return original(pool, method, url, body, headers, *args, **options)
            headers = _without_host(pool.headers if headers is None else headers)
            return original(
                pool_of_local.connection_from_url(address),
                method,
                "/" + address.split("/", 3)[3],
                body,
                headers,
                *args,
                **options,
            )

        return urlopen

    _replace_function(stack, urllib3.HTTPConnectionPool, "urlopen", make)


def _host_and_target(url: str) -> tuple[str | None, str]:
    parts = urlsplit(url)
    return parts.hostname, f"{parts.path or '/'}{'?' if parts.query else ''}{parts.query}"


def _redirect_urllib(stack: ExitStack, local_address: Callable) -> None:
    import http.client
    import urllib.request

    def make(original: Callable) -> Callable:
        def do_open(handler, http_class, request, **options):
            address = local_address(*_host_and_target(request.full_url))
            if address is None:
                return original(handler, http_class, request, **options)
            response = original(handler, http.client.HTTPConnection, _to_address(request, address))
            response.url = request.full_url
            return response

        return do_open

    _replace_function(stack, urllib.request.AbstractHTTPHandler, "do_open", make)


def _to_address(request: urllib.request.Request, address: str) -> urllib.request.Request:
    """Returns a copy of a request that goes straight to another address."""
    moved = copy.copy(request)
    moved.full_url = address
    moved._tunnel_host = None  # type: ignore[attr-defined]  # noqa: SLF001  (urllib has no other way to take a proxy's tunnel back)
    moved.headers = _without_host(request.headers)
    moved.unredirected_hdrs = _without_host(request.unredirected_hdrs)
    return moved


def _redirect_httpx(stack: ExitStack, local_address: Callable) -> None:
    import httpx

    limits = httpx.Limits(max_keepalive_connections=0)  # nobody would close these connections

    def move(request: httpx.Request) -> httpx.Request | None:
        address = local_address(request.url.host, request.url.raw_path.decode("ascii"))
        if address is None:
            return None
        headers = {**_without_host(request.headers), "Host": urlsplit(address).netloc}
        return httpx.Request(
            request.method, address, headers=headers, stream=request.stream, extensions=request.extensions
        )

    def make(original: Callable) -> Callable:
        def handle_request(transport, request):
            moved = move(request)
            return original(httpx.HTTPTransport(limits=limits), moved) if moved else original(transport, request)

        return handle_request

    def make_async(original: Callable) -> Callable:
        async def handle_async_request(transport, request):
            moved = move(request)
            return await (
                original(httpx.AsyncHTTPTransport(limits=limits), moved) if moved else original(transport, request)
            )

        return handle_async_request

    _replace_function(stack, httpx.HTTPTransport, "handle_request", make)
    _replace_function(stack, httpx.AsyncHTTPTransport, "handle_async_request", make_async)


REDIRECTS = {"urllib3": _redirect_urllib3, "urllib.request": _redirect_urllib, "httpx": _redirect_httpx}


def _refusing_lookup(original: Callable) -> Callable:
    """Returns a `getaddrinfo` that refuses the hosts of Figshare: a library that looks one up is not redirected."""

    def getaddrinfo(host, *args, **options):
        name = host.decode("ascii", "replace") if isinstance(host, bytes) else host or ""
        site = FIGSHARE_HOST.fullmatch(name)
        if site and SERVICE.fullmatch(site["service"] or ""):
            raise OSError(NOT_COVERED.format(host=name))
        return original(host, *args, **options)

    return getaddrinfo
