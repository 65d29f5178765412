"""Report 10, an author: its numbers against the catalogue's files, and whose items it takes."""

import json

import numpy as np
import pandas as pd
import pytest
from notebook_tools import ROOT, execute, results
from report_export import DATA, EVER, articles, html, is_fit_to_be_sent, lines, rows_of, totals

import figshare_helpers as fh
from figshare_workbook.tables.world_map import outlines_of, placed

NAME = "10_author_report"
OUTLINES, ALIASES = DATA / "countries-110m.json", DATA / "country_aliases.csv"


def items_of(*author_ids: int, folder=DATA) -> list[int]:
    return [record["id"] for record in articles(folder)
            if {entry["id"] for entry in record["authors"]} & set(author_ids)]


def collections_of(*author_ids: int) -> list[int]:
    return sorted(record["id"] for record in lines(DATA / "collections.jsonl")
                  if {entry["id"] for entry in record["authors"]} & set(author_ids))


def report_files(folder):
    [found] = [path.parent for path in folder.rglob("items.csv")]
    return found


@pytest.mark.parametrize(("author", "ids", "others"), [
    ("0004-0077-2894-4002", [97600], 1),  # Kyle Calloway; there is another one, with an ORCID of his own
    (1491011, [1491011], 0),
    ("Glover, Moira", [98984, 40097946], 0),  # a name, so both who have it
])
def test_numbers(tmp_path, author, ids, others):
    shown = results(execute(NAME, tmp_path, author=author, output_dir=str(tmp_path), **EVER))
    expected = items_of(*ids)
    views = sum(totals(items_of(number))["views"] for number in ids)
    assert shown["author_ids"] == sorted(ids) and shown["others"] == others
    assert shown["items"] == len(expected) and shown["collections"] == collections_of(*ids)
    assert {name: shown[name] for name in ("views", "downloads")} == totals(expected)
    assert shown["years"] == shown["countries"] == views
    rows = rows_of(report_files(tmp_path) / "items.csv")
    assert sorted(int(row["id"]) for row in rows) == sorted(expected)
    assert sum(int(row["views"]) for row in rows) == shown["views"]
    countries = rows_of(report_files(tmp_path) / "views_by_country.csv")
    assert sum(int(row["value"]) for row in countries) == shown["countries"]
    assert (report_files(tmp_path) / "views_by_country.png").read_bytes().startswith(b"\x89PNG")


@pytest.mark.parametrize("author", ["0000-0002-3803-0972", "Yong Han"])
def test_on_real_records(tmp_path, iowa, author):
    ids = sorted({entry["id"] for record in articles(iowa) for entry in record["authors"]
                  if author in (entry["orcid_id"], entry["full_name"])})
    shown = results(execute(NAME, tmp_path, local_data=str(iowa), author=author, output_dir=str(tmp_path),
                            start_date="2015-01-01", end_date="2023-12-31"))
    expected = items_of(*ids, folder=iowa)
    assert ids and shown["author_ids"] == ids and shown["items"] == len(expected)
    assert {name: shown[name] for name in ("views", "downloads")} == totals(expected, iowa)


@pytest.mark.parametrize("author", [1492001, "0004-0000-0000-0000", "Nobody At All"])
def test_author_without_items(tmp_path, author):
    shown = results(execute(NAME, tmp_path, author=author, output_dir=str(tmp_path)))
    assert shown == {"candidates": 0, "items": 0, "author_ids": [], "others": 0, "collections": [], "views": 0,
                     "downloads": 0, "years": 0, "countries": 0, "unmapped": 0}
    assert rows_of(report_files(tmp_path) / "items.csv") == []


def test_titles_with_markup_and_formulas(tmp_path):
    """20400003 is called "=SUM of parts", 20400020 has HTML in its title."""
    for author, item, title in ((114381, 20400003, "'=SUM of parts"), (100887, 20400020, "Bold claims and in vitro")):
        folder = tmp_path / str(author)
        folder.mkdir()
        execute(NAME, folder, author=author, output_dir=str(folder))
        [row] = [row for row in rows_of(report_files(folder) / "items.csv") if row["id"] == str(item)]
        assert row["title"].startswith(title)


def test_report_as_html(tmp_path):
    execute(NAME, tmp_path, output_dir=str(tmp_path))
    page = html(tmp_path / f"{NAME}.ipynb")
    is_fit_to_be_sent(page, "10 Author report", charts=3)
    assert "Exercise" not in page and "127.0.0.1" not in page and str(tmp_path) not in page


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


@pytest.mark.parametrize(("author", "expected"), [
    ("0000-0002-1825-0097", {1: "ORCID", 2: "ORCID", 3: "author id", 4: "name only", 5: "name, other ORCID"}),
    ("https://orcid.org/0000-0002-1825-0097",
     {1: "ORCID", 2: "ORCID", 3: "author id", 4: "name only", 5: "name, other ORCID"}),
    (7, {1: "ORCID", 2: "ORCID", 3: "author id", 4: "name only", 5: "name, other ORCID"}),
    ("Müller-Ivić, Zoë", {1: "name", 2: "name", 4: "name", 5: "name"}),
])
def test_matches(author, expected):
    frame = fh.authorship_frame(RECORDS, author)
    assert dict(zip(frame["article_id"], frame["match"], strict=True)) == expected
    theirs = {number for number, match in expected.items() if not match.startswith("name ") and "other" not in match}
    assert set(frame.loc[frame["is_theirs"], "article_id"]) == theirs


def test_timeline_dates_are_columns():
    records = [{"id": 1, "timeline": {"posted": "2026-05-28T10:00:00", "firstOnline": "2026-05-28",
                                      "publisherPublication": "2026-01-02T00:00:00"}}, {"id": 2, "timeline": {}},
               {"id": 3, "timeline": None}]
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
    places = {row["country"] for row in rows_of(ROOT / "local_figshare" / "places.csv")}
    places.remove("Unkown")  # `breakdown` mends that
    frame = pd.DataFrame({"country": [*sorted(places), "Atlantis", "USA"], "value": 5})
    values, missing = placed(frame, OUTLINES, ALIASES)
    assert sum(values.values()) + sum(missing.values()) == 5 * len(frame)
    assert values["United States of America"] == 10 and "Atlantis" in missing
    assert set(missing) <= {"Atlantis", "Unknown", "Singapore", "Hong Kong", "Macao", "Malta", "Bahrain", "Mauritius"}


def test_world_map_without_views():
    ax = fh.plot_world(pd.DataFrame({"country": [], "value": []}), OUTLINES, title="None")
    assert ax.get_xlabel() == ""


def test_aliases_name_outlines_that_exist():
    shapes = outlines_of(OUTLINES)
    assert {row["outline"] for row in rows_of(ALIASES)} - {""} <= set(shapes)
    assert json.loads(OUTLINES.read_text(encoding="utf-8"))["type"] == "Topology"


def test_year_without_views_is_drawn():
    ax = fh.plot_timeline(pd.DataFrame({"period": ["2024", "2025"], "value": [0, 0]}), title="None")
    assert ax.get_ylim() == (0, 1)


@pytest.mark.parametrize("author", ["", "   "])
def test_no_author_is_one_sentence(author):
    with pytest.raises(fh.ParameterError, match="author must be"):
        fh.authorship_frame([], author)
