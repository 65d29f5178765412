"""Forms that call the cell's own function, and exercises that never tell the answer."""

import numpy as np
import pandas as pd
import pytest
from helpers_site import patch_rooms

import figshare_helpers as fh


@pytest.fixture
def watched(monkeypatch):
    """As if a person were there."""
    patch_rooms(monkeypatch, "is_interactive", lambda: True)


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


def test_a_token_field_is_emptied_as_it_is_read(watched, figshare):
    box, button, said = fh.token_form(figshare).children
    before = figshare.account()["id"]
    box.value = "local-admin"
    button.click()
    assert box.value == "" and figshare.account()["id"] != before
    assert "local-admin" not in repr(vars(figshare)) + said.value + figshare.as_curl()
    box.value = "ENTER-TOKEN"
    button.click()
    assert said.value == "That is no token: nothing was kept." and box.value == ""


@pytest.mark.parametrize(("answer", "expected"), [
    (3, 3.0), (np.int64(3), 3), ("Frog ", "frog"), ([1, 2], (1, 2)), ({2, 1}, {1, 2}), (pd.Series([1, 2]), [1, 2]),
    ({"a": 1, "b": 2}, {"b": 2, "a": 1}), (0.1 + 0.2, 0.3), ("1,552", 1552),
    (pd.Series([1434], index=[14]), 1434), (pd.Series(["CC0"]), "cc0")])
def test_equal_answers_are_right(answer, expected, capsys):
    fh.check_answer(answer, expected, "look again")
    fh.check_answer(answer, f"digest:{fh.answer_digest(expected)}", "look again")
    assert capsys.readouterr().out == "Right.\nRight.\n"


@pytest.mark.parametrize(("answer", "expected"), [(3, 4), ([2, 1], [1, 2]), ("frogs", "frog"), ([], [1])])
def test_wrong_answers_get_the_hint_and_not_the_answer(answer, expected, capsys):
    fh.check_answer(answer, expected, "Count the pages.")
    assert capsys.readouterr().out == "Not yet. Hint: Count the pages.\n"


@pytest.mark.parametrize("answer", [["b", "a"], ("a", "b"), {"a", "b"}])
def test_members_may_come_in_any_order(answer, capsys):
    fh.check_answer(answer, f"members:{fh.answer_digest({'a', 'b'})}", "look again")
    assert capsys.readouterr().out == "Right.\n"


@pytest.mark.parametrize("blank", [None, ...])
def test_a_blank_is_no_mistake(blank, capsys):
    fh.check_answer(blank, 3, "hint")
    assert capsys.readouterr().out.startswith("Nothing to check yet")
