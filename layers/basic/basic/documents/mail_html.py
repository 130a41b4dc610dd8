"""The HTML of mails: only layout is left of it, because scripts join it with what users have written."""

import html
import re
from html.parser import HTMLParser

_TAGS = frozenset(
    {
        *(
            "a",
            "b",
            "blockquote",
            "caption",
            "center",
            "code",
            "del",
            "div",
            "em",
            "h1",
            "h2",
            "h3",
            "h4",
            "h5",
            "h6",
            "i",
        ),
        *("ins", "li", "ol", "p", "pre", "s", "span", "strong", "sub", "sup", "table", "tbody", "td", "tfoot", "th"),
        *("thead", "tr", "u", "ul"),
    }
)
_EMPTY = frozenset({"br", "hr"})
_HIDDEN = frozenset({"head", "noscript", "object", "script", "style", "svg", "template", "title"})
_NAMES = "|".join(sorted(_TAGS | _EMPTY | {"html", "body", "head"}))
_BEGINNING = re.compile(rf"\s*(?:<!doctype html\b|</?(?:{_NAMES})(?:\s[^<>]*)?/?>)", re.IGNORECASE)
_ADDRESS = re.compile(r"(?:https?://|mailto:)[^\s\"'<>]+", re.IGNORECASE)


def is_html(text: str) -> bool:
    """Return whether the text of a mail is HTML: it begins with a tag of HTML.

    >>> is_html("<p>Hello</p>"), is_html("<Ana> wrote"), is_html("Dear <b>Ana</b>")
    (True, False, False)
    """
    return _BEGINNING.match(text) is not None


def sanitize(text: str) -> str:
    """Return HTML without what could deceive or follow its reader: scripts, styles, images, forms, hidden targets.

    Behind a link whose text is another one than its address, the address is shown.

    >>> sanitize('<p onclick="x">a<script>b</script><a href="https://x.test">c</a>')
    '<p>a<a href="https://x.test">c</a> (https://x.test)</p>'
    """
    parser = _Sanitizer()
    parser.feed(text)
    return parser.finish()


class _Sanitizer(HTMLParser):
    """Writes the allowed tags, each closed in the right order."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self._pieces: list[str] = []
        self._open: list[str] = []
        self._hidden = ""
        self._target = ""
        self._label: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if self._hidden:
            return
        if tag in _HIDDEN:
            self._hidden = tag
        elif tag in _EMPTY:
            self._pieces.append(f"<{tag}>")
        elif tag == "a":
            self._close("a")
            self._open_link(next((value or "" for name, value in attrs if name == "href"), ""))
        elif tag in _TAGS:
            span = next((value for name, value in attrs if name == "colspan" and value and value.isdecimal()), "")
            self._pieces.append(f'<{tag} colspan="{span[:3]}">' if span else f"<{tag}>")
            self._open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if self._hidden:
            self._hidden = "" if tag == self._hidden else self._hidden
        else:
            self._close(tag)

    def handle_data(self, data: str) -> None:
        if not self._hidden:
            self._label.append(data)
            self._pieces.append(html.escape(data))

    def finish(self) -> str:
        """Close what is open, and return the result."""
        self.close()
        while self._open:
            self._close(self._open[-1])
        return "".join(self._pieces)

    def _open_link(self, address: str) -> None:
        if _ADDRESS.fullmatch(address.strip()):
            self._target, self._label = address.strip(), []
            self._pieces.append(f'<a href="{html.escape(self._target)}">')
            self._open.append("a")

    def _close(self, tag: str) -> None:
        if tag not in self._open:
            return
        while self._open:
            closed = self._open.pop()
            self._pieces.append(f"</{closed}>")
            if closed == "a" and "".join(self._label).strip() != self._target.removeprefix("mailto:"):
                self._pieces.append(f" ({html.escape(self._target)})")
            if closed == tag:
                return
