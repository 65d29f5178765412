"""Builds the database of a catalogue.

Building streams: no more than a batch of records is in memory, so a catalogue of 100,000 records
needs no more than one of 600.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable
from itertools import islice
from pathlib import Path

from . import fields
from .bigrams import index_text
from .catalogue import Catalogue
from .database import ENTITY_TABLES, create_indexes, create_tables
from .derived_accounts import HIGHEST_FOLLOWED, author_for_account, derived_accounts
from .entity_kinds import ARTICLE, COLLECTION, PROJECT, Kind, count_columns
from .entity_rows import EntityRows, article_rows, entity_rows, file_names, file_rows
from .portals import Portals
from .record_parts import dumps, type_of

ARTICLES_AT_A_TIME = 16  # articles: few enough to stay in the processor's cache; larger batches take an eighth longer
INDEX_BUFFER = 1 << 24  # bytes of the full-text index that SQLite collects before it writes and merges them
MOST_REPEATS = 20  # ids that are there twice: after so many, the catalogue is refused


def build(catalogue: Catalogue, path: Path) -> None:
    """Writes the database of `catalogue` to `path`. Raises `CatalogueError` where the folder has faults."""
    connection = sqlite3.connect(path, isolation_level=None)
    try:
        connection.executescript(
            "PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF; PRAGMA page_size=4096; PRAGMA cache_size=-65536;"
        )
        create_tables(connection)
        connection.execute("INSERT INTO texts (texts, rank) VALUES ('hashsize', ?)", (INDEX_BUFFER,))
        connection.execute("BEGIN")
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
        self.host_of_group: dict[int | None, str] = {}
        self.newest_date = ""
        self.text_count = 0
        self.repeated_ids: list[tuple[str, int, int]] = []  # file, line, id
        self.parents: dict[int, int] = {}
        self.institution_of_group: dict[int | None, int | None] = {}
        self.project_of: dict[int, int] = {}
        self.project_titles: dict[int, str] = {}

    def run(self) -> None:
        """Reads the whole catalogue and writes every table. Raises `CatalogueError` where the folder has faults."""
        self._read_institutions()
        self._read_groups()
        self._read_projects()
        self._read_articles()
        self._read_versions()
        self._read_drafts()
        self._read_collections()
        self._check_sizes()
        self._derive_groups()
        self._read_accounts()
        self._write_institutions()
        self._read_reviews()
        self._write_tables()
        self._add_repeat_faults()
        self.catalogue.faults.check()

    def _insert(self, table: str, rows: Iterable[dict], conflict: str = "REPLACE") -> None:
        """Inserts dicts that all have the same keys."""
        rows = list(rows)
        if rows:
            marks = ", ".join("?" * len(rows[0]))
            self.db.executemany(
                f"INSERT OR {conflict} INTO {table} ({', '.join(rows[0])}) VALUES ({marks})",
                [tuple(row.values()) for row in rows],
            )

    # Institutions and groups

    def _read_institutions(self) -> None:
        name = "institutions.json"
        institutions = self.catalogue.table(name, fields.INSTITUTION, "id", "string_id", "host", "portal_id")
        self.portals = Portals(institutions, self.catalogue.own_or_shipped(name).table(name, fields.INSTITUTION))

    def _institution_id(self, group: int | None, host: str) -> int | None:
        """Returns the institution of an entity: that of its group, otherwise that of its portal."""
        institution = self.institution_of_group.get(group)
        if institution:
            self.portals.add_if_new(institution, host)
        return institution or self.portals.institution_of(host)

    def _write_institutions(self) -> None:
        """Writes the institutions of `institutions.json`, of the hosts of records, and those that a record names."""
        for institution in filter(None, self.institution_of_group.values()):
            self.portals.add_if_new(institution, "")
        keys = ("id", "name", "string_id", "domain", "host", "portal_id")
        self._insert(
            "institutions",
            (
                {**{key: row[key] for key in keys}, "publisher": int(bool(row.get("publisher")))}
                for row in self.portals.rows
            ),
        )

    def _read_groups(self) -> None:
        rows = self.catalogue.table("groups.json", fields.GROUP, "id")
        self.parents = {row["id"]: row.get("parent_id") or 0 for row in rows}
        circular = {row["id"] for row in rows if self._is_own_ancestor(row["id"])}
        for group, line in self.catalogue.lines_of("groups.json", circular).items():
            self._add_fault("groups.json", line, f"'parent_id' of the group {group} leads back to the group itself")
        self.institution_of_group = {row["id"]: row.get("institution_id") for row in rows}
        self._insert("groups", map(_group_row, rows))

    def _is_own_ancestor(self, group: int) -> bool:
        """Tells whether the parents of a group lead back to it."""
        visited: set[int] = set()
        parent = self.parents.get(group)
        while parent and parent not in visited and parent != group:
            visited.add(parent)
            parent = self.parents.get(parent)
        return parent == group

    def _derive_groups(self) -> None:
        """Adds the groups that records name and `groups.json` does not, and gives every group its institution."""
        missing = [group for group in self.host_of_group if group and group not in self.institution_of_group]
        self._insert("groups", [_group_row({"id": group, "name": f"Group {group}"}) for group in missing])
        for group in [*self.parents, *missing]:
            if not self.institution_of_group.get(group):
                self.institution_of_group[group] = self._institution_of_host(group)
        self.db.executemany(
            "UPDATE groups SET institution_id=? WHERE id=?",
            [(institution, group) for group, institution in self.institution_of_group.items()],
        )

    def _institution_of_host(self, group: int) -> int | None:
        """Returns the institution of a group's items; of a group without items, that of its parent or a child."""
        if group in self.host_of_group:
            return self.portals.institution_of(self.host_of_group[group])
        neighbours = [self.parents.get(group), *(child for child, parent in self.parents.items() if parent == group)]
        institutions = (
            self.institution_of_group.get(neighbour)
            or self.portals.institution_of(self.host_of_group.get(neighbour, ""))
            for neighbour in neighbours
        )
        return next(filter(None, institutions), None)

    # Entities

    def _read_projects(self) -> None:
        for record, _, line in self.catalogue.records("projects.jsonl", fields.PROJECT):
            articles = dict.fromkeys(record.pop("articles", None) or [])
            is_private = not record.get("published_date")
            self.project_titles[record["id"]] = record["title"]
            if not is_private:
                self.project_of.update(dict.fromkeys(articles, record["id"]))
            self._insert(
                "project_articles", ({"project_id": record["id"], "article_id": article} for article in articles)
            )
            for repeated_id in self._insert_once(
                "notes",
                [
                    {"id": note["id"], "project_id": record["id"], "record": dumps(note)}
                    for note in record.pop("notes", None) or []
                ],
            ):
                self._add_fault("projects.jsonl", line, f"'notes' hold the id {repeated_id}, which is there twice")
            table = PROJECT.drafts if is_private else PROJECT.public
            record = fields.PROJECT.with_defaults(record) if is_private else record
            entity = entity_rows(PROJECT, table, record)
            entity.line = line
            self._write_entities(PROJECT, table, [entity])

    def _insert_once(self, table: str, rows: list[dict]) -> list[int]:
        """Inserts rows whose ids are new. Returns the ids that were there before."""
        repeated = []
        for row in rows:
            try:
                self._insert(table, [row], conflict="ABORT")
            except sqlite3.IntegrityError:
                repeated.append(row["id"])
        return repeated

    def _read_articles(self) -> None:
        name = ARTICLE.file_of(ARTICLE.public)
        articles = (article_rows(*entry) for entry in self.catalogue.records(name, fields.ARTICLE))
        while batch := list(islice(articles, ARTICLES_AT_A_TIME)):
            self._write_articles(batch)

    def _write_articles(self, batch: list[EntityRows]) -> None:
        for article in batch:
            self._remember_article(article)
        self._write_entities(ARTICLE, ARTICLE.public, batch)
        self._insert(
            "article_authors",
            (
                {"article_id": article.row["id"], "author_id": author["id"]}
                for article in batch
                for author in article.authors
            ),
        )
        self._insert(
            "article_categories",
            (
                {"article_id": article.row["id"], "category_id": category}
                for article in batch
                for category in article.categories
            ),
        )
        try:
            self._insert("files", (row for article in batch for row in article.files), conflict="ABORT")
        except sqlite3.IntegrityError:
            for article in batch:
                self._insert_files("articles.jsonl", article.line, article.files, may_repeat=False)

    def _remember_article(self, article: EntityRows) -> None:
        """Remembers the values of a public article that the derived tables need."""
        self.newest_date = max(
            [self.newest_date, *filter(None, map(article.row.get, ("published_date", "modified_date")))]
        )
        self.host_of_group.setdefault(article.row["group_id"], article.host)
        self._remember_authors(article)
        for grant in article.grants:
            self.funding.setdefault(grant["id"], grant)

    def _remember_authors(self, entity: EntityRows) -> None:
        """Remembers the authors of an item. Each belongs to the group and the institution of the first item met."""
        for author in entity.authors:
            if author["id"] not in self.authors:
                group = entity.row["group_id"]
                self.authors[author["id"]] = {
                    **author,
                    "group_id": group,
                    "institution_id": self._institution_id(group, entity.host),
                }

    def _read_versions(self) -> None:
        """Reads the earlier versions; the newest one may stand among them."""
        name = "versions.jsonl"
        lines: dict[tuple[int, int], int] = {}
        newest_versions = dict(
            self.db.execute("SELECT id, max(version, 1) FROM articles") if self.catalogue.has(name) else ()
        )
        for record, text, line in self.catalogue.records(name, fields.ARTICLE):
            key = record["id"], record.get("version") or 1
            if key in lines:
                self._add_fault(
                    name, line, f"'version' {key[1]} of the item {key[0]} is there twice, also in line {lines[key]}"
                )
            elif key[1] > newest_versions.get(key[0], key[1]):
                self._add_fault(
                    name, line, f"'version' {key[1]} is newer than the item {key[0]} itself in articles.jsonl"
                )
            elif key[1] < newest_versions.get(key[0], key[1] + 1):
                self._insert("versions", [{"kind": "article", "id": key[0], "version": key[1], "record": text}])
                self._insert_files(name, line, file_rows(record, is_public=False))
            lines[key] = line

    def _read_drafts(self) -> None:
        """Reads the drafts. A draft holds only the ids of its files, because a file goes on changing."""
        for record, _, line in self.catalogue.records("drafts.jsonl", fields.ARTICLE):
            self._insert_files("drafts.jsonl", line, file_rows(record, is_public=False))
            names = file_names(record)
            record = fields.ARTICLE.with_defaults(record)
            record["defined_type"], record["defined_type_name"] = type_of(record)
            record["files"] = [entry["id"] for entry in record.get("files") or []]
            draft = entity_rows(ARTICLE, ARTICLE.drafts, record, names=names)
            draft.line = line
            self._remember_authors(draft)
            self._write_entities(ARTICLE, ARTICLE.drafts, [draft])

    def _insert_files(self, name: str, line: int, rows: list[dict], may_repeat: bool = True) -> None:
        """Inserts the files of an item, and adds a fault for each that another item has.

        Args:
            name: the catalogue's file that holds the item.
            line: the item's line in it.
            rows: rows of the table `files`.
            may_repeat: whether the item itself may have them already, as one of its versions has.
        """
        for row in rows:
            row_of_id = self.db.execute("SELECT article_id, position FROM files WHERE id=?", (row["id"],)).fetchone()
            if row_of_id is None:
                self._insert("files", [row])
            elif row_of_id[0] != row["article_id"]:
                self._add_fault(
                    name, line, f"'files[{row['position']}].id' {row['id']} belongs to the item {row_of_id[0]} already"
                )
            elif not may_repeat and row_of_id[1] != row["position"]:
                self._add_fault(name, line, f"'files[{row['position']}].id' {row['id']} is there twice")

    def _check_sizes(self) -> None:
        """Checks that the folder holds as many bytes of a file as its record says."""
        for number, path in self.catalogue.held_files():
            row = self.db.execute("SELECT size, is_link_only FROM files WHERE id=?", (number,)).fetchone()
            if row and not row[1] and row[0] != path.stat().st_size:
                self._add_fault(
                    f"files/{number}", 0, f"has {path.stat().st_size} bytes; 'size' in its record is {row[0]}"
                )

    def _read_collections(self) -> None:
        for record, _, line in self.catalogue.records("collections.jsonl", fields.COLLECTION):
            is_private = not (record.get("published_date") or record.get("public"))
            if not is_private:  # a draft holds its articles' ids itself
                articles = record.pop("articles", None) or []
                self._insert(
                    "collection_articles",
                    ({"collection_id": record["id"], "article_id": article} for article in articles),
                )
            else:
                record = fields.COLLECTION.with_defaults({**record, "articles": record.get("articles") or []})
            table = COLLECTION.drafts if is_private else COLLECTION.public
            entity = entity_rows(COLLECTION, table, record)
            entity.line = line
            self._write_entities(COLLECTION, table, [entity])

    def _add_fault(self, name: str, line: int, sentence: str) -> None:
        self.catalogue.faults.add(self.catalogue.folder / name, line, sentence)

    def _write_entities(self, kind: Kind, table: str, batch: list[EntityRows]) -> None:
        """Inserts records of one kind and their search texts."""
        for entity in batch:
            self._set_related_columns(kind, entity)
        try:
            self._insert(table, [entity.row for entity in batch], conflict="ABORT")
        except sqlite3.IntegrityError:
            self._insert_singly(kind, table, batch)
        self._insert("texts", (entity.texts for entity in batch), conflict="ABORT")

    def _insert_singly(self, kind: Kind, table: str, batch: list[EntityRows]) -> None:
        """Inserts a batch in which an id is there twice, or was there before."""
        for entity in batch:
            known_row = self.db.execute(f"SELECT text_id FROM {table} WHERE id=?", (entity.row["id"],)).fetchone()
            if known_row is None:
                self._insert(table, [entity.row])
            elif known_row[0] != entity.row["text_id"]:
                self.repeated_ids.append((kind.file_of(table), entity.line, entity.row["id"]))
        if len(self.repeated_ids) >= MOST_REPEATS:
            self._add_repeat_faults()

    def _add_repeat_faults(self) -> None:
        """Adds a fault for each id that is there twice; it names the line where the id was first."""
        first_lines: dict[str, dict[int, int]] = {}
        for name, line, entity_id in self.repeated_ids:
            if name not in first_lines:
                first_lines[name] = self.catalogue.lines_of(
                    name, {repeated_id for file, _, repeated_id in self.repeated_ids if file == name}
                )
            self._add_fault(name, line, f"'id' {entity_id} is there twice, also in line {first_lines[name][entity_id]}")
        self.repeated_ids.clear()

    def _set_related_columns(self, kind: Kind, entity: EntityRows) -> None:
        """Sets what other files say of a record: its institution, its project and its counts."""
        row = entity.row
        project = self.project_of.get(row["id"]) if kind is ARTICLE else None
        institution = self._institution_id(row["group_id"], entity.host) or row["institution_id"]
        self.text_count += 1
        row.update(institution_id=institution, text_id=self.text_count, project_id=project)
        if kind is ARTICLE:
            row.update(count_columns(self.totals.get(row["id"])))
        entity.texts.update(
            rowid=row["text_id"],
            institution=index_text(self.portals.text_of(institution)),
            project=index_text(self.project_titles[project] if project else ""),
        )

    # People

    def _read_accounts(self) -> None:
        accounts = self.catalogue.table("accounts.json", fields.ACCOUNT, "id", "user_id", "token", "email")
        for row in accounts or derived_accounts(self.db, self.authors, self.portals.rows):
            if row.get("institution_id"):
                self.portals.add_if_new(row["institution_id"], "")
            self._write_account(row)

    def _write_account(self, row: dict) -> None:
        row["user_id"] = row.get("user_id") or row["id"]
        row["active"] = 1 if row.get("active") is None else row["active"]
        for kind, key in ((ARTICLE, "articles"), (COLLECTION, "collections"), (PROJECT, "projects")):
            self._set_owner(row["id"], kind, row.pop(key, None) or [])
        self._write_roles(row["id"], row.pop("roles", None) or {})
        columns = {
            "id": row["id"],
            "user_id": row["user_id"],
            "institution_id": row.get("institution_id"),
            "group_id": row.get("group_id"),
            "email": row.get("email") or "",
            "institution_user_id": row.get("institution_user_id") or "",
            "active": int(row["active"]),
            "token": row.pop("token", None),
            "is_admin": int(bool(row.pop("is_admin", False))),
        }
        self._insert("accounts", [columns | {"record": dumps(row)}])
        author = self.authors.setdefault(row["user_id"], author_for_account(row))
        author.update(group_id=row.get("group_id"), institution_id=row.get("institution_id"))

    def _write_roles(self, account: int, roles: dict[str, list[dict]]) -> None:
        keys = ("name", "category")
        self._insert(
            "roles",
            (
                {"account_id": account, "group_id": int(group), "role_id": role["id"]}
                | {key: role[key] for key in keys}
                for group, entries in roles.items()
                for role in entries or []
            ),
        )

    def _set_owner(self, account: int, kind: Kind, ids: list[int]) -> None:
        for table in (kind.public, kind.drafts):
            self.db.executemany(f"UPDATE {table} SET account_id=? WHERE id=?", [(account, entity) for entity in ids])

    def _read_reviews(self) -> None:
        name = "reviews.json"
        for row in self.catalogue.table(name, fields.REVIEW, "id"):
            comments = row.pop("comments", None) or []
            row["comments_count"] = row.get("comments_count") or len(comments)
            for repeated_id in self._insert_once(
                "comments",
                [{"id": comment["id"], "review_id": row["id"], "record": dumps(comment)} for comment in comments],
            ):
                self._add_fault(
                    name,
                    self.catalogue.lines_of(name, {row["id"]})[row["id"]],
                    f"'comments' of the review {row['id']} hold the id {repeated_id}, which is there twice",
                )
            keys = ("id", "group_id", "account_id", "article_id", "status")
            self._insert("reviews", [{key: row.get(key) for key in keys} | {"record": dumps(row)}])

    # Tables that need all records

    def _write_tables(self) -> None:
        """Writes what is known once all records are read: categories, licences, authors, funding, clock, counters."""
        categories = self.catalogue.own_or_shipped("categories.csv").categories()
        self.db.executemany("INSERT INTO categories VALUES (?, ?, ?, ?, ?, ?)", categories)
        licences = self.catalogue.own_or_shipped("licenses.json").table("licenses.json", fields.LICENCE, "value")
        self._insert("licenses", ({key: row[key] for key in ("value", "name", "url")} for row in licences))
        self._insert(
            "authors",
            (
                {
                    "id": author["id"],
                    "full_name": author["full_name"],
                    "orcid_id": author.get("orcid_id") or "",
                    "group_id": author.get("group_id"),
                    "institution_id": author.get("institution_id"),
                    "record": dumps(author),
                }
                for author in self.authors.values()
            ),
        )
        self._insert(
            "funding",
            (
                {"id": grant["id"], "title": grant.get("title") or "", "record": dumps(grant)}
                for grant in self.funding.values()
            ),
        )
        clock = self.catalogue.clock(self.newest_date)
        settings = {
            "clock": clock,
            "catalogue_clock": clock,
            "title": self.catalogue.settings.get("title") or "Local Figshare",
            "files": str(self.catalogue.folder.resolve() / "files"),
        }
        for table in ENTITY_TABLES:  # a record without any date gets the catalogue's clock
            self.db.execute(
                f"UPDATE {table} SET created_date=?, modified_date=?, stamp=? WHERE stamp IS NULL",
                (clock, clock, clock),
            )
        self._insert("meta", ({"key": key, "value": value} for key, value in settings.items()))
        self._insert(
            "counters", ({"name": name, "value": self._highest_id(tables)} for name, tables in ID_COUNTERS.items())
        )

    def _highest_id(self, tables: tuple[str, ...]) -> int:
        """Returns the highest id in some tables; new ids follow it."""
        highest_ids = [
            self.db.execute(f"SELECT max(id) FROM {table} WHERE id <= ?", (HIGHEST_FOLLOWED,)).fetchone()[0]
            for table in tables
        ]
        return max([self.text_count if not tables else 1000, *(value or 0 for value in highest_ids)])


# The counters of new ids, and the tables whose highest id each one follows.
ID_COUNTERS = {
    "article": ("articles", "drafts", "collections", "collection_drafts"),
    "collection": ("collections", "collection_drafts"),
    "project": ("projects", "project_drafts"),
    "file": ("files",),
    "author": ("authors",),
    "account": ("accounts",),
    "review": ("reviews",),
    "comment": ("comments",),
    "note": ("notes",),
    "funding": ("funding",),
    "link": (),
    "report": (),
    "material": (),
    "text": (),
}


def _group_row(row: dict) -> dict:
    return {
        "id": row["id"],
        "name": row["name"],
        "resource_id": row.get("resource_id") or "",
        "parent_id": row.get("parent_id") or 0,
        "association_criteria": row.get("association_criteria") or "",
        "upload_access": row.get("upload_access") or "All Users",
        "institution_id": row.get("institution_id"),
        "curation": int(bool(row.get("curation"))),
        "custom_fields": json.dumps(row.get("custom_fields") or []),
    }
