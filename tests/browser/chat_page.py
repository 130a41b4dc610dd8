"""Page object of the chat page."""

import re

from playwright.sync_api import ConsoleMessage, Locator, Page, expect

TIMEOUT_MS = 90_000
"""Time limit for every expectation: the first answer includes cold starts."""

expect.set_options(timeout=TIMEOUT_MS)


_UNDELIVERED = re.compile("Sending…|Not sent|not confirmed|could not answer")


class ChatPage:
    """The elements and actions of the chat page. Every method waits for a visible result.

    Parameters
    ----------
    page
        A browser tab that has not opened the page yet.
    base_url
        The URL of the page.
    """

    def __init__(self, page: Page, base_url: str) -> None:
        self.page = page
        self.base_url = base_url
        self.errors: list[str] = []
        page.on("pageerror", lambda error: self.errors.append(str(error)))
        page.on("console", self._record_console_error)

        view = page.locator("main")
        self.connection = page.locator("#connection")
        self.view_notice = view.locator(".notice")
        self.log = page.get_by_role("log")
        self.message_input = page.get_by_role("textbox", name="Message")
        self.send_button = page.get_by_role("button", name="Send", exact=True)
        self.stop_button = page.get_by_role("button", name="Stop the answer")
        self.typing = view.locator(".typing")
        self.streaming_bubbles = view.locator(".streaming .bubble")
        self.incomplete_marks = view.locator(".mark")
        self.notice = page.locator("#notice")
        self.bubbles = view.locator(".message:not(.typing) .bubble")
        self.bot_bubbles = view.locator(".message.bot:not(.typing) .bubble")
        self.user_bubbles = view.locator(".message.user .bubble")
        self.user_messages = view.locator(".message.user")
        self.suggestions = page.get_by_role("group", name="Suggested replies").get_by_role("button")
        self.conversations = page.locator("#inbox li")
        self.new_conversation = page.get_by_role("button", name="New conversation")

    def open(self) -> "ChatPage":
        """Open the page and wait for the connection."""
        self.page.goto(self.base_url)
        self.wait_until_connected()
        return self

    def reload(self) -> None:
        """Reload the page and wait for the connection."""
        self.page.reload()
        self.wait_until_connected()

    def wait_until_connected(self) -> None:
        """Wait for the connection."""
        expect(self.connection).to_have_text("Online")

    def wait_for_greeting(self) -> None:
        """Wait for the bot's first message and its quick replies."""
        expect(self.bot_bubbles.first).to_be_visible()
        expect(self.suggestions.first).to_be_visible()

    def sign_in(self, username: str) -> None:
        """Sign in as a demo user."""
        self.page.get_by_role("button", name="Sign in").click()
        self.page.get_by_role("button", name=username, exact=True).click()
        expect(self.page.get_by_role("button", name=username)).to_be_visible()
        self.wait_until_connected()
        expect(self.conversations).not_to_have_count(0)

    def start_conversation(self) -> None:
        """Start a new conversation and wait for the greeting."""
        count = self.conversations.count()
        self.new_conversation.click()
        expect(self.conversations).to_have_count(count + 1)
        expect(self.bubbles).to_have_count(1)
        self.wait_for_greeting()

    def write(self, text: str) -> None:
        """Type a message and press Enter."""
        self.message_input.fill(text)
        self.message_input.press("Enter")

    def send_and_wait(self, text: str) -> Locator:
        """Send a message, wait for the bot's answer and return the last bubble of the answer."""
        count = self.bot_bubbles.count()
        self.write(text)
        expect(self.find_sent(text)).to_be_visible()
        expect(self.bot_bubbles).not_to_have_count(count)
        self.expect_delivered(text)
        return self.bot_bubbles.last

    def find_sent(self, text: str) -> Locator:
        """Find the user's messages that contain a text."""
        return self.user_bubbles.filter(has_text=text)

    def find_delivery(self, text: str) -> Locator:
        """Find what is said below the user's message that contains a text: that it is being sent, or was not."""
        return self.user_messages.filter(has_text=text).locator(".meta")

    def expect_delivered(self, text: str) -> None:
        """Wait until the user's message that contains a text is delivered."""
        expect(self.find_sent(text)).to_be_visible()
        undelivered = self.page.get_by_text(_UNDELIVERED)
        expect(self.user_messages.filter(has_text=text).filter(has=undelivered)).to_have_count(0)

    def open_conversation(self, index: int) -> None:
        """Open a conversation of the list."""
        self.conversations.nth(index).get_by_role("link").click()

    def get_conversation_id(self) -> str:
        """Return the id of the user's open conversation, which is in the address."""
        expect(self.page).to_have_url(re.compile("#/c/conv-"))
        return self.page.url.rpartition("/")[2]

    def choose_action(self, index: int, action: str) -> None:
        """Choose an action in the menu of a conversation of the list."""
        self.conversations.nth(index).get_by_role("button").click()
        self.page.locator("#item-menu").get_by_role("button", name=action).click()

    def get_texts(self, bubbles: Locator) -> list[str]:
        """Return the texts of bubbles."""
        return [text.strip() for text in bubbles.all_inner_texts()]

    def _record_console_error(self, message: ConsoleMessage) -> None:
        if message.type == "error":
            self.errors.append(f"{message.text} ({message.location['url']})")
