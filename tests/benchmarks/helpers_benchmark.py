"""Measures the helper module against the loops that people copy today, on the same local Figshare.

    python tests/benchmarks/helpers_benchmark.py [--latency 50] [--jobs list,records] [--big 100000]

Every job runs in a process of its own; memory is its peak above what the imports take. The loops are
those of Figshare's workshop page and documentation, their mistakes mended only so far that they end. Not
part of pytest: it takes about six minutes.
"""

import argparse
import itertools
import json
import os
import re
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]
MEGABYTE = 1_000_000


# ---- jobs: the helper's way, and the loop's ---------------------------------------------------


def list_helper(figshare, folder):
    return sum(1 for _ in figshare.articles())


def list_loop(session, url, folder):
    results = []
    for page in range(1, 10):
        results.extend(session.post(f"{url}/articles/search", params={"page_size": 1000, "page": page}).json())
    return len(results)


def records_helper(figshare, folder):
    return len(figshare.full_records(figshare.articles(limit=1000)))


def records_loop(session, url, folder):
    items = session.get(f"{url}/articles?page_size=1000").json()
    return len([session.get(f"{url}/articles/{item['id']}").json() for item in items])


def totals_helper(figshare, folder):
    return len(figshare.totals(figshare.articles(limit=1000), ledger=folder / "totals.jsonl"))


def totals_again_helper(figshare, folder):
    lines = map(json.loads, (folder / "totals.jsonl").read_text().splitlines()[1:])  # the first names the job
    ids = [line["id"] for line in lines]
    return len(figshare.totals(ids, ledger=folder / "totals.jsonl"))


def totals_top_helper(figshare, folder):
    return len(figshare.totals(figshare.articles(institution=701), institution="northfield"))


def totals_loop(session, url, folder):
    return totals_of(session, url, session.get(f"{url}/articles?page_size=1000").json())


def totals_of(session, url, items):
    stats, rows = url.removesuffix("/v2") + "/stats", []
    for item in items:
        views = session.get(f"{stats}/total/views/article/{item['id']}").json()
        downloads = session.get(f"{stats}/total/downloads/article/{item['id']}").json()
        rows.append((item["id"], views["totals"], downloads["totals"]))
    return len(rows)


def totals_top_loop(session, url, folder):
    return totals_of(session, url, session.get(f"{url}/articles?page_size=1000&institution=701").json())


def upload_helper(figshare, folder):
    article = figshare.create_article({"title": "Five hundred megabytes"})
    entry = figshare.upload_file(article, folder / "500MB.bin")
    (folder / "article").write_text(f"{article} {entry['id']}")
    return entry["size"] // MEGABYTE


def upload_loop(session, url, folder):
    """Uploads by the script of the documentation: one part after the other."""
    import hashlib

    path, headers = folder / "500MB.bin", {"Authorization": "token local-researcher"}
    made = session.post(f"{url}/account/articles", headers=headers, data=json.dumps({"title": "By the script"}))
    files = f"{url}/account/articles/{made.json()['entity_id']}/files"
    md5 = hashlib.md5()
    with path.open("rb") as file:
        while data := file.read(1_048_576):
            md5.update(data)
    body = json.dumps({"name": path.name, "size": path.stat().st_size, "md5": md5.hexdigest()})
    location = session.post(files, headers=headers, data=body).json()["location"]
    upload_url = session.get(location, headers=headers).json()["upload_url"]
    with path.open("rb") as file:
        for part in session.get(upload_url).json()["parts"]:
            file.seek(part["startOffset"])
            data = file.read(part["endOffset"] - part["startOffset"] + 1)
            session.put(f"{upload_url}/{part['partNo']}", data=data).raise_for_status()
    session.post(location, headers=headers).raise_for_status()
    while session.get(location, headers=headers).json()["status"] != "available":
        time.sleep(0.1)
    return path.stat().st_size // MEGABYTE


def download_helper(figshare, folder):
    article = (folder / "article").read_text().split()[0]
    return sum(entry["size"] for entry in figshare.download_files(article, folder / "down", private=True)) // MEGABYTE


def download_loop(session, url, folder):
    """Downloads with curl, with the token."""
    number = (folder / "article").read_text().split()[1]
    subprocess.run(
        [
            "curl",
            "-sfL",
            "-H",
            "Authorization: token local-researcher",
            "-o",
            str(folder / "curl.bin"),
            f"{url}/file/download/{number}",
        ],
        check=True,
    )
    session.count += 1
    return (folder / "curl.bin").stat().st_size // MEGABYTE


def upload_210_helper(figshare, folder):
    article = figshare.create_article({"title": "Two hundred and ten megabytes"})
    return figshare.upload_file(article, folder / "210MB.bin")["size"] // MEGABYTE


def upload_210_loop(session, url, folder):
    """Uploads with pyfigshare, in an environment of its own: parts in parallel, and no look at what arrived."""
    other = sys.modules["pyfigshare"].Figshare(token="local-researcher")
    other.baseurl = f"{url}/{{endpoint}}"
    headers = {"Authorization": "token local-researcher"}
    made = session.post(f"{url}/account/articles", headers=headers, json={"title": "By pyfigshare"})
    other.upload_file(made.json()["entity_id"], str(folder / "210MB.bin"))
    return (folder / "210MB.bin").stat().st_size // MEGABYTE


def download_checked_helper(figshare, folder):
    """Downloads as `download`, into another folder: the check of the MD5 is part of it."""
    article = (folder / "article").read_text().split()[0]
    return (
        sum(entry["size"] for entry in figshare.download_files(article, folder / "checked", private=True)) // MEGABYTE
    )


def download_checked_loop(session, url, folder):
    """Downloads with curl, then calls md5sum: the same work."""
    done = download_loop(session, url, folder)
    subprocess.run(["md5sum", str(folder / "curl.bin")], check=True, stdout=subprocess.DEVNULL)
    return done


def harvest_helper(figshare, folder):
    return figshare.harvest(folder / "harvest")["records"]


JOBS = {  # name: what it does, the unit of its result, records of the catalogue, whether answers wait (`--latency`)
    "list": ("list 25,000 items", "items", 25_000, True),
    "records": ("1,000 full records", "records", 25_000, True),
    "totals": ("views and downloads of 1,000 items", "items", 25_000, True),
    "totals_again": ("the same again, from the ledger", "items", 25_000, True),
    "totals_top": ("views and downloads of an institution, through Top", "items", 2_900, True),
    "upload": ("upload 500 MB", "MB", 2_900, True),
    "download": ("download 500 MB (loop: curl)", "MB", 2_900, True),
    "download_checked": ("download 500 MB (loop: curl and md5sum)", "MB", 2_900, True),
    "upload_210": ("upload 210 MB (loop: pyfigshare)", "MB", 2_900, True),
    "harvest": ("harvest to Parquet, no latency", "records", 100_000, False),
}


# ---- one job in a process of its own -----------------------------------------------------------


def run_job(name: str, url: str, folder: Path) -> dict:
    """Runs a job; returns requests, seconds, megabytes above the imports, and how much was done."""
    job = globals()[name]
    asker = _client(url, folder) if name.endswith("_helper") else _session()
    if name == "upload_210_loop":  # both are imported before the clock starts
        import pyfigshare  # noqa: F401
        from loguru import logger

        logger.remove()
    before, begin = _peak(), time.perf_counter()
    done = job(asker, folder) if name.endswith("_helper") else job(asker, url, folder)
    seconds = time.perf_counter() - begin
    requests = len(asker.requests_made) - 1 if name.endswith("_helper") else asker.count
    return {"requests": requests, "seconds": seconds, "memory": _peak() - before, "done": done}


def _peak() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def _client(url: str, folder: Path):
    """Returns the helpers' client, after everything is imported that the job would import."""
    import pyarrow.parquet  # noqa: F401
    import tqdm  # noqa: F401

    import figshare_helpers as fh

    os.environ["FIGSHARE_API_URL"] = url
    figshare = fh.connect("local")
    figshare.get("/articles", page_size=1)
    return figshare


def _session():
    """Returns requests as the scripts call it: no session is kept, calls are counted."""
    import requests

    class Counted:
        count = 0

        def __getattr__(self, method):
            self.count += 1
            return getattr(requests, method)

    return Counted()


# ---- the table ----------------------------------------------------------------------------------


class Server:
    """Local Figshare in a process of its own."""

    def __init__(self, data: Path, latency: float):
        command = [
            sys.executable,
            "-m",
            "local_figshare",
            "--port",
            "0",
            "--data",
            str(data),
            "--latency",
            str(latency),
        ]
        self.process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
        self.url = re.search(r"http://\S+", self.process.stdout.readline())[0] + "/v2"

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait()


def python_for(name: str, folder: Path) -> str:
    """This Python, or for pyfigshare one in an environment of its own: its requirements are not ours."""
    if name != "upload_210_loop":
        return sys.executable
    environment = folder / "pyfigshare"
    if not environment.exists():
        subprocess.run([sys.executable, "-m", "venv", environment], check=True)
        subprocess.run([environment / "bin" / "pip", "install", "--quiet", "pyfigshare==0.7.1"], check=True)
    return str(environment / "bin" / "python")


def measure(name: str, url: str, folder: Path) -> dict:
    """Runs this file for one job."""
    command = [python_for(name, folder), __file__, "--run", name, "--url", url, "--folder", str(folder)]
    out = subprocess.run(
        command, stdout=subprocess.PIPE, text=True, check=True, env={**os.environ, "FIGSHARE_HEADLESS": "1"}
    )
    return json.loads(out.stdout.splitlines()[-1])


def print_row(label: str, unit: str, helper: dict, loop: dict | None) -> None:
    cells = [label, f"{helper['done']:,} {unit}", *_figures(helper), f"{helper['memory']:.0f}"]
    if loop:  # compared by what each gets done in a second
        speed = (helper["done"] / helper["seconds"]) / (loop["done"] / loop["seconds"])
        cells += [f"{loop['done']:,}", *_figures(loop), f"{speed:.1f}"]
    print("| " + " | ".join(cells + [""] * (9 - len(cells))) + " |", flush=True)


def _figures(result: dict) -> list[str]:
    return [f"{result['requests']:,}", f"{result['seconds']:.2f}"]


def import_times() -> None:
    """Returns the milliseconds that the module adds to pandas, the best of five."""
    code = "import time, pandas; t = time.perf_counter(); import figshare_helpers; print(time.perf_counter() - t)"
    compiled = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    best = min(
        float(
            subprocess.run(
                [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True, env=compiled
            ).stdout
        )
        for _ in range(5)
    )
    print(f"\nimport figshare_helpers: {1000 * best:.0f} ms beyond pandas")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--latency", type=float, default=50, metavar="MS", help="delay of every answer")
    parser.add_argument("--jobs", default=",".join(JOBS), help=f"of {', '.join(JOBS)}")
    parser.add_argument("--big", type=int, default=100_000, help="records in the largest catalogue")
    for hidden in ("run", "url", "folder"):
        parser.add_argument(f"--{hidden}", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.run:
        print(json.dumps(run_job(options.run, options.url, Path(options.folder))))
        return
    with tempfile.TemporaryDirectory() as folder:
        os.environ["LOCAL_FIGSHARE_CACHE"] = f"{folder}/cache"
        benchmark(options, Path(folder))
    import_times()


def benchmark(options: argparse.Namespace, folder: Path) -> None:
    from make_big_catalogue import make_data_folder

    print(f"Latency {options.latency:g} ms; memory in MB above the imports; the loop is what people copy today.\n")
    print("| job | done | requests | seconds | MB | loop: done | requests | seconds | times as fast |")
    print("| --- | --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |")
    wanted = options.jobs.split(",")
    if {"upload", "download", "download_checked"} & set(wanted):
        write_random(folder / "500MB.bin", 500)
    if "upload_210" in wanted:
        write_random(folder / "210MB.bin", 210)
    for (size, is_late), jobs in itertools.groupby(wanted, key=lambda name: JOBS[name][2:]):
        size = min(size, options.big)
        with Server(make_data_folder(folder / f"data-{size}", size), options.latency if is_late else 0) as server:
            for name in jobs:
                helper = measure(f"{name}_helper", server.url, folder)
                loop = measure(f"{name}_loop", server.url, folder) if f"{name}_loop" in globals() else None
                print_row(*JOBS[name][:2], helper, loop)


def write_random(path: Path, megabytes: int) -> None:
    import random

    block = random.Random(1).randbytes(MEGABYTE)
    with path.open("wb") as file:
        for number in range(megabytes):
            file.write(number.to_bytes(4, "big") + block[4:])


if __name__ == "__main__":
    main()
