"""Notebook 12: what the site knows of each row, and what is to happen to it."""

from __future__ import annotations

import json
from collections.abc import Container, Iterable, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from figshare_workbook.base.disk import read_records, short_path
from figshare_workbook.base.errors import require
from figshare_workbook.base.frames import frame_of
from figshare_workbook.base.identifiers import clean_doi
from figshare_workbook.base.rules import ON_DUPLICATE
from figshare_workbook.base.sequences import without_none
from figshare_workbook.base.texts import plain_text
from figshare_workbook.client.answer_shapes import CATEGORIES
from figshare_workbook.client.connect import Figshare
from figshare_workbook.client.custom_fields import custom_values
from figshare_workbook.reports.dimensions_export import BatchRow


def prepare_batch(
    figshare: Figshare,
    plan: list[BatchRow],
    *,
    license_name: str = "CC BY 4.0",
    group_id: int | None = None,
    custom_fields: Sequence[str] = (),
    on_duplicate: str = "skip",
    send_incomplete: bool = False,
    ledger: str | Path | None = None,
) -> list[BatchRow]:
    """Fills in what only the site knows, and decides what happens to each row. Sends only reads.

    Args:
        figshare: The site; within `figshare.impersonating(...)` for another account.
        plan: From `batch_plan`; changed in place.
        license_name: Of all rows.
        group_id: Of all rows; None or 0: the account's own group.
        custom_fields: `"Name: value"`, for all rows; checked against the group's fields.
        on_duplicate: What happens to a row whose DOI is the `resource_doi` of an item of this account:
            skip, update, create. Other people's items are never updated.
        send_incomplete: Send rows too that could not be published.
        ledger: Of an earlier run; what it sent is no duplicate.

    Returns:
        The plan.

    Raises:
        ParameterError: The group asks for another custom field, or does not know one of those given.
    """
    require(on_duplicate in ON_DUPLICATE, f"on_duplicate must be one of {', '.join(ON_DUPLICATE)}.")
    common = without_none(
        license=figshare.find_license(license_name)["value"],
        group_id=group_id or None,
        custom_fields=custom_values(figshare, group_id, custom_fields) or None,
    )
    categories = figshare.ask("GET", "/account/categories", shape=CATEGORIES)
    codes = {entry["source_id"]: entry["title"] for entry in categories if entry.get("source_id")}
    for row in plan:
        _fill_row(row, common, codes)
    own = list(figshare.account_articles())
    results = read_batch_ledger(ledger)
    ids = {item["id"] for item in own}
    _mark_twins(plan, own, results)
    _mark_done(plan, ids, results)
    _decide_actions(plan, _public_duplicates(figshare, plan, ids), on_duplicate, send_incomplete)
    return plan


def _mark_done(plan: list[BatchRow], own: set[int], results: dict) -> None:
    """Marks the rows that an earlier run has sent, unless their item is gone."""
    for row in plan:
        if row.action == "create" and not row.errors and is_sent(row, own, results):
            row.action, row.why, row.article_id = "done", "in the ledger", results[row.key]["article_id"]


def is_sent(row: BatchRow, own: Container[int], results: dict) -> bool:
    """Tells whether an earlier run has sent the row, and its item is still there."""
    entry = results.get(row.key) or {}
    return entry.get("state") in _SENT_STATES and entry.get("article_id") in own


def read_batch_ledger(ledger: str | Path | None) -> dict[str, dict]:
    """Reads what a batch's ledger says of each row, by its key; {} where there is none. Writes nothing.

    Raises:
        ParameterError: It is the ledger of something else.
    """
    lines = read_records(ledger) if ledger else []
    odd = [line for line in lines if not _is_entry(line)]
    require(
        not odd,
        f"{short_path(Path(ledger or ''))} holds a line that is no row of a batch, "
        f"{json.dumps(odd[:1])[1:60]}: give another file, or delete that line.",
    )
    return {line["id"]: line for line in lines}


def _is_entry(line: dict) -> bool:
    """Tells whether a ledger's line holds all that a later run needs to know of a row."""
    kinds: dict[str, Any] = {
        "id": str,
        "row": int,
        "action": str,
        "article_id": (int, type(None)),
        "twins": list,
        "why": str,
    }
    is_whole = all(name in line and isinstance(line[name], kind) for name, kind in kinds.items())
    return is_whole and line.get("state") in _STATES


def _fill_row(row: BatchRow, common: dict, codes: dict[str, str]) -> None:
    """Fills in licence, group, custom fields, and the site's categories for the codes."""
    row.metadata.update(common)
    category_codes = {code: _category_code(code, codes) for code in row.codes}
    row.notes += [
        f"{code} taken for {exact} {codes[exact]}"
        for code, exact in category_codes.items()
        if exact not in ("", code, code.ljust(6, "9"), f"{code}99")
    ]
    if row.codes and not any(category_codes.values()):
        row.missing.append(f"category_for ({', '.join(row.codes)} is unknown here)")
    if any(category_codes.values()):
        row.metadata["categories_by_source_id"] = list(dict.fromkeys(filter(None, category_codes.values())))


def _category_code(code: str, known: Iterable[str]) -> str:
    """Returns the site's six-digit code: the same, or 'not elsewhere classified' of the group, or the first in it."""
    inside = sorted(other for other in known if other.startswith(code))
    candidates = (code, code.ljust(6, "9"), *(other for other in inside if other.endswith("99")), *inside[:1])
    return next((other for other in candidates if other in inside), "")


def _mark_twins(plan: list[BatchRow], own: list[dict], results: dict) -> None:
    """Marks items of the account that are the same publication: same DOI; without a DOI, same title.

    What an earlier run of this batch made is left aside: the ledger knows what was there before.
    """
    by_doi: dict[str, list[int]] = {}
    by_title: dict[str, list[int]] = {}
    for item in own:
        by_doi.setdefault(clean_doi(item.get("resource_doi")), []).append(item["id"])
        by_title.setdefault(plain_text(item.get("title")), []).append(item["id"])
    for row in plan:
        twins = sorted(by_doi.get(row.doi, []) if row.doi else by_title.get(row.title, []))
        entry = results.get(row.key)
        row.twins = [number for number in twins if number in entry["twins"]] if entry else twins


def _public_duplicates(figshare: Figshare, plan: list[BatchRow], own: set[int]) -> dict[str, int]:
    """Finds other people's public item for each DOI that has one; one request a DOI (documented filter)."""

    def public(doi: str) -> list[int]:
        return [item["id"] for item in figshare.articles(resource_doi=doi) if item["id"] not in own]

    dois = [row.doi for row in plan if row.doi and not (row.twins or row.errors) and row.action == "create"]
    answers = zip(dois, figshare.in_parallel(public, dois, "duplicates"), strict=True)
    return {doi: ids[0] for doi, ids in answers if ids}


def _decide_actions(plan: list[BatchRow], others: dict[str, int], on_duplicate: str, send_incomplete: bool) -> None:
    """Decides what happens to each row, and why; the first reason counts."""
    for row in plan:
        if row.action == "done":
            continue
        if row.errors or (row.missing and not send_incomplete):
            row.action, row.why = "leave out", f"needs {', '.join(row.errors + row.missing)}"
        elif row.action == "skip":
            continue
        elif row.twins and on_duplicate != "create":
            row.action, row.why = on_duplicate, f"is item {row.twins[0]} of this account"
            row.article_id = row.twins[0]
        elif row.doi in others and on_duplicate != "create":
            row.action, row.why = "skip", f"is item {others[row.doi]} of somebody else"


def plan_frame(plan: Iterable[BatchRow]) -> pd.DataFrame:
    """Returns a plan as a table: row (from 0) and article_id (Int64); id, title, doi, action, why, missing, notes."""
    rows = [{**vars(row), "row": row.number, "id": row.source_id, "missing": row.errors + row.missing} for row in plan]
    return frame_of(
        rows,
        {
            "row": "int",
            "id": "text",
            "title": "text",
            "doi": "text",
            "action": "text",
            "why": "text",
            "article_id": "int",
            "missing": "text",
            "notes": "text",
        },
    )


def batch_requests_frame(row: BatchRow) -> pd.DataFrame:
    """Returns the requests that would send a row: method, path, body. Sends nothing."""
    path = f"/account/articles/{row.article_id or '{id}'}"
    first = ("PUT", path) if row.action == "update" else ("POST", "/account/articles")
    steps = [(*first, row.metadata), ("PUT", f"{path}/authors", {"authors": row.metadata.get("authors", [])})]
    steps += [("POST", f"{path}/files", {"link": row.link})] if row.link else []
    steps += [("POST", f"{path}/files", {"name": file.name}) for file in row.files]
    rows = [(method, where, json.dumps(body, ensure_ascii=False)) for method, where, body in steps]
    return frame_of(rows, {"method": "text", "path": "text", "body": "text"})


_SENT_STATES = ("done", "publishing", "published", "in review")
_STATES = ("begun", "sent", "failed", *_SENT_STATES)
