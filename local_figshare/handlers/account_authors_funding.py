"""Authors and grants, as an account finds them for its records."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable

from ..listing import integer, page_of, search_words
from ..messages import Reply, Request, router
from ..store import Store
from . import answers
from .authors import author_fields

ROUTES, route = router()


# Grants


@route("POST", "/v2/account/funding/search", needs="account")
def private_funding_search(store: Store, request: Request) -> Reply:
    """Returns the grants whose values hold all words of the search."""
    words = str(request.parameters().get("search_for") or "").lower().split()
    grants = [json.loads(row["record"]) for row in store.query("SELECT record FROM funding ORDER BY id")]
    return Reply(200, [_grant(grant) for grant in grants if _has_words(grant.values(), words)])


def _grant(grant: dict) -> dict:
    return {
        "id": grant["id"],
        "title": grant.get("title") or "",
        "grant_code": grant.get("grant_code") or "",
        "funder_name": grant.get("funder_name") or "",
        "is_user_defined": int(grant.get("is_user_defined") or 0),
        "url": grant.get("url") or "",
    }


def _has_words(values: Iterable, words: list[str]) -> bool:
    text = " ".join(str(value) for value in values).lower()
    return all(word in text for word in words)


# Authors


def author_record(row: sqlite3.Row) -> dict:
    """Returns the full record of an author (schema AuthorComplete)."""
    record = json.loads(row["record"])
    return {
        **author_fields(record),
        "institution_id": row["institution_id"] or 0,
        "group_id": row["group_id"] or 0,
        "is_public": int(bool(row["is_public"])),
        "job_title": record.get("job_title") or "",
    }


AUTHORS = "SELECT a.*, EXISTS (SELECT 1 FROM article_authors l WHERE l.author_id = a.id) AS is_public FROM authors a"


@route("GET", "/v2/account/authors/<int:author_id>", needs="account")
def private_author_details(store: Store, request: Request, author_id: int) -> Reply:
    """Returns one author."""
    row = store.first_row(f"{AUTHORS} WHERE id=?", (author_id,))
    return Reply(200, author_record(answers.value_or_404(row, "Author")))


@route("POST", "/v2/account/authors/search", needs="account")
def private_authors_search(store: Store, request: Request) -> Reply:
    """Searches authors by name, ORCID, institution or group; here a group includes its subgroups (documented)."""
    parameters = request.parameters()
    page = page_of(parameters)
    conditions = ["1"]
    args: list[object] = []
    for word in search_words(parameters):
        conditions.append("(full_name LIKE ? OR orcid_id = ?)")
        args += [f"%{word}%", word]
    if parameters.get("orcid"):
        conditions.append("orcid_id = ?")
        args.append(str(parameters["orcid"]).rpartition("/")[2])
    if integer(parameters, "institution_id") is not None:
        conditions.append("institution_id = ?")
        args.append(integer(parameters, "institution_id"))
    if integer(parameters, "group_id") is not None:
        conditions.append(WITHIN_GROUP)
        args.append(integer(parameters, "group_id"))
    for name, column in (("is_public", "is_public"), ("is_active", "json_extract(record, '$.is_active')")):
        if isinstance(parameters.get(name), bool):
            conditions.append(f"{column} = ?")
            args.append(int(parameters[name]))
    rows = store.query(
        f"SELECT * FROM ({AUTHORS}) WHERE {' AND '.join(conditions)} ORDER BY id LIMIT ? OFFSET ?",
        (*args, page.limit, page.offset),
    )
    return Reply(200, [author_record(row) for row in rows])


WITHIN_GROUP = """group_id IN (WITH RECURSIVE tree(id) AS (SELECT ? UNION
    SELECT g.id FROM groups g JOIN tree ON g.parent_id = tree.id) SELECT id FROM tree)"""
