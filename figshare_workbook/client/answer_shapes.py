"""The shapes of all answers that jobs use, and the table of which job uses which shapes.

They accept the odd answers that were recorded: `{"timeline": null}`, a ranking without its wrapper, `group_id` 0,
null or absent, lists that are null, an item for which the service gave no number.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from figshare_workbook.base.rules import date_rule
from figshare_workbook.base.shapes import (
    COUNT,
    DATE,
    DIGITS,
    EMPTY,
    FLAG,
    ID,
    NAME,
    NULL,
    NUMBER,
    PERIOD,
    TEXT,
    Check,
    Shape,
    anything,
    either,
    list_of,
    mapping_of,
    object_of,
    texts_by_name,
)
from figshare_workbook.client.oai import OAI, child_or_self, local_name

# ---- parts of records; the second argument of `object_of` holds the fields that may be absent or null ---

_NAMES = dict.fromkeys(("full_name", "first_name", "last_name", "orcid_id"), TEXT)
_AUTHOR = object_of({}, {"id": NUMBER, **_NAMES, "is_active": FLAG})
_CATEGORY_PARTS = {"parent_id": NUMBER, "path": TEXT, "source_id": TEXT, "taxonomy_id": NUMBER}
_CATEGORY = object_of({}, {"id": NUMBER, "title": TEXT, **_CATEGORY_PARTS})
_GRANT = object_of({}, {**dict.fromkeys(("title", "grant_code", "funder_name", "url"), TEXT), "is_user_defined": FLAG})
_FILE_PARTS = {
    "mimetype": TEXT,
    "is_link_only": FLAG,
    "computed_md5": TEXT,
    "supplied_md5": TEXT,
    "status": TEXT,
    "upload_url": TEXT,
}
_FILE = object_of({"id": ID, "name": TEXT, "size": COUNT, "download_url": TEXT}, _FILE_PARTS)
_LICENSE = object_of({}, {"value": NUMBER, "name": TEXT, "url": TEXT})
_CUSTOM_FIELDS = either(mapping_of(anything), list_of(object_of({"name": TEXT})))
_SHORT_RECORD = {
    **dict.fromkeys(
        ("title", "doi", "handle", "defined_type_name", "resource_doi", "resource_title", "url_public_html"), TEXT
    ),
    **dict.fromkeys(("published_date", "created_date", "modified_date"), DATE),
    "group_id": COUNT,
    "timeline": texts_by_name,
}
_FULL_RECORD = {
    **_SHORT_RECORD,
    **dict.fromkeys(("description", "status", "figshare_url", "funding"), TEXT),
    "version": COUNT,
    "size": COUNT,
    "files": list_of(_FILE),
    "authors": list_of(_AUTHOR),
    "categories": list_of(_CATEGORY),
    "tags": list_of(TEXT),
    "keywords": list_of(TEXT),
    "license": _LICENSE,
    "funding_list": list_of(_GRANT),
    "custom_fields": _CUSTOM_FIELDS,
    "is_embargoed": FLAG,
    "folder_structure": texts_by_name,
    "is_public": FLAG,
    "is_metadata_record": FLAG,
}
_check_record = object_of({"id": ID}, _FULL_RECORD)


def _check_groups(value: Any) -> str:
    """Checks a list of groups. No group may be its own parent, directly or through others."""
    flaw = list_of(object_of({"id": ID, "name": TEXT}, {"parent_id": COUNT}))(value)
    return flaw or _cycle_in({group["id"]: group.get("parent_id") for group in value})


def _cycle_in(parent_of: dict[int, int | None]) -> str:
    """Returns the flaw where a group is below itself; "" where every group leads up to one without a parent."""
    for number in parent_of:
        seen, ancestor = {number}, parent_of.get(number)
        while ancestor in parent_of:
            if ancestor in seen:
                return f": group {number} lies below itself"
            seen.add(ancestor)
            ancestor = parent_of[ancestor]
    return ""


# ---- answers of the stats service -------------------------------------------------------------------------


def _wrapped_check(name: str, inner_check: Any) -> Any:
    """Makes the check of `{name: {...}}`. `{name: null}` is right, and the inner object alone, if it is not empty."""

    def check(value: Any) -> str:
        if isinstance(value, dict) and value and name not in value:
            return inner_check(value)
        return object_of({name: either(NULL, inner_check)})(value)

    return check


def _check_cities(value: Any) -> str:
    """Checks counts by city. `total` stands among them and is at least the sum of the others (documented)."""
    flaw = mapping_of(COUNT)(value)
    if flaw or "total" not in value:
        return flaw
    return " has cities that add up to more than its total" if sum(value.values()) > 2 * value["total"] else ""


# ---- XML: these checks take the root element --------------------------------------------------------------


def _oai_check(verb: str, part_check: Check = anything, *, may_be_error: bool = False) -> Check:
    """Makes the check of an answer of OAI-PMH.

    Args:
        verb: The request's verb, such as "ListRecords".
        part_check: The check of the verb's element.
        may_be_error: Whether an error of OAI-PMH is a right answer, because the job handles it.
    """

    def check(root: Any) -> str:
        if root.tag != f"{OAI}OAI-PMH":
            return f" is <{local_name(root)}>, not <OAI-PMH>"
        error = root.find(f"{OAI}error")
        if error is not None:
            return "" if may_be_error and error.get("code") else f" is the error {error.get('code')!r}"
        element = root.find(f"{OAI}{verb}")
        return f" has no <{verb}>" if element is None else part_check(element)

    return check


def _check_of_each(name: str, part_check: Check) -> Check:
    """Makes the check of every element with this name, at any depth. The flaw is that of the first wrong one."""
    return lambda element: next(filter(None, map(part_check, element.iter(f"{OAI}{name}"))), "")


def _check_oai_record(record: Any) -> str:
    """Checks a record: its header must hold the item's id. `datestamp` may be empty, for an item without a date."""
    identifier, datestamp = (record.findtext(f"{OAI}header/{OAI}{name}") or "" for name in ("identifier", "datestamp"))
    flaw = DIGITS(identifier.rsplit("/", 1)[-1]) and f" has the identifier {identifier!r:.60}"
    return flaw or (DATE(datestamp) and f" of {identifier} has a datestamp that{DATE(datestamp)}")


def _check_set_entry(entry: Any) -> str:
    return "" if entry.findtext(f"{OAI}setSpec") else " has a <set> without <setSpec>"


def _check_identity(root: Any) -> str:
    """Checks the answer to `Identify`: it must hold a date."""
    flaw = _oai_check("Identify")(root)
    day = (root.findtext(f"{OAI}responseDate") or "")[:10]
    return flaw or ("" if not date_rule(day) else f" has no date in <responseDate> but {day!r}")


def _check_metadata(element: Any) -> str:
    return "" if element.find(f".//{OAI}metadata") is not None else " has no <metadata>"


def _check_resource_list(root: Any) -> str:
    """Checks a document of ResourceSync: each entry must have an address, and its length must be a number."""
    if not root.tag.endswith(("}urlset", "}sitemapindex")):
        return f" is <{local_name(root)}>, not <urlset> or <sitemapindex>"
    for entry in (entry for entry in root if entry.tag.endswith(("}url", "}sitemap"))):
        if not any(local_name(child) == "loc" and (child.text or "").strip() for child in entry):
            return f" has a <{local_name(entry)}> without <loc>"
        length = child_or_self(entry, "md").get("length")
        if length is not None and DIGITS(length):
            return f" has a length that{DIGITS(length)}"
    return ""


ANYTHING = Shape("anything", anything)
RECORD = Shape("the record of an item", _check_record)
ENTRIES = Shape("a list of entries, each with its id", list_of(_check_record))
ACCOUNTS = Shape("a list of accounts", list_of(object_of({"id": ID}, {**_NAMES, "email": TEXT})))
FILES = Shape("a list of files", list_of(_FILE))
FILE = Shape("the entry of a file", object_of({"id": ID}, {"name": TEXT, "size": COUNT, **_FILE_PARTS}))
PARTS = Shape(
    "the parts of an upload",
    object_of(
        {"parts": list_of(object_of({"partNo": COUNT, "startOffset": COUNT, "endOffset": COUNT, "status": TEXT}))}
    ),
)
VERSIONS = Shape("a list of versions", list_of(object_of({"version": COUNT}, {"url": TEXT})))
CATEGORIES = Shape("a list of categories", list_of(object_of({"id": ID, "title": TEXT}, _CATEGORY_PARTS)))
LICENSES = Shape("a list of licences", list_of(object_of({"value": NUMBER, "name": TEXT}, {"url": TEXT})))
GROUPS = Shape("a list of groups", _check_groups)
ACCOUNT = Shape("an account", object_of({"id": ID}, {**_NAMES, "email": TEXT, "group_id": COUNT}))
INSTITUTION = Shape("an institution", object_of({"id": ID}, {"name": TEXT}))
FIELD_RULES = Shape(
    "a list of custom fields",
    list_of(object_of({"name": TEXT}, {"is_mandatory": FLAG, "settings": object_of({}, {"options": list_of(TEXT)})})),
)
_REVIEW = {
    **dict.fromkeys(("created_date", "modified_date", "review_date"), DATE),
    "status": TEXT,
    **dict.fromkeys(
        ("group_id", "account_id", "assigned_to", "article_id", "version", "comments_count", "request_number"), COUNT
    ),
}
REVIEWS = Shape("a list of reviews", list_of(object_of({"id": ID}, _REVIEW)))
REVIEW = Shape("a review", object_of({"id": ID}, {**_REVIEW, "item": _check_record}))
AUTHOR = Shape("an author", object_of({"full_name": NAME}, _NAMES))
COLLECTION = Shape(
    "the record of a collection",
    object_of({"id": ID}, {**_SHORT_RECORD, "authors": list_of(_AUTHOR), "articles_count": COUNT}),
)
PROJECT = Shape("the record of a project", object_of({"id": ID}, {"title": TEXT}))
TOTAL = Shape("a total", object_of({"totals": COUNT}))
TOTAL_OR_NONE = Shape("a total", object_of({}, {"totals": COUNT}))  # some items have no total (recorded)
TIMELINE = Shape("a timeline", _wrapped_check("timeline", mapping_of(COUNT, PERIOD)))
BREAKDOWN = Shape("a breakdown", _wrapped_check("breakdown", mapping_of(mapping_of(_check_cities), PERIOD)))
TOP = Shape("a ranking of ids", _wrapped_check("top", mapping_of(COUNT, DIGITS)))
# Without entries it is {}, without the wrapper too.
TOP_BY_PART = Shape("a ranking", either(EMPTY, _wrapped_check("top", mapping_of(COUNT))))
OAI_RECORDS = Shape(
    "records of OAI-PMH",
    _oai_check("ListRecords", _check_of_each("record", _check_oai_record), may_be_error=True),
    True,
)
OAI_HEADERS = Shape("headers of OAI-PMH", _oai_check("ListIdentifiers", may_be_error=True), is_xml=True)
OAI_RECORD = Shape("a record of OAI-PMH", _oai_check("GetRecord", _check_metadata), is_xml=True)
OAI_SETS = Shape("sets of OAI-PMH", _oai_check("ListSets", _check_of_each("set", _check_set_entry)), is_xml=True)
OAI_IDENTITY = Shape("what OAI-PMH says of the site", _check_identity, is_xml=True)
RESOURCES = Shape("a document of ResourceSync", _check_resource_list, is_xml=True)


def record_of(article_id: int) -> Shape:
    """Makes the shape of the record of one item; the record of another item does not fit."""

    def check(value: Any) -> str:
        return RECORD.check(value) or ("" if value["id"] == article_id else f".id is {value['id']}, not {article_id}")

    return Shape(RECORD.name, check)


def group_counts(group_ids: Iterable[int]) -> Shape:
    """Makes the shape of an object with a number of items for each of these groups."""
    return Shape("a number of items for each group", object_of({str(number): COUNT for number in group_ids}))


# ---- the shapes that each job uses; a test fails for a job that is not here -----------------------------

_DOWNLOAD = (RECORD, FILES, ANYTHING)
_UPLOAD = (FILES, FILE, RECORD, PARTS, ANYTHING)
JOBS: dict[str, tuple[Shape, ...]] = {
    **dict.fromkeys(("ask", "get", "post", "put", "delete", "stats"), (ANYTHING,)),  # they return any answer
    **dict.fromkeys(
        (
            "asked_once",
            "listing",
            "projects",
            "collections",
            "project_articles",
            "collection_articles",
            "account_articles",
            "institution_articles",
        ),
        (ENTRIES,),
    ),
    **dict.fromkeys(("articles", "search"), (ENTRIES, GROUPS)),
    **dict.fromkeys(("groups", "subgroups"), (GROUPS,)),
    **dict.fromkeys(("article", "full_records", "records_into"), (RECORD, FILES)),
    "files": (FILES,),
    "versions": (VERSIONS,),
    "resolve": (ENTRIES,),
    "institution_accounts": (ACCOUNTS,),
    **dict.fromkeys(("categories", "find_category"), (CATEGORIES,)),
    **dict.fromkeys(("licenses", "find_license"), (LICENSES,)),
    "account": (ACCOUNT,),
    "missing_fields": (RECORD, FILES),
    "publish_article": (RECORD, FILES),
    **dict.fromkeys(("create_article", "update_article", "delete_article"), ()),  # a write's status is its answer
    **dict.fromkeys(("upload_file", "upload_folder"), _UPLOAD),
    **dict.fromkeys(("download_files", "download_each"), _DOWNLOAD),
    "fetch_file": (),  # bytes, checked by size and MD5
    "reviews": (REVIEWS,),
    "reviews_with_items": (REVIEW,),
    "totals_from_top": (TOP,),
    "item_counts_frame": (TOTAL_OR_NONE, TOP),
    "total": (TOTAL,),
    **dict.fromkeys(("totals", "counts_into"), (TOTAL_OR_NONE, TOP)),
    "top": (TOP, TOP_BY_PART),
    "count_articles": (group_counts(()),),
    **dict.fromkeys(("timeline", "summed_timeline_frame", "timelines_frame"), (TIMELINE,)),
    **dict.fromkeys(("breakdown", "summed_breakdown_frame"), (BREAKDOWN,)),
    "harvest": (OAI_RECORDS,),
    **dict.fromkeys(("resource_list", "resource_sync_frames"), (RESOURCES,)),
    "snapshot": (RECORD, FILES, VERSIONS, TOTAL_OR_NONE),
    **dict.fromkeys(("site_date", "end_date_up_to_today", "report_period", "show_head"), (OAI_IDENTITY,)),
    "oai_sets_frame": (OAI_SETS,),
    "record_formats_frame": (RECORD, FILES, OAI_RECORD),
    "author_records": (AUTHOR, ENTRIES, RECORD, FILES),
    "author_collections": (ENTRIES, COLLECTION),
    "refresh_records": (ENTRIES, RECORD, FILES, group_counts(())),
    "prepare_batch": (LICENSES, CATEGORIES, ACCOUNT, FIELD_RULES, ENTRIES),
    "send_batch": (ENTRIES, *_UPLOAD),
    "publish_batch": (RECORD, FILES),
    "explorer": (ANYTHING,),
    "check_question": (
        RECORD,
        COLLECTION,
        PROJECT,
        AUTHOR,
        INSTITUTION,
        GROUPS,
        ACCOUNTS,
        CATEGORIES,
        LICENSES,
        ENTRIES,
        OAI_HEADERS,
    ),
}
