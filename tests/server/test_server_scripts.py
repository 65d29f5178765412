"""Searches in scripts without blanks between words: parts of titles, single signs, phrases, fields, mixed scripts."""

import json

import pytest
from server_site import RESEARCHER, ServerSite, assert_problem

TITLES = {
    1: "长江流域土壤微生物多样性数据集",
    2: "基于DNA测序的青蛙种群研究（第2版）",
    3: "江西省地图与地名",
    4: "東京都の気温データ、二〇二四年",
    5: "カエルの鳴き声ﾃﾞｰﾀ集",
    6: "한국의 논에 사는 개구리에 관한 자료",
    7: "ข้อมูลคุณภาพน้ำในแม่น้ำโขง",
    8: "ឯកសារ\u200bអំពី\u200bទន្លេ",
    9: "Soil moisture 土壤水分 of five fields",
    10: "Ｆｕｌｌ　ｗｉｄｔｈ ＣＯ２ measurements",
    11: "H₂O and CO₂ fluxes",
    12: "葛\U000e0100飾区の地図",
    13: "A plain English title about frogs",
    14: "江",
}


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    folder = tmp_path_factory.mktemp("scripts")
    records = [
        {
            "id": number,
            "title": title,
            "description": "",
            "defined_type": 3,
            "defined_type_name": "dataset",
            "tags": ["土壤", "微生物"] if number == 13 else [],
            "authors": [{"id": 5, "full_name": "王小明"}] if number == 3 else [],
            "published_date": "2024-05-06T07:08:09Z",
            "group_id": 81 if number == 7 else None,
        }
        for number, title in TITLES.items()
    ]
    (folder / "articles.jsonl").write_text(
        "".join(f"{json.dumps(record, ensure_ascii=number % 2 == 0)}\n" for number, record in enumerate(records)),
        encoding="utf-8",
    )
    (folder / "projects.jsonl").write_text(
        json.dumps({"id": 70, "title": "湿地两栖动物调查", "published_date": "2024-05-06T07:08:09Z", "articles": [6]})
        + "\n",
        encoding="utf-8",
    )
    (folder / "institutions.json").write_text(
        json.dumps([{"id": 800, "name": "東京沼沢大学", "string_id": "numa", "host": "numa.figshare.com"}]),
        encoding="utf-8",
    )
    (folder / "groups.json").write_text(
        json.dumps([{"id": 81, "name": "A group", "institution_id": 800}]), encoding="utf-8"
    )
    site = ServerSite(folder)
    yield site
    site.store.close()


def found(site, text):
    return {hit["id"] for hit in site.search(search_for=text, page_size=100)}


@pytest.mark.parametrize(
    "text, expected",
    [
        ("土壤", {1, 9, 13}),
        ("微生物", {1, 13}),
        ("多样性数据", {1}),
        ("长江", {1}),
        ("江西", {3}),
        ("数据集", {1}),
        ("长江流域土壤微生物多样性数据集", {1}),
        ("壤微", {1}),
        ("土微", set()),
        ("集长", set()),
        ("江", {1, 3, 14}),
        ("集", {1, 5}),
        ("名", {3}),
        ("长", {1}),
        ("龙", set()),
        ("地图", {3}),
        ("地図", {12}),
    ],
)
def test_any_part_of_a_chinese_title(site, text, expected):
    assert found(site, text) == expected


@pytest.mark.parametrize(
    "text, expected",
    [
        ("東京", {4}),
        ("気温", {4}),
        ("データ", {4, 5}),
        ("ﾃﾞｰﾀ", {4, 5}),
        ("デー", {4, 5}),
        ("ー", {4, 5}),
        ("カエルの鳴", {5}),
        ("鳴き声", {5}),
        ("二〇二四", {4}),
        ("葛飾", {12}),
        ("飾区", {12}),
        ("개구리", {6}),
        ("한국", {6}),
        ("국의", {6}),
        ("자", {6}),
        ("개구리에 관한", {6}),
        ("관한 개구리에", {6}),
        ("น้ำ", {7}),
        ("แม่น้ำโขง", {7}),
        ("คุณภาพ", {7}),
        ("น้า", set()),
        ("អំពី", {8}),
        ("សារអំ", {8}),
        ("ទន្លេ", {8}),
    ],
)
def test_parts_in_japanese_korean_thai_and_khmer(site, text, expected):
    assert found(site, text) == expected


@pytest.mark.parametrize(
    "text, expected",
    [
        ("DNA测序", {2}),
        ("基于DNA", {2}),
        ("ＤＮＡ", {2}),
        ("dna测序的青蛙", {2}),
        ("第2版", {2}),
        ("第2", {2}),
        ("2版", {2}),
        ("第3版", set()),
        ("moisture土壤", {9}),
        ("CO2", {10, 11}),
        ("ＣＯ２", {10, 11}),
        ("co₂", {10, 11}),
        ("full width", {10}),
        ("H2O", {11}),
        ("frog", {13}),
        ("frogs", {13}),
    ],
)
def test_mixed_scripts_and_forms_of_letters(site, text, expected):
    assert found(site, f'"{text}"') == expected


@pytest.mark.parametrize(
    "text, expected",
    [
        (":title: 土壤", {1, 9}),
        (":tag: 土壤", {13}),
        (":tags: '微生'", {13}),
        (":tag: 壤微", set()),
        (":author: 小明", {3}),
        (":author: 王", {3}),
        (":title: 小明", set()),
        ('"土壤水分 of five"', {9}),
        ('"moisture 土壤"', {9}),
        ('"土壤 of"', set()),
        (":title: (江西 OR 東京)", {3, 4}),
        (":title: 地图 AND :author: 王小明", {3}),
        ("江 AND NOT 长江", {3, 14}),
        (":title: 土壤 微生物", {1}),
        ("土壤 東京", {1, 4, 9, 13}),
        (":title: '青蛙种群'", {2}),
        ("。", set()),
        (":project: 两栖", {6}),
        (":institution: 沼沢", {7}),
        (":institution: 沼", {7}),
        ("（", set()),
        (":search_term: 江西省", {3}),
        ("土壤 AND 。", set()),
    ],
)
def test_fields_phrases_and_operators(site, text, expected):
    assert found(site, text) == expected


def test_what_is_written_is_found_by_its_parts_too(site):
    reply = site.ask("POST", "/account/articles", {"title": "池塘里的蝌蚪观察记录"}, RESEARCHER)
    article = reply.body["entity_id"]
    for text, expected in (("蝌蚪", True), ("蚪", True), ("观察记录", True), ("记察", False)):
        hits = site.ask("POST", "/account/articles/search", {"search_for": text}, RESEARCHER).body
        assert (article in {hit["id"] for hit in hits}) is expected, text
    site.ask("PUT", f"/account/articles/{article}", {"title": "没有了"}, RESEARCHER)
    assert site.ask("POST", "/account/articles/search", {"search_for": "蝌蚪"}, RESEARCHER).body == []


def test_odd_input_is_never_a_failure(site):
    for text in (
        "ั",
        "\u200b",
        "土\u200b",
        "﷽",
        "*土",
        '"土"*',
        "土*",
        "𠀀",
        "゛",
        "〇",
        "ー" * 500,
        "土" * 3000,
        "\ufdfa" * 50,
        ":title: ั",
        "'土'",
        "NOT 土",
        "ﾞ",
    ):
        assert site.ask("POST", "/articles/search", {"search_for": text}).status in (200, 400), text
    assert_problem(site.ask("POST", "/articles/search", {"search_for": '"土'}), 400, "quote")


def test_the_real_chinese_title_is_found(shared, tmp_path):
    lines = (shared / "odd" / "records.jsonl").read_text(encoding="utf-8").splitlines()
    record = next(json.loads(line) for line in lines if json.loads(line)["id"] == 31900006)
    (tmp_path / "articles.jsonl").write_text(json.dumps(record) + "\n", encoding="utf-8")
    site = ServerSite(tmp_path)
    for text in ("计算机", "学会", "推荐", "目", ":title: 期刊目录", '"目录中国"', record["title"]):
        assert found(site, text) == {31900006}, text
    assert found(site, "算计") == set()
    site.store.close()
