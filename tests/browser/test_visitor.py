"""Somebody opens the page and talks."""

import re
from uuid import uuid4

from playwright.sync_api import expect

from tests.browser.chat_page import ChatPage
from tests.browser.wire import Wire


def test_a_visitor_is_greeted_asks_something_and_reads_the_answer(visitor: ChatPage) -> None:
    expect(visitor.page.get_by_text("You are here as a visitor")).to_be_visible()

    answer = visitor.say("Hello")

    expect(answer).to_have_text(re.compile(r"\S"))
    expect(visitor.page).to_have_title(visitor.page.get_by_role("heading", level=1).inner_text())
    assert visitor.complaints == []


def test_a_suggestion_is_sent_when_it_is_clicked(visitor: ChatPage) -> None:
    suggestion = visitor.suggestions.first
    text = suggestion.inner_text()

    suggestion.click()

    expect(visitor.own(text)).to_have_count(1)
    expect(visitor.delivery(text)).to_have_text("Delivered")
    expect(visitor.from_bot).not_to_have_count(1)
    expect(visitor.message).to_be_focused()


def test_markup_in_a_message_is_text(visitor: ChatPage) -> None:
    markup = '<img src=x onerror="document.title=1"><b>bold</b><script>document.title=2</script>'

    visitor.say(markup)

    expect(visitor.own(markup)).to_be_visible()
    assert visitor.log.locator("img, b, script").count() == 0
    assert visitor.page.title() not in ("1", "2")
    assert visitor.complaints == []


def test_a_visitor_who_reloads_goes_on_with_the_conversation(visitor: ChatPage) -> None:
    text = f"Remember {uuid4()}"
    visitor.say(text)
    before = visitor.bubbles.all_inner_texts()

    visitor.reload()

    expect(visitor.bubbles).to_have_text(before)
    visitor.say("And more")
    assert visitor.page.get_by_text("has ended").count() == 0


def test_a_visitor_whose_conversation_has_ended_is_told_and_begins_another(chat: ChatPage) -> None:
    wire = Wire(chat.page)
    chat.open().is_greeted()
    wire.tell_page({"type": "status", "status": "expired", "session_id": wire.session_id})

    expect(chat.page.get_by_text("This conversation has ended")).to_be_visible()
    expect(chat.connection).to_have_text("Ended")
    chat.page.get_by_role("button", name="Start a new conversation").click()

    chat.is_connected()
    expect(chat.from_bot).to_have_count(2)
    chat.say("Hello again")
