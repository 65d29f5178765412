"""File names that every file system accepts and that do not lead out of their folder.

We do not use pathvalidate, the library for this: it is not on Colab, and it does not count bytes.
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
    folders, name_parts = (
        [part for part in re.split(r"[/\\]", text) if part not in ("", ".")] for text in (folder, name)
    )
    name_parts = name_parts or [""]
    return name_parts if name_parts[:-1] == folders else [*folders, *name_parts]


def safe_name(name: str) -> str:
    """Returns a name that every file system accepts and that does not lead out of its folder; "" if nothing is left."""
    name = re.sub(r'[\x00-\x1f\x7f<>:"|?*\\/\ud800-\udfff]', "_", name).strip(". ")
    if name.split(".")[0].upper() in RESERVED:
        name = f"_{name}"
    stem, dot, suffix = name.rpartition(".")
    return f"{_cut_to_bytes(stem, 120)}{dot}{_cut_to_bytes(suffix, 20)}" if stem else _cut_to_bytes(suffix, 140)


def _cut_to_bytes(text: str, max_bytes: int) -> str:
    """Cuts a text to at most `max_bytes` bytes, between two characters.

    Linux allows a name 255 bytes, and `downloads` adds `-id` and `.part` to it.
    """
    return text.encode()[:max_bytes].decode(errors="ignore")
