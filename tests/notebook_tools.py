"""What the tests of notebooks share: reading notebooks, running them with papermill, and their results."""

import ast
import re
from pathlib import Path

import nbformat
import papermill

ROOT = Path(__file__).parent.parent
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))
NOTEBOOK_NAMES = [path.stem for path in NOTEBOOKS]
LESSONS = [name for name in NOTEBOOK_NAMES if name.startswith("0")]


def read_notebook(name: str) -> nbformat.NotebookNode:
    """Reads the committed notebook of that name, e.g. ``01_retrieve_metadata``."""
    return nbformat.read(ROOT / "notebooks" / f"{name}.ipynb", as_version=4)


def run_notebook(name: str, folder: Path, **parameters) -> nbformat.NotebookNode:
    """Runs a notebook as papermill does for a person, from the folder of the notebooks."""
    return papermill.execute_notebook(
        ROOT / "notebooks" / f"{name}.ipynb",
        folder / f"{name}.ipynb",
        parameters,
        cwd=ROOT / "notebooks",
        progress_bar=False,
        kernel_name="python3",
    )


def results(notebook: nbformat.NotebookNode) -> dict:
    """Gives the dictionary that the cell tagged ``results`` shows."""
    [cell] = [cell for cell in notebook.cells if "results" in cell.metadata.get("tags", [])]
    return ast.literal_eval(cell.outputs[-1].data["text/plain"])


def code_cells(notebook: nbformat.NotebookNode) -> list[nbformat.NotebookNode]:
    """Gives the cells with code; empty ones are left out."""
    return [cell for cell in notebook.cells if cell.cell_type == "code" and cell.source.strip()]


def error_text(notebook: nbformat.NotebookNode) -> str:
    """Gives the error that a failing cell shows, without colours."""
    shown = [output for cell in notebook.cells for output in cell.get("outputs", []) if output.output_type == "error"]
    return re.sub(r"\x1b\[[0-9;]*m", "", "\n".join("\n".join(output.traceback) for output in shown))
