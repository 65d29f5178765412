"""Records as answers show them: to the public, and to the accounts that work on them."""

from __future__ import annotations

import json
import sqlite3
from email.utils import format_datetime
from typing import TypeVar

from ..entity_kinds import ARTICLE, Kind
from ..messages import API, BASE, Reply, not_found
from ..record_parts import dumps, item_of
from ..store import Store
from ..times import utc_datetime

Value = TypeVar("Value")
FILES_IN_DETAIL = 10  # documented: "List of up to 10 article files"

# Statuses of a file after its upload was completed (clients test for them); each request for the file moves it one on.
FILE_STEPS = ("ic_checking", "ic_success", "moving_to_final", "available")
CHECKED_STATUSES = ("ic_success", "moving_to_final", "available")

# Keys with which a private record begins (recorded).
PRIVATE_FIRST = (
    "curation_status",
    "files",
    "resource_title",
    "resource_doi",
    "group_resource_id",
    "account_id",
    "folder_structure",
    "authors",
)


def record_reply(body: object, modified: str | None = None) -> Reply:
    """Returns the answer 200 with a body and, where the record has a date, ``Last-Modified``."""
    headers = {"Last-Modified": format_datetime(utc_datetime(modified), usegmt=True)} if modified else {}
    return Reply(200, body, headers)


# Files


def public_file(row: dict) -> dict:
    """Returns a file as the public sees it; `mimetype` only where the catalogue has it."""
    file = {
        "id": row["id"],
        "name": row["name"],
        "size": row["size"],
        "is_link_only": bool(row["is_link_only"]),
        "download_url": row["download_url"],
        "supplied_md5": row["supplied_md5"],
        "computed_md5": row["computed_md5"],
    }
    return file if row["mimetype"] is None else {**file, "mimetype": row["mimetype"]}


def private_file(row: dict) -> dict:
    """Returns a file as its owner sees it; the upload's address is there until the upload is complete."""
    file = public_file(row)
    can_upload = row["status"] == "created" and row["upload_token"]
    preview, viewer = _preview(row)
    return {
        "upload_token": row["upload_token"],
        "upload_url": f"{BASE}/upload/{row['upload_token']}" if can_upload else "",
        "status": row["status"],
        "preview_state": preview,
        "viewer_type": viewer,
        "is_attached_to_public_version": bool(row["public"]),
        **file,
        "computed_md5": row["computed_md5"] if row["status"] in CHECKED_STATUSES else "",
    }


def _preview(row: dict) -> tuple[str, str]:
    """Returns `preview_state` and `viewer_type` as recorded for tables and images."""
    mime = row["mimetype"] or ""
    if row["status"] != "available":
        return "preview_not_available", ""
    if mime == "text/csv":
        return "preview_available", "dataset"
    if mime.startswith("image/"):
        return "preview_available", "image"
    return "preview_not_supported", ""


def look_at_files(store: Store, rows: list[dict]) -> list[dict]:
    """Returns files as their owner sees them. Each call moves a completed upload on by one step."""
    files = []
    for row in rows:
        files.append(private_file(row))
        if row["status"] in FILE_STEPS[:-1]:
            store.update_file(row["id"], status=FILE_STEPS[FILE_STEPS.index(row["status"]) + 1])
    return files


# Public records


def public_record_reply(store: Store, kind: Kind, entity_id: int) -> Reply:
    """Returns the answer with the public record of an entity. Raises `Problem` 404."""
    row = store.first_row(f"SELECT record, modified_date FROM {kind.public} WHERE id=?", (entity_id,))
    if row is None:
        raise not_found(kind.entity)
    return record_reply(public_body(store, kind, row["record"]), row["modified_date"])


def public_body(store: Store, kind: Kind, text: str) -> str:
    """Returns the JSON of a public record as it is sent; `text` is the JSON in the database."""
    if kind is ARTICLE and _needs_trimming(text):
        return dumps(with_visible_files(store, json.loads(text)))
    return text


def _needs_trimming(text: str) -> bool:
    """Tells whether a record may have too many files or files to hide. It does not parse the JSON, which is slow."""
    return (
        text.count('"download_url"') > FILES_IN_DETAIL
        or '"is_embargoed": true' in text
        or '"is_confidential": true' in text
    )


def with_visible_files(store: Store, record: dict) -> dict:
    """Returns a public record with only the files that its answer shows."""
    return {**record, "files": downloadable_files(store, record)[:FILES_IN_DETAIL]} if "files" in record else record


def downloadable_files(store: Store, record: dict) -> list[dict]:
    """Returns the files that the public may download: none under embargo (recorded) or when confidential."""
    if record.get("is_confidential") or is_under_embargo(store, record):
        return []
    return record.get("files") or []


def is_under_embargo(store: Store, record: dict) -> bool:
    """Tells whether an item is under embargo; an embargo without a date does not end."""
    if not record.get("is_embargoed"):
        return False
    date = record.get("embargo_date")
    return not date or utc_datetime(date) > store.clock()


def derived_versions_header(store: Store, kind: Kind, entity_id: int, version: int | None = None) -> dict[str, str]:
    """Returns the header with the numbers of the derived versions, or {}; `version` None stands for all versions."""
    numbers = [number for number in store.derived_versions(kind, entity_id) if version in (None, number)]
    return {"X-Local-Figshare-Derived": ", ".join(map(str, numbers))} if numbers else {}


# Private records


def account_url(kind: Kind, entity_id: int) -> str:
    """Returns the address of an entity among those of its account."""
    return f"{API}/account/{kind.public}/{entity_id}"


def private_item(kind: Kind, row: sqlite3.Row) -> dict:
    """Returns a list item as the owner sees it: its `url` is the account's."""
    item = json.loads(row["item"])
    if not row["is_draft"]:
        item = _with_nulls(item) if kind is ARTICLE else item
        item["url"] = account_url(kind, row["id"])
    return item


def _with_nulls(item: dict) -> dict:
    """Returns a list item with null where the public list has 0 and "" (recorded)."""
    return {
        key: value or None if key in ("group_id", "resource_title", "resource_doi") else value
        for key, value in item.items()
    }


def private_record(store: Store, row: dict) -> dict:
    """Returns the private record of an article with its files, made of its row (see `Store.private_row`)."""
    record = row["record"]
    files = look_at_files(store, files_of(store, record))[:FILES_IN_DETAIL]
    front = {
        "curation_status": curation_status(store, row["id"]),
        "files": files,
        "resource_title": record.get("resource_title"),
        "resource_doi": record.get("resource_doi"),
        "group_resource_id": record.get("group_resource_id") or _group_resource(store, record),
        "account_id": row["account_id"],
        "folder_structure": record.get("folder_structure") or {},
        "authors": record.get("authors") or [],
    }
    rest = {key: value for key, value in record.items() if key not in PRIVATE_FIRST}
    return {**front, **rest, "url": account_url(ARTICLE, row["id"])}


def files_of(store: Store, record: dict) -> list[dict]:
    """Returns rows of the files of a private or public record."""
    return store.files([entry if isinstance(entry, int) else entry["id"] for entry in record.get("files") or []])


def curation_status(store: Store, article_id: int) -> str | None:
    """Returns the status of an item's latest review: pending, approved, rejected; None where it never had one."""
    row = store.first_row("SELECT status FROM reviews WHERE article_id=? ORDER BY id DESC LIMIT 1", (article_id,))
    return row["status"] if row else None


def _group_resource(store: Store, record: dict) -> str | None:
    row = store.first_row("SELECT resource_id FROM groups WHERE id=?", (record.get("group_id"),))
    return (row and row["resource_id"]) or None


def embargo(record: dict) -> dict:
    """Returns the embargo of an article as its own resource."""
    return {
        "is_embargoed": bool(record.get("is_embargoed")),
        "embargo_date": record.get("embargo_date"),
        "embargo_type": record.get("embargo_type"),
        "embargo_title": record.get("embargo_title") or "",
        "embargo_reason": record.get("embargo_reason") or "",
        "embargo_options": record.get("embargo_options") or [],
    }


def confidentiality(record: dict) -> dict:
    """Returns the confidentiality of an article as its own resource."""
    return {"is_confidential": bool(record.get("is_confidential")), "reason": record.get("confidential_reason") or ""}


def list_item(kind: Kind, record: dict) -> dict:
    """Returns the list item of a record in memory."""
    return item_of(record, kind.keys)


def value_or_404(value: Value | None, entity: str) -> Value:
    """Returns the value, unless it is None. Raises `Problem` 404 that names the entity."""
    if value is None:
        raise not_found(entity)
    return value
