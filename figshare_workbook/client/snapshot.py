"""Snapshots: a repository as a folder that local Figshare serves."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterable
from pathlib import Path

from figshare_workbook.base.disk import write_records, write_text
from figshare_workbook.base.errors import NotFound
from figshare_workbook.base.identifiers import ids_of
from figshare_workbook.base.ledgers import Ledger
from figshare_workbook.base.screen import progress
from figshare_workbook.client.harvest import Harvest
from figshare_workbook.tables.save import save_table


class Snapshot(Harvest):
    """Writes a repository into a folder that local Figshare serves without a network."""

    def snapshot(
        self,
        folder: str | Path,
        article_ids: Iterable[int | dict],
        *,
        totals: bool = True,
        files: bool = False,
        versions: bool = False,
    ) -> Path:
        """Writes public items into a folder that local Figshare serves without a network.

        Args:
            folder: For `fh.connect("local", data=folder)` or `python -m local_figshare --data FOLDER`.
            article_ids: Numbers or records, e.g. the result of `articles(institution=...)`.
            totals: Whether to fetch views and downloads too.
            files: Whether to download the files of the newest versions too; otherwise local Figshare makes up
                bytes of the right size.
            versions: Whether to fetch the earlier versions too: one request for each item that has some, and one
                for each version; otherwise local Figshare serves copies of the newest version.

        Returns:
            The folder. An interrupted run goes on where it stopped; a finished one, run again, fetches all anew.

        Raises:
            FileProblem: Another run is at work in the folder, or it cannot be written.
        """
        ids = ids_of(article_ids)
        with self.only_run(folder, is_folder=True):
            return self._snapshot(Path(folder), ids, totals, files, versions)

    def _snapshot(self, folder: Path, ids: list[int], totals: bool, files: bool, versions: bool) -> Path:
        records = self.records_into(self.full_record_ledger(folder / ".records.jsonl"), ids)
        write_records(folder / "articles.jsonl", records)
        write_text(folder / "catalogue.json", json.dumps({"api_url": self.api_url}))
        if totals:
            counts = self.counts_into(self.totals_ledger(folder / ".totals.jsonl"), ids_of(records))
            if missing := int(counts.isna().any(axis=1).sum()):
                self.note(f"For {missing} of {len(counts)} items the service gave no number: the copy shows 0 for it.")
            save_table(counts.rename(columns={"id": "article_id"}).fillna(0), folder / "totals.csv")
        if versions:
            ledger = self.ledger(folder / ".versions.jsonl", "versions", _is_version)
            write_records(folder / "versions.jsonl", self._earlier_versions(records, ledger))
        for record in records if files else []:
            self._snapshot_files(record, folder / "files")
        for name in (".records.jsonl", ".totals.jsonl", ".versions.jsonl"):  # the next run must fetch new data
            (folder / name).unlink(missing_ok=True)
        return folder

    def _earlier_versions(self, records: Iterable[dict], ledger: Ledger) -> list[dict]:
        """Returns the records of all public versions of these items except the newest, oldest first."""
        version_lists = self.in_parallel(
            lambda record: (record["id"], self.versions(record["id"])),
            [record for record in records if (record.get("version") or 1) > 1],
            "versions",
        )
        newest = {record["id"]: record.get("version") for record in records}  # a newer version may come meanwhile
        earlier_versions = [
            (number, entry["version"])
            for number, entries in version_lists
            for entry in entries
            if entry["version"] < newest[number]
        ]
        fetched_versions = self.in_parallel(
            lambda pair: self._fetch_version(pair[0], pair[1], ledger), earlier_versions, "versions"
        )
        return [record for record in fetched_versions if record]

    def _fetch_version(self, article_id: int, version: int, ledger: Ledger) -> dict | None:
        """Fetches the record of one version; None where it is listed but cannot be read."""
        name = f"{article_id}.v{version}"
        try:
            line = ledger.done.get(name) or ledger.add(
                {"id": name, "record": self.article(article_id, version=version)}
            )
        except NotFound:
            self.note(f"Version {version} of {article_id} cannot be read (any more): it is left out.")
            return None
        return line["record"]

    def _snapshot_files(self, record: dict, folder: Path) -> None:
        for file in record.get("files") or []:
            with contextlib.closing(progress(unit="B")) as bar:
                self.fetch_file(file, folder / str(file["id"]), False, bar)


def _is_version(line: dict) -> bool:
    """Tells whether a line of a ledger holds the full record of a version."""
    return isinstance(line.get("record"), dict) and "authors" in line["record"]
