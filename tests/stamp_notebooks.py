"""Write the repository's address into every notebook and the README, so that Colab finds the workbook.

    python tests/stamp_notebooks.py --repo OWNER/NAME --ref main

A fork runs it once. It writes the same set-up cell and an "Open in Colab" badge into all notebooks; the
outputs stay as they are. Without ``--repo`` it takes the address out again.
"""

import argparse
import re
from pathlib import Path

import nbformat

ROOT = Path(__file__).parent.parent
BADGE = "https://colab.research.google.com/assets/colab-badge.svg"
MARK = "<!-- colab -->"

# The first code cell of every notebook. It must stay under 20 lines and the same everywhere.
SETUP_CELL = '''\
# Finds figshare_helpers.py: importable already, in a folder above or, in Colab, in a clone of the workbook.
import importlib.util, os, subprocess, sys
from pathlib import Path
REPOSITORY, REFERENCE = {repository!r}, {reference!r}  # written by tests/stamp_notebooks.py
if importlib.util.find_spec("figshare_helpers") is None:
    home = next((p for p in [Path.cwd(), *Path.cwd().parents] if (p / "figshare_helpers.py").exists()), None)
    if home is None and "google.colab" in sys.modules and REPOSITORY:
        home = Path("figshare-api-workbook").absolute()
        if not home.exists():
            subprocess.run(["git", "clone", "-q", "--depth=1", "-b", REFERENCE, REPOSITORY, home], check=True)
        os.chdir(home / "notebooks")
    if home is None:
        sys.exit("figshare_helpers.py was not found: open this notebook inside a copy of the whole workbook.")
    sys.path.insert(0, str(home))
import figshare_helpers as fh
import pandas as pd
'''


def setup_cell(repository: str = "", reference: str = "") -> str:
    """The set-up cell for a repository's clone address (empty: not stamped)."""
    return SETUP_CELL.format(repository=repository, reference=reference).rstrip("\n")


def badge_line(repo: str, ref: str, path: str) -> str:
    """The badge that opens one notebook in Colab; only the mark where nothing is stamped.

    The mark stands behind it: Markdown takes a line that begins with a comment as HTML, and shows no badge.
    """
    if not repo:
        return MARK
    return f"[![Open in Colab]({BADGE})](https://colab.research.google.com/github/{repo}/blob/{ref}/{path}){MARK}"


def stamp_text(text: str, repo: str, ref: str, path: str) -> str:
    """`text` with its line that ends with the mark replaced."""
    return re.sub(rf"^.*{re.escape(MARK)}$", lambda _: badge_line(repo, ref, path), text, flags=re.M)


def stamp_notebook(path: Path, repo: str, ref: str) -> None:
    """Stamp one notebook in place."""
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
