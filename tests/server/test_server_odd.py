"""A folder is refused with a sentence, or all of it works: every field with every odd value, and every address."""

import copy
import itertools
import json
from urllib.parse import parse_qsl, urlencode, urlsplit

import pytest
from lxml import etree
from server_site import ADMIN

from local_figshare import fields, shapes
from local_figshare.handlers.metadata import WRITERS
from local_figshare.messages import Request
from local_figshare.metadata_formats import FORMATS

ITEM, PROJECT, COLLECTION, GROUP, AUTHOR, FILE = 71, 81, 91, 501, 31, 701
GOOD = {
    "files": [
        {
            "id": FILE,
            "name": "a.txt",
            "size": 40,
            "is_link_only": False,
            "mimetype": "text/plain",
            "download_url": "https://ndownloader.figshare.com/files/701",
            "supplied_md5": "",
            "computed_md5": "",
        },
        {"id": 702, "name": "", "size": 0, "is_link_only": True, "download_url": "https://example.org/x"},
    ],
    "folder_structure": {str(FILE): "folder"},
    "authors": [
        {
            "id": AUTHOR,
            "full_name": "Ada Other",
            "first_name": "Ada",
            "last_name": "Other",
            "is_active": True,
            "url_name": "Ada_Other",
            "orcid_id": "",
        }
    ],
    "custom_fields": [{"name": "Colour", "value": ["red"]}],
    "figshare_url": f"https://uni.figshare.com/articles/dataset/A/{ITEM}",
    "download_disabled": False,
    "description": "<p>Text.</p>",
    "funding": None,
    "funding_list": [{"id": 61, "title": "Grant", "grant_code": "G1", "funder_name": None, "is_user_defined": 0}],
    "version": 2,
    "status": "public",
    "size": 40,
    "created_date": "2020-01-01T00:00:00Z",
    "modified_date": "2020-01-02T00:00:00Z",
    "is_public": True,
    "is_confidential": False,
    "is_metadata_record": False,
    "confidential_reason": "",
    "metadata_reason": "",
    "license": {"value": 1, "name": "CC BY 4.0", "url": "https://creativecommons.org/licenses/by/4.0/"},
    "tags": ["pond"],
    "keywords": ["pond"],
    "categories": [
        {"id": 26932, "title": "Conservation", "parent_id": 26929, "path": "/1/2", "source_id": "4", "taxonomy_id": 100}
    ],
    "references": ["https://example.org/r"],
    "has_linked_file": True,
    "citation": "Other, Ada (2020): A.",
    "related_materials": [
        {
            "id": 5,
            "identifier": "10.1/x",
            "title": "",
            "relation": "References",
            "identifier_type": "DOI",
            "is_linkout": False,
            "link": "https://doi.org/10.1/x",
        }
    ],
    "is_embargoed": False,
    "embargo_date": None,
    "embargo_type": None,
    "embargo_title": "",
    "embargo_reason": "",
    "embargo_options": [],
    "id": ITEM,
    "title": "Ponds",
    "doi": "10.5555/ponds.v2",
    "handle": "",
    "url": f"https://api.figshare.com/v2/articles/{ITEM}",
    "published_date": "2020-01-02T00:00:00Z",
    "thumb": "https://example.org/thumb.png",
    "defined_type": 3,
    "defined_type_name": "dataset",
    "group_id": GROUP,
    "url_private_api": f"https://api.figshare.com/v2/account/articles/{ITEM}",
    "url_public_api": f"https://api.figshare.com/v2/articles/{ITEM}",
    "url_private_html": f"https://figshare.com/account/articles/{ITEM}",
    "url_public_html": f"https://uni.figshare.com/articles/dataset/A/{ITEM}",
    "timeline": {"posted": "2020-01-02T00:00:00", "firstOnline": "2020-01-02"},
    "resource_title": None,
    "resource_doi": None,
}
COLLECTED = {
    key: GOOD[key]
    for key in (
        "version",
        "description",
        "categories",
        "references",
        "related_materials",
        "tags",
        "keywords",
        "authors",
        "group_id",
        "citation",
        "custom_fields",
        "modified_date",
        "created_date",
        "timeline",
        "title",
        "doi",
        "handle",
        "url",
        "published_date",
        "resource_title",
        "resource_doi",
    )
} | {
    "id": COLLECTION,
    "funding": GOOD["funding_list"],
    "public": True,
    "articles": [ITEM],
    "articles_count": 1,
    "resource_id": "",
    "resource_link": "",
    "resource_version": 0,
    "institution_id": None,
    "group_resource_id": None,
}
PROJECTED = {
    key: GOOD[key]
    for key in (
        "description",
        "funding_list",
        "custom_fields",
        "modified_date",
        "created_date",
        "title",
        "url",
        "published_date",
        "group_id",
        "funding",
        "figshare_url",
    )
} | {
    "id": PROJECT,
    "articles": [ITEM],
    "collaborators": [{"user_id": AUTHOR, "name": "Ada", "role_name": "Owner"}],
    "notes": [
        {
            "id": 11,
            "user_id": AUTHOR,
            "abstract": "",
            "user_name": "Ada",
            "text": "",
            "created_date": "2020-01-02T00:00:00Z",
            "modified_date": "2020-01-02T00:00:00Z",
        }
    ],
}
ACCOUNT = {
    "id": 41,
    "first_name": "Ada",
    "last_name": "Other",
    "institution_id": 601,
    "email": "a@example.org",
    "active": 1,
    "institution_user_id": "a",
    "quota": 10**9,
    "used_quota": 0,
    "user_id": 51,
    "orcid_id": "",
    "group_id": GROUP,
    "symplectic_user_id": "",
    "is_admin": True,
    "articles": [],
    "collections": [],
    "projects": [],
    "token": "t",
    "roles": {str(GROUP): [{"id": 2, "name": "Admin", "category": "institution"}]},
}
INSTITUTION = {
    "id": 601,
    "name": "Uni",
    "string_id": "uni",
    "domain": "uni.edu",
    "host": "uni.figshare.com",
    "portal_id": 601,
    "publisher": False,
}
GROUPED = {
    "id": GROUP,
    "name": "Group",
    "resource_id": "",
    "parent_id": 0,
    "association_criteria": "",
    "upload_access": "All Users",
    "institution_id": 601,
    "curation": False,
    "custom_fields": [
        {
            "id": 13,
            "name": "Colour",
            "field_type": "dropdown",
            "is_mandatory": False,
            "order": 1,
            "settings": {"options": ["red"]},
        }
    ],
}
REVIEW = {
    "id": 14,
    "group_id": GROUP,
    "account_id": 41,
    "article_id": ITEM,
    "version": 1,
    "comments_count": 1,
    "status": "pending",
    "created_date": "2020-01-02T00:00:00Z",
    "modified_date": "2020-01-02T00:00:00Z",
    "comments": [
        {"id": 15, "account_id": 41, "type": "comment", "text": "Thanks", "created_date": "2020-01-02T00:00:00Z"}
    ],
}
ABSENT = object()
ODD = [
    ABSENT,
    None,
    "",
    "x",
    "  \r\n",
    "nul\0 and bell\a",
    "12 kB",
    "2020-02-30",
    "0000-01-01",
    "9999-12-31T23:59:59Z",
    "2021-05-06",
    "2021-05-06 07:08:09.5",
    "0001-01-01T00:00:00+14:00",
    "2021-05-06T07:08:09+02:00",
    "2021-13-01",
    "2021-05-06\n",
    "1801-01-01",
    "https://",
    "http://[::1",
    "https://data.uni.ac.uk/x/71",
    "http://other.example",
    "ftp://x/y",
    "https://ä.example/1",
    "/relative",
    "中国 " * 300,
    True,
    False,
    0,
    1,
    -1,
    2.5,
    1e300,
    10**29,
    1 << 63,
    10**15,
    [],
    ["x"],
    [None],
    [{}],
    [[]],
    [1],
    [1, 1],
    {},
    {"a": None},
    {"a": "b"},
    {"a": {}},
]
TEXTS = [ABSENT, None, "", "x", ODD[4], ODD[5], "中国 " * 300]
ODD = [next((text for text in TEXTS if text is value or text == value), value) for value in ODD]  # the same objects


def mutants(record: dict):
    """Yields a record with each field, and each field inside, once in each odd way; with the path of the field."""
    for path in list(paths(record)):
        for value in ODD:
            yield path, value, put(copy.deepcopy(record), path, value)


def put(record: dict, path: tuple, value: object) -> dict:
    """Returns a record with another value in a place, or with none there."""
    holder = record
    for step in path[:-1]:
        holder = holder[step]
    if value is ABSENT:
        del holder[path[-1]]
    else:
        holder[path[-1]] = copy.copy(value)
    return record


def paths(value, before=()):
    for key in value if isinstance(value, dict) else range(len(value)):
        yield (*before, key)
        if isinstance(value[key], (dict, list)):
            yield from paths(value[key], (*before, key))


@pytest.fixture(autouse=True)
def no_cache(tmp_path, monkeypatch):
    blocked = tmp_path / "no folder"
    blocked.write_text("", encoding="utf-8")
    monkeypatch.setenv("LOCAL_FIGSHARE_CACHE", str(blocked))


def write_folder(folder, **files):
    folder.mkdir(exist_ok=True)
    for name, text in {"articles.jsonl": json.dumps(GOOD), **files}.items():
        (folder / name).write_text(text, encoding="utf-8")
    return folder


# Every field in every odd way


def served_variants(record: dict, described: shapes.Record) -> list[dict]:
    """Returns the odd records that are served, after every other was seen to be refused by the name of its field.

    Texts that may be anything are odd all at once: a record that is served says as much of each of them.
    """
    fine = []
    for path, value, changed in mutants(record):
        said = list(described.faults(changed))
        steps = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in path).removeprefix(".")
        assert all(one.startswith(f"'{steps}") and one.isprintable() for one in said), (path, said)
        assert described.is_valid(changed) == (not said)
        if not said:
            fine.append((path, value, changed))
    texts = {path for path, value, _ in fine if value == "x"}
    alike = [copy.deepcopy(record) for _ in TEXTS]
    for made, text in zip(alike, TEXTS, strict=True):
        odd = {path for path, value, _ in fine if value is text} & texts
        for path in sorted(odd, key=len, reverse=True):  # what stands inside before what holds it
            put(made, path, text)
    return alike + [changed for path, _, changed in fine if path not in texts]


def bare(record: dict) -> list[dict]:
    """Returns a record that has nothing but an id and a title, and one in which all else is null."""
    needed = {name: record[name] for name in ("id", "title")}
    return [dict(needed), {**dict.fromkeys(record), **needed}]


def number_records(records: list[dict], first: int = 10_000) -> list[dict]:
    """Returns the records with ids of their own, their files and notes too; those with an odd id keep it."""
    usual = records[-1]["id"]
    for number, record in enumerate(records, first):
        record["id"] = number if record["id"] == usual else record["id"]
        for key in ("files", "notes", "comments"):
            for place, entry in enumerate(record.get(key) or []):
                entry["id"] = number * 10 + place
    return list({record["id"]: record for record in records}.values())


def check_reply(reply, where) -> bytes:
    """Returns what a reply sends; checks that it is no 500 and that its headers can be sent."""
    assert reply.status < 500, (where, reply.body)
    for value in (*reply.headers.values(), reply.content_type or ""):
        assert value.isprintable(), (where, value)
    body = reply.encoded()
    data = body if isinstance(body, (str, bytes)) else b"".join(itertools.islice(body, 50))
    return data.encode() if isinstance(data, str) else data


@pytest.mark.slow
def test_an_odd_article_is_refused_by_name_or_served_everywhere(tmp_path, open_site):
    records = number_records(served_variants(GOOD, fields.ARTICLE) + bare(GOOD))
    assert len(records) > 100
    site = open_site(write_folder(tmp_path / "data", **{"articles.jsonl": lines_of(records)}))
    token = site.store.first_row("SELECT token FROM accounts")[0]
    for record in records:
        sweep_article(site, record, token)
    sweep_lists(site)


def sweep_article(site, record, token):
    """Asks every address of one item."""
    one = record["id"]
    public = [
        f"/articles/{one}{rest}"
        for rest in (
            "",
            "/versions",
            "/versions/1",
            "/files",
            "/download",
            "/versions/1/embargo",
            "/versions/1/confidentiality",
        )
    ]
    public += [f"/files/{entry['id']}" for entry in record.get("files") or []]
    for path in public:
        reply = site.ask("GET", path)
        check_reply(reply, (path, record))
        assert reply.status in (200, 302, 404), (path, reply.status, reply.body)
    for prefix in FORMATS:
        path = f"/v2/oai?verb=GetRecord&metadataPrefix={prefix}&identifier=oai:figshare.com:article/{one}"
        assert b"<metadata>" in check_reply(site.ask("GET", path), (path, record))
    site.store.connection.execute("UPDATE articles SET account_id=(SELECT id FROM accounts LIMIT 1) WHERE id=?", (one,))
    for method, body in (("GET", None), ("PUT", {"title": "Another title"}), ("GET", None)):
        reply = site.ask(method, f"/account/articles/{one}", body, token)
        check_reply(reply, (method, record))
        assert reply.status in (200, 205), (method, record, reply.body)


def sweep_lists(site):
    """Asks for the lists and counts of all items together."""
    for path in (
        "/articles?page_size=1000",
        "/account/institution/articles?page_size=1000",
        "/account/articles",
        "/account/institution/groups",
        "/v2/oai?verb=ListSets",
        "/v2/oai?verb=ListRecords&metadataPrefix=mets",
    ):
        assert site.ask("GET", path, token=ADMIN).status == 200, path
    for item in ("article", "author", "group"):
        assert ask(site, f"/stats/top/views/{item}").status == 200
    for sub in ("category", "item_type", "referral"):
        assert ask(site, f"/stats/top/views/group?item_id={GROUP}&sub_item={sub}").status == 200
    for question in ("timeline/year", "breakdown/total"):
        assert ask(site, f"/stats/{question}/views/group/{GROUP}").status == 200
    assert len(list_datestamps(site)) == site.store.first_row("SELECT count(*) FROM articles")[0]
    for path in ("resourcelist.xml", "changelist.xml"):
        assert b"".join(ask(site, f"/resourcesync/{path}").body).endswith(b">")
    for order in ("published_date", "created_date", "modified_date", "views"):
        assert site.search(order=order, page_size=1000, search_for="pond")


def ask(site, path):
    """Returns the reply of an address that does not lie below /v2."""
    parts = urlsplit(path)
    return site.dispatcher.handle(Request("GET", parts.path, dict(parse_qsl(parts.query))))


def list_datestamps(site, **selection) -> dict[int, str]:
    """Returns id and datestamp of every record that OAI-PMH lists."""
    space = {"o": "http://www.openarchives.org/OAI/2.0/"}
    query, found = {"verb": "ListIdentifiers", "metadataPrefix": "oai_dc", **selection}, {}
    while query:
        root = etree.fromstring(site.ask("GET", f"/v2/oai?{urlencode(query)}").body.encode())
        for header in root.iterfind(".//o:header", space):
            number = int(header.findtext("o:identifier", namespaces=space).rpartition("/")[2])
            found[number] = header.findtext("o:datestamp", namespaces=space)
        token = root.findtext(".//o:resumptionToken", namespaces=space)
        query = {"verb": "ListIdentifiers", "resumptionToken": token} if token else None
    return found


def test_odd_drafts_collections_projects_and_versions_are_refused_by_name_or_served(tmp_path, open_site):
    collections = number_records(served_variants(COLLECTED, fields.COLLECTION) + bare(COLLECTED))
    projects = number_records(served_variants(PROJECTED, fields.PROJECT) + bare(PROJECTED))
    articles = served_variants(GOOD, fields.ARTICLE) + bare(GOOD)
    drafts = number_records(copy.deepcopy(articles[::6] + articles[-2:]))  # the other test makes drafts of all
    versions = [
        {**record, "id": ITEM, "version": number, "files": GOOD["files"]}
        for number, record in enumerate(articles[::3] + articles[-2:], 1)
    ]
    article = {**GOOD, "version": len(versions) + 1}
    site = open_site(
        write_folder(
            tmp_path / "data",
            **{
                "articles.jsonl": json.dumps(article),
                "versions.jsonl": lines_of(versions),
                "drafts.jsonl": lines_of(drafts),
                "collections.jsonl": lines_of(collections),
                "projects.jsonl": lines_of(projects),
            },
        )
    )
    token = site.store.first_row("SELECT token FROM accounts")[0]
    for table in ("drafts", "collections", "collection_drafts", "projects", "project_drafts"):
        site.store.connection.execute(f"UPDATE {table} SET account_id=(SELECT id FROM accounts LIMIT 1)")
    for version in versions:
        for rest in ("", "/files", "/embargo"):
            check_reply(site.ask("GET", f"/articles/{ITEM}/versions/{version['version']}{rest}"), version)
    assert ask(site, f"/stats/timeline/year/views/article/{ITEM}").status == 200
    assert b"".join(ask(site, "/resourcesync/changelist.xml").body)
    for kind, records, parts in (
        ("articles", drafts, ("", "/files", "/authors", "/categories")),
        ("collections", collections, ("", "/articles", "/authors", "/categories")),
        ("projects", projects, ("", "/articles", "/notes", "/collaborators")),
    ):
        for record in records:
            sweep_account(site, f"{kind}/{record['id']}", parts, token)
        for path in (f"/{kind}?page_size=1000", f"/account/{kind}?page_size=1000"):
            assert site.ask("GET", path, token=token).status == 200, path


def sweep_account(site, entity, parts, token):
    """Asks what its owner can ask of an entity, and everybody, before and after a change."""
    for method, body in (("GET", None), ("PUT", {"description": "Another text"}), ("GET", None)):
        for part in parts if method == "GET" else ("",):
            reply = site.ask(method, f"/account/{entity}{part}", body, token)
            check_reply(reply, (method, entity, part))
            assert reply.status in (200, 205), (method, entity, part, reply.body)
    for part in ("", "/versions", "/versions/1", "/articles"):
        check_reply(site.ask("GET", f"/{entity}{part}"), (entity, part))


def test_odd_institutions_groups_accounts_and_reviews_are_refused_by_name_or_served(tmp_path, open_site):
    institutions = [INSTITUTION, *number_records(served_variants(INSTITUTION, fields.INSTITUTION))]
    for number, row in enumerate(institutions[1:], 20_000):
        for key in ("string_id", "host", "portal_id"):
            if row.get(key) == INSTITUTION[key]:
                row[key] = number if key == "portal_id" else f"{number}.example"
    groups = [GROUPED, *number_records(served_variants(GROUPED, fields.GROUP))]
    accounts = [ACCOUNT, *number_records(served_variants(ACCOUNT, fields.ACCOUNT))]
    for row in accounts[1:]:
        for key in ("user_id", "token", "email"):
            row[key] = row["id"] if key == "user_id" else f"{key}-{row['id']}"
    reviews = number_records(served_variants(REVIEW, fields.REVIEW))
    site = open_site(
        write_folder(
            tmp_path / "data",
            **{
                "institutions.json": json.dumps(institutions),
                "groups.json": json.dumps(groups),
                "accounts.json": json.dumps(accounts),
                "reviews.json": json.dumps(reviews),
            },
        )
    )
    for (name,) in site.store.query("SELECT string_id FROM institutions"):
        assert ask(site, f"/stats/{name}/total/views/article/{ITEM}").status == 200
    for row in accounts:
        for path in ("/account", "/account/articles", "/account/institution/groups", "/account/institution"):
            check_reply(site.ask("GET", path, token=row["token"]), (path, row))
        for path in (f"accounts/{row['id']}", f"roles/{row['id']}", f"users/{row['id']}"):
            check_reply(site.ask("GET", f"/account/institution/{path}", token="t"), (path, row))
    for row in groups:
        for path in (
            f"/account/groups/{row['id']}/metadata/item",
            f"/item_types?group_id={row['id']}",
            f"/account/institution/custom_fields?group_id={row['id']}",
        ):
            check_reply(site.ask("GET", path, token="t"), (path, row))
    for row in reviews:
        path = f"/account/institution/review/{row['id']}"
        for method, part, body in (("GET", "", None), ("GET", "/comments", None), ("POST", "/comments", {"text": "A"})):
            check_reply(site.ask(method, path + part, body, "t"), (path, row))
    for path in ("accounts?limit=1000", "reviews?limit=1000", "custom_fields", "articles"):
        assert site.ask("GET", f"/account/institution/{path}", token="t").status == 200, path


def test_what_is_written_over_the_api_is_what_the_loader_would_take(tmp_path, open_site):
    site = open_site(
        write_folder(
            tmp_path / "data", **{"collections.jsonl": json.dumps(COLLECTED), "projects.jsonl": json.dumps(PROJECTED)}
        )
    )
    token = site.store.first_row("SELECT token FROM accounts")[0]
    for kind, table, entity in (
        ("article", "drafts", ITEM),
        ("collection", "collection_drafts", COLLECTION),
        ("project", "projects", PROJECT),
    ):
        public = {"article": "articles", "collection": "collections", "project": "projects"}[kind]
        site.store.connection.execute(f"UPDATE {public} SET account_id=(SELECT id FROM accounts LIMIT 1)")
        for field in (*WRITERS[kind], "articles"):
            for value in ODD[1:]:
                reply = site.ask("PUT", f"/account/{public}/{entity}", {field: value}, token)
                assert reply.status in (205, 400, 404, 422), (kind, field, value, reply.body)
            row = site.store.first_row(f"SELECT record FROM {table} WHERE id=?", (entity,))
            if row:
                record = {name: value for name, value in json.loads(row["record"]).items() if name != "files"}
                assert list(fields.BY_KIND[kind].faults(record)) == [], (kind, field)


def lines_of(records: list[dict]) -> str:
    return "\n".join(map(json.dumps, records))
