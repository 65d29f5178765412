"""Runs notebooks on local Figshare and stores their outputs, with which nbval then compares.

    python tests/refresh_outputs.py                        # all
    python tests/refresh_outputs.py notebooks/01_*.ipynb   # some

Only for a change that is understood: the change is committed together with the new outputs.
"""

import os
import re
import sys
from pathlib import Path

import nbformat
from nbclient import NotebookClient

ROOT = Path(__file__).parent.parent
PORT = re.compile(r"127\.0\.0\.1:\d+")


def run_notebook(path: Path) -> nbformat.NotebookNode:
    """Runs a notebook in its folder, as a person would: from the top, in a new kernel."""
    notebook = nbformat.read(path, as_version=4)
    NotebookClient(
        notebook,
        timeout=600,
        kernel_name="python3",
        resources={"metadata": {"path": path.parent}},
        store_widget_state=False,
    ).execute()
    return notebook


def tidy_notebook(notebook: nbformat.NotebookNode) -> None:
    """Keeps what a reader or nbval needs, and drops what differs between machines and runs."""
    notebook.metadata = nbformat.from_dict(
        {
            "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
            "language_info": {"name": "python"},
        }
    )
    for number, cell in enumerate(notebook.cells):
        cell.id = f"cell-{number:02d}"
        cell.metadata = {key: cell.metadata[key] for key in ("tags", "jupyter", "cellView") if key in cell.metadata}
        if "outputs" in cell:
            cell.outputs = join_streams(cell.outputs)
        for output in cell.get("outputs", []):
            tidy_output(output)


def join_streams(outputs: list) -> list:
    """Joins the pieces of a stream to one output: the kernel cuts it at other places in every run."""
    joined: list = []
    for output in outputs:
        if joined and output.output_type == "stream" and joined[-1].get("name") == output.name:
            joined[-1].text += output.text
        else:
            joined.append(output)
    return joined


def tidy_output(output: nbformat.NotebookNode) -> None:
    """Writes the port 8080 wherever an output shows an address of local Figshare."""
    if "text" in output:
        output.text = PORT.sub("127.0.0.1:8080", output.text)
    for kind, value in output.get("data", {}).items():
        if isinstance(value, str) and kind.startswith("text/"):
            output.data[kind] = PORT.sub("127.0.0.1:8080", value)


def main(names: list[str]) -> None:
    os.environ["FIGSHARE_HEADLESS"] = "1"
    os.environ["PYDEVD_DISABLE_FILE_VALIDATION"] = "1"
    for path in [Path(name).resolve() for name in names] or sorted((ROOT / "notebooks").glob("*.ipynb")):
        notebook = run_notebook(path)
        tidy_notebook(notebook)
        nbformat.write(notebook, path)
        print(f"{path.name}: {len(notebook.cells)} cells")


if __name__ == "__main__":
    main(sys.argv[1:])
