"""A repository as a folder that local Figshare serves."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterable
from pathlib import Path

from figshare_workbook.base.disk import write_lines, write_text
from figshare_workbook.base.identifiers import ids_of
from figshare_workbook.base.screen import progress
from figshare_workbook.client.harvest import Harvest
from figshare_workbook.tables.save import save_table


class Snapshot(Harvest):
    """A folder that local Figshare serves: one's own repository, without a network."""

    def snapshot(self, folder: str | Path, article_ids: Iterable[int | dict], *, totals: bool = True,
                 files: bool = False) -> Path:
        """Writes public items into a folder that local Figshare serves: one's repository, without a network.

        Args:
            folder: For `fh.connect("local", data=folder)` or `python -m local_figshare --data FOLDER`.
            article_ids: Numbers or records, e.g. what `articles(institution=...)` gives.
            totals: Views and downloads too.
            files: The files too; otherwise local Figshare makes up bytes of the right size.

        Returns:
            The folder. An interrupted run goes on where it stopped; a finished one, run again, asks anew.

        Raises:
            FileProblem: Another run is at work in the folder, or it cannot be written.
        """
        ids = ids_of(article_ids)
        with self.only_run(folder, is_folder=True):
            return self._snapshot(Path(folder), ids, totals, files)

    def _snapshot(self, folder: Path, ids: list[int], totals: bool, files: bool) -> Path:
        records = self.records_into(self.full_record_ledger(folder / ".records.jsonl"), ids)
        write_lines(folder / "articles.jsonl", records)
        write_text(folder / "catalogue.json", json.dumps({"api_url": self.api_url}))
        if totals:
            counts = self.counts_into(self.totals_ledger(folder / ".totals.jsonl"), ids_of(records))
            save_table(counts.rename(columns={"id": "article_id"}).fillna(0), folder / "totals.csv")
        for record in records if files else []:
            self._snapshot_files(record, folder / "files")
        for ledger in (".records.jsonl", ".totals.jsonl"):  # what they know grows old
            (folder / ledger).unlink(missing_ok=True)
        return folder

    def _snapshot_files(self, record: dict, folder: Path) -> None:
        for file in record.get("files") or []:
            with contextlib.closing(progress(unit="B")) as bar:
                self.fetch_file(file, folder / str(file["id"]), False, bar)
