"""A figure's alternative text, and how a notebook shows it with the picture."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

_ALT_TEXT_ATTRIBUTE = "figshare_description"


def set_alt_text(figure: Any, sentence: str) -> None:
    """Gives a figure its alternative text."""
    setattr(figure, _ALT_TEXT_ATTRIBUTE, sentence)


def alt_text_of(figure: Any) -> str:
    """Returns a figure's alternative text, "" where it has none."""
    return getattr(figure, _ALT_TEXT_ATTRIBUTE, "")


class PictureWithAltText:
    """How a notebook makes PNG of a figure: ours sharp and with their sentence, all others as before."""

    def __init__(self, before: Callable[[Any], Any]):
        self._before = before

    def __call__(self, figure: Any) -> Any:
        """Returns the picture in base64, and its metadata: width, height (pixels on the screen) and alt."""
        from IPython.core.pylabtools import retina_figure

        if not alt_text_of(figure):
            return self._before(figure)
        picture, size = retina_figure(figure, base64=True)
        return picture, {**size, "alt": alt_text_of(figure)}


def show_alt_texts(ipython: Any) -> None:
    """Lets the notebook show figures with their sentence from now on, also where somebody chose another format.

    Args:
        ipython: The module IPython where it is loaded, else None: then there is no notebook.
    """
    shell: Any = ipython.get_ipython() if ipython else None
    if getattr(shell, "kernel", None) is None:
        return
    from matplotlib.figure import Figure

    formatter = shell.display_formatter.formatters["image/png"]
    before = formatter.type_printers.get(Figure)
    if before is not None and not isinstance(before, PictureWithAltText):
        formatter.for_type(Figure, PictureWithAltText(before))
