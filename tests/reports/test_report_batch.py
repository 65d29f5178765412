"""12 Batch upload: every row accounted for, nothing twice, nothing half, nobody's name where it does not belong."""

import csv
import html
import json
import re
from pathlib import Path

import openpyxl
import pandas as pd
import pytest
import requests
from helpers_site import connected, queue_fault, requests_of
from notebook_tools import ROOT, results, run_notebook
from report_tools import check_committed_report, committed_report_html, kill_run, visible_text

import figshare_helpers as fh

EXPORT = ROOT / "data" / "dimensions_export.json"
ROWS = json.loads(EXPORT.read_text(encoding="utf-8"))
TYPES = {"article", "chapter", "book", "monograph", "proceeding", "preprint"}


# What should become of each row, straight from the files and without the helpers.


def plain_doi(row: dict) -> str:
    found = re.search(r"10\.\d{4,}/\S+", (row.get("doi") or "").lower())
    return found[0] if found else ""


def plain_title(row: dict) -> str:
    return html.unescape(re.sub(r"</?\w+>", "", row.get("title") or "")).replace("\xa0", " ").strip()


def codes() -> set[str]:
    with (ROOT / "data" / "categories.csv").open(encoding="utf-8", newline="") as file:
        return {row["source_id"] for row in csv.DictReader(file)}


def is_fit(row: dict | None, known: set[str]) -> bool:
    """Tells whether the row has all that publishing asks for."""
    if not row or not 3 <= len(plain_title(row)) <= 1000 or not plain_doi(row):
        return False
    fields = [field["name"].split()[0] for field in row.get("category_for") or []]
    return (
        isinstance(row.get("authors"), list)
        and bool(row["authors"])
        and row.get("type") in TYPES
        and bool(row.get("concepts"))
        and any(code.startswith(field) for field in fields for code in known)
    )


def known_dois() -> dict[str, int]:
    text = (ROOT / "data" / "articles.jsonl").read_text(encoding="utf-8")
    records = [json.loads(line) for line in text.splitlines()]
    return {record["resource_doi"].lower(): record["id"] for record in records if record.get("resource_doi")}


def expected() -> dict[str, list[int]]:
    """Returns the row numbers by what should happen to them."""
    known, there, seen, found = codes(), known_dois(), set(), {"create": [], "skip": [], "leave out": []}
    for number, row in enumerate(ROWS):
        doi = plain_doi(row) if row else ""
        kind = "leave out" if not is_fit(row, known) else "skip" if doi in there or doi in seen else "create"
        seen.add(doi)
        found[kind].append(number)
    return found


def test_the_dry_run_of_the_shipped_export(server, tmp_path, monkeypatch):
    monkeypatch.setenv("FIGSHARE_API_URL", server.url)
    notebook = run_notebook("12_batch_upload", tmp_path, output_dir=str(tmp_path))
    shown, wanted = results(notebook), expected()
    assert shown["actions"] == {kind: len(numbers) for kind, numbers in sorted(wanted.items())}
    assert shown["states"] == {} and shown["failed"] == len(wanted["leave out"])
    asked = notebook.cells[-3].outputs[0].data["text/plain"]
    assert "GET" in asked and not re.search("POST|PUT|DELETE", asked)  # only reads
    folder = tmp_path / "12_batch_upload" / f"local {shown['owner']}"
    with (folder / "failed_rows.csv").open(encoding="utf-8", newline="") as file:
        assert [int(row["row"]) for row in csv.DictReader(file)] == wanted["leave out"]
    again = fh.read_export(folder / "failed_rows.json")
    assert again == [ROWS[number] for number in wanted["leave out"]]
    assert not (folder / "ledger.jsonl").exists()
    check_book(folder, wanted, "not sent yet")


def check_book(folder: Path, wanted: dict[str, list[int]], outcome: str) -> None:
    """Checks that the workbook has every row with what became of it, and that the head's numbers add up to all rows."""
    book = openpyxl.load_workbook(folder / f"batch upload {folder.name}.xlsx")
    head, *rows = book["rows"].iter_rows(values_only=True)
    found = [dict(zip(head, row, strict=True)) for row in rows]
    kinds = {
        **dict.fromkeys(wanted["create"], outcome),
        **dict.fromkeys(wanted["skip"], "there already"),
        **dict.fromkeys(wanted["leave out"], "left out"),
    }
    assert {row["row"]: row["outcome"] for row in found} == kinds
    assert all(row["reason"] for row in found if row["outcome"] in ("there already", "left out"))
    assert all(bool(row["item"]) == (outcome != "not sent yet") for row in found if row["outcome"] == outcome)
    numbers = [row[1] for row in book["About"].iter_rows(max_row=12, values_only=True) if isinstance(row[1], int)]
    assert numbers[0] == sum(numbers[1:]) == len(kinds)


def test_a_run_that_sends_and_publishes(server, tmp_path, monkeypatch):
    monkeypatch.setenv("FIGSHARE_API_URL", server.url)
    parameters = {"dry_run": False, "publish": True, "output_dir": str(tmp_path)}
    shown, wanted = results(run_notebook("12_batch_upload", tmp_path, **parameters)), expected()
    assert shown["states"] == {"published": len(wanted["create"])}
    with connected(server) as figshare:
        check_items(figshare, shown, tmp_path, wanted["create"])
        check_book(tmp_path / "12_batch_upload" / f"local {shown['owner']}", wanted, "published")
        before = len(list(figshare.account_articles()))
        again = results(run_notebook("12_batch_upload", tmp_path, **parameters))
        assert len(list(figshare.account_articles())) == before
    assert again["actions"] == {
        "done": len(wanted["create"]),
        "leave out": len(wanted["leave out"]),
        "skip": len(wanted["skip"]),
    }


def check_items(figshare, shown: dict, folder: Path, wanted: list[int]) -> None:
    """Checks every item as the public sees it, against its row of the export."""
    ledger = fh.ledger_frame(folder / "12_batch_upload" / f"local {shown['owner']}" / "ledger.jsonl")
    assert ledger["row"].tolist() == wanted
    records = {record["id"]: record for record in figshare.full_records(ledger["article_id"].tolist())}
    for number, article_id in zip(ledger["row"], ledger["article_id"], strict=True):
        row, record = ROWS[number], records[article_id]
        assert (record["title"], record["resource_doi"]) == (plain_title(row), plain_doi(row))
        assert [file["download_url"] for file in record["files"]] == [f"https://doi.org/{plain_doi(row)}"]
        assert (record["group_id"], record["license"]["name"]) == (9993, "CC BY 4.0")
        assert record["custom_fields"] == [{"name": "Department", "value": "Biology"}]
        assert 1 <= len(record["authors"]) <= len(row["authors"])
        assert "Maren Holt" not in str(record["authors"]) or "Holt" in str(row["authors"])
        assert record["doi"] != plain_doi(row) and record["tags"] == row["concepts"][:6]


def test_on_real_records(tmp_path, iowa):
    shown = results(
        run_notebook(
            "12_batch_upload",
            tmp_path,
            local_data=str(iowa),
            target_group=11962,
            custom_fields=[],
            dry_run=False,
            output_dir=str(tmp_path),
        )
    )
    wanted = expected()
    catalogue = (iowa / "articles.jsonl").read_text(encoding="utf-8")
    assert "10.5555/harvest" not in catalogue  # so what is there already on the shipped site is new here
    assert shown["states"] == {"done": shown["actions"]["create"]}
    known = set(known_dois()) & {plain_doi(row) for row in ROWS if row}
    assert shown["actions"]["create"] == len(wanted["create"]) + len(known)


@pytest.mark.parametrize("lines", [1, 60])
def test_a_killed_run_goes_on(fresh_server, tmp_path, monkeypatch, lines):
    server = fresh_server(latency_ms=5)
    monkeypatch.setenv("FIGSHARE_API_URL", server.url)
    with connected(server) as figshare:
        before = {item["id"] for item in figshare.account_articles()}
        ledger = tmp_path / "12_batch_upload" / f"local {figshare.account()['id']}" / "ledger.jsonl"

        def is_time() -> bool:
            return ledger.exists() and ledger.read_bytes().count(b"\n") >= lines

        kill_run("12_batch_upload", tmp_path, is_time, dry_run=False, output_dir=tmp_path)
        shown = results(run_notebook("12_batch_upload", tmp_path, dry_run=False, output_dir=str(tmp_path)))
        wanted = expected()["create"]
        made = [item for item in figshare.account_articles() if item["id"] not in before]
        assert shown["states"] == {"done": len(wanted)}
        assert sorted(item["resource_doi"] for item in made) == sorted(plain_doi(ROWS[n]) for n in wanted)
        for record in figshare.full_records([item["id"] for item in made], private=True):
            assert [file["download_url"] for file in record["files"]] == [f"https://doi.org/{record['resource_doi']}"]
            assert record["authors"] and "Maren Holt" not in str(record["authors"])


# The helpers behind the notebook.


def row_like(**changes) -> dict:
    return {**ROWS[0], "id": "pub.1", "doi": "10.5555/one.1", **changes}


def plan_and_send(figshare, rows: list, ledger: Path, **options):
    plan = fh.prepare_batch(figshare, fh.batch_plan(rows, ledger.parent), ledger=ledger, **options)
    return plan, fh.send_batch(figshare, plan, ledger)


def test_the_first_request_comes_after_the_checks(figshare):
    fh.batch_plan(ROWS)
    assert requests_of(figshare) == []


@pytest.mark.parametrize(
    ("written", "plain"),
    [
        ("10.1145/3526104", "10.1145/3526104"),
        ("https://doi.org/10.1145/ABC", "10.1145/abc"),
        ("http://dx.doi.org/10.1/x", ""),
        ("doi:10.1234/x", "10.1234/x"),
        (" DOI: 10.1234/X ", "10.1234/x"),
        ("not yet assigned", ""),
        (None, ""),
        (12, ""),
        ("10.1234/", ""),
    ],
)
def test_dois(written, plain):
    assert fh.clean_doi(written) == plain


@pytest.mark.parametrize(
    ("written", "plain"),
    [
        ("0000-0002-1825-0097", "0000-0002-1825-0097"),
        ("https://orcid.org/0000-0002-1694-233x", "0000-0002-1694-233X"),
        ("0000-0002-1825-0098", ""),
        ("0000-0002-1825", ""),
        (None, ""),
        ("", ""),
    ],
)
def test_orcids(written, plain):
    assert fh.clean_orcid(written) == plain


def test_every_missing_field_is_named():
    [row] = fh.batch_plan([{"id": "pub.1", "title": "A title"}])
    assert row.missing == ["authors", "category_for", "concepts", "doi or path", "type"]
    [row] = fh.batch_plan([{"title": "x"}])
    assert row.errors == ["a title of 3 to 1,000 characters (it has 1)", "id or DOI"]


@pytest.mark.parametrize(
    "junk",
    [
        None,
        7,
        "text",
        [],
        {},
        [None],
        {"title": 5},
        {"authors": [None, 3]},
        {"doi": []},
        {"category_for": ["x"]},
        {"funders": [1], "concepts": "a", "date": {}, "journal": []},
    ],
)
def test_junk_is_a_row_that_is_left_out(figshare, junk):
    [row] = fh.prepare_batch(figshare, fh.batch_plan([junk]))
    assert row.action == "leave out" and row.why.startswith("needs ")


@pytest.mark.parametrize(
    ("name", "value", "note"),
    [
        ("category_for", 5, "category_for 5 cannot be read"),
        ("funders", 3, "funders 3 cannot be read"),
        ("concepts", [["a"]], "concepts ['a'] cannot be read"),
        ("authors", "A; B", "authors 'A; B' cannot be read"),
        ("journal", "Nature", "journal 'Nature' cannot be read"),
        ("doi", 5.5, "doi 5.5 cannot be read"),
        ("authors", [{"first_name": "Ada", "orcid": 5}], "ORCID 5 of Ada is not valid"),
        ("authors", [{"first_name": "Ada"}, {"orcid": []}], "an author without a name"),
        ("date", {"day": 1}, "date {'day': 1} cannot be read"),
        ("year", "in press", None),
        ("title", "half \ud800 a character", None),
        ("path", "x" * 5000, None),
        ("supporting_grant_ids", 7, None),
    ],
)
def test_an_odd_value_is_named_and_stops_nobody(figshare, tmp_path, name, value, note):
    rows = [row_like(**{name: value}), row_like(id="pub.2", doi="10.5555/two")]
    plan, ledger = plan_and_send(figshare, rows, tmp_path / "ledger.jsonl")
    assert plan[1].action == "create" and "done" in ledger["state"].tolist()
    assert note is None or note in plan[0].notes
    fh.save_failed_rows(rows, plan, tmp_path / "ledger.jsonl", tmp_path)
    assert (plan[0].action == "create") or json.loads((tmp_path / "failed_rows.json").read_text()) == rows[:1]


def test_one_alone_is_a_list_of_one():
    [row] = fh.batch_plan(
        [
            row_like(
                supporting_grant_ids="R01",
                funders={"name": "NSF"},
                concepts="frogs",
                authors={"last_name": "Lovelace", "orcid": "0000-0002-1825-0097"},
            )
        ]
    )
    assert row.metadata["funding_list"] == [{"title": "NSF"}, {"title": "R01"}]
    assert row.metadata["keywords"] == ["frogs"]
    assert row.metadata["authors"] == [{"name": "Lovelace", "orcid_id": "0000-0002-1825-0097"}]


@pytest.mark.parametrize("text", ["", "{", '{"a": 1}', "nothing"])
def test_a_broken_export_is_one_sentence(tmp_path, text):
    (tmp_path / "export.json").write_text(text)
    with pytest.raises(fh.ParameterError, match="give another file"):
        fh.read_export(tmp_path / "export.json")
    with pytest.raises(fh.ParameterError, match="give another file"):
        fh.read_export(tmp_path / "none.json")


@pytest.mark.parametrize(
    ("date", "year", "day"),
    [
        ("2022-12-31", 2022, "2022-12-31"),
        ("2022-12", None, "2022-12-01"),
        ("2022", None, "2022-01-01"),
        (None, 2019, "2019-01-01"),
        ("2022-13-40", 2018, "2018-01-01"),
        ("soon", None, None),
        (None, None, None),
        (None, "in press", None),
        (None, 20222, None),
        ({}, True, None),
    ],
)
def test_dates(date, year, day):
    [row] = fh.batch_plan([row_like(date=date, year=year)])
    assert row.metadata.get("timeline", {}).get("firstOnline") == day


@pytest.mark.parametrize(("on_duplicate", "action"), [("skip", "skip"), ("update", "update"), ("create", "create")])
def test_duplicates(figshare, tmp_path, on_duplicate, action):
    """Row 5 is an item of this account (7025334)."""
    before = len(list(figshare.account_articles()))
    [row], ledger = plan_and_send(figshare, [ROWS[5]], tmp_path / "ledger.jsonl", on_duplicate=on_duplicate)
    assert row.action == action
    assert len(list(figshare.account_articles())) == before + (action == "create")
    private = figshare.article(7025334, private=True)
    assert (private["description"] == row.metadata["description"]) == (action == "update")
    assert ledger["state"].tolist() == ([] if action == "skip" else ["done"])
    if action == "update":
        plan_and_send(figshare, [ROWS[5]], tmp_path / "other.jsonl", on_duplicate="update")
        links = [file for file in figshare.article(7025334, private=True)["files"] if file["is_link_only"]]
        assert len(links) == 1  # not one more with each update


@pytest.mark.parametrize(("on_duplicate", "action"), [("skip", "skip"), ("update", "skip"), ("create", "create")])
def test_somebody_elses_item_is_never_updated(figshare, on_duplicate, action):
    [row] = fh.prepare_batch(figshare, fh.batch_plan([ROWS[118]]), on_duplicate=on_duplicate)
    assert row.action == action


def test_a_curated_group_and_its_custom_fields(figshare, tmp_path):
    plan = fh.batch_plan([row_like()])
    for fields, says in (([], "Rights cleared"), (["Rights cleared=Maybe"], "Yes, No"), (["Shelf=1"], "Shelf")):
        with pytest.raises(fh.ParameterError, match=says):
            fh.prepare_batch(figshare, plan, group_id=9999, custom_fields=fields)
    ledger = tmp_path / "ledger.jsonl"
    plan_and_send(figshare, [row_like()], ledger, group_id=9999, custom_fields=["Rights cleared=Yes"])
    assert fh.publish_batch(figshare, ledger)["state"].tolist() == ["in review"]


def test_for_another_account(server, tmp_path):
    ledger = tmp_path / "ledger.jsonl"
    with connected(server, token="local-faber-admin") as admin, admin.impersonating(1490501):
        plan_and_send(admin, [row_like()], ledger)
        assert fh.publish_batch(admin, ledger)["state"].tolist() == ["published"]
    with connected(server, token="local-participant-01") as owner:
        [item] = owner.account_articles()
        names = [author["full_name"] for author in owner.article(item["id"])["authors"]]
        assert names == [f"{person['first_name']} {person['last_name']}" for person in ROWS[0]["authors"]]


def test_files_are_attached(figshare, tmp_path):
    (tmp_path / "a.pdf").write_bytes(b"%PDF-1.7")
    (tmp_path / "b.csv").write_bytes(b"x\n1\n")
    rows = [
        row_like(path=["a.pdf", "b.csv"]),
        row_like(id="pub.2", doi=None, path="a.pdf"),
        row_like(id="pub.3", doi="10.5555/three", path="none.pdf"),
    ]
    plan, ledger = plan_and_send(figshare, rows, tmp_path / "ledger.jsonl")
    assert [row.action for row in plan] == ["create", "create", "leave out"] and "none.pdf" in plan[2].why
    files = [sorted(file["name"] for file in figshare.files(number, private=True)) for number in ledger["article_id"]]
    assert files == [["a.pdf", "b.csv", "one.1"], ["a.pdf"]]


def test_a_refused_row_does_not_stop_the_others(server, figshare, tmp_path):
    rows = [row_like(id=f"pub.{n}", doi=f"10.5555/n.{n}") for n in range(4)]
    plan = fh.prepare_batch(figshare, fh.batch_plan(rows))
    queue_fault(server, "status", "/v2/account/articles/", after=2, times=1, status=500)
    ledger = fh.send_batch(figshare, plan, tmp_path / "ledger.jsonl")
    assert sorted(ledger["state"]) == ["done", "done", "done", "failed"]
    failed = fh.save_failed_rows(rows, plan, tmp_path / "ledger.jsonl", tmp_path)
    assert len(failed) == 1 and json.loads((tmp_path / "failed_rows.json").read_text()) == [rows[failed["row"][0]]]
    plan, ledger = plan_and_send(figshare, rows, tmp_path / "ledger.jsonl")
    assert set(ledger["state"]) == {"done"}
    found = [item["resource_doi"] or "" for item in figshare.account_articles()]
    assert sorted(doi for doi in found if doi.startswith("10.5555/n.")) == sorted(row["doi"] for row in rows)


def test_what_became_of_each_row_is_told_with_its_reason(server, figshare, tmp_path):
    """One is refused, one is there, one lacks something, one is sent; before and after."""
    rows = [
        row_like(id="pub.1", doi="10.5555/n.1"),
        ROWS[5],
        row_like(id="pub.3", doi="10.5555/n.3", concepts=[]),
        row_like(id="pub.4", doi="10.5555/n.4"),
    ]
    ledger = tmp_path / "ledger.jsonl"
    plan = fh.prepare_batch(figshare, fh.batch_plan(rows), ledger=ledger)
    before = fh.outcome_frame(plan, ledger, sent=False)
    assert before["outcome"].tolist() == ["not sent yet", "there already", "left out", "not sent yet"]
    queue_fault(server, "status", "/v2/account/articles/", times=1, status=500)
    fh.send_batch(figshare, plan, ledger)
    after = fh.outcome_frame(plan, ledger, sent=True)
    assert sorted(after["outcome"]) == ["left out", "refused by Figshare", "sent as a draft", "there already"]
    reasons = dict(zip(after["outcome"], after["reason"], strict=True))
    assert reasons["refused by Figshare"] and reasons["sent as a draft"] == ""
    assert reasons["there already"] == "is item 7025334 of this account" and reasons["left out"] == "needs concepts"
    assert fh.outcome_numbers(after) == {
        "rows in the export": 4,
        "sent": 1,
        "there already": 1,
        "left out or refused": 2,
    }
    failed = fh.save_failed_rows(rows, plan, ledger, tmp_path)
    assert set(fh.reasons_frame(failed)["reason"]) == {"concepts", reasons["refused by Figshare"]}
    again = fh.prepare_batch(figshare, fh.batch_plan(rows), ledger=ledger)
    assert fh.outcome_frame(again, ledger, sent=False)["outcome"].tolist().count("sent as a draft") == 1
    requests.post(f"{server.root}/_local/reset", timeout=30).raise_for_status()  # the site has forgotten the draft
    anew = fh.prepare_batch(figshare, fh.batch_plan(rows), ledger=ledger)
    assert fh.outcome_frame(anew, ledger, sent=False)["outcome"].tolist() == before["outcome"].tolist()


def test_reasons_are_counted_one_by_one():
    failed = pd.DataFrame(
        {"why": ["needs authors, type ('x, y' is unknown)", "needs type", "Invalid value, as (it) is"]}
    )
    assert fh.reasons_frame(failed).to_dict("list") == {
        "reason": ["type", "Invalid value, as (it) is", "authors"],
        "rows": [2, 1, 1],
    }
    assert fh.reasons_frame(failed.head(0)).empty


@pytest.mark.parametrize("row", [row_like(), row_like(doi=None, path="a.txt", title="No DOI, but a file")])
def test_a_draft_of_unknown_number_is_found_again(figshare, tmp_path, monkeypatch, row):
    """The process ends between the answer and the line in the ledger."""
    (tmp_path / "a.txt").write_text("a")
    create, ledger = fh.Figshare.create_article, tmp_path / "ledger.jsonl"

    def create_and_die(self, metadata):
        create(self, metadata)
        raise KeyboardInterrupt

    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(fh.Figshare, "create_article", create_and_die)
        plan_and_send(figshare, [row], ledger)
    before = len(list(figshare.account_articles()))
    _, table = plan_and_send(figshare, [row], ledger)
    assert table["state"].tolist() == ["done"] and len(list(figshare.account_articles())) == before
    assert len(figshare.files(int(table["article_id"][0]), private=True)) == 1


def test_publishing_twice_makes_one_version(figshare, tmp_path, monkeypatch):
    ledger = tmp_path / "ledger.jsonl"
    plan_and_send(figshare, [row_like()], ledger)
    publish = fh.Figshare.publish_article

    def publish_and_die(self, article_id):
        publish(self, article_id)
        raise KeyboardInterrupt

    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(fh.Figshare, "publish_article", publish_and_die)
        fh.publish_batch(figshare, ledger)
    asked = len([path for path in requests_of(figshare) if path.endswith("/publish")])
    table = fh.publish_batch(figshare, ledger)
    assert table["state"].tolist() == ["published"]
    assert len([path for path in requests_of(figshare) if path.endswith("/publish")]) == asked
    assert figshare.article(int(table["article_id"][0]))["version"] == 1


def test_a_ledger_of_a_site_that_began_anew(server, figshare, tmp_path):
    """Local Figshare forgets drafts when it ends; the ledger must not claim that they are there."""
    _, table = plan_and_send(figshare, [row_like()], tmp_path / "ledger.jsonl")
    requests.post(f"{server.root}/_local/reset", timeout=30).raise_for_status()
    plan, table = plan_and_send(figshare, [row_like()], tmp_path / "ledger.jsonl")
    assert plan[0].action == "create" and table["state"].tolist() == ["done"]
    assert figshare.article(int(table["article_id"][0]), private=True)["resource_doi"] == "10.5555/one.1"


def test_titles_keep_their_letters_and_become_no_formula(figshare, tmp_path):
    rows = [
        row_like(title='=HYPERLINK("http://x.example")', id="pub.1", doi="10.5555/a.1", type="other"),
        row_like(title="<em>Hyla</em> &amp; 農業 — “x”", id="pub.2", doi="10.5555/a.2"),
    ]
    plan, table = plan_and_send(figshare, rows, tmp_path / "ledger.jsonl")
    assert figshare.article(int(table["article_id"][0]), private=True)["title"] == "Hyla & 農業 — “x”"
    fh.save_failed_rows(rows, plan, tmp_path / "ledger.jsonl", tmp_path)
    text = (tmp_path / "failed_rows.csv").read_text(encoding="utf-8")
    assert ",=" not in text and ',"=' not in text and "'=HYPERLINK" in text
    book = openpyxl.load_workbook(fh.save_table(fh.plan_frame(plan), tmp_path / "plan.xlsx"))
    assert all(cell.data_type != "f" for line in book.active.iter_rows() for cell in line)
    assert json.loads((tmp_path / "failed_rows.json").read_text(encoding="utf-8")) == rows[:1]


def test_an_export_without_failures_and_an_empty_one(tmp_path):
    for name, rows in (("good", [row_like()]), ("empty", [])):
        (tmp_path / f"{name}.json").write_text(json.dumps(rows), encoding="utf-8")
        shown = results(
            run_notebook(
                "12_batch_upload", tmp_path, export_file=str(tmp_path / f"{name}.json"), output_dir=str(tmp_path)
            )
        )
        assert (shown["rows"], shown["failed"]) == (len(rows), 0)


def test_the_page_is_fit_to_be_sent(tmp_path):
    check_committed_report("12_batch_upload", tmp_path)


def test_the_report_says_nothing_of_the_workshop(tmp_path):
    page = committed_report_html("12_batch_upload", tmp_path)
    assert "<title>Plan of a batch upload: dimensions_export.json</title>" in page
    text = visible_text(page)
    for told in ("GET /", "POST", "fh.", "Exercise", "dry_run", "prepare_batch", "127.0.0.1", "12 Batch", "{id}"):
        assert told not in text, told
    assert 'alt="Bar chart. What 22 of 200 rows lack' in page
