"""Many requests: several at once, page after page, each answer kept once."""

from __future__ import annotations

import contextlib
import functools
import itertools
import operator
import re
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from figshare_workbook.base.errors import FigshareError, require
from figshare_workbook.base.ledgers import Ledger
from figshare_workbook.base.locks import only_run
from figshare_workbook.base.rules import DEFAULT_PAGE_SIZE, MAX_LISTING, MAX_PAGE_SIZE, page_size_rule
from figshare_workbook.base.screen import progress
from figshare_workbook.base.sequences import Listing, without_none
from figshare_workbook.base.shapes import Shape
from figshare_workbook.client.expected import ENTRIES
from figshare_workbook.client.pace import until_stopped
from figshare_workbook.client.transport import Transport

_WITH_CURSOR = {f"/{kind}{search}" for kind in ("articles", "collections", "projects") for search in ("", "/search")}


def name_of(path: str) -> str:
    """Returns what a list is called: `search`, or the words of its path without numbers."""
    words = [word for word in path.split("/") if word and not word.isdecimal()]
    return "search" if words[-1] == "search" else " ".join(words)


class ManyRequests(Transport):
    """Jobs that need many requests rest on these few methods."""

    def in_parallel(
        self, work: Callable[[Any], Any], items: Sequence[Any], label: str, workers: int | None = None
    ) -> Iterator[Any]:
        """Yields the result of `work` for each item in order, several at once where the site allows it, with a bar.

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

    def listing(
        self,
        method: str,
        path: str,
        filters: dict,
        *,
        limit: int | None = None,
        page_size: int = MAX_PAGE_SIZE,
        shape: Shape = ENTRIES,
    ) -> Listing:
        """Lists all items of a listing or a search one by one, no item twice; `shape` is that of a page."""
        require(limit is None or limit > 0, f"limit must be above 0, not {limit!r}.")
        require(not page_size_rule(page_size), f"page_size must be {page_size_rule(page_size)}, not {page_size!r}.")
        pages = self._pages(method, path, without_none(**filters), min(page_size, limit or page_size), shape)
        return Listing(name_of(path), itertools.islice(self.new_entries(pages, f"{method} {path}"), limit))

    def new_entries(
        self, pages: Iterable[list], what: str, key: Callable[[Any], Any] = operator.itemgetter("id")
    ) -> Iterator[Any]:
        """Yields the entries of the pages, each once; where two pages in a row bring nothing new, that is the end.

        A list that moves while it is read may repeat a page; a server that repeats itself would never end.
        """
        seen, barren = set[Any](), 0
        for page in pages:
            before = len(seen)
            for entry in page:
                if key(entry) not in seen:
                    seen.add(key(entry))
                    yield entry
            barren = barren + 1 if len(seen) == before else 0
            if barren == 2:
                self.note(f"{what} repeats itself after {len(seen):,} entries: the list ends here and may lack some.")
                return

    def _pages(self, method: str, path: str, filters: dict, size: int, shape: Shape) -> Iterator[list[dict]]:
        """Yields pages until a short one without a cursor.

        Past 9,000 items it goes by the cursor of the page before (documented).

        Our choice, as neither is settled: a short page with a cursor is not the last; just ten entries where
        more were asked for may be Figshare's own page size, so the eleventh is asked for, unless a list of this
        kind has brought more than ten before.
        """
        kind = (method, re.sub(r"\d+", "", path), self._impersonated)
        paging, headers = {"page": 1, "page_size": size}, dict[str, str]()
        while True:
            question: Any = {"params" if method == "GET" else "body": {**filters, **paging}}
            response = self._request(method, path, is_read=True, headers=headers, **question)
            page = self._parsed(response, shape)
            if not page:
                return
            yield page
            cursor, is_short = response.headers.get("X-Cursor"), len(page) < size
            if len(page) > DEFAULT_PAGE_SIZE:
                self._sized_lists.add(kind)
            if is_short and cursor == headers.get("X-Cursor"):
                if kind in self._sized_lists or not _is_maybe_cut(page, paging, size):
                    return
                paging, size = {"page": (paging["page"] - 1) * size // DEFAULT_PAGE_SIZE + 1}, DEFAULT_PAGE_SIZE
            number = paging.get("page", 0) + 1
            if paging.get("page") and number * size <= MAX_LISTING and not (is_short and cursor):
                paging = {"page": number, "page_size": size}
                continue
            if not cursor:
                if path not in _WITH_CURSOR:
                    self.note(f"{path} gives no more than {MAX_LISTING:,} items: there may be others.")
                return
            paging, headers = {"limit": size}, {"X-Cursor": cursor}

    def _offset_pages(self, path: str, filters: dict, size: int, shape: Shape) -> Iterator[list[dict]]:
        """Yields pages of a list that knows `offset`, until a short one; just ten may be Figshare's own page size."""
        offset = 0
        while page := self.ask("GET", path, params={"limit": size, "offset": offset, **filters}, shape=shape):
            yield page
            offset += len(page)
            if len(page) < size and len(page) != DEFAULT_PAGE_SIZE:
                return

    @functools.cached_property
    def _sized_lists(self) -> set[tuple]:
        """Kinds of lists whose pages have had more than ten entries: there, `page_size` counts."""
        return set()

    @functools.cached_property
    def _lists(self) -> dict[str, list[dict]]:
        """Lists that do not change during a session, by their path."""
        return {}

    def asked_once(self, path: str, shape: Shape = ENTRIES) -> list[dict]:
        """Returns the list at this path, which is asked for once in a session."""
        if path not in self._lists:
            self._lists[path] = self.ask("GET", path, shape=shape)
        return self._lists[path]

    second_run = "stop"

    def only_run(self, path: str | Path | None, *, is_folder: bool = False) -> contextlib.AbstractContextManager:
        """Returns a block in which no other run works on this ledger or folder, as `second_run` of `connect` says."""
        if not path:
            return contextlib.nullcontext()
        return only_run(Path(path), self.second_run, is_folder=is_folder)

    def ledger(
        self, path: str | Path | None, job: str, is_whole: Callable[[dict], bool], *, private: bool = False
    ) -> Ledger:
        """Returns the ledger of a job on this site; private results are those of one account."""
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


def _is_maybe_cut(page: list, paging: dict, size: int) -> bool:
    """Tells whether these are just as many entries as Figshare gives by itself, and more can be asked for."""
    begins_at = (paging.get("page", 0) - 1) * size
    return len(page) == DEFAULT_PAGE_SIZE < size and begins_at >= 0 and begins_at % DEFAULT_PAGE_SIZE == 0
