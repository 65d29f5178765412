"""Groups as a table and as a tree, with sums that include subgroups."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

import pandas as pd

from figshare_workbook.base.errors import require
from figshare_workbook.base.frames import frame_of


def groups_frame(groups: Iterable[dict]) -> pd.DataFrame:
    """Returns groups as a table.

    Returns:
        id (Int64), name, parent_id (Int64; 0 at the top), path (names from the top, " > " between).
    """
    groups = list(groups)
    by_id = {group["id"]: group for group in groups}
    rows = [{**group, "path": " > ".join(_path_names(group, by_id))} for group in groups]
    return frame_of(rows, {"id": "int", "name": "text", "parent_id": "int", "path": "text"})


def _path_names(group: dict, by_id: dict) -> list[str]:
    above = by_id.get(_parent_id(group, by_id))
    return [*(_path_names(above, by_id) if above else []), group["name"]]


def _parent_id(group: dict, by_id: dict) -> int | None:
    """Returns the id of the group above; None for the top itself, whose id is 0.

    0, null and absent all stand for the top, and so does a group that is not among these.
    """
    parent = group.get("parent_id") or 0
    return (parent if parent in by_id else 0) if group["id"] else None


def group_tree(groups: Iterable[dict], top_group: int = 0, *, include_subgroups: bool = True) -> list[dict]:
    """Returns a group and all groups below it, each before its own subgroups, by name.

    Args:
        groups: From `figshare.groups()`.
        top_group: The id of the group at the top; 0: all groups, below one that we add (its id is 0).
        include_subgroups: False: the group alone.

    Raises:
        ParameterError: There is no such group; some that there are get named.
    """
    by_id = {group["id"]: group for group in groups}
    examples = ", ".join(f"{number} {group['name']}" for number, group in list(by_id.items())[:5])
    require(
        top_group in (0, *by_id),
        f"{top_group} is no group of the token's institution: choose one, such as {examples}, or 0 for all.",
    )
    by_id[0] = {"id": 0, "name": "All groups"}  # the parent_id of a group at the top is 0
    tree = [by_id[number] for _, number in _walk_tree(by_id, top_group)]
    return tree if include_subgroups or not top_group else tree[:1]


def group_sums_frame(tree: Sequence[dict], items: pd.DataFrame, **periods: pd.DataFrame) -> pd.DataFrame:
    """Adds up items, views and downloads of a group and of each group below it, subgroups included.

    Args:
        tree: From `group_tree`.
        items: One row an item: group_id, views, downloads.
        **periods: What each group counted in a period, by the period's name: group_id, views, downloads, one or
            more rows a group.

    Returns:
        group_id (Int64), group (its name), path (names from the top, " > " between), level (0: the top),
        own_items (without subgroups), items, views, downloads (Int64; with subgroups), views_NAME and
        downloads_NAME for each period; in the tree's order.
    """
    by_id = {group["id"]: group for group in tree}
    rows = []
    for level, number in _walk_tree(by_id, tree[0]["id"]):
        below = [number, *(child for _, child in _walk_tree(by_id, number))]
        inside = items[items["group_id"].isin(below)]
        counted = {
            f"{counter}_{name}": frame.loc[frame["group_id"].isin(below), counter].sum()
            for name, frame in periods.items()
            for counter in ("views", "downloads")
        }
        rows.append(
            {
                "group_id": number,
                "group": by_id[number]["name"],
                "level": level,
                "items": len(inside),
                "path": " > ".join(_path_names(by_id[number], by_id)),
                "own_items": int(items["group_id"].eq(number).sum()),
                "views": inside["views"].sum(),
                "downloads": inside["downloads"].sum(),
                **counted,
            }
        )
    columns = [f"{counter}_{name}" for name in periods for counter in ("views", "downloads")]
    return frame_of(
        rows,
        {
            "group_id": "int",
            "group": "text",
            "path": "text",
            "level": "int",
            "own_items": "int",
            "items": "int",
            "views": "int",
            "downloads": "int",
            **dict.fromkeys(columns, "int"),
        },
    )


def indented_groups_frame(sums: pd.DataFrame) -> pd.DataFrame:
    """Returns a `group_sums_frame` for people: a group's name has a dash for each level above it."""
    names = ["– " * level + name for level, name in zip(sums["level"], sums["group"], strict=True)]
    return sums.assign(group=names)


def direct_subgroups_frame(sums: pd.DataFrame) -> pd.DataFrame:
    """Returns the groups right below the top of a `group_sums_frame`, and what is in the top group itself.

    Where all of it is in one group below the top, that group is taken for the top.

    Returns:
        group (text), items, views, downloads (Int64); most items first. The items add up to all of them.
    """
    level = _lowest_level_with_all(sums)
    top, below = sums[sums["level"] == level], sums[sums["level"] == level + 1]
    columns = ["items", "views", "downloads"]
    itself = top[columns].iloc[0] - below[columns].sum()
    name = f"{top['group'].iloc[0]}{' itself' if len(below) else ''}"
    rows = below.to_dict("records")
    rows += [{"group": name, **itself}] if itself["items"] or not rows else []
    rows.sort(key=lambda row: -row["items"])
    return frame_of(rows, {"group": "text", **dict.fromkeys(columns, "int")})


def _lowest_level_with_all(sums: pd.DataFrame) -> int:
    """Returns the level of the lowest group that still holds everything."""
    level = 0
    while (sums["level"] == level + 1).sum() == 1 and not sums.loc[sums["level"] == level, "own_items"].any():
        level += 1
    return level


def _walk_tree(by_id: dict[int, dict], group_id: int, level: int = 0) -> Iterator[tuple[int, int]]:
    """Yields `level, id` of a group and of all below it, each before its own subgroups, by name."""
    yield level, group_id
    children = [group for group in by_id.values() if _parent_id(group, by_id) == group_id]
    for child in sorted(children, key=lambda group: group["name"]):
        yield from _walk_tree(by_id, child["id"], level + 1)
