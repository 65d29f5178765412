"""Small steps with lists and dictionaries that several rooms take."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any


def without_none(**values: Any) -> dict[str, Any]:
    """Only the parameters that have a value."""
    return {name: value for name, value in values.items() if value is not None}


def unique_by_id(items: Iterable[dict]) -> Iterator[dict]:
    """Each item the first time that its id comes."""
    seen = set()
    for item in items:
        if item["id"] not in seen:
            seen.add(item["id"])
            yield item


def unique(items: Iterable[dict]) -> list[dict]:
    """The items without repetitions, in order; for joining the hits of several searches."""
    return list(unique_by_id(items))
