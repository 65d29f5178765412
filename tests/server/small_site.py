"""A small invented catalogue and some handlers, asked without HTTP: what tests of single handlers share."""

import csv
import json
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

import pytest
from make_big_catalogue import make_data_folder

from local_figshare.catalogue import Catalogue
from local_figshare.dispatch import Dispatcher
from local_figshare.messages import Request
from local_figshare.store import Store


class SmallSite:
    """The store of a data folder and the routes of some handler modules."""

    def __init__(self, folder: Path, *modules):
        self.folder = folder
        self.store = Store(Catalogue(folder))
        self.dispatcher = Dispatcher(self.store, [route for module in modules for route in module.ROUTES])

    def ask(self, url: str, method: str = "GET", body: bytes | dict = b"", **headers: str):
        """Gives the reply to a request."""
        parts = urlsplit(url)
        body = json.dumps(body).encode() if isinstance(body, dict) else body
        query = dict(parse_qsl(parts.query, keep_blank_values=True))
        headers = {name.lower().replace("_", "-"): value for name, value in headers.items()}
        request = Request(method, parts.path, query, headers, body)
        return self.dispatcher.handle(request)

    def records(self) -> list[dict]:
        lines = (self.folder / "articles.jsonl").read_text(encoding="utf-8").splitlines()
        return [json.loads(line) for line in lines]

    def totals(self, counter: str = "views") -> dict[int, int]:
        with (self.folder / "totals.csv").open(encoding="utf-8") as file:
            return {int(row["article_id"]): int(row[counter]) for row in csv.DictReader(file)}


def make_small_site(folder: Path, records: int, *modules):
    """Makes a catalogue of so many records in a folder, and yields a `SmallSite` of it; a fixture yields from it."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LOCAL_FIGSHARE_CACHE", str(folder / "cache"))
        site = SmallSite(make_data_folder(folder / "data", records), *modules)
        yield site
        site.store.close()
