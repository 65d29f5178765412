"""The notes of an account's projects."""

from __future__ import annotations

import json

from ..entity_kinds import PROJECT
from ..listing import slice_of
from ..messages import Reply, Request, location_reply, router
from ..record_parts import dumps, without_html
from ..store import Store
from . import answers, metadata
from .access import acting_account
from .account_projects import project_of
from .authors import author_of_account

ROUTES, route = router()
ACCOUNT_PROJECT = "/v2/account/projects/<int:project_id>"


def note_of(store: Store, project_id: int, note_id: int) -> dict:
    """Returns a note of a project. Raises `Problem` 404."""
    row = store.first_row("SELECT record FROM notes WHERE id=? AND project_id=?", (note_id, project_id))
    return json.loads(answers.value_or_404(row, "ProjectNote")["record"])


def save_note(store: Store, project_id: int, note: dict) -> None:
    """Writes a note, new or changed."""
    with store.write() as db:
        db.execute("INSERT OR REPLACE INTO notes VALUES (?, ?, ?)", (note["id"], project_id, dumps(note)))


@route("GET", f"{ACCOUNT_PROJECT}/notes", needs="account")
def private_project_notes_list(store: Store, request: Request, project_id: int) -> Reply:
    """Returns the notes of a project, without their full text."""
    project_of(store, request, project_id)
    rows = store.query("SELECT record FROM notes WHERE project_id=? ORDER BY id DESC", (project_id,))
    notes = [json.loads(row["record"]) for row in rows]
    return Reply(200, slice_of([{key: note[key] for key in note if key != "text"} for note in notes], request.query))


@route("POST", f"{ACCOUNT_PROJECT}/notes", needs="account")
def private_project_notes_create(store: Store, request: Request, project_id: int) -> Reply:
    """Adds a note to a project."""
    text = metadata.checked_text("text", request.json().get("text"), 3, 20000)
    with store.write():
        project_of(store, request, project_id)
        account, now = acting_account(store, request), store.tick()
        note = {
            "id": store.next_id("note"),
            "user_id": account["user_id"],
            "abstract": without_html(text)[:80],
            "user_name": author_of_account(store, account)["full_name"],
            "created_date": now,
            "modified_date": now,
            "text": text,
        }
        save_note(store, project_id, note)
    return location_reply(201, f"/account/projects/{project_id}/notes/{note['id']}")


@route("GET", f"{ACCOUNT_PROJECT}/notes/<int:note_id>", needs="account")
def private_project_note(store: Store, request: Request, project_id: int, note_id: int) -> Reply:
    """Returns one note, with its text."""
    project_of(store, request, project_id)
    return Reply(200, note_of(store, project_id, note_id))


@route("PUT", f"{ACCOUNT_PROJECT}/notes/<int:note_id>", needs="account")
def private_project_note_update(store: Store, request: Request, project_id: int, note_id: int) -> Reply:
    """Changes a note."""
    text = metadata.checked_text("text", request.json().get("text"), 3, 20000)
    with store.write():
        project_of(store, request, project_id)
        note = note_of(store, project_id, note_id)
        note.update(text=text, abstract=without_html(text)[:80], modified_date=store.tick())
        save_note(store, project_id, note)
    return Reply(205, b"", {"Location": f"{answers.account_url(PROJECT, project_id)}/notes/{note_id}"})


@route("DELETE", f"{ACCOUNT_PROJECT}/notes/<int:note_id>", needs="account")
def private_project_note_delete(store: Store, request: Request, project_id: int, note_id: int) -> Reply:
    """Deletes a note."""
    project_of(store, request, project_id)
    note_of(store, project_id, note_id)
    with store.write() as db:
        db.execute("DELETE FROM notes WHERE id=?", (note_id,))
    return Reply(204)
