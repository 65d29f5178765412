"""The shapes of values: what a value, a list or a record must be like, and the sentence where one is not."""

from __future__ import annotations

import copy
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, ClassVar

from .times import utc_datetime

HIGHEST_ID = 10**15 - 1  # fifteen digits: what every address here takes, and what JavaScript still counts exactly
MOST_EVENTS = 10**9
MOST_VERSIONS = 9999
MOST_COMBINATIONS = 1000  # combinations of keys and types of which a `Record` keeps the answer
FIRST_YEAR, LAST_YEAR = 1800, 2100  # a later date would move the catalogue's clock there
WEB_ADDRESS = re.compile(r"https?://[\w.-]+(:[0-9]{1,5})?([/?#][^\x00-\x20]*)?")
ONE_LINE, ASCII = re.compile(r"[^\x00-\x1f\x7f]*"), re.compile(r"[ -~]*")
NAME = re.compile(r"[^\s/?#%]{1,100}")

REQUIRED = object()  # the field must be there, and not null
NO_DEFAULT = object()  # the field stays absent


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
