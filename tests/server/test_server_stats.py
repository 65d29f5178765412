"""The stats service against its documentation: shapes, defaults, clamps, refusals, and sums that agree."""

import base64
import json
import random
from datetime import date, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from small_site import SmallSite, make_small_site

from local_figshare.handlers import stats

CLOCK = date(2026, 1, 15)
BASIC = {"Authorization": "Basic " + base64.b64encode(b"local:local").decode()}


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    yield from make_small_site(tmp_path_factory.mktemp("stats"), 80, stats)


@pytest.fixture
def live_site(tmp_path):
    """A site of its own, for tests that write."""
    yield from make_small_site(tmp_path, 20, stats)


@pytest.fixture(scope="module")
def group(site):
    """The group with most items, and their records."""
    records = site.records()
    ids = [record["group_id"] for record in records]
    best = max(ids, key=ids.count)
    return best, [record for record in records if record["group_id"] == best]


def body(site, url, **headers):
    reply = site.ask(f"/stats{url}", **headers)
    assert reply.status == 200, reply.body
    assert reply.content_type == "application/json; charset=UTF-8"
    return reply.body


def refusal(site, url, status, **options):
    reply = site.ask(f"/stats{url}", **options)
    assert reply.status == status
    assert set(reply.body) == {"message", "code", "data"}
    return reply.body


# Totals


def test_totals_are_those_of_the_catalogue(site):
    for counter in ("views", "downloads", "shares"):
        for item, value in site.totals(counter).items():
            assert body(site, f"/total/{counter}/article/{item}") == {"totals": value}


def test_a_group_has_the_totals_of_exactly_its_items(site, group):
    number, records = group
    expected = sum(site.totals()[record["id"]] for record in records)
    assert body(site, f"/total/views/group/{number}") == {"totals": expected}


def test_an_author_has_the_totals_of_all_their_items(site):
    author = site.records()[0]["authors"][0]["id"]
    theirs = [r["id"] for r in site.records() if author in [a["id"] for a in r["authors"]]]
    assert body(site, f"/total/downloads/author/{author}") == {
        "totals": sum(site.totals("downloads")[item] for item in theirs)
    }


@pytest.mark.parametrize("item", ["article", "author", "collection", "group", "project"])
def test_an_unknown_id_has_an_empty_answer(site, item):
    assert body(site, f"/total/views/{item}/999999999") == {"totals": 0}
    assert body(site, f"/timeline/month/views/{item}/999999999") == {"timeline": None}
    assert body(site, f"/breakdown/month/views/{item}/999999999") == {"breakdown": None}


def test_a_total_may_be_asked_for_some_days(site, group):
    url = f"/total/views/group/{group[0]}"
    before = body(site, f"{url}?end_date=2024-12-31")["totals"]
    after = body(site, f"{url}?start_date=2025-01-01")["totals"]
    assert before + after == body(site, url)["totals"]
    assert before and after


# Timelines and breakdowns


def test_without_dates_a_timeline_covers_this_month_only(site, group):
    month = body(site, f"/timeline/month/views/group/{group[0]}")["timeline"]
    days = body(site, f"/timeline/day/views/group/{group[0]}")["timeline"]
    assert list(month) == ["2026-01"]
    assert set(days) <= {f"2026-01-{day:02}" for day in range(1, 16)}
    assert sum(days.values()) == month["2026-01"]
    assert body(site, f"/timeline/year/views/group/{group[0]}")["timeline"] == {"2026": month["2026-01"]}
    assert body(site, f"/timeline/total/views/group/{group[0]}")["timeline"] == {"total": month["2026-01"]}


def test_a_timeline_is_not_clamped_and_not_in_order(site, group):
    found = body(site, f"/timeline/day/views/group/{group[0]}?start_date=2012-01-01&end_date=2026-01-15")
    days = list(found["timeline"])
    assert min(days) < "2018" and max(days) > "2025"
    assert days != sorted(days)
    assert 0 not in found["timeline"].values()
    assert sum(found["timeline"].values()) == body(site, f"/total/views/group/{group[0]}")["totals"]


def test_after_the_end_of_time_nothing_has_happened(site, group):
    for dates in (
        "start_date=2026-02-01",
        "end_date=2025-01-01",
        "start_date=2030-01-01&end_date=2040-01-01",
        "start_date=0001-01-01&end_date=1999-12-31",
    ):
        assert body(site, f"/timeline/day/views/group/{group[0]}?{dates}") == {"timeline": None}


def test_the_longest_range_costs_nothing(site, group):
    answer = body(site, f"/timeline/day/views/group/{group[0]}?start_date=0001-01-01&end_date=9999-12-31")
    assert sum(answer["timeline"].values()) == body(site, f"/total/views/group/{group[0]}")["totals"]


def spread(site, kind, granularity, scope, first, last):
    return body(site, f"/{kind}/{granularity}/{scope}&start_date={first}&end_date={last}")[kind] or {}


@st.composite
def questions(draw, most_days):
    """A scope with or without a filter, and two days at most so far apart."""
    start = date(2012, 1, 1) + timedelta(days=draw(st.integers(0, 5100)))
    scope = draw(st.sampled_from(["group", "author", "article"]))
    counter = draw(st.sampled_from(["views", "downloads", "shares"]))
    choice = draw(st.integers(0, 10**6))
    narrowed = draw(st.sampled_from(["", "category", "item_type"]))
    return start, start + timedelta(days=draw(st.integers(0, most_days))), scope, counter, choice, narrowed


def put(site, question):
    """Returns the path of a question, about a record that exists."""
    first, last, scope, counter, choice, narrowed = question
    record = random.Random(choice).choice(site.records())
    ids = {"group": record["group_id"], "author": record["authors"][0]["id"], "article": record["id"]}
    subs = {"category": record["categories"][0]["id"], "item_type": record["defined_type"]}
    sub = f"?sub_item={narrowed}&sub_item_id={subs[narrowed]}" if narrowed else "?"
    return f"{counter}/{scope}/{ids[scope]}{sub}", first, last


@given(questions(most_days=3000))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_days_sum_to_months_to_years_to_the_total(site, question):
    asked = put(site, question)
    days, months, years, total = (
        spread(site, "timeline", granularity, *asked) for granularity in ("day", "month", "year", "total")
    )
    for fine, coarse, length in ((days, months, 7), (months, years, 4)):
        summed = {}
        for name, value in fine.items():
            summed[name[:length]] = summed.get(name[:length], 0) + value
        assert summed == coarse
    assert sum(years.values()) == total.get("total", 0)


@given(questions(most_days=360))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_countries_sum_to_the_timeline(site, question):
    asked = put(site, question)
    for granularity in ("day", "month", "year", "total"):
        places = spread(site, "breakdown", granularity, *asked)
        sums = {name: sum(cities["total"] for cities in found.values()) for name, found in places.items()}
        assert sums == spread(site, "timeline", granularity, *asked)


def test_at_most_ten_cities_stand_beside_the_total(site, group):
    found = body(site, f"/breakdown/total/views/group/{group[0]}?start_date=2012-01-01")
    countries = found["breakdown"]["total"]
    america = countries["United States"]
    assert len(america) == 11
    assert sum(america.values()) - america["total"] < america["total"]  # the rest is only in the total
    assert 0 < list(america).index("total") < 10
    small = [cities for cities in countries.values() if len(cities) <= 10]
    assert small
    assert all(sum(cities.values()) == 2 * cities["total"] for cities in small)


def test_both_spellings_of_unknown_occur(site):
    totals = site.totals()
    busiest = max(site.records(), key=lambda record: totals[record["id"]])
    author = busiest["authors"][0]["id"]
    found = body(site, f"/breakdown/total/views/author/{author}?start_date=2012-01-01")
    everywhere = found["breakdown"]["total"]
    names = set(everywhere) | {city for cities in everywhere.values() for city in cities}
    assert {"Unknown", "Unkown"} <= names


def test_at_most_200_countries():
    many = {f"Country {n:03}": {"Town": n + 1} for n in range(250)}
    shown = stats.busiest_countries(many)
    assert len(shown) == 200
    assert min(cities["total"] for cities in shown.values()) == 51


@pytest.mark.parametrize(
    ("granularity", "last"),
    [("day", "2020-03-05"), ("month", "2021-03-05"), ("year", "2024-03-05"), ("total", "2020-03-05")],
)
def test_breakdowns_between_two_dates_are_clamped(site, group, granularity, last):
    url = f"/breakdown/{granularity}/views/group/{group[0]}?start_date=2019-03-05"
    clamped = body(site, f"{url}&end_date=2026-01-15")
    assert clamped == body(site, f"{url}&end_date={last}")
    assert clamped != body(site, url)  # with one date only there is no clamp


def test_the_clamp_knows_leap_years():
    start = stats.day_parameter("start_date", type("Request", (), {"query": {"start_date": "2020-02-29"}}))
    assert stats.last_breakdown_day(start, 10**5, "day") - start == 365


def test_filters_narrow(site, group):
    number, records = group
    kind = records[0]["defined_type"]
    expected = sum(site.totals()[record["id"]] for record in records if record["defined_type"] == kind)
    url = f"/timeline/total/views/group/{number}?start_date=2012-01-01&sub_item=item_type&sub_item_id="
    assert body(site, f"{url}{kind}") == {"timeline": {"total": expected}}
    named = records[0]["defined_type_name"].replace(" ", "%20")
    assert body(site, f"{url}{named}") == {"timeline": {"total": expected}}
    category = records[0]["categories"][0]["id"]
    expected = sum(
        site.totals()[record["id"]] for record in records if category in [entry["id"] for entry in record["categories"]]
    )
    url = f"/timeline/total/views/group/{number}?start_date=2012-01-01"
    url += f"&sub_item=category&sub_item_id={category}"
    assert body(site, url) == {"timeline": {"total": expected}}


# Tops


def without_zeros(values):
    return {key: value for key, value in values.items() if value}


def test_the_top_is_of_all_time_and_ten_long(site):
    top = body(site, "/top/views/article")["top"]
    totals = site.totals()
    best = sorted(totals, key=lambda item: (-totals[item], str(item)))[:10]
    assert top == {str(item): totals[item] for item in best}
    assert list(top.values()) != sorted(top.values(), reverse=True)  # Figshare does not sort it
    assert len(body(site, "/top/views/article?count=3")["top"]) == 3
    everything = body(site, "/top/views/article?count=1000")["top"]
    assert everything == without_zeros({str(item): value for item, value in totals.items()})


def test_groups_and_authors_have_tops(site, group):
    number, records = group
    totals = site.totals()
    expected = sum(totals[record["id"]] for record in records)
    assert body(site, "/top/views/group?count=1000")["top"][str(number)] == expected
    sums = {}
    for record in site.records():
        for author in record["authors"]:
            sums[str(author["id"])] = sums.get(str(author["id"]), 0) + totals[record["id"]]
    assert body(site, "/top/views/author?count=1000")["top"] == without_zeros(sums)


def test_a_top_of_categories_is_wrapped_and_covers_the_dates(site, group):
    number, records = group
    totals, sums = site.totals(), {}
    for record in records:
        for category in record["categories"]:
            sums[str(category["id"])] = sums.get(str(category["id"]), 0) + totals[record["id"]]
    url = f"/top/views/group?item_id={number}&sub_item=category&count=1000"
    assert body(site, f"{url}&start_date=2012-01-01") == {"top": without_zeros(sums)}
    month = body(site, url)["top"]  # without dates: this month
    assert sum(month.values()) < sum(sums.values()) / 5


def test_tops_of_types_and_referrers_have_no_wrapper(site, group):
    number, records = group
    span = "&start_date=2012-01-01&count=1000"
    types = body(site, f"/top/views/group?item_id={number}&sub_item=item_type{span}")
    assert sum(types.values()) == sum(site.totals()[record["id"]] for record in records)
    assert set(types) <= {record["defined_type_name"] for record in records}
    hosts = body(site, f"/top/views/group?item_id={number}&sub_item=referral{span}")
    assert sum(hosts.values()) == sum(types.values())
    assert max(hosts, key=hosts.get) == "www.google.com"


def test_an_empty_top_is_empty(site):
    assert body(site, "/top/views/group?item_id=999999999") == {"top": {}}
    assert body(site, "/top/views/group?item_id=999999999&sub_item=referral") == {}


# Counts


def test_items_of_groups_are_counted(site, group):
    number, records = group
    reply = site.ask("/stats/count/articles", "POST", {"groups": [{"id": number}, {"id": 1}]})
    assert reply.body == {str(number): len(records), "1": 0}


def test_a_count_needs_groups(site):
    assert refusal(site, "/count/articles", 400, method="POST")["code"] == "MissingParams"
    for groups in ([1], [{"id": "1"}], "1", [{}]):
        answer = refusal(site, "/count/articles", 400, method="POST", body={"groups": groups})
        assert answer["code"] == "InvalidParams"


# Institutions


def test_an_institution_needs_the_other_credentials(site, group):
    number = group[0]
    name = {701: "northfield", 702: "harbour", 703: "lakes"}[number // 100]
    wrong = [{}, {"Authorization": "token local-admin"}, {"Authorization": "Basic bG9jYWw6d3Jvbmc="}]
    for kind in ("timeline/month/views", "breakdown/month/views", "top/views"):
        url = f"{kind}/group" if kind == "top/views" else f"{kind}/group/{number}"
        for headers in wrong:
            assert refusal(site, f"/{name}/{url}", 403, **headers) == {
                "data": None,
                "code": "Forbidden",
                "message": "Unauthorized request",
            }
        assert body(site, f"/{name}/{url}", **BASIC)
    assert body(site, f"/{name}/total/views/group/{number}") == body(site, f"/total/views/group/{number}")


def test_an_institution_sees_its_own_items_only(site, group):
    number = group[0]
    other = {701: "harbour", 702: "lakes", 703: "northfield"}[number // 100]
    assert body(site, f"/{other}/total/views/group/{number}") == {"totals": 0}
    assert str(number) not in body(site, f"/{other}/top/views/group?count=1000", **BASIC)["top"]


def test_an_unknown_institution_is_not_found(site):
    for url in ("total/views/article/1", "timeline/month/views/group/1", "top/views/group"):
        assert refusal(site, f"/nowhere/{url}", 404)["code"] == "EntityNotFound"


def test_api_tokens_do_not_matter(site, group):
    url = f"/total/views/group/{group[0]}"
    assert body(site, url, Authorization="token nonsense") == body(site, url)


# Refusals


def test_a_wrong_counter_is_refused_in_the_documented_words(site):
    assert refusal(site, "/total/hugs/article/1", 400) == {
        "data": {"extra": "Counter type not supported: hugs", "invalid_params": "counter"},
        "code": "InvalidParams",
        "message": "Invalid or unsupported params: counter",
    }


def test_a_filter_without_its_id_is_refused_in_the_documented_words(site):
    url = "/lakes/timeline/month/views/group/1?start_date=2014-01-01&end_date=2015-02-03&sub_item=category"
    assert refusal(site, url, 400, **BASIC) == {
        "data": {
            "missing_params": "sub_item_id",
            "parameters": {"end_date": "2015-02-03", "start_date": "2014-01-01", "sub_item": "category"},
            "path": "/lakes/timeline/month/views/group/1",
        },
        "code": "MissingParams",
        "message": "Missing required params: sub_item_id",
    }


@pytest.mark.parametrize(
    "url",
    [
        "/total/views/article",
        "/total/views/dataset/1",
        "/timeline/month/views/article",
        "/breakdown/day/views/spoon/1",
        "/top/views/spoon",
        "/lakes/total/views/article",
    ],
)
def test_an_item_left_off_or_unknown(site, url):
    answer = refusal(site, url, 400, **BASIC)
    assert answer["code"] == "InvalidParams"
    assert answer["data"]["extra"] == "Unknown or usupported item type"


@pytest.mark.parametrize(
    ("url", "parameter"),
    [
        ("/timeline/week/views/article/1", "granularity"),
        ("/total/views/article/one", "item_id"),
        ("/total/views/article/99999999999999999999", "item_id"),
        ("/timeline/month/views/article/1?start_date=2020-13-01", "start_date"),
        ("/breakdown/month/views/article/1?end_date=yesterday", "end_date"),
        ("/timeline/month/views/article/1?sub_item=colour&sub_item_id=1", "sub_item"),
        ("/timeline/month/views/article/1?sub_item=referral&sub_item_id=1", "sub_item"),
        ("/timeline/month/views/article/1?sub_item=category&sub_item_id=one", "sub_item_id"),
        ("/top/views/article?count=0", "count"),
        ("/top/views/article?count=1001", "count"),
        ("/top/views/article?count=ten", "count"),
        ("/top/views/article?sub_item=colour", "sub_item"),
    ],
)
def test_a_wrong_parameter_is_named(site, url, parameter):
    assert refusal(site, url, 400)["data"]["invalid_params"] == parameter


def test_a_top_within_nothing_is_refused(site):
    assert refusal(site, "/top/views/group?sub_item=category", 400)["data"]["missing_params"] == "item_id"


def test_other_addresses_do_not_exist(site):
    assert site.ask("/stats/average/views/article/1").status == 404
    assert site.ask("/stats/total/views/article/1", "POST").status == 404


# Live events


def test_live_events_are_counted_everywhere(live_site):
    record = live_site.records()[3]
    item, number = record["id"], record["group_id"]

    def asked():
        days = body(live_site, f"/timeline/day/views/article/{item}")["timeline"] or {}
        months = body(live_site, f"/timeline/month/views/group/{number}")["timeline"] or {}
        places = body(live_site, f"/breakdown/total/views/article/{item}")["breakdown"] or {}
        return [
            body(live_site, f"/total/views/article/{item}")["totals"],
            body(live_site, f"/total/views/group/{number}")["totals"],
            days.get("2026-01-15", 0),
            months.get("2026-01", 0),
            places.get("total", {}).get("Unknown", {}).get("total", 0),
            body(live_site, "/top/views/article?count=1000")["top"].get(str(item), 0),
            body(live_site, f"/top/views/article?item_id={item}&sub_item=referral").get("Unknown", 0),
        ]

    before = asked()
    for _ in range(3):
        live_site.store.count_event(item, "views")
    assert asked() == [value + 3 for value in before]


def test_the_history_stays_when_the_clock_moves_to_another_day(live_site):
    item = live_site.records()[0]["id"]
    url = f"/timeline/day/views/article/{item}?start_date=2012-01-01"
    before = body(live_site, url)
    with live_site.store.write() as db:
        db.execute("UPDATE meta SET value = '2026-03-01T12:00:00Z' WHERE key = 'clock'")
    assert body(live_site, url) == before
    assert body(live_site, f"/timeline/day/views/article/{item}") == {"timeline": None}


# Real records


def test_real_records_have_the_totals_of_their_file(iowa, tmp_path, monkeypatch):
    monkeypatch.setenv("LOCAL_FIGSHARE_CACHE", str(tmp_path / "cache"))
    site = SmallSite(iowa, stats)
    try:
        totals = site.totals()
        groups = {}
        for record in site.records():
            groups[record["group_id"]] = groups.get(record["group_id"], 0) + totals[record["id"]]
        assert len(groups) > 3
        for number, expected in groups.items():
            url = f"/iastate/timeline/month/views/group/{number}?start_date=2000-01-01"
            assert sum(body(site, url, **BASIC)["timeline"].values()) == expected
    finally:
        site.store.close()


def test_a_refusal_is_written_as_documented(site):
    reply = site.ask("/stats/total/hugs/article/5616445")
    assert (reply.status, reply.content_type) == (400, "application/json; charset=UTF-8")
    assert list(json.loads(reply.encoded())) == ["data", "code", "message"]


@pytest.mark.parametrize("day", ["20250201", "2025-W10-1", "2025-02-30", "2025-2-3", "2025-01-01T10:00"])
def test_only_a_date_is_a_date(site, day):
    assert site.ask(f"/stats/timeline/day/views/article/5616445?start_date={day}").status == 400
