"""Take the pictures of the documents: the page and the widget, with fake servers (``make screenshot``)."""

from pathlib import Path

from playwright.sync_api import expect

from tests.browser.chromium import run_chromium
from tests.browser.page_site import FakeService
from tests.browser.widget_site import PRETTY_CSS, FakeChat

SCREENSHOT_PATH = Path("docs/images/chat.png")
WIDGET_PATH = Path("docs/images/widget.png")
WIDTH, HEIGHT = 1200, 760
TALKS = (
    ("Appointments", "", "active", "Welcome to the Riverside Practice. What can I do for you?"),
    ("Orders", "Tea for the party", "active", "Your order is on its way."),
    ("General Bot", "", "archived", "Your history is yours alone, on all your devices."),
    ("General Bot", "Costs", "active", "Hello! Ask me what this is, what it costs, or what it promises."),
)
ANSWER = (
    "You pay per use, and **nothing while nobody talks**. At AWS's list prices:\n\n| | cost |\n|---|---|\n"
    "| a question and its answer | 0.002 cents |\n| a day without visitors | storage only |\n\n"
    "The [cost calculator](https://docs.example/costs) has the sum for your traffic."
)
MESSAGES = (("user", "What does it cost?"), ("bot", ANSWER))
SUGGESTIONS = ("Estimate my costs", "What is this?", "Can I run it locally?")


def take_screenshot(path: Path) -> None:
    """Save a picture of the page of a user with some conversations, with a fake server."""
    with run_chromium() as browser:
        page = browser.new_page(viewport={"width": WIDTH, "height": HEIGHT}, locale="en-GB", color_scheme="light")
        service = FakeService(page, len(TALKS))
        for talk, (bot_name, title, status, message) in zip(service.talks, TALKS, strict=True):
            talk.bot_name, talk.title, talk.status = bot_name, title, status
            talk.messages[0]["content"] = message
        talk = service.talks[-1]
        for sender, text in MESSAGES:
            talk.say(text, sender)
        talk.messages[-1]["suggestions"] = [{"text": text, "value": text} for text in SUGGESTIONS]
        chat = service.open()
        service.say(service.talks[0], "Your appointment is tomorrow at 10:30.")
        expect(chat.suggestions.first).to_be_in_viewport()
        expect(page.locator("main table")).to_be_visible()
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
