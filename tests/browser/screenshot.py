"""Take the pictures of the documents: the chat page on the running stack, and the widget (``make screenshot``)."""

from pathlib import Path

from playwright.sync_api import expect

from tests.browser.chat_page import ChatPage
from tests.browser.chromium import run_chromium
from tests.browser.stack_file import read_stack
from tests.browser.widget_site import PRETTY_CSS, FakeChat

SCREENSHOT_PATH = Path("docs/images/chat.png")
WIDGET_PATH = Path("docs/images/widget.png")
WIDTH, HEIGHT = 1200, 760
EARLIER_QUESTIONS = ("Can I run it locally?", "Who can read this?")
QUESTIONS = ("What is this?", "What does it cost?")


def take_screenshot(path: Path) -> None:
    """Chat with the bot as the first demo user and save a screenshot of the page."""
    stack = read_stack()
    with run_chromium() as browser:
        page = browser.new_page(viewport={"width": WIDTH, "height": HEIGHT}, locale="en-GB", color_scheme="light")
        chat = ChatPage(page, stack.base_url).open()
        chat.sign_in(stack.users[0])
        for question in EARLIER_QUESTIONS:
            chat.start_conversation()
            chat.send_and_wait(question)
        chat.start_conversation()
        for question in QUESTIONS:
            chat.send_and_wait(question)
        expect(page.locator(".typing")).to_be_hidden()
        expect(chat.suggestions.first).to_be_in_viewport()
        page.mouse.move(WIDTH / 2, HEIGHT / 2)
        path.parent.mkdir(parents=True, exist_ok=True)
        page.screenshot(path=path, animations="disabled")


def take_widget_screenshot(path: Path) -> None:
    """Save a picture of the widget on the page of a shop, with a fake server."""
    with run_chromium() as browser:
        page = browser.new_page(viewport={"width": 900, "height": 720}, locale="en-GB", color_scheme="light")
        chat = FakeChat(page, css=PRETTY_CSS)
        widget = chat.widget.visit().open()
        chat.say("Hello! I am the bot of the tea shop. How can I help you?")
        widget.write("Which green teas do you have?")
        chat.say(
            "We have **two** green teas:\n\n| Tea | 100 g |\n|---|---|\n| Sencha | $7 |\n| Gunpowder | $5.50 |\n\n"
            "More in [our shop](https://shop.example/).",
            suggestions=[{"text": text, "value": text} for text in ("Order", "Opening hours", "Shipping")],
        )
        expect(widget.suggestions.first).to_be_in_viewport()
        expect(widget.frame.get_by_text("Sending…")).to_have_count(0)
        page.mouse.move(5, 5)
        page.screenshot(path=path, animations="disabled")


if __name__ == "__main__":
    take_screenshot(SCREENSHOT_PATH)
    take_widget_screenshot(WIDGET_PATH)
