"""Right-to-left text, alone and mixed with left-to-right text."""

from playwright.sync_api import expect

from tests.browser.chat_page import ChatPage
from tests.browser.socket_proxy import SocketProxy
from tests.browser.stack_file import Stack

ARABIC = "مرحبا بالعالم (v2.0)!"
HEBREW = "שלום עולם, API!"
ENGLISH = "Hello world!"


def test_message_and_message_field_have_the_direction_of_their_text(user_chat: ChatPage) -> None:
    for text, direction in ((ARABIC, "rtl"), (HEBREW, "rtl"), (ENGLISH, "ltr")):
        user_chat.message_input.fill(text)
        expect(user_chat.message_input).to_have_css("direction", direction)
        user_chat.send_and_wait(text)
        expect(user_chat.find_sent(text)).to_have_css("direction", direction)


def test_each_paragraph_of_a_message_has_its_own_direction(user_chat: ChatPage) -> None:
    user_chat.send_and_wait(f"{ENGLISH}\n{ARABIC}")

    [english, arabic] = user_chat.find_sent(ENGLISH).evaluate(
        """bubble => [0, 13].map((start) => {
          const range = document.createRange();
          range.setStart(bubble.lastChild, start);
          range.setEnd(bubble.lastChild, start + 1);
          return range.getBoundingClientRect().left;
        })"""
    )
    # The first letter of the Arabic line is the rightmost one.
    assert arabic > english + 50


def test_bot_and_list_have_the_direction_of_their_text(chat: ChatPage, stack: Stack) -> None:
    proxy = SocketProxy(chat.page)
    chat.open().sign_in(stack.users[0])
    chat.start_conversation()
    expect(chat.suggestions.first).to_be_visible()
    connected = {"type": "status", "status": "connected", "bot_id": "default", "anonymous": False}
    session = {"session_id": chat.get_conversation_id().replace("conv-", "session-")}
    message = {"type": "message", "id": "msg-9", "seq": 2, "sender": "bot", "timestamp": "2100-01-01T00:00:00.000Z"}
    suggestions = [{"text": HEBREW, "value": "1"}]

    proxy.send_to_page(connected | session | {"bot_name": HEBREW})
    proxy.send_to_page(message | session | {"content": ARABIC, "suggestions": suggestions})

    expect(chat.bot_bubbles.last).to_contain_text(ARABIC)
    for element in (
        chat.bot_bubbles.last,
        chat.suggestions.first,
        chat.page.get_by_role("heading", level=1),
        chat.conversations.first.get_by_text(ARABIC),
    ):
        expect(element).to_have_css("direction", "rtl")
    # The name stays beside the avatar.
    assert (
        chat.page.get_by_role("heading", level=1).evaluate("heading => getComputedStyle(heading).textAlign") == "left"
    )
