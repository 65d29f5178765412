"""Notebook 12: what was planned for each row, what became of it, and why."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

import pandas as pd

from figshare_workbook.base.frames import frame_of
from figshare_workbook.reports.batch_plan import read_batch_ledger
from figshare_workbook.reports.dimensions_export import BatchRow

_ACTION_WORDS = {
    "create": "a new item",
    "update": "an update",
    "skip": "nothing: it is there already",
    "leave out": "nothing: it cannot be sent",
    "done": "nothing: it was sent before",
}
_STATE_WORDS = {
    "done": "sent as a draft",
    "published": "published",
    "in review": "sent, waits for review",
    "failed": "refused by Figshare",
}
_SENT_OUTCOMES = ("sent as a draft", "published", "sent, waits for review")
_UNSENT_WORDS = {"skip": "there already", "leave out": "left out"}


def outcome_frame(plan: Iterable[BatchRow], ledger: str | Path, *, sent: bool) -> pd.DataFrame:
    """Returns what was planned for each row of an export, and what became of it.

    Args:
        plan: From `prepare_batch`.
        ledger: Of `send_batch`; need not exist.
        sent: False after a dry run: then the plan is all there is, but for rows of an earlier run.

    Returns:
        row and article_id (Int64); title, doi, planned, outcome, reason (text), in the order of the export.
    """
    entries = read_batch_ledger(ledger)
    return frame_of(
        [_outcome_row(row, entries.get(row.key) or {}, sent=sent) for row in plan],
        {
            "row": "int",
            "title": "text",
            "doi": "text",
            "planned": "text",
            "outcome": "text",
            "article_id": "int",
            "reason": "text",
        },
    )


def _outcome_row(row: BatchRow, entry: dict, *, sent: bool) -> dict:
    is_noted = row.action == "done" or (sent and row.action in ("create", "update"))
    state = _STATE_WORDS.get(entry.get("state", ""), "begun, not finished") if is_noted and entry else "not sent yet"
    return {
        "row": row.number,
        "title": row.title,
        "doi": row.doi,
        "planned": _ACTION_WORDS[row.action],
        "outcome": _UNSENT_WORDS.get(row.action, state),
        "article_id": (entry if is_noted else vars(row)).get("article_id"),
        "reason": (is_noted and entry.get("why")) or ("" if row.action == "done" else row.why),
    }


def outcome_numbers(outcome: pd.DataFrame) -> dict[str, int]:
    """Returns the main numbers of a batch for `show_head`, from `outcome_frame`; they add up to all rows."""
    count = Counter(outcome["outcome"])
    numbers = {
        "rows in the export": len(outcome),
        "sent": sum(count[name] for name in _SENT_OUTCOMES),
        "not sent yet": count["not sent yet"] + count["begun, not finished"],
        "there already": count["there already"],
        "left out or refused": count["left out"] + count["refused by Figshare"],
    }
    return {name: number for name, number in numbers.items() if number or name == "rows in the export"}


def reasons_frame(failed: pd.DataFrame) -> pd.DataFrame:
    """Returns how many rows lack what, or were refused why: reason (text), rows (Int64), most first.

    Args:
        failed: From `save_failed_rows`. A row that lacks two things counts for both.
    """
    reasons = Counter(reason for why in failed["why"] for reason in _row_reasons(why))
    ordered = sorted(reasons.items(), key=lambda pair: (-pair[1], pair[0]))
    return frame_of(ordered, {"reason": "text", "rows": "int"})


def _row_reasons(why: str) -> list[str]:
    """Returns what a row lacks, without what stands in brackets; the site's own words stay whole."""
    if not why.startswith("needs "):
        return [why]
    return re.sub(r" \([^)]*\)", "", why.removeprefix("needs ")).split(", ")
