"""The head of a report: whose it is, of which site and period, the day it was made, and its main numbers."""

from __future__ import annotations

import html
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from figshare_workbook.client.connect import Figshare
from figshare_workbook.client.site_date import site_date
from figshare_workbook.tables.html_table import NO_MATHEMATICS


class ReportHead:
    """The head as `show_head` gives it: HTML for people, lines of text, and a title for the document."""

    def __init__(self, title: str, facts: Mapping[str, str], numbers: Mapping[str, str | int]):
        self.title, self.facts, self.numbers = title, dict(facts), dict(numbers)

    def __repr__(self) -> str:
        lines = [self.title, *(f"{name}: {fact}" for name, fact in self.facts.items())]
        return "\n".join([*lines, *(f"{_number_text(number)} {what}" for what, number in self.numbers.items())])

    def _repr_mimebundle_(self, **_: Any) -> tuple[dict[str, str], dict[str, str]]:
        return {"text/plain": repr(self), "text/html": self._markup()}, {"title": self.title}

    def _markup(self) -> str:
        facts = "<br>".join(f"{html.escape(name)}: {html.escape(fact)}" for name, fact in self.facts.items())
        numbers = "".join(
            f"<div><b>{html.escape(_number_text(number))}</b> {html.escape(what)}</div>"
            for what, number in self.numbers.items()
        )
        head = f"<h1>{html.escape(self.title)}</h1><p>{facts}</p>"
        return f'<div class="{NO_MATHEMATICS}">{head}<div class="numbers">{numbers}</div></div>'


def _number_text(number: str | int) -> str:
    return f"{number:,}" if isinstance(number, int) else str(number)


def show_head(
    figshare: Figshare,
    title: str,
    *,
    subject: str = "",
    period: str = "",
    numbers: Mapping[str, str | int],
    sources: str = "",
) -> ReportHead:
    """Shows the head of a report; one request, for the site's day.

    Args:
        figshare: The client that the report has asked.
        title: What it is and about whom, e.g. "Repository dashboard: Agronomy".
        subject: More about whose report it is, e.g. a group's path or an author's ORCID; "" leaves the line out.
        period: From when to when, as `2024-01-01 to 2025-12-31`; "" leaves the line out.
        numbers: The three or four main numbers by what they count; whole numbers get separators.
        sources: Where numbers come from, beside the records themselves; "": views and downloads are those of
            Figshare's statistics service.

    Returns:
        A `ReportHead`, which a notebook shows, and whose title the HTML of the report takes.
    """
    counted = sources or "views and downloads as Figshare's statistics service gives them"
    facts = {
        "About": subject,
        "Site": site_text(figshare),
        "Period": period,
        "Made on": site_date(figshare),
        "Source": f"records of the Figshare API; {counted}",
    }
    return ReportHead(title, {name: fact for name, fact in facts.items() if fact}, numbers)


def site_text(figshare: Figshare) -> str:
    """Returns the site in people's words; of local Figshare whether its records are made up."""
    if figshare.site != "local":
        host = (urlsplit(figshare.api_url).hostname or "").removeprefix("api.")
        return f"{host}, Figshare's sandbox: records for practice" if figshare.site == "sandbox" else host
    is_shipped = figshare.identity == "local Figshare (catalogue shipped)"
    return "local Figshare, made-up data" if is_shipped else "local Figshare, a folder of records"
