"""Reads JSON and CSV files in the layouts that people and programs use, and says where one cannot be read.

UTF-8 with or without a byte order mark; records one a line, in a JSON list, or indented over several lines; CSV with
commas, semicolons or tabs (Excel writes all three).
"""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from itertools import chain, islice
from pathlib import Path
from typing import Any, NamedTuple

from .messages import strict_json

UTF_16_MARKS = (b"\xff\xfe", b"\xfe\xff")
BLANKS = " \t\r\n\ufeff"
LIST_SIGNS = ",[]"  # the signs between the records of a list
DELIMITERS = ",;\t"
NEAR = 20  # characters that are shown before and after an error in JSON


class FolderFault(NamedTuple):
    """A fault of a file, with its line; line 0 stands for the whole file."""

    path: str
    line: int
    sentence: str

    def __str__(self) -> str:
        return f"{self.path}, line {self.line}: {self.sentence}" if self.line else f"{self.path}: {self.sentence}"


class Entry(NamedTuple):
    """A record of a file that is not yet parsed.

    Attributes:
        line: the line where it begins.
        text: its JSON.
        number: its place in the list or among the objects; 0 in a file with one record a line.
    """

    line: int
    text: str
    number: int = 0


class Unreadable(Exception):
    """Raised where a file cannot be read, with the line and a sentence."""

    def __init__(self, line: int, sentence: str):
        super().__init__(sentence)
        self.line, self.sentence = line, sentence


def lines_of(path: Path) -> Iterator[str]:
    """Yields the lines of a text file. Raises `Unreadable` where it is not UTF-8."""
    try:
        with path.open("rb") as file:
            head = file.read(4)
    except OSError as error:
        raise Unreadable(0, f"cannot be read ({error.strerror})") from None
    if head[:2] in UTF_16_MARKS or b"\0" in head:
        raise Unreadable(1, "is text in UTF-16; save it as UTF-8")
    with path.open(encoding="utf-8-sig") as lines:
        try:
            yield from lines
        except UnicodeDecodeError:
            raise Unreadable(*_first_line_not_utf_8(path)) from None


def _first_line_not_utf_8(path: Path) -> tuple[int, str]:
    """Returns the number of the first line that is not UTF-8, and the sentence about it."""
    with path.open("rb") as file:
        for number, line in enumerate(file, 1):
            try:
                line.decode()
            except UnicodeDecodeError as error:
                return number, f"is not text in UTF-8 (byte 0x{line[error.start]:02x}); save the file as UTF-8"
    return 1, "is not text in UTF-8; save the file as UTF-8"


def entries_of(path: Path) -> Iterator[Entry]:
    """Yields the records of a JSON file, in any layout, not yet parsed. Raises `Unreadable`."""
    numbered = ((number, line.strip(BLANKS)) for number, line in enumerate(lines_of(path), 1))
    first = next(((number, line) for number, line in numbered if line), None)
    if first is None:
        return
    if first[1].startswith("[") or (first[1].startswith("{") and _ends_on_later_line(first[1], path)):
        yield from _elements("".join(lines_of(path)))
        return
    yield Entry(*first)
    yield from (Entry(number, line) for number, line in numbered if line)


def _ends_on_later_line(line: str, path: Path) -> bool:
    """Tells whether a record that begins on this line ends on a later one."""
    if line == "{":
        return True
    if line.endswith("}"):
        return False
    try:
        json.JSONDecoder().raw_decode("".join(lines_of(path)).lstrip(BLANKS))
    except (ValueError, RecursionError):
        return False
    return True


def _elements(text: str) -> Iterator[Entry]:
    """Yields the elements of a JSON list, or objects that follow each other."""
    line, position, number = 1, 0, 0
    while (start := _skip(text, position, BLANKS + LIST_SIGNS)) < len(text):
        line += text.count("\n", position, start)
        end = _end_of_value(text, start, line)
        number += 1
        yield Entry(line, text[start:end], number)
        line, position = line + text.count("\n", start, end), end
    if text.lstrip(BLANKS).startswith("[") and not text.rstrip(BLANKS).endswith("]"):
        raise Unreadable(_line_at(text, len(text.rstrip(BLANKS))), "the list is not closed; is the file cut off?")


def _end_of_value(text: str, position: int, line: int) -> int:
    try:
        return json.JSONDecoder().raw_decode(text, position)[1]
    except RecursionError:
        raise Unreadable(line, "not valid JSON (it is nested too deeply)") from None
    except ValueError as error:
        raise Unreadable(_line_at(text, getattr(error, "pos", position)), json_fault(error)) from None


def json_fault(error: ValueError) -> str:
    """Returns the sentence for an error in JSON.

    It shows the text around the place, as the error's line is not the file's.
    """
    if not isinstance(error, json.JSONDecodeError):
        return f"not valid JSON ({error})"
    around = " ".join(error.doc[max(error.pos - NEAR, 0) : error.pos + NEAR].split())
    return f"not valid JSON ({error.msg}{f', near {around}' if around else ''})"


def _skip(text: str, position: int, characters: str) -> int:
    """Returns the first place at or after `position` that holds none of the skipped characters."""
    while position < len(text) and text[position] in characters:
        position += 1
    return position


def _line_at(text: str, position: int) -> int:
    return text.count("\n", 0, position) + 1


def value_of(path: Path) -> tuple[Any, int]:
    """Returns the JSON value of a whole file, and the line where it begins. Raises `Unreadable`."""
    text = "".join(lines_of(path))
    try:
        return strict_json(text), 1
    except ValueError as error:
        raise Unreadable(getattr(error, "lineno", 1), json_fault(error)) from None


def rows_of(path: Path, required: tuple[str, ...]) -> Iterator[tuple[int, dict[str, str]]]:
    """Yields line number and cells of each row of a CSV file with a header; blank rows are left out.

    Raises `Unreadable`.
    """
    lines = lines_of(path)
    head = list(islice(lines, 1))
    delimiter = max(DELIMITERS, key=(head or [""])[0].count)
    reader = csv.reader(chain(head, lines), delimiter=delimiter, strict=True)
    try:
        names = [name.strip().lower() for name in next(reader, [])]
        _check_names(names, required)
        for row in reader:
            if any(cell.strip() for cell in row):
                yield reader.line_num, _cells_by_name(names, row, reader.line_num)
    except csv.Error as error:
        raise Unreadable(reader.line_num, f"is not CSV ({error})") from None


def _check_names(names: list[str], required: tuple[str, ...]) -> None:
    for name in required:
        if name not in names:
            raise Unreadable(
                1,
                f"the column '{name}' is missing; the first line must name the columns, "
                f"{','.join(required)} among them",
            )
        if names.count(name) > 1:
            raise Unreadable(1, f"the column '{name}' is there twice")


def _cells_by_name(names: list[str], cells: list[str], line: int) -> dict[str, str]:
    if len(cells) != len(names):
        raise Unreadable(line, f"has {len(cells)} values where the first line names {len(names)} columns")
    return {name: cell.strip() for name, cell in zip(names, cells, strict=True)}
