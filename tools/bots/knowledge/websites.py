"""Fetches the pages of a website for a knowledge base: a bounded number of one host, as its robots.txt permits."""

import hashlib
import json
import time
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import astuple, dataclass
from html.parser import HTMLParser
from http import HTTPStatus
from urllib.parse import urldefrag, urljoin, urlsplit
from urllib.robotparser import RobotFileParser

from basic.documents.texts import extract_text, get_kind
from basic.errors import ScriptError
from basic.host import HttpRequest
from basic.http.client import USER_AGENT
from basic.http.transport import HopResponse
from basic.package_names import normalize_website
from conversations.domain.knowledge import MAX_SOURCE_LENGTH, Passage
from conversations.engines.knowledge.index import MAX_PASSAGES
from tools.bots.knowledge.bases import KnowledgeBase
from tools.bots.knowledge.documents import mark_headings, split_headings
from tools.bots.knowledge.passages import build_passages

MAX_PAGES = 50
"""Pages of one website."""

MAX_SECONDS = 120
"""How long the pages of one website may take together."""

PAUSE_SECONDS = 0.2
"""Between two requests, so that a small server has time for others."""

_SKIPPED = (
    ".jpg",
    ".jpeg",
    ".png",
    ".gif",
    ".svg",
    ".webp",
    ".ico",
    ".css",
    ".js",
    ".zip",
    ".gz",
    ".mp3",
    ".mp4",
    ".xml",
)

type Fetch = Callable[[HttpRequest], HopResponse]
"""Makes a request through the guard of addresses; no response is a ``ScriptError``."""


class WebsiteError(Exception):
    """A website has no pages. The text is shown to the user."""


@dataclass(slots=True)
class WebsiteReader:
    """Reads websites.

    Attributes
    ----------
    fetch
        Makes the requests.
    clock, sleep
        A monotonic clock in seconds, and waiting by it.
    """

    fetch: Fetch
    clock: Callable[[], float] = time.monotonic
    sleep: Callable[[float], None] = time.sleep

    def read(self, url: str) -> KnowledgeBase:
        """Return the knowledge base of a website: the page of a URL, and those below it that it leads to.

        Raises
        ------
        WebsiteError
            If no page can be read.
        """
        visit = _Visit(url, self._read_robots(url))
        deadline = self.clock() + MAX_SECONDS
        passages: list[Passage] = []
        while (page := visit.take_next()) and self.clock() < deadline:
            passages += self._read_page(page, visit)
            self.sleep(PAUSE_SECONDS)
        if not passages:
            raise WebsiteError(visit.error or "it has no text")
        content = json.dumps([astuple(passage) for passage in passages])
        return KnowledgeBase(passages[:MAX_PASSAGES], {url: hashlib.sha256(content.encode()).hexdigest()})

    def _read_robots(self, url: str) -> RobotFileParser:
        """Return what robots may read: nothing, if the server does not say (RFC 9309, section 2.3.1)."""
        robots = RobotFileParser()
        try:
            response = self.fetch(HttpRequest("GET", urljoin(url, "/robots.txt")))
        except ScriptError:
            robots.disallow_all = True  # type: ignore[attr-defined] # typeshed does not list it
            return robots
        if response.status == HTTPStatus.OK:
            robots.parse(response.body.decode("utf-8", "replace").splitlines())
        elif response.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
            robots.disallow_all = True  # type: ignore[attr-defined] # typeshed does not list it
        else:
            robots.allow_all = True  # type: ignore[attr-defined] # typeshed does not list it
        return robots

    def _read_page(self, url: str, visit: "_Visit") -> list[Passage]:
        try:
            response = self.fetch(HttpRequest("GET", url, {"Accept": "text/html, text/plain, application/pdf"}))
            if response.status != HTTPStatus.OK:
                visit.error = visit.error or f"{url} responds with {response.status}"
                return []
            return _read_content(url, response, visit)
        except ScriptError as error:
            visit.error = visit.error or str(error)
            return []


def _read_content(url: str, response: HopResponse, visit: "_Visit") -> list[Passage]:
    media_type = response.headers.get("content-type", "text/html")
    if get_kind(media_type) != "html":
        is_readable = get_kind(media_type) in ("txt", "md", "pdf")
        text = extract_text(response.body, media_type) if is_readable else ""
        return build_passages(split_headings(text), urlsplit(url).path.rpartition("/")[2] or url, url)
    html = response.body.decode("utf-8", "replace")
    page = _Page()
    page.feed(html)
    visit.add(urljoin(url, link) for link in page.links)
    text = extract_text(mark_headings(html).encode(), "page.html")
    return build_passages(split_headings(text), (page.title.strip() or url)[:MAX_SOURCE_LENGTH], url)


class _Visit:
    """Which pages of a website are still to be read."""

    def __init__(self, url: str, robots: RobotFileParser) -> None:
        self.error = ""
        self._robots = robots
        self._host = urlsplit(url).netloc
        folder = urlsplit(url).path
        self._folder = folder if folder.endswith("/") else f"{folder.rstrip('/')}/"
        self._start = url
        self._seen: set[str] = set()
        self._waiting: deque[str] = deque()
        self.add([url])

    def add(self, urls: Iterable[str]) -> None:
        """Add pages that are new, permitted, on the same host and below the first page."""
        for each in urls:
            url = urldefrag(each).url
            if url not in self._seen and len(self._seen) < MAX_PAGES and self._is_wanted(url):
                self._seen.add(url)
                self._waiting.append(url)

    def _is_wanted(self, url: str) -> bool:
        parts = urlsplit(url)
        is_inside = url == self._start or f"{parts.path}/".startswith(self._folder)
        is_page = not parts.path.lower().endswith(_SKIPPED)
        if not (parts.netloc == self._host and is_inside and is_page and normalize_website(url)):
            return False
        if not self._robots.can_fetch(USER_AGENT, url):
            self.error = self.error or "its robots.txt does not permit it"
            return False
        return True

    def take_next(self) -> str:
        """Return the next page; empty after the last one."""
        return self._waiting.popleft() if self._waiting else ""


class _Page(HTMLParser):
    """The title and the links of a page."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.title = ""
        self.links: list[str] = []
        self._in_title = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._in_title = tag == "title"
        if tag == "a":
            self.links += [value for name, value in attrs if name == "href" and value]

    def handle_endtag(self, tag: str) -> None:
        self._in_title = self._in_title and tag != "title"

    def handle_data(self, data: str) -> None:
        if self._in_title:
            self.title += data
