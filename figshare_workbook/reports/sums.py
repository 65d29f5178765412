"""One timeline, one breakdown for several things."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import pandas as pd

from figshare_workbook.base.frames import frame_of
from figshare_workbook.base.identifiers import ids_of
from figshare_workbook.base.periods import period_frame
from figshare_workbook.base.rules import check_range
from figshare_workbook.client.connect import Figshare


def summed_timeline_frame(figshare: Figshare, item: str, item_ids: Iterable[int], **options: Any) -> pd.DataFrame:
    """Adds up one timeline for several things, e.g. a group and its subgroups.

    Args:
        figshare: The client.
        item: "article", "author", "collection", "group" or "project".
        item_ids: Their ids. What belongs to two of them is counted twice; an item has one group only.
        **options: counter, granularity, start_date, end_date, institution of `timeline`.

    Returns:
        period (text), value (Int64), as `timeline`; only zeros where there is no id.
    """
    check_range(options.get("start_date"), options.get("end_date"))
    counts: Counter[str] = Counter()
    for frame in figshare.in_parallel(
        lambda number: figshare.timeline(item, number, **options), ids_of(item_ids, item), "timelines"
    ):
        counts.update(dict(zip(frame["period"], frame["value"], strict=True)))
    return period_frame(counts, options.get("granularity", "month"), options["start_date"], options["end_date"])


def summed_breakdown_frame(figshare: Figshare, item: str, item_ids: Iterable[int], **options: Any) -> pd.DataFrame:
    """Adds up one breakdown for several things; arguments as `summed_timeline_frame`.

    Returns:
        country (text) and value (Int64), highest first.
    """
    check_range(options.get("start_date"), options.get("end_date"))
    counts: Counter[str] = Counter()
    for frame in figshare.in_parallel(
        lambda number: figshare.breakdown(item, number, **options), ids_of(item_ids, item), "countries"
    ):
        counts.update(frame.groupby("country")["value"].sum().to_dict())
    ordered = sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))
    return frame_of(ordered, {"country": "text", "value": "int"})


def timelines_frame(
    figshare: Figshare,
    item: str,
    item_ids: Iterable[int],
    counters: Sequence[str] = ("views", "downloads"),
    **options: Any,
) -> pd.DataFrame:
    """Fetches the timelines of several things, one below the other; a request for each, each counter and two years.

    Args:
        figshare: The client.
        item, item_ids: As `summed_timeline_frame`.
        counters: Which of "views", "downloads", "shares".
        **options: granularity, start_date, end_date, institution of `timeline`.

    Returns:
        `ITEM_id` (Int64), period (text) and a column for each counter (Int64), every period once for each thing.
    """
    check_range(options.get("start_date"), options.get("end_date"))
    ids, key = ids_of(item_ids, item), f"{item}_id"
    counters = [counters] if isinstance(counters, str) else counters
    pairs = [(number, counter) for number in ids for counter in counters]
    answers = figshare.in_parallel(
        lambda pair: figshare.timeline(item, pair[0], counter=pair[1], **options), pairs, "timelines"
    )
    rows: dict[tuple, dict] = {}
    for (number, counter), frame in zip(pairs, answers, strict=True):
        for period, value in zip(frame["period"], frame["value"], strict=True):
            rows.setdefault((number, period), {key: number, "period": period})[counter] = value
    timelines = frame_of(rows.values(), {key: "int", "period": "text", **dict.fromkeys(counters, "int")})
    timelines.attrs["options"] = {"granularity": "month", **options}
    return timelines


def added_timelines_frame(timelines: pd.DataFrame, counter: str = "views") -> pd.DataFrame:
    """Adds up the things of a `timelines_frame` to one timeline: period (text), value (Int64), as `timeline`."""
    options, counts = timelines.attrs["options"], timelines.groupby("period")[counter].sum().to_dict()
    return period_frame(Counter(counts), options["granularity"], options["start_date"], options["end_date"])


def comparison_frame(now: Mapping[str, int], before: Mapping[str, int], ever: Mapping[str, int]) -> pd.DataFrame:
    """Puts numbers of a period beside those of an earlier one and of all time.

    Args:
        now, before, ever: Numbers by what they count, the same names in each.

    Returns:
        what (text), period, before, ever (Int64), change (float, per cent; missing where there was nothing before).
    """
    rows = [
        (what, number, before[what], _change_in_percent(number, before[what]), ever[what])
        for what, number in now.items()
    ]
    return frame_of(rows, {"what": "text", "period": "int", "before": "int", "change": "float", "ever": "int"})


def _change_in_percent(number: int, before: int) -> float | None:
    return round(100 * (number - before) / before, 1) if before else None


def side_by_side_frame(frames: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """Puts timelines side by side, e.g. a period's and the year before's; they must have as many rows.

    Returns:
        period (text, of the first) and a column (Int64) for each timeline, by its name.
    """
    lines = list(frames.values())
    rows = zip(lines[0]["period"], *(line["value"] for line in lines), strict=True)
    return frame_of(rows, {"period": "text", **dict.fromkeys(frames, "int")})
