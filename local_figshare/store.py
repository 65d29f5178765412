"""The state of a server: every read and write of the handlers goes through here.

Where possible, its methods take and return records (dicts as the API shows them) and no rows.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from .cache import database_of
from .catalogue import Catalogue
from .database import Database
from .entity_kinds import ARTICLE, Kind, count_columns
from .faults import FaultQueue
from .folders import OwnFolder
from .locks import Locks
from .record_parts import dumps, earlier_version, search_text
from .times import timestamp, utc_datetime

MOST_CACHED = 64  # values
NO_PROJECT: dict[str, Any] = {"project_id": None, "title": ""}


class Store(Database):
    """The state of one server, in a temporary folder of its own.

    Args:
        catalogue: what to serve.

    Raises:
        CatalogueError: the catalogue is damaged.
    """

    def __init__(self, catalogue: Catalogue):
        self._own_folder = OwnFolder()
        try:
            super().__init__(database_of(catalogue, self._own_folder.path), self._own_folder.path)
        except BaseException:
            self._own_folder.remove()
            raise
        self.catalogue_name = catalogue.name
        self.uploads.mkdir()
        self.faults = FaultQueue()
        self.locks = Locks()
        self._cache: tuple[int, dict[tuple, Any]] = (0, {})  # the database's version, and the values made from it

    def reset(self) -> None:
        """Brings the catalogue's first state back: no writes, no uploads, no faults."""
        self.restore()
        self.faults.clear()
        for path in self.uploads.iterdir():  # the folder stays: an upload may be under way
            with suppress(OSError):  # Windows keeps a file that is still being read
                path.unlink()

    def close(self) -> None:
        """Closes the database and removes the temporary folder."""
        super().close()
        self._own_folder.remove()

    @property
    def uploads(self) -> Path:
        """The folder of the files that were uploaded or made since the start."""
        return self.folder / "uploads"

    def cached_value(self, key: tuple, make: Callable[[], Any]) -> Any:
        """Returns the value of `key` from the cache, otherwise from `make`. The cache ends at the next write."""
        version, values = self._cache
        if version != self.version or len(values) >= MOST_CACHED:
            version, values = self._cache = self.version, {}
        if key not in values:
            values[key] = make()
        return values[key]

    # Clock and counters

    def setting(self, key: str) -> str:
        """Returns a value of the table `meta`."""
        return self.query("SELECT value FROM meta WHERE key=?", (key,))[0]["value"]

    def clock(self) -> datetime:
        """Returns the server's time. It stands still, except that each write moves it by a second."""
        return utc_datetime(self.setting("clock"))

    def now(self) -> str:
        """Returns the time of `clock`, as records write it."""
        return timestamp(self.clock())

    def tick(self) -> str:
        """Moves the clock by a second and returns its new time, as records write it."""
        with self.write() as db:
            new_time = timestamp(self.clock() + timedelta(seconds=1))
            db.execute("UPDATE meta SET value=? WHERE key='clock'", (new_time,))
        return new_time

    def next_id(self, counter: str) -> int:
        """Returns a new id, higher than every id so far."""
        with self.write() as db:
            row = db.execute("UPDATE counters SET value=value+1 WHERE name=? RETURNING value", (counter,)).fetchone()
        return row[0]

    # Entities

    def public_json(self, kind: Kind, entity_id: int) -> str | None:
        """Returns the public record of an entity as JSON text."""
        row = self.first_row(f"SELECT record FROM {kind.public} WHERE id=?", (entity_id,))
        return row["record"] if row else None

    def public_record(self, kind: Kind, entity_id: int) -> dict | None:
        """Returns the public record of an entity, latest version."""
        text = self.public_json(kind, entity_id)
        return json.loads(text) if text else None

    def article(self, article_id: int) -> dict | None:
        """Returns the public record of an article, latest version, with all its files."""
        return self.public_record(ARTICLE, article_id)

    def article_ids(self, where: str = "", args: tuple = ()) -> list[int]:
        """Returns ids of public articles in ascending order; `where` is a condition on the table `articles`."""
        rows = self.query(f"SELECT id FROM articles {'WHERE ' + where if where else ''} ORDER BY id", args)
        return [row["id"] for row in rows]

    def version_record(self, kind: Kind, entity_id: int, version: int) -> dict | None:
        """Returns a public version of an entity; one that the catalogue lacks is derived from the next one it has."""
        record = self.public_record(kind, entity_id)
        if record is None or (record.get("version") or 1) == version:
            return record
        later = self.first_row(
            "SELECT record FROM versions WHERE kind=? AND id=? AND version>=? ORDER BY version LIMIT 1",
            (kind.name, entity_id, version),
        )
        return earlier_version(json.loads(later["record"]) if later else record, version)

    def versions(self, kind: Kind, entity_id: int) -> list[int]:
        """Returns numbers of the public versions, oldest first; empty for what is not public."""
        latest = self.first_row(f"SELECT version FROM {kind.public} WHERE id=?", (entity_id,))
        if latest is None:
            return []
        return list(range(1, (latest["version"] or 1) + 1))

    def derived_versions(self, kind: Kind, entity_id: int) -> list[int]:
        """Returns the numbers of the versions that the catalogue lacks, see `version_record`."""
        rows = self.query("SELECT version FROM versions WHERE kind=? AND id=?", (kind.name, entity_id))
        catalogue_versions = {row["version"] for row in rows}
        return [version for version in self.versions(kind, entity_id)[:-1] if version not in catalogue_versions]

    def private_row(self, kind: Kind, entity_id: int) -> dict | None:
        """Returns the row of an entity as its owner sees it, with its record and whether it is a draft."""
        row = self.first_row(
            "SELECT id, account_id, institution_id, group_id, project_id, record, is_draft "
            f"FROM private_{kind.public} WHERE id=?",
            (entity_id,),
        )
        return {**row, "record": json.loads(row["record"])} if row else None

    def save(self, kind: Kind, record: dict, *, account_id: int | None, is_public: bool = False) -> None:
        """Writes a record to the drafts or to the public table, and its text to the index."""
        table = kind.public if is_public else kind.drafts
        text_id = self.next_id("text")
        public_row = self.first_row(f"SELECT * FROM {kind.public} WHERE id=?", (record["id"],))
        institution = self._institution(record, account_id)
        project = self._project(record["id"]) if kind is ARTICLE else NO_PROJECT
        row = kind.row(record, table) | {
            "account_id": account_id,
            "institution_id": institution["id"],
            "project_id": project["project_id"],
            "text_id": text_id,
        }
        if public_row:
            row.update({key: public_row[key] for key in count_columns()})
        with self.write() as db:
            marks = ", ".join(f":{name}" for name in row)
            db.execute(f"INSERT OR REPLACE INTO {table} ({', '.join(row)}) VALUES ({marks})", row)
            self._index(kind, record, text_id, institution["text"], project["title"])

    def _index(self, kind: Kind, record: dict, text_id: int, institution: str, project: str) -> None:
        values = search_text(record, kind.name, self.file_names(record), institution, project)
        self.connection.execute(
            f"INSERT INTO texts (rowid, {', '.join(values)}) VALUES ({', '.join('?' * (len(values) + 1))})",
            (text_id, *values.values()),
        )

    def _institution(self, record: dict, account_id: int | None) -> dict:
        row = self.first_row(
            "SELECT i.id, i.name || ' ' || i.string_id || ' ' || i.id AS text FROM institutions i "
            "WHERE i.id = coalesce((SELECT institution_id FROM groups WHERE id=?), "
            "(SELECT institution_id FROM accounts WHERE id=?))",
            (record.get("group_id"), account_id),
        )
        return dict(row) if row else {"id": None, "text": ""}

    def _project(self, article_id: int) -> dict:
        row = self.first_row(
            "SELECT l.project_id, json_extract(p.record, '$.title') AS title FROM project_articles l "
            "JOIN private_projects p ON p.id = l.project_id WHERE l.article_id=?",
            (article_id,),
        )
        return dict(row) if row else NO_PROJECT

    def delete(self, table: str, entity_id: int) -> None:
        """Deletes the row of an entity from one of its tables."""
        with self.write() as db:
            db.execute(f"DELETE FROM {table} WHERE id=?", (entity_id,))

    def file_names(self, record: dict) -> list[str]:
        """Returns the names of a record's files; a draft holds only their ids."""
        files = record.get("files") or []
        if files and isinstance(files[0], int):
            files = self.files(files)
        return [entry["name"] for entry in files]

    # Files

    def file(self, file_id: int) -> dict | None:
        """Returns a row of the table `files`."""
        row = self.first_row("SELECT * FROM files WHERE id=?", (file_id,))
        return dict(row) if row else None

    def files(self, ids: list[int]) -> list[dict]:
        """Returns rows of the table `files` in the order of `ids`."""
        rows = {
            row["id"]: dict(row)
            for row in self.query("SELECT * FROM files WHERE id IN (SELECT value FROM json_each(?))", (dumps(ids),))
        }
        return [rows[file_id] for file_id in ids if file_id in rows]

    def update_file(self, file_id: int, **values: object) -> None:
        """Changes columns of a file."""
        with self.write() as db:
            pairs = ", ".join(f"{name}=:{name}" for name in values)
            db.execute(f"UPDATE files SET {pairs} WHERE id=:id", {**values, "id": file_id})

    # People

    def account_of_token(self, token: str) -> dict | None:
        """Returns the account of a personal token."""
        return self._account("token=?", token)

    def account(self, account_id: int) -> dict | None:
        """Returns an account: its columns, and its record as a dict."""
        return self._account("id=?", account_id)

    def _account(self, condition: str, value: object) -> dict | None:
        row = self.first_row(f"SELECT * FROM accounts WHERE {condition}", (value,))
        return {**row, "record": json.loads(row["record"])} if row else None

    # Events

    def count_event(self, article_id: int, counter: str) -> None:
        """Counts a view, a download or a share of an article, at the time of the clock."""
        with self.write() as db:
            day = self.clock().astimezone(UTC).date().isoformat()
            db.execute("INSERT INTO live_events VALUES (?, ?, ?, 'Unknown', 'Unknown', 1)", (article_id, counter, day))
            db.execute(f"UPDATE articles SET {counter}_now = {counter}_now + 1 WHERE id=?", (article_id,))
