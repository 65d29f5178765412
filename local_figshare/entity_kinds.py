"""The three kinds of entity: article, collection, project; and the table row of a record.

They share the columns of their tables, their lists, their search, their versions and most of their private
sub-resources. What differs between them stands here, once.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from .record_parts import ARTICLE_KEYS, COLLECTION_KEYS, PROJECT_KEYS, bare_doi, dumps, item_of, public_item, type_of
from .times import utc_timestamp


@dataclass(frozen=True)
class Kind:
    """A kind of entity.

    Attributes:
        name: singular, as in counters and in error messages.
        public: table of the public records; its name is also their path in the API.
        drafts: table of the owners' drafts.
        entity: the name in Figshare's message "Entity not found: ...".
        keys: keys of a private list item.
        item: makes the public list item of a record.
        has_versions: whether a change of a public record makes a draft, which is then published as a new version.
    """

    name: str
    public: str
    drafts: str
    entity: str
    keys: tuple[str, ...]
    item: Callable[[dict], dict]
    has_versions: bool = True

    def file_of(self, table: str) -> str:
        """Returns the catalogue's file that fills a table."""
        return "drafts.jsonl" if table == "drafts" else f"{self.public}.jsonl"

    def row(self, record: dict, table: str, text: str | None = None) -> dict:
        """Returns the row of a record in its public or its draft table.

        `text` is the record's JSON where that is known.
        """
        item = self.item(record) if table == self.public else item_of(record, self.keys)
        doi = record.get("doi") or ""
        created, published, modified = map(
            utc_timestamp, map(record.get, ("created_date", "published_date", "modified_date"))
        )
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
            **count_columns(),
            "text_id": 0,
            "item": dumps(item),
            "record": text or dumps(record),
        }


def count_columns(totals: tuple[int, int, int] | None = None) -> dict[str, int]:
    """Returns the columns of views, downloads and shares: as in the catalogue, and as they are now."""
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
    has_versions=False,
)
KINDS = {kind.name: kind for kind in (ARTICLE, COLLECTION, PROJECT)}
