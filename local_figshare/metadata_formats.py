"""A public record as XML, in the formats of the OAI-PMH interface.

`oai_dc` follows the sample in Figshare's documentation (ids of authors in brackets, HTML kept as text, bare
DOI, address of the page as relation) with one difference: the sample binds ``dc`` to the namespace of the DC
terms, which the schema it names forbids, so here it is that of the DC elements, as clients of today expect.
`mets` has what clients were seen to read: DC elements, ``dcterms:hasVersion``, ``dcterms:hasPart`` and
``mets:FLocat``. For `oai_datacite` and `qdc` nothing is on record: they follow the standards (our choice).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TypeAlias

from lxml import etree

from .record_parts import type_of, without_html

DC = "http://purl.org/dc/elements/1.1/"
TERMS = "http://purl.org/dc/terms/"
OAI_DC = "http://www.openarchives.org/OAI/2.0/oai_dc/"
QDC = "http://dspace.org/qualifieddc/"
METS = "http://www.loc.gov/METS/"
XLINK = "http://www.w3.org/1999/xlink"
XSI = "http://www.w3.org/2001/XMLSchema-instance"
OAI_DATACITE = "http://schema.datacite.org/oai/oai-1.1/"
DATACITE = "http://datacite.org/schema/kernel-4"
OAI_DATACITE_SCHEMA = "http://schema.datacite.org/oai/oai-1.1/oai.xsd"
DATACITE_SCHEMA = "http://schema.datacite.org/meta/kernel-4/metadata.xsd"

# DataCite's general types of Figshare's item types; all others are "Other".
GENERAL_TYPES = {
    "figure": "Image",
    "media": "Audiovisual",
    "dataset": "Dataset",
    "poster": "Poster",
    "journal contribution": "JournalArticle",
    "presentation": "Presentation",
    "thesis": "Dissertation",
    "software": "Software",
    "preprint": "Preprint",
    "book": "Book",
    "chapter": "BookChapter",
    "conference contribution": "ConferencePaper",
    "peer review": "PeerReview",
    "report": "Report",
    "standard": "Standard",
    "physical object": "PhysicalObject",
    "data management plan": "OutputManagementPlan",
    "workflow": "Workflow",
    "event": "Event",
    "service": "Service",
    "model": "Model",
}

Element: TypeAlias = etree._Element  # noqa: SLF001  (lxml has no other name for the type)
_FORBIDDEN = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


@dataclass(frozen=True)
class Format:
    """A metadata format: the address of its schema, its namespace, and the function that writes a record in it."""

    schema: str
    namespace: str
    write: Callable[[dict], Element]


def xml_text(value: object) -> str:
    """Returns a value as text, without the control characters that XML forbids."""
    return _FORBIDDEN.sub("", str(value))


def add(parent: Element, namespace: str, tag: str, value: object = None, **attributes: str) -> Element:
    """Adds a child and returns it; `value` None leaves it empty."""
    clean = {name: xml_text(text) for name, text in attributes.items()}
    child = etree.SubElement(parent, etree.QName(namespace, tag), clean)
    if value is not None:
        child.text = xml_text(value)
    return child


def root_of(namespace: str, tag: str, schema: str, **prefixes: str) -> Element:
    """Returns the outermost element of a record, with the address of its schema (OAI-PMH asks for it)."""
    root = etree.Element(etree.QName(namespace, tag), nsmap={**prefixes, "xsi": XSI})
    root.set(etree.QName(XSI, "schemaLocation"), f"{namespace} {schema}")
    return root


# What several formats share


def identifier_of(record: dict) -> tuple[str, str]:
    """Returns the record's identifier and its kind: DOI, handle, or its address where it has neither."""
    for kind in ("doi", "handle"):
        if record.get(kind):
            return record[kind], {"doi": "DOI", "handle": "Handle"}[kind]
    return page_address(record), "URL"


def page_address(record: dict) -> str:
    """Returns the address of the record's page; "" where it has none."""
    return record.get("figshare_url") or record.get("url_public_html") or ""


def date_of(record: dict) -> str | None:
    """Returns the date of publication or, where it is absent, of creation."""
    return record.get("published_date") or record.get("created_date")


def subjects_of(record: dict) -> list[str]:
    """Returns the titles of the categories, then the keywords."""
    categories = [category["title"] for category in record.get("categories") or []]
    return categories + list(record.get("tags") or record.get("keywords") or [])


def dublin_core(record: dict) -> Iterator[tuple[str, str | None]]:
    """Yields the elements of Dublin Core and their values, in the order of the documented sample."""
    yield "title", record.get("title")
    for author in record.get("authors") or []:
        yield "creator", f"{author['full_name']} ({author['id']})"
    for subject in subjects_of(record):
        yield "subject", subject
    yield "description", record.get("description")
    yield "date", date_of(record)
    yield "type", type_of(record)[1].capitalize()
    yield "identifier", identifier_of(record)[0]
    yield "relation", page_address(record)
    yield "rights", (record.get("license") or {}).get("name")


def add_dublin_core(parent: Element, record: dict) -> None:
    """Adds the elements of Dublin Core that have a value."""
    for tag, value in dublin_core(record):
        if value:
            add(parent, DC, tag, value)


# The formats


def oai_dc(record: dict) -> Element:
    """Returns the record in unqualified Dublin Core."""
    root = root_of(OAI_DC, "dc", FORMATS["oai_dc"].schema, oai_dc=OAI_DC, dc=DC)
    add_dublin_core(root, record)
    return root


def qdc(record: dict) -> Element:
    """Returns the record in qualified Dublin Core: the same elements, and those of the DC terms."""
    root = root_of(QDC, "qualifieddc", FORMATS["qdc"].schema, qdc=QDC, dc=DC, dcterms=TERMS)
    add_dublin_core(root, record)
    terms = {
        "created": record.get("created_date"),
        "issued": record.get("published_date"),
        "modified": record.get("modified_date"),
        "hasVersion": record.get("version"),
        "license": (record.get("license") or {}).get("url"),
        "bibliographicCitation": record.get("citation"),
    }
    for tag, value in terms.items():
        if value:
            add(root, TERMS, tag, value)
    for reference in record.get("references") or []:
        add(root, TERMS, "references", reference)
    return root


def oai_datacite(record: dict) -> Element:
    """Returns the record in DataCite (kernel 4), in the envelope of DataCite's own OAI interface."""
    root = root_of(OAI_DATACITE, "oai_datacite", OAI_DATACITE_SCHEMA, **{"oai_datacite": OAI_DATACITE})
    add(root, OAI_DATACITE, "schemaVersion", "4")
    add(root, OAI_DATACITE, "datacentreSymbol", "FIGSHARE")
    payload = add(root, OAI_DATACITE, "payload")
    payload.append(datacite(record))
    return root


def datacite(record: dict) -> Element:
    """Returns the record in DataCite: the mandatory properties, and the optional ones that it has."""
    root = etree.Element(etree.QName(DATACITE, "resource"), nsmap={None: DATACITE, "xsi": XSI})
    root.set(etree.QName(XSI, "schemaLocation"), f"{DATACITE} {DATACITE_SCHEMA}")
    identifier, kind = identifier_of(record)
    add(root, DATACITE, "identifier", identifier, identifierType=kind)
    add_creators(root, record)
    add(add(root, DATACITE, "titles"), DATACITE, "title", without_html(record.get("title")))
    add(root, DATACITE, "publisher", "figshare")
    add(root, DATACITE, "publicationYear", (date_of(record) or "0000")[:4])
    name = type_of(record)[1] or "other"
    general = GENERAL_TYPES.get(name, "Other")
    add(root, DATACITE, "resourceType", name.capitalize(), resourceTypeGeneral=general)
    add_optional(root, record)
    return root


def add_creators(root: Element, record: dict) -> None:
    """Adds the creators with their ORCID iDs; without authors an unknown one, because DataCite asks for one."""
    creators = add(root, DATACITE, "creators")
    for author in record.get("authors") or [{"full_name": ":unkn"}]:
        creator = add(creators, DATACITE, "creator")
        add(creator, DATACITE, "creatorName", author["full_name"])
        if author.get("orcid_id"):
            add(
                creator,
                DATACITE,
                "nameIdentifier",
                author["orcid_id"],
                nameIdentifierScheme="ORCID",
                schemeURI="https://orcid.org",
            )


def add_optional(root: Element, record: dict) -> None:
    """Adds subjects, dates, version, rights and description, each where the record has it."""
    subjects = add(root, DATACITE, "subjects")
    for subject in subjects_of(record):
        add(subjects, DATACITE, "subject", subject)
    dates = add(root, DATACITE, "dates")
    kinds = {"Created": "created_date", "Issued": "published_date", "Updated": "modified_date"}
    for kind, key in kinds.items():
        if record.get(key):
            add(dates, DATACITE, "date", record[key], dateType=kind)
    add(root, DATACITE, "version", record.get("version") or 1)
    licence = record.get("license") or {}
    if licence.get("url"):
        add(add(root, DATACITE, "rightsList"), DATACITE, "rights", licence.get("name"), rightsURI=licence["url"])
    if record.get("description"):
        descriptions = add(root, DATACITE, "descriptions")
        text = without_html(record["description"])
        add(descriptions, DATACITE, "description", text, descriptionType="Abstract")


def mets(record: dict) -> Element:
    """Returns the record in METS: Dublin Core, then the files and a flat structure."""
    root = root_of(METS, "mets", FORMATS["mets"].schema, mets=METS, dc=DC, dcterms=TERMS, xlink=XLINK)
    root.set("OBJID", xml_text(identifier_of(record)[0]))
    root.set("LABEL", xml_text(without_html(record.get("title"))))
    section = add(root, METS, "dmdSec", ID="DMD_1")
    data = add(add(section, METS, "mdWrap", MDTYPE="DC"), METS, "xmlData")
    add_dublin_core(data, record)
    add(data, TERMS, "hasVersion", record.get("version") or 1)
    files = record.get("files") or []
    for file in files:
        add(data, TERMS, "hasPart", file["download_url"])
    if files:
        add_files(root, files)
    top = add(add(root, METS, "structMap", TYPE="LOGICAL"), METS, "div", DMDID="DMD_1")
    for file in files:
        add(top, METS, "fptr", FILEID=f"FILE_{file['id']}")
    return root


def add_files(root: Element, files: list[dict]) -> None:
    """Adds the files, without names and checksums: the live service is said to leave them out (hearsay)."""
    group = add(add(root, METS, "fileSec"), METS, "fileGrp", USE="CONTENT")
    for file in files:
        entry = add(group, METS, "file", ID=f"FILE_{file['id']}", SIZE=str(file.get("size") or 0))
        place = add(entry, METS, "FLocat", LOCTYPE="URL")
        place.set(etree.QName(XLINK, "href"), xml_text(file["download_url"]))


FORMATS = {
    "oai_dc": Format("http://www.openarchives.org/OAI/2.0/oai_dc.xsd", OAI_DC, oai_dc),
    "oai_datacite": Format(OAI_DATACITE_SCHEMA, OAI_DATACITE, oai_datacite),
    "qdc": Format("http://dublincore.org/schemas/xmls/qdc/2006/01/06/dcterms.xsd", QDC, qdc),
    "mets": Format("http://www.loc.gov/standards/mets/mets.xsd", METS, mets),
}
