"""Cuts texts in scripts without spaces between words into bigrams, so that a search finds every part of them.

These are Chinese, Japanese, Korean, Thai, Lao, Khmer, Burmese and the like. A run of their signs becomes pairs that
overlap, and the last sign follows alone: 中国地图 becomes 中国 国地 地图 图. A part of the run is then a phrase of such
pairs, and a single sign is the beginning of a pair. All other text stays as it is. How the live index cuts
such texts is not on record (our choice).
"""

from __future__ import annotations

import re
import unicodedata

# First and last code points of the letters of these scripts; digits and full stops are left out.
_RANGES = (
    (0x0E01, 0x0E3A),
    (0x0E40, 0x0E4E),  # Thai
    (0x0E81, 0x0ECF),
    (0x0EDC, 0x0EDF),  # Lao
    (0x1000, 0x103F),
    (0x1050, 0x108F),
    (0x109A, 0x109D),  # Burmese
    (0x1780, 0x17D3),
    (0x17DC, 0x17DD),  # Khmer
    (0x1950, 0x197F),
    (0x1980, 0x19CF),
    (0x1A20, 0x1A7C),  # Tai Le, New Tai Lue, Tai Tham
    (0x1100, 0x11FF),
    (0xAC00, 0xD7A3),  # Korean
    (0x3005, 0x3007),
    (0x3021, 0x302F),
    (0x3038, 0x303C),  # signs that repeat, Suzhou numerals
    (0x3041, 0x3096),
    (0x309D, 0x309F),
    (0x30A1, 0x30FA),
    (0x30FC, 0x30FF),
    (0x31F0, 0x31FF),  # Japanese
    (0x3105, 0x312F),
    (0x31A0, 0x31BF),
    (0xA000, 0xA48C),  # Bopomofo, Yi
    (0x3400, 0x4DBF),
    (0x4E00, 0x9FFF),
    (0xF900, 0xFAFF),
    (0x20000, 0x323AF),  # Chinese
)
_HAN = 0x3400  # the ranges from here on hold no marks

# Marks above, below or beside a letter of these scripts, which belong to it.
MARKS = "".join(
    chr(code)
    for first, last in _RANGES
    if first < _HAN
    for code in range(first, last + 1)
    if unicodedata.category(chr(code)).startswith("M")
)
_ALL_SIGNS = "".join(f"{chr(first)}-{chr(last)}" for first, last in _RANGES)
_RUN = re.compile(f"[{_ALL_SIGNS}]+")
_SIGN = re.compile(f"[{_ALL_SIGNS}][{MARKS}]*")
WORD = re.compile(rf"(?:[^\W_]|[{MARKS}])+")
# Characters behind a sign that are not seen: joiners, spaces without width, variation selectors.
_UNSEEN = re.compile(f"(?<=[{_ALL_SIGNS}])[\u200b-\u200d\u2060\ufe00-\ufe0f\U000e0100-\U000e01ef]+")


def index_text(text: str) -> str:
    """Returns a text as the index holds it: with bigrams.

    Wide, narrow and raised letters are replaced by plain ones.
    """
    return text if text.isascii() else _RUN.sub(lambda run: f" {' '.join(_bigrams(run[0]))} ", _normalised(text))


def _normalised(text: str) -> str:
    return _UNSEEN.sub("", unicodedata.normalize("NFKC", text))


def _bigrams(run: str) -> list[str]:
    signs = _SIGN.findall(run)
    return [first + second for first, second in zip(signs, [*signs[1:], ""], strict=True)]


def query_words(text: str) -> tuple[list[str], bool]:
    """Returns the words of a search that must stand side by side, and whether the last one is the beginning of a word.

    Where the text ends in a run, the run in a record may be longer: so the last sign, which follows alone, is left out.
    """
    words = WORD.findall(index_text(text))
    last = (WORD.findall(_normalised(text)) or [""])[-1]
    runs = _RUN.findall(last)
    if not runs or not last.endswith(runs[-1]):
        return words, False
    return (words, True) if len(_bigrams(runs[-1])) == 1 else (words[:-1], False)
