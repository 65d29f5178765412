"""Notebook 15: OAI-PMH, ResourceSync and a snapshot compared."""

from __future__ import annotations

import json
import operator
import re
from collections.abc import Iterable, Iterator

import pandas as pd

from figshare_workbook.base.errors import FigshareError, ParameterError
from figshare_workbook.base.frames import frame_of
from figshare_workbook.base.identifiers import id_number
from figshare_workbook.base.rules import MAX_PAGE_SIZE
from figshare_workbook.base.texts import plain_text
from figshare_workbook.client.answer_shapes import OAI_RECORD, OAI_SETS
from figshare_workbook.client.connect import Figshare
from figshare_workbook.client.oai import OAI, local_name, parse_xml
from figshare_workbook.client.request import shown_path
from figshare_workbook.tables.records import custom_field_rows, funding_rows, name_with_orcid, record_row


def oai_sets_frame(figshare: Figshare) -> pd.DataFrame:
    """Lists all sets of the OAI-PMH interface, page after page: set (its name in requests), name."""
    rows = figshare.new_entries(_set_pages(figshare), "The list of sets", key=operator.itemgetter(0))
    return frame_of(list(rows), {"set": "text", "name": "text"})


def _set_pages(figshare: Figshare) -> Iterator[list[tuple]]:
    """Yields name and title of the sets, a page at a time."""
    parameters: dict[str, str] | None = {"verb": "ListSets"}
    while parameters:
        root = figshare.ask("GET", "/oai", params=parameters, shape=OAI_SETS)
        yield [(entry.findtext(f"{OAI}setSpec"), entry.findtext(f"{OAI}setName")) for entry in root.iter(f"{OAI}set")]
        token = root.findtext(f".//{OAI}resumptionToken")
        parameters = {"verb": "ListSets", "resumptionToken": token} if token else None


def indented_xml(text: str, most: int = 40) -> str:
    """Returns XML with one element a line, for reading; the first `most` lines.

    Raises `ParameterError` for anything else.
    """
    from lxml import etree

    try:
        root = parse_xml(text or "")
    except ValueError as error:
        raise ParameterError(f"This text cannot be shown as XML: {error}. Look at it as it is.") from None
    names = {prefix: name for element in root.iter("*") for prefix, name in element.nsmap.items()}
    etree.cleanup_namespaces(root, top_nsmap=names)
    lines = etree.tostring(root, encoding="unicode", pretty_print=True).splitlines()
    return "\n".join(lines[:most] + (["..."] if len(lines) > most else []))


def record_formats_frame(figshare: Figshare, article_id: int) -> pd.DataFrame:
    """Fetches one item as REST, Dublin Core and DataCite give it, side by side; three requests.

    Returns:
        field, rest, oai_dc, oai_datacite: texts, "" where a form does not have the field.
    """
    record = figshare.article(article_id)
    forms = {prefix: _oai_values(figshare, article_id, prefix) for prefix in ("oai_dc", "oai_datacite")}
    row = record_row(record)
    rest = {
        **row,
        "authors": [name_with_orcid(author) for author in record.get("authors") or []],
        "subjects": [*(row["categories"] or []), *(record.get("tags") or [])],
        "custom_fields": [field["value"] for field in custom_field_rows(record)],
        "funding": [grant.get("title") for grant in funding_rows(record)],
        "files": [file.get("name") for file in record.get("files") or []],
    }
    rows = [
        {
            "field": name,
            "rest": rest.get(key),
            **{prefix: forms[prefix].get(tag) for prefix, tag in (("oai_dc", dublin), ("oai_datacite", datacite))},
        }
        for name, key, dublin, datacite in _FIELD_NAMES
    ]
    return frame_of(rows, {"field": "text", "rest": "text", "oai_dc": "text", "oai_datacite": "text"})


_FIELD_NAMES = (  # what it is, and its name in REST, Dublin Core and DataCite ("" where there is none)
    ("title", "title", "title", "title"),
    ("authors", "authors", "creator", "creator"),
    ("description", "description", "description", "description"),
    ("DOI", "doi", "identifier", "identifier"),
    ("published", "published_date", "date", "date Issued"),
    ("created", "created_date", "", "date Created"),
    ("modified", "modified_date", "", "date Updated"),
    ("type", "type", "type", "resourceType"),
    ("categories, keywords", "subjects", "subject", "subject"),
    ("licence", "license", "rights", "rights"),
    ("version", "version", "", "version"),
    ("files", "files", "", ""),
    ("size", "size", "", ""),
    ("group", "group_id", "", ""),
    ("references", "references", "", ""),
    ("funding", "funding", "", ""),
    ("custom fields", "custom_fields", "", ""),
)


def _oai_values(figshare: Figshare, article_id: int, prefix: str) -> dict[str, list[str]]:
    """Returns the elements of one record by name, dates with their kind, creators with their ORCID."""
    parameters = {
        "verb": "GetRecord",
        "metadataPrefix": prefix,
        "identifier": f"oai:figshare.com:article/{id_number(article_id)}",
    }
    answer = figshare.ask("GET", "/oai", params=parameters, shape=OAI_RECORD)
    values: dict[str, list[str]] = {}
    for element in answer.find(f".//{OAI}metadata").iter():
        name = local_name(element)
        parts = [child.text for child in element] if name == "creator" and len(element) else [element.text]
        text = plain_text(f"{parts[0]} ({parts[1]})" if len(parts) > 1 else parts[0])
        if text:
            values.setdefault(f"{name} {element.get('dateType') or ''}".strip(), []).append(text)
    return values


def resource_sync_frames(figshare: Figshare, address: str) -> dict[str, pd.DataFrame]:
    """Fetches everything that a ResourceSync description leads to, by capability; a request for each document.

    Args:
        figshare: The client.
        address: Of the description, `https://PORTAL/.well-known/resourcesync`.

    Returns:
        Tables as `resource_list` gives them: `description`, `capabilitylist`, `resourcelist`, `changelist`
        and what else there is.

    Raises:
        FigshareError: The description names no list of capabilities, or its lists lead to no entries.

    It rests on the standard (ANSI/NISO Z39.99); no document of Figshare's own is on record.
    """
    description = figshare.resource_list(address)
    addresses = description.loc[description["capability"] == "capabilitylist", "loc"]
    if addresses.empty:
        raise FigshareError(
            f"{shown_path(address, None)} names no list of capabilities.",
            "it is no description of ResourceSync, or the site's is out of order.",
            "give the address that ends with /.well-known/resourcesync.",
        )
    frames = {"description": description, "capabilitylist": _joined(map(figshare.resource_list, addresses))}
    for capability, rows in frames["capabilitylist"].groupby("capability", sort=False):
        frames[capability] = _joined(complete_list_frame(figshare, part) for part in rows["loc"])
    return frames


def _joined(frames: Iterable[pd.DataFrame]) -> pd.DataFrame:
    """Returns the tables one below the other."""
    first, *others = frames
    return pd.concat([first, *others], ignore_index=True) if others else first


def complete_list_frame(figshare: Figshare, address: str) -> pd.DataFrame:
    """Fetches a list, or all the lists of an index: its entries are documents without hash and type."""
    return _joined(_read_lists(figshare, address, set(), 0))


_MOST_LEVELS = 3  # an index of lists has one level by the standard; more would be a circle


def _read_lists(figshare: Figshare, address: str, read: set[str], level: int) -> Iterator[pd.DataFrame]:
    """Yields the list at an address, or those that an index there leads to; each document is read once."""
    read.add(address)
    entries = figshare.resource_list(address)
    is_index = entries["loc"].str.endswith(".xml") & entries["hash"].eq("") & entries["type"].eq("")
    if entries.empty or not is_index.all():
        yield entries
        return
    parts = [part for part in entries["loc"] if part not in read]
    if level == _MOST_LEVELS or not parts:
        raise FigshareError(
            f"The lists of {shown_path(address, None)} lead from one to the other, and to no entries.",
            "the site's ResourceSync documents are out of order.",
            "tell the site's support.",
        )
    for part in parts:
        if part not in read:
            yield from _read_lists(figshare, part, read, level + 1)


def harvest_costs_frame(items: int, changed: int) -> pd.DataFrame:
    """Compares what each way of taking a repository's metadata costs.

    Args:
        items: How many there are.
        changed: How many have changed since the last time.

    Returns:
        way, brings (text), first_time, afterwards (requests), minutes (of the first time, at one request a
        second).

    Documented: 1,000 items a page of a list, ten records a page of OAI-PMH. A resource list holds up to
    50,000 (the standard); it stands behind a description and a list of capabilities.
    """
    lists, changed_lists = _page_count(items, MAX_PAGE_SIZE), _page_count(changed, MAX_PAGE_SIZE)
    documents = 2 + _page_count(items, 50_000)
    rows = [
        ("REST, lists only", "short records", lists, changed_lists),
        ("REST, full records", "everything", lists + items, changed_lists + changed),
        ("OAI-PMH, Dublin Core", "13 elements", _page_count(items, 10), _page_count(changed, 10)),
        ("ResourceSync and REST", "everything, with checksums", documents + items, 3 + changed),
    ]
    return frame_of(
        [(*row, round(row[2] / 60, 1)) for row in rows],
        {"way": "text", "brings": "text", "first_time": "int", "afterwards": "int", "minutes": "float"},
    )


def _page_count(items: int, size: int) -> int:
    """Returns how many pages that is; an empty answer is one, too."""
    return max(1, -(-items // size))


def record_differences(first: Iterable[dict], second: Iterable[dict]) -> list[str]:
    """Compares the records of a site and of its snapshot, but for the addresses, which must differ.

    Args:
        first, second: Full records, in any order.

    Returns:
        A sentence for each difference; [] where there is none.
    """
    first_by_id, second_by_id = (
        {record["id"]: _without_addresses(record) for record in records} for records in (first, second)
    )
    differences = [f"{number} is in one only" for number in first_by_id.keys() ^ second_by_id.keys()]
    for number in first_by_id.keys() & second_by_id.keys():
        one, other = first_by_id[number], second_by_id[number]
        keys = one.keys() | other.keys()
        differences += [f"{number}: {key} differs" for key in keys if one.get(key) != other.get(key)]
    return sorted(differences)


def _without_addresses(record: dict) -> dict:
    """Returns a record without its own addresses and its files'; local addresses in texts lose their port."""
    record = json.loads(re.sub(r"http://127\.0\.0\.1:\d+", "http://local", json.dumps(record)))
    files = [{**file, "download_url": ""} for file in record.get("files") or []]
    return {**{key: value for key, value in record.items() if not _ADDRESS_KEY.fullmatch(key)}, "files": files}


_ADDRESS_KEY = re.compile(r"(figshare_)?url(_.*)?|thumb")
