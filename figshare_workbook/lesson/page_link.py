"""`page_link`: an address for the reader's browser, which may run on another machine than the notebook."""

from __future__ import annotations

import html
import os
import re
import sys

from figshare_workbook.base.errors import require
from figshare_workbook.base.screen import is_interactive
from figshare_workbook.base.sites import SITES
from figshare_workbook.client.connect import Figshare

_LOCAL = re.compile(r"http://(?:127\.0\.0\.1|localhost):(\d+)(/.*)?")
_HOSTED_VARIABLES = ("JUPYTERHUB_SERVICE_PREFIX", "BINDER_SERVICE_HOST")  # set where the notebook's machine is a server


class PageLink:
    """An address that a notebook shows as a link; its plain text is the address of the site itself."""

    def __init__(self, address: str, target: str, words: str = ""):
        self.address, self.target, self.words = address, target, words

    def __repr__(self) -> str:
        return self.address

    def _repr_html_(self) -> str:
        words = f" {html.escape(self.words)}" if self.words else ""
        link_text = html.escape(self.target if self.words else self.address)
        return f"<a href='{html.escape(self.target)}' target='_blank' rel='noopener'>{link_text}</a>{words}"


def page_link(figshare: Figshare, item: dict | str) -> PageLink:
    """Returns a link that opens an item's page, or an address of the API, in the reader's browser.

    Args:
        figshare: From `connect`.
        item: A record, whose public page it is; a path of the API such as `/articles/5616445`; or an address.

    Returns:
        What a notebook shows as a link. Its plain text is the address, the same on every machine but for the port.
        In Colab the link goes through Colab's way to a port of its machine. On JupyterHub and Binder, where
        127.0.0.1 is another machine than the browser's, it leads to the live site, and says so.

    Raises:
        ParameterError: The record has no public page.
    """
    address = _address_of(figshare, item)
    local = _LOCAL.fullmatch(address)
    if not local or not is_interactive():
        return PageLink(address, address)
    if proxied := _colab_address(int(local[1])):
        return PageLink(address, f"{proxied.rstrip('/')}{local[2] or '/'}")
    if any(os.environ.get(name) for name in _HOSTED_VARIABLES) or "google.colab" in sys.modules:
        return PageLink(
            address,
            _live_address(figshare, address),
            "(the live site: your browser cannot reach local Figshare, which runs on the notebook's machine)",
        )
    return PageLink(address, address)


def _address_of(figshare: Figshare, item: dict | str) -> str:
    if isinstance(item, dict):
        page_address = item.get("url_public_html") or item.get("figshare_url")
        require(page_address, "This record has no public page: give one that is published.")
        return str(page_address)
    require(isinstance(item, str) and item.strip(), f"item must be a record, a path or an address, not {item!r}.")
    return item if "://" in item else f"{figshare.api_url}/{item.lstrip('/')}"


def _colab_address(port: int) -> str:
    """Returns Colab's address of a port of its machine (documented); "" where it is not Colab, or gives none."""
    if "google.colab" not in sys.modules:
        return ""
    try:
        from google.colab.output import eval_js

        return str(eval_js(f"google.colab.kernel.proxyPort({port})") or "")
    except Exception:  # the runtime has no browser: the live address is shown
        return ""


def _live_address(figshare: Figshare, address: str) -> str:
    """Returns the same address on figshare.com; a page of local Figshare has its host in its path."""
    live = SITES["figshare"]
    for own, other in ((figshare.api_url, live.api_url), (figshare.stats_url, live.stats_url)):
        if address.startswith(f"{own}/"):
            return other + address.removeprefix(own)
    return re.sub(r"^http://[^/]+/(?:web/)?", "https://", address)
