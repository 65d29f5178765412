"""The parameter `author`: an ORCID, an author's id or a name."""

from __future__ import annotations

from typing import Any

from figshare_workbook.base.errors import require
from figshare_workbook.base.identifiers import read_identifier
from figshare_workbook.base.pasted import shortened_value


def author_key(author: str | int) -> tuple[str, Any]:
    """Returns the field of an author's record to search by, and the value to look for.

    Args:
        author: As a person typed it: an ORCID, an author's id or page, "Ada Lovelace" or "Lovelace, Ada".

    Returns:
        `("orcid_id", text)`, `("id", number)` or `("full_name", text)`.

    Raises:
        ParameterError: It is empty, or an identifier of something else, such as a DOI.
    """
    text = str(author).strip()
    require(text, "author must be an ORCID, an author id or a name, not empty: change it.")
    identifier = read_identifier(author)
    if identifier.kind == "orcid":
        return "orcid_id", identifier.text
    if identifier.kind in ("author", "number"):
        return "id", identifier.id
    require(
        identifier.kind == "text",
        f"author must be an ORCID, an author id or a name, not {shortened_value(author)}, which looks "
        f"like {identifier.looks_like}: change it.",
    )
    family_name, comma, given_name = " ".join(text.split()).partition(",")
    return "full_name", f"{given_name.strip()} {family_name.strip()}" if comma else text
