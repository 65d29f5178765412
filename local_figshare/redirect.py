"""Sends the requests of this process for Figshare to a local Figshare; the fixture ``figshare_redirected`` uses it.

In each library one function is replaced through which all its requests go, with their whole address: of urllib3 the
pool (requests uses it too), of urllib.request the handler, of httpx the transports. The socket would be one place for
all of them, but the address is not known there: that would need false certificates, and one server under many
names. So a client sees the addresses that it asked for, and the addresses in an answer are local Figshare's own.
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
    local = functools.partial(_local_address, root)
    with ExitStack() as stack:
        for library, redirect in (("urllib3", _urllib3), ("urllib.request", _urllib), ("httpx", _httpx)):
            if importlib.util.find_spec(library):
                redirect(stack, local)
        _replace(stack, socket, "getaddrinfo", _guarded)
        yield


def _local_address(root: str, host: str | None, target: str) -> str | None:
    """Returns the local address of a path and query on a host; None for a host that is not Figshare's."""
    path, mark, query = target.partition("?")
    here = _local_path(host or "", path)
    return None if here is None else f"{root}{here}{mark}{query}"


def _local_path(host: str, path: str) -> str | None:
    """Returns the path on the local server of a path on a host of Figshare's; None where it is redirected nowhere."""
    site = FIGSHARE_HOST.fullmatch(host)
    if site is None:
        return None
    service = (site["service"] or "").lower()
    if service == "ndownloader":
        return _download(path)
    if SERVICE.fullmatch(service):
        return f"/stats{path}" if service == "stats" else path
    return _download(path.removeprefix(DOWNLOADS[:-1])) if path.startswith(DOWNLOADS) else None


def _download(path: str) -> str:
    item = ITEM_ZIP.fullmatch(path)
    return f"/v2/{item[1]}/download" if item else path


def _replace(stack: ExitStack, owner: object, name: str, make: Callable) -> None:
    """Replaces a function by what `make` makes of it, until the stack ends."""
    original = getattr(owner, name)
    stack.enter_context(patch.object(owner, name, functools.wraps(original)(make(original))))


def _without_host(headers: Mapping[str, str]) -> dict[str, str]:
    """Returns headers without ``Host``, which would name the old host."""
    return {name: value for name, value in headers.items() if name.lower() != "host"}


def _urllib3(stack: ExitStack, local: Callable) -> None:
    import urllib3

    here = urllib3.PoolManager(maxsize=32)
    stack.callback(here.clear)

    def make(original: Callable) -> Callable:
        def urlopen(pool, method, url, body=None, headers=None, *args, **options):
            host, target = (pool.host, url) if url.startswith("/") else _host_and_target(url)
            address = local(host, target)
            if address is None:
                return original(pool, method, url, body, headers, *args, **options)
            headers = _without_host(pool.headers if headers is None else headers)
            return original(
                here.connection_from_url(address),
                method,
                "/" + address.split("/", 3)[3],
                body,
                headers,
                *args,
                **options,
            )

        return urlopen

    _replace(stack, urllib3.HTTPConnectionPool, "urlopen", make)


def _host_and_target(url: str) -> tuple[str | None, str]:
    parts = urlsplit(url)
    return parts.hostname, f"{parts.path or '/'}{'?' if parts.query else ''}{parts.query}"


def _urllib(stack: ExitStack, local: Callable) -> None:
    import http.client
    import urllib.request

    def make(original: Callable) -> Callable:
        def do_open(handler, http_class, request, **options):
            address = local(*_host_and_target(request.full_url))
            if address is None:
                return original(handler, http_class, request, **options)
            response = original(handler, http.client.HTTPConnection, _moved_request(request, address))
            response.url = request.full_url
            return response

        return do_open

    _replace(stack, urllib.request.AbstractHTTPHandler, "do_open", make)


def _moved_request(request: urllib.request.Request, address: str) -> urllib.request.Request:
    """Returns a copy of a request that goes straight to another address."""
    moved = copy.copy(request)
    moved.full_url = address
    moved._tunnel_host = None  # type: ignore[attr-defined]  # noqa: SLF001  (urllib has no other way to take a proxy's tunnel back)
    moved.headers = _without_host(request.headers)
    moved.unredirected_hdrs = _without_host(request.unredirected_hdrs)
    return moved


def _httpx(stack: ExitStack, local: Callable) -> None:
    import httpx

    once = httpx.Limits(max_keepalive_connections=0)  # nothing stays open that nobody would close

    def moved(request: httpx.Request) -> httpx.Request | None:
        address = local(request.url.host, request.url.raw_path.decode("ascii"))
        if address is None:
            return None
        headers = {**_without_host(request.headers), "Host": urlsplit(address).netloc}
        return httpx.Request(
            request.method, address, headers=headers, stream=request.stream, extensions=request.extensions
        )

    def make(original: Callable) -> Callable:
        def handle_request(transport, request):
            here = moved(request)
            return original(httpx.HTTPTransport(limits=once), here) if here else original(transport, request)

        return handle_request

    def make_async(original: Callable) -> Callable:
        async def handle_async_request(transport, request):
            here = moved(request)
            return await (
                original(httpx.AsyncHTTPTransport(limits=once), here) if here else original(transport, request)
            )

        return handle_async_request

    _replace(stack, httpx.HTTPTransport, "handle_request", make)
    _replace(stack, httpx.AsyncHTTPTransport, "handle_async_request", make_async)


def _guarded(original: Callable) -> Callable:
    """Refuses to look up a host of Figshare's: a library that asks for one is not redirected."""

    def getaddrinfo(host, *args, **options):
        name = host.decode("ascii", "replace") if isinstance(host, bytes) else host or ""
        site = FIGSHARE_HOST.fullmatch(name)
        if site and SERVICE.fullmatch(site["service"] or ""):
            raise OSError(NOT_COVERED.format(host=name))
        return original(host, *args, **options)

    return getaddrinfo
