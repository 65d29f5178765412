"""Markup and odd characters become plain text."""

from __future__ import annotations

import html
import re


def plain_text(markup: str | None) -> str:
    """Text without HTML: titles and descriptions may hold tags, entities and odd blanks (recorded)."""
    text = re.sub(r"</?[a-zA-Z][^<>]*>", " " if "<p" in (markup or "") else "", markup or "")
    return " ".join(UNPRINTABLE.sub("", html.unescape(text)).split())


# Neither signs nor blanks: control characters, and halves of signs that UTF-8 cannot write.
UNPRINTABLE = re.compile(r"[\x00-\x08\x0e-\x1b\x7f\ud800-\udfff\ufffe\uffff]")
HALF_CHARACTERS = re.compile(r"[\ud800-\udfff]")
