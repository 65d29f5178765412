"""The errors of the workbook. Each says what happened, its cause, and what to do."""

from __future__ import annotations

from typing import Any

from figshare_workbook.base.texts import safe_text


class FigshareError(Exception):
    """Something went wrong between this notebook and Figshare.

    Attributes:
        status: HTTP status, None where no answer came.
        code: Figshare's own error code, "" where it gave none.
        message: Figshare's own message, "" where it gave none.
        method, path: the request, "" where none was made.
    """

    def __init__(
        self,
        what: str,
        cause: str = "",
        fix: str = "",
        *,
        status: int | None = None,
        code: str = "",
        message: str = "",
        method: str = "",
        path: str = "",
    ):
        parts = [f"  {label}: {safe_text(text)}" for label, text in (("Cause", cause), ("Fix", fix)) if text]
        super().__init__("\n".join([safe_text(what), *parts]))
        self.status, self.code, self.message = status, code, safe_text(message)
        self.method, self.path = method, path

    def _render_traceback_(self) -> list[str]:
        """Returns what IPython shows instead of a traceback: the sentences alone."""
        return [f"{type(self).__name__}: {self}"]


class ParameterError(FigshareError):
    """A value that was given to a notebook or a function cannot be right; nothing was sent."""


class CredentialError(FigshareError):
    """A token or a password is needed and none was found, or what was found is a placeholder."""


class BadRequest(FigshareError):
    """Figshare did not accept a parameter or a body (400, 422)."""


class Forbidden(FigshareError):
    """Figshare does not allow this to these credentials (401, 403)."""


class NotFound(FigshareError):
    """There is nothing at this address that these credentials may see (404)."""


class ConnectionFailed(FigshareError):
    """No answer came, or one that is not from Figshare; nothing was changed."""


class UncertainWrite(FigshareError):
    """A write was sent, and no answer tells whether the site has done it."""


class FileProblem(FigshareError):
    """A file is missing, incomplete, or not what it should be."""


def require(condition: Any, sentence: str) -> None:
    """Raises `ParameterError` with this sentence, which says what to change, where the condition does not hold."""
    if not condition:
        raise ParameterError(sentence)
