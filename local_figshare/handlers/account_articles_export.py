"""The article report of an account, a workbook of its items. The operation is documented, the columns are ours."""

from __future__ import annotations

import io
import json
import re
import uuid
from datetime import datetime

from ..listing import integer
from ..messages import BASE, Problem, Reply, Request, not_found, router
from ..metadata_formats import xml_text
from ..record_parts import dumps
from ..store import Store
from .access import acting_account

ROUTES, route = router()
COLUMNS = (
    "id",
    "title",
    "doi",
    "defined_type_name",
    "created_date",
    "published_date",
    "modified_date",
    "url_public_html",
)
COUNTER_COLUMNS = ("views_now", "downloads_now", "shares_now")
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@route("GET", "/v2/account/articles/export", needs="account")
def account_article_report(store: Store, request: Request) -> Reply:
    """Returns the reports of the account."""
    rows = store.query(
        "SELECT record FROM reports WHERE account_id=? ORDER BY id", (acting_account(store, request)["id"],)
    )
    reports = [json.loads(row["record"]) for row in rows]
    group = integer(request.query, "group_id")
    return Reply(200, [report for report in reports if group in (None, report["group_id"])])


@route("POST", "/v2/account/articles/export", needs="account")
def account_article_report_generate(store: Store, request: Request) -> Reply:
    """Makes a report, one a day at most (documented: 429). Here it is ready at once."""
    account, today = acting_account(store, request), store.now()[:10]
    with store.write() as db:
        if store.first_row("SELECT 1 FROM reports WHERE account_id=? AND day=?", (account["id"], today)):
            raise Problem(429, "TooManyRequests", "One report a day; today's exists")
        number, token = store.next_id("report"), str(uuid.uuid4())
        report = {
            "id": number,
            "account_id": account["id"],
            "created_date": store.now(),
            "status": "done",
            "download_url": f"{BASE}/storage/reports/{token}/report-{number}.xlsx",
            "group_id": account["group_id"] or 0,
        }
        db.execute("INSERT INTO reports VALUES (?, ?, ?, ?)", (number, account["id"], today, dumps(report)))
    (store.uploads / token).write_bytes(workbook_bytes(store, account["id"]))
    return Reply(200, report)


@route("GET", "/storage/reports/<uuid:token>/<name>")
def report_file(store: Store, request: Request, token: uuid.UUID, name: str) -> Reply:
    """Returns the workbook of a report."""
    number = re.fullmatch(r"report-(\d{1,15})\.xlsx", name)
    row = number and store.first_row("SELECT record FROM reports WHERE id=?", (int(number[1]),))
    if not row or str(token) not in json.loads(row["record"])["download_url"]:
        raise not_found("Report")
    return Reply(200, (store.uploads / str(token)).read_bytes(), content_type=XLSX)


def workbook_bytes(store: Store, account_id: int) -> bytes:
    """Returns the bytes of an XLSX file with one row for each item, drafts too."""
    import openpyxl  # a tenth of a second, and nobody else needs it

    workbook = openpyxl.Workbook()
    workbook.properties.created = workbook.properties.modified = datetime.fromisoformat(store.now()).replace(
        tzinfo=None
    )
    sheet = workbook.active
    sheet.title = "Articles"
    sheet.append([*COLUMNS, "status", "views", "downloads", "shares"])
    for row in store.query(
        f"SELECT item, is_draft, {', '.join(COUNTER_COLUMNS)} FROM private_articles WHERE account_id=? ORDER BY id",
        (account_id,),
    ):
        item = json.loads(row["item"])
        cells = [xml_text(value) if isinstance(value, str) else value for value in map(item.get, COLUMNS)]
        sheet.append([*cells, "draft" if row["is_draft"] else "public", *(row[name] for name in COUNTER_COLUMNS)])
    buffer = io.BytesIO()
    workbook.save(buffer)
    return buffer.getvalue()
