"""Views, downloads and shares, by time, place and rank."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from figshare_workbook.base.errors import require
from figshare_workbook.base.frames import frame_of
from figshare_workbook.base.identifiers import id_number, ids_of
from figshare_workbook.base.ledgers import Ledger
from figshare_workbook.base.periods import period_frame, stats_windows
from figshare_workbook.base.rules import COUNTERS, GRANULARITIES, check_days, check_range
from figshare_workbook.base.sequences import without_none
from figshare_workbook.base.shapes import Shape
from figshare_workbook.client.answer_shapes import (
    BREAKDOWN,
    TIMELINE,
    TOP,
    TOP_BY_PART,
    TOTAL,
    TOTAL_OR_NONE,
    group_counts,
)
from figshare_workbook.client.institution import Institution


class Statistics(Institution):
    """Views, downloads and shares, of items, authors, collections, groups and projects.

    `institution` is the short name in front of `.figshare.com`. With it, timeline, breakdown and top need
    the institution's stats credentials (documented); total never does.
    """

    def total(
        self,
        item: str,
        item_id: int,
        *,
        counter: str = "views",
        start_date: str | None = None,
        end_date: str | None = None,
        institution: str | None = None,
    ) -> int:
        """Counts the views (or downloads, shares) of an item, author, collection, group or project.

        Args:
            item: "article", "author", "collection", "group" or "project".
            item_id: Its id; an unknown one counts 0 (documented).
            counter: "views", "downloads" or "shares".
            start_date, end_date: `YYYY-MM-DD`, both included; both None: all time.
            institution: Short name of the institution.
        """
        check_days(start_date, end_date)
        path = _stats_path(institution, "total", counter, item, id_number(item_id, item))
        days = without_none(start_date=start_date, end_date=end_date)
        return self.ask("GET", path, params=days, service="stats", shape=TOTAL)["totals"]

    def totals(
        self,
        article_ids: Iterable[int | dict],
        counters: Sequence[str] = ("views", "downloads"),
        *,
        start_date: str | None = None,
        end_date: str | None = None,
        ledger: str | Path | None = None,
        institution: str | None = None,
    ) -> pd.DataFrame:
        """Counts views and downloads of many items.

        Args:
            article_ids: Numbers, or records that have an `id`.
            counters: Which of "views", "downloads", "shares".
            start_date, end_date: `YYYY-MM-DD`, both included; both None: all time.
            ledger: A JSONL file that keeps the counts, so that an interrupted run goes on from there. Use one file
                for each job and site.
            institution: Short name of the institution. With it and its stats credentials, one request counts up to
                1,000 items.

        Returns:
            `id` (Int64) and a column for each counter (Int64), in the order of the ids; missing where
            the service gave no number (recorded for a few items).

        Raises:
            ParameterError: The ledger is of another job or site.
            FileProblem: Another run is at work on the ledger, or it cannot be read or written.
        """
        ids, counters = ids_of(article_ids), [counters] if isinstance(counters, str) else counters
        for counter in counters:
            require(counter in COUNTERS, f"A counter is one of {', '.join(COUNTERS)}, not {counter!r}.")
        days = _days_of(start_date, end_date)
        with self.only_run(ledger):
            return self.counts_into(self.totals_ledger(ledger, **days), ids, counters, institution, **days)

    def totals_ledger(self, path: str | Path | None, **days: str) -> Ledger:
        """Returns the ledger of `totals`. Lines that hold no counts are ignored, and fetched again."""
        return self.ledger(path, " ".join(["totals", *days.values()]), _is_count)

    def counts_into(
        self,
        results: Ledger,
        ids: Sequence[int],
        counters: Sequence[str] = ("views", "downloads"),
        institution: str | None = None,
        **days: str,
    ) -> pd.DataFrame:
        """Returns what `totals` returns. It fetches what the ledger lacks; the caller holds the ledger's lock.

        Args:
            results: The ledger, from `totals_ledger` with the same days.
            ids, counters, institution: As `totals`.
            **days: `start_date` and `end_date`, or none.
        """
        missing = [number for number in ids if not set(counters) <= set(results.done.get(number, {}))]
        tops = self._top_counts(counters, institution, days) if institution and len(missing) > 1 else {}

        def count(number: int) -> dict:
            return results.add({**results.done.get(number, {}), **self._row_of_counts(number, counters, tops, days)})

        for _ in self.in_parallel(count, missing, "totals"):
            pass
        return frame_of([results.done[number] for number in ids], {"id": "int", **dict.fromkeys(counters, "int")})

    def _top_counts(self, counters: Sequence[str], institution: str, days: dict[str, str]) -> dict[str, dict[int, int]]:
        """Returns the institution's ranking of items for each counter: the count by the item's id."""
        parameters = {"count": TOP_MAX, **days}
        answers = {
            counter: self.ask(
                "GET",
                _stats_path(institution, "top", counter, "article"),
                params=parameters,
                service="stats",
                shape=TOP,
            )
            for counter in counters
        }
        return {
            counter: {int(key): value for key, value in _without_wrapper(answer, "top").items()}
            for counter, answer in answers.items()
        }

    def _row_of_counts(
        self, article_id: int, counters: Sequence[str], tops: dict[str, dict[int, int]], days: dict[str, str]
    ) -> dict:
        """Returns the row of an item: from the rankings where they have its counts, otherwise by requests."""
        row = _row_from_top(article_id, counters, tops)
        for counter in counters:
            if row[counter] is None:
                path = f"/total/{counter}/article/{article_id}"
                row[counter] = self.ask("GET", path, params=days, service="stats", shape=TOTAL_OR_NONE).get("totals")
        return row

    def totals_from_top(
        self,
        article_ids: Iterable[int | dict],
        counters: Sequence[str] = ("views", "downloads"),
        *,
        institution: str,
        start_date: str | None = None,
        end_date: str | None = None,
    ) -> pd.DataFrame:
        """Counts views and downloads of an institution's items from its rankings, with one request for each counter.

        Args:
            article_ids, counters, start_date, end_date: As `totals`.
            institution: Short name; needs its stats credentials.

        Returns:
            As `totals`. Items may be missing: a ranking has up to 1,000 items.
        """
        tops = self._top_counts(counters, institution, _days_of(start_date, end_date))
        rows = [_row_from_top(number, counters, tops) for number in ids_of(article_ids)]
        return frame_of(rows, {"id": "int", **dict.fromkeys(counters, "int")})

    def timeline(
        self,
        item: str,
        item_id: int,
        *,
        counter: str = "views",
        granularity: str = "month",
        start_date: str | None = None,
        end_date: str | None = None,
        institution: str | None = None,
        sub_item: str | None = None,
        sub_item_id: int | str | None = None,
    ) -> pd.DataFrame:
        """Counts views (or downloads, shares) over time.

        Args:
            item, item_id, counter, institution: As `total`.
            granularity: "day", "month", "year" or "total".
            start_date, end_date: `YYYY-MM-DD`, both included and both needed: without them the service would count
                this month only (documented).
            sub_item, sub_item_id: "category" or "item_type", and the id of one: count only its items.

        Returns:
            `period` (text: 2024-05-17, 2024-05, 2024 or total) and `value` (Int64). Every period is there once, with
            0 where the service has no count. A range that is too long for one request is split.
        """
        counts: Counter[str] = Counter()
        path = _range_path("timeline", item, item_id, counter, granularity, institution)
        for answer in self._window_answers(TIMELINE, path, granularity, start_date, end_date, sub_item, sub_item_id):
            counts.update(answer)
        return period_frame(counts, granularity, *check_range(start_date, end_date))

    def breakdown(
        self,
        item: str,
        item_id: int,
        *,
        counter: str = "views",
        granularity: str = "total",
        start_date: str | None = None,
        end_date: str | None = None,
        institution: str | None = None,
        sub_item: str | None = None,
        sub_item_id: int | str | None = None,
    ) -> pd.DataFrame:
        """Counts views (or downloads, shares) by country and city.

        Args:
            Those of `timeline`.

        Returns:
            `period`, `country`, `city` (text), `value` (Int64), the highest first within a period. The service
            names at most ten cities of a country (documented). The row "(other cities)" holds the rest, so that the
            rows of a country add up to its total.
        """
        counts: Counter[tuple] = Counter()
        path = _range_path("breakdown", item, item_id, counter, granularity, institution)
        for answer in self._window_answers(BREAKDOWN, path, granularity, start_date, end_date, sub_item, sub_item_id):
            for place, value in counts_by_place(answer):
                counts[place] += value
        ordered = sorted(counts.items(), key=lambda pair: (pair[0][0], pair[0][2] == OTHER_CITIES, -pair[1], pair[0]))
        return frame_of(
            [(*place, value) for place, value in ordered],
            {"period": "text", "country": "text", "city": "text", "value": "int"},
        )

    def _window_answers(
        self,
        shape: Shape,
        path: str,
        granularity: str,
        start_date: str | None,
        end_date: str | None,
        sub_item: str | None,
        sub_item_id: int | str | None,
    ) -> Iterator[dict]:
        """Yields the answer for each part of the range, without its wrapper; {} for `null`, which means no events."""
        sub_item_parameters = without_none(sub_item=sub_item, sub_item_id=sub_item_id)
        for start, end in stats_windows(granularity, *check_range(start_date, end_date)):
            days = {"start_date": start, "end_date": end}
            answer = self.ask("GET", path, params={**days, **sub_item_parameters}, service="stats", shape=shape)
            yield _without_wrapper(answer, "timeline" if shape is TIMELINE else "breakdown")

    def top(
        self,
        counter: str = "views",
        item: str = "article",
        *,
        count: int = 10,
        item_id: int | None = None,
        sub_item: str | None = None,
        start_date: str | None = None,
        end_date: str | None = None,
        institution: str | None = None,
    ) -> pd.DataFrame:
        """Ranks what was most viewed (downloaded, shared).

        Args:
            counter, item, institution: As `total`.
            count: The most rows.
            item_id: Rank only what belongs to the `item` with this id; None: rank all.
            sub_item: Rank "category", "item_type" or "referral" instead of ids; needs both dates.
            start_date, end_date: `YYYY-MM-DD`; both None: all time. A start alone means up to today. An end alone is
                refused, because the service would begin with this month (documented).

        Returns:
            `id` (Int64), or a column with the name of `sub_item` (text), and `value` (Int64), the highest first.
        """
        require(
            not sub_item or (start_date and end_date),
            f"top by {sub_item} needs start_date and end_date: without them it covers this month only.",
        )
        require(
            start_date or not end_date,
            f"top until {end_date} needs start_date too: without it Figshare begins with this month.",
        )
        check_days(start_date, end_date)
        optional_parameters = without_none(item_id=item_id, sub_item=sub_item, start_date=start_date, end_date=end_date)
        answer = self.ask(
            "GET",
            _stats_path(institution, "top", counter, item),
            params={"count": count, **optional_parameters},
            service="stats",
            shape=TOP_BY_PART if sub_item else TOP,
        )
        column, kind = (sub_item, "text") if sub_item else ("id", "int")
        ranked = sorted(_without_wrapper(answer, "top").items(), key=lambda pair: (-pair[1], pair[0]))
        return frame_of([(_corrected_place(key), value) for key, value in ranked], {column: kind, "value": "int"})

    def count_articles(self, group_ids: Iterable[int]) -> pd.DataFrame:
        """Counts the public items of each group, without those of its subgroups.

        Returns:
            `group_id` and `articles` (both Int64), in the order of `group_ids`.
        """
        ids = ids_of(group_ids, "group")
        counts = self.ask(
            "POST",
            "/count/articles",
            service="stats",
            is_repeatable=True,
            shape=group_counts(ids),
            body={"groups": [{"id": number} for number in ids]},
        )
        return frame_of([(number, counts[str(number)]) for number in ids], {"group_id": "int", "articles": "int"})


OTHER_CITIES = "(other cities)"
TOP_MAX = 1000  # the highest `count` that local Figshare takes; Figshare documents none


def _row_from_top(article_id: int, counters: Sequence[str], tops: dict[str, dict[int, int]]) -> dict[str, int | None]:
    """Returns the row of an item from the rankings of the counters; None for a count that they do not tell.

    A ranking that is shorter than another one is complete. So an item that is in another ranking, which shows
    that it is the institution's, and not in this one counts 0. Otherwise a ranking may have been cut.
    """
    is_own = any(article_id in top for top in tops.values())
    longest = min(TOP_MAX, max(map(len, tops.values()), default=0))
    tops_by_counter = {counter: tops.get(counter, {}) for counter in counters}
    return {
        "id": article_id,
        **{
            counter: top.get(article_id, 0 if is_own and len(top) < longest else None)
            for counter, top in tops_by_counter.items()
        },
    }


def _days_of(start_date: str | None, end_date: str | None) -> dict[str, str]:
    """Returns both days as query parameters; {} where both are absent, which means all time."""
    if not start_date and not end_date:
        return {}
    start, end = check_range(start_date, end_date)
    return {"start_date": start, "end_date": end}


def _is_count(record: dict) -> bool:
    """Tells whether the counts in a line of a ledger are numbers, or None where the service gave no number."""
    numbers = [record["id"], *(value for name, value in record.items() if name in COUNTERS and value is not None)]
    return all(isinstance(number, int) for number in numbers)


def _stats_path(institution: str | None, *parts: Any) -> str:
    return "/" + "/".join(str(part) for part in ((institution,) if institution else ()) + parts)


def _range_path(endpoint: str, item: str, item_id: int, counter: str, granularity: str, institution: str | None) -> str:
    require(
        granularity in GRANULARITIES, f"granularity must be one of {', '.join(GRANULARITIES)}, not {granularity!r}."
    )
    return _stats_path(institution, endpoint, granularity, counter, item, id_number(item_id, item))


def _without_wrapper(answer: dict, wrapper: str) -> dict:
    """Returns the dict inside a wrapper such as `{"top": {...}}`; {} for null, the answer itself without a wrapper."""
    return answer.get(wrapper, answer) or {}


def _corrected_place(name: str) -> str:
    """Returns the name of a place with its spelling corrected: the service also writes `Unkown` (documented)."""
    return "Unknown" if name == "Unkown" else name


def counts_by_place(answer: dict) -> Iterator[tuple[tuple[str, str, str], int]]:
    """Yields `(period, country, city), value`.

    In the answer `total` stands among the cities. Its difference from their sum is yielded as the other cities.
    """
    for period, countries in answer.items():
        for country, cities in countries.items():
            city_counts = {city: value for city, value in cities.items() if city != "total"}
            for city, value in city_counts.items():
                yield (period, _corrected_place(country), _corrected_place(city)), value
            if other_cities := cities.get("total", sum(city_counts.values())) - sum(city_counts.values()):
                yield (period, _corrected_place(country), OTHER_CITIES), other_cities
