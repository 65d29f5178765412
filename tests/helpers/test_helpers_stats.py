"""Statistics: any range, stitched and filled, equal to the sum of the days; places that add up."""

import pytest
from helpers_site import connected, patch_rooms, queue_fault

import figshare_helpers as fh
from figshare_workbook.base.periods import stats_windows
from figshare_workbook.client.statistics import counts_by_place

RANGE = {"start_date": "2015-01-10", "end_date": "2024-03-20"}
ITEM = 5616445


def test_totals_are_the_services(figshare):
    frame = figshare.totals([13259588, 1138718])
    assert frame.to_dict("records") == [
        {"id": 13259588, "views": 243, "downloads": 54},
        {"id": 1138718, "views": 7552, "downloads": 3030},
    ]
    assert list(map(str, frame.dtypes)) == ["Int64"] * 3
    assert len(figshare.requests_made) == 4


def test_totals_of_nothing_and_of_an_unknown_item(figshare):
    assert list(figshare.totals([]).columns) == ["id", "views", "downloads"]
    assert figshare.totals([99999999999], ["shares"]).values.tolist() == [[99999999999, 0]]
    assert figshare.total("article", 99999999999) == 0
    with pytest.raises(fh.ParameterError, match="not 'hugs'"):
        figshare.totals([1], ["hugs"])


def test_totals_through_top_are_the_same_numbers_in_fewer_requests(server):
    with connected(server) as client:
        ids = [item["id"] for item in client.articles(institution=319)]
        one_by_one = client.totals(ids)
        before = len(client.requests_made)
        by_top = client.totals(ids, institution="iastate")
        assert by_top.equals(one_by_one)
        assert len(client.requests_made) - before == 2


@pytest.mark.parametrize("institution", [None, "iastate"])
def test_totals_between_two_days_are_those_of_the_timelines(server, institution):
    """Counted one by one or by way of Top: the days of the timeline add up to them."""
    days = {"start_date": "2024-11-05", "end_date": "2025-02-27"}
    with connected(server, stats_credentials="local:local") as client:
        ids = [item["id"] for item in client.articles(group=11962, limit=12)]
        counts = client.totals(ids, institution=institution, **days)
        for counter in ("views", "downloads"):
            by_day = [client.timeline("article", number, counter=counter, granularity="day", **days) for number in ids]
            assert counts[counter].tolist() == [int(frame["value"].sum()) for frame in by_day]
            assert counts[counter].sum() > 0
        assert (counts["views"] <= client.totals(ids)["views"]).all()


def test_a_ledger_of_other_days_is_refused(server, tmp_path):
    ledger = tmp_path / "totals.jsonl"
    with connected(server) as client:
        client.totals([20400019], ledger=ledger, start_date="2024-01-01", end_date="2024-12-31")
        with pytest.raises(fh.ParameterError, match="job"):
            client.totals([20400019], ledger=ledger)
        with pytest.raises(fh.ParameterError, match="start_date and end_date"):
            client.totals([20400019], start_date="2024-01-01")


def test_items_that_top_leaves_out_are_asked_for(server, monkeypatch):
    with connected(server) as client:
        ids = [item["id"] for item in client.articles(institution=319)]
        one_by_one = client.totals(ids)
        patch_rooms(monkeypatch, "TOP_MAX", 30)
        before = len(client.requests_made)
        assert client.totals(ids, institution="iastate").equals(one_by_one)
        assert 2 < len(client.requests_made) - before < 2 * len(ids)


@pytest.mark.parametrize("most", [50, 211, 213])
def test_lists_that_the_service_cuts_invent_no_zeros(server, monkeypatch, most):
    """A maximum that nobody has documented: a list that is not shorter than another may be cut."""
    stats = fh.Figshare.stats

    def cut(self, path, **params):
        answer = stats(self, path, **params)
        return {"top": dict(list(answer["top"].items())[:most])} if "/top/" in path else answer

    monkeypatch.setattr(fh.Figshare, "stats", cut)
    with connected(server) as client:
        ids = [item["id"] for item in client.articles(institution=319)]
        assert client.totals(ids, institution="iastate").equals(client.totals(ids))


def test_top_says_nothing_about_items_of_others(server):
    with connected(server) as client:
        ids = [item["id"] for item in client.articles(institution=319, limit=5)] + [5616445, 123456]
        assert client.totals(ids, institution="iastate").equals(client.totals(ids))


@pytest.mark.parametrize("granularity", ["month", "year", "total"])
@pytest.mark.parametrize("counter", ["views", "downloads"])
def test_any_range_is_the_sum_of_its_days(figshare, granularity, counter):
    whole = figshare.timeline("article", ITEM, counter=counter, granularity=granularity, **RANGE)
    days = figshare.timeline("article", ITEM, counter=counter, granularity="day", **RANGE)
    names = days["period"].str[: {"month": 7, "year": 4, "total": 0}[granularity]].replace("", "total")
    assert dict(whole.values.tolist()) == days.groupby(names)["value"].sum().to_dict()
    assert whole["value"].sum() == days["value"].sum() > 0
    assert len(days) == 3358  # every day once


def test_no_request_covers_more_than_the_service_gives(figshare):
    figshare.timeline("article", ITEM, granularity="month", **RANGE)
    figshare.breakdown("article", ITEM, granularity="month", **RANGE)
    assert len(figshare.requests_made) == 2 * 5
    assert "start_date=2015-01-10&end_date=2016-12-31" in figshare.requests_made["path"][0]


def test_gaps_are_zero_and_an_empty_timeline_too(figshare):
    frame = figshare.timeline("article", ITEM, start_date="2001-11-15", end_date="2002-02-01")
    assert frame.values.tolist() == [["2001-11", 0], ["2001-12", 0], ["2002-01", 0], ["2002-02", 0]]
    assert figshare.breakdown("article", ITEM, start_date="2001-11-15", end_date="2002-02-01").empty


def test_a_breakdown_adds_up_to_the_timeline(figshare):
    for item, number in (("article", ITEM), ("group", 11962)):
        whole = figshare.timeline(item, number, granularity="year", **RANGE)
        places = figshare.breakdown(item, number, granularity="year", **RANGE)
        sums = places.groupby("period")["value"].sum().to_dict()
        assert {period: value for period, value in whole.values.tolist() if value} == sums
        assert not set(places["country"]) & {"Unkown", "total"} and "total" not in set(places["city"])
        per_country = places[places["city"] != fh.OTHER_CITIES].groupby(["period", "country"]).size()
        assert per_country.max() <= 10 * 1


def test_the_rest_of_the_cities_is_a_row_of_its_own():
    answer = {"2024-01": {"Spain": {"Seville": 6, "total": 16, "Unkown": 3}, "Unkown": {"Unkown": 1, "total": 1}}}
    assert dict(counts_by_place(answer)) == {
        ("2024-01", "Spain", "Seville"): 6,
        ("2024-01", "Spain", "Unknown"): 3,
        ("2024-01", "Spain", fh.OTHER_CITIES): 7,
        ("2024-01", "Unknown", "Unknown"): 1,
    }


def test_unknown_in_both_spellings_is_added_up(figshare, monkeypatch):
    answer = {"breakdown": {"total": {"Spain": {"Unknown": 1, "Unkown": 2, "total": 3}}}}
    monkeypatch.setattr(figshare, "ask", lambda *_, **__: answer)
    frame = figshare.breakdown("article", 1, start_date="2024-01-01", end_date="2024-01-31")
    assert frame.values.tolist() == [["total", "Spain", "Unknown", 3]]


@pytest.mark.parametrize("answer", [{"top": {"7": 2, "9": 5}}, {"7": 2, "9": 5}])
def test_top_with_and_without_its_wrapper(figshare, monkeypatch, answer):
    monkeypatch.setattr(figshare, "ask", lambda *_, **__: answer)
    assert figshare.top().values.tolist() == [[9, 5], [7, 2]]


def test_top_of_an_institution_by_referral(server):
    with connected(server) as client:
        frame = client.top(
            "views",
            "group",
            item_id=11962,
            sub_item="referral",
            institution="iastate",
            count=5,
            start_date="2022-01-01",
            end_date="2022-12-31",
        )
        assert list(frame.columns) == ["referral", "value"]
        assert len(frame) == 5 and frame["value"].is_monotonic_decreasing
        assert str(frame["referral"].dtype) == "string"


def test_a_group_by_category_and_by_item_type(server):
    with connected(server) as client:
        whole = client.timeline("group", 11962, institution="iastate", **RANGE)["value"].sum()
        dataset = client.timeline("group", 11962, institution="iastate", sub_item="item_type", sub_item_id=3, **RANGE)
        assert 0 < dataset["value"].sum() < whole


def test_an_institutions_stats_need_the_password_and_totals_do_not(server):
    with connected(server, stats_credentials="") as client:
        assert client.total("group", 11962, institution="iastate") > 0
        with pytest.raises(fh.Forbidden, match="Unauthorized request"):
            client.timeline("group", 11962, institution="iastate", **RANGE)


def test_count_articles(figshare):
    frame = figshare.count_articles([11962, 1])
    assert frame["group_id"].tolist() == [11962, 1]
    assert frame["articles"].tolist() == [len(list(figshare.articles(group=11962))), 0]


def test_counting_is_a_question_and_asked_again(server, figshare):
    queue_fault(server, "status", "/stats/count", status=503)
    assert figshare.count_articles([11962])["articles"][0] > 0


@pytest.mark.parametrize(
    ("granularity", "windows"),
    [
        ("day", [("2020-02-29", "2021-02-27"), ("2021-02-28", "2021-03-05")]),
        ("month", [("2020-02-29", "2021-03-05")]),
        ("total", [("2020-02-29", "2021-02-27"), ("2021-02-28", "2021-03-05")]),
    ],
)
def test_windows_meet_and_do_not_overlap(granularity, windows):
    assert list(stats_windows(granularity, "2020-02-29", "2021-03-05")) == windows


def test_a_month_is_never_cut_in_two():
    windows = list(stats_windows("month", "2013-05-17", "2024-01-02"))
    assert windows[0] == ("2013-05-17", "2015-04-30") and windows[1] == ("2015-05-01", "2017-04-30")
    assert windows[-1][1] == "2024-01-02"


def test_what_has_not_happened_yet_is_not_counted(figshare, capsys):
    assert fh.end_date_up_to_today(figshare, "2025-01-01", "2025-12-31") == "2025-12-31"
    assert capsys.readouterr().out == ""
    assert fh.end_date_up_to_today(figshare, "2025-01-01", "2030-12-31") == "2026-01-15"
    assert "counted until 2026-01-15" in capsys.readouterr().out
    with pytest.raises(fh.ParameterError, match="start_date 2027-01-01 lies in the future"):
        fh.end_date_up_to_today(figshare, "2027-01-01", "2030-12-31")


def test_a_ledger_keeps_what_was_counted_before(server, tmp_path):
    ledger, ids = tmp_path / "totals.jsonl", [5616445, 123456]
    with connected(server) as client:
        views, downloads = (client.totals(ids, counter, ledger=ledger) for counter in ("views", "downloads"))
        before = len(client.requests_made)
        both = client.totals(ids, ledger=ledger)
        assert len(client.requests_made) == before
        assert both.equals(views.merge(downloads, on="id")) and both.equals(client.totals(ids))


def test_one_counter_may_be_a_text(figshare):
    days = {"start_date": "2021-01-01", "end_date": "2021-03-31"}
    frame = fh.timelines_frame(figshare, "group", [21332], "downloads", **days)
    assert (
        frame["downloads"].tolist() == figshare.timeline("group", 21332, counter="downloads", **days)["value"].tolist()
    )
