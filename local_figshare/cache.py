"""Keeps built databases for the next start."""

from __future__ import annotations

import hashlib
import os
import sqlite3
import time
import uuid
from contextlib import suppress
from pathlib import Path

from .build import build
from .catalogue import Catalogue

MOST_DATABASES = 6
A_DAY = 86_400  # seconds: no build takes so long
CODE = Path(__file__).parent  # all modules count: a list of those that build would be forgotten at a change


def database_of(catalogue: Catalogue, folder: Path) -> Path:
    """Returns the built database of a catalogue, from the cache where it was built before.

    Args:
        catalogue: what to serve.
        folder: where to build when there is no cache.
    """
    cached = _cache_path(catalogue)
    if cached and cached.is_file():
        with suppress(OSError):
            os.utime(cached, None)  # the database that was used last is deleted last
        return cached
    target = cached.parent if cached else folder
    building = target / f"{uuid.uuid4()}.building"
    try:
        build(catalogue, building)
        final = cached or folder / "built.sqlite"
        os.replace(building, final)  # another start may have done the same: the same bytes, no harm
        _delete_old(final)
        return final
    finally:
        building.unlink(missing_ok=True)


def _delete_old(path: Path) -> None:
    """Keeps the databases that were used last, and deletes the others and the files of killed builds."""
    with suppress(OSError):  # another start may delete them too; Windows keeps what is open
        for unfinished in path.parent.glob("*.building"):
            if time.time() - unfinished.stat().st_mtime > A_DAY:
                unfinished.unlink()
        databases = sorted(path.parent.glob("*.sqlite"), key=lambda database: database.stat().st_mtime_ns, reverse=True)
        for old in databases[MOST_DATABASES:]:
            old.unlink()


def _cache_path(catalogue: Catalogue) -> Path | None:
    """Returns where the database of exactly these files is kept; None where nothing can be kept."""
    base = os.environ.get("LOCAL_FIGSHARE_CACHE") or os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    folder = Path(base) / "local_figshare"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        key = hashlib.sha256(sqlite3.sqlite_version.encode())
        for path in catalogue.sources():
            stat = path.stat()
            key.update(repr((str(path.resolve()), stat.st_size, stat.st_mtime_ns)).encode())
        for module in sorted(CODE.glob("*.py")):
            key.update(module.name.encode() + module.read_bytes())
        return folder / f"{key.hexdigest()[:32]}.sqlite" if os.access(folder, os.W_OK) else None
    except (OSError, RuntimeError):
        return None
