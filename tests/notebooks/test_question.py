"""A wrong question stops every notebook at its checking cell, with one sentence that names the parameter.

All parameters of all notebooks are tried, each with a wrong value of every sort: of another type, of a form that cannot
be, of something that is not on the site, and of something that does not go with another parameter.
"""

import ast
import re
from pathlib import Path
from typing import Any

import nbformat
import pandas as pd
import papermill
import pytest
from notebook_tools import NOTEBOOK_NAMES, ROOT, code_cells, error_text, read_notebook, run_notebook

import figshare_helpers as fh

NOWHERE = 987_654_321  # the number of nothing on the shipped site
NO_TYPE = {"str": 7, "int": "seven", "bool": "perhaps", "list[str]": "one text"}
# By parameter: what no value of it can be; the site need not be asked.
NO_VALUE: dict[str, list[Any]] = {
    "site": ["mars", "", "Local"],
    "local_data": ["no/such/folder"],
    "output_dir": [__file__],
    "page_size": [0, -3, 1001],
    "search_for": ["", "!", "?? "],
    "institution": ["Iowa State", "team.figshare.com", ""],
    "start_date": ["2024-02-30", "yesterday", "1.2.2024"],
    "end_date": ["2024-13-01", "2024-1-1"],
    "title": ["ab", " a ", "x" * 1001],
    "large_file_mb": [0, -1],
    "most_files": [-1],
    "most": [0],
    "snapshot_items": [0],
    "paper_doi": ["nest boxes", "", "https://doi.org/10.5072/nest-boxes"],
    "link_end_date": ["2026-2-1", ""],
    "embargo_date": ["2026-13-01", "never", ""],
    "categories": [[], [""], ["Genetics", " "]],
    "counter": ["likes", ""],
    "names": [[], ["", "Iowa"], ['"Iowa State University"'], ["Iowa", "“Iowa State”"]],
    "outlines": ["none.json"],
    "country_aliases": ["none.csv"],
    "export_file": ["none.json", ""],
    "on_duplicate": ["replace", ""],
    "custom_fields": [["Department"], [": Biology"], [""]],
    "status": ["open"],
    "today": ["2024-02-30", "today"],
    "overdue_after": [-1],
    "set_name": ["portal", "portal_", "team"],
    "resourcesync": ["ftp://x", "resourcesync"],
    "resourcesync_url": ["ftp://x"],
    "author": ["", 0],
    **{
        name: [0, -5]
        for name in (
            "article_id",
            "full_record_id",
            "many_files_id",
            "group_id",
            "other_group_id",
            "taxonomy_id",
            "institution_id",
            "other_item_id",
        )
    },
    **{
        name: [-1]
        for name in (
            "account_id",
            "target_group",
            "top_group",
            "only_group",
            "example_item",
            "author_id",
            "collection_id",
            "project_id",
        )
    },
}
# By parameter: what could be, but is not on the shipped site, or not where the token belongs.
NOT_THERE: dict[str, list[Any]] = {
    "category": ["Alchemy of frogs"],
    "license_name": ["CC BY 9.0"],
    "categories": [["Genetics", "Alchemy of frogs"]],
    "names": [["Univercity of Nowhere"]],
    "author": ["Zaphod Quux", NOWHERE, "0000-0002-1825-0097"],
    "set_name": ["portal_987654"],
    "today": ["2031-01-01"],
    "taxonomy_id": [NOWHERE],
    "custom_fields": [["Shelf: 4"], ["Department: Alchemy"], ["Department=Alchemy"]],
    "link_end_date": ["2026-01-15"],
    "embargo_date": ["2025-12-31"],
    "target_group": [NOWHERE, 11962],
    "top_group": [NOWHERE, 9991],
    "only_group": [NOWHERE, 9991],
    **{
        name: [NOWHERE]
        for name in (
            "article_id",
            "full_record_id",
            "many_files_id",
            "group_id",
            "other_group_id",
            "author_id",
            "collection_id",
            "project_id",
            "institution_id",
            "account_id",
            "example_item",
            "other_item_id",
        )
    },
}
# Parameters that do not go together, and which of them the sentence names.
APART: list[tuple[dict[str, Any], str]] = [
    ({"start_date": "2024-05-01", "end_date": "2024-04-30"}, "start_date"),
    ({"author": "0004-0077-2894-4002", "start_date": "2031-01-01"}, "start_date"),
    ({"publish": True, "dry_run": True}, "publish"),
    ({"institution": "faber", "group_id": 21332}, "group_id"),
    ({"institution": "team", "group_id": 11962}, "group_id"),
    ({"institution": "team", "group_id": 21332, "other_group_id": 9993}, "other_group_id"),
    ({"institution": "team", "top_group": 0}, "institution"),
    ({"group_id": 21332, "include_subgroups": True}, "group_id"),
    ({"category": "Conservation and biodiversity", "taxonomy_id": 3}, "taxonomy_id"),
    ({"target_group": 9999, "custom_fields": []}, "custom_fields"),
]
ANY_VALUE = {"dry_run", "publish", "send_incomplete", "include_subgroups", "category", "license_name", "per_item"}


def parameters_of(name: str) -> dict[str, tuple[str, Any]]:
    """Returns the parameters of a notebook: type and shipped value."""
    [cell] = [cell for cell in read_notebook(name).cells if "parameters" in cell.metadata.get("tags", [])]
    return {
        node.target.id: (ast.unparse(node.annotation), ast.literal_eval(node.value))
        for node in ast.parse(cell.source).body
    }


PARAMETERS = {name: parameters_of(name) for name in NOTEBOOK_NAMES}
ASKS = {
    name for name in NOTEBOOK_NAMES if any("check_question" in cell.source for cell in code_cells(read_notebook(name)))
}


def with_one_wrong(table: dict[str, list[Any]], names: set[str]) -> list:
    return [
        pytest.param(name, {parameter: value}, parameter, id=f"{name[:2]}-{parameter}-{str(value)[:24]}")
        for name in sorted(names)
        for parameter in PARAMETERS[name]
        for value in table.get(parameter, [])
        if not (value == "" and PARAMETERS[name][parameter][1] == "")  # there, empty means something
    ]


def without_type(name: str) -> list:
    return [
        pytest.param(name, {parameter: NO_TYPE[kind]}, parameter, id=f"{name[:2]}-{parameter}-{kind}")
        for parameter, (kind, _) in PARAMETERS[name].items()
        if kind in NO_TYPE
    ]


def apart(names: set[str]) -> list:
    return [
        pytest.param(name, given, named, id=f"{name[:2]}-{'-'.join(given)}-{next(iter(given.values()))}")
        for name in sorted(names)
        for given, named in APART
        if set(given) <= set(PARAMETERS[name])
    ]


CASES = [case for name in NOTEBOOK_NAMES for case in without_type(name)] + with_one_wrong(NO_VALUE, set(NOTEBOOK_NAMES))
CASES += with_one_wrong(NOT_THERE, ASKS) + apart(ASKS)


@pytest.fixture
def here(server, tmp_path, monkeypatch) -> Path:
    """A place like a notebook's own, with a server of its own; gives the folder that must stay empty."""
    monkeypatch.setenv("FIGSHARE_API_URL", server.url)
    monkeypatch.setenv("FIGSHARE_STATS_URL", server.stats_url)
    monkeypatch.delenv("FIGSHARE_TOKEN", raising=False)
    monkeypatch.chdir(ROOT / "notebooks")
    (tmp_path / "output").mkdir()
    return tmp_path / "output"


def run_to_the_check(name: str, given: dict[str, Any], folder: Path) -> dict[str, Any]:
    """Runs the cells of a notebook up to the one that checks the question, as papermill would with these parameters."""
    if "output_dir" in PARAMETERS[name]:
        given = {"output_dir": str(folder), **given}
    injected = "# Parameters\n" + "\n".join(f"{parameter} = {value!r}" for parameter, value in given.items())
    sources = [cell.source for cell in code_cells(read_notebook(name)) if "setup" not in cell.metadata.get("tags", [])]
    last = next(n for n, source in enumerate(sources) if "check_question" in source or "check_parameters" in source)
    cells = [sources[0], injected, *sources[1 : last + 1]]
    namespace: dict[str, Any] = {"fh": fh, "pd": pd, "Path": Path, "In": ["", *cells]}
    try:
        for source in cells:
            exec(compile(source, name, "exec"), namespace)
    finally:
        assert name not in ASKS or not (list(folder.iterdir()) or writes_of(namespace))
    return namespace


def writes_of(namespace: dict[str, Any]) -> list:
    """Returns the requests that change something: all but GET, and POST to a search."""
    asked = [
        row
        for value in list(namespace.values())
        if isinstance(value, fh.Figshare)
        for row in value.requests_made[["method", "path"]].itertuples(index=False)
    ]
    return [row for row in asked if row.method != "GET" and not row.path.split("?")[0].endswith("/search")]


@pytest.mark.parametrize("name", NOTEBOOK_NAMES)
def test_the_shipped_question_can_be_asked(name, here):
    clients = [value for value in run_to_the_check(name, {}, here).values() if isinstance(value, fh.Figshare)]
    assert name not in ASKS or clients


@pytest.mark.parametrize(("name", "given", "named"), CASES)
def test_a_wrong_question_is_one_sentence_that_names_the_parameter(name, given, named, here):
    with pytest.raises(fh.ParameterError) as caught:
        run_to_the_check(name, given, here)
    sentence = str(caught.value)
    assert re.search(rf"\b{named}\b", sentence) and "\n" not in sentence, sentence
    assert sentence.endswith((".", "?")) and not re.search(r"\b(int|str|bool)\b", sentence), sentence


@pytest.mark.parametrize("name", NOTEBOOK_NAMES)
def test_a_name_that_is_no_parameter_is_refused(name, here):
    with pytest.raises(fh.ParameterError, match=r"'sitte' is no parameter of this notebook: write 'site' instead"):
        run_to_the_check(name, {"sitte": "local"}, here)


def test_every_parameter_is_tried():
    """A new parameter needs a line in the tables above."""
    known = {parameter for parameters in PARAMETERS.values() for parameter in parameters}
    assert not known - set(NO_VALUE) - ANY_VALUE
    assert not (set(NO_VALUE) | set(NOT_THERE)) - known


@pytest.mark.parametrize("name", NOTEBOOK_NAMES)
def test_papermill_lists_every_parameter(name):
    """`papermill --help-notebook` skips a line with two equals signs, and says so only in its log."""
    found = papermill.inspect_notebook(ROOT / "notebooks" / f"{name}.ipynb")
    assert {
        parameter: (entry["inferred_type_name"], ast.literal_eval(entry["default"]))
        for parameter, entry in found.items()
    } == PARAMETERS[name]
    assert all(entry["help"] for entry in found.values())


@pytest.mark.slow
@pytest.mark.parametrize("name", NOTEBOOK_NAMES)
def test_papermill_stops_in_the_first_cells(name, tmp_path, here):
    """One run for each notebook, with the last of its parameters that can be wrong by what the site holds."""
    [*_, case] = with_one_wrong(NOT_THERE, {name} & ASKS) or with_one_wrong(NO_VALUE, {name})
    _, given, named = case.values
    with pytest.raises(papermill.PapermillExecutionError):
        run_notebook(name, tmp_path, **given)
    notebook = nbformat.read(tmp_path / f"{name}.ipynb", as_version=4)
    text = error_text(notebook)
    assert named in text and "Traceback" not in text
    [failed] = [
        number
        for number, cell in enumerate(code_cells(notebook))
        if any(output.output_type == "error" for output in cell.outputs)
    ]
    assert failed <= 4  # papermill's banner aside: set-up, parameters, injected parameters, check
