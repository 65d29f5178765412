"""Which institution a portal belongs to. The whole host decides: many portals are called data. or figshare."""

from __future__ import annotations

from collections.abc import Iterable

PEOPLE = {"figshare.com", "www.figshare.com", "figsh.com", "www.figsh.com"}  # anybody's items: no institution
FIGSHARE = (".figshare.com", ".figsh.com")
SECOND_LEVELS = {"ac", "co", "com", "edu", "gob", "gouv", "gov", "net", "org"}  # as in .ac.uk and .edu.au
RESERVED = {"total", "timeline", "breakdown", "top", "count"}  # what may stand in a name's place in /stats/NAME
FIRST_DERIVED = 900001


def domain_of(host: str) -> str:
    """The part of a host that its owner registered: ``ncl.ac.uk`` of ``data.ncl.ac.uk``."""
    labels = host.split(".")
    is_deep = len(labels) > 2 and len(labels[-1]) == 2 and labels[-2] in SECOND_LEVELS
    return ".".join(labels[-3:] if is_deep else labels[-2:])


def short_name(host: str) -> str:
    """The most telling word of a host: ``iastate`` of ``iastate.figshare.com``, ``ncl`` of ``data.ncl.ac.uk``."""
    for ending in FIGSHARE:
        if host.endswith(ending):
            return host.removesuffix(ending).replace(".", "-")
    return domain_of(host).split(".")[0]


class Portals:
    """The institutions of a catalogue: those it describes, and one more for every other host.

    Args:
        described: rows of ``institutions.json``.
        known: rows of institutions that a host may be recognised as.

    Attributes:
        rows: all institutions, complete.
    """

    def __init__(self, described: Iterable[dict], known: Iterable[dict]):
        self.rows: list[dict] = []
        self._by_id: dict[int, dict] = {}
        self._by_host: dict[str, dict] = {}
        self._known = {row["host"]: row for row in known if row.get("host")}
        described = list(described)
        self._ids = {row["id"] for row in described} | {row["portal_id"] for row in described if row.get("portal_id")}
        self._names = {row["string_id"].lower() for row in described if row.get("string_id")} | RESERVED
        for row in described:
            self._add(row)

    def institution_of(self, host: str) -> int | None:
        """The id of a host's institution, None for figshare.com itself and for no host."""
        if not host or host in PEOPLE:
            return None
        if host not in self._by_host:
            self._add(self._derived(host))
        return self._by_host[host]["id"]

    def meet(self, institution: int, host: str) -> None:
        """An institution that a group or an account names, and perhaps nobody describes."""
        if institution not in self._by_id:
            self._ids.add(institution)
            name = short_name(host) if host and host not in PEOPLE and host not in self._by_host else ""
            self._add(
                {
                    "id": institution,
                    "name": name or f"Institution {institution}",
                    "string_id": self._free(name, f"institution-{institution}"),
                    "host": host if name else "",
                }
            )

    def text_of(self, institution: int | None) -> str:
        """What finds an institution in a search."""
        row = self._by_id.get(institution)
        return f"{row['name']} {row['string_id']} {institution}" if row else ""

    def _add(self, row: dict) -> None:
        host = (row.get("host") or "").lower()
        name = row.get("string_id") or self._free(short_name(host) if host else "", f"institution-{row['id']}")
        made = {
            **row,
            "string_id": name,
            "host": host or f"{name}.figshare.com",
            "domain": row.get("domain") or "",
            "portal_id": row.get("portal_id") or row["id"],
        }
        self.rows.append(made)
        self._by_id.setdefault(made["id"], made)
        self._by_host.setdefault(made["host"], made)

    def _derived(self, host: str) -> dict:
        """The known institution of that host, otherwise one made of its name."""
        known = self._known.get(host)
        if known and known["id"] not in self._ids and known["string_id"].lower() not in self._names:
            self._ids.add(known["id"])
            self._names.add(known["string_id"].lower())
            return known
        name = self._free(short_name(host), host.replace(".", "-"))
        number = next(number for number in range(FIRST_DERIVED, 2 * FIRST_DERIVED) if number not in self._ids)
        self._ids.add(number)
        domain = f"{name}.edu" if host.endswith(FIGSHARE) else domain_of(host)
        return {"id": number, "name": short_name(host), "string_id": name, "domain": domain, "host": host}

    def _free(self, *wanted: str) -> str:
        """The first name that nobody has yet; the last one gets a number if need be."""
        numbered = (f"{wanted[-1]}-{number}" for number in range(2, len(self._names) + 3))
        name = next(one for one in (*wanted, *numbered) if one and one.lower() not in self._names)
        self._names.add(name.lower())
        return name
