"""13 Items in review: all of them, with the right person and the right number of days."""

import csv
import datetime
import json
import statistics

import matplotlib

matplotlib.use("agg")

import matplotlib.pyplot as plt
import openpyxl
import pandas as pd
import pytest
from helpers_site import connected, patch_rooms
from notebook_tools import ROOT, results, run_notebook
from report_tools import check_committed_report, committed_report_html, visible_text

import figshare_helpers as fh
from figshare_workbook.tables.alt_text import alt_text_of


@pytest.fixture(autouse=True)
def closed():
    yield
    plt.close("all")


def data(name: str) -> list[dict]:
    return json.loads((ROOT / "data" / name).read_text(encoding="utf-8"))


GROUPS = {group["id"]: group for group in data("groups.json")}
ACCOUNTS = {account["id"]: account for account in data("accounts.json")}


def waiting(status: str, institution: int = 319, group_id: int = 0) -> list[dict]:
    """Returns reviews straight from the catalogue."""
    return [
        review
        for review in data("reviews.json")
        if GROUPS[review["group_id"]]["institution_id"] == institution
        and status in ("", review["status"])
        and group_id in (0, review["group_id"])
    ]


def days(review: dict, today: str) -> int:
    start, end = review["created_date"][:10], (review["review_date"] or today)[:10]
    return (datetime.date.fromisoformat(end) - datetime.date.fromisoformat(start)).days


def longest_first(reviews: list[dict], today: str) -> list[int]:
    return sorted((days(review, today) for review in reviews), reverse=True)


@pytest.mark.parametrize(
    ("status", "group_id", "today", "aim"),
    [
        ("pending", 0, "", 30),
        ("", 0, "2026-01-14", 50),
        ("approved", 0, "", 0),
        ("pending", 13377, "", 30),
        ("pending", 11971, "", 30),  # a group without items
    ],
)
def test_the_report(tmp_path, status, group_id, today, aim):
    subject = GROUPS[group_id]["name"] if group_id else "Iowa State University"
    notebook = run_notebook(
        "13_items_in_review",
        tmp_path,
        status=status,
        only_group=group_id,
        today=today,
        overdue_after=aim,
        output_dir=str(tmp_path),
    )
    shown, wanted = results(notebook), waiting(status, group_id=group_id)
    assert shown["today"] == (today or "2026-01-15")  # the site's day, not this computer's
    assert shown["article_ids"] == sorted(review["article_id"] for review in wanted)
    assert shown["days"] == longest_first(wanted, shown["today"])
    assert shown["overdue"] == sum(number > aim for number in shown["days"])
    names = [GROUPS[review["group_id"]]["name"] for review in wanted]
    assert shown["groups"] == {name: names.count(name) for name in names}
    folder = tmp_path / "13_items_in_review" / f"{subject} {status or 'all'}"
    lines = (folder / "article_ids.csv").read_text().splitlines()
    assert lines[0] == "article_id" and sorted(map(int, lines[1:])) == shown["article_ids"]
    assert (folder / "waiting_by_group.png").read_bytes().startswith(b"\x89PNG")
    check_book(folder / f"{folder.name}.xlsx", wanted, shown["today"], subject)
    said = "".join(output.get("text", "") for cell in notebook.cells for output in cell.get("outputs", []))
    assert ("No item is in this list" in said) == (not wanted)


def check_book(path, wanted: list[dict], today: str, subject: str) -> None:
    """Checks the workbook against the catalogue: the head's numbers, every item, its days and when it was handed in."""
    book = openpyxl.load_workbook(path)
    assert book.sheetnames == ["About", "items", "groups", "reviewers"]
    assert book["About"]["A1"].value.endswith(f": {subject}")
    head, *rows = [[cell.value for cell in row] for row in book["items"].iter_rows()]
    found = [dict(zip(head, row, strict=True)) for row in rows if any(row)]
    assert [row["days"] for row in found] == longest_first(wanted, today)
    handed_in = {review["article_id"]: review["created_date"][:10] for review in wanted}
    assert {row["item"]: f"{row['handed in']:%Y-%m-%d}" for row in found} == handed_in
    people = [row for row in book["reviewers"].iter_rows(min_row=2, values_only=True) if row[0]]
    assert sum(row[1] for row in people) == len(wanted)
    nobody = sum(not review["assigned_to"] for review in wanted)
    assert sum(row[1] for row in people if row[0] == "nobody") == nobody


@pytest.mark.parametrize("today", ["2001-01-01", "2026-01-12"])
def test_a_day_before_the_newest_review_is_refused(today):
    with pytest.raises(fh.ParameterError, match=f"today {today} lies before 2026-01-13"):
        fh.reviews_frame(waiting("pending"), [], [], today)


@pytest.mark.parametrize(("by", "field"), [("group", "group_id"), ("reviewer", "assigned_to"), ("owner", "account_id")])
def test_how_long_things_wait_against_the_catalogue(by, field):
    table = fh.reviews_frame(waiting(""), ACCOUNTS.values(), GROUPS.values(), "2026-01-15")
    names = {
        0: "nobody",
        **{number: group["name"] for number, group in GROUPS.items()},
        **{number: f"{person['first_name']} {person['last_name']}" for number, person in ACCOUNTS.items()},
    }
    waited: dict[str, list[int]] = {}
    for review in waiting(""):
        waited.setdefault(names[review[field] or 0], []).append(days(review, "2026-01-15"))
    found = fh.waiting_frame(table, by, overdue_after=20)
    assert {row[0]: list(row[1:]) for row in found.itertuples(index=False)} == {
        name: [len(each), sum(day > 20 for day in each), statistics.median(each), max(each)]
        for name, each in waited.items()
    }
    assert found["items"].is_monotonic_decreasing


def test_the_sentence_about_waiting():
    def table(*reviews):
        return fh.reviews_frame(
            [{"id": n, "created_date": start, "review_date": end} for n, (start, end) in enumerate(reviews)],
            [],
            [],
            "2024-03-01",
        )

    assert fh.waiting_sentence(table(), 3) == "No item is in this list, so nothing waits."
    assert fh.waiting_sentence(table((None, None)), 3) == "No item is in this list, so nothing waits."
    open_ones = table(("2024-02-01", None), ("2024-02-27", None), (None, None))
    assert fh.waiting_sentence(open_ones, 3) == (
        "1 of 3 items have waited more than 3 days. The longest: 29 days; half of them: 16 days or more."
    )
    assert " waited more than 0 days" in fh.waiting_sentence(table(("2024-02-01", "2024-02-11")), 0)
    assert fh.waiting_numbers(open_ones, "pending", 3) == {
        "items waiting for review": 3,
        "of them more than 3 days": 1,
        "days: the longest": 29,
        "days or more: half of the items": 16,
    }


def test_the_middle_is_one_number_and_one_day_is_no_days():
    table = pd.DataFrame({"days": pd.array([1, 2, 0, 1], "Int64"), "review_date": pd.NaT})
    assert fh.waiting_sentence(table.head(2), 1).endswith("The longest: 2 days; half of them: 2 days or more.")
    assert fh.waiting_numbers(table.head(2), "pending", 1)["days or more: half of the items"] == 2
    assert fh.waiting_sentence(table.tail(2), 1).endswith("The longest: 1 day; half of them: 1 day or more.")


def queue(count: int) -> pd.DataFrame:
    """Returns a queue with groups of long and of Chinese names, many on one day, and reviews without a date."""
    names = ["Physics", "Centre for the study of $x$ and <b>everything</b> that is too long for a label " * 2, "农业"]
    return pd.DataFrame(
        {
            "group": [names[n * n % 3] for n in range(count)],
            "days": pd.array([None if n % 7 == 6 else n * n % 50 for n in range(count)], dtype="Int64"),
        }
    )


@pytest.mark.parametrize("count", [0, 1, 30, 700])
@pytest.mark.parametrize("aim", [None, 0, 20, 400])
def test_each_review_is_a_point_beside_the_aim(count, aim):
    table = queue(count)
    ax = fh.plot_waiting(table, aim=aim, title="Queue", source="made up")
    ax.figure.canvas.draw()
    points = [tuple(point) for drawn in ax.collections for point in drawn.get_offsets()]
    known = table["days"].dropna()
    assert sorted(point[0] for point in points) == sorted(known.astype(float))
    assert len(set(points)) == len(points)  # none hides another
    by_row = table.dropna().groupby("group").size().sort_values(ascending=False).tolist()
    rows = [round(point[1]) for point in points]
    assert [rows.count(row) for row in range(len(by_row))] == by_row
    late = ax.collections[1].get_offsets()[:, 0].tolist()
    assert sorted(late) == sorted(known[known.gt(10**9 if aim is None else aim)].astype(float))
    assert len(ax.lines) == (aim is not None)
    sentence = alt_text_of(ax.figure)
    assert sentence.startswith("Chart of points. Queue: ")
    assert aim is None or f"Beyond the line at {aim}: {len(late)} of {len(known)}" in sentence


def test_a_chart_of_many_groups_says_what_it_leaves_out():
    table = pd.DataFrame({"group": [f"group {n:02}" for n in range(18) for _ in range(n + 1)], "days": 5})
    ax = fh.plot_waiting(table, aim=30, title="Queue")
    assert ax.get_title(loc="left") == "Queue (first 15 of 18)"
    assert [label.get_text() for label in ax.get_yticklabels()] == [f"group {n:02}" for n in range(17, 2, -1)]


def test_people_and_fields(tmp_path):
    run_notebook("13_items_in_review", tmp_path, output_dir=str(tmp_path))
    path = tmp_path / "13_items_in_review" / "Iowa State University pending" / "items_in_review.csv"
    with path.open(encoding="utf-8", newline="") as file:
        rows = {int(row["review_id"]): row for row in csv.DictReader(file)}
    text = (ROOT / "data" / "drafts.jsonl").read_text(encoding="utf-8")
    drafts = {record["id"]: record for record in map(json.loads, text.splitlines())}
    for review in waiting("pending"):
        row, owner, draft = rows[review["id"]], ACCOUNTS[review["account_id"]], drafts[review["article_id"]]
        assert (row["owner"], row["owner_email"]) == (f"{owner['first_name']} {owner['last_name']}", owner["email"])
        assert row["title"] == draft["title"] and row["group"] == GROUPS[review["group_id"]]["name"]
        assert all(
            author["full_name"] in row["authors"] and author["orcid_id"] in row["authors"]
            for author in draft["authors"]
        )
        assert all(
            f"{field['name']}: {field['value']}" in row["custom_fields"]
            for field in draft["custom_fields"]
            if isinstance(field["value"], str) and field["value"]
        )


def test_a_site_without_reviews(tmp_path, iowa):
    shown = results(run_notebook("13_items_in_review", tmp_path, local_data=str(iowa), output_dir=str(tmp_path)))
    assert shown["items"] == 0 and shown["groups"] == {}


def test_more_reviews_than_a_page(server, monkeypatch):
    patch_rooms(monkeypatch, "MAX_PAGE_SIZE", 5)
    with connected(server, token="local-admin") as admin:
        found = admin.reviews()
        assert len(admin.requests_made) == -(-len(waiting("")) // 5)
    assert sorted(review["id"] for review in found) == sorted(review["id"] for review in waiting(""))


def test_who_is_no_administrator_is_told(server):
    with connected(server) as figshare, pytest.raises(fh.Forbidden):
        figshare.reviews()


def test_an_item_that_is_gone_and_odd_texts(server, tmp_path):
    with connected(server, token="local-admin") as admin:
        reviews = fh.reviews_with_items(admin, [{**admin.reviews(status="pending")[0], "id": 1}])
        assert reviews[0]["item"] is None
        review = {
            **waiting("pending")[0],
            "account_id": 5,
            "group_id": 6,
            "item": {
                "title": "=1+1 <em>&amp;</em> 農業",
                "authors": [{"full_name": "@Ada", "orcid_id": ""}],
                "custom_fields": [{"name": "+Sex", "value": ["Male", "Female"]}, {"name": "Empty", "value": ""}],
            },
        }
        frame = fh.reviews_frame([*reviews, review], [], [], "2026-01-15")
    row = frame[frame["review_id"].eq(review["id"])].iloc[0]
    assert (row["title"], row["owner"], row["group"]) == ("=1+1 & 農業", "", "6")
    assert row["custom_fields"] == "+Sex: Male; +Sex: Female"
    fh.save_table(frame, tmp_path / "items.csv")
    fh.save_table(frame, tmp_path / "items.xlsx")
    with (tmp_path / "items.csv").open(encoding="utf-8", newline="") as file:
        cells = [cell for line in csv.reader(file) for cell in line]
    assert "'=1+1 & 農業" in cells and not any(cell.startswith(("=", "+", "@")) for cell in cells)
    book = openpyxl.load_workbook(tmp_path / "items.xlsx")
    assert all(cell.data_type != "f" for line in book.active.iter_rows() for cell in line)


def test_the_page_is_fit_to_be_sent(tmp_path):
    check_committed_report("13_items_in_review", tmp_path)


def test_the_report_says_nothing_of_the_workshop(tmp_path):
    page = committed_report_html("13_items_in_review", tmp_path)
    assert "<title>Items waiting for review: Iowa State University</title>" in page
    text = visible_text(page)
    for told in ("GET /", "admin.", "Exercise", "workshop", "assigned_to", "pandas", "127.0.0.1", "13 Items"):
        assert told not in text, told
    assert 'alt="Chart of points. Items waiting for review: Iowa State University' in page
