"""Writes the shipped catalogue: ``python -m data.making.make_catalogue [--out data]``, from the project's folder.

The script stands beside it so that anybody can see where every record comes from. It is
seeded, reads no clock, and writes the same bytes each time (``tests/server/test_catalogue.py`` proves it).
Ids and values that the workshop's texts print are in `special_items.py`, words in `vocabulary.py`.
Records have the shape of ``GET /articles/{id}`` as recorded in 2021-2026; the people, the titles and
the numbers are invented.
"""

from __future__ import annotations

import argparse
import csv
import json
import math
import shutil
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path
from random import Random

from data.making import communities, special_items
from data.making import vocabulary as words
from data.making.item_records import (
    API,
    LICENSES,
    Item,
    Place,
    author,
    first_file_id,
    older_shape,
    private_record,
    public_file,
    public_record,
    rng,
    slug,
    stamp,
)
from data.making.make_dimensions_export import make_export
from data.making.real_files import REAL_FILES

CLOCK = communities.CLOCK
DATA_FOLDER = Path(__file__).resolve().parents[1]

# Ids grow with time on figshare.com and, in another range, on the sandbox where `faber` lives.
FIGSHARE_IDS = (
    ("2011-12-01", 21_000),
    ("2012-06-27", 123_400),
    ("2013-08-05", 766_000),
    ("2014-08-15", 1_138_000),
    ("2015-12-20", 2_059_000),
    ("2017-11-20", 5_616_000),
    ("2018-12-20", 7_500_000),
    ("2020-11-20", 13_259_000),
    ("2022-05-05", 19_700_000),
    ("2023-06-15", 23_515_000),
    ("2024-06-20", 26_060_000),
    ("2025-12-05", 30_801_000),
    ("2026-01-15", 31_070_000),
)
FABER_IDS = (
    ("2018-01-10", 6_100_000),
    ("2021-03-01", 7_410_000),
    ("2023-02-14", 8_260_090),
    ("2023-04-10", 8_370_000),
    ("2026-01-15", 9_640_000),
)


def lower_first(text: str) -> str:
    """Writes a text for the middle of a sentence: in lower case, but for an abbreviation (EEG, NMR)."""
    return text if text[:2].isupper() else text[0].lower() + text[1:]


def upper_first(text: str) -> str:
    return text[0].upper() + text[1:]


def free_id(day: datetime, anchors: tuple, taken: set[int], chance: Random) -> int:
    """Returns a free id that fits the day: linear between anchors, with a little jitter."""
    points = [(datetime.fromisoformat(date), number) for date, number in anchors]
    before, after = next(pair for pair in pairwise(points) if day <= pair[1][0])
    share = max(0.0, (day - before[0]) / (after[0] - before[0]))
    number = before[1] + int((after[1] - before[1]) * share) + chance.randrange(60)
    while number in taken:
        number += 1
    taken.add(number)
    return number


# --- people -------------------------------------------------------------------------------------


def paired_names(chance: Random) -> list[tuple[str, str]]:
    """Returns every given name once, with a family name of the same tradition."""
    pairs = []
    for names in words.PEOPLE:
        given = chance.sample(names["given"], len(names["given"]))
        pairs += zip(given, chance.sample(names["family"] * 2, len(names["family"]) * 2), strict=False)
    return pairs


def drawn_names(chance: Random, count: int) -> list[tuple[str, str]]:
    traditions = chance.choices(words.PEOPLE, k=count)
    return [(chance.choice(names["given"]), chance.choice(names["family"])) for names in traditions]


def make_people(count: int = 250) -> list[dict]:
    """Makes authors from many countries; a third with ORCID, a quarter inactive, four names used twice."""
    chance = rng("people")
    names = list(dict.fromkeys([*paired_names(chance), *drawn_names(chance, 4 * count)]))[: count - 4]
    chance.shuffle(names)
    people = [
        author(97_600 + 173 * n, given, family, active=n % 4 != 3, with_orcid=n % 3 == 0)
        for n, (given, family) in enumerate(names)
    ]
    people += [
        author(97_600 + 173 * n + 40_000_000, p["first_name"], p["last_name"], active=n % 2 == 0)
        for n, p in enumerate(people[:16:4])
    ]
    people[5]["url_name"] = people[9]["url_name"] = ""
    return people


# --- the bulk -----------------------------------------------------------------------------------


def some_files(item_id: int, item_type: int, title: str, taken: set[int], chance: Random) -> list[dict]:
    """Makes one to five files whose names fit the kind of item, mostly 1 to 200 KB."""
    patterns = words.ITEM_TYPES[item_type][2]
    count = min(len(patterns), chance.choices((1, 2, 3, 4, 5), (50, 26, 14, 7, 3))[0])
    stem = "_".join(slug(title).lower().split("_")[:4])
    start = first_file_id(item_id)
    while any(start + 3 * n in taken for n in range(count)):
        start += 1
    taken.update(start + 3 * n for n in range(count))
    sizes = [int(math.exp(chance.uniform(math.log(1_000), math.log(200_000)))) for _ in range(count)]
    return [
        public_file(start + 3 * n, pattern.format(slug=stem), size)
        for n, (pattern, size) in enumerate(zip(patterns, sizes, strict=False))
    ]


class Maker:
    """What all items share: free ids, used titles, people, drafts, and categories."""

    def __init__(self, categories: list[dict]):
        self.categories = {  # by title; the present taxonomy (100) wins over the older ones
            row["title"]: row for row in sorted(categories, key=lambda row: (row["taxonomy_id"] == 100, -row["id"]))
        }
        self.categories_by_id = {row["id"]: row for row in categories}
        self.people = make_people()
        self.drafts: list[Item] = []
        self.taken = set(special_items.FIXED_IDS)
        self.taken_files = set(REAL_FILES)
        self.titles: set[str] = set()

    def authors(self, chance: Random, *first: dict, at_most: int = 6) -> list[dict]:
        """Returns the people who must be first, then colleagues; a few people write much, most write little."""
        count = chance.choices(range(1, at_most + 1), [30, 28, 20, 11, 7, 4][:at_most])[0]
        chosen = {person["id"]: person for person in first}
        while len(chosen) < count:
            person = self.people[int(len(self.people) * chance.random() ** 1.5)]
            chosen.setdefault(person["id"], person)
        return list(chosen.values())

    def title(self, item_type: int, discipline: words.Discipline, chance: Random) -> tuple[str, str, str, str]:
        """Returns a title that no item has yet, with its topic line, kind of measurement and setting."""
        for _ in range(200):
            topic, what, where = (
                chance.choice(part) for part in (discipline.topics, discipline.measures, discipline.settings)
            )
            title = compose_title(item_type, topic.split(" | ")[0], what, where, chance)
            if title not in self.titles:
                self.titles.add(title)
                return title, topic, what, where
        raise RuntimeError("The vocabulary is too small for so many titles.")

    def item(
        self,
        place: Place,
        published: datetime,
        chance: Random,
        *owners: dict,
        item_type: int | None = None,
        title: str | None = None,
        discipline: str | None = None,
        item_id: int | None = None,
    ) -> Item:
        """Makes a plausible public item of a place on a day; what is not given is drawn at random."""
        field = words.DISCIPLINES[discipline or chance.choice(place.disciplines or list(words.DISCIPLINES))]
        types = [1, 3, 6] if place.institution == "plos" else list(words.ITEM_TYPES)
        item_type = item_type or chance.choices(types, [words.ITEM_TYPES[k][1] for k in types])[0]
        created = published - timedelta(days=chance.choice((0, 0, 0, 0, 1, 3, 9, 20)), seconds=chance.randrange(3000))
        drawn_title, topic, what, where = self.title(item_type, field, chance)
        title = title or drawn_title
        anchors = FABER_IDS if place.institution == "faber" else FIGSHARE_IDS
        number = item_id or free_id(created, anchors, self.taken, chance)
        keywords = topic.split(" | ")[1].split("; ")
        item = Item(
            number,
            title,
            place,
            item_type,
            published=published,
            created=created,
            modified=last_change(published, chance),
            authors=self.authors(chance, *owners),
            tags=keywords,
            description=compose_text(item_type, topic.split(" | ")[0], what, where, field, chance),
            categories=[self.categories[name] for name in chance.sample(field.categories, chance.choice((1, 1, 2, 3)))],
            files=some_files(number, item_type, title, self.taken_files, chance),
            license=chance.choices((1, 2, 3, 6, 7, 12), (70, 14, 5, 2, 2, 7))[0],
        )
        add_extras(item, chance)
        return item


def last_change(published: datetime, chance: Random) -> datetime:
    """Returns when a record was last changed: for some weeks or a year after publication, for most at once."""
    touched = published + timedelta(days=chance.choice((0, 0, 0, 40, 400)), seconds=chance.randrange(2, 9))
    return touched if touched < CLOCK else published + timedelta(seconds=2)


def compose_title(item_type: int, topic: str, what: str, where: str, chance: Random) -> str:
    if item_type == 9:
        return f"{topic.split()[0].lower().strip(',')}kit: code for {lower_first(what)} on {topic} {where}"
    if item_type in (6, 8, 12, 13, 14, 18):
        return (
            f"{upper_first(topic)} {where}"
            if chance.random() < 0.5
            else f"{upper_first(topic)}: what {lower_first(what)} {where} show"
        )
    if item_type in (1, 2):
        return f"{what} of {topic} {where}"
    form = chance.choice(("{W} on {t} {s}", "{T} {s}: {w}", "Data from: {T} {s}", "{W} for a study of {t} {s}"))
    if item_type != 3 and form.startswith("Data"):
        form = "{T} {s}"
    return form.format(W=what, w=lower_first(what), T=upper_first(topic), t=topic, s=where)


def compose_text(item_type: int, topic: str, what: str, where: str, field: words.Discipline, chance: Random) -> str:
    """Writes three to five sentences: what it is, how it was made, how to use it."""
    kind = words.ITEM_TYPES[item_type][0]
    purpose = chance.choice(words.PURPOSES).format(
        kind=kind, what=lower_first(what), What=what, topic=topic, setting=where
    )
    sentences = [
        purpose,
        *chance.sample(field.methods, chance.choice((1, 2, 2, 3))),
        chance.choice(words.REUSE),
    ]
    if chance.random() < 0.15:
        return " ".join(sentences)  # some records hold plain text
    half = (len(sentences) + 1) // 2
    return f"<p>{' '.join(sentences[:half])}</p><p>{' '.join(sentences[half:])}</p>"


def add_extras(item: Item, chance: Random) -> None:
    """Adds funding, thumbnail, references, resource and custom fields, in the variety that records have."""
    item.funding, item.funding_list = funding(chance)
    if item.type in (1, 2, 5, 7) and item.files and chance.random() < 0.6:
        bucket = f"ppreviews-{item.place.institution or 'figshare'}-invented"
        item.thumb = f"https://s3-eu-west-1.amazonaws.com/{bucket}/{item.files[0]['id']}/thumb.png"
    if chance.random() < 0.25:
        add_paper(item, chance)
    if chance.random() < 0.2:
        link = f"https://github.com/example/{slug(item.title).lower()[:24].strip('_')}"
        item.references.append(link)
        item.related.append(related(item, link, "URL", "IsSupplementedBy" if item.type == 3 else "References"))
    if item.place.group_id in communities.CUSTOM_FIELDS and chance.random() < 0.8:
        item.custom_fields = [
            {"name": name, "value": custom_value(kind, options, chance)}
            for name, kind, _, options in communities.CUSTOM_FIELDS[item.place.group_id]
        ]
    if item.published.year >= 2025 and chance.random() < 0.5:
        item.timeline = {"posted": stamp(item.published, ""), "firstOnline": f"{item.published:%Y-%m-%d}"}
    if chance.random() < 0.03:
        item.description = ""
    elif chance.random() < words.MENTIONED_BY.get(item.place.institution, 0):
        item.description += f"<p>{chance.choice(words.MENTIONS)}</p>"
    if item.place.institution == "iastate" and chance.random() < 0.8:
        item.embargo_type = "file"  # most of its recorded items have this without any embargo


def add_paper(item: Item, chance: Random) -> None:
    """Adds the article that the item belongs to, as resource and among the related materials."""
    journal = chance.choice(("jfn", "asr", "oml", "rqm"))
    doi = f"10.5555/{journal}.{item.published.year}.{chance.randrange(1000, 9999)}"
    item.resource_doi, item.resource_title = doi, item.title.removeprefix("Data from: ")
    item.references.append(f"https://doi.org/{doi}")
    item.related.append(related(item, doi, "DOI", "IsSupplementTo", item.resource_title))


def related(item: Item, identifier: str, kind: str, relation: str, title: str = "") -> dict:
    link = f"https://doi.org/{identifier}" if kind == "DOI" else identifier
    return {
        "id": item.id % 900_000 + 100_000 + len(item.related),
        "identifier": identifier,
        "title": title,
        "relation": relation,
        "identifier_type": kind,
        "is_linkout": kind == "DOI",
        "link": link,
    }


def funding(chance: Random) -> tuple[str | None, list[dict]]:
    """Returns no funding, free text (user-defined), or one or two grants with and without an address."""
    shape = chance.choices(("none", "empty", "free", "grant", "two"), (50, 8, 18, 16, 8))[0]
    if shape in ("none", "empty"):
        return (None if shape == "none" else ""), []
    if shape == "free":
        text = chance.choice(words.FREE_FUNDING)
        return text, [
            {
                "id": 21_600_000 + chance.randrange(90_000),
                "title": text,
                "grant_code": "",
                "funder_name": None,
                "is_user_defined": 1,
            }
        ]
    grants = [grant(chance) for _ in range(2 if shape == "two" else 1)]
    return (None if chance.random() < 0.4 else "; ".join(g["title"] for g in grants)), grants


def grant(chance: Random) -> dict:
    funder = chance.choice(words.FUNDERS)
    number = chance.randrange(100_000, 999_999)
    found = {
        "id": 3_000_000 + number,
        "title": chance.choice(funder["titles"]),
        "grant_code": f"{funder['prefix']}{number}",
        "funder_name": funder["name"],
        "is_user_defined": 0,
    }
    return (
        found if chance.random() < 0.3 else {**found, "url": f"https://app.dimensions.ai/details/grant/grant.{number}"}
    )


def custom_value(kind: str, options: list[str], chance: Random) -> str | list[str]:
    if kind == "dropdown":
        return [] if chance.random() < 0.1 else [chance.choice(options)]
    if chance.random() < 0.25:
        return ""
    if kind == "date":
        return f"{chance.randrange(1881, 2019)}-{chance.randrange(1, 13):02d}-{chance.randrange(1, 29):02d}"
    return chance.choice(options)


def day_between(first: str, last: str, chance: Random) -> datetime:
    """Returns a moment of a working day between two days; a few are at weekends, as in life."""
    start, end = datetime.fromisoformat(first), datetime.fromisoformat(last)
    day = start + timedelta(days=int((end - start).days * chance.random() ** 0.8))
    if day.weekday() > 4 and chance.random() < 0.7:
        day -= timedelta(days=2)
    return day.replace(hour=chance.randrange(7, 20), minute=chance.randrange(60), second=chance.randrange(60))


def make_bulk(maker: Maker) -> list[Item]:
    """Makes the ordinary items of the catalogue: `count` for each place."""
    items = []
    for place in communities.PLACES:
        for n in range(place.count):
            chance = rng("bulk", place.institution, place.group_id, n)
            items.append(maker.item(place, day_between(place.first, place.last, chance), chance))
    return items


def make_themed(maker: Maker) -> list[Item]:
    """Makes items about frogs over the years, and items in one or both of the two humanities categories."""
    items = []
    for n, title in enumerate(words.FROG_TITLES):
        chance = rng("frog", n)
        place = communities.FROG_PLACES[n % len(communities.FROG_PLACES)]
        day = day_between(f"{2013 + n * 12 // 17}-02-01", f"{2013 + n * 12 // 17}-11-20", chance)
        kind = 9 if "package" in title else 5 if title.startswith("Poster") else 2 if "video" in title else 3
        item = maker.item(place, day, chance, item_type=kind, title=title, discipline="ecology")
        item.tags = ["frogs", "amphibians", *item.tags[:2]]
        item.description = (
            f"<p>{special_items.FROG_TEXTS[n % len(special_items.FROG_TEXTS)]}</p><p>{chance.choice(words.REUSE)}</p>"
        )
        items.append(item)
    for n, (title, letters) in enumerate(words.HUMANITIES_TITLES):
        chance = rng("humanities", n)
        place = communities.HUMANITIES_PLACES[n % 3]
        day = day_between(max("2014-01-10", place.first), "2025-10-30", chance)
        item = maker.item(
            place,
            day,
            chance,
            title=title,
            discipline="humanities",
            item_type=chance.choice((3, 3, 6, 7, 8, 18)),
        )
        item.categories = [maker.categories[special_items.HUMANITIES[letter]] for letter in letters] + item.categories[
            : n % 2
        ]
        items.append(item)
    return items


def version_days(item: Item, chance: Random) -> list[datetime]:
    """Returns when each version was published; the present version of an ordinary item moves to the last day."""
    days = item.version_dates or [item.published]
    while len(days) < item.version:
        days.append(
            min(
                days[-1] + timedelta(days=chance.randrange(30, 200), seconds=chance.randrange(9000)),
                CLOCK - timedelta(days=3),
            )
        )
    return days


def earlier_versions(item: Item, chance: Random) -> list[Item]:
    """Makes the versions before the present one: older dates, fewer files, another title for the oldest of many."""
    if item.version == 1:
        return []
    days = version_days(item, chance)
    item.published, item.first_online = days[-1], item.first_online or days[0]
    item.modified = max(item.modified, item.published + timedelta(seconds=2))
    if item.timeline:
        item.timeline = {**item.timeline, "posted": stamp(item.published, "")}
    older = [
        replace(
            item,
            version=n,
            published=day,
            modified=day + timedelta(seconds=3),
            files=item.files[:n],
            timeline=None,
        )
        for n, day in enumerate(days[:-1], 1)
    ]
    if item.version > 2:
        older[0].title = f"{item.title} (preliminary)"
    return older


# --- everything together ------------------------------------------------------------------------


def read_categories() -> list[dict]:
    """Reads the shipped categories: real ones as recorded, and the two rows named in ``data/README.md``."""
    with open(DATA_FOLDER / "categories.csv", encoding="utf-8", newline="") as file:
        return [
            {
                "id": int(row["id"]),
                "title": row["title"],
                "parent_id": int(row["parent_id"]),
                "path": row["path"],
                "source_id": row["source_id"],
                "taxonomy_id": int(row["taxonomy_id"]),
            }
            for row in csv.DictReader(file)
        ]


def make_catalogue() -> dict[str, object]:
    """Makes all files of the catalogue; returns their rows by name, ready to be written."""
    categories = read_categories()
    maker = Maker(categories)
    items = [*special_items.brief_items(maker), *special_items.odd_items(maker), *make_themed(maker), *make_bulk(maker)]
    for n, item in enumerate(items):
        if n % 14 == 3 and item.id not in special_items.FIXED_IDS and item.place.group_id != 21332:
            item.version = 2
    earlier = [older for item in items for older in earlier_versions(item, rng("versions", item.id))]
    accounts = communities.make_accounts(maker, items)
    drafts, reviews = communities.make_drafts_and_reviews(maker, items, accounts)
    records = sorted((finished(item) for item in items), key=lambda record: record["id"])
    return {
        "articles.jsonl": records,
        "versions.jsonl": sorted((finished(item) for item in earlier), key=lambda r: (r["id"], r["version"])),
        "drafts.jsonl": sorted((private_record(item, account) for item, account in drafts), key=lambda r: r["id"]),
        "totals.csv": [totals(item) for item in sorted(items, key=lambda item: item.id)],
        "institutions.json": communities.INSTITUTIONS,
        "groups.json": communities.group_rows(),
        "accounts.json": accounts,
        "collections.jsonl": communities.make_collections(maker, items),
        "projects.jsonl": communities.make_projects(maker, items),
        "reviews.json": reviews,
        "dimensions_export.json": make_export(maker.people, items),
        "licenses.json": [{"value": n, "name": name, "url": url} for n, (name, url) in LICENSES.items() if n < 12],
        "catalogue.json": {"title": "The workbook's own catalogue", "api_url": API, "clock": stamp(CLOCK)},
    }


def finished(item: Item) -> dict:
    return older_shape(public_record(item)) if item.older_shape else public_record(item)


def totals(item: Item) -> tuple[int, int, int, int]:
    """Returns views, downloads and shares: a few items have very many, older ones more; printed values stay."""
    if item.id in special_items.TOTALS:
        return (item.id, *special_items.TOTALS[item.id])
    chance = rng("totals", item.id)
    months = (CLOCK - item.published).days / 30.4
    views = int((12 + 5.5 * months) * math.exp(chance.gauss(0, 1.05)) * item.place.popularity)
    downloads = int(views * chance.uniform(0.05, 0.6)) if item.files else 0
    return item.id, views, downloads, int(views * chance.random() ** 3 * 0.04)


def write_catalogue(out: Path) -> None:
    """Writes all files into `out`; the categories, which are not made here, are copied from ``data/``."""
    (out / "files").mkdir(parents=True, exist_ok=True)
    for name, rows in make_catalogue().items():
        (out / name).write_text(encoded(name, rows), encoding="utf-8", newline="\n")
    for file_id, content in REAL_FILES.items():
        (out / "files" / str(file_id)).write_bytes(content)
    if out.resolve() != DATA_FOLDER:
        shutil.copyfile(DATA_FOLDER / "categories.csv", out / "categories.csv")


def encoded(name: str, rows: object) -> str:
    if name.endswith(".jsonl"):
        return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
    if name.endswith(".csv"):
        return "article_id,views,downloads,shares\n" + "".join(",".join(map(str, row)) + "\n" for row in rows)
    return json.dumps(rows, ensure_ascii=False, indent=1) + "\n"


def main() -> None:
    parser = argparse.ArgumentParser(description="Write the shipped catalogue of local Figshare.")
    parser.add_argument("--out", type=Path, default=DATA_FOLDER, help="folder to write into (default: data/)")
    write_catalogue(parser.parse_args().out)


if __name__ == "__main__":
    main()
