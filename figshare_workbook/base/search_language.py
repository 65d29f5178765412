"""Figshare's search language: how a text stands in it, whatever signs it holds."""

from __future__ import annotations

import re

from figshare_workbook.base.errors import require
from figshare_workbook.base.pasted import shortened_value

_INVISIBLE_SIGNS = re.compile(r"[\u00ad\u200b\u200e\u200f\u202a-\u202e\u2060\u2066-\u2069\ufeff]")  # left by copying
_NO_WORDS = re.compile(r'["\\\x00-\x1f\x7f-\x9f\ud800-\udfff]')


def quoted(text: str) -> str:
    """Returns a text as a phrase of Figshare's search language, e.g. `f":title: {fh.quoted(title)}"`.

    Args:
        text: Words to be found side by side, such as a title or a name, with any signs in it.

    Returns:
        The text in double quotes. `AND`, `OR`, `NOT`, `:field:` and brackets inside are words and signs
        like others.

    Raises:
        ParameterError: There is no letter and no digit in it, so that nothing could be found.

    Documented: double quotes hold an exact phrase. How a double quote or a backslash stands inside one
    is neither documented nor recorded. Our choice: each becomes a blank, since a search goes by words.
    """
    require(
        has_words(text),
        f"There is nothing to search for in {shortened_value(text)}: give a text with a letter or a digit.",
    )
    words = _NO_WORDS.sub(" ", _INVISIBLE_SIGNS.sub("", text)).split()
    return f'"{" ".join(words)}"'


def has_words(text: str) -> bool:
    """Tells whether there is a letter or a digit to look for."""
    return any(map(str.isalnum, text))
