"""The check of a notebook's parameters: each mistake stops it with one sentence."""

import re

import pytest

import figshare_helpers as fh

CELL = """
site: str = "local"  # where to ask
start_date: str = "2020-01-03"
end_date: str = "2022-05-12"
page_size: int = 10
share: float = 0.5
group_ids: list[int] = [11962]
counter: str = "views"
mode: Literal["skip", "update"] = "skip"
account: int | None = None
draft: bool = True
output_dir: str = "output"
local_data: str = ""
today: str = ""
names: list[str] = ["Iowa State University"]
"""


def run(injected: str = "") -> None:
    """Runs the check as a notebook with this injected cell would."""
    cells = ["", "import figshare_helpers as fh", CELL]
    if injected:
        cells.append(f"# Parameters\n{injected}\n")
    namespace = {"In": cells}
    for cell in cells[2:]:
        exec(cell.replace(": Literal", ": 'Literal'").replace('["skip", "update"]', ""), namespace)
    fh.check_parameters(namespace)


def test_defaults_are_fine():
    run()


@pytest.mark.parametrize(
    "injected",
    [
        'site = "sandbox"',
        "page_size = 1000",
        "share = 1",
        "account = 5",
        "group_ids = []",
        'mode = "update"',
        'start_date = "2022-05-12"',
        "draft = False",
    ],
)
def test_good_values_pass(injected):
    run(injected)


@pytest.mark.parametrize(
    ("injected", "sentence"),
    [
        ('sit = "local"', "'sit' is no parameter of this notebook: write 'site' instead"),
        ("zzz = 1", "'zzz' is no parameter of this notebook: leave it out"),
        ('site = "mars"', "site must be one of local, sandbox, figshare, not 'mars'"),
        ("page_size = 5000", "page_size must be a whole number from 1 to 1000, not 5000"),
        ("page_size = 1.5", "page_size must be a whole number, not 1.5"),
        ("page_size = True", "page_size must be a whole number, not True"),
        ('share = "half"', "share must be a number, not 'half'"),
        ('group_ids = "[3,4]"', "group_ids must be a list of whole numbers, not '[3,4]'"),
        ('group_ids = [1, "2"]', "group_ids must be a list of whole numbers"),
        ("group_ids = [0]", "group_ids must be a whole number above 0"),
        ('mode = "create"', "mode must be one of 'skip', 'update', not 'create'"),
        ('account = "null"', "account must be a whole number or None, not 'null'"),
        ("draft = 1", "draft must be True or False, not 1"),
        ('start_date = "2023-01-01"', "start_date 2023-01-01 lies after end_date 2022-05-12"),
        ('start_date = "3 May 2020"', "start_date must be a date such as 2024-01-31, not '3 May 2020'"),
        ('end_date = "2022-02-30"', "end_date must be a date"),
        ('counter = "hugs"', "counter must be one of views, downloads, shares, not 'hugs'"),
        ('local_data = "no/such/folder"', "local_data must be a folder that exists, or empty"),
        ('today = "soon"', "today must be a date such as 2024-01-31, or empty, not 'soon'"),
        ("names = []", "names must be a list of at least one text, none of them empty or in quotation marks, not []"),
        ('names = ["Iowa", " "]', "names must be a list of at least one text"),
        (f'output_dir = "{__file__}"', "output_dir must be the name of a folder, or empty"),
    ],
)
def test_each_mistake_is_one_sentence(injected, sentence):
    with pytest.raises(fh.ParameterError) as caught:
        run(injected)
    assert str(caught.value).startswith(sentence)
    assert "\n" not in str(caught.value)


def test_outside_ipython_the_values_are_checked():
    fh.check_parameters({"site": "local", "page_size": 10, "other": object()})
    with pytest.raises(fh.ParameterError, match="page_size"):
        fh.check_parameters({"site": "local", "page_size": 5000})


@pytest.mark.slow
def test_in_a_real_kernel_only_the_sentence_is_shown(tmp_path):
    import nbformat
    from nbclient import NotebookClient
    from nbclient.exceptions import CellExecutionError

    cells = [
        "import figshare_helpers as fh",
        'site: str = "local"',
        '# Parameters\nsite = "mars"\n',
        "fh.check_parameters(globals())",
    ]
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in cells])
    with pytest.raises(CellExecutionError):
        NotebookClient(notebook, timeout=60).execute()
    error = notebook.cells[-1].outputs[0]
    assert error["traceback"] == [
        "ParameterError: site must be one of local, sandbox, figshare, not 'mars': change it."
    ]


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ({"most_files": -1}, "most_files must be a number from 0 on, not -1"),
        ({"large_file_mb": -3}, "large_file_mb must be a number from 1 on, not -3"),
        ({"categories": []}, "categories must be a list of at least one text, and none of them empty, not []"),
        ({"categories": [""]}, "categories must be a list of at least one text"),
    ],
)
def test_numbers_and_lists_that_cannot_be(values, sentence):
    with pytest.raises(fh.ParameterError, match=re.escape(sentence)):
        fh.check_parameters(values)


def test_a_folder_below_a_file_is_none(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(fh.ParameterError, match="output_dir must be the name of a folder"):
        fh.check_parameters({"output_dir": str(tmp_path / "file" / "below")})


def test_a_folder_that_cannot_be_made_is_a_sentence(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(fh.ParameterError, match=r"cannot be made .*name another output_dir"):
        fh.output_folder(tmp_path / "file" / "below")
