"""The house: which room uses which, how large a room is, and what the front door shows."""

import ast
import inspect
import re
import subprocess
import sys
from pathlib import Path

import pytest

import figshare_helpers as fh

ROOT = Path(fh.__file__).parent
ROOMS = sorted((ROOT / "figshare_workbook").rglob("*.py"))


@pytest.mark.parametrize("command", [["lint-imports"], ["mypy"]], ids=lambda command: command[0])
def test_floors_and_types(command):
    program = Path(sys.executable).with_name(command[0])
    done = subprocess.run([program, *command[1:]], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_front_door_shows_the_public_names_and_no_modules():
    shown = {name for name in dir(fh) if not name.startswith(("__", "@"))}  # "@...": pytest's, after `pip install .`
    assert shown == set(fh.__all__) - {"__version__"}
    assert not [name for name in shown if type(getattr(fh, name)).__name__ == "module"]


DOES_SOMETHING = ("publish_", "save_", "send_")  # such a function may tell in a DataFrame what it did


def return_type(name):
    """Returns what a public function says that it gives, "" of anything else."""
    thing = getattr(fh, name)
    return thing.__annotations__.get("return", "") if inspect.isfunction(thing) else ""


@pytest.mark.parametrize("name", [name for name in fh.__all__ if return_type(name)])
def test_a_name_says_what_it_gives(name):
    is_frame, are_frames = return_type(name) == "pd.DataFrame", return_type(name) == "dict[str, pd.DataFrame]"
    assert name.endswith("_frame") == (is_frame and not name.startswith(DOES_SOMETHING))
    assert name.endswith("_frames") == are_frames
    assert name.startswith(("is_", "has_")) == (return_type(name) == "bool")
    assert not name.startswith("check_") or return_type(name) in ("None", "dict[str, str]")  # it says so, or it stops


VALUES = re.compile("property|fixture|composite")  # what is read like a value has the docstring of a value


def is_described_function(node):
    """Tells whether a node is a function with a docstring, and neither a test nor one that is read like a value."""
    return (
        isinstance(node, ast.FunctionDef)
        and ast.get_docstring(node) is not None
        and not node.name.startswith("test_")  # the docstring of a test says what is so, or why it matters
        and not VALUES.search(" ".join(map(ast.unparse, node.decorator_list)))
    )


def test_a_docstring_says_what_the_function_does():
    """It begins with a verb in the third person: *Returns*, *Writes*, *Tells whether*; it is no question."""
    first_sentences = [
        (f"{path.stem}.{node.name}", ast.get_docstring(node).split(". ")[0].rstrip("."))
        for package in ("figshare_workbook", "local_figshare", "data", "tests")
        for path in (ROOT / package).rglob("*.py")
        for node in filter(is_described_function, ast.walk(ast.parse(path.read_text(encoding="utf-8"))))
    ]
    assert len(first_sentences) > 1000
    assert [
        (name, first)
        for name, first in first_sentences
        if not re.match(r"(?!Is |Has )[A-Z][a-z]+s\b", first) or first.endswith("?")
    ] == []


def test_the_front_door_only_imports():
    body = ast.parse((ROOT / "figshare_helpers.py").read_text(encoding="utf-8")).body
    assert {type(node).__name__ for node in body[1:]} == {"ImportFrom", "Assign"}
    assert [node.targets[0].id for node in body if isinstance(node, ast.Assign)] == ["__all__"]


def test_the_client_says_what_it_can_do():
    """`fh.Figshare?` names each public method, and nothing that is none, but for the rooms."""
    public = {name for name in dir(fh.Figshare) if not name.startswith("_")}
    overview = inspect.getdoc(fh.Figshare)
    assert not {name for name in public if not re.search(rf"\b{name}\b", overview)}
    assert {name for name in re.findall(r"\b[a-z]+_[a-z_]+\b", overview)} <= public | {path.stem for path in ROOMS}


def test_the_map_names_every_room():
    rooms = {path.stem for path in ROOMS} - {"__init__"}
    assert not {room for room in rooms if room not in fh.__doc__}


@pytest.mark.parametrize("path", ROOMS, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_a_room_can_be_read_in_one_sitting(path):
    assert len(path.read_text(encoding="utf-8").splitlines()) <= 500
