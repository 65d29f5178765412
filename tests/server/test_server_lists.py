"""Paging: by page, by offset, by cursor, and what is refused."""

import pytest
from server_site import RESEARCHER, ServerSite, assert_problem, parsed

SIX = [
    "GET /articles",
    "POST /articles/search",
    "GET /collections",
    "POST /collections/search",
    "GET /projects",
    "POST /projects/search",
]


@pytest.fixture(scope="module")
def site():
    site = ServerSite()
    yield site
    site.store.close()


def pages(site, operation, **parameters):
    """Returns all pages by cursor."""
    method, path = operation.split()
    query = "&".join(f"{name}={value}" for name, value in parameters.items())
    headers, found = {}, []
    while True:
        reply = site.ask(method, f"{path}?{query}", **headers)
        assert reply.status == 200
        found.append([item["id"] for item in parsed(reply)])
        if "X-Cursor" not in reply.headers:
            return found
        headers = {"x_cursor": reply.headers["X-Cursor"]}


def test_ten_by_default_and_a_thousand_at_most(site):
    assert len(site.get("/articles")) == 10
    assert len(site.get("/articles?page_size=1000")) == len(site.store.article_ids())
    assert_problem(site.ask("GET", "/articles?page_size=1001"), 422, "page_size")
    assert_problem(site.ask("GET", "/articles?limit=5000"), 422, "limit")


def test_pages_and_offsets_are_two_ways_to_the_same(site):
    assert site.get("/articles?page=3&page_size=20") == site.get("/articles?limit=20&offset=40")


@pytest.mark.parametrize(
    "query, status",
    [
        ("page=1&offset=0", 422),
        ("page_size=5&limit=5", 422),
        ("page=0", 422),
        ("page=-1", 422),
        ("page=two", 400),
        ("page_size=1.5", 400),
        ("offset=8999&limit=2", 422),
        ("page=10&page_size=1000", 422),
        ("offset=99999", 422),
    ],
)
def test_paging_that_is_refused(site, query, status):
    for path in ("/articles", "/collections", "/articles/5616445/files"):
        assert_problem(site.ask("GET", f"{path}?{query}"), status)


def test_past_the_last_result_is_an_empty_list(site):
    assert site.get("/articles?page=9&page_size=1000") == []
    assert site.get("/articles?offset=8999&limit=1") == []


@pytest.mark.parametrize("operation", SIX)
def test_the_cursor_walks_through_everything_once(site, operation):
    method, path = operation.split()
    whole = [item["id"] for item in parsed(site.ask(method, f"{path}?page_size=1000"))]
    walked = pages(site, operation, limit=7)
    assert [one for page in walked for one in page] == whole
    assert {len(page) for page in walked[:-1]} <= {7}


@pytest.mark.parametrize("order", ["created_date", "published_date", "views"])
@pytest.mark.parametrize("direction", ["asc", "desc"])
def test_the_cursor_keeps_any_order(site, order, direction):
    query = {"order": order, "order_direction": direction}
    whole = [hit["id"] for hit in site.search(page_size=1000, **query)]
    walked = pages(site, "POST /articles/search", limit=97, **query)
    assert [one for page in walked for one in page] == whole


def test_a_cursor_refuses_an_offset_and_nonsense(site):
    cursor = site.ask("GET", "/articles").headers["X-Cursor"]
    assert_problem(site.ask("GET", "/articles?offset=5", x_cursor=cursor), 422, "offset")
    for bad in ("nonsense", "W10=", "WzEsMiwzLDRd", "é"):
        assert_problem(site.ask("GET", "/articles", x_cursor=bad), 422, "X-Cursor")


def test_other_lists_have_no_cursor(site):
    assert "X-Cursor" not in site.ask("GET", "/account/articles", token=RESEARCHER).headers


def test_list_items_have_figshares_keys_in_its_order(site):
    expected = [
        "id",
        "title",
        "doi",
        "handle",
        "url",
        "published_date",
        "thumb",
        "defined_type",
        "defined_type_name",
        "group_id",
        "url_private_api",
        "url_public_api",
        "url_private_html",
        "url_public_html",
        "timeline",
        "resource_title",
        "resource_doi",
        "created_date",
        "modified_date",
    ]
    for item in site.get("/articles?page_size=50"):
        assert list(item) == expected
        assert item["group_id"] is not None and item["resource_doi"] is not None


def test_lists_default_to_published_and_search_to_created(site):
    listed = [item["published_date"] or "" for item in site.get("/articles?page_size=1000")]
    searched = [item["created_date"] for item in site.search(page_size=1000)]
    assert listed == sorted(listed, reverse=True) and searched == sorted(searched, reverse=True)
