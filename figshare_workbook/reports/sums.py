"""One timeline, one breakdown for several things."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Any

import pandas as pd

from figshare_workbook.base.frames import frame_of
from figshare_workbook.base.identifiers import ids_of
from figshare_workbook.base.periods import period_frame
from figshare_workbook.base.rules import check_range
from figshare_workbook.client.connect import Figshare


def summed_timeline(figshare: Figshare, item: str, item_ids: Iterable[int], **question: Any) -> pd.DataFrame:
    """One timeline for several things, e.g. a group and its subgroups.

    Args:
        figshare: The client.
        item: "article", "author", "collection", "group" or "project".
        item_ids: Their ids. What belongs to two of them is counted twice; an item has one group only.
        **question: counter, granularity, start_date, end_date, institution of `timeline`.

    Returns:
        period (text), value (Int64), as `timeline`; only zeros where there is no id.
    """
    check_range(question.get("start_date"), question.get("end_date"))
    counts: Counter[str] = Counter()
    for frame in figshare.in_parallel(lambda number: figshare.timeline(item, number, **question),
                               ids_of(item_ids, item), "timelines"):
        counts.update(dict(zip(frame["period"], frame["value"], strict=True)))
    return period_frame(counts, question.get("granularity", "month"), question["start_date"],
                         question["end_date"])


def summed_breakdown(figshare: Figshare, item: str, item_ids: Iterable[int], **question: Any) -> pd.DataFrame:
    """One breakdown for several things; arguments as `summed_timeline`.

    Returns:
        country (text) and value (Int64), highest first.
    """
    check_range(question.get("start_date"), question.get("end_date"))
    counts: Counter[str] = Counter()
    for frame in figshare.in_parallel(lambda number: figshare.breakdown(item, number, **question),
                               ids_of(item_ids, item), "countries"):
        counts.update(frame.groupby("country")["value"].sum().to_dict())
    ordered = sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))
    return frame_of(ordered, {"country": "text", "value": "int"})
