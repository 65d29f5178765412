"""What the tests of the workflows share: runs that are killed in the middle, and pages to be sent."""

import os
import re
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import psutil
from notebook_tools import ROOT


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


def as_page(name: str, folder: Path) -> str:
    """The committed notebook as `nbconvert --to html --no-input` makes it."""
    subprocess.run([sys.executable, "-m", "nbconvert", "--to", "html", "--no-input", "--output-dir", str(folder),
                    str(ROOT / "notebooks" / f"{name}.ipynb")], check=True, capture_output=True, env=os.environ)
    return (folder / f"{name}.html").read_text(encoding="utf-8")


def check_page(name: str, folder: Path) -> None:
    """A report fit to be sent: its title, no code, no widget, no error, no path of this machine."""
    page = as_page(name, folder)
    assert f"<h1 id=\"{name[:2]}" in page
    for leftover in ("fh.check_parameters(", "jupyter.widget", "Traceback", "[NbConvertApp]", str(ROOT)):
        assert leftover not in page, leftover


def as_report(name: str, folder: Path) -> str:
    """The committed notebook as the README's command makes a report of it."""
    subprocess.run([sys.executable, "-m", "nbconvert", "--to", "html", "--template", "report",
                    f"--TemplateExporter.extra_template_basedirs={ROOT / 'notebooks' / 'templates'}", "--output-dir",
                    str(folder), str(ROOT / "notebooks" / f"{name}.ipynb")], check=True, capture_output=True)
    return (folder / f"{name}.html").read_text(encoding="utf-8")


def read_aloud(page: str) -> str:
    """What a person reads of a page: its body without markup and pictures."""
    return re.sub(r"<[^>]+>", " ", re.sub(r'src="data:[^"]*"', "", page[page.index("<body"):]))
