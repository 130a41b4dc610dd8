"""The site of the documents in a browser, and the pages of docs/start.md and docs/connect.md with the running stack."""

import os
import re
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Page, expect

from local.processes import is_port_free
from local.settings import ALLOWED_ORIGINS, ROOT
from tests.browser.conftest import NewPage
from tests.browser.stack_file import Stack
from tests.browser.widget_site import AXE
from tools.__main__ import main
from tools.site.__main__ import build

PAGES = ("index.html", "costs.html", "reference/variables.html")
RUN_AXE = """
axe.run({ runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"] })
  .then(({ violations }) => violations.map(({ id, nodes }) => `${id}: ${nodes[0].html}`))
"""


class SilentHandler(SimpleHTTPRequestHandler):
    """Serves files without a log."""

    def log_message(self, *_arguments: object) -> None:
        """Write nothing."""


@contextmanager
def serve(folder: Path, port: int = 0) -> Iterator[int]:
    """Serve a folder until the block ends, and return the port."""
    with ThreadingHTTPServer(("127.0.0.1", port), partial(SilentHandler, directory=str(folder))) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server.server_port
        server.shutdown()


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The URL of the built site."""
    with serve(build(tmp_path_factory.mktemp("docs") / "site")) as port:
        yield f"http://127.0.0.1:{port}"


def read_block(page: str, language: str, number: int = 0) -> str:
    """Return a code block of a page in a language, by default the first one."""
    blocks = re.findall(rf"^```{language}\n(.*?)^```$", (ROOT / page).read_text(), re.DOTALL | re.MULTILINE)
    return str(blocks[number])


@pytest.fixture
def show(page: Page, stack: Stack, tmp_path: Path) -> Iterator[Callable[[str], None]]:
    """Show a page of the documents at an origin that the stack allows."""
    port = next(port for origin in ALLOWED_ORIGINS if is_port_free(port := int(origin.rpartition(":")[2])))
    with serve(tmp_path, port):

        def show(html: str) -> None:
            local = html.replace("http://localhost:8080", stack.base_url)
            local = local.replace("ws://localhost:8080", stack.base_url.replace("http", "ws"))
            (tmp_path / "index.html").write_text(local)
            page.goto(f"http://localhost:{port}/")

        yield show


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_pages_are_accessible_and_load_nothing_from_other_servers(new_page: NewPage, site: str, scheme: str) -> None:
    page = new_page(color_scheme=scheme)
    faults: list[str] = []
    page.on("console", lambda message: faults.append(message.text) if message.type in ("error", "warning") else None)
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.on("request", lambda request: None if request.url.startswith(site) else faults.append(request.url))

    for name in PAGES:
        page.goto(f"{site}/{name}")
        expect(page.get_by_role("heading", level=1)).to_be_visible()
        page.evaluate(AXE.read_text())
        assert page.evaluate(RUN_AXE) == [], name
    assert faults == []


def test_calculator_adds_up_what_is_chosen(page: Page, site: str) -> None:
    page.goto(f"{site}/costs.html")
    total = page.locator("#calculator output")
    seconds = page.get_by_label("Seconds until the answer is complete")

    expect(page.get_by_role("row", name="DynamoDB: storing the message and the turn $4.38")).to_be_visible()
    expect(seconds).to_be_hidden()
    before = total.text_content()
    page.get_by_role("combobox", name="Bot").select_option("language model or webhook")
    expect(page.get_by_role("row", name="Streaming: a frame for each piece and device $10.00")).to_be_visible()
    expect(total).not_to_have_text(before or "")
    page.get_by_label("Turns per month").fill("0")
    expect(page.get_by_role("row", name="Streaming: a frame for each piece and device $0.00")).to_be_visible()


def test_search_finds_a_section(page: Page, site: str) -> None:
    page.goto(f"{site}/index.html")
    page.get_by_role("button", name="Search").first.click()
    page.get_by_role("combobox", name="Search").fill("StartConversationRequest")

    expect(page.get_by_text("Body of POST /conversations/start").filter(visible=True)).to_be_visible()


def test_page_of_the_start_has_a_chat(page: Page, show: Callable[[str], None]) -> None:
    show(read_block("docs/start.md", "html"))

    page.locator("gb-chat .launcher").click()
    expect(page.locator("gb-chat .message.bot").first).to_be_visible()


def test_script_of_the_start_talks(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = tmp_path / "tea.gbai/tea.gbdialog"
    folder.mkdir(parents=True)
    (folder / "start.bas").write_text(read_block("docs/start.md", "basic"))

    assert main(["bots", "check", str(folder.parent)]) == 0
    capsys.readouterr()
    answers = subprocess.run(
        [sys.executable, "-P", "-m", "tools", "bots", "run", folder.parent],
        input="3\n",
        check=False,
        capture_output=True,
        text=True,
        cwd=ROOT,
    )

    assert "We recommend 9 grams of tea a day." in answers.stdout, answers.stderr


def test_page_with_a_socket_shows_the_answer(page: Page, show: Callable[[str], None]) -> None:
    show(read_block("docs/connect.md", "html"))
    items = page.get_by_role("listitem")
    expect(items.first).to_have_text(re.compile(r"^bot: "))

    page.get_by_label("Message").fill("What are your opening hours?")
    page.get_by_role("button", name="Send").click()

    expect(items.filter(has_text="you: What are your opening hours?")).to_be_visible()
    expect(items.last).to_have_text(re.compile(r"^bot: "))


@pytest.mark.parametrize("number", [0, 1])
def test_python_program_prints_an_answer(stack: Stack, number: int) -> None:
    program = read_block("docs/connect.md", "python", number).replace("localhost:8080", urlsplit(stack.base_url).netloc)
    environment = os.environ | {"PYTHONPATH": str(ROOT / "clients/python/src")}

    command = [sys.executable, "-c", program]
    printed = subprocess.run(command, check=True, capture_output=True, text=True, timeout=60, env=environment)

    assert printed.stdout.strip()
