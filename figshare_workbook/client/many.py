"""Many requests: several at once, page after page, each answer kept once."""

from __future__ import annotations

import contextlib
import functools
import itertools
import re
import threading
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from figshare_workbook.base.errors import FigshareError, require
from figshare_workbook.base.ledgers import Ledger
from figshare_workbook.base.locks import only_run
from figshare_workbook.base.rules import MAX_LISTING, MAX_PAGE_SIZE, page_size_rule
from figshare_workbook.base.screen import progress
from figshare_workbook.base.sequences import unique_by_id, without_none
from figshare_workbook.base.shapes import Shape
from figshare_workbook.client.expected import ENTRIES
from figshare_workbook.client.pace import until_stopped
from figshare_workbook.client.transport import Transport

_WITH_CURSOR = {f"/{kind}{search}" for kind in ("articles", "collections", "projects")
                for search in ("", "/search")}


class ManyRequests(Transport):
    """Jobs that need many requests rest on these few methods."""

    def in_parallel(self, work: Callable[[Any], Any], items: Sequence[Any], label: str,
                    workers: int | None = None) -> Iterator[Any]:
        """`work` of each item in order, several at once where the site allows it, with a progress bar.

        Ctrl-C, an error, or closing the iterator: nothing more is sent or waited for; what is on its way
        ends by itself. While a trace is on, one after the other, so that its lines stand in order.
        """
        workers = 1 if self._is_tracing else workers or self.workers
        stop, pool = threading.Event(), ThreadPoolExecutor(workers)
        waiting: deque = deque()
        bar = progress(total=len(items), label=label)
        try:
            for item in items:
                waiting.append(pool.submit(until_stopped(stop).run, work, item))
                if len(waiting) > 2 * workers:
                    yield waiting.popleft().result()
                    bar.update()
            while waiting:
                yield waiting.popleft().result()
                bar.update()
        finally:
            stop.set()
            bar.close()
            pool.shutdown(wait=False, cancel_futures=True)

    def listing(self, method: str, path: str, filters: dict, *, limit: int | None = None,
                page_size: int = MAX_PAGE_SIZE, shape: Shape = ENTRIES) -> Iterator[dict]:
        """All items of a listing or a search, one by one, no item twice; `shape` is that of a page."""
        require(limit is None or limit > 0, f"limit must be above 0, not {limit!r}.")
        require(not page_size_rule(page_size), f"page_size must be {page_size_rule(page_size)}, not {page_size!r}.")
        pages = self._pages(method, path, without_none(**filters), min(page_size, limit or page_size), shape)
        return itertools.islice(unique_by_id(itertools.chain.from_iterable(pages)), limit)

    def _pages(self, method: str, path: str, filters: dict, size: int,
               shape: Shape) -> Iterator[list[dict]]:
        """Pages until a short one; past 9,000 items by the cursor of the page before (documented)."""
        paging, headers = {"page": 1, "page_size": size}, dict[str, str]()
        while True:
            question: Any = {"params" if method == "GET" else "body": {**filters, **paging}}
            response = self._request(method, path, is_read=True, headers=headers, **question)
            page = self._content(response, shape)
            yield page
            if len(page) < size:
                return
            number = paging.get("page", 0) + 1
            if paging.get("page") and number * size <= MAX_LISTING:
                paging = {"page": number, "page_size": size}
                continue
            cursor = response.headers.get("X-Cursor")
            if not cursor or cursor == headers.get("X-Cursor"):
                if path not in _WITH_CURSOR:
                    self.note(f"{path} gives no more than {MAX_LISTING:,} items: there may be others.")
                return
            paging, headers = {"limit": size}, {"X-Cursor": cursor}

    @functools.cached_property
    def _lists(self) -> dict[str, list[dict]]:
        """Lists that do not change during a session, by their path."""
        return {}

    def asked_once(self, path: str, shape: Shape = ENTRIES) -> list[dict]:
        """The list at this path, asked for once in a session."""
        if path not in self._lists:
            self._lists[path] = self.ask("GET", path, shape=shape)
        return self._lists[path]

    second_run = "stop"

    def only_run(self, path: str | Path | None, *, is_folder: bool = False) -> contextlib.AbstractContextManager:
        """A block in which no other run works on this ledger or folder, as `second_run` of `connect` says."""
        if not path:
            return contextlib.nullcontext()
        return only_run(Path(path), self.second_run, is_folder=is_folder)

    def ledger(self, path: str | Path | None, job: str, is_whole: Callable[[dict], bool], *,
               private: bool = False) -> Ledger:
        """The ledger of a job on this site; private results are those of one account."""
        whose = (self._impersonated or True) if private else False
        return Ledger(path, {"job": job, "site": self.identity, "private": whose} if path else None, is_whole)

    @functools.cached_property
    def identity(self) -> str:
        """What tells this site from others, for files that outlive the session.

        That is its address or, of local Figshare, which is at another port each time, its catalogue. The
        question goes to the server's control and not to the API, so it is in no log.
        """
        if not self.api_url.startswith("http://"):  # no live site is; local Figshare has no certificate
            return self.api_url
        with contextlib.suppress(FigshareError, ValueError, KeyError, TypeError):
            health = self._request("GET", f"{self.api_url.removesuffix('/v2')}/_local/health", is_logged=False)
            return f"local Figshare (catalogue {health.json()['catalogue']})"
        return re.sub(r":\d+", "", self.api_url.removeprefix("http://"))
