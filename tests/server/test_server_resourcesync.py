"""ResourceSync: read with resync's own list classes, and every hash checked against what is served."""

import hashlib
import json
from io import BytesIO

import pytest
import requests
from lxml import etree
from make_big_catalogue import make_data_folder
from resync.capability_list import CapabilityList
from resync.change_list import ChangeList
from resync.resource_list import ResourceList
from resync.sitemap import Sitemap
from resync.source_description import SourceDescription
from small_site import make_small_site

from local_figshare.handlers import articles, resourcesync

BASE = "http://local-figshare.invalid"
COUNT = 40


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    yield from make_small_site(tmp_path_factory.mktemp("rs"), COUNT, resourcesync, articles)


@pytest.fixture
def own_site(tmp_path):
    """A site of its own, for tests that write."""
    yield from make_small_site(tmp_path, 12, resourcesync, articles)


def read(site, url, kind):
    """Reads a document as resync does."""
    reply = site.ask(url.removeprefix(BASE))
    assert reply.status == 200 and reply.content_type == "application/xml"
    found = kind()
    found.parse(fh=BytesIO(b"".join(reply.body)))
    return found


def resource_list(site):
    return read(site, f"{BASE}/resourcesync/resourcelist.xml", ResourceList)


def test_each_document_leads_to_the_next(site):
    description = read(site, "/.well-known/resourcesync", SourceDescription)
    assert description.md["capability"] == "description"
    assert description.uris() == [f"{BASE}/resourcesync/capabilitylist.xml"]
    capabilities = read(site, description.uris()[0], CapabilityList)
    assert capabilities.md["capability"] == "capabilitylist"
    assert capabilities.up == f"{BASE}/.well-known/resourcesync"
    assert capabilities.has_capability("resourcelist") and capabilities.has_capability("changelist")
    resources = read(site, capabilities.capability_info("resourcelist").uri, ResourceList)
    assert resources.md["capability"] == "resourcelist" and resources.md_at == "2026-01-15T12:00:00Z"
    assert resources.up == f"{BASE}/resourcesync/capabilitylist.xml"
    changes = read(site, capabilities.capability_info("changelist").uri, ChangeList)
    assert changes.md["capability"] == "changelist"
    assert changes.md_from == "2025-10-17T12:00:00Z" and changes.md_until == "2026-01-15T12:00:00Z"


def test_the_resource_list_holds_every_record(site):
    found = {resource.uri: resource for resource in resource_list(site)}
    records = site.records()
    assert set(found) == {f"{BASE}/v2/articles/{record['id']}" for record in records}
    for record in records:
        assert found[f"{BASE}/v2/articles/{record['id']}"].lastmod == record["modified_date"]


def test_hash_and_length_are_those_of_what_is_served(site):
    for resource in resource_list(site):
        sent = site.ask(resource.uri.removeprefix(BASE)).body.encode()
        assert resource.md5 == hashlib.md5(sent).hexdigest()
        assert resource.length == len(sent)
        assert resource.mime_type == "application/json"


def test_hashes_hold_over_http_under_every_name_of_the_server(fresh_server, tmp_path):
    server = fresh_server(make_data_folder(tmp_path / "data", 8))
    for root in (server.root, server.root.replace("127.0.0.1", "localhost")):
        answer = requests.get(f"{root}/resourcesync/resourcelist.xml", timeout=10)
        assert answer.headers["Content-Type"] == "application/xml"
        resources = ResourceList()
        resources.parse(fh=BytesIO(answer.content))
        assert len(resources) == 8
        for resource in resources:
            assert resource.uri.startswith(root)
            sent = requests.get(resource.uri, timeout=10).content
            assert (resource.md5, resource.length) == (hashlib.md5(sent).hexdigest(), len(sent))


def test_many_records_make_an_index_of_lists(site, monkeypatch):
    whole = {resource.uri: resource.md5 for resource in resource_list(site)}
    monkeypatch.setattr(resourcesync, "MOST_ENTRIES", 15)
    monkeypatch.setattr(resourcesync, "RECORDS_AT_A_TIME", 4)
    reply = site.ask("/resourcesync/resourcelist.xml")
    index = Sitemap()
    container = ResourceList()
    index.parse_xml(fh=BytesIO(b"".join(reply.body)), resources=container, sitemapindex=True)
    assert index.parsed_index
    assert container.md["capability"] == "resourcelist"
    parts = [read(site, resource.uri, ResourceList) for resource in container]
    assert [len(part) for part in parts] == [15, 15, COUNT - 30]
    assert {resource.uri: resource.md5 for part in parts for resource in part} == whole
    assert parts[0].index == f"{BASE}/resourcesync/resourcelist.xml"
    for number in (0, 4):
        assert site.ask(f"/resourcesync/resourcelist-{number}.xml").status == 404


def test_one_list_has_no_parts(site):
    assert site.ask("/resourcesync/resourcelist-1.xml").status == 404


def test_the_change_list_tells_the_last_ninety_days_in_order(site):
    recent = [record for record in site.records() if record["modified_date"] >= "2025-10-17T12:00:00Z"]
    changes = list(read(site, "/resourcesync/changelist.xml", ChangeList))
    assert [change.uri for change in changes] == [f"{BASE}/v2/articles/{record['id']}" for record in recent]
    assert {change.change for change in changes} <= {"created"}
    moments = [change.ts_datetime for change in changes]
    assert moments == sorted(moments)


def test_changes_are_created_updated_and_deleted(own_site):
    new, old, gone = own_site.records()[:3]
    with own_site.store.write() as db:
        for record, published in ((new, "2026-01-15T12:00:01Z"), (old, old["published_date"])):
            text = json.dumps(record | {"modified_date": "2026-01-15T12:00:02Z", "published_date": published})
            db.execute(
                "UPDATE articles SET record = ?, published_date = ?, stamp = ?, "
                "modified_date = '2026-01-15T12:00:02Z' WHERE id = ?",
                (text, published, published, record["id"]),
            )
        db.execute("DELETE FROM articles WHERE id = ?", (gone["id"],))
        db.execute("INSERT INTO withdrawn VALUES (?, ?, '2026-01-15T12:00:03Z')", (gone["id"], json.dumps(gone)))
    changes = {
        change.uri.rpartition("/")[2]: change for change in read(own_site, "/resourcesync/changelist.xml", ChangeList)
    }
    assert changes[str(new["id"])].change == "created"
    assert changes[str(old["id"])].change == "updated"
    assert changes[str(gone["id"])].change == "deleted"
    assert changes[str(gone["id"])].md5 is None
    sent = own_site.ask(f"/v2/articles/{old['id']}").body.encode()
    assert changes[str(old["id"])].md5 == hashlib.md5(sent).hexdigest()


def test_the_documents_use_the_standards_names(site):
    root = etree.fromstring(b"".join(site.ask("/resourcesync/resourcelist.xml").body))
    names = {etree.QName(element).text for element in root.iter()}
    sitemap, rs = "{http://www.sitemaps.org/schemas/sitemap/0.9}", "{http://www.openarchives.org/rs/terms/}"
    assert names == {f"{sitemap}urlset", f"{sitemap}url", f"{sitemap}loc", f"{sitemap}lastmod", f"{rs}md", f"{rs}ln"}
