"""Downloads of files: streamed, resumed where they were interrupted, and checked by size and MD5."""

from __future__ import annotations

import contextlib
import itertools
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import requests

from figshare_workbook.base.checksums import is_whole_file, known_md5, md5_of_file, new_md5
from figshare_workbook.base.disk import disk_errors, make_folder
from figshare_workbook.base.errors import (
    ConnectionFailed,
    CredentialError,
    FigshareError,
    FileProblem,
)
from figshare_workbook.base.file_names import parts_in_item, safe_name
from figshare_workbook.base.identifiers import ids_of
from figshare_workbook.base.locks import in_turn
from figshare_workbook.base.screen import progress
from figshare_workbook.client.request import shown_path
from figshare_workbook.client.uploads import Uploads


class Downloads(Uploads):
    """Uploads and downloads of files of any size: they need little memory, can be resumed, and are checked."""

    def download_files(
        self, article_id: int, folder: str | Path, *, version: int | None = None, private: bool = False
    ) -> list[dict]:
        """Downloads all files of an item into a folder, and checks each.

        Args:
            article_id: The item.
            folder: The target; it is made if it does not exist. Folders inside the item become folders in it.
            version: An earlier version; None: the newest.
            private: Whether to read it as its owner; needs a token.

        Returns:
            One entry for each file: `article_id, file_id, name, path` (inside `folder`), `size` (bytes), `md5`,
            `outcome`: "downloaded", "already there", or "link" (the file is on another server; it is not fetched).

        Raises:
            FileProblem: A file could not be fetched whole.

        No file name from the server leads out of the folder.
        """
        record = self.article(article_id, version=version, private=private)
        root = make_folder(folder)
        plan = target_paths(record.get("files") or [], record.get("folder_structure") or {})
        with progress(total=record.get("size"), label=f"item {article_id}", unit="B") as bar:
            return [
                {
                    "article_id": record["id"],
                    "file_id": file["id"],
                    "name": file["name"],
                    "path": "" if file.get("is_link_only") else target.as_posix(),
                    "size": file["size"],
                    "md5": known_md5(file),
                    "outcome": self.fetch_file(file, root / target, private, bar),
                }
                for file, target in plan
            ]

    def download_each(self, article_ids: Iterable[int | dict], folder: str | Path) -> list[dict]:
        """Downloads the files of many items, into a folder for each item. An item that fails does not stop the others.

        Returns:
            As `download_files`. An item that fails has one entry; its `outcome` is "failed: ..." with the reason.

        Raises:
            ConnectionFailed: The site cannot be reached, for any item.
            CredentialError: A token is needed, and there is none.
        """
        entries: list[dict] = []
        for article_id in ids_of(article_ids):
            try:
                entries += self.download_files(article_id, Path(folder) / str(article_id))
            except (ConnectionFailed, CredentialError):
                raise
            except FigshareError as error:
                entries.append({"article_id": article_id, "outcome": f"failed: {str(error).partition(chr(10))[0]}"})
        return entries

    def fetch_file(self, file: dict, target: Path, private: bool, bar: Any) -> str:
        """Downloads one file, by way of a `.part` file that gets the final name when it is complete.

        Args:
            file: The file's record.
            target: Where to put it.
            private: Whether to read it as its owner.
            bar: The progress bar, which is told how many bytes came.

        Returns:
            The outcome: "downloaded", "already there" or "link".
        """
        if file.get("is_link_only"):
            return "link"
        part = target.with_name(f"{target.name}.{file['id']}.part")
        with disk_errors(target):
            if is_whole_file(file, target):
                return "already there"
            make_folder(target.parent)
            with in_turn(part):
                if is_whole_file(file, target):  # another run has downloaded it while this one waited
                    return "already there"
                self._complete_part_file(file, part, private, bar)
                part.replace(target)
        return "downloaded"

    def _complete_part_file(self, file: dict, part: Path, private: bool, bar: Any) -> None:
        """Downloads the bytes that a `.part` file lacks; an earlier run may have left some, or none.

        Raises:
            FileProblem: It is not complete after the tries at all addresses.
        """
        if is_whole_file(file, part):
            return
        last_error = None
        for address in self._download_addresses(file, private):
            if not _can_resume(file, part):
                part.unlink(missing_ok=True)
            try:
                digest = self._append_missing_bytes(address, part, private, bar, file["size"])
            except FileProblem:  # the disk is full: another try does not help
                raise
            except FigshareError as error:
                last_error = error
                if error.status == 416:  # the site's file is shorter than what is here
                    part.unlink(missing_ok=True)
                continue
            if is_whole_file(file, part, digest):
                return
        if not _can_resume(file, part):
            part.unlink(missing_ok=True)
        raise _download_error(file, last_error)

    def _download_addresses(self, file: dict, private: bool) -> list[str]:
        """Returns the addresses to try one after the other.

        The firewall does not challenge the address in the API (recorded), so a public download ends with it.
        """
        api_address = f"{self.api_url}/file/download/{file['id']}"
        return [api_address] * 3 if private else [file["download_url"]] * 3 + [api_address]

    def _append_missing_bytes(self, address: str, part: Path, private: bool, bar: Any, size: int) -> str | None:
        """Appends the missing bytes to the `.part` file and returns the MD5 of the whole; None where no bytes came."""
        offset = part.stat().st_size if part.exists() else 0
        headers = {"Accept-Encoding": "identity", **({"Range": f"bytes={offset}-"} if offset else {})}
        response = self._request("GET", address, headers=headers, stream=True, is_private=private, most_bytes=size)
        with contextlib.closing(response):
            is_compressed = response.headers.get("Content-Encoding", "identity") != "identity"
            if response.status_code not in (200, 206) or is_compressed:  # 202 is the firewall's challenge (recorded)
                return None
            return _append(part, _chunks(response), bar, is_resumed=response.status_code == 206)


def _can_resume(file: dict, part: Path) -> bool:
    """Tells whether the rest of the file can be appended to the `.part` file.

    It needs a known MD5: only the MD5 of the whole file shows that the old bytes are right.
    """
    return bool(known_md5(file)) and part.is_file() and part.stat().st_size < file["size"]


def _download_error(file: dict, last_error: FigshareError | None) -> FileProblem:
    """Returns the error of a download that failed, with the site's own message where it refused."""
    what = f"{file['name']!r} (file {file['id']}) could not be fetched whole."
    if last_error is None or isinstance(last_error, ConnectionFailed):
        return FileProblem(
            what,
            "the connection broke off, or a firewall in front of Figshare held it back.",
            "run it again: it goes on where it stopped.",
            method="GET",
            path=shown_path(file["download_url"], None),
        )
    details = {key: getattr(last_error, key) for key in ("status", "code", "message", "method", "path")}
    return FileProblem(f"{what} {last_error}", **details)


def _chunks(response: requests.Response) -> Iterator[bytes]:
    """Yields the body in pieces. Ends without an error where the connection breaks: the caller checks the size."""
    try:
        yield from response.iter_content(1 << 20)
    except requests.RequestException:
        return


def _append(part: Path, chunks: Iterable[bytes], bar: Any, *, is_resumed: bool) -> str:
    """Writes the pieces and returns the MD5 of the whole file, which a second thread computes meanwhile.

    `is_resumed` says that the pieces belong behind the bytes in the file; otherwise they replace them.
    """
    digest = md5_of_file(part) if is_resumed else new_md5()
    with disk_errors(part), part.open("ab" if is_resumed else "wb") as file, ThreadPoolExecutor(1) as hasher:
        pending = None
        for chunk in chunks:
            bar.update(file.write(chunk))
            if pending:
                pending.result()  # waits, so that no more than two pieces are in memory
            pending = hasher.submit(digest.update, chunk)
    return digest.hexdigest()


def target_paths(files: Sequence[dict], folders: dict) -> list[tuple[dict, Path]]:
    """Returns each file with its path inside the download folder.

    Where another file or a folder has the same path, the file's id is added to its name.

    Args:
        files: The files' records.
        folders: The folder of a file inside the item, by the file's id as a text.
    """
    paths = [_safe_path(file, folders.get(str(file["id"]), "")) for file in files]
    used_paths = {str(folder).casefold() for path in paths for folder in path.parents}
    plan = []
    for file, path in zip(files, paths, strict=True):
        suffixes = itertools.chain(["", f"-{file['id']}"], (f"-{file['id']}-{number}" for number in itertools.count(2)))
        names = (path.with_name(f"{path.stem}{suffix}{path.suffix}") for suffix in suffixes)
        target = next(name for name in names if str(name).casefold() not in used_paths)
        used_paths.add(str(target).casefold())
        plan.append((file, target))
    return plan


def _safe_path(file: dict, folder: str) -> Path:
    """Returns the path of a file inside its item, of names that every file system accepts."""
    *folders, name = parts_in_item(file["name"], folder)
    return Path(*filter(None, map(safe_name, folders)), safe_name(name) or f"file-{file['id']}")
