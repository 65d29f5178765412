"""Public items, collections and projects; categories and licences."""

from __future__ import annotations

import difflib
import itertools
import re
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

from figshare_workbook.base.errors import NotFound, ParameterError, require
from figshare_workbook.base.identifiers import Identifier, id_number, ids_of, read_identifier
from figshare_workbook.base.ledgers import Ledger
from figshare_workbook.base.pasted import shortened_value
from figshare_workbook.base.rules import MAX_PAGE_SIZE
from figshare_workbook.base.sequences import Listing, unique_by_id
from figshare_workbook.client.answer_shapes import CATEGORIES, ENTRIES, FILES, LICENSES, VERSIONS, record_of
from figshare_workbook.client.groups import Groups
from figshare_workbook.client.many_requests import list_name


class Articles(Groups):
    """Public items, projects and collections, and the lists of categories and licences."""

    def article(self, article_id: int | str, *, version: int | None = None, private: bool = False) -> dict:
        """Fetches the full record of an item, with all its files.

        Args:
            article_id: The number at the end of the item's address, or that address, or a DOI of Figshare's.
            version: An earlier version. None: the version that the address names, else the newest.
            private: Whether to read it as its owner (drafts too); needs a token.

        Returns:
            The record as the API gives it, with all files.

        Raises:
            NotFound: No public item has this id.

        Documented: `files` holds up to ten files. Our choice: for a record with exactly ten files, one more
        request fetches the whole list.
        """
        record = self.ask("GET", _article_path(article_id, version, private), shape=record_of(id_number(article_id)))
        if len(record.get("files") or []) == 10:
            record["files"] = self.files(article_id, version=version, private=private)
        return record

    def articles(
        self,
        *,
        limit: int | None = None,
        page_size: int = MAX_PAGE_SIZE,
        include_subgroups: bool = False,
        **filters: Any,
    ) -> Iterator[dict]:
        """Lists public items one by one, as many as there are; pages are fetched as they are needed.

        Args:
            limit: The most items to list; None: all.
            page_size: Items that one request fetches, 1 to 1000.
            include_subgroups: With `group`: list the items of the groups below it too (needs a token of the
                institution).
            **filters: institution, group, item_type, published_since, modified_since, resource_doi,
                doi, handle, order, order_direction (documented).

        Returns:
            A lazy iterator of short records, no item twice.
        """
        return self._list_each_group("GET", "/articles", filters, include_subgroups, limit, page_size)

    def search(
        self,
        search_for: str = "",
        *,
        limit: int | None = None,
        page_size: int = MAX_PAGE_SIZE,
        include_subgroups: bool = False,
        **filters: Any,
    ) -> Iterator[dict]:
        """Lists the items that match a search, one by one.

        Args:
            search_for: Figshare's search language, e.g. `:title: frog AND :category: Ecology`.
            limit, page_size, include_subgroups, **filters: As `articles`; `project_id` too.

        Returns:
            A lazy iterator of short records, no item twice. An item in it may be deleted a moment later (recorded).

        Raises:
            BadRequest: Figshare does not understand the search.
        """
        filters = {**({"search_for": search_for} if search_for else {}), **filters}
        return self._list_each_group("POST", "/articles/search", filters, include_subgroups, limit, page_size)

    def _list_each_group(
        self, method: str, path: str, filters: dict, include_subgroups: bool, limit: int | None, page_size: int
    ) -> Iterator[dict]:
        """Lists the items of a group and, if asked, of its subgroups, which the API's `group` leaves out (recorded)."""
        if not include_subgroups:
            return self.listing(method, path, filters, limit=limit, page_size=page_size)
        require(filters.get("group"), "include_subgroups goes with group: say which group.")
        groups = [filters["group"], *self.subgroups(filters["group"])]
        lists = (
            self.listing(method, path, {**filters, "group": group}, limit=limit, page_size=page_size)
            for group in groups
        )
        return Listing(list_name(path), itertools.islice(unique_by_id(itertools.chain.from_iterable(lists)), limit))

    def full_records(
        self, article_ids: Iterable[int | dict], *, private: bool = False, ledger: str | Path | None = None
    ) -> list[dict]:
        """Fetches the full records of many items, in the order of the ids.

        Args:
            article_ids: Numbers, or records that have an `id`.
            private: Whether to read them as their owner; needs a token.
            ledger: A JSONL file that keeps the records, so that an interrupted run goes on from there. Use one
                file for each job and site.

        Returns:
            One record for each id, with all its files. Items that cannot be read any more are left out; a note
            names them.

        Raises:
            ParameterError: The ledger is of another job or site.
            FileProblem: Another run is at work on the ledger, or it cannot be read or written.
        """
        ids = ids_of(article_ids)
        with self.only_run(ledger):
            return self.records_into(self.full_record_ledger(ledger, private=private), ids, private=private)

    def full_record_ledger(self, path: str | Path | None, *, private: bool = False) -> Ledger:
        """Returns the ledger of `full_records`. Lines that hold no full record are ignored, and fetched again."""
        return self.ledger(path, "full_records", _is_full_record, private=private)

    def records_into(self, results: Ledger, ids: Sequence[int], *, private: bool = False) -> list[dict]:
        """Returns what `full_records` returns. It fetches what the ledger lacks; the caller holds the ledger's lock."""
        ids_to_fetch = [number for number in ids if number not in results.done]
        records = self.in_parallel(
            lambda number: self._fetch_into_ledger(number, private, results), ids_to_fetch, "records"
        )
        unreadable_ids = [str(number) for number, record in zip(ids_to_fetch, records, strict=True) if record is None]
        if unreadable_ids:
            self.note(
                f"{len(unreadable_ids)} of {len(ids)} items cannot be read (any more): {', '.join(unreadable_ids)}."
            )
        return [results.done[number] for number in ids if number in results.done]

    def _fetch_into_ledger(self, article_id: int, private: bool, ledger: Ledger) -> dict | None:
        try:
            return ledger.add(self.article(article_id, private=private))
        except NotFound:
            return None

    def versions(self, article_id: int | str) -> list[dict]:
        """Lists the versions of an item, oldest first: `[{"version": 1, "url": ...}]`."""
        versions = self.ask("GET", f"/articles/{id_number(article_id)}/versions", shape=VERSIONS)
        return sorted(versions, key=lambda entry: entry["version"])

    def files(self, article_id: int | str, *, version: int | None = None, private: bool = False) -> list[dict]:
        """Lists all files of an item, on as many pages as there are."""
        return list(self.listing("GET", f"{_article_path(article_id, version, private)}/files", {}, shape=FILES))

    def projects(self, *, limit: int | None = None, page_size: int = MAX_PAGE_SIZE, **filters: Any) -> Iterator[dict]:
        """Lists public projects; arguments as `articles`."""
        return self.listing("GET", "/projects", filters, limit=limit, page_size=page_size)

    def collections(
        self, *, limit: int | None = None, page_size: int = MAX_PAGE_SIZE, **filters: Any
    ) -> Iterator[dict]:
        """Lists public collections; arguments as `articles`."""
        return self.listing("GET", "/collections", filters, limit=limit, page_size=page_size)

    def project_articles(self, project_id: int | str) -> Iterator[dict]:
        """Lists the public items of a project."""
        return self.listing("GET", f"/projects/{id_number(project_id, 'project')}/articles", {})

    def collection_articles(self, collection_id: int | str) -> Iterator[dict]:
        """Lists the public items of a collection."""
        return self.listing("GET", f"/collections/{id_number(collection_id, 'collection')}/articles", {})

    def categories(self) -> list[dict]:
        """Lists all categories that an item may have: id, title, parent_id, path, source_id, taxonomy_id."""
        return self.asked_once("/categories", CATEGORIES)

    def licenses(self) -> list[dict]:
        """Lists the licences that everybody may choose: `value`, `name`, `url`."""
        return self.asked_once("/licenses", LICENSES)

    def find_category(self, title: str, *, taxonomy_id: int | None = None) -> dict:
        """Finds the category with this title.

        Args:
            title: In upper or lower case.
            taxonomy_id: The taxonomy, where several have a category with this title.

        Raises:
            ParameterError: No category has this title (the sentence names similar ones), or several have it and
                `taxonomy_id` does not select one.
        """
        match = _find_entry(self.categories(), title, "title", "category")
        same_title = [entry for entry in self.categories() if entry["title"].casefold() == match["title"].casefold()]
        candidates = (
            [entry for entry in same_title if entry.get("taxonomy_id") == taxonomy_id]
            if len(same_title) > 1
            else same_title
        )
        choices = ", ".join(f"id {entry['id']} in taxonomy {entry.get('taxonomy_id')}" for entry in same_title)
        require(
            len(candidates) == 1,
            f"{len(same_title)} categories are called {match['title']!r}: {choices}. "
            "Say which with taxonomy_id, or give the id itself.",
        )
        return candidates[0]

    def find_license(self, name: str) -> dict:
        """Finds the licence with this name, e.g. "CC BY 4.0". Raises `ParameterError` where there is none."""
        return _find_entry(self.licenses(), name, "name", "licence")

    def resolve(self, address: int | str) -> dict:
        """Finds the item, collection or project of an identifier: `{"kind", "id", "version"}`.

        Args:
            address: As it was pasted: `10.6084/m9.figshare.5616445.v2`, another DOI or a handle of an item, the
                address of an item's, collection's or project's page or of the API, a citation with one of
                them in it. A number alone is an item's id.

        Returns:
            `kind` is "article", "collection" or "project"; `version` None where the address names none.

        Raises:
            NotFound: Figshare knows no item or collection with this DOI or handle.
            ParameterError: The text holds no such identifier; the sentence says what it looks like.

        Recorded: institutions have DOIs and handles of their own. Those do not hold the id, so they are looked up
        by requests.
        """
        identifier = read_identifier(address)
        if identifier.kind in ("article", "collection", "project", "number"):
            kind = "article" if identifier.kind == "number" else identifier.kind
            return {"kind": kind, "id": identifier.id, "version": identifier.version}
        require(
            identifier.kind in ("doi", "handle"),
            f"{shortened_value(address)} holds no DOI, handle or address of an item, collection or project: it looks "
            f"like {identifier.looks_like}. Give one of these, or the number at the end of the item's page.",
        )
        return self._search_identifier(identifier)

    def _search_identifier(self, identifier: Identifier) -> dict:
        """Finds the item or collection of a DOI or a handle that does not hold its id."""
        version_suffix = re.search(r"\.v([0-9]+)$", identifier.text, re.IGNORECASE)
        spellings = list(dict.fromkeys((identifier.text, identifier.text.lower())))
        spellings += [re.sub(r"\.v[0-9]+$", "", text, flags=re.IGNORECASE) for text in spellings if version_suffix]
        for kind, text in itertools.product(("article", "collection"), spellings):
            if hits := self.ask("GET", f"/{kind}s", params={identifier.kind: text}, shape=ENTRIES):
                return {
                    "kind": kind,
                    "id": hits[0]["id"],
                    "version": int(version_suffix[1]) if version_suffix else None,
                }
        raise NotFound(
            f"Figshare knows no public item at {identifier.text!r}.",
            "it is the DOI or handle of something else, such as the publisher's of the paper that an "
            "item belongs to, or is mistyped, or its item is not public.",
            "check it; the number at the end of the item's page does as well. Items that belong to a "
            "paper are found by figshare.articles(resource_doi=…).",
        )


def _is_full_record(record: dict) -> bool:
    """Tells whether a line of a ledger is a full record: short records have no `authors` (documented)."""
    return isinstance(record["id"], int) and isinstance(record.get("title"), str) and "authors" in record


def _article_path(article_id: int | str, version: int | None, private: bool) -> str:
    path = f"{'/account' if private else ''}/articles/{id_number(article_id)}"
    version = version or (None if private else read_identifier(article_id).version)
    return f"{path}/versions/{version}" if version else path


def _find_entry(entries: Sequence[dict], name: str, key: str, kind: str) -> dict:
    """Returns the first entry with this name, in upper or lower case.

    Args:
        entries: The entries.
        name: The name to find.
        key: The field that holds an entry's name.
        kind: What an entry is, in words for the error.

    Raises:
        ParameterError: No entry has this name; the sentence names similar ones.
    """
    entries_by_title = {entry[key].casefold(): entry for entry in reversed(entries)}
    if entry := entries_by_title.get(name.strip().casefold()):
        return entry
    close_titles = difflib.get_close_matches(name.casefold(), entries_by_title, 3, 0.5)
    nearest = " or ".join(repr(entries_by_title[title][key]) for title in close_titles)
    hint = f"did you mean {nearest}?" if close_titles else "look through the list."
    raise ParameterError(f"There is no {kind} {name!r}: {hint}")
