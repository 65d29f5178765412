"""A job's results on disk, so that an interrupted run goes on where it stopped."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

from figshare_workbook.base.disk import add_line, make_folder, read_records, repair_last_line, short_path
from figshare_workbook.base.errors import require


class Ledger:
    """Results on disk, one JSON line each, written as they come: a killed run goes on where it stopped.

    Only one run at a time may have a ledger open: see `only_run`.

    Args:
        path: The JSONL file; None keeps the results in memory only.
        job: The first line of the file, such as `{"job": "totals", "site": ...}`. A file with another first
            line is refused, so that results of another job or site are not taken for those of this one.
        is_whole: Tells whether a line holds a complete result; other lines are ignored, and fetched again.

    Attributes:
        done: The complete results, by their id.
    """

    def __init__(
        self, path: str | Path | None, job: dict | None = None, is_whole: Callable[[dict], bool] = lambda record: True
    ):
        self._path, self.job, self._lock = Path(path) if path else None, job, threading.Lock()
        lines = read_records(self._path) if self._path else []
        header = lines.pop(0) if lines and "job" in lines[0] and "id" not in lines[0] else None
        if self._path:
            require(
                all(_is_id(line.get("id")) for line in lines),
                f"{short_path(self._path)} is no ledger: give another file.",
            )
            if job:
                _check_header(self._path, job, header, is_new=not (header or lines))
            make_folder(self._path.parent)
            repair_last_line(self._path)
            if job and not header:
                add_line(self._path, job)
        self.done: dict[Any, dict] = {record["id"]: record for record in lines if is_whole(record)}

    def add(self, record: dict) -> dict:
        """Writes one result to disk, and returns it."""
        with self._lock:
            self.done[record["id"]] = record
            if self._path:
                add_line(self._path, record)
        return record


def _is_id(value: Any) -> bool:
    return isinstance(value, (int, str)) and not isinstance(value, bool)


def _check_header(path: Path, job: dict, header: dict | None, is_new: bool) -> None:
    """Raises `ParameterError` where the first line of a ledger names another job, or none."""
    require(
        header or is_new,
        f"{short_path(path)} does not say which job and site its lines are from (an older "
        "version wrote it): give another file, or delete it.",
    )
    require(
        is_new or header == job,
        f"{short_path(path)} is the ledger of another job, {_job_text(header or {})}, not of "
        f"{_job_text(job)}: give another file, or delete it.",
    )


def _job_text(job: dict) -> str:
    """Returns the first line of a ledger, in words."""
    account = job.get("private")
    return f"{job.get('job')} of {job.get('site')}{f' as account {account}' if account else ''}"
