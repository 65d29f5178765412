"""The fields of each kind of record: type, whether null is allowed, and the default where a field is absent.

A folder of records is checked with these descriptions, and so is what is written over the API. A new draft begins
with their defaults. Types, nulls and absences are those of public records (counted in 4,974 of them, of the years
2016 to 2026). A field that is not described is kept and served as it is.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

from .shapes import (
    ADDRESS,
    DATE,
    FLAG,
    HOST,
    ID,
    LINE,
    MOMENT,
    NO_DEFAULT,
    PLAIN,
    REQUIRED,
    SHORT_NAME,
    SWITCH,
    TEXT,
    VERSION,
    WHOLE,
    Field,
    ListOf,
    ObjectOf,
    Record,
    in_words,
)


class _File(Record):
    """A file. A link-only file needs its address."""

    def is_valid(self, value: Any) -> bool:
        return super().is_valid(value) and (not value.get("is_link_only") or _is_web_address(value.get("download_url")))

    def faults(self, value: Any, where: str = "") -> Iterator[str]:
        yield from super().faults(value, where)
        if type(value) is dict and value.get("is_link_only") and not _is_web_address(value.get("download_url")):
            value_in_words = in_words(value.get("download_url"))
            yield f"'{where}.download_url' must be an address, as the file is a link, and is {value_in_words}"


def _is_web_address(address: object) -> bool:
    """Tells whether a browser could follow an address."""
    try:
        parts = urlsplit(address if isinstance(address, str) else "")
        place = (parts.hostname or "").encode("idna"), parts.port  # a broken host or port is refused here
        return bool(parts.scheme and place)
    except ValueError:
        return False


ANYTHING, EMPTY_TEXT, FALSE = Field(None), Field(TEXT, ""), Field(FLAG, False)
OPTIONAL = Field(TEXT, NO_DEFAULT)  # a text that many records do not have
OPTIONAL_ID, OPTIONAL_SWITCH, OPTIONAL_DATE = (
    Field(WHOLE, NO_DEFAULT),
    Field(SWITCH, NO_DEFAULT),
    Field(DATE, NO_DEFAULT),
)
TEXTS, IDS = Field(ListOf(TEXT), []), Field(ListOf(ID), NO_DEFAULT)

AUTHOR = Record(
    id=Field(ID, REQUIRED),
    full_name=Field(TEXT, REQUIRED),
    first_name=OPTIONAL,
    last_name=OPTIONAL,
    is_active=OPTIONAL_SWITCH,
    url_name=OPTIONAL,
    orcid_id=OPTIONAL,
    job_title=OPTIONAL,
    group_id=OPTIONAL_ID,
    institution_id=OPTIONAL_ID,
)
CATEGORY = Record(
    id=Field(ID, REQUIRED),
    title=Field(TEXT, REQUIRED),
    parent_id=OPTIONAL_ID,
    path=OPTIONAL,
    source_id=OPTIONAL,
    taxonomy_id=OPTIONAL_ID,
)
FILE = _File(
    id=Field(ID, REQUIRED),
    name=Field(TEXT, REQUIRED),
    size=Field(WHOLE, 0),
    is_link_only=FALSE,
    download_url=Field(LINE, ""),
    supplied_md5=Field(PLAIN, ""),
    computed_md5=Field(PLAIN, ""),
    mimetype=Field(PLAIN, NO_DEFAULT),
    status=OPTIONAL,
    upload_token=Field(PLAIN, NO_DEFAULT),
    upload_url=OPTIONAL,
)
GRANT = Record(
    id=Field(ID, REQUIRED),
    title=OPTIONAL,
    grant_code=OPTIONAL,
    funder_name=OPTIONAL,
    is_user_defined=OPTIONAL_SWITCH,
    url=OPTIONAL,
)
LICENCE_OF_RECORD = Record(value=OPTIONAL_ID, name=OPTIONAL, url=OPTIONAL)
MATERIAL = Record(
    id=OPTIONAL_ID,
    identifier=OPTIONAL,
    title=OPTIONAL,
    relation=OPTIONAL,
    identifier_type=OPTIONAL,
    is_linkout=OPTIONAL_SWITCH,
    link=OPTIONAL,
)
CUSTOM_FIELD = Record(name=Field(TEXT, REQUIRED), value=ANYTHING)
GRANTS = Field(ListOf(GRANT), [])

# In the recorded order of a private detail; those that only some records have come last.
ARTICLE = Record(
    curation_status=Field(TEXT),
    files=Field(ListOf(FILE), []),
    resource_title=Field(TEXT),
    resource_doi=Field(TEXT),
    group_resource_id=Field(TEXT),
    account_id=Field(WHOLE),
    folder_structure=Field(ObjectOf(TEXT), {}),
    authors=Field(ListOf(AUTHOR), []),
    custom_fields=Field(ListOf(CUSTOM_FIELD), []),
    figshare_url=Field(ADDRESS, ""),
    download_disabled=FALSE,
    description=EMPTY_TEXT,
    funding=Field(TEXT),
    funding_list=GRANTS,
    version=Field(VERSION, 0),
    status=Field(TEXT, "draft"),
    size=Field(WHOLE, 0),
    created_date=Field(DATE),
    modified_date=Field(DATE),
    is_public=FALSE,
    is_confidential=FALSE,
    is_metadata_record=FALSE,
    confidential_reason=EMPTY_TEXT,
    metadata_reason=EMPTY_TEXT,
    license=Field(LICENCE_OF_RECORD),
    tags=TEXTS,
    keywords=TEXTS,
    categories=Field(ListOf(CATEGORY), []),
    references=TEXTS,
    has_linked_file=FALSE,
    citation=EMPTY_TEXT,
    related_materials=Field(ListOf(MATERIAL), []),
    is_embargoed=FALSE,
    embargo_date=Field(MOMENT),
    embargo_type=Field(TEXT),
    embargo_title=EMPTY_TEXT,
    embargo_reason=EMPTY_TEXT,
    embargo_options=Field(ListOf(Record()), []),
    id=Field(ID, REQUIRED),
    title=Field(TEXT, REQUIRED),
    doi=EMPTY_TEXT,
    handle=EMPTY_TEXT,
    url=EMPTY_TEXT,
    published_date=Field(DATE),
    thumb=EMPTY_TEXT,
    defined_type=Field(WHOLE),
    defined_type_name=EMPTY_TEXT,
    group_id=Field(WHOLE),
    url_private_api=EMPTY_TEXT,
    url_public_api=EMPTY_TEXT,
    url_private_html=Field(ADDRESS, ""),
    url_public_html=Field(ADDRESS, ""),
    timeline=Field(ObjectOf(MOMENT), {}),
    resource_id=OPTIONAL,
    institution_id=OPTIONAL_ID,
)

COLLECTION = Record(
    version=Field(VERSION, 0),
    resource_id=EMPTY_TEXT,
    resource_doi=EMPTY_TEXT,
    resource_title=EMPTY_TEXT,
    resource_link=EMPTY_TEXT,
    resource_version=Field(WHOLE, 0),
    description=EMPTY_TEXT,
    categories=Field(ListOf(CATEGORY), []),
    references=TEXTS,
    related_materials=Field(ListOf(MATERIAL), []),
    tags=TEXTS,
    keywords=TEXTS,
    authors=Field(ListOf(AUTHOR), []),
    institution_id=Field(WHOLE),
    group_id=Field(WHOLE),
    group_resource_id=Field(TEXT),
    articles_count=Field(WHOLE, 0),
    public=FALSE,
    citation=EMPTY_TEXT,
    custom_fields=Field(ListOf(CUSTOM_FIELD), []),
    modified_date=Field(DATE),
    created_date=Field(DATE),
    timeline=Field(ObjectOf(MOMENT), {}),
    funding=GRANTS,
    account_id=Field(WHOLE),
    id=Field(ID, REQUIRED),
    title=Field(TEXT, REQUIRED),
    doi=EMPTY_TEXT,
    handle=EMPTY_TEXT,
    url=EMPTY_TEXT,
    published_date=Field(DATE),
    articles=IDS,
    figshare_url=Field(ADDRESS, NO_DEFAULT),
    url_public_html=Field(ADDRESS, NO_DEFAULT),
    status=OPTIONAL,
    thumb=OPTIONAL,
    license=Field(LICENCE_OF_RECORD, NO_DEFAULT),
    defined_type=OPTIONAL_ID,
    defined_type_name=OPTIONAL,
)

NOTE = Record(
    id=Field(ID, REQUIRED),
    user_id=OPTIONAL_ID,
    abstract=OPTIONAL,
    user_name=OPTIONAL,
    created_date=OPTIONAL_DATE,
    modified_date=OPTIONAL_DATE,
    text=OPTIONAL,
)
COLLABORATOR = Record(user_id=Field(ID, REQUIRED), name=Field(TEXT, REQUIRED), role_name=Field(TEXT, REQUIRED))
PROJECT = Record(
    url=EMPTY_TEXT,
    id=Field(ID, REQUIRED),
    title=Field(TEXT, REQUIRED),
    created_date=Field(DATE),
    modified_date=Field(DATE),
    published_date=Field(DATE),
    funding=Field(TEXT),
    funding_list=GRANTS,
    description=EMPTY_TEXT,
    collaborators=Field(ListOf(COLLABORATOR), []),
    custom_fields=Field(ListOf(CUSTOM_FIELD), []),
    figshare_url=Field(ADDRESS, ""),
    group_id=Field(WHOLE),
    articles=IDS,
    notes=Field(ListOf(NOTE), NO_DEFAULT),
    account_id=OPTIONAL_ID,
    institution_id=OPTIONAL_ID,
    status=OPTIONAL,
    version=Field(VERSION, NO_DEFAULT),
    doi=OPTIONAL,
    handle=OPTIONAL,
    resource_doi=OPTIONAL,
    resource_id=OPTIONAL,
    resource_title=OPTIONAL,
    authors=Field(ListOf(AUTHOR), NO_DEFAULT),
    categories=Field(ListOf(CATEGORY), NO_DEFAULT),
    tags=Field(ListOf(TEXT), NO_DEFAULT),
    keywords=Field(ListOf(TEXT), NO_DEFAULT),
    references=Field(ListOf(TEXT), NO_DEFAULT),
    related_materials=Field(ListOf(MATERIAL), NO_DEFAULT),
    license=Field(LICENCE_OF_RECORD, NO_DEFAULT),
    defined_type=OPTIONAL_ID,
    defined_type_name=OPTIONAL,
    thumb=OPTIONAL,
    url_public_html=Field(ADDRESS, NO_DEFAULT),
)

BY_KIND = {"article": ARTICLE, "collection": COLLECTION, "project": PROJECT}


def default_of(name: str) -> Any:
    """Returns the default of an article's field; None where it has none."""
    return copy.copy(ARTICLE.defaults.get(name))


# What the other files of a folder hold

RULE = Record(
    id=Field(ID, REQUIRED),
    name=Field(TEXT, REQUIRED),
    field_type=Field(TEXT, REQUIRED),
    is_mandatory=OPTIONAL_SWITCH,
    settings=Field(Record(options=Field(ListOf(TEXT), NO_DEFAULT)), NO_DEFAULT),
    order=OPTIONAL_ID,
)
GROUP = Record(
    id=Field(ID, REQUIRED),
    name=Field(TEXT, REQUIRED),
    resource_id=OPTIONAL,
    parent_id=OPTIONAL_ID,
    association_criteria=OPTIONAL,
    upload_access=OPTIONAL,
    institution_id=OPTIONAL_ID,
    curation=OPTIONAL_SWITCH,
    custom_fields=Field(ListOf(RULE), NO_DEFAULT),
)
INSTITUTION = Record(
    id=Field(ID, REQUIRED),
    name=Field(TEXT, REQUIRED),
    string_id=Field(SHORT_NAME, NO_DEFAULT),
    domain=OPTIONAL,
    host=Field(HOST, NO_DEFAULT),
    portal_id=Field(ID, NO_DEFAULT),
    publisher=OPTIONAL_SWITCH,
)
ROLE = Record(id=Field(ID, REQUIRED), name=Field(TEXT, REQUIRED), category=Field(TEXT, REQUIRED))
ACCOUNT = Record(
    id=Field(ID, REQUIRED),
    first_name=Field(TEXT, REQUIRED),
    last_name=Field(TEXT, REQUIRED),
    user_id=Field(ID, NO_DEFAULT),
    institution_id=OPTIONAL_ID,
    group_id=OPTIONAL_ID,
    email=OPTIONAL,
    active=OPTIONAL_SWITCH,
    institution_user_id=OPTIONAL,
    quota=OPTIONAL_ID,
    used_quota=OPTIONAL_ID,
    used_quota_private=OPTIONAL_ID,
    used_quota_public=OPTIONAL_ID,
    maximum_file_size=OPTIONAL_ID,
    orcid_id=OPTIONAL,
    symplectic_user_id=OPTIONAL,
    job_title=OPTIONAL,
    is_admin=OPTIONAL_SWITCH,
    token=Field(SHORT_NAME, NO_DEFAULT),
    created_date=OPTIONAL_DATE,
    modified_date=OPTIONAL_DATE,
    articles=IDS,
    collections=IDS,
    projects=IDS,
    roles=Field(ObjectOf(ListOf(ROLE), has_id_keys=True), NO_DEFAULT),
)
COMMENT = Record(
    id=Field(ID, REQUIRED), account_id=OPTIONAL_ID, type=OPTIONAL, text=OPTIONAL, created_date=OPTIONAL_DATE
)
REVIEW = Record(
    id=Field(ID, REQUIRED),
    article_id=Field(ID, REQUIRED),
    status=Field(TEXT, REQUIRED),
    group_id=OPTIONAL_ID,
    account_id=OPTIONAL_ID,
    comments_count=OPTIONAL_ID,
    comments=Field(ListOf(COMMENT), NO_DEFAULT),
    created_date=OPTIONAL_DATE,
    modified_date=OPTIONAL_DATE,
    version=Field(VERSION, NO_DEFAULT),
)
LICENCE = Record(value=Field(WHOLE, REQUIRED), name=Field(TEXT, REQUIRED), url=Field(TEXT, REQUIRED))
SETTINGS = Record(title=OPTIONAL, clock=Field(DATE, NO_DEFAULT), api_url=Field(ADDRESS, NO_DEFAULT))
