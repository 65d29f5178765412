"""Every loop ends: pages, cursors, offsets and tokens of servers that repeat themselves."""

import itertools
import json
from urllib.parse import parse_qs, urlsplit

import pytest
from helpers_site import client_answered_by, patch_rooms, queue_fault, requests_of

import figshare_helpers as fh

pytestmark = pytest.mark.slow  # sockets, processes and files take seconds

JSON, XML = {"Content-Type": "application/json"}, {"Content-Type": "text/xml"}
REPEATS = "repeats itself after {} entries: the list ends here and may lack some."


def entries(begin: int, end: int) -> bytes:
    """Returns the entries `begin` to `end`, counted from 0; their ids begin at 1."""
    rows = [
        {"id": number + 1, "title": f"Newt {number}", "status": "pending", "article_id": number + 1}
        for number in range(begin, end)
    ]
    return json.dumps(rows).encode()


def question(request) -> dict:
    """Returns what a request asks for, in its address or in its cursor."""
    asked = {
        name: int(values[0]) for name, values in parse_qs(urlsplit(request.path).query).items() if values[0].isdigit()
    }
    return {**asked, "cursor": request.headers.get("X-Cursor")}


# ---- listings ------------------------------------------------------------------------------------


def test_the_same_full_page_for_ever_ends_and_says_so(capsys):
    with client_answered_by((200, JSON, entries(0, 100))) as client:
        assert [item["id"] for item in client.articles(page_size=100)] == list(range(1, 101))
        assert client.notes == [f"GET /articles {REPEATS.format(100)}"]
        assert len(client.requests_made) == 3
    assert capsys.readouterr().out.count("\n") == 1


@pytest.mark.parametrize("cursors", [["A", "B"], ["A"], None], ids=["A, B, A, B", "A, A, A", "always new"])
def test_cursors_that_lead_in_a_circle_end(monkeypatch, cursors):
    names = itertools.cycle(cursors) if cursors else map(str, itertools.count())

    def answer(request):
        begin = {"A": 20, "B": 40}.get(question(request)["cursor"], 0)
        return 200, {**JSON, "X-Cursor": next(names)}, entries(begin, begin + 20)

    patch_rooms(monkeypatch, "MAX_LISTING", 20)
    with client_answered_by(answer) as client:
        found = [item["id"] for item in client.articles(page_size=20)]
        assert found == list(range(1, 20 * (1 + len(cursors or [])) + 1))
        assert client.notes == [f"GET /articles {REPEATS.format(len(found))}"]


def test_a_page_that_repeats_once_is_no_end():
    """As where an item is added while a list is read one by one."""
    with client_answered_by(
        (200, JSON, entries(0, 1)), (200, JSON, entries(0, 1)), (200, JSON, entries(1, 2)), (200, JSON, b"[]")
    ) as client:
        assert [item["id"] for item in client.articles(page_size=1)] == [1, 2]
        assert client.notes == []


@pytest.mark.parametrize("search", [False, True])
def test_a_short_page_with_a_cursor_is_not_the_last(server, figshare, search):
    ask = (lambda **more: figshare.search(order="views", **more)) if search else figshare.articles
    everything = [item["id"] for item in ask()]
    queue_fault(server, "short", "/v2/articles", after=1, times=4)
    assert [item["id"] for item in ask(page_size=50)] == everything
    assert figshare.notes == []


def test_a_short_page_with_the_cursor_that_was_asked_with_is_the_last(monkeypatch):
    patch_rooms(monkeypatch, "MAX_LISTING", 20)
    with client_answered_by(
        (200, {**JSON, "X-Cursor": "A"}, entries(0, 20)), (200, {**JSON, "X-Cursor": "A"}, entries(20, 25))
    ) as client:
        assert len(list(client.articles(page_size=20))) == 25
        assert client.notes == [] and len(client.requests_made) == 2


@pytest.mark.parametrize("total", [9, 10, 11, 20, 34])
def test_where_the_page_size_is_ignored_ten_are_not_the_end(total):
    def answer(request):
        begin = (question(request)["page"] - 1) * 10
        return 200, JSON, entries(begin, min(begin + 10, total))

    with client_answered_by(answer) as client:
        assert [item["id"] for item in client.listing("GET", "/account/projects", {})] == list(range(1, total + 1))


def test_ten_are_the_end_where_more_than_ten_have_come_before():
    with client_answered_by((200, JSON, entries(0, 11)), (200, JSON, entries(0, 10))) as client:
        assert [len(list(client.articles(group=group))) for group in (1, 2, 3)] == [11, 10, 10]
        assert len(client.requests_made) == 3


@pytest.mark.parametrize("total", [10, 110, 200])
def test_where_it_is_kept_ten_may_be_the_end(total):
    def answer(request):
        asked = question(request)
        begin = (asked["page"] - 1) * asked["page_size"]
        return 200, JSON, entries(begin, min(begin + asked["page_size"], total))

    with client_answered_by(answer) as client:
        assert [item["id"] for item in client.articles(page_size=100)] == list(range(1, total + 1))
        assert client.notes == []


# ---- what administrators list --------------------------------------------------------------------


def test_reviews_end_where_the_offset_is_ignored():
    with client_answered_by((200, JSON, entries(0, 1000))) as client:
        assert len(client.reviews()) == 1000
        assert client.notes == [f"GET /account/institution/reviews {REPEATS.format('1,000')}"]


@pytest.mark.parametrize("total", [10, 25])
def test_reviews_where_the_limit_is_ignored(total):
    def answer(request):
        begin = question(request)["offset"]
        return 200, JSON, entries(begin, min(begin + 10, total))

    with client_answered_by(answer) as client:
        assert [entry["id"] for entry in client.reviews()] == list(range(1, total + 1))
        assert len(client.reviews(limit=3)) == 3


def test_windows_that_lead_in_a_circle_end(monkeypatch):
    ends = itertools.cycle(["2024-01-01T00:00:00Z", "2024-01-02T00:00:00Z"])

    def answer(_):
        end = next(ends)
        items = [{**item, "modified_date": end} for item in json.loads(entries(0, 20))]
        return 200, JSON, json.dumps(items).encode()

    patch_rooms(monkeypatch, "MAX_LISTING", 20)
    with client_answered_by(answer) as client:
        assert len(list(client.institution_articles(page_size=20))) == 20
        assert client.notes == [f"/account/institution/articles {REPEATS.format(20)}"]


# ---- OAI-PMH -------------------------------------------------------------------------------------

RECORD = """<record><header><identifier>oai:figshare.com:article/{0}</identifier>
<datestamp>2024-05-{1:02}T00:00:00Z</datestamp></header><metadata><dc xmlns="http://purl.org/dc/elements/1.1/">
<title>Newt {0}</title></dc></metadata></record>"""


def oai(verb: str, inside: str, token: str) -> tuple:
    text = (
        f'<OAI-PMH xmlns="http://www.openarchives.org/OAI/2.0/"><{verb}>{inside}'
        f"<resumptionToken>{token}</resumptionToken></{verb}></OAI-PMH>"
    )
    return 200, XML, text.encode()


def records(begin: int, end: int, token: str) -> tuple:
    return oai("ListRecords", "".join(RECORD.format(number, number % 28 + 1) for number in range(begin, end)), token)


def bad_token() -> tuple:
    text = '<OAI-PMH xmlns="http://www.openarchives.org/OAI/2.0/"><error code="badResumptionToken"/></OAI-PMH>'
    return 200, XML, text.encode()


@pytest.mark.parametrize(
    "answers",
    [
        [records(1, 4, "A")],
        [records(1, 4, "A"), *[records(4, 7, "B"), records(1, 4, "A")] * 9],
        [records(1, 1, "A")],
        [records(1, 4, f"token {number}") for number in range(20)],
        [records(1, 1, f"token {number}") for number in range(20)],
        [answer for _ in range(20) for answer in (records(1, 4, "A"), bad_token())],
        [bad_token()],
    ],
    ids=[
        "same token",
        "A, B, A, B",
        "no records",
        "new tokens",
        "new tokens, no records",
        "bad in turns",
        "always bad",
    ],
)
def test_a_harvest_that_goes_round_in_circles_stops_and_goes_on_later(tmp_path, answers):
    with client_answered_by(*answers) as client:
        with pytest.raises(fh.FigshareError, match=r"round in circles[^\n]*\n[^\n]*\n.*goes on where it stopped"):
            client.harvest(tmp_path)
        assert len(client.requests_made) < 15
    with client_answered_by(records(7, 9, "")) as healed, pytest.MonkeyPatch.context() as patch:
        patch.setattr(type(healed), "identity", client.identity)
        healed.harvest(tmp_path)
    assert {7, 8} <= set(fh.harvest_frame(tmp_path)["id"])


def test_a_list_of_sets_that_repeats_itself_ends():
    inside = "<set><setSpec>portal_1</setSpec><setName>Newts</setName></set>"
    with client_answered_by(oai("ListSets", inside, "again")) as client:
        assert fh.oai_sets_frame(client).to_numpy().tolist() == [["portal_1", "Newts"]]
        assert client.notes == [f"The list of sets {REPEATS.format(1)}"]
    with client_answered_by(oai("ListSets", "", "again")) as client:
        assert len(fh.oai_sets_frame(client)) == 0 and len(client.requests_made) == 2


# ---- ResourceSync --------------------------------------------------------------------------------


SITEMAP = "http://www.sitemaps.org/schemas/sitemap/0.9"


def lists(**links):
    """Makes a server that answers with documents by name; each lists the names it links."""

    def answer(request):
        root = f"http://{request.headers['Host']}"
        name = request.path.strip("/").removesuffix(".xml")
        found = links.get(name) or [f"{int(name) + 1}.xml"]
        entries = "".join(f"<sitemap><loc>{root}/{link}</loc></sitemap>" for link in found)
        return 200, XML, f"<sitemapindex xmlns='{SITEMAP}'>{entries}</sitemapindex>".encode()

    return answer


@pytest.mark.parametrize(
    "links",
    [
        {"a": ["a.xml"]},
        {"a": ["b.xml"], "b": ["a.xml"]},
        {"a": ["b.xml"], "b": ["c.xml"], "c": ["a.xml", "b.xml"]},
        {"a": ["1.xml"]},
    ],
    ids=["itself", "each other", "a ring", "ever on"],
)
def test_lists_that_lead_to_each_other_end(links):
    from figshare_workbook.reports.harvest_ways import complete_list_frame

    with client_answered_by(lists(**links)) as client:
        with pytest.raises(fh.FigshareError, match="lead from one to the other, and to no entries"):
            complete_list_frame(client, client.api_url.replace("/v2", "/a.xml"))
        assert len(client.requests_made) < 6


def test_an_index_leads_to_its_lists_each_once():
    from figshare_workbook.reports.harvest_ways import complete_list_frame

    with client_answered_by(lists(a=["b.xml", "c.xml", "b.xml", "a.xml"], b=["1.txt"], c=["2.txt"])) as client:
        found = complete_list_frame(client, client.api_url.replace("/v2", "/a.xml"))
        assert [address.rsplit("/", 1)[1] for address in found["loc"]] == ["1.txt", "2.txt"]
        assert requests_of(client) == ["GET /a.xml", "GET /b.xml", "GET /c.xml"]
