"""Where a secret could travel: addresses, bodies, answers, logs, copies, redirects, parameters."""

import base64
import contextlib
import copy
import json
import logging
import pickle
from urllib.parse import quote

import pytest
from helpers_site import client_answered_by, connected

import figshare_helpers as fh

pytestmark = pytest.mark.slow  # sockets, processes and files take seconds

JSON = {"Content-Type": "application/json"}
TOKEN = "0f1e2d3c4b5a69788796a5b4c3d2e1f0"
PASSWORD = "Newts & toads: 7%"
IN_BASE64 = base64.b64encode(f"curator:{PASSWORD}".encode()).decode()


def everything_shown(client, capsys, caplog) -> str:
    """Returns what a reader of the notebook, or of its logs, may see of a connection."""
    return "\n".join(
        [
            client.as_curl(),
            client.requests_made.to_csv(),
            repr(client),
            repr(vars(client)),
            repr(client.last_exchange),
            client.request_counts().to_csv(),
            *client.notes,
            capsys.readouterr().out,
            caplog.text,
        ]
    )


# ---- addresses ------------------------------------------------------------------------------------

NAMES = [
    "access_token",
    "token",
    "key",
    "api_key",
    "apikey",
    "Key",
    "sig",
    "X-Amz-Signature",
    "AWSAccessKeyId",
    "password",
    "pwd",
    "client_secret",
    "private_link",
    "auth",
    "access%5Ftoken",
    "session",
    "jwt",
]


@pytest.mark.parametrize(
    "form",
    [
        "/articles?page=1&{0}=5ec2e7",
        "/articles;{0}=5ec2e7",
        "/articles;page=1;{0}=5ec2e7",
        "/articles?{0}=5ec2e7&page=1",
        "/articles#{0}=5ec2e7",
        "/articles?url=https%3A%2F%2Fh.example%2F%3Fa%3D1%26{0}%3D5ec2e7",
    ],
)
def test_a_credential_in_an_address_is_masked_wherever_it_is_shown(figshare, capsys, caplog, form):
    caplog.set_level(logging.DEBUG)
    for name in NAMES:
        with figshare.trace(), contextlib.suppress(fh.FigshareError):
            figshare.get(form.format(name))
    shown = everything_shown(figshare, capsys, caplog)
    assert "5ec2e7" not in shown and "***" in shown and "urllib3" in caplog.text


@pytest.mark.parametrize(
    "name", ["keyword", "keywords", "page", "author", "resumptionToken", "monkey", "sort_key_order"]
)
def test_what_is_no_credential_is_shown(figshare, name):
    with contextlib.suppress(fh.FigshareError):
        figshare.get(f"/articles?{name}=5ec2e7")
    assert "5ec2e7" in figshare.requests_made.to_csv()


def test_a_user_in_an_address_is_not_shown(capsys, caplog):
    with client_answered_by((404, JSON, b"{}")) as client:
        address = client.api_url.replace("://", "://curator:5ec2e7@") + "/articles"
        with pytest.raises(fh.NotFound) as caught:
            client.get(address)
        assert "5ec2e7" not in everything_shown(client, capsys, caplog) + str(caught.value)
    with fh.connect("local") as client:
        client.retry = client.retry.new(total=0)
        with pytest.raises(fh.ConnectionFailed, match=r"from 127\.0\.0\.1:9") as caught:
            client.get("http://curator:5ec2e7@127.0.0.1:9/articles")
        assert "5ec2e7" not in str(caught.value)


@pytest.mark.parametrize("name", ["FIGSHARE_API_URL", "FIGSHARE_STATS_URL"])
def test_a_sites_address_holds_no_password(monkeypatch, name):
    monkeypatch.setenv(name, "https://curator:5ec2e7@api.example/v2")
    with pytest.raises(fh.ParameterError, match=f"{name} must not hold a user name") as caught:
        fh.connect("figshare")
    assert "5ec2e7" not in str(caught.value)


# ---- bodies ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "body",
    [
        {"password": "5ec2e7"},
        {"user": {"name": "A. Newt", "Password": "5ec2e7"}},
        {"list": [{"api_key": "5ec2e7"}]},
        {"access_token": "5ec2e7", "title": "kept"},
        {"key": "5ec2e7"},
        {"client-secret": "5ec2e7"},
    ],
)
def test_a_credential_in_a_body_is_sent_and_not_shown(capsys, caplog, body):
    def answer(request):
        return 200, JSON, b"{}"

    with client_answered_by(answer) as client:
        with client.trace():
            client.post("/articles/search", body)
        shown = everything_shown(client, capsys, caplog)
        assert "5ec2e7" not in shown and '"***"' in shown
        assert ("kept" in shown) == ("title" in body)


def test_ones_own_token_is_not_shown_by_a_trace(capsys, caplog):
    with client_answered_by((200, JSON, b"{}"), token=TOKEN) as client:
        with client.trace():
            client.post("/articles/search", {"search_for": TOKEN})
        assert TOKEN not in everything_shown(client, capsys, caplog)


# ---- what a server repeats --------------------------------------------------------------------------

REPEATED = {
    "the token": TOKEN,
    "in capitals": TOKEN.upper(),
    "its first half": TOKEN[:16],
    "its second half": TOKEN[16:],
    "most of it": TOKEN[3:-3],
    "backwards": TOKEN[::-1],
    "in Base64": base64.b64encode(TOKEN.encode()).decode(),
    "in hexadecimals": TOKEN.encode().hex(),
    "the password": PASSWORD,
    "user and password": f"curator:{PASSWORD}",
    "both in Base64": IN_BASE64,
    "the header": f"Basic {IN_BASE64}",
    "quoted": quote(PASSWORD, safe=""),
    "quoted with +": quote(PASSWORD).replace("%20", "+"),
}


@pytest.mark.parametrize("secret", REPEATED.values(), ids=REPEATED)
@pytest.mark.parametrize("field", ["message", "code", "errcode", "extra"])
def test_a_message_that_repeats_a_secret_is_masked(secret, field):
    body = {"data": {"extra": f"<{secret}>"}} if field == "extra" else {field: f"not accepted: <{secret}>"}
    with client_answered_by((403, JSON, json.dumps(body).encode())) as client:
        client.use_token(fh.Secret(TOKEN, "a test"))
        client._secrets["password"] = fh.Secret(f"curator:{PASSWORD}", "a test")  # noqa: SLF001
        with pytest.raises(fh.Forbidden) as caught:
            client.get("/account")
    texts = "\n".join([str(caught.value), repr(vars(caught.value))])
    assert secret not in texts and "***" in texts


def test_an_address_that_repeats_the_token_is_masked():
    with client_answered_by((302, {"Location": f"ftp://h.example/{TOKEN}/x"}, b""), token=TOKEN) as client:
        with pytest.raises(fh.ConnectionFailed, match=r"h\.example") as caught:
            client.get("/account")
        assert TOKEN not in str(caught.value)


def test_a_common_word_is_no_secret():
    said = "a researcher sent local nonsense"
    with (
        client_answered_by((400, JSON, json.dumps({"message": said}).encode()), token="local-researcher") as client,
        pytest.raises(fh.BadRequest, match=said),
    ):
        client.get("/account")


# ---- redirects, copies, logs, parameters ------------------------------------------------------------


def test_no_answer_keeps_the_token_after_a_redirect(monkeypatch):
    """Every response that requests makes is looked at, with its history and the request that it would send next."""
    import requests

    made = []
    before = requests.Session.send

    def watched(session, *args, **options):
        made.append(before(session, *args, **options))
        return made[-1]

    monkeypatch.setattr(requests.Session, "send", watched)
    with client_answered_by(
        (302, {"Location": "/v2/account/articles"}, b""), (200, JSON, b"[]"), token=TOKEN
    ) as client:
        client.get("/account")
    assert len(made) == 2
    for response in made:
        assert response.history == [] and response.next is None
        assert TOKEN not in repr(response.request.headers)


@pytest.mark.parametrize("copied", [pickle.dumps, copy.copy, copy.deepcopy], ids=["pickle", "copy", "deepcopy"])
def test_a_secret_is_not_copied_out(copied):
    with pytest.raises(TypeError, match="not written to disk"):
        copied(fh.Secret(TOKEN, "a test"))


def test_a_secret_does_not_show_itself():
    secret = fh.Secret(TOKEN, "a test")
    for shown in (
        repr(secret),
        str(secret),
        f"{secret}",
        f"{secret!r:>50}",
        "%s" % secret,  # noqa: UP031
        repr([secret]),
        repr({"a": secret}),
    ):
        assert TOKEN not in shown
    assert not hasattr(secret, "__dict__")


def test_the_log_of_http_client_shows_no_token(monkeypatch, capsys):
    monkeypatch.setattr("http.client.HTTPConnection.debuglevel", 1)
    with client_answered_by((200, JSON, b"{}"), token=TOKEN, stats_credentials=f"curator:{TOKEN}") as client:
        client.get("/account")
        client.stats("/iastate/top/views/article")
    assert TOKEN not in capsys.readouterr().out


def test_the_password_of_a_proxy_is_in_no_error(monkeypatch):
    monkeypatch.setenv("FIGSHARE_API_URL", "http://figshare.invalid/v2")
    for name in ("no_proxy", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("http_proxy", "http://curator:5ec2e7@127.0.0.1:9")
    with fh.connect("local", token=TOKEN) as client:
        client.retry = client.retry.new(total=0)
        with pytest.raises(fh.ConnectionFailed) as caught:
            client.get("/account")
    assert "5ec2e7" not in str(caught.value) + repr(vars(caught.value)) + repr(caught.value.__context__)


@pytest.mark.parametrize(
    "cell",
    [
        "# Parameters\ntoken = '5ec2e7'\n",
        "# Parameters\nFIGSHARE_TOKEN = '5ec2e7'\n",
        "# Parameters\npassword = '5ec2e7'\n",
    ],
)
def test_a_token_among_papermills_parameters_is_refused_and_not_repeated(cell):
    with pytest.raises(fh.ParameterError, match="is no parameter of this notebook") as caught:
        fh.check_parameters({"In": ["", 'site: str = "local"', cell], "site": "local", "token": "5ec2e7"})
    assert "5ec2e7" not in str(caught.value)


def test_the_cache_keeps_no_secret_of_a_redirect(server, tmp_path):
    with connected(
        server, site="figshare", requests_per_second=1000, cache=str(tmp_path / "answers"), token="local-researcher"
    ) as client:
        client.get("/articles/5616445")
        with contextlib.suppress(fh.FigshareError):
            client.get(client.article(5616445)["files"][0]["download_url"])
    stored = b"".join(path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())
    assert b"5616445" in stored and b"signature=" not in stored and b"local-researcher" not in stored
