"""Whether a person is watching, and the progress bar that they see."""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Iterable, Iterator
from contextvars import ContextVar
from typing import Any

from figshare_workbook.base.texts import one_line


def is_interactive() -> bool:
    """Tells whether a person is there to answer: not under papermill, nbval or cron, nor with FIGSHARE_HEADLESS=1."""
    if os.environ.get("FIGSHARE_HEADLESS", "") not in ("", "0"):
        return False
    kernel = getattr(_ipython(), "kernel", None)
    if kernel is None:
        return bool(sys.stdin and sys.stdin.isatty())
    return bool(getattr(kernel, "_allow_stdin", True))  # the front end says so with every cell


def _ipython() -> Any:
    """Returns the running IPython, or None; IPython is not imported for that."""
    module = sys.modules.get("IPython")
    return module.get_ipython() if module else None


_FORM_AT_WORK: ContextVar[bool] = ContextVar("form at work", default=False)


@contextlib.contextmanager
def form_at_work() -> Iterator[None]:
    """Marks the block as work that the button of a form has started.

    During it nothing may prompt for input, because the browser does not show a prompt then.
    """
    token = _FORM_AT_WORK.set(True)
    try:
        yield
    finally:
        _FORM_AT_WORK.reset(token)


def is_form_at_work() -> bool:
    """Tells whether this code runs because of the button of a form; see `form_at_work`."""
    return _FORM_AT_WORK.get()


def progress(items: Iterable | None = None, *, total: int | None = None, label: str = "", unit: str = "") -> Any:
    """Returns a plain progress bar for jobs of more than a second while a person watches; silent when headless.

    Args:
        items: What to loop over; or leave it out and call `update(n)`.
        total: How many there are.
        label, unit: Words beside the bar; unit "B" counts bytes in kB and MB.
    """
    from tqdm import tqdm

    return tqdm(
        items,
        total=total,
        desc=one_line(label)[:80] or None,
        unit=unit or "it",
        unit_scale=unit == "B",
        disable=not is_interactive(),
        leave=False,
        delay=1,
        file=_bar_file(),
    )


def _bar_file() -> Any:
    """Returns the file to which tqdm writes: in a notebook not stderr, whose red background looks like an error."""
    if getattr(_ipython(), "kernel", None) is None:
        return sys.stderr
    return sys.stdout if is_form_at_work() else BarOutput()  # an output inside a form cannot be overwritten


class BarOutput:
    """A file for tqdm that shows the bar as one output of the cell; each text replaces the one before."""

    def __init__(self):
        self._handle: Any = None

    def write(self, text: str) -> None:
        """Shows a text in the place of the one before; tqdm writes an empty one at the end."""
        from IPython.display import display

        mime_bundle = {"text/plain": text.strip()}
        if self._handle is not None:
            self._handle.update(mime_bundle, raw=True)
        elif text.strip():
            self._handle = display(mime_bundle, raw=True, display_id=True)

    def flush(self) -> None:
        """Does nothing, because `write` shows each text at once; tqdm expects the method."""
