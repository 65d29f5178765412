"""Writes a client's fields into an article, a collection or a project, and checks each of them.

Documented limits (the specification's schemas): title 3 to 1,000 characters, description at most 20,000.
Recorded: `tags` and `keywords` are one list; an unknown category is 404, code EntityNotFound; a null counts as an
absent field. Our choice: an unknown field is refused with 400, so that a typing error shows.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

from .. import fields, shapes
from ..entity_kinds import ARTICLE, COLLECTION, PROJECT, Kind
from ..messages import Problem
from ..record_parts import ITEM_TYPES
from ..store import Store
from ..times import utc_datetime
from .authors import authors_of

Writer = Callable[[Store, dict, Any, dict], None]


def bad_field(field: str, reason: str) -> Problem:
    """Returns the refusal 400 that names the field."""
    return Problem(400, "BadRequest", f"Invalid value for {field}: {reason}", {"field": field})


# Of related materials (documented).
RELATIONS = (
    "IsCitedBy",
    "Cites",
    "IsSupplementTo",
    "IsSupplementedBy",
    "IsContinuedBy",
    "Continues",
    "Describes",
    "IsDescribedBy",
    "HasMetadata",
    "IsMetadataFor",
    "HasVersion",
    "IsVersionOf",
    "IsNewVersionOf",
    "IsPreviousVersionOf",
    "IsPartOf",
    "HasPart",
    "IsPublishedIn",
    "IsReferencedBy",
    "References",
    "IsDocumentedBy",
    "Documents",
    "IsCompiledBy",
    "Compiles",
    "IsVariantFormOf",
    "IsOriginalFormOf",
    "IsIdenticalTo",
    "IsReviewedBy",
    "Reviews",
    "IsDerivedFrom",
    "IsSourceOf",
    "IsRequiredBy",
    "Requires",
    "IsObsoletedBy",
    "Obsoletes",
)
IDENTIFIER_TYPES = (
    "ARK",
    "arXiv",
    "bibcode",
    "DOI",
    "EAN13",
    "EISSN",
    "Handle",
    "IGSN",
    "ISBN",
    "ISSN",
    "ISTC",
    "LISSN",
    "LSID",
    "PMID",
    "PURL",
    "UPC",
    "URL",
    "URN",
    "w3id",
)
RESOLVERS = {
    "DOI": "https://doi.org/",
    "Handle": "https://hdl.handle.net/",
    "arXiv": "https://arxiv.org/abs/",
    "PMID": "https://pubmed.ncbi.nlm.nih.gov/",
}


# Writers: (store, record, value, account) -> None. Each checks a value and writes it into the record.


def text_writer(field: str, low: int = 0, high: int | None = None) -> Writer:
    """Makes the writer of a text that has from `low` to `high` characters."""

    def write(store: Store, record: dict, value: object, account: dict) -> None:
        record[field] = checked_text(field, value, low, high)

    return write


def checked_text(field: str, value: Any, low: int = 0, high: int | None = None) -> str:
    """Returns the value, if it is a text of this length. Raises `Problem` 400."""
    if not shapes.TEXT.is_valid(value):
        raise bad_field(field, "must be text")
    if len(value) < low or (high is not None and len(value) > high):
        raise bad_field(field, f"must have {low} to {high} characters")
    return value


def flag_writer(field: str) -> Writer:
    """Makes the writer of a value that is true or false."""

    def write(store: Store, record: dict, value: object, account: dict) -> None:
        record[field] = checked_flag(field, value)

    return write


def checked_flag(field: str, value: Any) -> bool:
    """Returns the value, if it is true or false. Raises `Problem` 400."""
    if not shapes.FLAG.is_valid(value):
        raise bad_field(field, f"must be {shapes.FLAG.words}")
    return value


def number_writer(field: str) -> Writer:
    """Makes the writer of a whole number."""

    def write(store: Store, record: dict, value: object, account: dict) -> None:
        record[field] = checked_integer(field, value)

    return write


def checked_integer(field: str, value: Any) -> int:
    """Returns the value, if it is a whole number. Raises `Problem` 400."""
    if not shapes.WHOLE.is_valid(value):
        raise bad_field(field, f"must be {shapes.WHOLE.words}")
    return value


def checked_strings(field: str, value: object) -> list[str]:
    """Returns a list of texts, without repeats and in its order. Raises `Problem` 400."""
    if not isinstance(value, list) or not all(map(shapes.TEXT.is_valid, value)):
        raise bad_field(field, "must be a list of texts")
    return list(dict.fromkeys(value))


def write_tags(store: Store, record: dict, value: object, account: dict) -> None:
    """Writes the tags, which are the keywords too."""
    record["tags"] = record["keywords"] = checked_strings("tags", value)


def write_references(store: Store, record: dict, value: object, account: dict) -> None:
    """Writes the references, which must be addresses."""
    record["references"] = checked_strings("references", value)
    if any(not re.match(r"https?://\S+$", entry) for entry in record["references"]):
        raise bad_field("references", "every entry must be an address that begins with http:// or https://")


def write_related_materials(store: Store, record: dict, value: object, account: dict) -> None:
    """Writes the related materials. Each needs an identifier and its type (recorded, as is the text of the refusal)."""
    if not isinstance(value, list) or not all(isinstance(entry, dict) for entry in value):
        raise bad_field("related_materials", "must be a list of objects")
    materials_by_id = {entry["id"]: entry for entry in record.get("related_materials") or []}
    # An entry with the id of a material that is there changes that material.
    value = [{**materials_by_id.get(_id_or_none(entry.get("id")), {}), **entry} for entry in value]
    if not all(_has_identifier(entry) for entry in value):
        raise Problem(
            400,
            "BadRequest",
            "Invalid identifier format",
            {"field": "related_materials", "identifier_type": f"one of {', '.join(IDENTIFIER_TYPES)}"},
        )
    record["related_materials"] = [_related_material(store, entry) for entry in value]


def _id_or_none(value: object) -> int | None:
    return value if isinstance(value, int) else None


def _has_identifier(entry: dict) -> bool:
    identifier = entry.get("identifier")
    return isinstance(identifier, str) and identifier.strip() != "" and entry.get("identifier_type") in IDENTIFIER_TYPES


def _related_material(store: Store, entry: dict) -> dict:
    for name in ("title", "link"):
        if entry.get(name) is not None:
            checked_text("related_materials", entry[name], 0, 1000)
    relation = entry.get("relation") or "References"
    if relation not in RELATIONS:
        raise bad_field("related_materials", f"relation must be one of {', '.join(RELATIONS)}")
    if entry.get("id") is not None:
        checked_integer("related_materials", entry["id"])
    identifier, kind = entry["identifier"], entry["identifier_type"]
    link = f"{RESOLVERS.get(kind, '')}{identifier}"
    return {
        "id": entry.get("id") or store.next_id("material"),
        "identifier": identifier,
        "title": entry.get("title") or "",
        "relation": relation,
        "identifier_type": kind,
        "is_linkout": bool(entry.get("is_linkout")),
        "link": entry.get("link") or link,
    }


def write_categories(store: Store, record: dict, value: object, account: dict) -> None:
    """Writes the categories, given by their ids."""
    record["categories"] = categories_of(store, value)


def categories_of(store: Store, value: object) -> list[dict]:
    """Returns the categories of a list of ids. Raises `Problem` 400 and 404."""
    if not isinstance(value, list) or not all(map(shapes.ID.is_valid, value)):
        raise bad_field("categories", "must be a list of category ids")
    return [_category(store, "id", entry) for entry in dict.fromkeys(value)]


def write_categories_by_source(store: Store, record: dict, value: object, account: dict) -> None:
    """Writes the categories, given by the codes of their classification (documented)."""
    record["categories"] = [
        _category(store, "source_id", entry) for entry in checked_strings("categories_by_source_id", value)
    ]


def _category(store: Store, column: str, value: object) -> dict:
    row = store.first_row(f"SELECT * FROM categories WHERE {column}=? ORDER BY taxonomy_id LIMIT 1", (value,))
    if row is None:
        raise Problem(404, "EntityNotFound", f"Not allowed to set category: {value}")
    return {key: row[key] for key in ("id", "title", "parent_id", "path", "source_id", "taxonomy_id")}


def write_defined_type(store: Store, record: dict, value: object, account: dict) -> None:
    """Writes the item type, given by its name or its number, as text or as a number."""
    text = str(value).strip().lower().replace("_", " ")
    for type_id, name in ITEM_TYPES.items():
        if text in (name, str(type_id)):
            record["defined_type"], record["defined_type_name"] = type_id, name
            return
    raise bad_field("defined_type", f"{value!r} is not one of {', '.join(ITEM_TYPES.values())}")


def write_licence(store: Store, record: dict, value: object, account: dict) -> None:
    """Writes the licence, given by its value."""
    row = store.first_row("SELECT * FROM licenses WHERE value=?", (checked_integer("license", value),))
    if row is None:
        raise bad_field("license", f"there is no licence {value}; GET /v2/account/licenses lists them")
    record["license"] = {"value": row["value"], "name": row["name"], "url": row["url"]}


def write_funding_list(store: Store, record: dict, value: object, account: dict) -> None:
    """Writes the grants, given by id, or by title for a new one."""
    if not isinstance(value, list) or not all(isinstance(entry, dict) for entry in value):
        raise bad_field("funding_list", "must be a list of objects")
    record["funding_list"] = [_grant(store, entry) for entry in value]


def write_funding_as_grant(store: Store, record: dict, value: object, account: dict) -> None:
    """Writes a plain text as one grant of the user's own; where there is a `funding_list` too, that one counts."""
    write_funding_list(store, record, [{"title": checked_text("funding", value, 1, 1000)}], account)


def _grant(store: Store, entry: dict) -> dict:
    if entry.get("id") is not None:
        row = store.first_row("SELECT record FROM funding WHERE id=?", (checked_integer("funding_list", entry["id"]),))
        if row is None:
            raise bad_field("funding_list", f"there is no grant {entry['id']}")
        return json.loads(row["record"])
    title = checked_text("funding_list", entry.get("title"), 1, 1000)
    # Recorded: a grant of the user's own has no funder and no `url`.
    grant = {
        "id": store.next_id("funding"),
        "title": title,
        "grant_code": "",
        "funder_name": None,
        "is_user_defined": 1,
    }
    with store.write() as db:
        db.execute("INSERT INTO funding VALUES (?, ?, ?)", (grant["id"], title, json.dumps(grant)))
    return grant


def write_timeline(store: Store, record: dict, value: object, account: dict) -> None:
    """Writes dates of the timeline. A date can be replaced, but not removed (hearsay)."""
    date_names = ("firstOnline", "publisherPublication", "publisherAcceptance", "posted", "submission", "revision")
    if not isinstance(value, dict) or any(name not in date_names for name in value):
        raise bad_field("timeline", f"must be an object with {', '.join(date_names[:3])}")
    for name, date in value.items():
        if date:
            record["timeline"] = {**record.get("timeline", {}), name: checked_date("timeline", date)}


def checked_date(field: str, value: Any) -> str:
    """Returns a date, or a time in UTC without Z, as records write it. Raises `Problem` 400."""
    try:
        moment = utc_datetime(value)
    except (TypeError, ValueError):
        raise bad_field(field, f"{value!r} is not a date (YYYY-MM-DD)") from None
    return value if len(value) == len("YYYY-MM-DD") else moment.strftime("%Y-%m-%dT%H:%M:%S")


def write_authors(store: Store, record: dict, value: object, account: dict) -> None:
    """Writes the authors."""
    record["authors"] = authors_of(store, value)


def write_group_id(store: Store, record: dict, value: object, account: dict) -> None:
    """Writes the group, which must be one of the account's institution."""
    row = store.first_row("SELECT institution_id FROM groups WHERE id=?", (checked_integer("group_id", value),))
    if row is None or row["institution_id"] != account["institution_id"]:
        raise bad_field("group_id", f"there is no group {value} in this account's institution")
    record["group_id"] = value


def write_custom_fields(store: Store, record: dict, value: object, account: dict) -> None:
    """Writes the custom fields, given as an object of names and values (documented; they are read as a list)."""
    if not isinstance(value, dict):
        raise bad_field("custom_fields", "must be an object of names and values")
    _write_custom_values(store, record, list(value.items()))


def write_custom_fields_list(store: Store, record: dict, value: object, account: dict) -> None:
    """Writes the custom fields, given as a list of objects with name and value."""
    if not isinstance(value, list) or not all(
        isinstance(entry, dict) and isinstance(entry.get("name"), str) for entry in value
    ):
        raise bad_field("custom_fields_list", "must be a list of objects with name, a text, and value")
    _write_custom_values(store, record, [(entry["name"], entry.get("value")) for entry in value])


def _write_custom_values(store: Store, record: dict, pairs: list[tuple[str, object]]) -> None:
    rules = {rule["name"]: rule for rule in custom_field_rules(store, record.get("group_id"))}
    for name, value in pairs:
        if rules and name not in rules:
            raise bad_field("custom_fields", f"the group has no field {name!r}")
        _check_custom_value(rules.get(name, {}), name, value)
    values = {entry["name"]: entry.get("value") for entry in record.get("custom_fields") or []}
    values.update(pairs)
    record["custom_fields"] = [{"name": name, "value": value} for name, value in values.items()]


def _check_custom_value(rule: dict, name: str, value: object) -> None:
    """Raises `Problem` 400 for a value of a custom field that is no text, or is no option of its dropdown."""
    values = value if isinstance(value, list) else [value]
    if not all(isinstance(entry, str) for entry in values if entry is not None):
        raise bad_field("custom_fields", f"{name!r} must be a text or a list of texts")
    options = (rule.get("settings") or {}).get("options") or []
    for entry in values if options else ():
        if entry and entry not in options:
            raise bad_field("custom_fields", f"{entry!r} is not an option of {name!r}: {', '.join(options)}")


def custom_field_rules(store: Store, group: int | None) -> list[dict]:
    """Returns the rules of a group's custom fields: its own, or the nearest parent's that has any."""
    while group:
        row = store.first_row("SELECT custom_fields, parent_id FROM groups WHERE id=?", (group,))
        if row is None:
            return []
        rules = json.loads(row["custom_fields"])
        if rules:
            return rules
        group = row["parent_id"]
    return []


# The order is the order of writing: a group decides which custom fields there are.
_COMMON_WRITERS: dict[str, Writer] = {
    "title": text_writer("title", 3, 1000),
    "description": text_writer("description", 0, 20000),
    "group_id": write_group_id,
    "funding": text_writer("funding", 0, 2000),
    "funding_list": write_funding_list,
    "custom_fields": write_custom_fields,
    "custom_fields_list": write_custom_fields_list,
}
_ITEM_WRITERS: dict[str, Writer] = {
    **_COMMON_WRITERS,
    "tags": write_tags,
    "keywords": write_tags,
    "references": write_references,
    "related_materials": write_related_materials,
    "categories": write_categories,
    "categories_by_source_id": write_categories_by_source,
    "authors": write_authors,
    "doi": text_writer("doi", 0, 255),
    "handle": text_writer("handle", 0, 255),
    "resource_doi": text_writer("resource_doi", 0, 255),
    "resource_title": text_writer("resource_title", 0, 1000),
    "timeline": write_timeline,
}
WRITERS: dict[str, dict[str, Writer]] = {
    ARTICLE.name: {
        **_ITEM_WRITERS,
        "defined_type": write_defined_type,
        "license": write_licence,
        "is_metadata_record": flag_writer("is_metadata_record"),
        "metadata_reason": text_writer("metadata_reason", 0, 1000),
        "download_disabled": flag_writer("download_disabled"),
    },
    COLLECTION.name: {
        **_ITEM_WRITERS,
        "funding": write_funding_as_grant,
        "resource_id": text_writer("resource_id", 0, 255),
        "resource_link": text_writer("resource_link", 0, 255),
        "resource_version": number_writer("resource_version"),
    },
    PROJECT.name: dict(_COMMON_WRITERS),
}


# The specification's defaults of optional fields: a generated client sends them all, and they count as absent.
# Of `group_id` nothing is on record (our choice).
NOT_GIVEN = {
    "license": 0,
    "group_id": 0,
    "description": "",
    "funding": "",
    "doi": "",
    "handle": "",
    "resource_id": "",
    "resource_doi": "",
    "resource_title": "",
    "resource_link": "",
    "resource_version": 0,
}


def is_given(field: str, value: object) -> bool:
    """Tells whether a body sets a field: null and the specification's default do not."""
    return value is not None and not (field in NOT_GIVEN and value == NOT_GIVEN[field] and not isinstance(value, bool))


def write(
    store: Store, kind: Kind, record: dict, body: dict, account: dict, other_fields: tuple[str, ...] = ()
) -> None:
    """Checks a body and writes it into a record. Raises `Problem` 400 and 404.

    Args:
        store: where categories, licences and the like are looked up.
        kind: kind of the record.
        record: the record; it is changed.
        body: the fields that a client sent.
        account: the account that writes.
        other_fields: fields of the body that are allowed and that the caller writes.
    """
    writers = WRITERS[kind.name]
    for field in body:
        if field not in writers and field not in (*other_fields, "impersonate"):
            raise bad_field(field, f"there is no such field of {'an' if kind is ARTICLE else 'a'} {kind.name}")
    for field, writer in writers.items():
        if is_given(field, body.get(field)):
            writer(store, record, body[field], account)
    rest = {name: value for name, value in record.items() if name != "files"}  # a draft holds their ids
    for fault in fields.BY_KIND[kind.name].faults(rest):
        raise bad_field(re.split(r"\W", fault)[1], fault)
