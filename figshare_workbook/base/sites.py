"""The Figshare installations: their addresses, and how fast they may be asked."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Site:
    """A Figshare installation: the addresses of its API and of its stats service, and the pace (0: no limit)."""

    name: str
    api_url: str
    stats_url: str
    requests_per_second: float


def _site(name: str, domain: str, pace: float) -> Site:
    return Site(name, f"https://api.{domain}/v2", f"https://stats.{domain}", pace)


# One request a second is what Figshare's documentation asks of clients.
SITES = {
    "local": Site("local", "", "", 0),
    "sandbox": _site("sandbox", "figsh.com", 1),
    "figshare": _site("figshare", "figshare.com", 1),
}
