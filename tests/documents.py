"""Builds small documents: PDF, Word and Excel files as other programs write them."""

import io
import zipfile
from collections.abc import Mapping, Sequence
from typing import Any

import pypdf

_MAIN = "http://schemas.openxmlformats.org"


def build_pdf(*pages: str) -> bytes:
    """Return a PDF with a line of text (Latin-1) on each page."""
    objects = [
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[%s]/Count %d>>"
        % (b" ".join(b"%d 0 R" % (4 + 2 * number) for number in range(len(pages))), len(pages)),
        b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica/Encoding/WinAnsiEncoding>>",
    ]
    for number, text in enumerate(pages):
        drawing = b"BT /F1 12 Tf 50 700 Td (%s) Tj ET" % text.encode("cp1252")
        objects += [
            b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Resources<</Font<</F1 3 0 R>>>>/Contents %d 0 R>>"
            % (5 + 2 * number),
            build_stream(drawing),
        ]
    return join_objects(objects)


def build_stream(content: bytes, attributes: bytes = b"") -> bytes:
    """Return a stream of a PDF."""
    return b"<</Length %d%s>>stream\n%s\nendstream" % (len(content), attributes, content)


def join_objects(objects: Sequence[bytes]) -> bytes:
    """Return a PDF with these objects; the first one is its catalog."""
    target = bytearray(b"%PDF-1.4\n")
    offsets = []
    for number, each in enumerate(objects, 1):
        offsets.append(len(target))
        target += b"%d 0 obj%s\nendobj\n" % (number, each)
    start = len(target)
    target += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    target += b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    return bytes(target + b"trailer<</Size %d/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF" % (len(objects) + 1, start))


def encrypt_pdf(content: bytes) -> bytes:
    writer = pypdf.PdfWriter(clone_from=io.BytesIO(content))
    writer.encrypt("secret", algorithm="RC4-128")
    target = io.BytesIO()
    writer.write(target)
    return target.getvalue()


def read_pdf(content: bytes) -> list[str]:
    """Return the texts of the pages of a PDF."""
    return [page.extract_text() for page in pypdf.PdfReader(io.BytesIO(content)).pages]


def build_zip(parts: Mapping[str, str | bytes]) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return target.getvalue()


def build_docx(body: str) -> bytes:
    """Return a Word document with the XML of a body."""
    main = f'xmlns:w="{_MAIN}/wordprocessingml/2006/main"'
    return build_zip({"word/document.xml": f"<w:document {main}><w:body>{body}</w:body></w:document>"})


def build_xlsx(rows: str, *, texts: Sequence[str] = (), styles: str = "", properties: str = "", **sheets: str) -> bytes:
    """Return a workbook with the XML of the rows of its first sheet, and of other sheets by their names."""
    main = f'xmlns="{_MAIN}/spreadsheetml/2006/main"'
    all_sheets = {"First": rows, **sheets}
    parts: dict[str, Any] = {
        "xl/workbook.xml": f'<workbook {main} xmlns:r="{_MAIN}/officeDocument/2006/relationships">{properties}<sheets>'
        + "".join(f'<sheet name="{name}" r:id="rId{number}"/>' for number, name in enumerate(all_sheets))
        + "</sheets></workbook>",
        "xl/_rels/workbook.xml.rels": "<Relationships>"
        + "".join(
            f'<Relationship Id="rId{number}" Target="worksheets/s{number}.xml"/>' for number in range(len(all_sheets))
        )
        + "</Relationships>",
        "xl/sharedStrings.xml": f"<sst {main}>" + "".join(f"<si><t>{text}</t></si>" for text in texts) + "</sst>",
        "xl/styles.xml": f"<styleSheet {main}>{styles}</styleSheet>",
    }
    for number, content in enumerate(all_sheets.values()):
        parts[f"xl/worksheets/s{number}.xml"] = f"<worksheet {main}><sheetData>{content}</sheetData></worksheet>"
    return build_zip(parts)
