"""The shipped catalogue: made by its script to the byte, whole, consistent, odd where it should be odd."""

import csv
import hashlib
import json
import re
from collections import Counter
from pathlib import Path

import pytest

from data.making.make_catalogue import write_catalogue
from local_figshare.synthetic_files import synthetic_bytes

DATA = Path(__file__).resolve().parents[2] / "data"
COPIED = {"README.md", "countries-110m.json", "country_aliases.csv"}  # not written by the script
PRINTED_MD5 = 3074543  # the file of 123456 has the MD5 that the lesson prints, and no bytes to it


def shipped_files():
    """Returns the paths of the files in `data/`, without the scripts that make them."""
    return [path for path in DATA.rglob("*") if path.is_file() and "making" not in path.parts]


def lines(name):
    return [json.loads(line) for line in (DATA / name).read_text(encoding="utf-8").splitlines()]


def table(name):
    return json.loads((DATA / name).read_text(encoding="utf-8"))


def rows(name, folder=DATA):
    with open(folder / name, encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.fixture(scope="module")
def articles():
    return {record["id"]: record for record in lines("articles.jsonl")}


@pytest.fixture(scope="module")
def everything(articles):
    """Public records, earlier versions and private ones."""
    return [*articles.values(), *lines("versions.jsonl"), *lines("drafts.jsonl")]


# --- made by the script ---------------------------------------------------------------------------


@pytest.mark.slow
def test_the_script_writes_the_shipped_bytes(tmp_path):
    write_catalogue(tmp_path)
    made = {path.relative_to(tmp_path).as_posix(): path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    shipped = {path.relative_to(DATA).as_posix(): path.read_bytes() for path in shipped_files()}
    assert set(shipped) - set(made) == COPIED
    assert [name for name in made if made[name] != shipped.get(name)] == []


def test_the_folder_is_small():
    assert sum(path.stat().st_size for path in shipped_files()) < 6_000_000


# --- what the workshop's texts print --------------------------------------------------------------


def printed(shared, begin, end):
    text = (shared / "brief" / "workshop-lesson.md").read_text(encoding="utf-8")
    start = text.index(begin)
    return json.loads(text[start : text.index(end, start) + len(end)])


def test_article_123456_is_as_printed_but_for_the_words_of_its_description(shared, articles):
    expected = printed(shared, '{\n  "files"', "\n}\n")
    assert list(articles[123456]) == list(expected)
    assert expected.pop("description") != articles[123456]["description"]
    assert {key: articles[123456][key] for key in expected} == expected


def test_the_account_of_the_lesson_lists_the_printed_ten_first(shared, articles):
    expected = printed(shared, '[\n  {\n    "id": 8365555', "\n]\n")
    owner = next(row for row in table("accounts.json") if row.get("token") == "local-researcher")
    drafts = {record["id"]: record for record in lines("drafts.jsonl") if record["account_id"] == owner["id"]}
    owned = {**drafts, **{number: articles[number] for number in owner["articles"]}}
    for order in ("id", "created_date"):
        newest = sorted(owned.values(), key=lambda record: record[order], reverse=True)
        assert [record["id"] for record in newest[:10]] == [item["id"] for item in expected]
    for item in expected:
        del item["url"]  # the private address; the server writes it
        assert {key: owned[item["id"]][key] for key in item} == item
    assert len(owned) >= 35
    assert {"draft", "private"} == {record["status"] for record in drafts.values()}


def test_ids_and_totals_of_the_texts(articles):
    totals = {int(row["article_id"]): (int(row["views"]), int(row["downloads"])) for row in rows("totals.csv")}
    assert totals[13259588] == (243, 54)
    assert totals[1138718] == (7552, 3030)
    assert totals[23][0] == 231
    assert totals.keys() == articles.keys()
    talk = articles[5616445]
    assert (talk["title"], talk["defined_type_name"], talk["doi"], talk["version"]) == (
        "Using APIs to customise repositories and engage audiences",
        "presentation",
        "10.6084/m9.figshare.5616445.v2",
        2,
    )
    assert talk["figshare_url"] == (
        "https://figshare.com/articles/presentation/Using_APIs_to_customise_repositories_and_engage_audiences/5616445"
    )
    assert {21332, 766364} <= articles.keys()


def test_the_group_of_the_stats_example_was_there_before_2020(articles):
    group = [record for record in articles.values() if record["group_id"] == 21332]
    assert len(group) >= 30
    assert max(record["published_date"] for record in group) < "2020-01-01"
    institution = {row["id"]: row["institution_id"] for row in table("groups.json")}[21332]
    assert {row["string_id"]: row["id"] for row in table("institutions.json")}["team"] == institution


def test_frogs_in_many_titles_and_years(articles):
    frogs = [record for record in articles.values() if re.search(r"\bfrogs?\b", record["title"], re.IGNORECASE)]
    assert len(frogs) >= 12
    assert len({record["published_date"][:4] for record in frogs}) >= 8
    assert len({record["published_date"] for record in frogs}) == len(frogs)  # their order is never a matter of chance


def test_two_categories_share_items(articles):
    names = "History and Philosophy of the Humanities", "Environmental Humanities"
    found = [
        {record["id"] for record in articles.values() if name in {c["title"] for c in record["categories"]}}
        for name in names
    ]
    assert all(len(ids) >= 10 for ids in found)
    assert len(found[0] & found[1]) == 5


# --- whole and consistent -------------------------------------------------------------------------


def test_ids_are_unique(articles):
    drafts = [record["id"] for record in lines("drafts.jsonl")]
    collections, projects = ([row["id"] for row in lines(name)] for name in ("collections.jsonl", "projects.jsonl"))
    ids = [*articles, *drafts, *collections, *projects]
    assert len(set(ids)) == len(ids) == len(lines("articles.jsonl")) + len(drafts) + len(collections) + len(projects)
    files = [file["id"] for record in [*articles.values(), *lines("drafts.jsonl")] for file in record["files"]]
    assert len(set(files)) == len(files)
    assert max(Counter(record["title"] for record in articles.values()).values()) == 1


def test_references_point_at_something(articles, everything):
    groups = {row["id"]: row for row in table("groups.json")}
    accounts = {row["id"] for row in table("accounts.json")}
    assert {record["group_id"] for record in everything} <= {None, *groups}
    assert {row["parent_id"] for row in groups.values()} <= {0, *groups}
    assert {row["institution_id"] for row in groups.values()} == {row["id"] for row in table("institutions.json")}
    assert {record["account_id"] for record in lines("drafts.jsonl")} <= accounts
    owned = [number for row in table("accounts.json") for number in row["articles"]]
    assert len(set(owned)) == len(owned)
    for name in ("collections.jsonl", "projects.jsonl"):
        for row in lines(name):
            assert row["articles"] and set(row["articles"]) <= articles.keys()
    assert all(record["id"] in articles for record in lines("versions.jsonl"))


def test_categories_and_licences_are_those_of_the_tables(everything):
    known = {int(row["id"]): row for row in rows("categories.csv")}
    for category in (category for record in everything for category in record["categories"]):
        row = known[category["id"]]
        assert category == {
            "id": int(row["id"]),
            "title": row["title"],
            "parent_id": int(row["parent_id"]),
            "path": row["path"],
            "source_id": row["source_id"],
            "taxonomy_id": int(row["taxonomy_id"]),
        }
    public = {row["value"] for row in table("licenses.json")}
    assert {record["license"]["value"] for record in everything} <= public | {12}


@pytest.mark.slow
def test_md5s_are_those_of_the_bytes_served(everything):
    wrong = []
    for file in {
        file["id"]: file for record in everything for file in record["files"] if not file["is_link_only"]
    }.values():
        real = DATA / "files" / str(file["id"])
        digest = hashlib.md5()
        derived = synthetic_bytes(file["name"], file["id"], file["size"])
        for chunk in [real.read_bytes()] if real.exists() else derived:
            digest.update(chunk)
        stated = {file["computed_md5"], file["supplied_md5"]} - {""}
        if stated != {digest.hexdigest()} or (real.exists() and real.stat().st_size != file["size"]):
            wrong.append(file["id"])
    assert wrong == [PRINTED_MD5]


def test_sizes_dates_and_versions_fit(articles, everything):
    clock = table("catalogue.json")["clock"]
    for record in everything:
        assert record["size"] == sum(file["size"] for file in record["files"])
        assert record["created_date"] <= record["modified_date"] < clock
        if record["published_date"]:
            assert record["created_date"] <= record["published_date"] <= record["modified_date"]
            assert record["timeline"]["posted"] + "Z" == record["published_date"]
    for number, record in articles.items():
        earlier = [old for old in lines("versions.jsonl") if old["id"] == number] if record["version"] > 1 else []
        assert [old["version"] for old in earlier] == list(range(1, record["version"]))
        dates = [old["published_date"] for old in earlier] + [record["published_date"]]
        assert dates == sorted(dates)


def test_orcids_have_right_check_characters_and_belong_to_nobody(everything):
    found = {person["orcid_id"] for record in everything for person in record["authors"]} - {""}
    assert len(found) > 40
    for orcid in found:
        digits = orcid.replace("-", "")
        total = 0
        for digit in digits[:-1]:
            total = (total + int(digit)) * 2
        assert digits[-1] == "0123456789X"[(12 - total % 11) % 11]
        assert orcid.startswith("0004-")


def test_accounts_have_two_ids_and_invented_addresses():
    accounts = table("accounts.json")
    assert len({row["id"] for row in accounts}) == len({row["user_id"] for row in accounts}) == len(accounts)
    assert all(row["email"].endswith(".example") for row in accounts)
    tokens = {row["token"] for row in accounts if row.get("token")}
    assert tokens == {
        "local-researcher",
        "local-admin",
        "local-faber-admin",
        *(f"local-participant-{n:02d}" for n in range(1, 31)),
    }
    assert all(not row["articles"] for row in accounts if "participant" in row.get("token", ""))


def test_reviews_belong_to_items_of_curated_groups(articles):
    drafts = {record["id"]: record for record in lines("drafts.jsonl")}
    curated = {row["id"] for row in table("groups.json") if row["curation"]}
    reviews = table("reviews.json")
    for review in reviews:
        item = articles[review["article_id"]] if review["status"] == "approved" else drafts[review["article_id"]]
        assert item["group_id"] == review["group_id"] and review["group_id"] in curated
        assert len(review["comments"]) == review["comments_count"]
        assert (review["review_date"] is None) == (review["status"] == "pending")
    assert Counter(review["status"] for review in reviews)["pending"] > 10
    assert any(review["comments"] for review in reviews if review["status"] == "pending")


def test_nothing_of_a_real_service_or_of_a_machine_is_in_the_files():
    text = "\n".join(
        path.read_text(encoding="utf-8") for path in DATA.glob("*.json*") if path.name != "countries-110m.json"
    )
    assert not re.search(r"/(home|work|root|Users)/", text)
    assert not re.search(r"[?&](access_token|token|AWSAccessKeyId|X-Amz-Signature)=", text)


def required(schemas, name):
    """Returns the keys that the published schema demands, those of its parents included."""
    schema = schemas[name]
    keys = set(schema.get("required", []))
    for part in schema.get("allOf", []):
        keys |= required(schemas, part["$ref"].rpartition("/")[2]) if "$ref" in part else set(part.get("required", []))
    return keys


def test_records_have_the_documented_keys(shared, articles):
    schemas = json.loads((shared / "api" / "figshare-openapi-v2.json").read_text())["components"]["schemas"]
    newer = [record for record in articles.values() if "keywords" in record]
    assert len(articles) - len(newer) == 3  # 123456, 20400022, 20400026
    for name, records in {
        "ArticleComplete": newer,
        "ArticleCompletePrivate": lines("drafts.jsonl"),
        "CollectionComplete": lines("collections.jsonl"),
        "ProjectComplete": lines("projects.jsonl"),
        "Curation": table("reviews.json"),
        "License": table("licenses.json"),
        "Group": table("groups.json"),
        "ShortAccount": table("accounts.json"),
    }.items():
        missing = {key for record in records for key in required(schemas, name) - record.keys()}
        assert missing == set(), name


# --- odd shapes -----------------------------------------------------------------------------------

ODD = {
    "HTML in a title": lambda r: "<em>" in r["title"],
    "a non-breaking space in a title": lambda r: "\u00a0" in r["title"],
    "a title that begins like a formula": lambda r: r["title"].startswith("="),
    "a handle in place of a DOI": lambda r: r["handle"] and not r["doi"],
    "neither DOI nor handle": lambda r: not r["handle"] and not r["doi"],
    "no category": lambda r: r["categories"] == [],
    "a category of the old taxonomy": lambda r: any(
        c["taxonomy_id"] == 10 and c["path"] == "" for c in r["categories"]
    ),
    "no description": lambda r: r["description"] == "",
    "files under embargo": lambda r: r["is_embargoed"] and r["embargo_type"] == "file" and r["files"] == [],
    "the record under embargo": lambda r: r["is_embargoed"] and r["embargo_type"] == "article",
    "options of an embargo": lambda r: any(option["type"] == "ip_range" for option in r["embargo_options"]),
    "an embargo that is over": lambda r: r["embargo_date"] and not r["is_embargoed"],
    "confidential": lambda r: r["is_confidential"] and r["confidential_reason"],
    "a metadata record": lambda r: r["is_metadata_record"] and r["metadata_reason"] and r["size"] == 0,
    "only links": lambda r: r["has_linked_file"] and any(f["name"] == "" for f in r["files"]),
    "25 files": lambda r: len(r["files"]) == 25,
    "two files of one name": lambda r: (
        len({f["name"] for f in r["files"]}) < len(r["files"]) and r.get("folder_structure")
    ),
    "a file of one byte": lambda r: any(f["size"] == 1 for f in r["files"]),
    "a file of three parts": lambda r: any(f["size"] == 23_561_500 for f in r["files"]),
    "no computed MD5": lambda r: any(f["size"] and f["computed_md5"] == "" for f in r["files"]),
    "no supplied MD5": lambda r: any(f["size"] and f["supplied_md5"] == "" for f in r["files"]),
    "publisher's dates": lambda r: (
        {"publisherPublication", "publisherAcceptance", "revision", "submission"} <= set(r["timeline"])
    ),
    "first online on a date only": lambda r: len(r["timeline"]["firstOnline"]) == 10,
    "the key set of 2016-2023": lambda r: "keywords" not in r and "mimetype" not in str(r["files"]),
    "four versions": lambda r: r["version"] == 4,
    "not to be downloaded": lambda r: r.get("download_disabled"),
    "no group": lambda r: r["group_id"] is None,
    "funding as text": lambda r: any(
        f["is_user_defined"] == 1 and f["funder_name"] is None and "url" not in f for f in r["funding_list"]
    ),
    "a grant with an address": lambda r: any(f["is_user_defined"] == 0 and "url" in f for f in r["funding_list"]),
    "a grant without an address": lambda r: any(
        f["is_user_defined"] == 0 and "url" not in f for f in r["funding_list"]
    ),
    "funding an empty text": lambda r: r["funding"] == "",
    "a custom field with a list": lambda r: any(isinstance(f["value"], list) for f in r["custom_fields"]),
    "a custom field left empty": lambda r: any(f["value"] == "" for f in r["custom_fields"]),
    "a resource": lambda r: r["resource_doi"] and r["resource_title"],
    "a resource of empty text": lambda r: r["resource_doi"] == "",
    "forty authors": lambda r: len(r["authors"]) == 40,
    "an author without a name in addresses": lambda r: any(p["url_name"] == "" for p in r["authors"]),
    "related materials": lambda r: {m["identifier_type"] for m in r.get("related_materials", [])} == {"DOI", "URL"},
    "a licence of institutions": lambda r: r["license"]["value"] == 12,
}


@pytest.mark.parametrize("name", ODD)
def test_odd_shapes_are_there(articles, name):
    assert any(ODD[name](record) for record in articles.values())


def test_people_of_one_name_and_licences_of_several(articles):
    names = {(p["full_name"], p["id"]) for record in articles.values() for p in record["authors"]}
    assert max(Counter(name for name, _ in names).values()) == 2
    assert len({record["license"]["name"] for record in articles.values() if record["license"]["value"] == 1}) == 3


# --- inputs of the workflows ----------------------------------------------------------------------


def test_the_export_has_200_rows_and_known_dois(articles):
    export = table("dimensions_export.json")
    assert len(export) == 200
    dois = [
        re.sub(r"^(https?://(dx\.)?doi\.org/|doi:\s*)", "", str((row or {}).get("doi") or "").strip().lower())
        for row in export
    ]
    dois = [doi for doi in dois if doi.startswith("10.")]
    assert len(dois) - len(set(dois)) == 3
    held = {record["resource_doi"] for record in articles.values() if record["resource_doi"]}
    assert len(held & set(dois)) == 8
    assert sum(not (row or {}).get("abstract") for row in export) > 10
    assert {"null"} <= {
        person["researcher_id"]
        for row in export
        if row and isinstance(row.get("authors"), list)
        for person in row["authors"]
    }


def test_outlines_and_aliases_cover_the_countries_of_the_statistics():
    atlas = table("countries-110m.json")
    outlines = {shape["properties"]["name"] for shape in atlas["objects"]["countries"]["geometries"]}
    aliases = {row["country"]: row["outline"] for row in rows("country_aliases.csv")}
    assert {name for name in aliases.values() if name} <= outlines
    assert not set(aliases) & outlines or all(aliases[name] == name for name in set(aliases) & outlines)
    counted = {row["country"] for row in rows("places.csv", DATA.parent / "local_figshare")}
    assert counted <= outlines | set(aliases)
