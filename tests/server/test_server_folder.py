"""Folders as people and programs write them: spelling, portals, versions, dates, and all faults in one go."""

import json
import shutil
from pathlib import Path

import pytest
from server_site import ADMIN, ServerSite
from test_server_odd import (
    GOOD,
    GROUPED,
    INSTITUTION,
    ITEM,
    PROJECTED,
    REVIEW,
    ask,
    list_datestamps,
    no_cache,
    sweep_article,
    write_folder,
)

import local_figshare
from local_figshare.cache import database_of
from local_figshare.catalogue import SHIPPED, Catalogue, CatalogueError
from local_figshare.messages import BASE
from local_figshare.metadata_formats import FORMATS
from local_figshare.record_parts import earlier_version
from local_figshare.shapes import HIGHEST_ID

__all__ = ["no_cache"]  # a fixture


def item(number: int, **values) -> dict:
    """Returns a sound record with an id of its own and without files."""
    return {**GOOD, "id": number, "files": [], "folder_structure": {}, **values}


def refusal_lines(folder, **files) -> list[str]:
    """Gives the lines with which a folder is refused, without its path."""
    write_folder(folder, **files)
    with pytest.raises(CatalogueError) as error:
        ServerSite(folder)
    return [line.strip().replace(f"{folder}/", "") for line in str(error.value).splitlines()]


def jsonl(*records: dict) -> str:
    return "\n".join(map(json.dumps, records)) + "\n"


# How files are spelt

TWO = [item(1, title="Ümlaut"), item(2, title="Two")]


@pytest.mark.parametrize(
    "text",
    [
        "\ufeff" + jsonl(*TWO),
        jsonl(*TWO).replace("\n", "\r\n"),
        "\n \n" + jsonl(TWO[0]) + "\n\n" + jsonl(TWO[1]),
        json.dumps(TWO),
        json.dumps(TWO, indent=2),
        "".join(json.dumps(one, indent=4) + "\n" for one in TWO),
        json.dumps(TWO[:1]) + "\n" + json.dumps(TWO[1:]),
        "[" + ",\n".join(map(json.dumps, TWO)) + "]\n",
        ",\n".join(map(json.dumps, TWO)),
        "\ufeff[\r\n" + json.dumps(TWO[0]) + ",\r\n" + json.dumps(TWO[1]) + "\r\n]\r\n",
    ],
    ids=[
        "mark",
        "crlf",
        "blank lines",
        "list",
        "indented list",
        "indented",
        "two lists",
        "a line each",
        "commas",
        "windows",
    ],
)
def test_records_are_read_however_they_are_laid_out(tmp_path, open_site, text):
    site = open_site(write_folder(tmp_path / "data", **{"articles.jsonl": text}))
    assert [site.get(f"/articles/{number}")["title"] for number in (1, 2)] == ["Ümlaut", "Two"]
    assert site.get("/articles/1")["figshare_url"].startswith(f"{BASE}/web/uni.figshare.com/")


@pytest.mark.parametrize(
    "text",
    [
        "article_id,views,downloads\n71,12,3\n",
        "\ufeffarticle_id;views;downloads\r\n71;12;3\r\n",
        "article_id\tviews\tdownloads\n71\t12\t3",
        '"Article_ID", Views ,note,downloads,shares\n\n71,12.0,"a, b",3.0,\n',
    ],
    ids=["commas", "semicolons", "tabs", "others"],
)
def test_totals_are_read_as_excel_and_pandas_write_them(tmp_path, open_site, text):
    site = open_site(write_folder(tmp_path / "data", **{"totals.csv": text}))
    for counter, count in (("views", 12), ("downloads", 3), ("shares", 0)):
        assert ask(site, f"/stats/total/{counter}/article/{ITEM}").body == {"totals": count}


@pytest.mark.parametrize(
    "encoding, said",
    [
        ("utf-16", "articles.jsonl, line 1: is text in UTF-16; save it as UTF-8"),
        ("utf-16-le", "articles.jsonl, line 1: is text in UTF-16; save it as UTF-8"),
        ("latin-1", "articles.jsonl, line 2: is not text in UTF-8 (byte 0xdc); save the file as UTF-8"),
    ],
)
def test_a_file_in_another_encoding_is_told_what_it_is(tmp_path, encoding, said):
    folder = write_folder(tmp_path / "data")
    text = "\n".join(json.dumps(one, ensure_ascii=False) for one in reversed(TWO))
    (folder / "articles.jsonl").write_bytes(text.encode(encoding))
    with pytest.raises(CatalogueError) as error:
        ServerSite(folder)
    assert str(error.value) == f"{folder}/{said}"


@pytest.mark.parametrize(
    "name, text, said",
    [
        ("totals.csv", "71,12,3\n", "line 1: the column 'article_id' is missing; the first line must name the columns"),
        (
            "totals.csv",
            "article_id,views,downloads\n71,12\n",
            "line 2: has 2 values where the first line names 3 columns",
        ),
        (
            "totals.csv",
            "article_id,views,downloads\n71,1,2\n72,1,2\n71,1,2\n",
            "line 4: 'article_id' 71 is there twice, also in line 2",
        ),
        (
            "totals.csv",
            f"article_id,views,downloads\n71,{10**19},2\n",
            "line 2: 'views' must be a whole number from 0 to",
        ),
        ("totals.csv", "article_id,views,downloads\n71,1.5,2\n", "line 2: 'views' must be a whole number"),
        ("totals.csv", "article_id,views,downloads\n71,NaN,2\n", "line 2: 'views' must be a whole number"),
        ("totals.csv", "article_id,views,downloads\n,1,2\n", "line 2: 'article_id' must be a whole number from 1"),
        (
            "articles.jsonl",
            '[\n{"id": 1},\n{"id": 2 "title": ""}\n]',
            "line 3: not valid JSON (Expecting ',' delimiter, near ",
        ),
        (
            "articles.jsonl",
            jsonl(item(1)) + '{"id": 2, "title": "Two", "doi": 10.5/x}\n',
            'line 2: not valid JSON (Expecting \',\' delimiter, near : "Two", "doi": 10.5/x})',
        ),
        ("articles.jsonl", json.dumps([item(1)])[:-1], "line 1: the list is not closed; is the file cut off?"),
        (
            "articles.jsonl",
            jsonl(item(1, files=GOOD["files"]), item(2, files=GOOD["files"][1:])),
            "line 2: 'files[0].id' 702 belongs to the item 1 already",
        ),
        ("articles.jsonl", jsonl(item(1, files=GOOD["files"][1:] * 2)), "line 1: 'files[1].id' 702 is there twice"),
        (
            "drafts.jsonl",
            jsonl(item(5, files=GOOD["files"])),
            "line 1: 'files[0].id' 701 belongs to the item 71 already",
        ),
        (
            "versions.jsonl",
            jsonl({**GOOD, "version": 1}, {**GOOD, "version": 1}),
            "line 2: 'version' 1 of the item 71 is there twice, also in line 1",
        ),
        ("versions.jsonl", jsonl({**GOOD, "version": 3}), "line 1: 'version' 3 is newer than the item 71 itself"),
        (
            "articles.jsonl",
            jsonl(item(1, license="CC BY 4.0")),
            "'license' must be an object, not the text 'CC BY 4.0'",
        ),
        (
            "articles.jsonl",
            jsonl(item(1, files=[{"id": 1, "name": "a", "is_link_only": True}])),
            "'files[0].download_url' must be an address, as the file is a link, and is null",
        ),
        (
            "groups.json",
            json.dumps([{**GROUPED, "id": 5, "parent_id": 6}, {**GROUPED, "id": 6, "parent_id": 5}]),
            "line 1: 'parent_id' of the group 5 leads back to the group itself",
        ),
        ("groups.json", json.dumps([GROUPED, GROUPED]), "line 1: 'id' 501 is there twice, also in line 1"),
        (
            "institutions.json",
            json.dumps(
                [INSTITUTION, {**INSTITUTION, "id": 2, "string_id": "UNI", "host": "a.example", "portal_id": 2}]
            ),
            "'string_id' 'UNI' is there twice",
        ),
        (
            "accounts.json",
            json.dumps([{"id": 1, "first_name": "A", "last_name": "B", "roles": {"x": []}}]),
            "'roles' must have ids as keys, not the text 'x'",
        ),
        ("groups.json", json.dumps([GROUPED, {"id": 2}]), "line 1: 'name' is missing (entry 2)"),
        (
            "reviews.json",
            json.dumps([REVIEW, {**REVIEW, "id": 2}], indent=1),
            "line 22: 'comments' of the review 2 hold the id 15, which is there twice",
        ),
        ("projects.jsonl", jsonl(PROJECTED, {**PROJECTED, "id": 2}), "line 2: 'notes' hold the id 11, which is there"),
        (
            "categories.csv",
            "id,title,parent_id,path,source_id,taxonomy_id\nx,A,0,,,10\n",
            "line 2: 'id' must be a whole",
        ),
        ("catalogue.json", '{"api_url": "figshare"}', "line 1: 'api_url' must be an address"),
        (
            "collections.jsonl",
            jsonl({"id": 1, "title": "A", "articles": [{"id": 71}]}),
            "line 1: 'articles[0]' must be a whole number from 1",
        ),
    ],
)
def test_what_would_fail_later_is_refused_by_file_line_and_field(tmp_path, name, text, said):
    assert any(one.startswith(name) and said in one for one in refusal_lines(tmp_path / "data", **{name: text}))


def test_a_fault_of_a_file_that_is_read_twice_is_said_once(tmp_path):
    text = json.dumps([{**INSTITUTION, "host": "https://a.example"}])
    assert refusal_lines(tmp_path / "data", **{"institutions.json": text}) == [
        "institutions.json, line 1: 'host' must be the name of a host, like data.example.org, not the text "
        "'https://a.example' (entry 1)"
    ]


def test_a_file_in_the_place_of_the_folder_is_told_from_nothing(tmp_path):
    with pytest.raises(CatalogueError, match="this is a file; name the folder that it lies in"):
        ServerSite(write_folder(tmp_path / "data") / "articles.jsonl")


def test_an_item_with_the_highest_id_leaves_room_for_new_ones(tmp_path, open_site):
    folder = write_folder(tmp_path / "data", **{"articles.jsonl": jsonl(item(HIGHEST_ID), item(5000))})
    site = open_site(folder)
    assert site.create_draft() > 5000 and site.get(f"/articles/{HIGHEST_ID}")["id"] == HIGHEST_ID


def test_an_author_with_the_highest_id_leaves_room_for_the_administrator_and_for_new_ones(tmp_path, open_site):
    (tmp_path / "articles.jsonl").write_text(jsonl(item(1, authors=[{"id": HIGHEST_ID, "full_name": "Ada Max"}])))
    site = open_site(tmp_path)
    assert site.create_draft(ADMIN, authors=[{"name": "A New"}]) > 1
    assert site.get("/account", ADMIN)["user_id"] < HIGHEST_ID


def test_bytes_of_another_length_than_the_record_says_are_refused(tmp_path):
    folder = write_folder(tmp_path / "data")
    (folder / "files").mkdir()
    (folder / "files" / "701").write_bytes(b"three")
    assert refusal_lines(folder) == ["files/701: has 5 bytes; 'size' in its record is 40"]
    (folder / "files" / "701").write_bytes(b"x" * 40)
    ServerSite(folder).store.close()


def test_all_faults_are_said_at_once_the_first_twenty(tmp_path):
    some = refusal_lines(
        tmp_path / "some",
        **{
            "articles.jsonl": jsonl(item(1, title=None, size="12 kB"), item(2), item(2))
            + "{\n"
            + jsonl(item(3, doi=4)),
            "totals.csv": "article_id,views,downloads\nx,1,2\n",
            "groups.json": '[{"id": 1}]',
            "reviews.json": '[{"id": 1}]',
        },
    )
    assert some[0] == "the folder cannot be served, 9 faults:" and some[1:] == sorted(some[1:])
    assert [one.partition(":")[0] for one in some[1:6]] == [f"articles.jsonl, line {line}" for line in (1, 1, 3, 4, 5)]
    many = refusal_lines(tmp_path / "many", **{"articles.jsonl": jsonl(*(item(one, tags="x") for one in range(1, 40)))})
    assert many[0] == "the folder cannot be served, the first 20 faults:" and len(many) == 21
    assert many[-1].startswith("articles.jsonl, line 20: 'tags' must be a list, not the text 'x'")


# Portals


def test_the_whole_host_tells_portals_apart(tmp_path, open_site):
    hosts = (
        "data.north.ac.uk",
        "data.south.ac.uk",
        "figshare.west.edu",
        "DATA.north.ac.uk:443",
        "north.figshare.com",
        "total.figshare.com",
        "figshare.com",
        "www.figshare.com",
        "data.west.edu.au",
        "east.example",
    )
    records = [
        item(
            number,
            group_id=None,
            url_public_html=f"https://{host}/articles/dataset/A/{number}",
            figshare_url=f"https://{host}/articles/dataset/A/{number}",
        )
        for number, host in enumerate(hosts, 1)
    ]
    described = {"id": 7, "name": "The East", "string_id": "sunrise", "host": "East.example"}
    site = open_site(
        write_folder(
            tmp_path / "data",
            **{
                "articles.jsonl": jsonl(*records),
                "institutions.json": json.dumps([described]),
                "totals.csv": "article_id,views,downloads\n" + "".join(f"{one},{one},0\n" for one in range(1, 11)),
            },
        )
    )
    rows = site.store.query("SELECT id, host, string_id, portal_id FROM institutions")
    names = {row["host"]: row["string_id"] for row in rows}
    assert names == {
        "east.example": "sunrise",
        "data.north.ac.uk": "north",
        "data.south.ac.uk": "south",
        "figshare.west.edu": "west",
        "north.figshare.com": "north-figshare-com",
        "total.figshare.com": "total-figshare-com",
        "data.west.edu.au": "data-west-edu-au",
    }
    of = {row["id"]: row["institution_id"] for row in site.store.query("SELECT id, institution_id FROM articles")}
    assert of[1] == of[4] and of[7] is None and of[8] is None and of[10] == 7
    assert len({of[number] for number in (1, 2, 3, 5, 6, 9, 10)}) == 7
    for name, number in (("north", 4), ("west", 3), ("data-west-edu-au", 9), ("sunrise", 10)):
        assert ask(site, f"/stats/{name}/total/views/article/{number}").body == {"totals": number}
    portal = {row["host"]: row["portal_id"] for row in rows}
    assert sorted(list_datestamps(site, set=f"portal_{portal['data.north.ac.uk']}")) == [1, 4]
    assert [hit["id"] for hit in site.search(institution=of[2])] == [2]


def test_a_group_whose_institution_nobody_describes_has_one_all_the_same(tmp_path, open_site):
    groups = [{**GROUPED, "institution_id": 77}, {"id": 502, "name": "Below", "parent_id": 501}]
    site = open_site(write_folder(tmp_path / "data", **{"groups.json": json.dumps(groups)}))
    assert site.get("/account/institution", "local-admin")["id"] == 77
    assert {group["id"] for group in site.get("/account/institution/groups", "local-admin")} == {501, 502}


# Dates

DATES = [
    item(1, published_date=None, created_date="2021-05-06T23:30:00-01:00", timeline={}),
    item(2, published_date="2021-05-07", created_date=None),
    item(3, published_date=None, created_date=None, modified_date=None, timeline={}),
    item(4, published_date="2021-05-07 00:00:00"),
    item(5, published_date="1899-01-01T00:00:00Z"),
]


@pytest.fixture
def dated(tmp_path, open_site):
    return open_site(
        write_folder(
            tmp_path / "data",
            **{
                "articles.jsonl": jsonl(*DATES),
                "catalogue.json": '{"clock": "2022-01-01"}',
                "totals.csv": "article_id,views,downloads\n3,5,0\n",
            },
        )
    )


def test_oai_lists_every_item_and_finds_it_by_its_day(dated):
    stamps = {
        1: "2021-05-07T00:30:00Z",
        2: "2021-05-07T00:00:00Z",
        3: "2022-01-01T00:00:00Z",
        4: "2021-05-07T00:00:00Z",
        5: "1899-01-01T00:00:00Z",
    }
    assert list_datestamps(dated) == stamps
    for number, stamp in stamps.items():
        assert number in list_datestamps(dated, **{"from": stamp[:10], "until": stamp[:10]})
        assert number in list_datestamps(dated, **{"from": stamp, "until": stamp})
    assert sorted(list_datestamps(dated, **{"from": "2021-05-07T00:00:01Z"})) == [1, 3]
    assert sorted(list_datestamps(dated, set="month_year_05_2021")) == [1, 2, 4]
    for number in stamps:
        for prefix in FORMATS:
            query = f"verb=GetRecord&metadataPrefix={prefix}&identifier=oai:figshare.com:article/{number}"
            assert f"<datestamp>{stamps[number]}" in dated.ask("GET", f"/v2/oai?{query}").body


def test_an_undated_item_keeps_its_nulls_and_its_views(dated):
    assert dated.get("/articles/3")["published_date"] is None and dated.get("/articles/3")["created_date"] is None
    assert ask(dated, "/stats/total/views/article/3").body == {"totals": 5}
    assert ask(dated, "/stats/timeline/total/views/article/3?start_date=2000-01-01").body == {"timeline": {"total": 5}}
    assert dated.store.now() == "2022-01-01T00:00:00Z"


# Versions


def test_versions_that_nobody_kept_are_copies_that_say_so(tmp_path, open_site):
    page = f"https://uni.figshare.com/articles/dataset/A/{ITEM}"
    newest = {
        **GOOD,
        "version": 3,
        "doi": "10.5555/ponds.v3",
        "citation": "A. https://doi.org/10.5555/ponds.v3",
        "figshare_url": page,
        "url_public_html": f"{page}/3",
    }
    site = open_site(write_folder(tmp_path / "data", **{"articles.jsonl": jsonl(newest)}))
    listed = site.ask("GET", f"/articles/{ITEM}/versions")
    assert [entry["version"] for entry in listed.body] == [1, 2, 3]
    assert listed.headers["X-Local-Figshare-Derived"] == "1, 2"
    latest = site.get(f"/articles/{ITEM}/versions/3")
    for number in (1, 2):
        reply = site.ask("GET", f"/articles/{ITEM}/versions/{number}")
        assert reply.headers["X-Local-Figshare-Derived"] == str(number)
        differing = {key: value for key, value in reply.body.items() if value != latest[key]}
        assert differing == {
            "version": number,
            "doi": f"10.5555/ponds.v{number}",
            "citation": f"A. https://doi.org/10.5555/ponds.v{number}",
            "url": f"{BASE}/v2/articles/{ITEM}/versions/{number}",
            "figshare_url": f"{BASE}/web/uni.figshare.com/articles/dataset/A/{ITEM}/{number}",
            "url_public_html": f"{BASE}/web/uni.figshare.com/articles/dataset/A/{ITEM}/{number}",
        }
        assert site.get(f"/articles/{ITEM}/versions/{number}/files") == latest["files"]
    assert site.ask("GET", f"/articles/{ITEM}/versions/4").status == 404
    assert site.ask("GET", f"/articles/{ITEM}/versions/0").status == 404


def test_versions_that_were_kept_are_given_and_the_newest_may_stand_among_them(tmp_path, open_site):
    newest = {**GOOD, "version": 4}
    kept = [
        {
            **newest,
            "version": number,
            "title": f"Ponds {number}",
            "url": f"https://api.figshare.com/v2/articles/{ITEM}/versions/{number}",
        }
        for number in (2, 4)
    ]
    site = open_site(
        write_folder(
            tmp_path / "data", **{"articles.jsonl": jsonl(newest), "versions.jsonl": json.dumps(kept, indent=1)}
        )
    )
    titles = {number: site.get(f"/articles/{ITEM}/versions/{number}")["title"] for number in (1, 2, 3, 4)}
    assert titles == {1: "Ponds 2", 2: "Ponds 2", 3: "Ponds", 4: "Ponds"}
    assert site.ask("GET", f"/articles/{ITEM}/versions").headers["X-Local-Figshare-Derived"] == "1, 3"
    assert "X-Local-Figshare-Derived" not in site.ask("GET", f"/articles/{ITEM}/versions/2").headers
    assert site.get(f"/articles/{ITEM}/versions/2")["url"] == f"{BASE}/v2/articles/{ITEM}/versions/2"


def test_the_shipped_catalogue_has_all_versions_itself(open_site):
    site = open_site(SHIPPED)
    for row in site.store.query("SELECT id FROM articles WHERE version > 1"):
        assert "X-Local-Figshare-Derived" not in site.ask("GET", f"/articles/{row['id']}/versions").headers


def test_no_version_comes_before_the_first():
    assert earlier_version({"id": 1}, 1) == {"id": 1} and earlier_version({"id": 1, "version": 2}, 0) is None


# Types that say half


def test_a_type_by_its_name_or_by_its_number_is_a_type(tmp_path, open_site):
    records = [
        item(1, defined_type=None, defined_type_name="figure"),
        item(2, defined_type=9, defined_type_name=None),
        {key: value for key, value in item(3).items() if not key.startswith("defined")},
    ]
    site = open_site(
        write_folder(
            tmp_path / "data",
            **{"articles.jsonl": jsonl(*records), "totals.csv": "article_id,views,downloads\n1,4,0\n2,6,0\n3,8,0\n"},
        )
    )
    assert [
        (hit["defined_type"], hit["defined_type_name"])
        for hit in site.search(order="published_date", order_direction="asc")
    ] == [(1, "figure"), (9, "software"), (None, "")]
    assert [hit["id"] for hit in site.search(item_type=1)] == [1]
    assert [hit["id"] for hit in site.search(search_for=":item_type: software")] == [2]
    top = ask(site, "/stats/top/views/group?item_id=501&sub_item=item_type&start_date=2000-01-01&end_date=2030-01-01")
    assert top.body == {"figure": 4, "software": 6}
    assert site.get("/articles/1")["defined_type"] is None  # the record is served as it is


def test_the_odd_records_of_public_items_are_served(shared, tmp_path, open_site):
    lines = (shared / "odd" / "records.jsonl").read_text(encoding="utf-8")
    site = open_site(write_folder(tmp_path / "data", **{"articles.jsonl": lines}))
    records = [json.loads(line) for line in lines.splitlines()]
    assert len(records) == 18 and set(list_datestamps(site)) == {record["id"] for record in records}
    for record in records:
        served = site.get(f"/articles/{record['id']}")
        assert all(served[key] == value for key, value in record.items() if "url" not in key)
    institutions = {row["host"] for row in site.store.query("SELECT host FROM institutions")}
    assert {"data.ncl.ac.uk", "data.4tu.nl", "figshare.shef.ac.uk"} <= institutions
    token = site.store.first_row("SELECT token FROM accounts")[0]
    for record in records:
        sweep_article(site, record, token)
    for item_kind in ("article", "author", "group"):
        assert ask(site, f"/stats/top/views/{item_kind}?count=100").status == 200


def change_a_line(code):
    (code / "fields.py").write_text((code / "fields.py").read_text() + "# more\n")


def rename_a_module(code):
    (code / "fields.py").rename(code / "described.py")


def add_a_module(code):
    (code / "shapes.py").write_text("")


@pytest.mark.parametrize("change", [change_a_line, rename_a_module, add_a_module])
def test_other_code_makes_a_new_database_and_the_same_code_does_not(tmp_path, monkeypatch, change):
    monkeypatch.setenv("LOCAL_FIGSHARE_CACHE", str(tmp_path / "cache"))
    code = tmp_path / "code"
    shutil.copytree(Path(local_figshare.__file__).parent, code, ignore=shutil.ignore_patterns("__pycache__"))
    monkeypatch.setattr("local_figshare.cache.CODE", code)
    folder = write_folder(tmp_path / "data")
    first = database_of(Catalogue(folder), tmp_path)
    assert database_of(Catalogue(folder), tmp_path) == first and first.parent != tmp_path
    change(code)
    assert database_of(Catalogue(folder), tmp_path) != first
