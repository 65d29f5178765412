"""The three kinds of entity, and how a record of each becomes a row.

Articles, collections and projects share their tables' columns, their lists, their search, their
versions and most of their private sub-resources; what differs between them is said here once.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from .fields import stamp
from .records import ARTICLE_KEYS, COLLECTION_KEYS, PROJECT_KEYS, bare_doi, dumps, item_of, public_item, type_of


@dataclass(frozen=True)
class Kind:
    """A kind of entity.

    Attributes:
        name: singular, as in counters and in error texts.
        public: table (and path) of what everybody sees.
        drafts: table of what the owner is working on.
        entity: the name Figshare uses in "Entity not found: ...".
        keys: keys of a private list item.
        item: makes the public list item of a record.
        versions: whether a change of what is public begins a draft that is published as a new version.
    """

    name: str
    public: str
    drafts: str
    entity: str
    keys: tuple[str, ...]
    item: Callable[[dict], dict]
    versions: bool = True

    def file_of(self, table: str) -> str:
        """The catalogue's file that fills a table."""
        return "drafts.jsonl" if table == "drafts" else f"{self.public}.jsonl"

    def row(self, record: dict, table: str, text: str | None = None) -> dict:
        """What a record says of its row in its public or its draft table; `text` is its JSON where that is known."""
        item = self.item(record) if table == self.public else item_of(record, self.keys)
        doi = record.get("doi") or ""
        created, published, modified = map(stamp, map(record.get, ("created_date", "published_date", "modified_date")))
        return {
            "id": record["id"],
            "account_id": record.get("account_id"),
            "group_id": record.get("group_id"),
            "institution_id": record.get("institution_id"),
            "defined_type": type_of(record)[0],
            "status": record.get("status") or "",
            "version": record.get("version") or 0,
            "doi": doi,
            "bare_doi": bare_doi(doi),
            "handle": record.get("handle") or "",
            "resource_doi": bare_doi(record.get("resource_doi")),
            "resource_id": record.get("resource_id"),
            "project_id": None,
            "created_date": created or published or modified,
            "published_date": published,
            "modified_date": modified or published or created,
            "stamp": published or created or modified,
            **counts(),
            "text_id": 0,
            "item": dumps(item),
            "record": text or dumps(record),
        }


def counts(totals: tuple[int, int, int] | None = None) -> dict[str, int]:
    """The columns of views, downloads and shares: in the catalogue, and now."""
    views, downloads, shares = totals or (0, 0, 0)
    return {
        "views": views,
        "downloads": downloads,
        "shares": shares,
        "views_now": views,
        "downloads_now": downloads,
        "shares_now": shares,
    }


ARTICLE = Kind("article", "articles", "drafts", "ArticleVersion", ARTICLE_KEYS, public_item)
COLLECTION = Kind(
    "collection",
    "collections",
    "collection_drafts",
    "CollectionVersion",
    COLLECTION_KEYS,
    lambda record: item_of(record, COLLECTION_KEYS),
)
PROJECT = Kind(
    "project",
    "projects",
    "project_drafts",
    "Project",
    PROJECT_KEYS,
    lambda record: item_of(record, PROJECT_KEYS),
    versions=False,
)
KINDS = {kind.name: kind for kind in (ARTICLE, COLLECTION, PROJECT)}
