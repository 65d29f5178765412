"""The bytes that an account or a project uses, counted at each request.

Recorded: `used_quota` is `used_quota_private` and `used_quota_public` together, and private use grows with an upload.
Our choice: a file counts from the completion of its upload, private until the version that has it is published.
"""

from __future__ import annotations

import json
from collections.abc import Iterable

from ..store import Store

PRIVATE_BYTES = """SELECT d.account_id AS owner, sum(f.size) AS size FROM drafts d JOIN json_each(d.record, '$.files') j
    JOIN files f ON f.id = j.value WHERE f.public=0 AND f.status != 'created' AND {condition} GROUP BY 1"""
PUBLIC_BYTES = """SELECT a.account_id AS owner, sum(f.size) AS size FROM articles a JOIN files f ON f.article_id = a.id
    WHERE f.public=1 AND {condition} GROUP BY 1"""


def used_by_accounts(store: Store, accounts: Iterable[int]) -> dict[int, dict]:
    """Returns the three quota fields of each account, in bytes."""
    ids = list(accounts)
    condition = "account_id IN (SELECT value FROM json_each(?))"
    private, public = (
        {row["owner"]: row["size"] for row in store.query(sql.format(condition=condition), (json.dumps(ids),))}
        for sql in (PRIVATE_BYTES, PUBLIC_BYTES)
    )
    return {account: _quota_fields(private.get(account, 0), public.get(account, 0)) for account in ids}


def used_by_project(store: Store, project_id: int) -> dict:
    """Returns the three quota fields of the items of a project, in bytes."""
    private, public = (
        sum(
            row["size"]
            for row in store.query(
                sql.format(condition=f"{table}.id IN (SELECT article_id FROM project_articles WHERE project_id=?)"),
                (project_id,),
            )
        )
        for sql, table in ((PRIVATE_BYTES, "d"), (PUBLIC_BYTES, "a"))
    )
    return _quota_fields(private, public)


def _quota_fields(private: int, public: int) -> dict:
    return {"used_quota": private + public, "used_quota_private": private, "used_quota_public": public}
