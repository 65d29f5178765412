"""The temporary folder of a server, and the removal of the folders of killed servers.

A file in the folder is locked as long as its server runs; the system ends the lock of a process that was killed.
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
    """A new temporary folder. Before it is made, the folders of killed servers are removed.

    Attributes:
        path: path of the folder.
        remove: removes the folder with all its files; called at the end of the process at the latest.
    """

    def __init__(self) -> None:
        for lock_file in Path(tempfile.gettempdir()).glob(f"{FOLDER_PREFIX}*/{LOCK_FILE}"):
            _remove_if_dead(lock_file)
        self.path = Path(tempfile.mkdtemp(prefix=FOLDER_PREFIX))
        self.remove = weakref.finalize(self, _remove, self.path, _locked_file_in(self.path))


def _locked_file_in(folder: Path) -> TextIO:
    """Makes the lock file of a folder. It gets its name only when it is locked, so that nobody finds it unlocked."""
    if fcntl is None:
        return (folder / LOCK_FILE).open("w")
    handle = (folder / f"{LOCK_FILE}.new").open("w")
    fcntl.flock(handle, fcntl.LOCK_EX)
    os.rename(handle.name, folder / LOCK_FILE)
    return handle


def _remove(folder: Path, lock_file: TextIO) -> None:
    lock_file.close()
    shutil.rmtree(folder, ignore_errors=True)  # Windows keeps a file that some thread still reads


def _remove_if_dead(lock_file: Path) -> None:
    with suppress(OSError):  # it is in use, somebody else's, or just being removed
        if fcntl is None:
            lock_file.unlink()
            shutil.rmtree(lock_file.parent, ignore_errors=True)
            return
        with lock_file.open("r+") as handle:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            shutil.rmtree(lock_file.parent, ignore_errors=True)
