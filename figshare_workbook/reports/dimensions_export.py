"""Notebook 12: an export of Dimensions, row by row, and what each row would become."""

from __future__ import annotations

import html
import json
import os
import re
import reprlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import pandas as pd

from figshare_workbook.base.errors import ParameterError, require
from figshare_workbook.base.frames import frame_of
from figshare_workbook.base.identifiers import clean_doi, clean_orcid, value_as_text, web_address
from figshare_workbook.base.rules import TITLE_LENGTHS
from figshare_workbook.base.sequences import without_none
from figshare_workbook.base.texts import plain_text

_PUBLICATION_TYPES = {
    "article": "journal contribution",
    "chapter": "chapter",
    "book": "book",
    "monograph": "monograph",
    "proceeding": "conference contribution",
    "preprint": "preprint",
}
_MAPPING = (
    ("id", "(ledger only)", "the row's name in the ledger where it has no DOI"),
    ("title", "title, resource_title", "without markup; 3 to 1,000 characters"),
    ("abstract", "description", "without markup; where there is none, the description says so"),
    ("journal, publisher, date", "description", "one sentence: where the original appeared"),
    ("authors", "authors", "name, and ORCID where its check character is right"),
    ("doi", "resource_doi, link-only file", "lower case, without https://doi.org/; never the item's own DOI"),
    ("date, else year", "timeline.firstOnline", "a partial date is completed with 01"),
    ("type", "defined_type", "; ".join(f"{key}: {value}" for key, value in _PUBLICATION_TYPES.items())),
    ("category_for", "categories_by_source_id", "the most exact code; of a group 'not elsewhere classified'"),
    ("concepts", "keywords", "the first six"),
    ("funders, supporting_grant_ids", "funding_list", "a title each"),
    ("linkout", "references", "if it is an address"),
    ("path", "files", "not part of an export: a file, or several, beside it"),
)
_MOST_KEYWORDS = 6


@dataclass
class BatchRow:
    """One row of an export on its way to Figshare.

    `errors` keep it from being sent, `missing` is what publishing would still need, `notes` say what was
    changed or left out on the way. `action` is create, update, skip, leave out or done.
    """

    number: int
    source_id: str = ""
    title: str = ""
    doi: str = ""
    metadata: dict = field(default_factory=dict)
    codes: list[str] = field(default_factory=list)
    files: list[Path] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    action: str = "create"
    why: str = ""
    article_id: int | None = None
    twins: list[int] = field(default_factory=list)  # items of the account that were there before

    @property
    def key(self) -> str:
        """The row's name in the ledger, the same in every run."""
        return self.doi or self.source_id

    @property
    def link(self) -> str:
        """The address of the original."""
        return f"https://doi.org/{self.doi}" if self.doi else ""


def mapping_frame() -> pd.DataFrame:
    """Returns the field of Figshare that each field of a Dimensions export goes to: field, goes_to, how."""
    return frame_of(_MAPPING, {"field": "text", "goes_to": "text", "how": "text"})


def read_export(path: str | Path) -> list:
    """Reads the rows of a JSON export, whatever they are.

    Raises:
        ParameterError: The file is not there, or holds no JSON list.
    """
    try:
        rows = json.loads(Path(path).read_text(encoding="utf-8-sig"))
    except (OSError, ValueError) as error:
        raise ParameterError(f"{path} cannot be read as JSON ({error}): give another file.") from None
    require(isinstance(rows, list), f"{path} holds no list of publications: give another file.")
    return rows


def batch_plan(rows: Sequence[Any], folder: str | Path = ".") -> list[BatchRow]:
    """Plans what every row of an export would become. Asks nothing of any site.

    Args:
        rows: Publications in the shape of a Dimensions export; broken rows included.
        folder: Where the files named by a row's `path` are.

    Returns:
        One BatchRow a row, in order, with every error and every missing field named.
    """
    plan = [_batch_row(number, row, Path(folder)) for number, row in enumerate(rows)]
    _mark_copies(plan)
    return plan


def _batch_row(number: int, row: Any, folder: Path) -> BatchRow:
    """Reads one row; a row that is no record has one error."""
    if not isinstance(row, dict):
        return BatchRow(number, errors=["a record (the row is empty)"])
    title = plain_text(value_as_text(row.get("title")))
    batch_row = BatchRow(number, value_as_text(row.get("id")), title, clean_doi(row.get("doi")))
    notes = batch_row.notes
    unreadable = [name for name in _TEXT_FIELDS if row.get(name) and not value_as_text(row[name])]
    notes += [_unreadable_note(name, row[name]) for name in unreadable]
    if value_as_text(row.get("doi")) and not batch_row.doi:
        notes.append(f"no DOI: {value_as_text(row['doi'])}")
    elif batch_row.doi and batch_row.doi != row["doi"]:
        notes.append(f"DOI was {value_as_text(row['doi'])!r}")
    if batch_row.title != value_as_text(row.get("title")):
        notes.append("title without its markup")
    batch_row.files = [folder / path for path in map(value_as_text, _entries_of_kind(row, "path", str, notes)) if path]
    batch_row.codes = _export_codes(_entries_of_kind(row, "category_for", dict, notes))
    day = _export_day(row, notes)
    batch_row.metadata = without_none(
        title=batch_row.title,
        resource_title=batch_row.title,
        resource_doi=batch_row.doi or None,
        description=_export_description(row, batch_row, day),
        authors=_export_authors(_entries_of_kind(row, "authors", dict, notes), notes) or None,
        defined_type=_PUBLICATION_TYPES.get(value_as_text(row.get("type")).lower()),
        keywords=_export_keywords(_entries_of_kind(row, "concepts", (str, int), notes)) or None,
        funding_list=_export_funding(row, notes) or None,
        timeline={"firstOnline": day} if day else None,
        references=_export_references(row) or None,
    )
    _check_row(batch_row, row)
    return batch_row


def _entries_of_kind(row: dict, name: str, kind: Any, notes: list[str]) -> list:
    """Returns the entries of one kind in a field that should be a list, one alone too; notes the rest."""
    value = row.get(name)
    values = value if isinstance(value, list) else [] if value in (None, "") else [value]
    odd = [entry for entry in values if not isinstance(entry, kind)]
    notes += [_unreadable_note(name, odd[0])] if odd else []
    return [entry for entry in values if isinstance(entry, kind)]


def _unreadable_note(name: str, value: Any) -> str:
    return f"{name} {reprlib.repr(value)} cannot be read"


_TEXT_FIELDS = ("id", "title", "doi", "abstract", "publisher", "type", "date", "year", "linkout")


def _export_authors(people: Sequence[dict], notes: list[str]) -> list[dict]:
    """Returns `{"name"}` or `{"name", "orcid_id"}` of everybody who has a name."""
    authors = []
    for person in people:
        name = " ".join(filter(None, (value_as_text(person.get("first_name")), value_as_text(person.get("last_name")))))
        orcids = [text for text in _entries_of_kind(person, "orcid", object, notes) if text]
        orcid = next(filter(None, map(clean_orcid, orcids)), "")
        if orcids and not orcid:
            notes.append(f"ORCID {value_as_text(orcids[0]) or reprlib.repr(orcids[0])} of {name} is not valid")
        if name:
            authors.append({"name": name, **({"orcid_id": orcid} if orcid else {})})
        else:
            notes.append("an author without a name")
    return authors


def _export_day(row: dict, notes: list[str]) -> str:
    """Returns the date of publication, made whole: the date, else the year; "" where neither is valid."""
    texts = [text for text in (value_as_text(row.get("date")), value_as_text(row.get("year"))) if text]
    for text in texts:
        full_date = f"{text}-01-01"[:10] if re.fullmatch(r"\d{4}(-\d\d)?", text) else text
        try:
            day = date.fromisoformat(full_date).isoformat()
        except ValueError:
            notes.append(f"{text!r} is no date")
            continue
        if day != text:
            notes.append(f"date {text} completed to {day}")
        return day
    notes += [] if texts else ["no date"]
    return ""


def _export_description(row: dict, batch_row: BatchRow, day: str) -> str:
    """Returns the abstract, or a sentence that says that there is none, and where the original appeared."""
    abstract = plain_text(value_as_text(row.get("abstract")))
    if not abstract:
        batch_row.notes.append("no abstract")
        abstract = "The source of this record has no abstract."
    journals = _entries_of_kind(row, "journal", dict, batch_row.notes)
    titles = [value_as_text(journal.get("title")) for journal in journals]
    places = filter(None, (*titles, value_as_text(row.get("publisher")), day[:4], batch_row.link))
    return "".join(
        f"<p>{html.escape(text, quote=False)}</p>" for text in (abstract, f"Published in: {', '.join(places)}.")
    )


def _export_codes(fields: Sequence[dict]) -> list[str]:
    """Returns the codes at the beginning of the names, those left out that others make more exact."""
    names = [value_as_text(entry.get("name")) for entry in fields]
    codes = list(dict.fromkeys(match[0] for match in (re.match(r"\d+", name) for name in names) if match))
    return [code for code in codes if not any(other != code and other.startswith(code) for other in codes)]


def _export_keywords(concepts: Sequence[str | int]) -> list[str]:
    return list(dict.fromkeys(filter(None, map(value_as_text, concepts))))[:_MOST_KEYWORDS]


def _export_funding(row: dict, notes: list[str]) -> list[dict]:
    funders = [value_as_text(entry.get("name")) for entry in _entries_of_kind(row, "funders", dict, notes)]
    grants = [value_as_text(grant) for grant in _entries_of_kind(row, "supporting_grant_ids", (str, int), notes)]
    return [{"title": title} for title in dict.fromkeys([*funders, *grants]) if title]


def _export_references(row: dict) -> list[str]:
    return [address for address in [web_address(row.get("linkout"))] if address]


def _check_row(batch_row: BatchRow, row: dict) -> None:
    """Names every error and every missing field; decides nothing yet that needs the site."""
    low, high = TITLE_LENGTHS
    if not batch_row.title:
        batch_row.errors.append("title")
    elif not low <= len(batch_row.title) <= high:
        batch_row.errors.append(f"a title of {low} to {high:,} characters (it has {len(batch_row.title):,})")
    if not batch_row.key:
        batch_row.errors.append("id or DOI")
    batch_row.errors += [f"the file {path.name}" for path in batch_row.files if not os.path.isfile(path)]
    kind = value_as_text(row.get("type"))
    absent = {
        "authors": batch_row.metadata.get("authors"),
        "category_for": batch_row.codes,
        "concepts": batch_row.metadata.get("keywords"),
        "doi or path": batch_row.doi or batch_row.files,
        f"type ({kind!r} is unknown)" if kind else "type": batch_row.metadata.get("defined_type"),
    }
    batch_row.missing = [name for name, value in absent.items() if not value]


def _mark_copies(plan: list[BatchRow]) -> None:
    """Marks a publication that comes twice in the export: it is sent once. The same id alone is only noted."""
    keys: dict[str, int] = {}
    ids: dict[str, int] = {}
    for row in plan:
        if row.key and not row.errors and (first := keys.setdefault(row.key, row.number)) != row.number:
            row.action, row.why = "skip", f"copy of row {first}"
        elif row.source_id and (first := ids.setdefault(row.source_id, row.number)) != row.number:
            row.notes.append(f"same id as row {first}")
