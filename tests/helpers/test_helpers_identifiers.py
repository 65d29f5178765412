"""Identifiers as people paste them: what each stands for, or what the sentence says that it looks like."""

import csv
import json

import pytest
from helpers_site import connected
from hypothesis import example, given
from hypothesis import strategies as st

import figshare_helpers as fh
from figshare_workbook.base.identifiers import id_number, ids_of, read_identifier, web_address

ITEM = ("article", 20417, 3)
DOI = "10.6084/m9.figshare.20417.v3"
PAGE = "https://figshare.com/articles/dataset/Pond_temperatures_2019-2021/20417/3"
SICI = "10.1002/(SICI)1097-0258(19980815)17:15<1661::AID-SIM968>3.0.CO;2-2"

# As pasted; kind, id, version.
TELLS_AN_ID = [
    # Figshare's DOIs
    (DOI, *ITEM),
    ("10.6084/m9.figshare.20417", "article", 20417, None),
    (f"https://doi.org/{DOI}", *ITEM),
    (f"http://dx.doi.org/{DOI}", *ITEM),
    (f"https://www.doi.org/{DOI}", *ITEM),
    (f"doi.org/{DOI}", *ITEM),
    (f"HTTPS://DOI.ORG/{DOI.upper()}", *ITEM),
    (f"doi:{DOI}", *ITEM),
    (f"DOI {DOI}", *ITEM),
    (f"DOI: {DOI}", *ITEM),
    (f"DOI{DOI}", *ITEM),
    (f"info:doi/{DOI}", *ITEM),
    (f"urn:doi:{DOI}", *ITEM),
    (f"https://doi.org/doi:{DOI}", *ITEM),
    (f"https://doi.org/https://doi.org/{DOI}", *ITEM),
    (f"{DOI}.", *ITEM),
    (f"{DOI},", *ITEM),
    (f"({DOI})", *ITEM),
    (f"[{DOI}];", *ITEM),
    (f"<https://doi.org/{DOI}>", *ITEM),
    (f"“{DOI}”", *ITEM),
    (f"«{DOI}»", *ITEM),
    (f"'{DOI}'", *ITEM),
    (f"`{DOI}`", *ITEM),
    (f"**{DOI}**", *ITEM),
    (f"https://doi.org/{DOI}/", *ITEM),
    (f"https://doi.org/{DOI}?ref=mail&utm_source=x", *ITEM),
    (f"https://doi.org/{DOI}#files", *ITEM),
    ("https://doi.org/10.6084%2Fm9.figshare.20417.v3", *ITEM),
    ("10.6084%252Fm9.figshare.20417.v3", *ITEM),
    ("10.6084/m9.\u200bfigshare.20417.v3\u200b", *ITEM),
    ("\ufeff10.6084/m9.fig\u00adshare.20417.v3", *ITEM),
    (f"\u00a0{DOI}\u00a0", *ITEM),
    (f"\u2003{DOI}\u3000", *ITEM),
    (f"\r\n\t{DOI}\r\n", *ITEM),
    ("１０．６０８４／ｍ９．ｆｉｇｓｈａｒｅ．２０４１７．ｖ３", *ITEM),
    ("10.6084∕m9.figshare.20417.v3", *ITEM),
    ("10.6084/m9.figshare.\n20417.v3", *ITEM),
    ("10.6084/\r\nm9.figshare.20417.v3", *ITEM),
    ("https://doi.org/\n10.6084/m9.figshare.20417.v3", *ITEM),
    ("10.6084 / m9.figshare.20417.v3", *ITEM),
    (f"[the data](https://doi.org/{DOI})", *ITEM),
    (f"[{DOI}](https://doi.org/{DOI})", *ITEM),
    (f'<a href="https://doi.org/{DOI}">{DOI}</a>', *ITEM),
    (f"\\url{{https://doi.org/{DOI}}}", *ITEM),
    (f"doi = {{{DOI}}},", *ITEM),
    (f"DO  - {DOI}", *ITEM),
    (f"https://doi-org.proxy.library.example/{DOI}", *ITEM),
    ("m9.figshare.20417.v3", *ITEM),
    (f"https://hdl.handle.net/{DOI}", *ITEM),
    (f"Moss, Ida (2021). Pond temperatures, 2019-2021. figshare. Dataset. https://doi.org/{DOI}", *ITEM),
    (f"https://doi.org/{DOI}%20", *ITEM),
    (f"https://doi.org/{DOI}%E2%80%8B", *ITEM),
    (f"{PAGE}%C2%A0", *ITEM),
    (f"Data:\nhttps://doi.org/{DOI}\n", *ITEM),
    ("10.5072/FK2.stagefigshare.20417.v3", *ITEM),
    ("10.6084/m9.figshare.c.811.v2", "collection", 811, 2),
    ("(10.6084/M9.FIGSHARE.C.811)", "collection", 811, None),
    # pages
    (PAGE, *ITEM),
    (PAGE[:-2], "article", 20417, None),
    (f"{PAGE}/", *ITEM),
    (f"{PAGE}?file=38012#tab", *ITEM),
    (PAGE.removeprefix("https://"), *ITEM),
    (f"www.{PAGE.removeprefix('https://')}", *ITEM),
    (f"<{PAGE}>.", *ITEM),
    (PAGE.upper(), *ITEM),
    (f"[Pond]({PAGE})", *ITEM),
    (f"https://web.archive.org/web/2022/{PAGE}", *ITEM),
    ("https://figshare.com/articles/_/20417", "article", 20417, None),
    ("https://figshare.com/articles/Pond_temperatures/20417/3", *ITEM),
    ("https://figshare.com/articles/dataset/2021/20417", "article", 20417, None),
    ("https://figshare.com/articles/dataset/1984/20417/3", *ITEM),
    ("https://figshare.com/articles/dataset/%E6%B1%A0%E5%A1%98/20417/3", *ITEM),
    ("https://figshare.com/articles/dataset/x/20417/versions/3", *ITEM),
    ("https://figshare.com/account/articles/20417", "article", 20417, None),
    ("https://lakeside.figshare.com/articles/figure/Ice/20417/3", *ITEM),
    ("https://figshare.shef.ac.uk/articles/thesis/Ice/20417/3", *ITEM),
    ("https://data.uni.example/articles/journal_contribution/Ice/20417", "article", 20417, None),
    ("https://repository.uni.example/articles/Ice_and_snow/20417/3", *ITEM),
    ("https://data.uni.example/collections/Ice_and_snow/811/2", "collection", 811, 2),
    ("https://figshare.com/collections/Ice/811", "collection", 811, None),
    ("https://figshare.com/projects/Ice/77", "project", 77, None),
    ("https://figshare.com/account/projects/77/articles/20417", "article", 20417, None),
    ("http://127.0.0.1:8765/web/figshare.com/articles/dataset/Ice/20417/3", *ITEM),
    ("http://localhost:8765/web/data.uni.example/collections/Ice/811", "collection", 811, None),
    ("https://lakeside.figsh.com/articles/dataset/Ice/20417", "article", 20417, None),
    # the API
    ("https://api.figshare.com/v2/articles/20417", "article", 20417, None),
    ("https://api.figshare.com/v2/articles/20417/versions/3", *ITEM),
    ("https://api.figshare.com/v2/articles/20417/versions/3/files", *ITEM),
    ("https://api.figshare.com/v2/articles/20417/files/9", "article", 20417, None),
    ("https://api.figshare.com/v2/account/articles/20417/authors", "article", 20417, None),
    ("https://api.figshare.com/v2/collections/811/articles?page=2", "collection", 811, None),
    ("http://127.0.0.1:8765/v2/projects/77", "project", 77, None),
    ("https://ndownloader.figshare.com/articles/20417/versions/3", *ITEM),
    # numbers
    ("20417", "number", 20417, None),
    (20417, "number", 20417, None),
    (20417.0, "number", 20417, None),
    ("20417.0", "number", 20417, None),
    (" #20417 ", "number", 20417, None),
    ("id: 20417", "number", 20417, None),
    ("２０４１７", "number", 20417, None),
    ("20417\u200b", "number", 20417, None),
    ("'20417'", "number", 20417, None),
]

# What tells no id by itself; kind, text.
TELLS_A_NAME = [
    ("10.1242/JEB.228601", "doi", "10.1242/JEB.228601"),
    (SICI, "doi", SICI),
    (f"<{SICI}>", "doi", SICI),
    (SICI.replace("<", "&lt;").replace(">", "&gt;"), "doi", SICI),
    (f"{SICI[:-1]}#", "doi", f"{SICI[:-1]}#"),
    ("(10.1016/S0140-6736(05)71026-4)", "doi", "10.1016/S0140-6736(05)71026-4"),
    ("10.25380/lakeside.20417.v1", "doi", "10.25380/lakeside.20417.v1"),
    ("see 10.1234/abc (preprint)", "doi", "10.1234/abc"),
    ("10.1000.10/123", "doi", "10.1000.10/123"),
    ("https://hdl.handle.net/2134/20417.v1", "handle", "2134/20417.v1"),
    ("hdl:2134/20417", "handle", "2134/20417"),
    ("2134/20417.v1", "handle", "2134/20417.v1"),
    ("handle: 10779/x.20417", "handle", "10779/x.20417"),
    ("https://orcid.org/0000-0002-1694-233x/", "orcid", "0000-0002-1694-233X"),
    ("ORCID iD: 0000-0002-1694-233X", "orcid", "0000-0002-1694-233X"),
    ("0000–0002–1694–233X", "orcid", "0000-0002-1694-233X"),
    ("0000 0002 1694 233X", "orcid", "0000-0002-1694-233X"),
    ("000000021694233X", "orcid", "0000-0002-1694-233X"),
    ("(orcid.org/0000-0002-1694-233X)", "orcid", "0000-0002-1694-233X"),
    ("Moss, Ida <https://orcid.org/0000-0002-1694-233X>", "orcid", "0000-0002-1694-233X"),
]

# What is no identifier of an item; what the sentence says.
LOOKS_LIKE = [
    ("0000-0002-1694-233X", "an ORCID"),
    ("https://figshare.com/s/0a1b2c3d4e5f", "a private link"),
    ("http://127.0.0.1:80/web/figshare.com/s/0a1b2c3d4e5f", "a private link"),
    ("ida.moss@uni.example", "an e-mail address"),
    ("mailto:ida.moss@uni.example", "an e-mail address"),
    ("https://ndownloader.figshare.com/files/38012", "a file's address"),
    ("https://figshare.com/ndownloader/files/38012", "a file's address"),
    ("https://api.figshare.com/v2/file/download/38012", "a file's address"),
    ("https://figshare.com/authors/Ida_Moss/3141", "an author's address"),
    ("https://journal.example/articles/64320", "an address of journal.example"),
    ("https://news.example/articles/some-thing-new/64320", "an address of news.example"),
    ("https://code.example/orgs/x/projects/5", "an address of code.example"),
    ("https://shop.example/collections/winter-coats/12", "an address of shop.example"),
    ("https://publisher.example/doi/full/10.1234/abc", "the DOI in it is 10.1234/abc"),
    ("https://figshare.com/", "an address of figshare.com"),
    ("https://doi.org/", "an address of doi.org"),
    ("10.1234/a; 10.1234/b", "more than one identifier"),
    ("10.1234/a,10.1234/b", "more than one identifier"),
    ("10.1234/a\n10.1234/b", "more than one identifier"),
    ("10.6084/m9.figshare.204\n17", "a line break or a blank"),
    ("10.6084/m9.figshare.204 17", "a line break or a blank"),
    ("not yet assigned", "words"),
    ("n/a", "words"),
    ("10.1234/", "part of an identifier"),
    ("12/05/2021", "words"),
    ("-5", "words"),
    ("0", "words"),
    ("", "nothing"),
    (None, "nothing"),
    (True, "nothing"),
    (float("nan"), "nothing"),
    ("…", "nothing"),
    ("9" * 30, "words"),
    (10**30, "words"),
    ("10." * 3000, "words"),
    ("<a href=" * 900, "words"),
    (f"{DOI} " * 900, "words"),
    ("20417 20418", "words"),
    ("20417\n20418", "words"),
]


@pytest.mark.parametrize(("pasted", "kind", "number", "version"), TELLS_AN_ID)
def test_what_tells_an_id(pasted, kind, number, version):
    found = read_identifier(pasted)
    assert (found.kind, found.id, found.version) == (kind, number, version)


@pytest.mark.parametrize(("pasted", "kind", "text"), TELLS_A_NAME)
def test_what_tells_a_name(pasted, kind, text):
    found = read_identifier(pasted)
    assert (found.kind, found.text, found.id) == (kind, text, None)
    assert fh.clean_doi(pasted) == (text.lower() if kind == "doi" else "")
    assert fh.clean_orcid(pasted) == (text if kind == "orcid" else "")


@pytest.mark.parametrize(("pasted", "looks_like"), LOOKS_LIKE)
def test_what_is_no_item_says_what_it_looks_like(figshare, pasted, looks_like):
    for ask in (figshare.resolve, figshare.article):
        with pytest.raises(fh.ParameterError) as stopped:
            ask(pasted)
        assert looks_like in str(stopped.value)
    assert fh.clean_doi(pasted) == ""


def test_the_examples_that_came_with_the_issue(figshare, shared):
    with (shared / "odd" / "identifiers.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            if row["kind"]:
                assert figshare.resolve(row["text"]) == {
                    "kind": row["kind"],
                    "id": int(row["id"]),
                    "version": int(row["version"]) if row["version"] else None,
                }
            else:
                with pytest.raises(fh.ParameterError, match="a private link"):
                    figshare.resolve(row["text"])


WRAPPERS = [
    "{}",
    "{}.",
    "({})",
    "[{}]",
    "<{}>",
    '"{}"',
    "'{}',",
    "“{}”",
    "„{}“",
    "doi:{}",
    "DOI: {}",
    "{{{}}}",
    "https://doi.org/{}",
    "http://dx.doi.org/{}",
    "https://www.doi.org/{}",
    "https://doi.org/https://doi.org/{}",
    " {} ",
    "\u00a0{}\u200b",
    "\r\n{}\r\n",
    "[x](https://doi.org/{})",
    "[{0}](https://doi.org/{0})",
    "<https://doi.org/{}>;",
    "https://doi.org/{}?x=1",
    "https://doi.org/{}#a",
    "See https://doi.org/{}.",
    "\ufeff{}",
    "{}\u00ad",
    "*{}*",
]
SUFFIX = st.text("abcdefghijklmnopqrstuvwxyzABCXYZ0123456789._-/", min_size=1, max_size=30).map(
    lambda text: f"a{text.strip('._-/')}1"
)


@given(st.integers(1000, 999999999), SUFFIX, st.sampled_from(WRAPPERS), st.sampled_from(WRAPPERS[:-8]))
@example(1000, "a(b)c<d>1", "(({}))", "{}")
def test_a_wrapped_doi_is_read_back(registrant, suffix, outer, inner):
    doi = f"10.{registrant}/{suffix}"
    wrapped = outer.format(doi) if inner.startswith("http") or "http" in outer else outer.format(inner.format(doi))
    assert fh.clean_doi(wrapped) == doi.lower(), wrapped
    escaped = f"https://doi.org/{doi.replace('/', '%2F')}"
    assert fh.clean_doi(escaped) == doi.lower()


@given(st.text(max_size=80))
@example("[::1]/%ff%00")
@example("//[/articles/1")
def test_no_text_breaks_the_reader(text):
    found = read_identifier(text)
    assert found.looks_like and (found.id or 1) > 0
    assert fh.clean_doi(text) == fh.clean_doi(text).lower()


def test_ids_are_taken_from_addresses_of_the_right_kind(figshare):
    assert figshare.article("https://figshare.com/articles/presentation/x/5616445/1")["version"] == 1
    assert figshare.article("https://figshare.com/articles/presentation/x/5616445/1", version=2)["version"] == 2
    assert figshare.article("10.6084/m9.figshare.5616445.v1")["doi"].endswith(".v1")
    assert ids_of([PAGE, 20417, {"id": "20417"}, "20418"]) == [20417, 20418]
    assert id_number("https://figshare.com/collections/Ice/811/2", "collection") == 811
    for kind in ("article", "group", "project"):
        with pytest.raises(fh.ParameterError, match="a collection's address"):
            id_number("https://figshare.com/collections/Ice/811/2", kind)
    with pytest.raises(fh.ParameterError, match=r"figshare\.resolve"):
        id_number("10.1371/journal.pone.0039704")


def test_no_sentence_shows_what_opens_something(figshare):
    for secret in (
        "https://figshare.com/s/0a1b2c3d4e5f",
        "https://x.example/a?private_link=0a1b2c3d4e5f&b=1",
        "https://me:0a1b2c3d4e5f@x.example/",
        "https://x.example/a?token=0a1b2c3d4e5f",
    ):
        for ask in (figshare.resolve, figshare.article, lambda text: fh.authorship_frame([], text)):
            with pytest.raises(fh.ParameterError) as stopped:
                ask(secret)
            assert "0a1b2c3d4e5f" not in str(stopped.value)


def test_a_handle_and_a_doi_in_other_letters_are_asked_for(server):
    with connected(server) as client:
        assert client.resolve("https://doi.org/10.1371/JOURNAL.PONE.0039704")["id"] == 123456
        with pytest.raises(fh.NotFound, match=r"no public item at '2134/1\.v1'"):
            client.resolve("hdl:2134/1.v1")
        assert "handle=2134" in client.requests_made["path"].iloc[-1]


def test_the_author_of_a_report_is_read_as_pasted():
    records = [{"id": 1, "authors": [{"id": 7, "full_name": "Ida Moss", "orcid_id": "0000-0002-1694-233X"}]}]
    for pasted in (
        "orcid.org/0000-0002-1694-233x",
        "ORCID: 0000-0002-1694-233X",
        " 0000–0002–1694–233X.",
        "https://orcid.org/0000-0002-1694-233X?lang=de",
        "0000 0002 1694 233X",
    ):
        assert fh.authorship_frame(records, pasted)["match"].tolist() == ["ORCID"]
    for pasted in (7, "7", "https://figshare.com/authors/Ida_Moss/7"):
        assert fh.authorship_frame(records, pasted)["author_id"].tolist() == [7]
    for name in ("Moss,  Ida", "ida\u00a0moss"):
        assert fh.authorship_frame(records, name)["match"].tolist() == ["name"]
    with pytest.raises(fh.ParameterError, match="an e-mail address"):
        fh.authorship_frame(records, "ida.moss@uni.example")


@pytest.mark.parametrize(
    "written",
    [
        "HTTPS://DOI.ORG/10.5555/Odd.1",
        "(10.5555/odd.1).",
        "10.5555%2Fodd.1",
        "\u200b10.5555/odd.1",
        "doi: 10.5555/odd.1?from=mail",
        "[10.5555/odd.1](https://doi.org/10.5555/odd.1)",
    ],
)
def test_a_doi_written_oddly_is_no_new_publication(server, tmp_path, written):
    rows = [{"id": "a", "title": "Odd DOIs", "doi": "10.5555/odd.1"}, {"id": "b", "title": "Odd DOIs", "doi": written}]
    plan = fh.batch_plan(rows, tmp_path)
    assert [row.doi for row in plan] == ["10.5555/odd.1"] * 2
    assert plan[1].action == "skip" and plan[1].why == "copy of row 0"
    with connected(server, token="local-researcher") as client:
        there = client.create_article({"title": "Odd DOIs", "resource_doi": written})
        [row, _] = fh.prepare_batch(client, plan, send_incomplete=True)
        assert (row.action, row.article_id, row.why) == ("skip", there, f"is item {there} of this account")
        client.delete_article(there)


def test_links_of_an_export_are_read_as_pasted(tmp_path):
    for pasted, address in (
        (" <https://publisher.example/a(1)>. ", "https://publisher.example/a(1)"),
        ("doi:10.1234/ABC", "https://doi.org/10.1234/abc"),
        ("see the shelf", ""),
    ):
        assert web_address(pasted) == address
        [row] = fh.batch_plan([json.loads(json.dumps({"id": "a", "title": "Links", "linkout": pasted}))], tmp_path)
        assert row.metadata.get("references", []) == ([address] if address else [])
