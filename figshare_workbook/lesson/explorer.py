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
from figshare_workbook.lesson.exchange_view import ExploredExchange
from figshare_workbook.lesson.forms import NumberRange, control_for, make_form, token_form


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


_PAGING_FIELDS = {"page": NumberRange(1, 1, 5000), "page_size": NumberRange(10, 1, MAX_PAGE_SIZE)}
_ORDER_FIELDS = {
    "order": ["published_date", "created_date", "modified_date", "views", "shares", "downloads", "cites"],
    "order_direction": ["desc", "asc"],
}
_PERIOD_FIELDS = {"start_date": "2021-01-01", "end_date": "2021-12-31"}
_STATS_FIELDS = {
    "counter": list(COUNTERS),
    "item": ["article", "author", "collection", "project", "group"],
    "item_id": 5616445,
}
_GROUP_STATS_FIELDS = {
    **_STATS_FIELDS,
    "institution": "team",
    "item": ["group", "article", "author", "collection", "project"],
    "item_id": 21332,
}
# What the lessons ask, in their order.
ENDPOINTS = (
    _Endpoint("GET", "/articles/{article_id}", {"article_id": 5616445}),
    _Endpoint("GET", "/articles/{article_id}/versions", {"article_id": 5616445}),
    _Endpoint("GET", "/articles/{article_id}/versions/{version}", {"article_id": 5616445, "version": 1}),
    _Endpoint("GET", "/articles/{article_id}/files", {"article_id": 20400025, **_PAGING_FIELDS}),
    _Endpoint(
        "GET", "/articles", {**_PAGING_FIELDS, **_ORDER_FIELDS, "published_since": "", "group": "", "item_type": ""}
    ),
    _Endpoint(
        "POST", "/articles/search", {"search_for": ":title: frog", **_PAGING_FIELDS, **_ORDER_FIELDS, "group": ""}
    ),
    _Endpoint("GET", "/collections", _PAGING_FIELDS),
    _Endpoint("POST", "/collections/search", {"search_for": ":title: data", **_PAGING_FIELDS}),
    _Endpoint("GET", "/collections/{collection_id}", {"collection_id": 4820113}),
    _Endpoint("GET", "/collections/{collection_id}/articles", {"collection_id": 4820113, **_PAGING_FIELDS}),
    _Endpoint("GET", "/projects", _PAGING_FIELDS),
    _Endpoint("POST", "/projects/search", {"search_for": ":title: frog", **_PAGING_FIELDS}),
    _Endpoint("GET", "/projects/{project_id}", {"project_id": 98761}),
    _Endpoint("GET", "/projects/{project_id}/articles", {"project_id": 98761, **_PAGING_FIELDS}),
    _Endpoint("GET", "/categories"),
    _Endpoint("GET", "/licenses"),
    _Endpoint("GET", "/oai", {"verb": ["Identify", "ListSets", "ListMetadataFormats"]}),
    _Endpoint("GET", "/account"),
    _Endpoint("GET", "/account/articles", _PAGING_FIELDS),
    _Endpoint("GET", "/account/articles/{article_id}", {"article_id": 8260098}),
    *(
        _Endpoint("GET", f"/account/articles/{{article_id}}/{part}", {"article_id": 8260098})
        for part in ("authors", "embargo", "files", "private_links")
    ),
    _Endpoint("GET", "/account/collections", _PAGING_FIELDS),
    _Endpoint("GET", "/account/authors/{author_id}", {"author_id": 97600}),
    _Endpoint("POST", "/account/authors/search", {"search": "Calloway"}),
    _Endpoint("GET", "/account/institution/groups"),
    _Endpoint("POST", "/count/articles", {"body": '{"groups": [{"id": 21332}, {"id": 21334}]}'}, "stats"),
    _Endpoint("GET", "/total/{counter}/{item}/{item_id}", _STATS_FIELDS, "stats"),
    _Endpoint(
        "GET",
        "/timeline/{granularity}/{counter}/{item}/{item_id}",
        {"granularity": ["month", "day", "year", "total"], **_STATS_FIELDS, **_PERIOD_FIELDS},
        "stats",
    ),
    _Endpoint(
        "GET",
        "/{institution}/timeline/{granularity}/{counter}/{item}/{item_id}",
        {"granularity": ["month", "day", "year", "total"], **_GROUP_STATS_FIELDS, **_PERIOD_FIELDS},
        "stats",
    ),
    _Endpoint(
        "GET",
        "/breakdown/{granularity}/{counter}/{item}/{item_id}",
        {"granularity": ["total", "year", "month", "day"], **_STATS_FIELDS, **_PERIOD_FIELDS},
        "stats",
    ),
    _Endpoint(
        "GET",
        "/{institution}/breakdown/{granularity}/{counter}/{item}/{item_id}",
        {"granularity": ["total", "year", "month", "day"], **_GROUP_STATS_FIELDS, **_PERIOD_FIELDS},
        "stats",
    ),
    _Endpoint(
        "GET",
        "/{institution}/top/{counter}/{item}",
        {
            "institution": "team",
            "counter": list(COUNTERS),
            "item": _STATS_FIELDS["item"],
            "count": NumberRange(5, 1, TOP_MAX),
            **_PERIOD_FIELDS,
        },
        "stats",
    ),
)
_AUTHORS_BODY = '{"authors": [{"name": "Ada Byron"}]}'
_EMBARGO_BODY = (
    '{"is_embargoed": true, "embargo_date": "2030-01-01", "embargo_type": "article", '
    '"embargo_reason": "The paper is under review."}'
)


def _item_endpoint(method: str, part: str, **fields: Any) -> _Endpoint:
    """Makes a request about one of the account's own items, which has to be named."""
    return _Endpoint(method, f"/account/articles/{{article_id}}{part}", {"article_id": "", **fields})


def _collection_endpoint(method: str, part: str, **fields: Any) -> _Endpoint:
    return _Endpoint(method, f"/account/collections/{{collection_id}}{part}", {"collection_id": "", **fields})


WRITING = (
    _Endpoint("POST", "/account/articles", {"body": '{"title": "My own item"}'}),
    _item_endpoint("PUT", "", body='{"description": "What it is.", "tags": ["pond"]}'),
    _item_endpoint("DELETE", ""),
    _item_endpoint("POST", "/authors", body=_AUTHORS_BODY),
    _item_endpoint("PUT", "/authors", body=_AUTHORS_BODY),
    _item_endpoint("DELETE", "/authors/{author_id}", author_id=""),
    _item_endpoint("POST", "/files", body='{"link": "https://example.org/pond.csv"}'),
    _item_endpoint("DELETE", "/files/{file_id}", file_id=""),
    _item_endpoint("PUT", "/embargo", body=_EMBARGO_BODY),
    _item_endpoint("DELETE", "/embargo"),
    _item_endpoint("POST", "/private_links", body="{}"),
    _item_endpoint("DELETE", "/private_links/{link_id}", link_id=""),
    _Endpoint("POST", "/account/collections", {"body": '{"title": "My own collection"}'}),
    _collection_endpoint("PUT", "", body='{"description": "What they have in common."}'),
    _collection_endpoint("POST", "/articles", body='{"articles": [5616445]}'),
    _collection_endpoint("DELETE", ""),
)
# Only for local Figshare: publishing cannot be taken back, and a withdrawn item leaves its DOI behind.
PUBLISHING = (
    _item_endpoint("POST", "/publish"),
    _item_endpoint("POST", "/unpublish", body='{"reason": "It was an exercise."}'),
    _collection_endpoint("POST", "/publish"),
)
_NUMBER_FIELDS = ("article_id", "collection_id", "project_id", "item_id", "author_id", "file_id", "version")
_FIELD_HINTS = {  # documented
    **dict.fromkeys(_NUMBER_FIELDS, "a whole number above 0"),
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
    """Shows the TRY button of Figshare's documentation, in a notebook: choose an address, fill in, press.

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

    offered = {endpoint.label: endpoint for endpoint in (*ENDPOINTS, *_writing_endpoints(figshare, writing))}
    choice = control_for("request", list(offered)).box
    choice.layout.width = "52em"
    place = widgets.VBox([_endpoint_form(figshare, offered[choice.value])])

    def change(event: dict) -> None:
        place.children = [_endpoint_form(figshare, offered[event["new"]])]

    choice.observe(change, names="value")
    token = [token_form(figshare)] if figshare.site != "local" else []
    return widgets.VBox([*token, choice, place])


def _writing_endpoints(figshare: Figshare, writing: bool) -> tuple[_Endpoint, ...]:
    """Returns what may change something; no live site has an address without a certificate."""
    is_local = figshare.site == "local" and figshare.api_url.startswith("http://")
    return (*WRITING, *(PUBLISHING if is_local else ())) if writing else ()


def _endpoint_form(figshare: Figshare, endpoint: _Endpoint) -> Any:
    """Returns the form of one address, its parameters with their limits."""
    fields = {name: control_for(name, value) for name, value in endpoint.fields.items()}
    return make_form(lambda **values: send_form(figshare, endpoint, values), fields, _FIELD_HINTS)


def send_form(figshare: Figshare, endpoint: _Endpoint, values: dict) -> ExploredExchange:
    """Sends what the form says; an answer that is an error is an answer to look at too."""
    path, details = request_parts(endpoint, values)
    content, problem = None, ""
    try:
        content = figshare.ask(endpoint.method, path, service=endpoint.service, **details)
    except CredentialError:  # nothing was sent
        raise
    except FigshareError as error:
        problem = str(error)
    last = figshare.last_exchange
    return ExploredExchange(
        f"{last.method} {last.address}",
        figshare.as_curl(),
        last.status,
        last.ms,
        content,
        problem,
        figshare.as_python(),
        last.body,
    )


def request_parts(endpoint: _Endpoint, values: dict) -> tuple[str, dict]:
    """Returns the path, and query or body; an empty field is not sent."""
    in_path = re.findall(r"{(\w+)}", endpoint.path)
    for name in in_path:
        require(str(values[name]).strip(), f"{name} must not be empty.")
    for name in {*_NUMBER_FIELDS, "group", "item_type"} & set(values):
        text = str(values[name]).strip()
        require(
            not text or (text.isdecimal() and int(text) > 0),
            f"{name} must be a whole number above 0, not {values[name]!r}.",
        )
    path = endpoint.path.format_map({name: quote(str(values[name]).strip(), safe="") for name in in_path})
    others = {name: value for name, value in values.items() if name not in in_path and value != ""}
    if endpoint.method == "GET":
        return path, {"params": others}
    if endpoint.method == "DELETE":
        return path, {}
    numbered = {name: _number_or_text(value) for name, value in others.items()}
    body = _json_body(others["body"]) if "body" in others else numbered
    return path, {"body": body, "is_repeatable": path.endswith("/search") or endpoint.service == "stats"}


def _json_body(text: str) -> dict:
    try:
        return json.loads(text)
    except ValueError as error:
        problem = str(error)
    raise ParameterError(f"body is not JSON: {problem}.", fix='write names and texts in double quotes: {"title": "…"}')


def _number_or_text(value: Any) -> Any:
    return int(value) if isinstance(value, str) and value.strip().isdecimal() else value
