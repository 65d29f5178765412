"""Texts in Figshare's search language: a phrase stays a phrase, whatever signs the text holds."""

import json
import re

import pytest
from helpers_site import ROOMS, connected
from hypothesis import given
from hypothesis import strategies as st

import figshare_helpers as fh

TITLES = [
    'Frogs "in the wild" at dusk',
    'A single " quote',
    '"Quoted whole"',
    "O'Brien's 'frog' book",
    r"C:\frogs\new\table",
    ":title: frog",
    "Frogs: a study",
    "frogs AND toads",
    "NOT frogs OR",
    "AND",
    "(frogs",
    "frogs) OR (toads",
    '") OR :title: (frog',
    "  blanks before and behind  ",
    "line\nbreak\tand tab",
    "青蛙的叫声",
    "Fröschlein*?",
    "10% of [all] {frogs} ~ ^2",
    "frog" * 200,
    "word " * 190,
    'x" OR :item_type: dataset OR "y',
    "555",
]
NOTHING = ["", "   ", '"', '""', "...", "\\", "—", "\u200b", ":()", "\n", "\ud800"]


def letters(text: str) -> str:
    return "".join(sign if sign.isalnum() else " " for sign in text.casefold())


def test_a_title_is_found_and_nothing_that_does_not_hold_it(server):
    with connected(server, token="local-researcher") as client:
        made = {title: client.create_article({"title": title}) for title in TITLES}
        for title, number in made.items():
            question = {"search_for": f":title: {fh.quoted(title)}", "page_size": 1000}
            found = client.post("/account/articles/search", question)
            assert number in [item["id"] for item in found], title
            wanted = letters(title).split()[0][:4]  # the server goes by stems
            assert all(wanted in letters(item["title"]) for item in found), title
        for number in made.values():
            client.delete_article(number)


def test_what_is_no_sign_of_a_word_is_left_out():
    assert fh.quoted(' fr\u200bog\u00ads "at\x00 dusk"\\ ') == '"frogs at dusk"'
    assert fh.quoted("نمی\u200cخواهم") == '"نمی\u200cخواهم"'  # belongs to the spelling


@pytest.mark.parametrize("text", NOTHING, ids=ascii)
def test_nothing_to_look_for_is_refused(text):
    with pytest.raises(fh.ParameterError, match="nothing to search for in"):
        fh.quoted(text)


@given(st.text(max_size=60).filter(lambda text: any(map(str.isalnum, text))), st.sampled_from(["", ":title: "]))
def test_a_phrase_is_one_term_of_the_language(text, field):
    from local_figshare.search import Term, parse

    phrase = fh.quoted(text)
    assert phrase.count('"') == 2 and json.loads(json.dumps(phrase).encode()) == phrase
    tree = parse(field + phrase)
    assert isinstance(tree, Term) and tree.exact and tree.field == (field.strip(": ") or "*")


def test_a_name_with_a_quotation_mark_widens_nothing(server):
    """The mark would end the phrase, and what follows would be a search of its own."""
    with connected(server) as client:
        plain = {item["id"] for item in client.search(f":author: {fh.quoted('Glover Moira')}")}
        for name in ('Glover" "frog', 'Glover" OR :title: "frog', 'x"Moira" OR frog'):
            assert {item["id"] for item in client.search(f":author: {fh.quoted(name)}")} <= plain
            assert fh.author_records(client, name) == []


def test_every_search_that_is_built_of_a_text_quotes_it():
    code = {
        path.name: path.read_text("utf-8")
        for path in ROOMS.rglob("*.py")
        if path.stem not in ("search_language", "as_script")
    }  # the latter writes headers in quotes, no search
    for path in (ROOMS.parent / "notebooks").glob("*.ipynb"):
        cells = json.loads(path.read_text("utf-8"))["cells"]
        code[path.name] = "\n".join("".join(cell["source"]) for cell in cells if cell["cell_type"] == "code")
    by_hand = re.compile(r""":[a-z_]+: \\?["']\{|f'"\{|:[a-z_]+: ?["'] ?\+""")
    assert by_hand.search("""f':title: "{title}"'""") and by_hand.search("""f'"{name}"'""")
    assert len(code) > 50 and not [name for name, text in code.items() if by_hand.search(text)]
