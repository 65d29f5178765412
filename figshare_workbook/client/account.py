"""The account's own items: create, change, publish, delete."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterator

import requests

from figshare_workbook.base.errors import Forbidden, NotFound, UncertainWrite, require
from figshare_workbook.base.identifiers import id_number
from figshare_workbook.base.rules import MAX_PAGE_SIZE
from figshare_workbook.client.answer import body_if_readable
from figshare_workbook.client.answer_shapes import ACCOUNT, RECORD
from figshare_workbook.client.articles import Articles
from figshare_workbook.client.pace import growing_pauses
from figshare_workbook.client.request import shown_path
from figshare_workbook.client.request_errors import LOOK_FIRST


class Account(Articles):
    """The account that the token belongs to, and its own items, drafts and published ones."""

    def account(self) -> dict:
        """Returns the account that the token belongs to."""
        return self.ask("GET", "/account", shape=ACCOUNT)

    def account_articles(self, *, limit: int | None = None, page_size: int = MAX_PAGE_SIZE) -> Iterator[dict]:
        """Lists the account's own items, drafts and published ones, newest first. Fetches pages as they are needed."""
        return self.listing("GET", "/account/articles", {}, limit=limit, page_size=page_size)

    def create_article(self, metadata: dict, *, keep_owner: bool = True) -> int:
        """Creates a draft item and returns its id.

        Args:
            metadata: The fields of the documentation; only `title` is required.
            keep_owner: Figshare puts the token's owner first among the authors, even if `metadata` does not
                name them (recorded). False sets the authors to those in `metadata` by a second request.

        Raises:
            BadRequest: A field is not accepted.
            UncertainWrite: The draft may exist or not; `account_articles()` shows it.

        The id comes from the `Location` header (recorded: the body does not always have it).
        """
        require(
            isinstance(metadata, dict) and metadata.get("title"),
            'A draft needs a title: give the metadata as a dictionary, {"title": "..."}.',
        )
        article_id = created_id(self._request("POST", "/account/articles", body=metadata))
        if not keep_owner and metadata.get("authors"):
            self._request("PUT", f"/account/articles/{article_id}/authors", body={"authors": metadata["authors"]})
        return article_id

    def update_article(self, article_id: int, metadata: dict) -> None:
        """Changes the given fields of an item. The public sees the change when the item is published again."""
        self._request("PUT", f"/account/articles/{id_number(article_id)}", body=metadata or {})

    def publish_article(self, article_id: int, *, wait: float = 30) -> dict:
        """Publishes an item, for everybody and for good, and returns its record.

        Args:
            article_id: A draft, or a published item that was changed.
            wait: The most seconds to wait until the public record can be read.

        Returns:
            The public record; the private record where the item waits for review (`is_public` False), or where the
            public record cannot be read in time.

        Raises:
            BadRequest: A field is missing; call `missing_fields` before to find out which.

        Recorded: after publication, the public record may be answered with 404 for a moment.
        """
        path = f"/articles/{id_number(article_id)}"
        self._request("POST", f"/account{path}/publish", body={})
        private_record = self.ask("GET", f"/account{path}", shape=RECORD)
        if private_record.get("status") != "public" and not private_record.get("is_public"):
            return private_record
        for _ in growing_pauses(wait):
            with contextlib.suppress(NotFound):
                return self.article(article_id)
        return private_record

    def delete_article(self, article_id: int) -> None:
        """Deletes a draft. A published item cannot be deleted (documented)."""
        try:
            self._request("DELETE", f"/account/articles/{id_number(article_id)}")
        except Forbidden as error:
            what = str(error).partition("\n")[0]
            raise Forbidden(
                what,
                "only drafts of one's own can be deleted; what is published stays.",
                "let a published item stand; if it is a draft, check whose the token is.",
                status=error.status,
                code=error.code,
                message=error.message,
                method=error.method,
                path=error.path,
            ) from None

    def missing_fields(self, article_id: int) -> list[str]:
        """Returns the names of the fields that an item needs before it can be published; [] where none is missing.

        Recorded: title, description, authors, categories, keywords, type, licence and a file. An
        institution may ask for more.
        """
        record = self.article(article_id, private=True)
        return [
            name
            for key, name in _REQUIRED_TO_PUBLISH.items()
            if not record.get(key) and not (key == "files" and record.get("is_metadata_record"))
        ]


_REQUIRED_TO_PUBLISH = {
    "title": "title",
    "description": "description",
    "authors": "authors",
    "categories": "categories",
    "tags": "keywords",
    "defined_type_name": "defined_type",
    "license": "license",
    "files": "a file",
}


def created_id(response: requests.Response) -> int:
    """Returns the id of what a POST has created: the number at the end of `Location`, or of `location` in the body.

    Raises:
        UncertainWrite: The answer holds no such number.
    """
    body = body_if_readable(response)
    location = response.headers.get("Location") or (body.get("location") if isinstance(body, dict) else "")
    if number := re.search(r"/(\d+)/?$", str(location)):
        return int(number[1])
    path = shown_path(response.url, None)
    raise UncertainWrite(
        f"Figshare answered {response.status_code} to POST {path}, but not with a number.",
        "the site may have made it, or not.",
        LOOK_FIRST,
        status=response.status_code,
        method="POST",
        path=path,
    )
