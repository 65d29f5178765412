"""13 Items in review: all of them, with the right person and the right number of days."""

import csv
import datetime
import json

import openpyxl
import pytest
from helpers_site import connected, patch_rooms
from notebook_tools import ROOT, execute, results
from report_tools import check_page

import figshare_helpers as fh


def data(name: str) -> list[dict]:
    return json.loads((ROOT / "data" / name).read_text(encoding="utf-8"))


GROUPS = {group["id"]: group for group in data("groups.json")}
ACCOUNTS = {account["id"]: account for account in data("accounts.json")}


def waiting(status: str, institution: int = 319, group_id: int = 0) -> list[dict]:
    """Reviews straight from the catalogue."""
    return [review for review in data("reviews.json") if GROUPS[review["group_id"]]["institution_id"] == institution
            and status in ("", review["status"]) and group_id in (0, review["group_id"])]


def days(review: dict, today: str) -> int:
    start, end = review["created_date"][:10], (review["review_date"] or today)[:10]
    return (datetime.date.fromisoformat(end) - datetime.date.fromisoformat(start)).days


@pytest.mark.parametrize(("status", "group_id", "today"), [
    ("pending", 0, ""), ("", 0, "2026-03-01"), ("approved", 0, ""), ("pending", 13377, ""),
    ("pending", 11971, ""),  # a group without items
])
def test_the_report(tmp_path, status, group_id, today):
    shown = results(execute("13_items_in_review", tmp_path, status=status, only_group=group_id, today=today,
                            output_dir=str(tmp_path)))
    wanted = waiting(status, group_id=group_id)
    assert shown["today"] == (today or "2026-01-15")  # the site's clock, not this computer's
    assert shown["article_ids"] == sorted(review["article_id"] for review in wanted)
    assert shown["days"] == sorted((days(review, shown["today"]) for review in wanted), reverse=True)
    names = [GROUPS[review["group_id"]]["name"] for review in wanted]
    assert shown["groups"] == {name: names.count(name) for name in names}
    folder = tmp_path / "13_items_in_review" / (status or "all")
    lines = (folder / "article_ids.csv").read_text().splitlines()
    assert lines[0] == "article_id" and sorted(map(int, lines[1:])) == shown["article_ids"]
    assert (folder / "items_by_group.png").read_bytes().startswith(b"\x89PNG")


@pytest.mark.parametrize(("parameters", "sentence"), [
    ({"only_group": 99}, "99 is no group"), ({"today": "2001-01-01"}, "2001-01-01 lies before")])
def test_a_wrong_parameter_is_one_sentence(tmp_path, parameters, sentence):
    with pytest.raises(Exception, match=sentence):
        execute("13_items_in_review", tmp_path, output_dir=str(tmp_path), **parameters)


def test_people_and_fields(tmp_path):
    execute("13_items_in_review", tmp_path, output_dir=str(tmp_path))
    path = tmp_path / "13_items_in_review" / "pending" / "items_in_review.csv"
    with path.open(encoding="utf-8", newline="") as file:
        rows = {int(row["review_id"]): row for row in csv.DictReader(file)}
    text = (ROOT / "data" / "drafts.jsonl").read_text(encoding="utf-8")
    drafts = {record["id"]: record for record in map(json.loads, text.splitlines())}
    for review in waiting("pending"):
        row, owner, draft = rows[review["id"]], ACCOUNTS[review["account_id"]], drafts[review["article_id"]]
        assert (row["owner"], row["owner_email"]) == (f"{owner['first_name']} {owner['last_name']}", owner["email"])
        assert row["title"] == draft["title"] and row["group"] == GROUPS[review["group_id"]]["name"]
        assert all(author["full_name"] in row["authors"] and author["orcid_id"] in row["authors"]
                   for author in draft["authors"])
        assert all(f"{field['name']}: {field['value']}" in row["custom_fields"]
                   for field in draft["custom_fields"] if isinstance(field["value"], str) and field["value"])


def test_a_site_without_reviews(tmp_path, iowa):
    shown = results(execute("13_items_in_review", tmp_path, local_data=str(iowa), output_dir=str(tmp_path)))
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
        reviews = fh.review_items(admin, [{**admin.reviews(status="pending")[0], "id": 1}])
        assert reviews[0]["item"] is None
        review = {**waiting("pending")[0], "account_id": 5, "group_id": 6, "item": {
            "title": "=1+1 <em>&amp;</em> 農業", "authors": [{"full_name": "@Ada", "orcid_id": ""}],
            "custom_fields": [{"name": "+Sex", "value": ["Male", "Female"]}, {"name": "Empty", "value": ""}]}}
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
    check_page("13_items_in_review", tmp_path)
