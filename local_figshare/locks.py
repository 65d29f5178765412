"""Named locks that never wait: a part of an upload is either free or taken."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager


class Locks:
    """Which names are taken just now."""

    def __init__(self) -> None:
        self._taken: set = set()
        self._guard = threading.Lock()

    def __contains__(self, name: object) -> bool:
        return name in self._taken

    @contextmanager
    def take(self, name: object) -> Iterator[bool]:
        """Take `name` if it is free; gives whether it was."""
        with self._guard:
            free = name not in self._taken
            if free:
                self._taken.add(name)
        try:
            yield free
        finally:
            if free:
                with self._guard:
                    self._taken.discard(name)
