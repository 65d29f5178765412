"""Every notebook has the anatomy that a reader can rely on."""

import itertools
import re
import statistics

import pytest
import stamp_notebooks
from notebook_tools import LESSONS, NOTEBOOK_NAMES, code_cells, read_notebook

HEADINGS = [
    "in this (lesson|report) you will",
    "prerequisites and time",
    "set-up",
    "parameters",
    r"1\. ",
    "try it",
    "exercise",
    "what we learned",
    "what this notebook asked of the api",
    "what is next",
]
FREE_LENGTH = {"setup", "parameters"}  # the one has a rule of its own, the other is a list


def tags(cell) -> set:
    return set(cell.metadata.get("tags", []))


def headings(notebook) -> list[str]:
    text = "\n".join(cell.source for cell in notebook.cells if cell.cell_type == "markdown")
    return re.findall(r"^#{2,3} (.*)$", text, flags=re.M)


@pytest.mark.parametrize("name", NOTEBOOK_NAMES)
def test_headings_come_in_order(name):
    found = iter(heading.lower() for heading in headings(read_notebook(name)))
    for wanted in HEADINGS:
        assert any(re.match(wanted, heading) for heading in found), f"{name}: no heading '{wanted}' in its place"


@pytest.mark.parametrize("name", NOTEBOOK_NAMES)
def test_one_title(name):
    text = "\n".join(cell.source for cell in read_notebook(name).cells if cell.cell_type == "markdown")
    titles = re.findall(r"^# .*$", text, flags=re.M)
    assert len(titles) == 1 and titles[0].startswith(f"# {name[:2]}")


@pytest.mark.parametrize("name", NOTEBOOK_NAMES)
def test_aims_and_summary_match(name):
    """What was promised is what was learned: as many points at the end as at the start."""
    text = "\n".join(cell.source for cell in read_notebook(name).cells if cell.cell_type == "markdown")
    points = {}
    for heading in ("In this (?:lesson|report) you will", "What we learned"):
        [section] = re.findall(rf"^## {heading}\n(.*?)(?=^#|\Z)", text, flags=re.M | re.S)
        points[heading] = re.findall(r"^- ", section, flags=re.M)
    first, last = (len(value) for value in points.values())
    assert first == last >= 3


@pytest.mark.parametrize("name", NOTEBOOK_NAMES)
def test_cells_are_short(name):
    cells = [cell for cell in code_cells(read_notebook(name)) if not tags(cell) & FREE_LENGTH]
    lengths = {cell.id: len(cell.source.splitlines()) for cell in cells}
    assert statistics.median(lengths.values()) <= 3
    assert max(lengths.values()) <= 15, {key: n for key, n in lengths.items() if n > 15}


@pytest.mark.parametrize("name", NOTEBOOK_NAMES)
def test_setup_cell_is_the_same_everywhere(name):
    [cell] = [cell for cell in read_notebook(name).cells if "setup" in tags(cell)]
    [stamp] = re.findall(r"^REPOSITORY, REFERENCE = '([^']*)', '([^']*)'", cell.source, flags=re.M)
    assert cell.source == stamp_notebooks.setup_cell(*stamp)
    assert len(cell.source.splitlines()) <= 30


@pytest.mark.parametrize("name", NOTEBOOK_NAMES)
def test_parameters_are_typed_literals_with_a_comment(name):
    [cell] = [cell for cell in read_notebook(name).cells if "parameters" in tags(cell)]
    for line in cell.source.splitlines():
        assert re.fullmatch(r"[a-z_]+: [\w\[\]| ]+ = (\".*\"|-?[\d_.]+|\[.*\]|True|False|None)  # \S.*", line), line


@pytest.mark.parametrize("name", NOTEBOOK_NAMES)
def test_solutions_are_collapsed(name):
    solutions = [cell for cell in read_notebook(name).cells if "solution" in tags(cell)]
    assert solutions
    for cell in solutions:
        assert cell.metadata.jupyter.source_hidden and cell.metadata.jupyter.outputs_hidden
        assert cell.source.startswith("#@title ")


@pytest.mark.parametrize("name", NOTEBOOK_NAMES)
def test_solutions_do_not_show_the_answer(name):
    """JupyterLab unfolds an output as soon as its cell runs, so whoever runs all cells would read it there."""
    for cell in read_notebook(name).cells:
        if re.search("^solution_", cell.source, flags=re.M):  # it leaves the learner's answer alone
            assert re.match(r"solution_\d+ = ", cell.source.splitlines()[-1]) and not cell.outputs
            assert not re.search(r"\banswer\b", cell.source)
        elif "solution" in tags(cell):
            assert cell.source.splitlines()[-1].startswith("fh.check_answer(answer, ")
            assert [output.get("text") for output in cell.outputs] == ["Right.\n"]


@pytest.mark.parametrize("name", NOTEBOOK_NAMES)
def test_a_sentence_stands_under_every_picture(name):
    """What a picture shows is also said in words, for those who cannot see it."""
    cells = read_notebook(name).cells
    for cell, following in itertools.pairwise(cells):
        if any("image/png" in output.get("data", {}) for output in cell.get("outputs", [])):
            assert following.cell_type == "markdown" and re.match(r"[^#\s].*\w", following.source), cell.id


@pytest.mark.parametrize("name", LESSONS)
def test_the_numbers_of_a_lesson_are_printed_by_its_cells(name):
    """A text that stays with other parameters repeats no number of the outputs, so that nbval checks each of them."""
    cells = read_notebook(name).cells
    shown = " ".join(
        output.get("text", "") or output.get("data", {}).get("text/plain", "")
        for cell in cells
        for output in cell.get("outputs", [])
    )
    for cell in cells[1:]:
        if cell.cell_type == "markdown" and "workshop" not in tags(cell):
            numbers = set(re.findall(r"(?<![\w.`/])\d{1,3},\d{3}\b|(?<![\w.,`/:])\d{2,}\b", cell.source))
            numbers -= {
                "200",
                "401",
                "403",
                "404",
                *(other[:2] for other in NOTEBOOK_NAMES),
            }  # statuses, names of notebooks
            repeated = {number for number in numbers if re.search(rf"(?<!\d){number}(?!\d)", shown)}
            says_so = re.search(r"(?i)(with|on) the shipped", cell.source)
            assert not (repeated or says_so), (cell.id, repeated)


@pytest.mark.parametrize("name", NOTEBOOK_NAMES)
def test_code_fits_a_projected_page(name):
    lines = [
        line
        for cell in code_cells(read_notebook(name))
        if "setup" not in tags(cell)
        for line in cell.source.splitlines()
    ]
    too_long = [line for line in lines if len(line) > 88]
    one_line = "categories: "  # papermill reads a parameter from one line
    assert not [line for line in too_long if not line.startswith(one_line)]
