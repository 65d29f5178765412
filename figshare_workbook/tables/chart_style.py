"""The one style of all charts, and how a figure becomes a file."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from figshare_workbook.base.disk import whole_file
from figshare_workbook.base.frames import cell_text
from figshare_workbook.base.texts import plain_text

# Okabe and Ito's colours, in an order of falling darkness, so that they differ in black and white too.
COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9")
LINES = ("-", "--", ":", "-.")
MARKERS = ("o", "s", "^", "D")


def new_axes(title: str, height: float = 3.8) -> Any:
    """Empty axes in the one style of all charts."""
    import matplotlib.pyplot as plt
    _, ax = plt.subplots(figsize=(8, height), layout="constrained")
    style_axes(ax, title, wrap=True)
    return ax


def style_axes(ax: Any, title: str, *, wrap: bool = False) -> None:
    """Title, frame and grid in the one style of all charts."""
    ax.set_title(title, loc="left", fontsize=12, fontweight="bold", wrap=wrap)
    ax.spines[["top", "right"]].set_visible(False)
    ax.set_axisbelow(True)


def thousands(axis: Any) -> None:
    """Whole numbers with separators on an axis."""
    from matplotlib.ticker import MaxNLocator, StrMethodFormatter
    axis.set_major_locator(MaxNLocator(nbins=6, integer=True))
    axis.set_major_formatter(StrMethodFormatter("{x:,.0f}"))


def short_label(name: Any, length: int = 45) -> str:
    """A long name without its middle: titles of a series differ at the end."""
    text = plain_text(cell_text(name)) or "(none)"
    end = length // 3
    return text if len(text) <= length else f"{text[:length - end - 1].rstrip()}…{text[-end:].lstrip()}"


def save_figure(ax: Any, path: str | Path) -> Path:
    """Writes the figure of these axes, e.g. as PNG; whole or not at all. Returns the path."""
    with whole_file(Path(path)) as part:
        ax.figure.savefig(part, dpi=150)
    return Path(path)
