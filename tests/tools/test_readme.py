"""The README says what is true: its commands run, its tables match the files."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from notebook_tools import NOTEBOOK_NAMES, ROOT
from report_export import TEMPLATE

README = (ROOT / "README.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```bash\n(.*?)```", README, flags=re.M | re.S)
SETUP = re.compile(r"^.*python3 -m venv \.venv.*requirements\.txt (-c|--constraint) tests/constraints\.txt && ")
TO_HTML = " ".join(["nbconvert --to html", *TEMPLATE, "output/"])


def block(word: str) -> str:
    [found] = [text for text in BLOCKS if word in text]
    return found.strip()


def test_ci_calls_the_test_command():
    assert block("-m pytest\n") == (ROOT / ".ci" / "run").read_text().strip().splitlines()[-1]


def test_each_command_is_one_complete_line():
    for word in ("-m pytest\n", "05_group_views.ipynb output"):
        assert len(block(word).splitlines()) == 1
        assert SETUP.match(block(word))
    assert len(block("05_group_views.ipynb output")) < 220


def test_the_report_is_exported_as_the_tests_do_it():
    """`report_export.html` runs this line; the README shows it for a lesson, a report, and in cron."""
    assert README.count(TO_HTML) == 3 and "TagRemove" not in README


@pytest.mark.slow
def test_the_report_command_leaves_three_files(tmp_path):
    """The command as it stands, in a fresh copy of the tree; only .venv is the running Python's environment."""
    left_out = shutil.ignore_patterns(".*", "tests", "output", "__pycache__")
    shutil.copytree(ROOT, tmp_path, dirs_exist_ok=True, ignore=left_out)
    command = SETUP.sub("", block("05_group_views.ipynb output"))
    command = command.replace(".venv/bin/", f"{Path(sys.executable).parent}/")
    done = subprocess.run(command, shell=True, cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-2000:]
    named = re.findall(r"`(group_\d+_\w+\.(?:csv|png))`", README)
    assert len(named) == 2
    assert {"05_group_views.ipynb", *named} == {path.name for path in (tmp_path / "output").glob("*.*")}


@pytest.mark.parametrize("name", NOTEBOOK_NAMES)
def test_every_notebook_is_in_the_table(name):
    assert f"notebooks/{name}.ipynb" in README


def test_links_lead_somewhere():
    for target in re.findall(r"\]\(([^)#]+)\)", README):
        assert target.startswith("http") or (ROOT / target).exists(), target
