"""Bodies of writes and searches: a sound one passes; one with an odd value in a field is refused, or the value is kept.

Each operation has a body here in which every field that it takes is sound. Such a body must pass, otherwise an odd
field in it would be refused for another one's sake, and the test would prove nothing.
"""

import json
import re
from contextlib import contextmanager, suppress

import pytest
from server_site import ADMIN, RESEARCHER, ROUTES
from test_server_contract import Checked

from local_figshare.messages import API

ODD = [
    None,
    True,
    0,
    -1,
    1.5,
    2**80,
    "",
    "x",
    "²",
    "\0",
    "9" * 400,
    "word " * 3000,
    "2020-02-30",
    [],
    [None],
    [1],
    [2**80],
    ["x"],
    [[]],
    [{}],
    {},
    {"a": []},
    [{"id": []}],
    [{"name": {}}],
    [{"title": []}],
    [{"identifier": "10.1/x", "id": {}}],
]
NO_OBJECTS = [b"null", b"[]", b"1", b"{", b"\xff", b'{"a": NaN}', b"[" * 100_000, b'{"a": "\\ud800"}', b'{"a": 1e999}']

PERSON = {"name": "Ann Other", "first_name": "Ann", "last_name": "Other", "email": "a@b.org"}
AUTHORS = [{**PERSON, "orcid_id": "0000-0002-1825-0097"}]
MATERIAL = {"identifier": "10.5072/x", "identifier_type": "DOI", "title": "A", "relation": "References", "id": 1}
ITEM = {
    "title": "Calls at the pond",
    "description": "What was heard.",
    "group_id": 9991,
    "funding": "A fund",
    "funding_list": [{"title": "A grant"}],
    "tags": ["frog"],
    "keywords": ["frog"],
    "references": ["https://example.org/a"],
    "related_materials": [{**MATERIAL, "link": "https://example.org/a", "is_linkout": True}],
    "categories": [26932],
    "authors": AUTHORS,
    "doi": "10.5072/y",
    "handle": "1/2",
    "resource_doi": "10.5072/z",
    "resource_title": "A paper",
    "timeline": {"firstOnline": "2020-01-01"},
}
ARTICLE = {
    **ITEM,
    "categories_by_source_id": ["510404"],
    "defined_type": "dataset",
    "license": 1,
    "is_metadata_record": True,
    "metadata_reason": "No file is needed.",
    "download_disabled": False,
}
COLLECTION = {
    **ITEM,
    "articles": [5616445],
    "resource_id": "3",
    "resource_link": "https://example.org/b",
    "resource_version": 2,
}
PROJECT = {key: ITEM[key] for key in ("title", "description", "group_id", "funding", "funding_list")}
FILTERS = {
    "institution": 319,
    "published_since": "2020-01-01",
    "modified_since": "2020-01-01",
    "group": 11956,
    "resource_doi": "10.5072/z",
    "doi": "10.5072/y",
    "handle": "1/2",
    "order": "views",
    "order_direction": "asc",
    "search_for": ":title: frog",
    "page": 1,
    "page_size": 3,
}
SEARCH = {**FILTERS, "item_type": 3, "project_id": 1}
EMBARGO = {
    "is_embargoed": True,
    "embargo_type": "article",
    "embargo_date": "2030-01-01",
    "embargo_title": "Until later",
    "embargo_reason": "A patent",
    "embargo_options": [{"id": 1}],
}
ACCOUNT = {
    "email": "{new_email}",
    "first_name": "Ann",
    "last_name": "Other",
    "group_id": 11956,
    "institution_user_id": "ann",
    "symplectic_user_id": "ann",
    "quota": 1000,
    "is_active": True,
}
PROFILE = dict.fromkeys(("first_name", "last_name", "job_title", "location", "facebook", "x", "linkedin", "bio"), "Ann")
FAULT = {"kind": "status", "path": "/v2/", "method": "GET", "after": 9, "times": 1, "status": 429, "retry_after": 1}
LINK = {"expires_date": "2030-01-01"}

# The body of each operation; where two fields exclude each other, several bodies.
BODIES = {
    "POST /articles/search": [SEARCH, {"limit": 2, "offset": 1}],
    "POST /collections/search": [{**FILTERS, "resource_id": "3"}],
    "POST /projects/search": [FILTERS],
    "POST /account/articles/search": [{**SEARCH, "resource_id": "3"}],
    "POST /account/collections/search": [FILTERS],
    "POST /account/projects/search": [{**FILTERS, "roles": "owner", "storage": "individual"}],
    "POST /account/articles": [ARTICLE],
    "PUT /account/articles/{draft}": [ARTICLE],
    "PATCH /account/articles/{draft}": [ARTICLE],
    "POST /account/articles/{draft}/resource": [{"doi": "10.5072/z", "title": "A paper"}],
    "POST /account/articles/{draft}/files": [
        {"name": "a.txt", "size": 1, "md5": "0" * 32, "folder_path": "a/b"},
        {"link": "https://example.org/a.csv", "name": "a.csv", "folder_path": "a"},
    ],
    "POST /account/articles/{draft}/authors": [{"authors": AUTHORS}],
    "PUT /account/articles/{draft}/authors": [{"authors": AUTHORS}],
    "POST /account/articles/{draft}/categories": [{"categories": [26932]}],
    "PUT /account/articles/{draft}/categories": [{"categories": [26932]}],
    "POST /account/articles/{draft}/private_links": [LINK],
    "PUT /account/articles/{draft}/private_links/{article_link}": [LINK],
    "PUT /account/articles/{draft}/embargo": [EMBARGO, {**EMBARGO, "embargo_type": "file"}],
    "PUT /account/articles/{draft}/confidentiality": [{"reason": "A patent"}],
    "POST /account/articles/{article}/unpublish": [{"reason": "A mistake"}],
    "PUT /account/articles/{article}/versions/1": [{"supplementary_fields": [], "internal_metadata": {}}],
    "PATCH /account/articles/{article}/versions/1": [{"supplementary_fields": [], "internal_metadata": {}}],
    "PUT /account/articles/{article}/versions/1/update_thumb": [{"file_id": "{article_file}"}],
    "POST /account/collections": [COLLECTION],
    "PUT /account/collections/{collection}": [COLLECTION],
    "PATCH /account/collections/{collection}": [COLLECTION],
    "POST /account/collections/{collection}/resource": [
        {"id": "3", "doi": "10.5072/z", "title": "A paper", "link": "https://example.org/b", "version": 2}
    ],
    "POST /account/collections/{collection}/articles": [{"articles": [5616445]}],
    "PUT /account/collections/{collection}/articles": [{"articles": [5616445]}],
    "POST /account/collections/{collection}/authors": [{"authors": AUTHORS}],
    "PUT /account/collections/{collection}/authors": [{"authors": AUTHORS}],
    "POST /account/collections/{collection}/categories": [{"categories": [26932]}],
    "PUT /account/collections/{collection}/categories": [{"categories": [26932]}],
    "POST /account/collections/{collection}/private_links": [LINK],
    "PUT /account/collections/{collection}/private_links/{collection_link}": [LINK],
    "POST /account/projects": [PROJECT],
    "PUT /account/projects/{project}": [PROJECT],
    "PATCH /account/projects/{project}": [PROJECT],
    "POST /account/projects/{project}/articles": [ARTICLE],
    "POST /account/projects/{project}/collaborators": [
        {"role_name": "viewer", "user_id": "{user}", "comment": "Welcome"},
        {"role_name": "collaborator", "email": "{email}"},
    ],
    "POST /account/projects/{project}/notes": [{"text": "A note"}],
    "PUT /account/projects/{project}/notes/{note}": [{"text": "A note"}],
    "POST /account/articles/export": [{"group_id": 9991}],
    "POST /account/funding/search": [{"search_for": "frog"}],
    "POST /account/authors/search": [
        {
            "search_for": "Ann",
            "orcid": "0000-0002-1825-0097",
            "is_active": True,
            "is_public": True,
            "group_id": 11956,
            "institution_id": 319,
            "page": 1,
            "page_size": 3,
        }
    ],
    "PUT /account/profile": [{**PROFILE, "orcid": "0000-0002-1825-0097", "fields_of_interest": [26932]}],
    "POST /account/institution/accounts/search": [
        {"search_for": "Ann", "is_active": 1, "email": "a@b.org", "institution_user_id": "ann", "limit": 2, "offset": 0}
    ],
    "POST /account/institution/accounts": [ACCOUNT],
    "PUT /account/institution/accounts/{account}": [{"group_id": 11956, "is_active": True}],
    "POST /account/institution/roles/{account}": [{"11956": [7]}, {"11956": 7}],
    "POST /account/institution/review/{review}/comments": [{"text": "Please add a README."}],
    "POST /_local/faults": [FAULT, {"kind": "delay", "seconds": 0.1}],
}
NO_JSON = re.compile(r".*(/reserve_(doi|handle)|/publish|/leave|/picture|/upload|/files/<int:file_id>|/oai|/reset)")
NOT_SERVED = re.compile(r".*(/v3/<path:rest>|/v2/token|/hrfeed/upload)")
ELSEWHERE = {"POST /stats/count/articles"}  # the same in `test_server_stats`


def test_every_operation_with_a_body_has_a_sound_one():
    """Braces and brackets stand for the same: a name in the path that a value takes the place of."""
    with_body = {
        f"{route.method} {re.sub(r'<.*?>|[0-9]+', '{}', route.rule.removeprefix('/v2'))}"
        for route in ROUTES
        if route.method in ("POST", "PUT", "PATCH") and not route.streams
        if not NO_JSON.fullmatch(route.rule) and not NOT_SERVED.fullmatch(route.rule)
    }
    assert {re.sub(r"{.*?}|[0-9]+", "{}", operation) for operation in BODIES} == with_body - ELSEWHERE


@pytest.fixture
def places(site):
    """Values for the names in braces: what the researcher owns, an account and a review of the administrator's."""
    made = {"draft": site.create_draft(), "article": site.create_public_article()}
    made["draft_file"] = site.upload(made["draft"], "draft.txt", b"1")
    made["article_file"] = site.get(f"/articles/{made['article']}")["files"][0]["id"]
    for kind in ("collection", "project"):
        made[kind] = site.create(f"/account/{kind}s", {"title": "A room"})["entity_id"]
    note = site.create(f"/account/projects/{made['project']}/notes", {"text": "A note"})
    made["note"] = note["location"].rpartition("/")[2]
    for kind, entity in (("article", made["draft"]), ("collection", made["collection"])):
        made[f"{kind}_link"] = site.create(f"/account/{kind}s/{entity}/private_links", {})["token"]
    person = {"email": "new@example.org", "last_name": "New"}
    made["account"] = site.create("/account/institution/accounts", person, ADMIN)["account_id"]
    made["email"], made["new_email"] = person["email"], "newer@example.org"
    made["user"] = site.get(f"/account/institution/accounts/{made['account']}", ADMIN)["user_id"]
    made["review"] = site.get("/account/institution/reviews", ADMIN)[0]["id"]
    return made


def filled(body: dict, places: dict) -> dict:
    """Returns the body with values in the place of the names in braces."""
    return {
        key: places[value[1:-1]] if isinstance(value, str) and value.startswith("{") else value
        for key, value in body.items()
    }


def odd_bodies(body: dict) -> list[dict]:
    """Returns the body with each odd value in each field, and in each field of an object inside."""
    bodies = [{**body, field: value} for field in (*body, "impersonate") for value in ODD]
    for field, value in body.items():
        inner = value[0] if isinstance(value, list) and value and isinstance(value[0], dict) else value
        if isinstance(inner, dict):
            odd_inners = [{**inner, name: odd} for name in inner for odd in ODD]
            bodies += [{**body, field: [odd] if isinstance(value, list) else odd} for odd in odd_inners]
    return bodies


CASES = [(operation, body) for operation, bodies in BODIES.items() for body in bodies]
READS_ONLY = re.compile("/search|/_local/")


@pytest.mark.slow
@pytest.mark.parametrize(("operation", "body"), CASES)
def test_an_odd_body_never_breaks_a_handler(site, places, operation, body):
    method, path = operation.format(**places).split()
    token = ADMIN if "institution" in path else RESEARCHER
    sound = filled(body, places)
    with taken_back(site):
        reply = site.ask(method, path, sound, token)
        assert reply.status < 300, (sound, reply.body)
    for odd in NO_OBJECTS + odd_bodies(sound):
        with taken_back(site):
            reply = site.ask(method, path, odd, token)
            assert reply.status < 500, (odd, reply.body)
            for address, opener in readable_addresses(places) if reply.status < 300 else ():
                assert site.ask("GET", address, token=opener).status == 200, (address, odd)


class TakeBack(Exception):
    """Ends a transaction without its writes."""


@contextmanager
def taken_back(site):
    """Takes back what the block writes, so that every body meets the same state: some things can be done once only."""
    with suppress(TakeBack), site.store.write():
        yield
        raise TakeBack


@pytest.mark.slow
@pytest.mark.parametrize(
    "route",
    [
        route
        for route in ROUTES
        if route.method == "POST" and NO_JSON.fullmatch(route.rule) and not NOT_SERVED.fullmatch(route.rule)
    ],
    ids=lambda route: route.rule,
)
def test_any_body_where_none_is_taken(site, places, route):
    ids = {**places, "entry": places["draft_file"], "field": 1}
    path = re.sub(r"<(?:\w+:)?(\w+?)(?:_id)?>", lambda name: str(ids.get(name[1], places["draft"])), route.rule)
    for body in [*NO_OBJECTS, b"", {}, *({"title": odd} for odd in ODD)]:
        for token in (RESEARCHER, ADMIN):
            assert site.ask("POST", path, body, token).status < 500, (path, body)


def readable_addresses(places: dict) -> list[tuple[str, str]]:
    """Returns addresses that show what a body has written, each with the token that opens it."""
    draft = f"/account/articles/{places['draft']}"
    project = f"/account/projects/{places['project']}"
    own = [draft, f"{draft}/authors", f"{draft}/embargo", f"{draft}/files", f"{draft}/private_links", project]
    own += [f"{project}/notes", f"{project}/collaborators", f"/account/collections/{places['collection']}", "/account"]
    institution = [f"users/{places['account']}", f"roles/{places['account']}", "accounts?page_size=1000"]
    return [
        *((path, RESEARCHER) for path in own),
        *((f"/account/institution/{path}", ADMIN) for path in institution),
    ]


@pytest.fixture(scope="module")
def contract(shipped_site, shared):
    """A function that asks the site, and checks the answer against the specification."""
    text = (shared / "api" / "figshare-openapi-v2.json").read_text(encoding="utf-8")
    return Checked(shipped_site, json.loads(text))


@pytest.mark.slow
@pytest.mark.parametrize(("operation", "body"), [case for case in CASES if not READS_ONLY.search(case[0])])
def test_what_an_odd_body_leaves_has_the_specified_shape(site, places, contract, operation, body):
    method, path = operation.format(**places).split()
    token = ADMIN if "institution" in path else RESEARCHER
    sound = filled(body, places)
    for odd in [sound, *odd_bodies(sound)]:
        with taken_back(site):
            reply = site.ask(method, path, odd, token)
            if reply.status < 300:
                made = reply.body.get("location") if reply.status == 201 and isinstance(reply.body, dict) else None
                created_addresses = [(made, token)] if made and "private_links" not in made else []  # they have no GET
                for address, opener in created_addresses + readable_addresses(places):
                    contract("GET", address.removeprefix(API), None, opener)
