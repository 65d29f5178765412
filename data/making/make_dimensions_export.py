"""200 publications in the shape of a Dimensions export, odd rows included.

The shape follows public examples of the export. People and papers are invented, as are all
identifiers (`10.5555` is the prefix for test DOIs). Rows are ordinary but for those that `ODD_ROWS`
changes by number, so that tests and notebooks can name them.
"""

from __future__ import annotations

import calendar

from data.making import vocabulary as words
from data.making.communities import RESEARCHER
from data.making.item_records import Item, rng

SIZE = 200
TYPES = ("article", "article", "article", "article", "chapter", "proceeding", "preprint", "book", "monograph")
JOURNALS = {
    "jour.900101": "Journal of Field Notes",
    "jour.900102": "Annals of Small Rivers",
    "jour.900103": "Open Measurement Letters",
    "jour.900104": "Review of Quiet Methods",
}
AFFILIATIONS = (  # id, name, city, country, its code, state, its code
    ("grid.990001.1", "Faber University", "Fabersund", "Norway", "NO", None, None),
    ("grid.990002.2", "Iowa Institute of Fields", "Ames", "United States", "US", "Iowa", "US-IA"),
    ("grid.990003.3", "Universidad del Páramo", "Bogotá", "Colombia", "CO", None, None),
    ("grid.990004.4", "Institut für Gewässer", "Lübeck", "Germany", "DE", "Schleswig-Holstein", None),
    ("grid.990005.5", "Nairobi Centre for Data", "Nairobi", "Kenya", "KE", None, None),
    ("grid.990006.6", "Kyōto Weather College", "Kyoto", "Japan", "JP", None, None),
)
DIVISIONS = {
    "30": "Agricultural, Veterinary and Food Sciences",
    "31": "Biological Sciences",
    "32": "Biomedical and Clinical Sciences",
    "34": "Chemical Sciences",
    "37": "Earth Sciences",
    "38": "Economics",
    "39": "Education",
    "40": "Engineering",
    "43": "History, Heritage and Archaeology",
    "44": "Human Society",
    "46": "Information and Computing Sciences",
    "51": "Physical Sciences",
    "52": "Psychology",
}
FIELDS = {  # discipline -> group of the fields of research 2020
    "agronomy": "3004 Crop and Pasture Production",
    "animal": "3003 Animal Production",
    "ecology": "3103 Ecology",
    "plant": "3108 Plant Biology",
    "geoscience": "3705 Geology",
    "climate": "3701 Atmospheric Sciences",
    "chemistry": "3406 Physical Chemistry",
    "physics": "5104 Condensed Matter Physics",
    "medicine": "3202 Clinical Sciences",
    "neuroscience": "5204 Cognitive and Computational Psychology",
    "genomics": "3102 Bioinformatics and Computational Biology",
    "computing": "4612 Software Engineering",
    "engineering": "4005 Civil Engineering",
    "social": "4410 Sociology",
    "humanities": "4303 Historical Studies",
    "library": "4610 Library and Information Studies",
    "economics": "3801 Applied Economics",
    "education": "3903 Education Systems",
    "veterinary": "3009 Veterinary Sciences",
    "materials": "4016 Materials Engineering",
}


def make_export(people: list[dict], items: list[Item]) -> list[dict | None]:
    """Gives the export: `SIZE` rows, most of them ordinary."""
    used: set[str] = set()
    rows = [publication(n, people, used) for n in range(SIZE)]
    faber = [item for item in items if item.resource_doi and item.place.institution == "faber"]
    for n, item in zip(KNOWN_ROWS, sorted(faber, key=own_items_first), strict=False):
        rows[n]["doi"], rows[n]["title"] = item.resource_doi, item.resource_title
    for n, change in ODD_ROWS.items():
        rows[n] = change(rows[n], rows)
    return rows


def own_items_first(item: Item) -> tuple[bool, int]:
    """Returns the key by which items of the demonstration account come first: its token can update only those."""
    return item.owner != RESEARCHER, item.id


def publication(n: int, people: list[dict], used: set[str]) -> dict:
    """Makes an ordinary row."""
    chance = rng("harvest", n)
    name = chance.choice(sorted(words.DISCIPLINES))
    discipline = words.DISCIPLINES[name]
    topic, where = paper(discipline, used, chance)
    phrase, _, concepts = topic.partition(" | ")
    year, month = chance.randrange(2015, 2026), chance.randrange(1, 13)
    day = chance.randrange(1, calendar.monthrange(year, month)[1] + 1)
    journal = chance.choice(sorted(JOURNALS))
    doi = f"10.5555/harvest.{year}.{1000 + n * 37}"
    return {
        "id": f"pub.{1_100_000_000 + n * 104_729}",
        "title": f"{phrase[0].upper()}{phrase[1:]} {where}: {chance.choice(ENDINGS)}",
        "abstract": abstract(phrase, where, discipline, chance),
        "authors": [contributor(person, chance) for person in chance.sample(people, chance.choice((1, 2, 2, 3, 4, 6)))],
        "doi": doi,
        "date": f"{year}-{month:02d}-{day:02d}",
        "year": year,
        "type": chance.choice(TYPES),
        "category_for": fields_of(name),
        "concepts": [*concepts.split("; "), *chance.sample(CONCEPTS, 4)],
        "funders": [{"id": f"grid.99100{k}.{k}", "name": words.FUNDERS[k]["name"]} for k in chance.sample(range(8), 1)],
        "supporting_grant_ids": [f"grant.{chance.randrange(10**6, 10**7)}"] if chance.random() < 0.5 else [],
        "journal": {"id": journal, "title": JOURNALS[journal]},
        "publisher": chance.choice(("Quiet Press", "Society for Measurement", "University of the Marsh Press")),
        "linkout": f"https://publisher.example/{doi.rpartition('/')[2]}.pdf",
    }


ENDINGS = (
    "a field study", "evidence from ten years", "methods and first results", "a comparison",
    "what the archives say", "a reassessment", "lessons for practice", "a pilot study",
    "long-term trends", "a reply",
)  # fmt: skip
CONCEPTS = (
    "comparison", "data sharing", "experiment", "long-term study", "measurement", "model", "monitoring",
    "policy", "practice", "samples", "seasonality", "survey", "uncertainty", "validation",
)  # fmt: skip


def paper(discipline: words.Discipline, used: set[str], chance) -> tuple[str, str]:
    while True:
        topic, where = chance.choice(discipline.topics), chance.choice(discipline.settings)
        if topic + where not in used:
            used.add(topic + where)
            return topic, where


def abstract(phrase: str, where: str, discipline: words.Discipline, chance) -> str:
    return " ".join(
        (
            f"We studied {phrase} {where}.",
            *chance.sample(discipline.methods, 2),
            "The results and their limits are discussed.",
        )
    )


def fields_of(name: str) -> list[dict]:
    """Returns the division and the group, code first; the ids continue the recorded one (80003 for 32)."""
    group = FIELDS[name]
    division = group[:2]
    return [
        {"id": str(80_000 + int(division) - 29), "name": f"{division} {DIVISIONS[division]}"},
        {"id": str(80_030 + int(group[:4]) - 3000), "name": group},
    ]


def contributor(person: dict, chance) -> dict:
    grid, name, city, country, code, state, state_code = AFFILIATIONS[person["id"] % len(AFFILIATIONS)]
    raw = f"{name}, {city}, {country}"
    affiliation = {
        "id": grid, "name": name, "city": city, "city_id": 4_000_000 + len(city) * 991, "country": country,
        "country_code": code, "state": state, "state_code": state_code, "raw_affiliation": raw,
    }  # fmt: skip
    return {
        "first_name": person["first_name"],
        "last_name": person["last_name"],
        "orcid": [person["orcid_id"]] if person["orcid_id"] else [],
        "researcher_id": f"ur.0{person['id']}.{person['id'] % 90 + 10}" if chance.random() < 0.6 else "null",
        "corresponding": chance.random() < 0.3,
        "current_organization_id": grid,
        "raw_affiliation": [raw],
        "affiliations": [affiliation],
    }


# --- odd rows: number -> what is done to the row (and, for copies, to which other) ------------------


def without(*keys: str):
    return lambda row, rows: {key: value for key, value in row.items() if key not in keys}


def put(**values: object):
    return lambda row, rows: {**row, **values}


def doi_as(form: str):
    return lambda row, rows: {**row, "doi": form.format(doi=row["doi"], upper=row["doi"].upper())}


def titled(form: str):
    return lambda row, rows: {**row, "title": form.format(title=row["title"])}


def same_doi_as(other: int, form: str = "{}"):
    return lambda row, rows: {**row, "doi": form.format(rows[other]["doi"])}


def first_author(**values: object):
    return lambda row, rows: {**row, "authors": [{**row["authors"][0], **values}, *row["authors"][1:]]}


def with_sixty_authors(row: dict, rows: list[dict]) -> dict:
    """Returns the row with sixty authors, some of whom have the same name."""
    return {**row, "authors": [author for other in rows[100:160] if other for author in other["authors"][:1]]}


KNOWN_ROWS = (5, 33, 61, 77, 102, 118, 149, 171)  # their DOIs are in the catalogue already, as resource_doi
ODD_ROWS = {
    2: without("abstract"),
    9: without("abstract"),
    12: put(abstract=None),
    17: without("abstract"),
    21: put(abstract=""),
    38: without("abstract"),
    44: without("abstract"),
    66: without("abstract"),
    90: without("abstract"),
    131: without("abstract"),
    187: without("abstract"),
    14: put(abstract="<jats:p>The <jats:italic>abstract</jats:italic> came with its markup &amp; all.</jats:p>"),
    3: doi_as("https://doi.org/{doi}"),
    8: doi_as("doi:{doi}"),
    19: doi_as("{upper}"),
    27: doi_as("http://dx.doi.org/{doi}"),
    41: doi_as(" {doi} "),
    58: doi_as("DOI: {upper}"),
    63: without("doi"),
    64: put(doi=None),
    65: put(doi="not yet assigned"),
    10: put(date="2022-12"),
    16: put(date="2021"),
    24: put(date="2019-02"),
    30: without("date"),
    31: without("date", "year"),
    36: put(date="2022-13-40"),
    47: put(date=None, year=2018),
    40: put(type="other"),
    48: put(type="seminar"),
    56: put(type=None),
    59: without("type"),
    70: titled("<em>Hyla</em> &amp; others: {title}"),
    71: titled("=CONCAT of sources: {title}"),
    72: titled("{title}: 農業 и погода — “quoted”, 100\u00a0% ‘true’"),
    73: put(title="On <sup>14</sup>C and H<sub>2</sub>O in <b>peat</b>"),
    74: put(title="A very long title " + "that goes on and on " * 55),
    80: put(title="Ox"),
    81: put(title=""),
    82: without("title"),
    83: put(title=None),
    84: without("id"),
    85: lambda row, rows: None,
    86: put(authors="Harlow J, Pell S"),
    87: put(authors=None),
    88: without("authors"),
    89: put(authors=[]),
    94: first_author(first_name=None),
    95: first_author(last_name=""),
    96: first_author(orcid=["https://orcid.org/0004-0077-2894-4002"]),
    97: first_author(orcid=None, researcher_id=None),
    98: first_author(orcid=["0004-0077-2894-4003"]),  # its check character is wrong
    99: with_sixty_authors,
    110: without("category_for"),
    111: put(category_for=None),
    112: put(category_for=[{"id": "80999", "name": "99 A Field That Is Not There"}]),
    113: put(category_for=[{"id": "80003", "name": "32 Biomedical and Clinical Sciences"}]),
    120: without("concepts"),
    121: put(concepts=[]),
    125: put(funders=None, supporting_grant_ids=None),
    126: without("funders", "supporting_grant_ids"),
    133: without("journal", "publisher", "linkout"),
    134: put(journal=None),
    150: same_doi_as(20),
    151: same_doi_as(22, "https://doi.org/{}"),
    152: lambda row, rows: dict(rows[23]),
    153: lambda row, rows: {**row, "id": rows[25]["id"]},
    199: put(year=None, date="2026"),
}
