"""Reading and writing files so that a crash or a full disk leaves no half file."""

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
    """Returns the last folder and the name of a file, for a sentence."""
    return f"{path.parent.name}/{path.name}".lstrip("/")


def make_folder(folder: str | Path) -> Path:
    """Makes the folder if it does not exist, and returns it. Raises `FileProblem` where it cannot be made."""
    with disk_errors(Path(folder), "made"):
        Path(folder).mkdir(parents=True, exist_ok=True)
    return Path(folder)


def raw_lines(path: Path) -> list[bytes]:
    """Returns the lines of a JSONL file; [] where there is no file.

    The BOM, line ends, and NULs that a crash left are removed. An incomplete last line is left out.
    It only reads, so it is safe while another run writes.
    """
    with disk_errors(path, "read"):
        if path.exists() and not path.is_file():
            raise IsADirectoryError(errno.EISDIR, "it is no file")
        lines = path.read_bytes().removeprefix(b"\xef\xbb\xbf").split(b"\n") if path.exists() else []
    lines = [line.strip(b"\0\r\t ") for line in lines]
    if lines and parse_record(lines[-1]) is None:  # a crash cut it off, or another run is writing it
        lines.pop()
    return lines


def read_records(path: str | Path) -> list[dict]:
    """Returns the records of a JSONL file; [] where there is no file. An incomplete last line is left out."""
    return [read_line(line, Path(path), number) for number, line in enumerate(raw_lines(Path(path)), 1) if line]


def read_line(line: bytes, path: Path, number: int) -> dict:
    """Returns the record in one line of a JSONL file.

    Raises:
        FileProblem: The line holds no record; the sentence names the file and the line.
    """
    record = parse_record(line)
    if record is None:
        raise FileProblem(
            f"Line {number} of {short_path(path)} cannot be read.",
            "something other than the workbook has changed the file, or the disk has.",
            "take a copy from before, or delete this line: what it held is asked for again.",
        )
    return record


def parse_record(text: bytes) -> dict | None:
    """Returns the JSON object in a text; None where the text is no JSON object."""
    try:
        record = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return record if isinstance(record, dict) else None


def repair_last_line(path: Path) -> None:
    """Makes a JSONL file ready for more lines.

    Where the last line has no line end, a complete line gets one, and an incomplete line is removed.
    """
    with disk_errors(path):
        content = path.read_bytes() if path.exists() else b""
        if content and not content.endswith(b"\n"):
            complete_lines, _, last_line = content.rpartition(b"\n")
            if parse_record(last_line.removeprefix(b"\xef\xbb\xbf").strip(b"\0\r\t ")) is None:
                os.truncate(path, len(complete_lines) + 1 if complete_lines else 0)
            else:
                append(path, b"\n")


def add_line(path: Path, record: dict) -> None:
    """Adds a record to a JSONL file: the whole line, or nothing of it."""
    with disk_errors(path):
        append(path, f"{json.dumps(record, ensure_ascii=False)}\n".encode(errors="backslashreplace"))


def append(path: Path, text: bytes) -> None:
    """Adds bytes to a file: all of them, or, where the disk is full, none."""
    size = path.stat().st_size if path.exists() else 0
    try:
        with path.open("ab") as file:
            file.write(text)
    except OSError:
        with contextlib.suppress(OSError):
            os.truncate(path, size)
        raise


def write_records(path: Path, records: Iterable[dict]) -> None:
    """Writes records as a JSONL file, whole or not at all."""
    write_text(path, "".join(f"{json.dumps(record, ensure_ascii=False)}\n" for record in records))


def write_text(path: Path, text: str) -> None:
    """Writes a text file in UTF-8, whole or not at all.

    A lone surrogate (half a character of UTF-16), which UTF-8 cannot hold, is written as an escape, as in JSON.
    """
    with whole_file(path) as temporary:
        temporary.write_text(text, encoding="utf-8", errors="backslashreplace")


@contextlib.contextmanager
def whole_file(path: Path) -> Iterator[Path]:
    """Yields a temporary path to write to. After the block the temporary file takes the place of `path`.

    So `path` never holds half a file. The temporary name holds machine, process and thread, so that two runs
    that write the same file do not disturb each other.
    """
    machine = f"{zlib.crc32(platform.node().encode()):08x}"  # two machines may share a disk
    temporary = path.with_name(f".{path.stem}.{machine}-{os.getpid()}-{threading.get_ident()}.part{path.suffix}")
    try:
        with disk_errors(path):
            path.parent.mkdir(parents=True, exist_ok=True)
            _delete_leftovers(path, machine)
            yield temporary
            temporary.replace(path)
    finally:
        with contextlib.suppress(OSError):
            temporary.unlink(missing_ok=True)


def _delete_leftovers(path: Path, machine: str) -> None:
    """Deletes the temporary files that killed runs of this machine have left for a path."""
    for leftover in path.parent.glob(f".{glob.escape(path.stem)}.{machine}-*.part{glob.escape(path.suffix)}"):
        import psutil

        process_id = leftover.name.rpartition(f"{machine}-")[2].partition("-")[0]
        if not (process_id.isdecimal() and psutil.pid_exists(int(process_id))):
            leftover.unlink(missing_ok=True)


@contextlib.contextmanager
def disk_errors(path: Path, action: str = "written") -> Iterator[None]:
    """Turns an `OSError` in the block into a `FileProblem`: one sentence with its cause and what to do.

    Args:
        path: The file or folder that the sentence names.
        action: What failed, as a participle: "written", "read", "made".
    """
    try:
        yield
    except OSError as error:
        fix = next((fix for numbers, fix in _FIX_BY_ERRNO.items() if error.errno in numbers), _DEFAULT_FIX)
        raise FileProblem(
            f"{short_path(path)} could not be {action}.", f"{error.strerror or error}.", f"{fix}, then run it again."
        ) from None


_DEFAULT_FIX = "close the file where it is open, or choose another folder"
_FIX_BY_ERRNO = {
    (errno.ENOSPC, errno.EDQUOT): "make room on the disk",
    (errno.ENAMETOOLONG,): "choose a shorter name",
    (errno.EISDIR, errno.ENOTDIR, errno.EEXIST): "choose another name: a folder stands where a file should, "
    "or a file where a folder should",
    (errno.EACCES, errno.EPERM, errno.EROFS): "close the file where it is open, or choose a place that you have "
    "the right to use",
}
