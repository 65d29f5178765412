"""Notebook 12: the rows sent and published, each once, with a ledger."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from figshare_workbook.base.disk import write_text
from figshare_workbook.base.errors import (
    BadRequest,
    ConnectionFailed,
    CredentialError,
    FigshareError,
    Forbidden,
    NotFound,
)
from figshare_workbook.base.frames import frame_of
from figshare_workbook.base.identifiers import clean_doi
from figshare_workbook.base.ledgers import Ledger
from figshare_workbook.base.screen import progress
from figshare_workbook.base.texts import plain_text
from figshare_workbook.client.connect import Figshare
from figshare_workbook.reports.batch_plan import is_sent, read_batch_ledger
from figshare_workbook.reports.dimensions_export import BatchRow
from figshare_workbook.tables.save import save_table


def send_batch(figshare: Figshare, plan: Iterable[BatchRow], ledger: str | Path) -> pd.DataFrame:
    """Creates or updates an item for each row that the plan wants to; goes on where a run stopped.

    For each row: the record, its authors (so that the token's owner is not left among them), the
    original's DOI as a link-only file, the files. The ledger gets a line before the first request of a
    row and after each step, so that a run that was killed leaves nothing twice and nothing half done.
    A row that the site refuses does not stop the others. Recorded: the owner becomes the first author of
    every new item; a link-only file is a file with `link` for `name`.

    Args:
        figshare: The site; within `figshare.impersonating(...)` for another account.
        plan: From `prepare_batch`, which must have seen the same ledger.
        ledger: A file of JSON lines; one for each site and account.

    Returns:
        The ledger as a table, see `ledger_frame`.

    Raises:
        ConnectionFailed: The site is gone; run it again later.
        FileProblem: Another run is at work on the ledger, or it cannot be read or written.
    """
    with figshare.only_run(ledger):
        _send_rows(figshare, plan, _open_ledger(ledger))
    return ledger_frame(ledger)


def _open_ledger(ledger: str | Path) -> Ledger:
    """Opens the ledger, to be written to. Refuses one that is of no batch."""
    read_batch_ledger(ledger)
    return Ledger(ledger)


def _send_rows(figshare: Figshare, plan: Iterable[BatchRow], results: Ledger) -> None:
    """Sends the rows that no other run has sent since the plan was made."""
    own = {item["id"]: item for item in figshare.account_articles()}
    todo = [row for row in plan if row.action in ("create", "update") and not is_sent(row, own, results.done)]
    for row in progress(todo, label="rows"):
        try:
            _send_row(figshare, row, results, own)
        except (ConnectionFailed, CredentialError):
            raise
        except FigshareError as error:
            why = error.message or str(error).splitlines()[0]
            results.add({**results.done[row.key], "state": "failed", "why": why})


def _begin_row(results: Ledger, row: BatchRow) -> dict:
    """Makes the ledger's first line of a row: what is going to be done, and what was there before."""
    return results.add(
        {
            "id": row.key,
            "row": row.number,
            "state": "begun",
            "action": row.action,
            "article_id": row.article_id,
            "twins": row.twins,
            "why": "",
        }
    )


def _send_row(figshare: Figshare, row: BatchRow, results: Ledger, own: dict[int, dict]) -> None:
    """Sends one row, from wherever an earlier run has left it; each step can be done twice without harm."""
    earlier = results.done.get(row.key)
    entry = earlier or _begin_row(results, row)
    before = entry["article_id"] or (_find_unrecorded_draft(row, results, own) if earlier else None)
    is_new = before not in own
    article_id = _create_or_update(figshare, row, None if is_new else before)
    entry = results.add({**entry, "article_id": article_id, "state": "sent", "why": ""})
    figshare.put(f"/account/articles/{article_id}/authors", {"authors": row.metadata.get("authors", [])})
    if row.link and (is_new or not _has_link(figshare, article_id, row.link)):
        figshare.post(f"/account/articles/{article_id}/files", {"link": row.link})
    for path in row.files:
        figshare.upload_file(article_id, path)
    results.add({**entry, "state": "done"})


def _create_or_update(figshare: Figshare, row: BatchRow, article_id: int | None) -> int:
    """Creates or updates the row's item, and returns its id."""
    if article_id is None:
        return figshare.create_article(row.metadata)
    figshare.update_article(article_id, row.metadata)
    return article_id


def _find_unrecorded_draft(row: BatchRow, results: Ledger, own: dict[int, dict]) -> int | None:
    """Finds the draft that a run has made without getting round to writing its number down."""
    claimed = {*row.twins, *(entry["article_id"] for entry in results.done.values())}

    def is_same(item: dict) -> bool:
        if row.doi:
            return clean_doi(item.get("resource_doi")) == row.doi
        return plain_text(item["title"]) == row.title

    return next((number for number, item in own.items() if number not in claimed and is_same(item)), None)


def _has_link(figshare: Figshare, article_id: int, link: str) -> bool:
    return any(file.get("download_url") == link for file in figshare.files(article_id, private=True))


def publish_batch(figshare: Figshare, ledger: str | Path) -> pd.DataFrame:
    """Publishes, for good, every item that the ledger says was sent whole; a step of its own.

    Args:
        figshare: The site.
        ledger: Of `send_batch`.

    Returns:
        The ledger as a table; state `published`, or `in review` where the group is curated.

    Raises:
        FileProblem: Another run is at work on the ledger, or it cannot be read or written.
    """
    with figshare.only_run(ledger):
        _publish_rows(figshare, _open_ledger(ledger))
    return ledger_frame(ledger)


def _publish_rows(figshare: Figshare, results: Ledger) -> None:
    waiting = [entry for entry in results.done.values() if entry["state"] in ("done", "publishing")]
    for entry in progress(waiting, label="items"):
        try:
            results.add({**entry, **_publish_entry(figshare, entry, results)})
        except (BadRequest, Forbidden, NotFound) as error:
            results.add({**entry, "state": "done", "why": f"not published: {error.message}"})


def _publish_entry(figshare: Figshare, entry: dict, results: Ledger) -> dict:
    """Publishes an item, unless a run that was killed has done so already."""
    private = {}
    if entry["state"] == "publishing":
        private = figshare.article(entry["article_id"], private=True)
    results.add({**entry, "state": "publishing"})
    record = private if private.get("status") == "public" else figshare.publish_article(entry["article_id"])
    return {"state": "published" if record.get("status") == "public" else "in review", "why": ""}


def ledger_frame(ledger: str | Path) -> pd.DataFrame:
    """Returns the ledger of a batch, sorted by row: row and article_id (Int64); id, action, state, why (text)."""
    rows = sorted(read_batch_ledger(ledger).values(), key=lambda entry: entry["row"])
    return frame_of(
        rows, {"row": "int", "id": "text", "action": "text", "state": "text", "article_id": "int", "why": "text"}
    )


def save_failed_rows(
    rows: Sequence[Any], plan: Sequence[BatchRow], ledger: str | Path, folder: str | Path
) -> pd.DataFrame:
    """Writes what was left out or refused: a table to read, and the rows themselves to mend and send again.

    Args:
        rows: The export.
        plan: From `prepare_batch`.
        ledger: Of `send_batch`; need not exist.
        folder: Gets `failed_rows.csv` and `failed_rows.json`; the latter is an export again.

    Returns:
        row (Int64), id, title, doi, why (text).
    """
    entries = read_batch_ledger(ledger).values()
    refused = {entry["id"]: entry["why"] for entry in entries if entry["state"] == "failed"}
    failed = [
        (row, row.why if row.action == "leave out" else refused[row.key])
        for row in plan
        if row.action == "leave out" or (row.key in refused and row.action != "skip")
    ]
    frame = frame_of(
        [(row.number, row.source_id, row.title, row.doi, why) for row, why in failed],
        {"row": "int", "id": "text", "title": "text", "doi": "text", "why": "text"},
    )
    save_table(frame, Path(folder) / "failed_rows.csv")
    write_text(
        Path(folder) / "failed_rows.json",
        json.dumps([rows[row.number] for row, _ in failed], ensure_ascii=False, indent=1),
    )
    return frame
