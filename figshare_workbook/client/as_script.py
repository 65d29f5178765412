"""A request as others would send it: a curl line for a terminal, a plain `requests` script for Python."""

from __future__ import annotations

import json
import pprint
import shlex
from collections.abc import Callable
from typing import Any

from requests.utils import requote_uri

from figshare_workbook.client.file_part import FilePart
from figshare_workbook.client.masking import holds_credential, masked_address, masked_body
from figshare_workbook.client.request import Request

_WIDTH = 84  # signs, so that a script fits a projected page
_CURL = {"token": '-H "Authorization: token $FIGSHARE_TOKEN"', "password": '-u "$FIGSHARE_STATS_CREDENTIALS"'}
_VARIABLES = {
    "token": ['token = os.environ["FIGSHARE_TOKEN"]'],
    "password": [
        'credentials = os.environ["FIGSHARE_STATS_CREDENTIALS"]  # user:password',
        'user, _, password = credentials.partition(":")',
    ],
}


def curl_line(request: Request) -> str:
    """Returns the request as one line for a terminal; credentials are named as variables of the environment."""
    parts = ["curl"] + ([] if request.method == "GET" else [f"-X {request.method}"])
    parts += [_CURL[request.kind]] if request.kind else []
    parts += [f"-H {shlex.quote(f'{name}: {value}')}" for name, value in _own_headers(request).items()]
    if isinstance(request.body, (dict, list)):
        parts += ['-H "Content-Type: application/json"', f"-d {shlex.quote(json.dumps(masked_body(request.body)))}"]
    address = masked_address(request.address).replace("'", "%27")  # in quotes, ready for "?page=2" behind it
    return " ".join([*parts, f"'{address}'"])


def python_script(request: Request, api_url: str, stats_url: str, redacted: Callable[[str], str]) -> str:
    """Returns the request as a script that needs the package requests alone.

    Args:
        request: What was sent.
        api_url, stats_url: The site's; the script has the one that it uses in a line of its own.
        redacted: Takes secrets out of a text; it sees each value before it is wrapped into lines.
    """
    base, address = _address(request, {"api": api_url, "stats": stats_url})
    arguments = _arguments(request, redacted)
    modules = ["import os", ""] if request.kind else []
    call = [
        f"response = requests.{request.method.lower()}(",
        f"    {address},",
        *(f"    {name}={value}," for name, value in arguments.items()),
        ")",
    ]
    is_file = isinstance(request.body, (bytes, FilePart))
    left_out = ["# The bytes of a file were its body; they are left out here."] if is_file else []
    answer = "response.json()" if request.is_json_answer else "response.text"
    lines = [
        *modules,
        "import requests",
        "",
        *base,
        *_VARIABLES.get(request.kind, []),
        *left_out,
        *call,
        "response.raise_for_status()  # stops here on 404 and the like",
        f"print({answer})",
    ]
    return redacted("\n".join(lines))


def _address(request: Request, bases: dict[str, str]) -> tuple[list[str], str]:
    """Returns a line that names the site, and the address as an f-string behind it; a foreign address stands whole."""
    url = masked_address(requote_uri(request.url))
    for name, base in bases.items():
        if url.startswith(f"{base}/"):
            return [f'{name} = "{base}"'], f'f"{{{name}}}{url.removeprefix(base)}"'
    return [], f'"{url}"'


def _arguments(request: Request, redacted: Callable[[str], str]) -> dict[str, str]:
    """Returns what goes to requests besides the address, as Python writes it."""
    headers = [f'"{name}": {value!r}' for name, value in _own_headers(request).items()]
    headers = ['"Authorization": f"token {token}"'] * (request.kind == "token") + headers
    query = {name: "***" if holds_credential(name) else value for name, value in request.params.items()}
    body = masked_body(request.body) if isinstance(request.body, (dict, list)) else None
    written = {
        "headers": f"{{{', '.join(headers)}}}" if headers else "",
        "auth": "(user, password)" if request.kind == "password" else "",
        "params": _literal(query, redacted, "params") if query else "",
        "json": "" if body is None else _literal(body, redacted, "json"),
        "timeout": "60",
    }
    return {name: value for name, value in written.items() if value}


def _own_headers(request: Request) -> dict[str, str]:
    """Returns headers such as `X-Cursor`; none that is a credential."""
    return {name: "***" if holds_credential(name) else value for name, value in request.headers.items()}


def _literal(value: Any, redacted: Callable[[str], str], name: str) -> str:
    """Returns a value as Python writes it, in lines that stand below each other."""
    indent = " " * (len(name) + 5)
    shown = pprint.pformat(_clean(value, redacted), width=_WIDTH - len(indent), sort_dicts=False)
    return shown.replace("\n", f"\n{indent}")


def _clean(value: Any, redacted: Callable[[str], str]) -> Any:
    if isinstance(value, dict):
        return {_clean(name, redacted): _clean(part, redacted) for name, part in value.items()}
    if isinstance(value, (list, tuple)):
        return [_clean(part, redacted) for part in value]
    return redacted(masked_address(value)) if isinstance(value, str) else value
