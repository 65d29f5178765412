"""Horizontal bars: counts, parts, countries, the most viewed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pandas as pd

from figshare_workbook.tables.chart_style import (
    COLOURS,
    HATCHES,
    WIDTH,
    chart_style,
    draw_legend_below,
    drawable_lines,
    finish_figure,
    new_axes,
    write_thousands,
)
from figshare_workbook.tables.chart_text import (
    distinct_labels,
    drawable,
    label_text,
    shorten_middle,
    width_of,
    wrapped_lines,
)

_FONT_SIZE = 10  # points
_WIDEST_NAME_BESIDE = 3.1  # inches, so that the bars keep a third of the width; longer names stand above their bars
_NAME_WIDTH_ABOVE = WIDTH - 0.9
_ROW_HEIGHT = 0.3  # inches a bar, its name beside it; what the axis counts in
_BAR_HEIGHT = 0.17  # inches of a bar that has its name above it
_LINE_HEIGHT = 0.168  # inches of a line of that name
_GAP_HEIGHT = 0.13  # inches that are free above the name


@chart_style()
def plot_counts(
    frame: pd.DataFrame,
    label: str,
    value: str,
    *,
    title: str,
    unit: str | None = None,
    most: int = 20,
    finding: str = "",
    source: str = "",
    alt: str = "",
) -> Any:
    """Draws horizontal bars, longest on top, each with its number.

    Args:
        frame: A table with one row a bar.
        label, value: The columns for the bars' names and lengths. Names are drawn as they are: markup of a record
            is for `plain_text`.
        title: What is counted, where and when.
        unit: Of the value axis; None: the column's name.
        most: Bars at most; the rest is left out, and the title says so.
        finding: A sentence that the chart shows, in larger print above the title.
        source: Where the numbers come from and when, in small print below: "Figshare statistics, made on 2026-01-15".
        alt: The alternative text; "": a sentence made from the data.

    Returns:
        The matplotlib Axes.
    """
    ordered = frame[[label, value]].astype({value: float}).sort_values(value, ascending=False, kind="stable")
    ax, bars, places, height = _bar_axes(ordered, label, title, unit or value, most, 1.2, finding, source)
    numbers = bars[value].fillna(0).tolist()
    shape = ax.barh(places, numbers, height, color=COLOURS[0])
    _write_bar_values(ax, shape, numbers)
    sentence = _alt_text(title, label, unit or value, ordered[label].tolist(), ordered[value].fillna(0).tolist())
    return finish_figure(ax, sentence, alt=alt, source=source)


def _bar_axes(
    frame: pd.DataFrame, label: str, title: str, unit: str, most: int, base: float, finding: str, source: str
) -> tuple[Any, pd.DataFrame, list[float], float]:
    """Returns axes, the rows to draw from below, where each bar lies, and its height.

    The title says what is left out.
    """
    bars = frame.head(most).iloc[::-1]
    title += f" (first {most} of {len(frame)})" if len(frame) > most else "" if len(frame) else " (none)"
    names = [label_text(name) for name in bars[label]]
    widest = max((width_of(name, _FONT_SIZE) for name in names), default=0)
    if widest <= _WIDEST_NAME_BESIDE:
        ax = new_axes(title, base + _ROW_HEIGHT * max(len(bars), 1), finding=finding, source=source, left=widest + 0.6)
        ax.set_yticks(range(len(bars)), [drawable(name) for name in names])  # two bars may have the same name
        ax.grid(axis="x", alpha=0.3)
        margin = 0.6 if len(bars) > 1 else 0.9  # a lone bar stays slim
        ax.set_ylim(-margin, max(len(bars), 1) - 1 + margin)
        places, height = [float(place) for place in range(len(bars))], 0.8
    else:
        lines = _name_lines(names)
        rows = [_BAR_HEIGHT + _LINE_HEIGHT * len(text) + _GAP_HEIGHT for text in lines]
        ax = new_axes(title, base + sum(rows), finding=finding, source=source, left=0.4)
        places, height = [sum(rows[:number]) / _ROW_HEIGHT for number in range(len(rows))], _BAR_HEIGHT / _ROW_HEIGHT
        _write_names_above(ax, [place + height / 2 + 0.06 for place in places], lines)
        ax.set_ylim(-0.5, sum(rows) / _ROW_HEIGHT - 0.3)
    write_thousands(ax.xaxis)
    ax.set_xlabel(drawable(unit.replace("_", " ")))
    ax.set_ylabel(drawable(label.replace("_", " ")))
    return ax, bars, places, height


def _name_lines(names: Sequence[str]) -> list[list[str]]:
    """Returns each name in three lines at most, and never two that differ alike."""
    labels = distinct_labels(names, lambda name: shorten_middle(name, _NAME_WIDTH_ABOVE, _FONT_SIZE, 3))
    return [wrapped_lines(name, _NAME_WIDTH_ABOVE, _FONT_SIZE) for name in labels]


def _write_names_above(ax: Any, places: Sequence[float], lines: Sequence[list[str]]) -> None:
    """Writes the names inside the axes, each above its bar, so that the bars have the whole width."""
    ax.set_yticks(places, [drawable_lines(text) for text in lines])
    ax.tick_params(axis="y", length=0, pad=-2)
    for text in ax.get_yticklabels():
        text.set(ha="left", va="bottom", linespacing=1.1, in_layout=False)


def _write_bar_values(ax: Any, shape: Any, numbers: Sequence[float]) -> None:
    """Writes each bar's number behind it, and makes so much room that it fits."""
    texts = [f"{number:,.0f}" for number in numbers]
    ax.bar_label(shape, labels=texts, padding=3)
    room = max((width_of(text, _FONT_SIZE) for text in texts), default=0) + 0.15
    ax.set_xlim(0, max(numbers, default=0) * (1 + room / (WIDTH / 2)) or 1)


def _alt_text(title: str, label: str, unit: str, names: Sequence[Any], numbers: Sequence[float]) -> str:
    """Returns the alternative text of bars: the three longest, how many follow, and the shortest."""
    parts = [f"{label_text(name)} {number:,.0f}" for name, number in zip(names, numbers, strict=True)]
    more = [f"{len(parts) - 3} more, the last {parts[-1]}"] if len(parts) > 3 else []
    return f"Bar chart. {title}: {'; '.join([*parts[:3], *more]) or 'none'} ({unit}, by {label.replace('_', ' ')})."


@chart_style()
def plot_stacked(
    frame: pd.DataFrame,
    label: str,
    parts: Sequence[str],
    *,
    title: str,
    unit: str = "items",
    most: int = 20,
    finding: str = "",
    source: str = "",
    alt: str = "",
) -> Any:
    """Draws horizontal bars made of parts, e.g. from `counts_frame(..., by=...)`; each with its sum.

    Args:
        frame: One row a bar.
        label: The column with the bars' names.
        parts: The columns that make up a bar, left to right; one that is not there counts 0.
        title, unit, most, finding, source, alt: As `plot_counts`.

    Returns:
        The matplotlib Axes.
    """
    ax, bars, places, height = _bar_axes(frame, label, title, unit, most, 1.6, finding, source)
    left = [0.0] * len(bars)
    for number, part in enumerate(parts):
        values = bars[part].astype(float).fillna(0).tolist() if part in bars else [0.0] * len(bars)
        shape = ax.barh(
            places,
            values,
            height,
            left=left,
            label=drawable(label_text(part)),
            edgecolor="white",
            color=COLOURS[number % 6],
            hatch=HATCHES[number % 3],
        )
        left = [start + value for start, value in zip(left, values, strict=True)]
    if len(bars) and parts:
        _write_bar_values(ax, shape, left)
        draw_legend_below(ax, parts)
    else:
        ax.set_xlim(0, 1)
    sentence = _alt_text(title, label, unit, bars[label].tolist()[::-1], left[::-1])
    return finish_figure(ax, f"{sentence} Parts of a bar: {', '.join(map(str, parts))}.", alt=alt, source=source)


def plot_countries(
    frame: pd.DataFrame,
    *,
    title: str,
    unit: str = "views",
    most: int = 15,
    finding: str = "",
    source: str = "",
    alt: str = "",
) -> Any:
    """Draws bars by country, from a `breakdown`, its cities and periods added up; arguments as `plot_counts`."""
    sums = frame.groupby("country", as_index=False)["value"].sum()
    return plot_counts(
        sums, "country", "value", title=title, unit=unit, most=most, finding=finding, source=source, alt=alt
    )


def plot_top(
    frame: pd.DataFrame,
    *,
    title: str,
    unit: str = "views",
    names: dict | None = None,
    finding: str = "",
    source: str = "",
    alt: str = "",
) -> Any:
    """Draws bars of a `top` table; arguments as `plot_counts`, and `names`: for each id a title to show."""
    key, label = frame.columns[0], "item" if frame.columns[0] == "id" else frame.columns[0]
    titled_frame = frame.assign(**{label: [(names or {}).get(value, str(value)) for value in frame[key]]})
    return plot_counts(titled_frame, label, "value", title=title, unit=unit, finding=finding, source=source, alt=alt)
