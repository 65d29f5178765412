"""Turns texts with markup or unusual characters into plain text."""

from __future__ import annotations

import html
import itertools
import re
import unicodedata

# Characters that no text needs: control characters, and halves of surrogate pairs, which UTF-8 cannot write.
UNPRINTABLE = re.compile(r"[\x00-\x08\x0e-\x1b\x7f\ud800-\udfff\ufffe\uffff]")
HALF_CHARACTERS = re.compile(r"[\ud800-\udfff]")

_TAG = re.compile(r"""</?([a-zA-Z][\w:.-]*)(?:\s+[\w:.-]+\s*=\s*(?:"[^"]*"|'[^']*'|[^\s"'<>=]+))*\s*/?>""")
_BLOCKS = {"p", "br", "div", "li", "ul", "ol", "tr", "td", "th", "table", "h1", "h2", "h3", "h4", "h5", "h6"}
# Commands to a terminal: colours and cursor movements (CSI), titles and links (OSC), and others.
_TERMINAL = re.compile(r"\x1b\[[0-?]*[ -/]*[@-~]|\x1b[\]PX^_].*?(?:\x07|\x1b\\|$)|\x1b[ -/]*[0-~]", re.DOTALL)
_JOINERS = "\u200c\u200d"  # Persian, Indian scripts and emoji need these joiners


def plain_text(markup: str | None) -> str:
    """Returns text without HTML: titles and descriptions may hold tags, entities and odd blanks (recorded).

    Call it only once for a text: the plain text may hold `a<b`, which a second call could take for a tag.
    """
    text = _TAG.sub(lambda tag: " " if tag[1].lower() in _BLOCKS else "", markup or "")
    return " ".join(UNPRINTABLE.sub("", html.unescape(text)).split())


def safe_text(text: str, most: int = 2000) -> str:
    """Returns a text of a server so that it is safe to print.

    Commands to a terminal are removed, line breaks stay, and a text above `most` characters is cut.
    """
    shown = text[: 20 * most]
    shown = "".join(filter(_is_harmless, _TERMINAL.sub("", shown)))
    if len(shown) <= most and len(text) <= 20 * most:
        return shown
    return f"{shown[:most]} … (cut: {len(text):,} characters in all)"


def _is_harmless(character: str) -> bool:
    return character in "\n\t" or character in _JOINERS or unicodedata.category(character) not in ("Cc", "Cf", "Cs")


def without_accents(text: str) -> str:
    """Returns a text with plain letters: without accents, ligatures and other forms of letters (NFKD)."""
    return "".join(
        character for character in unicodedata.normalize("NFKD", text) if not unicodedata.combining(character)
    )


def one_line(text: str) -> str:
    """Returns a text for a label: in one line, composed (NFC), without invisible characters.

    A letter keeps at most four combining marks. Markup stays as it is; `plain_text` removes it.
    """
    blanks = " ".join(_TERMINAL.sub("", text).split())
    composed = unicodedata.normalize("NFC", " ".join("".join(filter(_is_harmless, blanks)).split()))
    runs = itertools.groupby(composed, key=lambda character: unicodedata.category(character) == "Mn")
    return "".join("".join(itertools.islice(run, 4 if is_mark else None)) for is_mark, run in runs)
