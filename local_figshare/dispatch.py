"""Finds the handler of a request, checks the token, and turns refusals into replies."""

from __future__ import annotations

import logging
import traceback
from collections.abc import Iterable
from pathlib import Path

from werkzeug.exceptions import MethodNotAllowed, NotFound
from werkzeug.routing import Map, RequestRedirect, Rule

from .messages import Problem, Reply, Request, Route, no_account
from .store import Store

log = logging.getLogger(__name__)

# Recorded: a method that an address does not have gets this page, with 404 and not with 405.
WRONG_METHOD_PAGE = """<html>
 <head>
  <title>404 Not Found</title>
 </head>
 <body>
  <h1>404 Not Found</h1>
  The resource could not be found.<br/><br/>
predicate mismatch for view {view} (request_method = {methods})


 </body>
</html>"""

HTML = "text/html; charset=UTF-8"


class Dispatcher:
    """All routes over one store.

    Args:
        store: what the handlers read and write.
        routes: every route that is served.
    """

    def __init__(self, store: Store, routes: Iterable[Route]):
        self.store = store
        self.map = Map(
            [Rule(route.rule, methods=[route.method], endpoint=route) for route in routes],
            strict_slashes=False,
            merge_slashes=False,
        )
        self.urls = self.map.bind("local")

    def match(self, method: str, path: str) -> tuple[Route, dict]:
        """Finds the route of a request and the values in its path; where there is none, a route that refuses."""
        try:
            route, values = self.urls.match(path, method=method)
            return route, dict(values)
        except MethodNotAllowed as error:
            return _refusing_route(method, path, wrong_method_reply(path, error.valid_methods or []))
        except (NotFound, RequestRedirect):
            return _refusing_route(method, path, Problem(404, "NotFound", f"There is nothing at {path}").reply())

    def allowed_methods(self, path: str) -> Iterable[str]:
        """Returns the methods that a path has."""
        return self.urls.allowed_methods(path)

    def handle(self, request: Request) -> Reply:
        """Answers one request; never raises."""
        route, values = self.match(request.method, request.path)
        return self.call(route, request, values)

    def call(self, route: Route, request: Request, values: dict) -> Reply:
        """Runs the handler of a route for the account of the request's token."""
        try:
            request.account = self.account(request)
            if route.needs == "account" and request.account is None:
                raise no_account(request)
            return route.handler(self.store, request, **values)
        except Problem as problem:
            return problem.reply()
        except OverflowError:  # an id that no database can hold
            return Problem(404, "EntityNotFound", "Entity not found").reply()
        except Exception as error:
            return internal_error(error).reply()

    def account(self, request: Request) -> dict | None:
        """Returns the active account of the request's token; the header wins over the query."""
        token = request.token()
        account = self.store.account_of_token(token) if token else None
        return account if account and account["active"] else None


def _refusing_route(method: str, path: str, reply: Reply) -> tuple[Route, dict]:
    """Returns a route that gives one reply, whatever is asked."""
    return Route(method, path, lambda store, request: reply), {}


def internal_error(error: Exception) -> Problem:
    """Returns the refusal 500 for a defect of this server. It names the line of code and shows no data."""
    if not isinstance(error, ConnectionError):  # broken by the client, or by a fault
        log.error("Local Figshare failed", exc_info=error)
    place = traceback.extract_tb(error.__traceback__)[-1]
    return Problem(
        500,
        "InternalServerError",
        "Local Figshare failed, which is a defect of it and not of the request: "
        f"{type(error).__name__} in {Path(place.filename).name}, line {place.lineno}",
    )


def wrong_method_reply(path: str, methods: Iterable[str]) -> Reply:
    """Returns the page for a method that a path does not have."""
    parts = [part for part in path.split("/") if part.isalpha() and part != "account"]
    view = "InstitutionView" if "institution" in parts else f"{(parts or ['root'])[-1].rstrip('s').capitalize()}View"
    return Reply(404, WRONG_METHOD_PAGE.format(view=view, methods=",".join(sorted(methods))), content_type=HTML)
