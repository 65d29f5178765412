"""What the tests of the workflows share: runs that are killed in the middle, and pages to be sent."""

import re
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import psutil
from notebook_tools import ROOT
from report_export import html, is_fit_to_be_sent


def kill_run(name: str, folder: Path, is_time: Callable[[], bool], **parameters) -> None:
    """Runs a notebook with papermill and kills its kernel (kill -9) as soon as `is_time()` says so."""
    source, target = ROOT / "notebooks" / f"{name}.ipynb", folder / "killed.ipynb"
    command = [sys.executable, "-m", "papermill", "--cwd", ROOT / "notebooks", source, target, "--no-progress-bar"]
    for key, value in parameters.items():
        command += ["-p", key, value]
    run = subprocess.Popen([str(part) for part in command], stderr=subprocess.DEVNULL)
    wait_until(is_time, run)
    for kernel in psutil.Process(run.pid).children(recursive=True):
        kernel.kill()
    assert run.wait(60) != 0


def wait_until(is_time: Callable[[], bool], run: subprocess.Popen) -> None:
    end = time.monotonic() + 90
    while not is_time():
        assert time.monotonic() < end and run.poll() is None, "the run was over before it could be killed"
        time.sleep(0.005)


def check_page(name: str, folder: Path) -> None:
    """A report fit to be sent, as `report_export` judges it, with no path of this machine."""
    page = as_report(name, folder)
    is_fit_to_be_sent(page, r"\w", charts=page.count("<img"))  # the head's title, or the notebook's
    assert str(ROOT) not in page and "[NbConvertApp]" not in page


def as_report(name: str, folder: Path) -> str:
    """The committed notebook as the README's command makes a report of it."""
    return html(Path(shutil.copy(ROOT / "notebooks" / f"{name}.ipynb", folder)))


def read_aloud(page: str) -> str:
    """What a person reads of a page: its body without markup and pictures."""
    return re.sub(r"<[^>]+>", " ", re.sub(r'src="data:[^"]*"', "", page[page.index("<body") :]))
