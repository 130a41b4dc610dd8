"""Take the picture of the README: a signed-in conversation on the running stack (``make screenshot``)."""

from pathlib import Path

from playwright.sync_api import expect

from tests.browser.chat_page import ChatPage
from tests.browser.chromium import chromium
from tests.browser.stack_file import read_stack

PICTURE = Path("docs/images/chat.png")
WIDTH, HEIGHT = 1200, 760
EARLIER = ("Can I run it locally?", "Who can read this?")
QUESTIONS = ("What is this?", "What does it cost?")


def take(picture: Path) -> None:
    """Talk to the bot as the first demo user and save what the page looks like then."""
    stack = read_stack()
    with chromium() as browser:
        page = browser.new_page(viewport={"width": WIDTH, "height": HEIGHT}, locale="en-GB", color_scheme="light")
        chat = ChatPage(page, stack.base_url).open()
        chat.sign_in(stack.users[0])
        for question in EARLIER:
            chat.begin()
            chat.say(question)
        chat.begin()
        for question in QUESTIONS:
            chat.say(question)
        expect(page.locator(".typing")).to_be_hidden()
        expect(chat.suggestions.first).to_be_in_viewport()
        page.mouse.move(WIDTH / 2, HEIGHT / 2)
        picture.parent.mkdir(parents=True, exist_ok=True)
        page.screenshot(path=picture, animations="disabled")


if __name__ == "__main__":
    take(PICTURE)
