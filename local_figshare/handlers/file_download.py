"""Downloads: a redirect, which counts the download, and the storage, which sends the bytes.

Recorded: ``/files/{id}`` answers 302 to a signed address of a storage service on another host, and that service
refuses a request that still carries the API's ``Authorization``. Here the other host is this machine under its
other name (127.0.0.1 and localhost), so that a client must drop the header when the host changes, as on the
real service.
"""

from __future__ import annotations

import hashlib
import re
import xml.etree.ElementTree as xml
from urllib.parse import quote

from ..entity_kinds import ARTICLE
from ..messages import BASE, Reply, Request, not_found, router
from ..store import Store
from . import answers
from .access import may_see
from .file_bytes import file_content

ROUTES, route = router()
OTHER_NAME = {"127.0.0.1": "localhost", "localhost": "127.0.0.1"}


@route("GET", "/files/<int:file_id>")
@route("GET", "/v2/file/download/<int:file_id>")
def file_download(store: Store, request: Request, file_id: int) -> Reply:
    """Counts a download and redirects to the bytes. Raises `Problem` 404, also where the file may not be downloaded."""
    row = answers.value_or_404(store.file(file_id), "File")
    if row["status"] == "created":  # its upload is not complete
        raise not_found("File")
    is_public = _is_public_file(store, row)
    if not is_public and not _may_download(store, request, row):
        raise not_found("File")
    if row["is_link_only"]:
        return Reply(302, b"", {"Location": row["download_url"]})
    if is_public and request.headers.get("x-local-figshare-method") != "HEAD":
        store.count_event(row["article_id"], "downloads")
    name = quote(re.sub(r"[^\w .()-]|^\.+$", "_", row["name"]) or str(file_id), safe="")
    return Reply(
        302, b"", {"Location": f"{_storage_address(request)}/storage/{file_id}/{name}?signature={signature(file_id)}"}
    )


def _storage_address(request: Request) -> str:
    """Returns the address of this server under its other name, where it has one."""
    name, _, port = request.headers.get("host", "").partition(":")
    return f"http://{OTHER_NAME[name]}:{port}" if name in OTHER_NAME and port else BASE


def signature(file_id: int) -> str:
    """Returns the signature in a storage address. It is the same at every start, so that stored outputs stay true."""
    return hashlib.sha256(f"local figshare {file_id}".encode()).hexdigest()[:16]


def _is_public_file(store: Store, row: dict) -> bool:
    """Tells whether the public may download a file, in some public version."""
    record = store.article(row["article_id"])
    if record is None or record.get("download_disabled"):
        return False
    if row["public"]:
        return row["id"] in {entry["id"] for entry in answers.downloadable_files(store, record)}
    version_rows = store.query("SELECT version FROM versions WHERE kind='article' AND id=?", (row["article_id"],))
    versions = [store.version_record(ARTICLE, row["article_id"], entry["version"]) for entry in version_rows]
    return any(
        row["id"] == entry["id"] for version in versions for entry in answers.downloadable_files(store, version or {})
    )


def _may_download(store: Store, request: Request, row: dict) -> bool:
    """Tells whether a request may download a file by a private link or by its token."""
    link = request.query.get("private_link")
    if link and store.first_row(
        "SELECT 1 FROM private_links WHERE token=? AND entity_id=? AND is_active=1", (link, row["article_id"])
    ):
        return True
    owner = store.private_row(ARTICLE, row["article_id"])
    return bool(request.account and owner and may_see(store, request.account, owner))


@route("GET", "/storage/<int:file_id>/<name>")
def stored_file(store: Store, request: Request, file_id: int, name: str) -> Reply:
    """Returns the bytes of a file, or a range of them."""
    if request.headers.get("authorization"):
        return _refusal(400, "InvalidArgument", "Only one auth mechanism allowed")
    row = store.file(file_id)
    if row is None or request.query.get("signature") != signature(file_id):
        return _refusal(403, "AccessDenied", "Access Denied")
    file_name = quote(_base_name(row["name"]))
    headers = {
        "Accept-Ranges": "bytes",
        "Content-Disposition": f"attachment; filename*=UTF-8''{file_name}",
        "ETag": f'"{row["computed_md5"] or file_id}"',
    }
    if request.headers.get("if-none-match", "").strip() in (headers["ETag"], "*"):
        return Reply(304, b"", headers)
    is_unchanged = request.headers.get("if-range", headers["ETag"]).strip() == headers["ETag"]
    byte_range = _byte_range(request.headers.get("range"), row["size"]) if is_unchanged else None
    if byte_range == ():
        return Reply(416, b"", {**headers, "Content-Range": f"bytes */{row['size']}"}, content_type="text/plain")
    start, end = byte_range or (0, row["size"])
    headers["Content-Length"] = str(end - start)
    if byte_range:
        headers["Content-Range"] = f"bytes {start}-{end - 1}/{row['size']}"
    content_type = row["mimetype"] if row["mimetype"] not in (None, "", "undefined") else "application/octet-stream"
    return Reply(206 if byte_range else 200, file_content(store, row, start, end), headers, content_type=content_type)


def _base_name(name: str) -> str:
    """Returns a name without its path, which clients must not follow."""
    return re.split(r"[/\\]", name)[-1]


def _byte_range(header: str | None, size: int) -> tuple | None:
    """Returns the start and the end of a Range header, end not included.

    Returns None for the whole file, () for a range beyond it.
    """
    match = re.fullmatch(r"bytes=(\d*)-(\d*)", (header or "").strip())
    if not match or match.group(0) == "bytes=-":
        return None
    first, last = match.groups()
    if not first:
        start, end = max(0, size - int(last)), size
    else:
        start, end = int(first), min(int(last) + 1 if last else size, size)
        if last and int(last) < start:  # not a valid range: RFC 9110 says to ignore it
            return None
    return (start, end) if start < end else ()


def _refusal(status: int, code: str, message: str) -> Reply:
    """Returns an error as the storage service writes it."""
    root = xml.Element("Error")
    xml.SubElement(root, "Code").text = code
    xml.SubElement(root, "Message").text = message
    return Reply(status, xml.tostring(root, encoding="utf-8", xml_declaration=True), content_type="application/xml")
