"""Each kind of fault finds the bug that the README names: a careless client meets it, and what then happens is seen."""

import hashlib
import json
import re
import urllib.request
from pathlib import Path

import pytest
import requests

import local_figshare
from local_figshare.faults import FAULT_KINDS

FILE, ARTICLE = 34499101, 5616445
README = Path(local_figshare.__file__).with_name("README.md")
API = "https://api.figshare.com/v2"


@pytest.fixture
def site(figshare_redirected):
    return figshare_redirected


def list_as_people_copy_it(size=5):
    """Lists as people copy it: page by page, until a page is short."""
    ids, page = [], 1
    while len(ids) < 3 * size:
        ids += [
            item["id"]
            for item in requests.get(f"{API}/articles", params={"page": page, "page_size": size}, timeout=10).json()
        ]
        page += 1
    return ids


def test_the_readme_tells_of_every_kind_what_it_finds():
    rows = re.findall(r"^\| `(\w+)` \| .+ \| .+ \| (.+) \|$", README.read_text(encoding="utf-8"), re.MULTILINE)
    assert {kind for kind, _ in rows} >= set(FAULT_KINDS)
    assert all(len(bug) > 20 for kind, bug in rows if kind in FAULT_KINDS)


def test_status_ends_a_harvest_that_does_not_wait(site):
    site.faults(kind="status", status=429, retry_after=1, path="/v2/articles", after=1)
    with pytest.raises(TypeError):  # the loop takes the error's keys for items
        list_as_people_copy_it()


def test_delay_shows_a_time_limit_that_is_missing(site):
    site.faults(kind="delay", seconds=0.6, path=f"/v2/articles/{ARTICLE}", times=2)
    with pytest.raises(requests.Timeout):
        requests.get(f"{API}/articles/{ARTICLE}", timeout=0.2)
    assert requests.get(f"{API}/articles/{ARTICLE}").status_code == 200  # without one it holds everything up


def test_reset_ends_in_a_traceback(site):
    site.faults(kind="reset", path="/v2/articles", after=1)
    with pytest.raises(requests.ConnectionError):
        list_as_people_copy_it()


def test_reset_body_makes_a_second_item_of_a_post_that_is_sent_again(site):
    site.faults(kind="reset_body", path="/v2/account/articles", method="POST")
    headers = {"Authorization": f"token {site.token}"}
    for _ in range(2):
        try:
            requests.post(f"{API}/account/articles", json={"title": "Sent once"}, headers=headers, timeout=10)
            break
        except (requests.ConnectionError, requests.exceptions.ChunkedEncodingError):
            continue
    mine = requests.get(f"{API}/account/articles?page_size=1000", headers=headers, timeout=10).json()
    assert [item["title"] for item in mine].count("Sent once") == 2


def test_truncate_passes_a_loop_over_read_for_a_whole_file(site):
    entry = requests.get(f"{site.url}/articles/{ARTICLE}/files", timeout=10).json()[0]
    site.faults(kind="truncate", path="/storage/")
    taken = b""
    with urllib.request.urlopen(f"https://ndownloader.figshare.com/files/{entry['id']}", timeout=10) as answer:
        while piece := answer.read(64):
            taken += piece
    assert 0 < len(taken) < entry["size"]


def test_html_is_parsed_unseen(site):
    site.faults(kind="html", path="/v2/articles")
    with pytest.raises(json.JSONDecodeError, match="Expecting value"):
        requests.get(f"{API}/articles", timeout=10).json()


def test_waf_leaves_a_file_of_0_bytes(site, tmp_path):
    site.faults(kind="waf", path="/files/")
    answer = requests.get(f"https://figshare.com/ndownloader/files/{FILE}", timeout=10)
    answer.raise_for_status()
    (tmp_path / "data").write_bytes(answer.content)
    assert (tmp_path / "data").stat().st_size == 0


def test_wrong_md5_is_not_noticed_without_a_look(site):
    entry = requests.get(f"{API}/articles/{ARTICLE}/files", timeout=10).json()[0]
    site.faults(kind="wrong_md5", path="/storage/")
    data = requests.get(entry["download_url"], timeout=10).content
    assert len(data) == entry["size"] and hashlib.md5(data).hexdigest() != entry["computed_md5"]


def test_duplicate_counts_an_item_twice(site):
    site.faults(kind="duplicate", path="/v2/articles", after=1)
    ids = list_as_people_copy_it()
    assert len(ids) == len(set(ids)) + 1


def test_short_ends_a_loop_that_stops_at_the_first_short_page(site):
    whole = requests.get(f"{API}/articles", params={"page_size": 8}, timeout=10).json()
    site.faults(kind="short", path="/v2/articles", times=2)
    half = requests.get(f"{API}/articles", params={"page_size": 8}, timeout=10)
    assert half.json() == whole[:4]  # and here the loop ends
    behind = {"X-Cursor": half.headers["X-Cursor"]}
    rest = requests.get(f"{API}/articles", params={"limit": 4}, headers=behind, timeout=10)
    assert rest.json() == whole[4:6] and rest.headers["X-Cursor"] != half.headers["X-Cursor"]
    assert requests.get(f"{API}/articles", params={"page_size": 8}, timeout=10).json() == whole


def test_vanish_ends_a_report_that_expects_every_hit_to_be_there(site):
    site.faults(kind="vanish", path="/v2/articles/", after=1)
    with pytest.raises(KeyError):
        [requests.get(f"{API}/articles/{one}", timeout=10).json()["title"] for one in list_as_people_copy_it()[:3]]


def test_the_readmes_own_example(site, tmp_path):
    """A client that compares what it has with `computed_md5` notices, as the README's test expects."""

    def download(file_id, folder):
        entry = next(
            one for one in requests.get(f"{API}/articles/20400027/files", timeout=10).json() if one["id"] == file_id
        )
        data = requests.get(entry["download_url"], timeout=10).content
        if hashlib.md5(data).hexdigest() != entry["computed_md5"]:
            raise ValueError(f"{entry['name']} did not arrive whole")
        (folder / entry["name"]).write_bytes(data)

    assert download(FILE, tmp_path) is None and list(tmp_path.iterdir())
    site.faults(kind="wrong_md5", path="/storage/")
    with pytest.raises(ValueError, match="did not arrive whole"):
        download(FILE, tmp_path)
