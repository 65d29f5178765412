"""Makes the bytes of files that a catalogue does not hold, from name, id and size alone.

The ending of the name says the kind: a table, a picture, an archive and so on can be opened by the usual program. Such
a file has a head, then one pattern that is repeated as often as the size needs, and a tail. So a range of a large
file costs no more than the range. All other files hold lines of text, and so do those that are smaller than the
smallest file of their kind, or larger than `LARGEST`.
"""

from __future__ import annotations

import functools
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from . import synthetic_packages, synthetic_pictures

LARGEST = (1 << 31) - 1  # bytes: the longest chunk of a PNG, and what a zip can say without extensions
BLOCK = 1 << 16  # bytes that are made at a time

# (file id, length that the pattern fills) -> head, pattern, tail
Maker = Callable[[int, int], tuple[bytes, bytes, bytes]]


@dataclass(frozen=True)
class SyntheticFile:
    """A file: `head`, then `length` bytes of a repeated pattern, then `tail`."""

    head: bytes
    pattern: bytes
    length: int
    tail: bytes

    def between(self, start: int, end: int) -> Iterator[bytes]:
        """Yields the bytes from `start` up to `end`, which is not included."""
        body = len(self.head) + self.length
        yield self.head[start:end]
        yield from repeated_pattern(
            self.pattern, max(0, start - len(self.head)), min(self.length, end - len(self.head))
        )
        yield self.tail[max(0, start - body) : max(0, end - body)]


def repeated_pattern(pattern: bytes, start: int, end: int) -> Iterator[bytes]:
    """Yields the bytes from `start` up to `end` of a pattern that repeats without end."""
    block = pattern * (BLOCK // len(pattern) + 2)
    while start < end:
        offset = start % len(pattern)
        piece = block[offset : offset + min(BLOCK, end - start)]
        yield piece
        start += len(piece)


def synthetic_bytes(name: str, file_id: int, size: int, start: int = 0, end: int | None = None) -> Iterator[bytes]:
    """Returns the bytes of a file that the catalogue does not hold.

    Args:
        name: the file's name; its ending says what kind of file it is.
        file_id: the file's id.
        size: length of the whole file in bytes.
        start: where the range begins.
        end: where it ends, not included; None for the end of the file.
    """
    end = size if end is None else min(end, size)
    file = _synthetic_file(file_kind(name), file_id, size)
    return filter(None, file.between(start, end) if file else text_lines(file_id, end, start))


def smallest_size(name: str, file_id: int) -> int:
    """Returns the size in bytes of the smallest valid file of a name's kind; 0 where the kind is text."""
    makers = MAKERS.get(file_kind(name))
    return _overhead(makers[-1], file_id) if makers else 0


def file_kind(name: str) -> str:
    """Returns the key of `MAKERS` that a name ends with, like "png" or "tar.gz", in capitals too; "" for text."""
    endings = name.lower().split(".")[1:]
    return next((kind for kind in (".".join(endings[-2:]), *endings[-1:]) if kind in MAKERS), "")


@functools.lru_cache(64)
def _synthetic_file(kind: str, file_id: int, size: int) -> SyntheticFile | None:
    """Returns a file of a kind, by the first of its makers that fits into a size; None where the file is text."""
    for maker in MAKERS.get(kind, ()) if size <= LARGEST else ():
        length = size - _overhead(maker, file_id)
        if length >= 0:
            head, pattern, tail = maker(file_id, length)
            return SyntheticFile(head, pattern, length, tail)
    return None


def _overhead(maker: Maker, file_id: int) -> int:
    """Returns the bytes of head and tail; a maker needs the same number for every length of the pattern."""
    head, _, tail = maker(file_id, 0)
    return len(head) + len(tail)


def text_lines(file_id: int, size: int, start: int = 0) -> Iterator[bytes]:
    """Yields the bytes from `start` up to `size` of numbered lines of text."""
    position, number, pending = 0, 1, []
    length = 0
    while position < size:
        line = f"Local Figshare, file {file_id}, line {number}\n".encode()
        line = line[: size - position]
        position, number = position + len(line), number + 1
        if position > start:
            pending.append(line[max(0, start - (position - len(line))) :])
            length += len(pending[-1])
        if length >= BLOCK or position >= size:
            yield b"".join(pending)
            pending, length = [], 0


# Texts that programs parse: the content, then as many spaces as the size needs


def _text_maker(template: str) -> Maker:
    def make(file_id: int, length: int) -> tuple[bytes, bytes, bytes]:
        return template.replace("FILE", str(file_id)).encode(), b" ", b"\n"

    return make


_JSON = _text_maker('{"made_by": "Local Figshare", "file": FILE}')
_GEOJSON = _text_maker('{"type": "FeatureCollection", "name": "Local Figshare, file FILE", "features": []}')
_XML = _text_maker('<?xml version="1.0" encoding="UTF-8"?>\n<file id="FILE">Local Figshare</file>')
_SVG = _text_maker(
    '<svg xmlns="http://www.w3.org/2000/svg" width="320" height="40">'
    '<text x="8" y="26">Local Figshare, file FILE</text></svg>'
)
_NOTEBOOK = _text_maker(
    json.dumps(
        {
            "cells": [{"cell_type": "markdown", "metadata": {}, "source": ["Local Figshare, file FILE"]}],
            "metadata": {},
            "nbformat": 4,
            "nbformat_minor": 4,
        }
    )
)

# The makers of each kind, the one that needs most bytes first: the first that fits makes the file.
MAKERS: dict[str, tuple[Maker, ...]] = {
    "png": tuple(functools.partial(synthetic_pictures.png, side) for side in (240, 96, 28, 1)),
    "tif": tuple(functools.partial(synthetic_pictures.tiff, side) for side in (240, 96, 28, 1)),
    "jpg": (synthetic_pictures.jpeg,),
    "gif": (synthetic_pictures.gif,),
    "wav": (synthetic_pictures.wav,),
    "pdf": (synthetic_packages.pdf,),
    "zip": (synthetic_packages.zip_file,),
    "tar": (synthetic_packages.tar,),
    "gz": (synthetic_packages.gzip_file,),
    "tar.gz": (synthetic_packages.tar_gzip_file,),
    "xlsx": tuple(functools.partial(synthetic_packages.workbook, rows) for rows in (200, 20, 1)),
    "docx": tuple(functools.partial(synthetic_packages.document, count) for count in (20, 1)),
    "pptx": (synthetic_packages.presentation,),
    "json": (_JSON,),
    "geojson": (_GEOJSON,),
    "xml": (_XML,),
    "svg": (_SVG,),
    "ipynb": (_NOTEBOOK,),
}
MAKERS |= {"tiff": MAKERS["tif"], "jpeg": MAKERS["jpg"], "tgz": MAKERS["tar.gz"]}
