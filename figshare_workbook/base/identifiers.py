"""Ids, DOIs, ORCIDs and addresses: what a text stands for.

By hand: no library knows Figshare's addresses, and those for DOIs and ORCIDs (idutils) are not on Colab.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from figshare_workbook.base.errors import require

_PAGE_ADDRESS = re.compile(r"https?://.+?/(articles|collections|projects)/(?:[^/]+/)*?"
                           r"(\d+)(?:/(\d+))?/?(?:[?#].*)?$")
_FIGSHARE_DOI = re.compile(r"(?:m9\.figshare|stagefigshare)\.(c\.)?(\d+)(?:\.v(\d+))?$", re.IGNORECASE)


def read_address(address: str) -> dict | None:
    """What can be told from the address alone; the version in it is kept."""
    if found := _PAGE_ADDRESS.match(address.strip()):
        kind, number, version = found[1].removesuffix("s"), found[2], found[3]
    elif found := _FIGSHARE_DOI.search(address.strip()):
        kind, number, version = "collection" if found[1] else "article", found[2], found[3]
    else:
        return None
    return {"kind": kind, "id": int(number), "version": int(version) if version else None}


def id_number(value: Any) -> int:
    """An id as a number; a text of digits will do."""
    text = str(value).strip()
    require(re.fullmatch(r"[0-9]{1,18}", text) and int(text) > 0,
            f"An id is a whole number such as 5616445, not {value!r}: "
            "use the number at the end of the item's address.")
    return int(text)


def ids_of(items: Iterable[int | dict] | int | str | dict) -> list[int]:
    """The ids of numbers or records, or of one alone, each once, in order."""
    several = items if isinstance(items, Iterable) and not isinstance(items, (str, bytes, dict)) else [items]
    return list(dict.fromkeys(id_number(item.get("id", "") if isinstance(item, dict) else item) for item in several))


ORCID = re.compile(r"(?:https?://orcid\.org/)?(\d{4}-\d{4}-\d{4}-\d{3}[\dX])/?", re.IGNORECASE)


def plain_word(value: Any) -> str:
    """A text or a whole number as text, anything else as nothing; half a character as "?"."""
    if not isinstance(value, (str, int)) or isinstance(value, bool):
        return ""
    return str(value).encode(errors="replace").decode().strip()


def clean_doi(text: Any) -> str:
    """A DOI in its plain form, "10.1145/3526104"; "" where there is none in the text.

    DOIs are compared without regard to case, so it is in lower case.
    """
    found = re.fullmatch(r"(?:https?://(?:dx\.)?doi\.org/|doi:\s*)?(10\.\d{4,9}/\S+)", plain_word(text).lower())
    return found[1] if found else ""


def clean_orcid(text: Any) -> str:
    """An ORCID in its plain form, "0000-0002-1825-0097"; "" where it is none or a character is wrong."""
    found = ORCID.fullmatch(plain_word(text))
    if not found:
        return ""
    orcid, total = found[1].upper(), 0
    for digit in orcid[:-1].replace("-", ""):
        total = (total + int(digit)) * 2
    return orcid if "0123456789X"[(12 - total % 11) % 11] == orcid[-1] else ""
