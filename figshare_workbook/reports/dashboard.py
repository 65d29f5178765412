"""Notebook 14: a repository's records, kept fresh, and what was counted for its items in a period."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from figshare_workbook.base.disk import write_records
from figshare_workbook.base.frames import frame_of
from figshare_workbook.base.identifiers import ids_of
from figshare_workbook.client.connect import Figshare

FEW_REQUESTS = 100  # so many requests are sent without asking the person


def refresh_records(figshare: Figshare, path: str | Path, group_ids: Iterable[int]) -> dict:
    """Fetches full records of some groups' public items into a file: a later run fetches only what has changed.

    Args:
        figshare: The client.
        path: A JSONL file, one record a line. An interrupted run goes on from it.
        group_ids: The groups, without those below them (`group_tree` gives them all).

    Returns:
        records (list, by id), fetched (ids of new and changed items) and gone (ids that are not public in
        these groups any more). What the file holds of other groups is dropped from it.

    Raises:
        FileProblem: Another run is at work on the file, or it cannot be read or written.

    Documented: `modified_since`. Our choice: it is asked for from the day of the newest record in the
    file; and since it does not tell what was withdrawn or moved, a group whose number of items (one
    request counts all groups) is not what the file holds is listed as a whole.
    """
    groups = ids_of(group_ids, "group")
    with figshare.only_run(path):
        return _refresh(figshare, Path(path), groups)


def _refresh(figshare: Figshare, path: Path, groups: Sequence[int]) -> dict:
    """Does the work of `refresh_records`, while no other run is at work on the file."""
    results = figshare.full_record_ledger(path)
    known_records = {number: record for number, record in results.done.items() if record.get("group_id") in groups}
    newest = max((record.get("modified_date") or "" for record in known_records.values()), default="")[:10]
    listed = _list_groups(figshare, groups, modified_since=newest or None)
    group_of = {number: record["group_id"] for number, record in {**known_records, **listed}.items()}
    odd = _groups_with_other_counts(figshare, groups, group_of) if known_records else []
    listed |= _list_groups(figshare, odd)
    gone = sorted(number for number in known_records if group_of[number] in odd and number not in listed)
    current = {
        number: record
        for number, record in known_records.items()
        if number not in gone and not _has_changed(record, listed.get(number, record))
    }
    if len(current) < len(results.done):
        write_records(path, [*filter(None, [results.job]), *current.values()])
    records = figshare.full_records(sorted({*known_records, *listed} - set(gone)), ledger=path)
    fetched = [record["id"] for record in records if record["id"] not in current]
    return {"records": records, "fetched": fetched, "gone": gone}


def _list_groups(figshare: Figshare, groups: Sequence[int], **filters: Any) -> dict[int, dict]:
    """Lists short records of these groups by id; `group_id` is 0 in some lists (recorded), so we set it."""
    lists = figshare.in_parallel(lambda group: list(figshare.articles(group=group, **filters)), groups, "groups")
    return {
        item["id"]: {**item, "group_id": group} for group, items in zip(groups, lists, strict=True) for item in items
    }


def _groups_with_other_counts(figshare: Figshare, groups: Sequence[int], group_of: dict[int, int]) -> list[int]:
    """Returns the groups that hold more or fewer items than we know of."""
    known_counts = Counter(group_of.values())
    counts = figshare.count_articles(groups)["articles"]
    return [group for group, count in zip(groups, counts, strict=True) if count != known_counts[group]]


def _has_changed(record: dict, item: dict) -> bool:
    """Tells whether the short record is of a later day, or of another group, than the full one."""
    return any(record.get(key) != item.get(key) for key in ("modified_date", "group_id"))


def item_counts_frame(
    figshare: Figshare,
    article_ids: Iterable[int | dict],
    start_date: str,
    end_date: str,
    *,
    institution: str | None = None,
    per_item: bool = False,
) -> pd.DataFrame:
    """Counts views and downloads of each item in a period, as far as they can be had in few requests.

    Args:
        figshare: The client.
        article_ids: Numbers, or records that have an `id`.
        start_date, end_date: `YYYY-MM-DD`, both included.
        institution: Its short name, where its statistics credentials are there: two requests bring up to 1,000
            items. None: without.
        per_item: Ask for the others one by one, two requests each. Otherwise they are missing, unless a hundred
            requests do.

    Returns:
        article_id, views_period, downloads_period (Int64; missing where not counted). A line says before it begins
        how many requests are sent one by one, or would be.
    """
    days, ids = {"start_date": start_date, "end_date": end_date}, ids_of(article_ids)
    counts = (
        figshare.totals_from_top(ids, institution=institution, **days)
        if institution
        else frame_of([{"id": number} for number in ids], {"id": "int", "views": "int", "downloads": "int"})
    ).set_index("id")
    rest = counts.index[counts.isna().any(axis=1)].tolist()
    is_asked = per_item or (bool(institution) and 2 * len(rest) <= FEW_REQUESTS)
    if rest:
        print(_requests_sentence(len(rest), len(counts), is_asked))
        if is_asked:
            counts.update(figshare.totals(rest, **days).set_index("id"))
    names = {"id": "article_id", "views": "views_period", "downloads": "downloads_period"}
    return counts.reset_index().rename(columns=names)


def _requests_sentence(rest: int, items: int, is_asked: bool) -> str:
    """Returns how many requests are sent one by one, or would be."""
    if is_asked:
        return f"{2 * rest:,} requests for the views and downloads of {rest:,} items in the period."
    return (
        f"{rest:,} of {items:,} items have no views and downloads of the period here. Set per_item to True to ask "
        f"for them: {2 * rest:,} requests."
    )
