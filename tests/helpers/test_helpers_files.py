"""Uploads and downloads: whole, checked, resumed, in little memory, and never outside the folder."""

import hashlib
import json
import os
import random
import subprocess
import sys
from pathlib import Path

import pytest
import requests
from helpers_site import clear_faults, connected, process_to_kill, queue_fault, requests_of, wait_for

import figshare_helpers as fh
from figshare_workbook.base.file_names import RESERVED
from figshare_workbook.client import uploads
from figshare_workbook.client.downloads import target_paths
from figshare_workbook.client.file_part import FilePart

pytestmark = pytest.mark.slow  # sockets, processes and files take seconds

ROOT = Path(__file__).resolve().parents[2]
PART = 10_485_760


@pytest.fixture
def draft(figshare):
    return figshare.create_article({"title": "A draft for files"})


def file_of(path: Path, size: int) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    block = random.Random(size).randbytes(min(size, PART))
    path.write_bytes((block * (size // len(block) + 1))[:size])
    return path


@pytest.fixture
def big(tmp_path) -> Path:
    """Three parts and a bit."""
    return file_of(tmp_path / "big.bin", 3 * PART + 1234)


def md5(path: Path) -> str:
    return hashlib.md5(path.read_bytes()).hexdigest()


# ---- uploads -------------------------------------------------------------------------------


def test_a_file_arrives_in_parts(figshare, draft, big):
    entry = figshare.upload_file(draft, big)
    assert (entry["status"], entry["size"], entry["computed_md5"]) == ("available", big.stat().st_size, md5(big))
    assert sum(path.startswith("PUT /upload/…/") for path in requests_of(figshare)) == 4
    assert entry["upload_token"] not in figshare.requests_made.to_csv()


def test_the_same_file_is_not_sent_twice(figshare, draft, big):
    first = figshare.upload_file(draft, big)
    before = len(figshare.requests_made)
    assert figshare.upload_file(draft, big)["id"] == first["id"]
    assert not any("upload" in path for path in requests_of(figshare)[before:])
    assert len(figshare.files(draft, private=True)) == 1


def test_a_file_in_a_folder_is_known_again(figshare, draft, tmp_path):
    path = file_of(tmp_path / "raw.csv", 100)
    first = figshare.upload_file(draft, path, name="data/2024/raw.csv")
    assert figshare.upload_file(draft, path, name="./data/2024/raw.csv")["id"] == first["id"]
    assert figshare.upload_file(draft, path, name="data/raw.csv")["id"] != first["id"]
    assert figshare.upload_file(draft, path)["id"] != first["id"]


def test_a_name_may_repeat_its_folder():
    files = [
        {"id": 1, "name": "./app/img/pic.png"},
        {"id": 2, "name": "app/img/pic.png"},
        {"id": 3, "name": "b/c.txt"},
        {"id": 4, "name": "plain.txt"},
        {"id": 5, "name": ""},
        {"id": 6, "name": "x\\y.txt"},
    ]
    plan = target_paths(files, {"1": "app/img", "3": "a", "4": "/level1/level2/", "5": "a", "6": "x"})
    assert [target.as_posix() for _, target in plan] == [
        "app/img/pic.png",
        "app/img/pic-2.png",
        "a/b/c.txt",
        "level1/level2/plain.txt",
        "a/file-5",
        "x/y.txt",
    ]


def test_another_file_of_that_name_is_another_file(figshare, draft, tmp_path):
    figshare.upload_file(draft, file_of(tmp_path / "a" / "data.csv", 100))
    figshare.upload_file(draft, file_of(tmp_path / "b" / "data.csv", 200))
    assert sorted(file["size"] for file in figshare.files(draft, private=True)) == [100, 200]


@pytest.mark.parametrize(
    ("kind", "more"), [("status", {"status": 409}), ("status", {"status": 504}), ("reset", {}), ("truncate", {})]
)
def test_a_part_is_sent_again_alone(server, figshare, draft, big, kind, more):
    queue_fault(server, kind, "/upload/", method="PUT", after=1, times=2, **more)
    assert figshare.upload_file(draft, big)["computed_md5"] == md5(big)
    assert sum(path.startswith("PUT /upload/") for path in requests_of(figshare)) == 6


def test_a_file_that_becomes_shorter_while_it_is_sent_stops_the_upload(figshare, draft, tmp_path, monkeypatch):
    """The second look at a part's place finds nothing: no part is cut, and what stops it is said."""
    path, wanted = file_of(tmp_path / "shrinking.bin", 2 * PART), 2 * PART
    md5_of = uploads.md5
    monkeypatch.setattr(uploads, "md5", lambda whole: (md5_of(whole), os.truncate(whole, PART + 5))[0])
    with pytest.raises(fh.FileProblem, match=r"shrinking\.bin has become shorter while it was sent"):
        figshare.upload_file(draft, path)
    assert [(entry["size"], entry["status"]) for entry in figshare.get(f"/account/articles/{draft}/files")] == [
        (wanted, "created")
    ]


def test_a_part_gives_the_same_bytes_at_every_try(tmp_path):
    path = tmp_path / "few.bin"
    path.write_bytes(bytes(range(256)) * 3_000)
    part = FilePart(path, 5, 600_000)
    assert len(part) == 599_995
    assert b"".join(part) == b"".join(part) == path.read_bytes()[5:600_000]


def test_a_lost_answer_to_the_completion_is_looked_up(server, figshare, draft, big):
    for kind in ("truncate", "reset"):  # done and not answered; not done
        queue_fault(server, kind, f"/v2/account/articles/{draft}/files/", method="POST")
        assert figshare.upload_file(draft, big)["status"] == "available"
        figshare.delete(f"/account/articles/{draft}/files/{figshare.files(draft, private=True)[0]['id']}")


def test_a_damaged_upload_is_an_error(server, figshare, draft, big):
    queue_fault(server, "wrong_md5", f"/v2/account/articles/{draft}/files/", times=99)
    with pytest.raises(fh.FileProblem, match="arrived damaged"):
        figshare.upload_file(draft, big)


JOB = """
import sys, figshare_helpers as fh
fh.connect("local").upload_file(int(sys.argv[1]), sys.argv[2])
"""


@pytest.mark.slow
def test_a_killed_upload_goes_on_with_the_parts_that_are_missing(server, tmp_path):
    path = file_of(tmp_path / "long.bin", 12 * PART)
    with connected(server) as client:
        draft = client.create_article({"title": "Draft"})
        queue_fault(server, "status", "/upload/", method="PUT", status=409, after=5, times=999)
        with process_to_kill([sys.executable, "-c", JOB, str(draft), str(path)], server):
            wait_for(lambda: parts_done(client, draft) == 5)
        clear_faults(server)
        before = len(client.requests_made)
        assert client.upload_file(draft, path)["computed_md5"] == md5(path)
        assert len([made for made in requests_of(client)[before:] if made.startswith("PUT")]) == 7


def parts_done(client, draft: int) -> int:
    """Returns how many parts of the draft's file the server has."""
    files = client.files(draft, private=True)
    if not files or not files[0].get("upload_url"):
        return 0
    parts = client.get(files[0]["upload_url"])["parts"]
    return sum(part["status"] == "COMPLETE" for part in parts)


def test_a_missing_an_empty_and_no_file(figshare, draft, tmp_path):
    (tmp_path / "empty.txt").touch()
    for path, said in ((tmp_path / "none.txt", "no file"), (tmp_path / "empty.txt", "is empty"), (tmp_path, "no file")):
        with pytest.raises(fh.FileProblem, match=said) as caught:
            figshare.upload_file(draft, path)
        assert str(tmp_path) not in str(caught.value)
    assert figshare.files(draft, private=True) == []


def test_a_folder_keeps_its_structure_there_and_back(figshare, draft, tmp_path, capsys):
    file_of(tmp_path / "up" / "readme.txt", 30)
    file_of(tmp_path / "up" / "data" / "2024" / "a.csv", 40)
    file_of(tmp_path / "up" / "data" / "a.csv", 50)
    (tmp_path / "up" / "empty.txt").touch()
    assert len(figshare.upload_folder(draft, tmp_path / "up")) == 3
    assert capsys.readouterr().out == "empty.txt is empty and was left out.\n"
    figshare.download_files(draft, tmp_path / "down", private=True)
    there = {
        path.relative_to(tmp_path / "up"): path.read_bytes()
        for path in (tmp_path / "up").rglob("*.*")
        if path.stat().st_size
    }
    back = {path.relative_to(tmp_path / "down"): path.read_bytes() for path in (tmp_path / "down").rglob("*.*")}
    assert back == there


def test_the_same_bytes_in_two_folders_are_two_files_and_twice_is_once(figshare, draft, tmp_path):
    for folder in ("a", "b", "b/c"):
        file_of(tmp_path / "up" / folder / "readme.txt", 30)
    file_of(tmp_path / "up" / "readme.txt", 30)
    first = figshare.upload_folder(draft, tmp_path / "up")
    assert len({entry["id"] for entry in first}) == 4
    again = figshare.upload_folder(draft, tmp_path / "up")
    assert [entry["id"] for entry in again] == [entry["id"] for entry in first]
    assert len(figshare.files(draft, private=True)) == 4


def test_no_folder(figshare, draft, tmp_path):
    with pytest.raises(fh.FileProblem, match="no folder"):
        figshare.upload_folder(draft, tmp_path / "none")


# ---- downloads -----------------------------------------------------------------------------


@pytest.fixture
def published(figshare, tmp_path) -> tuple[int, Path]:
    """A public item with one file of a megabyte."""
    path = file_of(tmp_path / "source" / "data.bin", 1_000_000)
    article = figshare.create_article(
        {
            "title": "Bytes",
            "description": "Some",
            "tags": ["a"],
            "defined_type": "dataset",
            "categories": [figshare.find_category("Genetics")["id"]],
        }
    )
    figshare.upload_file(article, path)
    figshare.publish_article(article)
    return article, path


def test_files_come_whole_and_once(figshare, published, tmp_path):
    article, source = published
    for outcome in ("downloaded", "already there"):
        [entry] = figshare.download_files(article, tmp_path / "down")
        assert (entry["name"], entry["path"], entry["outcome"]) == ("data.bin", "data.bin", outcome)
    assert (tmp_path / "down" / "data.bin").read_bytes() == source.read_bytes()
    assert sum("/files/" in path for path in requests_of(figshare) if path.startswith("GET /files/")) == 1
    assert [path.name for path in (tmp_path / "down").iterdir()] == ["data.bin"]


def test_a_wrong_file_on_disk_is_replaced(figshare, published, tmp_path):
    article, source = published
    (tmp_path / "down").mkdir()
    (tmp_path / "down" / "data.bin").write_bytes(b"x" * 1_000_000)
    assert figshare.download_files(article, tmp_path / "down")[0]["outcome"] == "downloaded"
    assert (tmp_path / "down" / "data.bin").read_bytes() == source.read_bytes()


@pytest.mark.parametrize(
    ("kind", "times"),
    [("truncate", 1), ("truncate", 2), ("reset_body", 1), ("reset", 2), ("waf", 2), ("waf", 3), ("html", 1)],
)
def test_a_download_goes_on_after_a_fault(server, figshare, published, tmp_path, kind, times):
    article, source = published
    queue_fault(server, kind, "/files/", times=times)
    figshare.download_files(article, tmp_path / "down")
    assert (tmp_path / "down" / "data.bin").read_bytes() == source.read_bytes()


def test_what_is_there_is_not_fetched_again(figshare, published, tmp_path):
    article, source = published
    number = figshare.article(article)["files"][0]["id"]
    (tmp_path / "down").mkdir()
    (tmp_path / "down" / f"data.bin.{number}.part").write_bytes(source.read_bytes()[:600_000])
    figshare.download_files(article, tmp_path / "down")
    assert (tmp_path / "down" / "data.bin").read_bytes() == source.read_bytes()
    assert figshare.requests_made["status"].tolist()[-1] == 206


def test_a_file_that_never_comes_is_an_error_and_leaves_no_file(server, figshare, published, tmp_path):
    article, _ = published
    queue_fault(server, "waf", "/files/", times=99)
    queue_fault(server, "waf", "/v2/file/download/", times=99)
    with pytest.raises(fh.FileProblem, match=r"'data\.bin'.*could not be fetched whole"):
        figshare.download_files(article, tmp_path / "down")
    assert not (tmp_path / "down" / "data.bin").exists()


def test_bytes_that_are_not_the_files_are_never_kept(figshare, published, tmp_path, monkeypatch):
    record = figshare.article(published[0])
    record["files"][0]["computed_md5"] = "0" * 32
    monkeypatch.setattr(figshare, "article", lambda *_, **__: record)
    with pytest.raises(fh.FileProblem, match="could not be fetched whole"):
        figshare.download_files(record["id"], tmp_path / "down")
    assert list((tmp_path / "down").iterdir()) == []


def test_link_only_files_are_recorded_and_not_fetched(figshare, tmp_path):
    linked = next(
        record
        for record in figshare.full_records(figshare.articles())
        if any(file["is_link_only"] for file in record["files"])
    )
    entries = figshare.download_files(linked["id"], tmp_path)
    links = [entry for entry in entries if entry["outcome"] == "link"]
    assert len(links) == sum(file["is_link_only"] for file in linked["files"])
    assert all(entry["path"] == "" for entry in links)
    assert len([path for path in tmp_path.rglob("*") if path.is_file()]) == len(entries) - len(links)


def test_a_private_file_comes_with_the_token_to_the_api_only(server, tmp_path):
    with connected(server) as client:
        draft = client.create_article({"title": "Draft"})
        client.upload_file(draft, file_of(tmp_path / "a.bin", 500))
        client.download_files(draft, tmp_path / "down", private=True)
        assert requests_of(client)[-1].startswith("GET /file/download/")
        assert (tmp_path / "down" / "a.bin").read_bytes() == (tmp_path / "a.bin").read_bytes()


NAMES = [
    "../../evil.txt",
    "/etc/passwd",
    "..\\..\\evil.txt",
    "C:\\evil.txt",
    "NUL",
    "con.txt",
    "a\x00b",
    "",
    ".",
    "..",
    "x" * 400 + ".csv",
    "data.csv",
    "data.csv",
    "DATA.csv",
    "trailing. ",
    "a:b?.txt",
    "ein Ünïcode.txt",
]


def test_names_from_the_server_never_leave_the_folder(tmp_path):
    files = [{"id": number, "name": name} for number, name in enumerate(NAMES, 1)]
    folders = {"12": "../../up", "13": "/etc/x"}
    plan = target_paths(files, folders)
    places = [(tmp_path / target).resolve() for _, target in plan]
    assert all(place.is_relative_to(tmp_path.resolve()) and place != tmp_path.resolve() for place in places)
    assert len({str(place).casefold() for place in places}) == len(NAMES)
    for place in places:
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text("x")
        assert place.name.split(".")[0].upper() not in RESERVED
        assert len(place.name) <= 150


@pytest.mark.parametrize(
    "name", ["数" * 90 + ".txt", "é" * 300, "𝄞" * 80 + "." + "𝄞" * 80, "\ud800.txt", "a" * 400 + ".tar.gz"]
)
def test_names_are_short_in_bytes_too(tmp_path, name):
    [(_, target), (_, other)] = target_paths([{"id": 10**9 + number, "name": name} for number in range(2)], {})
    for place in (target, other):
        (tmp_path / f"{place}.1234567890.part").write_text("x")
    assert target != other and target.suffix[:3] == Path(name).suffix[:3]


@pytest.mark.parametrize(
    ("files", "folders", "wanted"),
    [
        ([(1, "a-2.txt"), (3, "a.txt"), (2, "a.txt")], {}, ["a-2.txt", "a.txt", "a-2-2.txt"]),
        ([(1, "data"), (2, "x.txt")], {"2": "data"}, ["data-1", "data/x.txt"]),
        ([(2, "x.txt"), (1, "DATA")], {"2": "data/in"}, ["data/in/x.txt", "DATA-1"]),
    ],
)
def test_no_file_takes_the_place_of_another_or_of_a_folder(files, folders, wanted):
    plan = target_paths([{"id": number, "name": name} for number, name in files], folders)
    assert [target.as_posix() for _, target in plan] == wanted


def test_the_sites_words_are_kept_when_a_file_is_refused(server, figshare, published, tmp_path):
    for path in ("/files/", "/v2/file/download/"):
        queue_fault(server, "status", path, status=403, times=99)
    with pytest.raises(fh.FileProblem, match=r"could not be fetched whole\. Figshare answered 403 to GET") as caught:
        figshare.download_files(published[0], tmp_path / "down")
    assert caught.value.status == 403 and "broke off" not in str(caught.value)


@pytest.mark.slow
def test_an_upload_and_a_download_take_little_memory(fresh_server, tmp_path):
    server = fresh_server()
    path = file_of(tmp_path / "200MB.bin", 20 * PART)
    job = """
import json, resource, sys, figshare_helpers as fh
figshare = fh.connect("local")
figshare.get("/articles", page_size=1)
begin = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
draft = figshare.create_article({"title": "Draft"})
figshare.upload_file(draft, sys.argv[1])
up = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
figshare.download_files(draft, sys.argv[2], private=True)
down = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
print(json.dumps([(up - begin) / 1024, (down - begin) / 1024]))
"""
    out = subprocess.run(
        [sys.executable, "-c", job, str(path), str(tmp_path / "down")],
        cwd=ROOT,
        check=True,
        env={**os.environ, "FIGSHARE_API_URL": server.url},
        capture_output=True,
        text=True,
    ).stdout
    up, down = json.loads(out)
    assert up < 40 and down - up < 50
    requests.post(f"{server.root}/_local/reset", timeout=30)


def test_one_item_that_fails_does_not_stop_the_others(figshare, tmp_path):
    """Item 20400018 has a file that may not be downloaded."""
    found = figshare.download_each([20400018, 5616445], tmp_path)
    assert found[0]["article_id"] == 20400018 and found[0]["outcome"].startswith("failed: ")
    assert {entry["outcome"] for entry in found[1:]} == {"downloaded"}
    assert list((tmp_path / "5616445").iterdir())


def test_an_item_that_the_site_cannot_give_does_not_stop_the_others(server, tmp_path):
    with connected(server) as client:
        client.retry = client.retry.new(total=0)
        queue_fault(server, "status", "/v2/articles/20400001", status=500)
        entries = client.download_each([20400001, 5616445], tmp_path)
    assert entries[0]["outcome"].startswith("failed: Figshare answered 500")
    assert [entry["outcome"] for entry in entries[1:]] == ["downloaded"] * len(entries[1:]) and entries[1:]
