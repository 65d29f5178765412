"""State on disk that is cut, damaged, of another kind, or cannot be there at all."""

import errno
import json
import os
from pathlib import Path

import pytest
from helpers_site import connected, requests_of

import figshare_helpers as fh
from figshare_workbook.base.disk import add_line, read_records
from figshare_workbook.client.harvest import HarvestRun
from figshare_workbook.client.oai import parse_xml

pytestmark = pytest.mark.slow  # sockets, processes and files take seconds

ENTRY = {"id": "10.5555/kept", "row": 0, "state": "done", "action": "create", "article_id": 7, "twins": [], "why": ""}


def line(record: dict) -> bytes:
    return f"{json.dumps(record)}\n".encode()


# ---- ledgers ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        b'\xef\xbb\xbf{"id": 1}\n{"id": 2}\n',
        b'{"id": 1}\r\n{"id": 2}\r\n',
        b'{"id": 1}\n\n{"id": 2}\n',
        b'{"id": 1}\n{"id": 2}',
        b'{"id": 1}\n{"id": 2}\n{"id": 3, "ti',
        b'{"id": 1}\n{"id": 2}\n\0\0\0\0\0',
        b'{"id": 1}\n\0\0\0{"id": 2}\n',
        b'{"id": 1}\n{"id": 2}\n{"id": 3}}',
    ],
)
def test_lines_are_read_as_editors_and_crashes_leave_them(tmp_path, text):
    (tmp_path / "lines.jsonl").write_bytes(text)
    assert [record["id"] for record in read_records(tmp_path / "lines.jsonl")] == [1, 2]
    assert (tmp_path / "lines.jsonl").read_bytes() == text  # reading changes nothing


@pytest.mark.parametrize("broken", [b'{"id": 5, "ti{"id": 6}\n', b"[" * 100_000 + b"\n", b"null\n", b"\xff\xfe{\0\n"])
def test_a_damaged_line_in_the_middle_is_named(tmp_path, broken):
    (tmp_path / "lines.jsonl").write_bytes(line(ENTRY) + broken + line(ENTRY))
    with pytest.raises(fh.FileProblem, match=r"Line 2 of .*/lines\.jsonl cannot be read"):
        fh.ledger_frame(tmp_path / "lines.jsonl")


@pytest.mark.parametrize("tail", [b'{"id": 5616445, "ti', b"\0\0\0", b"\xef\xbb"])
def test_a_ledger_goes_on_behind_what_a_crash_cut_off(figshare, tmp_path, tail):
    ledger = tmp_path / "totals.jsonl"
    ids = [item["id"] for item in figshare.articles(limit=3)]
    figshare.totals(ids[:2], ledger=ledger)
    whole = ledger.read_bytes()
    for ending in (tail, b"", line({"id": ids[2], "views": 4, "downloads": 5}).rstrip()):
        ledger.write_bytes(whole + ending)
        figshare.totals(ids, ledger=ledger)
        assert sorted(record["id"] for record in read_records(ledger)[1:]) == sorted(ids)
        assert ledger.read_bytes().endswith(b"}\n")


def test_a_file_that_is_no_ledger_is_left_as_it_is(figshare, tmp_path):
    for text in (b"Shopping: milk, bread", b'{"title": "mine"}\n{"half', b'["a"]\n', b"\x89PNG\r\n\x1a\n"):
        (tmp_path / "mine").write_bytes(text)
        for job in (
            lambda: figshare.full_records([5616445], ledger=tmp_path / "mine"),
            lambda: figshare.totals([5616445], ledger=tmp_path / "mine"),
            lambda: fh.send_batch(figshare, [], tmp_path / "mine"),
        ):
            try:
                job()
            except fh.FigshareError:
                assert (tmp_path / "mine").read_bytes() == text
            else:  # nothing in it but half a line, as a crash leaves it
                assert text == b"Shopping: milk, bread"
                (tmp_path / "mine").write_bytes(text)


@pytest.mark.parametrize("odd", [{}, {"title": "only"}, {"title": None, "authors": []}, {"title": 5, "authors": []}])
def test_what_is_no_full_record_is_asked_for_again(figshare, tmp_path, odd):
    ledger = tmp_path / "records.jsonl"
    wanted = figshare.full_records([5616445], ledger=ledger)
    head = ledger.read_bytes().splitlines(keepends=True)[0]
    ledger.write_bytes(head + line({"id": 5616445, **odd}))
    before = len(requests_of(figshare))
    assert figshare.full_records([5616445], ledger=ledger) == wanted
    assert requests_of(figshare)[before:] == ["GET /articles/5616445"]
    before = len(requests_of(figshare))
    assert figshare.full_records([5616445], ledger=ledger) == wanted and len(requests_of(figshare)) == before


@pytest.mark.parametrize("odd", [{}, {"views": 3}, {"views": "3", "downloads": 4}, {"views": [], "downloads": 4}])
def test_what_is_no_count_is_asked_for_again(figshare, tmp_path, odd):
    ledger = tmp_path / "totals.jsonl"
    wanted = figshare.totals([5616445], ledger=ledger)
    head = ledger.read_bytes().splitlines(keepends=True)[0]
    ledger.write_bytes(head + line({"id": 5616445, **odd}))
    assert figshare.totals([5616445], ledger=ledger).equals(wanted)
    assert read_records(ledger)[-1] == {"id": 5616445, **wanted.iloc[0].drop("id").to_dict()}


@pytest.mark.parametrize(
    "odd",
    [
        {"id": 5},
        {"id": "10.5/x"},
        {**ENTRY, "state": "sold"},
        {**ENTRY, "article_id": "7"},
        {**ENTRY, "twins": None},
        {"job": "totals", "site": "x", "private": False},
        {"id": 5, "views": 1, "downloads": 2},
    ],
)
def test_a_line_that_is_no_row_of_a_batch_stops_the_batch(figshare, tmp_path, odd):
    ledger = tmp_path / "ledger.jsonl"
    ledger.write_bytes(line(ENTRY) + line(odd))
    for job in (
        lambda: fh.send_batch(figshare, [], ledger),
        lambda: fh.publish_batch(figshare, ledger),
        lambda: fh.ledger_frame(ledger),
        lambda: fh.prepare_batch(figshare, [], ledger=ledger),
    ):
        with pytest.raises(fh.ParameterError, match=r"ledger\.jsonl holds a line that is no row of a batch"):
            job()
    assert ledger.read_bytes() == line(ENTRY) + line(odd)


def test_of_several_lines_the_last_counts(tmp_path):
    (tmp_path / "ledger.jsonl").write_bytes(line({**ENTRY, "state": "begun"}) + line(ENTRY))
    assert fh.ledger_frame(tmp_path / "ledger.jsonl")["state"].tolist() == ["done"]


def test_a_foreign_line_in_the_dashboards_file_is_no_record(figshare, tmp_path):
    path = tmp_path / "records.jsonl"
    wanted = fh.refresh_records(figshare, path, [11962])["records"]
    number = wanted[0]["id"]
    lines = path.read_bytes().splitlines(keepends=True)
    for odd in ({"id": number}, {"id": number, "title": "x", "authors": []}, {"id": 99, "group_id": 11962}):
        path.write_bytes(b"".join(lines) + line(odd))
        assert fh.refresh_records(figshare, path, [11962])["records"] == wanted


# ---- harvests --------------------------------------------------------------------------------


@pytest.fixture
def cut_off(figshare, tmp_path, monkeypatch) -> Path:
    """A harvest that was cut off: two batches are written, three pages wait in the spool."""
    monkeypatch.setattr(HarvestRun, "batch_pages", 3)
    run = HarvestRun(tmp_path / "set", {"set": "item_type_3"}, figshare.identity)
    for _ in range(9):
        run.add_answer(parse_xml(figshare.get("/oai", **run.next_parameters()).encode()))
        if run.next_parameters() is None:
            pytest.fail("the set is too small for this test")
    monkeypatch.setattr(HarvestRun, "batch_pages", 1000)
    for _ in range(3):
        run.add_answer(parse_xml(figshare.get("/oai", **run.next_parameters()).encode()))
    return tmp_path / "set"


def is_whole(figshare, folder: Path) -> bool:
    wanted = sorted(item["id"] for item in figshare.articles(item_type=3))
    return sorted(fh.harvest_frame(folder)["id"]) == wanted


def test_a_damaged_state_of_a_harvest_says_what_to_do_and_doing_it_helps(figshare, cut_off):
    for text in (b"", b"{", b"null", b"[1]", b"{}", b'{"batch": 1}', b'{"site": "x"}', b"\xff", b"7"):
        (cut_off / "_harvest.json").write_bytes(text)
        with pytest.raises(fh.ParameterError, match=r"does not say which harvest it holds.*delete this one"):
            figshare.harvest(cut_off, set_name="item_type_3")
    assert len(fh.harvest_frame(cut_off))
    for path in sorted(cut_off.rglob("*"), reverse=True):
        path.rmdir() if path.is_dir() else path.unlink()
    figshare.harvest(cut_off, set_name="item_type_3")
    assert is_whole(figshare, cut_off)


def test_a_damaged_state_of_a_harvest_that_brought_nothing_is_made_anew(figshare, tmp_path):
    (tmp_path / "set").mkdir()
    (tmp_path / "set" / "_harvest.json").write_bytes(b'{"site')
    figshare.harvest(tmp_path / "set", set_name="item_type_9")
    assert len(fh.harvest_frame(tmp_path / "set"))


def poisoned(page: dict, **changes) -> dict:
    return {**page, "rows": [{**page["rows"][0], **changes}, *page["rows"][1:]]}


SPOILED = [
    lambda page: line(poisoned(page, id=int("9" * 30))),
    lambda page: line(poisoned(page, datestamp="yesterday")),
    lambda page: line(poisoned(page, datestamp=None)),
    lambda page: line({**page, "rows": None}),
    lambda page: line({"id": 5}),
    lambda page: b"\0\0\n",
    lambda page: line(page)[:40] + b"\n",
    lambda page: line(page)[:40],
]


def test_a_page_that_makes_no_rows_is_asked_for_again(figshare, cut_off):
    state, spool = cut_off / "_harvest.json", cut_off / "_spool.jsonl"
    kept, lines = state.read_bytes(), spool.read_bytes().splitlines(keepends=True)
    query = json.loads(kept)["query"]
    for number, spoil in enumerate(SPOILED):
        at = number % 3
        spool.write_bytes(b"".join([*lines[:at], spoil(json.loads(lines[at])), *lines[at + 1 :]]))
        run = HarvestRun(cut_off, query, figshare.identity)
        assert spool.read_bytes().splitlines(keepends=True) == lines[:at]
        assert at == 0 or run.next_parameters()["resumptionToken"] == json.loads(lines[at - 1])["token"]
    figshare.harvest(cut_off, set_name="item_type_3")
    assert is_whole(figshare, cut_off)


def test_an_answer_that_makes_no_rows_is_not_kept(figshare, tmp_path):
    run = HarvestRun(tmp_path / "set", {"set": "item_type_9"}, figshare.identity)
    answer = figshare.get("/oai", **run.next_parameters())
    number = str(min(item["id"] for item in figshare.articles(item_type=9)))
    with pytest.raises(fh.FigshareError, match="a record that cannot be kept"):
        run.add_answer(parse_xml(answer.replace(number, "9" * 30).encode()))
    assert figshare.harvest(tmp_path / "set", set_name="item_type_9")["records"]


def test_a_damaged_batch_of_a_harvest_is_named(figshare, tmp_path):
    figshare.harvest(tmp_path / "set", set_name="item_type_9")
    batch = sorted((tmp_path / "set").glob("month=*/*.parquet"))[-1]
    for text in (batch.read_bytes()[:-30], b"", b"PAR1"):
        batch.write_bytes(text)
        with pytest.raises(fh.FileProblem, match=f"{batch.parent.name}/{batch.name} cannot be read.*"):
            fh.harvest_frame(tmp_path / "set")


# ---- snapshots -------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["catalogue.json", "articles.jsonl", "totals.csv", ".records.jsonl"])
def test_a_snapshot_that_was_cut_is_one_sentence_and_can_be_made_again(figshare, tmp_path, name):
    ids = [item["id"] for item in figshare.articles(limit=3)]
    folder = figshare.snapshot(tmp_path / "mine", ids)
    (folder / name).write_bytes((folder / name).read_bytes()[:-9] if (folder / name).exists() else b'{"job": "fu')
    try:
        fh.open_snapshot(folder).close()
    except fh.FigshareError as error:
        assert name in str(error)
    figshare.snapshot(folder, ids)
    with fh.open_snapshot(folder) as copy:
        assert sorted(item["id"] for item in copy.articles()) == sorted(ids)


# ---- places that cannot be ------------------------------------------------------------------


def places(folder: Path) -> dict[str, Path]:
    (folder / "a file").write_text("in the way")
    (folder / "a folder").mkdir()
    (folder / "loop").symlink_to(folder / "loop")
    return {
        "below a file": folder / "a file" / "inside",
        "a folder": folder / "a folder",
        "too long": folder / ("n" * 300),
        "a loop": folder / "loop" / "inside",
    }


@pytest.mark.parametrize("place", ["below a file", "a folder", "too long", "a loop"])
def test_a_ledger_that_cannot_be_is_one_sentence(figshare, tmp_path, place):
    path = places(tmp_path)[place]
    for job in (
        lambda: figshare.full_records([5616445], ledger=path),
        lambda: figshare.totals([5616445], ledger=path),
        lambda: fh.refresh_records(figshare, path, [11962]),
        lambda: fh.send_batch(figshare, [], path),
        lambda: fh.publish_batch(figshare, path),
    ):
        with pytest.raises(fh.FileProblem, match=r"could not be (written|read)\."):
            job()


@pytest.mark.parametrize("place", ["below a file", "too long", "a loop"])
def test_a_folder_that_cannot_be_is_one_sentence(figshare, tmp_path, place):
    path = places(tmp_path)[place]
    for job in (
        lambda: figshare.harvest(path),
        lambda: figshare.snapshot(path, [5616445]),
        lambda: figshare.download_files(5616445, path),
        lambda: fh.save_table(fh.records_frame([]), path / "t.csv"),
        lambda: fh.output_folder(path),
        lambda: fh.report_folder(path, "10_author_report", "A"),
    ):
        with pytest.raises(fh.FigshareError, match=r"could not be written|could not be made|cannot be made"):
            job()
    assert [entry["outcome"][:8] for entry in figshare.download_each([5616445], path)] == ["failed: "]


def test_a_table_in_the_place_of_a_folder_is_one_sentence(tmp_path):
    (tmp_path / "t.csv").mkdir()
    with pytest.raises(fh.FileProblem, match="choose another name"):
        fh.save_table(fh.records_frame([]), tmp_path / "t.csv")
    assert [path.name for path in tmp_path.iterdir()] == ["t.csv"]


def test_one_place_in_the_way_does_not_stop_the_other_downloads(figshare, tmp_path):
    first, second = [item["id"] for item in figshare.articles(limit=2)]
    (tmp_path / str(first)).write_text("in the way")
    entries = figshare.download_each([first, second], tmp_path)
    assert entries[0]["outcome"].startswith("failed: ") and str(first) in entries[0]["outcome"]
    assert {entry["outcome"] for entry in entries[1:]} == {"downloaded"}


def test_a_device_is_no_ledger(figshare, tmp_path):
    (tmp_path / "full.jsonl").symlink_to("/dev/full")
    with pytest.raises(fh.FileProblem, match="could not be"):
        figshare.totals([5616445], ledger=tmp_path / "full.jsonl")


def test_a_full_disk_leaves_no_half_line(tmp_path, monkeypatch):
    path = tmp_path / "lines.jsonl"
    add_line(path, {"id": 1})
    opened = Path.open

    def full(self, *how):
        file = opened(self, *how, buffering=0)
        write = file.write

        class Full:
            def __enter__(self):
                return self

            def __exit__(self, *_):
                file.close()

            def write(self, text):
                write(text[:5])
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

        return Full()

    monkeypatch.setattr(Path, "open", full)
    with pytest.raises(fh.FileProblem, match="make room on the disk"):
        add_line(path, {"id": 2})
    monkeypatch.undo()
    add_line(path, {"id": 3})
    assert [record["id"] for record in read_records(path)] == [1, 3]


def test_a_file_to_upload_that_cannot_be_read_is_one_sentence(figshare, tmp_path):
    draft = figshare.create_article({"title": "Files"})
    with pytest.raises(fh.FileProblem, match="could not be read"):
        figshare.upload_file(draft, tmp_path / ("n" * 300))


# ---- parts of downloads ---------------------------------------------------------------------


@pytest.fixture
def public_file(figshare, tmp_path) -> tuple[int, dict, bytes]:
    """A public item, its file's entry, and the file's bytes."""
    content = bytes(range(250)) * 400
    (tmp_path / "data.bin").write_bytes(content)
    article = figshare.create_article(
        {
            "title": "Bytes",
            "description": "Some",
            "tags": ["a"],
            "defined_type": "dataset",
            "categories": [figshare.find_category("Genetics")["id"]],
        }
    )
    figshare.upload_file(article, tmp_path / "data.bin")
    figshare.publish_article(article)
    return article, figshare.files(article)[0], content


@pytest.mark.parametrize(
    ("left", "requests_made"),
    [
        (lambda content: content, 0),  # stopped between the last byte and the new name
        (lambda content: content[:70_000], 1),
        (lambda content: b"", 1),
        (lambda content: content + b"more", 1),
        (lambda content: b"x" * len(content), 1),  # as long, and wrong
        (lambda content: b"x" * 70_000, 2),  # of another version of the file
    ],
)
def test_whatever_is_left_of_a_download_it_ends_well(server, public_file, tmp_path, left, requests_made):
    article, file, content = public_file
    (tmp_path / "down").mkdir()
    (tmp_path / "down" / f"data.bin.{file['id']}.part").write_bytes(left(content))
    with connected(server) as client:
        assert client.download_files(article, tmp_path / "down")[0]["outcome"] == "downloaded"
        assert sum(path.startswith("GET /files/") for path in requests_of(client)) == requests_made
    assert (tmp_path / "down" / "data.bin").read_bytes() == content
    assert [path.name for path in (tmp_path / "down").iterdir()] == ["data.bin"]


def test_without_an_md5_nothing_is_put_behind_what_is_there(figshare, public_file, tmp_path):
    _, file, content = public_file
    record = {**file, "computed_md5": "", "supplied_md5": ""}
    (tmp_path / f"t.{file['id']}.part").write_bytes(b"x" * 70_000)
    with fh.progress(unit="B") as bar:
        assert figshare.fetch_file(record, tmp_path / "t", False, bar) == "downloaded"
    assert (tmp_path / "t").read_bytes() == content


def test_a_part_that_is_longer_than_the_sites_file_is_thrown_away(figshare, public_file, tmp_path):
    _, file, content = public_file
    record = {**file, "size": len(content) + 50}  # the record is wrong
    (tmp_path / f"t.{file['id']}.part").write_bytes(content + b"more")
    with fh.progress(unit="B") as bar, pytest.raises(fh.FileProblem, match="could not be fetched whole"):
        figshare.fetch_file(record, tmp_path / "t", False, bar)
    with fh.progress(unit="B") as bar:
        assert figshare.fetch_file(file, tmp_path / "t", False, bar) == "downloaded"
