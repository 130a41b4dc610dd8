"""How the page shows an answer that the bot is writing. The frames are those of a server that streams."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest
from playwright.sync_api import expect

from tests.browser.chat_page import ChatPage
from tests.browser.socket_proxy import SocketProxy
from tests.browser.stack_file import Stack

LAST_ID = UUID(int=2**128 - 1)
"""An id that is greater than those of the conversation."""

RECORD_ANNOUNCEMENTS = """
() => {
  window.announcements = [];
  const isAnnounced = (node) => {
    const region = (node.parentElement ?? node).closest("[aria-live], [role=log], [role=status]");
    return region !== null && region.getAttribute("aria-live") !== "off";
  };
  new MutationObserver((mutations) => {
    for (const { type, target, addedNodes } of mutations) {
      for (const node of type === "characterData" ? [target] : addedNodes) {
        const text = node.textContent.trim();
        const isQuiet = node.nodeType === Node.ELEMENT_NODE && node.getAttribute("aria-live") === "off";
        if (text && !isQuiet && isAnnounced(node)) window.announcements.push(text);
      }
    }
  }).observe(document.querySelector("main > div").shadowRoot, { childList: true, characterData: true, subtree: true });
}
"""


RECORD_STOP_BUTTON = """
() => {
  const root = document.querySelector("main > div").shadowRoot;
  const isVisible = () => root.querySelector(".stop")?.checkVisibility({ visibilityProperty: true }) ?? false;
  window.stopButtonAppeared = false;
  const check = () => { window.stopButtonAppeared ||= isVisible(); requestAnimationFrame(check); };
  check();
}
"""


class WrittenAnswer:
    """Writes an answer to a page, as the server does."""

    def __init__(self, proxy: SocketProxy) -> None:
        self._proxy = proxy
        self._text = ""
        self._session = proxy.session_id
        seqs = [
            int(frame["seq"]) for frame in proxy.received if frame.get("session_id") == self._session and "seq" in frame
        ]
        self._seq = max(seqs, default=0) + 1
        self.id = f"msg-{LAST_ID}"

    def write(self, text: str) -> None:
        """Write a piece."""
        self._send(type="delta", id=self.id, offset=_count_utf16(self._text), content=text, attempt=1)
        self._text += text

    def finish(self, **more: str) -> None:
        """Send the message."""
        # Today, because another day is announced too.
        timestamp = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        message = {"id": self.id, "seq": self._seq, "sender": "bot", "content": self._text, "timestamp": timestamp}
        self._send(type="message", **message, **more)

    def _send(self, **frame: Any) -> None:  # noqa: ANN401 - JSON
        self._proxy.send_to_page({"session_id": self._session, **frame})


def get_distance_from_end(chat: ChatPage) -> int:
    """Return the pixels below the visible part of the conversation."""
    return int(chat.log.evaluate("(log) => log.scrollHeight - log.scrollTop - log.clientHeight"))


def _count_utf16(text: str) -> int:
    return len(text.encode("utf-16-le")) // 2


@pytest.fixture
def proxy(chat: ChatPage) -> SocketProxy:
    proxy = SocketProxy(chat.page)
    # The server has no answer to stop.
    proxy.drops_from_page = lambda frame: frame["type"] == "stop"
    return proxy


@pytest.fixture
def streamed_chat(proxy: SocketProxy, chat: ChatPage) -> ChatPage:
    """The chat page of a visitor after the greeting, connected through the proxy."""
    assert proxy.handshakes == 0
    chat.open().wait_for_greeting()
    # The page may have the greeting from the history, and a late frame with it would end the typing indicator.
    proxy.drops_to_page = lambda frame: frame["type"] == "message" and frame["sender"] == "bot"
    return chat


def test_words_come_in_and_become_the_message(streamed_chat: ChatPage, proxy: SocketProxy) -> None:
    answer = WrittenAnswer(proxy)

    answer.write("Once upon")
    # The last character may be the beginning of Markdown.
    expect(streamed_chat.streaming_bubbles).to_contain_text("Once upo")
    answer.write(" a 🌍 time")
    answer.write(", there was a bot.")

    expect(streamed_chat.streaming_bubbles).to_contain_text("Once upon a 🌍 time, there was a bot")
    answer.finish()
    expect(streamed_chat.streaming_bubbles).to_have_count(0)
    expect(streamed_chat.bot_bubbles).to_have_count(2)
    assert streamed_chat.get_texts(streamed_chat.bot_bubbles)[-1] == "Once upon a 🌍 time, there was a bot."
    expect(streamed_chat.incomplete_marks).to_have_count(0)
    assert streamed_chat.errors == []


def test_stop_button_stops_the_answer(streamed_chat: ChatPage, proxy: SocketProxy) -> None:
    answer = WrittenAnswer(proxy)
    expect(streamed_chat.stop_button).to_be_hidden()
    answer.write("A long story")
    streamed_chat.stop_button.click()

    expect(streamed_chat.page.get_by_role("button", name="Stopping the answer")).to_be_disabled()
    expect(streamed_chat.message_input).to_be_focused()
    assert proxy.sent[-1] == {"type": "stop", "session_id": proxy.session_id, "id": answer.id}
    answer.finish(finish_reason="stopped")
    expect(streamed_chat.incomplete_marks).to_have_text("Stopped")
    expect(streamed_chat.stop_button).to_be_hidden()


def test_escape_stops_the_answer_but_not_with_an_open_menu(streamed_chat: ChatPage, proxy: SocketProxy) -> None:
    WrittenAnswer(proxy).write("A long story")
    expect(streamed_chat.stop_button).to_be_visible()
    streamed_chat.page.get_by_role("button", name="Sign in").click()

    streamed_chat.page.keyboard.press("Escape")
    expect(streamed_chat.page.locator("#account-menu")).to_be_hidden()
    assert [frame for frame in proxy.sent if frame["type"] == "stop"] == []
    streamed_chat.page.keyboard.press("Escape")

    expect(streamed_chat.page.get_by_role("button", name="Stopping the answer")).to_be_visible()
    assert [frame["type"] for frame in proxy.sent].count("stop") == 1


def test_message_can_be_sent_while_an_answer_is_written(streamed_chat: ChatPage, proxy: SocketProxy) -> None:
    answer = WrittenAnswer(proxy)
    answer.write("A long story")
    expect(streamed_chat.stop_button).to_be_visible()

    streamed_chat.message_input.fill("One more thing")

    expect(streamed_chat.stop_button).to_be_visible()
    streamed_chat.send_button.click()
    streamed_chat.expect_delivered("One more thing")


def test_stop_button_does_not_appear_for_a_bot_that_answers_at_once(
    streamed_chat: ChatPage, proxy: SocketProxy
) -> None:
    streamed_chat.page.evaluate(RECORD_STOP_BUTTON)
    proxy.send_to_page({"type": "typing", "session_id": proxy.session_id})
    WrittenAnswer(proxy).finish()
    expect(streamed_chat.bot_bubbles).to_have_count(2)

    streamed_chat.page.wait_for_timeout(1_000)

    assert not streamed_chat.page.evaluate("stopButtonAppeared")


def test_stop_button_appears_when_a_bot_takes_long_to_begin(streamed_chat: ChatPage, proxy: SocketProxy) -> None:
    proxy.send_to_page({"type": "typing", "session_id": proxy.session_id})

    expect(streamed_chat.typing).to_be_visible()
    expect(streamed_chat.stop_button).to_be_visible()

    proxy.send_to_page({"type": "status", "status": "stopped", "session_id": proxy.session_id})
    expect(streamed_chat.stop_button).to_be_hidden()
    expect(streamed_chat.typing).to_be_hidden()


@pytest.mark.parametrize(
    ("reason", "mark"),
    [
        ("stopped", "Stopped"),
        ("length", "Cut off at the length limit"),
        ("content_filter", "Cut off by a content filter"),
        ("interrupted", "Interrupted"),
    ],
)
def test_incomplete_message_is_marked(streamed_chat: ChatPage, proxy: SocketProxy, reason: str, mark: str) -> None:
    answer = WrittenAnswer(proxy)
    answer.write("Half of an ans")

    answer.finish(finish_reason=reason)

    expect(streamed_chat.incomplete_marks).to_have_text(mark)
    expect(streamed_chat.incomplete_marks).to_be_visible()


def test_screen_reader_reads_the_complete_message_once(streamed_chat: ChatPage, proxy: SocketProxy) -> None:
    page = streamed_chat.page
    page.evaluate(RECORD_ANNOUNCEMENTS)
    answer = WrittenAnswer(proxy)
    for word in ("One ", "two ", "three"):
        answer.write(word)
        expect(streamed_chat.streaming_bubbles).to_contain_text(word.strip()[:-1])
    assert page.evaluate("announcements") == []

    answer.finish(finish_reason="length")

    expect(streamed_chat.incomplete_marks).to_be_visible()
    bot_name = page.get_by_role("heading", level=1).inner_text()
    announced = page.evaluate("announcements")
    assert announced == [f"{bot_name}: One two three"]
    expect(page.locator("#announcer")).to_be_empty()


def test_growing_answer_is_followed_only_at_the_end(streamed_chat: ChatPage, proxy: SocketProxy) -> None:
    page = streamed_chat.page
    answer = WrittenAnswer(proxy)
    for number in range(60):
        answer.write(f"Line {number}\n\n")
    expect(streamed_chat.streaming_bubbles).to_contain_text("Line 59")
    assert get_distance_from_end(streamed_chat) < 5

    streamed_chat.log.evaluate("(log) => (log.scrollTop = 0)")
    # The browser reports the scrolling with its next frame.
    expect(page.get_by_role("button", name="New messages")).to_be_visible()
    answer.write("The last line")

    expect(streamed_chat.streaming_bubbles).to_contain_text("The last lin")
    assert streamed_chat.log.evaluate("(log) => log.scrollTop") == 0
    page.get_by_role("button", name="New messages").click()
    answer.write(" of it\n\n" * 20)
    expect(streamed_chat.streaming_bubbles).to_contain_text("of it")
    assert get_distance_from_end(streamed_chat) < 5


def test_selection_stays_while_the_text_grows(streamed_chat: ChatPage, proxy: SocketProxy) -> None:
    answer = WrittenAnswer(proxy)
    answer.write("Select these words")
    expect(streamed_chat.streaming_bubbles).to_be_visible()
    streamed_chat.streaming_bubbles.evaluate(
        """(bubble) => {
          const text = bubble.querySelector("p").firstChild;
          getSelection().setBaseAndExtent(text, 7, text, 12);
        }"""
    )

    answer.write(" and more")
    answer.finish()

    expect(streamed_chat.streaming_bubbles).to_have_count(0)
    assert streamed_chat.page.evaluate("getSelection().toString()") == "these"


def test_answer_from_right_to_left(streamed_chat: ChatPage, proxy: SocketProxy) -> None:
    answer = WrittenAnswer(proxy)
    answer.write("שלום")
    answer.write(" עולם, this is English.")

    bubble = streamed_chat.streaming_bubbles
    expect(bubble).to_contain_text("שלום עולם")
    assert bubble.evaluate("(element) => getComputedStyle(element).direction") == "rtl"


def test_user_sees_what_the_bot_says_about_itself(chat: ChatPage, stack: Stack) -> None:
    description = "Speaks with SmolLM2, a language model of 135 million parameters"
    chat.page.route(
        "**/api/bots",
        lambda route: route.fulfill(
            json={"bots": [bot | {"description": description} for bot in route.fetch().json()["bots"]]}
        ),
    )

    chat.open().sign_in(stack.users[0])

    expect(chat.page.get_by_text(description)).to_be_visible()
    chat.page.set_viewport_size({"width": 360, "height": 640})
    expect(chat.page.get_by_role("button", name=stack.users[0])).to_be_in_viewport(ratio=1)
    assert chat.page.evaluate("document.documentElement.scrollWidth <= innerWidth")
