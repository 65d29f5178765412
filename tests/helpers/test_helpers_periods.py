"""Periods that move with the site's day, and the same period a year before."""

import pytest
from helpers_site import patch_rooms

import figshare_helpers as fh


@pytest.fixture(params=["2026-01-15", "2024-03-01", "2025-12-31"])
def day(request, monkeypatch):
    patch_rooms(monkeypatch, "site_date", lambda _: request.param)
    return request.param


EMPTY = {
    "2026-01-15": ("2024-01-01", "2025-12-31"),
    "2024-03-01": ("2022-03-01", "2024-02-29"),
    "2025-12-31": ("2023-12-01", "2025-11-30"),
}


def test_an_empty_period_is_the_last_whole_months(figshare, day):
    assert fh.report_period(figshare) == EMPTY[day]


def test_days_that_are_given_stay(figshare, day):
    assert fh.report_period(figshare, "2020-02-03", "2021-04-05") == ("2020-02-03", "2021-04-05")
    assert fh.report_period(figshare, "2020-02-03") == ("2020-02-03", EMPTY[day][1])
    assert fh.report_period(figshare, end_date="2021-04-05", months=3) == ("2021-02-01", "2021-04-05")


def test_what_lies_ahead_is_cut_and_said(figshare, day, capsys):
    assert fh.report_period(figshare, "2023-01-01", "2030-06-30") == ("2023-01-01", day)
    assert "counted until" in capsys.readouterr().out
    with pytest.raises(fh.ParameterError, match="lies in the future"):
        fh.report_period(figshare, "2031-01-01", "2031-12-31")


@pytest.mark.parametrize(
    ("period", "before"),
    [
        (("2025-01-01", "2025-12-31"), ("2024-01-01", "2024-12-31")),
        (("2025-02-01", "2025-02-28"), ("2024-02-01", "2024-02-29")),
        (("2024-02-01", "2024-02-29"), ("2023-02-01", "2023-02-28")),
        (("2024-02-29", "2024-03-15"), ("2023-02-28", "2023-03-15")),
        (("2025-05-17", "2025-05-17"), ("2024-05-17", "2024-05-17")),
    ],
)
def test_the_same_period_a_year_before(period, before):
    assert fh.year_before(*period) == before


def test_a_period_that_begins_in_the_running_month_ends_today(figshare, monkeypatch):
    """A first item of this month has no whole month yet."""
    patch_rooms(monkeypatch, "site_date", lambda _: "2026-01-15")
    assert fh.report_period(figshare, "2026-01-09") == ("2026-01-09", "2026-01-15")
    assert fh.report_period(figshare, "2025-12-31") == ("2025-12-31", "2025-12-31")
    with pytest.raises(fh.ParameterError, match="start_date 2026-01-16 lies in the future"):
        fh.report_period(figshare, "2026-01-16")


def test_an_end_that_lies_ahead_needs_no_start(figshare, capsys):
    start, end = fh.report_period(figshare, "", "2099-12-31", months=3)
    assert (start, end) == (fh.report_period(figshare, "", end, months=3)[0], fh.site_date(figshare))
    assert "2099-12-31 lies after the site's today" in capsys.readouterr().out


@pytest.mark.parametrize(("start", "end"), [("2020-01-01", "9999-12-31"), ("1500-01-01", "2020-01-01")])
def test_years_that_no_table_holds_are_refused(figshare, start, end):
    with pytest.raises(fh.ParameterError, match="must lie in the years 1678 to 2261"):
        figshare.timeline("article", 5616445, start_date=start, end_date=end)
