"""Horizontal bars: counts, parts, countries, the most viewed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pandas as pd

from figshare_workbook.tables.chart_style import COLOURS, new_axes, short_label, thousands


def plot_counts(frame: pd.DataFrame, label: str, value: str, *, title: str, unit: str | None = None,
                most: int = 20) -> Any:
    """Horizontal bars, longest on top, each with its number.

    Args:
        frame: A table with one row a bar.
        label, value: The columns for the bars' names and lengths.
        title: What is counted, where and when.
        unit: Of the value axis; None: the column's name.
        most: Bars at most; the rest is left out, and the title says so.

    Returns:
        The matplotlib Axes.
    """
    ordered = frame[[label, value]].astype({value: float}).sort_values(value, ascending=False, kind="stable")
    ax, bars = _bar_axes(ordered, label, title, unit or value, most, height=1.2)
    drawn = ax.barh(range(len(bars)), bars[value], color=COLOURS[0])
    ax.bar_label(drawn, labels=[f"{number:,.0f}" for number in bars[value]], padding=3)
    ax.margins(x=0.12)
    if not bars[value].any():
        ax.set_xlim(0, 1)
    return ax


def _bar_axes(frame: pd.DataFrame, label: str, title: str, unit: str, most: int,
              height: float) -> tuple[Any, pd.DataFrame]:
    """Axes for one bar a row, and the rows to draw, from below; the title says what is left out."""
    bars = frame.head(most).iloc[::-1]
    title += f" (first {most} of {len(frame)})" if len(frame) > most else "" if len(frame) else " (none)"
    ax = new_axes(title, height + 0.3 * max(len(bars), 1))
    ax.set_yticks(range(len(bars)), [short_label(name) for name in bars[label]])  # two may have one name
    thousands(ax.xaxis)
    ax.set_xlabel(unit)
    ax.set_ylabel(label.replace("_", " "))
    ax.grid(axis="x", alpha=0.3)
    return ax, bars


def plot_parts(frame: pd.DataFrame, label: str, parts: Sequence[str], *, title: str, unit: str = "items",
               most: int = 20) -> Any:
    """Horizontal bars made of parts, e.g. from `counts_frame(..., by=...)`; each with its sum.

    Args:
        frame: One row a bar.
        label: The column with the bars' names.
        parts: The columns that make up a bar, left to right; one that is not there counts 0.
        title, unit, most: As `plot_counts`.

    Returns:
        The matplotlib Axes.
    """
    ax, bars = _bar_axes(frame, label, title, unit, most, height=1.6)
    left = [0.0] * len(bars)
    for number, part in enumerate(parts):
        values = bars[part].astype(float).tolist() if part in bars else [0.0] * len(bars)
        drawn = ax.barh(range(len(bars)), values, left=left, label=part, color=COLOURS[number % 6],
                        hatch=("", "//", "..")[number % 3], edgecolor="white")
        left = [start + value for start, value in zip(left, values, strict=True)]
    if len(bars):
        ax.bar_label(drawn, labels=[f"{number:,.0f}" for number in left], padding=3)
        ax.figure.legend(frameon=False, loc="outside lower center", ncols=len(parts))
    ax.set_xlim(0, 1.12 * max(left, default=0) or 1)
    return ax


def plot_countries(frame: pd.DataFrame, *, title: str, unit: str = "views", most: int = 15) -> Any:
    """Bars by country, from a `breakdown`, its cities and periods added up; arguments as `plot_counts`."""
    sums = frame.groupby("country", as_index=False)["value"].sum()
    return plot_counts(sums, "country", "value", title=title, unit=unit, most=most)


def plot_top(frame: pd.DataFrame, *, title: str, unit: str = "views", names: dict | None = None) -> Any:
    """Bars of a `top` table; arguments as `plot_counts`, and `names`: for each id a title to show."""
    key, label = frame.columns[0], "item" if frame.columns[0] == "id" else frame.columns[0]
    shown = frame.assign(**{label: [(names or {}).get(value, str(value)) for value in frame[key]]})
    return plot_counts(shown, label, "value", title=title, unit=unit)
