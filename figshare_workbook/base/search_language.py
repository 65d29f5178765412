"""Figshare's search language: quotes a text as a phrase, whatever characters it holds."""

from __future__ import annotations

import re

from figshare_workbook.base.errors import require
from figshare_workbook.base.pasted import shortened_value

# Texts that were copied from web pages or PDFs may hold these.
_INVISIBLE_CHARACTERS = re.compile(r"[\u00ad\u200b\u200e\u200f\u202a-\u202e\u2060\u2066-\u2069\ufeff]")
_NOT_SEARCHABLE = re.compile(r'["\\\x00-\x1f\x7f-\x9f\ud800-\udfff]')


def quoted(text: str) -> str:
    """Returns a text as a phrase of Figshare's search language, e.g. `f":title: {fh.quoted(title)}"`.

    Args:
        text: Words to be found side by side, such as a title or a name; it may hold any character.

    Returns:
        The text in double quotes. In quotes, `AND`, `OR`, `NOT`, `:field:` and brackets have no special meaning.

    Raises:
        ParameterError: The text has no letter and no digit, so there is nothing to search for.

    Documented: double quotes hold an exact phrase. How to write a double quote or a backslash inside a phrase
    is neither documented nor recorded. Our choice: each becomes a blank, since a search compares words.
    """
    require(
        has_words(text),
        f"There is nothing to search for in {shortened_value(text)}: give a text with a letter or a digit.",
    )
    words = _NOT_SEARCHABLE.sub(" ", _INVISIBLE_CHARACTERS.sub("", text)).split()
    return f'"{" ".join(words)}"'


def has_words(text: str) -> bool:
    """Tells whether a text has a letter or a digit, so that it can be searched for."""
    return any(map(str.isalnum, text))
