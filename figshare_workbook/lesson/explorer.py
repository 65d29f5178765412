"""The TRY button of Figshare's documentation, in a notebook."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

from figshare_workbook.base.errors import CredentialError, FigshareError, ParameterError, require
from figshare_workbook.base.rules import COUNTERS, MAX_PAGE_SIZE
from figshare_workbook.base.screen import is_interactive
from figshare_workbook.client.connect import Figshare
from figshare_workbook.client.statistics import TOP_MAX
from figshare_workbook.lesson.exchange_view import Exchange
from figshare_workbook.lesson.forms import NumberRange, control_for, form_of, token_form


@dataclass(frozen=True)
class _Endpoint:
    """One address of the API: `fields` are where its parameters begin, those in {braces} stand in the path."""

    method: str
    path: str
    fields: dict[str, Any] = field(default_factory=dict)
    service: str = "api"

    @property
    def label(self) -> str:
        """As it stands in the list to choose from."""
        return f"{self.method} {self.path}" + (" (stats)" if self.service == "stats" else "")


_PAGING = {"page": NumberRange(1, 1, 5000), "page_size": NumberRange(10, 1, MAX_PAGE_SIZE)}
_ORDER = {
    "order": ["published_date", "created_date", "modified_date", "views", "shares", "downloads", "cites"],
    "order_direction": ["desc", "asc"],
}
_DAYS = {"start_date": "2021-01-01", "end_date": "2021-12-31"}
_COUNTED = {
    "counter": list(COUNTERS),
    "item": ["article", "author", "collection", "project", "group"],
    "item_id": 5616445,
}
_OF_GROUP = {
    **_COUNTED,
    "institution": "team",
    "item": ["group", "article", "author", "collection", "project"],
    "item_id": 21332,
}
# What the lessons ask, in their order.
ENDPOINTS = (
    _Endpoint("GET", "/articles/{article_id}", {"article_id": 5616445}),
    _Endpoint("GET", "/articles/{article_id}/versions", {"article_id": 5616445}),
    _Endpoint("GET", "/articles/{article_id}/versions/{version}", {"article_id": 5616445, "version": 1}),
    _Endpoint("GET", "/articles/{article_id}/files", {"article_id": 20400025, **_PAGING}),
    _Endpoint("GET", "/articles", {**_PAGING, **_ORDER, "published_since": "", "group": "", "item_type": ""}),
    _Endpoint("POST", "/articles/search", {"search_for": ":title: frog", **_PAGING, **_ORDER, "group": ""}),
    _Endpoint("GET", "/collections", _PAGING),
    _Endpoint("POST", "/collections/search", {"search_for": ":title: data", **_PAGING}),
    _Endpoint("GET", "/collections/{collection_id}", {"collection_id": 4820113}),
    _Endpoint("GET", "/collections/{collection_id}/articles", {"collection_id": 4820113, **_PAGING}),
    _Endpoint("GET", "/projects", _PAGING),
    _Endpoint("POST", "/projects/search", {"search_for": ":title: frog", **_PAGING}),
    _Endpoint("GET", "/projects/{project_id}", {"project_id": 98761}),
    _Endpoint("GET", "/projects/{project_id}/articles", {"project_id": 98761, **_PAGING}),
    _Endpoint("GET", "/categories"),
    _Endpoint("GET", "/licenses"),
    _Endpoint("GET", "/oai", {"verb": ["Identify", "ListSets", "ListMetadataFormats"]}),
    _Endpoint("GET", "/account"),
    _Endpoint("GET", "/account/articles", _PAGING),
    _Endpoint("GET", "/account/articles/{article_id}", {"article_id": 8260098}),
    *(
        _Endpoint("GET", f"/account/articles/{{article_id}}/{part}", {"article_id": 8260098})
        for part in ("authors", "embargo", "files", "private_links")
    ),
    _Endpoint("GET", "/account/collections", _PAGING),
    _Endpoint("GET", "/account/authors/{author_id}", {"author_id": 97600}),
    _Endpoint("POST", "/account/authors/search", {"search": "Calloway"}),
    _Endpoint("GET", "/account/institution/groups"),
    _Endpoint("POST", "/count/articles", {"body": '{"groups": [{"id": 21332}, {"id": 21334}]}'}, "stats"),
    _Endpoint("GET", "/total/{counter}/{item}/{item_id}", _COUNTED, "stats"),
    _Endpoint(
        "GET",
        "/timeline/{granularity}/{counter}/{item}/{item_id}",
        {"granularity": ["month", "day", "year", "total"], **_COUNTED, **_DAYS},
        "stats",
    ),
    _Endpoint(
        "GET",
        "/{institution}/timeline/{granularity}/{counter}/{item}/{item_id}",
        {"granularity": ["month", "day", "year", "total"], **_OF_GROUP, **_DAYS},
        "stats",
    ),
    _Endpoint(
        "GET",
        "/breakdown/{granularity}/{counter}/{item}/{item_id}",
        {"granularity": ["total", "year", "month", "day"], **_COUNTED, **_DAYS},
        "stats",
    ),
    _Endpoint(
        "GET",
        "/{institution}/breakdown/{granularity}/{counter}/{item}/{item_id}",
        {"granularity": ["total", "year", "month", "day"], **_OF_GROUP, **_DAYS},
        "stats",
    ),
    _Endpoint(
        "GET",
        "/{institution}/top/{counter}/{item}",
        {
            "institution": "team",
            "counter": list(COUNTERS),
            "item": _COUNTED["item"],
            "count": NumberRange(5, 1, TOP_MAX),
            **_DAYS,
        },
        "stats",
    ),
)
_NAMED = '{"authors": [{"name": "Ada Byron"}]}'
_EMBARGO = (
    '{"is_embargoed": true, "embargo_date": "2030-01-01", "embargo_type": "article", '
    '"embargo_reason": "The paper is under review."}'
)


def _of_item(method: str, part: str, **fields: Any) -> _Endpoint:
    """A request about one of the account's own items, which has to be named."""
    return _Endpoint(method, f"/account/articles/{{article_id}}{part}", {"article_id": "", **fields})


def _of_collection(method: str, part: str, **fields: Any) -> _Endpoint:
    return _Endpoint(method, f"/account/collections/{{collection_id}}{part}", {"collection_id": "", **fields})


WRITING = (
    _Endpoint("POST", "/account/articles", {"body": '{"title": "My own item"}'}),
    _of_item("PUT", "", body='{"description": "What it is.", "tags": ["pond"]}'),
    _of_item("DELETE", ""),
    _of_item("POST", "/authors", body=_NAMED),
    _of_item("PUT", "/authors", body=_NAMED),
    _of_item("DELETE", "/authors/{author_id}", author_id=""),
    _of_item("POST", "/files", body='{"link": "https://example.org/pond.csv"}'),
    _of_item("DELETE", "/files/{file_id}", file_id=""),
    _of_item("PUT", "/embargo", body=_EMBARGO),
    _of_item("DELETE", "/embargo"),
    _of_item("POST", "/private_links", body="{}"),
    _of_item("DELETE", "/private_links/{link_id}", link_id=""),
    _Endpoint("POST", "/account/collections", {"body": '{"title": "My own collection"}'}),
    _of_collection("PUT", "", body='{"description": "What they have in common."}'),
    _of_collection("POST", "/articles", body='{"articles": [5616445]}'),
    _of_collection("DELETE", ""),
)
# Only for local Figshare: publishing cannot be taken back, and a withdrawn item leaves its DOI behind.
PUBLISHING = (
    _of_item("POST", "/publish"),
    _of_item("POST", "/unpublish", body='{"reason": "It was an exercise."}'),
    _of_collection("POST", "/publish"),
)
_NUMBERS = ("article_id", "collection_id", "project_id", "item_id", "author_id", "file_id", "version")
_LIMITS = {  # documented
    **dict.fromkeys(_NUMBERS, "a whole number above 0"),
    "search": "a name, or part of one",
    "search_for": "at least 2 letters; fields as in lesson 01",
    "published_since": "YYYY-MM-DD, or empty",
    "start_date": "YYYY-MM-DD",
    "end_date": "YYYY-MM-DD; a day: up to 1 year, a month: 2 years, a year: 5 years",
    "link_id": "the id in the list of links",
    "group": "id of a group, or empty",
    "item_type": "a number (3: dataset), or empty",
    "institution": "as in team.figshare.com",
    "body": "JSON",
    "order_direction": "desc: largest or newest first",
}


def explorer(figshare: Figshare, *, writing: bool = False) -> Any:
    """The TRY button of Figshare's documentation, in a notebook: choose an address, fill in, press.

    It shows the request's address and JSON body, its curl line and its Python script, status and time, and the
    answer as a table and as JSON or XML that folds. The addresses are those of the lessons.

    Args:
        figshare: From `connect`.
        writing: Offer requests too that create, change and delete drafts; those that publish, which cannot be
            taken back, on local Figshare only.

    Returns:
        The form (ipywidgets 7.7 or 8), None when headless: nobody could press the button.
    """
    if not is_interactive():
        return None
    import ipywidgets as widgets

    offered = {endpoint.label: endpoint for endpoint in (*ENDPOINTS, *_writing(figshare, writing))}
    choice = control_for("request", list(offered)).box
    choice.layout.width = "52em"
    place = widgets.VBox([_endpoint_form(figshare, offered[choice.value])])

    def change(event: dict) -> None:
        place.children = [_endpoint_form(figshare, offered[event["new"]])]

    choice.observe(change, names="value")
    token = [token_form(figshare)] if figshare.site != "local" else []
    return widgets.VBox([*token, choice, place])


def _writing(figshare: Figshare, writing: bool) -> tuple[_Endpoint, ...]:
    """What may change something; no live site has an address without a certificate."""
    is_local = figshare.site == "local" and figshare.api_url.startswith("http://")
    return (*WRITING, *(PUBLISHING if is_local else ())) if writing else ()


def _endpoint_form(figshare: Figshare, endpoint: _Endpoint) -> Any:
    """The form of one address, its parameters with their limits."""
    fields = {name: control_for(name, value) for name, value in endpoint.fields.items()}
    return form_of(lambda **values: explored(figshare, endpoint, values), fields, _LIMITS)


def explored(figshare: Figshare, endpoint: _Endpoint, values: dict) -> Exchange:
    """Sends what the form says; an answer that is an error is an answer to look at too."""
    path, details = filled_in(endpoint, values)
    content, problem = None, ""
    try:
        content = figshare.ask(endpoint.method, path, service=endpoint.service, **details)
    except CredentialError:  # nothing was sent
        raise
    except FigshareError as error:
        problem = str(error)
    last = figshare.last_exchange
    return Exchange(
        f"{last.method} {last.address}",
        figshare.as_curl(),
        last.status,
        last.ms,
        content,
        problem,
        figshare.as_python(),
        last.body,
    )


def filled_in(endpoint: _Endpoint, values: dict) -> tuple[str, dict]:
    """The path, and query or body; an empty field is not sent."""
    in_path = re.findall(r"{(\w+)}", endpoint.path)
    for name in in_path:
        require(str(values[name]).strip(), f"{name} must not be empty.")
    for name in {*_NUMBERS, "group", "item_type"} & set(values):
        given = str(values[name]).strip()
        require(
            not given or (given.isdecimal() and int(given) > 0),
            f"{name} must be a whole number above 0, not {values[name]!r}.",
        )
    path = endpoint.path.format_map({name: quote(str(values[name]).strip(), safe="") for name in in_path})
    others = {name: value for name, value in values.items() if name not in in_path and value != ""}
    if endpoint.method == "GET":
        return path, {"params": others}
    if endpoint.method == "DELETE":
        return path, {}
    numbered = {name: _number(value) for name, value in others.items()}
    body = _json_body(others["body"]) if "body" in others else numbered
    return path, {"body": body, "is_read": path.endswith("/search") or endpoint.service == "stats"}


def _json_body(text: str) -> dict:
    try:
        return json.loads(text)
    except ValueError as error:
        problem = str(error)
    raise ParameterError(f"body is not JSON: {problem}.", fix='write names and texts in double quotes: {"title": "…"}')


def _number(value: Any) -> Any:
    return int(value) if isinstance(value, str) and value.strip().isdecimal() else value
