"""The temporary folder of a server, and the removal of those that killed servers left.

A file in the folder is locked as long as its server lives; the system lets go of the lock of a process that was killed.
"""

from __future__ import annotations

import os
import shutil
import tempfile
import weakref
from contextlib import suppress
from pathlib import Path
from typing import TextIO

try:
    import fcntl
except ImportError:  # Windows: there a file that is open cannot be removed, and that is lock enough
    fcntl = None  # type: ignore[assignment]

FOLDER_PREFIX, LOCK_FILE = "local-figshare-", "alive"


class OwnFolder:
    """A new temporary folder, after those of dead servers were removed.

    Attributes:
        path: where it lies.
        remove: removes it with all that is in it; called at the end of the process at the latest.
    """

    def __init__(self) -> None:
        for left in Path(tempfile.gettempdir()).glob(f"{FOLDER_PREFIX}*/{LOCK_FILE}"):
            _remove_if_dead(left)
        self.path = Path(tempfile.mkdtemp(prefix=FOLDER_PREFIX))
        self.remove = weakref.finalize(self, _remove, self.path, _locked_file_in(self.path))


def _locked_file_in(folder: Path) -> TextIO:
    """Makes the locked file that says that the folder is in use. It gets its name only when it is locked."""
    if fcntl is None:
        return (folder / LOCK_FILE).open("w")
    handle = (folder / f"{LOCK_FILE}.new").open("w")
    fcntl.flock(handle, fcntl.LOCK_EX)
    os.rename(handle.name, folder / LOCK_FILE)
    return handle


def _remove(folder: Path, alive: TextIO) -> None:
    alive.close()
    shutil.rmtree(folder, ignore_errors=True)  # Windows keeps a file that some thread still reads


def _remove_if_dead(alive: Path) -> None:
    with suppress(OSError):  # it is in use, somebody else's, or just being removed
        if fcntl is None:
            alive.unlink()
            shutil.rmtree(alive.parent, ignore_errors=True)
            return
        with alive.open("r+") as handle:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            shutil.rmtree(alive.parent, ignore_errors=True)
