"""Files in the widget: those that bots send, and links that visitors send."""

import base64

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import NewChat
from tests.browser.widget_site import PRETTY_CSS, FakeChat

PIXEL = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)


def build_file(name: str, kind: str) -> dict[str, str]:
    return {"name": name, "content_type": kind, "url": f"{FakeChat.FILES}/{name}"}


@pytest.fixture
def chat(new_chat: NewChat) -> FakeChat:
    """A shop whose policy allows pictures and sounds of one site, opened."""
    chat = new_chat("", PRETTY_CSS)
    chat.media = chat.FILES
    chat.widget.page.route(f"{chat.FILES}/**", lambda route: route.fulfill(body=PIXEL, content_type="image/png"))
    chat.widget.visit().open()
    return chat


def test_picture_is_shown_and_its_site_learns_no_address(chat: FakeChat) -> None:
    widget = chat.widget

    with widget.page.expect_request(f"{chat.FILES}/**") as requested:
        chat.say("Here you are.", attachments=[build_file("tea.png", "image/png")])

    picture = widget.page.get_by_role("img", name="tea.png")
    expect(picture).to_be_visible()
    assert picture.get_attribute("loading") == "lazy"
    assert picture.get_attribute("referrerpolicy") == "no-referrer"
    assert "referer" not in requested.value.headers
    assert widget.find_accessibility_problems() == []


def test_picture_that_cannot_be_loaded_is_a_link(chat: FakeChat) -> None:
    widget = chat.widget
    chat.say("One", attachments=[{**build_file("a.png", "image/png"), "url": "https://forbidden.example/a.png"}])

    link = widget.page.get_by_role("link", name="a.png")
    expect(link).to_be_visible()
    expect(widget.page.get_by_role("img", name="a.png")).to_be_hidden()
    assert link.get_attribute("href") == "https://forbidden.example/a.png"
    assert link.get_attribute("rel") == "noopener noreferrer nofollow"


def test_sounds_and_films_have_players_that_load_nothing_yet(chat: FakeChat) -> None:
    widget = chat.widget
    chat.say("Listen", attachments=[build_file("a.mp3", "audio/mpeg"), build_file("b.mp4", "video/mp4")])

    for name in ("audio", "video"):
        player = widget.page.locator(f"gb-chat {name}")
        expect(player).to_be_visible()
        assert player.evaluate("(player) => [player.controls, player.preload, player.autoplay]") == [
            True,
            "none",
            False,
        ]
    assert not any(chat.FILES in url for url in widget.requests)


def test_other_files_are_links_with_their_kind_and_size(chat: FakeChat) -> None:
    file = build_file("Prices.pdf", "application/pdf") | {"size": 2_500_000}
    chat.say("Here.", attachments=[file, build_file("x.bin", "application/octet-stream")])

    link = chat.widget.page.get_by_role("link", name="Prices.pdf")
    expect(link).to_contain_text("PDF · 2.4")
    expect(chat.widget.page.get_by_role("link", name="x.bin")).to_contain_text("File")


def test_file_with_a_hostile_address_is_no_link(chat: FakeChat) -> None:
    file = build_file("run", "application/pdf") | {"url": "javascript:alert(1)"}
    chat.say("Here.", attachments=[file, build_file("<b>x</b>.png", "image/png") | {"url": "data:text/html,x"}])

    expect(chat.widget.frame.get_by_text("<b>x</b>.png")).to_be_visible()
    expect(chat.widget.page.locator("gb-chat .attachment a, gb-chat .attachment img")).to_have_count(0)


def open_link_form(chat: FakeChat) -> None:
    page = chat.widget.page
    page.get_by_role("button", name="Attach files").click()
    expect(page.get_by_role("button", name="Choose files")).to_be_focused()
    page.get_by_role("button", name="Send a link").click()


def test_link_to_a_file_is_sent(chat: FakeChat) -> None:
    widget = chat.widget
    open_link_form(chat)
    address = widget.page.get_by_label("Address")
    expect(address).to_be_focused()
    assert widget.find_accessibility_problems() == []
    address.fill("http://files.example/a.png")
    address.press("Enter")
    assert [frame for frame in chat.sent if frame["type"] == "message"] == []
    address.fill(f"{chat.FILES}/tea%20leaf.png?x=1")
    expect(widget.page.get_by_label("Kind")).to_have_value("image")

    address.press("Enter")

    expect(widget.page.get_by_role("img", name="tea leaf.png")).to_be_visible()
    expect(widget.field).to_be_focused()
    expect(address).to_have_count(0)
    (sent,) = [frame for frame in chat.sent if frame["type"] == "message"]
    assert sent["content"] == "tea leaf.png"
    assert sent["attachments"] == [
        {"name": "tea leaf.png", "content_type": "image/png", "url": f"{chat.FILES}/tea%20leaf.png?x=1"}
    ]


def test_escape_closes_the_forms_and_not_the_chat(chat: FakeChat) -> None:
    widget = chat.widget
    open_link_form(chat)
    address = widget.page.get_by_label("Address")
    expect(address).to_be_focused()

    address.press("Escape")

    expect(address).to_have_count(0)
    choose = widget.page.get_by_role("button", name="Choose files")
    expect(choose).to_be_focused()
    choose.press("Escape")
    expect(choose).to_have_count(0)
    expect(widget.frame).to_be_visible()
    expect(widget.field).to_be_focused()
