"""Tokens and passwords: where they come from, and how they are kept out of every output."""

from __future__ import annotations

import os
import re
import sys
from typing import NoReturn

from figshare_workbook.base.errors import CredentialError
from figshare_workbook.base.screen import is_form_at_work, is_interactive

_DEMONSTRATION = {"FIGSHARE_TOKEN": "local-researcher", "FIGSHARE_STATS_CREDENTIALS": "local:local"}
_PLACEHOLDER = re.compile(
    r"(enter|your|insert|paste|my|the)?[\W_]*(api|personal)?[\W_]*token[\W_]*(here)?"
    r"|x+|<.*>|user(name)?:pass(word)?",
    re.IGNORECASE,
)


class Secret:
    """A token or a password, and where it was found. Its repr does not show the value; an empty one means anonymous."""

    __slots__ = ("_value", "source")

    def __init__(self, value: str | None, source: str):
        self._value, self.source = (value or "").strip(), source

    @classmethod
    def from_argument(cls, value: str | Secret | None, name: str) -> Secret | None:
        """Returns an argument of `connect` as a secret; None for None, which means to look for one when it is needed.

        Raises:
            CredentialError: The value is a placeholder.
        """
        if value is None:
            return None
        return reject_placeholder(value if isinstance(value, Secret) else cls(value, f"the argument {name}"))

    def reveal(self) -> str:
        """Returns the plain value. Call it only to put the value into a request, or to mask it in a text."""
        return self._value

    def is_placeholder(self) -> bool:
        """Tells whether the value is `ENTER-TOKEN` or the like, or has characters that no credential has."""
        return bool(_PLACEHOLDER.fullmatch(self._value) or re.search(r"[^!-~]", self._value))

    def __reduce__(self) -> NoReturn:
        raise TypeError(
            "A token or a password is not written to disk, nor sent to another process: "
            "connect there, by fh.connect(...)."
        )

    def __bool__(self) -> bool:
        return bool(self._value)

    def __repr__(self) -> str:
        return f"<secret from {self.source}>" if self else "<no secret>"


def _colab_secret(name: str) -> str:
    """Returns a secret of Colab's key store; "" outside Colab, or where it is not set or may not be read."""
    if "google.colab" not in sys.modules:
        return ""
    try:
        from google.colab import userdata

        return userdata.get(name) or ""
    except Exception:  # SecretNotFoundError, NotebookAccessError, TimeoutException: all mean "not from here"
        return ""


def _prompt(name: str) -> str:
    """Asks the person in front of the notebook, without showing what is typed."""
    from getpass import getpass

    try:
        return getpass(f"{name} (is not shown, is not saved): ")
    except (EOFError, NotImplementedError, RuntimeError):  # a kernel without a front end
        return ""


def configured_secret(name: str, is_local: bool) -> Secret | None:
    """Returns the secret of the environment, of Colab or of the demonstration account, in this order; else None.

    It does not prompt.
    """
    for secret in (Secret(os.environ.get(name), name), Secret(_colab_secret(name), "Colab's secrets")):
        if secret:
            return reject_placeholder(secret)
    return Secret(_DEMONSTRATION[name], "the demonstration account") if is_local else None


def find_secret(name: str, what: str, is_local: bool) -> Secret:
    """Returns the secret that `configured_secret` finds, or prompts for it.

    Args:
        name: The environment variable.
        what: The secret in words, for the error.
        is_local: Whether the site is local Figshare, which has a demonstration account.

    Raises:
        CredentialError: There is no secret and nobody to ask, or it is a placeholder.
    """
    if secret := configured_secret(name, is_local):
        return secret
    if is_interactive() and not is_form_at_work() and (secret := Secret(_prompt(name), "the prompt")):
        return reject_placeholder(secret)
    why = "a form cannot ask" if is_form_at_work() else "nobody is there to be asked"
    raise CredentialError(
        f"This request needs {what}, and none was found.",
        f"{name} is not set, and {why}.",
        f"set the environment variable {name} (in Colab: a secret of that name).",
    )


def reject_placeholder(secret: Secret) -> Secret:
    """Returns the secret. Raises `CredentialError` for `ENTER-TOKEN` and the like, so that they are never sent."""
    if secret and secret.is_placeholder():
        raise CredentialError(
            f"What {secret.source} gives is not a token or password.",
            "it is a placeholder, or holds blanks or other characters that none has.",
            "put your own in its place.",
        )
    return secret


def admin_token(site: str, institution: str) -> str | None:
    """Returns the token of an institution's administrator on local Figshare; None on other sites: use your own."""
    return _LOCAL_ADMINS.get(institution, "local-admin") if site == "local" else None


_LOCAL_ADMINS = {"faber": "local-faber-admin"}  # the shipped catalogue has two administrators
