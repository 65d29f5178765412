"""How many items there are of each kind, in each period, and how complete they are."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

import pandas as pd

from figshare_workbook.base.frames import cell_text, frame_of
from figshare_workbook.base.periods import PERIOD_FORMATS, period_frame
from figshare_workbook.base.rules import check_range
from figshare_workbook.base.texts import plain_text, without_accents
from figshare_workbook.tables.cells import distinct_names


def counts_frame(frame: pd.DataFrame, column: str, *, by: str | None = None, most: int | None = None) -> pd.DataFrame:
    """Counts the items that have each value of a column.

    Args:
        frame: A table with `article_id`, one or more rows an item.
        column: What to count; spellings that differ only in case are one, shown as most items have it.
        by: A second column that divides the items, with few values: each becomes a column of counts.
        most: So many rows at most.

    Returns:
        the column (text, "(none)" for empty), items (Int64), then one column (Int64) for each value of
        `by`; most items first. A value of `by` that is the name of a column already gets a number behind it.
    """
    parts_of_rows = frame[by].map(cell_text) if by else pd.Series(dtype=object)
    parts = sorted(set(parts_of_rows))
    headings = distinct_names([column, "items", *parts], lambda name, number: f"{name} ({number})")[2:]
    spellings: dict[str, dict[str, set]] = {}
    for row in frame[["article_id", column]].itertuples(index=False):
        text = cell_text(row[1]) or "(none)"
        spellings.setdefault(text.casefold(), {}).setdefault(text, set()).add(row[0])
    members = {
        heading: set(frame.loc[parts_of_rows == part, "article_id"])
        for part, heading in zip(parts, headings, strict=True)
    }
    rows: list[dict[str, Any]] = []
    for found in spellings.values():
        items = set().union(*found.values())
        rows.append(
            {
                column: max(sorted(found), key=lambda text: len(found[text])),
                "items": len(items),
                **{heading: len(items & own) for heading, own in members.items()},
            }
        )
    rows.sort(key=lambda row: (-row["items"], row[column]))
    return frame_of(rows[:most], {column: "text", "items": "int", **dict.fromkeys(headings, "int")})


def name_fields_frame(records: Iterable[dict], names: Sequence[str]) -> pd.DataFrame:
    """Finds where in each record a name stands.

    Args:
        records: Full records.
        names: Spellings of one name; case does not matter. A lone text is one.

    Returns:
        article_id (Int64) and named_in (text): title, description, tags, authors, funding, custom_fields,
        references, resource_title, "; " between; "another field" where the search found it and we do not. Case,
        accents and punctuation make no difference, as in a search.
    """
    rows, phrases = [], list(map(_bare_words, [names] if isinstance(names, str) else names))
    for record in records:
        matching_fields = [
            field.removesuffix("_list") for field in _SEARCHED_FIELDS if _holds_phrase(record.get(field), phrases)
        ]
        rows.append((record["id"], list(dict.fromkeys(matching_fields)) or "another field"))
    return frame_of(rows, {"article_id": "int", "named_in": "text"})


_SEARCHED_FIELDS = (
    "title",
    "description",
    "tags",
    "authors",
    "funding",
    "funding_list",
    "custom_fields",
    "references",
    "resource_title",
)


def _holds_phrase(value: Any, phrases: Sequence[str]) -> bool:
    text = _bare_words(plain_text(value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)))
    return any(phrase in text for phrase in phrases if phrase)


def _bare_words(text: str) -> str:
    """Returns the words of a text, without case, accents and punctuation."""
    return " ".join(re.findall(r"\w+", without_accents(text).casefold()))


def name_in_portal_frame(found: Iterable[int], portal: Iterable[int]) -> pd.DataFrame:
    """Counts in how many of a portal's items a name stands, and in how many others.

    Args:
        found: The items that hold the name.
        portal: All items of the portal.

    Returns:
        place (text): "our portal", "elsewhere"; with_name, without_name and items (Int64). That an item elsewhere
        does not hold the name makes it nobody's: there without_name is missing.
    """
    named, own = set(found), set(portal)
    rows = [
        ("our portal", len(named & own), len(own - named), len(own)),
        ("elsewhere", len(named - own), None, len(named - own)),
    ]
    return frame_of(rows, {"place": "text", "with_name": "int", "without_name": "int", "items": "int"})


def deposits_frame(
    records: Iterable[dict], start_date: str, end_date: str, *, granularity: str = "month"
) -> pd.DataFrame:
    """Counts the items that were published in each period.

    Args:
        records: Short or full records.
        start_date, end_date: `YYYY-MM-DD`, both included.
        granularity: "day", "month" or "year".

    Returns:
        period (text) and value (Int64), every period once, as `timeline`, so that `plot_timeline` draws it.
    """
    check_range(start_date, end_date)
    days = [record["published_date"][:10] for record in records if record.get("published_date")]
    length = len(pd.Timestamp(start_date).strftime(PERIOD_FORMATS[granularity]))
    counts = Counter(day[:length] for day in days if start_date <= day <= end_date)
    return period_frame(counts, granularity, start_date, end_date)


def periods_frame(moments: pd.Series, granularity: str = "year") -> pd.DataFrame:
    """Counts the moments that fall into each period, from the first to the last; for `plot_timeline`.

    Args:
        moments: A column of times, such as `published_date`; where one is missing, it is not counted.
        granularity: "day", "month" or "year".

    Returns:
        period (text) and value (Int64), every period once, 0 where there is none; no row where no time is known.
    """
    periods = moments.dropna().dt.strftime(PERIOD_FORMATS[granularity])
    if periods.empty:
        return frame_of([], {"period": "text", "value": "int"})
    first, last = pd.Period(periods.min()).start_time, pd.Period(periods.max()).end_time
    return period_frame(Counter(periods), granularity, f"{first:%Y-%m-%d}", f"{last:%Y-%m-%d}")


_COMPLETENESS_TESTS = {
    "licence": lambda record: (record.get("license") or {}).get("name"),
    "description": lambda record: plain_text(record.get("description")),
    "ORCID of an author": lambda record: any(entry.get("orcid_id") for entry in record.get("authors") or []),
    "keyword": lambda record: record.get("tags") or record.get("keywords"),
    "category": lambda record: record.get("categories"),
    "funding": lambda record: record.get("funding_list") or record.get("funding"),
    "DOI": lambda record: record.get("doi"),
    "file": lambda record: record.get("files") or record.get("size"),  # old snapshots have only `size`
}


def completeness_frame(records: Sequence[dict]) -> pd.DataFrame:
    """Counts the full records that have a licence, a description, an ORCID and so on.

    Returns:
        has (text), items (Int64), share (float, per cent of all; missing where there is no record).
    """
    counts = {name: sum(bool(test(record)) for record in records) for name, test in _COMPLETENESS_TESTS.items()}
    rows = [(name, count, 100 * count / len(records) if records else None) for name, count in counts.items()]
    return frame_of(rows, {"has": "text", "items": "int", "share": "float"})


def size_text(size: float) -> str:
    """Returns a number of bytes for people: 1.2 GB, in powers of 1,000."""
    for unit in ("bytes", "kB", "MB", "GB"):
        digits = 0 if unit == "bytes" else 1
        if round(size, digits) < 1000:
            return f"{size:,.{digits}f} {unit}"
        size /= 1000
    return f"{size:,.1f} TB"
