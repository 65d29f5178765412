"""Builds the database of a catalogue, and keeps it for the next start.

Building streams: no more than a batch of records is in memory, so a catalogue of 100,000 records
needs no more than one of 600.
"""

from __future__ import annotations

import hashlib
import json
import os
import sqlite3
import time
import uuid
from collections import Counter
from collections.abc import Iterable
from contextlib import closing, suppress
from pathlib import Path

from .catalogue import Catalogue, CatalogueError, check_entity, host_label
from .database import SCHEMA_VERSION, create_indexes, create_tables
from .kinds import ARTICLE, COLLECTION, PROJECT, Kind, counts
from .preparing import Prepared, article_batches, file_names, file_rows, no_collections, prepared
from .records import dumps

INDEX_BUFFER = 1 << 24  # bytes of the full-text index that SQLite collects before it writes and merges them
A_DAY = 86_400  # seconds: no build takes so long
KEPT = 6  # databases in the cache
PORTAL_OF_PEOPLE = "figshare"  # figshare.com itself: no institution
# Codes and names of roles as clients have met them (recorded: 2, 11, 49).
ADMIN_ROLE = {"id": 2, "name": "Administrator", "category": "institution"}


def database_of(catalogue: Catalogue, folder: Path) -> Path:
    """The built database of a catalogue, from the cache where it was built before.

    Args:
        catalogue: what to serve.
        folder: where to build when there is no cache.
    """
    cached = _cache_path(catalogue)
    if cached and cached.is_file():
        with suppress(OSError):
            os.utime(cached, None)  # used last: forgotten last
        return cached
    target = cached.parent if cached else folder
    building = target / f"{uuid.uuid4()}.building"
    try:
        build(catalogue, building)
        final = cached or folder / "built.sqlite"
        os.replace(building, final)  # another start may have done the same: the same bytes, no harm
        _forget_others(final)
        return final
    finally:
        building.unlink(missing_ok=True)


def _forget_others(path: Path) -> None:
    """Keep the databases that were used last, and nothing of builds that were killed."""
    with suppress(OSError):  # another start may be forgetting too; Windows keeps what is open
        for left in path.parent.glob("*.building"):
            if time.time() - left.stat().st_mtime > A_DAY:
                left.unlink()
        known = sorted(path.parent.glob("*.sqlite"), key=lambda one: one.stat().st_mtime_ns, reverse=True)
        for old in known[KEPT:]:
            old.unlink()


def _cache_path(catalogue: Catalogue) -> Path | None:
    """Where the database of exactly these files is kept; None where nothing can be kept."""
    base = os.environ.get("LOCAL_FIGSHARE_CACHE") or os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    folder = Path(base) / "local_figshare"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        key = hashlib.sha256(repr((SCHEMA_VERSION, sqlite3.sqlite_version)).encode())
        for path in catalogue.sources():
            stat = path.stat()
            key.update(repr((str(path.resolve()), stat.st_size, stat.st_mtime_ns)).encode())
        for source in ("build", "catalogue", "database", "kinds", "preparing", "records"):
            key.update(Path(__file__).with_name(f"{source}.py").read_bytes())
        return folder / f"{key.hexdigest()[:32]}.sqlite" if os.access(folder, os.W_OK) else None
    except (OSError, RuntimeError):
        return None


def build(catalogue: Catalogue, path: Path) -> None:
    """Write the database of `catalogue` to `path`. Raises `CatalogueError`, and then leaves no half."""
    connection = sqlite3.connect(path, isolation_level=None)
    try:
        connection.executescript("PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF; PRAGMA page_size=4096; "
                                 "PRAGMA cache_size=-65536;")
        create_tables(connection)
        connection.execute("INSERT INTO texts (texts, rank) VALUES ('hashsize', ?)", (INDEX_BUFFER,))
        connection.execute("BEGIN")
        with no_collections():
            Builder(catalogue, connection).run()
        connection.execute("COMMIT")
        create_indexes(connection)
    finally:
        connection.close()


class Builder:
    """Fills the tables from one catalogue, in the order in which they depend on each other."""

    def __init__(self, catalogue: Catalogue, connection: sqlite3.Connection):
        self.catalogue, self.db = catalogue, connection
        self.totals = catalogue.totals()
        self.authors: dict[int, dict] = {}
        self.funding: dict[int, dict] = {}
        self.hosts: dict[int | None, str] = {}  # a group's host
        self.newest = ""
        self.largest = Counter(text=0)
        self.institutions: dict[str, dict] = {}
        self.institution_of_group: dict[int, int | None] = {}
        self.project_of: dict[int, int] = {}
        self.project_titles: dict[int, str] = {}

    def run(self) -> None:
        self.read_institutions()
        self.read_groups()
        self.read_projects()
        self.read_articles()
        self.read_versions()
        self.read_drafts()
        self.read_collections()
        self.derive_groups()
        self.write_institutions()
        self.read_accounts()
        self.read_reviews()
        self.write_tables()

    def insert(self, table: str, rows: Iterable[dict], conflict: str = "REPLACE") -> None:
        """Insert dicts that all have the same keys."""
        rows = list(rows)
        if rows:
            marks = ", ".join("?" * len(rows[0]))
            self.db.executemany(f"INSERT OR {conflict} INTO {table} ({', '.join(rows[0])}) VALUES ({marks})",
                                [tuple(row.values()) for row in rows])

    # Institutions and groups

    def read_institutions(self) -> None:
        for row in self.catalogue.table("institutions.json", ("id", "name")):
            self.institutions[row.get("string_id") or host_label(row.get("host", ""))] = row

    def institution_id(self, group: int | None, host: str) -> int | None:
        """By an entity's group, otherwise by its portal."""
        known = self.institution_of_group.get(group)
        if known:
            return known
        label = host_label(host)
        if not label or label == PORTAL_OF_PEOPLE:
            return None
        for row in self.institutions.values():
            if row.get("host") == host:
                return row["id"]
        if label not in self.institutions:
            self.institutions[label] = self._derived_institution(label, host)
        return self.institutions[label]["id"]

    def _derived_institution(self, label: str, host: str) -> dict:
        """The shipped institution of that name, otherwise one made of the name."""
        shipped = self.catalogue.shipped("institutions.json").table("institutions.json", ("id", "name"))
        for row in shipped:
            if row.get("string_id") == label:
                return {**row, "host": host}
        number = 900001 + len(self.institutions)
        return {"id": number, "name": label, "string_id": label, "domain": f"{label}.edu", "host": host,
                "portal_id": number}

    def write_institutions(self) -> None:
        self.insert("institutions", ({
            "id": row["id"], "name": row["name"], "string_id": string_id, "domain": row.get("domain") or "",
            "host": row.get("host") or f"{string_id}.figshare.com", "portal_id": row.get("portal_id") or row["id"],
            "publisher": int(bool(row.get("publisher")))} for string_id, row in self.institutions.items()))

    def read_groups(self) -> None:
        rows = self.catalogue.table("groups.json", ("id", "name"))
        self.institution_of_group = {row["id"]: row.get("institution_id") for row in rows}
        self.insert("groups", map(_group_row, rows))

    def derive_groups(self) -> None:
        """A group for every id that the records name and no file describes."""
        missing = [(group, host) for group, host in self.hosts.items()
                   if group and group not in self.institution_of_group]
        for group, host in missing:
            institution = self.institution_id(None, host)
            self.institution_of_group[group] = institution
            self.insert("groups", [_group_row({"id": group, "name": f"Group {group}", "institution_id": institution})])

    # Entities

    def read_projects(self) -> None:
        for record, _ in self.catalogue.records("projects.jsonl", check_entity):
            articles = record.pop("articles", None) or []
            private = not record.get("published_date")
            self.project_titles[record["id"]] = record["title"]
            if not private:
                self.project_of.update(dict.fromkeys(articles, record["id"]))
            self.insert("project_articles", ({"project_id": record["id"], "article_id": article}
                                             for article in articles))
            for note in record.pop("notes", None) or []:
                self.insert("notes", [{"id": note["id"], "project_id": record["id"], "record": dumps(note)}])
            table = PROJECT.drafts if private else PROJECT.public
            self.write(PROJECT, table, [prepared(PROJECT, table, record)])

    def read_articles(self) -> None:
        with closing(article_batches(self.catalogue)) as batches:
            for batch in batches:
                self.write_articles(batch)

    def write_articles(self, batch: list[Prepared]) -> None:
        for article in batch:
            self.note(article)
        self.write(ARTICLE, ARTICLE.public, batch)
        self.insert("article_authors", ({"article_id": article.row["id"], "author_id": author["id"]}
                                        for article in batch for author in article.authors))
        self.insert("article_categories", ({"article_id": article.row["id"], "category_id": category}
                                           for article in batch for category in article.categories))
        self.insert("files", (row for article in batch for row in article.files))

    def note(self, article: Prepared) -> None:
        """Remember of a public article what the derived tables need."""
        self.newest = max([self.newest, *filter(None, map(article.row.get, ("published_date", "modified_date")))])
        self.hosts.setdefault(article.row["group_id"], article.host)
        self.meet_authors(article)
        for grant in article.grants:
            self.funding.setdefault(grant["id"], grant)

    def meet_authors(self, entity: Prepared) -> None:
        """An author belongs to the group and the institution of the first item met."""
        for author in entity.authors:
            if author["id"] not in self.authors:
                group = entity.row["group_id"]
                self.authors[author["id"]] = {**author, "group_id": group,
                                              "institution_id": self.institution_id(group, entity.host)}

    def read_versions(self) -> None:
        for record, text in self.catalogue.records("versions.jsonl", check_entity):
            self.insert("versions", [{"kind": "article", "id": record["id"], "version": record.get("version") or 1,
                                      "record": text}])
            self.insert("files", file_rows(record, public=False), conflict="IGNORE")

    def read_drafts(self) -> None:
        """Drafts hold the ids of their files: the files themselves go on changing."""
        for record, _ in self.catalogue.records("drafts.jsonl", check_entity):
            self.insert("files", file_rows(record, public=False), conflict="IGNORE")
            names = file_names(record)
            record["files"] = [entry["id"] for entry in record.get("files") or []]
            draft = prepared(ARTICLE, ARTICLE.drafts, record, names=names)
            self.meet_authors(draft)
            self.write(ARTICLE, ARTICLE.drafts, [draft])

    def read_collections(self) -> None:
        for record, _ in self.catalogue.records("collections.jsonl", check_entity):
            private = not record.get("published_date")
            if not private:  # a draft holds its articles' ids itself
                articles = record.pop("articles", None) or []
                self.insert("collection_articles", ({"collection_id": record["id"], "article_id": article}
                                                    for article in articles))
            table = COLLECTION.drafts if private else COLLECTION.public
            self.write(COLLECTION, table, [prepared(COLLECTION, table, record)])

    def write(self, kind: Kind, table: str, batch: list[Prepared]) -> None:
        """Insert records of one kind and their search text, with what other records say of them."""
        for entity in batch:
            self._complete(kind, entity)
        rows = [entity.row for entity in batch]
        try:
            self.insert(table, rows, conflict="ABORT")
        except sqlite3.IntegrityError:
            raise self._met_twice(kind, table, rows) from None
        self.insert("texts", (entity.texts for entity in batch), conflict="ABORT")

    def _complete(self, kind: Kind, entity: Prepared) -> None:
        row = entity.row
        project = self.project_of.get(row["id"]) if kind is ARTICLE else None
        institution = self.institution_id(row["group_id"], entity.host) or row["institution_id"]
        self.largest["text"] += 1
        row.update(institution_id=institution, text_id=self.largest["text"], project_id=project)
        if kind is ARTICLE:
            row.update(counts(self.totals.get(row["id"])))
        entity.texts.update(rowid=row["text_id"], institution=self._institution_text(institution),
                            project=self.project_titles.get(project, ""))

    def _met_twice(self, kind: Kind, table: str, rows: list[dict]) -> CatalogueError:
        """Which id of a batch was there before, in the table or in the batch."""
        ids = [row["id"] for row in rows]
        known = {row[0] for row in self.db.execute(f"SELECT id FROM {table}")}
        twice = next(one for place, one in enumerate(ids) if one in known or one in ids[:place])
        name = kind.file_of(table)
        lines = [line for line, record in self.catalogue.numbered(name) if record.get("id") == twice]
        return CatalogueError(f"{self.catalogue.folder / name}, line {lines[-1]}: the id {twice} is there twice, "
                              f"also in line {lines[0]}")

    def _institution_text(self, institution: int | None) -> str:
        for string_id, row in self.institutions.items():
            if row["id"] == institution:
                return f"{row['name']} {string_id} {institution}"
        return ""

    # People

    def read_accounts(self) -> None:
        rows = self.catalogue.table("accounts.json", ("id", "first_name", "last_name")) or self.derived_accounts()
        for row in rows:
            self._write_account(row)

    def _write_account(self, row: dict) -> None:
        row.setdefault("user_id", row["id"])
        owned = {key: row.pop(key, None) or [] for key in ("articles", "collections", "projects")}
        roles = row.pop("roles", None) or {}
        token = row.pop("token", None)
        is_admin = bool(row.pop("is_admin", False))
        self.insert("accounts", [{
            "id": row["id"], "user_id": row["user_id"], "institution_id": row.get("institution_id"),
            "group_id": row.get("group_id"), "email": row.get("email") or "",
            "institution_user_id": row.get("institution_user_id") or "",
            "active": int(row.get("active", 1)), "token": token, "is_admin": int(is_admin), "record": dumps(row)}])
        self.insert("roles", ({"account_id": row["id"], "group_id": int(group), "role_id": role["id"],
                               "name": role["name"], "category": role["category"]}
                              for group, entries in roles.items() for role in entries))
        for kind, ids in zip((ARTICLE, COLLECTION, PROJECT), owned.values(), strict=True):
            for table in (kind.public, kind.drafts):
                self.db.executemany(f"UPDATE {table} SET account_id=? WHERE id=?", [(row["id"], i) for i in ids])
        known = self.authors.get(row["user_id"])
        if known is None:
            name = f"{row['first_name']} {row['last_name']}".strip()
            known = {"id": row["user_id"], "full_name": name, "first_name": row["first_name"],
                     "last_name": row["last_name"], "is_active": True, "url_name": name.replace(" ", "_") or "_",
                     "orcid_id": row.get("orcid_id") or ""}
            self.authors[row["user_id"]] = known
        known.update(group_id=row.get("group_id"), institution_id=row.get("institution_id"))

    def derived_accounts(self) -> list[dict]:
        """A researcher and an administrator for a folder that describes nobody.

        The researcher is the active author with the most items and owns them; the administrator
        belongs to the institution of most items.
        """
        active = [author for author in self.authors.values() if author.get("is_active")] or list(self.authors.values())
        items = dict(self.db.execute("SELECT author_id, count(*) FROM article_authors GROUP BY author_id"))
        author = max(active, key=lambda entry: (items.get(entry["id"], 0), -entry["id"]),
                     default={"id": 1, "full_name": "Local Researcher"})
        first, _, last = author["full_name"].rpartition(" ")
        found = self.db.execute("SELECT institution_id, count(*) n FROM articles WHERE institution_id IS NOT NULL "
                                "GROUP BY 1 ORDER BY n DESC, 1 LIMIT 1").fetchone()
        institution = found[0] if found else next((row["id"] for row in self.institutions.values()), None)
        articles = [row[0] for row in self.db.execute(
            "SELECT article_id FROM article_authors WHERE author_id=?", (author["id"],))]
        common = {"institution_id": institution, "active": 1, "quota": 21474836480, "used_quota": 0, "orcid_id": "",
                  "institution_user_id": "", "symplectic_user_id": "", "group_id": self._first_group(institution)}
        return [
            {"id": 1000001, "first_name": first, "last_name": last, "email": "researcher@example.org",
             "user_id": author["id"], "token": "local-researcher", "articles": articles, **common},
            {"id": 1000002, "first_name": "Local", "last_name": "Administrator", "email": "admin@example.org",
             "user_id": max([0, *self.authors]) + 1, "token": "local-admin", "is_admin": True,
             "roles": {str(common["group_id"] or 0): [ADMIN_ROLE]}, **common},
        ]

    def _first_group(self, institution: int | None) -> int | None:
        row = self.db.execute("SELECT min(id) FROM groups WHERE institution_id IS ?", (institution,)).fetchone()
        return row[0]

    def read_reviews(self) -> None:
        for row in self.catalogue.table("reviews.json", ("id", "article_id", "status")):
            for comment in row.pop("comments", None) or []:
                self.insert("comments", [{"id": comment["id"], "review_id": row["id"], "record": dumps(comment)}])
            keys = ("id", "group_id", "account_id", "article_id", "status")
            self.insert("reviews", [{key: row.get(key) for key in keys} | {"record": dumps(row)}])

    # What is left

    def write_tables(self) -> None:
        """Categories, licences, authors, funding; clock and counters."""
        self.db.executemany("INSERT INTO categories VALUES (?, ?, ?, ?, ?, ?)", self.catalogue.categories())
        licences = self.catalogue.shipped("licenses.json").table("licenses.json", ("value", "name", "url"))
        self.insert("licenses", ({key: row[key] for key in ("value", "name", "url")} for row in licences))
        self.insert("authors", ({
            "id": author["id"], "full_name": author["full_name"], "orcid_id": author.get("orcid_id") or "",
            "group_id": author.get("group_id"), "institution_id": author.get("institution_id"),
            "record": dumps(author)} for author in self.authors.values()))
        self.insert("funding", ({"id": grant["id"], "title": grant.get("title") or "", "record": dumps(grant)}
                                for grant in self.funding.values()))
        clock = self.catalogue.clock(self.newest)
        settings = {"clock": clock, "catalogue_clock": clock,
                    "title": self.catalogue.settings.get("title") or "Local Figshare",
                    "files": str(self.catalogue.folder.resolve() / "files")}
        self.insert("meta", ({"key": key, "value": value} for key, value in settings.items()))
        self.insert("counters", ({"name": name, "value": self._largest(tables)} for name, tables in COUNTERS.items()))

    def _largest(self, tables: tuple[str, ...]) -> int:
        found = [self.db.execute(f"SELECT max({'value' if table == 'licenses' else 'id'}) FROM {table}").fetchone()[0]
                 for table in tables if table]
        return max([self.largest["text"] if not tables else 1000, *(value or 0 for value in found)])


# What counts new ids, and the tables whose largest id it continues.
COUNTERS = {
    "article": ("articles", "drafts", "collections", "collection_drafts"),
    "collection": ("collections", "collection_drafts"),
    "project": ("projects", "project_drafts"), "file": ("files",), "author": ("authors",), "account": ("accounts",),
    "review": ("reviews",), "comment": ("comments",), "note": ("notes",), "funding": ("funding",), "link": (),
    "report": (), "material": (), "text": (),
}


def _group_row(row: dict) -> dict:
    return {"id": row["id"], "name": row["name"], "resource_id": row.get("resource_id") or "",
            "parent_id": row.get("parent_id") or 0, "association_criteria": row.get("association_criteria") or "",
            "upload_access": row.get("upload_access") or "All Users", "institution_id": row.get("institution_id"),
            "curation": int(bool(row.get("curation"))), "custom_fields": json.dumps(row.get("custom_fields") or [])}
