"""Fingerprints of files: MD5, as Figshare keeps it."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any


def md5(path: str | Path) -> str:
    """Returns the MD5 of a file as hexadecimal digits: the fingerprint that Figshare keeps of its files."""
    return md5_of_file(path).hexdigest()


def md5_of_file(path: str | Path) -> Any:
    """Returns an MD5 object that has read the file; more bytes can be added to it."""
    with Path(path).open("rb") as file:
        return hashlib.file_digest(file, new_md5)


def new_md5() -> Any:
    """Returns an MD5 object that has read nothing yet."""
    return hashlib.md5(usedforsecurity=False)  # it finds errors of transport only; without this, FIPS forbids MD5


def known_md5(file: dict) -> str:
    """Returns the MD5 in a file's record: the computed one, else the supplied one; both may be empty (recorded)."""
    return file.get("computed_md5") or file.get("supplied_md5") or ""


def is_whole_file(file: dict, path: Path, digest: str | None = None) -> bool:
    """Tells whether a file on disk is complete: its size and, where the record has one, its MD5 agree with the record.

    Args:
        file: The file's record.
        path: The file on disk; it need not exist.
        digest: Its MD5, where the caller has computed it already.
    """
    if not path.is_file() or path.stat().st_size != file["size"]:
        return False
    return not known_md5(file) or (digest or md5(path)) == known_md5(file)
