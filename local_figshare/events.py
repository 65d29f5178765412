"""Views, downloads and shares of every item by day and by place, computed instead of stored.

A catalogue says how often an item was viewed, downloaded and shared in all, and nothing of when and
from where. This module computes the rest by formulas, so that all answers agree: the days of a month add up to the
month, months to years, years to the total, and cities and countries to the total too.

Of an item with N events the first floor(N F(d) + phase) have happened by the end of day d. F grows from
0 before the day of publication to 1 on the catalogue's last day, faster on a Tuesday in October than on a
Sunday in July, and fastest just after publication; the phase, a fraction of its own for every item, keeps
rare events of different items apart. Events have numbers, 0 to N - 1, and a hash of item, counter and
number says from which city and by which link each came. Nothing here is random and nothing knows a clock.

All of this is our choice: Figshare publishes no daily data to compare with.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import accumulate
from pathlib import Path

import numpy as np

COUNTERS = ("views", "downloads", "shares")
UNKNOWN = "Unknown"

# Days are counted from 1970-01-01, as numpy counts them. Events outside these years do not exist.
FIRST_DAY, LAST_DAY = (int(np.datetime64(text, "D").astype(int)) for text in ("2000-01-01", "2069-12-31"))

WEEKDAYS = np.array([1.15, 1.25, 1.22, 1.18, 1.0, 0.55, 0.65])  # from Monday
MONTHS = np.array([0.9, 1.05, 1.12, 1.06, 1.02, 0.86, 0.72, 0.74, 1.02, 1.22, 1.2, 0.8])  # from January
BURST = 0.25  # share of an item's events that come soon after its publication (binary fraction: sums stay exact)
BURST_DECAY = float(np.exp(-1 / 30))  # what is left of that burst from one day to the next

SLOTS = 1 << 16  # entries of the tables from which places and links are drawn
CELLS = 500_000  # numbers in memory at once

# Links that lead to an item, with their weights.
REFERRERS = {
    "www.google.com": 400,
    "scholar.google.com": 180,
    "figshare.com": 120,
    "doi.org": 90,
    "www.bing.com": 45,
    "github.com": 40,
    "journals.plos.org": 35,
    "www.nature.com": 30,
    "t.co": 28,
    "www.researchgate.net": 25,
    "duckduckgo.com": 22,
    "en.wikipedia.org": 20,
    "www.baidu.com": 18,
    "www.facebook.com": 15,
    "link.springer.com": 14,
    "www.sciencedirect.com": 13,
    "www.linkedin.com": 10,
    "datasetsearch.research.google.com": 9,
    "www.reddit.com": 8,
    "orcid.org": 6,
    "www.ecosia.org": 4,
    "www.mendeley.com": 3,
    UNKNOWN: 65,
}


def hash_numbers(numbers: np.ndarray) -> np.ndarray:
    """Returns a well-spread 64-bit hash of each number (the splitmix64 finaliser)."""
    numbers = (numbers ^ (numbers >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    numbers = (numbers ^ (numbers >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return numbers ^ (numbers >> np.uint64(31))


def fractions(numbers: np.ndarray) -> np.ndarray:
    """Returns a hash of each number in [0, 1), of 24 bits: added to a whole number it never rounds up to the next."""
    return (hash_numbers(numbers) >> np.uint64(40)) / float(1 << 24)


def _calendar() -> tuple[np.ndarray, np.ndarray]:
    """Returns two sums of the days' weights.

    The first is up to each day, the second from each day on, where later days count less and less.
    """
    days = np.arange(FIRST_DAY, LAST_DAY + 1)
    months = days.astype("datetime64[D]").astype("datetime64[M]").astype(int) % 12
    weights = WEEKDAYS[(days + 3) % 7] * MONTHS[months] * (0.8 + 0.4 * fractions(days.astype(np.uint64)))
    weights_from_on = list(accumulate(weights[::-1], lambda later, today: today + BURST_DECAY * later))
    return np.cumsum(weights), np.array(weights_from_on[::-1])


WEIGHTS_UP_TO, WEIGHTS_FROM_ON = _calendar()
FADING = BURST_DECAY ** np.arange(LAST_DAY - FIRST_DAY + 2)


@dataclass(frozen=True)
class Counts:
    """One counter of many items.

    Attributes:
        counter: ``views``, ``downloads`` or ``shares``.
        ids: item ids, shape (n,).
        published: day of publication of each, in days since 1970-01-01, shape (n,).
        totals: number of events of each, shape (n,).
        last_day: the day on which the totals are reached, in days since 1970-01-01.
    """

    counter: str
    ids: np.ndarray
    published: np.ndarray
    totals: np.ndarray
    last_day: int

    def __len__(self) -> int:
        return len(self.ids)

    @property
    def seeds(self) -> np.ndarray:
        """A number for each item and counter that no other has, shape (n,)."""
        return hash_numbers(self.ids.astype(np.uint64) * np.uint64(4) + np.uint64(COUNTERS.index(self.counter)))

    def up_to(self, days: np.ndarray) -> np.ndarray:
        """Returns how many events have happened by the end of each day.

        Args:
            days: days since 1970-01-01, shape (m,).

        Returns:
            Numbers that never fall from a day to a later one, int64, shape (n, m).
        """
        published, row = np.unique(self.published, return_inverse=True)
        shares = share_passed(published, days, self.last_day)[row]
        shares *= self.totals[:, None]
        shares += fractions(self.seeds)[:, None]
        return shares.astype(np.int64)  # nothing is negative, so this rounds down

    def by_item(self, first: int, last: int) -> np.ndarray:
        """Returns events of each item from day `first` to day `last`, both included, int64, shape (n,)."""
        return np.diff(self.up_to(np.array([first - 1, max(last, first - 1)])), axis=1)[:, 0]

    def by_period(self, edges: np.ndarray) -> np.ndarray:
        """Returns events of all items together in each period.

        Args:
            edges: the day before the first period, then the last day of each, shape (m + 1,).

        Returns:
            Sums, int64, shape (m,).
        """
        sums = np.zeros(len(edges), np.int64)
        for part in self._parts(len(edges)):
            sums += part.up_to(edges).sum(axis=0)
        return np.diff(sums)

    def by_place(self, edges: np.ndarray) -> np.ndarray:
        """Returns events of all items together in each period from each place, int64, shape (m, len(PLACES))."""
        return self._by_kind(PLACE_OF, len(PLACES), edges, salt=1)

    def by_referrer(self, first: int, last: int) -> np.ndarray:
        """Returns events of all items together by each link that led there, int64, shape (len(REFERRERS),)."""
        return self._by_kind(REFERRER_OF, len(REFERRERS), np.array([first - 1, last]), salt=2)[0]

    def _parts(self, width: int) -> Iterator[Counts]:
        """Yields the items in parts, so that a table with `width` columns stays below `CELLS` numbers."""
        step = max(CELLS // width, 1)
        for start in range(0, len(self), step):
            part = slice(start, start + step)
            yield replace(self, ids=self.ids[part], published=self.published[part], totals=self.totals[part])

    def _by_kind(self, kind_of: np.ndarray, kinds: int, edges: np.ndarray, salt: int) -> np.ndarray:
        """Returns events by period and kind, int64, shape (m, kinds).

        Args:
            kind_of: the kind that each value of 16 bits of an event's hash stands for.
            kinds: number of kinds.
            edges: the day before the first period, then the last day of each, shape (m + 1,).
            salt: a number that makes the hashes of places and links differ.
        """
        periods = len(edges) - 1
        table = np.zeros(periods * kinds, np.int64)
        for part in self._parts(len(edges)):
            for period, key in part.events_between(edges):
                kind = kind_of[hash_numbers(key + np.uint64(salt)) >> np.uint64(48)]
                table += np.bincount(period * kinds + kind, minlength=len(table))
        return table.reshape(periods, kinds)

    def events_between(self, edges: np.ndarray) -> Iterator[tuple[np.ndarray, np.ndarray]]:
        """Yields every event between the edges, in parts: the period of each, and a number that no other has."""
        up_to, seeds, periods = self.up_to(edges), self.seeds, len(edges) - 1
        bounds = np.concatenate([[0], np.cumsum(np.diff(up_to, axis=1))])  # of the cells (item, period)
        shift = up_to[:, 0] - bounds[:-1:periods]  # from an event's place in this list to its number
        for first in range(0, int(bounds[-1]), CELLS):
            last = min(first + CELLS, int(bounds[-1]))
            low, high = np.searchsorted(bounds, [first, last], "right")
            sizes = np.diff(np.clip(bounds[low - 1 : high + 1], first, last))
            item, period = np.divmod(np.repeat(np.arange(low - 1, low - 1 + len(sizes)), sizes), periods)
            number = np.arange(first, last) + shift[item]
            yield period, seeds[item] + number.astype(np.uint64) * np.uint64(0x9E3779B97F4A7C15)


def share_passed(published: np.ndarray, days: np.ndarray, last_day: int) -> np.ndarray:
    """Returns the share of each item's events that has happened by the end of each day.

    Args:
        published: days of publication, shape (n,).
        days: days asked for, shape (m,).
        last_day: the day on which all events have happened.

    Returns:
        Shares between 0 and 1, shape (n, m): exactly 0 before publication and exactly 1 from `last_day` on.
    """
    end = min(max(last_day, FIRST_DAY + 1), LAST_DAY - 1)
    start = np.clip(published, FIRST_DAY + 1, end)[:, None]
    day = np.clip(days, FIRST_DAY, end)[None, :]
    share = (1 - BURST) * _steady(start, day, end) + BURST * _burst(start, day, end)
    return np.where(day < start, 0.0, share)


def _steady(start: np.ndarray, day: np.ndarray, end: int) -> np.ndarray:
    """Returns the share of the weights from `start` to `end` that has passed: exactly 1 on `end`."""
    before = WEIGHTS_UP_TO[start - 1 - FIRST_DAY]
    return (WEIGHTS_UP_TO[day - FIRST_DAY] - before) / (WEIGHTS_UP_TO[end - FIRST_DAY] - before)


def _burst(start: np.ndarray, day: np.ndarray, end: int) -> np.ndarray:
    """Returns the same share where every day counts for less than the one before it."""
    whole = WEIGHTS_FROM_ON[start - FIRST_DAY]

    def weight_left(day: np.ndarray | int) -> np.ndarray:
        return FADING[np.maximum(day + 1 - start, 0)] * WEIGHTS_FROM_ON[day + 1 - FIRST_DAY]

    return (whole - weight_left(day)) / (whole - weight_left(end))


def _slot_table(weights: np.ndarray) -> np.ndarray:
    """Returns a table of `SLOTS` entries in which each number i stands in proportion to weight i."""
    ends = np.rint(np.cumsum(weights) / np.sum(weights) * SLOTS).astype(int)
    return np.repeat(np.arange(len(weights)), np.diff(ends, prepend=0))


def _weighted_cities(row: dict[str, str]) -> Iterator[tuple[str, str, float]]:
    """Yields country, city and weight of each city of a country, the largest first, and of its unknown cities."""
    names = [name for name in row["cities"].split(";") if name]
    sizes = [1 / (rank + 2) for rank in range(len(names))]
    # Figshare's answers hold both spellings, so clients must know both.
    spelling = "Unkown" if len(names) == 1 else UNKNOWN
    for name, size in zip([*names, spelling], [*sizes, 0.15], strict=True):
        yield row["country"], name, float(row["weight"]) * size / (sum(sizes) + 0.15)


def _places() -> tuple[list[tuple[str, str]], np.ndarray]:
    with open(Path(__file__).with_name("places.csv"), encoding="utf-8", newline="") as file:
        rows = [place for row in csv.DictReader(file) for place in _weighted_cities(row)]
    return [(country, city) for country, city, _ in rows], _slot_table(np.array([weight for *_, weight in rows]))


PLACES, PLACE_OF = _places()  # (country, city) of each place; the place of each slot
REFERRER_OF = _slot_table(np.array(list(REFERRERS.values())))
