"""Whatever comes back: each job against each wrong shape, and the odd answers that are legal."""

import inspect
import io
import json
from pathlib import Path

import pandas as pd
import pytest
import requests
from urllib3.response import HTTPResponse

import figshare_helpers as fh
from figshare_workbook.base.shapes import Shape
from figshare_workbook.client import transport, uploads
from figshare_workbook.client.answer_shapes import ENTRIES, JOBS, RECORD
from figshare_workbook.client.masking import masked_address
from figshare_workbook.client.pace import PoliteAdapter
from figshare_workbook.reports.dimensions_export import BatchRow

DAYS = {"start_date": "2024-01-01", "end_date": "2024-01-31"}
RECORD_5 = {
    "id": 5,
    "title": "A pond",
    "authors": [{"id": 7, "full_name": "Ada Byron", "orcid_id": ""}],
    "files": [{"id": 9, "name": "a.csv", "size": 4321, "download_url": "https://files.invalid/9"}],
    "categories": None,
    "tags": ["pond"],
    "license": None,
    "group_id": 0,
    "timeline": {},
    "status": "draft",
    "version": 2,
}


# ---- a site that answers as it is told, in this process ----------------------------------------------


class ToldSite:
    """A site in this process: gives the answer that a test has set, or for some paths a good one; keeps no state."""

    def __init__(self):
        self.body, self.kind, self.good, self.headers = b"{}", "application/json", {}, {}

    def answer(self, request: requests.PreparedRequest) -> requests.Response:
        path = request.path_url.partition("?")[0].removeprefix("/v2").removeprefix("/stats")
        known = next((value for end, value in self.good.items() if path.endswith(end)), None)
        body = self.body if known is None else known if isinstance(known, bytes) else json.dumps(known).encode()
        kind = "text/xml" if isinstance(known, bytes) else self.kind
        headers = {"Content-Type": kind, "Content-Length": str(len(body)), **self.headers}
        raw = HTTPResponse(io.BytesIO(body), headers=headers, status=200, preload_content=False, reason="OK")
        return requests.adapters.HTTPAdapter().build_response(request, raw)


@pytest.fixture
def site(monkeypatch):
    site = ToldSite()
    monkeypatch.setattr(PoliteAdapter, "send", lambda _, request, **options: site.answer(request))
    monkeypatch.setenv("FIGSHARE_API_URL", "http://stub.invalid/v2")
    return site


@pytest.fixture
def client(site):
    with fh.connect("local", token="a-token-of-nobody", stats_credentials="some:body") as client:
        client.retry = client.retry.new(total=0)
        yield client


# ---- the jobs, found in the code ------------------------------------------------------------------------

# Methods that send nothing, or only what the caller's own function sends.
SENDS_NOTHING = {
    "close",
    "trace",
    "as_curl",
    "as_python",
    "note",
    "use_token",
    "impersonating",
    "request_counts",
    "in_parallel",
    "announce",
    "new_entries",
    "ledger",
    "full_record_ledger",
    "totals_ledger",
    "only_run",
}


def methods() -> set[str]:
    return {name for name, value in inspect.getmembers(fh.Figshare, callable) if not name.startswith("_")}


def functions() -> set[str]:
    """Returns the functions of the front door that take the client."""
    found = {name: getattr(fh, name) for name in fh.__all__ if inspect.isfunction(getattr(fh, name))}
    return {
        name for name, value in found.items() if next(iter(inspect.signature(value).parameters), "") == "figshare"
    } - {"token_form", "page_link"}


def test_each_job_declares_what_it_takes():
    assert (methods() | functions()) - SENDS_NOTHING == set(JOBS)


def test_each_job_is_tried_below():
    not_tried = {"ask", "get", "post", "put", "delete", "stats", "explorer"}  # they give what comes, see below
    assert set(JOBS) - not_tried == set(CALLS)


PERSONS = pd.DataFrame({"author_id": [7], "full_name": ["Ada Byron"], "is_theirs": [True]})


def row() -> BatchRow:
    return BatchRow(0, "p1", "A pond", "10.1234/pond", {"title": "A pond", "authors": [{"name": "Ada Byron"}]})


def paper(folder: Path) -> Path:
    (folder / "up").mkdir(exist_ok=True)
    (folder / "up" / "a.csv").write_text("a,b")
    return folder / "up" / "a.csv"


def ledger(folder: Path) -> Path:
    entry = {
        "id": "10.1234/pond",
        "row": 0,
        "state": "done",
        "action": "create",
        "article_id": 5,
        "twins": [],
        "why": "",
    }
    (folder / "book.jsonl").write_text(json.dumps(entry) + "\n")
    return folder / "book.jsonl"


TREE = {"top_group": 3, "institution": "team"}
NAMED = {"article_id": 5, "collection_id": 5, "project_id": 5, "author_id": 7}
CALLS = {
    "asked_once": lambda f, folder: f.asked_once("/categories"),
    "listing": lambda f, folder: list(f.listing("GET", "/articles", {})),
    "articles": lambda f, folder: list(f.articles(group=3, include_subgroups=True)),
    "search": lambda f, folder: list(f.search("pond")),
    "projects": lambda f, folder: list(f.projects()),
    "collections": lambda f, folder: list(f.collections()),
    "project_articles": lambda f, folder: list(f.project_articles(5)),
    "collection_articles": lambda f, folder: list(f.collection_articles(5)),
    "account_articles": lambda f, folder: list(f.account_articles()),
    "institution_articles": lambda f, folder: list(f.institution_articles()),
    "institution_accounts": lambda f, folder: list(f.institution_accounts()),
    "groups": lambda f, folder: f.groups(),
    "subgroups": lambda f, folder: f.subgroups(3),
    "article": lambda f, folder: f.article(5),
    "full_records": lambda f, folder: f.full_records([5], ledger=folder / "records.jsonl"),
    "records_into": lambda f, folder: f.records_into(f.full_record_ledger(folder / "records.jsonl"), [5]),
    "counts_into": lambda f, folder: f.counts_into(f.totals_ledger(folder / "totals.jsonl"), [5]),
    "files": lambda f, folder: f.files(5),
    "versions": lambda f, folder: f.versions(5),
    "resolve": lambda f, folder: f.resolve("10.1234/pond"),
    "categories": lambda f, folder: f.categories(),
    "find_category": lambda f, folder: f.find_category("Ecology"),
    "licenses": lambda f, folder: f.licenses(),
    "find_license": lambda f, folder: f.find_license("CC BY 4.0"),
    "account": lambda f, folder: f.account(),
    "missing_fields": lambda f, folder: f.missing_fields(5),
    "publish_article": lambda f, folder: f.publish_article(5, wait=0),
    "create_article": lambda f, folder: f.create_article({"title": "A pond"}),
    "update_article": lambda f, folder: f.update_article(5, {"title": "A pond"}),
    "delete_article": lambda f, folder: f.delete_article(5),
    "upload_file": lambda f, folder: f.upload_file(5, paper(folder)),
    "upload_folder": lambda f, folder: f.upload_folder(5, paper(folder).parent),
    "download_files": lambda f, folder: f.download_files(5, folder / "files"),
    "download_each": lambda f, folder: f.download_each([5], folder / "files"),
    "fetch_file": lambda f, folder: f.fetch_file(RECORD_5["files"][0], folder / "a.csv", False, fh.progress()),
    "reviews": lambda f, folder: f.reviews(),
    "reviews_with_items": lambda f, folder: fh.reviews_with_items(f, [{"id": 4}]),
    "total": lambda f, folder: f.total("article", 5),
    "totals": lambda f, folder: f.totals([5], ledger=folder / "totals.jsonl"),
    "top": lambda f, folder: f.top(),
    "count_articles": lambda f, folder: f.count_articles([3]),
    "timeline": lambda f, folder: f.timeline("article", 5, **DAYS),
    "summed_timeline_frame": lambda f, folder: fh.summed_timeline_frame(f, "group", [3], **DAYS),
    "timelines_frame": lambda f, folder: fh.timelines_frame(f, "group", [3], **DAYS),
    "totals_from_top": lambda f, folder: f.totals_from_top([5], institution="iastate"),
    "item_counts_frame": lambda f, folder: fh.item_counts_frame(f, [5], **DAYS, institution="iastate"),
    "breakdown": lambda f, folder: f.breakdown("article", 5, **DAYS),
    "summed_breakdown_frame": lambda f, folder: fh.summed_breakdown_frame(f, "group", [3], **DAYS),
    "harvest": lambda f, folder: f.harvest(folder / "set"),
    "resource_list": lambda f, folder: f.resource_list("https://portal.invalid/.well-known/resourcesync"),
    "resource_sync_frames": lambda f, folder: fh.resource_sync_frames(
        f, "https://portal.invalid/.well-known/resourcesync"
    ),
    "snapshot": lambda f, folder: f.snapshot(folder / "snapshot", [5], versions=True),
    "site_date": lambda f, folder: fh.site_date(f),
    "end_date_up_to_today": lambda f, folder: fh.end_date_up_to_today(f, "2024-01-01", "2024-01-31"),
    "report_period": lambda f, folder: fh.report_period(f),
    "show_head": lambda f, folder: fh.show_head(f, "A report", numbers={}),
    "check_question": lambda f, folder: fh.check_question(f, {**NAMED, **TREE}),
    "oai_sets_frame": lambda f, folder: fh.oai_sets_frame(f),
    "record_formats_frame": lambda f, folder: fh.record_formats_frame(f, 5),
    "author_records": lambda f, folder: fh.author_records(f, 7),
    "author_collections": lambda f, folder: fh.author_collections(f, PERSONS),
    "refresh_records": lambda f, folder: fh.refresh_records(f, folder / "kept.jsonl", [3]),
    "prepare_batch": lambda f, folder: fh.prepare_batch(f, [row()], group_id=3),
    "send_batch": lambda f, folder: fh.send_batch(f, [row()], folder / "sent.jsonl"),
    "publish_batch": lambda f, folder: fh.publish_batch(f, ledger(folder)),
}
XML_JOBS = {
    "harvest",
    "resource_list",
    "resource_sync_frames",
    "site_date",
    "end_date_up_to_today",
    "report_period",
    "show_head",
    "oai_sets_frame",
}

WRONG = {
    "null": b"null",
    "an empty object": b"{}",
    "an empty list": b"[]",
    "a text": b'"abc"',
    "a number": b"12",
    "true": b"true",
    "NaN": b"NaN",
    "an empty body": b"",
    "cut JSON": b'{"id": 5, "ti',
    "broken JSON": b'{"a": [1,2}',
    "broken list": b'[{"id": 5},]',
    "deep JSON": b"[" * 50_000 + b"]" * 50_000,
    "not UTF-8": b'{"title": "\xff\xfe"}',
    "a record in a list": json.dumps([RECORD_5, [RECORD_5]]).encode(),
    "an entry without id": b'[{"title": "A pond"}]',
    "null for an entry": b"[null]",
    "numbers for entries": b"[1, 2]",
    "texts for entries": b'["a", "b"]',
    "lists for entries": b"[[], []]",
    "a text for an id": b'[{"id": "12"}]',
    "a huge id": b'[{"id": 123456789012345678901234567890}]',
    "true for an id": b'[{"id": true}]',
    "a negative id": b'[{"id": -4}]',
    "half an id": b'[{"id": 1.5}]',
    "a message": b'{"message": "Try later", "code": "Busy"}',
    "a list of messages": b'[{"message": "Try later"}]',
    "a text for a count": b'{"totals": "many", "timeline": {"2024-01": "many"}, "top": {"5": "many"}, "3": "many"}',
    "NaN for a count": b'{"totals": NaN, "timeline": {"2024-01": NaN}, "top": {"5": NaN}, "3": NaN}',
    "true for a count": b'{"totals": true, "timeline": {"2024-01": true}, "top": {"5": true}, "3": true}',
    "a negative count": b'{"totals": -1, "timeline": {"2024-01": -1}, "top": {"5": -1}, "3": -1}',
    "lists for counts": b'{"totals": [], "timeline": [], "top": [], "breakdown": [], "3": []}',
    "numbers for cities": b'{"breakdown": {"total": {"Spain": 4}}}',
    "texts for countries": b'{"breakdown": {"total": "Spain"}, "timeline": {"May": 4}, "top": {"pond": 4}}',
    "more in cities than in all": b'{"breakdown": {"total": {"Spain": {"Vigo": 9, "total": 4}}}}',
}
FIELDS = {}  # wrong inside of a record: for the jobs that read records
for name, field in {
    "authors": {},
    "files": [None],
    "timeline": [],
    "categories": "Ecology",
    "tags": [None],
    "license": [],
    "title": 7,
    "published_date": 2024,
    "modified_date": "May",
    "group_id": "3",
    "custom_fields": ["Method"],
    "funding_list": {},
    "folder_structure": [1],
    "size": -1,
    "version": True,
}.items():
    FIELDS[f"{field!r} for {name}"] = {**RECORD_5, name: field}

OAI_PAGE = (
    '<OAI-PMH xmlns="http://www.openarchives.org/OAI/2.0/"><responseDate>2024-01-31T00:00:00Z</responseDate>'
    "{}</OAI-PMH>"
)
OAI_LIST = OAI_PAGE.format("<ListRecords>{}</ListRecords>")
OAI_ROW = "<record><header><identifier>{}</identifier><datestamp>{}</datestamp></header></record>"
WRONG_XML = {
    "no XML": b"abc",
    "cut XML": b"<OAI-PMH><ListRe",
    "an empty root": b"<a/>",
    "an empty page": OAI_PAGE.format("").encode(),
    "entities": b'<!DOCTYPE a [<!ENTITY b "c">]><urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">&b;</urlset>',
    "an unknown encoding": b'<?xml version="1.0" encoding="x-none"?><a/>',
    "an empty body": b"",
    "another namespace": b"<OAI-PMH><ListRecords/><ListSets/><Identify/></OAI-PMH>",
    "JSON": b'{"id": 5}',
    "no identifier": OAI_LIST.format("<record><header/></record>").encode(),
    "no header": OAI_LIST.format("<record/>").encode(),
    "a huge id": OAI_LIST.format(OAI_ROW.format("a/" + "9" * 30, "2024-01-01")).encode(),
    "a text for an id": OAI_LIST.format(OAI_ROW.format("a/b", "2024-01-01")).encode(),
    "a text for a date": OAI_LIST.format(OAI_ROW.format("a/5", "May")).encode(),
    "no day": OAI_PAGE.format("<Identify/>").replace("2024-01-31", "2024-02-31").encode(),
    "an error": OAI_PAGE.format('<error code="badVerb"/>').encode(),
    "an error without a code": OAI_PAGE.format("<error/>").encode(),
    "an entry without an address": b'<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"><url/></urlset>',
    "a set without a name": OAI_PAGE.format("<ListSets><set/></ListSets>").encode(),
}

# What is right although it looks odd.
LISTS = {
    "asked_once",
    "listing",
    "projects",
    "collections",
    "project_articles",
    "collection_articles",
    "search",
    "articles",
    "account_articles",
    "institution_articles",
    "institution_accounts",
    "groups",
    "subgroups",
    "files",
    "versions",
    "categories",
    "licenses",
    "reviews",
    "author_collections",
}
WRITES = {"update_article", "delete_article"}  # what was answered 200 was done; they give nothing back
FOUND_NONE = {
    "find_category": "no category 'Ecology'",
    "find_license": "no licence 'CC BY 4.0'",
    "prepare_batch": "no licence 'CC BY 4.0'",
    "resolve": "knows no public item",
}  # of an empty list
# Recorded: for some items there is no number.
NO_NUMBER = {"an empty object", "a message", "texts for countries", "numbers for cities", "more in cities than in all"}


def is_right(job: str, answer: str, result) -> bool:
    """Tells whether this result is the right one for the odd answer."""
    if job in WRITES:
        return result is None
    if job in LISTS:
        return answer == "an empty list" and result == []
    if job == "refresh_records":
        return answer == "an empty list" and result == {"records": [], "fetched": [], "gone": []}
    if job in ("totals", "counts_into"):
        return answer in NO_NUMBER and result["id"].tolist() == [5] and bool(result["views"].isna().all())
    if job == "send_batch":  # a row that the site refuses stands in the ledger as failed
        return result["state"].tolist() == ["failed"]
    return job == "download_each" and result[0]["outcome"].startswith("failed: ")


def is_told(job: str, answer: str, error: fh.FigshareError) -> bool:
    """Tells whether the error says what came and from where."""
    if answer == "an empty list" and job in FOUND_NONE:
        return FOUND_NONE[job] in str(error)
    if job == "fetch_file":  # bytes have no shape, but a size
        return error.path == "/9" and "'a.csv' (file 9) could not be fetched whole" in str(error)
    return bool(error.path) and error.path in str(error)


def wrong_inside(job: str) -> dict[str, bytes]:
    """Returns records with a wrong field, alone or in a list, as the job takes them."""
    is_listed = next((shape is not RECORD for shape in JOBS[job] if shape in (RECORD, ENTRIES)), None)
    return (
        {}
        if is_listed is None
        else {name: json.dumps([record] if is_listed else record).encode() for name, record in FIELDS.items()}
    )


def attempt(job: str, client, folder: Path):
    """Returns the result of a job, or its error."""
    try:
        return CALLS[job](client, folder), None
    except fh.FigshareError as error:
        return None, error


@pytest.mark.parametrize("job", sorted(CALLS.keys() - XML_JOBS))
def test_a_wrong_shape_is_an_error_that_says_what_came_and_from_where(job, site, client, tmp_path, capsys):
    for number, (answer, body) in enumerate({**WRONG, **wrong_inside(job)}.items()):
        site.body, folder = body, tmp_path / str(number)
        folder.mkdir()
        client.__dict__.pop("_cached_lists", None)  # lists of a session: none is kept, see below
        result, error = attempt(job, client, folder)
        assert is_told(job, answer, error) if error else is_right(job, answer, result), f"{answer}: {error or result!r}"
        kept = [path for path in folder.rglob("*.jsonl") if path.name not in ("book.jsonl", "sent.jsonl")]
        lines = [json.loads(line) for path in kept for line in path.read_text().splitlines()]
        assert all("job" in line or is_right(job, answer, pd.DataFrame([line])) for line in lines), answer


@pytest.mark.parametrize("job", sorted(XML_JOBS))
def test_a_wrong_document_is_an_error_that_says_what_came_and_from_where(job, site, client, tmp_path):
    site.kind = "text/xml"
    for number, (answer, body) in enumerate(WRONG_XML.items()):
        site.body, folder = body, tmp_path / str(number)
        result, error = attempt(job, client, folder)
        assert error and is_told(job, answer, error), f"{answer}: {error or result!r}"
        assert not list(folder.glob("_spool*")) and not list(folder.glob("month=*"))


@pytest.mark.parametrize("kind", ["application/json", "application/json; charset=UTF-8"])
def test_the_verbs_give_any_json_and_refuse_what_says_it_is_json_and_is_none(kind, site, client):
    site.kind = kind
    for answer, body in WRONG.items():
        site.body = body
        if answer in ("an empty body", "cut JSON", "broken JSON", "broken list", "deep JSON", "not UTF-8"):
            with pytest.raises(fh.FigshareError, match="/articles/5"):
                client.get("/articles/5")
        elif answer != "NaN" and "NaN" not in answer:
            assert client.get("/articles/5") == json.loads(body)
    site.body = b'{"location": "x"'
    with pytest.raises(fh.UncertainWrite, match="POST /account/articles/5/files was not answered with anything"):
        client.post("/account/articles/5/files", {"link": "https://example.org"})


def test_a_draft_was_made_where_its_address_came_whatever_the_body_is(site, client):
    site.body, site.headers = b'{"entity_id": ', {"Location": "http://stub.invalid/v2/account/articles/77"}
    assert client.create_article({"title": "A pond"}) == 77


# ---- nothing bad is kept ------------------------------------------------------------------------------


def test_another_item_is_not_taken_for_the_one_that_was_asked_for(site, client, tmp_path):
    site.body = json.dumps(RECORD_5).encode()
    with pytest.raises(fh.FigshareError, match=r"/articles/6 was not answered with the record .*: id is 5, not 6"):
        client.full_records([6], ledger=tmp_path / "records.jsonl")
    assert len((tmp_path / "records.jsonl").read_text().splitlines()) == 1  # whose it is, and no record


@pytest.mark.parametrize(
    ("ask", "bad", "good"),
    [
        (lambda f: f.categories(), [None], [{"id": 2, "title": "Ecology"}]),
        (lambda f: f.licenses(), {}, [{"value": 1, "name": "CC0"}]),
        (
            lambda f: f.groups(),
            [{"id": 1, "name": "A", "parent_id": 2}, {"id": 2, "name": "B", "parent_id": 1}],
            [{"id": 1, "name": "A", "parent_id": 0}, {"id": 2, "name": "B", "parent_id": 1}],
        ),
    ],
    ids=["categories", "licenses", "groups that lie below each other"],
)
def test_a_session_keeps_no_bad_list(ask, bad, good, site, client):
    site.body = json.dumps(bad).encode()
    with pytest.raises(fh.FigshareError, match="was not answered with a list of"):
        ask(client)
    site.body = json.dumps(good).encode()
    assert ask(client) == good
    site.body = b"null"
    assert ask(client) == good  # a good list is kept


def test_the_cache_keeps_no_bad_answer(site, tmp_path):
    with fh.connect("local", token="", cache=str(tmp_path / "answers.sqlite")) as client:
        for body in (b'{"id": 5, "authors": {}}', b'{"a": [1,2}', b'["id"]'):
            site.body = body
            with pytest.raises(fh.FigshareError, match="GET /articles/5 was not answered with the record of an item"):
                client.article(5)
        site.body = json.dumps({**RECORD_5, "files": None}).encode()
        assert client.article(5)["title"] == "A pond"
        site.body = b"null"
        assert client.article(5)["title"] == "A pond"  # a good answer is kept
        assert client.requests_made["from_cache"].tolist() == [False] * 4 + [True]


def test_a_harvest_goes_on_after_a_bad_page(site, client, tmp_path):
    site.kind = "text/xml"
    rows = "".join(OAI_ROW.format(f"oai:figshare.com:article/{number}", "2024-01-01T00:00:00Z") for number in (5, 6))
    site.body = OAI_PAGE.format(f"<ListRecords>{rows}<record/></ListRecords>").encode()
    with pytest.raises(fh.FigshareError, match=r"GET /oai.* was not answered with records of OAI-PMH"):
        client.harvest(tmp_path / "set")
    site.body = OAI_PAGE.format(f"<ListRecords>{rows}</ListRecords>").encode()
    assert client.harvest(tmp_path / "set")["records"] == 2
    assert fh.harvest_frame(tmp_path / "set")["id"].tolist() == [5, 6]


# ---- the odd answers that are legal ---------------------------------------------------------------------


@pytest.mark.parametrize("answer", [{"timeline": None}, {"timeline": {}}], ids=str)
def test_a_timeline_without_events_is_zeros(answer, site, client):
    site.body = json.dumps(answer).encode()
    assert client.timeline("article", 5, **DAYS)["value"].tolist() == [0]


@pytest.mark.parametrize(
    ("answer", "values"),
    [
        ({"top": {"7": 2, "9": 5}}, [[9, 5], [7, 2]]),
        ({"7": 2, "9": 5}, [[9, 5], [7, 2]]),
        ({"top": None}, []),
        ({"top": {}}, []),
    ],
    ids=str,
)
def test_a_ranking_with_and_without_its_wrapper(answer, values, site, client):
    site.body = json.dumps(answer).encode()
    assert client.top().values.tolist() == values
    assert client.top(sub_item="referral", **DAYS)["value"].tolist() == [value for _, value in values]


def test_a_ranking_of_parts_may_be_empty(site, client):
    site.body = b"{}"  # documented without its wrapper
    assert client.top(sub_item="referral", **DAYS).empty


def test_cities_without_a_total_and_countries_without_cities(site, client):
    site.body = b'{"breakdown": {"total": {"Spain": {"Vigo": 4}, "Chile": {"total": 3}, "Peru": {}}}}'
    assert client.breakdown("article", 5, **DAYS)[["country", "city", "value"]].values.tolist() == [
        ["Spain", "Vigo", 4],
        ["Chile", fh.OTHER_CITIES, 3],
    ]


def test_an_item_without_a_number_has_none_and_alone_it_stops(site, client):
    site.good = {"/article/5": {}, "/article/6": {"totals": None}, "/article/7": {"totals": 0}}
    assert client.totals([5, 6, 7])["views"].astype(object).where(lambda s: s.notna(), None).tolist() == [None, None, 0]
    with pytest.raises(fh.FigshareError, match="/article/5 was not answered with a total: it has no totals"):
        client.total("article", 5)


def test_a_copy_says_where_a_number_is_missing(site, client, tmp_path, capsys):
    site.good = {"/articles/5": ITEM, "/views/article/5": {}, "/downloads/article/5": {"totals": 2}}
    folder = client.snapshot(tmp_path / "copy", [5])
    assert "For 1 of 1 items the service gave no number: the copy shows 0 for it." in capsys.readouterr().out
    assert (folder / "totals.csv").read_text().splitlines() == ["article_id,views,downloads", "5,0,2"]


def test_a_group_without_a_number_stops(site, client):
    site.body = b'{"3": 20}'
    assert client.count_articles([3])["articles"].tolist() == [20]
    with pytest.raises(fh.FigshareError, match="it has no 4"):
        client.count_articles([3, 4])


ODD = [
    {"group_id": 0},
    {"group_id": None},
    {"group_id": 3},
    {
        "categories": None,
        "tags": None,
        "license": None,
        "files": None,
        "authors": None,
        "timeline": None,
        "funding_list": None,
        "custom_fields": None,
    },
    {"published_date": None, "timeline": {}},
    {"published_date": ""},
    {"published_date": "2026-05-28"},
    {"doi": "", "handle": "2134/5.v1"},
    {"defined_type_name": None},
    {"files": []},
    {"folder_structure": {"9": "raw"}},
    {
        "files": [
            {
                "id": 9,
                "name": "",
                "size": 0,
                "is_link_only": True,
                "download_url": "https://example.org",
                "computed_md5": "",
                "supplied_md5": "",
            }
        ]
    },
    {"custom_fields": {"Method": ["a", "b"]}},
    {"custom_fields": [{"name": "Sex", "value": ["Male"]}]},
    {"funding_list": [{"id": 1, "title": "A grant", "grant_code": "", "funder_name": None, "is_user_defined": 1}]},
]


@pytest.mark.parametrize("odd", [{}, *ODD], ids=str)
def test_odd_records_are_records(odd, site, client):
    record = {"id": 5, **odd}
    site.good = {"/articles": [record], "/articles/5": record}
    assert client.article(5) == record
    assert list(client.articles()) == [record]
    assert len(fh.records_frame([record])) == 1 and fh.tidy_frames([record])["main"]["article_id"].tolist() == [5]


ITEM = {**RECORD_5, "files": None}
OAI_ITEM = OAI_PAGE.format("<GetRecord><record><metadata/></record></GetRecord>").encode()
GOOD = {  # by the end of the path: what lets a job go on to its next request
    "/categories": [{"id": 2, "title": "Ecology", "source_id": "4102"}],
    "/licenses": [{"value": 1, "name": "CC BY 4.0"}],
    "/groups": [{"id": 3, "name": "A", "parent_id": 0}],
    "/versions": [{"version": 1}],
    "/account": {"id": 1},
    "/authors/7": {"full_name": "Ada Byron"},
    "/articles/5/files": [],
    "/articles": [ITEM],
    "/search": [ITEM],
    "/reviews": [{"id": 4}],
    "/review/4": {"id": 4, "item": ITEM},
    "/metadata/item": [],
    "/count/articles": {"3": 1},
    "/institution": {"id": 8},
    "/collections/5": {"id": 5, "authors": RECORD_5["authors"]},
    "/articles/5": ITEM,
    "/projects/5": {"id": 5},
    "/oai": OAI_ITEM,
    "/files/5": {"id": 5, "status": "created", "upload_url": "http://stub.invalid/upload/open"},
    "/upload/open": {"parts": [{"partNo": 1, "startOffset": 0, "endOffset": 2, "status": "PENDING"}]},
    "/views/article/5": {"totals": 4},
    "/downloads/article/5": {"totals": 2},
}
MADE = {"Location": "http://stub.invalid/v2/account/articles/5"}  # the number of what was made
STEPS = {  # jobs of several requests, and the ends of those whose answers they read
    "articles": ["/groups", "/articles"],
    "full_records": ["/articles/5"],
    "publish_article": ["/articles/5"],
    "upload_file": ["/articles/5/files", "/files/5", "/upload/open"],
    "upload_folder": ["/articles/5/files", "/files/5"],
    "snapshot": ["/articles/5", "/views/article/5", "/downloads/article/5"],
    "record_formats_frame": ["/articles/5", "/oai"],
    "author_records": ["/authors/7", "/search", "/articles/5"],
    "author_collections": ["/search", "/collections/5"],
    "refresh_records": ["/articles", "/articles/5"],
    "send_batch": ["/articles"],
    "publish_batch": ["/articles/5"],
    "check_question": ["/articles/5", "/collections/5", "/projects/5", "/authors/7", "/institution", "/groups"],
    "prepare_batch": ["/licenses", "/categories", "/metadata/item", "/articles"],
}


@pytest.mark.parametrize(("job", "end"), [(job, end) for job, ends in STEPS.items() for end in ends])
def test_a_wrong_answer_to_a_later_request_of_a_job_is_an_error_too(job, end, site, client, tmp_path, monkeypatch):
    monkeypatch.setattr(uploads, "growing_pauses", lambda _: iter([None]))
    site.good, site.headers = {key: value for key, value in GOOD.items() if key != end}, MADE
    for number, answer in enumerate(
        [
            "null",
            "a text",
            "a number",
            "cut JSON",
            "broken JSON",
            "null for an entry",
            "numbers for entries",
            "a text for an id",
            "true for an id",
            "deep JSON",
        ]
    ):
        site.body, folder = WRONG[answer], tmp_path / str(number)
        folder.mkdir()
        client.__dict__.pop("_cached_lists", None)
        result, error = attempt(job, client, folder)
        assert error and "answered with" in str(error), f"{answer}: {error or result!r}"
        assert error.path.partition("?")[0].endswith(masked_address(end))


def test_a_job_takes_only_the_shapes_that_it_declares(site, client, tmp_path, monkeypatch):
    used = []
    plain = transport.content_of
    monkeypatch.setattr(transport, "content_of", lambda response, shape: used.append(shape) or plain(response, shape))
    monkeypatch.setattr(uploads, "growing_pauses", lambda _: iter([None]))
    site.good, site.headers = GOOD, MADE
    for job in CALLS:
        used.clear()
        folder = tmp_path / job
        folder.mkdir()
        client.__dict__.pop("_cached_lists", None)
        attempt(job, client, folder)
        assert {shape.name for shape in used} <= {shape.name for shape in JOBS[job]}, job
        assert all(isinstance(shape, Shape) for shape in used) and (used or not JOBS[job]), job


@pytest.mark.parametrize("text", ["", "abc", "<a><b></a>", None])
def test_what_is_no_xml_cannot_be_shown_as_xml(text):
    with pytest.raises(fh.ParameterError, match="no XML, or cut"):
        fh.indented_xml(text)
