"""Finds the institution of a portal by its whole host, as many portals are called data.* or figshare.*."""

from __future__ import annotations

from collections.abc import Iterable

PUBLIC_SITES = {"figshare.com", "www.figshare.com", "figsh.com", "www.figsh.com"}  # of no institution
FIGSHARE_DOMAINS = (".figshare.com", ".figsh.com")
SECOND_LEVELS = {"ac", "co", "com", "edu", "gob", "gouv", "gov", "net", "org"}  # as in .ac.uk and .edu.au
RESERVED_NAMES = {"total", "timeline", "breakdown", "top", "count"}  # they have a meaning of their own in /stats/NAME
FIRST_DERIVED_ID = 900001


def domain_of(host: str) -> str:
    """Returns the registered domain of a host: ``ncl.ac.uk`` of ``data.ncl.ac.uk``."""
    labels = host.split(".")
    is_deep = len(labels) > 2 and len(labels[-1]) == 2 and labels[-2] in SECOND_LEVELS
    return ".".join(labels[-3:] if is_deep else labels[-2:])


def short_name(host: str) -> str:
    """Returns the institution's part of a host: ``iastate`` of ``iastate.figshare.com``, ``ncl`` of ``ncl.ac.uk``."""
    for ending in FIGSHARE_DOMAINS:
        if host.endswith(ending):
            return host.removesuffix(ending).replace(".", "-")
    return domain_of(host).split(".")[0]


class Portals:
    """The institutions of a catalogue: those it describes, and one more for every other host.

    Args:
        institutions: rows of ``institutions.json``.
        known_institutions: rows of institutions that are added where a record has their host.

    Attributes:
        rows: all institutions, complete.
    """

    def __init__(self, institutions: Iterable[dict], known_institutions: Iterable[dict]):
        self.rows: list[dict] = []
        self._by_id: dict[int, dict] = {}
        self._by_host: dict[str, dict] = {}
        self._known_by_host = {row["host"]: row for row in known_institutions if row.get("host")}
        institutions = list(institutions)
        self._ids = {row["id"] for row in institutions} | {
            row["portal_id"] for row in institutions if row.get("portal_id")
        }
        self._names = {row["string_id"].lower() for row in institutions if row.get("string_id")} | RESERVED_NAMES
        for row in institutions:
            self._add(row)

    def institution_of(self, host: str) -> int | None:
        """Returns the id of a host's institution; None for figshare.com itself and for an empty host."""
        if not host or host in PUBLIC_SITES:
            return None
        if host not in self._by_host:
            self._add(self._portal_of_host(host))
        return self._by_host[host]["id"]

    def add_if_new(self, institution: int, host: str) -> None:
        """Adds an institution that a group or an account names, unless it is there."""
        if institution not in self._by_id:
            self._ids.add(institution)
            name = short_name(host) if host and host not in PUBLIC_SITES and host not in self._by_host else ""
            self._add(
                {
                    "id": institution,
                    "name": name or f"Institution {institution}",
                    "string_id": self._free_name(name, f"institution-{institution}"),
                    "host": host if name else "",
                }
            )

    def text_of(self, institution: int | None) -> str:
        """Returns the text by which a search finds an institution; "" for none."""
        row = self._by_id.get(institution) if institution else None
        return f"{row['name']} {row['string_id']} {institution}" if row else ""

    def _add(self, row: dict) -> None:
        host = (row.get("host") or "").lower()
        name = row.get("string_id") or self._free_name(short_name(host) if host else "", f"institution-{row['id']}")
        portal = {
            **row,
            "string_id": name,
            "host": host or f"{name}.figshare.com",
            "domain": row.get("domain") or "",
            "portal_id": row.get("portal_id") or row["id"],
        }
        self.rows.append(portal)
        self._by_id.setdefault(portal["id"], portal)
        self._by_host.setdefault(portal["host"], portal)

    def _portal_of_host(self, host: str) -> dict:
        """Returns the known institution of a host, otherwise one that is named after the host."""
        institution = self._known_by_host.get(host)
        if institution and institution["id"] not in self._ids and institution["string_id"].lower() not in self._names:
            self._ids.add(institution["id"])
            self._names.add(institution["string_id"].lower())
            return institution
        name = self._free_name(short_name(host), host.replace(".", "-"))
        new_id = next(new_id for new_id in range(FIRST_DERIVED_ID, 2 * FIRST_DERIVED_ID) if new_id not in self._ids)
        self._ids.add(new_id)
        domain = f"{name}.edu" if host.endswith(FIGSHARE_DOMAINS) else domain_of(host)
        return {"id": new_id, "name": short_name(host), "string_id": name, "domain": domain, "host": host}

    def _free_name(self, *candidates: str) -> str:
        """Returns the first candidate that no institution has as its name; if all are taken, the last with a number."""
        numbered = (f"{candidates[-1]}-{number}" for number in range(2, len(self._names) + 3))
        name = next(
            candidate for candidate in (*candidates, *numbered) if candidate and candidate.lower() not in self._names
        )
        self._names.add(name.lower())
        return name
