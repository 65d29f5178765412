"""Values over time as lines."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import pandas as pd

from figshare_workbook.tables.chart_style import COLOURS, LINES, MARKERS, new_axes, thousands


def plot_timeline(frame: pd.DataFrame | dict[str, pd.DataFrame], *, title: str, unit: str = "views") -> Any:
    """Values over time as a line; several as lines that differ in colour, dash and marker.

    Args:
        frame: From `timeline`; or several, by the name of the line.
        title: What is shown; the first and the last period are added, or days where these are not whole.
        unit: Of the value axis, e.g. "views per month".

    Returns:
        The matplotlib Axes.
    """
    lines = frame if isinstance(frame, dict) else {unit: frame}
    periods = [period for line in lines.values() for period in line["period"]]
    ax = new_axes(f"{title}, {span_of(lines.values())}" if periods else f"{title} (no data)")
    for number, (name, line) in enumerate(lines.items()):
        ax.plot(dates_of(line["period"]), line["value"].astype(float), label=name, markersize=4,
                color=COLOURS[number % 6], linestyle=LINES[number % 4], marker=MARKERS[number % 4])
    readable_dates(ax, sorted(set(periods)))
    thousands(ax.yaxis)
    ax.margins(y=0.1)  # air above the highest point
    ax.set_ylim(bottom=0)
    if not any(line["value"].any() for line in lines.values()):
        ax.set_ylim(0, 1)
    ax.set_ylabel(unit)
    ax.grid(axis="y", alpha=0.3)
    if len(lines) > 1:
        ax.legend(frameon=False)
    return ax


def span_of(frames: Iterable[pd.DataFrame]) -> str:
    """From when to when: `2020-01 to 2022-05`, or the days where the first or the last period is not whole."""
    frames = [frame for frame in frames if len(frame)]
    ends = [min(frame["period"].min() for frame in frames), max(frame["period"].max() for frame in frames)]
    known = [frame.attrs["days"] for frame in frames if _has_days(frame)]
    if len(known) == len(frames):
        days = [min(start for start, _ in known), max(end for _, end in known)]
        whole = [pd.Period(ends[0]).start_time, pd.Period(ends[1]).end_time]
        ends = ends if days == [f"{moment:%Y-%m-%d}" for moment in whole] else days
    return " to ".join(dict.fromkeys(ends))


def _has_days(frame: pd.DataFrame) -> bool:
    """Does the table carry the days that it covers? Not those of a longer one that it is a part of."""
    start, end = frame.attrs.get("days", ("", ""))
    return (start[:len(frame["period"].min())], end[:len(frame["period"].max())]) == (
        frame["period"].min(), frame["period"].max())


def dates_of(periods: Iterable[str]) -> list:
    """Periods such as 2024, 2024-05 or 2024-05-17 as dates for an axis."""
    return [pd.Timestamp(period).to_pydatetime() for period in periods]


def readable_dates(ax: Any, periods: Sequence[str]) -> None:
    """A few dates that cannot run into each other; never ticks between the periods."""
    from matplotlib.dates import AutoDateLocator, ConciseDateFormatter
    ax.set_xlabel({4: "year", 7: "month", 10: "day"}.get(len(periods[0]) if periods else 0, "period"))
    if len(periods) <= 8:
        ax.set_xticks(dates_of(periods), periods)
        return
    locator = AutoDateLocator(minticks=4, maxticks=9)
    ax.xaxis.set_major_locator(locator)
    ax.xaxis.set_major_formatter(ConciseDateFormatter(locator, show_offset=True))
