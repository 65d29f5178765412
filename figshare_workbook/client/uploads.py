"""Uploads of files into a draft, in parts. A part that fails is sent again."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from figshare_workbook.base.checksums import md5
from figshare_workbook.base.disk import disk_errors
from figshare_workbook.base.errors import FileProblem, NotFound, UncertainWrite
from figshare_workbook.base.file_names import parts_in_item
from figshare_workbook.base.identifiers import id_number
from figshare_workbook.client.account import Account, created_id
from figshare_workbook.client.answer_shapes import FILE, FILES, PARTS, RECORD
from figshare_workbook.client.file_part import FilePart
from figshare_workbook.client.pace import growing_pauses


class Uploads(Account):
    """Uploads in parts, several at once. An interrupted upload goes on where it stopped."""

    def upload_file(self, article_id: int, path: str | Path, *, name: str | None = None) -> dict:
        """Uploads a file into a draft, in parts, several at once, and checks its MD5 on the server.

        A file that is there already is not sent again. An interrupted upload goes on with the parts that the server
        lacks, also in a new process.

        Args:
            article_id: The draft.
            path: The file.
            name: Its name on Figshare; a `/` in it makes folders. None: the name of the file.

        Returns:
            The file's entry, with `status` "available".

        Raises:
            FileProblem: The file is missing or empty, or its MD5 on the server differs.

        Recorded: the file service needs size and MD5 first, then the parts into which it divides the file, and at
        the end a POST.
        """
        path, files_path = Path(path), f"/account/articles/{id_number(article_id)}/files"
        with disk_errors(path, "read"):
            _check_uploadable(path)
            metadata = {"name": name or path.name, "size": path.stat().st_size}
            with ThreadPoolExecutor(1) as pool:  # while the MD5 is computed
                files_future = pool.submit(lambda: list(self.listing("GET", files_path, {}, shape=FILES)))
                metadata["md5"] = md5(path)
        entry = self._earlier_upload(files_path, files_future.result(), metadata)
        if entry is None:
            file_id = created_id(self._request("POST", files_path, body=metadata))
            entry = self._wait_until(f"{files_path}/{file_id}", lambda file: file.get("upload_url"), 10)
        if entry.get("upload_url") and entry.get("status") == "created":
            self._send_parts(path, entry["upload_url"])
            self._complete(f"{files_path}/{entry['id']}")
        entry = self._wait_until(f"{files_path}/{entry['id']}", lambda file: file.get("status") in _FINAL_STATUSES, 120)
        if entry["status"] == "ic_failure" or (entry.get("computed_md5") or metadata["md5"]) != metadata["md5"]:
            raise FileProblem(
                f"{path.name} arrived damaged: its MD5 on the server is another.",
                "a part was changed on its way, or the file changed meanwhile.",
                f"delete file {entry['id']} of item {article_id}, then upload again.",
            )
        return entry

    def upload_folder(self, article_id: int, folder: str | Path) -> list[dict]:
        """Uploads all files below a folder and keeps its structure. Empty files are left out; a note names each.

        Args:
            article_id: The draft.
            folder: The folder.

        Returns:
            The files' entries, in the order of their paths.

        Raises:
            FileProblem: There is no such folder; otherwise as `upload_file`.
        """
        folder = Path(folder)
        if not folder.is_dir():
            raise FileProblem(f"There is no folder {folder.name!r}.", "the path is wrong.", "check it.")
        paths = sorted(path for path in folder.rglob("*") if path.is_file())
        for path in (path for path in paths if not path.stat().st_size):
            self.note(f"{path.relative_to(folder).as_posix()} is empty and was left out.")
        return [
            self.upload_file(article_id, path, name=path.relative_to(folder).as_posix())
            for path in paths
            if path.stat().st_size
        ]

    def _earlier_upload(self, files_path: str, existing_files: list[dict], metadata: dict) -> dict | None:
        """Returns the entry of the same file from an earlier upload, complete or not; None where there is none.

        Folder, name, size and MD5 must agree.
        """
        path_parts = parts_in_item(metadata["name"])
        same_files = [
            entry
            for entry in existing_files
            if parts_in_item(entry["name"])[-1:] == path_parts[-1:]
            and entry["size"] == metadata["size"]
            and metadata["md5"] in (entry.get("supplied_md5"), entry.get("computed_md5"))
            and entry.get("status") != "ic_failure"
        ]
        record = self.ask("GET", files_path.removesuffix("/files"), shape=RECORD) if same_files else {}
        folders = record.get("folder_structure") or {}
        return next(
            (
                entry
                for entry in same_files
                if parts_in_item(entry["name"], folders.get(str(entry["id"])) or "") == path_parts
            ),
            None,
        )

    def _send_parts(self, path: Path, upload_url: str) -> None:
        """Sends the parts that the server lacks."""
        parts = self.ask("GET", upload_url, shape=PARTS)["parts"]
        missing_parts = [part for part in parts if part["status"] != "COMPLETE"]
        for _ in self.in_parallel(
            lambda part: self._send_part(path, upload_url, part), missing_parts, path.name, workers=8
        ):
            pass

    def _send_part(self, path: Path, upload_url: str, part: dict) -> None:
        """Sends one part. Retries after a lock (409) or a gateway's error, since sending it twice does no harm."""
        body = FilePart(path, part["startOffset"], part["endOffset"] + 1)  # endOffset is inclusive (recorded)
        self._request("PUT", f"{upload_url}/{part['partNo']}", body=body, is_repeatable=True, retry_on=(409,))

    def _complete(self, path: str) -> None:
        """Tells the server that all parts are there. Where the answer is lost, it looks at the file's status first."""
        try:
            self._request("POST", path)
        except UncertainWrite:
            if self.ask("GET", path, shape=FILE).get("status") == "created":
                self._request("POST", path)

    def _wait_until(self, path: str, is_ready: Callable[[dict], Any], wait: float) -> dict:
        """Fetches a file's entry until it is ready, and returns it. A new file may be 404 for a moment (recorded).

        Args:
            path: The path of the entry.
            is_ready: Tells whether the entry is ready.
            wait: The most seconds to wait.

        Raises:
            FileProblem: It is not ready in time.
        """
        entry = None
        for _ in growing_pauses(wait):
            with contextlib.suppress(NotFound):
                entry = self.ask("GET", path, shape=FILE)
                if is_ready(entry):
                    return entry
        number = path.rsplit("/", 1)[-1]
        raise FileProblem(
            f"Figshare has not finished with file {number} after {wait:.0f} seconds.",
            f"its status is {entry.get('status')!r}." if entry else "it is not there yet.",
            "look at the item's page later; nothing need be sent again.",
        )


_FINAL_STATUSES = ("available", "ic_failure")


def _check_uploadable(path: Path) -> None:
    if not path.is_file():
        raise FileProblem(
            f"There is no file {path.name!r}.",
            "the path is wrong, or names a folder.",
            "check the path; upload_folder takes a folder.",
        )
    if not path.stat().st_size:
        raise FileProblem(
            f"{path.name!r} is empty.",
            "what Figshare does with an empty file is not documented.",
            "leave it out, or write a line into it.",
        )
