"""Files: the upload in parts, its refusals, links and folders, downloads with redirect and ranges, zips."""

import hashlib
import io
import random
import zipfile
from pathlib import Path

import pytest
from server_site import RESEARCHER, Chunks, assert_problem, parsed

from local_figshare.handlers.account_articles_files import PART_SIZE
from local_figshare.messages import API, BASE


@pytest.fixture
def article(site):
    return site.create_draft()


def announce(site, article, **body):
    reply = site.ask("POST", f"/account/articles/{article}/files", body, RESEARCHER)
    return reply, reply.headers.get("Location")


def md5(data):
    return hashlib.md5(data).hexdigest()


def download(site, url, token=None, **headers):
    """Returns the bytes behind a download address; the redirect is followed without the token."""
    reply = site.ask("GET", url, token=token)
    assert reply.status == 302, reply.body
    stored = site.ask("GET", reply.headers["Location"], **headers)
    return stored, b"".join(stored.body) if not isinstance(stored.body, (bytes, str)) else stored.body


# Uploads


def test_the_way_of_an_upload_is_the_recorded_one(site, article):
    data = b"day,frogs\n1,2\n"
    reply, location = announce(site, article, name="frogs.csv", size=len(data), md5=md5(data))
    assert (reply.status, reply.body) == (201, {"location": location})
    entry = site.get(location, RESEARCHER)
    assert list(entry) == [
        "upload_token",
        "upload_url",
        "status",
        "preview_state",
        "viewer_type",
        "is_attached_to_public_version",
        "id",
        "name",
        "size",
        "is_link_only",
        "download_url",
        "supplied_md5",
        "computed_md5",
        "mimetype",
    ]
    assert entry["upload_url"] == f"{BASE}/upload/{entry['upload_token']}"
    assert (entry["status"], entry["computed_md5"], entry["mimetype"]) == ("created", "", "undefined")
    info = site.get(entry["upload_url"])
    assert info == {
        "token": entry["upload_token"],
        "md5": md5(data),
        "size": len(data),
        "name": f"{entry['id']}/frogs.csv",
        "status": "PENDING",
        "parts": [{"partNo": 1, "startOffset": 0, "endOffset": len(data) - 1, "status": "PENDING", "locked": False}],
    }
    put = site.ask("PUT", f"{entry['upload_url']}/1", data)
    assert (put.status, put.body, put.content_type) == (200, "OK", "text/plain")
    done = site.ask("POST", location, token=RESEARCHER)
    assert done.status == 202 and "<h1>202 Accepted</h1>" in done.body and done.headers["Location"] == location
    assert (len(done.body), done.content_type) == (157, "text/html; charset=UTF-8")
    steps = [site.get(location, RESEARCHER)["status"] for _ in range(5)]
    assert steps == ["ic_checking", "ic_success", "moving_to_final", "available", "available"]
    entry = site.get(location, RESEARCHER)
    assert (entry["upload_url"], entry["computed_md5"], entry["mimetype"]) == ("", md5(data), "text/csv")
    assert (entry["preview_state"], entry["viewer_type"]) == ("preview_available", "dataset")


def test_parts_of_ten_mebibytes_in_any_order(site, article):
    size = 23_561_500
    _, location = announce(site, article, name="big.bin", size=size)
    url = site.get(location, RESEARCHER)["upload_url"]
    parts = site.get(url)["parts"]
    assert [part["endOffset"] for part in parts] == [PART_SIZE - 1, 2 * PART_SIZE - 1, size - 1]
    data = random.Random(1).randbytes(size)
    for part in reversed(parts):
        site.ask("PUT", f"{url}/{part['partNo']}", data[part["startOffset"] : part["endOffset"] + 1])
    assert site.ask("POST", location, token=RESEARCHER).status == 202
    site.get(location, RESEARCHER)
    assert site.get(location, RESEARCHER)["computed_md5"] == md5(data)
    assert download(site, site.get(location, RESEARCHER)["download_url"], RESEARCHER)[1] == data


@pytest.mark.parametrize("data", [b"", b"x"])
def test_tiny_files(site, article, data):
    file_id = site.upload(article, "tiny.txt", data, md5=md5(data))
    path = f"/account/articles/{article}/files/{file_id}"
    site.get(path, RESEARCHER)
    assert site.get(path, RESEARCHER)["computed_md5"] == md5(data)
    assert download(site, f"/files/{file_id}", RESEARCHER)[1] == data


def test_completing_too_early_leaves_the_upload_as_it_was(site, article):
    _, location = announce(site, article, name="a.bin", size=PART_SIZE + 5)
    url = site.get(location, RESEARCHER)["upload_url"]
    site.ask("PUT", f"{url}/2", b"12345")
    body = assert_problem(site.ask("POST", location, token=RESEARCHER), 400, "Parts 1")
    assert body["data"] == {"parts": [1]}
    assert [part["status"] for part in site.get(url)["parts"]] == ["PENDING", "COMPLETE"]


def test_a_part_can_be_reset_and_sent_again(site, article):
    _, location = announce(site, article, name="a.txt", size=3)
    url = site.get(location, RESEARCHER)["upload_url"]
    site.ask("PUT", f"{url}/1", b"abc")
    assert site.get(f"{url}/1")["status"] == "COMPLETE"
    reply = site.ask("DELETE", f"{url}/1")
    assert (reply.status, reply.body) == (200, b"")
    assert site.get(url)["parts"][0]["status"] == "PENDING"
    site.ask("PUT", f"{url}/1", b"xyz")
    site.ask("POST", location, token=RESEARCHER)
    for reply in (site.ask("PUT", f"{url}/1", b"abc"), site.ask("DELETE", f"{url}/1")):
        assert (reply.status, reply.body) == (409, b"")
    assert site.get(url)["status"] == "COMPLETED"
    assert download(site, site.get(location, RESEARCHER)["download_url"], RESEARCHER)[1] == b"xyz"


@pytest.mark.parametrize("data", [b"ab", b"abcd"])
def test_a_part_of_another_length_is_not_taken(site, article, data):
    _, location = announce(site, article, name="a.txt", size=3)
    url = site.get(location, RESEARCHER)["upload_url"]
    assert site.ask("PUT", f"{url}/1", data).status == 409
    assert site.get(url)["parts"][0]["status"] == "PENDING"


def test_a_locked_part_is_409_and_says_so(site, article):
    _, location = announce(site, article, name="a.txt", size=3)
    url = site.get(location, RESEARCHER)["upload_url"]
    token = url.rpartition("/")[2]
    with site.store.locks.take((token, 1)):
        assert site.get(url)["parts"][0]["locked"] is True
        assert site.ask("PUT", f"{url}/1", b"abc").status == 409
        assert site.ask("DELETE", f"{url}/1").status == 409
    assert site.ask("PUT", f"{url}/1", b"abc").status == 200


@pytest.mark.parametrize(
    "path", ["nonsense", "nonsense/1", "../../etc/passwd/1", "6d1f2c5e-0000-5000-8000-000000000000"]
)
def test_an_unknown_upload_is_404_without_a_body(site, path):
    reply = site.ask("GET", f"/upload/{path}")
    assert reply.status == 404 and (reply.body == b"" or reply.body["code"] == "NotFound")


def test_a_wrong_md5_ends_in_ic_failure_and_cannot_be_published(site, article):
    file_id = site.upload(article, "a.txt", b"abc", md5=md5(b"other"))
    entry = site.get(f"/account/articles/{article}/files/{file_id}", RESEARCHER)
    assert entry["status"] == "ic_failure"
    assert_problem(site.ask("POST", f"/account/articles/{article}/publish", token=RESEARCHER), 400, "a.txt")


@pytest.mark.parametrize(
    "body, word",
    [
        ({}, "name"),
        ({"name": "a"}, "size"),
        ({"name": "a", "size": -1}, "size"),
        ({"name": "a", "size": "3"}, "size"),
        ({"name": "a", "size": 1, "md5": "xyz"}, "md5"),
        ({"link": "ftp://x"}, "link"),
        ({"link": "https://x", "size": 3}, "size"),
        ({"name": "a", "size": 1, "folder_path": "../x"}, "folder_path"),
        ({"name": "../a", "size": 1}, "folder_path"),
        ({"name": "a", "size": 1, "color": 1}, "color"),
        ({"name": "a", "size": 10**15}, "size"),
    ],
)
def test_a_wrong_announcement_is_named(site, article, body, word):
    assert_problem(announce(site, article, **body)[0], 400, word)
    assert site.get(f"/account/articles/{article}/files", RESEARCHER) == []


def test_nothing_of_an_upload_leaves_the_state_folder(site, article):
    site.upload(article, "a\\..\\b/../../../x".replace("..", "dots"), b"abc")
    stored = [path for path in site.store.folder.rglob("*") if path.is_file() and path.parent.name == "uploads"]
    assert len(stored) == 1 and stored[0].read_bytes() == b"abc"
    site.store.reset()
    assert not Path(stored[0]).exists()


# Links, folders, several files


def test_a_link_is_a_file_that_lies_elsewhere(site, article):
    _, location = announce(site, article, link="https://example.org/data/set.zip?x=1")
    entry = site.get(location, RESEARCHER)
    assert (entry["is_link_only"], entry["size"], entry["supplied_md5"], entry["computed_md5"]) == (True, 0, "", "")
    assert (entry["name"], entry["download_url"]) == ("set.zip", "https://example.org/data/set.zip?x=1")
    assert site.get(f"/account/articles/{article}", RESEARCHER)["has_linked_file"] is True
    site.ask("POST", f"/account/articles/{article}/publish", token=RESEARCHER)
    reply = site.ask("GET", f"/files/{entry['id']}")
    assert (reply.status, reply.headers["Location"]) == (302, entry["download_url"])


def test_folders_by_path_or_by_name(site, article):
    first = site.upload(article, "a.txt", b"1", folder_path="raw/2024/")
    second = site.upload(article, "clean/b.txt", b"2")
    third = site.upload(article, "c.txt", b"3")
    record = site.get(f"/account/articles/{article}", RESEARCHER)
    assert record["folder_structure"] == {str(first): "raw/2024", str(second): "clean"}
    assert [entry["name"] for entry in record["files"]] == ["a.txt", "clean/b.txt", "c.txt"]  # recorded: kept whole
    names = download_zip(site, f"/account/articles/{article}/download", RESEARCHER)
    assert set(names) == {"raw/2024/a.txt", "clean/b.txt", "c.txt"}
    assert set(download_zip(site, f"/account/articles/{article}/download?folder_path=raw", RESEARCHER)) == {
        "raw/2024/a.txt"
    }
    assert names["c.txt"] == b"3" and third


def download_zip(site, path, token=None):
    reply = site.ask("GET", path, token=token)
    assert (reply.status, reply.content_type) == (200, "application/zip")
    with zipfile.ZipFile(io.BytesIO(b"".join(reply.body))) as archive:
        assert archive.testzip() is None
        return {name: archive.read(name) for name in archive.namelist()}


def test_a_name_may_be_there_twice(site, article):
    ids = [site.upload(article, "data.csv", data) for data in (b"1", b"22")]
    assert sorted(download_zip(site, f"/account/articles/{article}/download", RESEARCHER).values()) == [b"1", b"22"]
    assert [entry["id"] for entry in site.get(f"/account/articles/{article}/files", RESEARCHER)] == ids


def test_the_files_lists_are_paged_and_the_detail_is_cut(site):
    row = site.store.first_row("SELECT article_id, count(*) AS n FROM files WHERE public=1 GROUP BY 1 ORDER BY n DESC")
    article, count = row["article_id"], row["n"]
    assert count == 25
    whole = site.get(f"/articles/{article}/files?page_size=100")
    assert len(whole) == 25 and site.get(f"/articles/{article}")["files"] == whole[:10]
    assert site.get(f"/articles/{article}/files") == whole[:10]
    assert site.get(f"/articles/{article}/files?page=3") == whole[20:]
    assert site.get(f"/articles/{article}/files/{whole[24]['id']}") == whole[24]
    assert_problem(site.ask("GET", f"/articles/{article}/files/1"), 404)


def test_deleting_a_file_of_a_published_item_leaves_the_version_whole(site):
    article = site.create_public_article()
    entry = site.get(f"/articles/{article}")["files"][0]
    path = f"/account/articles/{article}/files/{entry['id']}"
    assert site.ask("DELETE", path, token=RESEARCHER).status == 204
    assert_problem(site.ask("GET", path, token=RESEARCHER), 404, "ArticleFile")
    assert site.get(f"/articles/{article}/files") == [entry]
    assert download(site, entry["download_url"])[1] == b"day,frogs\n1,2\n"


# Downloads


def test_a_download_redirects_counts_and_gives_the_bytes(site):
    entry = site.get("/articles/5616445")["files"][0]
    before = site.store.first_row("SELECT downloads_now FROM articles WHERE id=5616445")[0]
    stored, data = download(site, entry["download_url"])
    assert (len(data), md5(data)) == (entry["size"], entry["computed_md5"])
    assert stored.headers["Content-Length"] == str(entry["size"])
    assert download(site, f"/v2/file/download/{entry['id']}")[1] == data
    assert site.store.first_row("SELECT downloads_now FROM articles WHERE id=5616445")[0] == before + 2
    events = site.store.query("SELECT counter, sum(value) AS n FROM live_events GROUP BY 1")
    assert [tuple(row) for row in events] == [("downloads", 2)]


@pytest.mark.parametrize(
    "header, part",
    [
        ("bytes=0-9", slice(0, 10)),
        ("bytes=5-", slice(5, None)),
        ("bytes=-4", slice(-4, None)),
        ("bytes=100-1000000000", slice(100, None)),
    ],
)
def test_ranges(site, header, part):
    entry = site.get("/articles/5616445")["files"][0]
    whole = download(site, entry["download_url"])[1]
    stored, data = download(site, entry["download_url"], range=header)
    first = part.indices(len(whole))[0]
    assert stored.status == 206 and data == whole[part]
    assert stored.headers["Content-Range"] == f"bytes {first}-{first + len(data) - 1}/{len(whole)}"


def test_a_range_beyond_the_file_is_416(site):
    entry = site.get("/articles/5616445")["files"][0]
    assert download(site, entry["download_url"], range="bytes=999999999-")[0].status == 416


def test_a_range_that_ends_before_it_begins_is_none(site):
    entry = site.get("/articles/5616445")["files"][0]
    stored, data = download(site, entry["download_url"], range="bytes=3-1")
    assert stored.status == 200 and len(data) == entry["size"]


def test_a_download_goes_on_only_where_the_file_is_the_same(site):
    place = site.ask("GET", site.get("/articles/5616445")["files"][0]["download_url"]).headers["Location"]
    tag = site.ask("GET", place).headers["ETag"]
    assert site.ask("GET", place, if_none_match=tag).status == 304
    assert site.ask("GET", place, range="bytes=5-", if_range=tag).status == 206
    assert site.ask("GET", place, range="bytes=5-", if_range='"another"').status == 200


def test_what_was_only_announced_cannot_be_downloaded(site, article):
    _, location = announce(site, article, name="never.bin", size=30)
    file_id = int(location.rpartition("/")[2])
    site.upload(article, "a.txt", b"abc")
    assert_problem(site.ask("GET", f"/files/{file_id}", token=RESEARCHER), 404)
    zipped = site.ask("GET", f"/account/articles/{article}/download", token=RESEARCHER)
    assert zipfile.ZipFile(io.BytesIO(b"".join(zipped.body))).namelist() == ["a.txt"]


def test_a_file_above_the_accounts_maximum_is_refused(site, article):
    largest = site.get("/account", RESEARCHER)["maximum_file_size"]
    assert announce(site, article, name="a.bin", size=largest)[0].status == 201
    assert_problem(announce(site, article, name="a.bin", size=largest + 1)[0], 400, str(largest))


def test_a_name_that_is_only_a_folder_is_refused(site, article):
    assert_problem(announce(site, article, name="data/", size=1)[0], 400, "name")


@pytest.mark.parametrize("name", ["..", ".", "a\r\nb", "a?b#c", "数 据.csv"])
def test_a_file_of_any_name_can_be_downloaded(site, article, name):
    file_id = site.upload(article, name, b"abc")
    assert download(site, f"/files/{file_id}?token={RESEARCHER}")[1] == b"abc"


def test_the_storage_refuses_a_token_and_a_missing_signature(site):
    entry = site.get("/articles/5616445")["files"][0]
    place = site.ask("GET", entry["download_url"]).headers["Location"]
    refused = site.ask("GET", place, token=RESEARCHER)
    assert refused.status == 400 and b"<Code>InvalidArgument</Code>" in refused.body
    assert site.ask("GET", place.partition("?")[0]).status == 403


def test_a_private_file_is_the_owners_and_the_links(site, article):
    file_id = site.upload(article, "a.txt", b"abc")
    assert_problem(site.ask("GET", f"/files/{file_id}"), 404)
    assert download(site, f"/files/{file_id}?token={RESEARCHER}")[1] == b"abc"
    link = site.ask("POST", f"/account/articles/{article}/private_links", {}, RESEARCHER).body["token"]
    assert download(site, f"/files/{file_id}?private_link={link}")[1] == b"abc"
    assert site.store.query("SELECT 1 FROM live_events") == []


def test_an_upload_is_read_in_chunks(site, article):
    """The body is asked for in small pieces and never as a whole."""
    asked = []

    class Watched(Chunks):
        def read(self, size=-1):
            asked.append(size)
            return super().read(size)

    _, location = announce(site, article, name="a.bin", size=300_000)
    url = site.get(location, RESEARCHER)["upload_url"]
    route, values = site.dispatcher.match("PUT", f"{url.removeprefix(BASE)}/1")
    assert route.streams
    from local_figshare.messages import Request

    reply = route.handler(site.store, Request("PUT", "", stream=Watched(bytes(300_000))), **values)
    assert reply.status == 200 and max(asked) <= 1 << 18 and min(asked) > 0


def test_the_public_file_has_no_private_keys(site):
    article = site.create_public_article()
    entry = site.get(f"/articles/{article}/files")[0]
    assert list(entry) == [
        "id",
        "name",
        "size",
        "is_link_only",
        "download_url",
        "supplied_md5",
        "computed_md5",
        "mimetype",
    ]
    assert entry["download_url"] == f"{BASE}/files/{entry['id']}" and API not in entry["download_url"]
    assert parsed(site.ask("GET", f"/account/articles/{article}/files", token=RESEARCHER))[0]["status"] == "available"
