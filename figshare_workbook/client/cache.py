"""Answers to anonymous questions, kept on disk."""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import requests

from figshare_workbook.base.errors import FileProblem


@contextlib.contextmanager
def usable_cache(path: Path) -> Iterator[None]:
    """Raises one sentence where the file that keeps answers cannot be used."""
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
