"""Texts in charts: as they are, in fonts that the machine has, and measured by the font that every matplotlib has.

By hand: matplotlib's own wrapping takes dollars for mathematics, and measures with whatever font is there, so that a
picture's height would differ from machine to machine.
"""

from __future__ import annotations

import bisect
import functools
import itertools
import re
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from figshare_workbook.base.frames import cell_text
from figshare_workbook.base.texts import one_line

BASE_FONT = "DejaVu Sans"  # comes with matplotlib
# Asked in this order for the characters that the base font lacks, where the machine has them.
FALLBACK_FONTS = (
    "Noto Sans CJK SC",
    "Noto Sans CJK JP",
    "Noto Sans CJK KR",
    "Noto Sans SC",
    "Noto Sans JP",
    "Noto Sans KR",
    "Source Han Sans SC",
    "Source Han Sans",
    "WenQuanYi Zen Hei",
    "WenQuanYi Micro Hei",
    "Droid Sans Fallback",
    "Microsoft YaHei",
    "Yu Gothic",
    "MS Gothic",
    "Malgun Gothic",
    "PingFang SC",
    "Hiragino Sans",
    "Apple SD Gothic Neo",
    "Arial Unicode MS",
    "Noto Sans Devanagari",
    "Noto Sans Bengali",
    "Noto Sans Tamil",
    "Noto Sans Thai",
    "Noto Sans Ethiopic",
    "Nirmala UI",
    "Leelawadee UI",
    "Noto Sans Symbols",
    "Noto Sans Symbols 2",
    "Noto Sans Symbols2",
    "Noto Sans Math",
    "Noto Emoji",
    "Segoe UI Symbol",
    "Segoe UI Emoji",
    "Apple Symbols",
    "Symbola",
    "Unifont",
)
_MOST_CHARACTERS = 2000  # characters of a text that are looked at
_SCRIPTS = {
    "CJK": "Chinese",
    "IDEOGRAPHIC": "Chinese",
    "HIRAGANA": "Japanese",
    "KATAKANA": "Japanese",
    "HANGUL": "Korean",
}
_RIGHT_TO_LEFT = re.compile(r"R+(?: +R+)*".replace("R", "[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufeff]"))


def label_text(value: Any) -> str:
    """Returns a cell's text for a label."""
    return one_line(cell_text(value)[:_MOST_CHARACTERS]) or "(none)"


# ---- width ------------------------------------------------------------------------------------


def width_of(text: str, size: float, *, is_bold: bool = False) -> float:
    """Returns the inches that a text takes at a size in points.

    A character that the base font lacks is as wide as its stand-in.
    """
    return sum(_advance_width(character, is_bold) for character in text) * size / 72


@functools.lru_cache(maxsize=20_000)
def _advance_width(character: str, is_bold: bool) -> float:
    """Returns the width of a character in parts of the size; not scaled, since hinting differs between machines."""
    from matplotlib.ft2font import LoadFlags

    font = _font(BASE_FONT, is_bold)
    if ord(character) in font.get_charmap():
        return font.load_char(ord(character), flags=LoadFlags.NO_SCALE).horiAdvance / font.units_per_EM
    if _is_letter(character):
        return 1.0 if unicodedata.east_asian_width(character) in "WF" else 0.7
    return sum(_advance_width(letter, is_bold) for letter in _symbol_name(character))


@functools.lru_cache(maxsize=64)
def _font(family: str, is_bold: bool) -> Any:
    from matplotlib.font_manager import FontProperties, findfont, get_font

    return get_font(findfont(FontProperties(family=family, weight="bold" if is_bold else "normal")))


# ---- lines ------------------------------------------------------------------------------------


def wrapped_lines(text: str, inches: float, size: float, *, is_bold: bool = False) -> list[str]:
    """Returns the text in lines that are no wider than so many inches; a word that is too long is broken."""
    lines, used = [""], 0.0
    for piece in _unbreakable_pieces(text, inches, size, is_bold):
        width = width_of(piece, size, is_bold=is_bold)
        if used + width > inches and lines[-1]:
            lines.append("")
            piece = piece.lstrip()
            used, width = 0.0, width_of(piece, size, is_bold=is_bold)
        lines[-1] += piece
        used += width
    return lines


def _unbreakable_pieces(text: str, inches: float, size: float, is_bold: bool) -> Iterator[str]:
    """Yields what stays together: words with the blank before them; Chinese, Japanese and Korean break anywhere."""
    wide = "\u1100-\u11ff\u2e80-\ua4cf\uac00-\ud7af\uf900-\ufaff\ufe30-\ufe4f\uff00-\uffef\U0001f000-\U0003ffff"
    for piece in re.findall(rf" ?(?:[{wide}]|[^ {wide}]+)| ", text):
        if width_of(piece, size, is_bold=is_bold) <= inches:
            yield piece
        else:
            yield from _letters_with_marks(piece)


def _letters_with_marks(text: str) -> list[str]:
    """Returns the characters of a text, each with the marks that stand on it."""
    letters: list[str] = []
    for character in text:
        if letters and unicodedata.combining(character):
            letters[-1] += character
        else:
            letters.append(character)
    return letters


def shorten_middle(text: str, inches: float, size: float, most: int, *, is_bold: bool = False) -> str:
    """Returns the text if it fits into so many lines, else without its middle: titles of a series differ at the end."""
    letters = _letters_with_marks(text)

    def shorter(count: int) -> str:
        end = count // 3
        return f"{''.join(letters[: count - end]).rstrip()}…{''.join(letters[len(letters) - end :]).lstrip()}"

    def does_not_fit(shown: str) -> bool:
        return len(wrapped_lines(shown, inches, size, is_bold=is_bold)) > most

    if not does_not_fit(text):
        return text
    return shorter(max(bisect.bisect_left(range(len(letters)), True, key=lambda n: does_not_fit(shorter(n))) - 1, 1))


def distinct_labels(texts: Sequence[str], shorten: Callable[[str], str]) -> list[str]:
    """Returns the texts shortened, so that two which differ do not look the same.

    Of those that would, the part is shown where they begin to differ; where even that does not help, they get numbers.
    """
    label_by_text = {text: shorten(text) for text in texts}
    for group in _labels_alike(label_by_text):
        start = max(_common_length(min(group), max(group)) - 12, 0)
        label_by_text |= {text: shorten(f"…{text[start:]}") for text in group if start}
    for group in _labels_alike(label_by_text):
        label_by_text |= {text: shorten(f"({number}) {text}") for number, text in enumerate(group, 1)}
    return [label_by_text[text] for text in texts]


def _common_length(one: str, other: str) -> int:
    """Counts the characters that two texts share before they differ."""
    pairs = itertools.takewhile(lambda pair: pair[0] == pair[1], zip(one, other, strict=False))
    return sum(1 for _ in pairs)


def _labels_alike(shown: dict[str, str]) -> list[list[str]]:
    groups: dict[str, list[str]] = {}
    for text, label in shown.items():
        groups.setdefault(label, []).append(text)
    return [group for group in groups.values() if len(group) > 1]


# ---- fonts ------------------------------------------------------------------------------------


def font_families() -> list[str]:
    """Returns the base font, and those of `FALLBACK_FONTS` that this machine has."""
    from matplotlib.font_manager import fontManager

    present = {font.name for font in fontManager.ttflist}
    return [BASE_FONT, *(name for name in FALLBACK_FONTS if name in present)]


def drawable(text: str, *, is_bold: bool = False) -> str:
    """Returns the text with names for what no font here can draw: `[12 Chinese characters]`, `[frog face]`."""
    runs = itertools.groupby(text, key=lambda character: _needs_a_name(character, is_bold))
    drawable_text = "".join(_stand_in("".join(run)) if is_missing else "".join(run) for is_missing, run in runs)
    return _in_visual_order(drawable_text.replace("]\u200d[", "]["))  # what joins two pictures to one


def _needs_a_name(character: str, is_bold: bool) -> bool:
    return not any(ord(character) in _characters_of(family, is_bold) for family in font_families_of(character, is_bold))


def font_families_of(character: str, is_bold: bool) -> Iterator[str]:
    """Yields the families to ask for a character; the others only where the base font lacks it, as they are large."""
    yield BASE_FONT
    if ord(character) not in _characters_of(BASE_FONT, is_bold):
        yield from font_families()[1:]


@functools.lru_cache(maxsize=64)
def _characters_of(family: str, is_bold: bool) -> Any:
    return _font(family, is_bold).get_charmap().keys()


def _stand_in(run: str) -> str:
    """Returns `[12 Chinese characters]` for letters, and each symbol by its name."""
    parts = itertools.groupby(run, key=_is_letter)
    return "".join(
        _letters_in_words("".join(part)) if is_letter else "".join(map(_symbol_name, part)) for is_letter, part in parts
    )


def _letters_in_words(letters: str) -> str:
    words = [unicodedata.name(character, "").partition(" ")[0] for character in letters if character.isalpha()]
    scripts = [_SCRIPTS.get(word, word.title()) for word in words] or [""]
    script = next((name for name in ("Japanese", "Korean") if name in scripts), scripts[0])
    return f"[{len(letters)} {script} character{'s' * (len(letters) > 1)}]".replace("  ", " ")


def _is_letter(character: str) -> bool:
    return unicodedata.category(character)[0] in "LMNP"


def _symbol_name(character: str) -> str:
    if unicodedata.category(character)[0] in "CM":  # joiners and marks of what has a name already
        return "" if unicodedata.category(character) in ("Cf", "Mn") else f"[U+{ord(character):X}]"
    return f"[{unicodedata.name(character, f'U+{ord(character):X}').lower()}]"


def _in_visual_order(text: str) -> str:
    """Returns Hebrew and Arabic from right to left, where matplotlib does not do it by itself (before 3.11)."""
    from matplotlib import ft2font

    if hasattr(ft2font, "__libraqm_version__"):
        return text
    return _RIGHT_TO_LEFT.sub(lambda run: "".join(reversed(_letters_with_marks(run[0]))), text)
