"""The one style of all charts: how a figure begins, how it is finished, and how it becomes a file."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from figshare_workbook.base.disk import whole_file
from figshare_workbook.base.texts import one_line
from figshare_workbook.tables.chart_text import (
    drawable,
    font_families,
    label_text,
    shorten_middle,
    width_of,
    wrapped_lines,
)

# Okabe and Ito's colours, in an order of falling darkness, so that they differ in black and white too.
COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9")
GREY = "#a6a6a6"  # for lines of an earlier period
HATCHES = ("", "//", "..")
LINES = ("-", "--", ":", "-.")
MARKERS = ("o", "s", "^", "D")
WIDTH = 8.0  # inches
_TITLE, _FINDING, _SOURCE = 12, 14, 8  # points


@contextlib.contextmanager
def chart_style() -> Iterator[None]:
    """Sets the style while a chart is made: fonts that the machine has; a dollar is a dollar.

    Not by `rc_context`: a notebook's backend begins with the first figure, and its own settings would be undone.
    """
    import matplotlib

    rcParams: Any = matplotlib.rcParams
    ours = {"font.family": font_families(), "text.parse_math": False, "text.usetex": False}
    theirs = {name: rcParams[name] for name in ours}
    rcParams.update(ours)
    try:
        yield
    finally:
        rcParams.update(theirs)


def draw_legend_below(ax: Any, names: Sequence[str]) -> None:
    """Draws the names of lines or parts under the axis, in a place of their own, so that nothing lies under them."""
    from matplotlib.transforms import ScaledTranslation

    columns = int(WIDTH / (max(width_of(label_text(name), 10) for name in names) + 0.8))
    below = ax.transAxes + ScaledTranslation(0, -0.5, ax.figure.dpi_scale_trans)
    ax.legend(
        frameon=False,
        loc="upper center",
        bbox_to_anchor=(0.5, 0),
        bbox_transform=below,
        ncols=min(max(columns, 1), len(names)),
    )


def new_axes(title: str, height: float = 3.8, *, finding: str = "", source: str = "", left: float = 0.8) -> Any:
    """Makes empty axes in the one style of all charts.

    Args:
        title: What is shown; wrapped to the picture's width.
        height: Inches, with one line of title; what stands around the chart adds to it.
        finding: A sentence that the chart shows, in larger print above the title.
        source: A line in small print below.
        left: Inches to the left of the axes.
    """
    import matplotlib.pyplot as plt

    lines = _title_lines(title, WIDTH - left - 0.2, is_bold=not finding)
    finding_lines = wrapped_lines(one_line(finding), WIDTH - 0.3, _FINDING, is_bold=True) if finding else []
    height += 0.2 * (len(lines) - 1) + 0.26 * len(finding_lines)
    figure, ax = plt.subplots(figsize=(WIDTH, round(height + _source_height(source), 2)), layout="constrained")
    if finding_lines:
        figure.suptitle(
            drawable_lines(finding_lines, is_bold=True), x=0.012, ha="left", fontsize=_FINDING, fontweight="bold"
        )
    ax.set_title(
        drawable_lines(lines, is_bold=not finding),
        loc="left",
        fontsize=_TITLE - bool(finding),
        fontweight="normal" if finding else "bold",
    )
    style_axes(ax)
    return ax


def _title_lines(title: str, inches: float, *, is_bold: bool) -> list[str]:
    text = shorten_middle(one_line(title), inches, _TITLE, 4, is_bold=is_bold)
    return wrapped_lines(text, inches, _TITLE, is_bold=is_bold)


def drawable_lines(lines: list[str], *, is_bold: bool = False) -> str:
    """Joins lines to one text that can be drawn."""
    return "\n".join(drawable(line, is_bold=is_bold) for line in lines)


def style_axes(ax: Any) -> None:
    """Gives axes the frame and the grid of the one style of all charts."""
    ax.spines[["top", "right"]].set_visible(False)
    ax.set_axisbelow(True)


def write_thousands(axis: Any) -> None:
    """Writes whole numbers with separators on an axis, in steps of 1, 2, 5 or 10."""
    from matplotlib.ticker import MaxNLocator, StrMethodFormatter

    axis.set_major_locator(MaxNLocator(nbins=6, integer=True, steps=[1, 2, 5, 10]))
    axis.set_major_formatter(StrMethodFormatter("{x:,.0f}"))


def finish_figure(ax: Any, sentence: str, *, alt: str = "", source: str = "") -> Any:
    """Finishes a chart: the line of its source, its alternative text, and how a notebook shows it.

    Args:
        ax: The axes, or the first of the figure's.
        sentence: What the picture shows with its main numbers, made from the data.
        alt: Another sentence in its place.
        source: Where the numbers come from and when, e.g. "Figshare statistics, made on 2026-01-15".

    Returns:
        The axes.
    """
    from figshare_workbook.tables.alt_text import set_alt_text, show_alt_texts

    figure = ax.figure
    if source:
        width, height = figure.get_size_inches()
        lines = _source_lines(source, width)
        room = _source_height(source, width) / height
        figure.get_layout_engine().set(rect=(0, room, 1, 1 - room))
        figure.text(0.012, 0.06 / height, drawable_lines(lines), fontsize=_SOURCE, color="#595959", va="bottom")
    set_alt_text(figure, one_line(alt or sentence))
    show_alt_texts(sys.modules.get("IPython"))
    return ax


def _source_lines(source: str, width: float = WIDTH) -> list[str]:
    return wrapped_lines(f"Source: {one_line(source)}", width - 0.3, _SOURCE) if source else []


def _source_height(source: str, width: float = WIDTH) -> float:
    return 0.14 * len(_source_lines(source, width)) + 0.06 if source else 0.0


def short_label(name: Any, length: int = 45) -> str:
    """Returns a long name without its middle: at most `length` characters. `shorten_middle` goes by the width."""
    text, end = label_text(name), length // 3
    return text if len(text) <= length else f"{text[: length - end - 1].rstrip()}…{text[-end:].lstrip()}"


def save_figure(ax: Any, path: str | Path) -> Path:
    """Writes the figure of these axes, e.g. as PNG, 200 dots an inch; whole or not at all.

    Args:
        ax: The axes that a `plot_...` gave.
        path: The file; its ending is its kind: .png, .svg, .pdf. PNG and SVG carry the alternative text.

    Returns:
        The path.
    """
    from figshare_workbook.tables.alt_text import alt_text_of

    path = Path(path)
    field = {".png": "Description", ".svg": "Description", ".pdf": "Subject"}.get(path.suffix.lower())
    metadata = {field: alt_text_of(ax.figure)} if field and alt_text_of(ax.figure) else None
    with whole_file(path) as part:
        ax.figure.savefig(part, dpi=200, format=path.suffix[1:].lower() or "png", metadata=metadata)
    return path
