"""A room of participants at one local Figshare: how long do they wait, and does anybody see another's drafts?

    python tests/benchmarks/room_benchmark.py [--participants 30] [--rounds 5] [--think 0]

Starts the server as an instructor does, then one process for each participant, all at once, each with a token of its
own and asking what the lessons ask. Exits with 1 where a draft was seen by somebody else. Server and participants
share this machine, so that the times are longer than in a room where everybody brings a computer.
"""

from __future__ import annotations

import argparse
import os
import random
import re
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import pandas as pd

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))
import figshare_helpers as fh  # noqa: E402


def one_round(figshare: fh.Figshare, title: str, folder: Path) -> int:
    """Asks what a person asks in lessons 01 to 05, and makes a draft with a file; returns the id of the draft."""
    figshare.get("/articles/5616445")
    list(figshare.search(":title: frog", limit=20))
    figshare.versions(5616445)
    figshare.total("article", 5616445)
    figshare.timeline("group", 21332, start_date="2021-01-01", end_date="2021-12-31", institution="team")
    draft_id = figshare.create_article({"title": title, "description": f"Made by {title}."})
    path = folder / "table.csv"
    path.write_text("species,calls\nRana temporaria,41\n" * 100)
    figshare.upload_file(draft_id, path)
    figshare.update_article(draft_id, {"tags": ["room"]})
    return draft_id


def participant(number: int, url: str, begin: float, rounds: int, think: float) -> tuple[pd.DataFrame, list[str]]:
    """Returns one person's requests (as `requests_made`), and titles of drafts in the account that are not theirs."""
    os.environ["FIGSHARE_API_URL"] = url
    pauses = random.Random(number)
    name = f"Participant {number:02d}"
    with (
        fh.connect("local", token=f"local-participant-{number:02d}") as figshare,
        tempfile.TemporaryDirectory() as folder,
    ):
        time.sleep(max(0, begin - time.time()))
        own = set()
        for turn in range(rounds):
            own.add(one_round(figshare, f"{name}, draft {turn}", Path(folder)))
            time.sleep(pauses.uniform(0, 2 * think))
        seen = list(figshare.account_articles())
        strangers = [item["title"] for item in seen if not item["title"].startswith(name)]
        missing = own - {item["id"] for item in seen}
        return figshare.requests_made, strangers + [f"{draft_id} is missing" for draft_id in missing]


def start_server() -> tuple[subprocess.Popen, str]:
    """Starts local Figshare in a process of its own; returns the process and its address."""
    process = subprocess.Popen(
        [sys.executable, "-m", "local_figshare", "--port", "0"], cwd=ROOT, text=True, stdout=subprocess.PIPE
    )
    for line in process.stdout:
        if found := re.search(r"REST API\s+(\S+)", line):
            return process, found.group(1)
    raise SystemExit("Local Figshare did not start.")


def measure(participants: int, rounds: int, think: float) -> bool:
    process, url = start_server()
    try:
        begin = time.time() + 2 + participants / 6  # when all processes are there
        with ProcessPoolExecutor(participants) as pool:
            jobs = [
                pool.submit(participant, number, url, begin, rounds, think) for number in range(1, participants + 1)
            ]
            results = [job.result() for job in jobs]
        seconds = time.time() - begin
    finally:
        process.terminate()
        process.wait(10)
    made = pd.concat([frame for frame, _ in results])
    ms = made["ms"]
    rate = len(made) / seconds
    print(f"{participants} participants, {len(made):,} requests in {seconds:.1f} s ({rate:.0f} a second)")
    median, most, worst = ms.median(), ms.quantile(0.95), ms.max()
    print(f"a request takes {median:.0f} ms (median), {most:.0f} ms (95 %), {worst:.0f} ms (worst)")
    failed = made[made["status"].isna() | (made["status"] >= 400)]
    wrong = [line for _, lines in results for line in lines]
    print(f"{len(failed)} requests failed; {len(wrong)} drafts in a wrong account")
    return not len(failed) and not wrong


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--participants", type=int, default=30, choices=range(1, 31), metavar="1..30")
    parser.add_argument("--rounds", type=int, default=5, help="how often each goes through the requests (default: 5)")
    parser.add_argument("--think", type=float, default=0, metavar="SECONDS", help="mean pause between two rounds")
    options = parser.parse_args()
    os.environ["FIGSHARE_HEADLESS"] = "1"
    sys.exit(0 if measure(options.participants, options.rounds, options.think) else 1)
