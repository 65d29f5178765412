"""Two runs at once: one works, the other stops or waits, and nothing is made twice."""

import errno
import fcntl
import json
import os
import platform
import subprocess
import sys
import threading
from collections import Counter
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace

import pandas as pd
import psutil
import pytest
from helpers_site import connected, queue_fault, requests_of, wait_for

import figshare_helpers as fh
from figshare_workbook.base.disk import whole_file
from figshare_workbook.base.locks import only_run

pytestmark = pytest.mark.slow  # sockets, processes and files take seconds

ROOT = Path(fh.__file__).parent
HOLD = """
import sys, pathlib
from figshare_workbook.base.locks import only_run
with only_run(pathlib.Path(sys.argv[1]), "stop", is_folder=sys.argv[2] == "folder"):
    print("held", flush=True)
    sys.stdin.read()
"""


def start_python(code: str, *arguments, server=None) -> subprocess.Popen:
    address = {"FIGSHARE_API_URL": server.url} if server else {}
    return subprocess.Popen(
        [sys.executable, "-c", code, *map(str, arguments)],
        cwd=ROOT,
        text=True,
        env={**os.environ, **address},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )


@contextmanager
def hold_lock(path: Path, kind: str = "file"):
    """Holds the lock in another process, which is killed (-9) at the end."""
    with start_python(HOLD, path, kind) as process:
        assert process.stdout.readline() == "held\n"
        yield process
        process.kill()


def some_rows(number: int) -> list[dict]:
    rows = json.loads((ROOT / "data" / "dimensions_export.json").read_text(encoding="utf-8"))
    return [{**rows[0], "id": f"pub.{n}", "doi": f"10.5555/both.{n}", "title": f"Both {n}"} for n in range(number)]


BATCH = """
import json, sys, figshare_helpers as fh
rows, ledger, second_run = json.loads(sys.argv[1]), sys.argv[2], sys.argv[3]
figshare = fh.connect("local", second_run=second_run)
plan = fh.prepare_batch(figshare, fh.batch_plan(rows), ledger=ledger)
print("ready", flush=True)
sys.stdin.readline()
try:
    fh.send_batch(figshare, plan, ledger)
    fh.publish_batch(figshare, ledger)
    print("sent")
except fh.FileProblem as error:
    print(str(error))
"""


@pytest.mark.slow
@pytest.mark.parametrize("second_run", ["stop", "wait"])
def test_two_processes_with_one_ledger_make_each_publication_once(fresh_server, tmp_path, second_run):
    server, rows = fresh_server(latency_ms=25), some_rows(7)
    runs = [start_python(BATCH, json.dumps(rows), tmp_path / "ledger.jsonl", second_run, server=server) for _ in "ab"]
    for run in runs:  # both have made the same plan
        assert run.stdout.readline() == "ready\n"
    for run in runs:
        run.stdin.write("go\n")
        run.stdin.flush()
    said = sorted(run.communicate(timeout=120)[0] for run in runs)
    assert [run.returncode for run in runs] == [0, 0]
    with connected(server) as figshare:
        own = list(figshare.account_articles())
        assert [Counter(item["resource_doi"] for item in own)[row["doi"]] for row in rows] == [1] * 7
        for item in own:
            if item["resource_doi"] in {row["doi"] for row in rows}:
                assert len(figshare.versions(item["id"])) == 1
    states = fh.ledger_frame(tmp_path / "ledger.jsonl")["state"]
    assert states.tolist() == ["published"] * 7
    if second_run == "stop":
        assert said[1] == "sent\n" and "Another run is at work on" in said[0]
        assert "process" in said[0] and "since" in said[0] and "room" not in said[0]
    else:
        assert all(text.endswith("sent\n") for text in said) and "Waiting for the other run" in "".join(said)


def jobs(figshare, folder: Path) -> dict:
    """Returns each job that has a lock: the path that it locks, of which kind, and the job."""
    ids = [item["id"] for item in figshare.articles(limit=2)]
    file = folder / "file.jsonl"
    return {
        "full_records": (file, "file", lambda: figshare.full_records(ids, ledger=file)),
        "totals": (file, "file", lambda: figshare.totals(ids, ledger=file)),
        "refresh_records": (file, "file", lambda: fh.refresh_records(figshare, file, [11962])),
        "send_batch": (file, "file", lambda: fh.send_batch(figshare, [], file)),
        "publish_batch": (file, "file", lambda: fh.publish_batch(figshare, file)),
        "harvest": (folder, "folder", lambda: figshare.harvest(folder, set_name="item_type_9")),
        "snapshot": (folder, "folder", lambda: figshare.snapshot(folder, ids)),
    }


@pytest.mark.parametrize(
    "name", ["full_records", "totals", "refresh_records", "send_batch", "publish_batch", "harvest", "snapshot"]
)
def test_the_second_run_says_who_holds_it_and_a_killed_one_holds_nothing(figshare, tmp_path, name):
    path, kind, job = jobs(figshare, tmp_path / "of it")[name]
    with hold_lock(path, kind) as other:
        before = len(requests_of(figshare))
        with pytest.raises(fh.FileProblem) as refused:
            job()
        assert len(requests_of(figshare)) == before
    for words in (
        f"Another run is at work on {path.parent.name}/{path.name}",
        f"process {other.pid} on ",
        platform.node(),
        "since 20",
        "wait until the other run is over",
    ):
        assert words in str(refused.value)
    assert "room" not in str(refused.value)
    job()


def test_reading_goes_on_meanwhile(figshare, tmp_path):
    ledger, folder = tmp_path / "ledger.jsonl", tmp_path / "set"
    plan = fh.prepare_batch(figshare, fh.batch_plan(some_rows(1)), ledger=ledger)
    fh.send_batch(figshare, plan, ledger)
    figshare.harvest(folder, set_name="item_type_9")
    whole = ledger.read_bytes()
    ledger.write_bytes(whole + b'{"id": "half')
    with hold_lock(ledger), hold_lock(folder, "folder"):
        assert fh.ledger_frame(ledger)["state"].tolist() == ["done"]
        assert fh.prepare_batch(figshare, fh.batch_plan(some_rows(1)), ledger=ledger)[0].action == "done"
        assert ledger.read_bytes() == whole + b'{"id": "half'  # the other run is writing it
        assert len(pd.read_parquet(folder)) == len(fh.harvest_frame(folder))


def test_two_threads_are_two_runs_and_one_thread_is_one(tmp_path):
    path, met = tmp_path / "ledger.jsonl", []

    def other():
        try:
            with only_run(path, "stop"):
                met.append("held")
        except fh.FileProblem as error:
            met.append(str(error))

    with only_run(path, "stop"), only_run(tmp_path / "." / "ledger.jsonl", "stop"):
        thread = threading.Thread(target=other)
        thread.start()
        thread.join()
    assert f"process {os.getpid()}" in met[0]
    other()
    assert met[1] == "held"


def test_a_forked_child_is_another_run(tmp_path):
    code = """
import os, pathlib, sys, figshare_helpers as fh
from figshare_workbook.base.locks import only_run
path = pathlib.Path(sys.argv[1])
def tried():
    try:
        with only_run(path, "stop"):
            return "held"
    except fh.FileProblem:
        return "refused"
with only_run(path, "stop"):
    child = os.fork()
    if not child:
        os._exit(0 if tried() == "refused" else 1)
    refused = os.waitpid(child, 0)[1] == 0
print(refused, tried())
"""
    with start_python(code, tmp_path / "ledger.jsonl") as process:
        assert process.communicate(timeout=60)[0] == "True held\n"


def test_who_waits_goes_on_when_the_other_run_is_over(server, tmp_path, capsys):
    ledger = tmp_path / "totals.jsonl"
    with connected(server, second_run="wait") as figshare, hold_lock(ledger) as other:
        waiting = threading.Thread(target=figshare.totals, args=([5616445],), kwargs={"ledger": ledger})
        waiting.start()
        wait_for(lambda: "Waiting" in capsys.readouterr().out)
        assert not ledger.exists()
        other.kill()
        waiting.join()
    assert '"id": 5616445' in ledger.read_text(encoding="utf-8")


@pytest.mark.parametrize("number", [errno.ENOSYS, errno.ENOTSUP, errno.ENOLCK])
def test_a_disk_that_cannot_lock_is_refused_unless_asked_to_go_on(server, tmp_path, monkeypatch, number):
    def cannot(*_):
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(fcntl, "flock", cannot)
    refuses_unless_asked_to_go_on(server, tmp_path)


def test_a_mounted_drive_is_refused_unless_asked_to_go_on(server, tmp_path, monkeypatch):
    mounts = [
        SimpleNamespace(mountpoint="/", fstype="ext4"),
        SimpleNamespace(mountpoint=str(tmp_path.resolve()), fstype="fuse"),
    ]
    monkeypatch.setattr(psutil, "disk_partitions", lambda all: mounts)
    refuses_unless_asked_to_go_on(server, tmp_path)


def refuses_unless_asked_to_go_on(server, folder: Path) -> None:
    with connected(server) as figshare:
        for job in (
            lambda: figshare.harvest(folder / "set", set_name="item_type_9"),
            lambda: figshare.totals([5616445], ledger=folder / "totals.jsonl"),
        ):
            with pytest.raises(fh.FileProblem, match="on a disk that cannot lock files"):
                job()
        assert requests_of(figshare) == []
    with connected(server, second_run="unlocked") as figshare:
        assert figshare.harvest(folder / "set", set_name="item_type_9")["records"]
        assert len(figshare.totals([5616445], ledger=folder / "totals.jsonl")) == 1


def test_unlocked_is_no_way_past_another_run(server, tmp_path):
    with (
        connected(server, second_run="unlocked") as figshare,
        hold_lock(tmp_path / "totals.jsonl"),
        pytest.raises(fh.FileProblem, match="Another run is at work"),
    ):
        figshare.totals([5616445], ledger=tmp_path / "totals.jsonl")


def test_there_are_three_ways_to_meet_a_second_run():
    with pytest.raises(fh.ParameterError, match="second_run must be one of stop, wait, unlocked, not 'ignore'"):
        fh.connect("local", second_run="ignore")


# ---- files that two runs write --------------------------------------------------------------


def test_two_runs_write_one_file_each_its_own_way(tmp_path):
    path = tmp_path / "table.csv"
    with whole_file(path) as mine:
        mine.write_text("mine")
        other = threading.Thread(target=fh.save_table, args=(pd.DataFrame({"a": [1]}), path))
        other.start()
        other.join()
        assert path.read_text() == "a\n1\n"
    assert path.read_text() == "mine" and [file.name for file in tmp_path.iterdir()] == ["table.csv"]


def test_what_killed_runs_left_of_a_file_is_cleared_away(tmp_path):
    code = """
import pathlib, sys
from figshare_workbook.base.disk import whole_file
with whole_file(pathlib.Path(sys.argv[1])) as part:
    part.write_text("half")
    print("half", flush=True)
    sys.stdin.read()
"""
    path = tmp_path / "table[1].csv"
    for _ in range(2):
        with start_python(code, path) as process:
            assert process.stdout.readline() == "half\n"
            process.kill()
    with start_python(code, path) as process:
        process.stdout.readline()
        assert len(list(tmp_path.iterdir())) == 1
        fh.save_table(pd.DataFrame({"a": [1]}), path)
        assert len(list(tmp_path.iterdir())) == 2  # the other run is at work
        process.kill()
    fh.save_table(pd.DataFrame({"a": [1]}), path)
    assert [file.name for file in tmp_path.iterdir()] == ["table[1].csv"]


DOWNLOAD = """
import sys, figshare_helpers as fh
print(fh.connect("local").download_files(int(sys.argv[1]), sys.argv[2])[0]["outcome"])
"""


@pytest.mark.slow
def test_two_runs_that_download_one_file_fetch_it_once(server, tmp_path):
    with connected(server) as figshare:
        article = figshare.create_article(
            {
                "title": "Bytes",
                "description": "Some",
                "tags": ["a"],
                "authors": [],
                "defined_type": "dataset",
                "categories": [figshare.find_category("Genetics")["id"]],
            }
        )
        source = tmp_path / "data.bin"
        source.write_bytes(bytes(range(256)) * 20_000)
        figshare.upload_file(article, source)
        figshare.publish_article(article)
    runs = [start_python(DOWNLOAD, article, tmp_path / "down", server=server) for _ in range(2)]
    said = sorted(run.communicate(timeout=120)[0].splitlines()[-1] for run in runs)
    assert said == ["already there", "downloaded"]
    assert [path.name for path in (tmp_path / "down").iterdir()] == ["data.bin"]
    assert (tmp_path / "down" / "data.bin").read_bytes() == source.read_bytes()


def test_a_fault_while_the_ledger_is_held_lets_it_go(server, figshare, tmp_path):
    queue_fault(server, "status", "/v2/articles/", times=99, status=500)
    with pytest.raises(fh.FigshareError):
        figshare.full_records([5616445], ledger=tmp_path / "records.jsonl")
    with hold_lock(tmp_path / "records.jsonl"):
        pass


TAKE_TURNS = """
import os, pathlib, sys, time
from figshare_workbook.base.locks import in_turn
path, marker, meetings = pathlib.Path(sys.argv[1]), sys.argv[1] + ".marker", 0
sys.stdin.readline()
for _ in range(int(sys.argv[2])):
    with in_turn(path):
        try:
            os.close(os.open(marker, os.O_CREAT | os.O_EXCL))
            time.sleep(0.0005)
            os.unlink(marker)
        except FileExistsError:
            meetings += 1
print("met", meetings)
"""


def test_runs_that_take_turns_never_meet(tmp_path):
    """Each run deletes the lock file at the end of its turn, and the next one may be waiting for that very file."""
    runs = [start_python(TAKE_TURNS, tmp_path / "data.part", 300) for _ in range(6)]
    for run in runs:
        run.stdin.write("go\n")
        run.stdin.flush()
    said = [run.communicate(timeout=120) for run in runs]
    assert [out.splitlines()[-1:] for out, _ in said] == [["met 0"]] * 6, said
    assert list(tmp_path.iterdir()) == []
