"""`check_question`: does what the parameters name exist on the site, and does it go together?

The rules for a value alone stand in `base.rules`; here the site is asked, before anything is written. The checks of a
notebook cost two public requests at most beyond what it asks anyway.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from figshare_workbook.base.author_key import author_key
from figshare_workbook.base.errors import CredentialError, FigshareError, Forbidden, NotFound, ParameterError, require
from figshare_workbook.base.search_language import has_words, quoted
from figshare_workbook.base.shapes import Shape
from figshare_workbook.base.texts import plain_text
from figshare_workbook.client.answer_shapes import AUTHOR, COLLECTION, INSTITUTION, OAI_HEADERS, PROJECT, RECORD
from figshare_workbook.client.connect import Figshare
from figshare_workbook.client.custom_fields import custom_values
from figshare_workbook.client.oai import OAI
from figshare_workbook.client.site_date import site_date

_PORTAL = re.compile(r"https?://(?:[^/]+/web/)?([^/]+)/")
_SHORT_NAME = re.compile(r"([a-z0-9-]+)\.(?:figshare|figsh)\.com")


def check_question(figshare: Figshare, namespace: dict[str, Any]) -> dict[str, str]:
    """Stops the notebook where what its parameters name is not on the site, or does not go together.

    Called as `fh.check_question(figshare, globals())` behind `connect`. Which checks are made goes by the
    names of the parameters, which mean the same in every notebook; 0 and "" mean *not asked for*.

    Args:
        figshare: The client, with the credentials that the person gave; no others are used.
        namespace: The notebook's `globals()`.

    Returns:
        For the parameters that name an item, an author, a collection or a project: its title or name, so that
        a reader sees whether it is the one that was meant.

    Raises:
        ParameterError: One sentence that names the parameter, its value, and what to do.

    What the site cannot tell is printed as *not checked: ...*.
    """
    titles = {}
    for names, check in _CHECKS.items():
        if all(namespace.get(name) for name in names) or (names in _CHECKED_AT_0 and set(names) <= namespace.keys()):
            titles[names[0]] = check(figshare, *((name, namespace[name]) for name in names))
    if "custom_fields" in namespace:  # an empty list is wrong too where the group asks for a value
        with figshare.impersonating(namespace.get("account_id") or 0):
            custom_values(figshare, namespace.get("target_group"), namespace["custom_fields"])
    return {name: plain_text(title) for name, title in titles.items() if title}


def _public_check(kind: str, path: str, shape: Shape) -> Callable[..., str]:
    """Makes the check of a parameter that names one public thing; the check returns the thing's title."""

    def check(figshare: Figshare, named: tuple[str, int]) -> str:
        name, number = named
        try:
            return figshare.ask("GET", f"/{path}/{number}", shape=shape).get("title") or ""
        except NotFound:
            raise ParameterError(
                f"{name} {number} is no public {kind} of this site: choose another. The number "
                "stands at the end of the address of its page."
            ) from None

    return check


def _check_author_id(figshare: Figshare, named: tuple[str, int]) -> str:
    name, number = named
    try:
        return figshare.ask("GET", f"/account/authors/{number}", shape=AUTHOR)["full_name"]
    except NotFound:
        raise ParameterError(
            f"{name} {number} is no author of this site: choose another. The number stands at the "
            "end of the author's page, and in the record of an item."
        ) from None
    except (Forbidden, CredentialError):
        print(f"not checked: {name} {number}; only with a token does Figshare tell the names of authors.")
        return ""


def _portal_host(figshare: Figshare, **filters: Any) -> str | None:
    """Returns the host of the portal in which a public item of this group or institution stands.

    Returns None where there is no item.
    """
    item = next(iter(figshare.articles(limit=1, **filters)), None)
    match = _PORTAL.match((item or {}).get("url_public_html") or "")
    return None if item is None else match[1] if match else ""


def _check_portal(what: str, host: str, institution: str) -> None:
    match = _SHORT_NAME.fullmatch(host)
    if not match or match[1] == "www":
        print(f"not checked: whether {what} belongs to {institution}; its pages are at {host or 'no address'}.")
        return
    require(
        match[1] == institution,
        f"{what} belongs to the institution {match[1]!r}, but institution is "
        f"{institution!r}: change one of them, so that all numbers are of one.",
    )


def _check_group_of_institution(figshare: Figshare, named: tuple[str, int], institution: tuple[str, str]) -> None:
    """Checks that the group is in the institution's portal: the address of one of its public items tells."""
    name, group_id = named
    host = _portal_host(figshare, group=group_id)
    if host is None:
        raise ParameterError(
            f"{name} {group_id} has no public item, so there is nothing to count: choose another "
            "group. The record of an item names its group as group_id."
        )
    _check_portal(f"{name} {group_id}", host, institution[1])


def _check_token_of_institution(figshare: Figshare, institution: tuple[str, str], _: tuple[str, str]) -> None:
    """Checks that the token, whose groups are asked for, belongs to the short name, whose statistics are."""
    own = figshare.ask("GET", "/account/institution", shape=INSTITUTION)
    host = _portal_host(figshare, institution=own["id"])
    _check_portal(f"the token ({own.get('name') or own['id']})", host or "", institution[1])


def _check_group(figshare: Figshare, named: tuple[str, int]) -> None:
    """Checks that the group is in the tree of groups, which is asked for anyway."""
    name, group_id = named
    try:
        groups = {group["id"]: group.get("name") for group in figshare.groups()}
    except Forbidden:
        print(f"not checked: {name} {group_id}; only an administrator's token reads the groups.")
        return
    examples = ", ".join(f"{number} {title}" for number, title in list(groups.items())[:5])
    require(
        group_id in groups,
        f"{name} {group_id} is no group of the token's institution: choose one of its own, such as {examples}.",
    )


def _check_account(figshare: Figshare, named: tuple[str, int]) -> None:
    name, number = named
    try:
        accounts = list(figshare.institution_accounts(id_gte=number, id_lte=number))
    except Forbidden:
        raise ParameterError(
            f"{name} {number}: only an administrator's token may act for another account. "
            f"Set {name} to 0, or give such a token."
        ) from None
    require(
        accounts,
        f"{name} {number} is no account of the token's institution: look it up with "
        "figshare.institution_accounts(), or set it to 0 for the token's own.",
    )


def _check_institution_id(figshare: Figshare, named: tuple[str, int]) -> None:
    name, number = named
    require(
        _portal_host(figshare, institution=number) is not None,
        f"{name} {number} has no public item on this site: check the number. With a token of the institution "
        "figshare.get('/account/institution') gives it.",
    )


def _check_days_ahead(figshare: Figshare, *named: tuple[str, str]) -> None:
    """Checks the day until which something is shared or closed: it must lie ahead."""
    today = site_date(figshare)
    for name, day in named:
        require(day > today, f"{name} {day} must lie after the site's day, {today}: choose a later one.")


def _check_day_not_ahead(figshare: Figshare, named: tuple[str, str]) -> None:
    """Refuses days that lie ahead: they would be counted as waited."""
    name, day = named
    today = site_date(figshare)
    require(
        day <= today, f"{name} {day} lies after the site's day, {today}: choose an earlier one, or leave {name} empty."
    )


def _check_categories(figshare: Figshare, named: tuple[str, list[str]]) -> None:
    """Checks titles of categories. One that several taxonomies have is one, since it is searched for by its words."""
    known_titles = {entry["title"].casefold() for entry in figshare.categories()}
    for title in named[1]:
        if title.strip().casefold() not in known_titles:
            _check_title(named[0], figshare.find_category, title)  # says which titles are near


def _check_category(figshare: Figshare, title: tuple[str, str], taxonomy: tuple[str, int]) -> None:
    _check_title(title[0], figshare.find_category, title[1], taxonomy_id=taxonomy[1])


def _check_license(figshare: Figshare, named: tuple[str, str]) -> None:
    _check_title(named[0], figshare.find_license, named[1])


def _check_title(name: str, look_up: Callable[..., Any], *given: Any, **options: Any) -> None:
    """Looks something up by its title; where it is not found, the sentence names the parameter."""
    try:
        look_up(*given, **options)
    except ParameterError as error:
        raise ParameterError(f"{name}: {error}") from None


def _check_author(figshare: Figshare, named: tuple[str, Any]) -> None:
    """Checks that somebody has this ORCID, id or name; whether the items are theirs, the report finds out."""
    key, value = author_key(named[1])
    if key == "id":
        try:
            figshare.ask("GET", f"/account/authors/{value}", shape=AUTHOR)
            return
        except NotFound:
            hits = []
    else:
        query = f":orcid: {value}" if key == "orcid_id" else f":author: {quoted(value)}"
        hits = list(figshare.search(query, limit=1))
    require(
        hits,
        f"author {named[1]!r}: no public item of this site has such an author. Check the spelling, or give "
        "the ORCID or the number at the end of the author's page.",
    )


def _check_names(figshare: Figshare, named: tuple[str, list[str]]) -> None:
    name, spellings = named
    hits = (hit for text in spellings if has_words(text) for hit in figshare.search(quoted(text), limit=1))
    require(
        next(hits, None),
        f"{name}: no public record of this site holds {' or '.join(map(repr, spellings))}. "
        "Check the spelling, or add another one.",
    )


def _check_oai_set(figshare: Figshare, named: tuple[str, str]) -> None:
    name, value = named
    parameters = {"verb": "ListIdentifiers", "metadataPrefix": "oai_dc", "set": value}
    root = figshare.ask("GET", "/oai", params=parameters, shape=OAI_HEADERS)
    require(
        root.find(f"{OAI}error") is None,
        f"{name} {value!r} holds no record on this site: choose another, as portal_319, item_type_3 or category_24232.",
    )


def _check_resource_sync(figshare: Figshare, named: tuple[str, str]) -> None:
    """Reads the document that the report reads anyway."""
    name, address = named
    try:
        capabilities = figshare.resource_list(address)["capability"].tolist()
    except FigshareError as error:
        reason = str(error).splitlines()[0]
        raise ParameterError(
            f"{name} {address!r} gives no description of ResourceSync ({reason}): give the address "
            "that ends with /.well-known/resourcesync, or leave it empty."
        ) from None
    require(
        "capabilitylist" in capabilities,
        f"{name} {address!r} leads to no list of capabilities: give the address "
        "that ends with /.well-known/resourcesync, or leave it empty.",
    )


_CHECKED_AT_0 = {("institution", "top_group")}  # all groups are of one institution too
_CHECKS: dict[tuple[str, ...], Callable[..., str | None]] = {
    **{
        (name,): _public_check("item", "articles", RECORD)
        for name in ("article_id", "full_record_id", "many_files_id", "example_item", "other_item_id")
    },
    ("collection_id",): _public_check("collection", "collections", COLLECTION),
    ("project_id",): _public_check("project", "projects", PROJECT),
    ("author_id",): _check_author_id,
    ("group_id", "institution"): _check_group_of_institution,
    ("other_group_id", "institution"): _check_group_of_institution,
    ("institution", "top_group"): _check_token_of_institution,
    **{(name,): _check_group for name in ("top_group", "only_group", "target_group")},
    ("group_id", "include_subgroups"): lambda figshare, named, _: _check_group(figshare, named),
    ("account_id",): _check_account,
    ("today",): _check_day_not_ahead,
    ("start_date", "author"): lambda figshare, named, _: _check_day_not_ahead(figshare, named),
    ("link_end_date", "embargo_date"): _check_days_ahead,
    ("institution_id",): _check_institution_id,
    ("categories",): _check_categories,
    ("category", "taxonomy_id"): _check_category,
    ("license_name",): _check_license,
    ("author",): _check_author,
    ("names",): _check_names,
    ("set_name",): _check_oai_set,
    ("resourcesync",): _check_resource_sync,
}
