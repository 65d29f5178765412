"""Names that every file system takes and that stay in their folder.

By hand: pathvalidate, the library for this, is not on Colab, and it does not count bytes.
"""

from __future__ import annotations

import re

RESERVED = {
    "CON",
    "PRN",
    "AUX",
    "NUL",  # Windows's devices
    *(f"{name}{digit}" for name in ("COM", "LPT") for digit in range(1, 10)),
}


def parts_in_item(name: str, folder: str = "") -> list[str]:
    """Returns the folders of a file inside its item, and its name.

    A name may hold a path; then it repeats its folder (recorded).
    """
    inside, own = ([part for part in re.split(r"[/\\]", text) if part not in ("", ".")] for text in (folder, name))
    own = own or [""]
    return own if own[:-1] == inside else [*inside, *own]


def safe_name(name: str) -> str:
    """Returns a name that every file system takes and that stays where it is put; "" if nothing is left."""
    name = re.sub(r'[\x00-\x1f\x7f<>:"|?*\\/\ud800-\udfff]', "_", name).strip(". ")
    if name.split(".")[0].upper() in RESERVED:
        name = f"_{name}"
    stem, dot, suffix = name.rpartition(".")
    return f"{_cut_to_bytes(stem, 120)}{dot}{_cut_to_bytes(suffix, 20)}" if stem else _cut_to_bytes(suffix, 140)


def _cut_to_bytes(text: str, most: int) -> str:
    """Cuts a text to so many bytes, no character halved: Linux counts bytes, 255 with the `-id` and `.part` of ours."""
    return text.encode()[:most].decode(errors="ignore")
