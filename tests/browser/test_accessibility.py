"""The page without a mouse, without eyes, on a phone, and in the dark."""

import pytest
from playwright.sync_api import Page, expect

from tests.browser.chat_page import ChatPage
from tests.browser.conftest import NewPage
from tests.browser.stack_file import Stack

CONTRAST = """
() => {
  const luminance = ([r, g, b]) => {
    const [x, y, z] = [r, g, b].map((v) => (v /= 255) <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
    return 0.2126 * x + 0.7152 * y + 0.0722 * z;
  };
  const canvas = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
  const over = (colours) => {
    canvas.clearRect(0, 0, 1, 1);
    for (const colour of colours) { canvas.fillStyle = colour; canvas.fillRect(0, 0, 1, 1); }
    return [...canvas.getImageData(0, 0, 1, 1).data].slice(0, 3);
  };
  const faults = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const element = walker.currentNode.parentElement;
    if (!walker.currentNode.data.trim() || !element.checkVisibility({ visibilityProperty: true })) continue;
    if (element.closest("[aria-hidden=true], :disabled, .hidden-label, script, noscript")) continue;
    const behind = [];
    for (let at = element; at; at = at.parentElement) behind.unshift(getComputedStyle(at).backgroundColor);
    const back = luminance(over(behind));
    const text = luminance(over([...behind, getComputedStyle(element).color]));
    const ratio = (Math.max(back, text) + 0.05) / (Math.min(back, text) + 0.05);
    if (ratio < 4.5) faults.push(`${walker.currentNode.data.trim()}: ${ratio.toFixed(2)}`);
  }
  return faults;
}
"""

UNNAMED = """
() => [...document.querySelectorAll("button, textarea, input, a, [role=log], nav")]
  .filter((element) => element.checkVisibility())
  .filter((element) => !(element.ariaLabel || element.textContent.trim() || element.labels?.length))
  .map((element) => element.outerHTML)
"""

DOUBLE_IDS = """
() => [...document.querySelectorAll("[id]")].map((element) => element.id)
  .filter((id, place, ids) => ids.indexOf(id) !== place)
"""

SMALL_TARGETS = """
() => [...document.querySelectorAll("button")].filter((button) => button.checkVisibility())
  .map((button) => [button.textContent.trim() || button.ariaLabel, button.getBoundingClientRect()])
  .filter(([, box]) => box.width < 24 || box.height < 24).map(([name]) => name)
"""


def test_a_keyboard_is_enough(chat: ChatPage, stack: Stack) -> None:
    chat.open().is_greeted()
    keyboard = chat.page.keyboard
    expect(chat.message).to_be_focused()
    keyboard.type("Hello")
    keyboard.press("Enter")
    expect(chat.delivery("Hello")).to_have_text("Delivered")

    tab_to(chat.page, "Sign in", backwards=True)
    keyboard.press("Enter")
    tab_to(chat.page, stack.users[0])
    keyboard.press("Enter")
    expect(chat.conversations.first).to_be_visible()
    chat.is_connected()
    expect(chat.message).to_be_focused()

    tab_to(chat.page, "New conversation", backwards=True)
    keyboard.press("Space")
    expect(chat.own("Hello")).to_have_count(0)
    chat.is_greeted()
    expect(chat.message).to_be_focused()
    suggestion = chat.suggestions.first.inner_text()
    tab_to(chat.page, suggestion, backwards=True)
    keyboard.press("Enter")
    expect(chat.delivery(suggestion)).to_have_text("Delivered")
    expect(chat.message).to_be_focused()


def test_a_link_leads_past_the_list_to_the_message_field(member: ChatPage) -> None:
    tab_to(member.page, "Skip to the message field", backwards=True)
    expect(member.page.get_by_role("link", name="Skip to the message field")).to_be_in_viewport()

    member.page.keyboard.press("Enter")

    expect(member.message).to_be_focused()


def test_a_screen_reader_is_told_what_is_where(member: ChatPage) -> None:
    page = member.page
    member.say("Hello")
    expect(page.get_by_role("banner")).to_be_visible()
    expect(page.get_by_role("main")).to_be_visible()
    expect(page.get_by_role("heading", level=1)).not_to_be_empty()
    expect(member.log).to_have_attribute("aria-live", "polite")
    expect(member.log).to_have_attribute("tabindex", "0")
    expect(member.connection).to_have_role("status")
    expect(member.notice).to_have_attribute("role", "status")
    expect(member.own("Hello")).to_have_text("You: Hello")
    assert page.locator("html").get_attribute("lang") == "en"
    assert page.evaluate(UNNAMED) == []
    assert page.evaluate(DOUBLE_IDS) == []
    assert page.evaluate(SMALL_TARGETS) == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_can_be_read(new_page: NewPage, stack: Stack, scheme: str) -> None:
    chat = ChatPage(new_page(color_scheme=scheme), stack.base_url).open()
    chat.sign_in(stack.users[0])
    chat.begin()
    chat.say("Hello")

    assert chat.page.evaluate(CONTRAST) == []


def test_nothing_moves_for_those_who_asked_for_stillness(new_page: NewPage, stack: Stack) -> None:
    chat = ChatPage(new_page(reduced_motion="reduce"), stack.base_url).open()
    chat.is_greeted()

    chat.write("Hello")

    still = "document.getAnimations({ subtree: true }).length === 0"
    assert chat.page.evaluate(f"document.querySelector('.typing').hidden = false, {still}")


def test_a_phone_shows_all_of_it(new_page: NewPage, stack: Stack) -> None:
    page = new_page(viewport={"width": 360, "height": 640}, has_touch=True, is_mobile=True)
    chat = ChatPage(page, stack.base_url).open()
    chat.is_greeted()
    assert fits(page)
    page.get_by_role("button", name="Sign in").tap()
    page.get_by_role("button", name=stack.users[1]).tap()
    opener = page.get_by_role("button", name="Conversations", exact=True)
    expect(opener).to_be_visible()
    chat.is_connected()
    expect(chat.new_conversation).to_be_hidden()

    opener.tap()
    expect(chat.new_conversation).to_be_visible()
    expect(opener).to_have_attribute("aria-expanded", "true")
    page.keyboard.press("Escape")
    expect(chat.new_conversation).to_be_hidden()
    expect(opener).to_be_focused()
    opener.tap()
    chat.begin()

    expect(chat.new_conversation).to_be_hidden()
    chat.say("Hello " + "wide" * 60)
    expect(chat.from_bot.last).to_be_in_viewport()
    assert fits(page)


def fits(page: Page) -> bool:
    return bool(page.evaluate("document.documentElement.scrollWidth <= innerWidth"))


def tab_to(page: Page, name: str, *, backwards: bool = False) -> None:
    """Press Tab until what has this name has the focus."""
    for _ in range(100):
        page.keyboard.press("Shift+Tab" if backwards else "Tab")
        if page.evaluate("document.activeElement.ariaLabel ?? document.activeElement.textContent.trim()") == name:
            return
    raise AssertionError(f"Tab does not lead to {name!r}.")
