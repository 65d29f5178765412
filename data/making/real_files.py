"""Small files with real content, by file id; all other files get derived bytes."""

from __future__ import annotations

import json
import math
import struct
from random import Random

from local_figshare.synthetic_pictures import chunk, zlib_stream


def table(header: str, rows: list[tuple]) -> bytes:
    return "\n".join([header, *(",".join(map(str, row)) for row in rows), ""]).encode()


def frog_calls() -> bytes:
    """Writes a table of 96 males: larger frogs call lower, warmer nights pulse faster."""
    chance = Random("frog calls")
    rows = []
    for n in range(1, 97):
        length = round(chance.gauss(38, 3.5), 1)
        warmth = round(chance.uniform(9, 22), 1)
        pitch = round(3100 - 28 * length + chance.gauss(0, 45))
        rows.append(
            (
                f"M{n:03d}",
                ("Mill pond", "North ditch", "Quarry")[n % 3],
                length,
                warmth,
                pitch,
                round(0.9 + 0.031 * warmth + chance.gauss(0, 0.06), 2),
                round(420 - 9 * warmth + chance.gauss(0, 12)),
            )
        )
    return table(
        "male,pond,body_length_mm,air_temperature_c,dominant_frequency_hz,pulses_per_second,call_length_ms",
        rows,
    )


def soil_moisture() -> bytes:
    """Writes a table of daily means of one summer at three depths; the deepest one changes slowly."""
    chance, rows, shallow, deep = Random("soil"), [], 0.30, 0.34
    for day in range(122):
        rain = round(max(0.0, chance.gauss(-4, 9)), 1)
        shallow = min(0.42, max(0.11, shallow - 0.006 + rain * 0.004))
        deep += (shallow - deep) * 0.04
        date = f"2018-{5 + day // 31:02d}-{day % 31 + 1:02d}" if day % 31 < 30 else None
        if date:
            rows.append((date, rain, round(shallow, 3), round((shallow + deep) / 2, 3), round(deep, 3)))
    return table("date,rain_mm,water_10cm,water_30cm,water_60cm", rows)


def bridge_counts() -> bytes:
    rows = [
        (
            hour,
            day,
            int(40 + 260 * math.exp(-((hour - 8) ** 2) / 3) + 310 * math.exp(-((hour - 17) ** 2) / 5))
            // (3 if day in ("Sat", "Sun") else 1),
        )
        for day in ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
        for hour in range(24)
    ]
    return table("hour,weekday,cyclists", rows)


def journal_prices() -> bytes:
    chance = Random("prices")
    rows = [
        (f"Journal {n:02d}", subject, *[round(base * 1.045**year) for year in range(5)])
        for n in range(1, 31)
        for subject in [("chemistry", "biology", "history")[n % 3]]
        for base in [chance.randrange(280, 4200)]
    ]
    return table("journal,subject,price_2017,price_2018,price_2019,price_2020,price_2021", rows)


def frog_recorders() -> bytes:
    rows = [
        {
            "recorder": f"R{n:02d}",
            "pond": pond,
            "latitude": round(42.03 + n * 0.011, 4),
            "longitude": round(-93.62 - n * 0.007, 4),
            "nights": 30 - n,
        }
        for n, pond in enumerate(("Mill pond", "North ditch", "Quarry", "Church lane", "Long slough"), 1)
    ]
    return (json.dumps({"project": "Frog calls of twelve ponds", "recorders": rows}, indent=1) + "\n").encode()


def spectrogram(width: int = 96, height: int = 48) -> bytes:
    """Draws a grey PNG that looks like a frog's call: pulses at one pitch over noise. Not compressed, so that its bytes
    do not depend on the version of zlib."""
    chance, lines = Random("png"), []
    for y in range(height):
        line = [
            int(
                min(
                    255,
                    30 + chance.random() * 40 + (180 * math.exp(-((y - 20) ** 2) / 9) if x % 12 < 7 else 0),
                )
            )
            for x in range(width)
        ]
        lines.append(b"\0" + bytes(line))
    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + chunk(b"IDAT", zlib_stream(b"".join(lines)))
        + chunk(b"IEND", b"")
    )


README = """Frog call measurements
======================

96 calling males were recorded at three ponds on 21 nights. One row is one male.

body_length_mm          snout to vent, measured with callipers
air_temperature_c       30 cm above the water, at the time of the call
dominant_frequency_hz   the loudest frequency of the call, mean of ten calls
pulses_per_second       pulse rate, mean of ten calls
call_length_ms          from the first to the last pulse

The numbers are invented for teaching.
"""

REQUIREMENTS = "numpy\nscipy\nsoundfile\n"

ANTS = table(
    "nest,minute,ants_out,ants_back,temperature_c",
    [
        (nest, minute, 14 + nest * 3 + minute % 7, 11 + nest * 2 + minute % 5, round(17.5 + minute / 60, 1))
        for nest in range(1, 5)
        for minute in range(0, 120, 10)
    ],
)

FROG_CALLS, FROG_README, FROG_MAP, FROG_PICTURE = 34_499_101, 34_499_102, 34_499_103, 34_499_104
SOIL_TABLE, CYCLISTS, PRICES, ONE_BYTE, PACKAGE_NEEDS, ANT_TABLE = (
    34_499_105,
    34_499_106,
    34_499_107,
    34_499_108,
    34_499_109,
    830_360_616,
)

REAL_FILES = {
    FROG_CALLS: frog_calls(),
    FROG_README: README.encode(),
    FROG_MAP: frog_recorders(),
    FROG_PICTURE: spectrogram(),
    SOIL_TABLE: soil_moisture(),
    CYCLISTS: bridge_counts(),
    PRICES: journal_prices(),
    ONE_BYTE: b"1",
    PACKAGE_NEEDS: REQUIREMENTS.encode(),
    ANT_TABLE: ANTS,
}
