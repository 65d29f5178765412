"""The life of an article: create, change, publish, change again, withdraw, delete; and who may."""

import re

import pytest
from server_site import ADMIN, FABER_ADMIN, RESEARCHER, assert_problem, parsed

from local_figshare.messages import API

ACCOUNT = 1490011  # the researcher's account; 1491011 is the same person as an author
AUTHOR = 1491011


def private(site, article, token=RESEARCHER):
    return site.get(f"/account/articles/{article}", token)


# Creating


def test_create_answers_as_recorded(site):
    reply = site.ask("POST", "/account/articles", {"title": "A title"}, RESEARCHER)
    location = f"{API}/account/articles/{reply.body['entity_id']}"
    assert reply.status == 201 and reply.headers["Location"] == location
    assert list(reply.body.items())[1:] == [("location", location), ("warnings", [])]


def test_an_untouched_draft_has_the_recorded_values(site):
    record = private(site, site.ask("POST", "/account/articles", {"title": "A title"}, RESEARCHER).body["entity_id"])
    expected = {
        "published_date": None,
        "doi": "",
        "handle": "",
        "thumb": "",
        "version": 0,
        "status": "draft",
        "is_public": False,
        "size": 0,
        "timeline": {},
        "funding": None,
        "funding_list": [],
        "embargo_type": None,
        "folder_structure": {},
        "defined_type": 3,
        "defined_type_name": "dataset",
        "account_id": ACCOUNT,
        "curation_status": None,
        "files": [],
    }
    assert {key: record[key] for key in expected} == expected
    assert record["license"]["value"] == 1
    assert record["url"] == record["url_private_api"] == f"{API}/account/articles/{record['id']}"
    assert record["url_public_html"].endswith(f"/articles/dataset/_/{record['id']}")
    assert list(record)[:4] == ["curation_status", "files", "resource_title", "resource_doi"]


ODD = {"colour": "green"}  # a field that nobody knows


@pytest.mark.parametrize(
    "method, path, body, status",
    [
        ("POST", "/account/articles", {"title": "A title"}, 400),
        ("PATCH", "/account/articles/{draft}", {}, 400),
        ("POST", "/account/collections", {"title": "A title"}, 400),
        ("POST", "/account/projects", {"title": "A title"}, 400),
        ("PUT", "/account/profile", {}, 400),
        ("PATCH", "/account/articles/{public}/versions/1", {}, 400),
        ("POST", "/account/articles/{draft}/files", {"name": "a.txt", "size": 1}, 400),
        ("POST", "/account/articles/{draft}/files", {"link": "https://example.org/a.txt"}, 400),
        ("POST", "/_local/faults", {"kind": "delay"}, 422),
    ],
)
def test_an_unknown_field_is_named_where_a_typing_error_would_cost_something(site, method, path, body, status):
    ids = {"draft": site.create_draft(), "public": site.create_public_article()}
    reply = site.ask(method, path.format(**ids), body | ODD, RESEARCHER)
    assert reply.status == status and "colour" in str(parsed(reply))


@pytest.mark.parametrize(
    "method, path, body, status",
    [
        ("POST", "/articles/search", {"search_for": "frog"}, 200),
        ("POST", "/account/articles/{draft}/private_links", {}, 201),
        ("PUT", "/account/articles/{draft}/embargo", {"is_embargoed": False}, 205),
        ("PUT", "/account/articles/{draft}/confidentiality", {"reason": "A reason"}, 205),
        ("PUT", "/account/articles/{draft}/authors", {"authors": [{"name": "Ann Other", **ODD}]}, 205),
        ("POST", "/account/articles/{draft}/resource", {"doi": "10.1000/1"}, 205),
        ("POST", "/account/projects/{project}/notes", {"text": "A note"}, 201),
    ],
)
def test_an_unknown_field_is_passed_over_elsewhere(site, method, path, body, status):
    project = site.ask("POST", "/account/projects", {"title": "A title"}, RESEARCHER).body["entity_id"]
    path = path.format(draft=site.create_draft(), project=project)
    assert site.ask(method, path, body | ODD, RESEARCHER).status == status


def test_a_file_says_whether_a_field_is_unknown_or_does_not_go_with_another(site):
    files = f"/account/articles/{site.create_draft()}/files"
    for body, reason in (({"colour": "green"}, "there is no such field"), ({"size": 1}, "together with link")):
        reply = site.ask("POST", files, {"link": "https://example.org/a.txt"} | body, RESEARCHER)
        assert_problem(reply, 400, reason)


@pytest.mark.parametrize("group", ["12", "\u00b2", "x", "9" * 40])
def test_roles_are_given_in_groups_of_the_institution(site, group):
    account = next(one["id"] for one in site.get("/account/institution/accounts", ADMIN))
    roles = f"/account/institution/roles/{account}"
    assert site.ask("POST", roles, {"11962": [49], "impersonate": account}, ADMIN).status == 201
    assert 49 in [role["id"] for role in site.get(roles, ADMIN)["11962"]]
    assert_problem(site.ask("POST", roles, {group: [49]}, ADMIN), 404, "Group")


def test_the_owner_is_the_first_author_whoever_is_named(site):
    article = site.create_draft(authors=[{"name": "Ann Other"}])
    named = private(site, article)["authors"]
    assert next(author["id"] for author in named) == AUTHOR
    assert named[1] == {
        **named[1],
        "full_name": "Ann Other",
        "first_name": "Ann",
        "last_name": "Other",
        "is_active": False,
        "url_name": "_",
        "orcid_id": "",
    }
    again = private(site, site.create_draft(authors=[{"name": "Ann Other"}]))["authors"]
    assert again[1]["id"] == named[1]["id"]


def test_what_is_written_is_read_back(site):
    article = site.create_draft(
        keywords=["a", "b", "a"],
        defined_type="software",
        license=2,
        funding="A fund",
        funding_list=[{"title": "Grant 7"}],
        references=["https://example.org/x"],
        resource_doi="10.1234/x",
        resource_title="A paper",
        timeline={"firstOnline": "2020-05-01"},
        group_id=9999,
        custom_fields={"Rights cleared": "Yes"},
        related_materials=[{"identifier": "10.1234/y", "identifier_type": "DOI", "relation": "IsSupplementTo"}],
    )
    record = private(site, article)
    assert record["tags"] == record["keywords"] == ["a", "b"]
    assert (record["defined_type"], record["defined_type_name"]) == (9, "software")
    assert record["license"]["name"] == "CC0" and record["timeline"] == {"firstOnline": "2020-05-01"}
    assert record["custom_fields"] == [{"name": "Rights cleared", "value": "Yes"}]
    assert record["funding_list"][0] | {"id": 0} == {
        "id": 0,
        "title": "Grant 7",
        "grant_code": "",
        "funder_name": None,
        "is_user_defined": 1,
    }
    assert record["related_materials"][0]["link"] == "https://doi.org/10.1234/y"
    assert [entry["id"] for entry in record["categories"]] == [26932]


def test_categories_by_source_id(site):
    article = site.create_draft(categories=None, categories_by_source_id=["410401"])
    assert [entry["id"] for entry in private(site, article)["categories"]] == [26932]


@pytest.mark.parametrize(
    "body, status, word",
    [
        ({}, 400, "title"),
        ({"title": "ab"}, 400, "title"),
        ({"title": 5}, 400, "title"),
        ({"title": "abc", "licence": 1}, 400, "licence"),
        ({"title": "abc", "license": 999}, 400, "license"),
        ({"title": "abc", "defined_type": "thing"}, 400, "defined_type"),
        ({"title": "abc", "tags": "x"}, 400, "tags"),
        ({"title": "abc", "authors": [{}]}, 400, "authors"),
        ({"title": "abc", "authors": [{"id": 1}]}, 400, "not found"),
        ({"title": "abc", "authors": [{"name": "A B", "orcid_id": "12"}]}, 400, "ORCID"),
        ({"title": "abc", "categories": [99999999]}, 404, "Not allowed to set category"),
        ({"title": "abc", "group_id": 11962}, 400, "group_id"),
        ({"title": "abc", "references": ["x"]}, 400, "references"),
        ({"title": "abc", "timeline": {"firstOnline": "soon"}}, 400, "timeline"),
        ({"title": "abc", "funding_list": [{"id": 1}]}, 400, "funding_list"),
        ({"title": "abc", "is_metadata_record": "yes"}, 400, "is_metadata_record"),
        ({"title": "abc", "group_id": 9991, "custom_fields": {"Department": "Alchemy"}}, 400, "Alchemy"),
        ({"title": "x" * 1001}, 400, "title"),
        ({"title": "abc", "description": "x" * 20001}, 400, "description"),
    ],
)
def test_a_wrong_field_is_named_and_nothing_is_made(site, body, status, word):
    before = len(site.get("/account/articles?page_size=1000", RESEARCHER))
    assert_problem(site.ask("POST", "/account/articles", body, RESEARCHER), status, word)
    assert len(site.get("/account/articles?page_size=1000", RESEARCHER)) == before


# Changing


@pytest.mark.parametrize("method", ["PUT", "PATCH"])
def test_update_answers_205_with_a_body_and_keeps_the_rest(site, method):
    article = site.create_draft()
    reply = site.ask(method, f"/account/articles/{article}", {"title": "Another title"}, RESEARCHER)
    assert reply.status == 205
    assert reply.body == {"location": reply.headers["Location"], "warnings": []}
    record = private(site, article)
    assert record["title"] == "Another title" and record["description"] and record["keywords"] == ["pond"]


def test_a_private_item_turns_from_draft_to_private_when_complete(site):
    article = site.create_draft()
    assert private(site, article)["status"] == "draft"
    site.upload(article, "a.csv", b"1")
    assert private(site, article)["status"] == "private"


def test_a_refused_update_changes_nothing(site):
    article = site.create_draft()
    site.ask("PUT", f"/account/articles/{article}", {"title": "Good title", "license": 999}, RESEARCHER)
    assert private(site, article)["title"] == "Pond notes"


def test_authors_and_categories_as_lists_of_their_own(site):
    path = f"/account/articles/{site.create_draft()}"
    assert site.ask("PUT", f"{path}/authors", {"authors": [{"name": "Ann Other"}]}, RESEARCHER).status == 205
    assert site.ask("POST", f"{path}/authors", {"authors": [{"name": "Bo Third"}]}, RESEARCHER).status == 205
    named = site.get(f"{path}/authors", RESEARCHER)
    assert [author["full_name"] for author in named] == ["Ann Other", "Bo Third"]
    assert site.ask("DELETE", f"{path}/authors/{named[0]['id']}", token=RESEARCHER).status == 204
    assert [author["full_name"] for author in site.get(f"{path}/authors", RESEARCHER)] == ["Bo Third"]
    assert_problem(site.ask("DELETE", f"{path}/authors/1", token=RESEARCHER), 404, "Author")
    assert site.ask("POST", f"{path}/categories", {"categories": [24232, 26932]}, RESEARCHER).status == 205
    assert [entry["id"] for entry in site.get(f"{path}/categories", RESEARCHER)] == [26932, 24232]
    assert_problem(site.ask("PUT", f"{path}/categories", {}, RESEARCHER), 400, "categories")


def test_private_links(site):
    path = f"/account/articles/{site.create_draft()}/private_links"
    first = site.ask("POST", path, {}, RESEARCHER)
    assert first.status == 201 and set(first.body) == {"location", "html_location", "token"}
    second = site.ask("POST", path, {"expires_date": "2030-01-01"}, RESEARCHER)
    links = site.get(path, RESEARCHER)
    assert len(links) == 1 and links[0]["expires_date"] == "2030-01-01T00:00:00" and links[0]["is_active"] is True
    assert second.body["html_location"] == links[0]["html_location"]
    link = f"{path}/{links[0]['id']}"
    assert site.ask("PUT", link, {"expires_date": "2031-01-01"}, RESEARCHER).status == 205
    assert_problem(site.ask("PUT", link, {"expires_date": "2001-01-01"}, RESEARCHER), 422, "past")
    assert site.ask("DELETE", link, token=RESEARCHER).status == 204
    assert site.get(path, RESEARCHER) == []


def test_a_private_link_shows_a_reviewer_the_item_without_its_authors(site):
    """Figshare's guide: an anonymous page, for whoever has the address, with the files."""
    article = site.create_draft(title="Eels & <b>elvers</b>", authors=[{"name": "Ann Other"}])
    site.upload(article, "<i>eels</i>.csv", b"length\n41\n")
    links = f"/account/articles/{article}/private_links"
    address = site.ask("POST", links, {}, RESEARCHER).body["html_location"]
    page = site.ask("GET", address)
    assert page.status == 200 and "<h1>Eels &amp; &lt;b&gt;elvers&lt;/b&gt;</h1>" in page.body
    assert "Other" not in page.body and "Holt" not in page.body
    [(file_address, name)] = re.findall('<a href="(.*?)">(.*?)</a>', page.body)
    assert name == "&lt;i&gt;eels&lt;/i&gt;.csv"
    assert site.ask("GET", file_address).status == 302
    [link] = site.get(links, RESEARCHER)
    site.ask("DELETE", f"{links}/{link['id']}", token=RESEARCHER)
    assert_problem(site.ask("GET", address), 404, "page")
    assert site.ask("GET", file_address).status >= 400


def test_a_private_link_of_a_collection_has_a_page_too(site):
    made = site.ask("POST", "/account/collections", {"title": "Eels of three rivers"}, RESEARCHER)
    links = f"/account/collections/{made.body['entity_id']}/private_links"
    address = site.ask("POST", links, {}, RESEARCHER).body["html_location"]
    page = site.ask("GET", address)
    assert page.status == 200 and "<h1>Eels of three rivers</h1>" in page.body


def test_delete_and_what_is_public_stays(site):
    article = site.create_draft()
    assert site.ask("DELETE", f"/account/articles/{article}", token=RESEARCHER).status == 204
    assert_problem(site.ask("GET", f"/account/articles/{article}", token=RESEARCHER), 404, "ArticleVersion")
    assert_problem(
        site.ask("DELETE", f"/account/articles/{site.create_public_article()}", token=RESEARCHER),
        403,
        "cannot be deleted",
    )


# Publishing


def test_publish_names_all_that_is_missing(site):
    reply = site.ask("POST", "/account/articles", {"title": "Bare"}, RESEARCHER)
    refused = site.ask("POST", f"/account/articles/{reply.body['entity_id']}/publish", token=RESEARCHER)
    body = assert_problem(refused, 400, "Missing mandatory")
    assert body["data"] == {"missing": ["description", "categories", "keywords", "files"]}


def test_an_open_upload_keeps_an_item_private(site):
    article = site.create_draft()
    site.ask("POST", f"/account/articles/{article}/files", {"name": "a.csv", "size": 3}, RESEARCHER)
    assert_problem(site.ask("POST", f"/account/articles/{article}/publish", token=RESEARCHER), 400, "a.csv")


def test_what_is_published_is_found_at_once(site):
    article = site.create_public_article(title="The newts of Zwolle")
    assert [hit["id"] for hit in site.search(search_for=":title: Zwolle")] == [article]
    record = site.get(f"/articles/{article}")
    assert record["version"] == 1 and record["status"] == "public" and record["is_public"] is True
    assert record["doi"] == f"10.5072/FK2.local.{article}.v1" and record["doi"] in record["citation"]
    assert record["published_date"] == record["timeline"]["posted"] + "Z"
    assert record["url_public_html"].endswith(f"/articles/dataset/The_newts_of_Zwolle/{article}")
    assert "account_id" not in record and next(iter(record)) == "files"
    assert site.get("/articles?page_size=1")[0]["id"] == article


def test_a_metadata_record_needs_no_file(site):
    article = site.create_draft(is_metadata_record=True, metadata_reason="Held elsewhere")
    assert site.ask("POST", f"/account/articles/{article}/publish", token=RESEARCHER).status == 201
    assert site.get(f"/articles/{article}")["files"] == []


def test_a_change_is_private_until_it_is_published_as_the_next_version(site):
    article = site.create_public_article()
    site.ask("PUT", f"/account/articles/{article}", {"title": "Pond notes, mended"}, RESEARCHER)
    site.upload(article, "more.csv", b"2")
    assert site.get(f"/articles/{article}")["title"] == "Pond notes"
    assert private(site, article)["title"] == "Pond notes, mended"
    assert site.ask("POST", f"/account/articles/{article}/publish", token=RESEARCHER).status == 201
    latest = site.get(f"/articles/{article}")
    assert latest["version"] == 2 and latest["doi"].endswith(".v2") and len(latest["files"]) == 2
    assert site.get(f"/articles/{article}/versions") == [
        {"version": number, "url": f"{API}/articles/{article}/versions/{number}"} for number in (1, 2)
    ]
    first = site.get(f"/articles/{article}/versions/1")
    assert first["title"] == "Pond notes" and len(first["files"]) == 1 and first["doi"].endswith(".v1")
    assert len(site.search(search_for=":title: mended")) == 1


def test_publishing_what_has_not_changed_makes_no_version(site):
    article = site.create_public_article()
    assert site.ask("POST", f"/account/articles/{article}/publish", token=RESEARCHER).status == 201
    assert len(site.get(f"/articles/{article}/versions")) == 1


def test_a_reserved_doi_is_the_published_one_without_its_version(site):
    article = site.create_draft()
    doi = site.ask("POST", f"/account/articles/{article}/reserve_doi", token=RESEARCHER).body["doi"]
    assert not doi.endswith(".v1")
    assert site.ask("POST", f"/account/articles/{article}/reserve_doi", token=RESEARCHER).body["doi"] == doi
    assert "handle" in site.ask("POST", f"/account/articles/{article}/reserve_handle", token=RESEARCHER).body
    site.upload(article, "a.csv", b"1")
    site.ask("POST", f"/account/articles/{article}/publish", token=RESEARCHER)
    assert site.get(f"/articles/{article}")["doi"] == f"{doi}.v1"
    assert [hit["id"] for hit in site.search(doi=doi)] == [article]


def test_unpublish_hides_an_item_and_publishing_brings_it_back(site):
    article = site.create_public_article(title="Newts of Zwolle")
    for reason in (None, "no", "x" * 501):
        assert_problem(
            site.ask("POST", f"/account/articles/{article}/unpublish", {"reason": reason}, RESEARCHER), 400, "reason"
        )
    reply = site.ask("POST", f"/account/articles/{article}/unpublish", {"reason": "A mistake in it"}, RESEARCHER)
    assert reply.status == 204
    for path in ("", "/versions", "/versions/1", "/files"):
        assert_problem(site.ask("GET", f"/articles/{article}{path}"), 404, "Entity not found: ArticleVersion")
    assert site.search(search_for="Zwolle") == []
    record = private(site, article)
    assert record["is_public"] is False and record["published_date"]
    assert site.store.first_row("SELECT id FROM withdrawn WHERE id=?", (article,))
    site.ask("POST", f"/account/articles/{article}/publish", token=RESEARCHER)
    assert site.get(f"/articles/{article}")["version"] == 2
    assert site.store.first_row("SELECT id FROM withdrawn WHERE id=?", (article,)) is None


def test_a_curated_group_reviews_first(site):
    article = site.create_draft(group_id=9999)
    site.upload(article, "a.csv", b"1")
    refused = site.ask("POST", f"/account/articles/{article}/publish", token=RESEARCHER)
    assert_problem(refused, 400, "Missing mandatory value: Rights cleared")
    site.ask("PUT", f"/account/articles/{article}", {"custom_fields": {"Rights cleared": "Yes"}}, RESEARCHER)
    assert site.ask("POST", f"/account/articles/{article}/publish", token=RESEARCHER).status == 201
    assert_problem(site.ask("GET", f"/articles/{article}"), 404)
    assert private(site, article)["curation_status"] == "pending"
    reviews = site.get(f"/account/institution/reviews?article_id={article}", FABER_ADMIN)
    assert [(review["status"], review["group_id"]) for review in reviews] == [("pending", 9999)]
    site.ask("POST", f"/account/articles/{article}/publish", token=RESEARCHER)
    assert len(site.get(f"/account/institution/reviews?article_id={article}", FABER_ADMIN)) == 1


# Embargo and confidentiality


def test_an_embargo_hides_the_files_until_its_day(site):
    article = site.create_draft()
    path = f"/account/articles/{article}/embargo"
    embargo = {"is_embargoed": True, "embargo_type": "file", "embargo_date": "2030-01-01", "embargo_reason": "Patent"}
    assert_problem(site.ask("PUT", path, embargo, RESEARCHER), 400, "at least one file")
    file_id = site.upload(article, "a.csv", b"1")
    assert site.ask("PUT", path, embargo, RESEARCHER).status == 205
    assert site.get(path, RESEARCHER) == {**embargo, "embargo_title": "", "embargo_options": []}
    site.ask("POST", f"/account/articles/{article}/publish", token=RESEARCHER)
    record = site.get(f"/articles/{article}")
    assert record["files"] == [] and record["is_embargoed"] is True and site.get(f"/articles/{article}/files") == []
    assert_problem(site.ask("GET", f"/files/{file_id}"), 404)
    assert site.ask("GET", f"/files/{file_id}", token=RESEARCHER).status == 302
    query = f"verb=GetRecord&metadataPrefix=mets&identifier=oai:figshare.com:article/{article}"
    assert f"/files/{file_id}" not in site.ask("GET", f"/v2/oai?{query}").body
    assert site.ask("DELETE", path, token=RESEARCHER).status == 204
    site.ask("POST", f"/account/articles/{article}/publish", token=RESEARCHER)
    assert [entry["id"] for entry in site.get(f"/articles/{article}/files")] == [file_id]
    assert f"/files/{file_id}" in site.ask("GET", f"/v2/oai?{query}").body


@pytest.mark.parametrize(
    "body, word",
    [
        ({}, "is_embargoed"),
        ({"is_embargoed": True}, "embargo_type"),
        ({"is_embargoed": True, "embargo_type": "article", "embargo_date": "x"}, "embargo_date"),
    ],
)
def test_a_wrong_embargo_is_named(site, body, word):
    assert_problem(site.ask("PUT", f"/account/articles/{site.create_draft()}/embargo", body, RESEARCHER), 400, word)


def test_removing_all_files_clears_an_embargo_of_files(site):
    article = site.create_draft()
    file_id = site.upload(article, "a.csv", b"1")
    site.ask("PUT", f"/account/articles/{article}/embargo", {"is_embargoed": True, "embargo_type": "file"}, RESEARCHER)
    assert private(site, article)["is_embargoed"] is True
    site.ask("DELETE", f"/account/articles/{article}/files/{file_id}", token=RESEARCHER)
    assert private(site, article)["is_embargoed"] is False


def test_confidentiality(site):
    article = site.create_draft()
    path = f"/account/articles/{article}/confidentiality"
    assert_problem(site.ask("PUT", path, {}, RESEARCHER), 400, "reason")
    assert site.ask("PUT", path, {"reason": "Names in it"}, RESEARCHER).status == 205
    assert site.get(path, RESEARCHER) == {"is_confidential": True, "reason": "Names in it"}
    assert site.ask("DELETE", path, token=RESEARCHER).status == 204
    assert site.get(path, RESEARCHER) == {"is_confidential": False, "reason": ""}


# Who may


def test_without_a_token_the_account_is_closed(site):
    assert_problem(site.ask("GET", "/account/articles", token="wrong"), 403, "valid personal token")
    for path in ("/account/articles", "/account", "/account/institution/articles", "/token", "/account/projects/1"):
        reply = site.ask("GET", path)
        assert (reply.status, reply.body) == (403, {"message": "Missing OAuth token", "code": "OAuthMissingToken"})
    assert site.ask("GET", "/account/articles", authorization=f"Token {RESEARCHER}").status == 200
    assert site.ask("GET", f"/account/articles?access_token={RESEARCHER}").status == 200


def test_somebody_elses_item_is_not_there(site):
    for method in ("GET", "PUT", "DELETE"):
        assert_problem(site.ask(method, "/account/articles/30545100", {}, RESEARCHER), 404, "ArticleVersion")


def test_an_administrator_reads_all_of_the_institution_and_nothing_else(site):
    assert private(site, 6960100, FABER_ADMIN)["account_id"] == ACCOUNT
    assert_problem(site.ask("GET", "/account/articles/6960100", token=ADMIN), 404)


def test_impersonation(site):
    mine = site.get("/account/articles?page_size=100", RESEARCHER)
    assert site.get(f"/account/articles?page_size=100&impersonate={ACCOUNT}", FABER_ADMIN) == mine
    made = site.ask("POST", "/account/articles", {"title": "For another", "impersonate": ACCOUNT}, FABER_ADMIN)
    assert private(site, made.body["entity_id"])["authors"][0]["id"] == AUTHOR
    assert_problem(site.ask("GET", f"/account/articles?impersonate={ACCOUNT}", token=ADMIN), 403, "impersonate")
    assert_problem(site.ask("GET", "/account/articles?impersonate=1490002", token=RESEARCHER), 403)


def test_the_account_lists_drafts_beside_public_items(site):
    items = site.get("/account/articles?page_size=1000", RESEARCHER)
    assert {item["url"].split("/")[-3] for item in items} == {"account"}
    assert any(item["published_date"] is None for item in items) and any(item["published_date"] for item in items)
    public = next(item for item in items if item["id"] == 8365555)
    assert public["resource_title"] is None and public["group_id"] == 9991
    found = parsed(site.ask("POST", "/account/articles/search", {"search_for": ":title: slides"}, RESEARCHER))
    assert 8260098 in [hit["id"] for hit in found] and "project_id" in found[0]


def test_ids_and_clock_are_the_same_every_time(site):
    def life():
        site.store.reset()
        article = site.create_public_article(authors=[{"name": "Ann Other"}])
        return site.get(f"/articles/{article}"), site.store.now()

    assert life() == life()


@pytest.mark.parametrize(
    "body",
    [
        b"[" * 100_000,
        b'{"title": ' * 5000,
        b'{"title": "\\ud800 alone"}',
        b'{"title": "A title", "authors": [{"name": "N", "first_name": NaN}]}',
        b'{"title": "A title", "timeline": 1e999}',
        b"\xff\xfe",
        b'{"title": "\xff"}',
    ],
    ids=["deep list", "deep object", "half a character", "NaN", "infinity", "UTF-16", "no UTF-8"],
)
def test_json_that_nobody_can_hold_is_refused(site, body):
    before = site.store.first_row("SELECT count(*) FROM drafts")[0]
    assert_problem(site.ask("POST", "/account/articles", body, RESEARCHER), 400, "not valid JSON")
    assert site.store.first_row("SELECT count(*) FROM drafts")[0] == before


@pytest.mark.parametrize(
    "fields",
    [
        {"related_materials": [{"identifier": "x", "identifier_type": "URL", "link": 5}]},
        {"related_materials": [{"identifier": "x", "identifier_type": "URL", "title": []}]},
        {"authors": [{"name": "N", "first_name": [1]}]},
        {"authors": [{"name": "N", "last_name": {}}]},
        {"timeline": {"firstOnline": "2020-W01"}},
        {"timeline": {"firstOnline": "20200101"}},
    ],
)
def test_values_of_a_wrong_type_deep_inside_are_refused(site, fields):
    assert_problem(site.ask("POST", "/account/articles", {"title": "A title", **fields}, RESEARCHER), 400)


@pytest.mark.parametrize(
    "given, shown",
    [
        ("2030-02-22 20:22:22", "2030-02-22T20:22:22"),
        ("2030-02-22T20:22:22Z", "2030-02-22T20:22:22"),
        ("2030-02-22", "2030-02-22T00:00:00"),
        ("2030-02-22T20:22:22+05:00", "2030-02-22T15:22:22"),
    ],
)
def test_a_link_expires_as_it_was_told(site, given, shown):
    path = f"/account/articles/{site.create_draft()}/private_links"
    assert site.ask("POST", path, {"expires_date": given}, RESEARCHER).status == 201
    assert [link["expires_date"] for link in site.get(path, RESEARCHER)] == [shown]


def test_no_week_is_a_date(site):
    path = f"/account/articles/{site.create_draft()}/private_links"
    assert_problem(site.ask("POST", path, {"expires_date": "2030-W01"}, RESEARCHER), 400, "not a date")
