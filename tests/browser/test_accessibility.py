"""Accessibility: keyboard, screen reader, contrast, reduced motion and small screens."""

import pytest
from playwright.sync_api import Page, expect

from tests.browser.axe import find_accessibility_problems
from tests.browser.chat_page import ChatPage
from tests.browser.conftest import NewPage
from tests.browser.stack_file import Stack

GET_FOCUSED_NAME = """
() => {
  let element = document.activeElement;
  while (element.shadowRoot?.activeElement) element = element.shadowRoot.activeElement;
  return element.ariaLabel ?? element.textContent.trim();
}
"""


def test_page_can_be_used_with_keyboard_only(chat: ChatPage, stack: Stack) -> None:
    chat.open().wait_for_greeting()
    keyboard = chat.page.keyboard
    expect(chat.message_input).to_be_focused()
    keyboard.type("Hello")
    keyboard.press("Enter")
    chat.expect_delivered("Hello")

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
    chat.expect_delivered(suggestion)
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
    expect(user_chat.log).to_have_attribute("tabindex", "0")
    expect(user_chat.connection).to_have_role("status")
    expect(user_chat.notice).to_have_attribute("role", "status")
    expect(user_chat.user_messages.filter(has_text="Hello")).to_contain_text("You:")
    assert page.locator("html").get_attribute("lang") == "en-GB"


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing(new_page: NewPage, stack: Stack, scheme: str) -> None:
    chat = ChatPage(new_page(color_scheme=scheme), stack.base_url).open()
    chat.sign_in(stack.users[0])
    chat.start_conversation()
    chat.send_and_wait("Hello")

    assert find_accessibility_problems(chat.page) == []


def test_page_has_no_animations_with_reduced_motion(new_page: NewPage, stack: Stack) -> None:
    chat = ChatPage(new_page(reduced_motion="reduce"), stack.base_url).open()
    chat.wait_for_greeting()

    chat.write("Hello")

    has_no_animations = "document.getAnimations({ subtree: true }).length === 0"
    assert chat.page.evaluate(has_no_animations)


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
        if page.evaluate(GET_FOCUSED_NAME) == name:
            return
    raise AssertionError(f"Tab does not reach {name!r}.")
