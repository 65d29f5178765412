"""OAI-PMH 2.0 at ``/v2/oai``: six verbs, four formats, sets, resumption tokens, deleted records.

The protocol decides wherever Figshare is not on record (openarchives.org/OAI/openarchivesprotocol.html).
On record are: the identifiers, the datestamp (publication of the latest version; our choice for an item without
that date: its creation, and without any date the catalogue's clock), what Identify says, the
kinds of set, ten records and thirty sets a page, and tokens that are the next query in base64 and expire an
hour later. Our choices: a record is listed by (datestamp, id), so that a page costs the same at the end of
a long list as at its beginning; a list that was continued ends with an empty token; the names of category
and month sets; a set that nothing belongs to is ``noRecordsMatch``. The formats `rdf`, `cerif` and `uketd_dc`
of the real service are not offered.
"""

from __future__ import annotations

import base64
import binascii
import json
import re
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlencode

from lxml import etree

from ..messages import API, Reply, Request, router
from ..metadata_formats import FORMATS, XSI, Element, add, xml_text
from ..record_parts import ITEM_TYPES, type_of
from ..store import Store
from ..times import timestamp, utc_datetime
from . import answers

ROUTES, route = router()

OAI = "http://www.openarchives.org/OAI/2.0/"
BASE_URL = f"{API}/oai"
STYLE_SHEET = Path(__file__).parents[1] / "oai2.xsl"
IDENTIFIER_PREFIX = "oai:figshare.com:article/"
RECORDS_A_PAGE, SETS_A_PAGE = 10, 30
TOKEN_LIFE = timedelta(minutes=60)

# Arguments of each verb: those it must have and those it may have.
VERBS = {
    "Identify": ((), ()),
    "ListMetadataFormats": ((), ("identifier",)),
    "ListSets": ((), ("resumptionToken",)),
    "GetRecord": (("identifier", "metadataPrefix"), ()),
    "ListIdentifiers": (("metadataPrefix",), ("from", "until", "set", "resumptionToken")),
    "ListRecords": (("metadataPrefix",), ("from", "until", "set", "resumptionToken")),
}
_MARKS = r"\w\-.!~*'();@&=+$,"
SYNTAX = {
    # A URI: a scheme with what belongs to it, or a relative path.
    "identifier": re.compile(
        rf"[A-Za-z][A-Za-z0-9+.\-]*:(//[A-Za-z0-9.\-]+/)?[{_MARKS}:][{_MARKS}:/]*|[{_MARKS}][{_MARKS}/]*", re.ASCII
    ),
    "metadataPrefix": re.compile(r"[A-Za-z0-9\-_.!~*'()]+"),
    "set": re.compile(r"[A-Za-z0-9\-_.!~*'()]+(:[A-Za-z0-9\-_.!~*'()]+)*"),
    "from": re.compile(r"\d{4}-\d\d-\d\d(T\d\d:\d\d:\d\dZ)?"),
    "until": re.compile(r"\d{4}-\d\d-\d\d(T\d\d:\d\d:\d\dZ)?"),
}


class OaiError(Exception):
    """A refusal in the protocol's own form: one of its codes and a sentence."""

    def __init__(self, code: str, message: str):
        super().__init__(message)
        self.code, self.message = code, message


@dataclass(frozen=True)
class Row:
    """A record in a list, which is ordered by datestamp and id."""

    stamp: str
    id: int
    is_deleted: bool
    portal: int | None
    record: dict


# ---------------------------------------------------------------- the request


@route("GET", "/v2/oai")
@route("POST", "/v2/oai")
def oai(store: Store, request: Request) -> Reply:
    """Answers a request of the protocol; its errors are answers too, with status 200."""
    arguments: dict[str, str] = {}
    try:
        unchecked_arguments = arguments_of(request)
        check_arguments(unchecked_arguments)
        arguments = unchecked_arguments  # from here on the answer repeats them, as the protocol wants
        check_format(arguments)
        answer = VERB_ANSWERS[arguments["verb"]](store, arguments)
    except OaiError as error:
        answer = etree.Element(etree.QName(OAI, "error"), code=error.code)
        answer.text = xml_text(error.message)
    return oai_document(store, arguments, answer)


@route("GET", "/v2/static/oai2.xsl")
def style_sheet(store: Store, request: Request) -> Reply:
    """Returns the style sheet that every document names for browsers. It is ours, as Figshare's is not on record."""
    return Reply(200, STYLE_SHEET.read_text(encoding="utf-8"), content_type="text/xsl; charset=utf-8")


def arguments_of(request: Request) -> dict[str, str]:
    """Returns the arguments, of the query or of a posted form. Raises `OaiError` where one is there twice."""
    if request.method == "POST":
        pairs = parse_qsl(request.body.decode("utf-8", "replace"), keep_blank_values=True)
        repeated = {name for name, _ in pairs if sum(name == other for other, _ in pairs) > 1}
        arguments = dict(pairs)
    else:
        arguments, repeated = dict(request.query), set(request.repeated)
    if "verb" in repeated:
        raise OaiError("badVerb", "The verb is given more than once")
    if repeated:
        raise OaiError("badArgument", f"The argument {min(repeated)} is given more than once")
    return arguments


def check_arguments(arguments: dict[str, str]) -> None:
    """Raises `OaiError` for arguments that are unknown, missing or not well formed."""
    verb = arguments.get("verb", "")
    if verb not in VERBS:
        raise OaiError("badVerb", f"Not a verb of the protocol: {verb!r}" if verb else "The verb is missing")
    required, optional = VERBS[verb]
    argument_names = set(arguments) - {"verb"}
    if argument_names - set(required) - set(optional):
        raise OaiError("badArgument", f"{verb} has no argument {min(argument_names - set(required) - set(optional))}")
    if "resumptionToken" in argument_names:
        if len(argument_names) > 1:
            raise OaiError("badArgument", "A resumptionToken excludes all other arguments")
        return
    if set(required) - argument_names:
        raise OaiError("badArgument", f"{verb} needs the argument {min(set(required) - argument_names)}")
    check_argument_values(arguments)


def check_argument_values(arguments: dict[str, str]) -> None:
    """Raises `OaiError` for values that are not well formed."""
    for name, pattern in SYNTAX.items():
        if name in arguments and not pattern.fullmatch(arguments[name]):
            raise OaiError("badArgument", f"The value of {name} is not well formed")
    check_dates(arguments.get("from"), arguments.get("until"))


def check_format(arguments: dict[str, str]) -> None:
    """Raises `OaiError` for a format that is not offered."""
    prefix = arguments.get("metadataPrefix")
    if prefix is not None and prefix not in FORMATS:
        raise OaiError("cannotDisseminateFormat", f"The format {prefix} is not offered")


def check_dates(start: str | None, end: str | None) -> None:
    """Raises `OaiError` for dates that do not exist, are in the wrong order or differ in granularity."""
    for text in filter(None, (start, end)):
        try:
            datetime.fromisoformat(text.replace("Z", "+00:00"))
        except ValueError:
            raise OaiError("badArgument", f"There is no such date: {text}") from None
    if start and end and len(start) != len(end):
        raise OaiError("badArgument", "from and until have different granularities")
    if start and end and start > end:
        raise OaiError("badArgument", "from is later than until")


def oai_document(store: Store, arguments: dict[str, str], answer: Element) -> Reply:
    """Returns the document around an answer."""
    root = etree.Element(etree.QName(OAI, "OAI-PMH"), nsmap={None: OAI, "xsi": XSI})
    root.set(etree.QName(XSI, "schemaLocation"), f"{OAI} http://www.openarchives.org/OAI/2.0/OAI-PMH.xsd")
    add(root, OAI, "responseDate", store.now())
    request_element = add(root, OAI, "request", BASE_URL)
    for name, value in arguments.items():
        request_element.set(name, xml_text(value))
    root.append(answer)
    sheet = 'type="text/xsl" href="/v2/static/oai2.xsl"'
    root.addprevious(etree.ProcessingInstruction("xml-stylesheet", sheet))
    text = etree.tostring(root.getroottree(), encoding="utf-8", xml_declaration=True).decode()
    return Reply(200, text, content_type="text/xml; charset=utf-8")


# ---------------------------------------------------------------- resumption tokens


def add_token(store: Store, parent: Element, query: dict[str, Any] | None, is_continuation: bool) -> None:
    """Adds the token of the next page; on the last page of several an empty token, on a single page none.

    Args:
        store: whose clock the token's end is counted from.
        parent: the answer.
        query: the query of the next page; None on the last page.
        is_continuation: whether this page was asked for by a token.
    """
    if query:
        expires = timestamp(store.clock() + TOKEN_LIFE)
        text = base64.b64encode(urlencode({**query, "expires": expires}).encode()).decode()
        add(parent, OAI, "resumptionToken", text, expirationDate=expires)
    elif is_continuation:
        add(parent, OAI, "resumptionToken")


def query_of_token(store: Store, arguments: dict[str, str]) -> dict[str, str]:
    """Returns the query that a token stands for, or the arguments themselves where there is no token."""
    if "resumptionToken" not in arguments:
        return arguments
    try:
        text = base64.b64decode(arguments["resumptionToken"], validate=True).decode("ascii")
        query = dict(parse_qsl(text, strict_parsing=True))
        expires = query.pop("expires", None)  # the recorded tokens have none: they stay good
        is_fresh = expires is None or expires >= store.now()
        position_name = "page" if query.get("verb") == "ListSets" else "after"
        position = {position_name: query.pop(position_name)}
        check_arguments(query)
        check_format(query)
    except (binascii.Error, UnicodeDecodeError, ValueError, KeyError, OaiError):
        raise bad_token("is not one of this server's") from None
    if query["verb"] != arguments["verb"]:
        raise bad_token("belongs to another request")
    if not is_fresh:
        raise bad_token("has expired")
    return query | position


def bad_token(why: str) -> OaiError:
    """Returns the refusal of a resumption token."""
    return OaiError("badResumptionToken", f"The resumptionToken {why}")


# ---------------------------------------------------------------- records in the store


def set_condition(store: Store, name: str) -> tuple[str, str, tuple]:
    """Returns a set as two conditions, on the tables `articles` and `withdrawn`, and their arguments."""
    kind, _, number = name.rpartition("_")
    month = re.fullmatch(r"month_year_(\d\d)_(\d{4})", name)
    if month:
        month_pattern = f"{month[2]}-{month[1]}-%"
        return "stamp LIKE ?", "date LIKE ?", (month_pattern,)
    if kind not in SETS or not re.fullmatch(r"\d{1,15}", number):
        return "0 = ?", "0 = ?", (1,)
    set_kind = SETS[kind]
    size = store.query(set_kind.size_query, (int(number),))[0][0]
    public = set_kind.big_condition if size > BIG_SET else set_kind.small_condition
    return public, set_kind.withdrawn_condition, (int(number),)


@dataclass(frozen=True)
class SetKind:
    """How the records of a set are found; every condition takes the number of the set.

    Attributes:
        small_condition: condition on `articles` for a small set: SQLite finds its records by an index and sorts them.
        big_condition: condition on `articles` for a big set: SQLite tests it while it reads the sorted list.
        withdrawn_condition: condition on `withdrawn`.
        size_query: a query that gives about how many articles the set has.
    """

    small_condition: str
    big_condition: str
    withdrawn_condition: str
    size_query: str


BIG_SET = 1000
SETS = {
    "portal": SetKind(
        "institution_id = (SELECT id FROM institutions WHERE portal_id = ?)",
        "+institution_id = (SELECT id FROM institutions WHERE portal_id = ?)",  # the plus forbids the index
        "(SELECT portal_id FROM institutions WHERE id = (SELECT institution_id FROM groups "
        "WHERE id = json_extract(record, '$.group_id'))) = ?",
        "SELECT count(*) FROM articles WHERE institution_id = (SELECT id FROM institutions WHERE portal_id = ?)",
    ),
    "item_type": SetKind(
        "defined_type = ?",
        "+defined_type = ?",
        "json_extract(record, '$.defined_type') = ?",
        "SELECT ? * 0",  # there is no index of types: the list is walked whatever the size
    ),
    "category": SetKind(
        "id IN (SELECT article_id FROM article_categories WHERE category_id = ?)",
        "EXISTS (SELECT 1 FROM article_categories WHERE article_id = articles.id AND category_id = ?)",
        "EXISTS (SELECT 1 FROM json_each(record, '$.categories') WHERE json_extract(value, '$.id') = ?)",
        "SELECT count(*) FROM article_categories WHERE category_id = ?",
    ),
}


def rows_after(store: Store, query: dict[str, str], count: int) -> list[Row]:
    """Returns the next `count` records of a list, in the order of (datestamp, id)."""
    public, withdrawn, arguments = ("1", "1", ())
    if "set" in query:
        public, withdrawn, arguments = set_condition(store, query["set"])
    stamp, _, number = query.get("after", "").rpartition(".")
    first = max(query.get("from", ""), stamp)
    last = query.get("until", "9999")
    last += "T23:59:59Z" if len(last) == 10 else ""
    rows = store.query(
        f"""SELECT * FROM (SELECT stamp, id, 0 AS deleted, record, institution_id
              FROM articles
              WHERE stamp BETWEEN ? AND ? AND (stamp, id) > (?, ?) AND {public}
              ORDER BY stamp, id LIMIT ?)
            UNION ALL
            SELECT * FROM (SELECT date, id, 1, record, NULL FROM withdrawn
              WHERE date BETWEEN ? AND ? AND (date, id) > (?, ?) AND {withdrawn}
              AND id NOT IN (SELECT id FROM articles)
              ORDER BY date, id LIMIT ?)
            ORDER BY stamp, id LIMIT ?""",
        (*((first, last, stamp, int(number or 0), *arguments, count) * 2), count),
    )
    return [list_row(store, row) for row in rows]


def list_row(store: Store, row: sqlite3.Row) -> Row:
    """Returns a row of the database as a record of a list."""
    record = json.loads(row["record"])
    if record.get("files"):
        record["files"] = answers.downloadable_files(store, record)
    portals = portal_sets(store)
    institution = row["institution_id"] or portals.institution_of_group.get(record.get("group_id"))
    return Row(
        row["stamp"], row["id"], bool(row["deleted"]), portals.portal_of_institution.get(institution or 0), record
    )


@dataclass(frozen=True)
class PortalSets:
    """The portal id of each institution, and the institution of each group."""

    portal_of_institution: dict[int, int]
    institution_of_group: dict[int, int]


def portal_sets(store: Store) -> PortalSets:
    """Returns the portals of a catalogue."""

    def read_portals() -> PortalSets:
        portal_of_institution = {row[0]: row[1] for row in store.query("SELECT id, portal_id FROM institutions")}
        institution_of_group = {row[0]: row[1] for row in store.query("SELECT id, institution_id FROM groups")}
        return PortalSets(portal_of_institution, institution_of_group)

    return store.cached_value(("portals",), read_portals)


def row_by_identifier(store: Store, identifier: str) -> Row:
    """Returns the record of an identifier. Raises `OaiError` where there is none."""
    number = identifier.removeprefix(IDENTIFIER_PREFIX)
    if identifier.startswith(IDENTIFIER_PREFIX) and re.fullmatch(r"\d{1,15}", number):
        for columns_and_table in (
            "stamp, id, 0 AS deleted, record, institution_id FROM articles",
            "date AS stamp, id, 1 AS deleted, record, NULL AS institution_id FROM withdrawn",
        ):
            rows = store.query(f"SELECT {columns_and_table} WHERE id = ?", (int(number),))
            if rows:
                return list_row(store, rows[0])
    raise OaiError("idDoesNotExist", f"There is no record {identifier}")


# ---------------------------------------------------------------- the verbs


def identify(store: Store, arguments: dict[str, str]) -> Element:
    """Returns the values of the real repository (recorded), with this server's address."""
    answer = etree.Element(etree.QName(OAI, "Identify"))
    add(answer, OAI, "repositoryName", "figshare")
    add(answer, OAI, "baseURL", BASE_URL)
    add(answer, OAI, "protocolVersion", "2.0")
    add(answer, OAI, "adminEmail", "info@figshare.com")
    add(answer, OAI, "earliestDatestamp", "1800-01-01T00:00:00Z")
    add(answer, OAI, "deletedRecord", "transient")
    add(answer, OAI, "granularity", "YYYY-MM-DDThh:mm:ssZ")
    return answer


def list_metadata_formats(store: Store, arguments: dict[str, str]) -> Element:
    """Returns the formats that are offered."""
    if "identifier" in arguments:
        row_by_identifier(store, arguments["identifier"])
    answer = etree.Element(etree.QName(OAI, "ListMetadataFormats"))
    for prefix, metadata_format in FORMATS.items():
        entry = add(answer, OAI, "metadataFormat")
        add(entry, OAI, "metadataPrefix", prefix)
        add(entry, OAI, "schema", metadata_format.schema)
        add(entry, OAI, "metadataNamespace", metadata_format.namespace)
    return answer


def list_sets(store: Store, arguments: dict[str, str]) -> Element:
    """Returns a page of thirty sets; the token names the page (recorded)."""
    query = query_of_token(store, arguments)
    sets = store.cached_value(("sets",), lambda: list(all_sets(store)))
    page = page_number(query.get("page", "1"), len(sets))
    answer = etree.Element(etree.QName(OAI, "ListSets"))
    for spec, name in sets[(page - 1) * SETS_A_PAGE : page * SETS_A_PAGE]:
        entry = add(answer, OAI, "set")
        add(entry, OAI, "setSpec", spec)
        add(entry, OAI, "setName", name)
    has_next_page = page * SETS_A_PAGE < len(sets)
    add_token(store, answer, {"verb": "ListSets", "page": page + 1} if has_next_page else None, page > 1)
    return answer


def page_number(text: str, count: int) -> int:
    """Returns a page that exists. Raises `OaiError` for any other."""
    page = int(text) if re.fullmatch(r"[1-9]\d{0,5}", text) else 0
    if not page or (page - 1) * SETS_A_PAGE >= count:
        raise bad_token("is not one of this server's")
    return page


def all_sets(store: Store) -> Iterator[tuple[str, str]]:
    """Yields name and title of every set: item types, portals, and the categories and months that are in use."""
    for number, name in ITEM_TYPES.items():
        yield f"item_type_{number}", f"Article type: {name}"  # recorded
    for number, name in store.query("SELECT portal_id, name FROM institutions ORDER BY portal_id"):
        yield f"portal_{number}", name
    in_use = "SELECT DISTINCT category_id FROM article_categories"
    for number, title in store.query(f"SELECT id, title FROM categories WHERE id IN ({in_use}) ORDER BY id"):
        yield f"category_{number}", title
    months = "SELECT DISTINCT substr(stamp, 1, 7) FROM articles ORDER BY 1"
    for (month,) in store.query(months):
        yield f"month_year_{month[5:]}_{month[:4]}", f"Published in {month}"


def get_record(store: Store, arguments: dict[str, str]) -> Element:
    """Returns one record."""
    row = row_by_identifier(store, arguments["identifier"])
    answer = etree.Element(etree.QName(OAI, "GetRecord"))
    add_record(answer, row, arguments["metadataPrefix"])
    return answer


def list_identifiers(store: Store, arguments: dict[str, str]) -> Element:
    """Returns a page of the headers of records."""
    answer = etree.Element(etree.QName(OAI, "ListIdentifiers"))
    for row, _ in page_of_records(store, arguments, answer):
        add_header(answer, row)
    return answer


def list_records(store: Store, arguments: dict[str, str]) -> Element:
    """Returns a page of records."""
    answer = etree.Element(etree.QName(OAI, "ListRecords"))
    for row, prefix in page_of_records(store, arguments, answer):
        add_record(answer, row, prefix)
    return answer


def page_of_records(store: Store, arguments: dict[str, str], answer: Element) -> Iterator[tuple[Row, str]]:
    """Yields the rows of a page with the format asked for, and at last adds the token of the next page to `answer`."""
    query = query_of_token(store, arguments)
    if "after" in query and not re.fullmatch(r"[0-9TZ:-]{10,20}\.\d{1,15}", query["after"]):
        raise bad_token("is not one of this server's")
    rows = rows_after(store, query, RECORDS_A_PAGE + 1)
    if not rows:
        raise OaiError("noRecordsMatch", "No record matches the request")
    for row in rows[:RECORDS_A_PAGE]:
        yield row, query["metadataPrefix"]
    last_row = rows[RECORDS_A_PAGE - 1] if len(rows) > RECORDS_A_PAGE else None
    next_query = query | {"after": f"{last_row.stamp}.{last_row.id}"} if last_row else None
    add_token(store, answer, next_query, "after" in query)


def add_record(parent: Element, row: Row, prefix: str) -> None:
    """Adds a record; a deleted one has a header only."""
    element = add(parent, OAI, "record")
    add_header(element, row)
    if not row.is_deleted:
        add(element, OAI, "metadata").append(FORMATS[prefix].write(row.record))


def add_header(parent: Element, row: Row) -> None:
    """Adds the header of a record."""
    header = add(parent, OAI, "header", **({"status": "deleted"} if row.is_deleted else {}))
    add(header, OAI, "identifier", f"{IDENTIFIER_PREFIX}{row.id}")
    add(header, OAI, "datestamp", timestamp(utc_datetime(row.stamp)))
    for spec in sets_of(row):
        add(header, OAI, "setSpec", spec)


def sets_of(row: Row) -> Iterator[str]:
    """Yields the sets that a header names: not the month (recorded)."""
    for category in row.record.get("categories") or []:
        yield f"category_{category['id']}"
    if row.portal is not None:
        yield f"portal_{row.portal}"
    number = type_of(row.record)[0]
    if number is not None:
        yield f"item_type_{number}"


VERB_ANSWERS = {
    "Identify": identify,
    "ListMetadataFormats": list_metadata_formats,
    "ListSets": list_sets,
    "GetRecord": get_record,
    "ListIdentifiers": list_identifiers,
    "ListRecords": list_records,
}
