"""`check_parameters`: one sentence instead of a traceback."""

from __future__ import annotations

import ast
import difflib
from collections.abc import Sequence
from typing import Any

from figshare_workbook.base.errors import require
from figshare_workbook.base.rules import check_values


def check_parameters(namespace: dict[str, Any]) -> None:
    """Stops the notebook with one sentence if a parameter is unknown or cannot be right.

    Called as `fh.check_parameters(globals())` in the cell after the parameters. It reads the cells that
    have run: annotated assignments (`site: str = "local"`) give names and types, and the cell that
    papermill injects (it begins with `# Parameters`) may set only those. Where there are no cells to
    read (outside IPython, or under nbval), the values alone are checked; dates may be empty there.

    Args:
        namespace: The notebook's `globals()`.

    Raises:
        ParameterError: One sentence that says what to change.

    Our choice, because papermill (2.7) only logs an unknown parameter and does not check types.
    """
    cells = [cell for cell in namespace.get("In", []) if cell]
    declared = _declared_types(cells)
    _check_injected(cells, declared)
    for name, annotation in declared.items():
        value = namespace.get(name)
        require(
            _is_of_type(value, annotation), f"{name} must be {_type_in_words(annotation)}, not {value!r}: change it."
        )
    names = declared or [name for name in namespace if not name.startswith("_")]
    may_be_empty = _initially_empty(cells) if declared else {name for name in names if name.endswith("_date")}
    check_values(
        {name: namespace.get(name) for name in names if not (name in may_be_empty and namespace.get(name) == "")}
    )


def _statements(cell: str) -> list[ast.stmt]:
    try:
        return ast.parse(cell).body
    except SyntaxError:  # a cell with a magic, which holds no parameters
        return []


def _declared_types(cells: Sequence[str]) -> dict[str, ast.expr]:
    """Returns the type annotations of all annotated assignments, by name."""
    return {
        node.target.id: node.annotation
        for cell in cells
        for node in _statements(cell)
        if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name)
    }


def _initially_empty(cells: Sequence[str]) -> set[str]:
    """Returns the parameters whose first value is "": empty means something there, and no rule applies to it."""
    return {
        node.target.id
        for cell in cells
        for node in _statements(cell)
        if isinstance(node, ast.AnnAssign)
        and isinstance(node.target, ast.Name)
        and isinstance(node.value, ast.Constant)
        and node.value.value == ""
    }


def _check_injected(cells: Sequence[str], declared: dict[str, ast.expr]) -> None:
    """Checks that every name that papermill has set is one that the notebook declares."""
    injected = [node for cell in cells if cell.lstrip().startswith("# Parameters") for node in _statements(cell)]
    names = [
        target.id
        for node in injected
        if isinstance(node, ast.Assign)
        for target in node.targets
        if isinstance(target, ast.Name)
    ]
    for name in names:
        near = _nearest(name, list(declared))
        hint = f"write {near[0]!r} instead" if near else "leave it out"
        require(
            name in declared, f"{name!r} is no parameter of this notebook: {hint} (it takes {', '.join(declared)})."
        )


def _nearest(name: str, declared: Sequence[str]) -> list[str]:
    """Returns the parameter that was meant: one that has all its words in the name first, then one spelled alike."""
    words = set(name.lower().split("_"))
    inside = [known for known in declared if set(known.split("_")) <= words]
    return sorted(inside, key=len, reverse=True) or difflib.get_close_matches(name, declared, 1, 0.5)


_TYPE_WORDS = {
    "str": "a text",
    "int": "a whole number",
    "float": "a number",
    "bool": "True or False",
    "None": "None",
    "list": "a list",
    "list[str]": "a list of texts",
    "list[int]": "a list of whole numbers",
    "dict": "a dictionary",
}


def _type_in_words(annotation: ast.expr) -> str:
    """Returns a type as people say it."""
    if isinstance(annotation, ast.BinOp):  # int | None
        return f"{_type_in_words(annotation.left)} or {_type_in_words(annotation.right)}"
    if isinstance(annotation, ast.Subscript) and ast.unparse(annotation.value) == "Literal":
        choices = annotation.slice.elts if isinstance(annotation.slice, ast.Tuple) else [annotation.slice]
        return f"one of {', '.join(map(ast.unparse, choices))}"
    text = ast.unparse(annotation)
    return _TYPE_WORDS.get(text, text)


_PLAIN_TYPES: dict[str, Any] = {"str": str, "int": int, "float": (int, float), "bool": bool, "list": list, "dict": dict}


def _is_of_type(value: Any, annotation: ast.expr) -> bool:
    """Tells whether the value is of the annotated type. `bool` is no `int`, an `int` is a `float`."""
    if isinstance(annotation, ast.BinOp):  # int | None
        return _is_of_type(value, annotation.left) or _is_of_type(value, annotation.right)
    if isinstance(annotation, ast.Constant):
        return value is None if annotation.value is None else value == annotation.value
    if isinstance(annotation, ast.Subscript):
        return _is_of_generic_type(value, ast.unparse(annotation.value), annotation.slice)
    expected_type = _PLAIN_TYPES.get(ast.unparse(annotation), object)
    return isinstance(value, expected_type) and (expected_type in (bool, object) or not isinstance(value, bool))


def _is_of_generic_type(value: Any, outer: str, inner: ast.expr) -> bool:
    """Tells whether a value is of `list[int]`, `Literal["a", "b"]`, `Optional[int]`; of a dict only that it is one."""
    choices = inner.elts if isinstance(inner, ast.Tuple) else [inner]
    if outer == "Literal":
        return any(_is_of_type(value, choice) for choice in choices)
    if outer == "Optional":
        return value is None or _is_of_type(value, inner)
    if outer == "list":
        return isinstance(value, list) and all(_is_of_type(item, inner) for item in value)
    return isinstance(value, _PLAIN_TYPES.get(outer, object))
