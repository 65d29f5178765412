"""Each lesson ends with a script to take home: without our module, with the live address, and it works as it stands."""

import ast
import re
import time

import pytest
from notebook_tools import LESSONS, read_notebook

CREDENTIALS = {"FIGSHARE_TOKEN": "local-researcher", "FIGSHARE_STATS_CREDENTIALS": "local:local"}
# What the script of each lesson prints on the shipped catalogue. Not what a run gave: each line was looked up in
# data/ or in the brief.
PRINTS: dict[str, str] = {
    "00_start_here": """
Using APIs to customise repositories and engage audiences
presentation Apache 2.0 10.6084/m9.figshare.5616445.v2
1167 views
""",
    "01_retrieve_metadata": """
Using APIs to customise repositories and engage audiences 10.6084/m9.figshare.5616445.v2
Using_APIs_slides.pdf 148220 bytes
Using_APIs_slides.pptx 196404 bytes
2025-07-24 Poster: Where did the frogs go? Citizen science in drained landscapes
2024-03-29 Glass frog egg clutches and leaf wetness in cloud forest
2023-09-19 Frog call measurements: pitch, length and pulse rate of 96 males
""",
    "02_authenticate": "39 items, 8 of them never published\n",
    "03_create_item": "a draft with calls.csv 33 bytes\n",  # what it sends: two lines of a table
    "04_chain_requests": "22 items with 19093 views\n",
    "05_group_views": """
29 months with 37915 views
6860 Sleep and blood pressure in shift workers in two teaching hospitals: anonymised patient data
4177 Data from: Antibiotic prescriptions in primary care before and after 2020
4082 Data from: Attention to faces in crowds in a replication study
""",
    "06_curate": "files closed until 2027-06-30 | the link: reviewer_link.txt\n",  # what it asks for
}


def scripts(name: str) -> list[str]:
    """Returns the Python blocks of the cell tagged ``take-home``."""
    cells = [cell for cell in read_notebook(name).cells if "take-home" in cell.metadata.get("tags", [])]
    return [block for cell in cells for block in re.findall(r"^```python\n(.*?)^```", cell.source, re.M | re.S)]


def test_every_lesson_has_one_script():
    assert {name: len(scripts(name)) for name in LESSONS} == dict.fromkeys(LESSONS, 1)


@pytest.mark.parametrize("name", LESSONS)
def test_the_script_needs_nothing_of_ours(name):
    [script] = scripts(name)
    lines = script.splitlines()
    assert 10 <= len(lines) <= 20 and max(map(len, lines)) <= 88
    assert "https://api.figshare.com/v2" in script and "local" not in script
    imported = {
        alias.name for node in ast.walk(ast.parse(script)) if isinstance(node, ast.Import) for alias in node.names
    }
    assert "requests" in imported and imported <= {
        "csv",
        "datetime",
        "hashlib",
        "json",
        "os",
        "pandas",
        "requests",
        "time",
    }


@pytest.mark.parametrize("name", LESSONS)
def test_the_script_does_what_the_lesson_says(name, figshare_redirected, monkeypatch, tmp_path, capsys):
    """It runs unchanged; only the service that answers is the local one, and nobody waits."""
    [script] = scripts(name)
    for variable, value in CREDENTIALS.items():
        monkeypatch.setenv(variable, value)
    monkeypatch.setattr(time, "sleep", lambda seconds: None)
    monkeypatch.chdir(tmp_path)
    exec(compile(script, f"take_home_{name}.py", "exec"), {"__name__": "__main__"})
    assert capsys.readouterr().out == PRINTS[name].removeprefix("\n")
