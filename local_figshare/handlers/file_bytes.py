"""The bytes of files: uploaded, from the catalogue's folder, or synthetic."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from ..store import Store
from ..synthetic_files import synthetic_bytes

CHUNK = 1 << 18


def file_content(store: Store, row: dict, start: int = 0, end: int | None = None) -> Iterator[bytes]:
    """Returns the bytes of a file from `start` up to `end`, which is not included."""
    end = row["size"] if end is None else end
    path = stored_path(store, row)
    return _read_range(path, start, end) if path else synthetic_bytes(row["name"], row["id"], row["size"], start, end)


def stored_path(store: Store, row: dict) -> Path | None:
    """Returns the path of a file's bytes; None where they are synthetic."""
    if row["stored"]:
        return store.uploads / row["stored"]
    catalogue_path = Path(store.setting("files")) / str(int(row["id"]))
    return catalogue_path if catalogue_path.is_file() else None


def _read_range(path: Path, start: int, end: int) -> Iterator[bytes]:
    with path.open("rb") as handle:
        handle.seek(start)
        bytes_left = end - start
        while bytes_left > 0:
            chunk = handle.read(min(CHUNK, bytes_left))
            if not chunk:
                return
            bytes_left -= len(chunk)
            yield chunk
