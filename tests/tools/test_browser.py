"""The lessons as a person has them: JupyterLab in a real browser, cell by cell, forms pressed.

Needs Playwright (in tests/requirements.txt) and Debian's chromium (`apt-get install chromium`). The last screen of each
lesson is left in `output/browser/`, to be looked at.
"""

import json
import os
import re
import shutil
import socket
import subprocess
import sys
import time
from pathlib import Path

import nbformat
import pytest
import requests
import stamp_notebooks
from notebook_tools import LESSONS, ROOT, read_notebook

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not CHROMIUM, reason="needs a browser: apt-get install chromium"),
]
SCREENS = ROOT / "output" / "browser"
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
SETTINGS = {
    "apputils-extension/notification": {"fetchNews": "false", "checkForUpdates": False},
    "notebook-extension/tracker": {"windowingMode": "none"},  # every cell is there, not only those on the screen
}
SLOW = "slow_work"  # a notebook that only this suite has
PATIENCE = 5  # seconds that a person waits for a cell without a sign of life
SETUP_PATIENCE = 15  # the first import, on a busy machine


# ---- JupyterLab and a browser ----------------------------------------------------------------


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def slow_notebook() -> nbformat.NotebookNode:
    """Returns a notebook with three seconds of work with a progress bar, in a cell and in a form."""
    cells = [
        stamp_notebooks.setup_cell() + "\nimport time",
        "def work():\n    for _ in fh.progress(range(30), label='slow'):\n        time.sleep(0.1)\n    print('done')",
        "work()",
        "fh.try_it(work)",
    ]
    made = [nbformat.v4.new_code_cell(source) for source in cells]
    begin, end = nbformat.v4.new_markdown_cell("# Slow"), nbformat.v4.new_markdown_cell("End")
    return nbformat.v4.new_notebook(cells=[begin, *made, end], metadata=read_notebook(LESSONS[0]).metadata)


def copy_workbook(folder: Path) -> None:
    """Copies the workbook without the outputs of its notebooks, so that what is seen was made here."""
    for name in ("data", "figshare_workbook", "local_figshare", "notebooks"):
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__", ".*"))
    shutil.copy(ROOT / "figshare_helpers.py", folder)
    nbformat.write(slow_notebook(), folder / "notebooks" / f"{SLOW}.ipynb")
    for path in (folder / "notebooks").glob("*.ipynb"):
        notebook = nbformat.read(path, as_version=4)
        for cell in notebook.cells:
            if cell.cell_type == "code":
                cell.outputs, cell.execution_count = [], None
        nbformat.write(notebook, path)


def environment(folder: Path) -> dict:
    """Returns an environment without headless mode, this user's Jupyter and the network, but for this machine."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("FIGSHARE_", "PYTEST_"))}
    own = {
        "JUPYTER_CONFIG_DIR": "config",
        "JUPYTER_RUNTIME_DIR": "runtime",
        "IPYTHONDIR": "ipython",
        "JUPYTERLAB_SETTINGS_DIR": "settings",
        "JUPYTERLAB_WORKSPACES_DIR": "workspaces",
    }
    return {
        **kept,
        **{name: str(folder / value) for name, value in own.items()},
        "PYTHONPATH": str(ROOT / "tests" / "offline"),
    }


@pytest.fixture(scope="module")
def lab(tmp_path_factory):
    """The address of a JupyterLab that serves a copy of the notebooks."""
    pytest.importorskip("jupyterlab", reason="needs JupyterLab: it is in requirements.txt")
    folder = tmp_path_factory.mktemp("room")
    copy_workbook(folder / "workbook")
    for name, values in SETTINGS.items():
        path = folder / "settings" / "@jupyterlab" / f"{name}.jupyterlab-settings"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(values))
    url = f"http://127.0.0.1:{(port := free_port())}"
    command = [
        sys.executable,
        "-m",
        "jupyterlab",
        "--no-browser",
        "--allow-root",
        f"--ServerApp.port={port}",
        "--ServerApp.port_retries=0",
        "--IdentityProvider.token=",
        "--ServerApp.password=",
        f"--ServerApp.root_dir={folder / 'workbook' / 'notebooks'}",
    ]
    with open(folder / "lab.log", "wb") as log:
        process = subprocess.Popen(command, cwd=folder / "workbook", env=environment(folder), stdout=log, stderr=log)
    try:
        wait_until_it_answers(url, process, folder / "lab.log")
        yield url
    finally:
        process.terminate()
        process.wait(30)


def wait_until_it_answers(url: str, process: subprocess.Popen, log: Path) -> None:
    end = time.monotonic() + 90
    while time.monotonic() < end and process.poll() is None:
        try:
            if requests.get(f"{url}/api", timeout=5).ok:
                return
        except requests.RequestException:
            time.sleep(0.3)
    pytest.fail(f"JupyterLab did not start: {log.read_text(errors='replace')[-2000:]}")


@pytest.fixture(scope="module")
def browser(tmp_path_factory):
    api = pytest.importorskip("playwright.sync_api", reason="needs Playwright: it is in tests/requirements.txt")
    with api.sync_playwright() as playwright:
        context = playwright.chromium.launch_persistent_context(
            tmp_path_factory.mktemp("chromium"),
            executable_path=CHROMIUM,
            args=FLAGS,
            headless=True,
            viewport={"width": 1280, "height": 900},
        )
        yield context
        context.close()


class Room:
    """One notebook on the screen."""

    def __init__(self, page, name: str):
        self.page, self.name = page, name
        self.cells = page.locator(".jp-Notebook .jp-Cell")
        self.slowest = (0.0, 0)  # seconds, number of the cell
        self.bars_seen = 0

    def run_all_cells(self) -> None:
        """Presses Shift+Enter from the first cell on, as the lesson says, and waits as a person does."""
        self.cells.first.locator(".jp-MarkdownOutput").click()
        for number in range(self.cells.count() - 1):  # the last is text; after it a new cell would begin
            self.run(number, self.cells.nth(number))

    def run(self, number: int, cell) -> None:
        begin, seen_bar = time.monotonic(), False
        self.page.keyboard.press("Shift+Enter")
        if "jp-CodeCell" not in cell.get_attribute("class"):
            return
        while not self.is_done(cell):
            seen_bar = seen_bar or "%|" in cell.inner_text()
            self.bars_seen += "%|" in cell.inner_text()
            taken = time.monotonic() - begin
            if taken > 120:
                self.photograph("failed")
                pytest.fail(f"{self.name}, cell {number}: does not end")
            self.page.wait_for_timeout(100)
        taken = time.monotonic() - begin
        self.slowest = max(self.slowest, (taken, number))
        patience = SETUP_PATIENCE if "importlib" in cell.inner_text() else PATIENCE
        assert taken < patience or seen_bar, f"{self.name}, cell {number}: {taken:.1f} s without a progress bar"
        error = cell.locator("[data-mime-type='application/vnd.jupyter.error']")
        assert not error.count(), f"{self.name}, cell {number}: {error.first.inner_text()}"

    @staticmethod
    def is_done(cell) -> bool:
        """Tells whether the cell has run: by its number; a folded cell shows none, so by the idle kernel."""
        prompt = cell.locator(".jp-InputArea-prompt")
        if prompt.count():
            return any(sign.isdigit() for sign in prompt.inner_text())
        is_idle = cell.page.locator("#jp-main-statusbar").get_by_text("| Idle").count() > 0
        return is_idle or cell.locator(".jp-OutputArea-output").count() > 0

    def solutions_are_folded(self) -> bool:
        """Tells whether a person who ran all cells sees of the solutions no more than that they are right."""
        folded = self.cells.filter(has=self.page.locator(".jp-InputPlaceholder"))
        shown = [text.replace("#@title ", "") for text in folded.all_inner_texts()]
        return bool(shown) and all(re.fullmatch(r"Solution( \d)?\s*(Right\.)?\s*", text) for text in shown)

    def form(self, call: str) -> "Form":
        """Returns the form under the cell that holds a call."""
        return Form(self.page, self.cells.filter(has_text=call).locator(".jp-OutputArea").first)

    def unroll(self) -> None:
        """Makes the window as high as the notebook."""
        height = self.page.locator(".jp-Notebook .jp-Cell").evaluate_all(
            "cells => cells.reduce((sum, cell) => sum + cell.offsetHeight + 8, 150)"
        )
        self.page.set_viewport_size({"width": 1280, "height": height})
        self.cells.first.scroll_into_view_if_needed()
        self.page.wait_for_timeout(800)

    def photograph(self, part: str) -> None:
        SCREENS.mkdir(parents=True, exist_ok=True)
        self.page.screenshot(path=SCREENS / f"{self.name}_{part}.png")


class Form:
    """Fields and a button under a cell."""

    def __init__(self, page, area):
        self.page, self.area = page, area

    def fill(self, label: str, value: str) -> None:
        """Types into a field, or chooses from a list."""
        row = self.area.locator(".jupyter-widgets.widget-inline-hbox", has_text=label).first
        if row.locator("select").count():
            row.locator("select").select_option(label=value)
        else:
            row.locator("input").fill(value)
            row.locator("input").press("Tab")

    def enter(self, label: str, expected: str) -> None:
        """Presses Enter in a field, and waits for what must be shown then."""
        self.area.locator(".jupyter-widgets.widget-inline-hbox", has_text=label).first.locator("input").press("Enter")
        self.area.get_by_text(expected).first.wait_for(timeout=20_000)

    def press(self, label: str, expected: str) -> None:
        """Presses a button, and waits for what must be shown then."""
        self.area.get_by_role("button", name=label).click()
        self.page.wait_for_timeout(300)
        self.area.locator("button:enabled", has_text=label).wait_for(timeout=20_000)  # while it works, it is not
        self.area.get_by_text(expected).first.wait_for(timeout=20_000)
        self.area.scroll_into_view_if_needed()


@pytest.fixture
def room(lab, browser):
    """A function that opens a notebook by its name; its kernel ends with the test."""
    page = browser.new_page()

    def enter(name: str) -> Room:
        page.goto(f"{lab}/doc/tree/{name}.ipynb")
        cells = (slow_notebook() if name == SLOW else read_notebook(name)).cells
        page.locator(".jp-Notebook .jp-Cell").nth(len(cells) - 1).wait_for(timeout=60_000)
        page.locator("#jp-main-statusbar").get_by_text("| Idle").wait_for(timeout=60_000)
        return Room(page, name)

    yield enter
    page.close()
    for kernel in requests.get(f"{lab}/api/sessions", timeout=30).json():
        requests.delete(f"{lab}/api/sessions/{kernel['id']}", timeout=30)


# ---- what a person does in each lesson -------------------------------------------------------


def try_00(room: Room) -> None:
    form = room.form("fh.try_it")
    form.fill("item id", "21332")
    form.press("Run", "'")
    explorer = room.form("fh.explorer")
    explorer.fill("request", "POST /articles/search")
    explorer.fill("search for", ":title: soil")
    explorer.fill("page size", "3")
    explorer.press("Run", "200")
    explorer.area.get_by_text("as a table").click()
    assert explorer.area.locator("tbody tr").count() == 3
    assert explorer.area.get_by_text('"search_for": ":title: soil"').first.is_visible()  # the JSON body
    explorer.area.get_by_text("as a curl line").click()
    assert explorer.area.get_by_text("curl -X POST").is_visible()
    room.photograph("explorer")


def try_01(room: Room) -> None:
    form = room.form("fh.try_it")
    form.fill("search for", ":title: soil")
    form.fill("limit", "3")
    form.press("Run", "oil")
    assert form.area.locator("tbody tr").count() == 3
    form.fill("limit", "12.5")
    form.press("Run", "limit must be a whole number, not '12.5'.")
    form.fill("limit", "3")
    form.fill("search for", ":title: xyzzyx")
    form.enter("search for", "Nothing found with search for")
    form.fill("search for", ":title:")
    form.press("Run", "Fix:")


def try_02(room: Room) -> None:
    form = room.form("fh.token_form")
    field = form.area.locator("input[type=password]")
    field.fill("local-admin")
    field.press("Enter")
    form.area.get_by_text("This token belongs to Priscilla Vance").wait_for(timeout=20_000)
    assert field.input_value() == ""


def try_03(room: Room) -> None:
    form = room.form("fh.try_it")
    form.fill("new title", "A pond of my own")
    form.press("Run", "description")


def try_04(room: Room) -> None:
    form = room.form("fh.try_it")
    form.fill("title", "Environmental Humanities")
    form.press("Run", "downloads")
    assert form.area.locator("tbody tr").count() == 13


def try_05(room: Room) -> None:
    form = room.form("fh.try_it")
    for counter in ("downloads", "views"):
        form.fill("counter", counter)
        form.press("Run", "Run")
        form.area.locator("img").first.wait_for(timeout=20_000)
        assert form.area.locator("img").count() == 1  # the chart of this press, once
    room.photograph("form")


def try_06(room: Room) -> None:
    form = room.form("fh.try_it")
    form.fill("item id", "5616445")
    form.press("Run", "Using APIs to customise")
    assert form.area.locator("tbody tr").count() == 2  # the unpublished item is gone, its draft deleted


@pytest.mark.parametrize("name", LESSONS)
def test_a_lesson_from_its_first_cell_to_its_last(room, name):
    lesson = room(name)
    lesson.run_all_cells()
    assert lesson.solutions_are_folded()
    globals()[f"try_{name[:2]}"](lesson)
    lesson.photograph("try_it")
    lesson.cells.last.scroll_into_view_if_needed()
    lesson.page.wait_for_timeout(500)
    lesson.photograph("end")
    print("slowest cell: {:.1f} s (cell {})".format(*lesson.slowest))
    stripes = lesson.page.locator("[data-mime-type='application/vnd.jupyter.stderr']")
    assert not stripes.count(), stripes.first.inner_text()  # a red stripe looks like an error
    lesson.unroll()
    lesson.photograph("whole")


def test_a_progress_bar_comes_and_goes(room):
    """It is seen while a job lasts, in a cell and in a form, and leaves nothing behind."""
    lesson = room(SLOW)
    lesson.run_all_cells()
    assert lesson.bars_seen
    cell = lesson.cells.nth(3)
    assert cell.locator(".jp-OutputArea").inner_text().split() == ["done"]
    form = lesson.form("fh.try_it")
    form.area.get_by_role("button", name="Run").click()
    form.area.get_by_text("%|").wait_for(timeout=5_000)
    form.area.get_by_text("done").wait_for(timeout=10_000)
    assert not form.area.get_by_text("%|").count()
    assert not lesson.page.locator("[data-mime-type='application/vnd.jupyter.stderr']").count()
