"""What the database needs of each record, made of that record alone.

The articles of a big catalogue are prepared by a process of their own while this one writes.
"""

from __future__ import annotations

import gc
import os
import pickle
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from . import fields
from .catalogue import Catalogue, CatalogueError
from .kinds import ARTICLE, Kind
from .reading import FolderFault
from .record_parts import host_of, search_text

BATCH = 16  # few enough to stay in the processor's cache: larger ones take an eighth longer
BIG = 1 << 25  # bytes of articles: below it a second process takes longer to start than it saves
PIPE = 1 << 20  # bytes: some batches lie ready, so that neither process waits for the other


@dataclass(slots=True)
class Prepared:
    """A record as rows of tables; what depends on other records is still to be added.

    Attributes:
        row: of the kind's table.
        texts: of the full-text index.
        host: the portal it belongs to.
        line: of the file that holds it.
        authors: as the record has them.
        files, categories, grants: of a public article; rows of `files`, ids, funding as the record has it.
    """

    row: dict
    texts: dict
    host: str
    authors: list[dict]
    files: list[dict]
    categories: list[int]
    grants: list[dict]
    line: int = 0


def prepared(kind: Kind, table: str, record: dict, text: str | None = None, names: list[str] | None = None) -> Prepared:
    """A record of any kind; `text` is its JSON, `names` those of its files where the record has their ids."""
    names = file_names(record) if names is None else names
    return Prepared(
        kind.row(record, table, text),
        search_text(record, kind.name, names),
        host_of(record),
        record.get("authors") or [],
        [],
        [],
        [],
    )


def prepared_article(record: dict, text: str | None, line: int = 0) -> Prepared:
    """A public article with its files, categories and funding."""
    if record.get("files") is None:
        record, text = {**record, "files": []}, None
    made = prepared(ARTICLE, ARTICLE.public, record, text)
    made.files = file_rows(record, public=True)
    made.categories = [category["id"] for category in record.get("categories") or []]
    made.grants = record.get("funding_list") or []
    made.line = line
    return made


def file_names(record: dict) -> list[str]:
    """Names of the files in a record."""
    return [entry["name"] for entry in record.get("files") or []]


def file_rows(record: dict, public: bool) -> list[dict]:
    """Rows of the table `files` for the files of a record."""
    folders = record.get("folder_structure") or {}
    return [
        {
            "id": entry["id"],
            "article_id": record["id"],
            "position": position,
            "public": int(public),
            "name": entry["name"],
            "size": entry.get("size") or 0,
            "is_link_only": int(bool(entry.get("is_link_only"))),
            "download_url": entry.get("download_url"),
            "supplied_md5": entry.get("supplied_md5") or "",
            "computed_md5": entry.get("computed_md5") or "",
            "mimetype": entry.get("mimetype"),
            "status": entry.get("status") or "available",
            "upload_token": entry.get("upload_token") or "",
            "folder_path": folders.get(str(entry["id"])) or "",
            "stored": "",
        }
        for position, entry in enumerate(record.get("files") or [])
    ]


def article_batches(catalogue: Catalogue) -> Iterator[list[Prepared]]:
    """The public articles of a catalogue. Raises `CatalogueError`."""
    big = (catalogue.folder / ARTICLE.file_of(ARTICLE.public)).stat().st_size > BIG
    return _batches_beside(catalogue) if big and sys.executable else _batches(catalogue)


def _batches(catalogue: Catalogue) -> Iterator[list[Prepared]]:
    name = ARTICLE.file_of(ARTICLE.public)
    articles = (prepared_article(*one) for one in catalogue.records(name, fields.ARTICLE))
    while batch := list(islice(articles, BATCH)):
        yield batch


def _batches_beside(catalogue: Catalogue) -> Iterator[list[Prepared]]:
    """The same, made by a second process."""
    # -P: a folder called local_figshare where somebody happens to stand is not this one
    command = [sys.executable, "-P", "-c", f"import {__name__} as here; here.main()", str(catalogue.folder)]
    paths = [str(Path(__file__).resolve().parent.parent), *filter(None, [os.environ.get("PYTHONPATH")])]
    with subprocess.Popen(
        command, env={**os.environ, "PYTHONPATH": os.pathsep.join(paths)}, stdout=subprocess.PIPE, pipesize=PIPE
    ) as process:
        try:
            while batch := pickle.load(process.stdout):
                if isinstance(batch[0], FolderFault):
                    for fault in batch:
                        catalogue.faults.add(*fault)
                else:
                    yield batch
        except EOFError:
            raise CatalogueError(
                f"{catalogue.folder}: the process that reads the articles has ended too early; is there enough memory?"
            ) from None
        finally:
            process.kill()


@contextmanager
def no_collections() -> Iterator[None]:
    """Records hold no cycles: looking for some takes a tenth of the time."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()


def main() -> None:
    """Pickle the batches of the folder that is named on the command line to standard output, and an empty one."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # a terminal's Ctrl-C reaches the parent too, which ends this process
    with no_collections(), suppress(BrokenPipeError):
        for batch in _answers(Catalogue(sys.argv[1])):
            pickle.dump(batch, sys.stdout.buffer, pickle.HIGHEST_PROTOCOL)
        sys.stdout.flush()


def _answers(catalogue: Catalogue) -> Iterator[list[Prepared] | list[FolderFault]]:
    """The batches, then what is wrong, if anything, and an empty list."""
    with suppress(CatalogueError):  # the faults are many enough: the other process says so
        yield from _batches(catalogue)
    if catalogue.faults.found:
        yield catalogue.faults.found
    yield []
