"""The lists that a form needs: categories, licences, item types."""

from __future__ import annotations

from ..listing import integer
from ..messages import Problem, Reply, Request, router
from ..record_parts import ITEM_TYPES
from ..store import Store

ROUTES, route = router()


def category_list(store: Store) -> list[dict]:
    """Returns all categories, as the API gives them."""
    rows = store.query(
        "SELECT c.*, EXISTS (SELECT 1 FROM categories d WHERE d.parent_id = c.id) AS has_children "
        "FROM categories c ORDER BY id"
    )
    return [
        {
            "parent_id": row["parent_id"],
            "id": row["id"],
            "title": row["title"],
            "path": row["path"],
            "source_id": row["source_id"],
            "taxonomy_id": row["taxonomy_id"],
            "is_selectable": bool(row["parent_id"]),
            "has_children": bool(row["has_children"]),
        }
        for row in rows
    ]


@route("GET", "/v2/categories")
def categories_list(store: Store, request: Request) -> Reply:
    """Returns all categories, unpaged (documented)."""
    return Reply(200, category_list(store))


@route("GET", "/v2/account/categories", needs="account")
def private_categories_list(store: Store, request: Request) -> Reply:
    """Returns the categories that an account may set, which are all."""
    return Reply(200, category_list(store))


def licence_list(store: Store, highest: int) -> list[dict]:
    """Returns the licences whose value is `highest` at most."""
    rows = store.query("SELECT value, name, url FROM licenses WHERE value <= ? ORDER BY value", (highest,))
    return [dict(row) for row in rows]


@route("GET", "/v2/licenses")
def licenses_list(store: Store, request: Request) -> Reply:
    """Returns the licences of figshare.com; an institution's own (value 12 and up, recorded) are the account's."""
    return Reply(200, licence_list(store, 11))


@route("GET", "/v2/account/licenses", needs="account")
def private_licenses_list(store: Store, request: Request) -> Reply:
    """Returns all licences, with those of the institution."""
    return Reply(200, licence_list(store, 1 << 30))


@route("GET", "/v2/item_types")
def item_types_list(store: Store, request: Request) -> Reply:
    """Returns the types an item can have."""
    group = integer(request.query, "group_id", 0, 1 << 60)
    if group and store.first_row("SELECT 1 FROM groups WHERE id=?", (group,)) is None:
        raise Problem(404, "EntityNotFound", "Entity not found: Group")
    return Reply(
        200,
        [
            {
                "id": number,
                "name": name,
                "string_id": name.replace(" ", "_"),
                "icon": name.replace(" ", "-"),
                "public_description": f"An item of the type {name}",
                "is_selectable": True,
                "url_name": name.replace(" ", "_"),
            }
            for number, name in ITEM_TYPES.items()
        ],
    )
