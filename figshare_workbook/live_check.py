"""Does the real service still answer as lessons and helpers expect? A person starts it; no test sends it anywhere.

    .venv/bin/python -m figshare_workbook.live_check          # asks before it sends
    .venv/bin/python -m figshare_workbook.live_check --yes    # does not ask

About ten public reads, one a second, without a token; nothing is written. What comes is compared with the shapes that
the helpers declare (`client.answer_shapes`), and its fields with those that local Figshare gives for the same request.
The result is a short text to paste into an issue.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from figshare_workbook import __version__
from figshare_workbook.base.errors import ConnectionFailed, FigshareError
from figshare_workbook.base.shapes import Shape
from figshare_workbook.base.sites import SITES, Site
from figshare_workbook.client.answer_shapes import (
    BREAKDOWN,
    CATEGORIES,
    ENTRIES,
    FILES,
    LICENSES,
    OAI_IDENTITY,
    TIMELINE,
    TOTAL,
    VERSIONS,
    record_of,
)
from figshare_workbook.client.connect import Figshare, connect
from figshare_workbook.client.local_site import start_server

ITEM = 5616445  # the lessons' first item; it is public on figshare.com too
_DAYS = {"start_date": "2021-01-01", "end_date": "2021-12-31"}


class LiveRequest(NamedTuple):
    """A public read, and what its answer must look like."""

    method: str
    path: str
    shape: Shape
    details: dict[str, Any]

    def ask(self, figshare: Figshare) -> Any:
        """Asks a site and checks the shape of its answer."""
        return figshare.ask(self.method, self.path, shape=self.shape, is_repeatable=True, **self.details)


def _get(path: str, shape: Shape, service: str = "api", **params: Any) -> LiveRequest:
    return LiveRequest("GET", path, shape, {"params": params, "service": service})


QUESTIONS = (
    _get(f"/articles/{ITEM}", record_of(ITEM)),
    _get(f"/articles/{ITEM}/versions", VERSIONS),
    _get(f"/articles/{ITEM}/files", FILES),
    _get("/articles", ENTRIES, page_size=10),
    LiveRequest("POST", "/articles/search", ENTRIES, {"body": {"search_for": ":title: frog", "page_size": 10}}),
    _get("/collections", ENTRIES, page_size=10),
    _get("/categories", CATEGORIES),
    _get("/licenses", LICENSES),
    _get("/oai", OAI_IDENTITY, verb="Identify"),
    _get(f"/total/views/article/{ITEM}", TOTAL, "stats"),
    _get(f"/timeline/month/views/article/{ITEM}", TIMELINE, "stats", **_DAYS),
    _get(f"/breakdown/month/views/article/{ITEM}", BREAKDOWN, "stats", **_DAYS),
)


def live_check(figshare: Figshare, local: Figshare) -> Iterator[str]:
    """Yields the lines of the report, one for each question as it is answered, and a sum at the end.

    Args:
        figshare: The site that is checked.
        local: Local Figshare on its own catalogue, whose fields the lessons were written with.
    """
    yield f"Live check of {figshare.api_url} with workbook {__version__}, {len(QUESTIONS)} public reads"
    agreed = 0
    for question in QUESTIONS:
        name = f"{question.method} {question.path}"
        try:
            answer = question.ask(figshare)
        except FigshareError as error:
            yield f"DIFFERS  {name}: {str(error).splitlines()[0]}"
            if _is_the_end(error):
                yield "Stopped here: the site cannot be reached, or does not want to be asked now. Try again later."
                return
            continue
        missing, new = _differences(_fields(question.ask(local)), _fields(answer))
        agreed += not missing
        lacks = f"lacks {', '.join(missing)}; " if missing else ""
        yield f"{'DIFFERS' if missing else 'ok     '}  {name}: {lacks}{question.shape.name}" + (
            f" (new: {', '.join(new)})" if new else ""
        )
    yield f"{agreed} of {len(QUESTIONS)} as expected."


def _is_the_end(error: FigshareError) -> bool:
    """Tells whether to stop: asking on would not help, or would be impolite."""
    return error.status in (403, 429) or (isinstance(error, ConnectionFailed) and error.status is None)


def _fields(answer: Any) -> set[str]:
    """Returns the names of an answer's fields; of a list those of any entry. Periods and places are no fields."""
    if isinstance(answer, list):
        return set().union(*(set(entry) for entry in answer if isinstance(entry, dict)))
    return set(answer) if isinstance(answer, dict) else set()


def _differences(expected: set[str], found: set[str]) -> tuple[list[str], list[str]]:
    return sorted(expected - found), sorted(found - expected)


def _is_allowed(site: str, is_sure: bool) -> bool:
    """Says what will be sent, and asks the person; without one, only `--yes` allows it."""
    if is_sure:
        return True
    if not sys.stdin.isatty():
        print("Nothing was sent: nobody is there to be asked. Add --yes to allow it.", file=sys.stderr)
        return False
    return input(
        f"{len(QUESTIONS)} public reads go to {site}, one a second. Nothing is written. Send them? [y/N] "
    ).strip().lower() in ("y", "yes")


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the check.

    Returns the exit code: 0 where all is as expected, 1 where something differs, 2 where nothing was sent.
    """
    parser = argparse.ArgumentParser(
        prog="python -m figshare_workbook.live_check", description=(__doc__ or "").splitlines()[0]
    )
    parser.add_argument("--site", default="figshare", choices=SITES)
    parser.add_argument("--yes", action="store_true", help="send without asking")
    options = parser.parse_args(arguments)
    if not _is_allowed(options.site, options.yes):
        return 2
    server, line = start_server(None), ""
    own = Figshare(Site("local", server.url, server.stats_url, 0), None, None, 1, None)
    with own as local, connect(options.site, token="", cache=False) as figshare:
        for line in live_check(figshare, local):
            print(line, flush=True)
    return 0 if line == f"{len(QUESTIONS)} of {len(QUESTIONS)} as expected." else 1


if __name__ == "__main__":
    sys.exit(main())
