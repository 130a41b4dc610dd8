"""The check of the built site: its links, anchors and resources."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

_LOADS = {("script", "src"), ("link", "href"), ("img", "src"), ("source", "src"), ("video", "src"), ("iframe", "src")}
_NOT_LOADED = {"canonical", "prev", "next", "alternate"}
"""Relations of ``link`` elements that load nothing."""


@dataclass(slots=True)
class Page(HTMLParser):
    """The links, ids and resources of a page."""

    links: list[str] = field(default_factory=list)
    resources: list[str] = field(default_factory=list)
    ids: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        """Prepare the parser."""
        HTMLParser.__init__(self)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Collect the attributes of an element."""
        values = {name: value for name, value in attrs if value is not None}
        if "id" in values:
            self.ids.add(values["id"])
        if tag == "a" and "href" in values:
            self.links.append(values["href"])
        if values.get("rel") not in _NOT_LOADED:
            self.resources += [value for name, value in values.items() if (tag, name) in _LOADS]


def find_faults(site: Path) -> list[str]:
    """Return the broken links and anchors of a site, and what it would load from other servers."""
    pages = {file: _parse(file) for file in sorted(site.rglob("*.html")) if file.name != "404.html"}
    return [f"{file.relative_to(site)}: {fault}" for file, page in pages.items() for fault in _check(file, page, pages)]


def _parse(file: Path) -> Page:
    page = Page()
    page.feed(file.read_text(encoding="utf-8"))
    return page


def _check(file: Path, page: Page, pages: dict[Path, Page]) -> Iterator[str]:
    for target in page.resources:
        if urlsplit(target).netloc:
            yield f"loads {target}"
        elif not _find(file, target).is_file():
            yield f"lacks {target}"
    for target in dict.fromkeys(page.links):
        parts = urlsplit(target)
        if parts.scheme or parts.netloc:
            continue
        there = _find(file, target)
        if not there.is_file():
            yield f"links to {target}, which does not exist"
        elif parts.fragment and there in pages and unquote(parts.fragment) not in pages[there].ids:
            yield f"links to {target}, which has no such section"


def _find(file: Path, target: str) -> Path:
    path = unquote(urlsplit(target).path)
    there = (file.parent / path).resolve() if path else file
    return there / "index.html" if there.is_dir() else there
