"""Tables as files: CSV, XLSX and Parquet, and the folders that they go to."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from figshare_workbook.base.disk import whole_file
from figshare_workbook.base.errors import ParameterError, require
from figshare_workbook.base.file_names import safe_name
from figshare_workbook.tables.cells import (
    distinct_names,
    flat_frame,
    harmless_text,
    holds_objects,
    map_cells,
    map_columns,
    plain_value,
)
from figshare_workbook.tables.parquet import write_parquet
from figshare_workbook.tables.xlsx import write_xlsx


def output_folder(path: str | Path = "") -> Path:
    """Returns the folder for a notebook's files, made if need be; a new temporary one where none is named."""
    if not path:
        return Path(tempfile.mkdtemp(prefix="figshare-workbook-"))
    try:
        Path(path).mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ParameterError(
            f"The folder {str(path)!r} cannot be made ({error.strerror}): name another output_dir."
        ) from None
    return Path(path)


def report_folder(output_dir: str | Path, notebook: str, subject: str | int) -> Path:
    """Returns the folder of a report's files, `output_dir/notebook/subject`, made if need be; or a temporary one."""
    return output_folder(Path(output_dir) / notebook / safe_name(str(subject)) if output_dir else "")


def file_name(text: str) -> str:
    """Returns a name for a file, made of any text: what no file system takes is `_`."""
    return safe_name(text) or "file"


def save_table(frame: pd.DataFrame | dict[str, pd.DataFrame], path: str | Path) -> Path:
    """Writes a table as CSV, XLSX or Parquet, by the name's ending; whole or not at all.

    Args:
        frame: A DataFrame; for XLSX also several, by the name of their sheet. An index that has a name or
            holds no whole numbers becomes columns; of two headings alike the second is `NAME.1`.
        path: The file; its folder is made if need be.

    Returns:
        The path.

    Raises:
        ParameterError: Excel cannot hold so many rows or columns, or a cell holds what no table can.

    In CSV and XLSX a text that a spreadsheet would take for a formula (it begins with = + - @, also in full
    width or behind blanks) gets an apostrophe in front, in CSV a later line of it too; every line break is
    `\\n`; control characters are left out; a list is joined by "; ". In XLSX whole numbers above 15 digits, days
    before March 1900 and infinities are texts, and times are in UTC. Parquet holds every value as it is; a
    column of several kinds is text there. What was changed so that it cannot be missed (cut texts, names of
    sheets, columns of several kinds) is said in a line.
    """
    path = Path(path)
    writers: dict[str, Any] = {".csv": _write_csv, ".xlsx": _write_xlsx, ".parquet": write_parquet}
    ending = path.suffix.lower()
    require(ending in writers, f"A table is saved as .csv, .xlsx or .parquet, not {path.suffix!r}: change the name.")
    require(
        ending == ".xlsx" or not isinstance(frame, dict),
        f"Several tables make one .xlsx, not one {ending}: change the name, or use save_tables.",
    )
    with whole_file(path) as part:
        note = writers[ending](frame, part)
    if note:
        print(f"{path.name}: {note}")
    return path


def save_tables(
    frames: dict[str, pd.DataFrame], folder: str | Path, endings: Sequence[str] = (".csv", ".parquet")
) -> list[Path]:
    """Writes each table in each form, `NAME.csv` and `NAME.parquet`; as `save_table`. Returns the paths.

    Names that no file system takes are changed; of two that would be one file the second is `NAME (2)`.
    """
    names = distinct_names(
        [safe_name(str(name)) or "table" for name in frames],
        lambda name, number: f"{name} ({number + 1})",
        str.casefold,
    )
    return [
        save_table(frame, Path(folder) / f"{name}{ending}")
        for name, frame in zip(names, frames.values(), strict=True)
        for ending in endings
    ]


# A line that begins like a formula behind the first: programs that cut at line breaks would run it.
_LATER_FORMULA = re.compile(r"(?<=\n)(?=[^\S\n]*(?:[=@＝＠]|[+\-＋－](?!\s|[\d.]*(?:\n|$))))")


def _write_csv(frame: pd.DataFrame, path: Path) -> None:
    def harmless_column(column: pd.Series) -> pd.Series:
        return map_cells(column, _csv_value) if holds_objects(column) else column

    map_columns(flat_frame(frame, heading=_csv_value), harmless_column).to_csv(path, index=False, lineterminator="\n")


def _csv_value(value: Any) -> Any:
    value = plain_value(value)
    return _LATER_FORMULA.sub("'", harmless_text(value)) if isinstance(value, str) else value


def _write_xlsx(frames: pd.DataFrame | dict[str, pd.DataFrame], path: Path) -> str:
    return write_xlsx(frames if isinstance(frames, dict) else {"table": frames}, path)
