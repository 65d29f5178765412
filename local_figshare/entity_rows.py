"""Makes the rows of the database's tables from one record, without a look at other records."""

from __future__ import annotations

from dataclasses import dataclass

from .entity_kinds import ARTICLE, Kind
from .record_parts import host_of, search_text


@dataclass(slots=True)
class EntityRows:
    """A record as rows of tables. `build` adds the columns that depend on other records.

    Attributes:
        row: row of the kind's table.
        texts: row of the full-text index.
        host: host of the portal that the record belongs to.
        authors: the authors as the record has them.
        files: rows of `files`; only of a public article.
        categories: ids of categories; only of a public article.
        grants: the funding as the record has it; only of a public article.
        line: line of the catalogue's file that holds the record.
    """

    row: dict
    texts: dict
    host: str
    authors: list[dict]
    files: list[dict]
    categories: list[int]
    grants: list[dict]
    line: int = 0


def entity_rows(
    kind: Kind, table: str, record: dict, text: str | None = None, names: list[str] | None = None
) -> EntityRows:
    """Returns a record of any kind; `text` is its JSON, `names` those of its files where the record has their ids."""
    names = file_names(record) if names is None else names
    return EntityRows(
        kind.row(record, table, text),
        search_text(record, kind.name, names),
        host_of(record),
        record.get("authors") or [],
        [],
        [],
        [],
    )


def article_rows(record: dict, text: str | None, line: int = 0) -> EntityRows:
    """Returns a public article with its files, categories and funding."""
    if record.get("files") is None:
        record, text = {**record, "files": []}, None
    rows = entity_rows(ARTICLE, ARTICLE.public, record, text)
    rows.files = file_rows(record, is_public=True)
    rows.categories = [category["id"] for category in record.get("categories") or []]
    rows.grants = record.get("funding_list") or []
    rows.line = line
    return rows


def file_names(record: dict) -> list[str]:
    """Returns the names of the files in a record."""
    return [entry["name"] for entry in record.get("files") or []]


def file_rows(record: dict, is_public: bool) -> list[dict]:
    """Returns rows of the table `files` for the files of a record."""
    folders = record.get("folder_structure") or {}
    return [
        {
            "id": entry["id"],
            "article_id": record["id"],
            "position": position,
            "public": int(is_public),
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
