"""The explorer: the documentation's TRY button, pressed here from Python."""

import json
import re

import pandas as pd
import pytest
from helpers_site import connected, patch_rooms

import figshare_helpers as fh
from figshare_workbook.base.screen import BarOutput
from figshare_workbook.lesson.exchange_view import ExploredExchange, answer_frame
from figshare_workbook.lesson.explorer import ENDPOINTS, PUBLISHING, WRITING, request_parts, send_form
from figshare_workbook.lesson.forms import control_for

LABELS = [endpoint.label for endpoint in ENDPOINTS]
READING = ENDPOINTS


@pytest.fixture
def watched(monkeypatch):
    """As if a person were there; what a notebook would display is kept."""
    shown = []
    patch_rooms(monkeypatch, "is_interactive", lambda: True)
    monkeypatch.setattr("IPython.display.display", shown.append)
    return shown


def open_form(form, label):
    """Returns the fields by name, the words beside them and the button, after the choice of an address."""
    choice, place = form.children[-2:]
    choice.value = label
    [inner] = place.children
    *rows, button, _ = inner.children
    pairs = [(row.children if hasattr(row, "children") else (row, None)) for row in rows]
    names = [re.sub(r" \(.*", "", box.description).replace(" ", "_") for box, _ in pairs]
    words = {name: label.value for name, (_, label) in zip(names, pairs, strict=True) if label}
    return {name: box for name, (box, _) in zip(names, pairs, strict=True)}, words, button


def first_values(endpoint):
    """Returns what the fields of an address hold before anybody changes them."""
    return {name: control_for(name, value).value() for name, value in endpoint.fields.items()}


@pytest.mark.parametrize("endpoint", READING, ids=LABELS)
def test_every_address_answers_as_it_begins(server, endpoint):
    with connected(server, token="local-admin" if "institution" in endpoint.path else "local-researcher") as client:
        exchange = send_form(client, endpoint, first_values(endpoint))
    assert exchange.status == 200 and not exchange.problem, exchange.problem
    assert (exchange.content or "private_links" in endpoint.path) and exchange.ms > 0
    assert exchange.request.startswith(f"{endpoint.method} http://127.0.0.1")
    assert exchange.curl.startswith("curl ") and exchange.request.split(" ")[1].split("?")[0] in exchange.curl


def test_the_addresses_are_those_of_the_lessons():
    """Each address that the lessons list at their end is offered, but for the steps of an upload."""
    from notebook_tools import ROOT, read_notebook

    asked = set()
    for name in sorted(path.stem for path in (ROOT / "notebooks").glob("0*.ipynb")):
        tables = [
            output.data["text/plain"]
            for cell in read_notebook(name).cells
            for output in cell.get("outputs", [])
            if "request_counts" in cell.source and "data" in output
        ]
        asked |= {tuple(line.split()[1:3]) for table in tables for line in table.splitlines()[1:]}
    every = (*READING, *WRITING, *PUBLISHING)
    offered = {
        (
            e.method,
            re.sub(r"/{version}", "/{id}", re.sub(r"{(?!counter|granularity|institution|item})\w+}", "{id}", e.path)),
        )
        for e in every
    }
    patterns = [
        (method, re.compile(re.sub(r"\\{(counter|granularity|institution|item)\\}", r"\\w+", re.escape(path))))
        for method, path in offered
    ]
    parts = re.compile(r"/(upload|files/|account/articles/\{id\}/files/\{id\})")
    missing = {
        (method, path)
        for method, path in asked
        if not parts.match(path) and not any(method == other and pattern.fullmatch(path) for other, pattern in patterns)
    }
    assert len(asked) > 40 and not missing


def test_a_press_shows_address_curl_status_time_json_and_table(figshare, watched):
    fields, words, button = open_form(fh.explorer(figshare), "POST /articles/search")
    assert fields["page_size"].description == "page size (1 to 1000)"
    assert fields["page_size"].value == "10" and words["search_for"]
    fields["page_size"].value = "3"
    button.click()
    [exchange] = watched
    shown = exchange._repr_html_()
    assert "POST http://127.0.0.1" in shown and "/v2/articles/search" in shown
    assert re.search(r"<b>200</b> after \d+ ms", shown)
    assert "&quot;page_size&quot;: 3" in shown  # the curl line
    assert shown.count("<details>") > 3 and shown.count("<details open>") == 2  # the body and the answer
    assert "the JSON body" in shown and "&quot;search_for&quot;: &quot;:title: frog&quot;" in shown
    assert "as Python, with requests" in shown and "requests.post(" in shown
    assert shown.count("<tr") == 1 + 3
    assert re.fullmatch(r"POST http://\S+ → 200, \d+ ms", repr(exchange))
    assert (button.description, button.disabled) == ("Run", False)


def test_an_empty_field_is_not_sent(figshare):
    [listing] = [endpoint for endpoint in READING if endpoint.label == "GET /articles"]
    exchange = send_form(figshare, listing, first_values(listing))
    assert "group" not in exchange.request and "page_size=10" in exchange.request
    exchange = send_form(figshare, listing, {**first_values(listing), "group": " 21332"})
    assert "group=21332" in exchange.request.replace("+", "")


def test_numbers_of_a_search_travel_as_numbers(figshare):
    [search] = [endpoint for endpoint in READING if endpoint.label == "POST /articles/search"]
    exchange = send_form(figshare, search, {**first_values(search), "search_for": "data", "group": "21332"})
    assert exchange.status == 200 and '"group": 21332' in exchange.curl


def test_what_must_not_be_empty_is_said_and_nothing_is_sent(figshare, watched, capsys):
    _, _, button = open_form(fh.explorer(figshare, writing=True), "DELETE /account/articles/{article_id}")
    button.click()
    assert capsys.readouterr().out.endswith("article id must not be empty.\n")
    assert not len(figshare.requests_made) and not watched


def test_a_refusal_is_an_answer_to_look_at(figshare):
    [item] = [endpoint for endpoint in READING if endpoint.label == "GET /articles/{article_id}"]
    exchange = send_form(figshare, item, {"article_id": 999999999})
    assert exchange.status == 404
    assert "<b>404</b>" in exchange._repr_html_() and "Cause:" in exchange._repr_html_()


def test_everything_is_escaped(figshare):
    evil = "<img src=x onerror=alert(1)>"
    exchange = ExploredExchange(f"GET {evil}", f"curl {evil}", 200, 1.0, {"title": evil, evil: [{evil: evil}]})
    failed = ExploredExchange("GET /", "curl", 400, 1.0, None, evil)
    for shown in (exchange._repr_html_(), failed._repr_html_()):
        assert "<img" not in shown and "&lt;img" in shown


def test_a_path_cannot_be_left(figshare):
    top = next(endpoint for endpoint in READING if "top" in endpoint.path)
    path, _ = request_parts(top, {**first_values(top), "institution": "../../account?x=1"})
    assert path == "/..%2F..%2Faccount%3Fx%3D1/top/views/article"


@pytest.mark.parametrize("wrong", ["12.5", "-3", "0", "x", "../../account", "1e3", "1,000"])
def test_a_number_is_refused_and_never_mended(figshare, wrong):
    [delete] = [endpoint for endpoint in WRITING if endpoint.label == "DELETE /account/articles/{article_id}"]
    [listing] = [endpoint for endpoint in READING if endpoint.label == "GET /articles"]
    for endpoint, name in ((delete, "article_id"), (listing, "group")):
        with pytest.raises(fh.ParameterError, match=f"{name} must be a whole number above 0, not "):
            send_form(figshare, endpoint, {**first_values(endpoint), name: wrong})
    assert not len(figshare.requests_made)


def test_long_answers_are_cut_and_say_so():
    exchange = ExploredExchange("GET /", "curl", 200, 1.0, [{"id": number} for number in range(1000)])
    shown = exchange._repr_html_()
    assert "… and 900 more" in shown and "first 20 of 1,000 rows" in shown and shown.count("<tr") == 21


def test_tables_of_answers():
    assert answer_frame({"timeline": {"2021-01": 5}}).to_dict("records") == [{"field": "2021-01", "value": 5}]
    frame = answer_frame([{"id": 1, "authors": [{"name": "A"}, {"name": "B"}]}, {"id": 2, "license": {"name": "CC0"}}])
    assert frame["authors"].tolist()[0] == "2 entries" and frame["license"].tolist()[1] == "CC0"
    assert frame["id"].tolist() == [1, 2]
    for content in (None, "text", [], {}, {"timeline": None}, [1, 2]):
        ExploredExchange("GET /", "curl", 200, 1.0, content)._repr_html_()
    assert answer_frame("<xml/>") is None and answer_frame([]) is None


def test_it_writes_only_when_asked(figshare, watched):
    assert all(
        label.startswith(
            (
                "GET",
                "POST /articles/search",
                "POST /collections/search",
                "POST /projects/search",
                "POST /account/authors/search",
                "POST /count",
            )
        )
        for label in fh.explorer(figshare).children[0].options
    )
    fields, _, button = open_form(fh.explorer(figshare, writing=True), "POST /account/articles")
    fields["body"].value = json.dumps({"title": "Made in the explorer"})
    button.click()
    article_id = int(watched[-1].content["location"].rsplit("/", 1)[-1])
    assert figshare.article(article_id, private=True)["title"] == "Made in the explorer"
    fields, _, button = open_form(fh.explorer(figshare, writing=True), "PUT /account/articles/{article_id}")
    fields["article_id"].value = str(article_id)
    button.click()
    assert figshare.article(article_id, private=True)["tags"] == ["pond"]
    fields, _, button = open_form(fh.explorer(figshare, writing=True), "DELETE /account/articles/{article_id}")
    fields["article_id"].value = str(article_id)
    button.click()
    with pytest.raises(fh.NotFound):
        figshare.article(article_id, private=True)


def press_button(form, label, **values):
    fields, _, button = open_form(form, label)
    for name, value in values.items():
        fields[name].value = value
    button.click()


def test_authors_files_and_publishing_from_form_to_form(figshare, watched):
    item = str(figshare.create_article({"title": "A pond"}))
    form = fh.explorer(figshare, writing=True)
    press_button(form, "POST /account/articles/{article_id}/authors", article_id=item)
    press_button(form, "POST /account/articles/{article_id}/files", article_id=item)
    record = figshare.article(int(item), private=True)
    assert [author["full_name"] for author in record["authors"]][-1] == "Ada Byron"
    assert record["files"][0]["is_link_only"]
    press_button(
        form,
        "DELETE /account/articles/{article_id}/files/{file_id}",
        article_id=item,
        file_id=str(record["files"][0]["id"]),
    )
    assert watched[-1].status == 204 and not figshare.article(int(item), private=True)["files"]
    press_button(form, "POST /account/articles/{article_id}/publish", article_id=item)
    assert watched[-1].status == 400 and "Cause" in watched[-1].problem  # a draft lacks fields: an answer to look at
    assert "-d" not in next(shown.curl for shown in watched if shown.request.startswith("DELETE"))


def test_publishing_is_for_local_figshare_only(server, watched):
    with connected(server, site="figshare", requests_per_second=1000) as client:
        labels = fh.explorer(client, writing=True).children[1].options
    assert not [label for label in labels if "publish" in label] and any("DELETE" in label for label in labels)


def test_nothing_found_is_said(figshare):
    [search] = [endpoint for endpoint in READING if endpoint.label == "POST /articles/search"]
    assert (
        "Nothing found" in send_form(figshare, search, {**first_values(search), "search_for": "xyzzyx"})._repr_html_()
    )
    assert "Nothing found" in ExploredExchange("GET /", "curl", 200, 1.0, {"timeline": None})._repr_html_()
    assert "Nothing found" not in ExploredExchange("PUT /", "curl", 205, 1.0, None)._repr_html_()


def test_xml_folds_and_is_escaped(figshare):
    [oai] = [endpoint for endpoint in READING if endpoint.path == "/oai"]
    shown = send_form(figshare, oai, {"verb": "ListSets"})._repr_html_()
    assert shown.count("<details") > 10 and "&lt;setSpec&gt;" in shown
    evil = ExploredExchange("GET /", "curl", 200, 1.0, '<a b="&lt;img>"><c>&lt;script&gt;</c></a>')._repr_html_()
    assert "<script" not in evil and "<img" not in evil and "&lt;script&gt;" in evil
    assert "<a>cut" not in ExploredExchange("GET /", "curl", 200, 1.0, "<a>cut")._repr_html_()


def test_a_body_that_is_not_json(figshare, watched, capsys):
    fields, _, button = open_form(fh.explorer(figshare, writing=True), "POST /account/articles")
    fields["body"].value = "{'title': 'x'}"
    button.click()
    assert "body is not JSON: " in capsys.readouterr().out and not watched


def test_the_token_is_never_shown(server):
    [account] = [endpoint for endpoint in READING if endpoint.label == "GET /account"]
    with connected(server, token="local-researcher") as client:
        shown = send_form(client, account, {})._repr_html_()
    assert "$FIGSHARE_TOKEN" in shown and "local-researcher" not in shown


def test_a_form_never_waits_for_a_prompt(server, watched, monkeypatch, capsys):
    """The browser would not show it: the notebook would hang."""
    patch_rooms(monkeypatch, "_prompt", lambda name: pytest.fail("a form asked"))
    with connected(server, site="figshare", requests_per_second=1000) as client:
        form = fh.explorer(client)
        assert type(form.children[0].children[0]).__name__ == "Password"  # a live site: the token's field is there
        _, _, button = open_form(form, "GET /account")
        button.click()
        assert "a form cannot ask" in capsys.readouterr().out and not watched
        box, use, _ = form.children[0].children
        box.value = "local-researcher"
        use.click()
        button.click()
        assert box.value == "" and watched[-1].status == 200
    patch_rooms(monkeypatch, "_prompt", lambda name: "local-researcher")
    with connected(server, site="figshare", requests_per_second=1000) as client:
        assert client.get("/account")["id"]  # in a cell it does


def test_charts_of_a_form_are_shown_and_closed(watched):
    import matplotlib.pyplot as plt

    frame = pd.DataFrame({"period": ["2021-01", "2021-02"], "value": [1, 2]})
    fh.try_it(lambda: fh.plot_timeline(frame, title="Views")).children[-2].click()
    assert [type(thing).__name__ for thing in watched] == ["Figure"] and not plt.get_fignums()


def test_headless_there_is_none(figshare, capsys):
    assert fh.explorer(figshare) is None and fh.explorer(figshare, writing=True) is None
    assert capsys.readouterr().out == ""


def test_a_progress_bar_is_one_output_and_empty_at_its_end(watched, monkeypatch):
    """On stderr it would leave a red stripe, which people take for an error."""

    class Handle:
        def update(self, data, raw):
            watched.append(data)

    def display(data, raw, display_id):
        watched.append(data)
        return Handle()

    monkeypatch.setattr("IPython.display.display", display)
    patch_rooms(monkeypatch, "_bar_file", BarOutput)
    bar = fh.progress(total=3, label="records")
    bar.delay = 0
    for _ in range(3):
        bar.update()
        bar.refresh()
    bar.close()
    texts = [data["text/plain"] for data in watched]
    assert any("records: " in text and "%|" in text for text in texts) and texts[-1] == ""
    watched.clear()
    for _ in fh.progress(range(3)):
        pass
    assert not watched  # over before anybody could wonder
