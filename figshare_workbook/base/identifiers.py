"""Reads identifiers (ids, DOIs, handles, ORCIDs, addresses) in texts that people paste.

We use no library: none knows Figshare's addresses, and idutils, which knows DOIs and ORCIDs, is not on Colab.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from figshare_workbook.base.errors import require
from figshare_workbook.base.page_addresses import read_page_address
from figshare_workbook.base.pasted import bare_word, decoded_text, shortened_value, tidy_text

_MAX_PASTED = 5000  # characters
_KINDS_IN_TEXT = ("article", "collection", "project", "author", "file", "private link", "doi", "handle", "orcid")
_DOI = re.compile(r"(?<![0-9.])10\.[0-9]{4,9}(?:\.[0-9]+)*/\S+")
_FIGSHARE_DOI = re.compile(
    r"[/.](?:m9\.figshare|stagefigshare|fk2\.figshare)\.(c\.)?([0-9]{1,18})(?:\.v([0-9]+))?$", re.IGNORECASE
)
_SHORT_FIGSHARE_DOI = re.compile(r"m9\.figshare\.(?:c\.)?[0-9]+(?:\.v[0-9]+)?", re.IGNORECASE)
_DOI_HOST = re.compile(r"(?:(?:www|dx)[.-])?doi[.-]org(?:\.|$)")
_ADDRESS = re.compile(
    r"(?:https?:)?(?://)?(?:[^/@\s?#]*@)?"
    r"((?:[\w-]+\.)+[^\W\d_][\w-]+|localhost|[0-9]{1,3}(?:\.[0-9]{1,3}){3}|\[[0-9a-f:]+\])"
    r"(?::[0-9]+)?((?:[/?#].*)?)",
    re.IGNORECASE,
)
_ORCID = re.compile(r"(?<![0-9-])([0-9]{4})-([0-9]{4})-([0-9]{4})-([0-9]{3}[0-9X])(?![0-9A-Z-])", re.IGNORECASE)
_SPACED_ORCID = re.compile(r"(?<![0-9])(000[0-9]) ?([0-9]{4}) ?([0-9]{4}) ?([0-9]{3}[0-9X])(?![0-9A-Z])", re.IGNORECASE)
_HANDLE = re.compile(r"[0-9]{3,6}(?:\.[0-9]+)*/(?![0-9]{1,2}(?:/|$))\S+")
_LABEL = re.compile(
    r"(?:figshare\s+)?(?:doi|orcid(?:\s+id)?|hdl|handle|ur[il]|id|item|article|no\.?)"
    r"\b\s*[:=#]?\s*|#\s*",
    re.IGNORECASE,
)
_KIND_IN_WORDS = {
    "article": "an item",
    "collection": "a collection",
    "project": "a project",
    "author": "an author",
    "group": "a group",
}
_LOOKS_LIKE = {
    "private link": "a private link, which opens no public record",
    "orcid": "an ORCID, which is a person's",
    "file": "a file's address, which does not tell the item",
    "email": "an e-mail address",
    "handle": "a handle, which does not tell the id",
    "doi": "a DOI that does not tell the id",
    "number": "a number",
    "several": "more than one identifier",
    "nothing": "nothing",
    "broken": "an identifier that a line break or a blank has cut",
    "text": "words, or part of an identifier",
}


@dataclass(frozen=True)
class Identifier:
    """An identifier that was read in a text, or why there is none.

    Attributes:
        kind: "article", "collection", "project", "author", "file" or "number" (they have an `id`), "doi",
            "handle", "orcid" or "private link"; where the text holds no identifier, what it looks like:
            "address", "email", "several", "broken", "text" or "nothing".
        text: The DOI, handle or ORCID as it was written; the host of an address.
        id, version: The numbers, where the text holds them.
        doi: The DOI in lower case, since case does not count; "" where there is none.
    """

    kind: str
    text: str = ""
    id: int | None = None
    version: int | None = None
    doi: str = ""

    @property
    def looks_like(self) -> str:
        """The kind in words, for a sentence that refuses the text."""
        if self.kind == "address":
            return f"an address of {self.text}" + (f" (the DOI in it is {self.doi})" if self.doi else "")
        return _LOOKS_LIKE.get(self.kind) or f"{_KIND_IN_WORDS[self.kind]}'s address"


def read_identifier(value: Any) -> Identifier:
    """Reads the identifier in a text, also inside a link, brackets, quotes or a citation.

    Our choice: a text of several words may hold one DOI, address or ORCID; a plain number, a handle or an
    e-mail address must stand alone, or behind a label such as `id:`.
    """
    text = _text_to_read(value)
    identifiers = _identifiers_in(text)
    if identifiers:
        return identifiers[0] if len(identifiers) == 1 else Identifier("several")
    words = bare_word(_LABEL.sub("", text, count=1) if _LABEL.match(text) else text).split()
    if len(words) == 1:
        return _lone_identifier(words[0])
    return Identifier("text" if words or len(value_as_text(value)) > _MAX_PASTED else "nothing")


def _text_to_read(value: Any) -> str:
    """Returns the text without markup and invisible characters; "" where it is far longer than a citation."""
    text = value_as_text(value)
    return tidy_text(text) if len(text) <= _MAX_PASTED else ""


def _identifiers_in(text: str) -> list[Identifier]:
    """Returns the identifiers in a text that are recognised among other words, each once, in order."""
    text = _SPACED_ORCID.sub(r"\1-\2-\3-\4", text)
    identifiers: dict[Any, Identifier] = {}
    for word in re.finditer(r"\S+", text):
        identifier = _read_word(word[0])
        if identifier.kind in _KINDS_IN_TEXT:
            identifier = Identifier("broken") if _may_continue(word[0], text[word.end() :]) else identifier
            text_key = identifier.id is None and identifier.text.casefold()
            identifiers.setdefault((identifier.kind, identifier.id, identifier.version, text_key), identifier)
    return list(identifiers.values())


def _may_continue(word: str, rest: str) -> bool:
    """Tells whether the identifier may go on after a line break or a blank.

    It is refused then, because half an identifier may be the number of another item.
    """
    continuation = re.match(r"[^\S\n]*\n[^\S\n]*(?!https?:|doi|10\.|orcid)\w|\s+[0-9]+\b(?![./-])", rest, re.IGNORECASE)
    return bool(continuation) and word[-1].isalnum()


def _read_word(word: str) -> Identifier:
    """Reads the identifier in one word; its kind is "address", "email" or "text" where there is none."""
    word = bare_word(word)
    start = max(word.lower().rfind("http://"), word.lower().rfind("https://"))
    address = _ADDRESS.fullmatch(word[max(start, 0) :])
    if re.fullmatch(r"(?:mailto:)?[^@\s/]+@[^@\s/]+\.\w+", word, re.IGNORECASE):
        return Identifier("email")
    if address and "/" in word:
        return _read_address(address[1].lower(), address[2])
    word = decoded_text(word) if re.search(r"10\.[0-9.]+%", word) else word
    word = f"10.6084/{word}" if _SHORT_FIGSHARE_DOI.fullmatch(word) else word
    if doi := _DOI.search(word):
        return _read_doi(doi[0])
    if orcid := _ORCID.search(word):
        return Identifier("orcid", orcid[0].upper())
    if word.lower().startswith("hdl:"):
        return Identifier("handle", word[4:])
    return Identifier("text", word)


def _read_address(host: str, rest: str) -> Identifier:
    """Reads the identifier in a web address; its kind is "address" where there is none."""
    path = decoded_text(_without_query(rest))
    doi = _DOI.search(path)
    if doi and (_DOI_HOST.match(host) or host == "hdl.handle.net"):
        return _read_doi(doi[0])
    if host == "hdl.handle.net" and path.strip("/"):
        return Identifier("handle", path.strip("/"))
    if host.endswith("orcid.org") and (orcid := _ORCID.search(rest)):
        return Identifier("orcid", orcid[0].upper())
    if page := read_page_address(host, path):
        return Identifier(page.kind, host, page.id, page.version)
    doi = _DOI.search(decoded_text(rest))
    return Identifier("address", host, doi=_read_doi(doi[0]).doi if doi else "")


def _read_doi(text: str) -> Identifier:
    doi = bare_word(_without_query(text)).rstrip("/")
    if not _DOI.fullmatch(doi):
        return Identifier("text", doi)
    if match := _FIGSHARE_DOI.search(doi):
        return Identifier(
            "collection" if match[1] else "article",
            doi,
            int(match[2]),
            int(match[3]) if match[3] else None,
            doi.lower(),
        )
    return Identifier("doi", doi, doi=doi.lower())


def _without_query(text: str) -> str:
    """Returns an address without query and fragment. The end `;2-#` of some old DOIs is no fragment."""
    return re.split(r"\?|(?<!;[0-9]-)#", text, maxsplit=1)[0]


def _lone_identifier(word: str) -> Identifier:
    """Reads a word that stands alone: only then a number or a handle is an identifier."""
    if number := re.fullmatch(r"([0-9]{1,18})(?:\.0+)?", word):
        return Identifier("number", word, int(number[1])) if int(number[1]) else Identifier("text")
    return Identifier("handle", word) if _HANDLE.fullmatch(word) else _read_word(word)


def id_number(value: Any, kind: str = "article") -> int:
    """Returns the id in a value as a number.

    Args:
        value: E.g. 5616445, "5616445", the address of a page, or a DOI of Figshare's.
        kind: What the id must be of: "article", "collection", "project", "author" or "group".

    Raises:
        ParameterError: The value holds no id, or the id of another kind.
    """
    if type(value) is int and 0 < value < 10**18:  # most values are plain numbers already
        return value
    identifier = read_identifier(value)
    is_right_kind = identifier.kind in (kind, "number") and identifier.id
    advice = (
        "figshare.resolve(…) asks for it."
        if identifier.kind in ("doi", "handle")
        else f"use the number at the end of {_KIND_IN_WORDS.get(kind, 'an item')}'s address."
    )
    require(
        is_right_kind,
        f"An id is a whole number such as 5616445, not {shortened_value(value)}, "
        f"which looks like {identifier.looks_like}: {advice}",
    )
    return identifier.id or 0


def ids_of(items: Iterable[int | str | dict] | int | str | dict, kind: str = "article") -> list[int]:
    """Returns the ids in one value or in several, each once, in order.

    A value is a record with an `id`, or what `id_number` takes.
    """
    entries = items if isinstance(items, Iterable) and not isinstance(items, (str, bytes, dict)) else [items]
    return list(
        dict.fromkeys(id_number(entry.get("id", "") if isinstance(entry, dict) else entry, kind) for entry in entries)
    )


def value_as_text(value: Any) -> str:
    """Returns a text or a whole number as text; "" for anything else. A lone surrogate becomes a question mark."""
    if isinstance(value, bool) or not (isinstance(value, str) or _is_whole_number(value)):
        return ""
    return (value if isinstance(value, str) else str(int(value))).encode(errors="replace").decode().strip()


def _is_whole_number(value: Any) -> bool:
    """Tells whether a value is a whole number, also one of NumPy, or a float such as 5616445.0.

    pandas turns the whole numbers of a column with gaps into floats.
    """
    try:
        return int(value) == value
    except (TypeError, ValueError, OverflowError):
        return False


def clean_doi(text: Any) -> str:
    """Returns the DOI in a text in its plain form, "10.1145/3526104"; "" where there is none, or more than one.

    It is in lower case, since upper and lower case make no difference in a DOI.
    """
    dois = {identifier.doi for identifier in _identifiers_in(_text_to_read(text)) if identifier.doi}
    return dois.pop() if len(dois) == 1 else ""


def clean_orcid(text: Any) -> str:
    """Returns an ORCID in its plain form, "0000-0002-1825-0097"; "" where it is no ORCID or a character is wrong."""
    identifier = read_identifier(text)
    if identifier.kind != "orcid":
        return ""
    total = 0
    for digit in identifier.text[:-1].replace("-", ""):
        total = (total + int(digit)) * 2
    return identifier.text if "0123456789X"[(12 - total % 11) % 11] == identifier.text[-1] else ""


def web_address(text: Any) -> str:
    """Returns the web address in a text, a DOI as an address of doi.org; "" where there is none."""
    identifier, word = read_identifier(text), bare_word(_text_to_read(text))
    if identifier.doi and identifier.kind != "address":
        return f"https://doi.org/{identifier.doi}"
    return word if re.fullmatch(r"https?://\S+", word, re.IGNORECASE) else ""
