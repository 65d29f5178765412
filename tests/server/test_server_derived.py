"""Derived files open with the program of their kind, have the announced size, and are the same each time."""

import gzip
import io
import json
import subprocess
import tarfile
import wave
import zipfile
from xml.etree import ElementTree

import docx
import openpyxl
import pptx
import pypdf
import pytest
from PIL import Image
from server_site import parsed

from local_figshare.synthetic_files import LARGEST, MAKERS, smallest_size, synthetic_bytes, text_lines

FILE = 48_000_017


def opened_picture(data):
    picture = Image.open(io.BytesIO(data))
    picture.verify()  # checksums
    picture = Image.open(io.BytesIO(data))
    picture.load()
    return picture.format, picture.mode


def opened_wave(data):
    with wave.open(io.BytesIO(data)) as sound:
        frames = sound.readframes(sound.getnframes())
        assert len(frames) == sound.getnframes() >= len(data) - 45
        return sound.getframerate()


def opened_zip(data):
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        assert archive.testzip() is None
        return archive.namelist()


def opened_tar(data):
    with tarfile.open(fileobj=io.BytesIO(data)) as archive:
        return archive.extractfile(archive.getnames()[0]).read().decode()


OPEN = {
    "png": (opened_picture, ("PNG", "L")),
    "tif": (opened_picture, ("TIFF", "L")),
    "tiff": (opened_picture, ("TIFF", "L")),
    "jpg": (opened_picture, ("JPEG", "L")),
    "jpeg": (opened_picture, ("JPEG", "L")),
    "gif": (opened_picture, ("GIF", "P")),
    "wav": (opened_wave, 8000),
    "zip": (opened_zip, [f"file-{FILE}.txt"]),
    "tar": (opened_tar, f"Local Figshare, file {FILE}\n"),
    "tgz": (opened_tar, f"Local Figshare, file {FILE}\n"),
    "tar.gz": (opened_tar, f"Local Figshare, file {FILE}\n"),
    "gz": (gzip.decompress, f"Local Figshare, file {FILE}\n".encode()),
    "pdf": (
        lambda data: [page.extract_text() for page in pypdf.PdfReader(io.BytesIO(data), strict=True).pages],
        [f"Local Figshare, file {FILE}"],
    ),
    "xlsx": (
        lambda data: [cell.value for cell in openpyxl.load_workbook(io.BytesIO(data)).active[1]],
        ["file", "row", "value"],
    ),
    "docx": (
        lambda data: docx.Document(io.BytesIO(data)).paragraphs[0].text,
        f"Local Figshare, file {FILE}, paragraph 1",
    ),
    "pptx": (
        lambda data: [shape.text_frame.text for shape in pptx.Presentation(io.BytesIO(data)).slides[0].shapes],
        [f"Local Figshare, file {FILE}"],
    ),
    "json": (lambda data: json.loads(data)["file"], FILE),
    "geojson": (lambda data: json.loads(data)["features"], []),
    "ipynb": (lambda data: json.loads(data)["nbformat"], 4),
    "xml": (lambda data: ElementTree.fromstring(data).get("id"), str(FILE)),
    "svg": (lambda data: ElementTree.fromstring(data)[0].text, f"Local Figshare, file {FILE}"),
}


def whole(name, size, file_id=FILE):
    return b"".join(synthetic_bytes(name, file_id, size))


@pytest.mark.parametrize("more", [0, 1, 2, 57, 9_000, 150_001])
@pytest.mark.parametrize("kind", sorted(MAKERS))
def test_a_file_opens_and_has_the_announced_size(kind, more):
    name = f"Probe.2.{kind.upper()}"
    size = smallest_size(name, FILE) + more
    data = whole(name, size)
    opens, expected = OPEN[kind]
    assert len(data) == size
    assert opens(data) == expected


@pytest.mark.parametrize("kind", sorted(MAKERS))
def test_a_range_is_a_part_of_the_whole(kind):
    name, size = f"a.{kind}", smallest_size(f"a.{kind}", FILE) + 70_123
    data = whole(name, size)
    for start, end in ((0, 1), (0, size), (3, 12_000), (size - 300, size), (size - 1, size + 9), (4, 4), (size, size)):
        assert b"".join(synthetic_bytes(name, FILE, size, start, end)) == data[start:end], (start, end)


@pytest.mark.parametrize("kind", sorted(MAKERS))
def test_what_is_too_small_or_too_large_for_its_kind_is_text(kind):
    name = f"a.{kind}"
    too_small = smallest_size(name, FILE) - 1
    assert whole(name, too_small) == b"".join(text_lines(FILE, too_small))
    assert whole(name, 0) == b""
    assert next(synthetic_bytes(name, FILE, LARGEST + 1)).startswith(b"Local Figshare, file 48000017, line 1\n")


def test_text_is_readable_and_can_begin_anywhere():
    whole_text = whole("a.csv", 1000, 7)
    assert whole_text.startswith(b"Local Figshare, file 7, line 1\nLocal Figshare, file 7, line 2\n")
    assert len(whole_text) == 1000 and smallest_size("a.csv", 7) == smallest_size("png", 7) == smallest_size("", 7) == 0
    for start in (0, 1, 31, 500, 999, 1000):
        assert b"".join(synthetic_bytes("a.csv", 7, 1000, start)) == whole_text[start:]


def test_two_files_of_one_kind_differ():
    for kind in MAKERS:
        if kind not in ("jpg", "jpeg", "gif"):  # one picture for all
            assert whole(f"a.{kind}", 20_000, 501) != whole(f"a.{kind}", 20_000, 502), kind


def test_a_pdf_is_drawn_by_poppler(tmp_path):
    (tmp_path / "a.pdf").write_bytes(whole("a.pdf", 5_000))
    try:
        drawn = subprocess.run(["pdftoppm", "-r", "20", "a.pdf", "a"], cwd=tmp_path, capture_output=True, check=True)
    except FileNotFoundError:
        pytest.skip("pdftoppm (Debian: poppler-utils) is not installed")
    assert drawn.stderr == b"" and len(list(tmp_path.glob("a-*.ppm"))) == 1


def test_every_shipped_file_of_such_a_kind_opens(site):
    """The smallest of each kind and a fifth of the rest, as they are downloaded; the one JSON file is a real one."""
    seen = set()
    for row in site.store.query("SELECT id, name, size FROM files WHERE is_link_only=0 AND public=1 ORDER BY size"):
        kind = row["name"].rpartition(".")[2]
        if kind not in OPEN or kind == "json" or (kind in seen and row["id"] % 5):
            continue
        seen.add(kind)
        reply = site.ask("GET", f"/files/{row['id']}")
        if reply.status == 404:  # under embargo
            continue
        data = b"".join(site.ask("GET", reply.headers["Location"]).body)
        assert len(data) == row["size"] >= smallest_size(row["name"], row["id"]), row["name"]
        OPEN[kind][0](data)
    assert {"png", "pdf", "zip", "xlsx", "docx", "pptx", "tif", "wav", "ipynb"} <= seen


def test_an_item_as_zip_holds_the_same_bytes(site):
    row = site.store.first_row(
        "SELECT article_id, id, name, size FROM files WHERE name LIKE '%.xlsx' AND public=1 LIMIT 1"
    )
    files = parsed(site.ask("GET", f"/articles/{row['article_id']}/files"))
    archive = zipfile.ZipFile(io.BytesIO(b"".join(site.ask("GET", f"/articles/{row['article_id']}/download").body)))
    assert archive.read(row["name"]) == whole(row["name"], row["size"], row["id"])
    assert len(files) == len(archive.infolist())
