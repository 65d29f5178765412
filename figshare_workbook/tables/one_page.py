"""The one-page picture of a repository."""

from __future__ import annotations

from typing import Any

import pandas as pd

from figshare_workbook.tables.chart_style import COLOURS, short_label, style_axes, thousands
from figshare_workbook.tables.timelines import dates_of, readable_dates, span_of


def plot_dashboard(numbers: dict[str, str], *, title: str, deposits: pd.DataFrame, views: pd.DataFrame,
                   types: pd.DataFrame, groups: pd.DataFrame, top: pd.DataFrame, shares: pd.DataFrame) -> Any:
    """A repository on one page, in the proportions of a slide (16:9).

    Args:
        numbers: The figures in large print, by what they count.
        title: What is shown; a second line gives the months.
        deposits, views: period and value, from `deposits_frame` and `timeline`.
        types, groups: A name and a number of items.
        top: A title and a number of views.
        shares: has and share (per cent), from `completeness_frame`.

    Returns:
        The Axes of the headline; `save_figure` takes them.
    """
    import matplotlib.pyplot as plt
    figure, axes = plt.subplot_mosaic(
        [["head"] * 3, ["deposits", "views", "types"], ["groups", "top", "shares"]],
        figsize=(13.33, 7.5), height_ratios=[0.42, 1, 1.1], layout="constrained")
    layout: Any = figure.get_layout_engine()
    layout.set(w_pad=0.15, h_pad=0.08)
    months = f"by month: {span_of([deposits, views])}, all else: all time"
    figure.suptitle(f"{title}  –  {months}", x=0.012, ha="left", fontsize=15, fontweight="bold")
    _headline(axes["head"], numbers)
    _panel_of_periods(axes["deposits"], deposits, "Items published per month", is_line=False)
    _panel_of_periods(axes["views"], views, "Views per month", is_line=True)
    _panel_of_bars(axes["types"], with_others(types, 7), "Items by type")
    _panel_of_bars(axes["groups"], with_others(groups, 8), "Items by group, subgroups included")
    _panel_of_bars(axes["top"], top.head(8), "Views of the most viewed items")
    _panel_of_bars(axes["shares"], shares[["has", "share"]], "Share of items that have …", unit="%", full=100)
    return axes["head"]


def _headline(ax: Any, numbers: dict[str, str]) -> None:
    """Large figures side by side."""
    ax.axis("off")
    for position, (what, number) in enumerate(numbers.items()):
        x = (position + 0.5) / len(numbers)
        ax.text(x, 0.7, number, ha="center", va="center", fontsize=26, color=COLOURS[0], fontweight="bold")
        ax.text(x, 0.12, what, ha="center", va="center", fontsize=12)


def with_others(frame: pd.DataFrame, most: int) -> pd.DataFrame:
    """The first two columns with at most so many rows; the last adds up what has no row of its own."""
    name, value = frame.columns[:2]
    rest = frame.iloc[most - 1:]
    if len(rest) < 2:
        return frame[[name, value]]
    others = pd.DataFrame({name: [f"{len(rest)} others"], value: [rest[value].sum()]})
    return pd.concat([frame[[name, value]].iloc[:most - 1], others], ignore_index=True)


def _panel_of_bars(ax: Any, frame: pd.DataFrame, title: str, *, unit: str = "", full: float = 0) -> None:
    """Two columns as bars, the name above each bar, so that long names do not take the bars' room."""
    style_axes(ax, title)
    name, value = frame.columns[:2]
    values = frame[value].astype(float).fillna(0).tolist()
    if not values:
        ax.text(0, 0, "none", va="center", fontsize=9.5)
    drawn = ax.barh(range(len(values)), values, height=0.36, color=COLOURS[0])
    ax.bar_label(drawn, labels=[rounded(number, unit, full) for number in values], padding=3, fontsize=9.5)
    for row, text in enumerate(frame[name]):
        ax.text(0, row - 0.24, short_label(text, 52), va="bottom", fontsize=9)
    ax.set_xlim(0, 1.15 * (full or max(values, default=0) or 1))
    ax.set_ylim(max(len(values), 6) - 0.6, -0.85)
    ax.axis("off")


def rounded(number: float, unit: str, full: float) -> str:
    """A whole number; what is not quite all or not quite nothing does not look as if it were."""
    if full and number != round(number) and round(number) in (0, full):
        return f"<1{unit}" if number < 1 else f">{full - 1:.0f}{unit}"
    return f"{number:,.0f}{unit}"


def _panel_of_periods(ax: Any, frame: pd.DataFrame, title: str, *, is_line: bool) -> None:
    """Values over time, as a line, or as bars."""
    style_axes(ax, title)
    moments, values = dates_of(frame["period"]), frame["value"].astype(float)
    if is_line:
        ax.plot(moments, values, color=COLOURS[0], marker="o", markersize=3)
    else:
        ax.bar(moments, values, width=25, color=COLOURS[0])
    readable_dates(ax, list(frame["period"]))
    thousands(ax.yaxis)
    ax.set_ylim(0, 1.08 * max(*values, 1))
    ax.set_xlabel("")
    ax.grid(axis="y", alpha=0.3)
