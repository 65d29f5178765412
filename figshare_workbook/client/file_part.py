"""A part of a file as the body of a request: read piece by piece while it is sent, so that none is in memory."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from figshare_workbook.base.disk import disk_errors
from figshare_workbook.base.errors import FileProblem

_PIECE = 1 << 18  # bytes that are read and sent at a time


@dataclass(frozen=True)
class FilePart:
    """Bytes `start` up to, not including, `end` of a file; each iteration reads them anew, for another try."""

    path: Path
    start: int
    end: int

    def __len__(self) -> int:
        return self.end - self.start

    def __iter__(self) -> Iterator[memoryview]:
        left, room = len(self), memoryview(bytearray(min(_PIECE, len(self))))
        with disk_errors(self.path, "read"), self.path.open("rb", buffering=0) as file:
            file.seek(self.start)
            while left:
                count = file.readinto(room[:left])
                if not count:
                    raise FileProblem(
                        f"{self.path.name} has become shorter while it was sent.",
                        "something else writes into it.",
                        "upload it again when it is finished.",
                    )
                left -= count
                yield room[:count]
