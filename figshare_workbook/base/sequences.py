"""Small helpers for lists and dictionaries that several modules use."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, NoReturn


def without_none(**values: Any) -> dict[str, Any]:
    """Returns the parameters that are not None."""
    return {name: value for name, value in values.items() if value is not None}


class Listing(Iterator[dict]):
    """A lazy iterator of items. What needs a list (len, an index, a test for emptiness) raises an error that says so.

    Our choice: a second loop over a finished iterator is an error, since it would silently find nothing.
    """

    def __init__(self, name: str, items: Iterable[dict]):
        self._name, self._items, self._is_over = name, iter(items), False

    def __iter__(self) -> Iterator[dict]:
        if self._is_over:
            raise TypeError(
                f"This result of {self._name} was read to its end, and gives its items once. "
                "Keep them: items = list(...), then use items as often as you like."
            )
        return self

    def __next__(self) -> dict:
        try:
            return next(self._items)
        except StopIteration:
            self._is_over = True
            raise

    def __repr__(self) -> str:
        return f"<{self._name}: use list(...) or a loop>"

    def __len__(self) -> NoReturn:
        self._raise_list_needed("has no length", "items = list(...), then len(items)")

    def __getitem__(self, index: Any) -> NoReturn:
        self._raise_list_needed("cannot be indexed", "items = list(...), then items[0]; limit=5 asks for five only")

    def __bool__(self) -> NoReturn:
        self._raise_list_needed("is neither true nor false", "items = list(...), then if items:")

    def _raise_list_needed(self, problem: str, fix: str) -> NoReturn:
        raise TypeError(
            f"This result of {self._name} {problem}, because its items are fetched one by one. Write {fix}."
        )


def unique_by_id(items: Iterable[dict]) -> Iterator[dict]:
    """Yields each item at the first occurrence of its id."""
    seen = set()
    for item in items:
        if item["id"] not in seen:
            seen.add(item["id"])
            yield item


def unique(items: Iterable[dict]) -> list[dict]:
    """Returns the items without repetitions, in order; for joining the hits of several searches."""
    return list(unique_by_id(items))
