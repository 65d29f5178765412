"""What lets the workbook stand on its own: how it is cited, opened elsewhere, and tested on other machines."""

import json
import re
import tomllib

import pytest
import yaml
from notebook_tools import ROOT

import figshare_workbook

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
README = (ROOT / "README.md").read_text(encoding="utf-8")
WORKFLOW = yaml.safe_load((ROOT / ".github" / "workflows" / "tests.yml").read_text(encoding="utf-8"))
JOBS = WORKFLOW["jobs"]
RUNS = JOBS["tests"]["strategy"]["matrix"]["include"]


def test_the_citation_has_what_the_format_demands_and_our_version():
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))
    assert citation["cff-version"] == "1.2.0" and citation["authors"] and citation["message"]
    assert README.startswith("<!-- ") and f"# {citation['title']}" in README
    assert figshare_workbook.__version__ == citation["version"]


def test_the_learning_resource_is_json_and_says_the_same():
    [found] = re.findall(r"```json\n(.*?)```", README, flags=re.S)
    resource = json.loads(found)
    assert (resource["@context"], resource["@type"]) == ("https://schema.org", "LearningResource")
    assert resource["version"] == figshare_workbook.__version__ and f"# {resource['name']}" in README


def test_the_workflow_runs_each_python_that_is_supported_colabs_versions_and_windows():
    assert {"3.11", "3.12", "3.13"} <= {run["python"] for run in RUNS}
    assert PROJECT["requires-python"] == f">={min((run['python'] for run in RUNS), key=lambda text: int(text[2:]))}"
    assert {"ubuntu-latest", "windows-latest"} == {run["os"] for run in RUNS}
    assert {"constraints.txt", "constraints-colab.txt"} == {run["versions"] for run in RUNS}
    assert all((ROOT / "tests" / run["versions"]).exists() for run in RUNS)


def test_the_newest_of_everything_is_monthly():
    [schedule] = WORKFLOW[True]["schedule"]  # YAML 1.1 reads the key `on` as true
    _, _, day, month, weekday = schedule["cron"].split()
    assert day.isdecimal() and (month, weekday) == ("*", "*")
    assert "PIP_CONSTRAINT" not in json.dumps(JOBS["newest"]) and "schedule" in JOBS["newest"]["if"]


@pytest.mark.parametrize("job", JOBS)
def test_each_job_installs_what_is_there_and_runs_the_tests(job):
    commands = [step["run"] for step in JOBS[job]["steps"] if "run" in step]
    assert commands[-1] == "python -m pytest"
    assert (ROOT / re.search(r"--requirement (\S+)", commands[0])[1]).exists()


def test_binder_and_the_devcontainer_install_the_requirements():
    listed = (ROOT / ".binder" / "requirements.txt").read_text(encoding="utf-8")
    named = re.findall(r"^-[rc] (\S+)$", listed, flags=re.M)
    assert [(ROOT / ".binder" / name).resolve() for name in named] == [
        ROOT / "requirements.txt",
        ROOT / "tests" / "constraints.txt",
    ]
    container = json.loads((ROOT / ".devcontainer" / "devcontainer.json").read_text(encoding="utf-8"))
    files = re.findall(r"-[rc] (\S+)", container["postCreateCommand"])
    assert files == ["requirements.txt", "tests/constraints.txt"]
    python = (ROOT / ".binder" / "runtime.txt").read_text(encoding="utf-8").strip().removeprefix("python-")
    assert container["image"].endswith(f":{python}") and python in {run["python"] for run in RUNS}
