"""What the suites of the reports share: numbers straight from a catalogue folder, and the export to HTML."""

import csv
import json
import re
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

DATA = Path(__file__).parent.parent / "data"
EVER = {"start_date": "2010-01-01", "end_date": "2026-01-15"}  # the shipped catalogue stands still on the last day
WITHOUT_WORKSHOP = ["--TagRemovePreprocessor.enabled=True", "--TagRemovePreprocessor.remove_cell_tags=workshop"]


def lines(path: Path) -> list[dict]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def articles(folder: Path = DATA) -> list[dict]:
    return lines(folder / "articles.jsonl")


def totals(ids: Iterable[int], folder: Path = DATA) -> dict:
    """Views and downloads of some items, summed from totals.csv."""
    wanted = set(ids)
    rows = [row for row in rows_of(folder / "totals.csv") if int(row["article_id"]) in wanted]
    return {name: sum(int(row[name]) for row in rows) for name in ("views", "downloads")}


def views_of(ids: Iterable[int], folder: Path = DATA) -> dict[int, int]:
    """The views of each item; an item that totals.csv leaves out has none."""
    known = {int(row["article_id"]): int(row["views"]) for row in rows_of(folder / "totals.csv")}
    return {number: known.get(number, 0) for number in ids}


def rows_of(path: Path) -> list[dict]:
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def html(notebook: Path, *options: str) -> str:
    """The notebook as `python -m nbconvert --to html --no-input` gives it."""
    command = [sys.executable, "-m", "nbconvert", "--to", "html", "--no-input", "--output", "report.html"]
    done = subprocess.run([*command, *options, str(notebook)], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return (notebook.parent / "report.html").read_text(encoding="utf-8")


def is_fit_to_be_sent(page: str, title: str, charts: int) -> None:
    """No code, no widget, no error, no place on this machine; all charts inside the page."""
    body = page[page.index("<body"):]
    assert re.search(rf"<h1[^>]*>{title}", body)
    assert len(re.findall(r'<img[^>]+src="data:image/png;base64', body)) == charts
    assert 'class="highlight' not in body and "fh." not in re.sub(r"base64,[^\"]*", "", body)
    assert not re.search(r"jupyter\.widget|widget-(view|state)|ipywidgets|Traceback|stderr", body)
