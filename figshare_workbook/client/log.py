"""The log of requests: a row for every request of one client, and of all clients of this process."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import ClassVar, NamedTuple

import pandas as pd

from figshare_workbook.base.frames import frame_of


class LogRow(NamedTuple):
    """One request and its answer, without credentials."""

    method: str
    path: str
    status: int | None
    ms: float
    bytes: int | None
    from_cache: bool


class LastExchange(NamedTuple):
    """The last request of a client, with its whole address; secrets are masked."""

    method: str
    address: str
    status: int | None
    ms: float
    body: str = ""  # JSON, indented


class RequestLog:
    """The requests of one client, in the order of their answers."""

    of_process: ClassVar[list[RequestLog]] = []  # a lesson counts the requests of all its connections

    def __init__(self) -> None:
        self.rows: list[LogRow] = []
        self.of_process.append(self)


def log_frame(rows: Iterable[LogRow]) -> pd.DataFrame:
    """Returns the rows as a table: method, path (text), status, bytes (Int64), ms (float), from_cache (boolean)."""
    return frame_of(
        rows, {"method": "text", "path": "text", "status": "int", "ms": "float", "bytes": "int", "from_cache": "bool"}
    )


def counts_by_address(rows: Iterable[LogRow]) -> pd.DataFrame:
    """Counts the requests to each address, with {id} in the place of ids: method, path (text), requests (Int64)."""
    frame = log_frame(rows)
    frame["path"] = [re.sub(r"/(\d+|[0-9a-f]{20,})(?=/|$)", "/{id}", path.partition("?")[0]) for path in frame["path"]]
    counts = frame.groupby(["path", "method"], as_index=False).size()
    return frame_of(
        counts[["method", "path", "size"]].to_numpy(), {"method": "text", "path": "text", "requests": "int"}
    )
