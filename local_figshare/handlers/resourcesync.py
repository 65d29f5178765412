"""ResourceSync (ANSI/NISO Z39.99): the list of resources, and the list of changes.

Of Figshare's own documents nothing is on record but the address of the first, so these follow the standard.
The resources are the public records at ``/v2/articles/{id}``: hash and length are those of the bytes that this
server sends for that address (they hold its own address, so another host name gives another hash). The change
list reaches from ninety days before the catalogue's clock to now and has one entry an item, its latest change.
"""

from __future__ import annotations

import hashlib
import io
from collections.abc import Iterable, Iterator
from datetime import timedelta

from lxml import etree

from ..entity_kinds import ARTICLE
from ..messages import API, BASE, Reply, Request, not_found, router
from ..metadata_formats import Element, add
from ..store import Store
from ..times import timestamp, utc_datetime
from .answers import public_body

ROUTES, route = router()

SITEMAP = "http://www.sitemaps.org/schemas/sitemap/0.9"
RS = "http://www.openarchives.org/rs/terms/"
PREFIXES = {None: SITEMAP, "rs": RS}

DESCRIPTION = f"{BASE}/.well-known/resourcesync"
FOLDER = f"{BASE}/resourcesync"
CAPABILITIES = f"{FOLDER}/capabilitylist.xml"
RESOURCES = f"{FOLDER}/resourcelist.xml"
CHANGES = f"{FOLDER}/changelist.xml"

MOST_ENTRIES = 50_000  # in one list (the standard's limit, from the sitemap protocol)
RECORDS_AT_A_TIME = 500  # records in memory at once
CHANGES_REACH = timedelta(days=90)


# ---------------------------------------------------------------- documents


def list_document(request: Request, root: str, head: list[Element], entries: Iterable[Element]) -> Reply:
    """Returns the answer with a list. It is streamed, so that it is never in memory as a whole."""
    chunks = xml_of_list(root, head, entries)
    address = server_address(request).encode()
    return Reply(200, (chunk.replace(BASE.encode(), address) for chunk in chunks), content_type="application/xml")


def xml_of_list(root: str, head: list[Element], entries: Iterable[Element]) -> Iterator[bytes]:
    """Yields the bytes of a list, a batch of entries at a time."""
    buffer = io.BytesIO()
    with etree.xmlfile(buffer, encoding="utf-8") as file:
        file.write_declaration()
        with file.element(etree.QName(SITEMAP, root), nsmap=PREFIXES):
            for element in head:
                file.write(element)
            for number, element in enumerate(entries, 1):
                file.write(element)
                if number % RECORDS_AT_A_TIME == 0:
                    file.flush()
                    yield take_buffer(buffer)
    yield take_buffer(buffer)


def take_buffer(buffer: io.BytesIO) -> bytes:
    """Returns what the buffer holds and empties it."""
    text = buffer.getvalue()
    buffer.seek(0)
    buffer.truncate()
    return text


def server_address(request: Request) -> str:
    """Returns the address under which the client knows this server, as the HTTP adapter sees it."""
    host = request.headers.get("host")
    return f"http://{host}" if host else BASE


def link_element(relation: str, address: str) -> Element:
    """Returns a link of a list to another document."""
    return etree.Element(etree.QName(RS, "ln"), {"rel": relation, "href": address}, nsmap=PREFIXES)


def metadata_element(**attributes: str) -> Element:
    """Returns the metadata of a list or of an entry."""
    attributes = {name.rstrip("_"): value for name, value in attributes.items()}
    return etree.Element(etree.QName(RS, "md"), attributes, nsmap=PREFIXES)


def entry_element(tag: str, address: str, metadata: Element, lastmod: str | None = None) -> Element:
    """Returns an entry of a list."""
    element = etree.Element(etree.QName(SITEMAP, tag), nsmap=PREFIXES)
    add(element, SITEMAP, "loc", address)
    if lastmod:
        add(element, SITEMAP, "lastmod", lastmod)
    element.append(metadata)
    return element


# ---------------------------------------------------------------- from the description to the lists


@route("GET", "/.well-known/resourcesync")
def source_description(store: Store, request: Request) -> Reply:
    """Returns the document at the well-known address."""
    head = [metadata_element(capability="description")]
    return list_document(
        request, "urlset", head, [entry_element("url", CAPABILITIES, metadata_element(capability="capabilitylist"))]
    )


@route("GET", "/resourcesync/capabilitylist.xml")
def capability_list(store: Store, request: Request) -> Reply:
    """Returns the lists that are offered: resource list and change list."""
    head = [link_element("up", DESCRIPTION), metadata_element(capability="capabilitylist")]
    entries = [
        entry_element("url", RESOURCES, metadata_element(capability="resourcelist")),
        entry_element("url", CHANGES, metadata_element(capability="changelist")),
    ]
    return list_document(request, "urlset", head, entries)


# ---------------------------------------------------------------- resources


@route("GET", "/resourcesync/resourcelist.xml")
def resource_list(store: Store, request: Request) -> Reply:
    """Returns all public records, or an index of lists where one list cannot hold them."""
    count = store.query("SELECT count(*) FROM articles")[0][0]
    head = [
        link_element("up", CAPABILITIES),
        metadata_element(capability="resourcelist", at=store.now()),
    ]
    if count <= MOST_ENTRIES:
        return list_document(request, "urlset", head, resource_entries(store, request, 1))
    lists = range(1, -(-count // MOST_ENTRIES) + 1)
    at = store.now()
    entries = [
        entry_element("sitemap", f"{FOLDER}/resourcelist-{number}.xml", metadata_element(at=at)) for number in lists
    ]
    return list_document(request, "sitemapindex", head, entries)


@route("GET", "/resourcesync/resourcelist-<int:number>.xml")
def resource_list_part(store: Store, request: Request, number: int) -> Reply:
    """Returns one of several lists; 404 where there is none of this number."""
    count = store.query("SELECT count(*) FROM articles")[0][0]
    if count <= MOST_ENTRIES or not 0 < number <= -(-count // MOST_ENTRIES):
        raise not_found("ResourceList")
    head = [
        link_element("up", CAPABILITIES),
        link_element("index", RESOURCES),
        metadata_element(capability="resourcelist", at=store.now()),
    ]
    return list_document(request, "urlset", head, resource_entries(store, request, number))


def resource_entries(store: Store, request: Request, number: int) -> Iterator[Element]:
    """Yields the entries of list `number`, a batch of records at a time."""
    address, entries_left = server_address(request), MOST_ENTRIES
    first = store.first_row("SELECT id FROM articles ORDER BY id LIMIT 1 OFFSET ?", ((number - 1) * MOST_ENTRIES,))
    last_id = first["id"] - 1 if first else 0
    while entries_left:
        rows = store.query(
            "SELECT id, record, modified_date AS modified FROM articles WHERE id > ? ORDER BY id LIMIT ?",
            (last_id, min(RECORDS_AT_A_TIME, entries_left)),
        )
        if not rows:
            return
        for row in rows:
            yield entry_element(
                "url",
                f"{API}/articles/{row['id']}",
                metadata_element(**fingerprint(store, row["record"], address)),
                row["modified"],
            )
        last_id, entries_left = rows[-1]["id"], entries_left - len(rows)


def fingerprint(store: Store, record: str, address: str) -> dict[str, str]:
    """Returns hash, length and type of the bytes that the server sends for a record."""
    body = public_body(store, ARTICLE, record).replace(BASE, address).encode()
    return {"hash": f"md5:{hashlib.md5(body).hexdigest()}", "length": str(len(body)), "type": "application/json"}


# ---------------------------------------------------------------- changes


@route("GET", "/resourcesync/changelist.xml")
def change_list(store: Store, request: Request) -> Reply:
    """Returns the records that were published, changed and withdrawn lately, oldest first."""
    start_time = utc_datetime(store.query("SELECT value FROM meta WHERE key = 'catalogue_clock'")[0][0]) - CHANGES_REACH
    start, now = timestamp(start_time), store.now()
    head = [link_element("up", CAPABILITIES), metadata_element(capability="changelist", from_=start, until=now)]
    return list_document(request, "urlset", head, change_entries(store, request, start))


# The first publication decides between "created" and "updated".
CHANGES_SINCE = """
    SELECT id, modified_date AS moment, CASE WHEN coalesce(
        (SELECT min(json_extract(record, '$.published_date')) FROM versions
         WHERE kind = 'article' AND versions.id = articles.id), stamp) >= :start
        THEN 'created' ELSE 'updated' END AS change
    FROM articles WHERE modified_date >= :start
    UNION ALL
    SELECT id, date, 'deleted' FROM withdrawn WHERE date >= :start AND id NOT IN (SELECT id FROM articles)
    ORDER BY moment, id LIMIT :most"""


def change_entries(store: Store, request: Request, start: str) -> Iterator[Element]:
    """Yields the latest change of every item since `start`."""
    address = server_address(request)
    for row in store.query(CHANGES_SINCE, {"start": start, "most": MOST_ENTRIES}):
        rows = store.query("SELECT record FROM articles WHERE id = ?", (row["id"],))
        metadata = fingerprint(store, rows[0]["record"], address) if rows else {}
        yield entry_element(
            "url",
            f"{API}/articles/{row['id']}",
            metadata_element(change=row["change"], datetime=row["moment"], **metadata),
            row["moment"],
        )
