"""The chat page as a person sees it."""

from playwright.sync_api import ConsoleMessage, Locator, Page, expect

PATIENCE_MS = 30_000
"""How long anything may take before a test gives up: a first answer starts functions."""

expect.set_options(timeout=PATIENCE_MS)


class ChatPage:
    """What a person can see and do; every wait is for something visible.

    Parameters
    ----------
    page
        A tab of the browser, not yet on the page.
    base_url
        Where the page is.
    """

    def __init__(self, page: Page, base_url: str) -> None:
        self.page = page
        self.base_url = base_url
        self.complaints: list[str] = []
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("console", self._listen)

        self.connection = page.locator("#connection")
        self.log = page.get_by_role("log")
        self.message = page.get_by_role("textbox", name="Message")
        self.send = page.get_by_role("button", name="Send")
        self.notice = page.locator("#notice")
        self.bubbles = page.locator("#messages .bubble")
        self.from_bot = page.locator("#messages .from-bot .bubble")
        self.from_user = page.locator("#messages .from-user .bubble")
        self.suggestions = page.get_by_role("group", name="Suggested answers").get_by_role("button")
        self.conversations = page.locator("#inbox li")
        self.new_conversation = page.get_by_role("button", name="New conversation")

    def open(self) -> "ChatPage":
        """Open the page and wait until the bot is there."""
        self.page.goto(self.base_url)
        self.is_connected()
        return self

    def reload(self) -> None:
        """Load the page again, as F5 does."""
        self.page.reload()
        self.is_connected()

    def is_connected(self) -> None:
        """Wait for the connection."""
        expect(self.connection).to_have_text("Connected")

    def is_greeted(self) -> None:
        """Wait for what the bot says first."""
        expect(self.from_bot.first).to_be_visible()
        expect(self.suggestions.first).to_be_visible()

    def sign_in(self, username: str) -> None:
        """Sign in as a demo user."""
        self.page.get_by_role("button", name="Sign in").click()
        self.page.get_by_role("button", name=username, exact=True).click()
        expect(self.page.get_by_role("button", name=username)).to_be_visible()
        self.is_connected()
        expect(self.conversations).not_to_have_count(0)

    def begin(self) -> None:
        """Begin a new conversation, and be greeted."""
        before = self.conversations.count()
        self.new_conversation.click()
        expect(self.conversations).to_have_count(before + 1)
        expect(self.bubbles).to_have_count(1)
        self.is_greeted()

    def write(self, text: str) -> None:
        """Write a message and press Enter."""
        self.message.fill(text)
        self.message.press("Enter")

    def say(self, text: str) -> Locator:
        """Write a message, wait for the bot's answer, and return the answer's last bubble."""
        before = self.from_bot.count()
        self.write(text)
        expect(self.own(text)).to_be_visible()
        expect(self.from_bot).not_to_have_count(before)
        expect(self.delivery(text)).to_have_text("Delivered")
        return self.from_bot.last

    def own(self, text: str) -> Locator:
        """Find the user's messages that have this in them."""
        return self.from_user.filter(has_text=text)

    def texts(self, bubbles: Locator) -> list[str]:
        """Return what was said, without who said it."""
        return [str(text) for text in bubbles.evaluate_all("bubbles => bubbles.map((bubble) => bubble.lastChild.data)")]

    def _listen(self, line: ConsoleMessage) -> None:
        if line.type == "error":
            self.complaints.append(f"{line.text} ({line.location['url']})")

    def delivery(self, text: str) -> Locator:
        """Find what the page says about the way of one of the user's messages."""
        return self.page.locator("#messages .from-user", has_text=text).locator(".delivery")
