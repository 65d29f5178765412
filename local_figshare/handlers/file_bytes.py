"""The bytes of files: uploaded, of the catalogue, or derived."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from ..store import Store
from ..synthetic_files import synthetic_bytes

CHUNK = 1 << 18


def content(store: Store, row: dict, start: int = 0, end: int | None = None) -> Iterator[bytes]:
    """Returns the bytes of a file from `start` up to `end`, which is not included."""
    end = row["size"] if end is None else end
    path = path_of(store, row)
    return _read(path, start, end) if path else synthetic_bytes(row["name"], row["id"], row["size"], start, end)


def path_of(store: Store, row: dict) -> Path | None:
    """Returns the path of a file's bytes; None where they are derived."""
    if row["stored"]:
        return store.uploads / row["stored"]
    shipped = Path(store.setting("files")) / str(int(row["id"]))
    return shipped if shipped.is_file() else None


def _read(path: Path, start: int, end: int) -> Iterator[bytes]:
    with path.open("rb") as handle:
        handle.seek(start)
        left = end - start
        while left > 0:
            chunk = handle.read(min(CHUNK, left))
            if not chunk:
                return
            left -= len(chunk)
            yield chunk
