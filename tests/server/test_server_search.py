"""The search language, on its own and over HTTP's parameters: operators, fields, filters, orders, never a 500."""

import base64

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from server_site import ServerSite, assert_problem, parsed

from local_figshare.messages import Problem
from local_figshare.search import Group, Term, condition, parse


@pytest.fixture(scope="module")
def site():
    site = ServerSite()
    yield site
    site.store.close()


def ids(hits):
    return {hit["id"] for hit in hits}


@pytest.fixture(scope="module")
def find(site):
    """All ids of a query; the shipped catalogue has fewer than a page of 1,000."""
    return lambda text, **more: ids(site.search(search_for=text, page_size=1000, **more))


@pytest.fixture(scope="module")
def records(site):
    return {article_id: site.store.article(article_id) for article_id in site.store.article_ids()}


# The tree


def plain(word):
    return Term("*", word, exact=True)


@pytest.mark.parametrize(
    "text, tree",
    [
        ("frog", plain("frog")),
        ("frog toad", Group("OR", (plain("frog"), plain("toad")))),
        ("a OR b AND c", Group("OR", (plain("a"), Group("AND", (plain("b"), plain("c")))))),
        ("(a OR b) AND c", Group("AND", (Group("OR", (plain("a"), plain("b"))), plain("c")))),
        ("a AND NOT b", Group("AND", (plain("a"), Group("NOT", (plain("b"),))))),
        ("NOT NOT a", plain("a")),
        ('"stem cell"', plain("stem cell")),
        (
            ":tag: cancer cell AND :category: biochemistry",
            Group("AND", (Term("tag", "cancer cell"), Term("category", "biochemistry"))),
        ),
        (":Author: Holt", Term("author", "Holt")),
        (":search term: frog", Term("search_term", "frog")),
        (":category: 'Environmental Humanities'", Term("category", "Environmental Humanities", exact=True)),
        (":title: (frog OR toad)", Group("OR", (Term("title", "frog", True), Term("title", "toad", True)))),
        ("rock 'n' roll", Group("OR", (plain("rock"), plain("n"), plain("roll")))),
        ("", None),
        ("   ", None),
    ],
)
def test_a_query_becomes_a_tree(text, tree):
    assert parse(text) == tree


@pytest.mark.parametrize(
    "text",
    [
        "(frog",
        "frog)",
        '"frog',
        "frog AND",
        "NOT",
        "OR frog",
        ":title:",
        "()",
        ":title: AND",
        "(" * 60 + "a" + ")" * 60,
        "a " * 400,
        ":published_before: soon",
    ],
)
def test_broken_syntax_is_refused_with_a_reason(site, text):
    body = assert_problem(site.ask("POST", "/articles/search", {"search_for": text}), 400, "search_for: ")
    assert body["data"] == {"invalid_params": "search_for"}


@settings(max_examples=300)
@given(st.text(alphabet=st.one_of(st.sampled_from("()\":'* ANDORT"), st.characters()), max_size=60))
def test_any_text_is_searched_or_refused(site, text):
    reply = site.ask("POST", "/articles/search", {"search_for": text})
    assert reply.status in (200, 400), (text, reply.body)


WORDS = st.sampled_from(
    [
        "AND",
        "OR",
        "NOT",
        "(",
        ")",
        '"stem cell"',
        ":title:",
        ":published_before:",
        "2020-01-01",
        "frog",
        "'x y'",
        ":nosuch:",
        "*",
        "10.6084/m9.figshare.5616445.v2",
        "NEAR(a b)",
        "title:x",
    ]
)


@settings(max_examples=300)
@given(st.lists(WORDS, max_size=14).map(" ".join))
def test_any_order_of_operators_is_searched_or_refused(site, text):
    try:
        sql, args = condition(text)
    except Problem as problem:
        assert problem.status == 400
    else:
        site.store.query(f"SELECT id FROM articles WHERE {sql} LIMIT 1", args)


# What is found


def test_a_title_is_found_by_its_stem(find, records):
    expected = {one for one, record in records.items() if "frog" in record["title"].lower()}
    assert expected and expected <= find(":title: frogs")
    assert find(":title: frogs") == find(":title: frog")


def test_operators_are_set_operations(find, records):
    frog, pond = find("frog"), find("pond")
    assert frog and pond and frog != pond
    assert find("frog pond") == find("frog OR pond") == frog | pond
    assert find("frog AND pond") == frog & pond
    assert find("frog AND NOT pond") == find("frog NOT pond") == frog - pond
    assert find("NOT frog") == set(records) - frog


def test_a_single_quoted_category_is_a_phrase(find, records):
    expected = {
        one
        for one, record in records.items()
        if "Environmental humanities" in [entry["title"].capitalize() for entry in record["categories"]]
    }
    assert expected
    assert find(":category: 'Environmental Humanities'") == expected


@pytest.mark.parametrize(
    "query, test",
    [
        (":item_type: dataset", lambda r: r["defined_type_name"] == "dataset"),
        (":item_type: paper", lambda r: r["defined_type_name"] == "journal contribution"),
        (":licence: CCBY", lambda r: r["license"]["name"] in ("CC BY 4.0", "CC BY", "CC-BY", "CC BY + CC0")),
        (":extension: csv", lambda r: any(entry["name"].lower().endswith(".csv") for entry in r["files"])),
        (":published_before: 2020-01-01", lambda r: (r["published_date"] or "9") < "2020-01-01"),
        (":published_after: 2020-01-01", lambda r: (r["published_date"] or "0") > "2020-01-01"),
        (":institution: iastate", lambda r: "iastate.figshare.com" in r["url_public_html"]),
    ],
)
def test_a_field_finds_what_the_records_say(find, records, query, test):
    expected = {one for one, record in records.items() if test(record)}
    assert expected
    assert find(query) == expected


def test_an_orcid_and_a_doi_are_found_whole(find, records):
    author = next(a for record in records.values() for a in record["authors"] if a["orcid_id"])
    expected = {one for one, r in records.items() if author["orcid_id"] in [a["orcid_id"] for a in r["authors"]]}
    assert find(f":orcid: {author['orcid_id']}") == expected
    assert find(":doi: 10.6084/m9.figshare.5616445.v2") == {5616445}
    assert find("10.6084/m9.figshare.5616445") == {5616445}


def test_an_unknown_field_is_plain_text(find):
    assert find(":nosuchfield: frog") == find("nosuchfield frog")


# Filters and orders


def test_query_string_and_body_find_the_same(site):
    body = site.search(search_for="frog", page_size=7)
    reply = site.ask("POST", "/articles/search?search_for=frog&page_size=7")
    assert parsed(reply) == body and len(body) == 7
    assert next(iter(body[0])) == "project_id"


@pytest.mark.parametrize(
    "filters, test",
    [
        ({"institution": 319}, lambda r: "iastate" in r["url_public_html"]),
        ({"group": 11962}, lambda r: r["group_id"] == 11962),
        ({"item_type": 9}, lambda r: r["defined_type"] == 9),
        ({"published_since": "2025-01-01"}, lambda r: (r["published_date"] or "") >= "2025-01-01"),
        ({"modified_since": "2025-06-01T00:00:00Z"}, lambda r: r["modified_date"] >= "2025-06-01T00:00:00Z"),
        ({"doi": "https://doi.org/10.6084/m9.figshare.5616445"}, lambda r: r["id"] == 5616445),
        (
            {"resource_doi": "10.1371/journal.pone.0039704"},
            lambda r: r["resource_doi"] == "10.1371/journal.pone.0039704",
        ),
    ],
)
def test_a_filter_narrows_down(site, records, filters, test):
    expected = {one for one, record in records.items() if test(record)}
    assert expected
    assert ids(site.search(**filters, page_size=1000)) == expected


def test_project_and_handle_filters(site, records):
    project = site.get("/projects/90114/articles?page_size=100")
    assert ids(site.search(project_id=90114, page_size=100)) == ids(project)
    handle = next(record["handle"] for record in records.values() if record["handle"])
    assert [records[hit["id"]]["handle"] for hit in site.search(handle=handle)] == [handle]


@pytest.mark.parametrize("order", ["created_date", "published_date", "modified_date"])
def test_orders_by_date_in_both_directions(site, order):
    down = [hit[order] or "" for hit in site.search(order=order, page_size=1000)]
    up = [hit[order] or "" for hit in site.search(order=order, order_direction="asc", page_size=1000)]
    assert down == sorted(down, reverse=True) and up == sorted(up)


@pytest.mark.parametrize("counter", ["views", "downloads", "shares"])
def test_orders_by_count(site, counter):
    counts = {row["id"]: row[counter] for row in site.store.query("SELECT * FROM articles")}
    found = [counts[hit["id"]] for hit in site.search(order=counter, page_size=1000)]
    assert found == sorted(found, reverse=True) and found[0] > found[-1]


@pytest.mark.parametrize(
    "body, status, name",
    [
        ({"order": "size"}, 422, "order"),
        ({"order_direction": "up"}, 422, "order_direction"),
        ({"item_type": "dataset"}, 400, "item_type"),
        ({"published_since": "yesterday"}, 400, "published_since"),
        ({"search_for": 5}, 422, "search_for"),
        ({"institution": True}, 400, "institution"),
    ],
)
def test_a_wrong_filter_is_named(site, body, status, name):
    assert assert_problem(site.ask("POST", "/articles/search", body), status, name)["data"] == {"invalid_params": name}


def test_a_body_that_is_no_object_is_refused(site):
    assert_problem(site.ask("POST", "/articles/search", b"[1]"), 422, "object")
    assert_problem(site.ask("POST", "/articles/search", b"{bad"), 400, "JSON")


@pytest.mark.parametrize(
    "body, status",
    [
        ({"order": ["views"]}, 422),
        ({"order": {"views": 1}}, 422),
        ({"published_since": "2020-13-45"}, 400),
        ({"search_for": ":published_after: 2020-99-99"}, 400),
        ({"search_for": "half \ud800"}, 400),
    ],
)
def test_what_no_search_can_mean_is_refused(site, body, status):
    assert_problem(site.ask("POST", "/articles/search", body), status)


@pytest.mark.parametrize(
    "place",
    [
        b"[" * 10_000,
        b'["views", true, 1e999, 5]',
        b'["views", true, 99999999999999999999, 5]',
        b'["views", true, 1, -5]',
        b"NaN",
    ],
)
def test_a_forged_cursor_is_refused(site, place):
    cursor = base64.urlsafe_b64encode(place).decode()
    assert_problem(site.ask("GET", "/articles", x_cursor=cursor), 422, "X-Cursor")
