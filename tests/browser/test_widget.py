"""The widget on a page of another origin, with the running stack behind it."""

import json
import time
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Page, expect

from conversations.adapters.dynamodb.bot_catalogue import CACHE_SECONDS
from local.processes import is_port_free
from local.settings import ALLOWED_ORIGINS, ROOT, VISITOR_BOTS
from tests.bot_server import ScriptedServer, serving
from tests.browser.conftest import NewPage
from tests.browser.stack_file import Stack, get_stack_file
from tests.browser.widget_site import HOSTILE_CSS, PRETTY_CSS, Widget, build_page, build_policy
from tests.stack.bots import connect_aws, publish_package
from tests.stack.webhook_bots import Pen, publishing_webhook_bots

CHOSEN, WRITTEN = "helper", "frontdesk"
"""Two bots that the local stack lists for visitors; the second is replaced by a server that streams."""

ATTEMPTS = 3
"""The first one may be cold, and the machine may be busy."""
MAX_FIRST_LINE_S = 1.0
MAX_REQUESTS = 12


class Site(SimpleHTTPRequestHandler):
    """Serves files under a strict policy."""

    def __init__(self, *arguments: object, policy: str, directory: Path) -> None:
        self._policy = policy
        super().__init__(*arguments, directory=directory)  # type: ignore[arg-type] # those of the server

    def end_headers(self) -> None:
        """Add the policy."""
        self.send_header("Content-Security-Policy", self._policy)
        super().end_headers()

    def log_message(self, *_arguments: object) -> None:
        """Log nothing."""


@pytest.fixture(scope="module")
def shop(stack: Stack, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A site on another local port, one that the stack lists."""
    folder = tmp_path_factory.mktemp("shop")
    (folder / "shop.css").write_text(HOSTILE_CSS)
    pages = {"index": "", "chosen": f'bot="{CHOSEN}"', "written": f'bot="{WRITTEN}"', "other": 'bot="appointments"'}
    for name, attributes in pages.items():
        (folder / f"{name}.html").write_text(build_page(stack.base_url, attributes))
    ports = [urlsplit(origin).port or 0 for origin in ALLOWED_ORIGINS]
    port = next(port for port in ports if is_port_free(port))
    handler = partial(Site, policy=build_policy(stack.base_url), directory=folder)
    server = ThreadingHTTPServer(("127.0.0.1", port), handler)
    Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://localhost:{port}/"
    server.shutdown()
    server.server_close()


@pytest.fixture(scope="module")
def server() -> Iterator[ScriptedServer]:
    with serving() as server:
        yield server


@pytest.fixture(scope="module")
def _written_bot(server: ScriptedServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Publish a bot server in the place of a bot that visitors may choose."""
    stack = json.loads(get_stack_file().read_text())
    aws = connect_aws(stack)
    with publishing_webhook_bots(stack, aws, tmp_path_factory.mktemp("bots")) as publish:
        publish(server, welcome="Let us count.", bot_id=WRITTEN)
        # Until then the functions have the former bot in their caches.
        time.sleep(CACHE_SECONDS)
        yield
    publish_package(ROOT / f"bots/{WRITTEN}.gbai", stack, aws)


def test_visitor_chats_on_a_page_of_another_origin(page: Page, shop: str) -> None:
    widget = Widget(page, shop).visit().open()
    expect(widget.bot_bubbles).to_contain_text("Hello! I am the bot")
    expect(widget.suggestions.first).to_be_visible()

    widget.write("Thanks")
    expect(widget.bot_bubbles.last).to_have_text("You are welcome!")
    expect(widget.suggestions.first).to_be_visible()
    widget.suggestions.filter(has_text="What is this?").click()
    expect(widget.suggestions.first).to_be_visible()
    expect(widget.frame.get_by_text("Sending…")).to_have_count(0)
    texts = widget.bot_bubbles.all_text_contents()
    assert len(texts) > 2

    page.reload()
    widget.wait_until_connected()
    expect(widget.bot_bubbles).to_have_text(texts)
    expect(widget.user_bubbles).to_have_count(2)
    widget.write("Thanks")
    expect(widget.bot_bubbles.nth(len(texts))).to_have_text("You are welcome!")
    assert widget.list_violations() == []
    assert widget.errors == []


def test_first_line_of_the_bot_is_there_within_a_second(new_page: NewPage, shop: str) -> None:
    seconds = []
    for _ in range(ATTEMPTS):
        widget = Widget(new_page(), shop).visit()
        expect(widget.launcher).to_be_visible()
        start = time.monotonic()
        widget.launcher.click()
        expect(widget.bot_bubbles.first).to_be_visible()
        seconds.append(time.monotonic() - start)

        # Among them are the page, its style sheet and the socket.
        assert len(widget.requests) <= MAX_REQUESTS, widget.requests
    assert min(seconds) < MAX_FIRST_LINE_S, seconds


def test_visitor_chats_with_the_bot_of_the_tag(new_page: NewPage, shop: str) -> None:
    assert CHOSEN in VISITOR_BOTS
    widget = Widget(new_page(), f"{shop}chosen.html").visit().open()

    expect(widget.bot_bubbles).to_contain_text("I am the bot of rules")
    expect(widget.frame.get_by_text("Helper", exact=True)).to_be_visible()


def test_bot_that_is_not_listed_is_refused(new_page: NewPage, shop: str) -> None:
    widget = Widget(new_page(), f"{shop}other.html").visit()

    widget.launcher.click()

    expect(widget.notice).to_have_text("This bot does not exist, or it is not public.")
    expect(widget.bot_bubbles).to_have_count(0)


@pytest.mark.usefixtures("_written_bot")
def test_answer_is_streamed_over_a_reload_and_can_be_stopped(page: Page, shop: str, server: ScriptedServer) -> None:
    pen = Pen()
    server.behaviours = (pen.behave,)
    widget = Widget(page, f"{shop}written.html").visit().open()
    expect(widget.bot_bubbles).to_have_text("Let us count.")
    widget.write("Go")
    pen.write("One, **two**, ")
    expect(widget.bot_bubbles.last).to_contain_text("One, two")

    page.reload()
    widget.wait_until_connected()
    expect(widget.bot_bubbles.last).to_contain_text("One, two")
    pen.write("three, four")
    expect(widget.bot_bubbles.last).to_contain_text("three")
    expect(widget.bot_bubbles.last.locator("strong")).to_have_text("two")

    widget.stop_button.click()
    expect(widget.frame.get_by_text("Stopped", exact=True)).to_be_visible()
    expect(widget.stop_button).to_have_count(0)
    pen.finish()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_chat_of_the_stack_is_accessible(new_page: NewPage, shop: str, scheme: str) -> None:
    page = new_page(color_scheme=scheme)
    page.route("**/shop.css", lambda route: route.fulfill(body=PRETTY_CSS, content_type="text/css"))
    widget = Widget(page, shop).visit().open()
    widget.element.evaluate("(element) => element.setAttribute('theme', 'auto')")
    # A visitor who speaks first may get no greeting.
    expect(widget.bot_bubbles).to_have_count(1)
    widget.write("What does it cost?")
    expect(widget.bot_bubbles).to_have_count(2)
    expect(widget.suggestions.first).to_be_visible()

    assert widget.find_accessibility_problems() == []
