"""Writes a request as a curl line for a terminal, or as a plain Python script with the package requests."""

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

_MAX_WIDTH = 84  # characters, so that a script fits on a projector
_CURL_CREDENTIALS = {
    "token": '-H "Authorization: token $FIGSHARE_TOKEN"',
    "password": '-u "$FIGSHARE_STATS_CREDENTIALS"',
}
_CREDENTIAL_LINES = {
    "token": ['token = os.environ["FIGSHARE_TOKEN"]'],
    "password": [
        'credentials = os.environ["FIGSHARE_STATS_CREDENTIALS"]  # user:password',
        'user, _, password = credentials.partition(":")',
    ],
}


def curl_line(request: Request) -> str:
    """Returns the request as one curl line. It names the environment variables of credentials, not their values."""
    parts = ["curl"] + ([] if request.method == "GET" else [f"-X {request.method}"])
    parts += [_CURL_CREDENTIALS[request.credential_kind]] if request.credential_kind else []
    parts += [f"-H {shlex.quote(f'{name}: {value}')}" for name, value in _own_headers(request).items()]
    if isinstance(request.body, (dict, list)):
        parts += ['-H "Content-Type: application/json"', f"-d {shlex.quote(json.dumps(masked_body(request.body)))}"]
    address = masked_address(request.address).replace("'", "%27")  # the line puts the address in single quotes
    return " ".join([*parts, f"'{address}'"])


def python_script(request: Request, api_url: str, stats_url: str, redact: Callable[[str], str]) -> str:
    """Returns the request as a script that needs only the package requests.

    Args:
        request: The request that was sent.
        api_url, stats_url: The site's addresses; the script assigns the one that it uses to a variable.
        redact: Removes secrets from a text. It is called for each value before long values are broken into lines.
    """
    base_line, address = _address(request, {"api": api_url, "stats": stats_url})
    arguments = _arguments(request, redact)
    modules = ["import os", ""] if request.credential_kind else []
    call = [
        f"response = requests.{request.method.lower()}(",
        f"    {address},",
        *(f"    {name}={value}," for name, value in arguments.items()),
        ")",
    ]
    is_file = isinstance(request.body, (bytes, FilePart))
    body_comment = ["# The bytes of a file were its body; they are left out here."] if is_file else []
    answer = "response.json()" if request.is_json_answer else "response.text"
    lines = [
        *modules,
        "import requests",
        "",
        *base_line,
        *_CREDENTIAL_LINES.get(request.credential_kind, []),
        *body_comment,
        *call,
        "response.raise_for_status()  # stops here on 404 and the like",
        f"print({answer})",
    ]
    return redact("\n".join(lines))


def _address(request: Request, bases: dict[str, str]) -> tuple[list[str], str]:
    """Returns the line that assigns the site's address to a variable, and the request's address as an f-string with it.

    An address on another server is returned whole, without such a line.
    """
    url = masked_address(requote_uri(request.url))
    for name, base in bases.items():
        if url.startswith(f"{base}/"):
            return [f'{name} = "{base}"'], f'f"{{{name}}}{url.removeprefix(base)}"'
    return [], f'"{url}"'


def _arguments(request: Request, redact: Callable[[str], str]) -> dict[str, str]:
    """Returns the keyword arguments of the call of requests, as Python source."""
    headers = [f'"{name}": {value!r}' for name, value in _own_headers(request).items()]
    headers = ['"Authorization": f"token {token}"'] * (request.credential_kind == "token") + headers
    query = {name: "***" if holds_credential(name) else value for name, value in request.params.items()}
    body = masked_body(request.body) if isinstance(request.body, (dict, list)) else None
    arguments = {
        "headers": f"{{{', '.join(headers)}}}" if headers else "",
        "auth": "(user, password)" if request.credential_kind == "password" else "",
        "params": _literal(query, redact, "params") if query else "",
        "json": "" if body is None else _literal(body, redact, "json"),
        "timeout": "60",
    }
    return {name: value for name, value in arguments.items() if value}


def _own_headers(request: Request) -> dict[str, str]:
    """Returns the headers that the request sets itself, such as `X-Cursor`, with masked credentials."""
    return {name: "***" if holds_credential(name) else value for name, value in request.headers.items()}


def _literal(value: Any, redact: Callable[[str], str], name: str) -> str:
    """Returns a value as Python source, its lines indented to stand below each other."""
    indent = " " * (len(name) + 5)
    text = pprint.pformat(_redact_strings(value, redact), width=_MAX_WIDTH - len(indent), sort_dicts=False)
    return text.replace("\n", f"\n{indent}")


def _redact_strings(value: Any, redact: Callable[[str], str]) -> Any:
    if isinstance(value, dict):
        return {_redact_strings(name, redact): _redact_strings(part, redact) for name, part in value.items()}
    if isinstance(value, (list, tuple)):
        return [_redact_strings(part, redact) for part in value]
    return redact(masked_address(value)) if isinstance(value, str) else value
