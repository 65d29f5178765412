"""Notebook 10: whose items these are."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable

import pandas as pd

from figshare_workbook.base.author_key import author_key
from figshare_workbook.base.errors import require
from figshare_workbook.base.frames import frame_of
from figshare_workbook.base.search_language import has_words, quoted
from figshare_workbook.base.sequences import unique
from figshare_workbook.base.texts import without_accents
from figshare_workbook.client.answer_shapes import AUTHOR, COLLECTION
from figshare_workbook.client.connect import Figshare


def author_records(figshare: Figshare, author: str | int) -> list[dict]:
    """Finds the full records of the public items that an author may have published.

    Args:
        figshare: The client; for an author id it needs a token.
        author: ORCID, author id or full name ("Ada Byron" or "Byron, Ada"); an ORCID as it was pasted, or the
            address of an author's page, too.

    Returns:
        Records found by the ORCID, and by every name that goes with the ORCID or the id: more than the
        author's own, since people share names. `authorship_frame` says which is which.

    Raises:
        NotFound: There is no author of this id.

    Documented: the search fields `orcid` and `author`. There is none for the id, so it is turned into a
    name first.
    """
    key, value = author_key(author)
    if key == "id":
        profile = figshare.ask("GET", f"/account/authors/{value}", shape=AUTHOR)
        orcid, names = profile.get("orcid_id") or "", {profile["full_name"]}
    else:
        orcid, names = (value, set()) if key == "orcid_id" else ("", {value})
    records = figshare.full_records(figshare.search(f":orcid: {orcid}")) if orcid else []
    names |= {
        entry["full_name"]
        for record in records
        for entry in record.get("authors") or []
        if entry.get("orcid_id") == orcid and entry.get("full_name")
    }
    searches = [f":author: {quoted(name)}" for name in sorted(names) if has_words(name)]
    hits = itertools.chain.from_iterable(map(figshare.search, searches))
    found_ids = {record["id"] for record in records}
    return records + figshare.full_records(hit for hit in unique(hits) if hit["id"] not in found_ids)


def authorship_frame(records: Iterable[dict], author: str | int) -> pd.DataFrame:
    """Returns how each record was matched to an author.

    Args:
        records: From `author_records`.
        author: As there.

    Returns:
        article_id, author_id (Int64), full_name, orcid_id (text), match (text), is_theirs (boolean); one
        row for each fitting entry of an item's list of authors. `match` is "ORCID", "author id", "name" (a
        name was asked for), "name only" (the same name, but another id and no ORCID: perhaps the same
        person) or "name, other ORCID" (a namesake). The last two are not counted as theirs.
    """
    entries = [(record["id"], entry) for record in records for entry in record.get("authors") or []]
    key, value = author_key(author)
    if key == "full_name":
        own = [entry for _, entry in entries if _comparable_name(entry.get("full_name")) == _comparable_name(value)]
    else:
        own = [entry for _, entry in entries if entry.get(key) == value]
    known_values = {name: {entry.get(name) for entry in own} - {"", None} for name in ("id", "orcid_id")}
    known_values["names"] = {_comparable_name(entry.get("full_name")) for entry in own} - {""}
    rows = [
        {
            "article_id": number,
            "author_id": entry.get("id"),
            "full_name": entry.get("full_name"),
            "orcid_id": entry.get("orcid_id"),
            "match": match,
            "is_theirs": match in _COUNTED_MATCHES,
        }
        for number, entry in entries
        if (match := _match(entry, known_values, key == "full_name"))
    ]
    return frame_of(
        rows,
        {
            "article_id": "int",
            "author_id": "int",
            "full_name": "text",
            "orcid_id": "text",
            "match": "text",
            "is_theirs": "bool",
        },
    )


_COUNTED_MATCHES = ("ORCID", "author id", "name")


def _comparable_name(name: str | None) -> str:
    """Returns a name without case, accents, dots, quotes and the like, for comparison; "Byron, Ada" is Ada Byron."""
    family, comma, given = (name or "").partition(",")
    turned = f"{given} {family}" if comma else family
    return " ".join(re.sub(r"[^\w\s]|_", " ", without_accents(turned)).casefold().split())


def _match(entry: dict, known: dict[str, set], by_name: bool) -> str:
    """Returns what connects an entry of a list of authors with the author; "" where nothing does."""
    if _comparable_name(entry.get("full_name")) in known["names"] and by_name:
        return "name"
    if not by_name and entry.get("orcid_id") in known["orcid_id"]:
        return "ORCID"
    if not by_name and entry.get("id") in known["id"]:
        return "author id"
    if _comparable_name(entry.get("full_name")) in known["names"]:
        return "name, other ORCID" if entry.get("orcid_id") else "name only"
    return ""


def persons_frame(authorship: pd.DataFrame) -> pd.DataFrame:
    """Returns who is behind the matches: one row a person, as far as ids can tell.

    Args:
        authorship: From `authorship_frame`.

    Returns:
        author_id, full_name, orcid_id, match, is_theirs, items (Int64); most items first.
    """
    keys = ["author_id", "full_name", "orcid_id", "match", "is_theirs"]
    counts = authorship.groupby(keys, as_index=False, dropna=False).agg(items=("article_id", "nunique"))
    rows = counts.sort_values(["items", "author_id"], ascending=[False, True]).to_dict("records")
    return frame_of(
        rows,
        {
            "author_id": "int",
            "full_name": "text",
            "orcid_id": "text",
            "match": "text",
            "is_theirs": "bool",
            "items": "int",
        },
    )


def own_records(records: Iterable[dict], authorship: pd.DataFrame, author: str | int) -> list[dict]:
    """Returns the records that are the author's own.

    Args:
        records: From `author_records`.
        authorship: From `authorship_frame`.
        author: As there.

    Raises:
        ParameterError: No record is the author's; the sentence says how many namesakes were left out.
    """
    own = set(authorship.loc[authorship["is_theirs"], "article_id"])
    others = authorship.loc[~authorship["is_theirs"], "article_id"].nunique()
    namesakes = f" ({others} of people of the same name were left out)" if others else ""
    require(
        own,
        f"author {author!r}: no public item of this site is theirs{namesakes}. Check the spelling, or give "
        "another ORCID, author id or name.",
    )
    return [record for record in records if record["id"] in own]


def author_title(persons: pd.DataFrame) -> tuple[str, str]:
    """Returns who an author is, for titles and names of files.

    Args:
        persons: From `persons_frame`; those with `is_theirs` count.

    Returns:
        The name under which most of the items are, of several the longest; and what tells the author from
        others: "ORCID ...", or "author id ..." where there is no ORCID, with "all of this name, " before it where
        several people were asked for by name.
    """
    own = persons[persons["is_theirs"]]
    items = own.groupby("full_name")["items"].sum()
    name = max(items.index, key=lambda text: (items[text], len(text), text))
    orcids, ids = sorted(set(own["orcid_id"]) - {""}), sorted(set(own["author_id"].dropna()))
    kind, values = ("ORCID", orcids) if orcids else ("author id", ids)
    whose = "all of this name, " if len(ids) > 1 and (own["match"] == "name").any() else ""
    return name, f"{whose}{kind} {', '.join(map(str, values))}"


def first_published_date(records: Iterable[dict]) -> str:
    """Returns the day on which the first of some items was published, `YYYY-MM-DD`; "" where no record has a date.

    Of an item with several versions `published_date` is the newest one's, `firstOnline` the first one's (recorded).
    """
    days = [
        day[:10]
        for record in records
        for day in (record.get("published_date"), (record.get("timeline") or {}).get("firstOnline"))
        if day
    ]
    return min(days, default="")


def items_to_count(authorship: pd.DataFrame) -> tuple[str, list[int]]:
    """Returns what to ask the statistics service for, so that it counts each item of an author once.

    Args:
        authorship: From `authorship_frame`.

    Returns:
        "author" and the author's ids; "article" and the items where an item has two of these ids, as it would be
        counted for both. As `summed_timeline_frame` takes it.
    """
    own = authorship.loc[authorship["is_theirs"], ["article_id", "author_id"]].drop_duplicates()
    if own["author_id"].isna().any() or own["article_id"].duplicated().any():
        return "article", sorted(set(own["article_id"]))
    return "author", sorted(set(own["author_id"]))


def author_collections(figshare: Figshare, persons: pd.DataFrame) -> list[dict]:
    """Finds the full records of the public collections that persons have made, by name, and checks them by id.

    Args:
        figshare: The client.
        persons: From `persons_frame`; those with `is_theirs` count.
    """
    own = persons[persons["is_theirs"]]
    names = [name for name in own["full_name"].unique() if has_words(name)]
    searches = [{"search_for": f":author: {quoted(name)}"} for name in names]
    hits = itertools.chain.from_iterable(figshare.listing("POST", "/collections/search", search) for search in searches)
    collections = figshare.in_parallel(
        lambda hit: figshare.ask("GET", f"/collections/{hit['id']}", shape=COLLECTION), unique(hits), "collections"
    )
    ids = set(own["author_id"].dropna())
    return [record for record in collections if any(entry.get("id") in ids for entry in record.get("authors") or [])]
