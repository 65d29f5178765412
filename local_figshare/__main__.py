"""The command ``local-figshare``, also ``python -m local_figshare``: serves until Ctrl-C."""

from __future__ import annotations

import argparse
import logging
import signal
import sys
import time
from pathlib import Path
from typing import NoReturn

from . import CatalogueError, LocalFigshare, serve

LOOPBACK = ("127.0.0.1", "localhost", "::1")
END_SIGNALS = (signal.SIGINT, signal.SIGTERM)
NAP = 0.1  # seconds: a signal may be handled only when a sleep ends, so each sleep is short


def main(argv: list[str] | None = None) -> int:
    """Serves until SIGINT or SIGTERM; the exit code is 2 for a catalogue or an address that cannot be served."""
    options = option_parser().parse_args(argv)
    for number in END_SIGNALS:
        signal.signal(number, interrupt)
    try:
        return run(options)
    except KeyboardInterrupt:
        return 0


def interrupt(*_: object) -> NoReturn:
    """Handles the first signal and ignores later ones, so that a second Ctrl-C does not interrupt the cleaning up."""
    for number in END_SIGNALS:
        signal.signal(number, signal.SIG_IGN)
    raise KeyboardInterrupt


def run(options: argparse.Namespace) -> int:
    """Starts the server, prints where it is, and waits until a signal ends it."""
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


def option_parser() -> argparse.ArgumentParser:
    """Returns the options of the command line, under the name by which the command was called."""
    program = Path(sys.argv[0])
    name = "python -m local_figshare" if program.stem == "__main__" else program.stem
    parser = argparse.ArgumentParser(name, description="A Figshare-compatible server on this machine.")
    parser.add_argument("--port", type=int, default=8080, help="port; 0 picks a free one (default: 8080)")
    parser.add_argument("--data", metavar="FOLDER", help="folder of records to serve (default: the workbook's own)")
    parser.add_argument(
        "--host", default="127.0.0.1", help="address to listen on (default: 127.0.0.1, this machine only)"
    )
    parser.add_argument(
        "--allow-host",
        metavar="NAME",
        action="append",
        default=[],
        help="a further name under which clients may write here; may be given more than once",
    )
    parser.add_argument("--latency", type=float, default=0, metavar="MS", help="delay of every answer, in milliseconds")
    return parser


def greeting(server: LocalFigshare) -> str:
    """Returns what is printed at the start: addresses and demonstration credentials."""
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
