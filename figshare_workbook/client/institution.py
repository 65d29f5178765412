"""The institution's items, accounts and reviews, which an administrator may list."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import Any

from figshare_workbook.base.errors import require
from figshare_workbook.base.rules import MAX_LISTING, MAX_PAGE_SIZE
from figshare_workbook.base.sequences import Listing
from figshare_workbook.base.shapes import Shape
from figshare_workbook.client.answer_shapes import ACCOUNTS, ENTRIES, REVIEWS
from figshare_workbook.client.downloads import Downloads
from figshare_workbook.client.many_requests import list_name


class Institution(Downloads):
    """The institution that the token belongs to. Most of it needs an administrator's token."""

    def institution_articles(
        self, *, limit: int | None = None, page_size: int = MAX_PAGE_SIZE, **filters: Any
    ) -> Iterator[dict]:
        """Lists all items of the institution, drafts too, also above the limit of 9,000 for one listing.

        Args:
            limit: The most items to list; None: all.
            page_size: Items that one request fetches, 1 to 1000.
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
        """Lists all accounts of the institution, also above the limit of 9,000 for one listing.

        Filters: is_active, email, id_gte, id_lte.
        """
        return self._list_by_windows(
            "/account/institution/accounts", "id_gte", "id", filters, limit, page_size, ACCOUNTS
        )

    def _list_by_windows(
        self, path: str, since: str, key: str, filters: dict, limit: int | None, page_size: int, shape: Shape = ENTRIES
    ) -> Iterator[dict]:
        """Lists all entries of a path that has no cursor: in windows, each of which begins where the last one ended.

        Args:
            path: The path.
            since: The filter that begins a window, such as `modified_since`.
            key: The field by which the entries are ordered, such as `modified_date`.
            filters: The other filters.
            limit, page_size: As `listing`.
            shape: The shape of a page.
        """
        self.listing("GET", path, {}, limit=limit, page_size=page_size)  # only checks the numbers; sends nothing
        items = self._window_items(path, since, key, filters, min(page_size, limit or page_size), shape)
        return Listing(list_name(path), itertools.islice(items, limit))

    def _window_items(
        self, path: str, since: str, key: str, filters: dict, page_size: int, shape: Shape
    ) -> Iterator[dict]:
        """Yields the entries of `_list_by_windows`; a note says where some may be missing."""
        per_window, seen = MAX_LISTING // page_size * page_size, set[Any]()
        while True:
            count, last_value, count_before = 0, None, len(seen)
            for item in self.listing("GET", path, filters, page_size=page_size, limit=per_window, shape=shape):
                count, last_value = count + 1, item.get(key) or last_value
                if item["id"] not in seen:
                    seen.add(item["id"])
                    yield item
            if count < per_window:
                return
            if last_value is None or last_value == filters.get(since):
                self.note(f"{path}: more than {per_window:,} items share one {key}, so some are not here.")
                return
            if len(seen) == count_before:
                self.note(
                    f"{path} repeats itself after {count_before:,} entries: the list ends here and may lack some."
                )
                return
            filters = {**filters, since: last_value}

    def reviews(self, *, limit: int | None = None, **filters: Any) -> list[dict]:
        """Lists the items in review, all pages. Filters: status (pending, approved ...), group_id, article_id."""
        require(limit is None or limit > 0, f"limit must be above 0, not {limit!r}.")
        size = min(MAX_PAGE_SIZE, limit or MAX_PAGE_SIZE)
        path = "/account/institution/reviews"
        pages = self._offset_pages(path, filters, size, REVIEWS)
        return list(itertools.islice(self.new_entries(pages, f"GET {path}"), limit))
