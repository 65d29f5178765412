"""Small steps with lists and dictionaries that several rooms take."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, NoReturn


def without_none(**values: Any) -> dict[str, Any]:
    """Returns only the parameters that have a value."""
    return {name: value for name, value in values.items() if value is not None}


class Listing(Iterator[dict]):
    """Items that come one by one, as they are asked for; it shows itself, and says what a list is needed for.

    Our choice: a second loop over what was read to its end is an error, since it would find nothing.
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
        self._needs_a_list("has no length", "items = list(...), then len(items)")

    def __getitem__(self, place: Any) -> NoReturn:
        self._needs_a_list("cannot be indexed", "items = list(...), then items[0]; limit=5 asks for five only")

    def __bool__(self) -> NoReturn:
        self._needs_a_list("is neither true nor false", "items = list(...), then if items:")

    def _needs_a_list(self, what: str, fix: str) -> NoReturn:
        raise TypeError(f"This result of {self._name} {what}, because its items are fetched one by one. Write {fix}.")


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
