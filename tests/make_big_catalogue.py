"""Writes a data folder with many invented records, each of the size that real ones have (about 4.5 kB).

    python tests/make_big_catalogue.py FOLDER [--records 100000]

The same number of records always gives the same bytes. `tests/benchmarks/server_benchmark.py` serves such a folder;
small ones serve the tests.
"""

from __future__ import annotations

import argparse
import csv
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random

FIRST_ID, FIRST_FILE, FIRST_AUTHOR = 30_000_000, 50_000_000, 20_000_000
FIRST_DATE = datetime(2012, 1, 2, 9, 30, tzinfo=UTC)
CLOCK = datetime(2026, 1, 15, 12, tzinfo=UTC)


def _words(text: str) -> list[str]:
    return text.split()


INSTITUTIONS = [
    {
        "id": 701,
        "name": "Northfield University",
        "string_id": "northfield",
        "domain": "northfield.example",
        "host": "northfield.figshare.com",
        "portal_id": 701,
    },
    {
        "id": 702,
        "name": "Harbour Institute of Technology",
        "string_id": "harbour",
        "domain": "harbour.example",
        "host": "harbour.figshare.com",
        "portal_id": 702,
    },
    {
        "id": 703,
        "name": "College of the Lakes",
        "string_id": "lakes",
        "domain": "lakes.example",
        "host": "lakes.figshare.com",
        "portal_id": 703,
    },
]
TYPES = {
    1: "figure",
    3: "dataset",
    5: "poster",
    6: "journal contribution",
    7: "presentation",
    8: "thesis",
    9: "software",
    12: "preprint",
}
TYPE_WEIGHTS = [8, 50, 5, 15, 8, 6, 6, 2]
LICENCES = [
    {"value": 1, "name": "CC BY 4.0", "url": "https://creativecommons.org/licenses/by/4.0/"},
    {"value": 2, "name": "CC0", "url": "https://creativecommons.org/publicdomain/zero/1.0/"},
    {"value": 3, "name": "MIT", "url": "https://opensource.org/licenses/MIT"},
]
WORDS = _words("""
    acoustic adaptive aerosol algae analysis annual archive basin behaviour bird bridge calcium canopy carbon
    catalogue cell census chemical city climate coast cohort colony comparison concrete conductivity coral
    corpus crop crystal culture current database decision density diet digital discourse drainage drought
    dynamics early ecology economy education electron embryo energy engine enzyme error estimate evidence
    evolution experiment fabric family field film fire fish flood flow forest frog fungus galaxy gene glacier
    grain graph grass growth habitat harvest health heat history household image index infection insect
    interview island isotope kinetics labour lake landscape language larva laser learning lesion library
    light lipid literature magnetic map market measurement membrane memory metal method microbe migration
    mineral model moisture monitoring museum music network neural nitrogen nutrient ocean optical orbit
    oxygen particle pattern peptide phase plant plasma policy pollen polymer population pressure protein
    quality quantum radar rainfall reaction record recovery region response river robot rock sample satellite
    school season sediment seed sensor sequence signal simulation snow soil solar species spectrum stability
    statistics steel storm stream stress structure survey temperature theory thermal tissue transport tree
    tropical turbulence urban vaccine validation vegetation vessel village virus vision voice water wave
    weather wetland wind winter wood yield youth zone
""")
FIRST_NAMES = _words("Ada Bola Chen Dana Emil Fatima Goran Hana Ines Jonas Kofi Lena Mateo Nora Omar Priya")
LAST_NAMES = _words("""
    Abbott Bianchi Castro Dlamini Eriksson Fischer Garcia Haddad Ivanov Jansen Kimura Lindgren Moreau Nakamura
    Okafor Petrov Quinn Rossi Silva Tanaka Ueda Vargas Weber Xu Yilmaz Zhang
""")


class RecordMaker:
    """Invents records; the same number of them is the same in every run."""

    def __init__(self, count: int):
        self.count = count
        self.random = Random(count)
        self.people = [self._person(n) for n in range(max(count // 3, 5))]
        self.groups = [group for institution in INSTITUTIONS for group in self._groups(institution)]
        self.categories = [
            {
                "id": 24000 + n,
                "title": f"{WORDS[n].title()} {WORDS[-n - 1]} studies",
                "parent_id": 23999,
                "path": f"/23999/{24000 + n}",
                "source_id": f"{300000 + n}",
                "taxonomy_id": 100,
            }
            for n in range(60)
        ]

    def _person(self, number: int) -> dict:
        first, last = self.random.choice(FIRST_NAMES), self.random.choice(LAST_NAMES)
        digits = f"{number:07d}"
        return {
            "id": FIRST_AUTHOR + number,
            "full_name": f"{first} {last}",
            "first_name": first,
            "last_name": last,
            "is_active": number % 4 == 0,
            "url_name": f"{first}_{last}",
            "orcid_id": f"0000-0001-{digits[:4]}-{digits[4:]}0" if number % 3 == 0 else "",
        }

    def _groups(self, institution: dict) -> list[dict]:
        """Gives the groups of an institution: one at the top and nineteen below it."""
        top = institution["id"] * 100
        return [
            {
                "id": top + n,
                "name": institution["name"] if n == 0 else f"{WORDS[n].title()} group",
                "resource_id": "",
                "parent_id": top if n else 0,
                "association_criteria": "",
                "upload_access": "All Users",
                "institution_id": institution["id"],
                "curation": False,
                "custom_fields": [],
            }
            for n in range(20)
        ]

    def text(self, words: int) -> str:
        return " ".join(self.random.choices(WORDS, k=words))

    def record(self, number: int) -> dict:
        """Gives a public record with all keys that a full record has."""
        random = self.random
        item_id = FIRST_ID + number
        group = random.choice(self.groups)
        institution = next(row for row in INSTITUTIONS if row["id"] == group["institution_id"])
        span = int((CLOCK - FIRST_DATE).total_seconds()) - 86400
        posted = FIRST_DATE + timedelta(seconds=int(span * (number + 1) / (self.count + 1)))
        date = posted.strftime("%Y-%m-%dT%H:%M:%S")
        kind = random.choices(list(TYPES), TYPE_WEIGHTS)[0]
        title = self.text(8).capitalize()
        slug = f"{TYPES[kind].replace(' ', '_')}/{title.replace(' ', '_')}/{item_id}"
        page, api = f"https://{institution['host']}/articles/{slug}", "https://api.figshare.com/v2"
        authors = [random.choice(self.people) for _ in range(random.randint(1, 5))]
        authors = list({author["id"]: author for author in authors}.values())
        tags = sorted(set(random.choices(WORDS, k=5)))
        doi = f"10.70112/{institution['string_id']}.{item_id}.v1"
        files = [self._file(item_id, n) for n in range(random.randint(1, 3))]
        paragraphs = "".join(f"<p>{self.text(70).capitalize()}.</p>" for _ in range(2))
        return {
            "files": files,
            "folder_structure": {},
            "authors": authors,
            "custom_fields": [],
            "figshare_url": page,
            "download_disabled": False,
            "description": paragraphs,
            "funding": None,
            "funding_list": [],
            "version": 1,
            "status": "public",
            "size": sum(file["size"] for file in files),
            "created_date": f"{date}Z",
            "modified_date": f"{date}Z",
            "is_public": True,
            "is_confidential": False,
            "is_metadata_record": False,
            "confidential_reason": "",
            "metadata_reason": "",
            "license": random.choice(LICENCES),
            "tags": tags,
            "keywords": tags,
            "categories": random.sample(self.categories, 2),
            "references": [],
            "has_linked_file": False,
            "citation": f"{authors[0]['last_name']}, {authors[0]['first_name']} ({posted.year}). {title}. "
            f"{institution['name']}. https://doi.org/{doi}",
            "related_materials": [],
            "is_embargoed": False,
            "embargo_date": None,
            "embargo_type": None,
            "embargo_title": "",
            "embargo_reason": "",
            "embargo_options": [],
            "id": item_id,
            "title": title,
            "doi": doi,
            "handle": "",
            "url": f"{api}/articles/{item_id}",
            "published_date": f"{date}Z",
            "thumb": "",
            "defined_type": kind,
            "defined_type_name": TYPES[kind],
            "group_id": group["id"],
            "url_private_api": f"{api}/account/articles/{item_id}",
            "url_public_api": f"{api}/articles/{item_id}",
            "url_private_html": f"https://figshare.com/account/articles/{item_id}",
            "url_public_html": page,
            "timeline": {"posted": date, "firstOnline": date},
            "resource_title": None,
            "resource_doi": None,
        }

    def _file(self, item_id: int, number: int) -> dict:
        file_id = FIRST_FILE + (item_id - FIRST_ID) * 4 + number
        md5 = f"{self.random.getrandbits(128):032x}"
        return {
            "id": file_id,
            "name": f"{self.text(2).replace(' ', '_')}.csv",
            "size": self.random.randint(200, 5_000_000),
            "is_link_only": False,
            "download_url": f"https://ndownloader.figshare.com/files/{file_id}",
            "supplied_md5": md5,
            "computed_md5": md5,
            "mimetype": "text/csv",
        }

    def totals(self) -> tuple[int, int, int]:
        """Gives views, downloads and shares of an item; most items have a few, some have many."""
        views = int(self.random.lognormvariate(4.5, 1.1))
        downloads = int(views * self.random.uniform(0.05, 0.6))
        return views, downloads, int(downloads * self.random.uniform(0, 0.1))


def make_data_folder(folder: str | Path, records: int = 100_000) -> Path:
    """Writes a data folder.

    Args:
        folder: Where; it is made if need be.
        records: How many public items.

    Returns:
        The folder.
    """
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    maker = RecordMaker(records)
    with (folder / "articles.jsonl").open("w", encoding="utf-8") as lines:
        for number in range(records):
            lines.write(json.dumps(maker.record(number), ensure_ascii=False) + "\n")
    with (folder / "totals.csv").open("w", encoding="utf-8", newline="") as file:
        rows = csv.writer(file, lineterminator="\n")
        rows.writerow(["article_id", "views", "downloads", "shares"])
        rows.writerows([FIRST_ID + number, *maker.totals()] for number in range(records))
    _write_json(folder / "institutions.json", INSTITUTIONS)
    _write_json(folder / "groups.json", maker.groups)
    clock = CLOCK.strftime("%Y-%m-%dT%H:%M:%SZ")
    _write_json(folder / "catalogue.json", {"clock": clock, "title": "Big catalogue"})
    _write_rows(folder / "categories.csv", maker.categories)
    return folder


def _write_json(path: Path, value: object) -> None:
    path.write_text(json.dumps(value, indent=1) + "\n", encoding="utf-8")


def _write_rows(path: Path, rows: list[dict]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder")
    parser.add_argument("--records", type=int, default=100_000)
    options = parser.parse_args()
    print(make_data_folder(options.folder, options.records))


if __name__ == "__main__":
    main()
