"""A map of the world, on which darker means more.

By hand: geopandas and cartopy bring hundreds of megabytes for one picture of 177 outlines.
"""

from __future__ import annotations

import functools
import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pandas as pd

from figshare_workbook.base.frames import frame_of
from figshare_workbook.tables.chart_style import WIDTH, chart_style, drawable_lines, finish_figure, new_axes
from figshare_workbook.tables.chart_text import drawable, label_text, wrapped_lines

# From light to dark; the lightest is clearly darker than the grey of a country without a value, in black and white too.
SHADES = ("#aed0e8", "#7aadd4", "#4a8cc2", "#226ca6", "#0a4a85", "#08264d")
NO_VALUE_COLOUR, _BORDER_COLOUR = "#f0f0f0", "#a0a0a0"


@chart_style()
def plot_world(
    frame: pd.DataFrame,
    outlines: str | Path,
    *,
    aliases: str | Path | None = None,
    title: str,
    unit: str = "views",
    finding: str = "",
    source: str = "",
    alt: str = "",
) -> Any:
    """Draws the countries of the world in steps, the darker the more; names places without an outline underneath.

    Args:
        frame: With `country` and `value`, e.g. from `breakdown`; rows of one country are added up.
        outlines: A TopoJSON file with an object `countries`, whose members have a `name`.
        aliases: A CSV with the columns country and outline: names that the outlines spell otherwise.
        title: What is shown, with its dates.
        unit: Of the scale.
        finding: A sentence that the map shows, in larger print above the title.
        source: Where the numbers come from and when, in small print below.
        alt: The alternative text; "": a sentence made from the data.

    Returns:
        The matplotlib Axes.
    """
    from matplotlib.cm import ScalarMappable
    from matplotlib.collections import PolyCollection
    from matplotlib.colors import BoundaryNorm, ListedColormap

    shapes, (values, missing) = outlines_of(outlines), sums_by_outline(frame, outlines, aliases)
    steps = steps_of(values.values())
    shades = shades_of(len(steps) - 1)
    colour = ScalarMappable(BoundaryNorm(steps, len(shades)), ListedColormap(shades))
    note = wrapped_lines(_missing_sentence(missing), WIDTH - 0.6, 9)
    ax = new_axes(title, 4.2 + 0.15 * (len(note) - 1), finding=finding, source=source, left=0.2)
    rings = [
        (ring, colour.to_rgba(values[name]) if values.get(name) else NO_VALUE_COLOUR)
        for name, polygons in shapes.items()
        for ring in polygons
    ]
    ax.add_collection(
        PolyCollection(
            [ring for ring, _ in rings],
            facecolors=[shade for _, shade in rings],
            edgecolors=_BORDER_COLOUR,
            linewidths=0.3,
        )
    )
    ax.set(xlim=(-171, 191), ylim=(-58, 84), aspect=1.25, xticks=[], yticks=[])
    ax.spines[:].set_visible(False)
    if values:
        ax.figure.colorbar(
            colour,
            ax=ax,
            shrink=0.7,
            label=drawable(f"{unit} (light grey: none)"),
            format="{x:,.0f}",
            spacing="uniform",
            ticks=steps,
        )
    ax.set_xlabel(drawable_lines(note), fontsize=9, loc="left")
    return finish_figure(ax, _alt_text(title, unit, values, missing), alt=alt, source=source)


def steps_of(values: Iterable[int]) -> list[int]:
    """Returns six steps at most from the lowest to above the highest, at 1, 2, 5, 10, 20 ..., or at 1, 10, 100 ..."""
    sorted_values = sorted(values) or [1]
    for factors in ((1, 2, 5), (1, 5), (1,)):
        edges = [factor * 10**power for power in range(len(str(sorted_values[-1])) + 1) for factor in factors]
        low = max(number for number, edge in enumerate(edges) if edge <= sorted_values[0])
        high = next(number for number, edge in enumerate(edges) if edge > sorted_values[-1])
        if high - low <= len(SHADES):
            return edges[low : high + 1]
    return [edges[low], *edges[high - len(SHADES) + 1 : high + 1]]


def shades_of(count: int) -> list[str]:
    """Returns so many shades from light to dark, as far apart as they can be; a lone one is of the middle."""
    if count == 1:
        return [SHADES[3]]
    return [SHADES[round(number * (len(SHADES) - 1) / (count - 1))] for number in range(count)]


def _alt_text(title: str, unit: str, values: dict[str, int], missing: dict[str, int]) -> str:
    """Returns the alternative text of the map: the five highest, how many more, and what is not on it."""
    highest = sorted(values.items(), key=lambda pair: -pair[1])
    parts = ", ".join(f"{name} {value:,}" for name, value in highest[:5]) or "none"
    more = f"; {len(highest) - 5} more countries" if len(highest) > 5 else ""
    return f"Map of the world. {title} ({unit}): {parts}{more}. {_missing_sentence(missing)}"


def unmapped_frame(frame: pd.DataFrame, outlines: str | Path, aliases: str | Path | None = None) -> pd.DataFrame:
    """Returns the places that `plot_world` has no outline for: country (text), value (Int64), highest first."""
    _, missing = sums_by_outline(frame, outlines, aliases)
    return frame_of(missing.items(), {"country": "text", "value": "int"})


def sums_by_outline(frame: pd.DataFrame, outlines: str | Path, aliases: str | Path | None) -> tuple[dict, dict]:
    """Sums by the outline's name, and by the country's own name where it has no outline."""
    names = {name.casefold(): name for name in outlines_of(outlines)}
    if aliases:
        table = pd.read_csv(aliases, keep_default_na=False)
        names |= {name.casefold(): outline for name, outline in table[["country", "outline"]].values}
    values: dict[str, int] = {}
    missing: dict[str, int] = {}
    sums = frame[frame["value"] > 0].groupby("country")["value"].sum()
    for country, value in sums.sort_values(ascending=False, kind="stable").items():
        outline = names.get(str(country).casefold(), "")
        found, name = (values, outline) if outline else (missing, country)
        found[name] = found.get(name, 0) + int(value)
    return values, missing


def _missing_sentence(missing: dict[str, int]) -> str:
    """Returns `Not on the map: Unknown 12, Singapore 3 and 2 more`, eight by name."""
    named_places = [f"{label_text(name)} {value:,}" for name, value in list(missing.items())[:8]]
    more = f" and {len(missing) - 8} more" if len(missing) > 8 else ""
    return f"Not on the map: {', '.join(named_places)}{more}" if missing else ""


@functools.lru_cache(maxsize=4)
def outlines_of(path: str | Path) -> dict[str, list]:
    """Returns each country's rings as arrays of longitude and latitude, from a TopoJSON file.

    Its arcs are differences of whole numbers (TopoJSON's specification). Longitudes are unwrapped, so that
    Russia and Fiji, which cross the date line, stay in one piece; Antarctica is left out.
    """
    import numpy as np

    topology = json.loads(Path(path).read_text(encoding="utf-8"))
    scale, shift = (np.array(topology["transform"][key]) for key in ("scale", "translate"))
    arcs = [np.cumsum(arc, axis=0) * scale + shift for arc in topology["arcs"]]

    def ring(numbers: list[int]) -> Any:
        points = np.concatenate([arcs[n] if n >= 0 else arcs[~n][::-1] for n in numbers])
        longitudes = np.unwrap(points[:, 0], period=360)
        longitudes += 360 * (longitudes.mean() < -170)
        return np.column_stack([longitudes, points[:, 1]])

    shapes = {}
    for country in topology["objects"]["countries"]["geometries"]:
        polygons = country["arcs"] if country["type"] == "MultiPolygon" else [country["arcs"]]
        if country["properties"]["name"] != "Antarctica":
            shapes[country["properties"]["name"]] = [ring(polygon[0]) for polygon in polygons]
    return shapes
