"""The fields of each kind of record: type, whether null is allowed, and the default where a field is absent.

A folder of records is checked with these descriptions, and so is what is written over the API. A new draft begins
with their defaults. Types, nulls and absences are those of public records (counted in 4,974 of them, of the years
2016 to 2026). A field that is not described is kept and served as it is.
"""

from __future__ import annotations

import copy
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, ClassVar
from urllib.parse import urlsplit

HIGHEST_ID = 10**15 - 1  # fifteen digits: what every address here takes, and what JavaScript still counts exactly
MOST_EVENTS = 10**9
MOST_VERSIONS = 9999
MOST_COMBINATIONS = 1000  # combinations of keys and types of which a `Record` keeps the answer
FIRST_YEAR, LAST_YEAR = 1800, 2100  # a later date would move the catalogue's clock there
INSTANT = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}([T ][0-9]{2}:[0-9]{2}.*)?")
WEB_ADDRESS = re.compile(r"https?://[\w.-]+(:[0-9]{1,5})?([/?#][^\x00-\x20]*)?")
ONE_LINE, ASCII = re.compile(r"[^\x00-\x1f\x7f]*"), re.compile(r"[ -~]*")
NAME = re.compile(r"[^\s/?#%]{1,100}")

REQUIRED = object()  # the field must be there, and not null
NO_DEFAULT = object()  # the field stays absent


def utc_datetime(text: str) -> datetime:
    """Returns an ISO 8601 date or time of a record as an aware datetime in UTC. Raises `ValueError`."""
    if not INSTANT.fullmatch(text):  # Python reads weeks and dates without hyphens too
        raise ValueError(f"{text!r} is not a date")
    value = datetime.fromisoformat(text.replace("Z", "+00:00"))
    try:
        return value.astimezone(UTC) if value.tzinfo else value.replace(tzinfo=UTC)
    except OverflowError:
        raise ValueError(f"{text!r} is not a date of our calendar in UTC") from None


def timestamp(moment: datetime) -> str:
    """Returns a time in UTC as records write it: 2026-01-15T12:00:00Z."""
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def utc_timestamp(text: str | None) -> str | None:
    """Returns a date or time of a record as 2026-01-15T12:00:00Z: such texts sort as their times do."""
    if not text or (len(text) == len("2026-01-15T12:00:00Z") and text[10] == "T" and text[-1] == "Z"):
        return text or None
    return timestamp(utc_datetime(text))


def in_words(value: object) -> str:
    """Names a value in a sentence: "an object", "null", "the text 'frog'"."""
    if isinstance(value, (dict, list)) or value is None or isinstance(value, bool):
        return {dict: "an object", list: "a list", type(None): "null"}.get(type(value)) or str(value).lower()
    text = str(value) if isinstance(value, (int, float)) else f"the text {value!r}"
    return text if len(text) <= 60 else f"{text[:57]}..."


@dataclass(frozen=True)
class Shape:
    """What a single value may be.

    Attributes:
        words: the words after "must be" in a sentence.
        kinds: the Python types that the value may have.
        fits: a further test of the value; None where its type is enough.
    """

    words: str
    kinds: tuple[type, ...]
    fits: Callable[[Any], Any] | None = None

    @property
    def always_valid(self) -> frozenset[type]:
        """The types of which every value is valid."""
        return frozenset() if self.fits else frozenset(self.kinds)

    def is_valid(self, value: object) -> bool:
        """Tells whether nothing is wrong with a value."""
        return type(value) in self.kinds and (self.fits is None or self.fits(value))

    def faults(self, value: object, where: str) -> Iterator[str]:
        """Yields the sentence that says what is wrong with a value, if anything; `where` is the field that holds it."""
        if not self.is_valid(value):
            yield f"'{where}' must be {self.words}, not {in_words(value)}"


@dataclass(frozen=True)
class ListOf:
    """A list of values of one shape."""

    entry: Shape | Record
    always_valid: ClassVar[frozenset[type]] = frozenset()

    def is_valid(self, value: object) -> bool:
        """Tells whether nothing is wrong with the list and its entries."""
        if type(value) is not list:
            return False
        always_valid, is_valid = self.entry.always_valid, self.entry.is_valid
        return all(type(entry) in always_valid or is_valid(entry) for entry in value)

    def faults(self, value: object, where: str) -> Iterator[str]:
        """Yields a sentence for each entry that is wrong; `where` is the field that holds the list."""
        if type(value) is not list:
            yield f"'{where}' must be a list, not {in_words(value)}"
            return
        for number, entry in enumerate(value):
            if type(entry) not in self.entry.always_valid:
                yield from self.entry.faults(entry, f"{where}[{number}]")


@dataclass(frozen=True)
class ObjectOf:
    """An object whose values have one shape, or are null; its keys are any texts, or ids."""

    entry: Shape | ListOf
    has_id_keys: bool = False
    always_valid: ClassVar[frozenset[type]] = frozenset()

    def is_valid(self, value: object) -> bool:
        """Tells whether nothing is wrong with the object, its keys and its values."""
        return value == {} or not any(self.faults(value, ""))

    def faults(self, value: object, where: str) -> Iterator[str]:
        """Yields a sentence for each key and value that is wrong; `where` is the field that holds the object."""
        if type(value) is not dict:
            yield f"'{where}' must be an object, not {in_words(value)}"
            return
        for key, entry in value.items():
            if self.has_id_keys and not (key.isascii() and key.isdigit() and len(key) <= 15):
                yield f"'{where}' must have ids as keys, not {in_words(key)}"
            if entry is not None:
                yield from self.entry.faults(entry, f"{where}.{key}")


@dataclass(frozen=True)
class Field:
    """A field of a record.

    Attributes:
        shape: the values that are allowed; None for any value.
        default: the value of a field that is absent or null; `REQUIRED` where it may be neither.
    """

    shape: Shape | ListOf | ObjectOf | Record | None
    default: object = None


class Record:
    """An object with these fields, and any others."""

    always_valid: ClassVar[frozenset[type]] = frozenset()

    def __init__(self, **fields: Field):
        self.shapes = {name: field.shape for name, field in fields.items() if field.shape is not None}
        self.defaults = {
            name: field.default
            for name, field in fields.items()
            if field.default is not REQUIRED and field.default is not NO_DEFAULT
        }
        self.names = tuple(fields)
        self.required = tuple(name for name, field in fields.items() if field.default is REQUIRED)
        self._always_valid = {
            name: shape.always_valid | ({type(None)} if name not in self.required else set())
            for name, shape in self.shapes.items()
        }
        self._names_by_types: dict[tuple, tuple[list[str], list[str]]] = {}

    def is_valid(self, value: object) -> bool:
        """Tells whether nothing is wrong with a record. It is quicker than `faults`."""
        if type(value) is not dict:
            return False
        doubtful, missing = self._doubtful_and_missing(value)
        for name in doubtful:
            if not self.shapes[name].is_valid(value[name]):
                return False
        return not missing

    def faults(self, value: object, where: str = "") -> Iterator[str]:
        """Yields a sentence for each thing that is wrong with a record; `where` is the field that holds it."""
        if type(value) is not dict:
            yield f"'{where}' must be an object, not {in_words(value)}" if where else "must be a JSON object"
            return
        doubtful, missing = self._doubtful_and_missing(value)
        for name in doubtful:
            yield from self.shapes[name].faults(value[name], f"{where}.{name}" if where else name)
        for name in missing:
            yield f"'{where}.{name}' is missing" if where else f"'{name}' is missing"

    def _doubtful_and_missing(self, value: dict) -> tuple[list[str], list[str]]:
        """Returns the fields whose type does not prove them valid, and the required fields that are missing.

        Most records have the same keys and types, so the answer is remembered for each combination.
        """
        types = tuple(value), tuple(map(type, value.values()))
        if types not in self._names_by_types:
            if len(self._names_by_types) >= MOST_COMBINATIONS:
                self._names_by_types.clear()
            doubtful = [
                name
                for name, entry in value.items()
                if name in self._always_valid and type(entry) not in self._always_valid[name]
            ]
            self._names_by_types[types] = doubtful, [name for name in self.required if name not in value]
        return self._names_by_types[types]

    def blank(self, **values: object) -> dict:
        """Makes a record of these values and of the defaults, in the order of the description."""
        return {
            name: values[name] if name in values else copy.copy(self.defaults[name])
            for name in self.names
            if name in values or name in self.defaults
        }

    def with_defaults(self, record: dict) -> dict:
        """Makes a copy of a record in which absent and empty fields have their defaults."""
        return {
            **record,
            **{
                name: copy.copy(default)
                for name, default in self.defaults.items()
                if record.get(name) is None and (default is not None or name not in record)
            },
        }


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


def _is_date(value: str) -> bool:
    return not value or _year_of(value) is not None


def _is_date_of_a_record(value: str) -> bool:
    return not value or FIRST_YEAR <= (_year_of(value) or 0) <= LAST_YEAR


def _year_of(value: str) -> int | None:
    try:
        return utc_datetime(value).year
    except ValueError:
        return None


TEXT = Shape("a text", (str,))
LINE = Shape("a text without line breaks and control characters", (str,), ONE_LINE.fullmatch)
PLAIN = Shape("a text of ASCII characters", (str,), ASCII.fullmatch)
SHORT_NAME = Shape("a short name without spaces and slashes", (str,), NAME.fullmatch)
ADDRESS = Shape(
    "an address that begins with https:// or http:// and a host",
    (str,),
    lambda value: not value or bool(WEB_ADDRESS.fullmatch(value)),
)
HOST = Shape("the name of a host, like data.example.org", (str,), re.compile(r"([\w-]+(\.[\w-]+)*)?").fullmatch)
ID = Shape("a whole number from 1 to 999999999999999", (int,), lambda value: 0 < value <= HIGHEST_ID)
WHOLE = Shape("a whole number from 0 to 999999999999999", (int,), lambda value: 0 <= value <= HIGHEST_ID)
VERSION = Shape(f"a whole number from 0 to {MOST_VERSIONS}", (int,), lambda value: 0 <= value <= MOST_VERSIONS)
COUNT = Shape(f"a whole number from 0 to {MOST_EVENTS}", (int,), lambda value: 0 <= value <= MOST_EVENTS)
FLAG = Shape("true or false", (bool,))
SWITCH = Shape("true, false, 0 or 1", (bool, int), lambda value: value in (0, 1))
MOMENT = Shape("a date, like 2026-01-15 or 2026-01-15T12:00:00Z", (str,), _is_date)
DATE = Shape(
    f"a date of the years {FIRST_YEAR} to {LAST_YEAR}, like 2026-01-15 or 2026-01-15T12:00:00Z",
    (str,),
    _is_date_of_a_record,
)

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
