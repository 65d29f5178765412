"""`connect`, and the client that it gives: `Figshare`."""

from __future__ import annotations

import os
import threading
from dataclasses import replace
from pathlib import Path
from typing import Any

from figshare_workbook.base.errors import require
from figshare_workbook.base.locks import check_second_run
from figshare_workbook.base.sites import SITES, Site
from figshare_workbook.client.credentials import Secret
from figshare_workbook.client.local_site import local_server, start_server
from figshare_workbook.client.snapshot import Snapshot
from figshare_workbook.client.transport import DEFAULT_TIMEOUT


def connect(
    site: str = "local",
    *,
    token: str | Secret | None = None,
    stats_credentials: str | Secret | None = None,
    requests_per_second: float | None = None,
    cache: bool | str | None = None,
    timeout: float = DEFAULT_TIMEOUT,
    data: str | Path | None = None,
    second_run: str = "stop",
) -> Figshare:
    """Makes the client of a Figshare site; use it as a context manager, or call `close()` at the end.

    Args:
        site: "local" (starts local Figshare, needs nothing), "sandbox" (figsh.com) or "figshare".
        token: A personal token. "": anonymous. None: when a request first needs one, it is taken from the
            environment variable `FIGSHARE_TOKEN`, from a Colab secret of that name, or, on local Figshare, from the
            demonstration account; otherwise a masked prompt asks for it.
        stats_credentials: `user:password` for an institution's statistics. None: `FIGSHARE_STATS_CREDENTIALS`, as
            for the token.
        requests_per_second: Pace for all threads together; 1 on live sites, no limit on local Figshare.
        cache: Whether to keep answers to anonymous requests on disk, for an hour or until something is written. A
            text is the file to keep them in. None: on live sites, if the package requests-cache is installed.
        timeout: Seconds that one answer may take, all tries together, without the pauses that the site asks for;
            for an upload or a download, seconds without progress. The look-up of a host's name has no limit of ours.
        data: Folder that local Figshare serves instead of its own catalogue; with "local" only.
        second_run: What to do where another run works on the same ledger or folder: "stop", or "wait" until it
            is over. "unlocked": as "stop", but go on where a disk cannot lock files (a mounted Google Drive); then
            two runs can disturb each other.

    Returns:
        The client that the lessons call `figshare`.

    Raises:
        ParameterError: The site is unknown, `data` is given for another site than "local", a number is not above 0,
            or `second_run` is not one of the three words.
        CredentialError: The token is a placeholder.

    Our choice: `FIGSHARE_API_URL` and `FIGSHARE_STATS_URL` override a site's addresses.
    """
    token = Secret.from_argument(token, "token")  # from here on no variable holds the plain text
    stats_credentials = Secret.from_argument(stats_credentials, "stats_credentials")
    require(site in SITES, f"site must be one of {', '.join(SITES)}, not {site!r}.")
    require(not data or site == "local", f"data goes with site 'local' only, not with {site!r}.")
    require(
        _is_number_above_0(timeout) and timeout < threading.TIMEOUT_MAX,
        f"timeout must be a number of seconds above 0, not {timeout!r}.",
    )
    check_second_run(second_run)
    site_settings = _site_with_addresses(SITES[site], data)
    workers = 1 if site_settings.requests_per_second and requests_per_second is None else 8
    if requests_per_second is not None:
        require(
            _is_number_above_0(requests_per_second),
            f"requests_per_second must be a number above 0, not {requests_per_second!r}.",
        )
        site_settings = replace(site_settings, requests_per_second=requests_per_second)
    figshare = Figshare(site_settings, token, stats_credentials, workers, cache, timeout)
    figshare.second_run = second_run
    return figshare


def _is_number_above_0(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and value > 0


def _site_with_addresses(site: Site, data: str | Path | None) -> Site:
    """Returns the site with its addresses. Starts local Figshare if the site needs it and it does not run yet."""
    api_url = os.environ.get("FIGSHARE_API_URL", "").rstrip("/")
    stats_url = os.environ.get("FIGSHARE_STATS_URL", "").rstrip("/")
    for variable, address in (("FIGSHARE_API_URL", api_url), ("FIGSHARE_STATS_URL", stats_url)):
        require(
            "@" not in address,
            f"{variable} must not hold a user name or a password: it would go into files. "
            "Take out what stands before the @.",
        )
    if api_url or site.name != "local":
        if api_url and not stats_url and site.name == "local":
            stats_url = api_url.removesuffix("/v2") + "/stats"
        return replace(site, api_url=api_url or site.api_url, stats_url=stats_url or site.stats_url)
    server = local_server(data)
    return replace(site, api_url=server.url, stats_url=stats_url or server.stats_url)


class Figshare(Snapshot):
    """A Figshare site, as `connect` opens it. For the help of a method type `fh.Figshare.search?`

    The methods under *Requests* send one request each and return Figshare's answer as it is. What gets or does
    something in the groups below sends as many requests as it needs.

    Requests (transport)     get, post, put, delete, stats; ask sends any of them
    The requests so far      requests_made and last_exchange (without brackets), request_counts, as_curl, as_python;
                             with trace() prints each request of a block
    Credentials, end         use_token, has_stats_credentials (without brackets), close;
                             with impersonating(...) acts for another account in a block
    Public items (articles)  search, articles, article, full_records, versions, files, resolve
      and what else is public  collections, collection_articles, projects, project_articles,
                             categories, find_category, licenses, find_license
    Statistics               total, totals, totals_from_top, timeline, breakdown, top, count_articles
    Own items (account)      account, account_articles, create_article, update_article, missing_fields,
                             publish_article, delete_article
    Files                    upload_file, upload_folder (uploads); download_files, download_each (downloads)
    Groups, institution      groups, subgroups; institution_articles, institution_accounts, reviews
    A repository on disk     harvest, resource_list (harvest); snapshot

    Of these the jobs are made, and your own can be:

    Lists (many_requests)    listing, new_entries, asked_once
    Several at once          in_parallel
    Results that are kept    ledger, only_run, second_run, identity (many_requests); full_record_ledger,
                             records_into (articles); totals_ledger, counts_into (statistics); fetch_file (downloads)
    What a person is told    note, announce (transport)
    """


def open_snapshot(folder: str | Path) -> Figshare:
    """Starts a local Figshare for a folder that `snapshot` wrote, and returns its client. Ignores FIGSHARE_API_URL."""
    server = start_server(folder)
    return Figshare(Site("local", server.url, server.stats_url, 0), None, None, 8, None)
