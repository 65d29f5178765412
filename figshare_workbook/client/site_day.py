"""Which day it is on the site."""

from __future__ import annotations

from datetime import date, timedelta

from figshare_workbook.base.errors import require
from figshare_workbook.base.periods import months_before
from figshare_workbook.base.rules import check_order
from figshare_workbook.client.connect import Figshare
from figshare_workbook.client.expected import OAI_IDENTITY
from figshare_workbook.client.oai import OAI


def site_date(figshare: Figshare) -> str:
    """Returns the site's own date (UTC), "2026-01-15": what OAI-PMH gives as the date of its answers."""
    answer = figshare.ask("GET", "/oai", params={"verb": "Identify"}, shape=OAI_IDENTITY)
    return answer.findtext(f"{OAI}responseDate")[:10]


def report_period(figshare: Figshare, start_date: str = "", end_date: str = "", *, months: int = 24) -> tuple[str, str]:
    """Returns the first and the last day of a report that may run every month; one request, for the site's day.

    Args:
        figshare: The client.
        start_date, end_date: `YYYY-MM-DD`, both included. An empty end is the last day of the site's last whole
            month, or the site's today where the start lies behind that; an empty start the first day of the month
            that makes it `months` whole months.
        months: How many.

    Returns:
        Both days; the last is never later than the site's today, and a sentence says where it was cut.

    Raises:
        ParameterError: The first day lies in the future, or after the last one.
    """
    if not end_date:
        end_date = _last_whole_month(figshare, start_date)
    else:
        end_date = end_date_up_to_today(figshare, start_date or end_date, end_date)
    if not start_date:
        start_date = months_before(end_date, months - 1)
    check_order(start_date, end_date)
    return start_date, end_date


def _last_whole_month(figshare: Figshare, start_date: str) -> str:
    """Returns the last day of the site's last whole month; its today where the start lies in the month that runs."""
    today = site_date(figshare)
    require(start_date <= today, f"start_date {start_date} lies in the future (today is {today}): change it.")
    end = (date.fromisoformat(today).replace(day=1) - timedelta(days=1)).isoformat()
    return today if start_date > end else end


def end_date_up_to_today(figshare: Figshare, start_date: str, end_date: str) -> str:
    """Returns `end_date`, or the site's today where `end_date` lies in the future; then it prints that.

    Raises:
        ParameterError: The first day lies in the future too: there is nothing to count yet.
    """
    today = site_date(figshare)
    require(start_date <= today, f"start_date {start_date} lies in the future (today is {today}): change it.")
    if end_date > today:
        print(f"end_date {end_date} lies after the site's today: counted until {today}.")
    return min(end_date, today)
