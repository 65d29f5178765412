"""The site's current date, and periods of reports that depend on it."""

from __future__ import annotations

from datetime import date, timedelta

from figshare_workbook.base.errors import require
from figshare_workbook.base.periods import months_before
from figshare_workbook.base.rules import check_order
from figshare_workbook.client.answer_shapes import OAI_IDENTITY
from figshare_workbook.client.connect import Figshare
from figshare_workbook.client.oai import OAI


def site_date(figshare: Figshare) -> str:
    """Returns the site's current date (UTC), such as "2026-01-15": the date of an answer of OAI-PMH."""
    answer = figshare.ask("GET", "/oai", params={"verb": "Identify"}, shape=OAI_IDENTITY)
    return answer.findtext(f"{OAI}responseDate")[:10]


def report_period(figshare: Figshare, start_date: str = "", end_date: str = "", *, months: int = 24) -> tuple[str, str]:
    """Returns the first and the last day of a report that may run every month. Sends one request, for the site's date.

    Args:
        figshare: The client.
        start_date, end_date: `YYYY-MM-DD`, both included. An empty end means the last day of the last complete
            month, or today if the start lies after that day. An empty start means that the report covers `months`
            calendar months.
        months: How many.

    Returns:
        Both days. An `end_date` after the site's today becomes today, and a sentence is printed.

    Raises:
        ParameterError: The first day lies in the future, or after the last one.
    """
    if not end_date:
        end_date = _last_whole_month(figshare, start_date)
    else:
        end_date = end_date_up_to_today(figshare, start_date, end_date)
    if not start_date:
        start_date = months_before(end_date, months - 1)
    check_order(start_date, end_date)
    return start_date, end_date


def _last_whole_month(figshare: Figshare, start_date: str) -> str:
    """Returns the last day of the last complete month; today where the start lies in the current month."""
    today = site_date(figshare)
    require(start_date <= today, f"start_date {start_date} lies in the future (today is {today}): change it.")
    month_end = (date.fromisoformat(today).replace(day=1) - timedelta(days=1)).isoformat()
    return today if start_date > month_end else month_end


def end_date_up_to_today(figshare: Figshare, start_date: str, end_date: str) -> str:
    """Returns `end_date`, or the site's today where `end_date` lies in the future; then it prints a sentence.

    Raises:
        ParameterError: The first day lies in the future too: there is nothing to count yet.
    """
    today = site_date(figshare)
    require(start_date <= today, f"start_date {start_date} lies in the future (today is {today}): change it.")
    if end_date > today:
        print(f"end_date {end_date} lies after the site's today: counted until {today}.")
    return min(end_date, today)
