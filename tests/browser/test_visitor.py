"""The chat page of an anonymous visitor."""

import re
from uuid import uuid4

from playwright.sync_api import expect

from tests.browser.chat_page import ChatPage
from tests.browser.socket_proxy import SocketProxy


def test_visitor_is_greeted_and_gets_an_answer(visitor_chat: ChatPage) -> None:
    expect(visitor_chat.page.get_by_text("You are chatting as a visitor")).to_be_visible()

    answer = visitor_chat.send_and_wait("Hello")

    expect(answer).to_have_text(re.compile(r"\S"))
    expect(visitor_chat.page).to_have_title(visitor_chat.page.get_by_role("heading", level=1).inner_text())
    assert visitor_chat.errors == []


def test_clicking_a_quick_reply_sends_it(visitor_chat: ChatPage) -> None:
    suggestion = visitor_chat.suggestions.first
    text = suggestion.inner_text()

    suggestion.click()

    expect(visitor_chat.find_sent(text)).to_have_count(1)
    visitor_chat.expect_delivered(text)
    expect(visitor_chat.bot_bubbles).not_to_have_count(1)
    expect(visitor_chat.message_input).to_be_focused()


def test_markup_in_message_is_shown_as_text(visitor_chat: ChatPage) -> None:
    markup = '<img src=x onerror="document.title=1"><b>bold</b><script>document.title=2</script>'

    visitor_chat.send_and_wait(markup)

    expect(visitor_chat.find_sent(markup)).to_be_visible()
    assert visitor_chat.log.locator("img, b, script").count() == 0
    assert visitor_chat.page.title() not in ("1", "2")
    assert visitor_chat.errors == []


def test_reload_continues_visitors_conversation(visitor_chat: ChatPage) -> None:
    text = f"Remember {uuid4()}"
    visitor_chat.send_and_wait(text)
    messages_before = visitor_chat.bubbles.all_inner_texts()

    visitor_chat.reload()

    expect(visitor_chat.bubbles).to_have_text(messages_before)
    visitor_chat.send_and_wait("Another message")
    assert visitor_chat.page.get_by_text("has ended").count() == 0


def test_visitor_can_start_over_after_conversation_expired(chat: ChatPage) -> None:
    proxy = SocketProxy(chat.page)
    chat.open().wait_for_greeting()
    proxy.send_to_page({"type": "status", "status": "expired", "session_id": proxy.session_id})

    expect(chat.page.get_by_text("This conversation has ended")).to_be_visible()
    expect(chat.connection).to_have_text("Ended")
    chat.write("Hello again")

    chat.wait_until_connected()
    chat.expect_delivered("Hello again")
    # The greeting of the conversation that has ended, and the answer.
    expect(chat.bot_bubbles).not_to_have_count(1)
