"""The accounts of a folder that has none: a researcher and an administrator, derived from its records."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from typing import Any

from .shapes import HIGHEST_ID

HIGHEST_FOLLOWED = HIGHEST_ID - 10**9  # a new id follows no higher one, so that it keeps to fifteen digits
# Recorded: the id of the role.
ADMIN_ROLE = {"id": 2, "name": "Administrator", "category": "institution"}


def derived_accounts(db: sqlite3.Connection, authors: dict[int, dict], institutions: Iterable[dict]) -> list[dict]:
    """Returns a researcher and an administrator.

    The researcher is the active author with the most items and owns them; the administrator
    belongs to the institution of most items.

    Args:
        db: the database, with the tables of articles, their authors and groups.
        authors: all authors by their ids.
        institutions: all institutions.
    """
    author, institution = _busiest_author(db, list(authors.values())), _largest_institution(db, institutions)
    first, _, last = author["full_name"].rpartition(" ")
    rows_of_author = db.execute("SELECT article_id FROM article_authors WHERE author_id=?", (author["id"],))
    shared_fields = {
        "institution_id": institution,
        "active": 1,
        "quota": 21474836480,
        "used_quota": 0,
        "orcid_id": "",
        "institution_user_id": "",
        "symplectic_user_id": "",
        "group_id": _first_group(db, institution),
    }
    researcher = {
        "id": 1000001,
        "first_name": first,
        "last_name": last,
        "email": "researcher@example.org",
        "user_id": author["id"],
        "token": "local-researcher",
        "articles": [row[0] for row in rows_of_author],
        **shared_fields,
    }
    administrator = {
        "id": 1000002,
        "first_name": "Local",
        "last_name": "Administrator",
        "email": "admin@example.org",
        "user_id": max(number for number in (0, *authors) if number <= HIGHEST_FOLLOWED) + 1,
        "token": "local-admin",
        "is_admin": True,
        "roles": {str(shared_fields["group_id"] or 0): [ADMIN_ROLE]},
        **shared_fields,
    }
    return [researcher, administrator]


def _busiest_author(db: sqlite3.Connection, authors: list[dict]) -> dict[str, Any]:
    """Returns the active author with the most items; where no author is active, the one with the most of all."""
    candidates = [author for author in authors if author.get("is_active")] or authors
    item_counts = dict(db.execute("SELECT author_id, count(*) FROM article_authors GROUP BY author_id"))
    default_author = {"id": 1, "full_name": "Local Researcher"}
    return max(candidates, key=lambda author: (item_counts.get(author["id"], 0), -author["id"]), default=default_author)


def _largest_institution(db: sqlite3.Connection, institutions: Iterable[dict]) -> int | None:
    """Returns the institution with the most articles; where no article has one, the first of the catalogue."""
    row = db.execute(
        "SELECT institution_id, count(*) n FROM articles WHERE institution_id IS NOT NULL "
        "GROUP BY 1 ORDER BY n DESC, 1 LIMIT 1"
    ).fetchone()
    return row[0] if row else next((row["id"] for row in institutions), None)


def _first_group(db: sqlite3.Connection, institution: int | None) -> int | None:
    return db.execute("SELECT min(id) FROM groups WHERE institution_id IS ?", (institution,)).fetchone()[0]


def author_for_account(account: dict) -> dict:
    """Returns the author that an account is."""
    name = f"{account['first_name']} {account['last_name']}".strip()
    return {
        "id": account["user_id"],
        "full_name": name,
        "first_name": account["first_name"],
        "last_name": account["last_name"],
        "is_active": True,
        "url_name": name.replace(" ", "_") or "_",
        "orcid_id": account.get("orcid_id") or "",
    }
