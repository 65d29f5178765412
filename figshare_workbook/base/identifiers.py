"""The one reader of identifiers: what a pasted text stands for, or what it looks like where it stands for nothing.

By hand: no library knows Figshare's addresses, and those for DOIs and ORCIDs (idutils) are not on Colab.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from figshare_workbook.base.errors import require
from figshare_workbook.base.page_addresses import read_page_address
from figshare_workbook.base.pasted import bare_word, decoded_text, shortened_value, tidy_text

_MOST_PASTED = 5000  # characters
_EXACT = ("article", "collection", "project", "author", "file", "private link", "doi", "handle", "orcid")
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
_ARTICLES = {
    "article": "an item",
    "collection": "a collection",
    "project": "a project",
    "author": "an author",
    "group": "a group",
}
_LOOKS = {
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
    """What a text stands for.

    Attributes:
        kind: "article", "collection", "project", "author", "file" or "number" (they have an `id`), "doi",
            "handle", "orcid", "private link", or what it looks like: "address", "email", "several",
            "broken", "text", "nothing".
        text: The DOI, handle or ORCID as it was written; the host of an address.
        id, version: The numbers that can be told from the text alone.
        doi: The DOI in lower case, since case does not count; "" where there is none.
    """

    kind: str
    text: str = ""
    id: int | None = None
    version: int | None = None
    doi: str = ""

    @property
    def looks_like(self) -> str:
        """Words for a sentence that says why this will not do."""
        if self.kind == "address":
            return f"an address of {self.text}" + (f" (the DOI in it is {self.doi})" if self.doi else "")
        return _LOOKS.get(self.kind) or f"{_ARTICLES[self.kind]}'s address"


def read_identifier(value: Any) -> Identifier:
    """Returns what a text stands for, whatever it is wrapped in: a link, brackets, quotes, a citation.

    Our choice: of a text with several words, the one DOI, address or ORCID in it counts; a plain number,
    a handle or an e-mail address must stand alone, perhaps behind a label such as `id:`.
    """
    text = _text_to_read(value)
    found = _identifiers_in(text)
    if found:
        return found[0] if len(found) == 1 else Identifier("several")
    words = bare_word(_LABEL.sub("", text, count=1) if _LABEL.match(text) else text).split()
    if len(words) == 1:
        return _lone_identifier(words[0])
    return Identifier("text" if words or len(plain_word(value)) > _MOST_PASTED else "nothing")


def _text_to_read(value: Any) -> str:
    """Returns the text to be read. A text that is far longer than a citation holds nothing that was meant."""
    text = plain_word(value)
    return tidy_text(text) if len(text) <= _MOST_PASTED else ""


def _identifiers_in(text: str) -> list[Identifier]:
    """Returns the identifiers in a text that need no context, each once, in order."""
    text = _SPACED_ORCID.sub(r"\1-\2-\3-\4", text)
    found: dict[Any, Identifier] = {}
    for word in re.finditer(r"\S+", text):
        read = _read_word(word[0])
        if read.kind in _EXACT:
            read = Identifier("broken") if _is_cut(word[0], text[word.end() :]) else read
            found.setdefault((read.kind, read.id, read.version, read.id is None and read.text.casefold()), read)
    return list(found.values())


def _is_cut(word: str, rest: str) -> bool:
    """Tells whether the identifier may go on behind a line break or a blank.

    A wrong number would be worse than a stop.
    """
    goes_on = re.match(r"[^\S\n]*\n[^\S\n]*(?!https?:|doi|10\.|orcid)\w|\s+[0-9]+\b(?![./-])", rest, re.IGNORECASE)
    return bool(goes_on) and word[-1].isalnum()


def _read_word(word: str) -> Identifier:
    """Returns what one word stands for; kind "address", "email" or "text" where it is no identifier."""
    word = bare_word(word)
    at = max(word.lower().rfind("http://"), word.lower().rfind("https://"))
    address = _ADDRESS.fullmatch(word[max(at, 0) :])
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
    """Returns what a web address stands for."""
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
    if found := _FIGSHARE_DOI.search(doi):
        return Identifier(
            "collection" if found[1] else "article",
            doi,
            int(found[2]),
            int(found[3]) if found[3] else None,
            doi.lower(),
        )
    return Identifier("doi", doi, doi=doi.lower())


def _without_query(text: str) -> str:
    """Returns an address without query and fragment; an old DOI may end in `;2-#`."""
    return re.split(r"\?|(?<!;[0-9]-)#", text, maxsplit=1)[0]


def _lone_identifier(word: str) -> Identifier:
    """Returns what stands for something only if it stands alone: a number, a handle."""
    if number := re.fullmatch(r"([0-9]{1,18})(?:\.0+)?", word):
        return Identifier("number", word, int(number[1])) if int(number[1]) else Identifier("text")
    return Identifier("handle", word) if _HANDLE.fullmatch(word) else _read_word(word)


def id_number(value: Any, kind: str = "article") -> int:
    """Returns an id as a number, made of a number, a text of digits, or what names the id.

    Args:
        value: E.g. 5616445, "5616445", the address of its page, or a DOI of Figshare's.
        kind: What is wanted: "article", "collection", "project", "author" or "group".

    Raises:
        ParameterError: There is no id in it, or that of something else.
    """
    if type(value) is int and 0 < value < 10**18:  # most values are plain numbers already
        return value
    found = read_identifier(value)
    is_right_kind = found.kind in (kind, "number") and found.id
    advice = (
        "figshare.resolve(…) asks for it."
        if found.kind in ("doi", "handle")
        else f"use the number at the end of {_ARTICLES.get(kind, 'an item')}'s address."
    )
    require(
        is_right_kind,
        f"An id is a whole number such as 5616445, not {shortened_value(value)}, "
        f"which looks like {found.looks_like}: {advice}",
    )
    return found.id or 0


def ids_of(items: Iterable[int | str | dict] | int | str | dict, kind: str = "article") -> list[int]:
    """Returns the ids of numbers, addresses or records, or of one alone, each once, in order; see `id_number`."""
    several = items if isinstance(items, Iterable) and not isinstance(items, (str, bytes, dict)) else [items]
    return list(
        dict.fromkeys(id_number(item.get("id", "") if isinstance(item, dict) else item, kind) for item in several)
    )


def plain_word(value: Any) -> str:
    """Returns a text or a whole number as text, "" for anything else. Half a character becomes a question mark."""
    if isinstance(value, bool) or not (isinstance(value, str) or _is_whole_number(value)):
        return ""
    return (value if isinstance(value, str) else str(int(value))).encode(errors="replace").decode().strip()


def _is_whole_number(value: Any) -> bool:
    """Tells whether a value is a whole number, also NumPy's, or 5616445.0 as in a pandas column with gaps."""
    try:
        return int(value) == value
    except (TypeError, ValueError, OverflowError):
        return False


def clean_doi(text: Any) -> str:
    """Returns a DOI in its plain form, "10.1145/3526104"; "" where there is none in the text, or several.

    DOIs are compared without regard to case, so it is in lower case.
    """
    dois = {found.doi for found in _identifiers_in(_text_to_read(text)) if found.doi}
    return dois.pop() if len(dois) == 1 else ""


def clean_orcid(text: Any) -> str:
    """Returns an ORCID in its plain form, "0000-0002-1825-0097"; "" where it is no ORCID or a character is wrong."""
    found = read_identifier(text)
    if found.kind != "orcid":
        return ""
    total = 0
    for digit in found.text[:-1].replace("-", ""):
        total = (total + int(digit)) * 2
    return found.text if "0123456789X"[(12 - total % 11) % 11] == found.text[-1] else ""


def web_address(text: Any) -> str:
    """Returns a web address in its plain form, a DOI as a link; "" where there is none."""
    found, word = read_identifier(text), bare_word(_text_to_read(text))
    if found.doi and found.kind != "address":
        return f"https://doi.org/{found.doi}"
    return word if re.fullmatch(r"https?://\S+", word, re.IGNORECASE) else ""
