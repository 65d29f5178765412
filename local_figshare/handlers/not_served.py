"""Operations that Figshare has and this server has not: each says so with 501."""

from __future__ import annotations

from ..messages import Problem, Reply, Request, router
from ..store import Store

ROUTES, route = router()

ABSENT = {
    "the Altmetric feed": [("GET", "/v2/altmetric/institutions")],
    "the HR feed": [("POST", "/v2/institution/hrfeed/upload")],
    "OAuth grants: the demonstration tokens need none": [("POST", "/v2/token")],
    "the Symplectic feed": [
        ("GET", "/v2/symplectic/articles"),
        ("GET", "/v2/symplectic/articles/<article_id>"),
        ("GET", "/v2/symplectic/users/<user_id>"),
        ("GET", "/v2/symplectic/accounts"),
        ("GET", "/v2/symplectic/accounts/<user_id>/articles"),
    ],
    "version 3 of the API: use /v2": [(method, "/v3/<path:rest>") for method in ("GET", "POST", "PUT", "DELETE")],
}


def _refuse(what: str) -> None:
    def refuse(store: Store, request: Request, **values: object) -> Reply:
        raise Problem(501, "NotImplemented", f"Local Figshare does not serve {what}")

    for method, rule in ABSENT[what]:
        route(method, rule)(refuse)


for _what in ABSENT:
    _refuse(_what)
