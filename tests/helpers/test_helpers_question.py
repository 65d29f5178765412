"""The check of the question: what parameters name must be there, and be of one institution."""

import pytest
from helpers_site import connected, requests_of

import figshare_helpers as fh

GOOD = [
    {"article_id": 123456},
    {"full_record_id": 123456, "many_files_id": 20400025},
    {"group_id": 21332, "other_group_id": 21334, "institution": "team"},
    {"group_id": 11962, "include_subgroups": True},
    {"institution": "iastate", "top_group": 11956},
    {"institution": "iastate", "top_group": 0},
    {"only_group": 11959},
    {"institution_id": 319},
    {"categories": ["Environmental Humanities"]},
    {"license_name": "CC BY 4.0"},
    {"category": "Conservation and biodiversity", "taxonomy_id": 100},
    {"author": "0004-0077-2894-4002"},
    {"names": ["Nobody at all University", "Iowa State University"]},
    {"set_name": "portal_319"},
    {"example_item": 0},
    {"account_id": 0},
    {"collection_id": 4820113, "project_id": 98761},
    {"author_id": 155529},
    {"today": "2025-12-31"},
    {"today": ""},
    {"other_item_id": 20400025, "link_end_date": "2026-01-16", "embargo_date": "2031-02-03"},
]
WRONG = [
    ({"article_id": 987654321}, "article_id 987654321 is no public item"),
    ({"many_files_id": 987654321}, "many_files_id 987654321 is no public item"),
    ({"example_item": 987654321}, "example_item 987654321 is no public item"),
    ({"collection_id": 987654321}, "collection_id 987654321 is no public collection"),
    ({"project_id": 987654321}, "project_id 987654321 is no public project"),
    ({"author_id": 987654321}, "author_id 987654321 is no author"),
    ({"group_id": 987654321, "institution": "team"}, "group_id 987654321 has no public item"),
    ({"group_id": 11962, "institution": "team"}, "group_id 11962 belongs to the institution 'iastate', but"),
    ({"other_group_id": 9993, "institution": "team"}, "other_group_id 9993 belongs to the institution 'faber'"),
    ({"group_id": 21332, "include_subgroups": True}, "group_id 21332 is no group of the token's institution"),
    ({"institution": "team", "top_group": 11956}, "the token .Iowa State University. belongs to"),
    ({"institution": "team", "top_group": 0}, "the token .Iowa State University. belongs to .*'iastate', but"),
    ({"institution": "iastate", "top_group": 9991}, "top_group 9991 is no group of the token's institution: .*11953"),
    ({"only_group": 4711}, "only_group 4711 is no group"),
    ({"account_id": 987654}, "account_id 987654 is no account"),
    ({"institution_id": 4711}, "institution_id 4711 has no public item"),
    ({"categories": ["Environmental Humanities", "Enviromental Humanities"]}, "did you mean 'Environmental"),
    ({"category": "Conservation and biodiversity", "taxonomy_id": 3}, "Say which with taxonomy_id"),
    ({"license_name": "CC BY 9.0"}, "There is no licence 'CC BY 9.0'"),
    ({"author": "0000-0002-1825-0097"}, "author '0000-0002-1825-0097': no public item"),
    ({"author": 987654321}, "author 987654321: no public item"),
    ({"author": "Zaphod Quux"}, "'Zaphod Quux': no"),
    ({"names": ["Univercity of Nowhere", "Zaphod"]}, "names: no public record .* 'Univercity of Nowhere' or 'Zaphod'"),
    ({"today": "2031-02-03"}, "today 2031-02-03 lies after the site's day, 2026-01-15"),
    ({"custom_fields": ["Shelf: 4"], "target_group": 11956}, "custom_fields: group 11956 has no field 'Shelf', it has"),
    ({"custom_fields": [], "target_group": 9993}, "target_group 9993 is no group"),
    ({"resourcesync": "http://127.0.0.1:9/resourcesync"}, "gives no description of ResourceSync .No answer"),
    ({"other_item_id": 987654321}, "other_item_id 987654321 is no public item"),
    ({"link_end_date": "2026-01-15", "embargo_date": "2031-02-03"}, "link_end_date 2026-01-15 must lie after"),
    ({"link_end_date": "2026-03-31", "embargo_date": "2025-12-31"}, "embargo_date 2025-12-31 must lie after"),
    ({"set_name": "portal_4711"}, "set_name 'portal_4711' holds no record"),
]


@pytest.fixture
def admin(server):
    with connected(server, token="local-admin") as client:
        yield client


@pytest.mark.parametrize("parameters", GOOD, ids=str)
def test_what_is_there_and_goes_together_passes_for_two_requests(admin, parameters, capsys):
    fh.check_question(admin, {"other": 1, **parameters})
    assert capsys.readouterr().out == ""
    public = [
        path
        for path in requests_of(admin)
        if "/account" not in path and "/categories" not in path and "/licenses" not in path
    ]
    assert len(public) <= 2


@pytest.mark.parametrize(("parameters", "sentence"), WRONG, ids=str)
def test_what_is_not_there_or_does_not_go_together_stops(admin, parameters, sentence):
    with pytest.raises(fh.ParameterError, match=sentence) as caught:
        fh.check_question(admin, parameters)
    assert "\n" not in str(caught.value)


def test_what_the_parameters_name_is_given_by_its_title(admin):
    ids = {"article_id": 123456, "author_id": 155529, "collection_id": 4820113, "project_id": 98761}
    titles = fh.check_question(admin, {**ids, "set_name": "portal_319"})
    assert set(titles) == set(ids)
    assert titles["author_id"] == "Xiuliang Wang" and titles["project_id"] == "Shift work and the heart"
    assert titles["article_id"].startswith("Transcriptome Sequencing and Comparative Analysis of Saccharina")


def test_without_a_token_an_author_is_not_checked(server, capsys):
    with connected(server, token="") as client:
        assert fh.check_question(client, {"author_id": 987654321}) == {}
    assert capsys.readouterr().out.startswith("not checked: author_id 987654321; only with a token")


def test_what_the_site_does_not_tell_is_said(admin, monkeypatch, capsys):
    item = {"id": 1, "url_public_html": "https://data.example.edu/articles/dataset/x/1"}
    monkeypatch.setattr(admin, "articles", lambda **_: iter([item]))
    fh.check_question(admin, {"group_id": 4, "institution": "example"})
    assert capsys.readouterr().out.startswith("not checked: whether group_id 4 belongs to example; its pages are at")


def test_only_an_administrator_reads_the_groups(server, capsys):
    with connected(server, token="local-participant-07") as client, pytest.MonkeyPatch.context() as patch:
        patch.setattr(client, "groups", lambda: (_ for _ in ()).throw(fh.Forbidden("no")))
        fh.check_question(client, {"target_group": 9993})
    assert capsys.readouterr().out.startswith("not checked: target_group 9993")
