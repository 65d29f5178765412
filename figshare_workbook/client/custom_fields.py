"""The custom fields that a group has for its items."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from figshare_workbook.base.errors import Forbidden, NotFound, ParameterError, require
from figshare_workbook.client.answer_shapes import FIELD_RULES
from figshare_workbook.client.connect import Figshare


def custom_values(figshare: Figshare, group_id: int | None, field_texts: Sequence[str]) -> dict[str, str]:
    """Returns the values of custom fields by their names, checked against the rules of the group.

    It sends one request, or two where no group is given.

    Args:
        figshare: The client; within `figshare.impersonating(...)` for another account.
        group_id: The group of the items; None or 0: the account's own.
        field_texts: Each as "Name: value" or "Name=value".

    Returns:
        The value of each field, by its name.

    Raises:
        ParameterError: The group has no such field, does not take the value, or asks for another field
            (documented: names, options, mandatory).
    """
    group_id = group_id or figshare.account().get("group_id")
    rules = {rule["name"]: rule for rule in _rules(figshare, group_id)}
    values = dict(_name_and_value(text, rules) for text in field_texts)
    for name, value in values.items():
        require(
            name in rules,
            f"custom_fields: group {group_id} has no field {name!r}, it has "
            f"{', '.join(rules) or 'none'}. Change the name, or take it out.",
        )
        options = (rules[name].get("settings") or {}).get("options") or [value]
        require(value in options, f"custom_fields: {name} must be one of {', '.join(options)}, not {value!r}.")
    missing = [name for name, rule in rules.items() if rule.get("is_mandatory") and not values.get(name)]
    require(not missing, f"custom_fields: group {group_id} asks for {', '.join(missing)}. Add it.")
    return values


def _rules(figshare: Figshare, group_id: int | None) -> list[dict]:
    if not group_id:
        return []
    try:
        return figshare.ask("GET", f"/account/groups/{group_id}/metadata/item", shape=FIELD_RULES)
    except (Forbidden, NotFound):
        raise ParameterError(
            f"target_group {group_id} is no group in which this account may have items: choose "
            "another, or 0 for the account's own."
        ) from None


def _name_and_value(text: str, field_names: Iterable[str]) -> tuple[str, str]:
    """Splits a text into the name and the value of a field. A name in `field_names` may hold a colon or an `=`."""
    pattern = "|".join(map(re.escape, sorted(field_names, key=len, reverse=True)))
    match = re.match(rf"\s*({pattern})\s*[:=](.*)", text, re.S) if pattern else None
    match = match or re.match(r"\s*([^:=]*)[:=]?(.*)", text, re.S)
    return (match[1].strip(), match[2].strip()) if match else (text, "")
