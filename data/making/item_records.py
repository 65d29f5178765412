"""What a record is made of: an `Item` with the few things that differ, and the shapes Figshare gives it.

Key orders and types follow recorded answers: public detail of 2021-2026, its older key set of 2016-2023,
and the private detail of December 2025.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass, field
from datetime import datetime
from random import Random

from data.making.real_files import REAL_FILES
from data.making.vocabulary import ITEM_TYPES, MIME_TYPES
from local_figshare.synthetic_files import smallest_size, synthetic_bytes

SEED = "figshare-workbook-2026"
API = "https://api.figshare.com/v2"
DOWNLOADS = "https://ndownloader.figshare.com/files"
# Real ORCIDs begin with 0000-0001, 0000-0002, 0000-0003 or 0009; none is ever given out of this block.
ORCID_BLOCK = 400_000_000_000

LICENSES = {  # value -> name, address; 12 is met at institutions only
    1: ("CC BY 4.0", "https://creativecommons.org/licenses/by/4.0/"),
    2: ("CC0", "https://creativecommons.org/publicdomain/zero/1.0/"),
    3: ("MIT", "https://opensource.org/licenses/MIT"),
    4: ("GPL", "https://www.gnu.org/licenses/gpl.html"),
    5: ("GPL 2.0+", "https://www.gnu.org/licenses/gpl-2.0.html"),
    6: ("GPL 3.0+", "https://www.gnu.org/licenses/gpl-3.0.html"),
    7: ("Apache 2.0", "https://www.apache.org/licenses/LICENSE-2.0.html"),
    12: ("CC BY-NC-ND 4.0", "https://creativecommons.org/licenses/by-nc-nd/4.0/"),
}


@dataclass(frozen=True)
class Place:
    """Where items are published: a group of an institution, or figshare.com itself (no group)."""

    institution: str
    group_id: int | None
    host: str
    label: str
    doi: str
    licenses: dict[int, str] = field(default_factory=dict)
    count: int = 0
    first: str = "2016-01-04"
    last: str = "2025-12-19"
    disciplines: tuple[str, ...] = ()
    popularity: float = 1.0


@dataclass
class Item:
    """An item before it becomes a record; the defaults are those of an ordinary one."""

    id: int
    title: str
    place: Place
    type: int = 3
    published: datetime | None = None
    created: datetime | None = None
    modified: datetime | None = None
    first_online: datetime | None = None
    authors: list[dict] = field(default_factory=list)
    description: str = ""
    tags: list[str] = field(default_factory=list)
    categories: list[dict] = field(default_factory=list)
    files: list[dict] = field(default_factory=list)
    folders: dict[str, str] = field(default_factory=dict)
    license: int = 1
    version: int = 1
    status: str = "public"
    doi: str | None = None  # None: made from the place's pattern
    handle: str = ""
    thumb: str = ""
    page: str | None = None
    host: str | None = None
    citation: str | None = None
    timeline: dict | None = None
    funding: str | None = None
    funding_list: list[dict] = field(default_factory=list)
    references: list[str] = field(default_factory=list)
    related: list[dict] = field(default_factory=list)
    custom_fields: list[dict] = field(default_factory=list)
    resource_title: str | None = None
    resource_doi: str | None = None
    download_disabled: bool = False
    confidential_reason: str = ""
    metadata_reason: str = ""
    is_embargoed: bool = False
    embargo_date: str | None = None
    embargo_type: str | None = None
    embargo_title: str = ""
    embargo_reason: str = ""
    embargo_options: list[dict] = field(default_factory=list)
    curation_status: str | None = None
    older_shape: bool = False
    owner: int | None = None
    version_dates: list[datetime] = field(default_factory=list)


def rng(*names: object) -> Random:
    """Returns a random generator for one thing, so that a change in one leaves the others alone."""
    return Random("/".join(map(str, (SEED, *names))))


def stamp(moment: datetime | None, suffix: str = "Z") -> str | None:
    return moment and moment.strftime(f"%Y-%m-%dT%H:%M:%S{suffix}")


def slug(title: str) -> str:
    """Returns the title as Figshare writes it into addresses."""
    plain = re.sub(r"<[^>]+>", "", title)
    return re.sub(r"[^\w-]+", "_", plain).strip("_")[:160] or "_"


# --- people -------------------------------------------------------------------------------------


def orcid(number: int) -> str:
    """Makes an ORCID with its ISO 7064 check character, from a block that is never given out."""
    digits = f"{ORCID_BLOCK + number:015d}"
    total = 0
    for digit in digits:
        total = (total + int(digit)) * 2
    check = (12 - total % 11) % 11
    return "-".join(re.findall("....", digits + ("X" if check == 10 else str(check))))


def author(author_id: int, first: str, last: str, active: bool = True, with_orcid: bool = True) -> dict:
    name = f"{first} {last}".strip()
    return {
        "id": author_id,
        "full_name": name,
        "first_name": first,
        "last_name": last,
        "is_active": active,
        "url_name": name.replace(" ", "_") if active else "_",
        "orcid_id": orcid(author_id * 7919 % 10**9) if active and with_orcid else "",
    }


# --- files --------------------------------------------------------------------------------------


def md5_of(file_id: int, name: str, size: int) -> str:
    """Returns the MD5 of the bytes that will be served: of a real file where there is one, else of derived ones."""
    digest = hashlib.md5(usedforsecurity=False)
    real = REAL_FILES.get(file_id)
    for chunk in [real] if real is not None else synthetic_bytes(name, file_id, size):
        digest.update(chunk)
    return digest.hexdigest()


def public_file(file_id: int, name: str, size: int, **changes: object) -> dict:
    """Returns a file as everybody sees it; one that is too small for its kind is made as large as the smallest."""
    if file_id not in REAL_FILES and not changes.get("is_link_only"):
        size = max(size, smallest_size(name, file_id))
    md5 = "" if "computed_md5" in changes and "supplied_md5" in changes else md5_of(file_id, name, size)
    mimetype = MIME_TYPES.get(name.rpartition(".")[2].lower(), "application/octet-stream")
    return {
        "id": file_id,
        "name": name,
        "size": size,
        "is_link_only": False,
        "download_url": f"{DOWNLOADS}/{file_id}",
        "supplied_md5": md5,
        "computed_md5": md5,
        "mimetype": mimetype,
        **changes,
    }


def real_file(file_id: int, name: str) -> dict:
    return public_file(file_id, name, len(REAL_FILES[file_id]))


def link_file(file_id: int, url: str, name: str = "") -> dict:
    return public_file(file_id, name, 0, is_link_only=True, download_url=url, supplied_md5="", computed_md5="")


def first_file_id(article_id: int) -> int:
    """Returns the id of the first file: above those of items, as on the real service; odd items have a hundred each."""
    if 20_400_000 < article_id < 20_400_100:
        return 34_500_000 + (article_id - 20_400_000) * 100
    return article_id * 2 + 1_000_003 if article_id < 6_000_000 else article_id + 14_000_000


# --- records ------------------------------------------------------------------------------------


def public_record(item: Item) -> dict:
    """Returns the record as ``GET /articles/{id}`` gives it, keys in the recorded order."""
    place = item.place
    type_name = ITEM_TYPES[item.type][0] if item.type else ""
    page = item.page or (
        f"https://{item.host or place.host}/articles/{(type_name or 'dataset').replace(' ', '_')}/"
        f"{slug(item.title) if item.type else '_'}/{item.id}"
    )
    doi = place.doi.format(id=item.id, version=item.version) if item.doi is None else item.doi
    license_id, license_name = item.license, place.licenses.get(item.license, LICENSES[item.license][0])
    record = {
        "files": item.files,
        "folder_structure": item.folders,
        "authors": item.authors,
        "custom_fields": item.custom_fields,
        "figshare_url": page,
        "download_disabled": item.download_disabled,
        "description": item.description,
        "funding": item.funding,
        "funding_list": item.funding_list,
        "version": item.version,
        "status": item.status,
        "size": sum(file["size"] for file in item.files),
        "created_date": stamp(item.created),
        "modified_date": stamp(item.modified),
        "is_public": item.status == "public",
        "is_confidential": bool(item.confidential_reason),
        "is_metadata_record": bool(item.metadata_reason),
        "confidential_reason": item.confidential_reason,
        "metadata_reason": item.metadata_reason,
        "license": {"value": license_id, "name": license_name, "url": LICENSES[license_id][1]},
        "tags": item.tags,
        "keywords": item.tags,
        "categories": item.categories,
        "references": item.references,
        "has_linked_file": any(file["is_link_only"] for file in item.files),
        "citation": "",
        "related_materials": item.related,
        **embargo(item),
        "id": item.id,
        "title": item.title,
        "doi": doi,
        "handle": item.handle,
        "url": f"{API}/articles/{item.id}",
        "published_date": stamp(item.published),
        "thumb": item.thumb,
        "defined_type": item.type,
        "defined_type_name": type_name,
        "group_id": place.group_id,
        "url_private_api": f"{API}/account/articles/{item.id}",
        "url_public_api": f"{API}/articles/{item.id}",
        "url_private_html": f"https://figshare.com/account/articles/{item.id}",
        "url_public_html": page,
        "timeline": timeline(item),
        "resource_title": item.resource_title,
        "resource_doi": item.resource_doi,
    }
    record["citation"] = item.citation or citation(record, place)
    return record


def embargo(item: Item) -> dict:
    return {
        "is_embargoed": item.is_embargoed,
        "embargo_date": item.embargo_date,
        "embargo_type": item.embargo_type,
        "embargo_title": item.embargo_title,
        "embargo_reason": item.embargo_reason,
        "embargo_options": item.embargo_options,
    }


def timeline(item: Item) -> dict:
    if item.timeline is not None:
        return item.timeline
    if item.published is None:
        return {}
    return {
        "posted": stamp(item.published, ""),
        "firstOnline": stamp(item.first_online or item.published, ""),
    }


def citation(record: dict, place: Place) -> str:
    """Returns the newer of the two recorded forms: ``Family, Given (2021). Title. Portal. Type. Address``."""
    names = "; ".join(", ".join(filter(None, (p["last_name"], p["first_name"]))) for p in record["authors"])
    year = (record["published_date"] or record["created_date"])[:4]
    where = (
        f"https://doi.org/{record['doi']}"
        if record["doi"]
        else f"https://hdl.handle.net/{record['handle']}"
        if record["handle"]
        else record["figshare_url"]
    )
    kind = record["defined_type_name"].capitalize() or "Dataset"
    return f"{names} ({year}). {record['title']}. {place.label}. {kind}. {where}"


NEWER_KEYS = {"keywords", "related_materials", "folder_structure", "download_disabled"}
NEWER_PARTS = {"authors": {"first_name", "last_name"}, "files": {"mimetype"}}


def older_shape(record: dict) -> dict:
    """Returns the record with the keys of 2016-2023, which some stored answers still have."""
    front = {key: record[key] for key in ("files", "custom_fields", "authors")}
    kept = {**front, **{key: value for key, value in record.items() if key not in NEWER_KEYS}}
    for key, newer in NEWER_PARTS.items():
        kept[key] = [{k: v for k, v in part.items() if k not in newer} for part in kept[key]]
    return kept


def private_record(item: Item, account_id: int) -> dict:
    """Returns the record as ``GET /account/articles/{id}`` gives it to its owner."""
    record = public_record(item)
    for key in ("published_date",) if item.published is None else ():
        record[key] = None
    record["url"] = record["url_private_api"]
    record["files"] = [private_file(file) for file in record["files"]]
    front = {
        "curation_status": item.curation_status,
        "files": record.pop("files"),
        "resource_title": record.pop("resource_title"),
        "resource_doi": record.pop("resource_doi"),
        "group_resource_id": None,
        "account_id": account_id,
    }
    return {**front, **record}


def private_file(file: dict) -> dict:
    token = hashlib.md5(f"upload {file['id']}".encode(), usedforsecurity=False).hexdigest()
    token = "-".join((token[:8], token[8:12], token[12:16], token[16:20], token[20:]))
    viewer = {"text/csv": "dataset", "image/png": "image"}.get(file["mimetype"], "")
    return {
        "upload_token": token,
        "upload_url": "",
        "status": "available",
        "preview_state": "preview_available" if viewer else "preview_not_supported",
        "viewer_type": viewer,
        "is_attached_to_public_version": False,
        **file,
    }
