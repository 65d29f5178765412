"""A map of the world, the darker the more.

By hand: geopandas and cartopy bring hundreds of megabytes for one picture of 177 outlines.
"""

from __future__ import annotations

import functools
import json
from pathlib import Path
from typing import Any

import pandas as pd

from figshare_workbook.base.frames import frame_of
from figshare_workbook.tables.chart_style import new_axes


def plot_world(frame: pd.DataFrame, outlines: str | Path, *, aliases: str | Path | None = None, title: str,
               unit: str = "views") -> Any:
    """Countries of the world, the darker the more; places without an outline are named underneath.

    Args:
        frame: With `country` and `value`, e.g. from `breakdown`; rows of one country are added up.
        outlines: A TopoJSON file with an object `countries`, whose members have a `name`.
        aliases: A CSV with the columns country and outline: names that the outlines spell otherwise.
        title: What is shown, with its dates.
        unit: Of the scale.

    Returns:
        The matplotlib Axes.
    """
    from matplotlib.cm import ScalarMappable
    from matplotlib.collections import PolyCollection
    from matplotlib.colors import LogNorm
    shapes, (values, missing) = outlines_of(outlines), placed(frame, outlines, aliases)
    ax = new_axes(title, height=4.2)
    lowest, highest = (min(values.values()), max(values.values())) if values else (1, 10)
    norm = LogNorm(10 ** (len(str(lowest)) - 1), max(10 * lowest, highest))
    colour = ScalarMappable(norm, "viridis_r")
    rings = [(ring, colour.to_rgba(values[name]) if values.get(name) else "#e8e8e8")
             for name, polygons in shapes.items() for ring in polygons]
    ax.add_collection(PolyCollection([ring for ring, _ in rings], facecolors=[shade for _, shade in rings],
                                     edgecolors="white", linewidths=0.4))
    ax.set(xlim=(-171, 191), ylim=(-58, 84), aspect=1.25, xticks=[], yticks=[])
    ax.spines[:].set_visible(False)
    ax.figure.colorbar(colour, ax=ax, shrink=0.7, label=f"{unit} (grey: none)", format="{x:,.0f}")
    ax.set_xlabel(_not_on_the_map(missing), fontsize=9, loc="left", wrap=True)
    return ax


def unmapped_frame(frame: pd.DataFrame, outlines: str | Path,
                   aliases: str | Path | None = None) -> pd.DataFrame:
    """The places that `plot_world` has no outline for: country (text), value (Int64), highest first."""
    _, missing = placed(frame, outlines, aliases)
    return frame_of(missing.items(), {"country": "text", "value": "int"})


def placed(frame: pd.DataFrame, outlines: str | Path, aliases: str | Path | None) -> tuple[dict, dict]:
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


def _not_on_the_map(missing: dict[str, int]) -> str:
    """`Not on the map: Unknown 12, Singapore 3 and 2 more`, eight by name."""
    shown = [f"{name} {value:,}" for name, value in list(missing.items())[:8]]
    more = f" and {len(missing) - 8} more" if len(missing) > 8 else ""
    return f"Not on the map: {', '.join(shown)}{more}" if missing else ""


@functools.lru_cache(maxsize=4)
def outlines_of(path: str | Path) -> dict[str, list]:
    """Each country's rings as arrays of longitude and latitude, from a TopoJSON file.

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
