"""Addresses of Figshare's pages, files and API: to which item, collection, project or file they belong."""

from __future__ import annotations

import re
from typing import NamedTuple

# The types of items (documented) as they are written in the addresses of pages.
_ITEM_TYPE = re.compile(
    "figure|media|dataset|poster|journal_contribution|presentation|thesis|software|online_resource|preprint|book|"
    "conference_contribution|chapter|peer_review|educational_resource|report|standard|composition|funding|"
    "physical_object|data_management_plan|workflow|monograph|performance|event|service|model|code|fileset|paper"
)
# Recorded: hosts of portals are NAME.figshare.com, figshare.NAME, or have nothing of Figshare in them.
_FIGSHARE_HOST = re.compile(r"(?:^|\.)(?:figshare|figsh)\.|^localhost$|^[0-9.]+$|^\[")  # the last three: local Figshare
_KIND_IN_PATH = re.compile(r"/(articles|collections|projects|authors)/", re.IGNORECASE)
_FILE_PATH = re.compile(r"(?:^|/)(?:files|file/download)/([0-9]{1,18})(?:/|$)")
_PRIVATE_LINK = re.compile(r"(?:^|/)s/[0-9A-Za-z]+/?$")
_PAGE_SUFFIX = re.compile(r"(?:/(?:files(?:/[0-9]+)?|download|edit|embed|statistics|citations?))+$", re.IGNORECASE)


class Page(NamedTuple):
    """The kind of a page ("article", "collection", "project", "author", "file", "private link"), id and version."""

    kind: str
    id: int | None = None
    version: int | None = None


def read_page_address(host: str, path: str) -> Page | None:
    """Reads which page of Figshare an address leads to; None where it is no page of Figshare.

    Args:
        host: In lower case.
        path: Without query and fragment, decoded.

    Our choice: at a host without Figshare's name, the path must have the form of a portal's page, with the type
    or the title of the item before its number. `/articles/64320` may be a page of any journal.
    """
    is_figshare_host = bool(_FIGSHARE_HOST.search(host))
    path = re.sub(r"^/web/[^/]+(?=/)", "", path) if is_figshare_host else path  # the pages of local Figshare
    for match in reversed(list(_KIND_IN_PATH.finditer(path))):
        tail = [part for part in _PAGE_SUFFIX.sub("", path[match.end() - 1 :].rstrip("/")).split("/") if part]
        id_and_version = _id_and_version(tail) if tail else None
        if id_and_version and (is_figshare_host or _is_portal_page(match[1].lower(), tail)):
            return Page(match[1].lower().removesuffix("s"), *id_and_version)
    if is_figshare_host and _PRIVATE_LINK.search(path):
        return Page("private link")
    file = _FILE_PATH.search(path)
    return Page("file", int(file[1])) if is_figshare_host and file else None


def _id_and_version(tail: list[str]) -> tuple[int, int | None] | None:
    """Returns id and version from the parts after `/articles/`: `ID`, `ID/versions/2`, `TYPE/TITLE/ID/2`.

    A title may be a number too. So, of two numbers at the end, the second is a version only if it is below
    1,000 and not above the first.
    """
    if match := re.search(r"(?:^|/)([0-9]{1,18})/versions?/v?([0-9]{1,4})(?:/|$)", "/".join(tail), re.IGNORECASE):
        return int(match[1]), int(match[2]) or None
    last_but_one, last = (_number_in(tail[-2]) if len(tail) > 1 else 0), _number_in(tail[-1])
    if last_but_one and last and last <= min(last_but_one, 999):
        return last_but_one, last
    number = last or _number_in(tail[0])  # addresses of the API may go on after the id: `ID/authors`
    return (number, None) if number else None


def _number_in(part: str) -> int:
    """Returns a part of an address as a number; 0 where it is no number."""
    return int(part) if re.fullmatch(r"[0-9]{1,18}", part) else 0


def _is_portal_page(kind: str, tail: list[str]) -> bool:
    """Tells whether a path has the form of a page on a portal with a host name of its own."""
    if kind == "articles" and len(tail) > 2 and _ITEM_TYPE.fullmatch(tail[0].lower()):
        return True
    is_slug = len(tail) > 1 and ("_" in tail[0] or (kind != "articles" and "-" not in tail[0]))
    return is_slug and not tail[0].isdigit()
