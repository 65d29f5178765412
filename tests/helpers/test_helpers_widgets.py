"""Forms that call the cell's own function, and exercises that never tell the answer."""

import numpy as np
import pandas as pd
import pytest
from helpers_site import clear_faults, connected, patch_rooms, queue_fault

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
    form = fh.try_it(
        lambda **given: calls.append(given),
        search_for="frog",
        page_size=5,
        exact=True,
        share=0.5,
        order=["views", "created_date"],
    )
    fields, button, _ = parts(form)
    assert [type(box).__name__ for box in fields] == ["Text", "Text", "Checkbox", "Text", "Dropdown"]
    fields[1].value, fields[4].value = " 7", "created_date"
    button.click()
    assert calls == [{"search_for": "frog", "page_size": 7, "exact": True, "share": 0.5, "order": "created_date"}]


def test_an_error_is_its_sentence(watched, capsys):
    def fail(page_size):
        raise fh.ParameterError(f"page_size must be less than {page_size}.")

    _, button, _ = parts(fh.try_it(fail, page_size=5))
    button.click()
    assert capsys.readouterr().out.endswith("page size must be less than 5.\n")


WRONG = {
    "12.5": "limit must be a whole number, not '12.5'.",
    "1 000": "limit must be a whole number, not '1 000'.",
    "": "limit must be a whole number, not ''.",
    "²": "limit must be a whole number, not '²'.",
    "1e3": "limit must be a whole number, not '1e3'.",
}


@pytest.mark.parametrize(("text", "said"), WRONG.items(), ids=WRONG)
def test_a_number_is_refused_and_never_mended(watched, capsys, text, said):
    calls = []
    [box], button, _ = parts(fh.try_it(lambda limit: calls.append(limit), limit=5))
    box.value = text
    button.click()
    assert capsys.readouterr().out.endswith(f"{said}\n") and not calls


def test_limits_and_decimal_numbers(watched, capsys):
    calls = []
    form = fh.try_it(
        lambda page_size, share: calls.append((page_size, share)), page_size=fh.NumberRange(10, 1, 1000), share=0.5
    )
    (size, share), button, _ = parts(form)
    size.value = "1001"
    button.click()
    assert "page size must be a whole number from 1 to 1000, not 1001." in capsys.readouterr().out
    size.value, share.value = "1000", "0,5"
    button.click()
    assert "share must be a number such as 0.5, not '0,5'." in capsys.readouterr().out
    share.value = ".25"
    button.click()
    assert calls == [(1000, 0.25)]


def press_enter(box, event="submit"):
    box._handle_custom_msg({"event": event}, [])  # noqa: SLF001  (what the browser sends)


def test_enter_runs_a_form(watched):
    calls = []
    [box], _, _ = parts(fh.try_it(lambda limit: calls.append(limit), limit=5))
    press_enter(box)
    press_enter(box, "other")
    assert calls == [5]


@pytest.mark.parametrize("nothing", [[], {}, "", (), pd.DataFrame(columns=["id"]), iter(())])
def test_nothing_found_says_what_to_try(watched, capsys, nothing):
    _, button, _ = parts(fh.try_it(lambda search_for: nothing, search_for="xyzzy"))
    button.click()
    assert "Nothing found with search for 'xyzzy'. Try another value" in capsys.readouterr().out


def test_messages_use_the_words_of_the_form(watched, capsys):
    def fail(page_size, group_id):
        raise fh.ParameterError("page_size and group_id do not go together; my_page_size does.")

    _, button, _ = parts(fh.try_it(fail, page_size=5, group_id=3))
    button.click()
    assert capsys.readouterr().out.endswith("page size and group id do not go together; my_page_size does.\n")


def test_a_token_field_is_emptied_and_says_whose_token_it_is(watched, server):
    with connected(server, site="figshare", requests_per_second=1000, cache=False, token="local-researcher") as client:
        box, button, said = fh.token_form(client).children
        before = client.account()["id"]
        box.value = "local-admin"
        press_enter(box)
        assert box.value == "" and client.account()["id"] != before
        assert said.value.startswith("This token belongs to Priscilla Vance (account ") and "until" in said.value
        assert "local-admin" not in repr(vars(client)) + said.value + client.as_curl()
        for wrong in ("ENTER-TOKEN", "", "no-such-token-here"):
            box.value = wrong
            button.click()
            assert "othing was kept" in said.value and box.value == ""
            assert client.account()["id"] != before  # the one before stays


def test_a_token_for_practice_leaves_the_lesson_alone(watched, figshare):
    before = figshare.account()["id"]
    box, button, said = fh.token_form(figshare).children
    box.value = "local-admin"
    button.click()
    assert "belongs to Priscilla Vance" in said.value and "goes on with its own account" in said.value
    assert figshare.account()["id"] == before


def test_a_token_of_which_nothing_is_known_is_not_kept(watched, server):
    with connected(server, site="figshare", requests_per_second=1000, cache=False, token="local-researcher") as client:
        client.retry = client.retry.new(total=0)
        box, button, said = fh.token_form(client).children
        queue_fault(server, "status", "/v2/account", status=503)
        box.value = "local-admin"
        button.click()
        assert said.value.startswith("Nothing was kept, as it is not known whose token this is. ")
        clear_faults(server)
        assert client.account()["last_name"] == "Holt"


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (3, 3.0),
        (np.int64(3), 3),
        ("Frog ", "frog"),
        ([1, 2], (1, 2)),
        ({2, 1}, {1, 2}),
        (pd.Series([1, 2]), [1, 2]),
        ({"a": 1, "b": 2}, {"b": 2, "a": 1}),
        (0.1 + 0.2, 0.3),
        ("1,552", 1552),
        (pd.Series([1434], index=[14]), 1434),
        (pd.Series(["CC0"]), "cc0"),
    ],
)
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
