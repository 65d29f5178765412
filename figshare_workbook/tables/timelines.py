"""Values over time: lines, and bars where there are few points or where each is a year."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import pandas as pd

from figshare_workbook.tables.chart_style import (
    COLOURS,
    GREY,
    HATCHES,
    LINES,
    MARKERS,
    chart_style,
    draw_legend_below,
    finish_figure,
    new_axes,
    write_thousands,
)
from figshare_workbook.tables.chart_text import drawable, label_text

_MOST_BARS = 3  # so few points are drawn as bars, not as a line
_PERIOD_NAMES = {4: "year", 7: "month", 10: "day"}


@chart_style()
def plot_timeline(
    frame: pd.DataFrame | dict[str, pd.DataFrame],
    *,
    title: str,
    unit: str = "views",
    before: pd.DataFrame | None = None,
    today: str = "",
    finding: str = "",
    source: str = "",
    alt: str = "",
) -> Any:
    """Draws values over time: a line, or bars where these are years or three at most.

    A first or last period that the table covers in part only (`attrs["days"]`, or `today`) is drawn hollow, a line to
    it dashed, and the axis says so. The highest and the last value are written.

    Args:
        frame: From `timeline`; or several, by the name of the line.
        title: What is shown; the first and the last period are added, or days where these are not whole.
        unit: Of the value axis, e.g. "views per month".
        before: The same months or years earlier, as a grey line; from a whole number of years before.
        today: The site's day, e.g. "2026-01-15": what lies ahead is left out, and its own period is not whole.
        finding: A sentence that the chart shows, in larger print above the title.
        source: Where the numbers come from and when, in small print below: "Figshare statistics, made on 2026-01-15".
        alt: The alternative text; "": a sentence made from the data.

    Returns:
        The matplotlib Axes.
    """
    frames_by_name = frame if isinstance(frame, dict) else {unit: frame}
    lines = {name: up_to_today(line, today) for name, line in frames_by_name.items()}
    periods = sorted({period for line in lines.values() for period in line["period"]})
    title = f"{title}, {span_of(lines.values())}" if periods else f"{title} (no data)"
    if before is not None and len(before) and periods:
        lines = {**earlier_line(before, periods), **lines}
    ax = new_axes(title, 3.8 + 0.25 * (len(lines) > 1), finding=finding, source=source)
    if periods and (len(periods[0]) == 4 or len(periods) <= _MOST_BARS):
        _draw_bars(ax, lines, periods)
    else:
        _draw_lines(ax, lines, periods)
    ax.set_xlabel(_axis_words(lines.values(), periods))
    draw_values_axis(ax, lines.values())
    ax.set_ylabel(drawable(unit))
    if len(lines) > 1:
        draw_legend_below(ax, list(lines))
    return finish_figure(ax, _alt_text(title, unit, lines), alt=alt, source=source)


# ---- periods ----------------------------------------------------------------------------------


def span_of(frames: Iterable[pd.DataFrame]) -> str:
    """Says from when to when: `2020-01 to 2022-05`, or the days where the first or the last period is not whole."""
    frames = [frame for frame in frames if len(frame)]
    ends = [min(frame["period"].min() for frame in frames), max(frame["period"].max() for frame in frames)]
    day_ranges = [frame.attrs["days"] for frame in frames if _has_days(frame)]
    if len(day_ranges) == len(frames):
        days = [min(start for start, _ in day_ranges), max(end for _, end in day_ranges)]
        ends = ends if days == [first_day_of(ends[0]), last_day_of(ends[1])] else days
    return " to ".join(dict.fromkeys(ends))


def _has_days(frame: pd.DataFrame) -> bool:
    """Tells whether the table carries the days that it covers, and not those of a longer one that it is a part of."""
    start, end = frame.attrs.get("days", ("", ""))
    first, last = frame["period"].min(), frame["period"].max()
    return bool(start) and (first == "total" or (start[: len(first)], end[: len(last)]) == (first, last))


def first_day_of(period: str) -> str:
    """Returns the first day of 2024, of 2024-05, of 2024-05-17."""
    return "" if period == "total" else f"{pd.Period(period).start_time:%Y-%m-%d}"


def last_day_of(period: str) -> str:
    """Returns the last day of 2024, of 2024-05, of 2024-05-17."""
    return "" if period == "total" else f"{pd.Period(period).end_time:%Y-%m-%d}"


def up_to_today(frame: pd.DataFrame, today: str) -> pd.DataFrame:
    """Returns the table without the periods that lie ahead; it carries its days, which end today at the latest."""
    if not today or not len(frame):
        return frame
    past_frame = frame[(frame["period"] <= today) | (frame["period"] == "total")].copy()
    if len(past_frame):
        ends = [first_day_of(frame["period"].min()), last_day_of(frame["period"].max())]
        start, end = frame.attrs["days"] if _has_days(frame) else ends
        past_frame.attrs["days"] = [start, min(end, today)]
    return past_frame


def partial_periods(frame: pd.DataFrame) -> set[str]:
    """Returns the periods of a table that it covers in part only: its first, its last, or none."""
    if not len(frame) or not _has_days(frame) or "total" in set(frame["period"]):
        return set()
    (start, end), first, last = frame.attrs["days"], frame["period"].min(), frame["period"].max()
    return {
        period for period, is_cut in ((first, start > first_day_of(first)), (last, end < last_day_of(last))) if is_cut
    }


def earlier_line(before: pd.DataFrame, periods: Sequence[str]) -> dict[str, pd.DataFrame]:
    """Returns an earlier table, moved by whole years so that it lies under these periods; by the name of its line."""
    years = max(round((pd.Timestamp(periods[0]) - pd.Timestamp(before["period"].min())).days / 365.25), 1)
    moved = [f"{int(period[:4]) + years}{period[4:]}" for period in before["period"]]
    shifted = before.assign(period=moved)
    return {"a year earlier" if years == 1 else f"{years} years earlier": shifted[shifted["period"].isin(periods)]}


def dates_of(periods: Iterable[str]) -> list:
    """Returns periods such as 2024, 2024-05 or 2024-05-17 as dates for an axis."""
    return [pd.Timestamp(period).to_pydatetime() for period in periods]


# ---- drawing ----------------------------------------------------------------------------------


def _draw_lines(ax: Any, lines: Mapping[str, pd.DataFrame], periods: Sequence[str]) -> None:
    styles = _line_styles(lines)
    for name, line in lines.items():
        draw_line(ax, line, label=drawable(label_text(name)), **styles[name])
    set_readable_dates(ax, periods)
    named = [line for name, line in lines.items() if styles[name]["color"] != GREY and len(line)]
    if len(named) == 1:
        write_peak_and_last(ax, named[0])
    elif _is_far_apart(named):
        for line in named:
            _write_value(ax, line, len(line) - 1)


def _line_styles(lines: Mapping[str, pd.DataFrame]) -> dict[str, dict[str, Any]]:
    """Returns colour, dash and marker of each line; what was earlier is grey."""
    styles: dict[str, dict[str, Any]] = {}
    for name in lines:
        number = sum(style["color"] != GREY for style in styles.values())
        is_earlier = name.endswith(" earlier") and not styles
        styles[name] = {
            "color": GREY if is_earlier else COLOURS[number % 6],
            "linestyle": LINES[number % 4],
            "marker": "" if is_earlier else MARKERS[number % 4],
        }
    return styles


def draw_line(
    ax: Any,
    line: pd.DataFrame,
    *,
    color: str = COLOURS[0],
    linestyle: str = "-",
    marker: str = "o",
    label: str = "",
    markersize: float = 4,
) -> None:
    """Draws one line; a period that is not whole as a hollow point, dashed the way to it."""
    is_cut = line["period"].isin(partial_periods(line)).to_numpy()
    moments, values = dates_of(line["period"]), line["value"].astype(float).tolist()
    whole_places = [place for place, cut in enumerate(is_cut) if not cut]
    ax.plot(
        [moments[place] for place in whole_places],
        [values[place] for place in whole_places],
        label=label,
        color=color,
        linestyle=linestyle,
        marker=marker,
        markersize=markersize,
    )
    for place in (place for place, cut in enumerate(is_cut) if cut):
        neighbour = place - 1 if place else min(1, len(values) - 1)
        ax.plot(
            [moments[neighbour], moments[place]],
            [values[neighbour], values[place]],
            color=color,
            linewidth=1.2,
            linestyle=(0, (2, 2)),
        )
        ax.plot(
            [moments[place]],
            [values[place]],
            color=color,
            marker="o",
            markersize=markersize + 2,
            markerfacecolor="white",
            linestyle="",
        )


def write_peak_and_last(ax: Any, line: pd.DataFrame) -> None:
    """Writes the highest and the last value as numbers at their points."""
    values = line["value"].astype(float).fillna(0).tolist()
    if any(values):
        for place in {values.index(max(values)), len(values) - 1}:
            _write_value(ax, line, place)


def _write_value(ax: Any, line: pd.DataFrame, place: int) -> None:
    """Writes one value: the last behind its point, any other above it."""
    number, moment = float(line["value"].iloc[place]), dates_of(line["period"].iloc[[place]])[0]
    where = (
        {"xytext": (7, 0), "ha": "left", "va": "center"}
        if place == len(line) - 1
        else {"xytext": (0, 6), "ha": "center", "va": "bottom"}
    )
    ax.annotate(
        f"{number:,.0f}", (moment, number), textcoords="offset points", fontsize=9.5, annotation_clip=False, **where
    )


def _is_far_apart(lines: Iterable[pd.DataFrame]) -> bool:
    """Tells whether the last values of these lines can be written beside each other's."""
    lines = list(lines)
    last = sorted(float(line["value"].iloc[-1]) for line in lines)
    highest = max((float(line["value"].max()) for line in lines), default=0)
    return all(upper - lower > 0.07 * highest for lower, upper in itertools.pairwise(last))


def _draw_bars(ax: Any, lines: Mapping[str, pd.DataFrame], periods: Sequence[str]) -> None:
    """Draws bars side by side; a year stands at its own place, so that one without a row is a gap."""
    places = {period: int(period) if len(period) == 4 else number for number, period in enumerate(periods)}
    width, styles = 0.8 / len(lines), _line_styles(lines)
    for number, (name, line) in enumerate(lines.items()):
        shift = (number - (len(lines) - 1) / 2) * width
        shape = ax.bar(
            [places[period] + shift for period in line["period"]],
            line["value"].astype(float),
            width,
            color=styles[name]["color"],
            edgecolor="white",
            hatch=HATCHES[LINES.index(styles[name]["linestyle"]) % 3],
        )
        cut = line["period"].isin(partial_periods(line)).tolist()
        for bar in itertools.compress(shape, cut):
            bar.set(facecolor="white", edgecolor=styles[name]["color"], linestyle="--", linewidth=1.5, hatch="")
        if len(line):  # the legend shows a whole bar
            shape[cut.index(False) if False in cut else 0].set_label(drawable(label_text(name)))
        _write_on_bars(ax, shape, line["value"].astype(float).tolist(), most=12 // len(lines))
    beside = max(0.6, 1.5 - len(periods) / 2)  # one bar alone does not fill the picture
    ax.set_xlim(min(places.values()) - beside, max(places.values()) + beside)
    _name_bars(ax, places)


def _write_on_bars(ax: Any, shape: Any, values: Sequence[float], most: int) -> None:
    """Writes each bar's number where they have room, else those of the highest and the last."""
    numbered = range(len(values)) if len(values) <= most else {values.index(max(values)), len(values) - 1}
    ax.bar_label(
        shape,
        labels=[f"{value:,.0f}" if place in numbered else "" for place, value in enumerate(values)],
        padding=2,
        fontsize=9.5,
    )


def _name_bars(ax: Any, places: Mapping[str, int]) -> None:
    """Writes the names of the bars, at every 1st, 2nd, 5th or 10th where they are many."""
    length = max(places.values()) - min(places.values()) + 1
    step = next((step for step in (1, 2, 5, 10, 20, 50) if length <= 12 * step), 100)
    labelled_places = {place: period for period, place in places.items() if place % step == 0}
    ax.set_xticks(list(labelled_places), list(labelled_places.values()))


def draw_values_axis(ax: Any, lines: Iterable[pd.DataFrame]) -> None:
    """Draws the axis from 0 to a little above the highest value, with separators."""
    highest = max((float(value) for line in lines for value in line["value"].fillna(0)), default=0)
    write_thousands(ax.yaxis)
    ax.set_ylim(0, 1.12 * highest if highest else 1)
    ax.grid(axis="y", alpha=0.3)


def set_readable_dates(ax: Any, periods: Sequence[str]) -> None:
    """Sets a few dates that cannot run into each other; never ticks between the periods."""
    from matplotlib.dates import AutoDateLocator, ConciseDateFormatter

    if len(periods) <= 8:
        ax.set_xticks(dates_of(periods), periods)
        return
    locator = AutoDateLocator(minticks=4, maxticks=9)
    ax.xaxis.set_major_locator(locator)
    ax.xaxis.set_major_formatter(ConciseDateFormatter(locator, show_offset=True))


# ---- words ------------------------------------------------------------------------------------


def _axis_words(lines: Iterable[pd.DataFrame], periods: Sequence[str]) -> str:
    """Returns `month`, and what a hollow point or bar means where there is one."""
    kind = _PERIOD_NAMES.get(len(periods[0]) if periods else 0, "period")
    return f"{kind} (hollow: not the whole {kind})" if any(map(partial_periods, lines)) else kind


def _alt_text(title: str, unit: str, lines: Mapping[str, pd.DataFrame]) -> str:
    """Returns the alternative text: of each line its sum, its highest and its last value."""
    parts = [
        _line_summary(line) if len(lines) == 1 else f"{name}: {_line_summary(line)}"
        for name, line in lines.items()
        if len(line)
    ]
    return f"Chart of values over time. {title} ({unit}): {'; '.join(parts) or 'nothing to show'}."


def _line_summary(line: pd.DataFrame) -> str:
    values, periods = line["value"].fillna(0).tolist(), line["period"].tolist()
    highest = max(range(len(values)), key=values.__getitem__)
    partly = " (not whole)" if periods[-1] in partial_periods(line) else ""
    kind = _PERIOD_NAMES.get(len(periods[0]), "period")
    return (
        f"{sum(values):,.0f} in {len(values):,} {kind}{'s' * (len(values) > 1)}, highest {periods[highest]} with "
        f"{values[highest]:,.0f}, last {periods[-1]}{partly} with {values[-1]:,.0f}"
    )
