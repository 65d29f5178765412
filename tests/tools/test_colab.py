"""The set-up cell in Google Colab, from the notebook alone: with a stand-in for Colab and a file:// repository."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
import stamp_notebooks
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError
from nbconvert.filters import markdown2html
from notebook_tools import NOTEBOOK_NAMES, ROOT

pytestmark = pytest.mark.slow  # processes and sockets take seconds

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


@pytest.fixture
def room(tmp_path) -> Path:
    """An empty folder, and nothing beside it."""
    folder = tmp_path / "room" / "notebooks here"
    folder.mkdir(parents=True)
    return folder


def copy_to(folder: Path) -> Path:
    """Copies what the set-up cell looks for into a folder."""
    (folder / "notebooks").mkdir(parents=True)
    shutil.copy(ROOT / "figshare_helpers.py", folder)
    shutil.copytree(
        ROOT / "figshare_workbook", folder / "figshare_workbook", ignore=shutil.ignore_patterns("__pycache__")
    )
    return folder


def run_cell(cell: str, folder: Path, before: str = "", after: str = "") -> subprocess.CompletedProcess:
    """Runs a set-up cell in an empty folder, where the workbook cannot be imported."""
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    return subprocess.run(
        [sys.executable, "-c", before + cell + after], cwd=folder, env=environment, capture_output=True, text=True
    )


@pytest.mark.slow
def test_colab_clones_and_runs(room, repository):
    cell = stamp_notebooks.setup_cell(repository, "main")
    for _ in range(2):  # a restarted runtime runs the cell again
        done = run_cell(cell, room, COLAB, REPORT)
        assert done.returncode == 0, done.stderr
        assert done.stdout.splitlines() == [str(room / "figshare-api-workbook" / "figshare_helpers.py"), "123456"]


def test_unstamped_says_what_to_do(room):
    done = run_cell(stamp_notebooks.setup_cell(), room, COLAB)
    assert done.returncode != 0
    assert 'shutil.unpack_archive("NAME.zip")' in done.stderr and "Download ZIP" in done.stderr
    assert not list(room.iterdir())


def test_a_clone_that_fails_says_so(room):
    done = run_cell(stamp_notebooks.setup_cell("file:///nowhere/at-all", "main"), room, COLAB)
    assert "the clone of file:///nowhere/at-all failed. git says: fatal:" in done.stderr
    done = run_cell(stamp_notebooks.setup_cell(ROOT.as_uri(), "no-such-branch"), room, COLAB)
    assert "no-such-branch" in done.stderr and not list(room.iterdir())


def test_outside_colab_nothing_is_cloned(room, repository):
    done = run_cell(stamp_notebooks.setup_cell(repository, "main"), room)
    assert done.returncode != 0 and "upload it beside this notebook" in done.stderr


def test_found_in_a_folder_above(tmp_path):
    home = copy_to(tmp_path / "workbook")
    (home / "notebooks" / "deep").mkdir()
    done = run_cell(stamp_notebooks.setup_cell(), home / "notebooks" / "deep", after=PLACES)
    assert done.stdout.split("\n")[:2] == [str(home / "figshare_helpers.py"), str(home / "notebooks" / "deep")]


PLACES = "\nprint(fh.__file__, os.getcwd(), sep='\\n')"
NEAR = {"below": "workbook-main", "deeper below": "unpacked/workbook-main", "beside": "../workbook-main"}


@pytest.mark.parametrize("place", NEAR.values(), ids=NEAR)
def test_found_near_the_notebook(room, place):
    home = copy_to((room / place).resolve())
    done = run_cell(stamp_notebooks.setup_cell(), room, after=PLACES)
    assert done.stdout.split("\n")[:2] == [str(home / "figshare_helpers.py"), str(home / "notebooks")], done.stderr


@pytest.mark.parametrize("place", ["workbook", "Colab Notebooks/workbook-main"])
def test_found_on_a_mounted_drive(room, tmp_path, place):
    home = copy_to(tmp_path / "drive" / "MyDrive" / place)
    cell = stamp_notebooks.setup_cell().replace("/content/drive", str(tmp_path / "drive"))
    done = run_cell(cell, room, COLAB, PLACES)
    assert done.stdout.split("\n")[:2] == [str(home / "figshare_helpers.py"), str(home / "notebooks")], done.stderr


def test_the_line_for_a_zip_is_enough(room):
    """Whoever does what the sentence says gets on."""
    said = run_cell(stamp_notebooks.setup_cell(), room).stderr
    copy_to(room / "made" / "workbook-main")
    shutil.make_archive(str(room / "workbook-main"), "zip", room / "made")
    shutil.rmtree(room / "made")
    line = re.search(r"import shutil; \S+", said)[0].replace("NAME", "workbook-main")
    done = run_cell(stamp_notebooks.setup_cell(), room, f"{line}\n", PLACES)
    assert done.stdout.startswith(str(room / "workbook-main" / "figshare_helpers.py")), done.stderr


@pytest.mark.slow
def test_run_all_ends_at_the_set_up_cell_with_its_sentence(room, monkeypatch):
    """And not with a NameError further down."""
    monkeypatch.setenv("PYTHONPATH", "")
    cells = [nbformat.v4.new_code_cell(text) for text in (stamp_notebooks.setup_cell(), "fh.connect()")]
    notebook = nbformat.v4.new_notebook(cells=cells)
    with pytest.raises(CellExecutionError):
        NotebookClient(notebook, kernel_name="python3", resources={"metadata": {"path": str(room)}}).execute()
    [output] = cells[0].outputs
    assert len(output.traceback) == 1 and output.traceback[0].startswith("Set-up stopped: figshare_helpers.py was not")
    assert cells[1].execution_count is None


def test_stamping(tmp_path):
    """A fork stamps once: all notebooks and the README carry its address, and stamping again changes nothing."""
    shutil.copytree(ROOT / "notebooks", tmp_path / "notebooks")
    shutil.copy(ROOT / "README.md", tmp_path)
    options = ["--repo", "anna/workbook", "--ref", "v1", "--root", str(tmp_path)]
    stamp_notebooks.main(options)
    first = {path: path.read_bytes() for path in tmp_path.rglob("*.*")}
    for name in NOTEBOOK_NAMES:
        notebook = nbformat.read(tmp_path / "notebooks" / f"{name}.ipynb", as_version=4)
        badge = f"colab.research.google.com/github/anna/workbook/blob/v1/notebooks/{name}.ipynb"
        binder = f"mybinder.org/v2/gh/anna/workbook/v1?urlpath=lab/tree/notebooks/{name}.ipynb"
        assert badge in notebook.cells[0].source and binder in notebook.cells[0].source
        assert markdown2html(notebook.cells[0].source).startswith('<p><a href="https://colab.research.google.com/')
        [cell] = [cell for cell in notebook.cells if "setup" in cell.metadata.get("tags", [])]
        assert "'https://github.com/anna/workbook', 'v1'" in cell.source
    readme = (tmp_path / "README.md").read_text(encoding="utf-8")
    assert "github/anna/workbook/blob/v1" in readme
    assert "github.com/anna/workbook/actions/workflows/tests.yml/badge.svg" in readme
    stamp_notebooks.main(options)
    assert first == {path: path.read_bytes() for path in tmp_path.rglob("*.*")}


def test_all_notebooks_carry_the_same_stamp():
    stamps = set()
    for name in NOTEBOOK_NAMES:
        notebook = nbformat.read(ROOT / "notebooks" / f"{name}.ipynb", as_version=4)
        stamps |= {cell.source for cell in notebook.cells if "setup" in cell.metadata.get("tags", [])}
    assert len(stamps) == 1
