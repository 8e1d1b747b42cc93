"""Small real files of results, made in a line each."""

import io
import struct
import zipfile
import zlib

SHEET = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
WORD = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
RELATIONS = "http://schemas.openxmlformats.org/package/2006/relationships"


def archive(**parts: str | bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as made:
        for name, content in parts.items():
            made.writestr(name, content)
    return out.getvalue()


def workbook(rows, *, state="visible", hidden_row=0, hidden_column=False, **parts) -> bytes:
    """A workbook of one sheet « Feuille1 » of those rows."""
    written = "".join(
        f'<row r="{n}" hidden="{int(n == hidden_row)}">'
        + "".join(
            f'<c r="{chr(65 + c)}{n}" t="inlineStr"><is><t>{cell}</t></is></c>'
            for c, cell in enumerate(row)
        )
        + "</row>"
        for n, row in enumerate(rows, start=1)
    )
    columns = '<cols><col min="2" max="2" hidden="1"/></cols>' if hidden_column else ""
    return archive(
        **{
            "[Content_Types].xml": "<Types/>",
            "xl/workbook.xml": f'<workbook xmlns="{SHEET}" xmlns:r="urn:r"><sheets>'
            f'<sheet name="Feuille1" state="{state}" r:id="rId1"/></sheets></workbook>',
            "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{RELATIONS}">'
            '<Relationship Id="rId1" Target="worksheets/sheet1.xml"/></Relationships>',
            "xl/worksheets/sheet1.xml": f'<worksheet xmlns="{SHEET}">{columns}'
            f"<sheetData>{written}</sheetData></worksheet>",
            **parts,
        }
    )


def open_sheets(rows, *, hidden=False) -> bytes:
    """An OpenDocument spreadsheet of one table."""
    cells = "".join(
        "<t:table-row>"
        + "".join(f"<t:table-cell><x:p>{cell}</x:p></t:table-cell>" for cell in row)
        + "</t:table-row>"
        for row in rows
    )
    style = (
        '<s:style s:name="ta1"><s:table-properties t:display="false"/></s:style>' if hidden else ""
    )
    return archive(
        **{
            "mimetype": "application/vnd.oasis.opendocument.spreadsheet",
            "content.xml": f'<d xmlns:t="urn:t" xmlns:x="urn:x" xmlns:s="urn:s">{style}'
            f'<t:table t:name="T" t:style-name="ta1">{cells}</t:table></d>',
        }
    )


def document(*paragraphs: str, inside="", **parts) -> bytes:
    """A Word document."""
    body = "".join(f"<w:p><w:r><w:t>{text}</w:t></w:r></w:p>" for text in paragraphs)
    return archive(
        **{
            "[Content_Types].xml": "<Types/>",
            "word/document.xml": f'<w:document xmlns:w="{WORD}"><w:body>{body}{inside}</w:body>'
            "</w:document>",
            **parts,
        }
    )


def png(*chunks: tuple[bytes, bytes], after=b"") -> bytes:
    """A picture of one pixel, with `chunks` of its own."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        check = struct.pack(">I", zlib.crc32(kind + body))
        return struct.pack(">I", len(body)) + kind + body + check

    header = chunk(b"IHDR", struct.pack(">IIBBBBB", 1, 1, 8, 0, 0, 0, 0))
    pixels = chunk(b"IDAT", zlib.compress(b"\0\0"))
    others = b"".join(chunk(*each) for each in chunks)
    return b"\x89PNG\r\n\x1a\n" + header + others + pixels + chunk(b"IEND", b"") + after


def svg(inside="") -> bytes:
    return f'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg">{inside}</svg>'.encode()
