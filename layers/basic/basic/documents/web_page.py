"""The text of HTML pages."""

import re
from html.parser import HTMLParser

_HIDDEN = frozenset({"head", "script", "style", "template", "noscript"})
_INLINE = frozenset(
    {
        *("a", "abbr", "b", "bdi", "bdo", "cite", "code", "data", "dfn", "em", "font", "i", "kbd", "label", "mark"),
        *("q", "s", "samp", "small", "span", "strong", "sub", "sup", "time", "u", "var"),
    }
)
_CELLS = frozenset({"td", "th"})
_BLANKS = re.compile(r"[ \t\r\f\v]+")
_EMPTY_LINES = re.compile(r"\n{3,}")


class _Text(HTMLParser):
    """Collects what a reader sees, with each block on lines of its own."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.pieces: list[str] = []
        self._hidden = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        del attrs
        if not self._hidden and tag in _HIDDEN:
            self._hidden = tag
        elif tag == "li":
            self.pieces.append("\n- ")
        elif tag not in _INLINE and tag not in _CELLS:
            self.pieces.append("\n")

    def handle_endtag(self, tag: str) -> None:
        # A body ends a head that is not closed.
        if tag == self._hidden:
            self._hidden = ""
        elif tag in _CELLS:
            self.pieces.append("\t")
        elif tag in ("p", "ul", "ol", "table") or (len(tag) == len("h1") and tag.startswith("h")):
            self.pieces.append("\n\n")
        elif tag not in _INLINE:
            self.pieces.append("\n")

    def handle_data(self, data: str) -> None:
        if not self._hidden:
            self.pieces.append(" ".join(data.split("\n")))


def extract_html_text(html: str) -> str:
    r"""Return the text that a reader of a page sees; comments, scripts and styles are left out.

    >>> extract_html_text("<h1>Tea</h1><p>Green &amp; <b>black</b></p><ul><li>a<li>b</ul>")
    'Tea\n\nGreen & black\n\n- a\n- b'
    """
    parser = _Text()
    parser.feed(_prepare(html))
    parser.close()
    lines = (_clean(line) for line in "".join(parser.pieces).split("\n"))
    return _EMPTY_LINES.sub("\n\n", "\n".join(lines)).strip()


def _prepare(html: str) -> str:
    """Return a page without what takes the parser of Python 3.13.0 quadratic time, or is an error for it."""
    first, *others = html.replace("<!-->", "").replace("<!--->", "").split("<!--")
    # A comment that is not closed hides what follows, as in a browser.
    html = first + "".join(piece.partition("-->")[2] for piece in others)
    # For marked sections it raises AssertionError; in HTML they are comments that end with the next `>`.
    html = html.replace("<![", "<!")
    # What begins after the last `>` is not closed: it is no tag.
    end = html.rfind(">") + 1
    return html[:end] + html[end:].replace("<", "&lt;")


def _clean(line: str) -> str:
    cells = [_BLANKS.sub(" ", cell).strip() for cell in line.strip(" ").split("\t")]
    return "\t".join(cells).rstrip("\t") if any(cells) else ""
