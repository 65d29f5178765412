"""*Try it*, and a field for a token.

By hand: `ipywidgets.interactive` runs the function as soon as a field is left, again with *Run*, and makes sliders
of ids.
"""

from __future__ import annotations

import itertools
import sys
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from figshare_workbook.base.errors import FigshareError
from figshare_workbook.base.screen import form_at_work, is_interactive
from figshare_workbook.client.connect import Figshare
from figshare_workbook.client.credentials import Secret


def try_it(function: Callable, **controls: Any) -> Any:
    """A small form that calls a function and shows what it returns; nothing when headless.

    Args:
        function: The very function that the cell above calls.
        **controls: Its arguments and where they begin: a text, a number, True or False, a number
            `Between(10, 1, 1000)`, or a list to choose from (its first entry is the beginning).

    Returns:
        The form (ipywidgets 7.7 or 8), None when headless: nobody could press the button.
    """
    if not is_interactive():
        return None
    return form_of(function, {name: control_for(name, value) for name, value in controls.items()})


def form_of(function: Callable, fields: dict[str, Any], beside: dict[str, str] | None = None) -> Any:
    """Fields, a button, and below it what the function makes of the fields; `beside`: words at a field."""
    import ipywidgets as widgets
    button = widgets.Button(description="Run", button_style="primary")
    output = widgets.Output()

    def run(_: Any) -> None:
        button.description, button.disabled = "Running …", True
        try:
            output.clear_output()
            with output, form_at_work():
                _show_result(function, {name: box.value for name, box in fields.items()})
        finally:
            button.description, button.disabled = "Run", False

    button.on_click(run)
    rows = [_row(box, (beside or {}).get(name, "")) for name, box in fields.items()]
    return widgets.VBox([*rows, button, output])


def _row(box: Any, words: str) -> Any:
    import ipywidgets as widgets
    return widgets.HBox([box, widgets.Label(words)]) if words else box


class Between(NamedTuple):
    """A number in a form: where it begins, and its limits."""

    value: int
    low: int
    high: int


def control_for(name: str, value: Any) -> Any:
    """The control that fits a value; core widgets only, with 7.7 and 8 alike."""
    import ipywidgets as widgets
    options = {"description": name.replace("_", " "), "style": {"description_width": "11em"},
               "layout": widgets.Layout(width="30em", max_width="100%")}
    if isinstance(value, Between):
        options["description"] += f" ({value.low} to {value.high})"
        return widgets.BoundedIntText(value=value.value, min=value.low, max=value.high, **options)
    if isinstance(value, (list, tuple)):
        return widgets.Dropdown(options=list(value), value=value[0], **options)
    kinds = {bool: widgets.Checkbox, int: widgets.IntText, float: widgets.FloatText}
    return kinds.get(type(value), widgets.Text)(value=value, **options)


def _show_result(function: Callable, arguments: dict) -> None:
    """Calls the function and displays its result, or the sentence that says what went wrong."""
    from IPython.display import display
    try:
        result = function(**arguments)
        if isinstance(result, Iterator):
            result = list(itertools.islice(result, 100))
        if result is not None and not type(result).__module__.startswith("matplotlib"):
            display(result)
        _show_charts()
    except FigshareError as error:
        print(error)


def _show_charts() -> None:
    """Shows what was drawn: after a cell the notebook does it by itself, after a button nobody does."""
    from IPython.display import display
    pyplot: Any = sys.modules.get("matplotlib.pyplot")
    for number in pyplot.get_fignums() if pyplot else []:
        display(pyplot.figure(number))
        pyplot.close(number)  # or the next cell would show it again


def token_form(figshare: Figshare) -> Any:
    """A masked field for a token, emptied as soon as it is read; None when headless."""
    if not is_interactive():
        return None
    import ipywidgets as widgets
    box, button = widgets.Password(description="token"), widgets.Button(description="Use it")
    said = widgets.Label()

    def use(_: Any) -> None:
        secret, box.value = Secret(box.value, "the form"), ""
        if not secret or secret.is_placeholder():
            said.value = "That is no token: nothing was kept."
            return
        figshare.use_token(secret)
        said.value = "Kept until this notebook is closed."

    button.on_click(use)
    return widgets.HBox([box, button, said])
