"""The stats service: totals, timelines, breakdowns by place, tops and counts of items.

Shapes, defaults, clamps and messages are as Figshare documents them, with what was recorded where the two
differ. Our choices, where nothing is known: the counts of a group, author, collection or project are those
of its public items (of a group: of exactly that group); an institution that does not exist is 404; an item
that does not exist has ``{"totals": 0}``, ``{"timeline": null}``, ``{"breakdown": null}`` and an empty top;
a total takes the dates and filters of a timeline, but without dates it is the total of all time; `count`
may be 1 to 1000.
"""

from __future__ import annotations

import base64
from collections import defaultdict
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

import numpy as np

from ..catalogue import is_day
from ..events import COUNTERS, FIRST_DAY, PLACES, REFERRERS, Counts
from ..messages import Problem, Reply, Request, router
from ..record_parts import ITEM_TYPES
from ..store import Store

ROUTES, route = router()

CREDENTIALS = "local:local"
CONTENT_TYPE = "application/json; charset=UTF-8"  # recorded
MOST_CITIES, MOST_COUNTRIES = 10, 200  # documented
MOST_TOP, DEFAULT_TOP = 1000, 10

# Periods of a timeline, as numpy names them; "total" is one period.
UNITS = {"year": "Y", "month": "M", "day": "D"}
GRANULARITIES = (*UNITS, "total")
# Documented for breakdowns between two given dates: years after the start at which they end.
CLAMP_YEARS = {"day": 1, "month": 2, "year": 5, "total": 1}

# The items that a scope takes in, as a condition on table `articles`.
SCOPES = {
    "article": "id = ?",
    "author": "id IN (SELECT article_id FROM article_authors WHERE author_id = ?)",
    "collection": "id IN (SELECT article_id FROM collection_articles WHERE collection_id = ?)",
    "group": "group_id = ?",
    "project": "id IN (SELECT article_id FROM project_articles WHERE project_id = ?)",
}
SUB_ITEM_CONDITIONS = {
    "category": "id IN (SELECT article_id FROM article_categories WHERE category_id = ?)",
    "item_type": "defined_type = ?",
}
# The date of an item is that of its latest version; its history begins with the first.
FIRST_PUBLISHED = """(SELECT min(json_extract(record, '$.published_date')) FROM versions
    WHERE kind = 'article' AND versions.id = articles.id)"""
# Which item counts for which entity, for the tops: rows of (entity, article).
MEMBERS = {
    "author": "SELECT author_id, article_id FROM article_authors",
    "collection": "SELECT collection_id, article_id FROM collection_articles",
    "group": "SELECT group_id, id FROM articles WHERE group_id > 0",
    "project": "SELECT project_id, article_id FROM project_articles",
    "category": "SELECT category_id, article_id FROM article_categories",
    "item_type": "SELECT defined_type, id FROM articles WHERE defined_type IS NOT NULL",
}


# ---------------------------------------------------------------- refusals


class StatsProblem(Problem):
    """A refusal as the stats service writes it (documented): its keys in this order, its charset named."""

    def reply(self) -> Reply:
        """Returns the answer in the shape of the stats service."""
        body = {"data": self.data, "code": self.code, "message": self.message}
        return Reply(self.status, body, content_type=CONTENT_TYPE)


def invalid_stats_parameter(parameter: str, extra: str) -> Problem:
    """Returns the refusal 400 of a parameter that is there but wrong (documented shape)."""
    message = f"Invalid or unsupported params: {parameter}"
    return StatsProblem(400, "InvalidParams", message, {"extra": extra, "invalid_params": parameter})


def missing_stats_parameter(parameter: str, request: Request) -> Problem:
    """Returns the refusal 400 of a parameter that is not there, in the documented shape.

    The path is the stats service's own.
    """
    data = {
        "missing_params": parameter,
        "parameters": dict(request.query),
        "path": request.path.removeprefix("/stats"),
    }
    return StatsProblem(400, "MissingParams", f"Missing required params: {parameter}", data)


def unknown_item() -> Problem:
    """Returns the refusal 400 of a kind of item that the stats service does not know."""
    return invalid_stats_parameter("item", "Unknown or usupported item type")  # Figshare's spelling, recorded


# ---------------------------------------------------------------- parameters


@dataclass(frozen=True)
class Scope:
    """The public items a question is about: a condition on table `articles` and its arguments."""

    where: str = "1"
    args: tuple = ()

    def narrowed(self, where: str, value: Any) -> Scope:
        """Returns the part of this scope that meets one more condition."""
        return replace(self, where=f"{self.where} AND {where}", args=(*self.args, value))


def check_path(counter: str, item: str, granularity: str = "total") -> None:
    """Raises `Problem` 400 for words of the path that Figshare does not know."""
    if granularity not in GRANULARITIES:
        raise invalid_stats_parameter("granularity", f"Granularity not supported: {granularity}")
    if counter not in COUNTERS:
        raise invalid_stats_parameter("counter", f"Counter type not supported: {counter}")
    if item not in SCOPES:
        raise unknown_item()


def number_parameter(name: str, text: str) -> int:
    """Returns a parameter that must be a number in SQLite's reach."""
    if not (text.isascii() and text.isdigit() and len(text) <= 18):
        raise invalid_stats_parameter(name, f"Not a valid number: {text}")
    return int(text)


def day_parameter(name: str, request: Request) -> int | None:
    """Returns a date parameter as days since 1970-01-01, None where it is absent."""
    text = request.query.get(name)
    if not text:
        return None
    if len(text) != len("YYYY-MM-DD") or not is_day(text):
        raise invalid_stats_parameter(name, f"Not a valid date (YYYY-MM-DD): {text}")
    return (date.fromisoformat(text) - date(1970, 1, 1)).days


def clock_day(store: Store) -> int:
    """Returns the day of the server's clock, in days since 1970-01-01."""
    return (store.clock().date() - date(1970, 1, 1)).days


def date_range(store: Store, request: Request) -> tuple[int, int]:
    """Returns first and last day asked for. Documented default: this month until today."""
    first, last = day_parameter("start_date", request), day_parameter("end_date", request)
    month = (store.clock().date().replace(day=1) - date(1970, 1, 1)).days
    return month if first is None else first, clock_day(store) if last is None else last


def last_breakdown_day(first: int, last: int, granularity: str) -> int:
    """Returns the last day that a breakdown of two given dates reaches (documented; the cut is silent)."""
    start = np.datetime64(first, "D").astype(date)
    year = min(start.year + CLAMP_YEARS[granularity], 9999)
    is_leap_day = (start.month, start.day) == (2, 29)
    end = start.replace(year=year, day=28 if is_leap_day else start.day)
    return min(last, (end - date(1970, 1, 1)).days)


def scope_of(store: Store, request: Request, item: str, item_id: str, institution: str | None) -> Scope:
    """Returns the items of an entity, narrowed by `sub_item` and to an institution."""
    scope = Scope().narrowed(SCOPES[item], number_parameter("item_id", item_id))
    if institution is not None:
        scope = scope.narrowed("institution_id = ?", institution_id(store, institution))
    return narrowed_by_sub_item(request, scope)


def narrowed_by_sub_item(request: Request, scope: Scope) -> Scope:
    """Returns a scope narrowed by ``sub_item`` and ``sub_item_id``."""
    sub_item = request.query.get("sub_item")
    if not sub_item:
        return scope
    if sub_item not in SUB_ITEM_CONDITIONS:
        raise invalid_stats_parameter("sub_item", f"Sub item not supported: {sub_item}")
    if not request.query.get("sub_item_id"):
        raise missing_stats_parameter("sub_item_id", request)
    return scope.narrowed(SUB_ITEM_CONDITIONS[sub_item], sub_item_number(sub_item, request.query["sub_item_id"]))


def sub_item_number(sub_item: str, text: str) -> int:
    """Returns the id of a category or item type; a type may also be given by its name."""
    names = {name: value for value, name in ITEM_TYPES.items()}
    if sub_item == "item_type" and text.lower() in names:
        return names[text.lower()]
    return number_parameter("sub_item_id", text)


def institution_id(store: Store, name: str) -> int:
    """Returns the id of an institution by its short name; 404 where there is none of this name (our choice)."""
    rows = store.query("SELECT id FROM institutions WHERE string_id = ? COLLATE NOCASE", (name,))
    if not rows:
        raise StatsProblem(404, "EntityNotFound", f"Entity not found: institution {name}")
    return rows[0][0]


def check_credentials(store: Store, request: Request, institution: str | None) -> None:
    """Raises `Problem` 403 in an institution without the stats credentials; API tokens do not count (documented)."""
    if institution is None:
        return
    institution_id(store, institution)
    scheme, _, credentials = request.headers.get("authorization", "").strip().partition(" ")
    if scheme.lower() != "basic" or credentials.strip() != base64.b64encode(CREDENTIALS.encode()).decode():
        raise StatsProblem(403, "Forbidden", "Unauthorized request")


# ---------------------------------------------------------------- numbers


def event_counts(store: Store, counter: str, scope: Scope) -> Counts:
    """Returns the derived events of the items of a scope, in the order of their ids."""
    return store.cached_value(("counts", counter, scope), lambda: _counts(store, counter, scope))


def _counts(store: Store, counter: str, scope: Scope) -> Counts:
    # `counter` is one of COUNTERS, so it may stand in the statement.
    rows = store.query(
        f"SELECT id, coalesce({FIRST_PUBLISHED}, stamp), {counter} FROM articles WHERE {scope.where} ORDER BY id",
        scope.args,
    )
    published = np.array([row[1][:10] for row in rows], "datetime64[D]").astype(np.int64)
    ids, totals = (np.array([row[n] for row in rows], np.int64) for n in (0, 2))
    return Counts(counter, ids, published, totals, catalogue_day(store))


def catalogue_day(store: Store) -> int:
    """Returns the day of the catalogue's clock, which does not move as the store's clock does."""
    text = store.query("SELECT value FROM meta WHERE key = 'catalogue_clock'")[0][0]
    return (date.fromisoformat(text[:10]) - date(1970, 1, 1)).days


def live_events(store: Store, counter: str, scope: Scope, first: int, last: int, columns: str) -> list[tuple]:
    """Returns events that happened on this server: rows of `columns` and their sum."""
    days = [str(np.datetime64(edge, "D")) for edge in (first, last)]
    return [
        tuple(row)
        for row in store.query(
            f"SELECT {columns}, sum(value) FROM live_events "
            f"WHERE counter = ? AND day BETWEEN ? AND ? "
            f"AND article_id IN (SELECT id FROM articles WHERE {scope.where}) GROUP BY {columns}",
            (counter, *days, *scope.args),
        )
    ]


def events_of_scope(store: Store, counter: str, scope: Scope, first: int, last: int) -> int:
    """Returns events of a scope from one day to another."""
    derived = int(event_counts(store, counter, scope).by_item(first, last).sum())
    return derived + sum(value for _, value in live_events(store, counter, scope, first, last, "counter"))


def periods(first: int, last: int, granularity: str) -> tuple[list[str], np.ndarray]:
    """Returns the names of the periods that two days span, and their edges as `Counts` wants them."""
    if granularity == "total":
        return ["total"], np.array([first - 1, last])
    unit = f"datetime64[{UNITS[granularity]}]"
    units = np.arange(np.datetime64(first, "D").astype(unit), np.datetime64(last, "D").astype(unit) + 1)
    ends = ((units + 1).astype("datetime64[D]") - 1).astype(np.int64)
    return units.astype(str).tolist(), np.concatenate([[first - 1], np.minimum(ends, last)])


def reachable_days(store: Store, first: int, last: int) -> tuple[int, int]:
    """Returns the part of a range in which events are possible, so that a timeline never has a million days."""
    return max(first, FIRST_DAY), min(last, clock_day(store))


def period_of(text: str, granularity: str) -> str:
    """Returns the name of the period in which a day lies."""
    return {"total": "total", "year": text[:4], "month": text[:7], "day": text}[granularity]


def timeline_of(store: Store, counter: str, scope: Scope, first: int, last: int, granularity: str) -> dict[str, int]:
    """Returns events by period, newest first, so that no client relies on an order that Figshare does not promise."""
    first, last = reachable_days(store, first, last)
    if last < first:
        return {}
    names, edges = periods(first, last, granularity)
    values = dict(zip(names, event_counts(store, counter, scope).by_period(edges).tolist(), strict=True))
    for text, value in live_events(store, counter, scope, first, last, "day"):
        values[period_of(text, granularity)] += value
    return {name: value for name, value in reversed(values.items()) if value}


def breakdown_of(store: Store, counter: str, scope: Scope, first: int, last: int, granularity: str) -> dict:
    """Returns events by period, country and city, newest first."""
    first, last = reachable_days(store, first, last)
    if last < first:
        return {}
    names, edges = periods(first, last, granularity)
    events: dict[str, dict] = defaultdict(lambda: defaultdict(lambda: defaultdict(int)))
    counts = event_counts(store, counter, scope).by_place(edges)
    for period, place in np.argwhere(counts).tolist():
        country, city = PLACES[place]
        events[names[period]][country][city] += int(counts[period, place])
    for text, country, city, value in live_events(store, counter, scope, first, last, "day, country, city"):
        events[period_of(text, granularity)][country][city] += value
    return {name: busiest_countries(events[name]) for name in reversed(names) if name in events}


def busiest_countries(countries: dict[str, dict[str, int]]) -> dict[str, dict[str, int]]:
    """Returns the 200 busiest countries with their ten busiest cities; `total` counts all cities (documented)."""
    totals = {country: sum(cities.values()) for country, cities in countries.items()}
    return {name: busiest_cities(countries[name], totals[name]) for name in busiest(totals, MOST_COUNTRIES)}


def busiest_cities(cities: dict[str, int], total: int) -> dict[str, int]:
    """Returns the ten busiest cities and `total`, ordered by their last letters, so that `total` has no fixed place."""
    top_cities = {city: cities[city] for city in busiest(cities, MOST_CITIES)} | {"total": total}
    return {city: top_cities[city] for city in sorted(top_cities, key=lambda city: city[::-1])}


def busiest(values: dict, count: int) -> list:
    """Returns the keys with the highest values, equal ones in the order of their names."""
    return sorted(values, key=lambda key: (-values[key], str(key)))[:count]


# ---------------------------------------------------------------- total, timeline, breakdown


def stats_reply(body: dict) -> Reply:
    """Returns the answer with the content type of the stats service."""
    return Reply(200, body, content_type=CONTENT_TYPE)


@route("GET", "/stats/total/<counter>/<item>/<item_id>")
@route("GET", "/stats/<institution>/total/<counter>/<item>/<item_id>")
def total(
    store: Store, request: Request, counter: str, item: str, item_id: str, institution: str | None = None
) -> Reply:
    """Returns ``{"totals": N}``; open inside institutions too."""
    check_path(counter, item)
    scope = scope_of(store, request, item, item_id, institution)
    first, last = day_parameter("start_date", request), day_parameter("end_date", request)
    first, last = FIRST_DAY if first is None else first, clock_day(store) if last is None else last
    return stats_reply({"totals": events_of_scope(store, counter, scope, *reachable_days(store, first, last))})


@route("GET", "/stats/timeline/<granularity>/<counter>/<item>/<item_id>")
@route("GET", "/stats/<institution>/timeline/<granularity>/<counter>/<item>/<item_id>")
def timeline(
    store: Store,
    request: Request,
    granularity: str,
    counter: str,
    item: str,
    item_id: str,
    institution: str | None = None,
) -> Reply:
    """Returns ``{"timeline": {"2026-01": 12, ...}}``, without the empty periods, or null."""
    check_credentials(store, request, institution)
    check_path(counter, item, granularity)
    scope = scope_of(store, request, item, item_id, institution)
    events = timeline_of(store, counter, scope, *date_range(store, request), granularity)
    return stats_reply({"timeline": events or None})


@route("GET", "/stats/breakdown/<granularity>/<counter>/<item>/<item_id>")
@route("GET", "/stats/<institution>/breakdown/<granularity>/<counter>/<item>/<item_id>")
def breakdown(
    store: Store,
    request: Request,
    granularity: str,
    counter: str,
    item: str,
    item_id: str,
    institution: str | None = None,
) -> Reply:
    """Returns ``{"breakdown": {"2026-01": {"Spain": {"Seville": 6, "total": 16}}}}``, or null."""
    check_credentials(store, request, institution)
    check_path(counter, item, granularity)
    scope = scope_of(store, request, item, item_id, institution)
    first, last = date_range(store, request)
    if request.query.get("start_date") and request.query.get("end_date"):
        last = last_breakdown_day(first, last, granularity)
    return stats_reply({"breakdown": breakdown_of(store, counter, scope, first, last, granularity) or None})


@route("GET", "/stats/total/<counter>/<item>")
@route("GET", "/stats/<institution>/total/<counter>/<item>")
@route("GET", "/stats/timeline/<granularity>/<counter>/<item>")
@route("GET", "/stats/<institution>/timeline/<granularity>/<counter>/<item>")
@route("GET", "/stats/breakdown/<granularity>/<counter>/<item>")
@route("GET", "/stats/<institution>/breakdown/<granularity>/<counter>/<item>")
def without_id(store: Store, request: Request, **path: str) -> Reply:
    """Answers 400 where the id is missing (recorded)."""
    raise unknown_item()


# ---------------------------------------------------------------- top


@route("GET", "/stats/top/<counter>/<item>")
@route("GET", "/stats/<institution>/top/<counter>/<item>")
def top(store: Store, request: Request, counter: str, item: str, institution: str | None = None) -> Reply:
    """Returns the busiest entities, or the busiest categories, item types or referrers of one of them.

    The documentation shows the wrapper ``{"top": ...}`` for entities and categories, and none for item
    types and referrers.
    """
    check_credentials(store, request, institution)
    check_path(counter, item)
    count = top_count(request)
    sub_item = request.query.get("sub_item")
    scope = top_scope(store, request, item, institution)
    if sub_item == "referral":
        return stats_reply(top_entries(events_by_referrer(store, counter, scope, *date_range(store, request)), count))
    values = events_by_entity(store, counter, scope, sub_item or item, top_dates(store, request))
    if request.query.get("item_id") and not sub_item:
        entity_id = int(request.query["item_id"])
        values = {entity_id: values.get(entity_id, 0)}
    if sub_item == "item_type":
        values_by_name = {ITEM_TYPES.get(key, str(key)): value for key, value in values.items()}
        return stats_reply(top_entries(values_by_name, count))
    return stats_reply({"top": top_entries(values, count)})


def top_count(request: Request) -> int:
    """Returns how many entries a top has. Raises `Problem` 400."""
    count = number_parameter("count", request.query.get("count") or str(DEFAULT_TOP))
    if not 1 <= count <= MOST_TOP:
        raise invalid_stats_parameter("count", f"Count must be between 1 and {MOST_TOP}: {count}")
    return count


def top_scope(store: Store, request: Request, item: str, institution: str | None) -> Scope:
    """Returns all items of the service or of an institution, or those of the entity `item_id`."""
    sub_item, item_id = request.query.get("sub_item"), request.query.get("item_id")
    if sub_item and sub_item not in (*SUB_ITEM_CONDITIONS, "referral"):
        raise invalid_stats_parameter("sub_item", f"Sub item not supported: {sub_item}")
    if sub_item and not item_id:
        raise missing_stats_parameter("item_id", request)
    scope = Scope()
    if institution is not None:
        scope = scope.narrowed("institution_id = ?", institution_id(store, institution))
    return scope.narrowed(SCOPES[item], number_parameter("item_id", item_id)) if item_id else scope


def top_dates(store: Store, request: Request) -> tuple[int, int]:
    """Returns all time where neither dates nor `sub_item` are given, else as everywhere (documented)."""
    if any(request.query.get(name) for name in ("sub_item", "start_date", "end_date")):
        return date_range(store, request)
    return FIRST_DAY, clock_day(store)


def events_by_entity(store: Store, counter: str, scope: Scope, kind: str, span: tuple[int, int]) -> dict[int, int]:
    """Returns events of every article, author, category, ... that the items of a scope belong to."""
    ids, values = events_by_article(store, counter, scope, span)
    if kind == "article":
        return dict(zip(ids.tolist(), values.tolist(), strict=True))
    entities, articles = store.cached_value(("members", kind), lambda: entity_members(store, kind))
    is_in_scope = np.isin(articles, ids)
    entity_ids, position = np.unique(entities[is_in_scope], return_inverse=True)
    sums = np.bincount(position, values[np.searchsorted(ids, articles[is_in_scope])], len(entity_ids))
    return dict(zip(entity_ids.tolist(), sums.astype(np.int64).tolist(), strict=True))


def entity_members(store: Store, kind: str) -> np.ndarray:
    """Returns which item counts for which entity: their ids, shape (2, n)."""
    return np.array([tuple(row) for row in store.query(MEMBERS[kind])], np.int64).reshape(-1, 2).T


def events_by_article(store: Store, counter: str, scope: Scope, span: tuple[int, int]) -> tuple:
    """Returns the ids of the items of a scope and the events of each: two arrays."""
    first, last = reachable_days(store, *span)
    counts = event_counts(store, counter, scope)
    values = counts.by_item(first, last)
    for article, value in live_events(store, counter, scope, first, last, "article_id"):
        values[np.searchsorted(counts.ids, article)] += value
    return counts.ids, values


def events_by_referrer(store: Store, counter: str, scope: Scope, first: int, last: int) -> dict[str, int]:
    """Returns events of a scope by the site that led there; of this server's own events that is not known."""
    first, last = reachable_days(store, first, last)
    derived = event_counts(store, counter, scope).by_referrer(first, max(last, first - 1))
    values = dict(zip(REFERRERS, derived.tolist(), strict=True))
    values["Unknown"] += sum(value for _, value in live_events(store, counter, scope, first, last, "counter"))
    return values


def top_entries(values: dict, count: int) -> dict[str, int]:
    """Returns the busiest entries, in the order of their keys: Figshare does not sort them by value."""
    return {str(key): values[key] for key in sorted(busiest(values, count), key=str) if values[key]}


# ---------------------------------------------------------------- count


@route("POST", "/stats/count/articles")
def count_articles(store: Store, request: Request) -> Reply:
    """Returns ``{"327": 20}``: the public items of each group of ``{"groups": [{"id": 327}]}``."""
    groups = request.json().get("groups")
    if groups is None:
        raise missing_stats_parameter("groups", request)
    if not isinstance(groups, list) or not all(_is_group(group) for group in groups):
        raise invalid_stats_parameter("groups", 'Groups must be a list of {"id": number}')
    counts = {row[0]: row[1] for row in store.query("SELECT group_id, count(*) FROM articles GROUP BY group_id")}
    return stats_reply({str(group["id"]): counts.get(group["id"], 0) for group in groups})


def _is_group(group: Any) -> bool:
    return isinstance(group, dict) and type(group.get("id")) is int
