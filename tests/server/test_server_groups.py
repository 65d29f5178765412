"""Collections, projects and the institution: what belongs together, and who may see and do what."""

import io
import json
import re
import uuid

import pandas as pd
from server_site import ADMIN, FABER_ADMIN, RESEARCHER, assert_problem, parsed


def create(site, kind, **body):
    return site.create(f"/account/{kind}", body)["entity_id"]


# Collections


def test_the_funding_of_a_collection_is_a_text_or_a_list(site):
    for body, titles in (
        ({"funding": "A fund"}, ["A fund"]),
        ({"funding_list": [{"title": "A grant"}, {"title": "Another"}]}, ["A grant", "Another"]),
        ({"funding": "A fund", "funding_list": [{"title": "A grant"}]}, ["A grant"]),
        ({"funding": ""}, []),
    ):
        collection = create(site, "collections", title="Ponds", **body)
        funding = site.get(f"/account/collections/{collection}", RESEARCHER)["funding"]
        assert [grant["title"] for grant in funding] == titles


FULL = {"title": "Ponds", "description": "All ponds.", "keywords": ["pond"], "categories": [26932]}


def test_a_collection_is_changed_in_private_and_published_as_a_version(site):
    collection = create(site, "collections", **FULL, articles=[5616445])
    assert_problem(site.ask("GET", f"/collections/{collection}"), 404, "CollectionVersion")
    assert site.ask("POST", f"/account/collections/{collection}/publish", token=RESEARCHER).status == 201
    assert [one["id"] for one in site.get(f"/collections/{collection}/articles")] == [5616445]
    site.ask("POST", f"/account/collections/{collection}/articles", {"articles": [123456, 8351662]}, RESEARCHER)
    assert [one["id"] for one in site.get(f"/collections/{collection}/articles")] == [5616445]
    private = site.get(f"/account/collections/{collection}/articles", RESEARCHER)
    assert [one["id"] for one in private] == [5616445, 123456, 8351662]
    site.ask("POST", f"/account/collections/{collection}/publish", token=RESEARCHER)
    public = site.get(f"/collections/{collection}")
    assert public["version"] == 2 and public["articles_count"] == 3 and public["doi"].endswith(".v2")
    assert [one["id"] for one in site.get(f"/collections/{collection}/articles")] == [5616445, 123456]
    assert [one["version"] for one in site.get(f"/collections/{collection}/versions")] == [1, 2]


def test_an_empty_collection_cannot_be_published(site):
    collection = create(site, "collections", **FULL)
    reply = site.ask("POST", f"/account/collections/{collection}/publish", token=RESEARCHER)
    assert assert_problem(reply, 400, "articles")["data"] == {"missing": ["articles"]}
    assert_problem(site.ask("POST", f"/account/collections/{collection}/articles", {"articles": [1]}, RESEARCHER), 404)
    assert_problem(site.ask("PUT", f"/account/collections/{collection}/articles", {"articles": "1"}, RESEARCHER), 400)
    assert site.ask("DELETE", f"/account/collections/{collection}", token=RESEARCHER).status == 204
    assert_problem(site.ask("GET", f"/account/collections/{collection}", token=RESEARCHER), 404)


def test_collections_are_found_by_their_words_and_filters(site):
    found = parsed(site.ask("POST", "/collections/search", {"search_for": ":title: frogs", "page_size": 100}))
    assert 4012871 in [one["id"] for one in found]
    doi = site.get("/collections/4012871")["doi"]
    assert [one["id"] for one in parsed(site.ask("GET", f"/collections?doi={doi}"))] == [4012871]


# Projects


def test_a_project_has_notes_and_articles_and_is_published_at_once(site):
    project = create(site, "projects", title="Pond watch")
    one = f"/account/projects/{project}"
    item = site.ask("POST", f"{one}/articles", {"title": "A draft in it"}, RESEARCHER)
    assert list(item.body) == ["location"] and f"/projects/{project}/articles/" in item.body["location"]
    note = site.ask("POST", f"{one}/notes", {"text": "<p>First meeting</p>"}, RESEARCHER).body["location"]
    assert site.get(note, RESEARCHER)["text"] == "<p>First meeting</p>"
    assert "text" not in site.get(f"{one}/notes", RESEARCHER)[0]
    assert_problem(site.ask("POST", f"{one}/notes", {"text": "no"}, RESEARCHER), 400, "text")
    published = site.ask("POST", f"{one}/publish", token=RESEARCHER)
    assert published.body == {"message": f"Project {project} has been published"}
    site.ask("PUT", one, {"title": "Pond watch, renamed"}, RESEARCHER)
    assert site.get(f"/projects/{project}")["title"] == "Pond watch, renamed"
    assert site.get(f"/projects/{project}/articles") == []
    assert [one["title"] for one in site.get(f"{one}/articles", RESEARCHER)] == ["A draft in it"]
    assert site.search(project_id=project) == []
    assert_problem(site.ask("DELETE", one, token=RESEARCHER), 403)


def test_a_collaborator_sees_a_project_and_may_leave_it(site):
    project = create(site, "projects", title="Pond watch")
    one = f"/account/projects/{project}"
    assert_problem(site.ask("GET", one, token=ADMIN), 404)
    invited = site.ask("POST", f"{one}/collaborators", {"role_name": "collaborator", "user_id": 1491001}, RESEARCHER)
    assert invited.status == 201
    assert site.get(one, ADMIN)["role"] == "Collaborator"
    assert project in [entry["id"] for entry in site.get("/account/projects?roles=collaborator", ADMIN)]
    assert [member["status"] for member in site.get(f"{one}/collaborators", RESEARCHER)] == ["accepted", "invited"]
    assert site.ask("POST", f"{one}/leave", token=ADMIN).status == 204
    assert_problem(site.ask("GET", one, token=ADMIN), 404)
    assert_problem(site.ask("POST", f"{one}/leave", token=RESEARCHER), 403, "owner")
    assert_problem(site.ask("POST", f"{one}/collaborators", {"role_name": "king", "user_id": 1}, RESEARCHER), 400)
    assert_problem(site.ask("POST", f"{one}/collaborators", {"role_name": "viewer", "user_id": 1}, RESEARCHER), 404)


def test_a_viewer_sees_a_project_and_changes_nothing_in_it(site):
    project = create(site, "projects", title="Pond watch")
    one = f"/account/projects/{project}"
    created = site.ask("POST", f"{one}/articles", {"title": "A draft in it"}, RESEARCHER)
    article = int(parsed(created)["location"].rpartition("/")[2])
    for role, status in (("viewer", 403), ("collaborator", 205)):
        site.ask("POST", f"{one}/collaborators", {"role_name": role, "user_id": 1491001}, RESEARCHER)
        assert site.get(one, ADMIN)["role"].lower() == role
        assert [item["id"] for item in site.get(f"{one}/articles", ADMIN)] == [article]
        assert site.get(f"/account/articles/{article}", ADMIN)["title"].endswith("A draft in it")
        for path in (one, f"/account/articles/{article}"):
            assert site.ask("PUT", path, {"title": f"By a {role}, A draft in it"}, ADMIN).status == status
    site.ask("POST", f"{one}/collaborators", {"role_name": "viewer", "user_id": 1491001}, RESEARCHER)
    assert_problem(site.ask("POST", f"{one}/notes", {"text": "A remark"}, ADMIN), 403, "viewer")
    assert_problem(site.ask("POST", f"{one}/articles", {"title": "Another"}, ADMIN), 403, "viewer")
    assert site.get(f"{one}/notes", RESEARCHER) == []
    assert site.ask("POST", f"{one}/leave", token=ADMIN).status == 204
    assert_problem(site.ask("GET", one, token=ADMIN), 404)


# The institution


def test_an_administrator_sees_the_institution_and_a_researcher_does_not(site):
    for path in ("articles", "accounts", "roles", "reviews"):
        assert_problem(site.ask("GET", f"/account/institution/{path}", token=RESEARCHER), 403, "administrator")
    items = site.get("/account/institution/articles?page_size=1000", ADMIN)
    rows = site.store.query("SELECT id FROM private_articles WHERE institution_id=319")
    assert {item["id"] for item in items} == {row["id"] for row in rows} and len(items) == len(rows)
    assert site.get("/account/institution", ADMIN) == {
        "id": 319,
        "name": "Iowa State University",
        "domain": "iastate.edu",
    }


def test_groups_form_a_tree_under_the_institution(site):
    groups = {group["id"]: group for group in site.get("/account/institution/groups", ADMIN)}
    assert [group for group in groups.values() if group["parent_id"] == 0] == [groups[11953]]
    assert all(group["parent_id"] in groups for group in groups.values() if group["parent_id"])
    assert list(groups[11962]) == ["id", "name", "resource_id", "parent_id", "association_criteria", "upload_access"]


def test_accounts_by_every_filter(site):
    everybody = site.get("/account/institution/accounts?page_size=1000", ADMIN)
    ids = [account["id"] for account in everybody]
    assert ids == sorted(ids) and {account["institution_id"] for account in everybody} == {319}
    middle = ids[len(ids) // 2]
    above = site.get(f"/account/institution/accounts?id_gte={middle}&page_size=1000", ADMIN)
    below = site.get(f"/account/institution/accounts?id_lte={middle}&page_size=1000", ADMIN)
    assert [one["id"] for one in below] + [one["id"] for one in above][1:] == ids
    one = everybody[0]
    for name in ("email", "institution_user_id"):
        assert site.get(f"/account/institution/accounts?{name}={one[name]}", ADMIN) == [one]
    found = parsed(site.ask("POST", "/account/institution/accounts/search", {"search_for": one["last_name"]}, ADMIN))
    assert one in found
    assert_problem(site.ask("GET", "/account/institution/accounts/1490011", token=ADMIN), 404)


def test_two_ids_of_one_person(site):
    account = site.get("/account/institution/accounts/1490001", ADMIN)
    user = site.get("/account/institution/users/1490001", ADMIN)
    assert user["id"] == account["user_id"] != account["id"]


def test_reviews_by_status_and_their_comments(site):
    everything = site.get("/account/institution/reviews?limit=1000", ADMIN)
    statuses = {review["status"] for review in everything}
    assert len(statuses) > 1
    for status in statuses:
        found = site.get(f"/account/institution/reviews?status={status}&limit=1000", ADMIN)
        assert found == [review for review in everything if review["status"] == status]
    assert_problem(site.ask("GET", "/account/institution/reviews?status=open", token=ADMIN), 400, "status")
    review = next(one for one in everything if one["comments_count"])
    path = f"/account/institution/review/{review['id']}"
    before = site.get(f"{path}/comments", ADMIN)
    assert len(before) == review["comments_count"]
    assert site.ask("POST", f"{path}/comments", {"text": "Seen"}, ADMIN).status == 200
    assert [comment["text"] for comment in site.get(f"{path}/comments", ADMIN)][-1] == "Seen"
    assert site.get(path, ADMIN)["comments_count"] == len(before) + 1
    assert site.get(path, ADMIN)["item"]["id"] == review["article_id"]
    assert_problem(site.ask("GET", path, token=FABER_ADMIN), 404)


def test_a_report_a_day(site):
    report = parsed(site.ask("POST", "/account/articles/export", token=RESEARCHER))
    assert_problem(site.ask("POST", "/account/articles/export", token=RESEARCHER), 429)
    assert site.get("/account/articles/export", RESEARCHER) == [report] and report["status"] == "done"
    book = site.ask("GET", report["download_url"]).body
    table = pd.read_excel(io.BytesIO(book)).set_index("id")
    items = {item["id"]: item for item in site.get("/account/articles?page_size=1000", RESEARCHER)}
    assert set(table.index) == set(items) and set(table["status"]) == {"draft", "public"}
    public = table[table["status"] == "public"]
    assert {one: site.get(f"/articles/{one}")["title"] for one in public.index} == public["title"].to_dict()
    counted = site.store.query("SELECT id, views FROM articles WHERE account_id=?", (report["account_id"],))
    assert public["views"].to_dict() == {row["id"]: row["views"] for row in counted}
    for guess in (("report-", "report-9"), ("reports/[^/]+", f"reports/{uuid.UUID(int=0)}")):
        assert_problem(site.ask("GET", re.sub(*guess, report["download_url"])), 404)


def test_a_report_of_text_that_a_workbook_cannot_hold(site):
    create(site, "articles", title="A bell \x07 rings")
    report = parsed(site.ask("POST", "/account/articles/export", token=RESEARCHER))
    table = pd.read_excel(io.BytesIO(site.ask("GET", report["download_url"]).body))
    assert "A bell  rings" in set(table["title"])


def test_authors_of_a_group_include_its_subgroups(site):
    """Documented for this search only."""

    def authors(group):
        reply = site.ask("POST", "/account/authors/search", {"group_id": group, "page_size": 1000}, ADMIN)
        return {author["id"] for author in parsed(reply)}

    below = {row["id"] for row in site.store.query("SELECT id FROM groups WHERE parent_id=11953")}
    assert below and all(authors(group) <= authors(11953) for group in below)
    assert authors(11953) > authors(11962) > set()


def test_grants_are_found_by_title(site):
    title = json.loads(site.store.first_row("SELECT record FROM funding WHERE title != ''")["record"])["title"]
    found = parsed(site.ask("POST", "/account/funding/search", {"search_for": title}, RESEARCHER))
    assert title in [grant["title"] for grant in found]


def test_the_token_is_never_repeated(site):
    for path in ("/token", "/account"):
        assert RESEARCHER not in json.dumps(site.get(path, RESEARCHER))
    assert_problem(site.ask("GET", "/token", token="wrong"), 403)
