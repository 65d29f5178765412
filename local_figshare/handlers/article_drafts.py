"""Drafts of articles: their first content, their computed fields, and the fields that publication needs."""

from __future__ import annotations

from .. import fields
from ..entity_kinds import ARTICLE
from ..messages import Problem
from ..record_parts import ITEM_TYPES, article_urls, citation, type_of
from ..store import Store
from . import answers, entity_changes, metadata
from .authors import author_of_account

# Recorded defaults of figshare.com: a dataset under CC BY 4.0.
DEFAULT_TYPE, DEFAULT_LICENCE = 3, 1
DEFAULT_HOST = "figshare.com"


def blank_article(store: Store, account: dict, article_id: int) -> dict:
    """Makes a draft without content, with the recorded first values."""
    now = store.now()
    licence: dict = {}
    metadata.write_licence(store, licence, DEFAULT_LICENCE, account)
    return fields.ARTICLE.blank(
        id=article_id,
        title="",
        account_id=account["id"],
        group_id=account["group_id"],
        authors=[author_of_account(store, account)],
        license=licence["license"],
        created_date=now,
        modified_date=now,
        defined_type=DEFAULT_TYPE,
        defined_type_name=ITEM_TYPES[DEFAULT_TYPE],
    )


def draft_of_public_article(store: Store, record: dict, account_id: int | None) -> dict:
    """Makes the draft with which a change of a public article begins."""
    private_fields = {"curation_status": None, "account_id": account_id, "group_resource_id": None}
    record = fields.ARTICLE.with_defaults(
        {**private_fields, **record, "keywords": record.get("keywords") or record.get("tags")}
    )
    record["defined_type"], record["defined_type_name"] = type_of(record)
    record["files"] = [entry["id"] for entry in record["files"]]
    return record


def compute_fields(store: Store, record: dict, account_id: int | None) -> None:
    """Updates the fields of a draft that are computed from its other fields."""
    rows = answers.files_of(store, record)
    title_in_address = record["title"] if record.get("version") else ""  # recorded: the slug of a draft is "_"
    record.update(
        article_urls(
            record["id"], title_in_address, record["defined_type_name"], portal_host(store, record, account_id)
        ),
        modified_date=store.now(),
        size=sum(row["size"] for row in rows),
        has_linked_file=any(row["is_link_only"] for row in rows),
        folder_structure={str(row["id"]): row["folder_path"] for row in rows if row["folder_path"]},
        files=[row["id"] for row in rows],
    )
    record["citation"] = citation(record)
    record["status"] = "draft" if missing_fields(store, record) else "private"


entity_changes.register(ARTICLE, draft_of_public_article, compute_fields)


def portal_host(store: Store, record: dict, account_id: int | None) -> str:
    """Returns the host of a record's portal: that of its group's institution, otherwise of its account's."""
    row = store.first_row(
        "SELECT host FROM institutions WHERE id = coalesce("
        "(SELECT institution_id FROM groups WHERE id=?), "
        "(SELECT institution_id FROM accounts WHERE id=?))",
        (record.get("group_id"), account_id),
    )
    return row["host"] if row else DEFAULT_HOST


def missing_fields(store: Store, record: dict) -> list[str]:
    """Returns the fields that are missing before publication: Figshare's own, then the group's."""
    return missing_standard_fields(record) + missing_custom_fields(store, record)


def missing_standard_fields(record: dict) -> list[str]:
    """Returns the missing ones of the fields that every item needs (as clients expect)."""
    mandatory = ("title", "description", "authors", "categories", "keywords", "defined_type", "license")
    missing = [name for name in mandatory if not record.get(name)]
    return missing if record.get("files") or record.get("is_metadata_record") else [*missing, "files"]


def missing_custom_fields(store: Store, record: dict) -> list[str]:
    """Returns the mandatory custom fields of the group that have no value."""
    values = {entry["name"]: entry.get("value") for entry in record.get("custom_fields") or []}
    return [
        rule["name"]
        for rule in metadata.custom_field_rules(store, record.get("group_id"))
        if rule.get("is_mandatory") and not values.get(rule["name"])
    ]


def check_complete(store: Store, record: dict) -> None:
    """Raises `Problem` 400 that names all missing fields, in the words of documentation and recordings."""
    standard, custom = missing_standard_fields(record), missing_custom_fields(store, record)
    sentence_end = (
        f"field for publication - {', '.join(standard + custom)}" if standard else f"value: {', '.join(custom)}"
    )
    if standard or custom:
        raise Problem(400, "MissingMandatoryField", f"Missing mandatory {sentence_end}", {"missing": standard + custom})
    for row in answers.files_of(store, record):
        if row["status"] in ("created", "ic_failure"):
            raise Problem(400, "FileNotReady", f"The upload of {row['name']} is not complete", {"file_id": row["id"]})
