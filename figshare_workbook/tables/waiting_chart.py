"""Points that show how long things wait: one for each, in a row for each group or person, and the aim as a line."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pandas as pd

from figshare_workbook.tables.chart_style import (
    COLOURS,
    WIDTH,
    chart_style,
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
_NAME_WIDTH = WIDTH / 3  # inches: a longer name stands in several lines
_ROW_HEIGHT, _BASE_HEIGHT = 0.55, 1.3  # inches: a row, and what stands around the rows
_STEPS = 100  # of so many steps along the axis: points in one step stand above each other


@chart_style()
def plot_waiting(
    frame: pd.DataFrame,
    by: str = "group",
    *,
    days: str = "days",
    aim: int | None = None,
    title: str,
    unit: str = "days",
    most: int = 15,
    finding: str = "",
    source: str = "",
    alt: str = "",
) -> Any:
    """Draws a point for each row of a table: how many days it has waited, by group, reviewer or owner.

    Args:
        frame: One row for each thing that waits, e.g. from `reviews_frame`. A row without days has no point.
        by: The column that makes the rows of the chart, those with most points on top.
        days: The column with the days, 0 or more.
        aim: Days after which it is too long, as a line; points beyond it have another colour and form.
        title: What waits, where and when.
        unit: Of the axis of days.
        most: Rows of the chart at most; the title says what is left out.
        finding, source, alt: As `plot_counts`.

    Returns:
        The matplotlib Axes.
    """
    points = pd.DataFrame({"row": [label_text(name) for name in frame[by]], "days": frame[days].astype("Float64")})
    points = points.dropna().astype({"days": float})
    rows = [name for name, _ in sorted(Counter(points["row"]).items(), key=lambda pair: (-pair[1], pair[0]))]
    sentence = _alt_text(points, rows, title, by, unit, aim)
    title += f" (first {most} of {len(rows)})" if len(rows) > most else "" if rows else " (none)"
    ax = _waiting_axes(rows[:most], title, finding, source)
    _draw_points(ax, points[points["row"].isin(rows[:most])], rows[:most], aim)
    ax.set_xlabel(drawable(unit))
    return finish_figure(ax, sentence, alt=alt, source=source)


def _waiting_axes(rows: list[str], title: str, finding: str, source: str) -> Any:
    """Makes axes with a row for each name, the first on top."""
    names = distinct_labels(rows, lambda name: shorten_middle(name, _NAME_WIDTH, _FONT_SIZE, 2))
    lines = [wrapped_lines(name, _NAME_WIDTH, _FONT_SIZE) for name in names]
    widest = max((width_of(line, _FONT_SIZE) for text in lines for line in text), default=0)
    ax = new_axes(
        title, _BASE_HEIGHT + _ROW_HEIGHT * max(len(rows), 1), finding=finding, source=source, left=widest + 0.6
    )
    ax.set_yticks(range(len(rows)), [drawable_lines(text) for text in lines])
    ax.set_ylim(max(len(rows), 1) - 0.5, -0.5)
    ax.tick_params(axis="y", length=0)
    ax.grid(axis="x", alpha=0.3)
    write_thousands(ax.xaxis)
    return ax


def _draw_points(ax: Any, points: pd.DataFrame, rows: list[str], aim: int | None) -> None:
    longest = max(points["days"].max() if len(points) else 0, aim or 0, 1)
    places = _point_heights(points, rows, longest / _STEPS)
    late = points["days"].gt(float("inf") if aim is None else aim)
    for is_late, colour, marker in ((False, COLOURS[0], "o"), (True, COLOURS[1], "D")):
        chosen = late.eq(is_late)
        ax.scatter(points["days"][chosen], places[chosen], color=colour, marker=marker, s=28, alpha=0.75, linewidths=0)
    if aim is not None:
        ax.axvline(aim, color="#404040", linestyle="--", linewidth=1.2)
        side, shift = ("right", -4) if aim > 0.7 * longest else ("left", 4)
        ax.annotate(
            f"aim: {aim:,}",
            (aim, 1),
            (shift, -2),
            xycoords=("data", "axes fraction"),
            textcoords="offset points",
            ha=side,
            va="top",
            fontsize=9,
            color="#404040",
        )
    ax.set_xlim(-0.02 * longest, 1.05 * longest)


def _point_heights(points: pd.DataFrame, rows: list[str], step: float) -> pd.Series:
    """Returns the height of each point: points that would cover each other stand above and below the row's middle."""
    cells = points.assign(step=(points["days"] / step).round()).groupby(["row", "step"])["days"]
    number, count = cells.cumcount(), cells.transform("size")
    apart = 0.72 / count.clip(lower=6)
    return points["row"].map(rows.index).astype(float) + (number - (count - 1) / 2) * apart


def _alt_text(points: pd.DataFrame, rows: list[str], title: str, by: str, unit: str, aim: int | None) -> str:
    """Returns the alternative text: for the first rows how many points, the middle and the longest.

    It ends with how many points lie beyond the chart.
    """
    parts = [
        f"{name} {len(days)}, half of them {days.median():,.0f} or more, the longest {days.max():,.0f}"
        for name in rows[:3]
        for days in [points.loc[points["row"].eq(name), "days"]]
    ]
    parts += [f"{len(rows) - 3} more rows"] if len(rows) > 3 else []
    late = "" if aim is None else f" Beyond the line at {aim:,}: {points['days'].gt(aim).sum():,} of {len(points):,}."
    return f"Chart of points. {title}: {'; '.join(parts) or 'none'} ({unit}, by {by.replace('_', ' ')}).{late}"
