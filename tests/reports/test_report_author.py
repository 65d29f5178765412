"""Report 10, an author: its numbers against the catalogue's files, and whose items it takes."""

import json
import re

import nbformat
import numpy as np
import openpyxl
import pandas as pd
import papermill
import pytest
from helpers_site import connected
from notebook_tools import ROOT, error_text, results, run_notebook
from report_export import (
    ALL_TIME,
    DATA,
    assert_fit_to_be_sent,
    catalogue_articles,
    catalogue_totals,
    csv_rows,
    read_jsonl,
    report_html,
)

import figshare_helpers as fh
from figshare_workbook.tables.world_map import outlines_of, sums_by_outline

NAME = "10_author_report"
OUTLINES, ALIASES = DATA / "countries-110m.json", DATA / "country_aliases.csv"


def items_of(*author_ids: int, folder=DATA) -> list[int]:
    return [
        record["id"]
        for record in catalogue_articles(folder)
        if {entry["id"] for entry in record["authors"]} & set(author_ids)
    ]


def collections_of(*author_ids: int) -> list[int]:
    return sorted(
        record["id"]
        for record in read_jsonl(DATA / "collections.jsonl")
        if {entry["id"] for entry in record["authors"]} & set(author_ids)
    )


def report_files(folder):
    [found] = [path.parent for path in folder.rglob("* items.csv")]
    return found


def items_file(folder):
    [found] = folder.rglob("* items.csv")
    return found


def sheet(folder, name: str) -> list[dict]:
    """Returns the rows of a sheet of the report's workbook, by its headings."""
    [path] = report_files(folder).glob("*.xlsx")
    header, *rows = openpyxl.load_workbook(path)[name].iter_rows(values_only=True)
    return [dict(zip(header, row, strict=True)) for row in rows]


@pytest.mark.parametrize(
    ("author", "ids", "others"),
    [
        ("0004-0077-2894-4002", [97600], 1),  # Kyle Calloway; there is another one, with an ORCID of his own
        (1491011, [1491011], 0),
        ("Glover, Moira", [98984, 40097946], 0),  # a name, so both who have it
    ],
)
def test_numbers(tmp_path, author, ids, others):
    shown = results(run_notebook(NAME, tmp_path, author=author, output_dir=str(tmp_path), **ALL_TIME))
    expected = items_of(*ids)
    views = sum(catalogue_totals(items_of(number))["views"] for number in ids)
    assert shown["author_ids"] == sorted(ids) and shown["others"] == others
    assert shown["items"] == len(expected) and shown["collections"] == collections_of(*ids)
    assert {name: shown[name] for name in ("views", "downloads")} == catalogue_totals(expected)
    assert shown["years"] == shown["countries"] == views
    rows = csv_rows(items_file(tmp_path))
    assert sorted(int(row["id"]) for row in rows) == sorted(expected)
    for counter in ("views", "downloads"):  # the period is all time here
        assert sum(int(row[counter]) for row in rows) == shown[counter]
        assert sum(int(row[f"{counter}_all_time"]) for row in rows) == shown[counter]
    assert sum(row["number"] for row in sheet(tmp_path, "countries")) == shown["countries"]
    assert sum(row["downloads"] for row in sheet(tmp_path, "years")) == shown["downloads"]
    assert len(sheet(tmp_path, "months")) == len(sheet(tmp_path, "a year earlier")) == 12
    [name] = {path.name.split(" views by")[0] for path in report_files(tmp_path).glob("* views by country.png")}
    assert name in report_files(tmp_path).name and (report_files(tmp_path) / f"{name}.xlsx").exists()
    assert (report_files(tmp_path) / f"{name} views by country.png").read_bytes().startswith(b"\x89PNG")


@pytest.mark.parametrize("author", ["0000-0002-3803-0972", "Yong Han"])
def test_on_real_records(tmp_path, iowa, author):
    ids = sorted(
        {
            entry["id"]
            for record in catalogue_articles(iowa)
            for entry in record["authors"]
            if author in (entry["orcid_id"], entry["full_name"])
        }
    )
    shown = results(
        run_notebook(
            NAME,
            tmp_path,
            local_data=str(iowa),
            author=author,
            output_dir=str(tmp_path),
            start_date="2015-01-01",
            end_date="2023-12-31",
        )
    )
    expected = items_of(*ids, folder=iowa)
    assert ids and shown["author_ids"] == ids and shown["items"] == len(expected)
    assert {name: shown[name] for name in ("views", "downloads")} == catalogue_totals(expected, iowa)


@pytest.mark.parametrize("author", [1492001, "Nobody At All"])  # an author id without items; a name of nobody
def test_an_author_without_items_stops_and_writes_nothing(tmp_path, author):
    with pytest.raises(papermill.PapermillExecutionError):
        run_notebook(NAME, tmp_path, author=author, output_dir=str(tmp_path / "out"))
    text = error_text(nbformat.read(tmp_path / f"{NAME}.ipynb", as_version=4))
    assert f"author {author!r}: no public item of this site" in text and not (tmp_path / "out").exists()


def test_the_period_begins_with_the_first_item(tmp_path):
    """Aydin has items since 2012; the dates of the period bound its numbers and leave those of all time alone."""
    shown = results(
        run_notebook(NAME, tmp_path, author="Öztürk, Gökhan", output_dir=str(tmp_path), end_date="2024-06-30")
    )
    ids = [
        record["id"]
        for record in catalogue_articles()
        if "Gökhan Öztürk" in {e["full_name"] for e in record["authors"]}
    ]
    first = min(record["published_date"][:10] for record in catalogue_articles() if record["id"] in ids)
    [path] = report_files(tmp_path).glob("*.xlsx")
    about = {row[0]: row[1] for row in openpyxl.load_workbook(path)["About"].iter_rows(values_only=True)}
    assert about["Period"] == f"{first} to 2024-06-30"
    assert shown["views"] == catalogue_totals(ids)["views"] > shown["years"]
    assert sum(int(row["views"]) for row in csv_rows(items_file(tmp_path))) == shown["years"] == shown["countries"]


def test_titles_with_markup_and_formulas(tmp_path):
    """20400003 is called "=SUM of parts", 20400020 has HTML in its title."""
    for author, item, title in ((114381, 20400003, "'=SUM of parts"), (100887, 20400020, "Bold claims and in vitro")):
        folder = tmp_path / str(author)
        folder.mkdir()
        run_notebook(NAME, folder, author=author, output_dir=str(folder))
        [row] = [row for row in csv_rows(items_file(folder)) if row["id"] == str(item)]
        assert row["title"].startswith(title)


def test_report_as_html(tmp_path):
    run_notebook(NAME, tmp_path, output_dir=str(tmp_path / "out"))
    page = report_html(tmp_path / f"{NAME}.ipynb")
    assert_fit_to_be_sent(page, "Author report: Kyle Calloway", charts=4)
    assert "Exercise" not in page and "127.0.0.1" not in page and str(tmp_path) not in page
    titles = {fh.plain_text(record["title"]) for record in catalogue_articles() if record["id"] in items_of(97600)}
    linked = {fh.plain_text(text) for text in re.findall(r'<a href="https://[^"]+">([^<]*)</a>', page)}
    assert len(titles) > 30 and titles <= linked  # every item, and each leads somewhere


# The functions behind it.


def entry(number, name, orcid=""):
    return {"id": number, "full_name": name, "orcid_id": orcid}


RECORDS = [
    {"id": 1, "authors": [entry(7, "Zoë Müller-Ivić", "0000-0002-1825-0097"), entry(8, "A. Nother")]},
    {"id": 2, "authors": [entry(9, "Zoë Müller-Ivić", "0000-0002-1825-0097")]},
    {"id": 3, "authors": [entry(7, "Z. Müller-Ivić")]},
    {"id": 4, "authors": [entry(10, "Zoe MULLER-IVIC")]},
    {"id": 5, "authors": [entry(11, "Zoë Müller-Ivić", "0000-0001-5109-3700")]},
    {"id": 6, "authors": [entry(12, "Somebody Else")]},
]


@pytest.mark.parametrize(
    ("author", "expected"),
    [
        ("0000-0002-1825-0097", {1: "ORCID", 2: "ORCID", 3: "author id", 4: "name only", 5: "name, other ORCID"}),
        (
            "https://orcid.org/0000-0002-1825-0097",
            {1: "ORCID", 2: "ORCID", 3: "author id", 4: "name only", 5: "name, other ORCID"},
        ),
        (7, {1: "ORCID", 2: "ORCID", 3: "author id", 4: "name only", 5: "name, other ORCID"}),
        ("Müller-Ivić, Zoë", {1: "name", 2: "name", 4: "name", 5: "name"}),
    ],
)
def test_matches(author, expected):
    frame = fh.authorship_frame(RECORDS, author)
    assert dict(zip(frame["article_id"], frame["match"], strict=True)) == expected
    theirs = {number for number, match in expected.items() if not match.startswith("name ") and "other" not in match}
    assert set(frame.loc[frame["is_theirs"], "article_id"]) == theirs


def test_timeline_dates_are_columns():
    records = [
        {
            "id": 1,
            "timeline": {
                "posted": "2026-05-28T10:00:00",
                "firstOnline": "2026-05-28",
                "publisherPublication": "2026-01-02T00:00:00",
            },
        },
        {"id": 2, "timeline": {}},
        {"id": 3, "timeline": None},
    ]
    frame = fh.timeline_dates_frame(records)
    assert [*frame.columns] == ["id", "submission", "revision", "acceptance", "publication", "first_online", "posted"]
    assert frame["posted"][0] == pd.Timestamp("2026-05-28T10:00:00Z")
    assert frame["first_online"][0] == pd.Timestamp("2026-05-28T00:00:00Z")
    assert frame.drop(columns="id").iloc[1:].isna().to_numpy().all()


def test_no_outline_is_smeared_over_the_map():
    shapes = outlines_of(OUTLINES)
    assert len(shapes) == 176 and "Antarctica" not in shapes
    for name, rings in shapes.items():
        for ring in rings:
            assert np.ptp(ring[:, 0]) < 180, name
            assert ring[:, 0].min() >= -181 and ring[:, 0].max() < 192, name
    assert max(ring[:, 0].max() for ring in shapes["Russia"]) > 180


def test_every_place_of_the_statistics_is_on_the_map_or_under_it():
    places = {row["country"] for row in csv_rows(ROOT / "local_figshare" / "places.csv")}
    places.remove("Unkown")  # `breakdown` mends that
    frame = pd.DataFrame({"country": [*sorted(places), "Atlantis", "USA"], "value": 5})
    values, missing = sums_by_outline(frame, OUTLINES, ALIASES)
    assert sum(values.values()) + sum(missing.values()) == 5 * len(frame)
    assert values["United States of America"] == 10 and "Atlantis" in missing
    assert set(missing) <= {"Atlantis", "Unknown", "Singapore", "Hong Kong", "Macao", "Malta", "Bahrain", "Mauritius"}


def test_world_map_without_views():
    ax = fh.plot_world(pd.DataFrame({"country": [], "value": []}), OUTLINES, title="None")
    assert ax.get_xlabel() == ""


def test_aliases_name_outlines_that_exist():
    shapes = outlines_of(OUTLINES)
    assert {row["outline"] for row in csv_rows(ALIASES)} - {""} <= set(shapes)
    assert json.loads(OUTLINES.read_text(encoding="utf-8"))["type"] == "Topology"


def test_year_without_views_is_drawn():
    ax = fh.plot_timeline(pd.DataFrame({"period": ["2024", "2025"], "value": [0, 0]}), title="None")
    assert ax.get_ylim() == (0, 1)


@pytest.mark.parametrize("author", ["", "   "])
def test_no_author_is_one_sentence(author):
    with pytest.raises(fh.ParameterError, match="author must be"):
        fh.authorship_frame([], author)


def test_only_namesakes_are_no_author():
    """Found by name alone, under another id: nothing is counted, and the sentence says how many were left out."""
    found = [{"id": 4, "authors": [entry(10, "Zoe MULLER-IVIC")]}, {"id": 6, "authors": [entry(12, "Else")]}]
    matches = fh.authorship_frame(RECORDS, 7).query("article_id in (4, 5)")
    with pytest.raises(fh.ParameterError, match=r"author 7: no public item .* \(2 of people of the same name"):
        fh.own_records(found, matches, 7)
    with pytest.raises(fh.ParameterError, match="Check the spelling"):
        fh.own_records(found, fh.authorship_frame(found, "Nobody"), "Nobody")


@pytest.mark.parametrize(
    ("asked", "written"),
    [
        ("O'Hara, Scarlett", "Scarlett O’Hara"),
        ('Ada "Bee" Byron', "Ada “Bee” Byron"),
        ("王小明", "王小明"),
        ("Jean-Paul Sartre", "Jean Paul SARTRE"),
        ("ada byron", "Byron, Ada"),
    ],
)
def test_a_name_is_the_same_however_it_is_written(asked, written):
    matches = fh.authorship_frame(
        [{"id": 1, "authors": [entry(3, written)]}, {"id": 2, "authors": [entry(4, "X")]}], asked
    )
    assert matches["article_id"].tolist() == [1] and matches["is_theirs"].all()


def test_an_item_with_two_ids_of_one_author_is_counted_once(server):
    one_each = fh.authorship_frame(RECORDS[:2], "0000-0002-1825-0097")
    assert fh.items_to_count(one_each) == ("author", [7, 9])
    entries = [entry(7, "Ada", "0000-0002-1825-0097"), entry(9, "A.", "0000-0002-1825-0097")]
    twice = [{"id": 20400019, "authors": entries}]
    kind, ids = fh.items_to_count(fh.authorship_frame(twice, "0000-0002-1825-0097"))
    assert (kind, ids) == ("article", [20400019])
    with connected(server) as client:
        assert (
            fh.summed_timeline_frame(client, kind, ids, granularity="year", **ALL_TIME)["value"].sum()
            == catalogue_totals(ids)["views"]
        )


def test_titles_of_an_author():
    by_orcid = fh.persons_frame(fh.authorship_frame(RECORDS, 7))
    assert fh.author_title(by_orcid) == ("Zoë Müller-Ivić", "ORCID 0000-0002-1825-0097")
    by_name = fh.persons_frame(fh.authorship_frame(RECORDS, "Somebody Else"))
    assert fh.author_title(by_name) == ("Somebody Else", "author id 12")
    several = fh.persons_frame(fh.authorship_frame(RECORDS, "Zoe Muller-Ivic"))
    assert fh.author_title(several)[1] == "all of this name, ORCID 0000-0001-5109-3700, 0000-0002-1825-0097"


def test_the_first_publication_counts_not_the_newest_version():
    records = [
        {"published_date": "2024-03-01T00:00:00Z", "timeline": {"firstOnline": "2019-05-06"}},
        {"published_date": "2020-01-01T00:00:00Z", "timeline": None},
        {"published_date": None},
    ]
    assert fh.first_published_date(records) == "2019-05-06" and fh.first_published_date(records[2:]) == ""


def test_items_lead_to_their_doi_else_handle_else_page():
    frame = pd.DataFrame({"doi": ["10.1/a b", "", ""], "handle": ["1/2", "1/2", ""], "url": ["https://x.org/1"] * 3})
    assert fh.item_links(frame).tolist() == [
        "https://doi.org/10.1/a%20b",
        "https://hdl.handle.net/1/2",
        "https://x.org/1",
    ]


def test_an_author_without_an_id_is_counted_by_items():
    records = [
        {"id": 7, "authors": [{"full_name": "Åsa Nyström", "orcid_id": ""}]},
        {"id": 8, "authors": [{"id": 5, "full_name": "Asa Nystrom", "orcid_id": ""}]},
    ]
    authorship = fh.authorship_frame(records, "Åsa Nyström")
    persons = fh.persons_frame(authorship)
    assert persons["items"].tolist() == [1, 1] and persons["author_id"].isna().sum() == 1
    assert fh.author_title(persons) == ("Åsa Nyström", "author id 5")
    assert fh.items_to_count(authorship) == ("article", [7, 8])
