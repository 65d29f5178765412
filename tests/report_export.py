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
TEMPLATE = ["--template", "report", "--TemplateExporter.extra_template_basedirs=notebooks/templates"]


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


def html(notebook: Path) -> str:
    """The notebook as the README's command gives it, which leaves the HTML beside it."""
    command = [sys.executable, "-m", "nbconvert", "--to", "html", *TEMPLATE, str(notebook)]
    done = subprocess.run(command, cwd=DATA.parent, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return notebook.with_suffix(".html").read_text(encoding="utf-8")


def is_fit_to_be_sent(page: str, title: str, charts: int) -> None:
    """No code, no widget, no error, nothing fetched from elsewhere; all charts inside, in words too."""
    body = page[page.index("<body") :]
    assert re.search(rf"<h1[^>]*>\s*{title}", body)
    pictures = re.findall(r"<img[^>]*>", body)
    assert len([picture for picture in pictures if 'src="data:image/png;base64' in picture]) == charts == len(pictures)
    assert all(re.search(r'alt="[^"]{20,}"', picture) for picture in pictures)
    assert not re.findall(r"<(?:script|link|iframe|object|source)\b[^>]*>|url\(\s*['\"]?http|@import", page)
    assert 'class="highlight' not in body and "fh." not in re.sub(r"base64,[^\"]*", "", body)
    assert not re.search(r"jupyter\.widget|widget-(view|state)|ipywidgets|Traceback|stderr", body)
