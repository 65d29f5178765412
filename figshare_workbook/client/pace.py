"""How fast requests are sent, how long to wait before a retry, and when to stop waiting.

urllib3 counts the retries. The loop around them (`Transport._request`) is our own, because whether to retry depends
on the content of the answer, and on whether a write may have happened.
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

from figshare_workbook.client.limits import LimitedAdapter, Limits, add_time


class Throttle:
    """Lets at most `per_second` callers through, all threads together; 0 lets everybody through."""

    def __init__(self, per_second: float):
        self._interval = 1 / per_second if per_second else 0.0
        self._next_turn = 0.0
        self._lock = threading.Lock()

    def wait(self) -> None:
        """Sleeps until it is this caller's turn. Raises `CancelledError` where the work was stopped meanwhile."""
        with self._lock:
            turn = max(time.monotonic(), self._next_turn)
            self._next_turn = turn + self._interval
        _sleep(max(0.0, turn - time.monotonic()))


class PoliteAdapter(LimitedAdapter):
    """Waits for the throttle just before a request is sent, so that an answer from the cache does not wait."""

    def __init__(self, throttle: Throttle, connections: int):
        super().__init__(pool_connections=4, pool_maxsize=connections)
        self._throttle = throttle

    def send(self, *args: Any, **options: Any) -> requests.Response:
        """Sends when it is this request's turn. The wait does not count as time of the answer."""
        begin = time.monotonic()
        self._throttle.wait()
        add_time(time.monotonic() - begin)
        return super().send(*args, **options)


RETRIED_STATUSES = (429, 500, 502, 503, 504)  # a retry may succeed after these
_MAX_WAIT = 120  # seconds for one answer, all waits together; instead of waiting longer an error says so
_SILENT_WAIT = 5  # seconds; a longer wait is announced


def pause_before_retry(retry: Retry, raw: Any, limits: Limits, announce: Callable[[float], None]) -> bool:
    """Waits before a retry: as long as `Retry-After` says, else a little longer each time.

    Args:
        retry: The state of the retries.
        raw: urllib3's response; None where no answer came.
        limits: The limits of the answer, to which the pause is added.
        announce: Called with the seconds of a long pause.

    Returns:
        False where the pause would be too long; then it has not waited.
    """
    retry_after = retry_after_seconds(raw.headers.get("Retry-After")) if raw is not None else None
    seconds = retry.get_backoff_time() if retry_after is None else retry_after
    if limits.waited + seconds > _MAX_WAIT:
        return False
    if seconds > _SILENT_WAIT:
        announce(seconds)
    _sleep(seconds)
    limits.waited += seconds
    limits.add_time(seconds)
    return True


def retry_after_seconds(header: str | None) -> float | None:
    """Returns the seconds that a header `Retry-After` asks for, by a number or a date; None where it has neither."""
    text = (header or "").strip()
    if re.fullmatch(r"[0-9]+([.][0-9]+)?", text):
        return float(text)
    try:
        return max(0.0, parsedate_to_datetime(text).timestamp() - time.time())
    except (ValueError, OverflowError):
        return None


_STOP: ContextVar[threading.Event | None] = ContextVar("stop", default=None)


def stoppable_context(stop: threading.Event) -> Context:
    """Returns a context for work in another thread. When `stop` is set, its pauses end with a `CancelledError`."""
    context = copy_context()
    context.run(_STOP.set, stop)
    return context


def _sleep(seconds: float) -> None:
    """Waits. Raises `CancelledError` as soon as the event of a `stoppable_context` is set."""
    stop = _STOP.get()
    if stop is None:
        time.sleep(seconds)
    elif stop.wait(seconds):
        raise CancelledError


def may_have_arrived(error: Exception | None) -> bool:
    """Tells whether the server may have received the request in spite of the error."""
    if isinstance(error, (requests.ConnectTimeout, requests.exceptions.InvalidURL)):
        return False
    reason = getattr(error.args[0], "reason", error.args[0]) if error is not None and error.args else None
    return type(reason).__name__ not in ("NewConnectionError", "NameResolutionError", "ConnectTimeoutError")


def growing_pauses(seconds: float) -> Iterator[None]:
    """Yields at once and then after growing pauses, until the time is over. Prints once that it is waiting."""
    begin, pause, is_announced = time.monotonic(), 0.01, False
    while True:
        yield
        waited = time.monotonic() - begin
        if waited + pause > seconds:
            return
        if waited > _SILENT_WAIT and not is_announced:
            is_announced = True
            print(f"Figshare has not finished yet: it is asked again, for up to {seconds:.0f} seconds.")
        time.sleep(pause)
        pause = min(1.5 * pause, 5)
