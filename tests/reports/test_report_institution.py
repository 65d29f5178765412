"""Report 11, what names an institution: its numbers against the catalogue's files, and the workbook."""

import json
from collections import Counter

import nbformat
import openpyxl
import pandas as pd
import papermill
import pytest
from notebook_tools import error_text, results, run_notebook
from report_export import DATA, assert_fit_to_be_sent, catalogue_articles, catalogue_views, report_html

import figshare_helpers as fh

NAME = "11_institution_search"


def naming(names, folder=DATA):
    """Returns records that hold one of the names in a text of theirs, but not in an address or an author's page."""
    keys = ("title", "description", "tags", "authors", "funding", "funding_list", "custom_fields", "references")
    texts = {
        record["id"]: fh.plain_text(json.dumps([record.get(key) for key in keys], ensure_ascii=False)).casefold()
        for record in catalogue_articles(folder)
    }
    return [
        record for record in catalogue_articles(folder) if any(name.casefold() in texts[record["id"]] for name in names)
    ]


SHORT_NAMES = {entry["id"]: entry["string_id"] for entry in json.loads((DATA / "institutions.json").read_text("utf-8"))}
PORTALS = {
    group["id"]: SHORT_NAMES[group["institution_id"]] for group in json.loads((DATA / "groups.json").read_text("utf-8"))
}


def institution_of(record) -> str:
    """Tells the institution by the group; where that is not known, by the host, of which a portal may have several."""
    return PORTALS.get(record["group_id"]) or record["url_public_html"].split("//")[1].split(".")[0]


def folded(records, values) -> Counter:
    """Counts the items for each value; spellings that differ in case count as one."""
    return Counter(value for record in records for value in {text.casefold() for text in values(record)})


def is_the_top_of(shown: dict, counts: Counter, most: int) -> bool:
    """Tells whether the shown values have their counts, and none that is left out has more."""
    left_out = [count for value, count in counts.items() if value not in {name.casefold() for name in shown}]
    return (
        len(shown) == min(most, len(counts))
        and all(counts[name.casefold()] == n for name, n in shown.items())
        and max(left_out, default=0) <= min(shown.values(), default=0)
    )


CASES = [
    (["Iowa State University"], 319, "iastate", 20),
    (["Medical Data Trust", "friends of the field station"], 861, "faber", 7),
]


def check(shown, expected, portal, most, folder=DATA):
    assert shown["found"] == len(expected)
    assert shown["in_portal"] == sum(institution_of(record) == portal for record in expected)
    assert shown["elsewhere"] == shown["found"] - shown["in_portal"]
    assert shown["types"] == Counter(record["defined_type_name"] for record in expected)
    assert shown["licences"] == Counter(record["license"]["name"] for record in expected)
    assert is_the_top_of(shown["tags"], folded(expected, lambda record: record["tags"]), most)
    titles = folded(expected, lambda record: [category["title"] for category in record["categories"]])
    assert is_the_top_of(shown["categories"], titles, most)
    views = catalogue_views([record["id"] for record in expected], folder)
    assert shown["views"] == sum(views.values())
    assert [views[number] for number in shown["top"]] == sorted(views.values(), reverse=True)[:10]
    grants = {entry["grant_code"] for record in expected for entry in record["funding_list"]} - {""}
    assert shown["grants"] == len(grants)


@pytest.mark.parametrize(("names", "institution_id", "portal", "most"), CASES)
def test_numbers_and_workbook(tmp_path, names, institution_id, portal, most):
    shown = results(
        run_notebook(NAME, tmp_path, names=names, institution_id=institution_id, most=most, output_dir=str(tmp_path))
    )
    expected = naming(names)
    assert expected
    check(shown, expected, portal, most)
    [path] = tmp_path.rglob("*.xlsx")
    assert path.stem == path.parent.name == names[0]
    book = openpyxl.load_workbook(path)
    assert book.sheetnames == [
        "About",
        "items",
        "where",
        "types",
        "licences",
        "funders",
        "grants",
        "tags",
        "categories",
        "most viewed",
    ]
    header, *rows = book["items"].iter_rows(values_only=True)
    assert {row[header.index("item")] for row in rows} == {record["id"] for record in expected}
    assert sum(row[header.index("views")] for row in rows) == shown["views"]
    of_portal = [record["id"] for record in catalogue_articles() if institution_of(record) == portal]
    _, ours, others = book["where"].iter_rows(values_only=True)
    assert ours == ("our portal", shown["in_portal"], len(of_portal) - shown["in_portal"], len(of_portal))
    assert others == ("elsewhere", shown["elsewhere"], None, shown["elsewhere"])
    for sheet, values in (
        ("tags", folded(expected, lambda record: record["tags"])),
        ("categories", folded(expected, lambda record: [category["title"] for category in record["categories"]])),
    ):
        told = {
            str(name).casefold(): items for name, items in book[sheet].iter_rows(min_row=2, max_col=2, values_only=True)
        }
        assert told == values  # all of them, whatever `most` says
    assert dict(book["types"].iter_rows(min_row=2, max_col=2, values_only=True)) == shown["types"]


def test_on_real_records(tmp_path, iowa):
    shown = results(run_notebook(NAME, tmp_path, local_data=str(iowa), output_dir=str(tmp_path)))
    expected = naming(["Iowa State University"], iowa)
    assert len(expected) == 63
    check(shown, expected, "iastate", 20, iowa)


@pytest.mark.parametrize(
    ("parameters", "says"),
    [
        ({"names": ["Miskatonic Polytechnic", "Miskatonic"]}, "names: no public record of this site holds"),
        ({"institution_id": 987654}, "institution_id 987654 has no public item"),
    ],
)
def test_what_nobody_has_stops_and_writes_nothing(tmp_path, parameters, says):
    with pytest.raises(papermill.PapermillExecutionError):
        run_notebook(NAME, tmp_path, output_dir=str(tmp_path / "out"), **parameters)
    assert says in error_text(nbformat.read(tmp_path / f"{NAME}.ipynb", as_version=4))
    assert not (tmp_path / "out").exists()


def test_no_cell_is_a_formula(tmp_path):
    """The title "=SUM of parts: a study of spreadsheet habits" stays text; markup in a title goes."""
    names = ["a study of spreadsheet habits", "in vitro"]
    run_notebook(NAME, tmp_path, names=names, output_dir=str(tmp_path))
    [path] = tmp_path.rglob("*.xlsx")
    cells = [cell for sheet in openpyxl.load_workbook(path) for row in sheet.iter_rows() for cell in row]
    assert not [cell.coordinate for cell in cells if cell.data_type == "f"]
    texts = {str(cell.value) for cell in cells}
    assert "'=SUM of parts: a study of spreadsheet habits" in texts
    assert not any("<em>" in text for text in texts)


def test_report_as_html(tmp_path):
    run_notebook(NAME, tmp_path, output_dir=str(tmp_path))
    page = report_html(tmp_path / f"{NAME}.ipynb")
    assert_fit_to_be_sent(page, "Institution search: Iowa State University", charts=4)
    assert "Exercise" not in page and "127.0.0.1" not in page and str(tmp_path) not in page


# The functions behind it.

RECORDS = [
    {"id": 1, "title": "At <b>Acme</b> College", "tags": ["Frogs", "ponds"]},
    {"id": 2, "title": "Other", "funding_list": [{"title": "ACME COLLEGE seed"}], "tags": ["frogs"]},
    {"id": 3, "title": "Third", "description": "Acme&nbsp;College, Ames", "tags": ["FROGS", "frogs", "Ponds"]},
    {"id": 4, "title": "Fourth", "citation": "Acme College", "tags": []},
]


def test_mentions():
    frame = fh.name_fields_frame(RECORDS, ["acme college"])
    assert frame["named_in"].tolist() == ["title", "funding", "description", "another field"]
    assert fh.name_fields_frame(RECORDS, "acme college").equals(frame)


def test_counts_take_spellings_together_and_items_once():
    frame = fh.tidy_frames(RECORDS)["tags"]
    frame["half"] = ["odd" if number % 2 else "even" for number in frame["article_id"]]
    counts = fh.counts_frame(frame, "tag", by="half")
    assert counts.to_dict("records") == [
        {"tag": "frogs", "items": 3, "even": 1, "odd": 2},
        {"tag": "Ponds", "items": 2, "even": 0, "odd": 2},
    ]
    assert fh.counts_frame(frame, "tag", most=1)["tag"].tolist() == ["frogs"]


def test_counts_of_nothing():
    frame = fh.counts_frame(fh.tidy_frames([])["tags"].assign(half=""), "tag", by="half")
    assert list(frame.columns) == ["tag", "items"] and frame.empty
    assert fh.plot_stacked(frame, "tag", ["odd"], title="None") is not None


def test_missing_values_are_counted_as_none():
    frame = fh.counts_frame(fh.tidy_frames([{"id": 1, "license": None}, {"id": 2}])["main"], "license")
    assert frame.to_dict("records") == [{"license": "(none)", "items": 2}]


def test_parts_add_up_in_the_chart():
    frame = fh.counts_frame(fh.tidy_frames(RECORDS)["tags"].assign(half="a"), "tag", by="half")
    ax = fh.plot_stacked(frame, "tag", ["a", "not there"], title="Tags", most=1)
    assert ax.get_title(loc="left").endswith("(first 1 of 2)")
    assert [text.get_text() for text in ax.texts] == ["3"]


def test_items_of_one_name_have_a_bar_each():
    frame = pd.DataFrame(
        {"title": ["A title that goes on, part 1", "Same", "Same", "A title that goes on, part 2"], "a": [4, 3, 2, 1]}
    )
    for ax in (
        fh.plot_counts(frame, "title", "a", title="One name"),
        fh.plot_stacked(frame, "title", ["a"], title="One name"),
    ):
        assert sorted(bar.get_y() + bar.get_height() / 2 for bar in ax.patches) == [0, 1, 2, 3]
        labels = [tick.get_text() for tick in ax.get_yticklabels()]
        assert labels[0].endswith("part 2") and labels[3].endswith("part 1") and labels[1:3] == ["Same", "Same"]


@pytest.mark.parametrize("name", ['"Acme" College', "ACME–College", "Ácme College", "acme  college"])
def test_a_name_is_found_where_the_search_finds_it(name):
    """Signs, accents and case make no difference."""
    assert fh.name_fields_frame(RECORDS, [name])["named_in"].tolist() == [
        "title",
        "funding",
        "description",
        "another field",
    ]


def test_a_chinese_name_inside_a_sentence():
    records = [{"id": 1, "description": "<p>本数据来自爱荷华州立大学的实验室。</p>"}]
    frame = fh.name_fields_frame(records, ["Iowa State University", "爱荷华州立大学"])
    assert frame["named_in"].tolist() == ["description"]


def test_the_places_add_up():
    frame = fh.name_in_portal_frame([1, 2, 3, 9], [1, 2, 3, 4, 5])
    assert frame["with_name"].tolist() == [3, 1] and frame["items"].tolist() == [5, 1]
    assert frame["without_name"].tolist()[0] == 2 and frame["without_name"].isna()[1]


def test_a_value_with_the_name_of_a_column_and_a_missing_one_are_counted():
    frame = pd.DataFrame(
        {
            "article_id": [1, 2, 3, 4],
            "type": ["dataset", "dataset", "poster", "poster"],
            "place": pd.array(["items", "type", None, "items"], dtype="string"),
        }
    )
    counts = fh.counts_frame(frame, "type", by="place")
    assert counts.columns.tolist() == ["type", "items", "", "items (1)", "type (1)"]
    assert counts.set_index("type").to_numpy().tolist() == [[2, 0, 1, 1], [2, 1, 1, 0]]
