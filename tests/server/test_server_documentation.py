"""The server's own documentation says what the router does, operation by operation."""

import re
from pathlib import Path

import local_figshare
from local_figshare import handlers
from local_figshare.faults import FAULT_KINDS
from local_figshare.handlers import MODULES, ROUTES, not_served
from local_figshare.handlers.metadata import WRITERS
from local_figshare.search import TEXT_FIELDS

README = (Path(local_figshare.__file__).parent / "README.md").read_text(encoding="utf-8")
ROW = re.compile(r"^\| `([A-Z]+) (/\S*)` \| (served|501) \| ([\d, ]*)\|$", re.MULTILINE)


def test_the_table_lists_exactly_the_routes():
    listed = [(method, rule) for method, rule, _, _ in ROW.findall(README)]
    routes = [(route.method, route.rule) for route in ROUTES]
    assert sorted(listed) == sorted(routes) and len(set(routes)) == len(routes)


def test_the_table_says_what_is_not_served():
    said = {(method, rule) for method, rule, status, _ in ROW.findall(README) if status == "501"}
    assert said == {(route.method, route.rule) for route in not_served.ROUTES}


def words_of(path):
    """Returns the words of a path as `MODULES` writes it."""
    return re.sub(r"<[^>]+>", "{}", path.removeprefix("/v2")).strip("/").split("/")


def test_a_path_names_the_file_of_its_handler():
    beginnings = {tuple(words_of(one)): name for name, several in MODULES.items() for one in several}
    assert len(beginnings) == sum(map(len, MODULES.values()))
    for route in set(ROUTES) - set(not_served.ROUTES):
        words = words_of(route.rule)
        longest = max(
            (one for one in beginnings if tuple(words[: len(one)]) == one), key=len, default=route.rule + " is in none"
        )
        assert route.handler.__module__.rpartition(".")[2] == beginnings[longest], route.rule


def test_the_folder_of_handlers_holds_no_routes_besides():
    files = {path.stem for path in Path(handlers.__file__).parent.glob("*.py") if "ROUTES" in path.read_text("utf-8")}
    assert files - {"__init__"} == set(MODULES)


def test_every_lesson_asks_for_something():
    lessons = {lesson for *_, named in ROW.findall(README) for lesson in re.findall(r"\d\d", named)}
    notebooks = {path.name[:2] for path in (Path(local_figshare.__file__).parent.parent / "notebooks").glob("*.ipynb")}
    assert lessons <= notebooks and {"01", "02", "03", "04", "05"} <= lessons


def test_every_kind_of_fault_is_described():
    assert all(f"`{kind}`" in README for kind in FAULT_KINDS)


def test_every_route_says_what_it_does():
    silent = [
        route.rule
        for route in ROUTES
        if route.handler.__module__.startswith("local_figshare.handlers.")
        and not route.handler.__doc__
        and "<locals>" not in route.handler.__qualname__
        and not route.handler.__module__.endswith("absent")
    ]
    assert silent == []


def test_tables_of_fields_are_not_empty():
    assert set(WRITERS) == {"article", "collection", "project"} and "title" in TEXT_FIELDS
