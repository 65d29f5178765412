"""Drafts: created, changed, published, deleted; what is missing is named before it is asked for."""

import pytest
from helpers_site import client_answered_by, connected, queue_fault

import figshare_helpers as fh


def publishable(figshare, folder) -> int:
    article = figshare.create_article(
        {
            "title": "Frog calls",
            "description": "Recordings",
            "tags": ["frog"],
            "defined_type": "dataset",
            "categories": [figshare.find_category("Genetics")["id"]],
        }
    )
    (folder / "calls.txt").write_text("croak\n")
    figshare.upload_file(article, folder / "calls.txt")
    return article


def test_a_draft_is_created_changed_and_deleted(figshare):
    article = figshare.create_article({"title": "Frog calls"})
    figshare.update_article(article, {"description": "Recordings"})
    record = figshare.article(article, private=True)
    assert (record["title"], record["description"], record["status"]) == ("Frog calls", "Recordings", "draft")
    assert article in [item["id"] for item in figshare.account_articles()]
    figshare.delete_article(article)
    with pytest.raises(fh.NotFound):
        figshare.article(article, private=True)


def test_the_owner_is_first_author_unless_told_otherwise(figshare):
    owner = figshare.article(figshare.create_article({"title": "Owner"}), private=True)["authors"][0]["full_name"]
    given = {"title": "Given", "authors": [{"name": "Ada Lovelace"}, {"name": "Mary Somerville"}]}
    names = [
        author["full_name"] for author in figshare.article(figshare.create_article(given), private=True)["authors"]
    ]
    assert names == [owner, "Ada Lovelace", "Mary Somerville"]
    names = [
        author["full_name"]
        for author in figshare.article(figshare.create_article(given, keep_owner=False), private=True)["authors"]
    ]
    assert names == ["Ada Lovelace", "Mary Somerville"]


def test_a_draft_without_a_title_is_not_sent(figshare):
    with pytest.raises(fh.ParameterError, match="title"):
        figshare.create_article({"description": "x"})
    assert len(figshare.requests_made) == 0


def test_what_is_missing_is_named_and_publishing_refused(figshare):
    article = figshare.create_article({"title": "Frog calls"})
    missing = figshare.missing_fields(article)
    assert missing == ["description", "categories", "keywords", "defined_type", "a file"] or missing == [
        "description",
        "categories",
        "keywords",
        "a file",
    ]
    with pytest.raises(fh.BadRequest) as caught:
        figshare.publish_article(article)
    assert caught.value.status == 400


def test_publish_waits_until_the_public_can_see_it(server, figshare, tmp_path):
    article = publishable(figshare, tmp_path)
    assert figshare.missing_fields(article) == []
    queue_fault(server, "vanish", f"/v2/articles/{article}", times=2)
    record = figshare.publish_article(article)
    assert record["id"] == article and record["is_public"] and record["doi"].endswith(".v1")
    assert [hit["id"] for hit in figshare.search(':title: "Frog calls"', limit=1000) if hit["id"] == article]


def test_a_lost_answer_to_publish_is_uncertain(server, figshare, tmp_path):
    article = publishable(figshare, tmp_path)
    queue_fault(server, "truncate", f"/v2/account/articles/{article}/publish")
    with pytest.raises(fh.UncertainWrite, match="publish"):
        figshare.publish_article(article)
    assert figshare.article(article)["is_public"]  # it had happened


@pytest.mark.parametrize("status", [500, 503])
def test_a_publish_that_failed_on_the_server_is_uncertain(server, figshare, tmp_path, status):
    article = publishable(figshare, tmp_path)
    queue_fault(server, "status", f"/v2/account/articles/{article}/publish", status=status)
    with pytest.raises(fh.UncertainWrite, match="publish"):
        figshare.publish_article(article)


@pytest.mark.parametrize(
    ("headers", "body"),
    [({}, b""), ({}, b"[]"), ({}, b"{}"), ({}, b'{"location": null}'), ({"Location": "https://figshare.com/"}, b"{}")],
)
def test_a_creation_without_a_number_is_uncertain(headers, body):
    with (
        client_answered_by((201, {"Content-Type": "application/json", **headers}, body)) as client,
        pytest.raises(fh.UncertainWrite, match="201 to POST /v2/account/articles, but not with a number"),
    ):
        client.create_article({"title": "Perhaps"})


def test_the_number_may_come_in_the_body():
    location = b'{"location": "https://api.figshare.com/v2/account/articles/30801242"}'
    with client_answered_by((201, {"Content-Type": "application/json"}, location)) as client:
        assert client.create_article({"title": "Draft"}) == 30801242


def test_the_page_that_completes_an_upload_is_figshares(server, figshare, tmp_path):
    publishable(figshare, tmp_path)
    assert 202 in figshare.requests_made["status"].tolist()  # recorded: 202 with a page


@pytest.mark.parametrize("kind", ["waf", "html"])
def test_a_completion_with_a_foreign_answer_is_looked_up(server, figshare, tmp_path, kind):
    queue_fault(server, kind, "/v2/account/articles/", method="POST", status=200, after=1)
    article = publishable(figshare, tmp_path)
    assert [file["status"] for file in figshare.files(article, private=True)] == ["available"]
    posts = figshare.requests_made.query("method == 'POST'")["status"].tolist()
    assert posts[-2:] == [202 if kind == "waf" else 200, 202]


def test_a_published_item_has_versions(figshare, tmp_path):
    article = publishable(figshare, tmp_path)
    figshare.publish_article(article)
    figshare.update_article(article, {"title": "Frog calls, again"})
    figshare.publish_article(article)
    assert [entry["version"] for entry in figshare.versions(article)] == [1, 2]
    assert figshare.article(article, version=1)["title"] == "Frog calls"
    assert figshare.article(article)["title"] == "Frog calls, again"
    assert len(figshare.files(article, version=1)) == 1


def test_an_unknown_category_names_the_nearest(figshare):
    with pytest.raises(fh.ParameterError) as caught:
        figshare.find_category("Genetic")
    assert str(caught.value).startswith("There is no category 'Genetic': did you mean 'Genetics'")


def test_a_category_of_several_taxonomies_is_not_guessed(figshare):
    with pytest.raises(fh.ParameterError) as caught:
        figshare.find_category("conservation and Biodiversity")
    assert "id 26932 in taxonomy 100, id 27560 in taxonomy 2000. Say which with taxonomy_id" in str(caught.value)
    assert figshare.find_category("Conservation and biodiversity", taxonomy_id=100)["id"] == 26932
    assert figshare.find_category("Genetics", taxonomy_id=100)["taxonomy_id"] == 10  # it stands only once
    with pytest.raises(fh.ParameterError, match="2 categories are called"):
        figshare.find_category("Environmental management", taxonomy_id=100)


def test_a_title_alone_is_no_metadata(figshare):
    with pytest.raises(fh.ParameterError, match="as a dictionary"):
        figshare.create_article("x")


def test_a_published_item_is_not_deleted_and_the_token_not_blamed(tmp_path, figshare):
    ready = publishable(figshare, tmp_path)
    figshare.publish_article(ready)
    with pytest.raises(fh.Forbidden, match="what is published stays") as caught:
        figshare.delete_article(ready)
    assert caught.value.status == 403 and "unknown here" not in str(caught.value)


def test_requests_of_all_connections_are_counted(figshare, server):
    before = figshare.request_counts(all_connections=True)["requests"].sum()
    with connected(server, token="") as other:
        other.get("/licenses")
    assert figshare.request_counts(all_connections=True)["requests"].sum() == before + 1
    assert figshare.request_counts()["requests"].sum() == 0
