"""Who is meant by an author that a person names: by ORCID, id or name."""

from __future__ import annotations

from typing import Any

from figshare_workbook.base.errors import require
from figshare_workbook.base.identifiers import read_identifier
from figshare_workbook.base.pasted import shortened_value


def author_key(author: str | int) -> tuple[str, Any]:
    """Returns which field of an author is meant, and its value."""
    text = str(author).strip()
    require(text, "author must be an ORCID, an author id or a name, not empty: change it.")
    found = read_identifier(author)
    if found.kind == "orcid":
        return "orcid_id", found.text
    if found.kind in ("author", "number"):
        return "id", found.id
    require(
        found.kind == "text",
        f"author must be an ORCID, an author id or a name, not {shortened_value(author)}, which looks "
        f"like {found.looks_like}: change it.",
    )
    family, comma, given = " ".join(text.split()).partition(",")
    return "full_name", f"{given.strip()} {family.strip()}" if comma else text
