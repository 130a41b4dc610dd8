"""The text of a document, by its name or media type."""

import codecs
import csv
import io
from collections.abc import Callable, Iterable, Mapping

from basic.documents.limits import MAX_CELLS, MAX_ROWS, check_text
from basic.errors import ScriptError
from basic.values import Value, to_text

_OFFICE = "application/vnd.openxmlformats-officedocument"
_KINDS: Mapping[str, str] = {
    "application/pdf": "pdf",
    f"{_OFFICE}.wordprocessingml.document": "docx",
    f"{_OFFICE}.spreadsheetml.sheet": "xlsx",
    "text/html": "html",
    "application/xhtml+xml": "html",
    "htm": "html",
    "text/csv": "csv",
    "text/markdown": "md",
    "text/plain": "txt",
}
_OLDER = {"doc": "docx", "xls": "xlsx"}


def get_kind(name: str) -> str:
    """Return what a document is, such as ``pdf``: the ending of its name, or what its media type says.

    >>> get_kind("menus/May.PDF"), get_kind("text/html; charset=utf-8"), get_kind("notes")
    ('pdf', 'html', '')
    """
    media_type = name.partition(";")[0].strip().lower()
    suffix = name.rpartition("/")[2].rpartition(".")
    ending = suffix[2].lower() if suffix[1] else ""
    return _KINDS.get(media_type) or _KINDS.get(ending, ending)


def extract_text(content: bytes, name: str) -> str:
    """Return the text of a document.

    Pages of a PDF are separated by an empty line; a sheet of a workbook has a line for each row, with tabs between its
    cells.

    Parameters
    ----------
    content
        The document.
    name
        Its name, path or media type. What is not a PDF, a Word, Excel or HTML document is a plain text.

    Raises
    ------
    ScriptError
        If it is damaged, encrypted, too large or no text, or reading it takes too long.
    """
    return "\n\n".join(page for page in extract_pages(content, name) if page)


def extract_pages(content: bytes, name: str) -> list[str]:
    """Return the texts of the pages of a PDF or the sheets of a workbook; that of another document is one page.

    Raises
    ------
    ScriptError
        As ``extract_text``.
    """
    pages: list[str] = []
    length = 0
    for page in _READERS.get(get_kind(name), _read_plain)(content, name):
        length += len(page)
        check_text(name, length)
        pages.append(page)
    return pages


def has_rows(name: str) -> bool:
    """Return whether a document is a table, whose rows ``extract_rows`` returns."""
    return get_kind(name) in ("csv", "xlsx")


def extract_rows(content: bytes, name: str) -> list[Value]:
    """Return the rows of a CSV file or of the first sheet of a workbook as maps; the first row has their keys.

    Empty rows, and columns without a name, are left out.

    Raises
    ------
    ScriptError
        As ``extract_text``.
    """
    rows = _read_csv(content, name) if get_kind(name) == "csv" else _read_first_sheet(content, name)
    filled = (row for row in rows if any(cell != "" for cell in row))
    keys = [to_text(key).strip() for key in next(filled, [])]
    return [_build_row(keys, row) for row in filled]


def _build_row(keys: list[str], row: list[Value]) -> Value:
    cells = [*row, *[""] * (len(keys) - len(row))]
    return {key: cell for key, cell in zip(keys, cells, strict=False) if key}


def _read_csv(content: bytes, name: str) -> list[list[Value]]:
    text = decode_text(content, name)
    first = text.partition("\n")[0]
    # Excel writes semicolons where the comma separates decimals, as in Brazil.
    delimiter = max(",;\t", key=first.count)
    rows: list[list[Value]] = []
    cells = 0
    try:
        for row in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter):
            cells += len(row)
            if len(rows) > MAX_ROWS or cells > MAX_CELLS:
                raise ScriptError(f"{name} has more than {MAX_ROWS:,} rows or {MAX_CELLS:,} cells")
            rows.append([*row])
    except csv.Error:
        raise ScriptError(f"{name} is no CSV file, or is damaged") from None
    return rows


def _read_first_sheet(content: bytes, name: str) -> list[list[Value]]:
    from basic.documents.excel import read_sheets  # noqa: PLC0415 - most turns read no workbook

    return [[*row] for sheet in read_sheets(content, name, first_only=True) for row in sheet.rows]


def _read_pdf(content: bytes, name: str) -> Iterable[str]:
    from basic.documents.pdf import list_pages  # noqa: PLC0415 - pypdf takes some tenths of a second to import

    return list_pages(content, name)


def _read_word(content: bytes, name: str) -> Iterable[str]:
    from basic.documents.word import extract_word_text  # noqa: PLC0415 - most turns read no document

    return [extract_word_text(content, name)]


def _read_excel(content: bytes, name: str) -> Iterable[str]:
    from basic.documents.excel import read_sheets  # noqa: PLC0415 - most turns read no workbook

    for sheet in read_sheets(content, name):
        yield "\n".join("\t".join(to_text(cell) for cell in row) for row in sheet.rows if row)


def _read_html(content: bytes, name: str) -> Iterable[str]:
    from basic.documents.web_page import extract_html_text  # noqa: PLC0415 - most turns read no page

    return [extract_html_text(decode_text(content, name))]


def _read_plain(content: bytes, name: str) -> Iterable[str]:
    if newer := _OLDER.get(get_kind(name)):
        raise ScriptError(f"{name} is of Office 97; save it as .{newer}")
    return [decode_text(content, name)]


def decode_text(content: bytes, name: str) -> str:
    """Return a text in UTF-8, or in UTF-16 with a mark, or else in Windows-1252, as older programs write it.

    Raises
    ------
    ScriptError
        If it is too long, or no text.
    """
    check_text(name, len(content))
    if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return content.decode("utf-16", errors="replace")
    if b"\0" in content:
        raise ScriptError(f"{name} is not a text")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("cp1252", errors="replace")


_READERS: Mapping[str, Callable[[bytes, str], Iterable[str]]] = {
    "pdf": _read_pdf,
    "docx": _read_word,
    "xlsx": _read_excel,
    "html": _read_html,
}
