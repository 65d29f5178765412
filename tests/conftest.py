"""What all tests share: no network, a clean environment, and local Figshare in a known state."""

import importlib.metadata
import os
import platform
import sqlite3
import sys
from pathlib import Path

import pytest
from hypothesis import settings

pytest_plugins = ["local_figshare.pytest_plugin"]  # as where it is installed
TESTS = Path(__file__).parent
ROOT = TESTS.parent
SHARED = ROOT.parent / "shared"

sys.path.insert(0, str(TESTS / "offline"))
import sitecustomize  # noqa: E402, F401  (in this process only this machine can be reached)

settings.register_profile("workbook", deadline=None)  # a busy machine is no fault of the code
settings.load_profile("workbook")


def pytest_configure(config):
    """Sets the environment of this process, which every kernel that nbval starts inherits."""
    for name in [name for name in os.environ if name.startswith("FIGSHARE_")]:
        del os.environ[name]
    os.environ["FIGSHARE_HEADLESS"] = "1"
    os.environ["PYTHONPATH"] = os.pathsep.join([str(TESTS / "offline"), str(ROOT)])  # the same in each kernel
    if not hasattr(config, "workerinput"):
        _build_shipped_catalogue()
    os.environ["PYDEVD_DISABLE_FILE_VALIDATION"] = "1"  # debugpy's warning is no output of a lesson


def _build_shipped_catalogue():
    """Builds the catalogue before any kernel starts: a first start that takes long prints a line under a cell."""
    import local_figshare

    local_figshare.serve().close()


def pytest_collection_modifyitems(items):
    """Marks the tests as slow that run whole notebooks or need more than Python; other slow tests mark themselves."""
    notebooks = (ROOT / "notebooks", TESTS / "reports", TESTS / "benchmarks")
    for item in items:
        runs_notebooks = any(item.path.is_relative_to(folder) for folder in notebooks)
        if runs_notebooks or any(item.get_closest_marker(name) for name in ("browser", "install")):
            item.add_marker("slow")


def pytest_report_header(config):
    versions = {name: importlib.metadata.version(name) for name in ("pandas", "nbval", "papermill", "ipywidgets")}
    listed = ", ".join(f"{name} {version}" for name, version in versions.items())
    return f"workbook: Python {platform.python_version()}, SQLite {sqlite3.sqlite_version}, {listed}"


@pytest.fixture
def server(local_figshare):
    """Local Figshare with the shipped catalogue, in its first state."""
    return local_figshare


@pytest.fixture
def figshare(server, monkeypatch):
    """A client of local Figshare in its first state."""
    import figshare_helpers as fh

    monkeypatch.setenv("FIGSHARE_API_URL", server.url)
    with fh.connect("local") as client:
        yield client


@pytest.fixture
def fresh_server():
    """A function that starts one more local Figshare: ``fresh_server(data=folder, latency_ms=50)``."""
    import local_figshare

    servers = []

    def start(data=None, **options):
        servers.append(local_figshare.serve(data=data, **options))
        return servers[-1]

    yield start
    for server in servers:
        server.close()


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of building material; users of the workbook do not have it."""
    if not SHARED.is_dir():
        pytest.skip("needs ../shared (the real records and the official specification), which is not here")
    return SHARED


@pytest.fixture
def iowa(shared, tmp_path) -> Path:
    """A catalogue folder made of the 171 real records of Iowa State University."""
    folder = tmp_path / "iowa"
    folder.mkdir()
    for name, target in (("iowa-state-2022.jsonl", "articles.jsonl"), ("iowa-state-2022-totals.csv", "totals.csv")):
        (folder / target).write_bytes((shared / "real" / name).read_bytes())
    return folder
