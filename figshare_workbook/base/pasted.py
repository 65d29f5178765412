"""Cleans pasted texts of what browsers, mail, word processors and PDF readers add around and inside an address."""

from __future__ import annotations

import html
import re
import unicodedata
from urllib.parse import unquote

_FULL_WIDTH = {0xFF01 + place: 0x21 + place for place in range(94)}
_DASHES, _SLASHES = "‐‑‒–—―−﹣", "⁄∕"
_TO_ASCII = str.maketrans(_DASHES + _SLASHES, "-" * len(_DASHES) + "/" * len(_SLASHES))
_LINE_BREAK = re.compile(r"\r\n?|[\x0b\x0c\x85\u2028\u2029]")
_ANCHOR = re.compile(r"<a\s[^<>]*?href\s*=\s*[\"']?([^\"'<>\s]*+)[^<>]*+>([^<]*+)</a\s*>", re.IGNORECASE)
_LIST_SEPARATOR = re.compile(r"[,;|]+(?=https?://|doi:|10\.[0-9]{4,9}/)", re.IGNORECASE)
# Where programs break a long address: after one of / . _ - = or before a slash or a full stop.
_BREAK_AFTER = re.compile(r"(?<=[/._=-])[^\S\n]*\n\s*(?=[a-z0-9(])|(?<=doi\.org/)\s+|(?<=/)\n(?=\S)")
_BREAK_BEFORE = re.compile(r"[^\S\n]*\n\s*(?=[/.][A-Za-z0-9])")
_SPACED_PREFIX = re.compile(r"\b(10\.[0-9.]{4,30})\s{0,9}/\s{0,9}(?=\S)")
_PAIRS = {")": "(", "]": "[", "}": "{", ">": "<", "）": "（"}
_OPENING = "([{<（【「『〈《\"'“”„‟‘’‚«»‹›`*_|#~=:,;"
_CLOSING = ".,;:!?…。，；：、！？】」』〉》\"'“”„‟‘’‚«»‹›`*|\\~"


def tidy_text(text: str) -> str:
    """Returns a text without invisible characters and link markup.

    Full-width characters, dashes, slashes and line breaks become those of ASCII. Addresses that a program has
    broken over two lines are joined.
    """
    text = re.sub(r"&(?:\w+|#\w+);", lambda entity: html.unescape(entity[0]), text)
    text = _LINE_BREAK.sub("\n", _ANCHOR.sub(r" \1 \2 ", text).translate(_FULL_WIDTH).translate(_TO_ASCII))
    text = _LIST_SEPARATOR.sub(" ", _without_invisible(text).replace("](", "] (").replace(r"\_", "_"))
    return _SPACED_PREFIX.sub(r"\1/", _BREAK_BEFORE.sub("", _BREAK_AFTER.sub("", text))).strip()


def _without_invisible(text: str) -> str:
    return "".join(
        character
        for character in text
        if character in "\t\n" or unicodedata.category(character) not in ("Cc", "Cf", "Cs")
    )


def bare_word(word: str) -> str:
    """Returns a word without the quotes, brackets and punctuation around it; brackets in pairs inside it stay."""
    word = re.split(r"</|<br", word.lstrip(_OPENING))[0]
    while word and (word[-1] in _CLOSING or word.count(word[-1]) > word.count(_PAIRS.get(word[-1], word[-1]))):
        word = word[:-1]
    return word


def decoded_text(text: str) -> str:
    """Returns a text without percent-encoding, also where it was encoded up to three times.

    Punctuation around the text that was encoded with it by mistake is removed.
    """
    for _ in range(3):
        text = unquote(text)
    return bare_word(_without_invisible(text).strip())


def shortened_value(value: object) -> str:
    """Returns a value for a sentence: shortened, and without the credentials in it (private links, tokens)."""
    text = re.sub(r"(/s/|//[^/@\s]*:)[^/?#@\s]+", r"\1…", str(value))
    text = re.sub(
        r"([?&;][^=&\s]*(?:token|private_link|key|password|secret)[^=&\s]*=)[^&#\s]+", r"\1…", text, flags=re.IGNORECASE
    )
    text = text if len(text) <= 100 else f"{text[:99]}…"
    return repr(text if isinstance(value, str) else value if len(str(value)) <= 100 else text)
