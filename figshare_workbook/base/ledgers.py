"""A job's results on disk, so that an interrupted run goes on where it stopped."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

from figshare_workbook.base.disk import add_line, read_lines, short_path
from figshare_workbook.base.errors import require


class Ledger:
    """Results on disk, one JSON line each, written as they come: a killed run goes on where it stopped.

    The first line says whose results these are, where the caller says it: results of another job or
    another site must not pass for those of this one.
    """

    def __init__(self, path: str | Path | None, job: dict | None = None):
        self._path, self.job, self._lock = Path(path) if path else None, job, threading.Lock()
        lines = read_lines(path) if path else []
        head = lines.pop(0) if lines and "job" in lines[0] and "id" not in lines[0] else None
        if self._path:
            require(all("id" in line for line in lines), f"{short_path(self._path)} is no ledger: give another file.")
            self._path.parent.mkdir(parents=True, exist_ok=True)
        if self._path and job:
            self._bind(self._path, job, head, is_new=not (head or lines))
        self.done: dict[Any, dict] = {record["id"]: record for record in lines}

    @staticmethod
    def _bind(path: Path, job: dict, head: dict | None, is_new: bool) -> None:
        """Writes the first line, or compares it."""
        if is_new:
            add_line(path, job)
            head = job
        require(head, f"{short_path(path)} does not say which job and site its lines are from (an older "
                      "version wrote it): give another file, or delete it.")
        require(head == job, f"{short_path(path)} is the ledger of another job, {_job_text(head or {})}, not of "
                             f"{_job_text(job)}: give another file, or delete it.")

    def add(self, record: dict) -> dict:
        """Writes one result; it is safe from then on."""
        with self._lock:
            self.done[record["id"]] = record
            if self._path:
                add_line(self._path, record)
        return record


def _job_text(job: dict) -> str:
    """The first line of a ledger, in words."""
    return f"{job.get('job')} of {job.get('site')}{' as its owner' if job.get('private') else ''}"
