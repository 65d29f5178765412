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
from figshare_workbook.base.texts import UNPRINTABLE


def output_folder(path: str | Path = "") -> Path:
    """The folder for a notebook's files, made if need be; a new temporary one where none is named."""
    if not path:
        return Path(tempfile.mkdtemp(prefix="figshare-workbook-"))
    try:
        Path(path).mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ParameterError(f"The folder {str(path)!r} cannot be made ({error.strerror}): "
                             "name another output_dir.") from None
    return Path(path)


def report_folder(output_dir: str | Path, notebook: str, subject: str | int) -> Path:
    """The folder of a report's files, `output_dir/notebook/subject`, made if need be; or a temporary one."""
    return output_folder(Path(output_dir) / notebook / safe_name(str(subject)) if output_dir else "")


def save_table(frame: pd.DataFrame | dict[str, pd.DataFrame], path: str | Path) -> Path:
    """Writes a table as CSV, XLSX or Parquet, by the name's ending; whole or not at all.

    Args:
        frame: A DataFrame; for XLSX also several, by the name of their sheet.
        path: The file; its folder is made if need be.

    Returns:
        The path.

    A text that a spreadsheet would take for a formula (it begins with = + - @) gets an apostrophe in
    front, in CSV and XLSX; control characters, which XLSX cannot hold, are left out of both.
    """
    path = Path(path)
    writers: dict[str, Any] = {".csv": _write_csv, ".xlsx": _write_xlsx, ".parquet": _write_parquet}
    ending = path.suffix.lower()
    require(ending in writers, f"A table is saved as .csv, .xlsx or .parquet, not {path.suffix!r}: change the name.")
    with whole_file(path) as part:
        writers[ending](frame, part)
    return path


def save_tables(frames: dict[str, pd.DataFrame], folder: str | Path,
                endings: Sequence[str] = (".csv", ".parquet")) -> list[Path]:
    """Writes each table in each form, `NAME.csv` and `NAME.parquet`; as `save_table`. Returns the paths."""
    return [save_table(frame, Path(folder) / f"{name}{ending}")
            for name, frame in frames.items() for ending in endings]


def _write_csv(frame: pd.DataFrame, path: Path) -> None:
    _harmless(frame).to_csv(path, index=False, lineterminator="\n")


def _write_xlsx(frames: pd.DataFrame | dict[str, pd.DataFrame], path: Path) -> None:
    with pd.ExcelWriter(path, engine="openpyxl") as book:
        for name, frame in (frames if isinstance(frames, dict) else {"table": frames}).items():
            frame = _harmless(frame)
            for column in frame.select_dtypes("datetimetz"):  # Excel knows no time zones
                frame[column] = frame[column].dt.tz_localize(None)
            frame.to_excel(book, sheet_name=name[:31], index=False, freeze_panes=(1, 0))


def _write_parquet(frame: pd.DataFrame, path: Path) -> None:
    frame.to_parquet(path, index=False)


def _harmless(frame: pd.DataFrame) -> pd.DataFrame:
    """A copy in which no text can become a formula or break the file; plain numbers such as -5 stay."""
    def defused(value: Any) -> Any:
        if not isinstance(value, str):
            return value
        value = re.sub(r"[\x0b\x0c\x1c-\x1f]", " ", UNPRINTABLE.sub("", value))  # blanks, but not for XLSX
        is_formula = re.match(r"[=+\-@\t\r]", value) and not re.fullmatch(r"[+-]?[\d.]+", value)
        return f"'{value}" if is_formula else value
    frame = frame.rename(columns=defused)
    for column in frame.select_dtypes(["string", "object", "category"]):
        frame[column] = frame[column].map(defused)
    return frame
