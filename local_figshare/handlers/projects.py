"""Projects: public lists and details, and an account's own with notes, collaborators and articles."""

from __future__ import annotations

import json

from .. import fields
from ..kinds import ARTICLE, PROJECT
from ..listing import page_of, public_list, public_search, query_of, slice_of
from ..record_parts import dumps, slug, without_html
from ..store import Store
from ..wire import BASE, Problem, Reply, Request, located, not_found, router
from . import editing, metadata, views
from .drafts import blank as blank_article
from .drafts import host
from .files import private_article_file, private_article_files_list
from .people import QUOTA, acting, mine, owner_author, role
from .quotas import used_by_project

ROUTES, route = router()
PUBLIC = "/v2/projects/<int:project_id>"
ONE = "/v2/account/projects/<int:project_id>"
ITEM = f"{ONE}/articles/<int:article_id>"
ROLES = {"viewer": "Viewer", "collaborator": "Collaborator"}


# Public


@route("GET", "/v2/projects")
def projects_list(store: Store, request: Request) -> Reply:
    """Public projects, newest published first."""
    return public_list(store, request, PROJECT)


@route("POST", "/v2/projects/search")
def projects_search(store: Store, request: Request) -> Reply:
    """A search of public projects."""
    return public_search(store, request, PROJECT, "published_date")


@route("GET", PUBLIC)
def project_details(store: Store, request: Request, project_id: int) -> Reply:
    """A public project."""
    record = views.need(store.public(PROJECT, project_id), PROJECT.entity)
    shown = {key: value for key, value in detail(record).items() if key not in PRIVATE_KEYS}
    return views.reply(shown, record.get("modified_date"))


@route("GET", f"{PUBLIC}/articles")
def project_articles(store: Store, request: Request, project_id: int) -> Reply:
    """The public articles of a public project."""
    if store.text(PROJECT, project_id) is None:
        raise not_found(PROJECT.entity)
    page = page_of(request.query)
    rows = store.query(
        "SELECT a.item FROM project_articles l JOIN articles a ON a.id = l.article_id "
        "WHERE l.project_id=? ORDER BY l.rowid LIMIT ? OFFSET ?",
        (project_id, page.limit, page.offset),
    )
    return Reply(200, "[" + ", ".join(row["item"] for row in rows) + "]")


# An account's own

PRIVATE_KEYS = ("account_id", "group_id", "storage")
DATES = ("created_date", "modified_date")  # recorded: they come first


def dates_first(record: dict) -> dict:
    """A record with its dates in front (recorded)."""
    return {**{key: record[key] for key in DATES if key in record}, **record}


def detail(record: dict) -> dict:
    """The record of a project; `funding` is null where there is none (recorded)."""
    return {**dates_first(record), "funding": record.get("funding") or None}


def begin(store: Store, record: dict, account_id: int | None) -> dict:
    """Gives the public record itself to be changed, as projects have no versions."""
    return fields.PROJECT.filled(record)


def refresh(store: Store, record: dict, account_id: int | None) -> None:
    """Updates the fields of a project that are computed from its other fields."""
    portal = host(store, record, account_id)
    record.update(
        modified_date=store.now(), figshare_url=f"{BASE}/web/{portal}/projects/{slug(record['title'])}/{record['id']}"
    )


editing.register(PROJECT, begin, refresh)


def private_item(row: dict, account: dict) -> dict:
    """The list item of a project, with role and storage."""
    record = row["record"]
    return {
        **dates_first(views.listed(PROJECT, record)),
        "url": views.account_url(PROJECT, row["id"]),
        "role": role(row, account) or "Viewer",
        "storage": "group" if record.get("group_id") else "individual",
    }


def private_detail(store: Store, row: dict, account: dict) -> dict:
    """The private record of a project; its custom fields come with their rules (recorded)."""
    record = row["record"]
    rules = {rule["name"]: rule for rule in metadata.custom_field_rules(store, record.get("group_id"))}
    fields = [{**field, **_rule(rules.get(field["name"], {}))} for field in record.get("custom_fields") or []]
    return {
        **detail(record),
        **private_item(row, account),
        "custom_fields": fields,
        "quota": QUOTA,
        **used_by_project(store, row["id"]),
        "account_id": row["account_id"] or 0,
        "group_id": record.get("group_id") or 0,
    }


def _rule(rule: dict) -> dict:
    return {
        "is_mandatory": bool(rule.get("is_mandatory")),
        "field_type": rule.get("field_type") or "text",
        "settings": rule.get("settings") or {},
    }


@route("GET", "/v2/account/projects", needs="account")
def private_projects_list(store: Store, request: Request) -> Reply:
    """The projects that the account owns or works in, filtered by `storage` and `roles`."""
    return account_page(store, acting(store, request), request.query)


@route("POST", "/v2/account/projects/search", needs="account")
def private_projects_search(store: Store, request: Request) -> Reply:
    """A search of the account's projects."""
    return account_page(store, acting(store, request), request.parameters())


def account_page(store: Store, account: dict, parameters: dict) -> Reply:
    """A page of the projects that an account owns or works in."""
    query = query_of("private_projects", parameters, "published_date")
    query.where(
        "(account_id = ? OR EXISTS (SELECT 1 FROM json_each(record, '$.collaborators') c "
        "WHERE json_extract(c.value, '$.user_id') = ?))",
        account["id"],
        account["user_id"],
    )
    rows = [{**row, "record": json.loads(row["record"])} for row in query.run(store, "id, account_id, record", -1)]
    items = [private_item(row, account) for row in rows]
    wanted = str(parameters.get("roles") or "").lower().split(",")
    items = [item for item in items if wanted == [""] or item["role"].lower() in wanted]
    storage = parameters.get("storage")
    return Reply(200, slice_of([item for item in items if not storage or item["storage"] == storage], parameters))


@route("POST", "/v2/account/projects", needs="account")
def private_project_create(store: Store, request: Request) -> Reply:
    """Creates a project, which its creator owns."""
    project_id = editing.create(store, PROJECT, acting(store, request), request.json(), blank)
    return editing.created(PROJECT, project_id, warnings=False)


def blank(store: Store, account: dict, project_id: int) -> dict:
    """Makes a project without content."""
    now, owner = store.now(), owner_author(store, account)
    return {
        "url": views.account_url(PROJECT, project_id),
        "id": project_id,
        "title": "",
        "created_date": now,
        "modified_date": now,
        "published_date": None,
        "funding": None,
        "funding_list": [],
        "description": "",
        "collaborators": [{"user_id": owner["id"], "name": owner["full_name"], "role_name": "Owner"}],
        "custom_fields": [],
        "figshare_url": "",
        "group_id": None,
    }


@route("GET", ONE, needs="account")
def private_project_details(store: Store, request: Request, project_id: int) -> Reply:
    """The private record."""
    account = acting(store, request)
    return Reply(200, private_detail(store, project_of(store, request, project_id), account))


def project_of(store: Store, request: Request, project_id: int, seeing: bool = False) -> dict:
    """The row of a project that the account owns or works in, see `mine`."""
    return mine(store, request, PROJECT, project_id, seeing)


@route("PUT", ONE, needs="account")
@route("PATCH", ONE, needs="account")
def private_project_update(store: Store, request: Request, project_id: int) -> Reply:
    """Changes the fields of a project that the body names."""
    editing.change(store, request, PROJECT, project_id, request.json())
    return Reply(205, b"", {"Location": views.account_url(PROJECT, project_id)})


@route("DELETE", ONE, needs="account")
def private_project_delete(store: Store, request: Request, project_id: int) -> Reply:
    """Deletes a project; its articles stay."""
    row = project_of(store, request, project_id)
    if not row["is_draft"]:
        raise Problem(403, "Forbidden", "A public project cannot be deleted")
    with store.write() as db:
        store.delete(PROJECT.drafts, project_id)
        for table in ("project_articles", "notes"):
            db.execute(f"DELETE FROM {table} WHERE project_id=?", (project_id,))
        store.tick()
    return Reply(204)


@route("POST", f"{ONE}/publish", needs="account")
def private_project_publish(store: Store, request: Request, project_id: int) -> Reply:
    """Publishes a project (documented: 200 with a message)."""
    with store.write():
        row = project_of(store, request, project_id)
        if row["is_draft"]:
            store.tick()
            record = {**row["record"], "published_date": store.now(), "url": f"{BASE}/v2/projects/{project_id}"}
            store.delete(PROJECT.drafts, project_id)
            editing.save(store, PROJECT, record, row["account_id"])
    return Reply(200, {"message": f"Project {project_id} has been published"})


# Notes


def note_of(store: Store, project_id: int, note_id: int) -> dict:
    """A note of a project. Raises `Problem` 404."""
    row = store.one("SELECT record FROM notes WHERE id=? AND project_id=?", (note_id, project_id))
    return json.loads(views.need(row, "ProjectNote")["record"])


def save_note(store: Store, project_id: int, note: dict) -> None:
    """Writes a note, new or changed."""
    with store.write() as db:
        db.execute("INSERT OR REPLACE INTO notes VALUES (?, ?, ?)", (note["id"], project_id, dumps(note)))


@route("GET", f"{ONE}/notes", needs="account")
def private_project_notes_list(store: Store, request: Request, project_id: int) -> Reply:
    """The notes of a project, without their full text."""
    project_of(store, request, project_id)
    rows = store.query("SELECT record FROM notes WHERE project_id=? ORDER BY id DESC", (project_id,))
    notes = [json.loads(row["record"]) for row in rows]
    return Reply(200, slice_of([{key: note[key] for key in note if key != "text"} for note in notes], request.query))


@route("POST", f"{ONE}/notes", needs="account")
def private_project_notes_create(store: Store, request: Request, project_id: int) -> Reply:
    """Adds a note to a project."""
    project_of(store, request, project_id)
    text = metadata.checked_text("text", request.json().get("text"), 3, 20000)
    account = acting(store, request)
    with store.write():
        now = store.tick().strftime("%Y-%m-%dT%H:%M:%SZ")
        note = {
            "id": store.next_id("note"),
            "user_id": account["user_id"],
            "abstract": without_html(text)[:80],
            "user_name": owner_author(store, account)["full_name"],
            "created_date": now,
            "modified_date": now,
            "text": text,
        }
        save_note(store, project_id, note)
    return located(201, f"/account/projects/{project_id}/notes/{note['id']}")


@route("GET", f"{ONE}/notes/<int:note_id>", needs="account")
def private_project_note(store: Store, request: Request, project_id: int, note_id: int) -> Reply:
    """One note, with its text."""
    project_of(store, request, project_id)
    return Reply(200, note_of(store, project_id, note_id))


@route("PUT", f"{ONE}/notes/<int:note_id>", needs="account")
def private_project_note_update(store: Store, request: Request, project_id: int, note_id: int) -> Reply:
    """Changes a note."""
    project_of(store, request, project_id)
    text = metadata.checked_text("text", request.json().get("text"), 3, 20000)
    with store.write():
        note = note_of(store, project_id, note_id)
        note.update(
            text=text, abstract=without_html(text)[:80], modified_date=store.tick().strftime("%Y-%m-%dT%H:%M:%SZ")
        )
        save_note(store, project_id, note)
    return Reply(205, b"", {"Location": f"{views.account_url(PROJECT, project_id)}/notes/{note_id}"})


@route("DELETE", f"{ONE}/notes/<int:note_id>", needs="account")
def private_project_note_delete(store: Store, request: Request, project_id: int, note_id: int) -> Reply:
    """Deletes a note."""
    project_of(store, request, project_id)
    note_of(store, project_id, note_id)
    with store.write() as db:
        db.execute("DELETE FROM notes WHERE id=?", (note_id,))
    return Reply(204)


# Collaborators


@route("GET", f"{ONE}/collaborators", needs="account")
def private_project_collaborators_list(store: Store, request: Request, project_id: int) -> Reply:
    """The accounts that work in a project or are invited."""
    members = project_of(store, request, project_id)["record"].get("collaborators") or []
    return Reply(
        200,
        [
            {
                "status": member.get("status") or "accepted",
                "role_name": member["role_name"],
                "user_id": member["user_id"],
                "name": member["name"],
            }
            for member in members
        ],
    )


@route("POST", f"{ONE}/collaborators", needs="account")
def private_project_collaborators_invite(store: Store, request: Request, project_id: int) -> Reply:
    """Invites an account, by `user_id` or by `email`."""
    body = request.json()
    if body.get("role_name") not in list(ROLES):  # a list may be asked for anything, a dict not for a list
        raise metadata.bad("role_name", f"must be one of {', '.join(ROLES)}")
    column = "user_id" if body.get("user_id") is not None else "email"
    check = metadata.checked_integer if column == "user_id" else metadata.checked_text
    found = store.one(f"SELECT id FROM accounts WHERE {column}=?", (check(column, body.get(column)),))
    account = views.need(store.account(views.need(found, "User")["id"]), "User")
    person = owner_author(store, account)
    with editing.editing(store, request, PROJECT, project_id) as row:
        others = [one for one in row["record"]["collaborators"] if one["user_id"] != person["id"]]
        new = {
            "user_id": person["id"],
            "name": person["full_name"],
            "role_name": ROLES[body["role_name"]],
            "status": "invited",
        }
        row["record"]["collaborators"] = [*others, new]
    return Reply(201, {"message": f"{person['full_name']} has been invited"})


@route("DELETE", f"{ONE}/collaborators/<int:user_id>", needs="account")
def private_project_collaborator_delete(store: Store, request: Request, project_id: int, user_id: int) -> Reply:
    """Takes an account out of a project, except its owner."""
    _without(store, request, project_id, user_id)
    return Reply(204)


@route("POST", f"{ONE}/leave", needs="account")
def private_project_leave(store: Store, request: Request, project_id: int) -> Reply:
    """Lets the account leave a project that another one owns; a viewer may do that too."""
    _without(store, request, project_id, acting(store, request)["user_id"], seeing=True)
    return Reply(204)


def _without(store: Store, request: Request, project_id: int, user_id: int, seeing: bool = False) -> None:
    with editing.editing(store, request, PROJECT, project_id, seeing) as row:
        members = row["record"]["collaborators"]
        leaving = [one for one in members if one["user_id"] == user_id]
        if not leaving:
            raise not_found("Collaborator")
        if leaving[0]["role_name"] == "Owner":
            raise Problem(403, "Forbidden", "The owner of a project cannot leave it")
        row["record"]["collaborators"] = [one for one in members if one["user_id"] != user_id]


# Articles of a project


@route("GET", f"{ONE}/articles", needs="account")
def private_project_articles_list(store: Store, request: Request, project_id: int) -> Reply:
    """All articles of a project, private ones too."""
    project_of(store, request, project_id)
    page = page_of(request.query)
    rows = store.query(
        "SELECT p.id, p.item, p.is_draft FROM project_articles l JOIN private_articles p "
        "ON p.id = l.article_id WHERE l.project_id=? ORDER BY l.rowid LIMIT ? OFFSET ?",
        (project_id, page.limit, page.offset),
    )
    return Reply(
        200,
        [
            {
                **dates_first(views.private_item(ARTICLE, row)),
                "url": f"{views.account_url(PROJECT, project_id)}/articles/{row['id']}",
            }
            for row in rows
        ],
    )


@route("POST", f"{ONE}/articles", needs="account")
def private_project_articles_create(store: Store, request: Request, project_id: int) -> Reply:
    """Creates a draft in a project (recorded: the answer has a location and no entity_id)."""
    project_of(store, request, project_id)
    with store.write() as db:
        article_id = editing.create(store, ARTICLE, acting(store, request), request.json(), blank_article)
        db.execute("INSERT INTO project_articles VALUES (?, ?)", (project_id, article_id))
        db.execute("UPDATE drafts SET project_id=? WHERE id=?", (project_id, article_id))
    return located(201, f"/account/projects/{project_id}/articles/{article_id}")


def article_in(store: Store, request: Request, project_id: int, article_id: int) -> dict:
    """The private row of an article of a project. Raises `Problem` 404."""
    project_of(store, request, project_id)
    if (
        store.one("SELECT 1 FROM project_articles WHERE project_id=? AND article_id=?", (project_id, article_id))
        is None
    ):
        raise not_found(ARTICLE.entity)
    return views.need(store.private_row(ARTICLE, article_id), ARTICLE.entity)


@route("GET", ITEM, needs="account")
def private_project_article_details(store: Store, request: Request, project_id: int, article_id: int) -> Reply:
    """The private record of an article of a project."""
    return Reply(200, views.private_record(store, article_in(store, request, project_id, article_id)))


@route("DELETE", ITEM, needs="account")
def private_project_article_delete(store: Store, request: Request, project_id: int, article_id: int) -> Reply:
    """Takes an article out of a project; the article itself stays (our choice)."""
    article_in(store, request, project_id, article_id)
    with store.write() as db:
        db.execute("DELETE FROM project_articles WHERE project_id=? AND article_id=?", (project_id, article_id))
        for table in (ARTICLE.public, ARTICLE.drafts):
            db.execute(f"UPDATE {table} SET project_id=NULL WHERE id=?", (article_id,))
        store.tick()
    return Reply(204)


@route("GET", f"{ITEM}/files", needs="account")
def private_project_article_files(store: Store, request: Request, project_id: int, article_id: int) -> Reply:
    """Files of an article of a project."""
    article_in(store, request, project_id, article_id)
    return private_article_files_list(store, request, article_id)


@route("GET", f"{ITEM}/files/<int:file_id>", needs="account")
def private_project_article_file(
    store: Store, request: Request, project_id: int, article_id: int, file_id: int
) -> Reply:
    """One file of an article of a project."""
    article_in(store, request, project_id, article_id)
    return private_article_file(store, request, article_id, file_id)
