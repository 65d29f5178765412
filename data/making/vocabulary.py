"""The words from which the catalogue is composed (``words.toml``), the kinds of item and of file."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import NamedTuple

WORDS = tomllib.loads(Path(__file__).with_name("words.toml").read_text(encoding="utf-8"))


class Discipline(NamedTuple):
    """One field of research: where its items belong and the words its people use."""

    categories: list[str]
    topics: list[str]
    measures: list[str]
    settings: list[str]
    methods: list[str]


DISCIPLINES = {name: Discipline(**parts) for name, parts in WORDS["disciplines"].items()}
PEOPLE = list(WORDS["people"].values())  # one entry for each tradition of names: given, family
FUNDERS = WORDS["funders"]  # name, prefix of a grant code, titles of grants
FREE_FUNDING, PURPOSES, REUSE = WORDS["free_funding"], WORDS["purposes"], WORDS["reuse"]
FROG_TITLES, HUMANITIES_TITLES = WORDS["frog_titles"], WORDS["humanities_titles"]

# Where items name Iowa State University in their description, in its portal and elsewhere, and how often.
MENTIONED_BY = {"iastate": 0.4, "": 0.09, "plos": 0.12, "team": 0.03}
MENTIONS = WORDS["mentions"]

# item type -> (name, weight, file names it tends to have)
ITEM_TYPES = {
    3: (
        "dataset",
        58,
        ("{slug}.csv", "{slug}.xlsx", "README.txt", "data_dictionary.csv", "{slug}_raw.zip", "codebook.pdf"),
    ),
    1: ("figure", 9, ("{slug}.png", "{slug}.tif", "figure_2.png")),
    9: ("software", 6, ("{slug}-1.0.zip", "README.md", "LICENSE", "requirements.txt")),
    5: ("poster", 4, ("{slug}_poster.pdf",)),
    7: ("presentation", 5, ("{slug}_slides.pdf", "{slug}.pptx")),
    2: ("media", 4, ("{slug}.mp4", "{slug}.wav", "clip_02.mp4")),
    6: ("journal contribution", 5, ("{slug}_accepted_manuscript.pdf", "supplement.docx")),
    8: ("thesis", 3, ("{slug}_thesis.pdf", "appendix.zip")),
    12: ("preprint", 2, ("{slug}_preprint.pdf",)),
    14: ("conference contribution", 2, ("{slug}_abstract.pdf",)),
    18: ("report", 2, ("{slug}_report.pdf", "tables.xlsx")),
    11: ("online resource", 1, ("{slug}.html",)),
    13: ("book", 1, ("{slug}.pdf",)),
    17: ("educational resource", 1, ("{slug}_handout.pdf", "exercises.ipynb")),
    23: ("data management plan", 1, ("{slug}_dmp.pdf",)),
    24: ("workflow", 1, ("{slug}.cwl",)),
}
MIME_TYPES = {
    "csv": "text/csv",
    "txt": "text/plain",
    "md": "text/plain",
    "json": "application/json",
    "png": "image/png",
    "tif": "image/tiff",
    "jpg": "image/jpeg",
    "pdf": "application/pdf",
    "zip": "application/zip",
    "mp4": "video/mp4",
    "wav": "audio/x-wav",
    "html": "text/html",
    "ipynb": "text/plain",
    "cwl": "text/plain",
    "bin": "application/octet-stream",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "pptx": "application/vnd.openxmlformats-officedocument.presentationml.presentation",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
}
