"""What the server's tests share: the shipped catalogue and every handler, asked without HTTP."""

from __future__ import annotations

import json
from urllib.parse import parse_qsl, urlsplit

from local_figshare.catalogue import SHIPPED, Catalogue
from local_figshare.dispatch import Dispatcher
from local_figshare.handlers import ROUTES
from local_figshare.messages import BASE, Reply, Request
from local_figshare.store import Store

RESEARCHER, ADMIN, FABER_ADMIN = "local-researcher", "local-admin", "local-faber-admin"


class ServerSite:
    """The store of a data folder and every handler of the server; `ask` gives a handler's reply."""

    def __init__(self, folder=SHIPPED):
        self.store = Store(Catalogue(folder))
        self.dispatcher = Dispatcher(self.store, ROUTES)

    def ask(self, method: str, path: str, body=None, token: str | None = None, **headers) -> Reply:
        """Gives the reply to a request. A path of the REST API may leave out its beginning, ``/v2``."""
        url = path.removeprefix(BASE)
        if not url.startswith(("/v2", "/files", "/upload", "/storage", "/_local", "/web", "/v3")):
            url = f"/v2{url}"
        parts = urlsplit(url)
        data = body if isinstance(body, bytes) else b"" if body is None else json.dumps(body).encode()
        sent = {name.lower().replace("_", "-"): value for name, value in headers.items()}
        if token:
            sent["authorization"] = f"token {token}"
        request = Request(method, parts.path, dict(parse_qsl(parts.query)), sent, data, Chunks(data))
        return self.dispatcher.handle(request)

    def get(self, path: str, token: str | None = None, **headers):
        """Gives the parsed JSON of a GET that must succeed."""
        reply = self.ask("GET", path, token=token, **headers)
        assert reply.status == 200, (path, reply.status, reply.body)
        return parsed(reply)

    def search(self, **body) -> list[dict]:
        """Gives the hits of a search for articles."""
        reply = self.ask("POST", "/articles/search", body)
        assert reply.status == 200, (body, reply.body)
        return parsed(reply)

    def upload(self, article: int, name: str, data: bytes, token: str = RESEARCHER, **more) -> int:
        """Uploads bytes in parts, as a file of an article; gives the file's id."""
        announced = self.ask(
            "POST", f"/account/articles/{article}/files", {"name": name, "size": len(data), **more}, token
        )
        assert announced.status == 201, announced.body
        location = announced.headers["Location"]
        for part in self.get(self.get(location, token)["upload_url"])["parts"]:
            address = f"{self.get(location, token)['upload_url']}/{part['partNo']}"
            piece = data[part["startOffset"] : part["endOffset"] + 1]
            assert self.ask("PUT", address, piece).status == 200
        assert self.ask("POST", location, token=token).status == 202
        return int(location.rpartition("/")[2])

    def create_draft(self, token: str = RESEARCHER, **fields) -> int:
        """Creates a draft that has everything publishing needs, except files; gives its id."""
        body = {
            "title": "Pond notes",
            "description": "What was seen at the pond.",
            "keywords": ["pond"],
            "categories": [26932],
            **fields,
        }
        return self.create("/account/articles", body, token)["entity_id"]

    def create(self, path: str, body: dict, token: str = RESEARCHER) -> dict:
        """Sends a POST that must create something; gives the body of the reply."""
        reply = self.ask("POST", path, body, token)
        assert reply.status == 201, (path, body, reply.body)
        return reply.body

    def create_public_article(self, token: str = RESEARCHER, **fields) -> int:
        """Creates an article, uploads a file to it and publishes it; gives its id."""
        article = self.create_draft(token, **fields)
        self.upload(article, "pond.csv", b"day,frogs\n1,2\n", token)
        reply = self.ask("POST", f"/account/articles/{article}/publish", token=token)
        assert reply.status == 201, reply.body
        return article


class Chunks:
    """A request's body as a stream."""

    def __init__(self, data: bytes):
        self.data = data

    def read(self, size: int = -1) -> bytes:
        size = len(self.data) if size < 0 else size
        data, self.data = self.data[:size], self.data[size:]
        return data


def parsed(reply: Reply):
    """Gives the parsed JSON of a reply."""
    return json.loads(reply.encoded())


def assert_problem(reply: Reply, status: int, *words: str) -> dict:
    """Checks that a reply is an error in Figshare's shape, with this status and these words in its message."""
    assert reply.status == status, (reply.status, reply.body)
    body = parsed(reply)
    assert {"message", "code"} <= set(body) <= {"message", "code", "data"} and isinstance(body["code"], str)
    assert "data" in body or body["code"] in ("EntityNotFound", "OAuthMissingToken")  # recorded without
    for word in words:
        assert word in body["message"], body
    return body
