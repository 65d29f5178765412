"""*Try it*, and a field for a token.

By hand: `ipywidgets.interactive` runs the function as soon as a field is left, again with *Run*, and makes sliders
of ids.
"""

from __future__ import annotations

import itertools
import re
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple

from figshare_workbook.base.errors import CredentialError, FigshareError, Forbidden, ParameterError, require
from figshare_workbook.base.screen import form_at_work, is_interactive
from figshare_workbook.client.connect import Figshare
from figshare_workbook.client.credentials import Secret
from figshare_workbook.tables.records import account_name


def try_it(function: Callable, **controls: Any) -> Any:
    """Makes a small form that calls a function and shows what it returns; nothing when headless.

    Args:
        function: The very function that the cell above calls.
        **controls: Its arguments and where they begin: a text, a number, True or False, a number
            `NumberRange(10, 1, 1000)`, or a list to choose from (its first entry is the beginning).

    Returns:
        The form (ipywidgets 7.7 or 8), None when headless: nobody could press the button.
    """
    if not is_interactive():
        return None
    return make_form(function, {name: control_for(name, value) for name, value in controls.items()})


class NumberRange(NamedTuple):
    """A number in a form: where it begins, and its limits."""

    value: int
    low: int
    high: int


@dataclass(frozen=True)
class FormField:
    """A field of a form: its control, what people call it, and how its text is read."""

    box: Any
    label: str
    read: Callable[[str, Any], Any]

    def value(self) -> Any:
        """Returns what the person chose or wrote. Raises `ParameterError` for what is no number."""
        return self.read(self.label, self.box.value)


def control_for(name: str, value: Any) -> FormField:
    """Returns the field that fits a value; core widgets only, with 7.7 and 8 alike.

    Numbers are text fields: the browser's own number fields make 125 of 12.5 and move a number into its limits.
    """
    import ipywidgets as widgets

    label = name.replace("_", " ")
    options = {
        "description": label,
        "style": {"description_width": "11em"},
        "layout": widgets.Layout(width="30em", max_width="100%"),
    }
    if isinstance(value, NumberRange):
        options["description"] += f" ({value.low} to {value.high})"
        return FormField(widgets.Text(value=str(value.value), **options), label, _whole_number_reader(value))
    if isinstance(value, (list, tuple)):
        return FormField(widgets.Dropdown(options=list(value), value=value[0], **options), label, _read_text)
    if isinstance(value, bool):
        return FormField(widgets.Checkbox(value=value, **options), label, _read_text)
    read = {int: _read_whole_number, float: _read_number}.get(type(value), _read_text)
    return FormField(widgets.Text(value=str(value), **options), label, read)


def _read_text(label: str, value: Any) -> Any:
    return value


def _read_whole_number(label: str, text: str) -> int:
    require(re.fullmatch(r"\s*[+-]?[0-9]{1,18}\s*", text), f"{label} must be a whole number, not {text!r}.")
    return int(text)


def _read_number(label: str, text: str) -> float:
    is_number = re.fullmatch(r"\s*[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)\s*", text)
    require(is_number, f"{label} must be a number such as 0.5, not {text!r}.")
    return float(text)


def _whole_number_reader(limits: NumberRange) -> Callable[[str, Any], int]:
    def read(label: str, text: str) -> int:
        number = _read_whole_number(label, text)
        require(
            limits.low <= number <= limits.high,
            f"{label} must be a whole number from {limits.low} to {limits.high}, not {number}.",
        )
        return number

    return read


def make_form(function: Callable, fields: dict[str, FormField], beside: dict[str, str] | None = None) -> Any:
    """Makes fields, a button, and below it what the function makes of the fields; `beside`: words at a field.

    Enter in a field presses the button too.
    """
    import ipywidgets as widgets

    button = widgets.Button(description="Run", button_style="primary")
    output = widgets.Output()

    def run(*_: Any) -> None:
        button.description, button.disabled = "Running …", True
        try:
            output.clear_output()
            with output, form_at_work():
                _show_result(function, fields)
        finally:
            button.description, button.disabled = "Run", False

    button.on_click(run)
    for field in fields.values():
        on_enter(field.box, run)
    rows = [_field_row(field.box, (beside or {}).get(name, "")) for name, field in fields.items()]
    return widgets.VBox([*rows, button, output])


def on_enter(box: Any, work: Callable) -> None:
    """Calls `work` when Enter is pressed in a text field: the message behind 7.7's `on_submit`, which 8 warns of."""

    def received(_: Any, content: Any, __: Any) -> None:
        if content.get("event") == "submit":
            work()

    box.on_msg(received)


def _field_row(box: Any, words: str) -> Any:
    import ipywidgets as widgets

    return widgets.HBox([box, widgets.Label(words)]) if words else box


def _show_result(function: Callable, fields: dict[str, FormField]) -> None:
    """Calls the function and displays its result, or the sentence that says what went wrong."""
    from IPython.display import display

    try:
        arguments = {name: field.value() for name, field in fields.items()}
        result = function(**arguments)
        if isinstance(result, Iterator):
            result = list(itertools.islice(result, 100))
        if _is_empty(result):
            print(_nothing_found(fields, arguments))
        elif result is not None and not type(result).__module__.startswith("matplotlib"):
            display(result)
        _show_charts()
    except FigshareError as error:
        print(_error_with_labels(error, fields))


def _is_empty(result: Any) -> bool:
    """Tells whether a list, a table or a text has nothing in it. None is no result, but no empty one."""
    return hasattr(result, "__len__") and len(result) == 0


def _nothing_found(fields: dict[str, FormField], arguments: dict) -> str:
    question = ", ".join(f"{field.label} {arguments[name]!r}" for name, field in fields.items())
    return (
        f"Nothing found{f' with {question}' if question else ''}. Try another value: fewer words, another spelling, "
        "a longer period."
    )


def _error_with_labels(error: FigshareError, fields: dict[str, FormField]) -> str:
    """Returns the error with the labels in the place of the parameters' names, which the form does not show."""
    text = str(error)
    for name, field in fields.items() if isinstance(error, ParameterError) else ():
        text = re.sub(rf"\b{re.escape(name)}\b", field.label, text)
    return text


def _show_charts() -> None:
    """Shows what was drawn: after a cell the notebook does it by itself, after a button nobody does."""
    from IPython.display import display

    pyplot: Any = sys.modules.get("matplotlib.pyplot")
    for number in pyplot.get_fignums() if pyplot else []:
        display(pyplot.figure(number))
        pyplot.close(number)  # or the next cell would show it again


def token_form(figshare: Figshare) -> Any:
    """Makes a masked field for a token: it asks Figshare whose token that is, and says so; None when headless.

    The field is emptied as soon as it is read. A token that Figshare does not know is not kept. On local
    Figshare none is: what was typed there for an exercise must not change whose items the lesson shows.
    """
    if not is_interactive():
        return None
    import ipywidgets as widgets

    box, button = widgets.Password(description="token"), widgets.Button(description="Use it")
    answer_label = widgets.Label()

    def use(*_: Any) -> None:
        secret, box.value = Secret(box.value, "the form"), ""
        answer_label.value = "Asking whose token this is ..."
        with form_at_work():
            answer_label.value = _try_token(figshare, secret)

    button.on_click(use)
    on_enter(box, use)
    return widgets.HBox([box, button, answer_label])


def _try_token(figshare: Figshare, secret: Secret) -> str:
    """Says in a sentence whose token it is; the client has it from now on only where that is known."""
    if not secret or secret.is_placeholder():
        return "That is no token: nothing was kept."
    before, keeps = figshare.use_token(secret), False
    try:
        owner, keeps = _account_text(figshare.account()), figshare.site != "local"
    except (Forbidden, CredentialError):
        return "Nothing was kept: this site does not know the token. Make one on this very site, and copy all of it."
    except FigshareError as error:
        return f"Nothing was kept, as it is not known whose token this is. {str(error).splitlines()[0]}"
    finally:
        if not keeps:
            figshare.use_token(before)
    if keeps:
        return f"This token belongs to {owner}. It is kept until this notebook is closed."
    return f"This token belongs to {owner}. It is not kept: on local Figshare the lesson goes on with its own account."


def _account_text(account: dict) -> str:
    return f"{account_name(account) or 'an account without a name'} (account {account['id']})"
