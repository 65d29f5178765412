"""`pip install .` in a clean environment: the command, the shipped catalogue, and the fixtures in a stranger's test."""

import ast
import itertools
import json
import os
import re
import shutil
import subprocess
import sys
import tomllib
import urllib.request
import zipfile
from pathlib import Path

import pytest

import local_figshare

ROOT = Path(local_figshare.__file__).resolve().parent.parent
NO_INDEX = re.compile(r"No matching distribution|Could not find a version|connection|resolution|timed out", re.I)
NOT_COPIED = shutil.ignore_patterns(".*", "output", "notebooks", "tests", "build", "*.egg-info", "__pycache__")
STRANGERS_SCRIPT = """
import requests

API = "https://api.figshare.com/v2"

def titles(text):
    answer = requests.post(f"{API}/articles/search", json={"search_for": text}, timeout=30)
    answer.raise_for_status()
    return [item["title"] for item in answer.json()]
"""
STRANGERS_TEST = """
import pytest
import requests
import script

def test_it_finds_frogs(figshare_redirected):
    assert any("frog" in title.lower() for title in script.titles("frog"))

def test_it_says_that_figshare_is_down(figshare_redirected):
    figshare_redirected.faults(kind="status", status=503, path="/v2/articles/search")
    with pytest.raises(requests.HTTPError):
        script.titles("frog")

def test_by_address(local_figshare):
    headers = {"Authorization": f"token {local_figshare.token}"}
    assert requests.get(f"{local_figshare.url}/account", headers=headers, timeout=30).json()["id"]
    assert requests.get(f"{local_figshare.stats_url}/total/views/article/5616445", timeout=30).json()["totals"]
"""

pytestmark = [pytest.mark.install, pytest.mark.slow]


def run(*command, **options):
    """Runs a program with the environment of a person who never saw the workbook."""
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    return subprocess.run([str(part) for part in command], env=environment, capture_output=True, text=True, **options)


@pytest.fixture(scope="module")
def wheel(tmp_path_factory) -> Path:
    """The wheel, built as pip builds it."""
    folder = tmp_path_factory.mktemp("wheel")
    shutil.copytree(ROOT, folder / "copy", ignore=NOT_COPIED)  # building leaves folders behind
    done = run(sys.executable, "-m", "pip", "wheel", "--no-deps", "--wheel-dir", folder, folder / "copy")
    if done.returncode and NO_INDEX.search(done.stderr) and "setuptools" in done.stderr:
        pytest.skip("needs a package index to build the wheel, and none can be reached")
    assert done.returncode == 0, done.stdout + done.stderr
    return next(folder.glob("*.whl"))


@pytest.fixture(scope="module")
def installed(wheel, tmp_path_factory) -> Path:
    """The folder of programs of an environment that holds the wheel, pytest and requests."""
    folder = tmp_path_factory.mktemp("environment")
    run(sys.executable, "-m", "venv", folder, check=True)
    programs = folder / ("Scripts" if os.name == "nt" else "bin")
    done = run(programs / "python", "-m", "pip", "install", "--quiet", "pytest", "requests")
    if done.returncode and NO_INDEX.search(done.stderr):
        pytest.skip("needs a package index to install pytest and requests, and none can be reached")
    done = run(programs / "python", "-m", "pip", "install", "--quiet", wheel)
    assert done.returncode == 0, done.stderr
    return programs


def test_the_wheel_holds_every_module_and_the_catalogue(wheel):
    names = set(zipfile.ZipFile(wheel).namelist())
    modules = [path for folder in ("local_figshare", "figshare_workbook") for path in (ROOT / folder).rglob("*.py")]
    assert {path.relative_to(ROOT).as_posix() for path in modules} | {"figshare_helpers.py"} <= names
    served = {
        f"local_figshare/shipped/{path.relative_to(ROOT / 'data').as_posix()}"
        for path in (*(ROOT / "data").glob("*.jsonl"), *(ROOT / "data" / "files").iterdir())
    }
    assert served | {"local_figshare/places.csv", "local_figshare/oai2.xsl"} <= names
    assert not [name for name in names if name.startswith(("tests/", "notebooks/", "data/")) or "making" in name]


def test_the_extras_ask_for_what_the_requirements_ask_for():
    """One range a package, in both files."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    optional = project["optional-dependencies"].values()
    extras = [*project["dependencies"], *itertools.chain.from_iterable(optional)]
    wanted = dict(re.match(r"([\w-]+)(.*)", line).groups() for line in extras)
    lines = (ROOT / "requirements.txt").read_text(encoding="utf-8").splitlines()
    listed = dict(re.match(r"([\w-]+)([^ #]*)", line).groups() for line in lines if re.match(r"\w", line))
    both = wanted.keys() & listed.keys()
    assert len(both) > 10 and {name: wanted[name] for name in both} == {name: listed[name] for name in both}


def imports_of(*folders):
    """Returns the top names of what the modules of some folders import, without Python's own and ours."""
    nodes = [
        node
        for folder in folders
        for path in (ROOT / folder).rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
    ]
    names = {alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names}
    names |= {node.module for node in nodes if isinstance(node, ast.ImportFrom) and not node.level}
    ours = {"local_figshare", "figshare_workbook"}
    return {name.partition(".")[0] for name in names} - sys.stdlib_module_names - ours


def test_what_the_modules_import_is_asked_for():
    """By the server always; by the helpers with their extra. Of what is redirected only what is there is touched."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    of_server, of_helpers = (
        {re.match(r"[\w-]+", line)[0].lower().replace("-", "_") for line in lines}
        for lines in (project["dependencies"], project["optional-dependencies"]["helpers"])
    )
    redirected = {"urllib3", "httpx", "pytest"}
    assert {name.lower() for name in imports_of("local_figshare")} - redirected <= of_server
    colab = {"google"}
    assert {name.lower() for name in imports_of("figshare_workbook")} - colab <= of_server | of_helpers


def test_no_jupyter_comes_along(installed):
    listed = json.loads(run(installed / "python", "-m", "pip", "list", "--format=json", check=True).stdout)
    names = {entry["name"].lower() for entry in listed}
    assert "local-figshare" in names and not names & {"pandas", "matplotlib", "ipywidgets", "jupyterlab", "ipykernel"}


@pytest.mark.parametrize("command", [["local-figshare"], ["python", "-m", "local_figshare"]], ids="-".join)
def test_both_commands_serve_the_shipped_catalogue(installed, tmp_path, command):
    process = subprocess.Popen(
        [installed / command[0], *command[1:], "--port", "0"],
        cwd=tmp_path,
        text=True,
        stdout=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": ""},
    )
    try:
        root = re.search(r"http://\S+", process.stdout.readline())[0]
        with urllib.request.urlopen(f"{root}/_local/health", timeout=30) as answer:
            health = json.load(answer)
    finally:
        process.terminate()
        process.communicate(timeout=30)
    assert health["catalogue"] == "shipped" and health["articles"] > 500


def test_a_strangers_test_runs_on_the_fixtures(installed, tmp_path):
    (tmp_path / "script.py").write_text(STRANGERS_SCRIPT, encoding="utf-8")
    (tmp_path / "test_script.py").write_text(STRANGERS_TEST, encoding="utf-8")
    done = run(installed / "python", "-m", "pytest", "-W", "error", "-q", tmp_path, cwd=tmp_path)
    assert done.returncode == 0 and "3 passed" in done.stdout, done.stdout + done.stderr


def test_naming_the_plugin_too_is_no_clash(installed, tmp_path):
    """As in a project whose conftest names it: pytest knows the entry point and the name for one plugin."""
    (tmp_path / "conftest.py").write_text('pytest_plugins = ["local_figshare.pytest_plugin"]\n', encoding="utf-8")
    (tmp_path / "test_it.py").write_text("def test_it(local_figshare):\n    assert local_figshare.url\n", "utf-8")
    done = run(installed / "python", "-m", "pytest", "-q", "-p", "local_figshare.pytest_plugin", tmp_path, cwd=tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
