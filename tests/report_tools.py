"""What the tests of reports share beside `report_export`: runs that are killed, and the committed notebooks' HTML."""

import re
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import psutil
from notebook_tools import ROOT
from report_export import assert_fit_to_be_sent, report_html


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
    """Waits until `is_time()` holds; fails where the run ends before."""
    end = time.monotonic() + 90
    while not is_time():
        assert time.monotonic() < end and run.poll() is None, "the run was over before it could be killed"
        time.sleep(0.005)


def check_committed_report(name: str, folder: Path) -> None:
    """Checks that the report of a committed notebook is fit to be sent, and names no path of this machine."""
    page = committed_report_html(name, folder)
    assert_fit_to_be_sent(page, r"\w", charts=page.count("<img"))  # the head's title, or the notebook's
    assert str(ROOT) not in page and "[NbConvertApp]" not in page


def committed_report_html(name: str, folder: Path) -> str:
    """Makes the HTML of a committed notebook with the README's command."""
    return report_html(Path(shutil.copy(ROOT / "notebooks" / f"{name}.ipynb", folder)))


def visible_text(page: str) -> str:
    """Gives the text of a page that a person reads: its body without markup and pictures."""
    return re.sub(r"<[^>]+>", " ", re.sub(r'src="data:[^"]*"', "", page[page.index("<body") :]))
