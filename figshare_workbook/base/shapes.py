"""Shapes: what the parsed content of an answer must look like. They say in words where an answer differs.

A shape is built from checks: `TEXT`, `COUNT` ... for single values, `list_of`, `object_of`, `mapping_of` and
`either` for what is built from them.

Our choice, instead of pydantic: a record stays the dict that came, thousands of records are checked quickly, and
there is one package less to install.
"""

from __future__ import annotations

import re
import reprlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

# Returns "" where a value is right, else the place and what is wrong there: `.authors[0] is null, not an object`.
Check = Callable[[Any], str]


@dataclass(frozen=True)
class Shape:
    """What an answer must look like.

    Attributes:
        name: The answer in words, for an error: "a list of files".
        check: The check of its content.
        is_xml: Whether the answer is XML; then `check` takes the root element.
    """

    name: str
    check: Check
    is_xml: bool = False

    def flaw(self, content: Any) -> str:
        """Returns what is wrong with the content of an answer; "" where it is right."""
        flaw = self.check(content)
        return flaw[1:] if flaw.startswith(".") else f"it{flaw}" if flaw.startswith(" ") else flaw


def described_value(value: Any) -> str:
    """Returns a value in words, for a sentence; a long one is shortened."""
    if isinstance(value, (dict, list)):
        return f"{'an object' if isinstance(value, dict) else 'a list'}{'' if value else ' with nothing in it'}"
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    return f"the {'text' if isinstance(value, str) else 'number'} {reprlib.repr(value)}"


def value_check(expected: str, is_valid: Callable[[Any], bool]) -> Check:
    """Makes the check of a single value.

    Args:
        expected: What the value must be, in words.
        is_valid: Tells whether a value is right.
    """
    return lambda value: "" if is_valid(value) else f" is {described_value(value)}, not {expected}"


def list_of(entry_check: Check) -> Check:
    """Makes the check of a list, from the check of its entries. The list may be empty."""

    def check(value: Any) -> str:
        if not isinstance(value, list):
            return f" is {described_value(value)}, not a list"
        if entry_check is TEXT and set(map(type, value)) <= {str}:
            return ""
        for index, entry in enumerate(value):
            if flaw := entry_check(entry):
                return f"[{index}]{flaw}"
        return ""

    return check


def object_of(required: dict[str, Check], optional: dict[str, Check] | None = None) -> Check:
    """Makes the check of an object, from the checks of its fields.

    An optional field may be absent or null. Other fields are not checked.
    """
    text_keys = [key for key, field_check in (optional or {}).items() if field_check is TEXT]
    other_checks = {key: field_check for key, field_check in (optional or {}).items() if field_check is not TEXT}

    def check(value: Any) -> str:
        if not isinstance(value, dict):
            return f" is {described_value(value)}, not an object"
        for key, field_check in required.items():
            if key not in value:
                return f" has no {key}"
            if flaw := field_check(value[key]):
                return f".{key}{flaw}"
        if not set(map(type, map(value.get, text_keys))) <= _TEXT_OR_NONE:  # for speed: most fields are texts
            key = next(key for key in text_keys if type(value.get(key)) not in _TEXT_OR_NONE)
            return f".{key}{TEXT(value[key])}"
        for key, field_check in other_checks.items():
            field_value = value.get(key)
            if field_value is not None and (flaw := field_check(field_value)):
                return f".{key}{flaw}"
        return ""

    return check


def mapping_of(entry_check: Check, key_check: Check | None = None) -> Check:
    """Makes the check of an object whose keys are data, such as periods, countries or ids."""

    def check(value: Any) -> str:
        if not isinstance(value, dict):
            return f" is {described_value(value)}, not an object"
        for name, entry in value.items():
            if key_check and (flaw := key_check(name)):
                return f": its key{flaw}"
            if flaw := entry_check(entry):
                return f".{reprlib.repr(name)[1:-1]}{flaw}"
        return ""

    return check


def texts_by_name(value: Any) -> str:
    """Checks an object whose values are texts or null."""
    if isinstance(value, dict) and set(map(type, value.values())) <= _TEXT_OR_NONE:
        return ""
    return mapping_of(either(NULL, TEXT))(value)


def either(first: Check, second: Check) -> Check:
    """Makes the check of a value for which one of two checks must hold. The flaw is that of the second check."""
    return lambda value: first(value) and second(value)


def _whole_number(expected: str, minimum: int) -> Check:
    """Makes the check of a whole number from `minimum` on that fits into 64 bits.

    True and False are refused, although they are ints in Python.
    """

    def check(value: Any) -> str:
        if type(value) is int and minimum <= value < 1 << 63:
            return ""
        return f" is {described_value(value)}, not {expected}"

    return check


def _date(value: Any) -> str:
    """Checks a day, with or without a time; an empty text is right too and means that there is no date."""
    is_valid = type(value) is str and (value == "" or _DAY.match(value))
    return "" if is_valid else f" is {described_value(value)}, not a date"


def anything(_: Any) -> str:
    """Accepts every value."""
    return ""


_DAY = re.compile(r"\d{4}-\d\d-\d\d")
_TEXT_OR_NONE = {str, type(None)}
NULL = value_check("null", lambda value: value is None)
TEXT = value_check("a text", lambda value: type(value) is str)
NAME = value_check("a name", lambda value: isinstance(value, str) and value.strip() != "")
EMPTY = value_check("an object with nothing in it", lambda value: value == {})
NUMBER = _whole_number("a whole number", -(1 << 63))
COUNT = _whole_number("a whole number from 0 on", 0)
ID = _whole_number("a whole number above 0", 1)
FLAG = value_check("true or false", lambda value: isinstance(value, int) and value in (0, 1))
DATE: Check = _date
PERIOD = value_check(
    "a day, a month, a year or total", lambda value: re.fullmatch(r"\d{4}(-\d\d(-\d\d)?)?|total", value) is not None
)
DIGITS = value_check("an id", lambda value: re.fullmatch(r"[0-9]{1,18}", value) is not None)
