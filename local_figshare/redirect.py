"""Sends what this process asks of Figshare to a local Figshare; the fixture ``figshare_redirected`` uses it.

Each library is met at the one function through which it sends and which still knows the whole address: the pool of
urllib3 (requests sends through it), the handler of urllib.request, the transports of httpx. One seam for all of
them would be the socket, and there the address is lost: it would need false certificates, and one server
under many names. So a client keeps the addresses it asked for, and every address in an answer is local Figshare's own.
"""

from __future__ import annotations

import copy
import functools
import importlib.util
import re
import socket
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from unittest.mock import patch
from urllib.parse import urlsplit

SITE = re.compile(r"(?:(?P<service>[\w.-]+)\.)?(?:figshare|figsh)\.com\.?", re.IGNORECASE)
SERVICE = re.compile(r"api|stats|ndownloader|uploads|fup[\w-]*", re.IGNORECASE)
DOWNLOADS = "/ndownloader/"  # on figshare.com and on the portals below it
ITEM = re.compile(r"/(articles/\d+(?:/versions/\d+)?)/?")  # where the download host has an item as one zip
NOT_COVERED = (
    "{host} is redirected to local Figshare for requests, urllib3, urllib.request and httpx. This library "
    "is none of them, and a test must not reach the real service: give it the address of the fixture "
    "local_figshare (.url, .stats_url) instead."
)


@contextmanager
def redirected(root: str) -> Iterator[None]:
    """Send what is meant for Figshare to the server at `root`, while the block runs, from every thread.

    Covered are the hosts of the API, the stats, uploads and downloads of figshare.com and figsh.com. Requests to other
    hosts and those of other processes go where they went. Another library that looks one of these hosts up is stopped.

    Args:
        root: address of a local Figshare, e.g. ``http://127.0.0.1:8080``.
    """
    local = functools.partial(_local, root)
    with ExitStack() as stack:
        for library, redirect in (("urllib3", _urllib3), ("urllib.request", _urllib), ("httpx", _httpx)):
            if importlib.util.find_spec(library):
                redirect(stack, local)
        _replace(stack, socket, "getaddrinfo", _guarded)
        yield


def _local(root: str, host: str | None, target: str) -> str | None:
    """The address here of a path and query on a host; None for what is not Figshare's."""
    path, mark, query = target.partition("?")
    here = _path(host or "", path)
    return None if here is None else f"{root}{here}{mark}{query}"


def _path(host: str, path: str) -> str | None:
    site = SITE.fullmatch(host)
    if site is None:
        return None
    service = (site["service"] or "").lower()
    if service == "ndownloader":
        return _download(path)
    if SERVICE.fullmatch(service):
        return f"/stats{path}" if service == "stats" else path
    return _download(path.removeprefix(DOWNLOADS[:-1])) if path.startswith(DOWNLOADS) else None


def _download(path: str) -> str:
    item = ITEM.fullmatch(path)
    return f"/v2/{item[1]}/download" if item else path


def _replace(stack: ExitStack, owner: object, name: str, make: Callable) -> None:
    """Put what `make` makes of a function in its place, until the stack ends."""
    original = getattr(owner, name)
    stack.enter_context(patch.object(owner, name, functools.wraps(original)(make(original))))


def _without_host(headers: dict) -> dict:
    """Headers whose ``Host``, if a client wrote it, does not name the old host."""
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
            response = original(handler, http.client.HTTPConnection, _moved(request, address))
            response.url = request.full_url
            return response

        return do_open

    _replace(stack, urllib.request.AbstractHTTPHandler, "do_open", make)


def _moved(request: object, address: str) -> object:
    """A copy of a `urllib.request.Request` that goes straight to another address."""
    moved = copy.copy(request)
    moved.full_url = address
    moved._tunnel_host = None  # noqa: SLF001  (urllib has no other way to take a proxy's tunnel back)
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
    """Look no host of Figshare up: who asks is not redirected."""

    def getaddrinfo(host, *args, **options):
        name = host.decode("ascii", "replace") if isinstance(host, bytes) else host or ""
        site = SITE.fullmatch(name)
        if site and SERVICE.fullmatch(site["service"] or ""):
            raise OSError(NOT_COVERED.format(host=name))
        return original(host, *args, **options)

    return getaddrinfo
