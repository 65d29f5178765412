"""Behaviour recorded of the live service in 2023 to 2026: paths, lists, file names, quotas, projects, gzip, pages."""

import gzip
import http.client
import json
from urllib.parse import urlsplit

import pytest
import requests
from server_site import ADMIN, RESEARCHER, assert_problem, parsed

from local_figshare.messages import API, BASE

TOKEN = {"Authorization": f"token {RESEARCHER}"}


# Doubled slashes


@pytest.mark.parametrize(
    "path",
    [
        "/v2//account",
        "/v2//articles/5616445",
        "//v2/articles/5616445",
        "/v2/articles//5616445",
        "///v2///articles//5616445/",
        "/v2/articles/5616445//files",
        "/v2//articles/5616445/versions//1",
        "//_local//health",
        "/v2//licenses//",
    ],
)
def test_a_doubled_slash_is_one(server, path):
    place = urlsplit(server.root)
    answers = []
    for asked in (path, path.replace("///", "/").replace("//", "/")):
        connection = http.client.HTTPConnection(place.hostname, place.port, timeout=10)  # sends a path as it is
        connection.request("GET", asked, headers=TOKEN)
        reply = connection.getresponse()
        answers.append((reply.status, reply.read()))
        connection.close()
    assert answers[0] == answers[1] and answers[0][0] == 200


def test_a_doubled_slash_in_searches_uploads_downloads_and_faults(server):
    root = server.root
    assert requests.post(f"{root}/v2//articles/search", json={"search_for": "frog"}, timeout=10).json()
    made = requests.post(f"{root}//v2/account//articles", json={"title": "Slashes"}, headers=TOKEN, timeout=10)
    files = f"{made.headers['Location']}//files".replace("/v2/", "//v2//")
    location = requests.post(files, json={"name": "a.txt", "size": 3}, headers=TOKEN, timeout=10).headers["Location"]
    url = requests.get(location, headers=TOKEN, timeout=10).json()["upload_url"]
    assert requests.put(f"{url}//1".replace("/upload/", "//upload//"), data=b"abc", timeout=10).status_code == 200
    assert requests.post(location, headers=TOKEN, timeout=10).status_code == 202
    number = location.rpartition("/")[2]
    assert requests.get(f"{root}//files//{number}", headers=TOKEN, timeout=10).content == b"abc"
    requests.post(f"{root}/_local/faults", json={"kind": "status", "status": 503, "path": "/v2/licenses"}, timeout=10)
    assert requests.get(f"{root}/v2//licenses", timeout=10).status_code == 503
    assert requests.put(f"{root}/v2//licenses", timeout=10).headers["Content-Type"].startswith("text/html")


# gzip


def plain_and_zipped(server, path, **headers):
    """Returns the bytes as they come, without and with the offer to take gzip."""
    replies = []
    for offered in ({}, {"Accept-Encoding": "gzip"}):
        place = urlsplit(server.root)
        connection = http.client.HTTPConnection(place.hostname, place.port, timeout=10)
        connection.putrequest("GET", path, skip_accept_encoding=True)
        for name, value in {**offered, **headers}.items():
            connection.putheader(name, value)
        connection.endheaders()
        reply = connection.getresponse()
        replies.append((reply, reply.read()))
        connection.close()
    return replies


@pytest.mark.parametrize(
    "path",
    [
        "/v2/articles?page_size=100",
        "/v2/licenses",
        "/v2/articles/1",
        "/v2/nope",
        "/v2/oai?verb=Identify",
        "/stats/breakdown/total/views/article/5616445",
        "/web/figshare.com/articles/5616445",
    ],
)
def test_gzip_where_it_is_asked_for(server, path):
    (plain, body), (zipped, packed) = plain_and_zipped(server, path)
    assert plain.headers["Content-Encoding"] is None and zipped.headers["Content-Encoding"] == "gzip"
    assert plain.headers["Vary"] == zipped.headers["Vary"] == "Accept-Encoding"
    assert int(zipped.headers["Content-Length"]) == len(packed) and plain.status == zipped.status
    again = plain_and_zipped(server, path)[1][1]
    assert packed == again  # no clock in it
    if "oai" not in path:  # has the time of the answer in it
        assert gzip.decompress(packed) == body


def test_what_is_refused_or_a_file_is_not_zipped(server):
    assert (
        plain_and_zipped(server, "/v2/licenses", **{"Accept-Encoding": "gzip;q=0, br"})[0][0].headers[
            "Content-Encoding"
        ]
        is None
    )
    entry = requests.get(f"{server.url}/articles/5616445/files", timeout=10).json()[0]
    reply = requests.get(entry["download_url"], timeout=10)
    assert reply.status_code == 200 and "Content-Encoding" not in reply.headers
    assert int(reply.headers["Content-Length"]) == entry["size"] == len(reply.content)


def test_a_zipped_answer_has_its_304_and_its_faults(server):
    url = f"{server.url}/articles/5616445"
    first = requests.get(url, timeout=10)
    assert first.headers["Content-Encoding"] == "gzip"
    again = requests.get(url, headers={"If-None-Match": first.headers["ETag"]}, timeout=10)
    assert (again.status_code, again.content) == (304, b"")
    requests.post(f"{server.root}/_local/faults", json={"kind": "wrong_md5", "path": "/v2/articles"}, timeout=10)
    assert requests.get(url, timeout=10).json()["files"][0]["computed_md5"] == "0" * 32
    requests.post(f"{server.root}/_local/faults", json={"kind": "truncate", "path": "/v2/articles"}, timeout=10)
    with pytest.raises(requests.exceptions.ChunkedEncodingError):
        requests.get(url, timeout=10)


# Lists and searches


def test_lists_know_no_search_for(site):
    for path in ("/articles", "/collections", "/projects"):
        assert site.get(f"{path}?search_for=nosuchwordanywhere&page_size=5") == site.get(f"{path}?page_size=5") != []
    assert site.get('/articles?search_for="broken&page_size=1')
    assert site.search(search_for="nosuchwordanywhere") == []


def test_posted_after_and_before_are_a_half_open_range(site):
    hit = site.search(search_for=":posted_before: 2022-01-01", order="published_date", page_size=1)[0]
    moment = hit["published_date"]
    assert moment < "2022-01-01"

    def found(text):
        return hit["id"] in {one["id"] for one in site.search(search_for=text, page_size=1000)}

    assert found(f":posted_after: {moment}") and not found(f":posted_before: {moment}")
    assert not found(f":published_after: {moment}")
    assert found(f":posted_after: {moment[:10]} AND :posted_before: 2022-01-01")
    assert_problem(site.ask("POST", "/articles/search", {"search_for": ":posted_after: soon"}), 400, "posted_after")


# Related materials


@pytest.mark.parametrize(
    "entry",
    [
        {"identifier": "10.5555/x"},
        {"identifier_type": "DOI"},
        {"identifier": "", "identifier_type": "DOI"},
        {"identifier": "10.5555/x", "identifier_type": "Doi"},
        {"identifier": 5, "identifier_type": "DOI"},
        {"title": "A paper"},
        {"identifier": "10.5555/x", "identifier_type": None},
        {"id": 77},
        {"id": "77"},
    ],
)
def test_a_related_material_needs_identifier_and_type(site, entry):
    reply = site.ask("POST", "/account/articles", {"title": "A title", "related_materials": [entry]}, RESEARCHER)
    assert assert_problem(reply, 400)["message"] == "Invalid identifier format"


def test_a_related_material_that_is_there_is_named_by_its_id(site):
    article = site.create_draft(
        related_materials=[{"identifier": "2134/1", "identifier_type": "Handle", "title": "Before"}]
    )
    path = f"/account/articles/{article}"
    first = site.get(path, RESEARCHER)["related_materials"][0]
    assert first["link"] == "https://hdl.handle.net/2134/1" and first["relation"] == "References"
    site.ask("PUT", path, {"related_materials": [{"id": first["id"], "title": "After"}]}, RESEARCHER)
    assert site.get(path, RESEARCHER)["related_materials"] == [{**first, "title": "After"}]


# File names with a path


@pytest.mark.parametrize(
    "name, folder, upload, inside",
    [
        ("./app/static/img/pic.png", "app/static/img", ".appstaticimgpic.png", "app/static/img/pic.png"),
        ("raw\\run 1\\log.txt", "raw/run 1", "rawrun 1log.txt", "raw/run 1/log.txt"),
        ("/etc/hosts", "etc", "etchosts", "etc/hosts"),
        ("./plain.txt", None, ".plain.txt", "plain.txt"),
    ],
)
def test_a_name_with_a_path_is_kept(site, name, folder, upload, inside):
    article = site.create_draft()
    file_id = site.upload(article, name, b"abc")
    record = site.get(f"/account/articles/{article}", RESEARCHER)
    entry = record["files"][0]
    assert entry["name"] == name
    assert record["folder_structure"] == ({str(file_id): folder} if folder else {})
    info = site.get(f"/upload/{entry['upload_token']}")
    assert info["name"] == f"{file_id}/{upload}"
    archive = site.ask("GET", f"/account/articles/{article}/download", token=RESEARCHER)
    assert inside.encode() in b"".join(archive.body)
    assert site.ask("POST", f"/account/articles/{article}/publish", token=RESEARCHER).status == 201
    assert site.get(f"/articles/{article}/files")[0]["name"] == name
    place = site.ask("GET", f"/files/{file_id}").headers["Location"]
    disposition = site.ask("GET", place).headers["Content-Disposition"]
    assert "/" not in disposition and "%2F" not in disposition and "%5C" not in disposition


@pytest.mark.parametrize("name", ["../up.txt", "a/../../b.txt", "folder/", "a\\..\\b"])
def test_a_name_that_leads_out_is_refused(site, name):
    reply = site.ask("POST", f"/account/articles/{site.create_draft()}/files", {"name": name, "size": 1}, RESEARCHER)
    assert_problem(reply, 400)


# Quotas


def quotas(site, token=RESEARCHER, path="/account"):
    record = site.get(path, token)
    assert record["used_quota"] == record["used_quota_private"] + record["used_quota_public"]
    return record["used_quota_private"], record["used_quota_public"]


def test_a_quota_adds_up_and_grows_with_an_upload(site):
    private, public = quotas(site)
    assert public > 0
    article = site.create_draft()
    site.upload(article, "first.csv", b"x" * 1000)
    site.ask("POST", f"/account/articles/{article}/files", {"name": "announced.csv", "size": 500_000}, RESEARCHER)
    site.ask("POST", f"/account/articles/{article}/files", {"link": "https://example.org/a"}, RESEARCHER)
    assert quotas(site) == (private + 1000, public)
    unfinished = site.get(f"/account/articles/{article}/files", RESEARCHER)[1]["id"]
    site.ask("DELETE", f"/account/articles/{article}/files/{unfinished}", token=RESEARCHER)
    site.ask("POST", f"/account/articles/{article}/publish", token=RESEARCHER)
    assert quotas(site) == (private, public + 1000)
    second = site.upload(article, "second.csv", b"y" * 70)
    assert quotas(site) == (private + 70, public + 1000)
    site.ask("DELETE", f"/account/articles/{article}/files/{second}", token=RESEARCHER)
    assert quotas(site) == (private, public + 1000)
    site.ask("POST", f"/account/articles/{article}/unpublish", {"reason": "For a test"}, RESEARCHER)
    assert quotas(site) == (private + 1000, public)


def test_an_institution_s_list_and_a_project_count_alike(site):
    account = site.get("/account", RESEARCHER)
    admin = "local-faber-admin"
    listed = {row["id"]: row for row in site.get("/account/institution/accounts?page_size=100", admin)}
    assert listed[account["id"]]["used_quota"] == account["used_quota"]
    assert site.get(f"/account/institution/accounts/{account['id']}", admin) == account
    project = site.ask("POST", "/account/projects", {"title": "Counted"}, RESEARCHER).body["entity_id"]
    path = f"/account/projects/{project}"
    made = site.ask("POST", f"{path}/articles", {"title": "In it"}, RESEARCHER).headers["Location"]
    assert quotas(site, path=path) == (0, 0)
    site.upload(int(made.rpartition("/")[2]), "a.txt", b"12345")
    assert quotas(site, path=path) == (5, 0)


# Projects


def test_the_dates_come_first(site):
    project = site.ask("POST", "/account/projects", {"title": "Ordered"}, RESEARCHER).body["entity_id"]
    site.ask("POST", f"/account/projects/{project}/articles", {"title": "In it"}, RESEARCHER)
    records = [
        site.get("/account", RESEARCHER),
        site.get("/account/projects", RESEARCHER)[0],
        site.get(f"/account/projects/{project}", RESEARCHER),
        site.get("/projects/90114"),
        site.get(f"/account/projects/{project}/articles", RESEARCHER)[0],
    ]
    assert {tuple(record)[:2] for record in records} == {("created_date", "modified_date")}


def test_the_articles_of_a_project_have_addresses_in_it(site):
    project = site.ask("POST", "/account/projects", {"title": "Addresses"}, RESEARCHER).body["entity_id"]
    made = site.ask("POST", f"/account/projects/{project}/articles", {"title": "In it"}, RESEARCHER).headers["Location"]
    entry = site.get(f"/account/projects/{project}/articles", RESEARCHER)[0]
    assert entry["url"] == made == f"{API}/account/projects/{project}/articles/{entry['id']}"
    assert site.get(entry["url"], RESEARCHER)["id"] == entry["id"]


def test_a_project_without_funding_has_null(site):
    project = site.ask("POST", "/account/projects", {"title": "Funded", "funding": ""}, RESEARCHER).body["entity_id"]
    path = f"/account/projects/{project}"
    assert site.get(path, RESEARCHER)["funding"] is None and site.get("/projects/90114")["funding"] is None
    site.ask("PUT", path, {"funding": "A fund"}, RESEARCHER)
    site.ask("POST", f"{path}/publish", token=RESEARCHER)
    assert site.get(f"/projects/{project}")["funding"] == site.get(path, RESEARCHER)["funding"] == "A fund"


def test_custom_fields_of_a_private_project_tell_their_rules(site):
    body = {"title": "With fields", "group_id": 9999, "custom_fields": {"Rights cleared": "Yes"}}
    project = site.ask("POST", "/account/projects", body, RESEARCHER).body["entity_id"]
    field = site.get(f"/account/projects/{project}", RESEARCHER)["custom_fields"][0]
    assert list(field) == ["name", "value", "is_mandatory", "field_type", "settings"]
    assert (field["name"], field["value"]) == ("Rights cleared", "Yes") and field["field_type"] == "dropdown"
    assert "Yes" in field["settings"]["options"]


# METS


def test_mets_has_neither_names_nor_checksums(site):
    reply = site.ask("GET", "/oai?verb=GetRecord&metadataPrefix=mets&identifier=oai:figshare.com:article/5616445")
    text = reply.body.decode() if isinstance(reply.body, bytes) else reply.body
    files = site.get("/articles/5616445/files?page_size=100")
    assert files and all(f"FILE_{entry['id']}" in text for entry in files)
    assert "CHECKSUM" not in text and not any(entry["computed_md5"] in text for entry in files)
    assert not any(entry["name"] in text for entry in files)


# Pages


def views(site, article):
    return site.store.first_row("SELECT views_now FROM articles WHERE id=?", (article,))["views_now"]


def test_a_page_with_a_version_is_the_item_s(site):
    row = site.store.first_row("SELECT id, version, record FROM articles WHERE version > 1 ORDER BY id LIMIT 1")
    page = json.loads(row["record"])["url_public_html"].removeprefix(BASE)
    before = views(site, row["id"])
    for path in (page, f"{page}/{row['version']}", f"{page}/1", f"{page}/1/"):
        reply = site.ask("GET", path)
        assert reply.status == 200 and "<h1>" in reply.body, path
    assert views(site, row["id"]) == before + 4
    assert site.ask("GET", f"{page}/99").status == 404
    first = site.store.version_record(site_kind("article"), row["id"], 1)["title"]
    assert first.split()[0] in site.ask("GET", f"{page}/1").body


def site_kind(name):
    from local_figshare.entity_kinds import KINDS

    return KINDS[name]


def test_a_number_is_no_version_where_it_is_a_title(site):
    article = site.create_public_article(title="2024")
    for path in (
        f"/web/figshare.com/articles/dataset/2024/{article}",
        f"/web/figshare.com/articles/{article}",
        f"/web/figshare.com/articles/dataset/2024/{article}/1",
        f"/web/figshare.com/articles/{article}/1",
        f"/web/figshare.com/articles/Pond/{article}",
        f"/web/figshare.com/articles/dataset/{article}/1",
    ):
        reply = site.ask("GET", path)
        assert (reply.status, "<h1>2024</h1>" in reply.body) == (200, True), path
    for path in (
        "articles/dataset/2024/999999999999/1",
        f"articles/dataset/2024/{article}/2",
        "articles",
        "articles/x",
        f"articles/{article}/x",
        "collections/12",
        "s/0123456789",
        f"articles/dataset/2024/{article}/0",
    ):
        assert site.ask("GET", f"/web/figshare.com/{path}").status == 404, path


def test_collections_and_projects_have_pages_too(site):
    collection = parsed(site.ask("GET", "/collections?page_size=1"))[0]
    version = site.get(f"/collections/{collection['id']}")["version"]
    for path, title in (
        (f"collections/A_title/{collection['id']}", collection["title"]),
        (f"collections/A_title/{collection['id']}/{version}", collection["title"]),
        (f"collections/{collection['id']}", collection["title"]),
        ("projects/Frog_monitoring_by_volunteers/90114", "Frog monitoring by volunteers"),
        ("projects/Frog_monitoring_by_volunteers/90114/1", "Frog monitoring by volunteers"),
    ):
        reply = site.ask("GET", f"/web/figshare.com/{path}")
        assert reply.status == 200 and title.split("<")[0] in reply.body.replace("&amp;", "&"), path
    assert site.ask("GET", f"/web/figshare.com/collections/A_title/{collection['id']}/77").status == 404
    private = site.ask("POST", "/account/projects", {"title": "Private"}, RESEARCHER).body["entity_id"]
    assert site.ask("GET", f"/web/figshare.com/projects/Private/{private}").status == 404
    assert site.ask("GET", "/account/projects", token=ADMIN).status == 200
