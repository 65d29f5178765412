"""Errors of the cache: the file that keeps answers to anonymous requests."""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import requests

from figshare_workbook.base.errors import FileProblem


@contextlib.contextmanager
def cache_errors(path: Path) -> Iterator[None]:
    """Turns an error of the cache file in the block into a `FileProblem`: one sentence with what to do."""
    try:
        yield
    except requests.RequestException:  # these are OSErrors too, but of the network, not of the cache
        raise
    except (sqlite3.Error, OSError) as error:
        raise FileProblem(
            f"The file {path} cannot keep answers: {error}.",
            "it is damaged, in use or not a cache.",
            "delete it or name another as cache; cache=False does without.",
        ) from None
