"""Files that appear under their name only when they are whole."""

from __future__ import annotations

import contextlib
import errno
import glob
import json
import os
import platform
import threading
import zlib
from collections.abc import Iterable, Iterator
from pathlib import Path

from figshare_workbook.base.errors import FileProblem


def short_path(path: Path) -> str:
    """Returns a file's name with its folder's, for a sentence."""
    return f"{path.parent.name}/{path.name}".lstrip("/")


def make_folder(folder: str | Path) -> Path:
    """Makes the folder if need be, and returns it. Raises `FileProblem` where it cannot be made."""
    with disk_errors(Path(folder), "made"):
        Path(folder).mkdir(parents=True, exist_ok=True)
    return Path(folder)


def json_lines(path: Path) -> list[bytes]:
    """Returns the lines of a JSONL file, [] where there is no file: without BOM, line ends, and NULs that a crash left.

    Reads only, so that it may be asked while another run writes.
    """
    with disk_errors(path, "read"):
        if path.exists() and not path.is_file():
            raise IsADirectoryError(errno.EISDIR, "it is no file")
        lines = path.read_bytes().removeprefix(b"\xef\xbb\xbf").split(b"\n") if path.exists() else []
    lines = [line.strip(b"\0\r\t ") for line in lines]
    if lines and record_in(lines[-1]) is None:  # cut off by a crash, or being written just now
        lines.pop()
    return lines


def read_lines(path: str | Path) -> list[dict]:
    """Returns the records of a JSONL file, [] where there is no file. A last line that a crash cut off is left out."""
    return [read_line(line, Path(path), number) for number, line in enumerate(json_lines(Path(path)), 1) if line]


def read_line(line: bytes, path: Path, number: int) -> dict:
    """Returns the record in one line of a JSONL file.

    Raises `FileProblem` that names file and line where there is none.
    """
    record = record_in(line)
    if record is None:
        raise FileProblem(
            f"Line {number} of {short_path(path)} cannot be read.",
            "something other than the workbook has changed the file, or the disk has.",
            "take a copy from before, or delete this line: what it held is asked for again.",
        )
    return record


def record_in(text: bytes) -> dict | None:
    """Returns the JSON object that a text holds; None where it holds none."""
    try:
        record = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return record if isinstance(record, dict) else None


def mend_end(path: Path) -> None:
    """Makes ready for more lines: a last line that a crash cut off is cut away, a whole one is ended."""
    with disk_errors(path):
        held = path.read_bytes() if path.exists() else b""
        if held and not held.endswith(b"\n"):
            whole, _, last = held.rpartition(b"\n")
            if record_in(last.removeprefix(b"\xef\xbb\xbf").strip(b"\0\r\t ")) is None:
                os.truncate(path, len(whole) + 1 if whole else 0)
            else:
                append(path, b"\n")


def add_line(path: Path, record: dict) -> None:
    """Adds a record to a JSONL file: the whole line, or nothing of it."""
    with disk_errors(path):
        append(path, f"{json.dumps(record, ensure_ascii=False)}\n".encode(errors="backslashreplace"))


def append(path: Path, text: bytes) -> None:
    """Adds bytes to a file; where the disk is full, none of them."""
    size = path.stat().st_size if path.exists() else 0
    try:
        with path.open("ab") as file:
            file.write(text)
    except OSError:
        with contextlib.suppress(OSError):
            os.truncate(path, size)
        raise


def write_lines(path: Path, records: Iterable[dict]) -> None:
    """Writes records as a JSONL file, whole or not at all."""
    write_text(path, "".join(f"{json.dumps(record, ensure_ascii=False)}\n" for record in records))


def write_text(path: Path, text: str) -> None:
    """Writes a text file in UTF-8, whole or not at all; half a character of UTF-16 as JSON escapes it."""
    with whole_file(path) as part:
        part.write_text(text, encoding="utf-8", errors="backslashreplace")


@contextlib.contextmanager
def whole_file(path: Path) -> Iterator[Path]:
    """Yields the path to write a file to. The file takes its own place when it is finished, whole or not at all.

    Each run has a name of its own for it, so that two that write the same file do not meet.
    """
    writer = f"{zlib.crc32(platform.node().encode()):08x}"  # the machine: a disk may be shared
    part = path.with_name(f".{path.stem}.{writer}-{os.getpid()}-{threading.get_ident()}.part{path.suffix}")
    try:
        with disk_errors(path):
            path.parent.mkdir(parents=True, exist_ok=True)
            _delete_leftovers(path, writer)
            yield part
            part.replace(path)
    finally:
        with contextlib.suppress(OSError):
            part.unlink(missing_ok=True)


def _delete_leftovers(path: Path, writer: str) -> None:
    """Deletes what killed runs of this machine have left of a file."""
    for left in path.parent.glob(f".{glob.escape(path.stem)}.{writer}-*.part{glob.escape(path.suffix)}"):
        import psutil

        process = left.name.rpartition(f"{writer}-")[2].partition("-")[0]
        if not (process.isdecimal() and psutil.pid_exists(int(process))):
            left.unlink(missing_ok=True)


@contextlib.contextmanager
def disk_errors(path: Path, done: str = "written") -> Iterator[None]:
    """Raises one sentence, with what to do, for a full disk, a folder in the place of a file and the like."""
    try:
        yield
    except OSError as error:
        fix = next((fix for numbers, fix in _FIXES.items() if error.errno in numbers), _FIX)
        raise FileProblem(
            f"{short_path(path)} could not be {done}.", f"{error.strerror or error}.", f"{fix}, then run it again."
        ) from None


_FIX = "close the file where it is open, or choose another folder"
_FIXES = {
    (errno.ENOSPC, errno.EDQUOT): "make room on the disk",
    (errno.ENAMETOOLONG,): "choose a shorter name",
    (errno.EISDIR, errno.ENOTDIR, errno.EEXIST): "choose another name: a folder stands where a file should, "
    "or a file where a folder should",
    (errno.EACCES, errno.EPERM, errno.EROFS): "close the file where it is open, or choose a place that you have "
    "the right to use",
}
