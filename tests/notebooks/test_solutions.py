"""The exercises: what a solution finds is right, so is what the hint says, and a typical mistake is not."""

import re
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient
from notebook_tools import NOTEBOOK_NAMES, ROOT, code_cells, read_notebook

pytestmark = pytest.mark.slow
SOLUTION = re.compile(r"^solution_(\d+) = ", re.M)
# By notebook and exercise: expressions that a learner may write, in the notebook as it is after *Run all*.
ALSO_RIGHT: dict[str, dict[int, list[str]]] = {
    "02_authenticate": {
        1: ['requests.get(f"{api}/account", headers=headers).json()["id"]', 'account["id"]'],
        2: ['len(requests.get(f"{api}/account/articles?page=4&page_size=10", headers=headers).json())'],
        3: ['"404"'],
    },
    "01_retrieve_metadata": {
        1: ['len(requests.get(f"{api}/articles/123456").json()["authors"])'],
        2: [
            'len(list(figshare.search(":item_type: dataset AND :title: soil")))',
            'len(requests.post(f"{api}/articles/search", json={"search_for": ":title: soil AND :item_type: dataset"})'
            ".json())",
        ],
        3: ['"19826678"', 'records.sort_values("version").tail(1)["id"]'],
    },
    "00_start_here": {
        1: ['"Presentation"', 'requests.get(f"{api}/articles/5616445").json()["defined_type_name"]'],
        2: ['requests.get(f"{stats}/total/downloads/article/{article_id}").json()["totals"]', '"402"'],
        3: ['"https://doi.org/" + record["doi"]', '"https://doi.org/{}".format(record["doi"])'],
    },
    "03_create_item": {
        1: ['"2"', 'pd.DataFrame(figshare.licenses()).set_index("name").loc["CC0", "value"]'],
        2: [
            '["a file", "categories", "description"]',
            'figshare.missing_fields(figshare.create_article({"title": "Own", "keywords": ["pond", "temperature"]}))',
        ],
        3: ["(2, 1)"],
    },
    "04_chain_requests": {
        1: ["len({item['id'] for item in all_found + list(figshare.search(\":category: 'Digital heritage'\"))})"],
        2: ["len(table[table['license'] != 'CC BY 4.0'])"],
        3: ["figshare.totals(in_group)['views'].sum()", "'8,505'"],
    },
    "05_group_views": {
        1: ["int(views.loc[views['period'] == '2021-03', 'value'].sum())", "timeline['2021-03']", "'1,552'"],
        2: [
            "figshare.timeline('group', other_group_id, counter='downloads', granularity='year', "
            "start_date='2021-01-01', end_date='2021-12-31', institution=institution)['value']"
        ],
        3: ["totals['all time'].iloc[4] - views['value'].sum()"],
    },
    "06_curate": {
        1: ["figshare.versions(20400019)[-1]['version']"],
        3: ["titles.index('River temperatures, four times revised') + 1", "'2'"],
    },
    "12_batch_upload": {
        1: [
            "table['notes'].str.contains('taken for').sum()",
            "len([row for row in plan if any('taken for' in note for note in row.notes)])",
        ]
    },
    "13_items_in_review": {1: ["(table['reviewer'] == '').sum()", "'8'", "len(table[table['reviewer'] == ''])"]},
}
MISTAKES: dict[str, dict[int, list[str]]] = {
    "02_authenticate": {
        1: ["account", "len(account)", "account['id'] + 1"],
        2: ['len(figshare.get("/account/articles", page=1, page_size=10))', "len(items)"],
        3: ["own.status_code", "403"],
    },
    "01_retrieve_metadata": {
        1: ["len(full_record)", 'full_record["authors"]'],
        2: [
            'len(list(figshare.search(":title: soil")))',
            'len(list(figshare.search("soil AND dataset")))',
            'len(list(figshare.search(":title: soil :item_type: dataset")))',
        ],
        3: [
            'records.sort_values("version").head(1)["id"]',
            'ordered.head(1)["id"]',
            'records["version"].max()',
            "19826679",
        ],
    },
    "00_start_here": {
        1: ['record["defined_type"]', 'record["title"]'],
        2: [
            'figshare.stats(f"/total/views/article/{article_id}")["totals"]',
            'figshare.stats(f"/total/downloads/article/{article_id}")',
        ],
        3: ['"https://doi.org/{doi}"', 'record["doi"]', 'record["url"]'],
    },
    "03_create_item": {
        1: ['figshare.find_license("CC0")', 'figshare.find_license("CC BY 4.0")["value"]'],
        2: ['figshare.missing_fields(figshare.create_article({"title": "Own"}))', "[]"],
        3: ["[1, 1]", "[1, 2]", "2"],
    },
    "04_chain_requests": {
        1: [
            "len(all_found + list(figshare.search(\":category: 'Digital heritage'\")))",
            "len(category_ids) + len(list(figshare.search(\":category: 'Digital heritage'\")))",
            "len(category_ids)",
        ],
        2: ["(table['license'] == 'CC BY 4.0').sum()", "table['license'].nunique()"],
        3: ["table['views'].sum()", "len(in_group)", "table['views'].sum() - figshare.totals(in_group)['views'].sum()"],
    },
    "05_group_views": {
        1: ["timeline['2020-03']", "views[views['period'] == '2021-03']"],
        2: [
            "figshare.total('group', other_group_id, counter='downloads')",
            "figshare.total('group', group_id, counter='downloads', start_date='2021-01-01', end_date='2021-12-31')",
        ],
        3: ["total", "all_time", "figshare.total('group', group_id, end_date='2020-01-02')"],
    },
    "06_curate": {
        1: ["figshare.versions(20400019)", "len(figshare.versions(20400025))"],
        2: ["2", "links"],
        3: ["4", "1", "titles"],
    },
    "12_batch_upload": {1: ["table['notes'].ne('').sum()", "len(table)"]},
    "13_items_in_review": {1: ["len(table)", "table['reviewer'].ne('').sum()", "table['reviewer'].isna().sum()"]},
}


def solution_numbers(notebook) -> list[int]:
    return [int(number) for cell in code_cells(notebook) for number in SOLUTION.findall(cell.source)]


WITH_SOLUTIONS = [name for name in NOTEBOOK_NAMES if solution_numbers(read_notebook(name))]


def checks(notebook) -> list[str]:
    """Returns the cells that check an exercise, in order."""
    return [cell.source for cell in code_cells(notebook) if cell.source.startswith("fh.check_answer(answer, ")]


def said_of(name: str) -> tuple[list, dict]:
    """Runs a notebook from the top, then checks every solution, other right answers and mistakes.

    Returns what the learner's own checks said in the run, and what each check said of each expression.
    """
    notebook = read_notebook(name)
    asked = checks(notebook)
    tried = [
        (number, expression)
        for number in solution_numbers(notebook)
        for expression in [
            f"solution_{number}",
            *ALSO_RIGHT.get(name, {}).get(number, []),
            *MISTAKES.get(name, {}).get(number, []),
        ]
    ]
    own = len(notebook.cells)
    for number, expression in tried:
        source = asked[number - 1].replace("(answer, ", f"({expression}, ", 1)
        notebook.cells.append(nbformat.v4.new_code_cell(source))
    NotebookClient(
        notebook, timeout=300, kernel_name="python3", resources={"metadata": {"path": Path(ROOT / "notebooks")}}
    ).execute()
    shown = ["".join(output.get("text", "") for output in cell.get("outputs", [])) for cell in notebook.cells]
    in_run = [text for cell, text in zip(notebook.cells[:own], shown[:own], strict=True) if cell.source in asked]
    return in_run, dict(zip(tried, shown[own:], strict=True))


@pytest.mark.parametrize("name", WITH_SOLUTIONS)
def test_solutions_are_right_and_run_all_leaves_the_exercise_open(name, server):
    in_run, said = said_of(name)
    assert in_run and all(text.startswith("Nothing to check yet") for text in in_run)
    for (number, expression), text in said.items():
        is_mistake = expression in MISTAKES.get(name, {}).get(number, [])
        assert text.startswith("Not yet." if is_mistake else "Right."), (number, expression, text)


@pytest.mark.parametrize("name", WITH_SOLUTIONS)
def test_every_exercise_has_a_check_and_a_solution(name):
    notebook = read_notebook(name)
    assert solution_numbers(notebook) == list(range(1, len(checks(notebook)) + 1))


def test_what_is_tried_belongs_to_a_notebook_with_that_exercise():
    for tried in (ALSO_RIGHT, MISTAKES):
        for name, of_notebook in tried.items():
            assert set(of_notebook) <= set(solution_numbers(read_notebook(name))), name
