"""Accessibility: keyboard, screen reader, contrast, reduced motion and small screens."""

import pytest
from playwright.sync_api import Page, expect

from tests.browser.chat_page import ChatPage
from tests.browser.conftest import NewPage
from tests.browser.stack_file import Stack

FIND_LOW_CONTRAST = """
() => {
  const luminance = ([r, g, b]) => {
    const [x, y, z] = [r, g, b].map((v) => (v /= 255) <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
    return 0.2126 * x + 0.7152 * y + 0.0722 * z;
  };
  const canvas = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
  const blend = (colours) => {
    canvas.clearRect(0, 0, 1, 1);
    for (const colour of colours) { canvas.fillStyle = colour; canvas.fillRect(0, 0, 1, 1); }
    return [...canvas.getImageData(0, 0, 1, 1).data].slice(0, 3);
  };
  const failures = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const element = walker.currentNode.parentElement;
    if (!walker.currentNode.data.trim() || !element.checkVisibility({ visibilityProperty: true })) continue;
    if (element.closest("[aria-hidden=true], :disabled, .visually-hidden, script, noscript")) continue;
    const backgrounds = [];
    for (let node = element; node; node = node.parentElement) {
      backgrounds.unshift(getComputedStyle(node).backgroundColor);
    }
    const background = luminance(blend(backgrounds));
    const text = luminance(blend([...backgrounds, getComputedStyle(element).color]));
    const ratio = (Math.max(background, text) + 0.05) / (Math.min(background, text) + 0.05);
    if (ratio < 4.5) failures.push(`${walker.currentNode.data.trim()}: ${ratio.toFixed(2)}`);
  }
  return failures;
}
"""

FIND_UNNAMED_ELEMENTS = """
() => [...document.querySelectorAll("button, textarea, input, a, [role=log], nav")]
  .filter((element) => element.checkVisibility())
  .filter((element) => !(element.ariaLabel || element.textContent.trim() || element.labels?.length))
  .map((element) => element.outerHTML)
"""

FIND_DUPLICATE_IDS = """
() => [...document.querySelectorAll("[id]")].map((element) => element.id)
  .filter((id, index, ids) => ids.indexOf(id) !== index)
"""

FIND_SMALL_BUTTONS = """
() => [...document.querySelectorAll("button")].filter((button) => button.checkVisibility())
  .map((button) => [button.textContent.trim() || button.ariaLabel, button.getBoundingClientRect()])
  .filter(([, box]) => box.width < 24 || box.height < 24).map(([name]) => name)
"""


def test_page_can_be_used_with_keyboard_only(chat: ChatPage, stack: Stack) -> None:
    chat.open().wait_for_greeting()
    keyboard = chat.page.keyboard
    expect(chat.message_input).to_be_focused()
    keyboard.type("Hello")
    keyboard.press("Enter")
    expect(chat.find_delivery("Hello")).to_have_text("Delivered")

    tab_to(chat.page, "Sign in", backwards=True)
    keyboard.press("Enter")
    tab_to(chat.page, stack.users[0])
    keyboard.press("Enter")
    expect(chat.conversations.first).to_be_visible()
    chat.wait_until_connected()
    expect(chat.message_input).to_be_focused()

    tab_to(chat.page, "New conversation", backwards=True)
    keyboard.press("Space")
    expect(chat.find_sent("Hello")).to_have_count(0)
    chat.wait_for_greeting()
    expect(chat.message_input).to_be_focused()
    suggestion = chat.suggestions.first.inner_text()
    tab_to(chat.page, suggestion, backwards=True)
    keyboard.press("Enter")
    expect(chat.find_delivery(suggestion)).to_have_text("Delivered")
    expect(chat.message_input).to_be_focused()


def test_skip_link_focuses_message_field(user_chat: ChatPage) -> None:
    tab_to(user_chat.page, "Skip to message field", backwards=True)
    expect(user_chat.page.get_by_role("link", name="Skip to message field")).to_be_in_viewport()

    user_chat.page.keyboard.press("Enter")

    expect(user_chat.message_input).to_be_focused()


def test_page_has_landmarks_and_names_for_screen_readers(user_chat: ChatPage) -> None:
    page = user_chat.page
    user_chat.send_and_wait("Hello")
    expect(page.get_by_role("banner")).to_be_visible()
    expect(page.get_by_role("main")).to_be_visible()
    expect(page.get_by_role("heading", level=1)).not_to_be_empty()
    expect(user_chat.log).to_have_attribute("aria-live", "polite")
    expect(user_chat.log).to_have_attribute("tabindex", "0")
    expect(user_chat.connection).to_have_role("status")
    expect(user_chat.notice).to_have_attribute("role", "status")
    expect(user_chat.find_sent("Hello")).to_have_text("You: Hello")
    assert page.locator("html").get_attribute("lang") == "en"
    assert page.evaluate(FIND_UNNAMED_ELEMENTS) == []
    assert page.evaluate(FIND_DUPLICATE_IDS) == []
    assert page.evaluate(FIND_SMALL_BUTTONS) == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_has_sufficient_contrast(new_page: NewPage, stack: Stack, scheme: str) -> None:
    chat = ChatPage(new_page(color_scheme=scheme), stack.base_url).open()
    chat.sign_in(stack.users[0])
    chat.start_conversation()
    chat.send_and_wait("Hello")

    assert chat.page.evaluate(FIND_LOW_CONTRAST) == []


def test_page_has_no_animations_with_reduced_motion(new_page: NewPage, stack: Stack) -> None:
    chat = ChatPage(new_page(reduced_motion="reduce"), stack.base_url).open()
    chat.wait_for_greeting()

    chat.write("Hello")

    has_no_animations = "document.getAnimations({ subtree: true }).length === 0"
    assert chat.page.evaluate(f"document.querySelector('.typing').hidden = false, {has_no_animations}")


def test_page_fits_phone_screen(new_page: NewPage, stack: Stack) -> None:
    page = new_page(viewport={"width": 360, "height": 640}, has_touch=True, is_mobile=True)
    chat = ChatPage(page, stack.base_url).open()
    chat.wait_for_greeting()
    assert fits_width(page)
    page.get_by_role("button", name="Sign in").tap()
    page.get_by_role("button", name=stack.users[1]).tap()
    open_button = page.get_by_role("button", name="Conversations", exact=True)
    expect(open_button).to_be_visible()
    chat.wait_until_connected()
    expect(chat.new_conversation).to_be_hidden()

    open_button.tap()
    expect(chat.new_conversation).to_be_visible()
    expect(open_button).to_have_attribute("aria-expanded", "true")
    page.keyboard.press("Escape")
    expect(chat.new_conversation).to_be_hidden()
    expect(open_button).to_be_focused()
    open_button.tap()
    chat.start_conversation()

    expect(chat.new_conversation).to_be_hidden()
    chat.send_and_wait("Hello " + "wide" * 60)
    expect(chat.bot_bubbles.last).to_be_in_viewport()
    assert fits_width(page)


def fits_width(page: Page) -> bool:
    return bool(page.evaluate("document.documentElement.scrollWidth <= innerWidth"))


def tab_to(page: Page, name: str, *, backwards: bool = False) -> None:
    """Press Tab until the element with this name has the focus."""
    for _ in range(100):
        page.keyboard.press("Shift+Tab" if backwards else "Tab")
        if page.evaluate("document.activeElement.ariaLabel ?? document.activeElement.textContent.trim()") == name:
            return
    raise AssertionError(f"Tab does not reach {name!r}.")
