"""Forms that call the cell's own function, and exercises that never tell the answer."""

import numpy as np
import pandas as pd
import pytest
from helpers_site import connected, local_client  # noqa: F401

import figshare_helpers as fh


@pytest.fixture
def watched(monkeypatch):
    """As if a person were there."""
    monkeypatch.setattr(fh, "is_interactive", lambda: True)


def parts(form):
    *fields, button, output = form.children
    return fields, button, output


def shown(output) -> str:
    return "".join(str(piece.get("text", piece.get("data"))) for piece in output.outputs)


def test_headless_there_is_no_form():
    assert fh.try_it(lambda: 1) is None
    assert fh.token_form(None) is None


def test_a_form_calls_the_function_with_its_fields(watched):
    calls = []
    form = fh.try_it(lambda **given: calls.append(given), search_for="frog", page_size=5, exact=True,
                     share=0.5, order=["views", "created_date"])
    fields, button, _ = parts(form)
    assert [type(box).__name__ for box in fields] == ["Text", "IntText", "Checkbox", "FloatText", "Dropdown"]
    fields[1].value, fields[4].value = 7, "created_date"
    button.click()
    assert calls == [{"search_for": "frog", "page_size": 7, "exact": True, "share": 0.5, "order": "created_date"}]


def test_an_error_is_its_sentence(watched, capsys):
    def fail(page_size):
        raise fh.ParameterError(f"page_size must be less than {page_size}.")

    _, button, _ = parts(fh.try_it(fail, page_size=5))
    button.click()
    assert capsys.readouterr().out.endswith("page_size must be less than 5.\n")


def test_a_token_field_is_emptied_as_it_is_read(watched):
    class Client:
        _secrets = None

    Client._secrets = {}
    form = fh.token_form(Client)
    box, button, said = form.children
    box.value = "a-real-token-123"
    button.click()
    assert box.value == ""
    assert Client._secrets["token"].reveal() == "a-real-token-123"
    assert "a-real-token-123" not in repr(Client._secrets) + said.value
    box.value = "ENTER-TOKEN"
    button.click()
    assert said.value == "That is no token: nothing was kept." and box.value == ""


@pytest.mark.parametrize(("answer", "expected"), [
    (3, 3.0), (np.int64(3), 3), ("Frog ", "frog"), ([1, 2], (1, 2)), ({2, 1}, {1, 2}), (pd.Series([1, 2]), [1, 2]),
    ({"a": 1, "b": 2}, {"b": 2, "a": 1}), (0.1 + 0.2, 0.3)])
def test_equal_answers_are_right(answer, expected, capsys):
    fh.check_answer(answer, expected, "look again")
    fh.check_answer(answer, f"digest:{fh.answer_digest(expected)}", "look again")
    assert capsys.readouterr().out == "Right.\nRight.\n"


@pytest.mark.parametrize(("answer", "expected"), [(3, 4), ([2, 1], [1, 2]), ("frogs", "frog"), ([], [1])])
def test_wrong_answers_get_the_hint_and_not_the_answer(answer, expected, capsys):
    fh.check_answer(answer, expected, "Count the pages.")
    assert capsys.readouterr().out == "Not yet. Hint: Count the pages.\n"


@pytest.mark.parametrize("blank", [None, ...])
def test_a_blank_is_no_mistake(blank, capsys):
    fh.check_answer(blank, 3, "hint")
    assert capsys.readouterr().out.startswith("Nothing to check yet")


# ---- the explorer ----------------------------------------------------------------------------


@pytest.mark.parametrize("endpoint", [name for name in fh.ENDPOINTS if name not in fh._WRITING])
def test_every_endpoint_of_the_explorer_answers(server, endpoint):
    with connected(server, token="local-admin") as client:
        values = {name: control.value if isinstance(control, fh.Between) else
                  control[0] if isinstance(control, (list, tuple)) else control
                  for name, control in fh.ENDPOINTS[endpoint][2].items()}
        shown = fh.explore(client, endpoint, values)
        assert "<b>200</b>" in shown and "curl" in shown and "answer" in shown
        assert "local-admin" not in shown


def test_the_explorer_changes_its_fields_and_shows_the_answer(figshare, watched):
    choice, form, button, shown = fh.explorer(figshare).children
    assert not {"create a draft", "delete a draft"} & set(choice.options)
    choice.value = "search items"
    names = [box.description for box in form.children]
    assert names[:3] == ["search for", "page (1 to 900)", "page size (1 to 1000)"]
    form.children[2].value = 5000
    assert form.children[2].value == 1000
    form.children[2].value = 3
    button.click()
    assert "POST</b>" in shown.value and "&quot;page_size&quot;: 3" in shown.value and shown.value.count("<tr") == 4
    assert not button.disabled


def test_the_explorer_shows_a_refusal_and_escapes_what_it_shows(figshare):
    assert "<b>404</b>" in fh.explore(figshare, "one item", {"article_id": 99999999999})
    draft = figshare.create_article({"title": "<script>alert(1)</script>"})
    shown = fh.explore(figshare, "my items", {"page": 1, "page_size": 5})
    assert str(draft) in shown and "<script>" not in shown


def test_the_explorer_writes_only_when_asked(figshare, watched):
    choice = fh.explorer(figshare, writing=True).children[0]
    assert "create a draft" in choice.options
    assert "<b>201</b>" in fh.explore(figshare, "create a draft", {"title": "A first try"})
    assert figshare.requests_made["method"].tolist() == ["POST"]
    assert fh.explorer(figshare) is not None


def test_no_explorer_when_headless(figshare):
    assert fh.explorer(figshare) is None
