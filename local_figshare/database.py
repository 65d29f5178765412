"""SQLite under local Figshare: the schema, one connection a thread, one writer at a time.

The database file belongs to one server and is temporary, so a write need not survive a power cut. It is still
atomic, and readers never wait for the writer (write-ahead log).
"""

from __future__ import annotations

import os
import shutil
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from .bigrams import MARKS

# Articles, collections and projects are all "entities". The public records are in the first table of each pair,
# the drafts of their owners in the second.
ENTITY_TABLES = ("articles", "drafts", "collections", "collection_drafts", "projects", "project_drafts")
ENTITY_COLUMNS = {
    "id": "INTEGER PRIMARY KEY",
    "account_id": "INTEGER",
    "group_id": "INTEGER",
    "institution_id": "INTEGER",
    "defined_type": "INTEGER",
    "status": "TEXT",
    "version": "INTEGER",
    "doi": "TEXT",
    "bare_doi": "TEXT",  # lower case, without the version at its end
    "handle": "TEXT",
    "resource_doi": "TEXT",
    "resource_id": "TEXT",
    "project_id": "INTEGER",
    "created_date": "TEXT",
    "published_date": "TEXT",
    "modified_date": "TEXT",
    "stamp": "TEXT",  # the datestamp of OAI-PMH: published_date or, where it is absent, created_date
    "views": "INTEGER NOT NULL DEFAULT 0",  # as the catalogue has them; live events are apart
    "downloads": "INTEGER NOT NULL DEFAULT 0",
    "shares": "INTEGER NOT NULL DEFAULT 0",
    "views_now": "INTEGER NOT NULL DEFAULT 0",  # with the live events, for ordering
    "downloads_now": "INTEGER NOT NULL DEFAULT 0",
    "shares_now": "INTEGER NOT NULL DEFAULT 0",
    "text_id": "INTEGER",  # row of `texts`; an update writes a new row, and no entity names the old one
    "item": "TEXT",  # JSON of the list item
    "record": "TEXT",  # JSON of the full record
}
ENTITY_INDEXES = (
    "account_id",
    "group_id",
    "institution_id",
    "bare_doi",
    "handle",
    "resource_doi",
    "text_id",
    "created_date",
    "published_date",
    "modified_date",
    "stamp",
    "views_now",
    "downloads_now",
    "shares_now",
)

# One column for each field of the search language that is text.
TEXT_COLUMNS = (
    "title",
    "description",
    "tag",
    "category",
    "author",
    "orcid",
    "reference",
    "resource_title",
    "resource_doi",
    "resource_link",
    "doi",
    "extension",
    "item_type",
    "licence",
    "institution",
    "project",
    "other",
)

TABLES = """
CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT);
CREATE TABLE counters (name TEXT PRIMARY KEY, value INTEGER NOT NULL);
CREATE TABLE institutions (id INTEGER PRIMARY KEY, name TEXT, string_id TEXT, domain TEXT, host TEXT,
    portal_id INTEGER, publisher INTEGER);
CREATE TABLE groups (id INTEGER PRIMARY KEY, name TEXT, resource_id TEXT, parent_id INTEGER,
    association_criteria TEXT, upload_access TEXT, institution_id INTEGER, curation INTEGER,
    custom_fields TEXT);
CREATE TABLE accounts (id INTEGER PRIMARY KEY, user_id INTEGER, institution_id INTEGER, group_id INTEGER,
    email TEXT, institution_user_id TEXT, active INTEGER, token TEXT UNIQUE, is_admin INTEGER, record TEXT);
CREATE TABLE roles (account_id INTEGER, group_id INTEGER, role_id INTEGER, name TEXT, category TEXT,
    PRIMARY KEY (account_id, group_id, role_id));
CREATE TABLE categories (id INTEGER PRIMARY KEY, title TEXT, parent_id INTEGER, path TEXT, source_id TEXT,
    taxonomy_id INTEGER);
CREATE TABLE licenses (value INTEGER PRIMARY KEY, name TEXT, url TEXT);
CREATE TABLE authors (id INTEGER PRIMARY KEY, full_name TEXT, orcid_id TEXT, group_id INTEGER,
    institution_id INTEGER, record TEXT);
CREATE TABLE funding (id INTEGER PRIMARY KEY, title TEXT, record TEXT);
CREATE TABLE versions (kind TEXT, id INTEGER, version INTEGER, record TEXT, PRIMARY KEY (kind, id, version));
CREATE TABLE withdrawn (id INTEGER PRIMARY KEY, record TEXT, date TEXT);
CREATE TABLE files (id INTEGER PRIMARY KEY, article_id INTEGER, position INTEGER, public INTEGER,
    name TEXT, size INTEGER, is_link_only INTEGER, download_url TEXT, supplied_md5 TEXT, computed_md5 TEXT,
    mimetype TEXT, status TEXT, upload_token TEXT, folder_path TEXT, stored TEXT);
CREATE TABLE parts (token TEXT, number INTEGER, start INTEGER, end INTEGER, status TEXT,
    PRIMARY KEY (token, number));
CREATE TABLE article_authors (article_id INTEGER, author_id INTEGER);
CREATE TABLE article_categories (article_id INTEGER, category_id INTEGER);
CREATE TABLE collection_articles (collection_id INTEGER, article_id INTEGER);
CREATE TABLE project_articles (project_id INTEGER, article_id INTEGER);
CREATE TABLE notes (id INTEGER PRIMARY KEY, project_id INTEGER, record TEXT);
CREATE TABLE private_links (id TEXT PRIMARY KEY, kind TEXT, entity_id INTEGER, token TEXT,
    expires_date TEXT, is_active INTEGER);
CREATE TABLE reviews (id INTEGER PRIMARY KEY, group_id INTEGER, account_id INTEGER, article_id INTEGER,
    status TEXT, record TEXT);
CREATE TABLE comments (id INTEGER PRIMARY KEY, review_id INTEGER, record TEXT);
CREATE TABLE reports (id INTEGER PRIMARY KEY, account_id INTEGER, day TEXT, record TEXT);
CREATE TABLE live_events (article_id INTEGER, counter TEXT, day TEXT, country TEXT, city TEXT, value INTEGER);
"""

INDEXES = """
CREATE INDEX files_article ON files (article_id);
CREATE INDEX files_token ON files (upload_token) WHERE upload_token != '';
CREATE INDEX article_authors_article ON article_authors (article_id);
CREATE INDEX article_authors_author ON article_authors (author_id);
CREATE INDEX article_categories_article ON article_categories (article_id);
CREATE INDEX article_categories_category ON article_categories (category_id);
CREATE INDEX collection_articles_collection ON collection_articles (collection_id);
CREATE INDEX collection_articles_article ON collection_articles (article_id);
CREATE INDEX project_articles_project ON project_articles (project_id);
CREATE INDEX project_articles_article ON project_articles (article_id);
CREATE INDEX live_events_article ON live_events (article_id);
"""


# The records as their owners see them: the draft of an entity where there is one, otherwise the public record.
PRIVATE_VIEW = """
CREATE VIEW private_{public} AS
    SELECT *, 1 AS is_draft FROM {drafts}
    UNION ALL SELECT *, 0 AS is_draft FROM {public} WHERE id NOT IN (SELECT id FROM {drafts});
"""


PRAGMAS = "PRAGMA synchronous=OFF; PRAGMA busy_timeout=30000; PRAGMA cache_size=-4000; PRAGMA temp_store=MEMORY;"


def create_tables(connection: sqlite3.Connection) -> None:
    """Writes the empty tables; the indexes come after the rows, see `create_indexes`."""
    columns = ", ".join(f"{name} {kind}" for name, kind in ENTITY_COLUMNS.items())
    entities = "".join(f"CREATE TABLE {table} ({columns});\n" for table in ENTITY_TABLES)
    # Contentless: the index alone, as the text itself is in the records.
    texts = (
        f"CREATE VIRTUAL TABLE texts USING fts5({', '.join(TEXT_COLUMNS)}, content='', "
        f"tokenize='porter unicode61 remove_diacritics 2 tokenchars ''{MARKS}''');"
    )
    pairs = zip(ENTITY_TABLES[::2], ENTITY_TABLES[1::2], strict=True)
    views = "".join(PRIVATE_VIEW.format(public=public, drafts=drafts) for public, drafts in pairs)
    connection.executescript(TABLES + entities + texts + views)


def create_indexes(connection: sqlite3.Connection) -> None:
    """Indexes the filled tables (much faster than filling indexed ones) and lets SQLite count them."""
    entities = "".join(
        f"CREATE INDEX {table}_{column} ON {table} ({column});\n"
        for table in ENTITY_TABLES
        for column in ENTITY_INDEXES
    )
    connection.executescript(INDEXES + entities + "ANALYZE;")


class Database:
    """A SQLite file that is read where it lies and copied into `folder` before it is changed.

    A small file is copied at once. A big one is copied by the first write, so that a server of 100,000 records
    answers as soon as one of 600.
    """

    SMALL = 64 * 1024 * 1024  # bytes

    def __init__(self, original: Path, folder: Path):
        self.folder = Path(folder)
        self.original = self._own_link(Path(original))
        self.version = 0
        self._lock = threading.RLock()
        self._local = threading.local()
        self._generation = 0
        self._connections: set[sqlite3.Connection] = set()
        self._write_depth = 0
        self.restore()

    def _own_link(self, original: Path) -> Path:
        """Makes a hard link to the original in our folder: another process may delete the original's own name."""
        link = self.folder / "original.sqlite"
        try:
            os.link(original, link)
        except OSError:  # another file system, or one without links
            if original.stat().st_size > self.SMALL:
                return original
            shutil.copyfile(original, link)
        return link

    def restore(self) -> None:
        """Begins again with the original."""
        with self._lock:
            if self.original.stat().st_size <= self.SMALL:
                self._copy()
            else:
                self._move_to(self.original, is_own_copy=False)
            self.version += 1

    def _copy(self) -> None:
        path = self.folder / f"state-{self._generation + 1}.sqlite"
        shutil.copyfile(self.original, path)
        self._move_to(path, is_own_copy=True)

    def _move_to(self, path: Path, is_own_copy: bool) -> None:
        """Lets every thread open `path` at its next query, and deletes the earlier copies."""
        self._path, self._is_own_copy = path, is_own_copy
        self._generation += 1
        for old_path in self.folder.glob("state-*.sqlite*"):
            if not old_path.name.startswith(path.name):
                with suppress(OSError):  # Windows keeps a file that some thread still reads
                    old_path.unlink()

    def close(self) -> None:
        """Closes the connections of all threads."""
        with self._lock:
            for connection in self._connections:
                connection.close()
            self._connections.clear()

    @property
    def connection(self) -> sqlite3.Connection:
        """The calling thread's connection, opened anew when the file has changed."""
        if getattr(self._local, "generation", None) != self._generation:
            self.release()
            self._local.connection, self._local.generation = self._open()
        return self._local.connection

    def _open(self) -> tuple[sqlite3.Connection, int]:
        with self._lock:
            mode = "rw" if self._is_own_copy else "ro&immutable=1"
            connection = sqlite3.connect(
                f"{self._path.resolve().as_uri()}?mode={mode}", uri=True, isolation_level=None, check_same_thread=False
            )
            connection.row_factory = sqlite3.Row
            connection.executescript(PRAGMAS + ("PRAGMA journal_mode=WAL;" if self._is_own_copy else ""))
            self._connections.add(connection)
            return connection, self._generation

    def release(self) -> None:
        """Closes the calling thread's connection; the server calls it as each client leaves."""
        connection = getattr(self._local, "connection", None)
        if connection is None:
            return
        with self._lock:
            self._connections.discard(connection)
        connection.close()
        self._local.connection = self._local.generation = None

    def query(self, sql: str, args: tuple | dict = ()) -> list[sqlite3.Row]:
        """Returns all rows of a SELECT."""
        return self.connection.execute(sql, args).fetchall()

    def first_row(self, sql: str, args: tuple | dict = ()) -> sqlite3.Row | None:
        """Returns the first row of a SELECT, None where there is none."""
        return self.connection.execute(sql, args).fetchone()

    @contextmanager
    def write(self) -> Iterator[sqlite3.Connection]:
        """Opens a transaction: one writer at a time, all or nothing. Inside another it joins it."""
        with self._lock:
            if self._write_depth:
                yield self.connection
                return
            if not self._is_own_copy:
                self._copy()
            connection = self.connection
            connection.execute("BEGIN IMMEDIATE")
            self._write_depth += 1
            try:
                yield connection
            except BaseException:
                connection.execute("ROLLBACK")
                raise
            else:
                connection.execute("COMMIT")
                self.version += 1
            finally:
                self._write_depth -= 1
