"""Files of items, by stream, each in its place and checked."""

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
    FigshareError,
    FileProblem,
    Forbidden,
    NotFound,
)
from figshare_workbook.base.file_names import parts_in_item, safe_name
from figshare_workbook.base.identifiers import ids_of
from figshare_workbook.base.locks import in_turn
from figshare_workbook.base.screen import progress
from figshare_workbook.client.request import shown_path
from figshare_workbook.client.uploads import Uploads


class Files(Uploads):
    """Uploads in parts and downloads by stream: any size, little memory, resumable, checked."""

    def download_files(
        self, article_id: int, folder: str | Path, *, version: int | None = None, private: bool = False
    ) -> list[dict]:
        """Downloads all files of an item into a folder, and checks each.

        Args:
            article_id: The item.
            folder: Where to; made if need be. Folders inside the item become folders in it.
            version: An earlier version; None: the newest.
            private: Read it as its owner; needs a token.

        Returns:
            One entry a file: `article_id, file_id, name, path` (inside `folder`), `size` (bytes), `md5`,
            `outcome`: "downloaded", "already there", or "link" (its address is elsewhere; not fetched).

        Raises:
            FileProblem: A file could not be fetched whole.

        Names that come from the server never lead out of the folder.
        """
        record = self.article(article_id, version=version, private=private)
        root = make_folder(folder)
        plan = places_of(record.get("files") or [], record.get("folder_structure") or {})
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
        """Downloads the files of many items, a folder per item; one that fails does not stop the others.

        Returns:
            As `download_files`; an item whose files could not all be fetched has one entry, its
            `outcome` "failed: ..." with the reason.
        """
        found: list[dict] = []
        for article_id in ids_of(article_ids):
            try:
                found += self.download_files(article_id, Path(folder) / str(article_id))
            except (FileProblem, Forbidden, NotFound) as error:
                found.append({"article_id": article_id, "outcome": f"failed: {str(error).partition(chr(10))[0]}"})
        return found

    def fetch_file(self, file: dict, target: Path, private: bool, bar: Any) -> str:
        """Brings one file to its place, by way of a `.part` file that is renamed only when right."""
        if file.get("is_link_only"):
            return "link"
        part = target.with_name(f"{target.name}.{file['id']}.part")
        with disk_errors(target):
            if is_whole_file(file, target):
                return "already there"
            make_folder(target.parent)
            with in_turn(part):
                if is_whole_file(file, target):  # another run has brought it meanwhile
                    return "already there"
                self._fetch_part(file, part, private, bar)
                part.replace(target)
        return "downloaded"

    def _fetch_part(self, file: dict, part: Path, private: bool, bar: Any) -> None:
        """Completes a `.part` file, whatever an earlier run has left of it."""
        if is_whole_file(file, part):
            return
        problem = None
        for address in self._download_addresses(file, private):
            if not _can_go_on(file, part):
                part.unlink(missing_ok=True)
            try:
                digest = self._stream(address, part, private, bar, file["size"])
            except FileProblem:  # the disk is full: another try does not help
                raise
            except FigshareError as error:
                problem = error
                if error.status == 416:  # the site's file is shorter than what is here
                    part.unlink(missing_ok=True)
                continue
            if is_whole_file(file, part, digest):
                return
        if not _can_go_on(file, part):
            part.unlink(missing_ok=True)
        raise _download_error(file, problem)

    def _download_addresses(self, file: dict, private: bool) -> list[str]:
        """Returns the file's own address, three times, then the API's, which the firewall leaves alone (recorded)."""
        by_api = f"{self.api_url}/file/download/{file['id']}"
        return [by_api] * 3 if private else [file["download_url"]] * 3 + [by_api]

    def _stream(self, address: str, part: Path, private: bool, bar: Any, size: int) -> str | None:
        """Appends to the `.part` file what is missing, and returns the MD5 of the whole; None: nothing came."""
        have = part.stat().st_size if part.exists() else 0
        headers = {"Accept-Encoding": "identity", **({"Range": f"bytes={have}-"} if have else {})}
        response = self._request("GET", address, headers=headers, stream=True, is_private=private, most_bytes=size)
        with contextlib.closing(response):
            is_packed = response.headers.get("Content-Encoding", "identity") != "identity"
            if response.status_code not in (200, 206) or is_packed:  # a 202 is the firewall's, not the file (recorded)
                return None
            return _append(part, _chunks(response), bar, is_rest=response.status_code == 206)


def _can_go_on(file: dict, part: Path) -> bool:
    """Tells whether the rest of the file can be put behind these bytes.

    Only the MD5 of the whole tells that they are right.
    """
    return bool(known_md5(file)) and part.is_file() and part.stat().st_size < file["size"]


def _download_error(file: dict, problem: FigshareError | None) -> FileProblem:
    """Returns the error of a download that failed, with the site's own words where it refused."""
    what = f"{file['name']!r} (file {file['id']}) could not be fetched whole."
    if problem is None or isinstance(problem, ConnectionFailed):
        return FileProblem(
            what,
            "the connection broke off, or a firewall in front of Figshare held it back.",
            "run it again: it goes on where it stopped.",
            method="GET",
            path=shown_path(file["download_url"], None),
        )
    known = {key: getattr(problem, key) for key in ("status", "code", "message", "method", "path")}
    return FileProblem(f"{what} {problem}", **known)


def _chunks(response: requests.Response) -> Iterator[bytes]:
    """Yields the body in pieces; ends quietly where the connection breaks, since the size is checked afterwards."""
    try:
        yield from response.iter_content(1 << 20)
    except requests.RequestException:
        return


def _append(part: Path, chunks: Iterable[bytes], bar: Any, *, is_rest: bool) -> str:
    """Writes the pieces and returns the MD5 of the whole file, counted beside the network in a thread."""
    digest = md5_of_file(part) if is_rest else new_md5()
    with disk_errors(part), part.open("ab" if is_rest else "wb") as file, ThreadPoolExecutor(1) as beside:
        counted = None
        for chunk in chunks:
            bar.update(file.write(chunk))
            if counted:
                counted.result()  # never more than two pieces in memory
            counted = beside.submit(digest.update, chunk)
    return digest.hexdigest()


def places_of(files: Sequence[dict], folders: dict) -> list[tuple[dict, Path]]:
    """Returns where each file goes inside the download folder; a file whose name another file or a folder has
    gets its id added.
    """
    places = [_place_in(file, folders.get(str(file["id"]), "")) for file in files]
    taken = {str(folder).casefold() for place in places for folder in place.parents}
    plan = []
    for file, place in zip(files, places, strict=True):
        endings = itertools.chain(["", f"-{file['id']}"], (f"-{file['id']}-{number}" for number in itertools.count(2)))
        names = (place.with_name(f"{place.stem}{ending}{place.suffix}") for ending in endings)
        target = next(name for name in names if str(name).casefold() not in taken)
        taken.add(str(target).casefold())
        plan.append((file, target))
    return plan


def _place_in(file: dict, folder: str) -> Path:
    """Returns a file's folder inside the item, and its name, both made safe."""
    *inside, name = parts_in_item(file["name"], folder)
    return Path(*filter(None, map(safe_name, inside)), safe_name(name) or f"file-{file['id']}")
