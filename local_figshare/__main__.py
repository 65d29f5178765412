"""``python -m local_figshare``: serve until Ctrl-C."""

from __future__ import annotations

import argparse
import logging
import signal
import sys
import time
from typing import NoReturn

from . import CatalogueError, serve

LOOPBACK = ("127.0.0.1", "localhost", "::1")
ENDINGS = (signal.SIGINT, signal.SIGTERM)
NAP = 0.1  # seconds: a signal that comes as a sleep begins is seen at its end, so no sleep is long


def main(argv: list[str] | None = None) -> int:
    """Serve until SIGINT or SIGTERM; the exit code is 2 for a catalogue or an address that cannot be served."""
    options = parser().parse_args(argv)
    for number in ENDINGS:
        signal.signal(number, end)
    try:
        return run(options)
    except KeyboardInterrupt:
        return 0


def end(*_: object) -> NoReturn:
    """Handle a signal, once: a second Ctrl-C must not interrupt the cleaning."""
    for number in ENDINGS:
        signal.signal(number, signal.SIG_IGN)
    raise KeyboardInterrupt


def run(options: argparse.Namespace) -> int:
    """Serve until `end` interrupts."""
    logging.basicConfig(format="%(message)s")  # to stderr: a defect of a handler shows where it is
    if options.host not in LOOPBACK:
        print(
            f"Warning: {options.host} lets other machines read and write here; the tokens below are public.",
            file=sys.stderr,
        )
    try:
        server = serve(options.data, options.port, options.host, options.latency, options.allow_host)
    except CatalogueError as error:
        print(f"local_figshare: {error}", file=sys.stderr)
        return 2
    except OSError as error:
        print(f"{error.strerror or error}.", file=sys.stderr)
        return 2
    with server:
        print(greeting(server), flush=True)
        while True:
            time.sleep(NAP)


def parser() -> argparse.ArgumentParser:
    made = argparse.ArgumentParser(
        "python -m local_figshare", description="A Figshare-compatible server on this machine."
    )
    made.add_argument("--port", type=int, default=8080, help="port; 0 picks a free one (default: 8080)")
    made.add_argument("--data", metavar="FOLDER", help="folder of records to serve (default: the workbook's own)")
    made.add_argument(
        "--host", default="127.0.0.1", help="address to listen on (default: 127.0.0.1, this machine only)"
    )
    made.add_argument(
        "--allow-host",
        metavar="NAME",
        action="append",
        default=[],
        help="a further name under which clients may write here; may be given more than once",
    )
    made.add_argument("--latency", type=float, default=0, metavar="MS", help="delay of every answer, in milliseconds")
    return made


def greeting(server: object) -> str:
    """Addresses and credentials."""
    return "\n".join(
        [
            f"Local Figshare serves at {server.root}",
            f"  REST API      {server.url}",
            f"  stats         {server.stats_url}",
            f"  OAI-PMH       {server.url}/oai",
            f"  ResourceSync  {server.root}/.well-known/resourcesync",
            "Demonstration credentials, good on this server only:",
            "  token of a researcher      local-researcher",
            "  token of an administrator  local-admin",
            "  stats user and password    local:local",
            "Ctrl-C ends it.",
        ]
    )


if __name__ == "__main__":
    sys.exit(main())
