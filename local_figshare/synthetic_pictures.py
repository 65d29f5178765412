"""Pictures and sounds of any length: PNG, TIFF, JPEG, GIF, WAV.

A maker returns head, pattern and tail of a file, see `synthetic_files`. Nothing is compressed, so that the bytes do
not depend on the version of a library.
"""

from __future__ import annotations

import base64
import struct
import zlib

FILLING = b"Local Figshare. "  # the pattern of a file that holds a picture smaller than its size

# A grey square of 16 x 16, and a GIF of one dot.
JPEG = base64.b64decode(
    "/9j/4AAQSkZJRgABAQAAAQABAAD/2wBDABALDA4MChAODQ4SERATGCgaGBYWGDEjJR0oOjM9PDkzODdASFxOQERXRTc4UG1RV19iZ2hnPk1x"
    "eXBkeFxlZ2P/wAALCAAQABABAREA/8QAFQABAQAAAAAAAAAAAAAAAAAABgD/xAAXEAEAAwAAAAAAAAAAAAAAAAAEACEx/9oACAEBAAA/ADYh"
    "5UQCHlSEPKiAQ8qf/9k="
)
GIF = base64.b64decode("R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7")


def shades(file_id: int, side: int) -> list[bytes]:
    """Returns the lines of a square in shades of grey, which differ from file to file."""
    return [
        bytes((x * (1 + file_id % 5) + y * (1 + file_id % 3) + file_id) % 256 for x in range(side)) for y in range(side)
    ]


def crc_of(pattern: bytes, length: int, crc: int = 0) -> int:
    """Returns the CRC-32 of bytes with the CRC-32 `crc` and of a repeated pattern after them."""
    block = pattern * (1 + (1 << 20) // len(pattern))
    for _ in range(length // len(block)):
        crc = zlib.crc32(block, crc)
    return zlib.crc32(block[: length % len(block)], crc)


def chunk(kind: bytes, content: bytes) -> bytes:
    """Returns a chunk of a PNG: length, kind, content, CRC-32."""
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))


def zlib_stream(content: bytes) -> bytes:
    """Returns a zlib stream of one block without compression (RFC 1950), at most 65,535 bytes."""
    return (
        b"\x78\x01\x01"
        + struct.pack("<HH", len(content), 65_535 - len(content))
        + content
        + struct.pack(">I", zlib.adler32(content))
    )


def png(side: int, file_id: int, length: int) -> tuple[bytes, bytes, bytes]:
    """Returns a PNG; the pattern is a chunk of our own, which programs skip."""
    lines = b"".join(b"\0" + line for line in shades(file_id, side))
    head = (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", struct.pack(">IIBBBBB", side, side, 8, 0, 0, 0, 0))
        + chunk(b"IDAT", zlib_stream(lines))
        + struct.pack(">I", length)
        + b"loCl"
    )
    end = struct.pack(">I", crc_of(FILLING, length, zlib.crc32(b"loCl")))
    return head, FILLING, end + chunk(b"IEND", b"")


def tiff(side: int, file_id: int, length: int) -> tuple[bytes, bytes, bytes]:
    """Returns a TIFF; the pattern stands behind the picture, where no tag points."""
    dots = b"".join(shades(file_id, side))
    count = 12
    resolution = 8 + 2 + 12 * count + 4
    tags = (
        (256, 4, 1, side),
        (257, 4, 1, side),
        (258, 3, 1, 8),
        (259, 3, 1, 1),
        (262, 3, 1, 1),
        (273, 4, 1, resolution + 16),
        (277, 3, 1, 1),
        (278, 4, 1, side),
        (279, 4, 1, len(dots)),
        (282, 5, 1, resolution),
        (283, 5, 1, resolution + 8),
        (296, 3, 1, 2),
    )
    head = struct.pack("<2sHIH", b"II", 42, 8, count) + b"".join(struct.pack("<HHII", *tag) for tag in tags)
    return head + struct.pack("<IIIII", 0, 72, 1, 72, 1) + dots, FILLING, b""


def jpeg(file_id: int, length: int) -> tuple[bytes, bytes, bytes]:
    """Returns a JPEG; the pattern is bytes FF, any number of which may stand before a marker (ISO 10918, B.1.1.2)."""
    return JPEG[:-2], b"\xff", JPEG[-2:]


def gif(file_id: int, length: int) -> tuple[bytes, bytes, bytes]:
    """Returns a GIF; the pattern stands behind its trailer, where programs do not read on."""
    return GIF, FILLING, b""


def wav(file_id: int, length: int) -> tuple[bytes, bytes, bytes]:
    """Returns a WAV of one tone, 8 bits, 8,000 samples a second.

    RIFF needs an even length; an odd byte stands behind it.
    """
    step = 8 + file_id % 8
    rise = bytes(range(128 - 4 * step, 128 + 4 * step, 4))
    even = length - length % 2
    head = struct.pack(
        "<4sI4s4sIHHIIHH4sI", b"RIFF", 36 + even, b"WAVE", b"fmt ", 16, 1, 1, 8000, 8000, 1, 8, b"data", even
    )
    return head, rise + rise[::-1], b""
