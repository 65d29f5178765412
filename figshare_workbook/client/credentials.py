"""Tokens and passwords: where they come from, and why they never show."""

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
    """A token or a password that does not show itself, and where it was found; "" stands for anonymous."""

    __slots__ = ("_value", "source")

    def __init__(self, value: str | None, source: str):
        self._value, self.source = (value or "").strip(), source

    @classmethod
    def given_value(cls, value: str | Secret | None, name: str) -> Secret | None:
        """Returns the secret that a caller gave. Refuses a placeholder; None is looked for when it is needed."""
        if value is None:
            return None
        return without_placeholder(value if isinstance(value, Secret) else cls(value, f"the argument {name}"))

    def reveal(self) -> str:
        """Returns the value itself; called only where it goes into a request."""
        return self._value

    def is_placeholder(self) -> bool:
        """Tells whether this is `ENTER-TOKEN` or the like, or could not be a credential at all."""
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
    """Returns a secret of Colab's key store; "" outside Colab, where it is not set, or where access is refused."""
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


def given_secret(name: str, is_local: bool) -> Secret | None:
    """Returns the secret of the environment, of Colab or of the demonstration, in this order.

    Returns None where no secret was given.
    """
    for secret in (Secret(os.environ.get(name), name), Secret(_colab_secret(name), "Colab's secrets")):
        if secret:
            return without_placeholder(secret)
    return Secret(_DEMONSTRATION[name], "the demonstration account") if is_local else None


def find_secret(name: str, what: str, is_local: bool) -> Secret:
    """Returns a secret that was given, or one from the prompt. Raises `CredentialError` where there is none."""
    if secret := given_secret(name, is_local):
        return secret
    if is_interactive() and not is_form_at_work() and (secret := Secret(_prompt(name), "the prompt")):
        return without_placeholder(secret)
    why = "a form cannot ask" if is_form_at_work() else "nobody is there to be asked"
    raise CredentialError(
        f"This request needs {what}, and none was found.",
        f"{name} is not set, and {why}.",
        f"set the environment variable {name} (in Colab: a secret of that name).",
    )


def without_placeholder(secret: Secret) -> Secret:
    """Refuses `ENTER-TOKEN` and the like before they are sent anywhere."""
    if secret and secret.is_placeholder():
        raise CredentialError(
            f"What {secret.source} gives is not a token or password.",
            "it is a placeholder, or holds blanks or other characters that none has.",
            "put your own in its place.",
        )
    return secret


def admin_token(site: str, institution: str) -> str | None:
    """Returns the token of an institution's administrator on local Figshare; None elsewhere: use your own."""
    return f"local-{'faber-' if institution == 'faber' else ''}admin" if site == "local" else None
