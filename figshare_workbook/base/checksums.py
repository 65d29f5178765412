"""Fingerprints of files: MD5, as Figshare keeps it."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any


def md5(path: str | Path) -> str:
    """Returns the MD5 of a file as hexadecimal digits: the fingerprint that Figshare keeps of its files."""
    return md5_of_file(path).hexdigest()


def md5_of_file(path: str | Path) -> Any:
    """Returns the running MD5 of a file; more bytes can be added to it."""
    with Path(path).open("rb") as file:
        return hashlib.file_digest(file, new_md5)


def new_md5() -> Any:
    """Returns an empty MD5, to which bytes are added."""
    return hashlib.md5(usedforsecurity=False)  # a check of transport, so that it works under FIPS too


def known_md5(file: dict) -> str:
    """Returns the MD5 that the record gives; either may be empty (recorded)."""
    return file.get("computed_md5") or file.get("supplied_md5") or ""


def is_whole_file(file: dict, path: Path, digest: str | None = None) -> bool:
    """Tells whether the file on disk has the size and, where one is known, the MD5 of the record."""
    if not path.is_file() or path.stat().st_size != file["size"]:
        return False
    return not known_md5(file) or (digest or md5(path)) == known_md5(file)
