"""What the code imports is named where it is needed, and what is pinned fits what is named."""

import ast
import re
import sys
from collections.abc import Iterable
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest
from notebook_tools import NOTEBOOK_NAMES, ROOT, code_cells, read_notebook
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

TESTS = ROOT / "tests"
OURS = {path.stem for path in [*ROOT.glob("*.py"), *ROOT.glob("*/__init__.py"), *TESTS.rglob("*.py")]} | {
    path.parent.name for path in ROOT.glob("*/__init__.py")
}
OURS |= {"data"}  # data/making, which makes the catalogue
ONLY_WHERE_IT_IS = {"google", "httpx"}  # Colab's own; what a program that is redirected may use


def requirements(path: Path) -> dict[str, Requirement]:
    """Returns the packages that a requirements or constraints file names itself."""
    lines = (line.partition("#")[0].strip() for line in path.read_text(encoding="utf-8").splitlines())
    named = map(Requirement, (line for line in lines if line and not line.startswith("-r ")))
    return {canonicalize_name(requirement.name): requirement for requirement in named}


WORKBOOK = requirements(ROOT / "requirements.txt")
EVERYTHING = WORKBOOK | requirements(TESTS / "requirements.txt")
PINS = requirements(TESTS / "constraints.txt")
PACKAGES = packages_distributions()  # of each name that can be imported


def imports_of(sources: Iterable[str]) -> set[str]:
    """Returns the top names of all absolute imports that are neither Python's nor ours."""
    nodes = [node for source in sources for node in ast.walk(ast.parse(source))]
    names = {alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names}
    names |= {node.module for node in nodes if isinstance(node, ast.ImportFrom) and not node.level}
    return {name.partition(".")[0] for name in names} - OURS - sys.stdlib_module_names


def imports_not_named(sources: Iterable[str], named: Iterable[str]) -> set[str]:
    """Returns the imports whose package no requirements file names."""
    return {
        name
        for name in imports_of(sources)
        if not {canonicalize_name(package) for package in PACKAGES.get(name, ())} & set(named)
    }


ELSEWHERE = {"pyfigshare", "loguru"}  # the benchmark installs them in an environment of their own


def code_of(*paths: Path) -> list[str]:
    return [path.read_text(encoding="utf-8") for path in paths]


def test_what_the_workbook_imports_is_in_requirements():
    packages = [path.parent for path in ROOT.glob("*/__init__.py")]
    modules = [*ROOT.glob("*.py"), *(path for package in packages for path in package.rglob("*.py"))]
    cells = [
        cell.source
        for name in NOTEBOOK_NAMES
        for cell in code_cells(read_notebook(name))
        if not cell.source.startswith("%")
    ]
    missing = imports_not_named(code_of(*modules, TESTS / "stamp_notebooks.py") + cells, WORKBOOK)
    assert missing <= ONLY_WHERE_IT_IS


def test_what_the_tests_import_is_in_requirements():
    missing = imports_not_named(code_of(*TESTS.rglob("*.py")), EVERYTHING)
    assert missing <= ELSEWHERE


def test_an_import_that_nobody_names_is_found():
    source = "import json, yaml.nodes\nfrom . import store\ndef f():\n    from numpy.random import default_rng\n"
    assert imports_of([source]) == {"yaml", "numpy"}
    assert imports_not_named([source], {"numpy"}) == {"yaml"}


@pytest.mark.parametrize("name", sorted(PINS))
def test_a_pin_is_one_version_and_the_requirements_allow_it(name):
    [pin] = PINS[name].specifier
    assert pin.operator == "==" and re.fullmatch(r"[\d.]+", pin.version)
    assert name not in EVERYTHING or EVERYTHING[name].specifier.contains(pin.version)


def test_all_that_the_tests_judge_by_is_pinned():
    """What is not pinned leaves no trace in an output or a test: locks, folders, processes."""
    missing = set(EVERYTHING) - set(PINS) - {"filelock", "platformdirs", "psutil", "packaging"}
    assert not missing, "name the version that is installed in tests/constraints.txt"


def test_colab_has_what_the_workbook_needs():
    """Colab's versions, where its list is copied, are new enough for the requirements."""
    colab = requirements(TESTS / "constraints-colab.txt")
    assert {"pandas", "matplotlib", "ipywidgets"} <= set(colab)
    for name in set(colab) & set(WORKBOOK):
        [pin] = colab[name].specifier
        assert WORKBOOK[name].specifier.contains(pin.version), name
