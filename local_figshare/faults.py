"""Faults on demand: a test queues one through ``/_local/faults``, and the next matching request meets it.

Nothing is random. A fault waits until `after` matching requests have gone by and then strikes `times`
matching requests; where several match one request, the one queued first strikes.
"""

from __future__ import annotations

import itertools
import threading
from dataclasses import asdict, dataclass, field

from .messages import Problem

FAULT_KINDS = {
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

# The beginnings of the addresses that a fault can strike.
PATH_BEGINNINGS = (
    "/v2/",
    "/stats/",
    "/files/",
    "/storage/",
    "/upload/",
    "/web/",
    "/resourcesync/",
    "/.well-known/",
    "/v3/",
)
FAULTY_METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE")


@dataclass
class Fault:
    """One queued fault; `path` is a prefix, and `method` "" stands for every method."""

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
        """Tells whether a request is one that the fault is meant for."""
        return path.startswith(self.path) and self.method in ("", method)


def fault_of(body: dict) -> Fault:
    """Makes a fault of JSON. Raises `Problem` 422 that names the field that is unknown or wrong."""
    for name, value in body.items():
        if name not in _TYPES:
            raise Problem(422, "UnprocessableEntity", f"Unknown field: {name}")
        if not isinstance(value, _TYPES[name]) or isinstance(value, bool):
            raise Problem(422, "UnprocessableEntity", f"{name} has the wrong type")
    if body.get("kind") not in FAULT_KINDS:
        raise Problem(422, "UnprocessableEntity", f"kind must be one of {', '.join(FAULT_KINDS)}")
    if not 100 <= body.get("status", 500) <= 599:
        raise Problem(422, "UnprocessableEntity", "status must be between 100 and 599")
    for name, low in (("seconds", 0), ("times", 1), ("after", 0), ("retry_after", 0)):
        if not low <= body.get(name, low) < 1e6:
            raise Problem(422, "UnprocessableEntity", f"{name} must be at least {low} and below 1000000")
    _check_reach(body.get("path", "/"), body.get("method", ""))
    return Fault(**body)


def _check_reach(path: str, method: str) -> None:
    """Raises `Problem` 422 for a fault that no request could meet: a test that waits for it would prove nothing."""
    if "?" in path or not any(
        beginning.startswith(path) or path.startswith(beginning) for beginning in PATH_BEGINNINGS
    ):
        raise Problem(
            422,
            "UnprocessableEntity",
            "path must be how an address of this server begins, without host and "
            f"query: {', '.join(PATH_BEGINNINGS)}; not {path!r}",
        )
    if method not in ("", *FAULTY_METHODS):
        raise Problem(422, "UnprocessableEntity", f'method must be one of {", ".join(FAULTY_METHODS)}, or "" for any')


_TYPES: dict[str, type | tuple[type, ...]] = {
    "kind": str,
    "path": str,
    "method": str,
    "after": int,
    "times": int,
    "status": int,
    "retry_after": int,
    "seconds": (int, float),
}


class FaultQueue:
    """The faults that wait for a request."""

    def __init__(self) -> None:
        self._queue: list[Fault] = []
        self._lock = threading.Lock()
        self._ids = itertools.count(1)

    def add(self, fault: Fault) -> Fault:
        """Queues a fault and gives it its id."""
        with self._lock:
            fault.id = next(self._ids)
            self._queue.append(fault)
        return fault

    def list(self) -> list[dict]:
        """Returns the faults that still wait, with `after` and `times` as they are now."""
        with self._lock:
            return [asdict(fault) for fault in self._queue]

    def clear(self) -> None:
        """Removes all faults."""
        with self._lock:
            self._queue.clear()

    def take_for(self, method: str, path: str) -> Fault | None:
        """Returns the fault that this request meets, counted as met; None for almost every request."""
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
