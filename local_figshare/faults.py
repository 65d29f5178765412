"""Faults on demand: queued by a test through ``/_local/faults``, met by the requests that follow.

Nothing is random. A fault waits until `after` matching requests have gone by and then strikes `times`
matching requests; where several match one request, the one queued first strikes.
"""

from __future__ import annotations

import itertools
import threading
from dataclasses import asdict, dataclass, field

from .wire import Problem

KINDS = {
    "status": "answer with `status` (and `retry_after` seconds in Retry-After) instead of doing anything",
    "delay": "wait `seconds`, then answer as usual",
    "reset": "break the connection before the answer began",
    "reset_body": "break the connection in the middle of the body",
    "truncate": "announce the whole body, send half, close",
    "html": "answer with an HTML page, with `status` (200)",
    "waf": "the firewall's challenge: 202, no body, x-amzn-waf-action",
    "wrong_md5": "a computed_md5 that is not the file's, or bytes that are not",
    "duplicate": "begin a page of a list with the last entry of the page before",
    "short": "half of a page of a list, with the X-Cursor that goes on behind it",
    "vanish": "404 as for an item that is gone since it was listed",
}

# How the addresses of this server begin that a fault can strike.
PLACES = ("/v2/", "/stats/", "/files/", "/storage/", "/upload/", "/web/", "/resourcesync/", "/.well-known/", "/v3/")
METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE")


@dataclass
class Fault:
    """One queued fault; `path` is a prefix, `method` "" is any."""

    kind: str
    path: str = "/"
    method: str = ""
    after: int = 0
    times: int = 1
    status: int = 500
    retry_after: int | None = None
    seconds: float = 0.5
    id: int = field(default=0)

    def matches(self, method: str, path: str) -> bool:
        return path.startswith(self.path) and self.method in ("", method)


def fault_of(body: dict) -> Fault:
    """A fault from JSON; refuses what it does not know, naming it."""
    allowed = {name: type_ for name, type_ in _TYPES.items()}
    for name, value in body.items():
        if name not in allowed:
            raise Problem(422, "UnprocessableEntity", f"Unknown field: {name}")
        if not isinstance(value, allowed[name]) or isinstance(value, bool):
            raise Problem(422, "UnprocessableEntity", f"{name} has the wrong type")
    if body.get("kind") not in KINDS:
        raise Problem(422, "UnprocessableEntity", f"kind must be one of {', '.join(KINDS)}")
    if not 100 <= body.get("status", 500) <= 599:
        raise Problem(422, "UnprocessableEntity", "status must be between 100 and 599")
    for name, low in (("seconds", 0), ("times", 1), ("after", 0), ("retry_after", 0)):
        if not low <= body.get(name, low) < 1e6:
            raise Problem(422, "UnprocessableEntity", f"{name} must be at least {low} and below 1000000")
    _check_reach(body.get("path", "/"), body.get("method", ""))
    return Fault(**body)


def _check_reach(path: str, method: str) -> None:
    """Refuse a fault that no request could meet: a test that waits for it would prove nothing."""
    if "?" in path or not any(place.startswith(path) or path.startswith(place) for place in PLACES):
        raise Problem(
            422,
            "UnprocessableEntity",
            "path must be how an address of this server begins, without host and "
            f"query: {', '.join(PLACES)}; not {path!r}",
        )
    if method not in ("", *METHODS):
        raise Problem(422, "UnprocessableEntity", f'method must be one of {", ".join(METHODS)}, or "" for any')


_TYPES = {
    "kind": str,
    "path": str,
    "method": str,
    "after": int,
    "times": int,
    "status": int,
    "retry_after": int,
    "seconds": (int, float),
}


class Faults:
    """The queue."""

    def __init__(self) -> None:
        self._queue: list[Fault] = []
        self._lock = threading.Lock()
        self._ids = itertools.count(1)

    def add(self, fault: Fault) -> Fault:
        with self._lock:
            fault.id = next(self._ids)
            self._queue.append(fault)
        return fault

    def list(self) -> list[dict]:
        """What still waits, `after` and `times` counted down."""
        with self._lock:
            return [asdict(fault) for fault in self._queue]

    def clear(self) -> None:
        with self._lock:
            self._queue.clear()

    def strike(self, method: str, path: str) -> Fault | None:
        """The fault that this request meets, None for almost every request."""
        if not self._queue or path.startswith("/_local/"):
            return None
        with self._lock:
            for fault in self._queue:
                if fault.matches(method, path):
                    if fault.after > 0:
                        fault.after -= 1
                        continue
                    fault.times -= 1
                    if fault.times <= 0:
                        self._queue.remove(fault)
                    return fault
        return None
