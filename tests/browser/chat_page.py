"""Page object of the chat page."""

from playwright.sync_api import ConsoleMessage, Locator, Page, expect

TIMEOUT_MS = 30_000
"""Time limit for every expectation: the first answer includes cold starts."""

expect.set_options(timeout=TIMEOUT_MS)


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

        self.connection = page.locator("#connection")
        self.connection_hint = page.locator("#connection-hint")
        self.log = page.get_by_role("log")
        self.message_input = page.get_by_role("textbox", name="Message")
        self.send_button = page.get_by_role("button", name="Send")
        self.stop_button = page.get_by_role("button", name="Stop the answer")
        self.streaming_bubbles = page.locator("#messages .streaming .bubble")
        self.incomplete_marks = page.locator("#messages .incomplete:not(:empty)")
        self.notice = page.locator("#notice")
        self.bubbles = page.locator("#messages .bubble")
        self.bot_bubbles = page.locator("#messages .from-bot .bubble")
        self.user_bubbles = page.locator("#messages .from-user .bubble")
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
        expect(self.connection).to_have_text("Connected")

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
        expect(self.find_delivery(text)).to_have_text("Delivered")
        return self.bot_bubbles.last

    def find_sent(self, text: str) -> Locator:
        """Find the user's messages that contain a text."""
        return self.user_bubbles.filter(has_text=text)

    def find_delivery(self, text: str) -> Locator:
        """Find the delivery status of the user's message that contains a text."""
        return self.page.locator("#messages .from-user", has_text=text).locator(".delivery")

    def get_texts(self, bubbles: Locator) -> list[str]:
        """Return the texts of bubbles, without the sender label for screen readers."""
        return [str(text) for text in bubbles.evaluate_all("bubbles => bubbles.map((bubble) => bubble.lastChild.data)")]

    def _record_console_error(self, message: ConsoleMessage) -> None:
        if message.type == "error":
            self.errors.append(f"{message.text} ({message.location['url']})")
