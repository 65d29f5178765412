"""Named locks that never wait, e.g. of a part of an upload: a name is either free or taken."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager


class Locks:
    """The names that are taken now."""

    def __init__(self) -> None:
        self._taken: set[object] = set()
        self._guard = threading.Lock()

    def __contains__(self, name: object) -> bool:
        return name in self._taken

    @contextmanager
    def take(self, name: object) -> Iterator[bool]:
        """Takes `name` while the block runs, if it is free. Yields whether it was free."""
        with self._guard:
            is_free = name not in self._taken
            if is_free:
                self._taken.add(name)
        try:
            yield is_free
        finally:
            if is_free:
                with self._guard:
                    self._taken.discard(name)
