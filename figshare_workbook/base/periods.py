"""Days, months and years: splits a range of dates, and makes a row for every period."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import date, timedelta

import pandas as pd

from figshare_workbook.base.frames import frame_of

_SPAN_YEARS = {"day": 1, "month": 2, "year": 5, "total": 1}  # the longest range that breakdown answers (documented)
PERIOD_FORMATS = {"day": "%Y-%m-%d", "month": "%Y-%m", "year": "%Y", "total": "total"}


def stats_windows(granularity: str, start_date: str, end_date: str) -> Iterator[tuple[str, str]]:
    """Yields first and last day of each part of a range; every part is short enough for the stats service.

    A part ends where a period ends.
    """
    start, end = date.fromisoformat(start_date), date.fromisoformat(end_date)
    while start <= end:
        next_start = _years_later(start, _SPAN_YEARS[granularity])
        if granularity == "month":
            next_start = next_start.replace(day=1)
        elif granularity == "year":
            next_start = next_start.replace(month=1, day=1)
        window_end = min(end, next_start - timedelta(days=1))
        yield start.isoformat(), window_end.isoformat()
        start = window_end + timedelta(days=1)


def _years_later(day: date, years: int) -> date:
    try:
        return day.replace(year=day.year + years)
    except ValueError:  # 29 February
        return day.replace(year=day.year + years, day=28)


def _periods(granularity: str, start_date: str, end_date: str) -> list[str]:
    """Returns every period that the range touches, in order."""
    days = pd.date_range(start_date, end_date, freq="D")
    return list(dict.fromkeys(days.strftime(PERIOD_FORMATS[granularity])))


def period_frame(counts: Counter[str], granularity: str, start_date: str, end_date: str) -> pd.DataFrame:
    """Returns counts by period as a table, as `timeline` gives them: every period of the range once, 0 without a count.

    Its `attrs["days"]` holds the first and the last day, since the first and the last period may not be whole.
    """
    periods = _periods(granularity, start_date, end_date)
    frame = frame_of([(period, counts[period]) for period in periods], {"period": "text", "value": "int"})
    frame.attrs["days"] = [start_date, end_date]
    return frame


def months_before(day: str, months: int) -> str:
    """Returns the first day of the month that is `months` months before the month of a day."""
    return f"{pd.Period(day, 'M') - months}-01"


def year_before(start_date: str, end_date: str) -> tuple[str, str]:
    """Returns the same range a year earlier.

    A range that ends with the last day of a month still does so a year earlier, in February too.
    """
    start, end = (date.fromisoformat(day) for day in (start_date, end_date))
    is_month_end = (end + timedelta(days=1)).day == 1
    last = _years_later(end + timedelta(days=1), -1) - timedelta(days=1) if is_month_end else _years_later(end, -1)
    return _years_later(start, -1).isoformat(), last.isoformat()


def date_range(moments: pd.Series) -> str:
    """Returns the first and the last day of a column of times, for titles: `2019-04-30 to 2022-05-05`."""
    days = moments.dropna().dt.strftime("%Y-%m-%d")
    return f"{days.min()} to {days.max()}" if len(days) else "never"
