"""Jobs of many requests: several at once, page after page, with a ledger."""

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
from figshare_workbook.client.answer_shapes import ACCOUNT, ENTRIES
from figshare_workbook.client.pace import stoppable_context
from figshare_workbook.client.transport import Transport

_PATHS_WITH_CURSOR = {
    f"/{kind}{search}" for kind in ("articles", "collections", "projects") for search in ("", "/search")
}


def list_name(path: str) -> str:
    """Returns the name of a list: `search`, or the words of its path without ids."""
    words = [word for word in path.split("/") if word and not word.isdecimal()]
    return "search" if words[-1] == "search" else " ".join(words)


class ManyRequests(Transport):
    """The methods on which all jobs of many requests are built."""

    def in_parallel(
        self, work: Callable[[Any], Any], items: Sequence[Any], label: str, workers: int | None = None
    ) -> Iterator[Any]:
        """Yields the result of `work` for each item, in order. Several run at once where the site allows it.

        Args:
            work: Called with each item.
            items: The items.
            label: Words beside the progress bar.
            workers: How many run at once; None: as many as the client has. Always 1 during a trace, so that its
                lines stand in order.

        After Ctrl-C, an error, or the closing of the iterator, no further request is sent and nothing is waited for.
        """
        workers = 1 if self._is_tracing else workers or self.workers
        stop, pool = threading.Event(), ThreadPoolExecutor(workers)
        pending: deque = deque()
        bar = progress(total=len(items), label=label)
        try:
            for item in items:
                pending.append(pool.submit(stoppable_context(stop).run, work, item))
                if len(pending) > 2 * workers:
                    yield pending.popleft().result()
                    bar.update()
            while pending:
                yield pending.popleft().result()
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
        """Lists the items of a listing or a search one by one, no item twice. Fetches pages as they are needed.

        Args:
            method, path: "GET" and the path of a listing, or "POST" and the path of a search.
            filters: The query parameters, or the fields of the body; None leaves one out.
            limit: The most items to list; None: all.
            page_size: Items that one request fetches, 1 to 1000.
            shape: The shape of a page.
        """
        require(limit is None or limit > 0, f"limit must be above 0, not {limit!r}.")
        require(not page_size_rule(page_size), f"page_size must be {page_size_rule(page_size)}, not {page_size!r}.")
        pages = self._pages(method, path, without_none(**filters), min(page_size, limit or page_size), shape)
        return Listing(list_name(path), itertools.islice(self.new_entries(pages, f"{method} {path}"), limit))

    def new_entries(
        self, pages: Iterable[list], what: str, key: Callable[[Any], Any] = operator.itemgetter("id")
    ) -> Iterator[Any]:
        """Yields the entries of the pages, each once. Stops after two pages in a row without a new entry.

        One such page may happen when a list changes while it is read; a server that repeats itself would never end.

        Args:
            pages: The pages.
            what: The list in words, for the note that says that entries may be missing.
            key: Returns what identifies an entry.
        """
        seen, repeated_pages = set[Any](), 0
        for page in pages:
            count_before = len(seen)
            for entry in page:
                if key(entry) not in seen:
                    seen.add(key(entry))
                    yield entry
            repeated_pages = repeated_pages + 1 if len(seen) == count_before else 0
            if repeated_pages == 2:
                self.note(f"{what} repeats itself after {len(seen):,} entries: the list ends here and may lack some.")
                return

    def _pages(self, method: str, path: str, filters: dict, size: int, shape: Shape) -> Iterator[list[dict]]:
        """Yields the pages of a listing or a search, up to a short page without a cursor.

        Above 9,000 items the pages are fetched by the cursor in the header `X-Cursor` (documented).

        Our choice, since neither is documented: a short page with a new cursor is not the last one. Exactly ten
        entries, where more were asked for, may mean that Figshare ignored `page_size`; then the next page is fetched in
        pages of ten, unless a list of this kind has had longer pages before.
        """
        list_kind = (method, re.sub(r"\d+", "", path), self._impersonated_account)
        paging, headers = {"page": 1, "page_size": size}, dict[str, str]()
        while True:
            page_parameters: Any = {"params" if method == "GET" else "body": {**filters, **paging}}
            response = self._request(method, path, is_repeatable=True, headers=headers, **page_parameters)
            page = self._parsed(response, shape)
            if not page:
                return
            yield page
            cursor, is_short = response.headers.get("X-Cursor"), len(page) < size
            if len(page) > DEFAULT_PAGE_SIZE:
                self._lists_with_page_size.add(list_kind)
            if is_short and cursor == headers.get("X-Cursor"):
                if list_kind in self._lists_with_page_size or not _may_be_default_page(page, paging, size):
                    return
                paging, size = {"page": (paging["page"] - 1) * size // DEFAULT_PAGE_SIZE + 1}, DEFAULT_PAGE_SIZE
            next_page = paging.get("page", 0) + 1
            if paging.get("page") and next_page * size <= MAX_LISTING and not (is_short and cursor):
                paging = {"page": next_page, "page_size": size}
                continue
            if not cursor:
                if path not in _PATHS_WITH_CURSOR:
                    self.note(f"{path} gives no more than {MAX_LISTING:,} items: there may be others.")
                return
            paging, headers = {"limit": size}, {"X-Cursor": cursor}

    def _offset_pages(self, path: str, filters: dict, size: int, shape: Shape) -> Iterator[list[dict]]:
        """Yields the pages of a list with `offset`, up to a short page.

        A page of exactly ten entries is not taken for the last: Figshare may have ignored `limit`.
        """
        offset = 0
        while page := self.ask("GET", path, params={"limit": size, "offset": offset, **filters}, shape=shape):
            yield page
            offset += len(page)
            if len(page) < size and len(page) != DEFAULT_PAGE_SIZE:
                return

    @functools.cached_property
    def _lists_with_page_size(self) -> set[tuple]:
        """The kinds of lists that have had pages of more than ten entries: there Figshare respects `page_size`."""
        return set()

    @functools.cached_property
    def _cached_lists(self) -> dict[str, list[dict]]:
        """The lists that do not change during a session, by their path; see `asked_once`."""
        return {}

    def asked_once(self, path: str, shape: Shape = ENTRIES) -> list[dict]:
        """Returns the list at this path. It is fetched only once in a session."""
        if path not in self._cached_lists:
            self._cached_lists[path] = self.ask("GET", path, shape=shape)
        return self._cached_lists[path]

    second_run = "stop"

    def only_run(self, path: str | Path | None, *, is_folder: bool = False) -> contextlib.AbstractContextManager:
        """Returns a context manager that keeps other runs from this ledger or folder; see `second_run` of `connect`."""
        if not path:
            return contextlib.nullcontext()
        return only_run(Path(path), self.second_run, is_folder=is_folder)

    def ledger(
        self, path: str | Path | None, job: str, is_whole: Callable[[dict], bool], *, private: bool = False
    ) -> Ledger:
        """Returns the ledger of a job on this site.

        Args:
            path: The file; None keeps the results in memory only.
            job: The name of the job.
            is_whole: Tells whether a line holds a complete result.
            private: Whether the results are what an account sees. Then the first line names the account, which
                takes a request.
        """
        if not path:
            return Ledger(None, None, is_whole)
        account = self.ask("GET", "/account", shape=ACCOUNT)["id"] if private else False
        return Ledger(path, {"job": job, "site": self.identity, "private": account}, is_whole)

    @functools.cached_property
    def identity(self) -> str:
        """The name of this site in files that outlive the session, such as ledgers.

        It is the address; for local Figshare, whose port changes, the catalogue. The request for the catalogue
        goes to the control address of local Figshare and not to the API, so it is not logged.
        """
        if not self.api_url.startswith("http://"):  # live sites use https, local Figshare does not
            return self.api_url
        with contextlib.suppress(FigshareError, ValueError, KeyError, TypeError):
            response = self._request("GET", f"{self.api_url.removesuffix('/v2')}/_local/health", is_logged=False)
            return f"local Figshare (catalogue {response.json()['catalogue']})"
        return re.sub(r":\d+", "", self.api_url.removeprefix("http://"))


def _may_be_default_page(page: list, paging: dict, size: int) -> bool:
    """Tells whether a page may have Figshare's default size instead of `size`.

    It is False where the page does not begin at a multiple of that size, so that the next one cannot be fetched.
    """
    first_index = (paging.get("page", 0) - 1) * size
    return len(page) == DEFAULT_PAGE_SIZE < size and first_index >= 0 and first_index % DEFAULT_PAGE_SIZE == 0
