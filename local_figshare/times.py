"""Dates and times of records: read in any of their layouts, written in one."""

from __future__ import annotations

import re
from datetime import UTC, datetime

INSTANT = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}([T ][0-9]{2}:[0-9]{2}.*)?")


def utc_datetime(text: str) -> datetime:
    """Returns an ISO 8601 date or time of a record as an aware datetime in UTC. Raises `ValueError`."""
    if not INSTANT.fullmatch(text):  # Python reads weeks and dates without hyphens too
        raise ValueError(f"{text!r} is not a date")
    value = datetime.fromisoformat(text.replace("Z", "+00:00"))
    try:
        return value.astimezone(UTC) if value.tzinfo else value.replace(tzinfo=UTC)
    except OverflowError:
        raise ValueError(f"{text!r} is not a date of our calendar in UTC") from None


def timestamp(moment: datetime) -> str:
    """Returns a time in UTC as records write it: 2026-01-15T12:00:00Z."""
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def utc_timestamp(text: str | None) -> str | None:
    """Returns a date or time of a record as 2026-01-15T12:00:00Z: such texts sort as their times do."""
    if not text or (len(text) == len("2026-01-15T12:00:00Z") and text[10] == "T" and text[-1] == "Z"):
        return text or None
    return timestamp(utc_datetime(text))
