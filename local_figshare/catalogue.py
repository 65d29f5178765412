"""Reads a folder of records and checks what is in it.

A damaged folder raises one `CatalogueError`: a sentence for each of its first twenty faults, with file, line and field.
The layout of a folder is described in README.md of this package.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path

from . import fields, shapes, times
from .messages import API, BASE, strict_json
from .reading import Entry, FolderFault, Unreadable, entries_of, json_fault, rows_of, value_of
from .record_parts import API_KEYS, PAGE_KEYS, dumps

HERE = Path(__file__).resolve().parent
SHIPPED = next(HERE.glob("shipped"), HERE.parent / "data")  # inside an installed package, beside it in the checkout
FIGSHARE_API, FIGSHARE_FILES = "https://api.figshare.com/v2", "https://ndownloader.figshare.com/files/"
FILES_HERE = f"{BASE}/files/"
RESTRICTIONS = ("is_embargoed", "is_confidential")
SCHEMES = ("https://", "http://")
# The beginning of a line in Figshare's layout of JSON: no space before a colon, one space after it.
FIGSHARE_LAYOUT, ESCAPED_SLASH = re.compile(r'\{"\w+": '), "\\/"
# The files from which the database is built. The files in files/ are read only at a download.
CATALOGUE_FILES = (
    "catalogue.json",
    "articles.jsonl",
    "versions.jsonl",
    "drafts.jsonl",
    "totals.csv",
    "institutions.json",
    "groups.json",
    "accounts.json",
    "collections.jsonl",
    "projects.jsonl",
    "reviews.json",
    "categories.csv",
    "licenses.json",
)
MOST_FAULTS = 20


class CatalogueError(ValueError):
    """The folder cannot be served; the message names file, line and field of each fault."""


class FolderFaults:
    """The faults that were found in a folder so far."""

    def __init__(self) -> None:
        self.faults: list[FolderFault] = []

    def add(self, path: object, line: int, sentence: str) -> None:
        """Remembers a fault. Raises `CatalogueError` when there are `MOST_FAULTS`."""
        fault = FolderFault(str(path), line, sentence)
        if fault not in self.faults:  # some files are read twice
            self.faults.append(fault)
        if len(self.faults) >= MOST_FAULTS:
            self.check()

    def check(self) -> None:
        """Raises `CatalogueError` where there is a fault."""
        if len(self.faults) == 1:
            raise CatalogueError(str(self.faults[0]))
        if self.faults:
            first = "the first " if len(self.faults) >= MOST_FAULTS else ""
            raise CatalogueError(
                "\n  ".join(
                    [f"the folder cannot be served, {first}{len(self.faults)} faults:", *map(str, sorted(self.faults))]
                )
            )


class Catalogue:
    """A folder of records.

    Args:
        folder: path of the folder; it must hold ``articles.jsonl``.

    Attributes:
        faults: the faults that were found while it was read.

    Raises:
        CatalogueError: the folder or its ``articles.jsonl`` is missing, or ``catalogue.json`` is damaged.
    """

    def __init__(self, folder: str | Path):
        self.folder = Path(folder)
        self.faults = FolderFaults()
        if self.folder.is_file():
            raise CatalogueError(f"{self.folder}: this is a file; name the folder that it lies in")
        if not self.folder.is_dir():
            raise CatalogueError(f"{self.folder}: there is no such folder")
        if not (self.folder / "articles.jsonl").is_file():
            raise CatalogueError(
                f"{self.folder / 'articles.jsonl'}: this file is missing; "
                "a catalogue holds one public record a line in it"
            )
        self.settings = self._settings()
        self.api_url = str(self.settings.get("api_url") or FIGSHARE_API).rstrip("/")
        self.root = self.api_url.removesuffix("/v2")
        self.files_url = FIGSHARE_FILES if self.api_url == FIGSHARE_API else f"{self.root}/files/"
        self._local_beginnings = self._address_beginnings()
        self._origin_beginning = re.compile("|".join(map(re.escape, self._local_beginnings)))

    def _settings(self) -> dict:
        path = self.folder / "catalogue.json"
        try:
            value, line = value_of(path) if path.is_file() else ({}, 1)
        except Unreadable as error:
            raise CatalogueError(f"{path}, line {error.line}: {error.sentence}") from None
        for fault in fields.SETTINGS.faults(value):
            self.faults.add(path, line, fault)
        self.faults.check()
        return value

    @property
    def name(self) -> str:
        """The catalogue's name, which is the same in every run. Of the folder's path it shows only a digest."""
        path = self.folder.resolve()
        return "shipped" if path == SHIPPED else f"{path.name}-{hashlib.sha256(bytes(path)).hexdigest()[:8]}"

    def sources(self) -> list[Path]:
        """Returns the files that this catalogue is read from, with the shipped ones that stand in for absent ones."""
        own = [self.folder / name for name in CATALOGUE_FILES if self.has(name)]
        shared = [
            SHIPPED / name
            for name in ("categories.csv", "licenses.json", "institutions.json")
            if not self.has(name) and (SHIPPED / name).is_file()
        ]
        return own + shared + [path for _, path in self.held_files()]

    def held_files(self) -> list[tuple[int, Path]]:
        """Returns the ids and paths of the files whose bytes the folder holds."""
        paths = sorted((self.folder / "files").glob("*"))
        return [(int(path.name), path) for path in paths if re.fullmatch(r"[0-9]{1,15}", path.name) and path.is_file()]

    def has(self, name: str) -> bool:
        """Tells whether the folder holds a file of this name."""
        return (self.folder / name).is_file()

    # Whole files

    def table(self, name: str, schema: shapes.Record, *unique_keys: str) -> list[dict]:
        """Returns the objects of a JSON list; [] where there is no such file.

        Args:
            name: name of the file.
            schema: the fields of an object.
            unique_keys: keys whose values no two objects may share.
        """
        rows: list[dict] = []
        lines_by_value: dict[str, dict[object, int]] = {key: {} for key in unique_keys}
        for entry in self._entries(name):
            row = self._parsed_entry(entry, name, schema)
            if row is not None and self._is_new(row, entry.line, name, lines_by_value):
                rows.append(row)
        return rows

    def _is_new(self, row: dict, line: int, name: str, lines_by_value: dict[str, dict[object, int]]) -> bool:
        for key, lines in lines_by_value.items():
            value = row[key].lower() if isinstance(row.get(key), str) else row.get(key)
            if value in lines:
                self.faults.add(
                    self.folder / name, line, f"'{key}' {row[key]!r} is there twice, also in line {lines[value]}"
                )
                return False
            if value not in (None, ""):
                lines[value] = line
        return True

    def totals(self) -> dict[int, tuple[int, int, int]]:
        """Returns views, downloads and shares of each article."""
        totals_by_id: dict[int, tuple[int, int, int]] = {}
        first_lines: dict[int, int] = {}
        for line, row in self._rows("totals.csv", ("article_id", "views", "downloads")):
            article = self._cell_number("totals.csv", line, row, "article_id", shapes.ID)
            views, downloads, shares = (
                self._cell_number("totals.csv", line, row, name, shapes.COUNT) or 0
                for name in ("views", "downloads", "shares")
            )
            if article in first_lines:
                self.faults.add(
                    self.folder / "totals.csv",
                    line,
                    f"'article_id' {article} is there twice, also in line {first_lines[article]}",
                )
            elif article:
                totals_by_id[article], first_lines[article] = (views, downloads, shares), line
        return totals_by_id

    def categories(self) -> list[tuple]:
        """Returns rows of (id, title, parent_id, path, source_id, taxonomy_id)."""
        name, rows = "categories.csv", {}
        for line, row in self._rows(name, ("id", "title", "parent_id", "path", "source_id", "taxonomy_id")):
            number = self._cell_number(name, line, row, "id", shapes.ID)
            parent, taxonomy = (
                self._cell_number(name, line, row, key, shapes.WHOLE) or 0 for key in ("parent_id", "taxonomy_id")
            )
            if number in rows:
                self.faults.add(self.folder / name, line, f"'id' {number} is there twice")
            elif number:
                rows[number] = (number, row["title"], parent, row["path"], row["source_id"], taxonomy)
        return list(rows.values())

    def _cell_number(self, name: str, line: int, row: dict[str, str], key: str, shape: shapes.Shape) -> int | None:
        """Reads a whole number of a CSV file, also as pandas writes it (12.0).

        Returns None where the cell is empty or wrong.
        """
        text = row.get(key) or ""
        digits = text.removesuffix(".0")
        if digits.isascii() and digits.isdigit() and len(digits) < 20 and shape.is_valid(int(digits)):
            return int(digits)
        if text or shape is shapes.ID:
            self.faults.add(self.folder / name, line, f"'{key}' must be {shape.words}, not {text!r}")
        return None

    def own_or_shipped(self, name: str) -> Catalogue:
        """Returns this catalogue where it has the file, otherwise the one that ships with the workbook."""
        return self if self.has(name) or not (SHIPPED / name).is_file() else Catalogue(SHIPPED)

    def _rows(self, name: str, required: tuple[str, ...]) -> Iterator[tuple[int, dict[str, str]]]:
        path = self.folder / name
        try:
            yield from rows_of(path, required) if path.is_file() else ()
        except Unreadable as error:
            self.faults.add(path, error.line, error.sentence)

    # Files of records

    def records(self, name: str, schema: shapes.Record) -> Iterator[tuple[dict, str, int]]:
        """Yields the valid records of a file, each with its JSON and its line.

        Their addresses are those of this server.
        """
        for entry in self._entries(name):
            text = self._with_local_addresses(entry.text, has_own_line=not entry.number)
            record = self._parsed_entry(Entry(entry.line, text, entry.number), name, schema)
            if record is not None and self._has_other_layout(record, text):
                text = self._with_local_addresses(entry.text, has_own_line=False)
                record = json.loads(text)
            if record is not None:
                yield record, dumps(record) if self._set_file_addresses(record) else text, entry.line

    def lines_of(self, name: str, ids: set[int]) -> dict[int, int]:
        """Returns the first line of each of some ids, in a file that was checked before."""
        first_lines: dict[int, int] = {}
        with suppress(Unreadable):
            for entry in entries_of(self.folder / name):
                with suppress(ValueError, TypeError, AttributeError):
                    number = strict_json(entry.text).get("id")
                    if number in ids:
                        first_lines.setdefault(number, entry.line)
        return first_lines

    def _entries(self, name: str) -> Iterator[Entry]:
        path = self.folder / name
        try:
            yield from entries_of(path) if path.is_file() else ()
        except Unreadable as error:
            self.faults.add(path, error.line, error.sentence)

    def _parsed_entry(self, entry: Entry, name: str, schema: shapes.Record) -> dict | None:
        """Returns the object that an entry holds; None, and a fault is added, where something is wrong with it."""
        try:
            value = strict_json(entry.text)
            faults = [] if schema.is_valid(value) else list(schema.faults(value))
        except ValueError as error:
            faults = [json_fault(error)]
        for fault in faults:
            entry_note = f" (entry {entry.number})" if entry.number else ""
            self.faults.add(self.folder / name, entry.line, fault.replace(f"{BASE}/web/", "https://") + entry_note)
        return None if faults else value

    def _with_local_addresses(self, text: str, has_own_line: bool) -> str:
        """Returns the JSON of a record, in which this server's addresses replace the origin's.

        They are replaced in the text before it is parsed, so that most records need not be written again.
        """
        if not has_own_line or not FIGSHARE_LAYOUT.match(text) or ESCAPED_SLASH in text:
            try:
                text = dumps(strict_json(text))
            except ValueError:  # `_parsed_entry` says what is wrong
                return text
        return self._origin_beginning.sub(lambda match: self._local_beginnings[match[0]], text)

    def _has_other_layout(self, record: dict, text: str) -> bool:
        """Tells whether the text of a record differs from Figshare's layout, so that an address was not replaced.

        The same goes for a restriction, which `answers` looks for in the text.
        """
        for key in API_KEYS:
            if (record.get(key) or "").startswith(f"{self.api_url}/"):
                return True
        for key in PAGE_KEYS:
            address = record.get(key) or ""
            if address.startswith(SCHEMES) and not address.startswith(BASE):
                return True
        return any(record.get(key) and f'"{key}": true' not in text for key in RESTRICTIONS)

    def _address_beginnings(self) -> dict[str, str]:
        """Returns the beginnings of addresses in JSON: those of the origin, and those of this server for them."""
        beginnings = {f'"{key}": "{self.api_url}/': f'"{key}": "{API}/' for key in API_KEYS}
        if self.api_url != FIGSHARE_API:
            beginnings |= {f'"{key}": "{self.root}/': f'"{key}": "{BASE}/' for key in PAGE_KEYS}
        beginnings |= {
            f'"{key}": "{scheme}://': f'"{key}": "{BASE}/web/' for key in PAGE_KEYS for scheme in ("https", "http")
        }
        return beginnings | {f'"download_url": "{self.files_url}': f'"download_url": "{FILES_HERE}'}

    def _set_file_addresses(self, record: dict) -> bool:
        """Gives each file of a record its address on this server. Returns whether one had another."""
        changed = False
        for entry in record.get("files") or []:
            for key, address in self._file_addresses(entry):
                changed |= entry.get(key) != address
                entry[key] = address
        return changed

    def _file_addresses(self, entry: dict) -> Iterator[tuple[str, str]]:
        if not entry.get("is_link_only"):
            yield "download_url", f"{FILES_HERE}{entry['id']}"
        elif (entry.get("download_url") or "").startswith(FILES_HERE):  # what a link points at stays
            yield "download_url", self.files_url + entry["download_url"].removeprefix(FILES_HERE)
        if entry.get("upload_url"):
            yield "upload_url", f"{BASE}/upload/{entry.get('upload_token') or ''}"

    def clock(self, newest: str) -> str:
        """Returns the time at which the server's clock begins, ISO 8601 with Z."""
        stated = times.utc_timestamp(self.settings.get("clock"))
        if stated:
            return stated
        day = datetime.fromisoformat((newest or "2026-01-14")[:10]) + timedelta(days=1, hours=12)
        return times.timestamp(day)


def is_day(text: str) -> bool:
    """Tells whether a text is a day that exists, or a year or a month that does."""
    try:
        datetime.strptime((text + "-01-01")[: len("YYYY-MM-DD")], "%Y-%m-%d")
    except ValueError:
        return False
    return True
