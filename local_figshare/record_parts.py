"""Makes the parts of a record: its list item, its addresses, its citation, its earlier versions, its search text.

Pure functions on plain dicts; none knows the database.
"""

from __future__ import annotations

import functools
import html
import json
import re
from collections.abc import Iterable
from urllib.parse import urlsplit

from . import fields
from .bigrams import index_text
from .messages import API, BASE

# Documented (search filters): 4 and 10 do not exist.
ITEM_TYPES = {
    1: "figure",
    2: "media",
    3: "dataset",
    5: "poster",
    6: "journal contribution",
    7: "presentation",
    8: "thesis",
    9: "software",
    11: "online resource",
    12: "preprint",
    13: "book",
    14: "conference contribution",
    15: "chapter",
    16: "peer review",
    17: "educational resource",
    18: "report",
    19: "standard",
    20: "composition",
    21: "funding",
    22: "physical object",
    23: "data management plan",
    24: "workflow",
    25: "monograph",
    26: "performance",
    27: "event",
    28: "service",
    29: "model",
}

TYPE_NUMBERS = {name: number for number, name in ITEM_TYPES.items()}

# Keys of a list item, in Figshare's order (recorded).
ARTICLE_KEYS = (
    "id",
    "title",
    "doi",
    "handle",
    "url",
    "published_date",
    "thumb",
    "defined_type",
    "defined_type_name",
    "group_id",
    "url_private_api",
    "url_public_api",
    "url_private_html",
    "url_public_html",
    "timeline",
    "resource_title",
    "resource_doi",
    "created_date",
    "modified_date",
)
COLLECTION_KEYS = ("id", "title", "doi", "handle", "url", "timeline", "published_date", "created_date", "modified_date")
PROJECT_KEYS = ("url", "id", "title", "created_date", "modified_date", "published_date")

# Page addresses lead to this server, and can be turned back: https://HOST/PATH <-> BASE/web/HOST/PATH
PAGE_KEYS = ("figshare_url", "url_public_html", "url_private_html", "html_location", "thumb")
API_KEYS = ("url", "url_private_api", "url_public_api")


# One encoder for all calls, as `json.dumps` makes one at each call. Records come from JSON, so none is circular.
_ENCODER = json.JSONEncoder(ensure_ascii=False, check_circular=False)


def dumps(value: object) -> str:
    """Returns JSON as Figshare writes it: with Python's separators, letters not escaped."""
    return _ENCODER.encode(value)


def slug(title: str) -> str:
    """Returns a title as it is written in an address (recorded: an empty one is ``_``)."""
    words = re.sub(r"[^\w-]+", "_", without_html(title)).strip("_")
    return words[:150] or "_"


HTML_TAG = re.compile(r"<[^>]{0,500}>")
DOI_RESOLVER, DOI_VERSION = re.compile(r"(https?://(dx\.)?doi\.org/|doi:)"), re.compile(r"\.v\d+$")


def without_html(text: str | None) -> str:
    """Returns a text without HTML tags, its entities replaced by their characters."""
    text = HTML_TAG.sub(" ", text or "")
    return html.unescape(text) if "&" in text else text


def bare_doi(doi: str | None) -> str | None:
    """Returns a DOI as it is compared: in lower case, without resolver and version."""
    if not doi:
        return None
    doi = doi.strip().lower()
    resolver = DOI_RESOLVER.match(doi)
    return DOI_VERSION.sub("", doi[resolver.end() :] if resolver else doi) or None


@functools.lru_cache
def licence_word(name: str) -> str:
    """Shortens ``CC BY 4.0`` to ``ccby``, the form that ``:licence:`` takes (documented: CCBY)."""
    return re.sub(r"\d+\.\d+\+?$", "", re.sub(r"[^a-z0-9.+]", "", name.lower()))


def host_of(record: dict) -> str:
    """Returns the portal a record belongs to, e.g. ``iastate.figshare.com``; "" when it has no page."""
    url = record.get("url_public_html") or record.get("figshare_url") or ""
    path = url.removeprefix(f"{BASE}/web/")
    host = re.split("[/?#]", path, maxsplit=1)[0] if path != url else urlsplit(url).netloc
    return host.partition(":")[0].lower()


def type_of(record: dict) -> tuple[int | None, str]:
    """Returns the number and the name of a record's type; where one is absent or null, it is found by the other."""
    number, name = record.get("defined_type"), record.get("defined_type_name") or ""
    if number is not None and name:
        return number, name
    return (
        TYPE_NUMBERS.get(name.lower().replace("_", " ")) if number is None else number,
        name or ITEM_TYPES.get(number or 0, ""),
    )


def item_of(record: dict, keys: tuple[str, ...] = ARTICLE_KEYS) -> dict:
    """Returns the list item of a record: these keys of it, with the defaults of absent ones."""
    return {key: record[key] if key in record else fields.default_of(key) for key in keys}


def public_item(record: dict) -> dict:
    """Returns the public list item of an article; it has 0 and "" where the full record has null (recorded)."""
    item = item_of(record)
    item["defined_type"], item["defined_type_name"] = type_of(record)
    for key, blank in (("group_id", 0), ("resource_title", ""), ("resource_doi", "")):
        item[key] = item.get(key) or blank
    return item


def citation(record: dict, publisher: str = "figshare") -> str:
    """Returns the citation of a record, in the newer of the recorded forms."""
    names = "; ".join(last_name_first(author["full_name"]) for author in record.get("authors") or [])
    year = (record.get("published_date") or record.get("created_date") or "")[:4]
    kind = (type_of(record)[1] or ("item" if "files" in record else "collection")).capitalize()
    page = record.get("url_public_html") or record.get("figshare_url") or ""
    link = f"https://doi.org/{record['doi']}" if record.get("doi") else page
    if not record.get("doi") and record.get("handle"):
        link = f"https://hdl.handle.net/{record['handle']}"
    return f"{names} ({year}). {record.get('title', '')}. {publisher}. {kind}. {link}"


def earlier_version(record: dict, version: int) -> dict | None:
    """Makes an earlier version of an article or a collection: only number, addresses and DOI differ.

    None where the record has no such version.
    """
    newest = record.get("version") or 1
    if not 0 < version <= newest:
        return None
    if version == newest:
        return record
    earlier = {**record, "version": version}
    kind = "articles" if "files" in record else "collections"
    if record.get("url"):
        earlier["url"] = f"{API}/{kind}/{record['id']}/versions/{version}"
    for key in ("figshare_url", "url_public_html"):
        if record.get(key):
            earlier[key] = re.sub(rf"/{record['id']}(/\d+)?/?$", f"/{record['id']}/{version}", record[key])
    doi = record.get("doi") or ""
    if doi.endswith(f".v{newest}"):
        earlier["doi"] = f"{doi.removesuffix(f'.v{newest}')}.v{version}"
        earlier["citation"] = (record.get("citation") or "").replace(doi, earlier["doi"])
    return earlier


def last_name_first(name: str) -> str:
    """Turns ``Leonardo Uieda`` into ``Uieda, Leonardo``."""
    first, _, last = name.strip().rpartition(" ")
    return f"{last}, {first}" if first else last


def article_urls(article_id: int, title: str, type_name: str, host: str) -> dict:
    """Returns all addresses of an article, in the order of the keys of a list item."""
    page = f"{BASE}/web/{host}/articles/{(type_name or 'dataset').replace(' ', '_')}/{slug(title)}/{article_id}"
    return {
        "url": f"{API}/account/articles/{article_id}",
        "url_private_api": f"{API}/account/articles/{article_id}",
        "url_public_api": f"{API}/articles/{article_id}",
        "url_private_html": f"{BASE}/web/figshare.com/account/articles/{article_id}",
        "url_public_html": page,
        "figshare_url": page,
    }


# A word between two values, so that no phrase in a search matches the end of one and the beginning of the next.
SEPARATOR_WORD = " xbetweenx "


def search_text(record: dict, kind: str, files: list[str], institution: str = "", project: str = "") -> dict[str, str]:
    """Returns the texts of a record for the full-text index, by column, in the order of `database.TEXT_COLUMNS`.

    Args:
        record: the record.
        kind: article, collection or project.
        files: names of the record's files.
        institution: the text by which a search finds the institution.
        project: title of the project that the record is in.
    """
    authors = record.get("authors") or ()
    licence = (record.get("license") or {}).get("name")
    texts = {
        "title": without_html(record.get("title")),
        "description": without_html(record.get("description")),
        "tag": _join_values(record.get("tags") or record.get("keywords")),
        "category": _join_values([entry["title"] for entry in record.get("categories") or ()]),
        "author": _join_values([author["full_name"] for author in authors]),
        "orcid": _join_values([author.get("orcid_id") for author in authors]),
        "reference": _join_values(record.get("references")),
        "resource_title": record.get("resource_title") or "",
        "resource_doi": record.get("resource_doi") or "",
        "resource_link": _join_values([entry.get("link") for entry in record.get("related_materials") or ()]),
        "doi": _join_values([record.get("doi"), record.get("handle")]),
        "extension": _join_values([_extension(name) for name in files]),
        "item_type": _join_values([type_of(record)[1], kind]),
        "licence": licence_word(licence) if licence else "",
        "institution": institution,
        "project": project,
        "other": _join_values(_custom_fields_and_funding(record)),
    }
    return {column: index_text(text) for column, text in texts.items()}


def _join_values(values: Iterable[str | None] | None) -> str:
    return SEPARATOR_WORD.join(filter(None, values)) if values else ""


def _extension(name: str) -> str:
    return name.rpartition(".")[2] if "." in name else ""


def _custom_fields_and_funding(record: dict) -> list[str]:
    """Returns the values of custom fields and grants, which are searched but are no fields of the search language."""
    values = []
    for field in record.get("custom_fields") or []:
        value = field.get("value")
        values += [str(entry) for entry in value] if isinstance(value, list) else [str(value or "")]
    for grant in record.get("funding_list") or []:
        values += [grant.get("title") or "", grant.get("grant_code") or "", grant.get("funder_name") or ""]
    return values
