"""Reads the XML of OAI-PMH: pages and records."""

from __future__ import annotations

import re
from typing import Any

from figshare_workbook.base.texts import plain_text

_WHOLE_HANDLE = re.compile(r"(?!10\.)\d+(\.\d+)*/\S+$")
OAI = "{http://www.openarchives.org/OAI/2.0/}"


def oai_time(day: str | None, clock: str) -> str | None:
    """Returns a day with a time, as OAI-PMH needs it; None for None."""
    return f"{day}T{clock}Z" if day else None


def read_oai_page(root: Any) -> tuple[list[dict], str | None, str | None]:
    """Returns the rows of a page, its resumption token and the code of its error; None where one is absent."""
    error = root.find(f"{OAI}error")
    token = root.findtext(f".//{OAI}resumptionToken")  # absent or empty on the last page
    return (
        [_oai_row(record) for record in root.iter(f"{OAI}record")],
        token or None,
        (None if error is None else error.get("code")),
    )


def _oai_row(record: Any) -> dict:
    """Returns a record of Dublin Core as a row.

    The id in brackets that Figshare adds to the name of a creator (documented) is removed.
    """
    header = record.find(f"{OAI}header")
    values: dict[str, list[str]] = {}
    for element in record.iterfind(f"{OAI}metadata/*/*"):
        values.setdefault(local_name(element), []).append(element.text or "")
    first = {name: texts[0] for name, texts in values.items()}
    identifier = first.get("identifier") or ""
    return {
        "id": int(header.findtext(f"{OAI}identifier").rsplit("/", 1)[-1]),
        "datestamp": header.findtext(f"{OAI}datestamp") or "",
        "is_deleted": header.get("status") == "deleted",
        "title": plain_text(first.get("title")),
        "description": plain_text(first.get("description")),
        "creators": [re.sub(r" \(\d+\)$", "", name) for name in values.get("creator", [])],
        "subjects": values.get("subject"),
        "date": first.get("date"),
        "type": first.get("type"),
        "doi": identifier if identifier.startswith("10.") else "",
        "handle": identifier if _WHOLE_HANDLE.match(identifier) else "",
        "url": first.get("relation"),
        "rights": first.get("rights"),
        "sets": [entry.text for entry in header.iterfind(f"{OAI}setSpec")],
    }


def parse_xml(answer: bytes | str) -> Any:
    """Returns the root element of an XML document, without comments.

    We use lxml, because ElementTree loses the prefixes of namespaces.

    Raises:
        ValueError: It is no XML, or cut short, or declares entities of its own.
    """
    from lxml import etree

    parser = etree.XMLParser(remove_blank_text=True, remove_comments=True, remove_pis=True, resolve_entities=False)
    try:
        root = etree.fromstring(answer.encode() if isinstance(answer, str) else answer, parser)
    except (etree.XMLSyntaxError, ValueError):
        raise ValueError("it is no XML, or cut") from None
    if root.getroottree().docinfo.doctype:  # OAI-PMH and ResourceSync have no document type
        raise ValueError("it declares a document type of its own")
    return root


def local_name(element: Any) -> str:
    """Returns an element's name without its namespace."""
    return element.tag.rsplit("}", 1)[-1]


def child_or_self(element: Any, name: str) -> Any:
    """Returns the child with this name; without such a child, the element itself, so that attributes can be read."""
    return next((child for child in element if local_name(child) == name), element)
