"""Which day it is on the site."""

from __future__ import annotations

import re

from figshare_workbook.base.errors import ConnectionFailed, require
from figshare_workbook.client.connect import Figshare


def site_date(figshare: Figshare) -> str:
    """The site's own date (UTC), "2026-01-15": what OAI-PMH gives as the date of its answers."""
    found = re.search(r"<responseDate>(\d{4}-\d\d-\d\d)", figshare.get("/oai", verb="Identify"))
    if not found:
        raise ConnectionFailed("The site does not say which day it is.", "its OAI-PMH interface gave no date.",
                               "try again later.")
    return found[1]


def last_day(figshare: Figshare, start_date: str, end_date: str) -> str:
    """`end_date`, or the site's today where it lies in the future; then it says so.

    Raises:
        ParameterError: The first day lies in the future too: there is nothing to count yet.
    """
    today = site_date(figshare)
    require(start_date <= today, f"start_date {start_date} lies in the future (today is {today}): change it.")
    if end_date > today:
        print(f"end_date {end_date} lies after the site's today: counted until {today}.")
    return min(end_date, today)
