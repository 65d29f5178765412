"""Archives and documents of any length: ZIP, TAR, GZ, XLSX, DOCX, PPTX, PDF.

A maker returns head, pattern and tail of a file, see `synthetic_files`. Nothing is compressed, so that the bytes do
not depend on the version of a library. The office formats have the parts that ECMA-376 asks for; spaces behind the
XML of the last part give them their size.
"""

from __future__ import annotations

import struct
import tarfile
import zlib
from dataclasses import dataclass

from .synthetic_pictures import crc_of

DAY = 0x0021  # 1 January 1980, the earliest day that a zip can hold
Parts = list[tuple[str, bytes]]
XML = '<?xml version="1.0" encoding="UTF-8"?>'
OPEN_XML = "http://schemas.openxmlformats.org"
OFFICE = f"{OPEN_XML}/officeDocument/2006/relationships"
DRAWING = f"{OPEN_XML}/drawingml/2006/main"


def line_of(file_id: int) -> bytes:
    """Returns the line of text that fills a member of an archive."""
    return f"Local Figshare, file {file_id}\n".encode()


# ZIP


@dataclass(frozen=True)
class Member:
    """A member of a zip, as its header and the zip's directory describe it."""

    name: bytes
    crc: int
    size: int
    offset: int

    def header(self) -> bytes:
        """Returns the header that stands before the member."""
        return (
            struct.pack("<4s5H3I2H", b"PK\3\4", 20, 0, 0, 0, DAY, self.crc, self.size, self.size, len(self.name), 0)
            + self.name
        )

    def directory_entry(self) -> bytes:
        """Returns the entry in the directory at the zip's end."""
        return (
            struct.pack(
                "<4s6H3I5H2I",
                b"PK\1\2",
                20,
                20,
                0,
                0,
                0,
                DAY,
                self.crc,
                self.size,
                self.size,
                len(self.name),
                0,
                0,
                0,
                0,
                0,
                self.offset,
            )
            + self.name
        )


def zip_of(parts: Parts, pattern: bytes, length: int) -> tuple[bytes, bytes, bytes]:
    """Returns a zip of stored members; the pattern stands at the end of the last one."""
    head, members = b"", []
    for number, (name, content) in enumerate(parts, 1):
        filled = length if number == len(parts) else 0
        member = Member(name.encode(), crc_of(pattern, filled, zlib.crc32(content)), len(content) + filled, len(head))
        members.append(member)
        head += member.header() + content
    directory = b"".join(member.directory_entry() for member in members)
    end = struct.pack("<4s4H2IH", b"PK\5\6", 0, 0, len(members), len(members), len(directory), len(head) + length, 0)
    return head, pattern, directory + end


def zip_file(file_id: int, length: int) -> tuple[bytes, bytes, bytes]:
    """Returns a zip of one text."""
    return zip_of([(f"file-{file_id}.txt", b"")], line_of(file_id), length)


# TAR and GZ


def _tar(file_id: int) -> bytes:
    """Returns a tar of one text, with the two empty blocks of its end."""
    text = line_of(file_id)
    member = tarfile.TarInfo(f"file-{file_id}.txt")
    member.size = len(text)
    return member.tobuf(tarfile.USTAR_FORMAT) + text.ljust(512, b"\0") + bytes(1024)


def tar(file_id: int, length: int) -> tuple[bytes, bytes, bytes]:
    """Returns a tar of one text; empty blocks behind its end, which are usual, give it its size."""
    return _tar(file_id), b"\0", b""


def _gzip(content: bytes, file_id: int) -> tuple[bytes, bytes, bytes]:
    """Returns a gzip file of one stored block; the pattern is the comment in its header (RFC 1952)."""
    block = b"\1" + struct.pack("<HH", len(content), 65_535 - len(content)) + content
    tail = b"\0" + block + struct.pack("<II", zlib.crc32(content), len(content))
    return b"\x1f\x8b\x08\x10\0\0\0\0\0\xff", line_of(file_id), tail


def gzip_file(file_id: int, length: int) -> tuple[bytes, bytes, bytes]:
    """Returns a gzip file of one line of text."""
    return _gzip(line_of(file_id), file_id)


def tar_gzip_file(file_id: int, length: int) -> tuple[bytes, bytes, bytes]:
    """Returns a tar of one text, in gzip."""
    return _gzip(_tar(file_id), file_id)


# Office documents


def _content_types_part(**parts: str) -> tuple[str, bytes]:
    """Returns the list of content types; `parts` are paths with ``__`` for ``/`` and the type of each."""
    overrides = "".join(
        f'<Override PartName="/{path.replace("__", "/")}.xml" '
        f'ContentType="application/vnd.openxmlformats-officedocument.{kind}+xml"/>'
        for path, kind in parts.items()
    )
    return "[Content_Types].xml", (
        f'{XML}<Types xmlns="{OPEN_XML}/package/2006/content-types"><Default Extension="rels" '
        f'ContentType="application/vnd.openxmlformats-package.relationships+xml"/>{overrides}</Types>'
    ).encode()


def _relationships_part(path: str, *targets: tuple[str, str]) -> tuple[str, bytes]:
    """Returns the relationships part at a path; targets are (kind, where), named rId1, rId2, ..."""
    entries = "".join(
        f'<Relationship Id="rId{n}" Type="{OFFICE}/{kind}" Target="{where}"/>'
        for n, (kind, where) in enumerate(targets, 1)
    )
    return (
        path,
        f'{XML}<Relationships xmlns="{OPEN_XML}/package/2006/relationships">{entries}</Relationships>'.encode(),
    )


def workbook(rows: int, file_id: int, length: int) -> tuple[bytes, bytes, bytes]:
    """Returns a sheet with a heading and so many rows of numbers."""
    schema = f"{OPEN_XML}/spreadsheetml/2006/main"
    heading = "".join(f'<c t="inlineStr"><is><t>{name}</t></is></c>' for name in ("file", "row", "value"))
    numbers = "".join(
        f"<row><c><v>{file_id}</v></c><c><v>{n}</v></c><c><v>{(file_id + 37 * n) % 100}</v></c></row>"
        for n in range(1, rows + 1)
    )
    return zip_of(
        [
            _content_types_part(
                xl__workbook="spreadsheetml.sheet.main", xl__worksheets__sheet1="spreadsheetml.worksheet"
            ),
            _relationships_part("_rels/.rels", ("officeDocument", "xl/workbook.xml")),
            (
                "xl/workbook.xml",
                (
                    f'{XML}<workbook xmlns="{schema}" xmlns:r="{OFFICE}"><sheets>'
                    '<sheet name="Sheet1" sheetId="1" r:id="rId1"/></sheets></workbook>'
                ).encode(),
            ),
            _relationships_part("xl/_rels/workbook.xml.rels", ("worksheet", "worksheets/sheet1.xml")),
            (
                "xl/worksheets/sheet1.xml",
                (
                    f'{XML}<worksheet xmlns="{schema}"><sheetData><row>{heading}</row>{numbers}</sheetData></worksheet>'
                ).encode(),
            ),
        ],
        b" ",
        length,
    )


def document(paragraphs: int, file_id: int, length: int) -> tuple[bytes, bytes, bytes]:
    """Returns a text of so many paragraphs."""
    text = "".join(
        f"<w:p><w:r><w:t>Local Figshare, file {file_id}, paragraph {n}</w:t></w:r></w:p>"
        for n in range(1, paragraphs + 1)
    )
    return zip_of(
        [
            _content_types_part(word__document="wordprocessingml.document.main"),
            _relationships_part("_rels/.rels", ("officeDocument", "word/document.xml")),
            (
                "word/document.xml",
                (
                    f'{XML}<w:document xmlns:w="{OPEN_XML}/wordprocessingml/2006/main"><w:body>{text}'
                    "<w:sectPr/></w:body></w:document>"
                ).encode(),
            ),
        ],
        b" ",
        length,
    )


def presentation(file_id: int, length: int) -> tuple[bytes, bytes, bytes]:
    """Returns a presentation of one slide; layout, master and theme are there because the format asks for them."""
    return zip_of(
        [
            _content_types_part(
                ppt__presentation="presentationml.presentation.main",
                ppt__slides__slide1="presentationml.slide",
                ppt__slideLayouts__slideLayout1="presentationml.slideLayout",
                ppt__slideMasters__slideMaster1="presentationml.slideMaster",
                ppt__theme__theme1="theme",
            ),
            _relationships_part("_rels/.rels", ("officeDocument", "ppt/presentation.xml")),
            _relationships_part(
                "ppt/_rels/presentation.xml.rels",
                ("slideMaster", "slideMasters/slideMaster1.xml"),
                ("slide", "slides/slide1.xml"),
            ),
            _slide_part(
                "presentation",
                "ppt/presentation.xml",
                '<p:sldMasterIdLst><p:sldMasterId id="2147483648" r:id="rId1"/></p:sldMasterIdLst>'
                '<p:sldIdLst><p:sldId id="256" r:id="rId2"/></p:sldIdLst>'
                '<p:sldSz cx="9144000" cy="6858000"/><p:notesSz cx="6858000" cy="9144000"/>',
            ),
            _relationships_part(
                "ppt/slideMasters/_rels/slideMaster1.xml.rels",
                ("slideLayout", "../slideLayouts/slideLayout1.xml"),
                ("theme", "../theme/theme1.xml"),
            ),
            _slide_part(
                "sldMaster",
                "ppt/slideMasters/slideMaster1.xml",
                _shapes()
                + COLOURS
                + '<p:sldLayoutIdLst><p:sldLayoutId id="2147483649" r:id="rId1"/></p:sldLayoutIdLst>',
            ),
            _relationships_part(
                "ppt/slideLayouts/_rels/slideLayout1.xml.rels", ("slideMaster", "../slideMasters/slideMaster1.xml")
            ),
            _slide_part("sldLayout", "ppt/slideLayouts/slideLayout1.xml", _shapes()),
            ("ppt/theme/theme1.xml", THEME.encode()),
            _relationships_part(
                "ppt/slides/_rels/slide1.xml.rels", ("slideLayout", "../slideLayouts/slideLayout1.xml")
            ),
            _slide_part("sld", "ppt/slides/slide1.xml", _shapes(TEXT_BOX.replace("FILE", str(file_id)))),
        ],
        b" ",
        length,
    )


def _slide_part(tag: str, path: str, content: str) -> tuple[str, bytes]:
    return path, (
        f'{XML}<p:{tag} xmlns:a="{DRAWING}" xmlns:r="{OFFICE}" '
        f'xmlns:p="{OPEN_XML}/presentationml/2006/main">{content}</p:{tag}>'
    ).encode()


def _shapes(shapes: str = "") -> str:
    return (
        '<p:cSld><p:spTree><p:nvGrpSpPr><p:cNvPr id="1" name=""/><p:cNvGrpSpPr/><p:nvPr/></p:nvGrpSpPr><p:grpSpPr/>'
        f"{shapes}</p:spTree></p:cSld>"
    )


TEXT_BOX = (
    '<p:sp><p:nvSpPr><p:cNvPr id="2" name="Text"/><p:cNvSpPr txBox="1"/><p:nvPr/></p:nvSpPr><p:spPr><a:xfrm>'
    '<a:off x="900000" y="900000"/><a:ext cx="7200000" cy="900000"/></a:xfrm><a:prstGeom prst="rect"><a:avLst/>'
    "</a:prstGeom></p:spPr><p:txBody><a:bodyPr/><a:p><a:r><a:t>Local Figshare, file FILE</a:t></a:r></a:p>"
    "</p:txBody></p:sp>"
)
COLOURS = (
    '<p:clrMap bg1="lt1" tx1="dk1" bg2="lt2" tx2="dk2" accent1="accent1" accent2="accent2" accent3="accent3" '
    'accent4="accent4" accent5="accent5" accent6="accent6" hlink="hlink" folHlink="folHlink"/>'
)
_SHADES = {
    "dk1": "000000",
    "lt1": "FFFFFF",
    "dk2": "333333",
    "lt2": "EEEEEE",
    "accent1": "336699",
    "accent2": "993333",
    "accent3": "669933",
    "accent4": "664488",
    "accent5": "338899",
    "accent6": "CC8833",
    "hlink": "0000CC",
    "folHlink": "660066",
}
_FILL = '<a:solidFill><a:schemeClr val="phClr"/></a:solidFill>'
_FONTS = "".join(
    f'<a:{kind}Font><a:latin typeface="Arial"/><a:ea typeface=""/><a:cs typeface=""/></a:{kind}Font>'
    for kind in ("major", "minor")
)
THEME = (
    f'{XML}<a:theme xmlns:a="{DRAWING}" name="Local Figshare"><a:themeElements><a:clrScheme name="Plain">'
    + "".join(f'<a:{name}><a:srgbClr val="{shade}"/></a:{name}>' for name, shade in _SHADES.items())
    + f'</a:clrScheme><a:fontScheme name="Plain">{_FONTS}</a:fontScheme><a:fmtScheme name="Plain">'
    f"<a:fillStyleLst>{_FILL * 3}</a:fillStyleLst><a:lnStyleLst>{f'<a:ln>{_FILL}</a:ln>' * 3}</a:lnStyleLst>"
    f"<a:effectStyleLst>{'<a:effectStyle><a:effectLst/></a:effectStyle>' * 3}</a:effectStyleLst>"
    f"<a:bgFillStyleLst>{_FILL * 3}</a:bgFillStyleLst></a:fmtScheme></a:themeElements></a:theme>"
)


# PDF


def pdf(file_id: int, length: int) -> tuple[bytes, bytes, bytes]:
    """Returns a PDF of one page; the pattern is a stream that no page uses."""
    words = b"BT /F1 18 Tf 72 760 Td (Local Figshare, file %d) Tj ET" % file_id
    objects = (
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 4 0 R/Resources<</Font<</F1 5 0 R>>>>>>",
        b"<</Length %d>>stream\n%b\nendstream" % (len(words), words),
        b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>",
        b"<</Length %010d>>stream\n" % length,
    )
    head, offsets = b"%PDF-1.4\n%\xe2\xe3\xcf\xd3\n", []
    for number, content in enumerate(objects, 1):
        offsets.append(len(head))
        head += b"%d 0 obj%b%b" % (number, content, b"\nendobj\n" if number < len(objects) else b"")
    stream_end = b"\nendstream\nendobj\n"
    table = b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    return (
        head,
        line_of(file_id),
        (
            b"%bxref\n0 %d\n0000000000 65535 f \n%btrailer\n<</Size %d/Root 1 0 R>>\nstartxref\n%010d\n%%%%EOF\n"
            % (stream_end, len(objects) + 1, table, len(objects) + 1, len(head) + length + len(stream_end))
        ),
    )
