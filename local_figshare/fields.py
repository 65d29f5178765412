"""What a record is made of, field by field: its type, whether it may be null, what stands for it where it is absent.

The loader of a folder checks with this description and so does what is written over the API; a new draft begins as
what the description fills in. Types, nulls and absences are those of public records (figures of 4,974 of them, 2016
to 2026). A field that is not described is kept and served as it is.
"""

from __future__ import annotations

import copy
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import urlsplit

HIGHEST_ID = 10**15 - 1  # fifteen digits: what every address here takes, and what JavaScript still counts exactly
MOST_EVENTS = 10**9
MOST_VERSIONS = 9999
MOST_KNOWN = 1000  # combinations of types that are remembered
FIRST_YEAR, LAST_YEAR = 1800, 2100  # a later date would move the catalogue's clock there
INSTANT = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}([T ][0-9]{2}:[0-9]{2}.*)?")
PAGE = re.compile(r"https?://[\w.-]+(:[0-9]{1,5})?([/?#][^\x00-\x20]*)?")
ONE_LINE, ASCII = re.compile(r"[^\x00-\x1f\x7f]*"), re.compile(r"[ -~]*")
NAME = re.compile(r"[^\s/?#%]{1,100}")

NEEDED = object()  # the field must be there, and not null
NOT_FILLED = object()  # nothing stands for it


def instant(text: str) -> datetime:
    """An ISO 8601 date or time of a record as an aware datetime in UTC. Raises `ValueError`."""
    if not INSTANT.fullmatch(text):  # Python reads weeks and dates without hyphens too
        raise ValueError(f"{text!r} is not a date")
    value = datetime.fromisoformat(text.replace("Z", "+00:00"))
    try:
        return value.astimezone(UTC) if value.tzinfo else value.replace(tzinfo=UTC)
    except OverflowError:
        raise ValueError(f"{text!r} is not a date of our calendar in UTC") from None


def stamp(text: str | None) -> str | None:
    """A date or time of a record in one spelling, so that texts stand in the order of the instants they name."""
    if not text or (len(text) == len("2026-01-15T12:00:00Z") and text[10] == "T" and text[-1] == "Z"):
        return text or None
    return instant(text).strftime("%Y-%m-%dT%H:%M:%SZ")


def shown(value: object) -> str:
    """A value as a sentence names it."""
    if isinstance(value, (dict, list)) or value is None or isinstance(value, bool):
        return {dict: "an object", list: "a list", type(None): "null"}.get(type(value)) or str(value).lower()
    text = str(value) if isinstance(value, (int, float)) else f"the text {value!r}"
    return text if len(text) <= 60 else f"{text[:57]}..."


@dataclass(frozen=True)
class Shape:
    """What a single value may be.

    Attributes:
        words: what completes "must be ...".
        kinds: the Python types of its JSON.
        fits: a further test, None where the type decides.
    """

    words: str
    kinds: tuple[type, ...]
    fits: Callable[[object], bool] | None = None

    @property
    def sure(self) -> frozenset[type]:
        """Types of which every value is good."""
        return frozenset() if self.fits else frozenset(self.kinds)

    def holds(self, value: object) -> bool:
        return type(value) in self.kinds and (self.fits is None or self.fits(value))

    def faults(self, value: object, where: str) -> Iterator[str]:
        if not self.holds(value):
            yield f"'{where}' must be {self.words}, not {shown(value)}"


@dataclass(frozen=True)
class Many:
    """A list of values of one shape."""

    entry: Shape | Record
    sure = frozenset()

    def holds(self, value: object) -> bool:
        if type(value) is not list:
            return False
        sure, holds = self.entry.sure, self.entry.holds
        return all(type(entry) in sure or holds(entry) for entry in value)

    def faults(self, value: object, where: str) -> Iterator[str]:
        if type(value) is not list:
            yield f"'{where}' must be a list, not {shown(value)}"
            return
        for number, entry in enumerate(value):
            if type(entry) not in self.entry.sure:
                yield from self.entry.faults(entry, f"{where}[{number}]")


@dataclass(frozen=True)
class Mapping:
    """An object with any keys, or with numbers as keys, and values of one shape, or null."""

    entry: Shape | Many
    numbered: bool = False
    sure = frozenset()

    def holds(self, value: object) -> bool:
        return value == {} or not any(self.faults(value, ""))

    def faults(self, value: object, where: str) -> Iterator[str]:
        if type(value) is not dict:
            yield f"'{where}' must be an object, not {shown(value)}"
            return
        for key, entry in value.items():
            if self.numbered and not (key.isascii() and key.isdigit() and len(key) <= 15):
                yield f"'{where}' must have ids as keys, not {shown(key)}"
            if entry is not None:
                yield from self.entry.faults(entry, f"{where}.{key}")


@dataclass(frozen=True)
class Field:
    """A field of a record.

    Attributes:
        shape: what it may be; None for anything.
        absent: what stands for it where it is absent or null; `NEEDED` where it may be neither.
    """

    shape: Shape | Many | Mapping | Record | None
    absent: object = None


class Record:
    """An object with these fields, and any others."""

    sure = frozenset()

    def __init__(self, **fields: Field):
        self.fields = {name: field for name, field in fields.items() if field.shape is not None}
        self.absent = {
            name: field.absent
            for name, field in fields.items()
            if field.absent is not NEEDED and field.absent is not NOT_FILLED
        }
        self.names = tuple(fields)
        self.needed = tuple(name for name, field in fields.items() if field.absent is NEEDED)
        self._sure = {
            name: field.shape.sure | ({type(None)} if field.absent is not NEEDED else set())
            for name, field in self.fields.items()
        }
        self._known: dict[tuple, tuple[list[str], list[str]]] = {}

    def holds(self, value: object) -> bool:
        """Whether nothing is wrong with a value: quicker than to look for `faults`."""
        if type(value) is not dict:
            return False
        doubtful, missing = self._to_look_at(value)
        for name in doubtful:
            if not self.fields[name].shape.holds(value[name]):
                return False
        return not missing

    def faults(self, value: object, where: str = "") -> Iterator[str]:
        """What is wrong with a value, a sentence each; `where` is the field that holds it."""
        if type(value) is not dict:
            yield f"'{where}' must be an object, not {shown(value)}" if where else "must be a JSON object"
            return
        doubtful, missing = self._to_look_at(value)
        for name in doubtful:
            yield from self.fields[name].shape.faults(value[name], f"{where}.{name}" if where else name)
        for name in missing:
            yield f"'{where}.{name}' is missing" if where else f"'{name}' is missing"

    def _to_look_at(self, value: dict) -> tuple[list[str], list[str]]:
        """Fields whose types do not show that they are good, and fields that are missing.

        Most records have the same keys and types, so the answer is remembered by them.
        """
        types = tuple(value), tuple(map(type, value.values()))
        if types not in self._known:
            if len(self._known) >= MOST_KNOWN:
                self._known.clear()
            doubtful = [
                name for name, entry in value.items() if name in self._sure and type(entry) not in self._sure[name]
            ]
            self._known[types] = doubtful, [name for name in self.needed if name not in value]
        return self._known[types]

    def blank(self, **values: object) -> dict:
        """A record that holds nothing but these values, in the order of the description."""
        return {
            name: values[name] if name in values else copy.copy(self.absent[name])
            for name in self.names
            if name in values or name in self.absent
        }

    def filled(self, record: dict) -> dict:
        """A copy of a record with what stands for its absent fields."""
        return {
            **record,
            **{
                name: copy.copy(absent)
                for name, absent in self.absent.items()
                if record.get(name) is None and (absent is not None or name not in record)
            },
        }


class _File(Record):
    """A file; one that is a link needs the address it leads to."""

    def holds(self, value: object) -> bool:
        return super().holds(value) and (not value.get("is_link_only") or _leads_somewhere(value.get("download_url")))

    def faults(self, value: object, where: str = "") -> Iterator[str]:
        yield from super().faults(value, where)
        if type(value) is dict and value.get("is_link_only") and not _leads_somewhere(value.get("download_url")):
            found = shown(value.get("download_url"))
            yield f"'{where}.download_url' must be an address, as the file is a link, and is {found}"


def _leads_somewhere(address: object) -> bool:
    """Whether a browser could follow an address."""
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
        return instant(value).year
    except ValueError:
        return None


TEXT = Shape("a text", (str,))
LINE = Shape("a text without line breaks and control characters", (str,), ONE_LINE.fullmatch)
PLAIN = Shape("a text of ASCII characters", (str,), ASCII.fullmatch)
SHORT_NAME = Shape("a short name without spaces and slashes", (str,), NAME.fullmatch)
ADDRESS = Shape(
    "an address that begins with https:// or http:// and a host",
    (str,),
    lambda value: not value or bool(PAGE.fullmatch(value)),
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

NOTHING, BLANK, NO = Field(None), Field(TEXT, ""), Field(FLAG, False)
MAY = Field(TEXT, NOT_FILLED)  # a text that many records do not have
MAY_ID, MAY_SWITCH, MAY_DATE = Field(WHOLE, NOT_FILLED), Field(SWITCH, NOT_FILLED), Field(DATE, NOT_FILLED)
TEXTS, IDS = Field(Many(TEXT), []), Field(Many(ID), NOT_FILLED)

AUTHOR = Record(
    id=Field(ID, NEEDED),
    full_name=Field(TEXT, NEEDED),
    first_name=MAY,
    last_name=MAY,
    is_active=MAY_SWITCH,
    url_name=MAY,
    orcid_id=MAY,
    job_title=MAY,
    group_id=MAY_ID,
    institution_id=MAY_ID,
)
CATEGORY = Record(
    id=Field(ID, NEEDED), title=Field(TEXT, NEEDED), parent_id=MAY_ID, path=MAY, source_id=MAY, taxonomy_id=MAY_ID
)
FILE = _File(
    id=Field(ID, NEEDED),
    name=Field(TEXT, NEEDED),
    size=Field(WHOLE, 0),
    is_link_only=NO,
    download_url=Field(LINE, ""),
    supplied_md5=Field(PLAIN, ""),
    computed_md5=Field(PLAIN, ""),
    mimetype=Field(PLAIN, NOT_FILLED),
    status=MAY,
    upload_token=Field(PLAIN, NOT_FILLED),
    upload_url=MAY,
)
GRANT = Record(id=Field(ID, NEEDED), title=MAY, grant_code=MAY, funder_name=MAY, is_user_defined=MAY_SWITCH, url=MAY)
LICENCE_OF_RECORD = Record(value=MAY_ID, name=MAY, url=MAY)
MATERIAL = Record(
    id=MAY_ID, identifier=MAY, title=MAY, relation=MAY, identifier_type=MAY, is_linkout=MAY_SWITCH, link=MAY
)
CUSTOM_FIELD = Record(name=Field(TEXT, NEEDED), value=NOTHING)
GRANTS = Field(Many(GRANT), [])

# In the recorded order of a private detail; those that only some records have come last.
ARTICLE = Record(
    curation_status=Field(TEXT),
    files=Field(Many(FILE), []),
    resource_title=Field(TEXT),
    resource_doi=Field(TEXT),
    group_resource_id=Field(TEXT),
    account_id=Field(WHOLE),
    folder_structure=Field(Mapping(TEXT), {}),
    authors=Field(Many(AUTHOR), []),
    custom_fields=Field(Many(CUSTOM_FIELD), []),
    figshare_url=Field(ADDRESS, ""),
    download_disabled=NO,
    description=BLANK,
    funding=Field(TEXT),
    funding_list=GRANTS,
    version=Field(VERSION, 0),
    status=Field(TEXT, "draft"),
    size=Field(WHOLE, 0),
    created_date=Field(DATE),
    modified_date=Field(DATE),
    is_public=NO,
    is_confidential=NO,
    is_metadata_record=NO,
    confidential_reason=BLANK,
    metadata_reason=BLANK,
    license=Field(LICENCE_OF_RECORD),
    tags=TEXTS,
    keywords=TEXTS,
    categories=Field(Many(CATEGORY), []),
    references=TEXTS,
    has_linked_file=NO,
    citation=BLANK,
    related_materials=Field(Many(MATERIAL), []),
    is_embargoed=NO,
    embargo_date=Field(MOMENT),
    embargo_type=Field(TEXT),
    embargo_title=BLANK,
    embargo_reason=BLANK,
    embargo_options=Field(Many(Record()), []),
    id=Field(ID, NEEDED),
    title=Field(TEXT, NEEDED),
    doi=BLANK,
    handle=BLANK,
    url=BLANK,
    published_date=Field(DATE),
    thumb=BLANK,
    defined_type=Field(WHOLE),
    defined_type_name=BLANK,
    group_id=Field(WHOLE),
    url_private_api=BLANK,
    url_public_api=BLANK,
    url_private_html=Field(ADDRESS, ""),
    url_public_html=Field(ADDRESS, ""),
    timeline=Field(Mapping(MOMENT), {}),
    resource_id=MAY,
    institution_id=MAY_ID,
)

COLLECTION = Record(
    version=Field(VERSION, 0),
    resource_id=BLANK,
    resource_doi=BLANK,
    resource_title=BLANK,
    resource_link=BLANK,
    resource_version=Field(WHOLE, 0),
    description=BLANK,
    categories=Field(Many(CATEGORY), []),
    references=TEXTS,
    related_materials=Field(Many(MATERIAL), []),
    tags=TEXTS,
    keywords=TEXTS,
    authors=Field(Many(AUTHOR), []),
    institution_id=Field(WHOLE),
    group_id=Field(WHOLE),
    group_resource_id=Field(TEXT),
    articles_count=Field(WHOLE, 0),
    public=NO,
    citation=BLANK,
    custom_fields=Field(Many(CUSTOM_FIELD), []),
    modified_date=Field(DATE),
    created_date=Field(DATE),
    timeline=Field(Mapping(MOMENT), {}),
    funding=GRANTS,
    account_id=Field(WHOLE),
    id=Field(ID, NEEDED),
    title=Field(TEXT, NEEDED),
    doi=BLANK,
    handle=BLANK,
    url=BLANK,
    published_date=Field(DATE),
    articles=IDS,
    figshare_url=Field(ADDRESS, NOT_FILLED),
    url_public_html=Field(ADDRESS, NOT_FILLED),
    status=MAY,
    thumb=MAY,
    license=Field(LICENCE_OF_RECORD, NOT_FILLED),
    defined_type=MAY_ID,
    defined_type_name=MAY,
)

NOTE = Record(
    id=Field(ID, NEEDED),
    user_id=MAY_ID,
    abstract=MAY,
    user_name=MAY,
    created_date=MAY_DATE,
    modified_date=MAY_DATE,
    text=MAY,
)
COLLABORATOR = Record(user_id=Field(ID, NEEDED), name=Field(TEXT, NEEDED), role_name=Field(TEXT, NEEDED))
PROJECT = Record(
    url=BLANK,
    id=Field(ID, NEEDED),
    title=Field(TEXT, NEEDED),
    created_date=Field(DATE),
    modified_date=Field(DATE),
    published_date=Field(DATE),
    funding=Field(TEXT),
    funding_list=GRANTS,
    description=BLANK,
    collaborators=Field(Many(COLLABORATOR), []),
    custom_fields=Field(Many(CUSTOM_FIELD), []),
    figshare_url=Field(ADDRESS, ""),
    group_id=Field(WHOLE),
    articles=IDS,
    notes=Field(Many(NOTE), NOT_FILLED),
    account_id=MAY_ID,
    institution_id=MAY_ID,
    status=MAY,
    version=Field(VERSION, NOT_FILLED),
    doi=MAY,
    handle=MAY,
    resource_doi=MAY,
    resource_id=MAY,
    resource_title=MAY,
    authors=Field(Many(AUTHOR), NOT_FILLED),
    categories=Field(Many(CATEGORY), NOT_FILLED),
    tags=Field(Many(TEXT), NOT_FILLED),
    keywords=Field(Many(TEXT), NOT_FILLED),
    references=Field(Many(TEXT), NOT_FILLED),
    related_materials=Field(Many(MATERIAL), NOT_FILLED),
    license=Field(LICENCE_OF_RECORD, NOT_FILLED),
    defined_type=MAY_ID,
    defined_type_name=MAY,
    thumb=MAY,
    url_public_html=Field(ADDRESS, NOT_FILLED),
)

OF = {"article": ARTICLE, "collection": COLLECTION, "project": PROJECT}


def absent(name: str) -> object:
    """What stands for a field of an article that is absent; null where nothing does."""
    return copy.copy(ARTICLE.absent.get(name))


# What the other files of a folder hold

RULE = Record(
    id=Field(ID, NEEDED),
    name=Field(TEXT, NEEDED),
    field_type=Field(TEXT, NEEDED),
    is_mandatory=MAY_SWITCH,
    settings=Field(Record(options=Field(Many(TEXT), NOT_FILLED)), NOT_FILLED),
    order=MAY_ID,
)
GROUP = Record(
    id=Field(ID, NEEDED),
    name=Field(TEXT, NEEDED),
    resource_id=MAY,
    parent_id=MAY_ID,
    association_criteria=MAY,
    upload_access=MAY,
    institution_id=MAY_ID,
    curation=MAY_SWITCH,
    custom_fields=Field(Many(RULE), NOT_FILLED),
)
INSTITUTION = Record(
    id=Field(ID, NEEDED),
    name=Field(TEXT, NEEDED),
    string_id=Field(SHORT_NAME, NOT_FILLED),
    domain=MAY,
    host=Field(HOST, NOT_FILLED),
    portal_id=Field(ID, NOT_FILLED),
    publisher=MAY_SWITCH,
)
ROLE = Record(id=Field(ID, NEEDED), name=Field(TEXT, NEEDED), category=Field(TEXT, NEEDED))
ACCOUNT = Record(
    id=Field(ID, NEEDED),
    first_name=Field(TEXT, NEEDED),
    last_name=Field(TEXT, NEEDED),
    user_id=Field(ID, NOT_FILLED),
    institution_id=MAY_ID,
    group_id=MAY_ID,
    email=MAY,
    active=MAY_SWITCH,
    institution_user_id=MAY,
    quota=MAY_ID,
    used_quota=MAY_ID,
    used_quota_private=MAY_ID,
    used_quota_public=MAY_ID,
    maximum_file_size=MAY_ID,
    orcid_id=MAY,
    symplectic_user_id=MAY,
    job_title=MAY,
    is_admin=MAY_SWITCH,
    token=Field(SHORT_NAME, NOT_FILLED),
    created_date=MAY_DATE,
    modified_date=MAY_DATE,
    articles=IDS,
    collections=IDS,
    projects=IDS,
    roles=Field(Mapping(Many(ROLE), numbered=True), NOT_FILLED),
)
COMMENT = Record(id=Field(ID, NEEDED), account_id=MAY_ID, type=MAY, text=MAY, created_date=MAY_DATE)
REVIEW = Record(
    id=Field(ID, NEEDED),
    article_id=Field(ID, NEEDED),
    status=Field(TEXT, NEEDED),
    group_id=MAY_ID,
    account_id=MAY_ID,
    comments_count=MAY_ID,
    comments=Field(Many(COMMENT), NOT_FILLED),
    created_date=MAY_DATE,
    modified_date=MAY_DATE,
    version=Field(VERSION, NOT_FILLED),
)
LICENCE = Record(value=Field(WHOLE, NEEDED), name=Field(TEXT, NEEDED), url=Field(TEXT, NEEDED))
SETTINGS = Record(title=MAY, clock=Field(DATE, NOT_FILLED), api_url=Field(ADDRESS, NOT_FILLED))
