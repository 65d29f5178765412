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
from figshare_workbook.client.expected import (
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
        """Counts all views (or downloads, shares) of one thing, ever or between two dates.

        Args:
            item: "article", "author", "collection", "group" or "project".
            item_id: Its id; an unknown one counts 0 (documented).
            counter: "views", "downloads" or "shares".
            start_date, end_date: `YYYY-MM-DD`, both included.
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
        """Counts views and downloads of many items, ever or between two dates.

        Args:
            article_ids: Numbers, or records that have an `id`.
            counters: Which of "views", "downloads", "shares".
            start_date, end_date: `YYYY-MM-DD`, both included, and both or none of them.
            ledger: A JSONL file that keeps what was counted: an interrupted run goes on from it. One for
                each job and site.
            institution: With its stats credentials, one request brings up to 1,000 items.

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
        """Returns the ledger of `totals`; what is no count in it is asked for again."""
        return self.ledger(path, " ".join(["totals", *days.values()]), _is_count)

    def counts_into(
        self,
        results: Ledger,
        ids: Sequence[int],
        counters: Sequence[str] = ("views", "downloads"),
        institution: str | None = None,
        **days: str,
    ) -> pd.DataFrame:
        """Returns what `totals` gives, by way of a ledger that no other run has; `days`: its dates, or none."""
        missing = [number for number in ids if not set(counters) <= set(results.done.get(number, {}))]
        tops = self._top_counts(counters, institution, days) if institution and len(missing) > 1 else {}
        for _ in self.in_parallel(
            lambda number: results.add(self._row_of_counts(number, counters, tops, days)), missing, "totals"
        ):
            pass
        return frame_of([results.done[number] for number in ids], {"id": "int", **dict.fromkeys(counters, "int")})

    def _top_counts(self, counters: Sequence[str], institution: str, days: dict[str, str]) -> dict[str, dict[int, int]]:
        """Returns for each counter the institution's most counted items: id and number."""
        question = {"count": TOP_MAX, **days}
        answers = {
            counter: self.ask(
                "GET", _stats_path(institution, "top", counter, "article"), params=question, service="stats", shape=TOP
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
        """Makes one row: from the top lists where they hold the item, otherwise by requests."""
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
        """Counts views and downloads of an institution's items as far as its lists of the most counted tell them.

        Args:
            article_ids, counters, start_date, end_date: As `totals`.
            institution: Short name; needs its stats credentials. One request for each counter.

        Returns:
            As `totals`; missing where the lists do not tell: they name up to 1,000 items.
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
            start_date, end_date: `YYYY-MM-DD`, both included; always needed, since the service would
                otherwise answer for this month only (documented).
            sub_item, sub_item_id: Count only "category" or "item_type" of this number.

        Returns:
            `period` (text: 2024-05-17, 2024-05, 2024 or total) and `value` (Int64), every period once, 0
            where the service says nothing. A long range is asked for in pieces that the service does not cut.
        """
        counts: Counter[str] = Counter()
        path = _range_path("timeline", item, item_id, counter, granularity, institution)
        for answer in self._stats_windows(TIMELINE, path, granularity, start_date, end_date, sub_item, sub_item_id):
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
            `period`, `country`, `city` (text), `value` (Int64), most viewed first within a period. The
            service names ten cities a country at most (documented): the rest is the row "(other cities)", so
            that a country's rows add up to its total.
        """
        counts: Counter[tuple] = Counter()
        path = _range_path("breakdown", item, item_id, counter, granularity, institution)
        for answer in self._stats_windows(BREAKDOWN, path, granularity, start_date, end_date, sub_item, sub_item_id):
            for place, value in places_in(answer):
                counts[place] += value
        ordered = sorted(counts.items(), key=lambda pair: (pair[0][0], pair[0][2] == OTHER_CITIES, -pair[1], pair[0]))
        return frame_of(
            [(*place, value) for place, value in ordered],
            {"period": "text", "country": "text", "city": "text", "value": "int"},
        )

    def _stats_windows(
        self,
        shape: Shape,
        path: str,
        granularity: str,
        start_date: str | None,
        end_date: str | None,
        sub_item: str | None,
        sub_item_id: int | str | None,
    ) -> Iterator[dict]:
        """Yields the answers for each window of the range, unwrapped; no events is `null` (recorded)."""
        more = without_none(sub_item=sub_item, sub_item_id=sub_item_id)
        for start, end in stats_windows(granularity, *check_range(start_date, end_date)):
            days = {"start_date": start, "end_date": end}
            answer = self.ask("GET", path, params={**days, **more}, service="stats", shape=shape)
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
        """Ranks the most viewed (downloaded, shared) things.

        Args:
            counter, item, institution: As `total`.
            count: How many.
            item_id: Inside this one; None: of all.
            sub_item: Rank its "category", "item_type" or "referral" instead; wants both dates.
            start_date, end_date: `YYYY-MM-DD`; both None: all time. A start alone reaches to today; an end
                alone would begin with this month (documented), so it is refused.

        Returns:
            `id` (Int64), or the column named by `sub_item` (text), and `value` (Int64), highest first.
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
        more = without_none(item_id=item_id, sub_item=sub_item, start_date=start_date, end_date=end_date)
        answer = self.ask(
            "GET",
            _stats_path(institution, "top", counter, item),
            params={"count": count, **more},
            service="stats",
            shape=TOP_BY_PART if sub_item else TOP,
        )
        name, kind = (sub_item, "text") if sub_item else ("id", "int")
        ranked = sorted(_without_wrapper(answer, "top").items(), key=lambda pair: (-pair[1], pair[0]))
        return frame_of([(_tidy_place(key), value) for key, value in ranked], {name: kind, "value": "int"})

    def count_articles(self, group_ids: Iterable[int]) -> pd.DataFrame:
        """Counts the public items of each group, its subgroups not included.

        Returns:
            `group_id` and `articles` (both Int64), in the order given.
        """
        ids = ids_of(group_ids, "group")
        counts = self.ask(
            "POST",
            "/count/articles",
            service="stats",
            is_read=True,
            shape=group_counts(ids),
            body={"groups": [{"id": number} for number in ids]},
        )
        return frame_of([(number, counts[str(number)]) for number in ids], {"group_id": "int", "articles": "int"})


OTHER_CITIES = "(other cities)"
TOP_MAX = 1000  # the highest `count` that local Figshare takes; Figshare documents none


def _row_from_top(article_id: int, counters: Sequence[str], tops: dict[str, dict[int, int]]) -> dict[str, int | None]:
    """Makes one row from the top lists; None where they do not hold the item.

    The service may cut a list before what was asked for. One that is shorter than another is not cut:
    an item that the other shows to be the institution's own, and that is not in it, counts 0.
    """
    is_own = any(article_id in top for top in tops.values())
    cut = min(TOP_MAX, max(map(len, tops.values()), default=0))
    tops_by_counter = {counter: tops.get(counter, {}) for counter in counters}
    return {
        "id": article_id,
        **{
            counter: top.get(article_id, 0 if is_own and len(top) < cut else None)
            for counter, top in tops_by_counter.items()
        },
    }


def _days_of(start_date: str | None, end_date: str | None) -> dict[str, str]:
    """Returns the two days as the service takes them, or nothing: all time."""
    if not start_date and not end_date:
        return {}
    start, end = check_range(start_date, end_date)
    return {"start_date": start, "end_date": end}


def _is_count(record: dict) -> bool:
    """Tells whether a ledger's line holds counts, or None where the service gave none."""
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
    """Takes the wrapper off: `{"top": {...}}`, the same without it, and `{"timeline": null}` all become a dict."""
    return answer.get(wrapper, answer) or {}


def _tidy_place(name: str) -> str:
    """Returns the name of a place; the service also writes `Unkown` (documented)."""
    return "Unknown" if name == "Unkown" else name


def places_in(answer: dict) -> Iterator[tuple[tuple[str, str, str], int]]:
    """Yields `(period, country, city), value`; `total` stands among the cities, and may exceed their sum."""
    for period, countries in answer.items():
        for country, cities in countries.items():
            named = {city: value for city, value in cities.items() if city != "total"}
            for city, value in named.items():
                yield (period, _tidy_place(country), _tidy_place(city)), value
            if rest := cities.get("total", sum(named.values())) - sum(named.values()):
                yield (period, _tidy_place(country), OTHER_CITIES), rest
