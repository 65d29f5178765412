"""What the tests of reports share: numbers straight from the files of a catalogue, and the export to HTML."""

import csv
import json
import re
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

DATA = Path(__file__).parent.parent / "data"
ALL_TIME = {"start_date": "2010-01-01", "end_date": "2026-01-15"}  # the last day is the day of the shipped catalogue
TEMPLATE = ["--template", "report", "--TemplateExporter.extra_template_basedirs=notebooks/templates"]


def read_jsonl(path: Path) -> list[dict]:
    """Reads a file with a JSON object in each line."""
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def catalogue_articles(folder: Path = DATA) -> list[dict]:
    """Gives the public records of a catalogue."""
    return read_jsonl(folder / "articles.jsonl")


def catalogue_totals(ids: Iterable[int], folder: Path = DATA) -> dict:
    """Sums up the views and downloads of some items, from totals.csv."""
    wanted = set(ids)
    rows = [row for row in csv_rows(folder / "totals.csv") if int(row["article_id"]) in wanted]
    return {name: sum(int(row[name]) for row in rows) for name in ("views", "downloads")}


def catalogue_views(ids: Iterable[int], folder: Path = DATA) -> dict[int, int]:
    """Gives the views of each item, from totals.csv; 0 for an item that is not in it."""
    known = {int(row["article_id"]): int(row["views"]) for row in csv_rows(folder / "totals.csv")}
    return {number: known.get(number, 0) for number in ids}


def csv_rows(path: Path) -> list[dict]:
    """Reads a CSV, a dictionary for each row."""
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def report_html(notebook: Path) -> str:
    """Makes the HTML of a notebook with the README's command, which leaves it beside the notebook."""
    command = [sys.executable, "-m", "nbconvert", "--to", "html", *TEMPLATE, str(notebook)]
    done = subprocess.run(command, cwd=DATA.parent, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return notebook.with_suffix(".html").read_text(encoding="utf-8")


def assert_fit_to_be_sent(page: str, title: str, charts: int) -> None:
    """Checks that a page has no code, widget or error, fetches nothing, and has all charts with a text for each."""
    body = page[page.index("<body") :]
    assert re.search(rf"<h1[^>]*>\s*{title}", body)
    pictures = re.findall(r"<img[^>]*>", body)
    assert len([picture for picture in pictures if 'src="data:image/png;base64' in picture]) == charts == len(pictures)
    assert all(re.search(r'alt="[^"]{20,}"', picture) for picture in pictures)
    assert not re.findall(r"<(?:script|link|iframe|object|source)\b[^>]*>|url\(\s*['\"]?http|@import", page)
    assert 'class="highlight' not in body and "fh." not in re.sub(r"base64,[^\"]*", "", body)
    assert not re.search(r"jupyter\.widget|widget-(view|state)|ipywidgets|Traceback|stderr", body)
