"""Files of an article: initiate, upload in parts, complete, look, delete, download.

Documented and recorded (facts, section 7): parts of 10 MiB; an upload's token is its only credential; PUT of
a part answers ``OK`` as text; 409 for a part that is locked or an upload that is complete; completing answers 202
with an HTML page. Our choice: each look at a completed file moves it one step towards `available`; completing
with parts missing is 400 and leaves the upload as it was; a file of 0 bytes has one empty part.
"""

from __future__ import annotations

import hashlib
import mimetypes
import os
import re
import sqlite3
import uuid
from pathlib import Path
from typing import IO

from ..entity_kinds import ARTICLE
from ..listing import slice_of
from ..messages import API, Problem, Reply, Request, location_reply, router
from ..store import Store
from . import answers, metadata
from .access import accessible_row, acting_account, largest_file_size
from .account_articles_embargo import NO_EMBARGO
from .entity_changes import editing
from .file_bytes import CHUNK

ROUTES, route = router()
LINK_FIELDS, UPLOAD_FIELDS = ("link", "name", "folder_path"), ("name", "size", "md5", "folder_path")
FILE_FIELDS = {*LINK_FIELDS, *UPLOAD_FIELDS}
FILES = "/v2/account/articles/<int:article_id>/files"
PART_SIZE = 10_485_760
TOKEN_NAMESPACE = uuid.UUID("8a5a9a4e-3f0c-5d3e-9a52-6d2e6a3f1c00")  # name space of upload tokens

ACCEPTED_PAGE = """<html>
 <head>
  <title>202 Accepted</title>
 </head>
 <body>
  <h1>202 Accepted</h1>
  The request is accepted for processing.<br/><br/>



 </body>
</html>"""


@route("GET", FILES, needs="account")
def private_article_files_list(store: Store, request: Request, article_id: int) -> Reply:
    """Returns the files of a private item, a page at a time."""
    record = accessible_row(store, request, ARTICLE, article_id)["record"]
    return Reply(200, answers.look_at_files(store, slice_of(answers.files_of(store, record), request.query)))


@route("POST", FILES, needs="account")
def private_article_upload_initiate(store: Store, request: Request, article_id: int) -> Reply:
    """Begins an upload (`name`, `size`, maybe `md5`), or adds a `link` to a file elsewhere."""
    body = request.json()
    values = (
        _link_row(body)
        if body.get("link") is not None
        else _file_row(body, largest_file_size(acting_account(store, request)))
    )
    with editing(store, request, ARTICLE, article_id) as row, store.write() as db:
        file_id = store.next_id("file")
        token = "" if values["is_link_only"] else str(uuid.uuid5(TOKEN_NAMESPACE, str(file_id)))
        values.update(
            id=file_id,
            article_id=article_id,
            position=len(row["record"]["files"]),
            public=0,
            upload_token=token,
            stored="",
        )
        names = ", ".join(values)
        db.execute(f"INSERT INTO files ({names}) VALUES ({', '.join(f':{name}' for name in values)})", values)
        db.executemany("INSERT INTO parts VALUES (?, ?, ?, ?, 'PENDING')", _part_rows(token, values["size"]))
        if not values["download_url"]:
            db.execute("UPDATE files SET download_url=? WHERE id=?", (_download_url(file_id), file_id))
        row["record"]["files"].append(file_id)
    return location_reply(201, f"/account/articles/{article_id}/files/{file_id}")


def _download_url(file_id: int) -> str:
    return f"{API.removesuffix('/v2')}/files/{file_id}"


def _link_row(body: dict) -> dict:
    """Returns the row of a link-only file: size 0, no MD5 (recorded), and the last part of the address as its name."""
    link = body["link"]
    if not isinstance(link, str) or not re.match(r"https?://\S+$", link):
        raise metadata.bad_field("link", "must be an address that begins with http:// or https://")
    _check_fields(body, LINK_FIELDS)
    name = metadata.checked_text("name", body.get("name") or "", 0, 1000)
    return {
        "name": name or link.split("?")[0].rstrip("/").rpartition("/")[2],
        "size": 0,
        "is_link_only": 1,
        "download_url": link,
        "supplied_md5": "",
        "computed_md5": "",
        "mimetype": "undefined",
        "status": "available",
        "folder_path": _checked_folder(body.get("folder_path")),
    }


def _file_row(body: dict, largest: int) -> dict:
    """Returns the row of a file to be uploaded.

    A `/` in its name is a folder (documented); the name stays whole (recorded).
    """
    _check_fields(body, UPLOAD_FIELDS)
    name = metadata.checked_text("name", body.get("name"), 1, 1000)
    size = metadata.checked_integer("size", body.get("size"))
    if not 0 <= size <= largest:
        raise metadata.bad_field("size", f"must be between 0 and {largest} bytes, the account's maximum_file_size")
    md5 = body.get("md5") or ""
    if not isinstance(md5, str) or (md5 and not re.fullmatch(r"[0-9a-fA-F]{32}", md5)):
        raise metadata.bad_field("md5", "must be 32 hexadecimal digits")
    folder, _, file_name = name.replace("\\", "/").rpartition("/")
    if not file_name:
        raise metadata.bad_field("name", "ends in a slash: a name is missing behind the folder")
    return {
        "name": name,
        "size": size,
        "is_link_only": 0,
        "download_url": "",
        "supplied_md5": md5.lower(),
        "computed_md5": "",
        "mimetype": "undefined",
        "status": "created",
        "folder_path": _checked_folder(body.get("folder_path") or folder),
    }


def _check_fields(body: dict, allowed: tuple[str, ...]) -> None:
    for field in body:
        if field not in (*allowed, "impersonate"):
            reason = f"cannot be given together with {allowed[0]}" if field in FILE_FIELDS else "there is no such field"
            raise metadata.bad_field(field, reason)


def _checked_folder(path: object) -> str:
    """Returns a folder of an item, relative and without `..`. It is a label, never a path on disk."""
    path = metadata.checked_text("folder_path", path or "", 0, 1000).replace("\\", "/")
    parts = [part for part in path.split("/") if part]
    if ".." in parts:
        raise metadata.bad_field("folder_path", "must not contain ..")
    return "/".join(part for part in parts if part != ".")


def _part_rows(token: str, size: int) -> list[tuple]:
    """Returns the parts of an upload, with their first and last byte (recorded)."""
    if not token:
        return []
    starts = range(0, max(size, 1), PART_SIZE)
    return [(token, number, start, min(start + PART_SIZE, size) - 1) for number, start in enumerate(starts, 1)]


def article_and_file(store: Store, request: Request, article_id: int, file_id: int) -> tuple[dict, dict]:
    """Returns the private row of an article and the row of a file in it. Raises `Problem` 404."""
    row = accessible_row(store, request, ARTICLE, article_id)
    ids = [entry if isinstance(entry, int) else entry["id"] for entry in row["record"].get("files") or []]
    entry = store.file(file_id) if file_id in ids else None
    return row, answers.value_or_404(entry, "ArticleFile")


@route("GET", f"{FILES}/<int:file_id>", needs="account")
def private_article_file(store: Store, request: Request, article_id: int, file_id: int) -> Reply:
    """Returns one file. Each request moves a completed upload on by a step."""
    _, file = article_and_file(store, request, article_id, file_id)
    return Reply(200, answers.look_at_files(store, [file])[0])


@route("DELETE", f"{FILES}/<int:file_id>", needs="account")
def private_article_file_delete(store: Store, request: Request, article_id: int, file_id: int) -> Reply:
    """Removes a file from the draft; public versions keep it. Without any file, an embargo of files ends."""
    article_and_file(store, request, article_id, file_id)
    with editing(store, request, ARTICLE, article_id) as row, store.write() as db:
        record = row["record"]
        record["files"] = [entry for entry in record["files"] if entry != file_id]
        if not record["files"] and record.get("embargo_type") == "file":
            record.update(NO_EMBARGO)
        db.execute(
            "DELETE FROM files WHERE id=? AND public=0 AND NOT EXISTS (SELECT 1 FROM versions "
            "WHERE kind='article' AND id=?)",
            (file_id, article_id),
        )
    return Reply(204)


@route("POST", f"{FILES}/<int:file_id>", needs="account")
def private_article_upload_complete(store: Store, request: Request, article_id: int, file_id: int) -> Reply:
    """Completes an upload and checks it (recorded: 202 with an HTML page)."""
    _, file = article_and_file(store, request, article_id, file_id)
    if file["status"] == "created":
        _complete_upload(store, file)
    location = f"{API}/account/articles/{article_id}/files/{file_id}"
    return Reply(202, ACCEPTED_PAGE, {"Location": location}, content_type="text/html; charset=UTF-8")


def _complete_upload(store: Store, file: dict) -> None:
    """Checks that all parts are there and compares the MD5. Raises `Problem` 400."""
    rows = store.query(
        "SELECT number FROM parts WHERE token=? AND status='PENDING' AND end >= start", (file["upload_token"],)
    )
    if rows:
        numbers = [row["number"] for row in rows]
        raise Problem(
            400,
            "UploadNotComplete",
            f"Parts {', '.join(map(str, numbers))} of the upload are missing",
            {"parts": numbers},
        )
    path = _upload_path(store, file["upload_token"])
    path.touch()
    md5 = _md5(path)
    has_wrong_md5 = file["supplied_md5"] and file["supplied_md5"] != md5
    mimetype = mimetypes.guess_type(file["name"])[0] or "application/octet-stream"
    store.update_file(
        file["id"],
        computed_md5=md5,
        stored=path.name,
        mimetype=mimetype,
        status="ic_failure" if has_wrong_md5 else "ic_checking",
    )


def _md5(path: Path) -> str:
    with path.open("rb") as handle:
        return hashlib.file_digest(handle, "md5").hexdigest()


# The uploader: the token in the address is the only credential


def _upload_path(store: Store, token: str) -> Path:
    """Returns the file of an upload's bytes. The token must be a UUID, so that no path leads out of the folder."""
    return store.uploads / str(uuid.UUID(token))


def _upload_row(store: Store, token: str) -> dict:
    row = store.first_row(
        "SELECT * FROM files WHERE upload_token=? AND upload_token != '' "
        "AND EXISTS (SELECT 1 FROM parts WHERE token=?)",
        (token, token),
    )
    if row is None:
        raise BodilessProblem(404)
    return dict(row)


class BodilessProblem(Problem):
    """A refusal of the uploader, without a body (documented)."""

    def __init__(self, status: int):
        super().__init__(status, "", "")

    def reply(self) -> Reply:
        """Returns the answer, without a body."""
        return Reply(self.status, b"", content_type="text/plain")


def _part_record(store: Store, token: str, row: sqlite3.Row | dict) -> dict:
    return {
        "partNo": row["number"],
        "startOffset": row["start"],
        "endOffset": row["end"],
        "status": row["status"],
        "locked": (token, row["number"]) in store.locks,
    }


@route("GET", "/upload/<token>")
def upload_info(store: Store, request: Request, token: str) -> Reply:
    """Returns an upload and its parts."""
    file = _upload_row(store, token)
    parts = store.query("SELECT * FROM parts WHERE token=? ORDER BY number", (token,))
    name = re.sub(r"[/\\]", "", file["name"])
    return Reply(
        200,
        {
            "token": token,
            "md5": file["supplied_md5"],
            "size": file["size"],
            "name": f"{file['id']}/{name}",
            "status": _upload_status(file),
            "parts": [_part_record(store, token, row) for row in parts],
        },
    )


def _upload_status(file: dict) -> str:
    return {"created": "PENDING", "ic_failure": "ABORTED"}.get(file["status"], "COMPLETED")


def _file_and_part(store: Store, token: str, number: int) -> tuple[dict, dict]:
    file = _upload_row(store, token)
    row = store.first_row("SELECT * FROM parts WHERE token=? AND number=?", (token, number))
    if row is None:
        raise BodilessProblem(404)
    return file, dict(row)


@route("GET", "/upload/<token>/<int:number>")
def upload_part_info(store: Store, request: Request, token: str, number: int) -> Reply:
    """Returns one part."""
    _, row = _file_and_part(store, token, number)
    return Reply(200, _part_record(store, token, row))


@route("PUT", "/upload/<token>/<int:number>", streams=True)
def upload_part(store: Store, request: Request, token: str, number: int) -> Reply:
    """Writes one part to disk while it arrives. A part of another length stays pending."""
    file, row = _file_and_part(store, token, number)
    if file["status"] != "created":
        raise BodilessProblem(409)
    with store.locks.take((token, number)) as is_free:
        if not is_free:
            raise BodilessProblem(409)
        _set_part_status(store, token, number, "PENDING")
        if request.stream is None or not _receive(request.stream, _upload_path(store, token), row):
            raise BodilessProblem(409)
        _set_part_status(store, token, number, "COMPLETE")
    return Reply(200, "OK", content_type="text/plain")


def _open_or_create(path: str, flags: int) -> int:
    """Opens a file, or creates it where it is missing, in one step: between two steps, a reset may delete it."""
    return os.open(path, flags | os.O_CREAT)


def _receive(body: IO[bytes], path: Path, row: dict) -> bool:
    """Writes the body to the part's place. Returns whether it was exactly as long as the part."""
    bytes_left = row["end"] - row["start"] + 1
    with open(path, "r+b", opener=_open_or_create) as handle:
        handle.seek(row["start"])
        while bytes_left > 0:
            chunk = body.read(min(CHUNK, bytes_left))
            if not chunk:
                return False
            handle.write(chunk)
            bytes_left -= len(chunk)
    return not body.read(1)


@route("DELETE", "/upload/<token>/<int:number>")
def upload_part_reset(store: Store, request: Request, token: str, number: int) -> Reply:
    """Makes a part pending again; 409 when the upload is complete or the part is locked (documented)."""
    file, _ = _file_and_part(store, token, number)
    with store.locks.take((token, number)) as is_free:
        if file["status"] != "created" or not is_free:
            raise BodilessProblem(409)
        _set_part_status(store, token, number, "PENDING")
    return Reply(200, b"", content_type="text/plain")


def _set_part_status(store: Store, token: str, number: int, status: str) -> None:
    with store.write() as db:
        db.execute("UPDATE parts SET status=? WHERE token=? AND number=?", (status, token, number))
