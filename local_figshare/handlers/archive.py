"""Sends an item as one zip; it is streamed, so that no more than a chunk is in memory."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterator
from typing import Any

from ..messages import Problem, Reply, Request
from ..store import Store
from . import answers
from .file_bytes import file_content

NOT_IN_A_NAME = re.compile(r"[\x00-\x1f\x7f]|(?<=^[A-Za-z]):")  # a NUL ends a name, `C:` leaves the folder
EPOCH = (1980, 1, 1, 0, 0, 0)  # the earliest time of a zip: the bytes do not depend on a clock


class ByteBuffer(io.RawIOBase):
    """A file object that `zipfile` writes to, and from which the bytes are taken meanwhile."""

    def __init__(self) -> None:
        super().__init__()
        self.chunks: list[bytes] = []
        self.position = 0

    def write(self, data: Any) -> int:
        """Keeps the bytes until they are taken."""
        self.chunks.append(bytes(data))
        self.position += len(data)
        return len(data)

    def tell(self) -> int:
        """Returns the number of bytes that were written so far."""
        return self.position

    def take(self) -> bytes:
        """Returns the bytes that were written since the last call."""
        data, self.chunks = b"".join(self.chunks), []
        return data


def zip_reply(store: Store, request: Request, record: dict, is_private: bool = False) -> Reply:
    """Returns all files of a record, or those below ``folder_path``, as a zip."""
    ids = [
        entry if isinstance(entry, int) else entry["id"]
        for entry in (record.get("files") or [] if is_private else answers.downloadable_files(store, record))
    ]
    folder = request.query.get("folder_path", "").strip("/")
    rows = [
        row
        for row in store.files(ids)
        if not row["is_link_only"] and row["status"] != "created" and _is_inside(row["folder_path"], folder)
    ]
    if folder and not rows:
        raise Problem(404, "EntityNotFound", f"Entity not found: folder {folder}")
    name = f"{record['id']}.zip"
    return Reply(
        200,
        _zip_chunks(store, rows),
        {"Content-Disposition": f'attachment; filename="{name}"'},
        content_type="application/zip",
    )


def _is_inside(path: str, folder: str) -> bool:
    path = path.strip("/")
    return not folder or path == folder or path.startswith(folder + "/")


def _zip_chunks(store: Store, rows: list[dict]) -> Iterator[bytes]:
    buffer = ByteBuffer()
    taken_names: set[str] = set()
    with zipfile.ZipFile(buffer, mode="w", compression=zipfile.ZIP_STORED) as archive:
        for row in rows:
            with archive.open(zipfile.ZipInfo(_unique_name(row, taken_names), EPOCH), "w", force_zip64=True) as entry:
                for chunk in file_content(store, row):
                    entry.write(chunk)
                    yield buffer.take()
    yield buffer.take()


def _unique_name(row: dict, taken_names: set[str]) -> str:
    """Returns the file's path in the archive: relative, without `..`, drive or control character, and unique."""
    folder_parts, name_parts = (
        [NOT_IN_A_NAME.sub("_", part) for part in re.split(r"[/\\]", text) if part.strip(" .")]
        for text in (row["folder_path"], row["name"])
    )
    repeats_folder = name_parts[:-1] == folder_parts
    parts = name_parts if repeats_folder else [*folder_parts, *name_parts]
    name = "/".join(parts) or str(row["id"])
    while name in taken_names:
        name = f"{row['id']}_{name.replace('/', '_')}"
    taken_names.add(name)
    return name
