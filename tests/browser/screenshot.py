"""Take the screenshot of the README: a user's conversation on the running stack (``make screenshot``)."""

from pathlib import Path

from playwright.sync_api import expect

from tests.browser.chat_page import ChatPage
from tests.browser.chromium import run_chromium
from tests.browser.stack_file import read_stack

SCREENSHOT_PATH = Path("docs/images/chat.png")
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


if __name__ == "__main__":
    take_screenshot(SCREENSHOT_PATH)
