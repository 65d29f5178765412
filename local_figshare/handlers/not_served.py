"""Operations of Figshare that this server does not have: each answers 501."""

from __future__ import annotations

from ..messages import Problem, Reply, Request, router
from ..store import Store

ROUTES, route = router()

NOT_SERVED = {
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


def _add_refusing_routes(feature: str) -> None:
    """Adds the routes of a feature, which all answer 501."""

    def refuse(store: Store, request: Request, **values: object) -> Reply:
        raise Problem(501, "NotImplemented", f"Local Figshare does not serve {feature}")

    for method, rule in NOT_SERVED[feature]:
        route(method, rule)(refuse)


for _feature in NOT_SERVED:
    _add_refusing_routes(_feature)
