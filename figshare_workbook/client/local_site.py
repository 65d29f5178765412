"""Starts local Figshare."""

from __future__ import annotations

import atexit
import functools
from pathlib import Path
from typing import Any

from figshare_workbook.base.errors import ConnectionFailed


def local_server(data: str | Path | None) -> Any:
    """Returns the local Figshare that serves a folder. All clients in the process share it, like a live site."""
    return _server_of(str(Path(data).resolve()) if data else "")


@functools.cache
def _server_of(folder: str) -> Any:
    return start_server(folder or None)


def start_server(data: str | Path | None) -> Any:
    """Starts a new local Figshare, which runs until the process ends.

    Raises:
        ConnectionFailed: The package is not there, or it cannot serve the folder.
    """
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
    except (OSError, ValueError) as error:  # a fault in the folder's files is a ValueError
        reason = str(error)
    else:
        atexit.register(server.close)
        return server
    raise ConnectionFailed(f"Local Figshare could not be started: {reason}", fix="mend that, then run the cell again.")
