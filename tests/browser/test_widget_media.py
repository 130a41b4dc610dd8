"""The widget for people who see, move or hear in another way: forced colours, reduced motion, zoom, a screen reader."""

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import NewChat
from tests.browser.widget_site import PRETTY_CSS, FakeChat

LIVE_REGIONS = """() => {
  const list = (root) => [...root.querySelectorAll("*")].flatMap((element) => [
    ...(element.matches("[role=status], [role=alert], [aria-live]:not([aria-live=off])") ? [element.id] : []),
    ...(element.shadowRoot ? list(element.shadowRoot) : []),
  ]);
  return list(document);
}"""


@pytest.fixture
def chat(shop_chat: FakeChat) -> FakeChat:
    return shop_chat


def test_forced_colours_leave_the_shapes_visible(new_chat: NewChat) -> None:
    chat = new_chat("", PRETTY_CSS, forced_colors="active")
    widget = chat.widget.visit().open()
    chat.say("Hello", suggestions=[{"text": "Hi", "value": "hi"}])
    widget.write("Hi")
    expect(widget.sent_marks).to_have_count(1)

    for element in (widget.bot_bubbles, widget.user_bubbles, widget.send_button):
        assert element.evaluate("(element) => getComputedStyle(element).borderTopStyle") == "solid"
    assert widget.find_accessibility_problems() == []


def test_motion_is_reduced_if_the_visitor_wants_that(new_chat: NewChat) -> None:
    names = {}
    for wish in ("reduce", "no-preference"):
        chat = new_chat("", PRETTY_CSS, reduced_motion=wish)
        chat.widget.visit().open()
        chat.send(type="typing")
        dot = chat.widget.page.locator("gb-chat .typing span").first
        names[wish] = dot.evaluate("(dot) => getComputedStyle(dot).animationName")

    assert names == {"reduce": "none", "no-preference": "pulse"}


def test_everything_can_be_used_at_200_percent(new_chat: NewChat) -> None:
    # 640 by 512 pixels, of which each is two.
    chat = new_chat("", PRETTY_CSS, viewport={"width": 320, "height": 256}, device_scale_factor=2)
    widget = chat.widget.visit().open()
    chat.say("word " * 60, suggestions=[{"text": "Order", "value": "order"}])
    expect(widget.suggestions).to_be_in_viewport()
    widget.page.get_by_role("button", name="Attach files").click()
    widget.page.get_by_role("button", name="Send a link").click()
    address = widget.page.get_by_label("Address")
    expect(address).to_be_in_viewport()
    address.fill("https://files.example/a.pdf")

    widget.page.get_by_role("button", name="Send link").click()

    expect(widget.page.get_by_role("link", name="a.pdf")).to_be_visible()
    expect(widget.field).to_be_in_viewport()
    assert widget.log.evaluate("(log) => log.scrollWidth <= log.clientWidth")


def test_one_live_region_announces_what_is_wrong(chat: FakeChat) -> None:
    widget = chat.widget
    chat.say("Hello")
    expect(widget.bot_bubbles).to_have_count(1)
    assert widget.page.evaluate(LIVE_REGIONS) == ["announcer"]

    chat.disconnect()

    expect(widget.announcer).to_contain_text("Reconnecting…")
    chat.is_down = False
    widget.wait_until_connected()
