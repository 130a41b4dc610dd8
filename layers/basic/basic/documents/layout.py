"""Lays out HTML as the parts of a PDF: headings, paragraphs, lists and tables. Styles of pages are not followed."""

import html
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any, Literal

from reportlab.lib import colors
from reportlab.lib.styles import ParagraphStyle
from reportlab.platypus import CondPageBreak, Flowable, HRFlowable, PageBreak, Paragraph, Preformatted, Spacer, Table

from basic.documents.fonts import FAMILY
from basic.errors import ScriptError

MAX_PARAGRAPH = 20_000
"""Characters of a paragraph: one that is on many pages is laid out again on each."""

MAX_COLUMNS = 30
"""Columns of a table; more are narrower than a letter."""

_HIDDEN = frozenset({"head", "script", "style", "template", "title", "noscript", "object", "svg"})
_MARKUP: Mapping[str, str] = {
    "b": "b",
    "strong": "b",
    "i": "i",
    "em": "i",
    "u": "u",
    "ins": "u",
    "s": "strike",
    "del": "strike",
    "sub": "sub",
    "sup": "super",
}
_SIZES: Mapping[str, float] = {"h1": 20, "h2": 16, "h3": 13, "h4": 11.5, "h5": 10.5, "h6": 10}
_BLOCKS = frozenset(
    {
        *_SIZES,
        *("p", "div", "section", "article", "header", "footer", "main", "address", "blockquote", "center", "dl", "dt"),
        *("dd", "figure", "figcaption", "body", "html", "form", "fieldset", "caption"),
    }
)
type _Alignment = Literal[0, 1, 2, 4]
_ALIGNMENTS: Mapping[str, _Alignment] = {"left": 0, "center": 1, "right": 2, "justify": 4}
"""As reportlab.lib.enums has them."""

_ALIGN = re.compile(r"text-align\s*:\s*(left|right|center|justify)")
_BREAK = re.compile(r"page-break-(before|after)\s*:\s*always|break-(before|after)\s*:\s*page")
_LINK = re.compile(r"(?:https?://|mailto:)[^\s\"<>]+", re.IGNORECASE)
_TEXT_SIZE = 10
_LEAST, _MOST = 4, 40
"""Characters by which columns differ in width: the margins of a cell, and a text that has several lines anyway."""

_INDENT = 14
_HEADING_ROOM = 70
_GREY = colors.HexColor("#bbbbbb")
_PALE = colors.HexColor("#f0f0f0")


@dataclass(slots=True)
class _Cell:
    """A cell of a table, or the page: what is in it, and the tags that are open in it."""

    is_heading: bool = False
    span: int = 1
    parts: list[Flowable] = field(default_factory=list)
    length: int = 0


@dataclass(slots=True)
class _TableRows:
    """A table that is open: how many cells are open around it, and its rows."""

    around: int
    rows: list[list[_Cell]] = field(default_factory=list)


class _Layout(HTMLParser):
    """Collects the parts. A page with any order of tags has a layout."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self._cells = [_Cell()]
        self._tables: list[_TableRows] = []
        self._lists: list[int | None] = []
        self._markup: list[str] = []
        self._pieces: list[str] = []
        self._has_text = False
        self._aligned: list[tuple[str, _Alignment]] = []
        self._tags: list[str] = []
        self._breaks: list[str] = []
        self._bullet = ""
        self._hidden = ""
        self._pre = False

    # ------------------------------------------------------------------------------------------------ events
    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        attributes = {name: value or "" for name, value in attrs}
        if self._hidden:
            return
        if tag in _HIDDEN:
            self._hidden = tag
        elif tag in _MARKUP:
            self._open_markup(f"<{_MARKUP[tag]}>")
        elif tag == "a":
            self._open_link(attributes.get("href", ""))
        elif tag == "br":
            self._pieces.append("\n" if self._pre else "<br/>")
        elif tag == "hr":
            self._end_block()
            self._add(HRFlowable(width="100%", color=_GREY, spaceBefore=6, spaceAfter=6))
        elif tag in _BLOCKS or tag == "pre":
            self._start_block(tag, attributes)
        else:
            self._start_structure(tag, attributes)

    def handle_endtag(self, tag: str) -> None:
        if self._hidden:
            self._hidden = "" if tag == self._hidden else self._hidden
        elif tag in _MARKUP or tag == "a":
            self._close_markup("a" if tag == "a" else _MARKUP[tag])
        elif tag in _BLOCKS or tag == "pre":
            self._end_block()
            self._leave(tag)
            self._pre = self._pre and tag != "pre"
        elif tag in ("ul", "ol"):
            self._end_block()
            if self._lists:
                self._lists.pop()
            if not self._lists:
                self._add(Spacer(1, 4))
        elif tag in ("li", "td", "th"):
            self._end_block()
            if tag != "li":
                self._leave_cell()
        elif tag == "table":
            self._end_table()

    def handle_data(self, data: str) -> None:
        if self._hidden or (not data.strip() and not self._has_text and not self._pre):
            return
        self._has_text = self._has_text or bool(data.strip())
        self._cells[-1].length += len(data)
        text = data if self._pre else re.sub(r"\s+", " ", data)
        self._pieces.append(html.escape(text, quote=False))

    def finish(self) -> list[Flowable]:
        """Close what is open, and return the parts of the page."""
        self.close()
        while self._tables:
            self._end_table()
        self._end_block()
        return self._cells[0].parts

    # ------------------------------------------------------------------------------------------------ inline markup
    def _open_markup(self, opening: str) -> None:
        self._markup.append(opening)
        self._pieces.append(opening)

    def _open_link(self, address: str) -> None:
        target = html.escape(address) if _LINK.fullmatch(address) else ""
        self._open_markup(f'<a href="{target}" color="#0b57d0">' if target else "<a>")

    def _close_markup(self, name: str) -> None:
        """Close a tag, and those in it, which are opened again behind it."""
        index = next((i for i in reversed(range(len(self._markup))) if _get_name(self._markup[i]) == name), None)
        if index is None:
            return
        inner = self._markup[index + 1 :]
        self._pieces += [f"</{_get_name(opening)}>" for opening in reversed(self._markup[index:])]
        self._pieces += inner
        del self._markup[index]

    # ------------------------------------------------------------------------------------------------ blocks
    def _start_block(self, tag: str, attributes: Mapping[str, str]) -> None:
        self._end_block()
        style = attributes.get("style", "").lower()
        page_break = _BREAK.search(style)
        if page_break and "before" in page_break[0]:
            self._add(PageBreak())
        if page_break and "after" in page_break[0]:
            self._breaks.append(tag)
        self._tags.append(tag)
        alignment = _find_alignment(tag, attributes)
        if alignment is not None:
            self._aligned.append((tag, alignment))
        self._pre = self._pre or tag == "pre"

    def _leave(self, tag: str) -> None:
        if tag in self._tags:
            del self._tags[len(self._tags) - 1 - self._tags[::-1].index(tag) :]
        if self._aligned and self._aligned[-1][0] == tag:
            self._aligned.pop()
        if self._breaks and self._breaks[-1] == tag:
            self._breaks.pop()
            self._add(PageBreak())

    def _end_block(self) -> None:
        """End the paragraph that is open."""
        if self._has_text:
            if len(self._cells) == 1 and any(tag in _SIZES for tag in self._tags):
                # A heading is not the last line of a page.
                self._add(CondPageBreak(_HEADING_ROOM))
            closing = [f"</{_get_name(opening)}>" for opening in reversed(self._markup)]
            self._add(self._build_paragraph("".join([*self._pieces, *closing])))
            self._bullet = ""
        self._pieces = [*self._markup]
        self._has_text = False

    def _build_paragraph(self, text: str) -> Flowable:
        style = self._build_style()
        if self._pre:
            plain = html.unescape(re.sub(r"<[^>]*>", "", text)).strip("\n")
            return Preformatted(plain, style, maxLineLength=90)
        if len(text) > MAX_PARAGRAPH:
            raise ScriptError(f"a paragraph has more than {MAX_PARAGRAPH:,} characters")
        text = re.sub(r"^(?:\s|<br/>)+|(?:\s|<br/>)+$", "", text)
        return Paragraph(text, style, bulletText=self._bullet or None)

    def _build_style(self) -> ParagraphStyle:
        heading = next((tag for tag in reversed(self._tags) if tag in _SIZES), None)
        is_bold = heading is not None or self._cells[-1].is_heading
        size = _SIZES[heading] if heading else _TEXT_SIZE
        in_table = len(self._cells) > 1
        quoted = "blockquote" in self._tags or "dd" in self._tags
        indent = _INDENT * (len(self._lists) + quoted)
        return ParagraphStyle(
            heading or "text",
            fontName=f"{FAMILY}-Bold" if is_bold else FAMILY,
            bulletFontName=FAMILY,
            fontSize=size,
            bulletFontSize=size,
            leading=size * 1.35,
            spaceBefore=size * 0.6 if heading else 0,
            spaceAfter=0 if in_table else size * 0.3 if self._lists else size * 0.6,
            leftIndent=indent,
            bulletIndent=max(indent - _INDENT, 0) + 2,
            alignment=self._aligned[-1][1] if self._aligned else _ALIGNMENTS["left"],
        )

    def _add(self, part: Flowable) -> None:
        self._cells[-1].parts.append(part)

    # ------------------------------------------------------------------------------------------------ lists and tables
    def _start_structure(self, tag: str, attributes: Mapping[str, str]) -> None:
        if tag in ("ul", "ol"):
            self._end_block()
            self._lists.append(0 if tag == "ol" else None)
        elif tag == "li":
            self._end_block()
            if not self._lists:
                self._lists.append(None)
            number = self._lists[-1]
            self._lists[-1] = None if number is None else number + 1
            self._bullet = "•" if number is None else f"{number + 1}."
        elif tag == "table":
            self._end_block()
            self._tables.append(_TableRows(len(self._cells)))
        elif tag == "tr" and self._tables:
            self._leave_cell()
            self._tables[-1].rows.append([])
        elif tag in ("td", "th") and self._tables:
            self._start_cell(tag, attributes)

    def _start_cell(self, tag: str, attributes: Mapping[str, str]) -> None:
        self._leave_cell()
        table = self._tables[-1]
        if not table.rows:
            table.rows.append([])
        span = attributes.get("colspan", "1")
        cell = _Cell(
            is_heading=tag == "th", span=int(span) if span.isdecimal() and 0 < int(span[:4]) <= MAX_COLUMNS else 1
        )
        table.rows[-1].append(cell)
        self._cells.append(cell)
        alignment = _find_alignment(tag, attributes)
        self._aligned.append(("td", _ALIGNMENTS["left"] if alignment is None else alignment))

    def _leave_cell(self) -> None:
        """Leave the cell that is open in the innermost table."""
        if self._tables and len(self._cells) > self._tables[-1].around:
            self._end_block()
            self._cells.pop()
            while self._aligned and self._aligned.pop()[0] != "td":
                continue

    def _end_table(self) -> None:
        if not self._tables:
            return
        self._leave_cell()
        rows = [row for row in self._tables.pop().rows if row]
        if rows:
            self._add(_build_table(rows))
            self._add(Spacer(1, 6))


def _get_name(opening: str) -> str:
    return opening.strip("<>").split()[0]


def _find_alignment(tag: str, attributes: Mapping[str, str]) -> _Alignment | None:
    if tag == "center":
        return _ALIGNMENTS["center"]
    styled = _ALIGN.search(attributes.get("style", "").lower())
    return _ALIGNMENTS.get(styled[1] if styled else attributes.get("align", "").lower())


def _build_table(rows: list[list[_Cell]]) -> Table:
    """Return a table whose columns are as wide as their texts are long; rows of headings are repeated on each page."""
    count = min(max(sum(cell.span for cell in row) for row in rows), MAX_COLUMNS)
    lengths = [_LEAST] * count
    data: list[list[object]] = []
    style: list[Any] = [
        ("GRID", (0, 0), (-1, -1), 0.5, _GREY),
        ("VALIGN", (0, 0), (-1, -1), "TOP"),
    ]
    for number, row in enumerate(rows):
        line: list[object] = []
        for cell in row:
            column = len(line)
            if column >= count:
                break
            last = min(column + cell.span, count) - 1
            if cell.span == 1:
                lengths[column] = max(lengths[column], min(cell.length, _MOST) + _LEAST)
            else:
                style.append(("SPAN", (column, number), (last, number)))
            if cell.is_heading:
                style.append(("BACKGROUND", (column, number), (last, number), _PALE))
            line += [cell.parts, *[""] * (last - column)]
        data.append([*line, *[""] * (count - len(line))])
    headings = next((i for i, row in enumerate(rows) if not all(cell.is_heading for cell in row)), len(rows))
    widths = [f"{100 * length / sum(lengths):.4f}%" for length in lengths]
    repeated = headings if headings < len(rows) else 0
    return Table(data, colWidths=widths, repeatRows=repeated, style=style, splitInRow=1, hAlign="LEFT")


def lay_out(page: str) -> list[Flowable]:
    """Return the parts of a page of HTML, from any tags in any order. Images, scripts and styles are left out.

    Raises
    ------
    ScriptError
        If a paragraph is too long.
    """
    layout = _Layout()
    layout.feed(page)
    return layout.finish()
