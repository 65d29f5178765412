"""Items made one by one: those that the workshop's texts print, and the odd shapes met in recorded data."""

from __future__ import annotations

from datetime import datetime, timedelta

from data.making import real_files as real
from data.making.communities import BY_GROUP, FIGSHARE, RESEARCHER, RESEARCHER_AUTHOR
from data.making.item_records import (
    Item,
    author,
    first_file_id,
    link_file,
    public_file,
    real_file,
    rng,
    stamp,
)

HUMANITIES = {"H": "History and Philosophy of the Humanities", "E": "Environmental Humanities"}
TOTALS = {  # article -> views, downloads, shares; the second and third are printed in the workshop's lesson
    123456: (1893, 612, 3),
    13259588: (243, 54, 1),
    1138718: (7552, 3030, 41),
    5616445: (1167, 402, 9),
    21332: (5210, 1388, 17),
    766364: (2904, 1051, 12),
    23: (231, 88, 0),
}
FROG_TEXTS = (
    "Calls were recorded after sunset from fixed points; wind and traffic noise are marked.",
    "Animals were caught by hand, measured and released within ten minutes.",
    "Tadpoles were raised in tanks at 12, 16, 20 and 24 °C and weighed twice a week.",
    "Ponds were visited every week from March to June; the table holds one row a visit.",
    "Frogs are named after the check list of 2014, with later changes in a second column.",
)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text)


# --- what the workshop's texts print -------------------------------------------------------------

SACCHARINA = (
    "Transcriptome Sequencing and Comparative Analysis of <em>Saccharina japonica</em> "
    "(Laminariales, Phaeophyceae) "
    "under Blue Light Induction"
)
SACCHARINA_TEXT = (
    "<div><h3>Background</h3><p>Kelps live under blue light, yet little is known of the genes that "
    "answer to it. RNA of "
    "<em>Saccharina japonica</em> kept in blue light and in darkness was sequenced and "
    "compared.</p> <h3>What was found</h3>"
    "<p>Some seventy thousand unigenes were assembled; about one in six was expressed differently "
    "in the two conditions "
    "(E-value &lt;10<sup>\u22125</sup> for all annotations), among them candidates for "
    "photoreceptors and for the pathways of "
    "flavonoids and of the daily rhythm.</p> <h3>Use</h3><p>The picture is a figure of the article; "
    "the table of genes is "
    "with the publisher.</p></div>"
)


def item_123456(maker) -> Item:
    """Makes article 123456 as the lesson prints it, with the keys of 2016-2023; only the description is ours.

    The MD5 is the printed one. No bytes that we can serve have it: the one exception in the catalogue."""
    names = (
        (155524, "Yunyan", "Deng"),
        (155526, "Jianting", "Yao"),
        (155529, "Xiuliang", "Wang"),
        (110581, "Hui", "Guo"),
        (155532, "Delin", "Duan"),
    )
    md5 = "eb5c9c6b278b533f98aa02feae57c266"
    page = (
        ""
        "https://plos.figshare.com/articles/dataset/Transcriptome_Sequencing_and_Comparative_Analysis_of_Saccharina_japonica_"
        "Laminariales_Phaeophyceae_under_Blue_Light_Induction/123456"
    )
    people = "Deng, Yunyan; Yao, Jianting; Wang, Xiuliang; Guo, Hui; Duan, Delin"
    return Item(
        123456,
        SACCHARINA,
        BY_GROUP[107],
        published=at("2012-06-27T00:57:36"),
        created=at("2012-06-27T00:57:36"),
        modified=at("2016-01-19T09:09:40"),
        first_online=at("2016-01-19T09:09:40"),
        older_shape=True,
        authors=[author(number, first, last, active=False) for number, first, last in names],
        description=SACCHARINA_TEXT,
        tags=["transcriptome", "sequencing", "comparative", "induction"],
        categories=[maker.categories_by_id[number] for number in (69, 13, 61)],
        files=[public_file(3074543, "2011-02-15_14-24-56-228.png", 470683, supplied_md5=md5, computed_md5=md5)],
        doi="10.1371/journal.pone.0039704",
        resource_doi="10.1371/journal.pone.0039704",
        resource_title=SACCHARINA,
        page=page,
        thumb="https://s3-eu-west-1.amazonaws.com/ppreviews-plos-725668748/3074543/thumb.png",
        citation=f"{people} (2016): {SACCHARINA}. PLOS ONE. Dataset. https://doi.org/10.1371/journal.pone.0039704",
    )


def brief_items(maker) -> list[Item]:
    """Makes every item whose id or values the workshop's texts print, and the account that they list."""
    talk = maker.item(
        FIGSHARE,
        at("2017-11-21T09:12:40"),
        rng(5616445),
        item_id=5616445,
        item_type=7,
        discipline="library",
        title="Using APIs to customise repositories and engage audiences",
    )
    talk.version, talk.version_dates = 2, [at("2017-11-20T15:02:11"), at("2017-11-21T09:12:40")]
    talk.created, talk.modified = at("2017-11-20T14:48:20"), at("2017-11-21T09:12:42")
    talk.tags = ["API", "repositories", "customisation", "outreach"]
    talk.description = (
        "<p>Slides of a talk for repository managers: what can be built on an application programming "
        "interface, "
        "from reading lists on department pages to a wall that shows new deposits.</p>"
    )
    talk.files = [
        public_file(first_file_id(5616445) + 3 * n, name, size)
        for n, (name, size) in enumerate((("Using_APIs_slides.pdf", 148_220), ("Using_APIs_slides.pptx", 196_404)))
    ]
    maker.titles.add(talk.title)
    fixed = [
        (
            21332,
            at("2012-01-18T10:20:31"),
            "Body temperature of hibernating dormice in nest boxes",
            FIGSHARE,
            3,
            "ecology",
        ),
        (
            766364,
            at("2013-08-06T14:05:12"),
            "Supplement to a survey of research software in small laboratories",
            FIGSHARE,
            3,
            "computing",
        ),
        (
            1138718,
            at("2014-08-18T08:41:55"),
            "A teaching collection of river stage records, 1901-2010",
            FIGSHARE,
            3,
            "climate",
        ),
        (
            13259588,
            at("2020-11-20T16:33:07"),
            "Interview guide: how librarians describe data",
            FIGSHARE,
            3,
            "library",
        ),
        (23, at("2012-01-16T09:00:04"), "A first test of a shared figure", FIGSHARE, 1, "physics"),
    ]
    items = [
        maker.item(place, day, rng(number), item_id=number, item_type=kind, title=title, discipline=field)
        for number, day, title, place, kind, field in fixed
    ]
    return [item_123456(maker), talk, *items, *researcher_items(maker)]


# id, title, posted, first online, thumb's file id, type, created
RESEARCHER_PUBLIC = (
    (
        8365555,
        "Testing-full embargo-restrict access-unpublish-republish",
        "2023-04-06T13:13:41",
        "2023-04-06T13:09:40",
        None,
        3,
        "2023-04-06T13:02:17",
    ),
    (
        8356369,
        "My example dataset",
        "2023-04-04T21:36:57",
        "2023-04-04T21:36:01",
        None,
        3,
        "2023-04-04T21:30:45",
    ),
    (
        8332638,
        "Ant behaviour data set",
        "2023-03-24T15:16:19",
        "2023-03-24T15:16:19",
        830360616,
        3,
        "2023-03-24T15:01:02",
    ),
    (
        8329418,
        "A versioned item - unpublished - republished",
        "2023-04-06T20:35:25",
        "2023-03-23T18:42:20",
        830356944,
        2,
        "2023-03-23T16:12:00",
    ),
    (
        8327074,
        "Data supporting wood ants behaviour",
        "2023-03-22T09:57:21",
        "2023-03-22T09:57:21",
        830355168,
        3,
        "2023-03-22T09:40:03",
    ),
    (
        8275510,
        "DRI Sample Report.pdf",
        "2023-04-07T16:12:14",
        "2023-04-07T16:12:14",
        None,
        3,
        "2023-02-22T10:20:30",
    ),
    (
        8271566,
        "Exhibition B Image",
        "2023-02-20T15:09:10",
        "2023-02-20T15:09:10",
        830323572,
        2,
        "2023-02-20T15:00:00",
    ),
    (
        8262674,
        "Ireland pub C18th",
        "2023-02-16T11:29:15",
        "2023-02-16T11:29:15",
        830318778,
        1,
        "2023-02-16T11:12:44",
    ),
)
RESEARCHER_TEXTS = {
    8365555: "A test of a full embargo whose files may be read by people who have logged in.",
    8356369: "An example of a record in an institution's repository, used in training.",
    8332638: "Counts of ants that left and entered four nests, every ten minutes for two hours.",
    8329418: "A short film of a nest entrance. The second version has the corrected scale bar.",
    8327074: "Tracks of wood ants on a treadmill that moves under them, with the training each ant had had.",
    8275510: "A sample of the report that the department's research office asks for.",
    8271566: "A photograph of the second room of the exhibition.",
    8262674: "A drawing of a public house in Ireland in the eighteenth century.",
}
ANT_PAPER = (
    "A motion compensation treadmill for untethered wood ants (Formica rufa): evidence for transfer "
    "of orientation memories "
    "from free-walking training"
)


def researcher_items(maker) -> list[Item]:
    """Makes the items of the account of the lesson: eight public ones as printed, two drafts, and earlier ones."""
    items = [researcher_item(maker, *row) for row in RESEARCHER_PUBLIC]
    by_id = {item.id: item for item in items}
    by_id[8365555].__dict__.update(
        files=[],
        is_embargoed=True,
        embargo_type="article",
        embargo_date="2047-04-06",
        embargo_title="Restricted access",
        embargo_reason="Only for people who have logged in.",
        embargo_options=[{"id": 121, "type": "logged_in", "ip_name": "", "group_ids": []}],
    )
    by_id[8356369].__dict__.update(
        embargo_type="file", embargo_date="2023-05-04", embargo_title="File(s) under embargo"
    )
    by_id[
        8356369
    ].page = "https://faber.figshare.com/articles/dataset/My_example_embargoed_record_-_institutional_repository_version/8356369"
    by_id[8332638].files = [real_file(real.ANT_TABLE, "ant_counts.csv")]
    by_id[8329418].version, by_id[8329418].version_dates = (
        2,
        [at("2023-03-23T18:42:20"), at("2023-04-06T20:35:25")],
    )
    by_id[8327074].resource_title, by_id[8327074].resource_doi = ANT_PAPER, "10.1242/jeb.228601"
    by_id[8275510].files = [public_file(830_326_100, "DRI Sample Report.pdf", 88_302)]
    by_id[8275510].page = "https://faber.figshare.com/articles/dataset/DRI_Sample_Report_pdf/8275510"
    maker.drafts += researcher_drafts(maker)
    return items + older_deposits(maker)


def researcher_item(
    maker, number: int, title: str, posted: str, online: str, thumb: int | None, kind: int, created: str
) -> Item:
    item = maker.item(
        BY_GROUP[9991],
        at(posted),
        rng(number),
        RESEARCHER_AUTHOR,
        item_id=number,
        item_type=kind,
        title=title,
        discipline="ecology",
    )
    item.created, item.first_online, item.owner = at(created), at(online), RESEARCHER
    item.modified = max(item.modified, item.published)
    item.timeline = {"posted": posted, "firstOnline": online}
    item.resource_title = item.resource_doi = None
    item.references, item.related = [], []
    item.thumb = (
        f"https://s3-eu-west-1.amazonaws.com/testfigsharearepreviews.figshareare.com/{thumb}/thumb.png" if thumb else ""
    )
    item.description = f"<p>{RESEARCHER_TEXTS[number]}</p>"
    if kind == 1:
        item.categories = [maker.categories["Art history"]]
    return item


def researcher_drafts(maker) -> list[Item]:
    """Makes an untouched draft, slides that wait for review, and six drafts of earlier years in several states."""
    untitled = Item(
        8351662,
        "Untitled Item",
        BY_GROUP[9991],
        0,
        created=at("2023-03-31T08:14:09"),
        modified=at("2023-03-31T08:14:09"),
        authors=[RESEARCHER_AUTHOR],
        doi="",
        status="draft",
        version=0,
        owner=RESEARCHER,
    )
    slides = maker.item(
        BY_GROUP[9999],
        at("2023-02-14T13:40:00"),
        rng(8260098),
        RESEARCHER_AUTHOR,
        item_id=8260098,
        item_type=7,
        title="Slides",
        discipline="library",
    )
    slides.files = [public_file(830317022, "Slides.pdf", 61_204)]
    make_private(slides, "private")
    slides.thumb = "https://ndownloader.figshare.com/files/830317022/preview/830317022/thumb.png"
    slides.resource_title = slides.resource_doi = None
    slides.doi = "10.0166/FK2.stagefigshareare.8260098"  # reserved, as the lesson prints it
    slides.description, slides.custom_fields = "<p>Slides of a department meeting.</p>", []
    older = []
    for n in range(6):
        chance = rng("draft", n)
        item = maker.item(
            BY_GROUP[9991 if n % 2 else 9993],
            at(f"{2020 + n // 2}-0{2 + n}-1{n}T10:2{n}:00"),
            chance,
            RESEARCHER_AUTHOR,
        )
        make_private(item, "draft" if n % 3 else "private")
        if n == 1:
            item.title, item.description, item.files, item.tags, item.categories = (
                "Draft without anything yet",
                "",
                [],
                [],
                [],
            )
        elif n % 3:
            item.files = []
        older.append(item)
    return [untitled, slides, *older]


def make_private(item: Item, status: str) -> None:
    item.modified, item.published, item.timeline, item.owner = item.published, None, {}, RESEARCHER
    item.doi, item.status, item.version, item.thumb, item.first_online = "", status, 0, "", None


def older_deposits(maker) -> list[Item]:
    """Makes twenty-three public items of earlier years, so that the account's list has more than one page."""
    items = []
    for n in range(23):
        chance = rng("older", n)
        day = at("2020-02-10T09:00:00") + timedelta(days=46 * n + chance.randrange(20), minutes=chance.randrange(500))
        item = maker.item(BY_GROUP[(9991, 9993, 9991, 9995)[n % 4]], day, chance, RESEARCHER_AUTHOR)
        item.owner = RESEARCHER
        items.append(item)
    return items


# --- the odd shapes ------------------------------------------------------------------------------

EMBARGO_OPTIONS = [
    {"id": 121, "type": "logged_in", "ip_name": "", "group_ids": []},
    {"id": 364, "type": "ip_range", "ip_name": "Library reading room", "group_ids": [11962]},
]
FUTURE = {
    "embargo_title": "File(s) under embargo",
    "embargo_reason": "The article is still with the publisher.",
}


def many_files(item: Item) -> dict:
    """Makes 25 files: more than one page of ten."""
    start = first_file_id(item.id)
    days = [public_file(start + n, f"week_{n:02d}.csv", 2_000 + 317 * n) for n in range(1, 25)]
    return {"files": [public_file(start, "README.txt", 1_204), *days]}


def two_folders(item: Item) -> dict:
    first, second, third = (first_file_id(item.id) + n for n in range(3))
    return {
        "files": [
            public_file(first, "readings.csv", 14_220),
            public_file(second, "readings.csv", 15_871),
            public_file(third, "README.txt", 803),
        ],
        "folders": {str(first): "2021/north", str(second): "2021/south"},
    }


def one_file(item: Item, **changes: object) -> dict:
    return {"files": [public_file(first_file_id(item.id), "data.csv", 9_000 + item.id % 1000, **changes)]}


def linked_files(item: Item) -> dict:
    start = first_file_id(item.id)
    return {
        "files": [
            link_file(start, "https://data.example/archive/soundscapes-2019", "soundscapes-2019"),
            link_file(start + 1, "https://data.example/archive/soundscapes-2020"),
        ]
    }


def frog_files(item: Item) -> dict:
    return {
        "files": [
            real_file(real.FROG_CALLS, "frog_calls.csv"),
            real_file(real.FROG_README, "README.txt"),
            real_file(real.FROG_MAP, "recorders.json"),
            real_file(real.FROG_PICTURE, "spectrogram.png"),
        ]
    }


def online_dates(item: Item, **dates: str) -> dict:
    return {"timeline": {**dates, "posted": stamp(item.published, ""), "firstOnline": stamp(item.published, "")}}


# id, title, place's group, type, discipline, what is changed (a dict, or a function of the item)
ODD = (
    (
        20400001,
        "One byte: the smallest file that can be shared",
        None,
        3,
        "computing",
        lambda item: {"files": [real_file(real.ONE_BYTE, "one.txt")]},
    ),
    (20400002, "Readings from two stations, one file name", 12034, 3, "engineering", two_folders),
    (20400003, "=SUM of parts: a study of spreadsheet habits", 13377, 3, "library", {}),
    (20400004, "Wind\u00a0speed at 10\u00a0m above the\u00a0sea, 1998\u20132008", None, 3, "climate", {}),
    (
        20400005,
        "A thesis with a handle: letters from the drained lands",
        11983,
        8,
        "humanities",
        {"doi": "", "handle": "20.500.12876/ls-20400005"},
    ),
    (20400006, "A record with neither DOI nor handle", 11962, 3, "agronomy", {"doi": "", "handle": ""}),
    (
        20400007,
        "Unsorted notes from a field season",
        None,
        3,
        "ecology",
        {"categories": [], "tags": [], "description": ""},
    ),
    (
        20400008,
        "Grain quality under late rain (files under embargo)",
        11962,
        3,
        "agronomy",
        {"files": [], "is_embargoed": True, "embargo_type": "file", "embargo_date": "2026-09-01", **FUTURE},
    ),
    (
        20400009,
        "Land leases and trust (record under embargo)",
        11962,
        3,
        "social",
        {
            "files": [],
            "is_embargoed": True,
            "embargo_type": "article",
            "embargo_date": "2027-06-30",
            **FUTURE,
            "embargo_options": EMBARGO_OPTIONS,
        },
    ),
    (
        20400010,
        "Calf weights, released after an embargo",
        11965,
        3,
        "animal",
        {"embargo_type": "file", "embargo_date": "2023-05-01", "embargo_title": "File(s) under embargo"},
    ),
    (
        20400011,
        "Locations of rare orchids",
        11968,
        3,
        "plant",
        {"files": [], "confidential_reason": "Exact places would put the plants at risk."},
    ),
    (
        20400012,
        "Cohort data held by the hospital: how to apply",
        21332,
        3,
        "medicine",
        {"files": [], "metadata_reason": "The data are held in a secure archive and given on application."},
    ),
    (20400013, "Soundscapes kept in another archive", None, 2, "ecology", linked_files),
    (
        20400014,
        "Files without a computed checksum",
        12067,
        3,
        "engineering",
        lambda item: one_file(item, computed_md5=""),
    ),
    (
        20400015,
        "Files without a supplied checksum",
        None,
        3,
        "computing",
        lambda item: one_file(item, supplied_md5=""),
    ),
    (
        20400016,
        "From submission to print: an article with all its dates",
        11956,
        6,
        "agronomy",
        lambda item: online_dates(
            item,
            submission="2021-11-02T00:00:00",
            revision="2022-02-17T00:00:00",
            publisherAcceptance="2022-03-09T00:00:00",
            publisherPublication="2022-04-28T00:00:00",
        ),
    ),
    (
        20400017,
        "First online on a day, not at an hour",
        12073,
        3,
        "physics",
        lambda item: {"timeline": {"firstOnline": f"{item.published:%Y-%m-%d}", "posted": stamp(item.published, "")}},
    ),
    (
        20400018,
        "Images that may be looked at but not downloaded",
        36958,
        1,
        "ecology",
        {"download_disabled": True},
    ),
    (20400019, "River temperatures, four times revised", None, 3, "climate", {"version": 4}),
    (
        20400020,
        "<strong>Bold</strong> claims and <em>in vitro</em> facts: H<sub>2</sub>O uptake of seeds",
        11977,
        3,
        "plant",
        {},
    ),
    (20400021, "“Smart” quotes, ‘single’ ones, an – en dash & an ampersand", None, 3, "library", {}),
    (
        20400022,
        "An old record in the old taxonomy",
        None,
        3,
        "genomics",
        {"old_categories": (734, 156), "older_shape": True},
    ),
    (
        20400023,
        "A file of 23 megabytes, in three parts",
        None,
        3,
        "physics",
        lambda item: {"files": [public_file(first_file_id(item.id), "detector_images.bin", 23_561_500)]},
    ),
    (20400024, "Wetter und Ernte: Tagebücher vom Niederrhein 農業日誌 и погода", 9995, 3, "humanities", {}),
    (20400025, "Twenty-four weeks of pond temperature, one file a week", None, 3, "ecology", many_files),
    (
        20400026,
        "A record of the year before the keywords",
        None,
        1,
        "chemistry",
        {"older_shape": True, "funding": None, "resource_title": "", "resource_doi": ""},
    ),
    (
        20400027,
        "Frog calls at three ponds: measurements, recorders and a spectrogram",
        13357,
        3,
        "ecology",
        frog_files,
    ),
    (
        20400028,
        "Soil water at three depths, summer 2018",
        11956,
        3,
        "agronomy",
        lambda item: {"files": [real_file(real.SOIL_TABLE, "soil_water.csv")]},
    ),
    (
        20400029,
        "Cyclists on a bridge, hour by hour",
        21334,
        3,
        "social",
        lambda item: {"files": [real_file(real.CYCLISTS, "cyclists.csv")]},
    ),
    (
        20400030,
        "Prices of thirty journals, 2017 to 2021",
        33092,
        3,
        "library",
        lambda item: {"files": [real_file(real.PRICES, "prices.csv")]},
    ),
    (
        20400031,
        "What the recorder kit needs: a list of packages",
        None,
        9,
        "computing",
        lambda item: {"files": [real_file(real.PACKAGE_NEEDS, "requirements.txt")]},
    ),
    (
        20400032,
        "Data behind a page on the university's own domain",
        21338,
        3,
        "geoscience",
        {"host": "repository.team.example"},
    ),
    (
        20400033,
        "Exhibition photographs on the museum's domain",
        9995,
        1,
        "humanities",
        {"host": "data.faber.example"},
    ),
    (
        20400034,
        "Embargoed for ever: donor letters",
        9999,
        3,
        "humanities",
        {
            "files": [],
            "is_embargoed": True,
            "embargo_type": "file",
            "embargo_date": None,
            "embargo_title": "Permanent embargo",
            "embargo_reason": "At the donor's wish.",
        },
    ),
    (
        20400035,
        "Expired twice: yields of two farms",
        11956,
        3,
        "agronomy",
        {"embargo_type": "file", "embargo_date": "2024-01-31"},
    ),
    (20400036, "A dataset by very many hands", None, 3, "genomics", {"many_authors": 40}),
)


def odd_items(maker) -> list[Item]:
    """Makes an item for each odd shape; their ids, 20400001 to 20400036, are fixed so that tests can name them."""
    return [odd_item(maker, n, *row) for n, row in enumerate(ODD)]


def odd_item(maker, n: int, number: int, title: str, group_id: int | None, kind: int, field: str, changes) -> Item:
    chance = rng("odd", number)
    day = at("2022-08-01T09:15:00") + timedelta(days=11 * n + chance.randrange(9), minutes=chance.randrange(500))
    if group_id == 21332:
        day = at("2019-05-06T10:00:00")
    item = maker.item(
        BY_GROUP.get(group_id, FIGSHARE),
        day,
        chance,
        item_id=number,
        item_type=kind,
        title=title,
        discipline=field,
    )
    changes = dict(changes(item) if callable(changes) else changes)
    if "old_categories" in changes:
        item.categories = [maker.categories_by_id[key] for key in changes.pop("old_categories")]
    if "many_authors" in changes:
        item.authors = maker.people[10 : 10 + changes.pop("many_authors")]
    for name, value in changes.items():
        setattr(item, name, value)
    return item


FIXED_IDS = {*TOTALS, *(row[0] for row in RESEARCHER_PUBLIC), 8351662, 8260098, *(row[0] for row in ODD)}
