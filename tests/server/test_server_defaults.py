"""Generated clients send the specification's defaults: each operation takes all of its own, and they change nothing."""

import json
from urllib.parse import urlencode

import pytest
from server_site import ADMIN, RESEARCHER, assert_problem, parsed

ABSENT = ("/altmetric", "/symplectic")  # 501 here, see the README
# What an operation needs besides its defaults; the token where it is not the researcher's.
NEEDED = {
    "POST /account/articles": {"title": "Of a generated client"},
    "POST /account/collections": {"title": "Of a generated client"},
    "POST /account/projects/{project_id}/articles": {"title": "Of a generated client"},
    "POST /account/articles/{article_id}/files": {"name": "a.csv", "size": 3},
    "POST /account/institution/accounts": {"email": "new.person@team.example"},
}
MATERIAL = {"identifier": "https://example.org/protocol"}  # what a related material needs besides its defaults


@pytest.fixture(scope="module")
def specification(shared):
    return json.loads((shared / "api" / "figshare-openapi-v2.json").read_text(encoding="utf-8"))


def schema_of(specification, part):
    while "$ref" in part:
        _, *path = part["$ref"].split("/")
        part = specification
        for name in path:
            part = part[name]
    return part


def defaults_of(specification, schema):
    """Returns the defaults of a schema's properties; of a list of objects, one object that has some."""
    schema = schema_of(specification, schema)
    found = {}
    for part in schema.get("allOf", []):
        found |= defaults_of(specification, part)
    for name, described in schema.get("properties", {}).items():
        described = schema_of(specification, described)
        inside = defaults_of(specification, described["items"]) if described.get("type") == "array" else {}
        if "default" in described:
            found[name] = described["default"]
        elif inside:
            found[name] = [{**MATERIAL, **inside}]
    return found


def with_defaults(specification):
    """Yields operation, query and body of every operation that has a default."""
    for path, methods in specification["paths"].items():
        if path.startswith(ABSENT):
            continue
        for method in set(methods) & {"get", "post", "put", "patch", "delete"}:
            operation = methods[method]
            parameters = [schema_of(specification, one) for one in operation.get("parameters", [])]
            query = {
                one["name"]: one["schema"]["default"]
                for one in parameters
                if one["in"] == "query" and "default" in one.get("schema", {})
            }
            content = operation.get("requestBody", {}).get("content", {}).get("application/json", {})
            body = defaults_of(specification, content.get("schema", {}))
            if query or body:
                yield f"{method.upper()} {path}", query, body


def create(site, path, **body):
    return site.create(path, body)["entity_id"]


@pytest.fixture
def places(site):
    """Ids for the variables of paths: things of the researcher, and public ones."""
    article = create(
        site,
        "/account/articles",
        title="A draft",
        description="Kept.",
        license=2,
        doi="10.5555/kept",
        resource_doi="10.5555/paper",
        resource_title="A paper",
        funding="A fund",
        handle="1/kept",
    )
    collection = create(site, "/account/collections", title="A set", description="Kept.", resource_doi="10.5555/paper")
    project = create(site, "/account/projects", title="A project")
    return {
        "private": {"article_id": article, "collection_id": collection, "project_id": project},
        "public": {
            "article_id": 5616445,
            "version_id": 1,
            "project_id": 90114,
            "collection_id": site.store.first_row("SELECT min(id) AS id FROM collections")["id"],
        },
    }


def ask(site, places, operation, query, body):
    method, path = operation.split()
    path = path.format(**places["private" if path.startswith("/account") else "public"])
    token = ADMIN if "/institution" in path else RESEARCHER
    url = f"{path}?{urlencode(query)}" if query else path
    sent = None if method == "GET" else {**NEEDED.get(operation, {}), **body}
    return site.ask(method, url, sent, token)


def test_every_operation_takes_its_defaults(site, places, specification):
    refused, seen = {}, set()
    for operation, query, body in with_defaults(specification):
        reply = ask(site, places, operation, query, body)
        seen.add(operation)
        if not 200 <= reply.status < 300:
            refused[operation] = (reply.status, reply.body)
    assert refused == {}
    assert set(NEEDED) <= seen and len(seen) >= 30


@pytest.mark.parametrize("kind, update", [("articles", "ArticleUpdate"), ("collections", "CollectionUpdate")])
@pytest.mark.parametrize("method", ["PUT", "PATCH"])
def test_the_defaults_of_an_update_change_nothing(site, places, specification, kind, update, method):
    path = f"/account/{kind}/{places['private'][kind[:-1] + '_id']}"
    before = site.get(path, RESEARCHER)
    body = defaults_of(specification, specification["components"]["schemas"][update])
    body.pop("related_materials")
    assert len(body) >= 6
    assert site.ask(method, path, {**body, "title": "Another title"}, RESEARCHER).status == 205
    after = site.get(path, RESEARCHER)
    changed = {key for key in before if before[key] != after[key]}
    assert changed <= {"title", "modified_date", "citation"} and after["title"] == "Another title"


def test_the_defaults_of_a_resource_change_nothing(site, places, specification):
    body = defaults_of(specification, specification["components"]["schemas"]["Resource"])
    for kind, key in (("articles", "article_id"), ("collections", "collection_id")):
        path = f"/account/{kind}/{places['private'][key]}"
        before = site.get(path, RESEARCHER)
        assert site.ask("POST", f"{path}/resource", body, RESEARCHER).status == 205
        after = site.get(path, RESEARCHER)
        assert {key for key in before if before[key] != after[key]} <= {"modified_date"}


def test_a_new_item_with_all_defaults_is_as_one_without(site, specification):
    body = defaults_of(specification, specification["components"]["schemas"]["ArticleCreate"])
    body.pop("related_materials")
    plain, full = (
        site.get(f"/account/articles/{create(site, '/account/articles', title='Two of a kind', **more)}", RESEARCHER)
        for more in ({}, body)
    )
    assert {key for key in plain if plain[key] != full[key]} <= {
        "id",
        "url",
        "created_date",
        "modified_date",
        "citation",
        "url_private_api",
        "url_public_api",
        "url_private_html",
        "url_public_html",
        "figshare_url",
    }
    assert full["license"]["value"] == 1 and full["funding"] is None


def test_no_group_is_the_account_s_group(site):
    article = create(site, "/account/articles", title="In no group", group_id=0)
    plain = create(site, "/account/articles", title="In no group")
    groups = [site.get(f"/account/articles/{one}", RESEARCHER)["group_id"] for one in (article, plain)]
    assert groups[0] == groups[1]


@pytest.mark.parametrize(
    "field, value",
    [("license", False), ("license", "0"), ("license", -1), ("description", 0), ("doi", False), ("group_id", False)],
)
def test_what_only_looks_like_a_default_is_refused(site, field, value):
    assert_problem(site.ask("POST", "/account/articles", {"title": "A title", field: value}, RESEARCHER), 400, field)


def test_an_account_without_a_last_name_is_an_author_by_its_mail(site):
    body = {
        "email": "nobody@team.example",
        "first_name": "",
        "last_name": "",
        "institution_user_id": "",
        "symplectic_user_id": "",
    }
    reply = site.ask("POST", "/account/institution/accounts", body, ADMIN)
    assert reply.status == 201
    account = parsed(reply)["account_id"]
    made_for = site.ask("POST", "/account/articles", {"title": "A title", "impersonate": account}, ADMIN)
    record = site.get(f"/account/articles/{made_for.body['entity_id']}", ADMIN)
    assert [author["full_name"] for author in record["authors"]] == ["nobody@team.example"]
