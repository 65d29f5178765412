"""Writes the repository's address into every notebook and the README, so that Colab and Binder find the workbook.

    python tests/stamp_notebooks.py --repo OWNER/NAME --ref main

Whoever makes a fork runs it once. It writes the set-up cell and the badges (Colab, Binder, Codespaces) into all
notebooks. The README gets the same badges, and that of the tests. Outputs stay as they are. Without ``--repo`` it
takes the address out again.
"""

import argparse
import re
from pathlib import Path

import nbformat

ROOT = Path(__file__).parent.parent
BADGE = "https://colab.research.google.com/assets/colab-badge.svg"
MARK = "<!-- colab -->"
TESTS_MARK = "<!-- tests -->"

# The first code cell of every notebook: thirty lines at most, and the same everywhere.
SETUP_CELL = """\
# Finds figshare_helpers.py: importable already, near this notebook, on a mounted Google Drive or,
# in Colab, in a clone of the workbook. Where it cannot, it says what to do.
import importlib.util, os, subprocess, sys
from pathlib import Path
REPOSITORY, REFERENCE = {repository!r}, {reference!r}  # written by tests/stamp_notebooks.py
class SetUpStopped(Exception):
    def _render_traceback_(self):  # IPython shows this alone
        return [f"Set-up stopped: {{self}}"]
if importlib.util.find_spec("figshare_helpers") is None:
    here, drive = Path.cwd(), Path("/content/drive/MyDrive")
    places = [(above, "") for above in [here, *here.parents]] + [
        (here, "*/"), (here, "*/*/"), (here.parent, "*/"), (drive, "*/"), (drive / "Colab Notebooks", "*/")]
    home = next((file.parent for folder, below in places
                 for file in sorted(folder.glob(f"{{below}}figshare_helpers.py"))), None)
    if home is None and "google.colab" in sys.modules and REPOSITORY:
        home = here / "figshare-api-workbook"
        clone = subprocess.run(["git", "clone", "-q", "--depth=1", "-b", REFERENCE, REPOSITORY, home],
                               capture_output=True, text=True)
        if clone.returncode:
            raise SetUpStopped(f"the clone of {{REPOSITORY}} failed. git says: {{clone.stderr.strip()}}")
    if home is None:
        raise SetUpStopped("figshare_helpers.py was not found near this notebook. Download the workbook as a zip "
                           "(on GitHub: Code, Download ZIP) and upload it beside this notebook. Then run this line, "
                           'with its name, and this cell again: import shutil; shutil.unpack_archive("NAME.zip")')
    if home not in [here, *here.parents]:
        os.chdir(home / "notebooks")  # names of files, such as ../data, begin there
    sys.path.insert(0, str(home))
import figshare_helpers as fh
import pandas as pd
"""


def setup_cell(repository: str = "", reference: str = "") -> str:
    """Gives the set-up cell for the address of a repository; "" stands for none."""
    return SETUP_CELL.format(repository=repository, reference=reference).rstrip("\n")


def badge_line(repo: str, ref: str, path: str) -> str:
    """Gives the badges that open a notebook in Colab, Binder or Codespaces; without a repository only the mark.

    The mark stands behind the badges: a line that begins with a comment is HTML in Markdown, and shows no badge.
    """
    if not repo or "://" in repo:  # the three services open what is on GitHub
        return MARK
    targets = {
        "Open in Colab": (BADGE, f"https://colab.research.google.com/github/{repo}/blob/{ref}/{path}"),
        "Open in Binder": (
            "https://mybinder.org/badge_logo.svg",
            f"https://mybinder.org/v2/gh/{repo}/{ref}?urlpath=lab/tree/{path}",
        ),
        "Open in Codespaces": ("https://github.com/codespaces/badge.svg", f"https://codespaces.new/{repo}"),
    }
    return _badges(targets) + MARK


def tests_line(repo: str) -> str:
    """Gives the badge of the workflow that runs the tests; without a repository only the mark."""
    if not repo or "://" in repo:
        return TESTS_MARK
    page = f"https://github.com/{repo}/actions/workflows/tests.yml"
    return _badges({"tests": (f"{page}/badge.svg", page)}) + TESTS_MARK


def _badges(targets: dict[str, tuple[str, str]]) -> str:
    return " ".join(f"[![{words}]({picture})]({target})" for words, (picture, target) in targets.items())


def stamp_text(text: str, repo: str, ref: str, path: str) -> str:
    """Writes new badges into the lines of a text that end with a mark."""
    text = re.sub(rf"^.*{re.escape(TESTS_MARK)}$", lambda _: tests_line(repo), text, flags=re.M)
    return re.sub(rf"^.*{re.escape(MARK)}$", lambda _: badge_line(repo, ref, path), text, flags=re.M)


def stamp_notebook(path: Path, repo: str, ref: str) -> None:
    """Writes set-up cell and badges into one notebook, in place."""
    notebook = nbformat.read(path, as_version=4)
    repository = f"https://github.com/{repo}" if repo and "://" not in repo else repo
    for cell in notebook.cells:
        if "setup" in cell.metadata.get("tags", []):
            cell.source = setup_cell(repository, ref if repo else "")
    first = notebook.cells[0]
    first.source = stamp_text(first.source, repo, ref, f"notebooks/{path.name}")
    nbformat.write(notebook, path)


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--repo", default="", help="OWNER/NAME on GitHub, or any address that git can clone")
    parser.add_argument("--ref", default="main", help="branch or tag")
    parser.add_argument("--root", type=Path, default=ROOT, help=argparse.SUPPRESS)
    options = parser.parse_args(arguments)
    for path in sorted((options.root / "notebooks").glob("*.ipynb")):
        stamp_notebook(path, options.repo, options.ref)
    readme = options.root / "README.md"
    text = readme.read_text(encoding="utf-8")
    readme.write_text(stamp_text(text, options.repo, options.ref, "notebooks/00_start_here.ipynb"), encoding="utf-8")


if __name__ == "__main__":
    main()
