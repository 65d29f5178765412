"""Addresses, bodies and texts are shown without the secrets in them."""

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
_START, _END, _IS = r"(?:[?&;#]|%(?:3F|26|3B|23))", r"(?=[?&;#]|%(?:26|3B|23)|$)", r"(?:=|%3D)"
_PARAMETER = re.compile(rf"({_START})((?:(?!{_START}|{_IS})[^/\s])*)({_IS})(.*?){_END}", re.IGNORECASE | re.DOTALL)
_USER = re.compile(r"(://|^//)[^/?#\s]*@")


def holds_credential(name: str) -> bool:
    """Tells whether a parameter or a field of this name holds a credential. A `resumptionToken` is no credential."""
    return bool(_CREDENTIAL_NAME.search(unquote(name))) and unquote(name).lower() != "resumptiontoken"


def masked_address(address: str) -> str:
    """Returns the address without what is a credential in it; an upload's address is one by itself (recorded)."""
    address = re.sub(r"/upload/[^/?#]+", "/upload/…", _USER.sub(r"\1***@", address))
    return _PARAMETER.sub(_masked_parameter, address)


def _masked_parameter(found: re.Match[str]) -> str:
    start, name, equals, value = found.groups()
    return f"{start}{name}{equals}{'***' if holds_credential(name) else masked_address(value)}"


def masked_body(body: Any) -> Any:
    """Returns the JSON body without the values of fields such as `password`, at any depth."""
    if isinstance(body, dict):
        return {
            name: "***" if holds_credential(str(name)) and isinstance(value, (str, int)) else masked_body(value)
            for name, value in body.items()
        }
    return [masked_body(entry) for entry in body] if isinstance(body, list) else body


def without_secrets(text: str, secrets: Iterable[Secret | None]) -> str:
    """Returns the text without any of these secrets, whole, in half, or encoded as the web encodes them."""
    forms = {form for secret in secrets if secret for form in _written_forms(secret.reveal())}
    for form in sorted(forms, key=len, reverse=True):
        text = _without_form(text, form)
    return text


def _written_forms(value: str) -> Iterator[str]:
    """Yields a secret as it may come back: as it is, its password alone, quoted, in Base64, in hexadecimals."""
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


_SHORT = 20  # signs; half of a shorter secret is a common word, such as "researcher"


def _without_form(text: str, form: str) -> str:
    """Returns the text without a secret: of a long one also a half, a short one only as a word of its own."""
    if len(form) < _SHORT:
        return re.sub(rf"(?<!\w){re.escape(form)}(?!\w)", "***", text)
    folded, parts, half = text.lower(), form.lower(), (len(form) + 1) // 2
    found = (
        [
            start
            for part in {parts[at : at + half] for at in range(len(parts) - half + 1)}
            for start in _places_of_form(folded, part)
        ]
        if len(folded) == len(text)
        else []
    )
    return _with_stars(text, sorted(found), half) if found else text.replace(form, "***")


def _places_of_form(text: str, part: str) -> Iterator[int]:
    at = text.find(part)
    while at >= 0:
        yield at
        at = text.find(part, at + 1)


def _with_stars(text: str, starts: list[int], length: int) -> str:
    """Puts three stars in the place of each stretch; stretches that overlap are one."""
    pieces: list[str] = []
    end = 0
    for start in starts:
        if start > end or not pieces:
            pieces += [text[end:start], "***"]
        end = start + length
    return "".join([*pieces, text[end:]])


class _MaskedLog(logging.Filter):
    """Takes credentials out of the addresses that urllib3 writes into its log."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Lets every line through, masked."""
        if isinstance(record.args, tuple):
            record.args = tuple(masked_address(part) if isinstance(part, str) else part for part in record.args)
        return True


def mask_urllib3_log() -> None:
    """Masks urllib3's log from now on, whatever level of it is on."""
    for name in ("connectionpool", "connection", "util.retry"):
        logger = logging.getLogger(f"urllib3.{name}")
        if not any(isinstance(each, _MaskedLog) for each in logger.filters):
            logger.addFilter(_MaskedLog())
