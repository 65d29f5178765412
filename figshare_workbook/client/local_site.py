"""Starts local Figshare."""

from __future__ import annotations

import atexit
import functools
from pathlib import Path
from typing import Any

from figshare_workbook.base.errors import ConnectionFailed


def local_server(data: str | Path | None) -> Any:
    """Returns local Figshare on a catalogue: one for the whole process, as a site is the same for everybody."""
    return _server_of(str(Path(data).resolve()) if data else "")


@functools.cache
def _server_of(folder: str) -> Any:
    return start_server(folder or None)


def start_server(data: str | Path | None) -> Any:
    """Starts one more local Figshare, until the process ends; its package is imported only here."""
    try:
        import local_figshare
    except ImportError:
        raise ConnectionFailed(
            "Local Figshare could not be started.",
            "the package local_figshare was not found.",
            "run the notebook inside the workbook's folder.",
        ) from None
    try:
        server = local_figshare.serve(data=data, port=0)
    except (OSError, ValueError) as error:  # the folder's faults are a ValueError too
        problem = str(error)
    else:
        atexit.register(server.close)
        return server
    raise ConnectionFailed(f"Local Figshare could not be started: {problem}", fix="mend that, then run the cell again.")
