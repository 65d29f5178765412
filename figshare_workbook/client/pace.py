"""How fast requests leave, how long to wait before the next try, and when to stop waiting.

Retries are urllib3's; by hand is only the loop around them (`Transport._request`), since whether to ask again
depends on what the answer holds, and on whether a write may have happened.
"""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import CancelledError
from contextvars import Context, ContextVar, copy_context
from email.utils import parsedate_to_datetime
from typing import Any

import requests
from urllib3.util.retry import Retry

from figshare_workbook.client.limits import LimitedAdapter, Limits, excuse


class Throttle:
    """Lets at most `per_second` callers through, all threads together; 0 lets everybody through."""

    def __init__(self, per_second: float):
        self._gap = 1 / per_second if per_second else 0.0
        self._next = 0.0
        self._lock = threading.Lock()

    def wait(self) -> None:
        """Sleeps until it is this caller's turn; raises `CancelledError` where nothing is to be sent any more."""
        with self._lock:
            turn = max(time.monotonic(), self._next)
            self._next = turn + self._gap
        _sleep(max(0.0, turn - time.monotonic()))


class PoliteAdapter(LimitedAdapter):
    """Keeps the pace where the request leaves, so that an answer from the cache costs no waiting."""

    def __init__(self, throttle: Throttle, connections: int):
        super().__init__(pool_connections=4, pool_maxsize=connections)
        self._throttle = throttle

    def send(self, *args: Any, **options: Any) -> requests.Response:
        """Sends when it is this request's turn; to wait for it is not the answer's time."""
        begin = time.monotonic()
        self._throttle.wait()
        excuse(time.monotonic() - begin)
        return super().send(*args, **options)


RETRIED_STATUSES = (429, 500, 502, 503, 504)  # statuses after which asking again makes sense
_LONGEST_WAIT = 120  # seconds for one answer, all waits together; instead of waiting longer an error says so
_SILENT_WAIT = 5  # seconds; a longer wait is announced


def pause_before_retry(retry: Retry, raw: Any, limits: Limits, announce: Callable[[float], None]) -> bool:
    """Waits as the server asks (`Retry-After`), else a little longer each time; False: too long to wait."""
    retry_after = retry_after_seconds(raw.headers.get("Retry-After")) if raw is not None else None
    seconds = retry.get_backoff_time() if retry_after is None else retry_after
    if limits.waited + seconds > _LONGEST_WAIT:
        return False
    if seconds > _SILENT_WAIT:
        announce(seconds)
    _sleep(seconds)
    limits.waited += seconds
    limits.excuse(seconds)
    return True


def retry_after_seconds(header: str | None) -> float | None:
    """Returns the seconds of a `Retry-After`, a number or a date; None where it says nothing that can be read."""
    text = (header or "").strip()
    if re.fullmatch(r"[0-9]+([.][0-9]+)?", text):
        return float(text)
    try:
        return max(0.0, parsedate_to_datetime(text).timestamp() - time.time())
    except (ValueError, OverflowError):
        return None


_STOP: ContextVar[threading.Event | None] = ContextVar("stop", default=None)


def until_stopped(stop: threading.Event) -> Context:
    """Makes a context for work in another thread: it waits for nothing any more once `stop` is set."""
    context = copy_context()
    context.run(_STOP.set, stop)
    return context


def _sleep(seconds: float) -> None:
    """Waits, in `until_stopped` only until it is told to stop; then the work ends here, unfinished."""
    stop = _STOP.get()
    if stop is None:
        time.sleep(seconds)
    elif stop.wait(seconds):
        raise CancelledError


def may_have_arrived(error: Exception | None) -> bool:
    """Tells whether the request could have reached the server before the error."""
    if isinstance(error, (requests.ConnectTimeout, requests.exceptions.InvalidURL)):
        return False
    reason = getattr(error.args[0], "reason", error.args[0]) if error is not None and error.args else None
    return type(reason).__name__ not in ("NewConnectionError", "NameResolutionError", "ConnectTimeoutError")


def growing_pauses(seconds: float) -> Iterator[None]:
    """Yields at once, then after growing pauses, until the time is over; says once that it takes its time."""
    begin, pause, is_told = time.monotonic(), 0.01, False
    while True:
        yield
        waited = time.monotonic() - begin
        if waited + pause > seconds:
            return
        if waited > _SILENT_WAIT and not is_told:
            is_told = True
            print(f"Figshare has not finished yet: it is asked again, for up to {seconds:.0f} seconds.")
        time.sleep(pause)
        pause = min(1.5 * pause, 5)
