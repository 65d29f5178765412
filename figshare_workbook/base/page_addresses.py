"""Addresses of Figshare's pages, files and API: which item, collection, project or file they are of."""

from __future__ import annotations

import re
from typing import NamedTuple

# The words that a page's address may have for the type of an item (documented types, in Figshare's own spelling).
_ITEM_TYPE = re.compile(
    "figure|media|dataset|poster|journal_contribution|presentation|thesis|software|online_resource|preprint|book|"
    "conference_contribution|chapter|peer_review|educational_resource|report|standard|composition|funding|"
    "physical_object|data_management_plan|workflow|monograph|performance|event|service|model|code|fileset|paper"
)
# Recorded: hosts of portals are NAME.figshare.com, figshare.NAME, or have nothing of Figshare in them.
_OURS = re.compile(r"(?:^|\.)(?:figshare|figsh)\.|^localhost$|^[0-9.]+$|^\[")  # the last three: local Figshare
_KIND = re.compile(r"/(articles|collections|projects|authors)/", re.IGNORECASE)
_FILE = re.compile(r"(?:^|/)(?:files|file/download)/([0-9]{1,18})(?:/|$)")
_PRIVATE_LINK = re.compile(r"(?:^|/)s/[0-9A-Za-z]+/?$")
_TAIL = re.compile(r"(?:/(?:files(?:/[0-9]+)?|download|edit|embed|statistics|citations?))+$", re.IGNORECASE)


class Page(NamedTuple):
    """What an address is of: "article", "collection", "project", "author", "file" or "private link"."""

    kind: str
    id: int | None = None
    version: int | None = None


def read_page_address(host: str, path: str) -> Page | None:
    """Returns what an address of Figshare is of; None for another site's.

    Args:
        host: In lower case.
        path: Without query and fragment, decoded.

    Our choice: at a host without Figshare's name, only an address in the form of a portal's page counts,
    with the type or the title of the item before its number: `/articles/64320` is some journal's.
    """
    is_ours = bool(_OURS.search(host))
    path = re.sub(r"^/web/[^/]+(?=/)", "", path) if is_ours else path  # the pages of local Figshare
    for kind in reversed(list(_KIND.finditer(path))):
        tail = [part for part in _TAIL.sub("", path[kind.end() - 1 :].rstrip("/")).split("/") if part]
        numbers = _id_and_version(tail) if tail else None
        if numbers and (is_ours or _is_portal_page(kind[1].lower(), tail)):
            return Page(kind[1].lower().removesuffix("s"), *numbers)
    if is_ours and _PRIVATE_LINK.search(path):
        return Page("private link")
    file = _FILE.search(path)
    return Page("file", int(file[1])) if is_ours and file else None


def _id_and_version(tail: list[str]) -> tuple[int, int | None] | None:
    """Returns id and version, from what stands behind `/articles/`: `ID`, `ID/versions/2`, `TYPE/TITLE/ID/2`.

    A title may be a number too: of two numbers at the end the second is a version where it is below 1,000
    and not above the first.
    """
    if named := re.search(r"(?:^|/)([0-9]{1,18})/versions?/v?([0-9]{1,4})(?:/|$)", "/".join(tail), re.IGNORECASE):
        return int(named[1]), int(named[2]) or None
    before, last = (_number_in(tail[-2]) if len(tail) > 1 else 0), _number_in(tail[-1])
    if before and last and last <= min(before, 999):
        return before, last
    number = last or _number_in(tail[0])  # the API has words behind the id: `ID/authors`
    return (number, None) if number else None


def _number_in(part: str) -> int:
    """Returns a part of an address as a number, 0 where it is no number."""
    return int(part) if re.fullmatch(r"[0-9]{1,18}", part) else 0


def _is_portal_page(kind: str, tail: list[str]) -> bool:
    """Tells whether this has the form of a page of a portal with a host of its own."""
    if kind == "articles" and len(tail) > 2 and _ITEM_TYPE.fullmatch(tail[0].lower()):
        return True
    is_slug = len(tail) > 1 and ("_" in tail[0] or (kind != "articles" and "-" not in tail[0]))
    return is_slug and not tail[0].isdigit()
