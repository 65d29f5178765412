"""The one-page picture of a repository."""

from __future__ import annotations

from typing import Any

import pandas as pd

from figshare_workbook.base.texts import one_line
from figshare_workbook.tables.chart_style import COLOURS, GREY, chart_style, drawable_lines, finish_figure, style_axes
from figshare_workbook.tables.chart_text import (
    distinct_labels,
    drawable,
    label_text,
    shorten_middle,
    width_of,
    wrapped_lines,
)
from figshare_workbook.tables.timelines import (
    dates_of,
    draw_line,
    draw_values_axis,
    earlier_line,
    partial_periods,
    set_readable_dates,
    span_of,
    up_to_today,
    write_peak_and_last,
)

_PAGE_WIDTH = 13.33  # inches
_NAME_WIDTH = 4.0  # inches of a panel that its names may take


@chart_style()
def plot_dashboard(
    numbers: dict[str, str],
    *,
    title: str,
    deposits: pd.DataFrame,
    views: pd.DataFrame,
    types: pd.DataFrame,
    groups: pd.DataFrame,
    top: pd.DataFrame,
    shares: pd.DataFrame,
    before: pd.DataFrame | None = None,
    today: str = "",
    source: str = "",
    alt: str = "",
) -> Any:
    """Draws a repository on one page, in the proportions of a slide (16:9).

    Args:
        numbers: The figures in large print, by what they count.
        title: What is shown; a second line gives the months.
        deposits, views: period and value, from `deposits_frame` and `timeline`.
        types, groups: A name and a number of items.
        top: A title and a number of views.
        shares: has and share (per cent), from `completeness_frame`.
        before: The views of the same months, a whole number of years earlier, as a grey line.
        today, source, alt: As `plot_timeline`.

    Returns:
        The Axes of the headline; `save_figure` takes them.
    """
    import matplotlib.pyplot as plt

    figure, axes = plt.subplot_mosaic(
        [["head"] * 3, ["deposits", "views", "types"], ["groups", "top", "shares"]],
        figsize=(_PAGE_WIDTH, 7.5),
        height_ratios=[0.42, 1, 1.1],
        layout="constrained",
    )
    layout: Any = figure.get_layout_engine()
    layout.set(w_pad=0.15, h_pad=0.08)
    deposits, views = up_to_today(deposits, today), up_to_today(views, today)
    title = f"{one_line(title)}  –  by month: {span_of([deposits, views])}, all else: all time"
    lines = wrapped_lines(
        shorten_middle(title, _PAGE_WIDTH - 0.5, 15, 2, is_bold=True), _PAGE_WIDTH - 0.5, 15, is_bold=True
    )
    figure.suptitle(drawable_lines(lines, is_bold=True), x=0.012, ha="left", fontsize=15, fontweight="bold")
    _draw_large_numbers(axes["head"], numbers)
    _draw_months_panel(axes["deposits"], deposits, "Items published per month")
    _draw_line_panel(axes["views"], views, "Views per month", before)
    _draw_bars_panel(axes["types"], with_others_row(types, 7), "Items by type")
    _draw_bars_panel(axes["groups"], with_others_row(groups, 8), "Items by group, subgroups included")
    _draw_bars_panel(axes["top"], top.head(8), "Views of the most viewed items")
    _draw_bars_panel(axes["shares"], shares[["has", "share"]], "Share of items that have …", unit="%", full=100)
    return finish_figure(axes["head"], _alt_text(title, numbers, views, types, groups, top), alt=alt, source=source)


def _alt_text(title: str, numbers: dict[str, str], views: pd.DataFrame, *tables: pd.DataFrame) -> str:
    """Returns the alternative text: the large figures, the month with most views, the first of each table of bars."""
    parts = [f"{number} {what}" for what, number in numbers.items()]
    if len(views) and views["value"].any():
        peak = views.loc[views["value"].astype(float).idxmax()]
        parts.append(f"most views in {peak['period']} ({peak['value']:,})")
    for words, table in zip(("first type", "first group", "most viewed"), tables, strict=True):
        if len(table):
            parts.append(f"{words}: {label_text(table.iloc[0, 0])} ({table.iloc[0, 1]:,})")
    return f"Six charts on one page. {title}: {'; '.join(parts)}."


def _draw_large_numbers(ax: Any, numbers: dict[str, str]) -> None:
    """Writes large figures side by side."""
    ax.axis("off")
    room = (_PAGE_WIDTH - 1) / max(len(numbers), 1)
    for position, (what, number) in enumerate(numbers.items()):
        x, size = (position + 0.5) / len(numbers), min(26, 26 * room / (width_of(number, 26, is_bold=True) or 1))
        ax.text(
            x,
            0.7,
            drawable(number, is_bold=True),
            ha="center",
            va="center",
            fontsize=size,
            color=COLOURS[0],
            fontweight="bold",
        )
        ax.text(x, 0.12, drawable(shorten_middle(label_text(what), room, 12, 1)), ha="center", va="center", fontsize=12)


def with_others_row(frame: pd.DataFrame, most: int) -> pd.DataFrame:
    """Returns the first two columns with at most so many rows; the last adds up what has no row of its own."""
    name, value = frame.columns[:2]
    rest = frame.iloc[most - 1 :]
    if len(rest) < 2:
        return frame[[name, value]]
    others = pd.DataFrame({name: [f"{len(rest)} others"], value: [rest[value].sum()]})
    return pd.concat([frame[[name, value]].iloc[: most - 1], others], ignore_index=True)


def _draw_bars_panel(ax: Any, frame: pd.DataFrame, title: str, *, unit: str = "", full: float = 0) -> None:
    """Draws two columns as bars, the name above each bar, so that long names do not take the bars' room."""
    _begin_panel(ax, title)
    name, value = frame.columns[:2]
    values = frame[value].astype(float).fillna(0).tolist()
    if not values:
        ax.text(0, 0, "none", va="center", fontsize=9.5)
    shape = ax.barh(range(len(values)), values, height=0.36, color=COLOURS[0])
    ax.bar_label(shape, labels=[whole_number_text(number, unit, full) for number in values], padding=3, fontsize=9.5)
    names = distinct_labels(
        [label_text(text) for text in frame[name]], lambda text: shorten_middle(text, _NAME_WIDTH, 9, 1)
    )
    for row, text in enumerate(names):
        ax.text(0, row - 0.24, drawable(text), va="bottom", fontsize=9, in_layout=False)
    ax.set_xlim(0, 1.22 * (full or max(values, default=0) or 1))
    ax.set_ylim(max(len(values), 6) - 0.6, -0.85)
    ax.axis("off")


def whole_number_text(number: float, unit: str, full: float) -> str:
    """Returns a whole number; what is not quite all or not quite nothing does not look as if it were."""
    if full and number != round(number) and round(number) in (0, full):
        return f"<1{unit}" if number < 1 else f">{full - 1:.0f}{unit}"
    return f"{number:,.0f}{unit}"


def _begin_panel(ax: Any, title: str) -> None:
    ax.set_title(title, loc="left", fontsize=12, fontweight="bold")
    style_axes(ax)


def _draw_months_panel(ax: Any, frame: pd.DataFrame, title: str) -> None:
    """Draws values by month as bars; hollow where the month is not whole."""
    _begin_panel(ax, title)
    shape = ax.bar(dates_of(frame["period"]), frame["value"].astype(float), width=25, color=COLOURS[0])
    for bar, period in zip(shape, frame["period"], strict=True):
        if period in partial_periods(frame):
            bar.set(facecolor="white", edgecolor=COLOURS[0], linestyle="--")
    _finish_panel(ax, [frame])


def _draw_line_panel(ax: Any, frame: pd.DataFrame, title: str, before: pd.DataFrame | None) -> None:
    """Draws values by month as a line, the earlier ones as a grey line below it."""
    _begin_panel(ax, title)
    lines = [frame]
    if before is not None and len(before) and len(frame):
        [(name, grey)] = earlier_line(before, sorted(frame["period"])).items()
        draw_line(ax, grey, color=GREY, marker="", label=name)
        lines.append(grey)
    draw_line(ax, frame, markersize=3)
    write_peak_and_last(ax, frame)
    for number in ax.texts:
        number.set_in_layout(False)  # the last one may stand between the panels
    _finish_panel(ax, lines)
    if len(lines) > 1:
        ax.legend(frameon=False, fontsize=9)


def _finish_panel(ax: Any, lines: list[pd.DataFrame]) -> None:
    set_readable_dates(ax, list(lines[0]["period"]))
    draw_values_axis(ax, lines)
    if any(map(partial_periods, lines)):
        ax.set_xlabel("hollow: not the whole month", fontsize=9)
