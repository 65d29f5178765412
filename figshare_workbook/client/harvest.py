"""A whole repository's metadata as a dataset on disk."""

from __future__ import annotations

import itertools
import json
from datetime import datetime
from pathlib import Path
from typing import Any

import pandas as pd

from figshare_workbook.base.disk import (
    add_line,
    disk_errors,
    make_folder,
    parse_record,
    raw_lines,
    repair_last_line,
    short_path,
    write_records,
    write_text,
)
from figshare_workbook.base.errors import BadRequest, FigshareError, FileProblem, require
from figshare_workbook.base.frames import column_of, frame_of
from figshare_workbook.base.rules import STORABLE_YEARS, check_values
from figshare_workbook.base.screen import progress
from figshare_workbook.base.sequences import without_none
from figshare_workbook.client.answer_shapes import OAI_RECORDS, RESOURCES
from figshare_workbook.client.oai import child_or_self, local_name, oai_time, read_oai_page
from figshare_workbook.client.statistics import Statistics
from figshare_workbook.tables.save import save_table


class Harvest(Statistics):
    """The metadata of a whole repository, as a dataset on disk."""

    def harvest(
        self,
        folder: str | Path,
        *,
        set_name: str | None = None,
        start_date: str | None = None,
        end_date: str | None = None,
    ) -> dict:
        """Writes the metadata of a repository into a Parquet dataset by month; reads it by OAI-PMH.

        OAI-PMH gives ten records for each request (documented), and needs little memory whatever the size. An
        interrupted run goes on where it stopped. A finished one, run again, fetches what has changed since.

        Args:
            folder: The dataset, with files such as `month=2024-05/batch-000001.parquet`.
            set_name: An OAI-PMH set: `portal_2`, `item_type_3`, `category_4`.
            start_date, end_date: `YYYY-MM-DD`, both included: items that were published or changed in this range.

        Returns:
            `records` (the number of rows in the dataset) and `newest` (the last datestamp).

        Raises:
            ParameterError: The folder holds another harvest, or a date is not valid.
            FileProblem: Another run is at work in the folder, or it cannot be written.
        """
        dates = without_none(start_date=start_date, end_date=end_date)
        check_values(dates)
        with self.only_run(folder, is_folder=True), progress(label="records", unit=" records") as bar:
            run = HarvestRun(Path(folder), {**without_none(set=set_name), **dates}, self.identity)
            while parameters := run.next_parameters():
                bar.update(run.add_answer(self.ask("GET", "/oai", params=parameters, shape=OAI_RECORDS)))
            return run.finish()

    def resource_list(self, address: str) -> pd.DataFrame:
        """Fetches a ResourceSync document (ANSI/NISO Z39.99) as a table with a row for each resource in it.

        Args:
            address: Of the document, e.g. `https://HOST/.well-known/resourcesync`, or of one to which it links.

        Returns:
            loc (the address), lastmod (UTC), capability, change, hash, length (bytes), type.
        """
        rows = []
        for entry in self.ask("GET", address, shape=RESOURCES):
            if entry.tag.endswith(("}url", "}sitemap")):
                texts = {local_name(child): (child.text or "").strip() for child in entry}
                rows.append({**texts, **entry.attrib, **child_or_self(entry, "md").attrib})
        return frame_of(
            rows,
            {
                "loc": "text",
                "lastmod": "time",
                "capability": "text",
                "change": "text",
                "hash": "text",
                "length": "int",
                "type": "text",
            },
        )


class HarvestRun:
    """A harvest on disk that loses at most one request when it is killed.

    `_harvest.json` holds the state: site, query, number of the next batch and where to go on. Each answer becomes a
    line of `_spool.jsonl` at once. Every `batch_pages` lines become a batch of Parquet files; after that
    `_harvest.json` gets the new state, and the spool is deleted.
    """

    batch_pages = 1000

    def __init__(self, folder: Path, query: dict, site: str):
        self._folder = make_folder(folder)
        self._state_file, self._spool = folder / "_harvest.json", folder / "_spool.jsonl"
        self._state = self._saved_state(query, site) or {
            "site": site,
            "query": query,
            "batch": 1,
            "token": None,
            "records": 0,
            "newest": "",
            "newest_ids": [],
            "is_ordered": True,
        }
        self._state["is_finished"] = False
        self._pages = self._read_spool()
        if not self._pages:
            write_text(self._state_file, json.dumps(self._state))
        for page in self._pages:
            self._update_state(page)
        self._seen_pages, self._repeated_pages, self._token_losses = set[int](), 0, 0

    def _saved_state(self, query: dict, site: str) -> dict | None:
        """Returns the state that an earlier run has saved; None where the folder holds no data yet.

        Raises:
            ParameterError: The folder holds another harvest, or data without a readable state.
        """
        has_data = self._spool.exists() or any(self._folder.glob("month=*"))
        with disk_errors(self._state_file, "read"):
            state = parse_record(self._state_file.read_bytes()) if self._state_file.exists() else None
        state = state or {}
        is_complete = _has_fields(state, _STATE_TYPES)
        if not has_data and (not is_complete or state["batch"] == 1):
            return None
        require(
            is_complete,
            f"The folder {self._folder.name} does not say which harvest it holds: its _harvest.json is "
            "missing, damaged or of an older version. harvest_frame still reads what is there. Choose "
            "another folder, or delete this one, and it is harvested anew.",
        )
        require(
            (state["query"], state["site"]) == (query, site),
            f"The folder {self._folder.name} holds a harvest of {state['query'] or 'everything'} from "
            f"{state['site']}, not of {query or 'everything'} from {site}: choose another folder.",
        )
        return state

    def _read_spool(self) -> list[dict]:
        """Returns the pages that an interrupted run has left in the spool, up to the first damaged one.

        Pages of a batch that is written already are left out.
        """
        lines = raw_lines(self._spool)
        records = (parse_record(line) or {} for line in lines)
        pages = list(itertools.takewhile(_is_page, records))
        if len(pages) < len(lines):
            write_records(self._spool, pages)
        repair_last_line(self._spool)
        return [page for page in pages if page["batch"] == self._state["batch"]]

    def next_parameters(self) -> dict | None:
        """Returns the parameters of the next request; None when the harvest is complete."""
        if self._state["is_finished"]:
            return None
        if self._state["token"]:
            return {"verb": "ListRecords", "resumptionToken": self._state["token"]}
        query = self._state["query"]
        since = self._state["newest"] or oai_time(query.get("start_date"), "00:00:00")
        return {
            "verb": "ListRecords",
            "metadataPrefix": "oai_dc",
            **without_none(
                **{"set": query.get("set"), "from": since, "until": oai_time(query.get("end_date"), "23:59:59")}
            ),
        }

    def add_answer(self, answer: Any) -> int:
        """Saves an answer and returns the number of new records in it.

        Args:
            answer: The root element of a page of OAI-PMH.

        Raises:
            BadRequest: OAI-PMH refused the request.
            FigshareError: A record is damaged, or the pages repeat themselves.
        """
        rows, token, error = read_oai_page(answer)
        if error == "badResumptionToken":  # it has expired: go on from the newest record, or from the start
            self._state.update(token=None, newest=self._state["newest"] * self._state["is_ordered"])
            self._seen_pages, self._token_losses = set(), self._token_losses + 1
            _require_progress(self._token_losses <= _MAX_TOKEN_LOSSES)
            return 0
        if error and error != "noRecordsMatch":
            raise BadRequest(
                f"OAI-PMH (/oai) refused the harvest: {error}.",
                fix="check the name of the set.",
                method="GET",
                path="/oai",
            )
        if token:
            self._stop_if_repeating(hash(tuple((row["id"], row["datestamp"]) for row in rows)) if rows else None)
        newest_rows = {(number, self._state["newest"]) for number in self._state["newest_ids"]}
        page = {
            "batch": self._state["batch"],
            "token": token,
            "rows": [row for row in rows if (row["id"], row["datestamp"]) not in newest_rows],
        }
        if not _is_page(page):
            raise FigshareError(
                "OAI-PMH answered with a record that cannot be kept: its id or its date is none.",
                "the answer is damaged, or the site has a fault.",
                "run it again later: it goes on where it stopped.",
                method="GET",
                path="/oai",
            )
        add_line(self._spool, page)
        self._pages.append(page)
        self._update_state(page)
        if len(self._pages) >= self.batch_pages:
            self._write_batch()
        return len(page["rows"])

    def _stop_if_repeating(self, fingerprint: int | None) -> None:
        """Raises `FigshareError` where several pages in a row are empty or repeated, although a token promises more."""
        self._repeated_pages = self._repeated_pages + 1 if fingerprint is None or fingerprint in self._seen_pages else 0
        self._seen_pages.update([] if fingerprint is None else [fingerprint])
        _require_progress(self._repeated_pages < _MAX_REPEATED_PAGES)

    def _update_state(self, page: dict) -> None:
        """Changes the state to that after a page."""
        state = self._state
        for row in (row for row in page["rows"] if row["datestamp"]):  # an item without a date has no datestamp
            state["is_ordered"] = state["is_ordered"] and row["datestamp"] >= state["newest"]
            if row["datestamp"] > state["newest"]:
                state.update(newest=row["datestamp"], newest_ids=[])
            if row["datestamp"] == state["newest"]:
                state["newest_ids"].append(row["id"])
        state.update(records=state["records"] + len(page["rows"]), token=page["token"], is_finished=not page["token"])

    def _write_batch(self) -> None:
        """Writes the pages so far as Parquet files by month; items without a date go into `month=unknown`.

        A run that was killed here writes the same files again.
        """
        frame = frame_of([row for page in self._pages for row in page["rows"]], _HARVEST_COLUMNS)
        for month, rows in frame.groupby(frame["datestamp"].dt.strftime("%Y-%m").fillna("unknown")):
            save_table(rows, self._folder / f"month={month}" / f"batch-{self._state['batch']:06d}.parquet")
        self._state["batch"] += 1
        write_text(self._state_file, json.dumps(self._state))
        self._pages = []
        self._spool.unlink(missing_ok=True)

    def finish(self) -> dict:
        """Writes the last batch, and returns the number of records and the newest datestamp."""
        self._write_batch()
        return {"records": self._state["records"], "newest": self._state["newest"]}


_STATE_TYPES = {
    "site": str,
    "query": dict,
    "batch": int,
    "token": (str, type(None)),
    "records": int,
    "newest": str,
    "newest_ids": list,
    "is_ordered": bool,
}


def _has_fields(record: dict, types: dict) -> bool:
    """Tells whether the record has all these fields, each of its type."""
    return all(name in record and isinstance(record[name], field_type) for name, field_type in types.items())


def _is_page(page: dict) -> bool:
    """Tells whether a page of the spool is complete, and its rows can be written into the dataset."""
    types = {"batch": int, "token": (str, type(None)), "rows": list}
    return _has_fields(page, types) and all(map(_is_row, page["rows"]))


def _is_row(row: Any) -> bool:
    has_fields = isinstance(row, dict) and _has_fields(row, {"id": int, "datestamp": str, "is_deleted": bool})
    return has_fields and abs(row["id"]) < 1 << 63 and (row["datestamp"] == "" or _is_storable_time(row["datestamp"]))


def _is_storable_time(text: str) -> bool:
    """Tells whether a column of times can hold this time."""
    first, last = STORABLE_YEARS
    try:
        return first <= datetime.fromisoformat(text).year <= last
    except ValueError:
        return False


_MAX_REPEATED_PAGES, _MAX_TOKEN_LOSSES = 3, 5  # empty or repeated pages in a row; expired tokens in a run


def _require_progress(is_moving: bool) -> None:
    if not is_moving:
        raise FigshareError(
            "OAI-PMH goes round in circles: it gives the same pages, or empty ones, and no end.",
            "the server is out of order, or something in front of it; the harvest is not whole.",
            "run it again later: it goes on where it stopped.",
        )


_HARVEST_COLUMNS = {
    "id": "int",
    "datestamp": "time",
    "is_deleted": "bool",
    "title": "text",
    "creators": "text",
    "date": "time",
    "type": "text",
    "doi": "text",
    "handle": "text",
    "url": "text",
    "rights": "text",
    "subjects": "text",
    "description": "text",
    "sets": "text",
}


def harvest_frame(folder: str | Path) -> pd.DataFrame:
    """Reads a harvest as a table: each item once, in its newest state, without deleted items.

    Returns:
        id (Int64), datestamp, date (UTC), title, creators, type, doi, handle, url, rights, subjects, description,
        sets (text). An item has a doi or a handle; the other one is "".

    Raises:
        ParameterError: There is no harvest in the folder.
        FileProblem: A file of the harvest cannot be read.
    """
    if not any(Path(folder).glob("month=*/*.parquet")):
        require(Path(folder, "_harvest.json").exists(), f"{Path(folder).name!r} holds no harvest: check the path.")
        frame = frame_of([], _HARVEST_COLUMNS)
    else:
        frame = _stored_rows(Path(folder))
    frame = frame.sort_values(["datestamp", "id"], kind="stable", na_position="first")
    frame = frame.drop_duplicates("id", keep="last")
    frame = frame[~frame["is_deleted"].astype(bool)].reset_index(drop=True)
    return pd.DataFrame(
        {name: column_of(frame[name].tolist(), kind) for name, kind in _HARVEST_COLUMNS.items() if name != "is_deleted"}
    )


def _stored_rows(folder: Path) -> pd.DataFrame:
    """Returns all rows of the dataset. Raises `FileProblem` with the name of a file that cannot be read."""
    try:
        return _rows_in(folder)
    except (OSError, ValueError, KeyError):  # pyarrow raises subclasses of these
        damaged_file = next(filter(_is_damaged, sorted(folder.glob("month=*/*.parquet"))), folder)
    raise FileProblem(
        f"{short_path(damaged_file)} cannot be read as a table of this harvest.",
        "the disk or another program has changed it.",
        f"take a copy from before, or delete the folder {folder.name}: it is harvested anew.",
    )


def _rows_in(path: Path) -> pd.DataFrame:
    """Returns the rows of a dataset or of one file. Old files have no column `handle`; it is filled with nulls."""
    import pyarrow

    schema = pyarrow.Schema.from_pandas(frame_of([], _HARVEST_COLUMNS))
    return pd.read_parquet(path, columns=list(_HARVEST_COLUMNS), schema=schema)


def _is_damaged(file: Path) -> bool:
    try:
        _rows_in(file)
    except (OSError, ValueError, KeyError):
        return True
    return False
