"""What an answer must look like: shapes, built of a few kinds, that say in words where an answer differs.

Our choice, and not pydantic: a record stays the very dict that came, thousands are looked at in passing, and
nothing more has to be installed and imported.
"""

from __future__ import annotations

import re
import reprlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

# Returns "" where a value is fine, else what is wrong: `.authors[0] is null, not an object`.
Check = Callable[[Any], str]


@dataclass(frozen=True)
class Shape:
    """What a job takes for an answer: its name in a sentence, and what looks at it."""

    name: str
    check: Check
    is_xml: bool = False

    def flaw(self, content: Any) -> str:
        """Returns what is wrong with an answer, "" where nothing is."""
        found = self.check(content)
        return found[1:] if found.startswith(".") else f"it{found}" if found.startswith(" ") else found


def described_value(value: Any) -> str:
    """Returns a value in a sentence; a long one is cut."""
    if isinstance(value, (dict, list)):
        return f"{'an object' if isinstance(value, dict) else 'a list'}{'' if value else ' with nothing in it'}"
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    return f"the {'text' if isinstance(value, str) else 'number'} {reprlib.repr(value)}"


def kind_of(wanted: str, is_fine: Callable[[Any], bool]) -> Check:
    """Makes the check of a single value; `wanted` says in words which one."""
    return lambda value: "" if is_fine(value) else f" is {described_value(value)}, not {wanted}"


def list_of(part: Check) -> Check:
    """Makes the check of a list whose entries are all alike; it may be empty."""

    def check(value: Any) -> str:
        if not isinstance(value, list):
            return f" is {described_value(value)}, not a list"
        if part is TEXT and set(map(type, value)) <= {str}:
            return ""
        for number, entry in enumerate(value):
            if found := part(entry):
                return f"[{number}]{found}"
        return ""

    return check


def object_of(required: dict[str, Check], optional: dict[str, Check] | None = None) -> Check:
    """Makes the check of an object. What is optional may be absent or null; what is not named may be anything."""
    texts = [key for key, part in (optional or {}).items() if part is TEXT]
    others = {key: part for key, part in (optional or {}).items() if part is not TEXT}

    def check(value: Any) -> str:
        if not isinstance(value, dict):
            return f" is {described_value(value)}, not an object"
        for key, part in required.items():
            if key not in value:
                return f" has no {key}"
            if found := part(value[key]):
                return f".{key}{found}"
        if not set(map(type, map(value.get, texts))) <= _TEXT_OR_NONE:  # most are texts: all at once, for speed
            key = next(key for key in texts if type(value.get(key)) not in _TEXT_OR_NONE)
            return f".{key}{TEXT(value[key])}"
        for key, part in others.items():
            inside = value.get(key)
            if inside is not None and (found := part(inside)):
                return f".{key}{found}"
        return ""

    return check


def mapping_of(part: Check, key: Check | None = None) -> Check:
    """Makes the check of an object whose keys are values themselves: periods, countries, ids."""

    def check(value: Any) -> str:
        if not isinstance(value, dict):
            return f" is {described_value(value)}, not an object"
        for name, entry in value.items():
            if key and (found := key(name)):
                return f": its key{found}"
            if found := part(entry):
                return f".{reprlib.repr(name)[1:-1]}{found}"
        return ""

    return check


def texts_by_name(value: Any) -> str:
    """Checks an object of texts, some of them null."""
    if isinstance(value, dict) and set(map(type, value.values())) <= _TEXT_OR_NONE:
        return ""
    return mapping_of(either(NULL, TEXT))(value)


def either(first: Check, second: Check) -> Check:
    """Makes the check of one of two kinds. Where it is neither, it says what is wrong for the second."""
    return lambda value: first(value) and second(value)


def _whole_number(wanted: str, least: int) -> Check:
    """Makes the check of a whole number from `least` on that fits 64 bits.

    True is no number, though Python counts with it.
    """

    def check(value: Any) -> str:
        if type(value) is int and least <= value < 1 << 63:
            return ""
        return f" is {described_value(value)}, not {wanted}"

    return check


def _date(value: Any) -> str:
    """Checks a day, with or without a time; "" stands for none."""
    is_fine = type(value) is str and (value == "" or _DAY.match(value))
    return "" if is_fine else f" is {described_value(value)}, not a date"


def anything(_: Any) -> str:
    """Accepts whatever it is."""
    return ""


_DAY = re.compile(r"\d{4}-\d\d-\d\d")
_TEXT_OR_NONE = {str, type(None)}
NULL = kind_of("null", lambda value: value is None)
TEXT = kind_of("a text", lambda value: type(value) is str)
NAME = kind_of("a name", lambda value: isinstance(value, str) and value.strip() != "")
EMPTY = kind_of("an object with nothing in it", lambda value: value == {})
NUMBER = _whole_number("a whole number", -(1 << 63))
COUNT = _whole_number("a whole number from 0 on", 0)
ID = _whole_number("a whole number above 0", 1)
FLAG = kind_of("true or false", lambda value: isinstance(value, int) and value in (0, 1))
DATE: Check = _date
PERIOD = kind_of(
    "a day, a month, a year or total", lambda value: re.fullmatch(r"\d{4}(-\d\d(-\d\d)?)?|total", value) is not None
)
DIGITS = kind_of("an id", lambda value: re.fullmatch(r"[0-9]{1,18}", value) is not None)
