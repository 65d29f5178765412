"""A request of the explorer and its answer, as HTML that folds."""

from __future__ import annotations

import contextlib
import html
import json
from dataclasses import dataclass
from typing import Any

import pandas as pd

from figshare_workbook.client.oai import local_name, parse_xml
from figshare_workbook.tables.chart_style import short_label


@dataclass(frozen=True)
class ExploredExchange:
    """A request of the explorer and its answer; a notebook shows it as HTML."""

    request: str
    curl: str
    status: int | None
    ms: float
    content: Any
    problem: str = ""
    python: str = ""
    body: str = ""

    def __repr__(self) -> str:
        return f"{self.request} → {self.status or 'no answer'}, {self.ms:.0f} ms"

    def _repr_html_(self) -> str:
        head = (
            f"<p><code>{html.escape(self.request)}</code><br><b>{self.status or 'no answer'}</b> "
            f"after {self.ms:.0f} ms</p>"
        )
        scripts = _details_html("as a curl line", _preformatted_html(self.curl)) + _details_html(
            "as Python, with requests", _preformatted_html(self.python)
        )
        if self.body:
            scripts = _details_html("the JSON body", _preformatted_html(self.body), is_open=True) + scripts
        if self.problem:
            return head + scripts + _preformatted_html(self.problem)
        if _is_empty_answer(self.content):
            return head + scripts + "<p>Nothing found: the answer is empty. Try other words, or fewer fields.</p>"
        table = answer_frame(self.content)
        table_html = (
            "" if table is None else _details_html("as a table", _scrolling_table_html(table.head(20)), len(table))
        )
        return head + scripts + table_html + _content_html(self.content, "the answer", is_open=True)


def _details_html(title: str, inside: str, rows: int = 0, is_open: bool = False) -> str:
    """Returns a part of the answer that can be folded; `title` is escaped, `inside` is HTML."""
    words = f"{title}, first 20 of {rows:,} rows" if rows > 20 else title
    return f"<details{' open' * is_open}><summary>{html.escape(words)}</summary>{inside}</details>"


def _preformatted_html(text: str) -> str:
    return f"<pre style='white-space: pre-wrap'>{html.escape(text)}</pre>"


def _content_html(value: Any, name: str, is_open: bool = False) -> str:
    """Returns JSON or XML as HTML that folds, everything in it escaped; long lists and texts are cut, and say so."""
    if isinstance(value, str) and value.lstrip().startswith("<"):
        with contextlib.suppress(ValueError):
            return _xml_html(parse_xml(value), is_open=is_open)
    if isinstance(value, (dict, list)) and value:
        entries = list(value.items() if isinstance(value, dict) else enumerate(value))
        inside = "".join(_content_html(part, str(key)) for key, part in entries[:100])
        rest = f"<div>… and {len(entries) - 100:,} more</div>" if len(entries) > 100 else ""
        indented = f"<div style='margin-left: 1.5em'>{inside}{rest}</div>"
        return _details_html(f"{name}: {_summary(value)}", indented, is_open=is_open)
    is_text = isinstance(value, str) and "\n" in value
    text = value if is_text else json.dumps(value, ensure_ascii=False)
    text = text if len(text) <= 5000 else f"{text[:5000]}…"
    code = _preformatted_html(text) if is_text else f"<code>{html.escape(text)}</code>"
    return f"<div>{html.escape(name)}: {code}</div>"


def _xml_html(element: Any, is_open: bool = False) -> str:
    """Returns an element, its attributes beside its name, what it holds below it."""
    attributes = "".join(f' {name.rsplit("}", 1)[-1]}="{text}"' for name, text in element.attrib.items())
    tag = f"<{local_name(element)}{attributes}>"
    if not len(element):
        return f"<div><code>{html.escape(tag)}</code> {html.escape((element.text or '')[:5000])}</div>"
    inside = "".join(_xml_html(part, is_open) for part in element[:100])
    rest = f"<div>… and {len(element) - 100:,} more</div>" if len(element) > 100 else ""
    return _details_html(
        tag, f"<div style='margin-left: 1.5em'>{inside}{rest}</div>", is_open=is_open and len(element) < 20
    )


def _summary(value: dict | list) -> str:
    """Returns a few words on what is folded away: a title or name, else how many parts there are."""
    named = value if isinstance(value, dict) else {}
    if name := next((named[key] for key in ("title", "full_name", "name") if named.get(key)), ""):
        return short_label(name, 70)
    words = ("entry", "entries") if isinstance(value, list) else ("field", "fields")
    return f"{len(value):,} {words[len(value) != 1]}"


def _without_wrapper(content: Any) -> Any:
    """Returns an answer without its wrapper, as stats have one: {"timeline": {...}}."""
    parts = list(content.values()) if isinstance(content, dict) else []
    return parts[0] if len(parts) == 1 and isinstance(parts[0], (dict, list)) else content


def _is_empty_answer(content: Any) -> bool:
    """Tells whether an answer is an empty list, or nothing in a wrapper of the stats: {"timeline": null}.

    An empty text is no empty answer.
    """
    return _without_wrapper(content) in ([], {}) or (isinstance(content, dict) and list(content.values()) == [None])


def _scrolling_table_html(table: pd.DataFrame) -> str:
    """Returns a table that scrolls sideways instead of squeezing its columns."""
    rows = table.where(table.notna(), "").to_html(index=False, border=0)
    for tag in ("th", "td"):  # Jupyter's own style is the other way round
        rows = rows.replace(f"<{tag}>", f"<{tag} style='white-space: nowrap; text-align: left'>")
    return f"<div style='overflow-x: auto'>{rows}</div>"


def answer_frame(content: Any) -> pd.DataFrame | None:
    """Returns entries as rows, a dictionary as field and value, what is nested in a few words; None for the rest."""
    content = _without_wrapper(content)

    def plain(value: Any) -> Any:
        if isinstance(value, str) and len(value) > 70:
            return f"{value[:69]}…"
        return _summary(value) if isinstance(value, (dict, list)) else value

    if isinstance(content, dict) and content:
        rows = [{"field": key, "value": plain(value)} for key, value in content.items()]
        return pd.DataFrame(rows, dtype=object)
    if isinstance(content, list) and content and all(isinstance(entry, dict) for entry in content):
        rows = [{key: plain(value) for key, value in entry.items()} for entry in content]
        return pd.DataFrame(rows, dtype=object)
    return None
