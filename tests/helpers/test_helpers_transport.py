"""The one seam: answers, errors, retries, credentials, pace, cache, and what can be seen of them."""

import contextlib
import json
import os
import re
import subprocess
import sys
import threading
import time
import traceback
from email.utils import formatdate
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
import requests
from helpers_site import (
    ROOMS,
    clear_faults,
    client_answered_by,
    connected,
    queue_fault,
    requests_of,
    rooms_text,
    wait_for,
)

import figshare_helpers as fh
from figshare_workbook.client.pace import retry_after_seconds

TOKEN = "a1b2c3d4e5f6-this-is-secret"


# ---- answers -------------------------------------------------------------------------------


def test_get_gives_what_the_api_gives(figshare):
    assert figshare.get("/articles/5616445")["id"] == 5616445
    assert figshare.get("articles/5616445") == figshare.get("/articles/5616445")
    assert figshare.stats("/total/views/article/13259588") == {"totals": 243}


def test_every_2xx_is_success_also_empty_or_html(figshare):
    article = figshare.create_article({"title": "Draft"})
    figshare.put(f"/account/articles/{article}", {"description": "x"})
    assert figshare.delete(f"/account/articles/{article}") is None
    assert figshare.requests_made["status"].tolist() == [201, 205, 204]


# ---- errors: one sentence each, with cause and fix -------------------------------------------


@pytest.mark.parametrize(
    ("ask", "kind", "said"),
    [
        (lambda f: f.get("/articles/99999999999"), fh.NotFound, "Entity not found: ArticleVersion"),
        (lambda f: f.article("abc"), fh.ParameterError, "whole number such as 5616445, not 'abc'"),
        (lambda f: f.get("/articles", page_size=5000), fh.BadRequest, "page_size"),
        (lambda f: f.articles(page_size=5000), fh.ParameterError, "from 1 to 1000, not 5000"),
        (lambda f: f.articles(limit=0), fh.ParameterError, "limit must be above 0"),
        (lambda f: list(f.search(":title: (frog")), fh.BadRequest, "search_for"),
        (lambda f: f.stats("/total/hugs/article/1"), fh.BadRequest, "hugs"),
        (lambda f: f.timeline("article", 1), fh.ParameterError, "start_date and end_date are needed"),
        (
            lambda f: f.timeline("article", 1, start_date="2024-02-01", end_date="2024-01-01"),
            fh.ParameterError,
            "after",
        ),
        (lambda f: f.top(sub_item="referral"), fh.ParameterError, "this month only"),
        (lambda f: f.top(end_date="2022-01-01"), fh.ParameterError, "needs start_date too"),
        (lambda f: f.top(start_date="2024-02-01", end_date="2024-01-01"), fh.ParameterError, "after"),
        (lambda f: f.total("article", 1, start_date="2024-02-01", end_date="2024-01-01"), fh.ParameterError, "after"),
        (lambda f: f.total("article", 1, start_date="May"), fh.ParameterError, "a date such as 2024-01-31"),
        (lambda f: fh.deposits_frame([], "2024-02-01", "2024-01-01"), fh.ParameterError, "after"),
        (
            lambda f: fh.summed_timeline_frame(f, "group", [], start_date="2024-02-01", end_date="2024-01-01"),
            fh.ParameterError,
            "after",
        ),
        (lambda f: f.resolve(""), fh.ParameterError, "holds no DOI"),
        (lambda f: f.resolve("https://doi.org/ "), fh.ParameterError, "holds no DOI"),
        (lambda f: f.full_records(["5616445", None]), fh.ParameterError, "not None"),
        (lambda f: f.institution_articles(page_size=0), fh.ParameterError, "from 1 to 1000, not 0"),
        (lambda f: f.institution_accounts(limit=0), fh.ParameterError, "limit must be above 0"),
        (lambda f: f.reviews(limit=0), fh.ParameterError, "limit must be above 0"),
        (lambda f: f.find_category("Genetic"), fh.ParameterError, "'Genetics'"),
        (lambda f: f.upload_file(1, "no-such-file.csv"), fh.FileProblem, "no file 'no-such-file.csv'"),
    ],
)
def test_bad_input_ends_in_a_clear_sentence(figshare, ask, kind, said):
    with pytest.raises(kind, match=re.escape(said)):
        ask(figshare)


def test_an_error_keeps_what_figshare_said(figshare):
    with pytest.raises(fh.NotFound) as caught:
        figshare.get("/articles/99999999999", page=1)
    error = caught.value
    assert (error.status, error.code, error.message) == (404, "EntityNotFound", "Entity not found: ArticleVersion")
    assert (error.method, error.path) == ("GET", "/articles/99999999999?page=1")
    assert [line.split(":")[0].strip() for line in str(error).splitlines()] == [
        "Figshare answered 404 to GET /articles/99999999999?page=1",
        "Cause",
        "Fix",
    ]
    assert error._render_traceback_() == [f"NotFound: {error}"]


@pytest.mark.parametrize(
    "ask",
    [
        lambda figshare: figshare.top("views", institution="team-of-nobody"),
        lambda figshare: figshare.stats("/team-of-nobody/breakdown/total/views/article/5616445"),
        lambda figshare: figshare.timeline(
            "group", 21332, start_date="2020-01-01", end_date="2020-01-31", institution="team-of-nobody"
        ),
    ],
)
def test_an_institution_that_the_statistics_do_not_know_is_named_as_the_thing_to_check(figshare, ask):
    with pytest.raises(fh.NotFound, match=r"(?s)institution team-of-nobody.*Fix: check the institution's short name"):
        ask(figshare)


def test_an_unreachable_site(monkeypatch):
    monkeypatch.setenv("FIGSHARE_API_URL", "http://127.0.0.1:9/v2")
    with fh.connect("local") as client:
        client.retry = client.retry.new(total=1)
        with pytest.raises(fh.ConnectionFailed, match=r"No answer to GET /articles from 127\.0\.0\.1:9"):
            client.get("/articles")
        with pytest.raises(fh.ConnectionFailed):  # it never left, so nothing can have happened
            client.post("/account/articles", {"title": "Draft"})


def test_an_html_refusal_is_told_from_a_refusal_of_the_api(server, figshare):
    queue_fault(server, "html", "/v2/articles", status=403)
    with pytest.raises(fh.Forbidden, match="blocks some addresses"):
        figshare.get("/articles")


@pytest.mark.parametrize("site", ["mars", ""])
def test_an_unknown_site(site):
    with pytest.raises(fh.ParameterError, match="site must be one of local, sandbox, figshare"):
        fh.connect(site)


def test_data_goes_with_the_local_site_only():
    with pytest.raises(fh.ParameterError, match="data goes with site 'local' only"):
        fh.connect("figshare", data="folder")


# ---- retries -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "more"),
    [
        ("status", {"status": 503}),
        ("status", {"status": 500}),
        ("status", {"status": 429, "retry_after": 0}),
        ("reset", {}),
        ("reset_body", {}),
        ("truncate", {}),
    ],
)
def test_a_get_is_asked_again(server, figshare, kind, more):
    queue_fault(server, kind, "/v2/articles", times=2, **more)
    assert figshare.get("/articles/5616445")["id"] == 5616445
    assert len(figshare.requests_made) == 3


def test_retry_after_is_honoured(server, figshare):
    queue_fault(server, "status", "/v2/articles", status=429, retry_after=1)
    begin = time.monotonic()
    figshare.get("/articles")
    assert time.monotonic() - begin >= 1


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("7", 7),
        (" 0 ", 0),
        ("1.5", 1.5),
        ("Wed, 21 Oct 2015 07:28:00 GMT", 0),
        ("soon", None),
        ("-1", None),
        ("", None),
        ("nan", None),
        ("Wed, 99 Oct 2015", None),
        (None, None),
    ],
)
def test_any_retry_after_is_read(header, seconds):
    assert retry_after_seconds(header) == seconds


def test_a_date_in_retry_after_is_waited_for():
    in_an_hour = formatdate(time.time() + 3600, usegmt=True)
    assert 3500 < retry_after_seconds(in_an_hour) <= 3600


@pytest.mark.parametrize("header", ["soon", "0.5", "Wed, 21 Oct 2015 07:28:00 GMT", ""])
def test_a_retry_after_of_any_form_leads_to_another_try(header):
    with client_answered_by((503, {"Retry-After": header}, b""), (200, JSON, b"[]")) as client:
        assert client.get("/articles") == []


def test_a_long_retry_after_is_told_instead_of_waited_for(server, figshare):
    queue_fault(server, "status", "/v2/articles", status=429, retry_after=3600)
    with pytest.raises(fh.FigshareError, match="too many requests"):
        figshare.get("/articles")


def test_a_get_that_always_fails_gives_up(server, figshare):
    queue_fault(server, "status", "/v2/articles", status=503, times=99)
    figshare.retry = figshare.retry.new(total=2)
    with pytest.raises(fh.FigshareError) as caught:
        figshare.get("/articles")
    assert caught.value.status == 503
    assert len(figshare.requests_made) == 3


@pytest.mark.parametrize("kind", ["reset", "truncate"])
def test_a_lost_write_is_never_repeated_and_says_so(server, figshare, kind):
    queue_fault(server, kind, "/v2/account/articles", method="POST")
    with pytest.raises(fh.UncertainWrite, match="may have done it, or not") as caught:
        figshare.create_article({"title": "Perhaps"})
    assert (caught.value.method, caught.value.path, caught.value.status) == ("POST", "/account/articles", None)
    assert requests_of(figshare) == ["POST /account/articles"]


@pytest.mark.parametrize("status", [500, 501, 502, 503, 504])
def test_a_write_that_failed_on_the_server_is_uncertain_too(server, figshare, status):
    queue_fault(server, "status", "/v2/account/articles", method="POST", status=status)
    with pytest.raises(fh.UncertainWrite, match=f"asked to answer {status}\n.*may have done it, or not") as caught:
        figshare.create_article({"title": "Perhaps"})
    assert (caught.value.status, caught.value.code) == (status, "LocalFault")
    assert len(figshare.requests_made) == 1


@pytest.mark.parametrize("status", [429, 422, 403])
def test_a_write_that_was_refused_is_not_repeated(server, figshare, status):
    queue_fault(server, "status", "/v2/account/articles", method="POST", status=status)
    with pytest.raises(fh.FigshareError) as caught:
        figshare.create_article({"title": "No"})
    assert caught.value.status == status and not isinstance(caught.value, fh.UncertainWrite)
    assert len(figshare.requests_made) == 1


# ---- what others answer in Figshare's place ---------------------------------------------------

FOREIGN = ["waf", "html"]  # a firewall's challenge: 202 and no body; a page with status 200
JSON = {"Content-Type": "application/json"}


@pytest.mark.parametrize("kind", FOREIGN)
def test_a_foreign_answer_is_asked_for_again(server, figshare, kind):
    everything = len(list(figshare.articles()))
    before = len(figshare.requests_made)
    queue_fault(server, kind, "/v2/articles", status=200, times=2)
    assert len(list(figshare.articles())) == everything
    assert len(figshare.requests_made) == before + 3


@pytest.mark.parametrize("kind", FOREIGN)
@pytest.mark.parametrize(
    "ask",
    [
        lambda f, folder: list(f.articles()),
        lambda f, folder: list(f.search("frog")),
        lambda f, folder: f.article(5616445),
        lambda f, folder: f.get("/articles"),
        lambda f, folder: list(f.account_articles()),
        lambda f, folder: f.reviews(),
        lambda f, folder: f.total("article", 5616445),
        lambda f, folder: f.totals([5616445]),
        lambda f, folder: f.timeline("article", 5616445, start_date="2024-01-01", end_date="2024-02-01"),
        lambda f, folder: f.top(),
        lambda f, folder: f.count_articles([11962]),
        lambda f, folder: f.full_records([5616445]),
        lambda f, folder: f.harvest(folder),
        lambda f, folder: f.resource_list(f.api_url.replace("/v2", "/.well-known/resourcesync")),
    ],
)
def test_a_foreign_answer_never_counts_as_one(server, figshare, tmp_path, kind, ask):
    figshare.retry = figshare.retry.new(total=1)
    queue_fault(server, kind, "/", status=200, times=99)
    with pytest.raises(fh.ConnectionFailed, match=r"was answered with a (firewall's challenge \(202|web page \(200)\)"):
        ask(figshare, tmp_path)
    assert len(figshare.requests_made) == 2


@pytest.mark.parametrize("kind", FOREIGN)
def test_a_foreign_answer_does_not_end_a_listing(server, figshare, kind):
    figshare.retry = figshare.retry.new(total=1)
    queue_fault(server, kind, "/v2/articles", status=200, after=1, times=99)
    found = []
    with pytest.raises(fh.ConnectionFailed):
        found.extend(figshare.articles(page_size=100))
    assert requests_of(figshare) == ["GET /articles?page=1&page_size=100", *["GET /articles?page=2&page_size=100"] * 2]


@pytest.mark.parametrize(
    ("headers", "body", "said"),
    [
        (JSON, b"", "nothing"),
        (JSON, b'{"id": 1, ', "something that is not JSON"),
        ({"Content-Type": "text/plain"}, b"busy", "something that is not JSON"),
        ({}, b"", "nothing"),
        ({"Content-Type": "text/html"}, b"<html></html>", "a web page"),
    ],
)
def test_what_is_not_json_is_no_answer_of_the_api(headers, body, said):
    with client_answered_by((200, headers, body), (200, JSON, b'{"id": 1}')) as client:
        assert client.get("/articles/1") == {"id": 1}
    with client_answered_by((200, headers, body)) as client:
        client.retry = client.retry.new(total=0)
        with pytest.raises(fh.ConnectionFailed, match=f"answered with {said}") as caught:
            client.get("/articles/1")
        assert [line.split(":")[0].strip() for line in str(caught.value).splitlines()[1:]] == ["Cause", "Fix"]


@pytest.mark.parametrize("body", [b"null", b"3", b'"text"', b" [1] \n", b"{}"])
def test_any_json_is_an_answer(body):
    with client_answered_by((200, JSON, body)) as client:
        assert client.get("/articles") == json.loads(body)
        assert len(client.requests_made) == 1


def test_a_listing_that_is_no_list_is_an_error():
    with (
        client_answered_by((200, JSON, b'{"message": "busy"}')) as client,
        pytest.raises(
            fh.FigshareError, match=r"GET /articles\?\S+ was not answered with a list .*: it is an object, not a list"
        ),
    ):
        list(client.articles())


@pytest.mark.parametrize("kind", FOREIGN)
@pytest.mark.parametrize(
    "write",
    [
        lambda f: f.create_article({"title": "Perhaps"}),
        lambda f: f.update_article(1, {"title": "Perhaps"}),
        lambda f: f.publish_article(1),
        lambda f: f.delete_article(1),
    ],
)
def test_a_write_with_a_foreign_answer_is_uncertain(server, figshare, kind, write):
    queue_fault(server, kind, "/v2/account/articles", status=200)
    with pytest.raises(fh.UncertainWrite, match="may have done it, or not") as caught:
        write(figshare)
    assert caught.value.status in (200, 202) and "account_articles()" in str(caught.value)
    assert len(figshare.requests_made) == 1


# ---- credentials ----------------------------------------------------------------------------


class _Echo(BaseHTTPRequestHandler):
    """Answers with the headers that it got; /redirect leads to another host name of this machine."""

    def do_GET(self):
        self.send_response(302 if "redirect" in self.path else 200)
        self.send_header("Location", f"http://localhost:{self.server.server_port}/elsewhere")
        self.send_header("Content-Type", "application/json")
        self.end_headers()
        self.wfile.write(json.dumps(dict(self.headers)).encode())

    def log_message(self, *_):
        pass


@pytest.fixture
def echo(monkeypatch):
    """A client of a server that tells what was sent."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Echo)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    root = f"http://127.0.0.1:{server.server_port}"
    monkeypatch.setenv("FIGSHARE_API_URL", f"{root}/v2")
    monkeypatch.setenv("FIGSHARE_STATS_URL", f"{root}/stats")
    with fh.connect(
        "sandbox", token=TOKEN, stats_credentials="user:pa55", requests_per_second=1000, cache=False
    ) as client:
        yield client
    server.shutdown()
    server.server_close()


@pytest.mark.parametrize(
    ("path", "sent"),
    [
        ("/articles", None),
        ("/articles/1", None),
        ("/account", f"token {TOKEN}"),
        ("/account/articles", f"token {TOKEN}"),
        ("/oai", None),
    ],
)
def test_the_token_goes_where_it_is_needed_and_nowhere_else(echo, path, sent):
    assert echo.get(path).get("Authorization") == sent


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/total/views/article/1", None),
        ("/timeline/month/views/article/1", None),
        ("/top/views/article", None),
        ("/iastate/total/views/article/1", None),
        ("/iastate/timeline/month/views/group/1", "Basic"),
        ("/iastate/top/views/group", "Basic"),
        ("/iastate/breakdown/day/views/group/1", "Basic"),
    ],
)
def test_the_stats_password_goes_to_an_institutions_stats_only(echo, path, kind):
    assert (echo.stats(path).get("Authorization") or "").split(" ")[0] == (kind or "")


def test_the_token_stays_behind_at_a_redirect_and_at_other_hosts(echo, tmp_path, monkeypatch):
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login me password mine\nmachine localhost login me password mine\n")
    monkeypatch.setenv("NETRC", str(netrc))
    assert "Authorization" not in echo.get("/articles")
    assert "Authorization" not in echo.get(echo.api_url.replace("127.0.0.1", "localhost") + "/account")
    assert TOKEN not in json.dumps(echo.get("/account/redirect"))


def everything_about(error: BaseException) -> str:
    """Returns every text in which an error could carry something out, the variables of our own frames too."""
    texts = []
    while error is not None:
        texts += [str(error), repr(error), repr(error.args), repr(vars(error))]
        for frame, _ in traceback.walk_tb(error.__traceback__):
            if ROOMS in Path(frame.f_code.co_filename).parents:
                texts += [repr(value) + repr(getattr(value, "__dict__", "")) for value in frame.f_locals.values()]
                texts += [
                    repr(value.request.headers)
                    for value in frame.f_locals.values()
                    if getattr(value, "request", None) is not None and hasattr(value.request, "headers")
                ]
        error = error.__cause__ or error.__context__
    return "\n".join(texts)


def test_no_error_carries_a_secret(server):
    for token, ask in [
        (TOKEN, lambda f: f.get("/account")),
        (TOKEN, lambda f: f.create_article({"title": "Draft"})),
        (TOKEN, lambda f: list(f.account_articles())),
        ("", lambda f: f.stats("/iastate/timeline/month/views/group/11962")),
    ]:
        with connected(server, token=token, stats_credentials=f"wrong:{TOKEN}") as client:
            with pytest.raises(fh.FigshareError) as caught:
                ask(client)
            assert TOKEN not in everything_about(caught.value)
            assert TOKEN not in repr(client) + repr(vars(client)) + client.requests_made.to_csv()
            assert TOKEN not in client.as_curl()


def test_a_token_that_was_put_into_the_address_is_not_repeated(server):
    with connected(server, token=TOKEN) as client:
        for params in ({"order": TOKEN}, {"access_token": TOKEN}):
            with contextlib.suppress(fh.FigshareError):
                client.get("/articles", **params)
        with pytest.raises(fh.BadRequest) as caught:
            client.get("/articles", order=TOKEN)
        assert TOKEN not in str(caught.value) + client.requests_made.to_csv()


def test_no_error_of_the_connection_carries_a_secret(monkeypatch):
    monkeypatch.setenv("FIGSHARE_API_URL", "http://127.0.0.1:9/v2")
    with fh.connect("local", token=TOKEN) as client:
        client.retry = client.retry.new(total=0)
        with pytest.raises(fh.ConnectionFailed) as caught:
            client.get("/account")
    assert TOKEN not in everything_about(caught.value)


@pytest.mark.parametrize(
    "token", ["ENTER-TOKEN", "ENTER TOKEN", "your_token_here", "TOKEN", "<token>", "xxxx", "two words", "tök"]
)
def test_a_placeholder_is_refused_before_anything_is_sent(token):
    with pytest.raises(fh.CredentialError, match="argument token") as caught:
        fh.connect("figshare", token=token)
    assert "placeholder" in str(caught.value)


def test_a_missing_token_names_the_variable(server):
    with connected(server, site="figshare") as client:
        client.get("/articles", page_size=1)  # public things need none
        with pytest.raises(fh.CredentialError, match="FIGSHARE_TOKEN"):
            client.get("/account")
        with pytest.raises(fh.CredentialError, match="FIGSHARE_STATS_CREDENTIALS"):
            client.stats("/iastate/top/views/group")
        assert len(client.requests_made) == 1


def test_the_environment_gives_the_token_and_the_error_says_so(server, monkeypatch):
    monkeypatch.setenv("FIGSHARE_TOKEN", TOKEN)
    with connected(server) as client, pytest.raises(fh.Forbidden, match="token from FIGSHARE_TOKEN is unknown"):
        client.account()
    monkeypatch.setenv("FIGSHARE_TOKEN", "local-researcher\n")
    with connected(server) as client:
        assert client.account()["id"]


def test_anonymous_on_purpose_gets_figshares_own_refusal(server):
    with connected(server, token="", stats_credentials="") as client:
        with pytest.raises(fh.Forbidden, match="carried no token"):
            client.account()
        with pytest.raises(fh.Forbidden, match="Unauthorized request"):
            client.stats("/iastate/timeline/month/views/group/11962")


def test_a_wrong_stats_password(server):
    with (
        connected(server, stats_credentials="local:wrong") as client,
        pytest.raises(fh.Forbidden, match="the password from the argument stats_credentials"),
    ):
        client.stats("/iastate/timeline/month/views/group/11962")


@pytest.mark.parametrize("problem", ["SecretNotFoundError", "NotebookAccessError", "TimeoutException", ""])
def test_colabs_secrets(server, monkeypatch, problem):
    import sys
    import types

    def get(name):
        if problem:
            raise type(problem, (Exception,), {})(name)
        return "local-researcher"

    userdata = types.SimpleNamespace(get=get)
    monkeypatch.setitem(sys.modules, "google", types.ModuleType("google"))
    monkeypatch.setitem(sys.modules, "google.colab", types.SimpleNamespace(userdata=userdata))
    with connected(server, site="figshare", requests_per_second=1000) as client:
        if problem:
            with pytest.raises(fh.CredentialError, match="FIGSHARE_TOKEN"):
                client.account()
        else:
            assert client.account()["id"]


# ---- pace ----------------------------------------------------------------------------------


def test_a_live_site_is_asked_once_a_second_by_all_threads_together(server):
    with connected(server, site="figshare", cache=False) as client:
        begin = time.monotonic()
        threads = [threading.Thread(target=client.get, args=("/articles/5616445",)) for _ in range(3)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert time.monotonic() - begin >= 2
        assert client.workers == 1


def test_a_pace_of_ones_own(server):
    with connected(server, site="figshare", requests_per_second=20, cache=False) as client:
        begin = time.monotonic()
        for _ in range(5):
            client.get("/articles/5616445")
        assert time.monotonic() - begin >= 0.2
        assert client.workers == 8


@pytest.mark.parametrize("pace", [0, -1, "2", True, float("nan")])
def test_a_pace_is_a_number_above_0(pace):
    with pytest.raises(fh.ParameterError, match="requests_per_second must be a number above 0"):
        fh.connect("figshare", requests_per_second=pace)


# ---- cache ---------------------------------------------------------------------------------


def test_the_same_anonymous_question_is_asked_once(server, tmp_path):
    for expected in ([False, False, False], [True, True, False]):
        with connected(
            server, site="figshare", requests_per_second=1000, cache=str(tmp_path / "answers"), token="local-researcher"
        ) as client:
            assert client.article(5616445)["id"] == 5616445
            assert len(list(client.search(":title: frog"))) > 5
            assert client.account()["id"]  # what a token sees is never kept
            assert client.requests_made["from_cache"].tolist() == expected


def test_the_cache_holds_no_token_and_nothing_private(server, tmp_path):
    with connected(
        server, site="figshare", requests_per_second=1000, cache=str(tmp_path / "answers"), token="local-researcher"
    ) as client:
        client.account()
        client.article(5616445)
    stored = b"".join(path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())
    assert b"5616445" in stored
    assert b"local-researcher" not in stored and b"used_quota" not in stored


def test_an_address_that_is_a_credential_is_never_kept(server, tmp_path):
    """An upload's address opens the upload; its answer also grows old with every part that is sent."""
    (tmp_path / "calls.bin").write_bytes(bytes(25_000_000))
    with connected(
        server, site="figshare", requests_per_second=1000, cache=str(tmp_path / "answers"), token="local-researcher"
    ) as client:
        client.retry = client.retry.new(total=0)
        draft = client.create_article({"title": "Draft"})
        queue_fault(server, "status", "/upload/", method="PUT", status=500, after=1, times=99)
        with pytest.raises(fh.FigshareError, match="500"):
            client.upload_file(draft, tmp_path / "calls.bin")
        clear_faults(server)
        address = client.files(draft, private=True)[0]["upload_url"]
        wait_for(lambda: "COMPLETE" in requests.get(address, timeout=30).text)  # the one that was let through
        before = len(client.requests_made)
        client.upload_file(draft, tmp_path / "calls.bin")
        made = client.requests_made[before:]
        assert not made[made["path"].str.startswith("/upload/")]["from_cache"].any()
        parts_sent = sum(path.startswith("PUT /upload/") for path in requests_of(client)[before:])
        assert parts_sent == 2  # the first part was there
        client.get("/articles/5616445", private_link="5ec2e7")
        client.get(client.article(5616445)["files"][0]["download_url"])
        assert not client.requests_made["from_cache"].any()
    stored = b"".join(path.read_bytes() for path in tmp_path.glob("answers*"))
    assert b"5616445" in stored
    assert address.rsplit("/", 1)[-1].encode() not in stored
    assert b"/upload/" not in stored and b"5ec2e7" not in stored


@pytest.mark.parametrize("kind", FOREIGN)
def test_a_foreign_answer_is_not_kept(server, tmp_path, kind):
    with connected(server, site="figshare", requests_per_second=1000, cache=str(tmp_path / "answers")) as client:
        client.retry = client.retry.new(total=0)
        queue_fault(server, kind, "/v2/articles", status=200)
        with pytest.raises(fh.ConnectionFailed):
            client.article(5616445)
        assert client.article(5616445)["id"] == 5616445


def test_a_stale_answer_is_revalidated_by_etag(server, tmp_path):
    with connected(server, site="figshare", requests_per_second=1000, cache=str(tmp_path / "answers")) as client:
        client._cache.settings.expire_after = 0.2  # noqa: SLF001  (nobody needs to set it but this test)
        client.get("/articles/5616445")
        time.sleep(0.3)
        assert client.get("/articles/5616445")["id"] == 5616445
        assert client.requests_made["from_cache"].tolist() == [False, True]


def test_after_a_write_nothing_kept_is_believed(server, tmp_path):
    with connected(
        server, site="figshare", requests_per_second=1000, cache=str(tmp_path / "answers"), token="local-researcher"
    ) as client:
        client.article(5616445)
        client.create_article({"title": "Draft"})
        client.article(5616445)
        client.article(5616445)
        assert client.requests_made["from_cache"].tolist() == [False, False, False, True]


def test_a_file_that_cannot_keep_answers_is_named(server, tmp_path):
    (tmp_path / "notes.txt").write_text("This is not a database, and it must not be written over.")
    (tmp_path / "folder.sqlite").mkdir()
    for place in ("notes.txt", "folder", "notes.txt/answers"):
        with pytest.raises(fh.FileProblem, match=f"The file {tmp_path}/.* cannot keep answers") as caught:
            fh.connect("figshare", cache=str(tmp_path / place))
        assert "Fix: delete it or name another" in str(caught.value)
    assert (tmp_path / "notes.txt").read_text().startswith("This is not")


def test_a_file_that_is_damaged_later_is_named_too(server, tmp_path):
    with connected(
        server, site="figshare", requests_per_second=1000, cache=tmp_path / "answers", token="local-researcher"
    ) as client:
        client.article(5616445)
        (tmp_path / "answers.sqlite").write_bytes(b"damaged" * 9000)
        with pytest.raises(fh.FileProblem, match=r"answers\.sqlite cannot keep answers"):
            client.article(5616445)
        assert client.account()["id"]  # what is not kept does not need it


def test_a_write_counts_although_what_was_kept_cannot_be_thrown_away(server, tmp_path, monkeypatch):
    with connected(
        server, site="figshare", requests_per_second=1000, cache=tmp_path / "answers", token="local-researcher"
    ) as client:
        before = client.article(5616445)

        def refuse():
            raise PermissionError("in use")

        monkeypatch.setattr(client._cache.cache, "clear", refuse)  # noqa: SLF001  (a disk that refuses)
        assert client.create_article({"title": "Draft"})
        assert client.article(5616445) == before
        assert not client.requests_made["from_cache"].any()


def test_local_figshare_is_never_cached(figshare):
    for _ in range(2):
        figshare.article(5616445)
    assert not figshare.requests_made["from_cache"].any()


# ---- what can be seen -----------------------------------------------------------------------


def test_a_trace_is_one_line_an_exchange_without_times(figshare, capsys):
    with figshare.trace():
        figshare.get("/articles", page=2)
        list(figshare.search(":title: frog", limit=2))
        with pytest.raises(fh.NotFound):
            figshare.get("/articles/99999999999")
    figshare.get("/articles")
    assert capsys.readouterr().out.splitlines() == [
        "GET /articles?page=2 → 200, 10 items",
        'POST /articles/search {"search_for": ":title: frog", "page": 1, "page_size": 2} → 200, 2 items',
        "GET /articles/99999999999 → 404",
    ]


def test_requests_made(figshare):
    assert len(figshare.requests_made) == 0
    figshare.get("/articles", page=2)
    row = figshare.requests_made.iloc[0]
    assert (row["method"], row["path"], row["status"], row["from_cache"]) == ("GET", "/articles?page=2", 200, False)
    assert row["ms"] > 0 and row["bytes"] > 1000
    assert figshare.request_counts().values.tolist() == [["GET", "/articles", 1]]


def test_ids_of_private_links_are_ids_too(figshare):
    """They are long and hexadecimal, and another in every run; words are not."""
    links = f"/account/articles/{figshare.create_article({'title': 'Eels'})}/private_links"
    for _ in range(2):
        figshare.post(links)
        figshare.delete(f"{links}/{figshare.get(links)[0]['id']}")
    counts = figshare.request_counts()
    assert counts.loc[counts["method"] == "DELETE", ["path", "requests"]].values.tolist() == [
        ["/account/articles/{id}/private_links/{id}", 2]
    ]


def test_as_curl_is_a_line_that_works(figshare, monkeypatch):
    figshare.get("/account/articles", page_size=2)
    assert "$FIGSHARE_TOKEN" in figshare.as_curl() and "local-researcher" not in figshare.as_curl()
    monkeypatch.setenv("FIGSHARE_TOKEN", "local-researcher")
    monkeypatch.setenv("FIGSHARE_STATS_CREDENTIALS", "local:local")
    assert len(json.loads(subprocess.run(figshare.as_curl(), shell=True, capture_output=True, check=True).stdout)) == 2
    hits = figshare.post("/articles/search", {"search_for": ":title: 'frog's'", "page_size": 3})
    assert json.loads(subprocess.run(figshare.as_curl(), shell=True, capture_output=True, check=True).stdout) == hits
    answer = figshare.stats("/iastate/top/views/article", count=3)
    assert json.loads(subprocess.run(figshare.as_curl(), shell=True, capture_output=True, check=True).stdout) == answer


SCRIPTED = {
    "a query": lambda f: f.get("/articles", page_size=2, order="views", published_since="2015-01-01"),
    "a query in the path": lambda f: f.get("/articles?page=2&page_size=3"),
    "a token": lambda f: f.get("/account/articles", page_size=2),
    "a body": lambda f: f.post(
        "/articles/search",
        {"search_for": ":title: 'frog's \"{pond}\"' \\", "page_size": 3, "group": None} | {"order": "views"},
    ),
    "stats": lambda f: f.stats("/iastate/top/views/article", count=3),
    "open stats": lambda f: f.stats("/total/views/article/5616445"),
    "XML": lambda f: f.get("/oai", verb="ListMetadataFormats"),
    "a long body": lambda f: f.put("/account/articles/8260098", {"description": "long words " * 40}),
}


def run_script(text: str) -> str:
    environment = {**os.environ, "FIGSHARE_TOKEN": "local-researcher", "FIGSHARE_STATS_CREDENTIALS": "local:local"}
    done = subprocess.run([sys.executable, "-c", text], capture_output=True, text=True, env=environment)
    assert done.returncode == 0, text + done.stderr
    return done.stdout.removesuffix("\n")


@pytest.mark.parametrize("ask", SCRIPTED.values(), ids=SCRIPTED)
def test_as_python_is_a_script_that_runs_as_it_stands(figshare, ask):
    answer = ask(figshare)
    script = figshare.as_python()
    assert "local-researcher" not in script and "local:local" not in script and "figshare_helpers" not in script
    assert max(map(len, script.splitlines())) <= 110
    stamp = re.compile(r"<responseDate>.*?</responseDate>")
    assert stamp.sub("", run_script(script)) == stamp.sub("", str("" if answer is None else answer))


def test_the_scripts_first_line_names_the_site(figshare):
    figshare.get("/articles/5616445")
    assert figshare.as_python().splitlines()[2] == f'api = "{figshare.api_url}"'
    assert 'f"{api}/articles/5616445"' in figshare.as_python()
    assert fh.as_python(figshare) == figshare.as_python()


def test_a_cursor_goes_into_line_and_script(figshare):
    with contextlib.suppress(fh.FigshareError):
        figshare.ask("GET", "/articles", params={"limit": 5}, headers={"X-Cursor": "next-page"})
    assert "-H 'X-Cursor: next-page'" in figshare.as_curl()
    assert "headers={\"X-Cursor\": 'next-page'}," in figshare.as_python()


def test_as_python_of_bytes_says_what_is_left_out(figshare):
    with contextlib.suppress(fh.FigshareError):
        figshare.ask("PUT", figshare.api_url.replace("/v2", "/upload/5ec2e7/1"), body=b"abc")
    assert "/upload/…/1" in figshare.as_python() and "left out" in figshare.as_python()
    compile(figshare.as_python(), "script", "exec")


@pytest.mark.parametrize(
    "ask",
    [
        lambda f: f.get("/articles", access_token="5ec2e7"),
        lambda f: f.get("/articles?page=1&access_token=5ec2e7"),
        lambda f: f.get("/file/download/1", token="5ec2e7"),
        lambda f: f.get("/articles", private_link="5ec2e7"),
        lambda f: f.get(f.api_url.replace("/v2", "/upload/5ec2e7/1?a=b")),
        lambda f: f.get("/articles?X-Amz-Signature=5ec2e7", page=2),
    ],
)
def test_no_credential_of_an_address_is_shown(figshare, capsys, ask):
    with figshare.trace(), contextlib.suppress(fh.FigshareError):
        ask(figshare)
    shown = figshare.as_curl() + figshare.as_python() + figshare.requests_made.to_csv() + capsys.readouterr().out
    assert "5ec2e7" not in shown and ("***" in shown or "/upload/…/1" in shown)


def test_as_curl_never_shows_the_clients_own_token(server):
    with connected(server, token=TOKEN) as client:
        for body in ({"search_for": TOKEN}, {"token": TOKEN}):
            with contextlib.suppress(fh.FigshareError):
                client.post("/articles/search", body)
            assert TOKEN not in client.as_curl() + client.as_python()
        with contextlib.suppress(fh.FigshareError):
            client.get("/articles", resumptionToken="shown", page=2)
        assert "resumptionToken=shown&page=2" in client.as_curl()


def test_impersonate_goes_into_the_query_or_the_body(figshare):
    with figshare.impersonating(42):
        for ask in (lambda: figshare.get("/account/articles/1"), lambda: figshare.put("/account/articles/1", {"a": 1})):
            with pytest.raises(fh.FigshareError):
                ask()
            assert "impersonate=42" in figshare.as_curl() or '"impersonate": 42' in figshare.as_curl()
        figshare.get("/articles/5616445")
        assert "impersonate" not in figshare.as_curl()
    with pytest.raises(fh.FigshareError):
        figshare.get("/account/articles/1")
    assert "impersonate" not in figshare.as_curl()


def test_a_folder_that_local_figshare_cannot_serve(tmp_path):
    for folder, said in ((tmp_path / "none", "there is no such folder"), (tmp_path, "this file is missing")):
        with pytest.raises(fh.ConnectionFailed, match=f"could not be started: {folder}.*{said}"):
            fh.connect("local", data=folder)


def test_one_local_site_for_the_process_and_it_ends_with_it():
    import subprocess
    import sys

    code = (
        "import figshare_helpers as fh\n"
        "with fh.connect('local') as one:\n    draft = one.create_article({'title': 'Draft'})\n"
        "other = fh.connect('local')\nassert other.article(draft, private=True)['id'] == draft\n"
        "print(other.api_url)"
    )
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60).stdout
    with connected_to(out.strip()) as client, pytest.raises(fh.ConnectionFailed):
        client.get("/articles")


@contextlib.contextmanager
def connected_to(address):
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("FIGSHARE_API_URL", address)
        with fh.connect("local") as client:
            client.retry = client.retry.new(total=0)
            yield client


def test_nothing_but_the_module_itself_is_imported_early():
    import subprocess
    import sys

    code = (
        "import pandas, sys; import figshare_helpers; "
        "print([m for m in ('matplotlib','ipywidgets','requests_cache','pyarrow','tqdm','werkzeug','local_figshare')"
        " if m in sys.modules])"
    )
    before = subprocess.run(
        [sys.executable, "-c", "import pandas, sys; print([m for m in ('pyarrow',) if m in sys.modules])"],
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert out == before


def test_the_live_address_stands_once_in_the_module():
    text = rooms_text()
    assert len(re.findall(r"(?:api|stats)\.(?:figshare|figsh)\.com", text)) == 0
    assert text.count('"figshare.com"') == 1
    assert len(re.findall(r"\.request\(", text)) == 1  # one caller of requests
