"""Institutions, groups, accounts, and what belongs to them: drafts, reviews, collections, projects.

Group ids of Iowa State are those met in recorded data of 2022; their names, parents and rules, the
people and everything else are invented.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from data.making import vocabulary as words
from data.making.item_records import API, Item, Place, author, rng, slug, stamp

CLOCK = datetime(2026, 1, 15, 12)

INSTITUTIONS = [
    {
        "id": 319,
        "name": "Iowa State University",
        "string_id": "iastate",
        "domain": "iastate.edu",
        "host": "iastate.figshare.com",
        "portal_id": 319,
    },
    {
        "id": 861,
        "name": "Faber University",
        "string_id": "faber",
        "domain": "faber.example",
        "host": "faber.figshare.com",
        "portal_id": 861,
    },
    {
        "id": 744,
        "name": "Team University",
        "string_id": "team",
        "domain": "team.example",
        "host": "team.figshare.com",
        "portal_id": 744,
    },
    {
        "id": 5,
        "name": "PLOS",
        "string_id": "plos",
        "domain": "plos.example",
        "host": "plos.figshare.com",
        "portal_id": 5,
        "publisher": True,
    },
]
IDS = {row["string_id"]: row["id"] for row in INSTITUTIONS}
DOIS = {
    "iastate": "10.25380/iastate.{id}.v{version}",
    "faber": "10.0166/FK2.stagefigshareare.{id}",
    "team": "10.5072/team.{id}.v{version}",
    "plos": "10.5555/pone.{id}",
    "": "10.6084/m9.figshare.{id}.v{version}",
}
LICENSE_NAMES = {"team": {1: "CC BY", 2: "CC-0"}, "faber": {1: "CC-BY", 2: "CC0"}}

# institution, id, parent, name, association criteria, curated?, public items drawn, disciplines
GROUPS = (
    ("iastate", 11953, 0, "Iowa State University", "", False, 0, ""),
    ("iastate", 11962, 11953, "Agriculture", "AG", False, 16, "agronomy animal"),
    ("iastate", 11956, 11962, "Agronomy", "AGRON", False, 18, "agronomy"),
    ("iastate", 11959, 11956, "Prairie Strips Project", "", False, 7, "agronomy ecology"),
    ("iastate", 11965, 11962, "Animal Science", "ANS", False, 12, "animal"),
    ("iastate", 11968, 11962, "Natural Resource Ecology and Management", "NREM", False, 12, "ecology"),
    ("iastate", 13357, 11968, "Wildlife Ecology Laboratory", "", False, 8, "ecology"),
    ("iastate", 36958, 13357, "Field Station Collections", "", True, 9, "ecology"),
    ("iastate", 11971, 11962, "Rural Sociology", "RSOC", False, 0, "social"),
    ("iastate", 11977, 11962, "Plant Pathology and Microbiology", "PLP", False, 8, "plant"),
    ("iastate", 12007, 11953, "Business", "BUS", False, 7, "economics"),
    ("iastate", 11983, 11953, "Design", "DSN", False, 5, "humanities social"),
    ("iastate", 12067, 11953, "Engineering", "ENG", False, 18, "engineering materials"),
    ("iastate", 12022, 12067, "Mechanical Engineering", "ME", False, 7, "engineering materials"),
    (
        "iastate",
        12034,
        12067,
        "Civil, Construction and Environmental Engineering",
        "CCEE",
        False,
        7,
        "engineering",
    ),
    ("iastate", 12076, 11953, "Liberal Arts and Sciences", "LAS", False, 12, "genomics social neuroscience"),
    ("iastate", 12073, 12076, "Physics and Astronomy", "PHYS", False, 7, "physics"),
    ("iastate", 13348, 12076, "Chemistry", "CHEM", False, 7, "chemistry"),
    ("iastate", 12094, 11953, "Veterinary Medicine", "VM", False, 10, "veterinary"),
    ("iastate", 13377, 11953, "University Library", "LIB", True, 8, "library computing"),
    ("iastate", 33092, 13377, "Collections and Licensing", "", False, 5, "library economics"),
    ("faber", 9991, 0, "Faber University", "", False, 22, ""),
    ("faber", 9993, 9991, "Faculty of Science", "SCI", False, 14, "physics chemistry neuroscience genomics"),
    ("faber", 9995, 9991, "Faculty of Arts", "ART", False, 10, "humanities social education"),
    ("faber", 9997, 9995, "Museum Studies", "MUS", False, 0, "humanities"),
    ("faber", 9999, 9991, "Curated Collections", "CUR", True, 6, "library humanities"),
    ("team", 21330, 0, "Team University", "", False, 6, ""),
    ("team", 21332, 21330, "Faculty of Health Sciences", "HS", False, 30, "medicine neuroscience"),
    ("team", 21334, 21332, "School of Public Health", "PH", False, 12, "medicine social"),
    ("team", 21336, 21332, "Sleep Laboratory", "", False, 6, "neuroscience medicine"),
    ("team", 21338, 21330, "Faculty of Earth Sciences", "ES", False, 16, "geoscience climate"),
    ("plos", 107, 0, "PLOS ONE", "", False, 38, "medicine genomics ecology plant neuroscience"),
)
YEARS = {
    "iastate": ("2016-02-01", "2025-12-19"),
    "faber": ("2020-02-03", "2025-12-12"),
    "team": ("2015-03-02", "2025-12-05"),
    "plos": ("2012-02-01", "2018-11-30"),
}
GROUP_YEARS = {
    21332: ("2016-01-11", "2019-11-29")
}  # all there before 2020, so that every month of the example has views

CUSTOM_FIELDS = {  # group -> name, type, mandatory, options (of a dropdown) or values that people enter
    11962: (
        ("Project code", "text", False, ["AG-114", "AG-2207", "AG-390"]),
        ("Commodity", "dropdown", False, ["Maize", "Soybean", "Swine", "None"]),
    ),
    36958: (
        ("Collector", "text", False, ["B. Shimek", "unknown", "Summer class"]),
        ("Date collected", "date", False, []),
        ("Sex", "dropdown", False, ["Male", "Female", "Unknown"]),
        ("County", "text", False, ["Dickinson County", "Louisa County", "Clay County"]),
        (
            "Label notes",
            "textarea",
            False,
            ["Wing 3.75 in | tail 2.9 in", "Found dead at window", "Label faded"],
        ),
    ),
    13377: (
        ("Data steward", "text", True, ["Megan Norwood", "Pär Nygård"]),
        ("Retention", "dropdown", True, ["10 years", "20 years", "Permanent"]),
        ("Ticket", "url", False, ["https://tickets.example/1204", "https://tickets.example/77"]),
    ),
    21332: (
        ("Ethics approval", "text", True, ["HS-2015-031", "HS-2016-118", "not needed"]),
        ("Population", "dropdown", False, ["Adults", "Children", "Patients"]),
    ),
    9991: (
        ("Department", "dropdown", False, ["Biology", "Chemistry", "History", "Library"]),
        ("Contact e-mail", "email", False, ["data@faber.example", "office@faber.example"]),
    ),
    9999: (
        ("Rights cleared", "dropdown", True, ["Yes", "No", "Not needed"]),
        ("Shelfmark", "text", False, ["MS 114", "Box 3/27", "P.1889.4"]),
    ),
}


def place_of(row: tuple) -> Place:
    institution, group_id, _, _, _, _, count, disciplines = row
    details = next(entry for entry in INSTITUTIONS if entry["string_id"] == institution)
    first, last = GROUP_YEARS.get(group_id, YEARS[institution])
    label = "PLOS ONE" if institution == "plos" else details["name"]
    return Place(
        institution,
        group_id,
        details["host"],
        label,
        DOIS[institution],
        LICENSE_NAMES.get(institution, {}),
        count,
        first,
        last,
        tuple(disciplines.split()),
        popularity=4.0 if group_id == 21332 else 1.0,
    )


BY_GROUP = {row[1]: place_of(row) for row in GROUPS}
FIGSHARE = Place("", None, "figshare.com", "figshare", DOIS[""], count=168, first="2012-01-16", popularity=1.6)
PLACES = (*BY_GROUP.values(), FIGSHARE)
FROG_PLACES = (FIGSHARE, BY_GROUP[11968], FIGSHARE, BY_GROUP[107], BY_GROUP[13357])
HUMANITIES_PLACES = (FIGSHARE, BY_GROUP[9995], BY_GROUP[11983])


def group_rows() -> list[dict]:
    """Returns the rows of groups.json: the trees, with the rules for custom fields and review."""
    return [
        {
            "id": group_id,
            "name": name,
            "resource_id": criteria.lower(),
            "parent_id": parent,
            "association_criteria": criteria,
            "upload_access": "Admin Only" if parent == 0 and institution == "plos" else "All Users",
            "institution_id": IDS[institution],
            "curation": curated,
            "custom_fields": field_rows(group_id),
        }
        for institution, group_id, parent, name, criteria, curated, _, _ in GROUPS
    ]


def field_rows(group_id: int) -> list[dict]:
    return [
        {
            "id": group_id * 10 + order,
            "name": name,
            "field_type": kind,
            "is_mandatory": mandatory,
            "settings": {"options": options, "is_multiple": False}
            if kind == "dropdown"
            else {"placeholder": f"Enter {name.lower()}"},
            "order": order,
        }
        for order, (name, kind, mandatory, options) in enumerate(CUSTOM_FIELDS.get(group_id, ()), 1)
    ]


# --- accounts -----------------------------------------------------------------------------------

RESEARCHER, ADMIN, FABER_ADMIN = 1_490_011, 1_490_001, 1_490_002
RESEARCHER_AUTHOR = author(1_491_011, "Maren", "Holt")
STAFF = (("iastate", 14), ("faber", 8), ("team", 12))
PARTICIPANTS = 30
TOP_GROUP = {"iastate": 11953, "faber": 9991, "team": 21330}
ROLE_NAMES = {2: "Admin", 11: "Group association", 49: "Reviewer"}


def account(account_id: int, person: dict, institution: str, group_id: int, **more: object) -> dict:
    login = f"{person['first_name'][0]}{person['last_name']}".lower().replace(" ", "")
    login = "".join(letter for letter in login if letter.isascii() and letter.isalnum()) + str(account_id)[-3:]
    roles = {str(group_id): [role(11)]}
    return {
        "id": account_id,
        "first_name": person["first_name"],
        "last_name": person["last_name"],
        "institution_id": IDS[institution],
        "email": f"{login}@{institution}.example",
        "active": 1,
        "institution_user_id": login,
        "quota": 21_474_836_480,
        "used_quota": 0,
        "user_id": person["id"],
        "orcid_id": person["orcid_id"],
        "symplectic_user_id": login.upper() if account_id % 3 == 0 else "",
        "group_id": group_id,
        "is_admin": False,
        "roles": roles,
        "articles": [],
        "collections": [],
        "projects": [],
        **more,
    }


def role(role_id: int) -> dict:
    return {
        "id": role_id,
        "name": ROLE_NAMES[role_id],
        "category": "institution" if role_id == 2 else "group",
    }


def make_accounts(maker, items: list[Item]) -> list[dict]:
    """Makes the staff with the items they own, the demonstration accounts, and the thirty seats of a workshop."""
    accounts = [
        administrator(ADMIN, author(1_491_001, "Priscilla", "Vance"), "iastate", "local-admin"),
        administrator(FABER_ADMIN, author(1_491_002, "Ottokar", "Lindqvist"), "faber", "local-faber-admin"),
        account(RESEARCHER, RESEARCHER_AUTHOR, "faber", 9991, token="local-researcher"),
    ]
    active = [person for person in maker.people if person["is_active"]]
    start = 0
    for institution, count in STAFF:
        groups = [row[1] for row in GROUPS if row[0] == institution and row[2] != 0]
        for n in range(count):
            person = active[7 + start * 4]
            accounts.append(
                account(1_490_100 + start * 7, person, institution, groups[n % len(groups)], active=int(n != 5))
            )
            start += 1
    accounts += [participant(n) for n in range(1, PARTICIPANTS + 1)]
    make_reviewers(accounts)
    give_items(accounts, items)
    give_collections(accounts)
    return accounts


def administrator(account_id: int, person: dict, institution: str, token: str) -> dict:
    top = TOP_GROUP[institution]
    return account(
        account_id,
        person,
        institution,
        top,
        token=token,
        is_admin=True,
        roles={str(top): [role(2), role(11)]},
    )


def participant(n: int) -> dict:
    person = author(1_492_000 + n, "Participant", f"{n:02d}", with_orcid=False)
    return account(
        1_490_500 + n,
        person,
        "faber",
        9991,
        token=f"local-participant-{n:02d}",
        email=f"participant{n:02d}@faber.example",
        institution_user_id=f"participant{n:02d}",
    )


def make_reviewers(accounts: list[dict]) -> None:
    """Makes two members of staff the reviewers of each curated group of their institution."""
    for institution, group_id, _, _, _, curated, _, _ in GROUPS:
        staff = [row for row in accounts if row["institution_id"] == IDS[institution] and not row.get("token")]
        for row in staff[:2] if curated else ():
            row["roles"].setdefault(str(group_id), []).append(role(49))


def give_items(accounts: list[dict], items: list[Item]) -> None:
    """Gives each item of an institution to an account there, and adds the owner to its authors."""
    by_id = {row["id"]: row for row in accounts}
    for item in sorted(items, key=lambda item: item.id):
        staff = [
            row for row in accounts if row["institution_id"] == IDS.get(item.place.institution) and not row.get("token")
        ]
        if item.owner is None and staff:
            owner = staff[int(len(staff) * rng("owner", item.id).random() ** 1.5)]
            item.owner = owner["id"]
            if all(person["id"] != owner["user_id"] for person in item.authors):
                item.authors = [*item.authors, author_of(owner)]
        if item.owner:
            by_id[item.owner]["articles"].append(item.id)
            by_id[item.owner]["used_quota"] += sum(file["size"] for file in item.files)


def give_collections(accounts: list[dict]) -> None:
    """Gives the researcher their own collections and projects; the others go to the first member of staff."""
    for kind, table in (("collections", COLLECTIONS), ("projects", PROJECTS)):
        for number, _, group_id, _, what in table:
            institution = BY_GROUP[group_id].institution if group_id else ""
            staff = [row for row in accounts if row["institution_id"] == IDS.get(institution) and not row.get("token")]
            owners = [row for row in accounts if row["id"] == RESEARCHER] if what == "researcher" else staff[:1]
            for owner in owners:
                owner[kind].append(number)


def author_of(row: dict) -> dict:
    """Returns the author that an account is, with the ORCID of the account."""
    return {**author(row["user_id"], row["first_name"], row["last_name"]), "orcid_id": row["orcid_id"]}


# --- drafts and reviews -------------------------------------------------------------------------

# institution's group, how many reviews of each status
REVIEWS = (
    (36958, {"pending": 9, "rejected": 2, "closed": 1, "approved": 3}),
    (13377, {"pending": 5, "rejected": 1, "closed": 1, "approved": 2}),
    (9999, {"pending": 3, "rejected": 1, "approved": 1}),
)
COMMENTS = {
    "pending": "Thank you, I will look at this in the next days.",
    "rejected": "Please add a README that explains the columns.",
    "closed": "Closed at the depositor's request.",
    "approved": "Well described, approved.",
}


def make_drafts_and_reviews(
    maker, items: list[Item], accounts: list[dict]
) -> tuple[list[tuple[Item, int]], list[dict]]:
    """Makes private items, and the reviews that some of them (and some public ones) went through."""
    drafts = [(item, item.owner) for item in maker.drafts]
    reviews = []
    for group_id, wanted in REVIEWS:
        place = BY_GROUP[group_id]
        staff = [row for row in accounts if row["institution_id"] == IDS[place.institution] and not row.get("token")]
        public = [item for item in items if item.place.group_id == group_id]
        for status, count in wanted.items():
            for n in range(count):
                chance = rng("review", group_id, status, n)
                day = CLOCK - timedelta(
                    days=chance.randrange(1, 90) if status == "pending" else chance.randrange(40, 400),
                    minutes=chance.randrange(600),
                )
                if status == "approved":
                    item = public[n]
                    day = item.published - timedelta(days=4)
                else:
                    item = private_item(maker, place, day, chance, staff, status)
                    drafts.append((item, item.owner))
                reviews.append(review(len(reviews), item, status, day, chance, staff))
    slides = next(item for item, _ in drafts if item.id == 8260098)
    staff = [row for row in accounts if row["institution_id"] == IDS["faber"] and not row.get("token")]
    slides.curation_status = "pending"
    reviews.append(
        review(len(reviews), slides, "pending", datetime(2025, 12, 18, 9, 30), rng("review", "slides"), staff)
    )
    used = {row["id"]: row for row in accounts}
    for item, owner in drafts:
        used[owner]["used_quota"] += sum(file["size"] for file in item.files)
    return drafts, reviews


def private_item(maker, place: Place, day: datetime, chance, staff: list[dict], status: str) -> Item:
    """Makes a complete item that waits (or waited) for review."""
    owner = chance.choice(staff)
    item = maker.item(place, day, chance, author_of(owner))
    return replace(
        item,
        published=None,
        created=day - timedelta(days=2),
        modified=day,
        doi="",
        status="private",
        version=0,
        thumb="",
        timeline={},
        owner=owner["id"],
        curation_status=status if status != "closed" else None,
    )


def review(n: int, item: Item, status: str, day: datetime, chance, staff: list[dict]) -> dict:
    done = None if status == "pending" else day + timedelta(days=chance.randrange(1, 12), hours=2)
    texts = [COMMENTS[status]] if status != "pending" or chance.random() < 0.4 else []
    reviewer = staff[n % 2]["id"]
    return {
        "id": 540_100 + 13 * n,
        "group_id": item.place.group_id,
        "account_id": item.owner,
        "assigned_to": reviewer if texts else 0,
        "article_id": item.id,
        "version": max(1, item.version) if status == "approved" else 1,
        "comments_count": len(texts),
        "status": status,
        "created_date": stamp(day),
        "modified_date": stamp(done or day),
        "request_number": chance.choice((1, 1, 1, 2)),
        "resolution_comment": texts[0] if done else "",
        "review_date": stamp(done, "") if done else None,
        "comments": [
            {
                "id": 881_000 + 13 * n,
                "account_id": reviewer,
                "type": status if done else "comment",
                "text": text,
                "created_date": stamp(done or day + timedelta(hours=20)),
                "modified_date": stamp(done or day + timedelta(hours=20)),
            }
            for text in texts
        ],
    }


# --- collections and projects -------------------------------------------------------------------

COLLECTIONS = (  # id, title, place's group (None: figshare.com), articles, what to take
    (4012871, "Frogs, toads and their ponds", None, 16, "frog"),
    (4418026, "Working landscapes of Iowa", 11962, 40, "iastate"),
    (4820113, "Health at night: shift work and sleep", 21332, 14, "21332"),
    (5101224, "Supplementary material of small rivers", None, 9, "figshare"),
    (5233307, "Open teaching material for first-year laboratories", 9993, 7, "faber"),
    (5342218, "Environmental humanities reader", None, 10, "humanities"),
    (5480559, "Field station specimens, first instalment", 36958, 8, "36958"),
    (5517640, "Posters of the data librarians' meeting", None, 6, "figshare"),
    (5600271, "Engineering test data with README files", 12067, 12, "12067"),
    (5716632, "Vet school reference cases", 12094, 9, "12094"),
    (5822943, "Ant behaviour and navigation", 9991, 4, "researcher"),
    (6011214, "Earth science field courses", 21338, 11, "21338"),
    (6204575, "Research software with tests", None, 8, "software"),
    (6377186, "Maps, plans and photographs", 9995, 5, "9995"),
    (6502997, "A collection with one item", None, 1, "figshare"),
)
PROJECTS = (  # id, title, group, articles, what to take
    (90114, "Frog monitoring by volunteers", None, 10, "frog"),
    (94230, "Prairie strips and the farms around them", 11956, 12, "11956"),
    (98761, "Shift work and the heart", 21332, 9, "21332"),
    (103305, "Reading the weather in old diaries", None, 7, "humanities"),
    (117842, "Ant trails in the laboratory", 9991, 3, "researcher"),
    (129977, "Repository reporting working group", 13377, 5, "13377"),
    (140058, "Low-cost sensors in classrooms", None, 6, "figshare"),
    (151216, "Lake sediments of the south", 21338, 6, "21338"),
)


def choose_items(items: list[Item], what: str, count: int, key: object) -> list[Item]:
    """Returns `count` items that fit, in order of id."""
    tests = {
        "frog": lambda item: "frog" in item.title.lower(),
        "figshare": lambda item: item.place.group_id is None,
        "humanities": lambda item: any(
            c["title"] in ("Environmental Humanities", "History and Philosophy of the Humanities")
            for c in item.categories
        ),
        "software": lambda item: item.type == 9,
        "researcher": lambda item: item.owner == RESEARCHER,
        "iastate": lambda item: item.place.institution == "iastate",
        "faber": lambda item: item.place.institution == "faber",
    }
    test = tests.get(what) or (lambda item: item.place.group_id == int(what))
    found = sorted((item for item in items if test(item)), key=lambda item: item.id)
    return sorted(rng("choose", key).sample(found, min(count, len(found))), key=lambda item: item.id)


def make_collections(maker, items: list[Item]) -> list[dict]:
    return [collection(*row, items=items, people=maker.people) for row in COLLECTIONS]


def collection(
    collection_id: int,
    title: str,
    group_id: int | None,
    count: int,
    what: str,
    *,
    items: list[Item],
    people: list[dict],
) -> dict:
    chance = rng("collection", collection_id)
    chosen = choose_items(items, what, count, collection_id)
    place = BY_GROUP.get(group_id, FIGSHARE)
    day = max(item.published for item in chosen) + timedelta(
        days=chance.randrange(3, 25), minutes=chance.randrange(900)
    )
    day = min(day, CLOCK - timedelta(days=2))
    authors = (
        [RESEARCHER_AUTHOR]
        if what == "researcher"
        else list({p["id"]: p for item in chosen[:3] for p in item.authors[:1]}.values())
    )
    doi = place.doi.format(id=f"c.{collection_id}", version=1)
    names = "; ".join(f"{person['last_name']}, {person['first_name']}" for person in authors)
    tags = list(dict.fromkeys(tag for item in chosen for tag in item.tags))[:5]
    return {
        "version": 1,
        "resource_id": "",
        "resource_doi": "",
        "resource_title": "",
        "resource_link": "",
        "resource_version": 0,
        "description": f"<p>{len(chosen)} records that belong together: {title[0].lower() + title[1:]}.</p>",
        "categories": list({c["id"]: c for item in chosen for c in item.categories}.values())[:3],
        "references": [],
        "related_materials": [],
        "tags": tags,
        "keywords": tags,
        "authors": authors,
        "institution_id": IDS.get(place.institution),
        "group_id": group_id,
        "group_resource_id": None,
        "articles_count": len(chosen),
        "public": True,
        "citation": f"{names} ({day.year}). {title}. {place.label}. Collection. https://doi.org/{doi}",
        "custom_fields": [],
        "modified_date": stamp(day),
        "created_date": stamp(day - timedelta(days=2)),
        "timeline": {"posted": stamp(day, ""), "firstOnline": stamp(day, "")},
        "funding": chosen[0].funding_list,
        "id": collection_id,
        "title": title,
        "doi": doi,
        "handle": "",
        "url": f"{API}/collections/{collection_id}",
        "published_date": stamp(day),
        "articles": [item.id for item in chosen],
    }


def make_projects(maker, items: list[Item]) -> list[dict]:
    return [project(*row, items=items, people=maker.people) for row in PROJECTS]


def project(
    project_id: int,
    title: str,
    group_id: int | None,
    count: int,
    what: str,
    *,
    items: list[Item],
    people: list[dict],
) -> dict:
    chance = rng("project", project_id)
    chosen = choose_items(items, what, count, project_id)
    begun = min(item.published for item in chosen) - timedelta(days=30)
    published = begun + timedelta(days=60)
    owner = RESEARCHER_AUTHOR if what == "researcher" else chosen[0].authors[0]
    others = [person for person in chance.sample(people, 3) if person["is_active"]]
    place = BY_GROUP.get(group_id, FIGSHARE)
    text = chance.choice(words.FREE_FUNDING) if project_id % 2 else ""
    return {
        "url": f"{API}/projects/{project_id}",
        "id": project_id,
        "title": title,
        "created_date": stamp(begun),
        "modified_date": stamp(published + timedelta(days=1)),
        "published_date": stamp(published),
        "funding": text,
        "funding_list": [
            {
                "id": 21_690_000 + project_id,
                "title": text,
                "grant_code": "",
                "funder_name": None,
                "is_user_defined": 1,
            }
        ]
        if text
        else [],
        "description": f"<p>{title}: data, notes and results as they come.</p>",
        "collaborators": [
            {"user_id": owner["id"], "name": owner["full_name"], "role_name": "Owner"},
            *({"user_id": person["id"], "name": person["full_name"], "role_name": "Collaborator"} for person in others),
        ],
        "custom_fields": [],
        "figshare_url": f"https://{place.host}/projects/{slug(title)}/{project_id}",
        "articles": [item.id for item in chosen],
        "group_id": group_id,
        "notes": [
            {
                "id": project_id * 10 + 1,
                "user_id": owner["id"],
                "abstract": "First meeting",
                "user_name": owner["full_name"],
                "created_date": stamp(published),
                "modified_date": stamp(published),
                "text": "First meeting: who measures what, and when.",
            }
        ],
    }
