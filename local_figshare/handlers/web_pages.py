"""The web pages of records and of private links, with title and description; a view of an item is counted."""

from __future__ import annotations

import base64
import html
import re

from ..entity_kinds import ARTICLE, KINDS, Kind
from ..messages import BASE, Problem, Reply, Request, router
from ..store import Store
from . import answers

ROUTES, route = router()
PIXEL = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg=="
)
PAGE = """<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><title>{title}</title></head>
<body><h1>{title}</h1><p>{description}</p>{files}
<p>Local Figshare: a stand-in, not the page of {host}.</p></body></html>
"""


def entity_of_page(store: Store, path: str) -> tuple[Kind | None, dict | None]:
    """Returns the kind and the record of a page's path: ``.../articles/dataset/TITLE/ID`` or ``.../ID/VERSION``.

    A title can be a number. So the next-to-last part is an id only where there is such an entity, or where the path
    has more parts than type, title and id.
    """
    kinds = {kind.public: kind for kind in KINDS.values()}
    parts = path.strip("/").split("/")
    start = next((index for index, part in enumerate(parts) if part in kinds), len(parts))
    numbers = [int(part) if re.fullmatch(r"[0-9]{1,15}", part) else None for part in parts[start + 1 :]]
    kind = kinds[parts[start]] if numbers else None
    if kind is None or numbers[-1] is None:
        return kind, None
    next_to_last = numbers[-2] if len(numbers) > 1 else None
    most_parts = 3 if kind is ARTICLE else 2  # type, title and id; title and id
    if next_to_last is not None and (len(numbers) > most_parts or store.public_json(kind, next_to_last)):
        return kind, store.version_record(kind, next_to_last, numbers[-1])
    return kind, store.public_record(kind, numbers[-1])


@route("GET", "/web/<host>/<path:path>")
def page(store: Store, request: Request, host: str, path: str) -> Reply:
    """Returns the page of an item, a collection or a project, maybe with a version behind its id.

    A view of an item is counted. For a thumbnail the answer is a picture of one pixel.
    """
    if re.search(r"\.(png|jpe?g|gif)$", path):
        return Reply(200, PIXEL, content_type="image/png")
    kind, record = entity_of_page(store, path)
    if record is None:
        raise _no_page_error()
    if kind is ARTICLE:
        store.count_event(record["id"], "views")
    return _page_reply(record, host)


@route("GET", "/web/<host>/s/<link_token>")
def shared_page(store: Store, request: Request, host: str, link_token: str) -> Reply:
    """Returns the page of a private link: title, description and files, but no authors (documented)."""
    link = store.first_row("SELECT kind, entity_id FROM private_links WHERE token=? AND is_active=1", (link_token,))
    row = store.private_row(KINDS[link["kind"]], link["entity_id"]) if link else None
    if not link or not row:
        raise _no_page_error()
    files = answers.files_of(store, row["record"]) if KINDS[link["kind"]] is ARTICLE else []
    return _page_reply(
        row["record"],
        host,
        "".join(
            f'<li><a href="{BASE}/files/{file["id"]}?private_link={link_token}">{html.escape(file["name"])}</a></li>'
            for file in files
        ),
    )


def _no_page_error() -> Problem:
    return Problem(404, "EntityNotFound", "Entity not found: page")


def _page_reply(record: dict, host: str, files: str = "") -> Reply:
    text = PAGE.format(
        title=html.escape(record["title"]),
        description=html.escape(record.get("description") or ""),
        files=files and f"<ul>{files}</ul>",
        host=html.escape(host),
    )
    return Reply(200, text, content_type="text/html; charset=UTF-8")
