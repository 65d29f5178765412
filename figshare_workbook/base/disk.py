"""Files that appear under their name only when they are whole."""

from __future__ import annotations

import contextlib
import json
import os
from collections.abc import Iterable, Iterator
from pathlib import Path

from figshare_workbook.base.errors import FileProblem


def short_path(path: Path) -> str:
    """A file in a sentence: its folder's name and its own."""
    return f"{path.parent.name}/{path.name}".lstrip("/")


def read_lines(path: str | Path) -> list[dict]:
    """The records of a JSONL file, [] where there is none; a line that a crash cut off is cut away."""
    lines = Path(path).read_bytes().splitlines(keepends=True) if Path(path).exists() else []
    if lines and not lines[-1].endswith(b"\n"):
        os.truncate(path, sum(map(len, lines[:-1])))
        lines.pop()
    return [read_line(line, Path(path), number) for number, line in enumerate(lines, 1)]


def read_line(line: bytes, path: Path, number: int) -> dict:
    """The record in one line of a JSONL file; a `FileProblem` that names file and line where there is none."""
    try:
        record = json.loads(line)
    except ValueError:
        record = None
    if not isinstance(record, dict):
        raise FileProblem(f"Line {number} of {short_path(path)} cannot be read.",
                          "something other than the workbook has changed the file, or the disk has.",
                          "take a copy from before, or delete this line and all below it: what they held is "
                          "asked for again.")
    return record


def add_line(path: Path, record: dict) -> None:
    """Adds a record to a JSONL file."""
    with disk_errors(path), path.open("a", encoding="utf-8") as file:
        file.write(f"{json.dumps(record, ensure_ascii=False)}\n")


def write_lines(path: Path, records: Iterable[dict]) -> None:
    """Writes records as a JSONL file, whole or not at all."""
    write_text(path, "".join(f"{json.dumps(record, ensure_ascii=False)}\n" for record in records))


def write_text(path: Path, text: str) -> None:
    """Writes a text file in UTF-8, whole or not at all."""
    with whole_file(path) as part:
        part.write_text(text, encoding="utf-8")


@contextlib.contextmanager
def whole_file(path: Path) -> Iterator[Path]:
    """Where to write a file meanwhile; it takes its place when it is finished, whole or not at all."""
    part = path.with_name(f".{path.stem}.part{path.suffix}")
    try:
        with disk_errors(path):
            path.parent.mkdir(parents=True, exist_ok=True)
            yield part
            part.replace(path)
    finally:
        with contextlib.suppress(OSError):
            part.unlink(missing_ok=True)


@contextlib.contextmanager
def disk_errors(path: Path) -> Iterator[None]:
    """A full disk, or a file that may not be written, as one sentence."""
    try:
        yield
    except OSError as error:
        raise FileProblem(f"{short_path(path)} could not be written.", f"{error.strerror or error}.",
                          "make room, or close the file where it is open, then run it again.") from None
