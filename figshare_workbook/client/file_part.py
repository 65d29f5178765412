"""A part of a file as the body of a request. It is read in small pieces while it is sent, to save memory."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from figshare_workbook.base.disk import disk_errors
from figshare_workbook.base.errors import FileProblem

PIECE_BYTES = 1 << 18  # bytes that are read and sent at a time


@dataclass(frozen=True)
class FilePart:
    """The bytes of a file from `start` up to, not including, `end`. A retry iterates again, and reads them again."""

    path: Path
    start: int
    end: int

    def __len__(self) -> int:
        return self.end - self.start

    def __iter__(self) -> Iterator[memoryview]:
        bytes_left, buffer = len(self), memoryview(bytearray(min(PIECE_BYTES, len(self))))
        with disk_errors(self.path, "read"), self.path.open("rb", buffering=0) as file:
            file.seek(self.start)
            while bytes_left:
                count = file.readinto(buffer[:bytes_left])
                if not count:
                    raise FileProblem(
                        f"{self.path.name} has become shorter while it was sent.",
                        "something else writes into it.",
                        "upload it again when it is finished.",
                    )
                bytes_left -= count
                yield buffer[:count]
