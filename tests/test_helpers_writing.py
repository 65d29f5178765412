"""Drafts: created, changed, published, deleted; what is missing is named before it is asked for."""

import pytest
from helpers_site import fault

import figshare_helpers as fh


def publishable(figshare, folder) -> int:
    article = figshare.create_article({
        "title": "Frog calls", "description": "Recordings", "tags": ["frog"], "defined_type": "dataset",
        "categories": [figshare.find_category("Genetics")["id"]]})
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
    names = [author["full_name"] for author in
             figshare.article(figshare.create_article(given), private=True)["authors"]]
    assert names == [owner, "Ada Lovelace", "Mary Somerville"]
    names = [author["full_name"] for author in
             figshare.article(figshare.create_article(given, keep_owner=False), private=True)["authors"]]
    assert names == ["Ada Lovelace", "Mary Somerville"]


def test_a_draft_without_a_title_is_not_sent(figshare):
    with pytest.raises(fh.ParameterError, match="title"):
        figshare.create_article({"description": "x"})
    assert len(figshare.requests_made) == 0


def test_what_is_missing_is_named_and_publishing_refused(figshare):
    article = figshare.create_article({"title": "Frog calls"})
    missing = figshare.missing_fields(article)
    assert missing == ["description", "categories", "keywords", "defined_type", "a file"] or missing == [
        "description", "categories", "keywords", "a file"]
    with pytest.raises(fh.BadRequest) as caught:
        figshare.publish_article(article)
    assert caught.value.status == 400


def test_publish_waits_until_the_public_can_see_it(server, figshare, tmp_path):
    article = publishable(figshare, tmp_path)
    assert figshare.missing_fields(article) == []
    fault(server, "vanish", f"/v2/articles/{article}", times=2)
    record = figshare.publish_article(article)
    assert record["id"] == article and record["is_public"] and record["doi"].endswith(".v1")
    assert [hit["id"] for hit in figshare.search(":title: \"Frog calls\"", limit=1000) if hit["id"] == article]


def test_a_lost_answer_to_publish_is_uncertain(server, figshare, tmp_path):
    article = publishable(figshare, tmp_path)
    fault(server, "truncate", f"/v2/account/articles/{article}/publish")
    with pytest.raises(fh.UncertainWrite, match="publish"):
        figshare.publish_article(article)
    assert figshare.article(article)["is_public"]  # it had happened


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
