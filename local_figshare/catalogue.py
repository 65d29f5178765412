"""Reads a folder of records: what is there is checked, what is absent is derived.

A damaged folder gives one `CatalogueError`, a sentence that names the file and the line.
The layout of a folder is described in README.md of this package.
"""

from __future__ import annotations

import csv
import hashlib
import json
import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit

from .records import API_KEYS, PAGE_KEYS, dumps
from .wire import API, BASE, strict_json

HERE = Path(__file__).resolve().parent
SHIPPED = next(HERE.glob("shipped"), HERE.parent / "data")  # inside an installed package, beside it in the checkout
FIGSHARE_API, FIGSHARE_FILES = "https://api.figshare.com/v2", "https://ndownloader.figshare.com/files/"
FILES_HERE = f"{BASE}/files/"
# How a line begins that is spelt as Figshare spells JSON: no space before a colon, one after it.
SPELT_ALIKE = re.compile(r'\{"\w+": ')
INSTANT = re.compile(r"\d{4}-\d\d-\d\d([T ]\d\d:\d\d.*)?$")
ESCAPED_SLASH = "\\/"
# Every file of a folder that shapes the database; files/ holds bytes and is read when asked for.
FILES = ("catalogue.json", "articles.jsonl", "versions.jsonl", "drafts.jsonl", "totals.csv", "institutions.json",
         "groups.json", "accounts.json", "collections.jsonl", "projects.jsonl", "reviews.json", "categories.csv",
         "licenses.json")


class CatalogueError(ValueError):
    """The folder cannot be served; the message names file and line."""


class Catalogue:
    """One data folder.

    Args:
        folder: path of the folder; it must hold ``articles.jsonl``.

    Raises:
        CatalogueError: the folder or its ``articles.jsonl`` is missing, or ``catalogue.json`` is damaged.
    """

    def __init__(self, folder: str | Path):
        self.folder = Path(folder)
        if not self.folder.is_dir():
            raise CatalogueError(f"{self.folder}: there is no such folder")
        if not (self.folder / "articles.jsonl").is_file():
            raise CatalogueError(f"{self.folder / 'articles.jsonl'}: this file is missing; "
                                 "a catalogue holds one public record a line in it")
        self.settings = self.json_file("catalogue.json", {}, dict)
        self.api_url = str(self.settings.get("api_url") or FIGSHARE_API).rstrip("/")
        self.root = self.api_url.removesuffix("/v2")
        self._check_clock()
        self.files_url = FIGSHARE_FILES if self.api_url == FIGSHARE_API else f"{self.root}/files/"
        self._homes = self._address_beginnings()
        self._origin = re.compile("|".join(map(re.escape, self._homes)))

    def _check_clock(self) -> None:
        try:
            instant(self.settings.get("clock") or "2026-01-01")
        except (TypeError, ValueError):
            raise CatalogueError(f"{self.folder / 'catalogue.json'}, line 1: 'clock' must be an instant, "
                                 "like 2026-01-15T12:00:00Z") from None

    @property
    def name(self) -> str:
        """Tells this folder from others, in a later run too; of where it lies only a digest is shown."""
        place = self.folder.resolve()
        return "shipped" if place == SHIPPED else f"{place.name}-{hashlib.sha256(bytes(place)).hexdigest()[:8]}"

    def sources(self) -> list[Path]:
        """The files this catalogue is read from, shipped ones in place of absent ones included."""
        own = [self.folder / name for name in FILES if (self.folder / name).is_file()]
        return own + [SHIPPED / name for name in ("categories.csv", "licenses.json", "institutions.json")
                      if not (self.folder / name).is_file() and (SHIPPED / name).is_file()]

    # Whole files

    def json_file(self, name: str, default: object, kind: type) -> object:
        """A JSON file as a whole; `default` where it is absent."""
        path = self.folder / name
        if not path.is_file():
            return default
        try:
            value = json.loads(path.read_text(encoding="utf-8"))
        except (ValueError, UnicodeDecodeError) as error:
            line = getattr(error, "lineno", 1)
            raise CatalogueError(f"{path}, line {line}: not valid JSON ({error})") from None
        if not isinstance(value, kind):
            raise CatalogueError(f"{path}, line 1: must hold a JSON {'list' if kind is list else 'object'}")
        return value

    def table(self, name: str, required: tuple[str, ...]) -> list[dict]:
        """A JSON list of objects, each with the keys of `required`; the shipped one where absent."""
        rows = self.json_file(name, None, list)
        for number, row in enumerate(rows or [], 1):
            missing = [key for key in required if not isinstance(row, dict) or key not in row]
            if missing:
                raise CatalogueError(f"{self.folder / name}, entry {number}: '{missing[0]}' is missing")
        return rows or []

    def csv_file(self, name: str, required: tuple[str, ...]) -> list[dict]:
        """A CSV file with a header, numbers of `required` columns checked by the caller."""
        path = self.folder / name
        if not path.is_file():
            return []
        with path.open(encoding="utf-8", newline="") as lines:
            reader = csv.DictReader(lines)
            missing = [key for key in required if key not in (reader.fieldnames or [])]
            if missing:
                raise CatalogueError(f"{path}, line 1: the column '{missing[0]}' is missing")
            return list(reader)

    def totals(self) -> dict[int, tuple[int, int, int]]:
        """Views, downloads and shares of an article."""
        found = {}
        for line, row in enumerate(self.csv_file("totals.csv", ("article_id", "views", "downloads")), 2):
            try:
                numbers = [int(row[key] or 0) for key in ("views", "downloads")]
                found[int(row["article_id"])] = (*numbers, int(row.get("shares") or 0))
            except (TypeError, ValueError):
                raise CatalogueError(f"{self.folder / 'totals.csv'}, line {line}: "
                                     "every value must be a whole number") from None
            if min(found[int(row["article_id"])]) < 0:
                raise CatalogueError(f"{self.folder / 'totals.csv'}, line {line}: a count is below zero")
        return found

    def shipped(self, name: str) -> Catalogue:
        """This catalogue where it has the file, otherwise the one that ships with the workbook."""
        return self if (self.folder / name).is_file() or not (SHIPPED / name).is_file() else Catalogue(SHIPPED)

    def categories(self) -> list[tuple]:
        """Rows of (id, title, parent_id, path, source_id, taxonomy_id)."""
        owner = self.shipped("categories.csv")
        columns = ("id", "title", "parent_id", "path", "source_id", "taxonomy_id")
        return [(int(row["id"]), row["title"], int(row["parent_id"] or 0), row["path"], row["source_id"],
                 int(row["taxonomy_id"] or 0)) for row in owner.csv_file("categories.csv", columns)]

    # Files of one record a line

    def records(self, name: str, check: Callable[[dict], str | None]) -> Iterator[tuple[dict, str]]:
        """The records of a JSON-lines file, each with its JSON, their addresses brought home to this server."""
        path = self.folder / name
        if not path.is_file():
            return
        with path.open(encoding="utf-8") as lines:
            for number, line in enumerate(_readable(lines, path), 1):
                if line.strip():
                    yield self._at_home(line.strip(), check, f"{path}, line {number}")

    def numbered(self, name: str) -> Iterator[tuple[int, dict]]:
        """Line numbers and records of a JSON-lines file that was found sound."""
        with (self.folder / name).open(encoding="utf-8") as lines:
            for number, line in enumerate(lines, 1):
                if line.strip():
                    yield number, json.loads(line)

    def _at_home(self, line: str, check: Callable[[dict], str | None], where: str) -> tuple[dict, str]:
        """A record and its JSON, with this server's addresses in the place of the origin's.

        The addresses are replaced in the JSON before it is read, which spares writing it again.
        """
        if not SPELT_ALIKE.match(line) or ESCAPED_SLASH in line:
            line = dumps(_parsed(line, check, where))
        text = self._origin.sub(lambda begin: self._homes[begin[0]], line)
        record = _parsed(text, check, where)
        return record, dumps(record) if self._move_files(record) else text

    def _address_beginnings(self) -> dict[str, str]:
        """How the JSON of an address begins at the origin, and how it begins here."""
        homes = {f'"{key}": "{self.api_url}/': f'"{key}": "{API}/' for key in API_KEYS}
        homes |= {f'"{key}": "https://': f'"{key}": "{BASE}/web/' for key in PAGE_KEYS}
        if self.api_url != FIGSHARE_API:
            homes |= {f'"{key}": "{self.root}/': f'"{key}": "{BASE}/' for key in PAGE_KEYS}
        return homes | {f'"download_url": "{self.files_url}': f'"download_url": "{FILES_HERE}'}

    def _move_files(self, record: dict) -> bool:
        """Give each file of a record its address here; whether one had another."""
        moved = False
        for entry in record.get("files") or []:
            for key, address in self._file_addresses(entry):
                moved |= entry.get(key) != address
                entry[key] = address
        return moved

    def _file_addresses(self, entry: dict) -> Iterator[tuple[str, str]]:
        if not entry.get("is_link_only"):
            yield "download_url", f"{FILES_HERE}{entry['id']}"
        elif (entry.get("download_url") or "").startswith(FILES_HERE):  # what a link points at stays
            yield "download_url", self.files_url + entry["download_url"].removeprefix(FILES_HERE)
        if entry.get("upload_url"):
            yield "upload_url", f"{BASE}/upload/{entry.get('upload_token') or ''}"

    def clock(self, newest: str) -> str:
        """The instant at which the catalogue stands still, ISO 8601 with Z."""
        given = self.settings.get("clock")
        if given:
            return given
        day = datetime.fromisoformat((newest or "2026-01-14")[:10]) + timedelta(days=1, hours=12)
        return day.strftime("%Y-%m-%dT%H:%M:%SZ")


def _parsed(line: str, check: Callable[[dict], str | None], where: str) -> dict:
    try:
        record = strict_json(line)
    except ValueError as error:
        raise CatalogueError(f"{where}: not valid JSON ({error})") from None
    fault = check(record) if isinstance(record, dict) else "must be a JSON object"
    if fault:
        raise CatalogueError(f"{where}: {fault}")
    return record


def _readable(lines: Iterator[str], path: Path) -> Iterator[str]:
    try:
        yield from lines
    except UnicodeDecodeError:
        raise CatalogueError(f"{path}: is not text in UTF-8") from None


# Checks give the fault in words, None where there is none.

_SHAPES = {"title": str, "description": str, "doi": str, "handle": str, "resource_doi": str, "authors": list,
           "files": list, "categories": list, "custom_fields": list, "timeline": dict, "tags": list,
           "funding_list": list}
_PARTS = {"authors": ("id", "full_name"), "categories": ("id", "title"), "files": ("id", "name")}


def check_entity(record: dict) -> str | None:
    """What articles, collections and projects have in common."""
    if not _is_id(record.get("id")):
        return "'id' must be a whole number above zero"
    for key in ("group_id", "defined_type"):
        if record.get(key) is not None and not isinstance(record[key], int):
            return f"'{key}' must be a whole number"
    if "title" not in record:
        return "'title' is missing"
    for key, kind in _SHAPES.items():
        value = record.get(key)
        if value is not None and not isinstance(value, kind):
            return f"'{key}' must be a {'text' if kind is str else 'list' if kind is list else 'JSON object'}"
    return _check_parts(record) or _check_addresses(record) or _check_dates(record)


def _is_id(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 < value < 1 << 63


def _check_addresses(record: dict) -> str | None:
    for key in (*API_KEYS, *PAGE_KEYS):
        if not isinstance(record.get(key) or "", str):
            return f"'{key}' must be a text"
    return None


def _check_parts(record: dict) -> str | None:
    for key, needed in _PARTS.items():
        for entry in record.get(key) or []:
            if not isinstance(entry, dict) or needed[0] not in entry or needed[1] not in entry:
                return f"every entry of '{key}' needs {' and '.join(map(repr, needed))}"
    return None


def _check_dates(record: dict) -> str | None:
    for key in ("created_date", "published_date", "modified_date", "embargo_date"):
        value = record.get(key)
        if not value:
            continue
        try:
            instant(value)
        except (AttributeError, TypeError, ValueError):
            return f"'{key}' is not a date: {value!r}"
    return None


def is_day(text: str) -> bool:
    """Whether there is such a day; of a year or a month alone, whether it begins on one."""
    try:
        datetime.strptime((text + "-01-01")[:len("YYYY-MM-DD")], "%Y-%m-%d")
    except ValueError:
        return False
    return True


def instant(text: str) -> datetime:
    """An ISO 8601 date or time of a record as an aware datetime in UTC."""
    if not INSTANT.match(text):  # Python reads weeks and dates without hyphens too
        raise ValueError(f"{text!r} is not a date")
    value = datetime.fromisoformat(text.replace("Z", "+00:00"))
    return value.astimezone(UTC) if value.tzinfo else value.replace(tzinfo=UTC)


def host_label(host: str) -> str:
    """The name of a portal: the first label of its host."""
    return urlsplit(f"//{host}").hostname.split(".")[0] if host else ""
