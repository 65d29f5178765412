"""Records as tables: items, their files, authors, categories, tags, funding, custom fields."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from urllib.parse import quote

import pandas as pd

from figshare_workbook.base.checksums import known_md5
from figshare_workbook.base.errors import require
from figshare_workbook.base.frames import frame_of
from figshare_workbook.base.texts import plain_text

_RECORD_COLUMNS = {
    "id": "int",
    "title": "text",
    "type": "text",
    "published_date": "time",
    "group_id": "int",
    "doi": "text",
    "handle": "text",
    "url": "text",
    "version": "int",
    "status": "text",
    "size": "int",
    "files": "int",
    "authors": "text",
    "categories": "text",
    "tags": "text",
    "license": "text",
    "description": "text",
    "is_embargoed": "bool",
    "created_date": "time",
    "modified_date": "time",
    "resource_doi": "text",
}


def records_frame(records: Iterable[dict], columns: Sequence[str] | None = None) -> pd.DataFrame:
    """Returns records as a table, one row an item; takes short and full records.

    Args:
        records: From `articles`, `search`, `full_records` and so on.
        columns: Only these, in this order; None: all.

    Returns:
        Text, ids and numbers Int64, times UTC, `is_embargoed` boolean:
        id, title, type, published_date, group_id, doi, handle, url (the page), version, status,
        size (bytes), files (how many), authors, categories, tags ("; " between), license, description,
        is_embargoed, created_date, modified_date, resource_doi. Without HTML; text that is missing is "",
        and what only full records have is missing for short ones.
    """
    columns = list(_RECORD_COLUMNS if columns is None else columns)
    unknown = [name for name in columns if name not in _RECORD_COLUMNS]
    require(not unknown, f"A record's table has no column {unknown}: choose from {', '.join(_RECORD_COLUMNS)}.")
    rows = [record_row(record) for record in records]
    return frame_of(rows, {name: _RECORD_COLUMNS[name] for name in columns})


def record_row(record: dict) -> dict:
    """Returns one row; 0, "" and null for "no group" or "no date" all become missing (recorded variants)."""
    files = record.get("files")
    return {
        **record,
        "title": plain_text(record.get("title")),
        "description": plain_text(record.get("description")),
        "type": record.get("defined_type_name"),
        "group_id": record.get("group_id") or None,
        "url": record.get("url_public_html") or record.get("figshare_url"),
        "authors": [author.get("full_name") for author in record.get("authors") or []],
        "categories": [category.get("title") for category in record.get("categories") or []],
        "tags": record.get("tags") or record.get("keywords"),
        "license": (record.get("license") or {}).get("name"),
        "files": None if files is None else len(files),
    }


def item_links(frame: pd.DataFrame) -> pd.Series:
    """Returns where each item of a table is found: by its DOI, else its handle, else its page; "" where there is none.

    Args:
        frame: With the columns doi, handle and url, as `records_frame` gives them.

    Returns:
        Addresses (text), for `show_table(..., links={"title": "link"})`.
    """
    links = [
        f"https://doi.org/{quote(doi)}" if doi else f"https://hdl.handle.net/{quote(handle)}" if handle else url
        for doi, handle, url in zip(frame["doi"], frame["handle"], frame["url"], strict=True)
    ]
    return pd.Series(links, index=frame.index, dtype="string")


_FILE_COLUMNS = {
    "article_id": "int",
    "id": "int",
    "name": "text",
    "size": "int",
    "mimetype": "text",
    "is_link_only": "bool",
    "md5": "text",
    "download_url": "text",
}


def files_frame(records: Iterable[dict]) -> pd.DataFrame:
    """Returns the files of full records, one row a file.

    Returns:
        article_id, id (Int64), name, size (bytes, Int64), mimetype, is_link_only (boolean), md5 ("" where
        unknown), download_url.
    """
    rows = [
        {**file, "article_id": record["id"], "md5": known_md5(file)}
        for record in records
        for file in record.get("files") or []
    ]
    return frame_of(rows, _FILE_COLUMNS)


def collections_frame(collections: Iterable[dict]) -> pd.DataFrame:
    """Returns full records of collections as a table.

    Returns:
        id (Int64), title, published_date (UTC), doi, authors (text), items (how many, Int64).
    """
    rows = [{**record_row(record), "items": record.get("articles_count")} for record in collections]
    return frame_of(
        rows, {"id": "int", "title": "text", "published_date": "time", "doi": "text", "authors": "text", "items": "int"}
    )


def tidy_frames(records: Iterable[dict]) -> dict[str, pd.DataFrame]:
    """Returns full records as tidy tables that join on `article_id`.

    Returns:
        main (`records_frame`, with `article_id` for `id`), authors (position, id, full_name, orcid_id,
        is_active), categories (id, title, source_id, taxonomy_id), tags (tag), funding (title, grant_code,
        funder_name, is_user_defined, url), files (`files_frame`), custom_fields (name, value; one row for
        each of several values).
    """
    records = list(records)
    main = records_frame(records).rename(columns={"id": "article_id"})
    list_frames = {
        name: frame_of([row for record in records for row in rows_of(record)], {"article_id": "int", **columns})
        for name, (rows_of, columns) in _TABLES.items()
    }
    return {"main": main, **list_frames, "files": files_frame(records)}


def _list_rows(key: str) -> Callable[[dict], Iterator[dict]]:
    """Returns a function that yields the rows of a list inside a record, numbered from 1."""

    def rows_of(record: dict) -> Iterator[dict]:
        for position, entry in enumerate(record.get(key) or [], 1):
            yield {**entry, "article_id": record["id"], "position": position}

    return rows_of


def _tag_rows(record: dict) -> Iterator[dict]:
    for tag in record.get("tags") or record.get("keywords") or []:
        yield {"article_id": record["id"], "tag": tag}


def funding_rows(record: dict) -> Iterator[dict]:
    """Yields the list of grants; where there is none, the older free text as a row (both recorded)."""
    entries = record.get("funding_list") or []
    if not entries and record.get("funding"):
        entries = [{"title": record["funding"], "is_user_defined": 1}]
    for entry in entries:
        yield {**entry, "article_id": record["id"], "is_user_defined": bool(entry.get("is_user_defined"))}


def custom_field_rows(record: dict) -> Iterator[dict]:
    """Yields the custom fields: a list when read, a dict when written; a value may be a list (recorded)."""
    fields = record.get("custom_fields") or []
    if isinstance(fields, dict):
        fields = [{"name": name, "value": value} for name, value in fields.items()]
    for entry in fields:
        values = entry.get("value") if isinstance(entry.get("value"), list) else [entry.get("value")]
        for value in values:
            yield {"article_id": record["id"], "name": entry["name"], "value": value}


_TABLES = {
    "authors": (
        _list_rows("authors"),
        {"position": "int", "id": "int", "full_name": "text", "orcid_id": "text", "is_active": "bool"},
    ),
    "categories": (_list_rows("categories"), {"id": "int", "title": "text", "source_id": "text", "taxonomy_id": "int"}),
    "tags": (_tag_rows, {"tag": "text"}),
    "funding": (
        funding_rows,
        {"title": "text", "grant_code": "text", "funder_name": "text", "is_user_defined": "bool", "url": "text"},
    ),
    "custom_fields": (custom_field_rows, {"name": "text", "value": "text"}),
}


def account_name(account: dict) -> str:
    """Returns first and last name of an account."""
    return " ".join(filter(None, (account.get("first_name"), account.get("last_name"))))


def name_with_orcid(author: dict) -> str:
    """Returns an author's name, and the ORCID in brackets where there is one."""
    return (author.get("full_name") or "") + (f" ({author['orcid_id']})" if author.get("orcid_id") else "")


_TIMELINE_KEYS = {
    "submission": "submission",
    "revision": "revision",
    "publisherAcceptance": "acceptance",
    "publisherPublication": "publication",
    "firstOnline": "first_online",
    "posted": "posted",
}


def timeline_dates_frame(records: Iterable[dict]) -> pd.DataFrame:
    """Returns the dates in each record's `timeline` as columns.

    Returns:
        id (Int64), then submission, revision, acceptance and publication (the publisher's), first_online
        and posted, all UTC times, missing where the record has none.

    Recorded: times come without a zone, and some `firstOnline` as a bare date; the other keys are rare.
    """
    rows = [
        {
            "id": record["id"],
            **{column: (record.get("timeline") or {}).get(key) for key, column in _TIMELINE_KEYS.items()},
        }
        for record in records
    ]
    return frame_of(rows, {"id": "int", **dict.fromkeys(_TIMELINE_KEYS.values(), "time")})
