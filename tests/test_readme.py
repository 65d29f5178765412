"""The README says what is true: its commands run, its tables match the files."""

import os
import re
import subprocess

import pytest

from notebooks import NAMES, ROOT

README = (ROOT / "README.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```bash\n(.*?)```", README, flags=re.M | re.S)
SETUP = re.compile(r"^\[ -d \.venv \].*?requirements\.txt && ")


def block(word: str) -> str:
    [found] = [text for text in BLOCKS if word in text]
    return found.strip()


def test_ci_calls_the_test_command():
    assert block("-m pytest\n") == (ROOT / ".ci" / "run").read_text().strip().splitlines()[-1]


def test_each_command_is_one_complete_line():
    for word in ("-m pytest\n", "05_group_views.ipynb output"):
        assert len(block(word).splitlines()) == 1
        assert SETUP.match(block(word))


def test_the_report_command_leaves_three_files(tmp_path):
    """The command as it stands, in a fresh copy of the tree, with the running Python's environment as .venv."""
    copy = tmp_path / "workbook"
    copy.mkdir()
    for name in ("notebooks", "data", "local_figshare", "figshare_helpers.py"):
        (copy / name).symlink_to(ROOT / name)
    command = SETUP.sub("", block("05_group_views.ipynb output")).replace(".venv/bin/", "")
    path = os.pathsep.join([os.path.dirname(os.sys.executable), os.environ["PATH"]])
    done = subprocess.run(command, shell=True, cwd=copy, env={**os.environ, "PATH": path}, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-2000:]
    named = re.findall(r"`(group_\d+_\w+\.(?:csv|png))`", README)
    written = {path.name for path in copy.rglob("output/*")} | {path.name for path in (ROOT / "output").glob("*")}
    assert {"05_group_views.ipynb", *named} <= written


@pytest.mark.parametrize("name", NAMES)
def test_every_notebook_is_in_the_table(name):
    assert f"notebooks/{name}.ipynb" in README


def test_links_lead_somewhere():
    for target in re.findall(r"\]\(([^)#]+)\)", README):
        assert target.startswith("http") or (ROOT / target).exists(), target
