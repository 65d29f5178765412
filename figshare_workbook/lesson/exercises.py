"""*Right*, or a hint."""

from __future__ import annotations

import contextlib
import hashlib
import re
from typing import Any


def answer_digest(answer: Any) -> str:
    """Returns a fingerprint of an answer: `check_answer` compares it, and nobody can read the answer off it."""
    return hashlib.sha256(_comparable_text(answer).encode()).hexdigest()[:12]


def _comparable_text(answer: Any) -> str:
    """Returns one text for equal answers: 3, 3.0, "3" and a Series of one 3 agree.

    The order of a list counts, that of a set does not.
    """
    if isinstance(answer, dict):
        return _comparable_text({f"{_comparable_text(key)}={_comparable_text(value)}" for key, value in answer.items()})
    if isinstance(answer, (set, frozenset)):
        return _comparable_text(sorted(map(_comparable_text, answer)))
    if hasattr(answer, "tolist"):
        answer = answer.tolist()
        if isinstance(answer, list) and len(answer) == 1:  # somebody chose a row of a table and means its only value
            answer = answer[0]
    if isinstance(answer, (list, tuple)):
        return "[" + ",".join(map(_comparable_text, answer)) + "]"
    if isinstance(answer, str) and re.fullmatch(r"\s*\d{1,3}(,\d{3})+\s*", answer):
        answer = answer.replace(",", "")
    with contextlib.suppress(TypeError, ValueError):
        number = float(answer)
        return f"{number:.0f}" if number.is_integer() else f"{number:.6g}"  # an id is right in all its digits
    return str(answer).strip().casefold()


def check_answer(answer: Any, expected: Any, hint: str) -> None:
    """Says "Right." or gives a hint, never the answer.

    Args:
        answer: What the learner found; None or ... where nothing was written yet.
        expected: The digest that `answer_digest` gives, as "digest:...", or the value itself; "members:..."
            is the digest of a set, for which a list in any order is right too.
        hint: Where to look.
    """
    if answer is None or answer is ...:
        print("Nothing to check yet: write your answer in the cell above, and run it.")
        return
    kind, _, expected_digest = str(expected).partition(":")
    if kind not in ("digest", "members"):
        expected_digest = answer_digest(expected)
    if kind == "members" and isinstance(answer, (list, tuple)):
        answer = set(map(_comparable_text, answer))
    print("Right." if expected_digest == answer_digest(answer) else f"Not yet. Hint: {hint}")
