"""A stranger's page in a real browser, at a local Figshare of the same person: what it tries, and what comes of it."""

import shutil
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

import pytest
import requests

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
pytestmark = [
    pytest.mark.browser,
    pytest.mark.slow,
    pytest.mark.skipif(not CHROMIUM, reason="needs a browser: apt-get install chromium"),
]
TOKEN = "token=local-researcher"
NAMES = "MAP prizes.example 127.0.0.1, EXCLUDE 127.0.0.1, EXCLUDE localhost"  # and nothing else is looked up
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    f"--host-resolver-rules={NAMES}",
]
TRIES = """async ([root, token]) => {
    const seen = [];
    const loaded = one => new Promise(done => { one.onload = one.onerror = done; setTimeout(done, 3000); });
    const attempt = async (path, options) => {
        try {
            const answer = await fetch(root + path, options);
            seen.push([path, answer.type, answer.type === 'opaque' ? '' : await answer.text()]);
        } catch (error) { seen.push([path, 'error', '']); }
    };
    const title = JSON.stringify({title: 'Taken over'});
    for (const mode of ['no-cors', 'cors', 'same-origin']) {
        await attempt('/_local/reset', {method: 'POST', mode});
        await attempt('/_local/faults', {method: 'POST', mode, body: '{"kind": "html", "times": 999}'});
        await attempt('/v2/account/articles?' + token, {method: 'POST', mode, body: title});
        await attempt('/v2/account/articles?' + token, {mode});
        const headers = mode === 'no-cors' ? {} : {Authorization: token.replace('=', ' ')};
        await attempt('/v2/account', {mode, headers});
        await attempt('/v2/account/profile?' + token, {method: 'PUT', mode, body: '{"bio": "x"}'});
        await attempt('/_local/faults', {method: 'DELETE', mode});
        await attempt('/_local/faults', {method: 'HEAD', mode});
    }
    navigator.sendBeacon(root + '/_local/reset');
    navigator.sendBeacon(root + '/v2/account/articles?' + token, title);
    for (const tag of ['img', 'script', 'iframe']) {
        const one = document.createElement(tag);
        one.src = root + '/v2/account/articles?' + token;
        document.body.append(one);
        await loaded(one);
    }
    const frame = Object.assign(document.createElement('iframe'), {name: 'target'});
    document.body.append(frame);
    for (const [path, kind] of [['/_local/reset', 'text/plain'], ['/v2/account/articles?' + token, 'text/plain'],
                                ['/_local/reset', 'multipart/form-data']]) {
        const form = Object.assign(document.createElement('form'),
                                   {method: 'POST', action: root + path, target: 'target', enctype: kind});
        form.append(Object.assign(document.createElement('input'),
                                  {name: '{"title": "Taken over", "x": "', value: '"}'}));
        document.body.append(form);
        form.submit();
        await loaded(frame);
    }
    return seen;
}"""


class Page(BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.end_headers()
        self.wfile.write(b"<!doctype html><body>You have won!</body>")

    def log_message(self, *args):
        pass


@pytest.fixture(scope="module")
def prizes():
    """The port of a stranger's site."""
    with ThreadingHTTPServer(("127.0.0.1", 0), Page) as site:
        threading.Thread(target=site.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        yield site.server_port
        site.shutdown()


@pytest.fixture(scope="module")
def browser(tmp_path_factory):
    api = pytest.importorskip("playwright.sync_api", reason="needs Playwright: it is in tests/requirements.txt")
    with api.sync_playwright() as playwright:
        context = playwright.chromium.launch_persistent_context(
            tmp_path_factory.mktemp("chromium"), executable_path=CHROMIUM, args=FLAGS, headless=True
        )
        yield context
        context.close()


def state(server):
    """Returns what such a page might have changed."""
    headers = {"Authorization": "token local-researcher"}
    return [
        requests.get(f"{server.root}{path}", headers=headers, timeout=10).json()
        for path in ("/v2/account/articles?page_size=1000", "/v2/account", "/_local/health", "/_local/faults")
    ]


@pytest.mark.parametrize("place", ["another site", "another port", "a name that was pointed here"])
def test_a_page_changes_nothing_and_sees_nothing_private(server, browser, prizes, place):
    headers = {"Authorization": "token local-researcher"}
    requests.post(f"{server.url}/account/articles", json={"title": "My draft"}, headers=headers, timeout=10)
    server.faults(kind="vanish", path="/v2/never")
    before = state(server)
    here = urlsplit(server.root).port
    address, root = {
        "another site": (f"http://prizes.example:{prizes}/", server.root),
        "another port": (f"http://127.0.0.1:{prizes}/", server.root),
        "a name that was pointed here": (
            f"http://prizes.example:{here}/v2/articles/5616445",
            f"http://prizes.example:{here}",
        ),
    }[place]
    page = browser.new_page()
    page.goto(address)
    assert ("won" in page.content()) == (place != "a name that was pointed here")
    seen = page.evaluate(TRIES, [root, TOKEN])
    page.close()
    assert len(seen) == 24 and state(server) == before
    assert not [text for _, _, text in seen if "My draft" in text or "Pond" in text or "local-researcher" in text]
    if place == "a name that was pointed here":  # there the browser lets the page read every answer
        answers = [text for _, kind, text in seen if kind == "basic" and text]
        assert len(answers) > 15
        assert all("answers this to programs" in text or "OAuthMissingToken" in text for text in answers)
