"""Masks the secrets in addresses, bodies and texts before they are shown."""

from __future__ import annotations

import base64
import logging
import re
from collections.abc import Iterable, Iterator
from typing import Any
from urllib.parse import quote, quote_plus, unquote

from figshare_workbook.client.credentials import Secret

_CREDENTIAL_NAME = re.compile(
    r"token|passw|pwd|passphrase|secret|signature|credential|private_?link|authorization|api_?key"
    r"|access_?key|(^|[-_.])(sig|key|auth|jwt|session|sid)$",
    re.IGNORECASE,
)
_START, _END, _EQUALS = r"(?:[?&;#]|%(?:3F|26|3B|23))", r"(?=[?&;#]|%(?:26|3B|23)|$)", r"(?:=|%3D)"
_PARAMETER = re.compile(
    rf"({_START})((?:(?!{_START}|{_EQUALS})[^/\s])*)({_EQUALS})(.*?){_END}", re.IGNORECASE | re.DOTALL
)
_USER_IN_ADDRESS = re.compile(r"(://|^//)[^/?#\s]*@")


def holds_credential(name: str) -> bool:
    """Tells whether a parameter or a field of this name holds a credential. A `resumptionToken` is no credential."""
    return bool(_CREDENTIAL_NAME.search(unquote(name))) and unquote(name).lower() != "resumptiontoken"


def masked_address(address: str) -> str:
    """Returns the address with masked credentials. The address of an upload is itself a credential (recorded)."""
    address = re.sub(r"/upload/[^/?#]+", "/upload/…", _USER_IN_ADDRESS.sub(r"\1***@", address))
    return _PARAMETER.sub(_masked_parameter, address)


def _masked_parameter(match: re.Match[str]) -> str:
    start, name, equals, value = match.groups()
    return f"{start}{name}{equals}{'***' if holds_credential(name) else masked_address(value)}"


def masked_body(body: Any) -> Any:
    """Returns the JSON body with masked values of fields such as `password`, at any depth."""
    if isinstance(body, dict):
        return {
            name: "***" if holds_credential(str(name)) and isinstance(value, (str, int)) else masked_body(value)
            for name, value in body.items()
        }
    return [masked_body(entry) for entry in body] if isinstance(body, list) else body


def without_secrets(text: str, secrets: Iterable[Secret | None]) -> str:
    """Returns the text with three stars in the place of these secrets.

    It finds them also in the encodings of the web; of a long secret, any half of it too.
    """
    forms = {form for secret in secrets if secret for form in _encoded_forms(secret.reveal())}
    for form in sorted(forms, key=len, reverse=True):
        text = _without_encoded_form(text, form)
    return text


def _encoded_forms(value: str) -> Iterator[str]:
    """Yields the forms in which a server may repeat a secret, or the password in `user:password`.

    Plain, reversed, percent-encoded, in hexadecimals and in Base64.
    """
    for part in filter(None, (value, value.partition(":")[2])):
        encoded = part.encode()
        in_base64 = base64.b64encode(encoded).decode().rstrip("=")
        yield from (
            part,
            part[::-1],
            quote(part, safe=""),
            quote_plus(part),
            encoded.hex(),
            in_base64,
            in_base64.translate(str.maketrans("+/", "-_")),
        )


_MIN_LENGTH_TO_HALVE = 20  # characters; half of a shorter secret may be a common word, such as "researcher"


def _without_encoded_form(text: str, form: str) -> str:
    """Returns the text without a form of a secret: any half of a long one, a short one only as a whole word."""
    if len(form) < _MIN_LENGTH_TO_HALVE:
        return re.sub(rf"(?<!\w){re.escape(form)}(?!\w)", "***", text)
    lower_text, lower_form, half_length = text.lower(), form.lower(), (len(form) + 1) // 2
    starts = (
        [
            start
            for part in {lower_form[at : at + half_length] for at in range(len(lower_form) - half_length + 1)}
            for start in _positions_of(lower_text, part)
        ]
        if len(lower_text) == len(text)
        else []
    )
    return _replace_with_stars(text, sorted(starts), half_length) if starts else text.replace(form, "***")


def _positions_of(text: str, part: str) -> Iterator[int]:
    position = text.find(part)
    while position >= 0:
        yield position
        position = text.find(part, position + 1)


def _replace_with_stars(text: str, starts: list[int], length: int) -> str:
    """Replaces the parts of a text that have this length and begin at `starts`, by three stars each.

    `starts` is in order. Parts that overlap get three stars together.
    """
    pieces: list[str] = []
    end = 0
    for start in starts:
        if start > end or not pieces:
            pieces += [text[end:start], "***"]
        end = start + length
    return "".join([*pieces, text[end:]])


class _MaskedLog(logging.Filter):
    """Masks credentials in the addresses that urllib3 writes into its log."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Masks the line, and returns True: no line is left out."""
        if isinstance(record.args, tuple):
            record.args = tuple(masked_address(part) if isinstance(part, str) else part for part in record.args)
        return True


def mask_urllib3_log() -> None:
    """Masks urllib3's log from now on, at every level."""
    for name in ("connectionpool", "connection", "util.retry"):
        logger = logging.getLogger(f"urllib3.{name}")
        if not any(isinstance(log_filter, _MaskedLog) for log_filter in logger.filters):
            logger.addFilter(_MaskedLog())
