"""Rules for parameters. A rule is a function that takes a value; it returns "" where the value is valid.

Where the value is not valid, it returns what the value must be, in words: "a date such as 2024-01-31".
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection
from datetime import date
from pathlib import Path
from typing import Any

from figshare_workbook.base.errors import ParameterError, require
from figshare_workbook.base.identifiers import clean_doi
from figshare_workbook.base.sequences import without_none
from figshare_workbook.base.sites import SITES

COUNTERS = ("views", "downloads", "shares")
GRANULARITIES = ("day", "month", "year", "total")
ON_DUPLICATE = ("skip", "update", "create")  # what a batch may do with what is there already
TITLE_LENGTHS = 3, 1000  # characters, documented
MAX_PAGE_SIZE = 1000  # documented
DEFAULT_PAGE_SIZE = 10  # entries of a page where the request names no size; documented
MAX_LISTING = 9000  # entities that a listing gives without a cursor; documented
STORABLE_YEARS = 1678, 2261  # the first and the last whole one in a column of times with nanoseconds
_QUOTES = set("\"'“”„‘’«»")


def check_values(values: dict[str, Any]) -> None:
    """Checks parameters by the rules for their names, which are the same in every notebook.

    Raises:
        ParameterError: A value is not valid, or values contradict each other (dates; `publish` and `dry_run`).
    """
    for name, value in values.items():
        rule = next((rule for pattern, rule in _RULES.items() if re.fullmatch(pattern, name)), None)
        if rule and value is not None and (expected := rule(value)):
            raise ParameterError(f"{name} must be {expected}, not {value!r}: change it.")
    if values.get("start_date") and values.get("end_date"):
        check_order(values["start_date"], values["end_date"])
    require(
        not (values.get("publish") and values.get("dry_run")),
        "publish and dry_run are both True, and a dry run publishes nothing: set dry_run to False to send and "
        "publish, or publish to False to look first.",
    )


def check_order(start_date: str, end_date: str) -> None:
    """Raises `ParameterError` where a range ends before it begins."""
    require(start_date <= end_date, f"start_date {start_date} lies after end_date {end_date}: change one of them.")


def _one_of(choices: Collection[str]) -> Callable[[Any], str]:
    choices_text = ", ".join(filter(None, choices)) + (", or empty" if "" in choices else "")
    return lambda value: "" if value in choices else f"one of {choices_text}"


def date_rule(value: Any) -> str:
    """Returns "" for a day in ISO 8601, such as 2024-01-31; else what the value must be."""
    try:
        is_valid = date.fromisoformat(value).isoformat() == value
    except (TypeError, ValueError):
        is_valid = False
    return "" if is_valid else "a date such as 2024-01-31"


def page_size_rule(value: Any) -> str:
    """Returns "" for a number of entries that a page can have; else what the value must be."""
    is_valid = isinstance(value, int) and 1 <= value <= MAX_PAGE_SIZE
    return "" if is_valid else f"a whole number from 1 to {MAX_PAGE_SIZE}"


def _ids_rule(value: Any) -> str:
    items = value if isinstance(value, (list, tuple)) else [value]
    is_valid = all(isinstance(item, int) and item > 0 for item in items)
    return "" if is_valid else "a whole number above 0, or a list of them"


def _folder_rule(value: Any) -> str:
    is_valid = isinstance(value, (str, Path)) and (
        value == "" or not any(part.is_file() for part in (Path(value), *Path(value).parents))
    )
    return "" if is_valid else "the name of a folder, or empty for a temporary one"


def _data_folder_rule(value: Any) -> str:
    is_valid = value == "" or (isinstance(value, (str, Path)) and Path(value).is_dir())
    return "" if is_valid else "a folder that exists, or empty"


def _date_or_empty_rule(value: Any) -> str:
    return f"{date_rule(value)}, or empty" if value and date_rule(value) else ""


def _doi_rule(value: Any) -> str:
    is_valid = isinstance(value, str) and value and clean_doi(value) == value.lower()
    return "" if is_valid else "a DOI without an address before it, as 10.6084/m9.figshare.5616445"


def _texts_rule(value: Any) -> str:
    is_valid = isinstance(value, list) and value and all(isinstance(text, str) and text.strip() for text in value)
    return "" if is_valid else "a list of at least one text, and none of them empty"


def _names_rule(value: Any) -> str:
    """Returns why these cannot be names. The report makes phrases of them, so quotation marks would find no record."""
    is_valid = not _texts_rule(value) and not any({text.strip()[0], text.strip()[-1]} <= _QUOTES for text in value)
    return "" if is_valid else "a list of at least one text, none of them empty or in quotation marks"


def _at_least(least: int) -> Callable[[Any], str]:
    return lambda value: "" if isinstance(value, (int, float)) and value >= least else f"a number from {least} on"


def _file_rule(value: Any) -> str:
    is_valid = isinstance(value, (str, Path)) and Path(value).is_file()
    return "" if is_valid else "the name of a file that exists"


def _short_name_rule(value: Any) -> str:
    is_valid = isinstance(value, str) and re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", value)
    return (
        ""
        if is_valid
        else (
            "the short name of an institution, NAME in NAME.figshare.com, in small letters and without "
            "blanks (a portal with an address of its own gets it from Figshare's support, together "
            "with its credentials for statistics)"
        )
    )


def _oai_set_rule(value: Any) -> str:
    pattern = r"(portal|item_type|category)_[0-9]+|month_year_[0-9]{2}_[0-9]{4}"
    is_valid = isinstance(value, str) and re.fullmatch(pattern, value)
    return "" if is_valid else "the name of an OAI-PMH set, as portal_319, item_type_3 or month_year_05_2024"


def _web_address_rule(value: Any) -> str:
    is_valid = value == "" or (isinstance(value, str) and re.fullmatch(r"https?://[^\s/]+\S*", value))
    return "" if is_valid else "an address that begins with https://, or empty"


def _title_rule(value: Any) -> str:
    low, high = TITLE_LENGTHS
    is_valid = isinstance(value, str) and low <= len(value.strip()) <= high
    return "" if is_valid else f"a title of {low} to {high:,} letters"


def _search_rule(value: Any) -> str:
    is_valid = isinstance(value, str) and sum(map(str.isalnum, value)) >= 2
    return "" if is_valid else "a search with at least two letters or digits, as ':title: frog'"


def _name_and_value_rule(value: Any) -> str:
    is_valid = isinstance(value, list) and all(
        isinstance(text, str) and re.match(r"\s*[^:=\s][^:=]*[:=]", text) for text in value
    )
    return "" if is_valid else 'a list of texts such as ["Department: Biology"], or an empty list'


def _author_rule(value: Any) -> str:
    is_valid = value > 0 if isinstance(value, int) else isinstance(value, str) and any(map(str.isalnum, value))
    return "" if is_valid else "an ORCID, a number above 0, or a name"


def _number_or_none_rule(value: Any) -> str:
    is_valid = isinstance(value, int) and value >= 0
    return "" if is_valid else "a whole number above 0, or 0 for none"


_RULES = {
    "institution": _short_name_rule,
    "set_name": _oai_set_rule,
    "resourcesync(_url)?": _web_address_rule,
    "title": _title_rule,
    "search_for": _search_rule,
    "author": _author_rule,
    "custom_fields": _name_and_value_rule,
    "export_file|outlines|country_aliases": _file_rule,
    "on_duplicate": _one_of(ON_DUPLICATE),
    "status": _one_of(("pending", "approved", "rejected", "closed", "")),
    "overdue_after": _at_least(0),
    "most": _at_least(1),
    "snapshot_items": _at_least(1),
    "(account|author|collection|project)_id|(target|top|only)_group|example_item": _number_or_none_rule,
    "most_.*": _at_least(0),
    ".*_mb": _at_least(1),
    "site": _one_of(SITES),
    "counter": _one_of(COUNTERS),
    "granularity": _one_of(GRANULARITIES),
    "page_size": page_size_rule,
    ".*_date": date_rule,
    ".*_dir": _folder_rule,
    "local_data": _data_folder_rule,
    "today": _date_or_empty_rule,
    ".*_doi": _doi_rule,
    "names": _names_rule,
    "categories": _texts_rule,
    "(article|item|group|author|project|collection|full_record)_ids?": _ids_rule,
    "(many_files|other_group|other_item|institution|taxonomy)_ids?": _ids_rule,
}


def check_range(start_date: str | None, end_date: str | None) -> tuple[str, str]:
    """Returns the two days of a range. Raises `ParameterError` where one is missing or is no day."""
    if not start_date or not end_date:
        raise ParameterError("start_date and end_date are needed: without them Figshare counts this month only.")
    check_days(start_date, end_date)
    first, last = STORABLE_YEARS
    require(
        first <= int(start_date[:4]) and int(end_date[:4]) <= last,
        f"start_date {start_date} and end_date {end_date} must lie in the years {first} to {last}: change one of them.",
    )
    return start_date, end_date


def check_days(start_date: str | None, end_date: str | None) -> None:
    """Raises `ParameterError` where a date that is given is no date, or the range ends before it begins."""
    for name, value in without_none(start_date=start_date, end_date=end_date).items():
        require(not date_rule(value), f"{name} must be {date_rule(value)}, not {value!r}.")
    if start_date and end_date:
        check_order(start_date, end_date)
