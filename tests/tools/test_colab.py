"""The set-up cell in Google Colab, from the notebook alone: with a stand-in for Colab and a file:// repository."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
import stamp_notebooks
from nbconvert.filters import markdown2html
from notebook_tools import NAMES, ROOT

COLAB = """
import sys, types
sys.modules["google"] = types.ModuleType("google")
sys.modules["google.colab"] = types.ModuleType("google.colab")
"""
REPORT = """
print(fh.__file__)
print(fh.connect("local").get("/articles/123456")["id"])
"""


@pytest.fixture(scope="module")
def repository(tmp_path_factory) -> str:
    """The workbook as a git repository of its own, with what it needs at run time."""
    folder = tmp_path_factory.mktemp("remote")
    for name in ("data", "figshare_workbook", "local_figshare", "notebooks"):
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "figshare_helpers.py", folder)
    git = ["git", "-c", "user.name=test", "-c", "user.email=test@example.org", "-C", str(folder)]
    for command in (["init", "-q", "-b", "main"], ["add", "."], ["commit", "-q", "-m", "workbook"]):
        subprocess.run([*git, *command], check=True)
    return folder.as_uri()


def run_cell(cell: str, folder: Path, before: str = "", after: str = "") -> subprocess.CompletedProcess:
    """Run a set-up cell in an empty folder, where the workbook cannot be imported."""
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    return subprocess.run([sys.executable, "-c", before + cell + after], cwd=folder, env=environment,
                          capture_output=True, text=True)


@pytest.mark.slow
def test_colab_clones_and_runs(tmp_path, repository):
    cell = stamp_notebooks.setup_cell(repository, "main")
    for _ in range(2):  # a restarted runtime runs the cell again
        done = run_cell(cell, tmp_path, COLAB, REPORT)
        assert done.returncode == 0, done.stderr
        assert done.stdout.split() == [str(tmp_path / "figshare-api-workbook" / "figshare_helpers.py"), "123456"]


def test_unstamped_says_what_to_do(tmp_path):
    done = run_cell(stamp_notebooks.setup_cell(), tmp_path, COLAB)
    assert done.returncode != 0
    assert "whole workbook" in done.stderr and "Traceback" not in done.stderr
    assert not list(tmp_path.iterdir())


def test_outside_colab_nothing_is_cloned(tmp_path, repository):
    done = run_cell(stamp_notebooks.setup_cell(repository, "main"), tmp_path)
    assert done.returncode != 0 and "whole workbook" in done.stderr


def test_found_in_a_folder_above(tmp_path):
    (tmp_path / "notebooks" / "deep").mkdir(parents=True)
    shutil.copy(ROOT / "figshare_helpers.py", tmp_path)
    shutil.copytree(ROOT / "figshare_workbook", tmp_path / "figshare_workbook")
    done = run_cell(stamp_notebooks.setup_cell(), tmp_path / "notebooks" / "deep", after="\nprint(fh.__file__)")
    assert done.stdout.strip() == str(tmp_path / "figshare_helpers.py")


def test_stamping(tmp_path):
    """A fork stamps once: all notebooks and the README carry its address, and stamping again changes nothing."""
    shutil.copytree(ROOT / "notebooks", tmp_path / "notebooks")
    shutil.copy(ROOT / "README.md", tmp_path)
    options = ["--repo", "anna/workbook", "--ref", "v1", "--root", str(tmp_path)]
    stamp_notebooks.main(options)
    first = {path: path.read_bytes() for path in tmp_path.rglob("*.*")}
    for name in NAMES:
        notebook = nbformat.read(tmp_path / "notebooks" / f"{name}.ipynb", as_version=4)
        badge = f"colab.research.google.com/github/anna/workbook/blob/v1/notebooks/{name}.ipynb"
        assert badge in notebook.cells[0].source
        assert markdown2html(notebook.cells[0].source).startswith('<p><a href="https://colab.research.google.com/')
        [cell] = [cell for cell in notebook.cells if "setup" in cell.metadata.get("tags", [])]
        assert "'https://github.com/anna/workbook', 'v1'" in cell.source
    assert "github/anna/workbook/blob/v1" in (tmp_path / "README.md").read_text(encoding="utf-8")
    stamp_notebooks.main(options)
    assert first == {path: path.read_bytes() for path in tmp_path.rglob("*.*")}


def test_all_notebooks_carry_the_same_stamp():
    stamps = set()
    for name in NAMES:
        notebook = nbformat.read(ROOT / "notebooks" / f"{name}.ipynb", as_version=4)
        stamps |= {cell.source for cell in notebook.cells if "setup" in cell.metadata.get("tags", [])}
    assert len(stamps) == 1
