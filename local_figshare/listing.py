"""Lists and searches of every kind of entity: parameters -> SQL -> one page.

Documented: default 10, at most 1,000 a page; `page`/`page_size` or `limit`/`offset`, never both (422); no more
than 9,000 entities without a cursor (422). Recorded: past the last result, 200 and []. Our choice:
a parameter that is no whole number is 400, one out of range 422; the last page of a cursor has no ``X-Cursor``.
"""

from __future__ import annotations

import base64
import json
import re
import sqlite3
from collections.abc import Callable, Collection
from dataclasses import dataclass, field

from . import search
from .catalogue import is_day
from .entity_kinds import Kind
from .messages import Problem, Reply, Request, strict_json
from .record_parts import bare_doi
from .store import Store

CEILING = 9000
DEFAULT_SIZE = 10
MOST_WORDS = 100
BOUNDS = {"page": (1, 5000), "page_size": (1, 1000), "limit": (1, 1000), "offset": (0, CEILING)}

ORDERS = {
    "created_date": "created_date",
    "published_date": "published_date",
    "modified_date": "modified_date",
    "views": "views_now",
    "downloads": "downloads_now",
    "shares": "shares_now",
    "cites": "id",  # there are no citations here, so all items are equal
}

DATE_PARAMETER = re.compile(r"\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d)?Z?)?$")


def invalid_parameter(status: int, name: str, reason: str) -> Problem:
    """Returns the refusal of a parameter; message and data name it."""
    code = "BadRequest" if status == 400 else "UnprocessableEntity"
    return Problem(status, code, f"{name}: {reason}", {"invalid_params": name})


def integer(parameters: dict, name: str, low: int | None = None, high: int | None = None) -> int | None:
    """Returns a whole number of the parameters; None where it is absent. Raises `Problem` 400 and 422."""
    value = parameters.get(name)
    if value is None or value == "":
        return None
    if isinstance(value, (bool, float)) or not re.fullmatch(r"[+-]?[0-9]{1,15}", str(value)):
        raise invalid_parameter(400, name, "must be a whole number")
    number = int(value)
    if (low is not None and number < low) or (high is not None and number > high):
        raise invalid_parameter(422, name, f"must be between {low} and {high}")
    return number


def search_words(parameters: dict) -> list[str]:
    """Returns the words of a `search_for` without operators.

    Raises `Problem` 422 where they are more than SQL can join.
    """
    words = str(parameters.get("search_for") or "").split()
    if len(words) > MOST_WORDS:
        raise invalid_parameter(422, "search_for", f"must have at most {MOST_WORDS} words")
    return words


@dataclass(frozen=True)
class ListPage:
    """A page of a list, as SQL counts it."""

    limit: int = DEFAULT_SIZE
    offset: int = 0


def page_of(parameters: dict) -> ListPage:
    """Returns the page that `page` and `page_size`, or `limit` and `offset`, ask for. Raises `Problem` 400 and 422."""
    values = {name: integer(parameters, name, *bounds) for name, bounds in BOUNDS.items()}
    page_names = [name for name in ("page", "page_size") if values[name] is not None]
    offset_names = [name for name in ("limit", "offset") if values[name] is not None]
    if page_names and offset_names:
        raise invalid_parameter(422, offset_names[0], f"cannot be combined with {page_names[0]}")
    limit = values["page_size"] or values["limit"] or DEFAULT_SIZE
    offset = values["offset"] or ((values["page"] or 1) - 1) * limit
    if offset + limit > CEILING:
        raise invalid_parameter(
            422,
            page_names[0] if page_names else "offset",
            f"no more than {CEILING} entities can be listed this way; narrow the query down or use X-Cursor",
        )
    return ListPage(limit, offset)


def slice_of(rows: list, parameters: dict) -> list:
    """Returns one page of a list that is in memory."""
    page = page_of(parameters)
    return rows[page.offset : page.offset + page.limit]


@dataclass
class Query:
    """A SELECT from a table: conditions that are joined by AND, their arguments, and the order."""

    table: str
    conditions: list[str] = field(default_factory=list)
    args: list = field(default_factory=list)
    order: str = "created_date"
    descending: bool = True

    def where(self, condition: str, *args: object) -> None:
        """Adds a condition and its arguments."""
        self.conditions.append(condition)
        self.args.extend(args)

    def run(self, store: Store, columns: str, limit: int, offset: int = 0) -> list[sqlite3.Row]:
        """Returns the rows that meet all conditions; the column `sort_value` is the value by which they are sorted."""
        direction = "DESC" if self.descending else "ASC"
        condition = " AND ".join(self.conditions) or "1"
        column = ORDERS[self.order]
        return store.query(
            f"SELECT {columns}, {column} AS sort_value FROM {self.table} WHERE {condition} "
            f"ORDER BY {column} {direction}, id {direction} LIMIT ? OFFSET ?",
            (*self.args, limit, offset),
        )


# Filters


AddFilter = Callable[[Query, str, object], None]


def _filter_since(column: str) -> AddFilter:
    def add(query: Query, name: str, value: object) -> None:
        if not (DATE_PARAMETER.match(str(value)) and is_day(str(value)[:10])):
            raise invalid_parameter(400, name, "must be YYYY-MM-DD or YYYY-MM-DDTHH:MM:SSZ")
        query.where(f"{column} >= ?", str(value))

    return add


def _filter_equal(column: str) -> AddFilter:
    def add(query: Query, name: str, value: object) -> None:
        query.where(f"{column} = ?", integer({name: value}, name))

    return add


def _filter_doi(query: Query, name: str, value: object) -> None:
    """Filters by DOI. One with a version must be that very version; without one, all versions match (recorded)."""
    query.where("bare_doi = ?", bare_doi(str(value)))
    if re.search(r"\.v\d+$", str(value)):
        query.where("lower(doi) = ?", re.sub(r"^(https?://(dx\.)?doi\.org/|doi:)", "", str(value).strip().lower()))


FILTERS: dict[str, AddFilter] = {
    "institution": _filter_equal("institution_id"),
    "group": _filter_equal("group_id"),
    "item_type": _filter_equal("defined_type"),
    "project_id": _filter_equal("project_id"),
    "published_since": _filter_since("published_date"),
    "modified_since": _filter_since("modified_date"),
    "doi": _filter_doi,
    "resource_doi": lambda query, name, value: query.where("resource_doi = ?", bare_doi(str(value))),
    "handle": lambda query, name, value: query.where("handle = ?", str(value)),
    "resource_id": lambda query, name, value: query.where("resource_id = ?", str(value)),
}


def query_of(table: str, parameters: dict, default_order: str) -> Query:
    """Returns the query that the parameters of a list or a search ask for, without paging."""
    query = Query(table, order=default_order)
    for name, add in FILTERS.items():
        if parameters.get(name) not in (None, ""):
            add(query, name, parameters[name])
    if parameters.get("search_for") not in (None, ""):
        if not isinstance(parameters["search_for"], str):
            raise invalid_parameter(422, "search_for", "must be text")
        condition, args = search.condition(parameters["search_for"])
        query.where(condition, *args)
    query.order = _choice(parameters, "order", ORDERS, default_order)
    query.descending = _choice(parameters, "order_direction", ("asc", "desc"), "desc") == "desc"
    return query


def _choice(parameters: dict, name: str, allowed: Collection[str], default: str) -> str:
    value = parameters.get(name) or default
    if not isinstance(value, str) or value not in allowed:
        raise invalid_parameter(422, name, f"must be one of {', '.join(allowed)}")
    return value


# Pages


def public_list(store: Store, request: Request, kind: Kind) -> Reply:
    """Returns a page of the public list, newest published first (documented).

    It takes no `search_for` (recorded for articles).
    """
    parameters = {name: value for name, value in request.parameters().items() if name != "search_for"}
    return public_page(store, request, kind, "published_date", parameters)


def public_search(
    store: Store, request: Request, kind: Kind, default_order: str, with_project_id: bool = False
) -> Reply:
    """Returns a page of the public search."""
    return public_page(store, request, kind, default_order, request.parameters(), with_project_id)


def public_page(
    store: Store, request: Request, kind: Kind, default_order: str, parameters: dict, with_project_id: bool = False
) -> Reply:
    """Returns a page of public items, by offset or by cursor, with the cursor of the next page.

    Args:
        store: where they are.
        request: the request; its header ``X-Cursor`` is used.
        kind: kind of the items.
        default_order: the order where `parameters` name none.
        parameters: filters, search, order and paging.
        with_project_id: whether every item begins with `project_id`, as in the search of articles (recorded).
    """
    query = query_of(kind.public, parameters, default_order)
    page = _cursor_page(query, parameters, request.headers.get("x-cursor"))
    rows = query.run(store, "id, item, project_id", page.limit + 1, page.offset)
    headers = {}
    if len(rows) > page.limit:
        rows = rows[: page.limit]
        headers["X-Cursor"] = _cursor_after(query, rows[-1])
    items = [_item_with_project_id(row) if with_project_id else row["item"] for row in rows]
    return Reply(200, "[" + ", ".join(items) + "]", headers)


def _item_with_project_id(row: sqlite3.Row) -> str:
    return '{"project_id": ' + json.dumps(row["project_id"]) + ", " + row["item"][1:]


def _cursor_page(query: Query, parameters: dict, cursor: str | None) -> ListPage:
    """Returns the page that is asked for; a cursor becomes a condition of the query."""
    if not cursor:
        return page_of(parameters)
    if parameters.get("offset") not in (None, ""):
        raise invalid_parameter(422, "offset", "cannot be combined with X-Cursor")
    page = page_of({key: value for key, value in parameters.items() if key != "page"})
    _resume_at_cursor(query, cursor)
    return ListPage(page.limit, 0)


def _cursor_after(query: Query, row: sqlite3.Row) -> str:
    """Returns the cursor of the page after a row: order, direction, sort value and id, in Base64."""
    place = [query.order, query.descending, row["sort_value"], row["id"]]
    return base64.urlsafe_b64encode(json.dumps(place).encode()).decode()


def _is_id(value: object) -> bool:
    return isinstance(value, int) and 0 <= value < 1 << 63


def _resume_at_cursor(query: Query, cursor: str) -> None:
    """Lets a query begin after the row that a cursor names, in the cursor's order."""
    try:
        order, descending, value, last_id = strict_json(base64.urlsafe_b64decode(cursor.encode()))
        column = ORDERS[order]
        is_valid = _is_id(last_id) and (value is None or isinstance(value, str) or _is_id(value))
    except (ValueError, TypeError, KeyError):
        is_valid = False
    if not is_valid:
        raise invalid_parameter(422, "X-Cursor", "is not a cursor of this service")
    query.order, query.descending = order, bool(descending)
    if descending and value is None:
        query.where(f"({column} IS NULL AND id < ?)", last_id)
    elif descending:
        query.where(f"(({column}, id) < (?, ?) OR {column} IS NULL)", value, last_id)
    elif value is None:
        query.where(f"({column} IS NOT NULL OR id > ?)", last_id)
    else:
        query.where(f"({column}, id) > (?, ?)", value, last_id)
