"""What an administrator may list: items, accounts, reviews."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import Any

from figshare_workbook.base.errors import require
from figshare_workbook.base.rules import MAX_LISTING, MAX_PAGE_SIZE
from figshare_workbook.base.sequences import Listing
from figshare_workbook.base.shapes import Shape
from figshare_workbook.client.downloads import Files
from figshare_workbook.client.expected import ACCOUNTS, ENTRIES, REVIEWS
from figshare_workbook.client.many import name_of


class Institution(Files):
    """The institution that the token belongs to. Most of it needs an administrator's token."""

    def institution_articles(
        self, *, limit: int | None = None, page_size: int = MAX_PAGE_SIZE, **filters: Any
    ) -> Iterator[dict]:
        """Lists all items of the institution, drafts too; complete past 9,000.

        Args:
            **filters: status, group, item_type, resource_doi, published_since, modified_since (documented).
        """
        return self._list_by_windows(
            "/account/institution/articles",
            "modified_since",
            "modified_date",
            {"order": "modified_date", "order_direction": "asc", **filters},
            limit,
            page_size,
        )

    def institution_accounts(
        self, *, limit: int | None = None, page_size: int = MAX_PAGE_SIZE, **filters: Any
    ) -> Iterator[dict]:
        """Lists all accounts of the institution; complete past 9,000. Filters: is_active, email, id_gte, id_lte."""
        return self._list_by_windows(
            "/account/institution/accounts", "id_gte", "id", filters, limit, page_size, ACCOUNTS
        )

    def _list_by_windows(
        self, path: str, since: str, key: str, filters: dict, limit: int | None, page_size: int, shape: Shape = ENTRIES
    ) -> Iterator[dict]:
        """Lists without a cursor, window by window: each begins where the last one ended."""
        self.listing("GET", path, {}, limit=limit, page_size=page_size)  # refuses odd values; asks nothing yet
        items = self._window_items(path, since, key, filters, page_size, shape)
        return Listing(name_of(path), itertools.islice(items, limit))

    def _window_items(
        self, path: str, since: str, key: str, filters: dict, page_size: int, shape: Shape
    ) -> Iterator[dict]:
        per_window, seen = MAX_LISTING // page_size * page_size, set[Any]()
        while True:
            count, last, known = 0, None, len(seen)
            for item in self.listing("GET", path, filters, page_size=page_size, limit=per_window, shape=shape):
                count, last = count + 1, item.get(key) or last
                if item["id"] not in seen:
                    seen.add(item["id"])
                    yield item
            if count < per_window:
                return
            if last is None or last == filters.get(since):
                self.note(f"{path}: more than {per_window:,} items share one {key}, so some are not here.")
                return
            if len(seen) == known:
                self.note(f"{path} repeats itself after {known:,} entries: the list ends here and may lack some.")
                return
            filters = {**filters, since: last}

    def reviews(self, *, limit: int | None = None, **filters: Any) -> list[dict]:
        """Lists the items in review, all pages. Filters: status (pending, approved ...), group_id, article_id."""
        require(limit is None or limit > 0, f"limit must be above 0, not {limit!r}.")
        size = min(MAX_PAGE_SIZE, limit or MAX_PAGE_SIZE)
        path = "/account/institution/reviews"
        pages = self._offset_pages(path, filters, size, REVIEWS)
        return list(itertools.islice(self.new_entries(pages, f"GET {path}"), limit))
