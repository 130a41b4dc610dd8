"""Reads a file of a knowledge base as sections: its pages, the parts below its headings, or its rows."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from basic.documents.texts import extract_pages, extract_rows, get_kind, has_rows
from basic.values import Value, to_text

SUPPORTED = frozenset({"txt", "md", "csv", "json", "html", "pdf", "docx", "xlsx"})
"""Kinds of files that are read."""

_HEADING = re.compile(r"(#{1,6})\s+(.*?)\s*#*")
_FENCE = re.compile(r"\s*(```|~~~)")
_HTML_HEADING = re.compile(r"<h([1-6])\b[^>]*>", re.IGNORECASE)
_SEPARATOR = " > "


@dataclass(frozen=True, slots=True)
class Section:
    """A part of a document.

    Attributes
    ----------
    text
        Its text.
    heading
        The headings above it, joined; empty if there are none.
    page
        Its page, from 1; 0 if the document has no pages.
    """

    text: str
    heading: str = ""
    page: int = 0


def is_supported(name: str) -> bool:
    """Return whether files with such a name are read."""
    return get_kind(name) in SUPPORTED


def read_sections(content: bytes, name: str) -> list[Section]:
    """Return the sections of a file.

    Raises
    ------
    basic.errors.ScriptError
        If it is damaged, encrypted, too large or no text.
    """
    kind = get_kind(name)
    if has_rows(name):
        return [Section(_format_row(row)) for row in extract_rows(content, name) if isinstance(row, dict)]
    if kind == "html":
        content = mark_headings(content.decode("utf-8", "replace")).encode()
    pages = extract_pages(content, name)
    if kind == "pdf":
        return [Section(text, page=number) for number, text in enumerate(pages, start=1) if text.strip()]
    text = "\n\n".join(pages)
    return split_headings(text) if kind in ("md", "html") else [Section(text)]


def mark_headings(html: str) -> str:
    """Return a page of HTML whose headings begin as those of Markdown."""
    return _HTML_HEADING.sub(lambda match: f"{match[0]}{'#' * int(match[1])} ", html)


def split_headings(text: str) -> list[Section]:
    """Return the parts below the headings of a Markdown text."""
    return [Section(body, heading) for heading, body in _split(text.splitlines()) if body]


def _split(lines: Iterable[str]) -> Iterator[tuple[str, str]]:
    headings: dict[int, str] = {}
    body: list[str] = []
    fenced = False
    for line in lines:
        fenced ^= _FENCE.match(line) is not None
        match = None if fenced else _HEADING.fullmatch(line)
        if match is None:
            body.append(line)
            continue
        yield _SEPARATOR.join(headings.values()), "\n".join(body).strip()
        level = len(match[1])
        headings = {other: title for other, title in headings.items() if other < level} | {level: match[2]}
        body = []
    yield _SEPARATOR.join(headings.values()), "\n".join(body).strip()


def _format_row(row: Mapping[str, Value]) -> str:
    return "\n".join(f"{key}: {to_text(cell)}" for key, cell in row.items() if cell not in (None, ""))
