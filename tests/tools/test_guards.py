"""Tests of the tests: what is committed is complete, clean and compared."""

import io
import re
import shutil
import subprocess
import sys
import tokenize
from pathlib import Path

import nbformat
import pytest
from notebook_tools import NOTEBOOK_NAMES, ROOT, code_cells, read_notebook

TEXT = {".py", ".ipynb", ".md", ".json", ".jsonl", ".csv", ".txt", ".toml", ".cfg", ".xsd", ".yml", ".yaml", ".cff", ""}
# Demonstration credentials are meant to be seen; a real Figshare token is a long run of hexadecimal digits.
SECRETS = [
    r"\b[0-9a-f]{64,}\b",
    r"(?i)authorization['\"]?\s*[:=]\s*['\"](token|basic) (?!local|bG9jYWw|\{|TOKEN|\*|…)[a-z0-9+/=]{12,}",
]
MACHINE = [r"/(?:home|root|Users|work|tmp/bash_jobs[^/]*)/\w", r"[A-Z]:\\Users\\"]
MOST_IGNORED = 4


def committed() -> list[Path]:
    listed = subprocess.run(["git", "ls-files", "-co", "--exclude-standard"], cwd=ROOT, capture_output=True, text=True)
    if listed.returncode:
        pytest.skip("needs the git checkout to know which files are committed")
    return [ROOT / name for name in listed.stdout.splitlines() if (ROOT / name).is_file()]


def text_of(path: Path) -> str:
    return path.read_text(encoding="utf-8", errors="replace") if path.suffix in TEXT else ""


@pytest.mark.parametrize("pattern", SECRETS + MACHINE)
def test_no_file_holds_a_secret_or_a_path_of_a_machine(pattern):
    found = {
        str(path.relative_to(ROOT)): match.group()
        for path in committed()
        if path != Path(__file__) and (match := re.search(pattern, text_of(path)))
    }
    assert not found


def test_the_patterns_do_find_what_they_look_for():
    assert re.search(SECRETS[0], "token " + "0123456789abcdef" * 6)
    assert re.search(SECRETS[1], "'Authorization': 'token dkd8rskjdkfiwi49hgkw'")
    assert re.search(MACHINE[0], "/home" + "/anna/figshare")


def test_top_of_the_tree_is_as_designed():
    allowed = {
        "notebooks",
        "figshare_helpers.py",
        "requirements.txt",
        "README.md",
        "tests",
        "data",
        "local_figshare",
        "pyproject.toml",
        "LICENSE",
        ".gitignore",
        ".gitattributes",
        ".ci",
        "figshare_workbook",
        "CITATION.cff",
        ".github",
        ".devcontainer",
        ".binder",
        ".git-blame-ignore-revs",
    }
    assert {path.relative_to(ROOT).parts[0] for path in committed()} <= allowed


@pytest.mark.parametrize("name", NOTEBOOK_NAMES)
def test_outputs_are_committed(name):
    """nbval passes a cell without execution_count whatever it prints, so none may be without."""
    notebook = read_notebook(name)
    assert all(cell.execution_count for cell in code_cells(notebook))
    assert any(cell.outputs for cell in code_cells(notebook))
    assert not any(output.output_type == "error" for cell in code_cells(notebook) for output in cell.outputs)


@pytest.mark.parametrize("name", NOTEBOOK_NAMES)
def test_metadata_is_clean(name):
    notebook = read_notebook(name)
    assert not {"widgets", "papermill"} & set(notebook.metadata)
    assert not any({"papermill", "execution"} & set(cell.metadata) for cell in notebook.cells)


@pytest.mark.parametrize("name", NOTEBOOK_NAMES)
def test_few_cells_are_left_uncompared(name):
    tags = [tag for cell in read_notebook(name).cells for tag in cell.metadata.get("tags", [])]
    assert tags.count("nbval-ignore-output") + tags.count("nbval-skip") <= MOST_IGNORED


def nbval(folder: Path, notebook: nbformat.NotebookNode) -> int:
    """Returns the exit code of nbval, strict, on one notebook that lies in a folder of its own."""
    nbformat.write(notebook, folder / "sample-fail.ipynb")
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-p",
        "no:cacheprovider",
        "-n",
        "0",
        "-q",
        "-o",
        "addopts=",
        "--rootdir",
        folder,
        "--nbval",
        "--nbval-current-env",
        folder / "sample-fail.ipynb",
    ]
    return subprocess.run([str(part) for part in command], capture_output=True, cwd=folder).returncode


@pytest.mark.slow
def test_a_wrong_notebook_fails(tmp_path):
    cell = nbformat.v4.new_code_cell("print(6 * 7)", execution_count=1)
    cell.outputs = [nbformat.v4.new_output("stream", text="42\n")]
    notebook = nbformat.v4.new_notebook(cells=[cell])
    assert nbval(tmp_path, notebook) == 0
    cell.outputs[0].text = "43\n"
    assert nbval(tmp_path, notebook) == 1


def test_a_notebook_without_outputs_fails(tmp_path, monkeypatch):
    """Cleared outputs would pass nbval; the check above is what stops them."""
    path = ROOT / "notebooks" / f"{NOTEBOOK_NAMES[0]}.ipynb"
    notebook = nbformat.read(path, as_version=4)
    for cell in code_cells(notebook):
        cell.execution_count, cell.outputs = None, []
    monkeypatch.setitem(globals(), "read_notebook", lambda name: notebook)
    with pytest.raises(AssertionError):
        test_outputs_are_committed(NOTEBOOK_NAMES[0])


def without_comments(code: str) -> str:
    """Returns the words of a cell; a `#` within a text begins no comment."""
    words = tokenize.generate_tokens(io.StringIO(code).readline)
    return " ".join(word.string for word in words if word.type != tokenize.COMMENT)


def test_a_comment_is_no_code_and_a_text_is():
    live = "https://api.figshare.com/v2"
    assert live not in without_comments(f'api = local  # live: "{live}"')
    assert live in without_comments(f'api = "{live}#"  # live')


def test_no_code_calls_the_real_service():
    """Figshare's hosts are named once, in the helper's table of sites; tests and examples never call them.

    A comment may name the live address. Scripts to take home do: they are text, and their test redirects them.
    """
    code = "\n".join(
        without_comments(cell.source) for name in NOTEBOOK_NAMES for cell in code_cells(read_notebook(name))
    )
    assert not re.search(r"(api|stats)\.figsh(are)?\.com", code)
    rooms = (ROOT / "figshare_workbook").rglob("*.py")
    helper = "\n".join(path.read_text(encoding="utf-8") for path in (ROOT / "figshare_helpers.py", *rooms))
    assert len(re.findall(r'_site\("\w+", "figshare\.com"', helper)) == 1  # a head may name it too
    assert not re.search(r"https://(api|stats)\.figsh", helper)


@pytest.mark.parametrize("command", [("check",), ("format", "--check")])
def test_ruff(command):
    """No finding, and each Python file laid out by `ruff format .`; a notebook is laid out for its reader."""
    assert shutil.which("ruff", path=str(Path(sys.executable).parent)), "ruff is in tests/requirements.txt"
    done = subprocess.run([sys.executable, "-m", "ruff", *command, "."], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout
