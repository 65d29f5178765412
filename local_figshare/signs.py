"""Texts of scripts without blanks between words, cut so that every part of them is found.

Chinese, Japanese, Korean, Thai, Lao, Khmer, Burmese and the like: a run of their signs is cut into pairs that
overlap, and its last sign stands once more alone. 中国地图 becomes 中国 国地 地图 图. A part of a run is then a row
of pairs that stand side by side, and a single sign is the beginning of a pair. All other text is left as it is.
How the live index cuts such texts is not on record (our choice).
"""

from __future__ import annotations

import re
import unicodedata

# First and last code points of the scripts; what is no letter in them (digits, stops) is in none.
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
_HAN = 0x3400  # from here on there are no marks

# What stands above, below or beside a letter of these scripts and belongs to it.
MARKS = "".join(
    chr(code)
    for first, last in _RANGES
    if first < _HAN
    for code in range(first, last + 1)
    if unicodedata.category(chr(code)).startswith("M")
)
_ALL = "".join(f"{chr(first)}-{chr(last)}" for first, last in _RANGES)
_RUN = re.compile(f"[{_ALL}]+")
_SIGN = re.compile(f"[{_ALL}][{MARKS}]*")
WORD = re.compile(rf"(?:[^\W_]|[{MARKS}])+")
# What may stand behind a sign and is not seen: joiners, spaces without width, choices of a glyph.
_UNSEEN = re.compile(f"(?<=[{_ALL}])[\u200b-\u200d\u2060\ufe00-\ufe0f\U000e0100-\U000e01ef]+")


def cut(text: str) -> str:
    """A text as the index takes it; wide, narrow and raised forms of letters become the plain ones."""
    return text if text.isascii() else _RUN.sub(lambda run: f" {' '.join(_pairs(run[0]))} ", _plain(text))


def _plain(text: str) -> str:
    return _UNSEEN.sub("", unicodedata.normalize("NFKC", text))


def _pairs(run: str) -> list[str]:
    signs = _SIGN.findall(run)
    return [first + second for first, second in zip(signs, [*signs[1:], ""], strict=True)]


def words(text: str) -> tuple[list[str], bool]:
    """A text as it is looked for: words that stand side by side, and whether the last one is only a beginning.

    Where the text ends in a run, the text that is looked for may go on: its last sign alone is left out.
    """
    found = WORD.findall(cut(text))
    last = (WORD.findall(_plain(text)) or [""])[-1]
    runs = _RUN.findall(last)
    if not runs or not last.endswith(runs[-1]):
        return found, False
    return (found, True) if len(_pairs(runs[-1])) == 1 else (found[:-1], False)
