"""The dialog of the widget that shows files: pictures, sounds, films, PDF and texts."""

import math
import re
import struct
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, Route, expect

from tests.browser.chat_page import TIMEOUT_MS
from tests.browser.conftest import NewChat
from tests.browser.test_widget_media import LIVE_REGIONS
from tests.browser.widget_site import PRETTY_CSS, FakeChat

PICTURE = """<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 400 300" width="400" height="300">
<rect width="400" height="300" fill="#cfe7d6"/><circle cx="300" cy="80" r="40" fill="#f4c95d"/></svg>"""
PDF = b"""%PDF-1.4
1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj
2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj
3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 300 200]/Contents 4 0 R/Resources<</Font<</F1 5 0 R>>>>>>endobj
4 0 obj<</Length 45>>stream
BT /F1 24 Tf 20 100 Td (Green tea $7) Tj ET
endstream endobj
5 0 obj<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>endobj
trailer<</Root 1 0 R>>
"""
HOSTILE_TEXT = "<img src=x onerror=alert(1)>\n<b>item</b>,count\n"


def _build_sound() -> bytes:
    """Return a second of a quiet tone (WAV, 8 kHz, 8 bits)."""
    samples = bytes(128 + round(20 * math.sin(index / 3)) for index in range(8_000))
    fields = struct.pack("<4sIHHIIHH", b"fmt ", 16, 1, 1, 8_000, 8_000, 1, 8)
    body = b"WAVE" + fields + b"data" + struct.pack("<I", len(samples)) + samples
    return b"RIFF" + struct.pack("<I", len(body)) + body


CONTENTS: dict[str, tuple[str, str | bytes]] = {
    "tea.svg": ("image/svg+xml", PICTURE),
    "prices.pdf": ("application/pdf", PDF),
    "stock.csv": ("text/csv", HOSTILE_TEXT),
    "page.html": ("text/html", "<script>alert(1)</script>"),
    "latin.txt": ("text/plain", "café".encode("windows-1252")),
    "long.txt": ("text/plain", "tea " * 100_000),
    "bell.wav": ("audio/wav", _build_sound()),
    "fake.pdf": ("application/pdf", "<script>alert(1)</script>"),
    "all.zip": ("application/zip", b"PK"),
}


def build_file(name: str) -> dict[str, str]:
    return {"name": name, "content_type": CONTENTS[name][0], "url": f"{FakeChat.FILES}/{name}"}


def serve_files(route: Route) -> None:
    """Serve a file as the API does: it is downloaded, never shown as a page of its own."""
    found = CONTENTS.get(route.request.url.rsplit("/", 1)[1])
    headers = {"Access-Control-Allow-Origin": "*"}
    if found is None:
        route.fulfill(status=404, json={}, headers=headers)
    else:
        kind, body = found
        headers["Content-Disposition"] = "attachment"
        route.fulfill(body=body, content_type=kind, headers=headers)


class Player:
    """The dialog."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.dialog = page.locator("gb-chat dialog")
        self.title = page.locator("gb-chat .file-heading h2")
        self.details = page.locator("gb-chat .file-heading p")
        self.status = page.locator("gb-chat .file-status")
        self.message = page.locator("gb-chat .file-message")
        self.text = page.locator("gb-chat .file-text")
        self.frame = page.locator("gb-chat .file-stage iframe")
        self.picture = page.locator("gb-chat .file-picture img")
        self.download = page.get_by_role("link", name="Download")

    def find_button(self, name: str) -> Locator:
        return self.page.get_by_role("button", name=name, exact=True)


@pytest.fixture
def open_chat(new_chat: NewChat) -> Callable[..., FakeChat]:
    """Open shops whose policy allows files of one site."""

    def create(attributes: str = "", media: str = FakeChat.FILES, **options: object) -> FakeChat:
        chat = new_chat(attributes, PRETTY_CSS, **options)
        chat.media = media
        chat.widget.page.context.route(f"{chat.FILES}/**", serve_files)
        chat.widget.visit().launcher.click()
        expect(chat.widget.page.locator("gb-chat .status.online")).to_be_visible()
        return chat

    return create


@pytest.fixture
def chat(open_chat: Callable[..., FakeChat]) -> FakeChat:
    return open_chat()


@pytest.fixture
def player(chat: FakeChat) -> Player:
    return Player(chat.widget.page)


def show(chat: FakeChat, *names: str) -> None:
    """Send files, and open the first one."""
    chat.say("Here.", attachments=[build_file(name) for name in names])
    chat.widget.page.locator("gb-chat .attachment a:visible").first.click()


def test_picture_opens_in_a_dialog_that_gives_the_focus_back(chat: FakeChat, player: Player) -> None:
    show(chat, "tea.svg")

    expect(player.dialog).to_be_visible()
    expect(player.dialog).to_have_accessible_name("tea.svg")
    expect(player.picture).to_be_visible()
    expect(player.find_button("Close file")).to_be_focused()
    assert player.picture.get_attribute("referrerpolicy") == "no-referrer"
    assert chat.widget.find_accessibility_problems() == []

    chat.widget.page.keyboard.press("Escape")

    expect(player.dialog).to_have_count(0)
    expect(chat.widget.frame).to_be_visible()
    expect(chat.widget.page.get_by_role("link", name="tea.svg").first).to_be_focused()
    assert chat.widget.list_violations() == []


def test_focus_stays_in_the_dialog(chat: FakeChat, player: Player) -> None:
    show(chat, "tea.svg", "bell.wav")
    expect(player.find_button("Close file")).to_be_focused()
    names = "document.querySelector('gb-chat').shadowRoot.activeElement.shadowRoot.activeElement"

    for key in ("Tab", "Shift+Tab"):
        for _ in range(12):
            chat.widget.page.keyboard.press(key)
            assert chat.widget.page.evaluate(f"{names}.closest('dialog') !== null"), key


def test_arrow_keys_show_the_other_files_of_the_conversation_and_say_so_once(chat: FakeChat, player: Player) -> None:
    chat.say("One", attachments=[build_file("tea.svg")])
    chat.say("Two", attachments=[build_file("stock.csv"), build_file("all.zip")])
    chat.widget.page.get_by_role("link", name="tea.svg").first.click()
    expect(player.details).to_have_text("1 of 3 · Image")
    expect(player.status).to_have_text("")
    press = chat.widget.page.keyboard.press

    press("ArrowRight")

    expect(player.title).to_have_text("stock.csv")
    expect(player.text).to_be_visible()
    expect(player.status).to_have_text("stock.csv, 2 of 3")
    press("ArrowRight")
    expect(player.message).to_have_text("This file cannot be shown here. Download it to open it.")
    press("ArrowRight")
    expect(player.title).to_have_text("all.zip")
    expect(player.find_button("Next file")).to_have_attribute("aria-disabled", "true")
    press("ArrowLeft")
    expect(player.title).to_have_text("stock.csv")
    player.find_button("Previous file").click()
    expect(player.title).to_have_text("tea.svg")
    # The live region of the chat is inert behind the dialog.
    assert chat.widget.page.evaluate(LIVE_REGIONS) == ["announcer", ""]


def test_text_is_a_text_and_never_html(chat: FakeChat, player: Player) -> None:
    show(chat, "stock.csv", "page.html")

    expect(player.text).to_have_text(HOSTILE_TEXT)
    assert player.text.evaluate("(text) => text.childElementCount") == 0
    assert chat.widget.find_accessibility_problems() == []
    chat.widget.page.keyboard.press("ArrowRight")
    expect(player.text).to_have_text("<script>alert(1)</script>")
    assert chat.widget.list_violations() == []


def test_texts_of_older_encodings_and_long_ones_are_shown(chat: FakeChat, player: Player) -> None:
    show(chat, "latin.txt", "long.txt")

    expect(player.text).to_have_text("café")
    chat.widget.page.keyboard.press("ArrowRight")
    expect(chat.widget.page.get_by_text("Only the beginning of the file is shown.")).to_be_visible()
    assert player.text.evaluate("(text) => text.textContent.length") == 256 * 1024


def test_pdf_is_shown_by_the_viewer_of_the_browser(chat: FakeChat, player: Player) -> None:
    show(chat, "prices.pdf")

    expect(player.frame).to_be_visible()
    assert re.match("blob:", player.frame.get_attribute("src") or "")
    expect(player.frame).to_have_attribute("title", "prices.pdf")
    assert chat.widget.find_accessibility_problems() == []
    assert chat.widget.list_violations() == []


def test_another_content_is_not_shown_as_pdf(chat: FakeChat, player: Player) -> None:
    show(chat, "fake.pdf")

    expect(player.message).to_have_text("This file cannot be shown here. Download it to open it.")
    expect(player.frame).to_have_count(0)


def test_pdf_is_a_link_if_the_browser_has_no_viewer(chat: FakeChat, player: Player) -> None:
    chat.widget.page.evaluate("Object.defineProperty(navigator, 'pdfViewerEnabled', { value: false })")

    show(chat, "prices.pdf")

    expect(player.message).to_have_text("This file cannot be shown here. Download it to open it.")
    expect(player.download).to_have_attribute("href", f"{chat.FILES}/prices.pdf")


def test_what_the_policy_of_the_page_forbids_can_be_downloaded(open_chat: Callable[..., FakeChat]) -> None:
    chat = open_chat(media="data:")
    player = Player(chat.widget.page)
    show(chat, "prices.pdf")

    expect(player.message).to_have_text("This file cannot be shown here. Download it to open it.")
    expect(player.status).to_have_text("This file cannot be shown here. Download it to open it.")
    expect(player.download).to_be_visible()


def test_file_whose_link_has_ended_says_so(chat: FakeChat, player: Player) -> None:
    chat.say("Here.", attachments=[build_file("stock.csv") | {"url": f"{chat.FILES}/gone"}])
    chat.widget.page.get_by_role("link", name="stock.csv").click()

    expect(player.message).to_have_text("The file cannot be loaded. Its link may have ended.")


def test_file_is_downloaded(chat: FakeChat, player: Player, tmp_path: Path) -> None:
    show(chat, "stock.csv")

    with chat.widget.page.expect_download() as download:
        player.download.click()

    download.value.save_as(tmp_path / "saved")
    assert (tmp_path / "saved").read_text() == HOSTILE_TEXT


def test_picture_is_enlarged_by_buttons_and_keys(chat: FakeChat, player: Player) -> None:
    show(chat, "tea.svg", "stock.csv")
    expect(player.picture).to_be_visible()
    chat.widget.wait_until_idle()
    width = player.picture.evaluate("(picture) => picture.clientWidth")

    player.find_button("Zoom in").click()
    chat.widget.page.keyboard.press("+")

    assert player.picture.evaluate("(picture) => picture.clientWidth") == width * 2
    expect(player.status).to_have_text("200 %")
    # The keys scroll the picture now.
    chat.widget.page.keyboard.press("ArrowRight")
    expect(player.title).to_have_text("tea.svg")
    chat.widget.page.keyboard.press("0")
    assert player.picture.evaluate("(picture) => picture.clientWidth") == width
    expect(player.find_button("Zoom out")).to_have_attribute("aria-disabled", "true")
    chat.widget.page.keyboard.press("ArrowRight")
    expect(player.title).to_have_text("stock.csv")
    expect(player.find_button("Zoom in")).to_have_count(0)


def test_sound_is_played_in_the_message_and_stops_when_a_file_is_opened(chat: FakeChat, player: Player) -> None:
    chat.say("Listen", attachments=[build_file("bell.wav"), build_file("stock.csv")])
    sound = chat.widget.page.locator("gb-chat .attachment audio")
    sound.evaluate("(sound) => { sound.loop = true; return sound.play(); }")

    chat.widget.page.get_by_role("link", name="stock.csv").click()

    expect(player.text).to_be_visible()
    assert sound.evaluate("(sound) => sound.paused")
    chat.widget.page.keyboard.press("ArrowLeft")
    large = chat.widget.page.locator("gb-chat .file-stage audio")
    expect(large).to_be_visible()
    large.evaluate("(sound) => sound.play()")
    assert chat.widget.list_violations() == []


def test_player_is_loaded_when_a_file_is_opened_first(chat: FakeChat, player: Player) -> None:
    chat.say("Here.", attachments=[build_file("tea.svg")])
    expect(chat.widget.page.get_by_role("img", name="tea.svg")).to_be_visible()
    assert not any("/player-" in url for url in chat.widget.requests)

    chat.widget.page.get_by_role("link", name="tea.svg").first.click()

    expect(player.dialog).to_be_visible()
    assert len([url for url in chat.widget.requests if "/player-" in url]) == 1


def test_file_opens_in_another_tab_if_the_player_cannot_be_loaded(chat: FakeChat) -> None:
    chat.widget.page.route("**/player-*.js", lambda route: route.abort())
    chat.say("Here.", attachments=[build_file("tea.svg")])

    with chat.widget.page.context.expect_page(timeout=TIMEOUT_MS):
        chat.widget.page.get_by_role("link", name="tea.svg").first.click()


def test_dialog_fits_a_small_screen_and_is_mirrored_in_arabic(open_chat: Callable[..., FakeChat]) -> None:
    chat = open_chat('lang="ar"', viewport={"width": 320, "height": 480})
    player = Player(chat.widget.page)
    show(chat, "tea.svg", "stock.csv")
    expect(player.details).to_have_text("1 من 2 · صورة")

    chat.widget.page.keyboard.press("ArrowLeft")

    expect(player.title).to_have_text("stock.csv")
    assert player.dialog.evaluate("(dialog) => dialog.scrollWidth <= dialog.clientWidth && dialog.clientWidth === 320")
    assert chat.widget.find_accessibility_problems() == []
