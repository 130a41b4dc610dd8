"""The chat page when the connection is lost or the server returns errors."""

from uuid import uuid4

import pytest
from playwright.sync_api import Page, expect

from tests.browser.chat_page import ChatPage
from tests.browser.socket_proxy import Frame, SocketProxy
from tests.browser.stack_file import Stack


@pytest.fixture
def proxy(page: Page) -> SocketProxy:
    return SocketProxy(page)


@pytest.fixture
def proxied_chat(proxy: SocketProxy, chat: ChatPage, stack: Stack) -> ChatPage:
    """The chat page of the second demo user in a new conversation, connected through the proxy."""
    assert proxy.handshakes == 0
    chat.open().sign_in(stack.users[1])
    chat.start_conversation()
    return chat


def is_message(frame: Frame) -> bool:
    return bool(frame["type"] == "message")


def test_message_written_while_disconnected_is_delivered_once(proxied_chat: ChatPage, proxy: SocketProxy) -> None:
    proxy.disconnect()
    expect(proxied_chat.connection).to_have_text("Reconnecting…")
    text = f"Written while disconnected {uuid4()}"
    proxied_chat.write(text)
    expect(proxied_chat.find_delivery(text)).to_have_text("Sending…")

    proxy.allow_reconnect()

    proxied_chat.wait_until_connected()
    proxied_chat.expect_delivered(text)
    expect(proxied_chat.bot_bubbles).not_to_have_count(1)
    proxied_chat.reload()
    expect(proxied_chat.find_sent(text)).to_have_count(1)


def test_message_with_lost_receipt_is_stored_and_answered_once(proxied_chat: ChatPage, proxy: SocketProxy) -> None:
    proxy.drops_to_page = lambda _frame: True
    text = f"Receipt lost {uuid4()}"
    proxied_chat.write(text)
    proxied_chat.page.wait_for_timeout(100)
    while not any(is_message(frame) and frame["seq"] > 2 for frame in proxy.received):
        proxied_chat.page.wait_for_timeout(100)
    expect(proxied_chat.find_delivery(text)).to_have_text("Sending…")
    proxy.drops_to_page = lambda _frame: False

    proxy.disconnect()
    proxy.allow_reconnect()

    proxied_chat.expect_delivered(text)
    sent = proxy.list_sent_messages()
    assert len({frame["client_message_id"] for frame in sent}) == 1
    answers = proxied_chat.bot_bubbles.count()
    proxied_chat.reload()
    expect(proxied_chat.find_sent(text)).to_have_count(1)
    expect(proxied_chat.bot_bubbles).to_have_count(answers)


def test_message_is_delivered_by_its_answer_if_only_the_receipt_is_lost(
    proxied_chat: ChatPage, proxy: SocketProxy
) -> None:
    proxy.drops_to_page = lambda frame: frame.get("status") == "delivered"

    proxied_chat.send_and_wait(f"Receipt lost {uuid4()}")

    assert len(proxy.list_sent_messages()) == 1


def test_answer_missed_while_disconnected_is_shown_after_reconnect(proxied_chat: ChatPage, proxy: SocketProxy) -> None:
    proxy.drops_to_page = is_message
    text = f"Answered while disconnected {uuid4()}"
    proxied_chat.write(text)
    proxied_chat.expect_delivered(text)
    proxied_chat.page.wait_for_timeout(100)
    while not any(is_message(frame) and frame["seq"] > 2 for frame in proxy.received):
        proxied_chat.page.wait_for_timeout(100)
    proxy.disconnect()
    proxy.drops_to_page = lambda _frame: False
    expect(proxied_chat.bot_bubbles).to_have_count(1)

    proxy.allow_reconnect()

    expect(proxied_chat.bot_bubbles).not_to_have_count(1)


def test_lost_message_is_fetched_when_the_next_one_shows_the_gap(proxied_chat: ChatPage, proxy: SocketProxy) -> None:
    lost: list[Frame] = []

    def drop_first_message(frame: Frame) -> bool:
        if frame["type"] != "message" or lost:
            return False
        lost.append(frame)
        return True

    proxy.drops_to_page = drop_first_message
    proxied_chat.write("Hello")
    proxied_chat.expect_delivered("Hello")
    while not lost:
        proxied_chat.page.wait_for_timeout(100)
    proxied_chat.send_and_wait("Hello again")

    bot_frames = [frame for frame in proxy.received if is_message(frame) and frame["sender"] == "bot"]
    answer_ids = {frame["id"] for frame in bot_frames if frame["session_id"] == lost[0]["session_id"]}
    expect(proxied_chat.bot_bubbles).to_have_count(len(answer_ids))
    assert proxied_chat.get_texts(proxied_chat.user_bubbles) == ["Hello", "Hello again"]


def test_duplicate_frames_are_shown_once(proxied_chat: ChatPage, proxy: SocketProxy) -> None:
    proxy.duplicates_to_page = True

    proxied_chat.send_and_wait("Hello")
    proxied_chat.send_and_wait("Hello again")

    messages_before = proxied_chat.bubbles.all_inner_texts()
    proxied_chat.reload()
    expect(proxied_chat.bubbles).to_have_text(messages_before)


def test_rejected_message_can_be_retried_under_the_same_id(proxied_chat: ChatPage, proxy: SocketProxy) -> None:
    proxy.drops_from_page = is_message
    text = f"Rejected at first {uuid4()}"
    proxied_chat.write(text)
    expect(proxied_chat.find_delivery(text)).to_have_text("Sending…")
    [message] = proxy.list_sent_messages()
    proxy.send_to_page(
        {
            "type": "error",
            "error": "conflict",
            "message": "This conversation is archived.",
            "client_message_id": message["client_message_id"],
        }
    )
    expect(proxied_chat.find_delivery(text)).to_contain_text("Not sent")
    proxy.drops_from_page = lambda _frame: False

    proxied_chat.page.get_by_role("button", name="Try again").click()

    proxied_chat.expect_delivered(text)
    assert {frame["client_message_id"] for frame in proxy.list_sent_messages()} == {message["client_message_id"]}
    expect(proxied_chat.find_sent(text)).to_have_count(1)


def test_message_is_retried_after_unavailable(proxied_chat: ChatPage, proxy: SocketProxy) -> None:
    proxy.drops_from_page = is_message
    text = f"Server busy {uuid4()}"
    proxied_chat.write(text)
    expect(proxied_chat.find_delivery(text)).to_have_text("Sending…")
    [message] = proxy.list_sent_messages()
    proxy.drops_from_page = lambda _frame: False
    error = {"type": "error", "error": "unavailable", "message": "The service is busy.", "retry_after": 1}

    proxy.send_to_page(error | {"client_message_id": message["client_message_id"]})

    proxied_chat.expect_delivered(text)
    assert {frame["client_message_id"] for frame in proxy.list_sent_messages()} == {message["client_message_id"]}
    expect(proxied_chat.find_sent(text)).to_have_count(1)


def test_unanswered_message_is_marked(proxied_chat: ChatPage, proxy: SocketProxy) -> None:
    proxied_chat.send_and_wait("Hello")
    [delivered] = [frame for frame in proxy.received if frame.get("status") == "delivered"]

    proxy.send_to_page(
        {
            "type": "error",
            "error": "internal",
            "message": "The bot could not answer.",
            "session_id": delivered["session_id"],
            "message_id": delivered["message_id"],
            "client_message_id": delivered["client_message_id"],
        }
    )

    expect(proxied_chat.find_delivery("Hello")).to_have_text("The bot could not answer this message.")
    proxied_chat.send_and_wait("Hello again")


def test_rate_limit_is_explained_and_the_message_is_sent_later(proxied_chat: ChatPage, proxy: SocketProxy) -> None:
    proxy.drops_from_page = is_message
    proxied_chat.write("Too much")
    expect(proxied_chat.find_delivery("Too much")).to_have_text("Sending…")
    [frame] = proxy.list_sent_messages()
    proxy.send_to_page(
        {
            "type": "error",
            "error": "rate_limited",
            "message": "Rate limit exceeded: 60 messages per minute.",
            "client_message_id": frame["client_message_id"],
            "retry_after": 3,
        }
    )
    proxy.drops_from_page = lambda _frame: False
    expect(proxied_chat.view_notice).to_contain_text("You are sending messages too fast.")
    expect(proxied_chat.view_notice).not_to_contain_text("Rate limit")
    proxied_chat.write("Not yet")
    expect(proxied_chat.find_delivery("Not yet")).to_have_text("Sending…")

    proxied_chat.expect_delivered("Too much")
    proxied_chat.expect_delivered("Not yet")

    expect(proxied_chat.view_notice).to_be_hidden()


def test_unsent_messages_stay_at_the_end_after_reload(proxied_chat: ChatPage, proxy: SocketProxy) -> None:
    proxied_chat.send_and_wait("Hello")
    proxy.drops_from_page = is_message
    proxied_chat.write("Refused")
    expect(proxied_chat.find_delivery("Refused")).to_have_text("Sending…")
    refused_id = proxy.list_sent_messages()[-1]["client_message_id"]
    error = {"type": "error", "error": "invalid_message", "message": "No.", "client_message_id": refused_id}
    proxy.send_to_page(error)
    expect(proxied_chat.find_delivery("Refused")).to_contain_text("Not sent")
    proxied_chat.write("Under way")
    expect(proxied_chat.find_delivery("Under way")).to_have_text("Sending…")
    texts = proxied_chat.get_texts(proxied_chat.bubbles)

    proxied_chat.reload()

    expect(proxied_chat.bubbles).to_have_count(len(texts))
    assert proxied_chat.get_texts(proxied_chat.bubbles) == texts
    assert texts[-2:] == ["Refused", "Under way"]


def test_error_without_id_does_not_hold_up_the_next_message(proxied_chat: ChatPage, proxy: SocketProxy) -> None:
    proxy.drops_from_page = lambda frame: frame.get("content") == "Broken"
    proxied_chat.write("Broken")
    proxied_chat.write("Intact")
    expect(proxied_chat.find_delivery("Broken")).to_have_text("Sending…")

    proxy.send_to_page({"type": "error", "error": "invalid_request", "message": "frame: invalid JSON"})

    expect(proxied_chat.find_delivery("Broken")).to_contain_text("Not sent")
    proxied_chat.expect_delivered("Intact")


def test_refused_visitor_is_told_why(chat: ChatPage) -> None:
    proxy = SocketProxy(chat.page)
    proxy.disconnect()
    chat.page.goto(chat.base_url)
    expect(chat.view_notice).to_contain_text("The chat is not available at the moment.")

    proxy.allow_reconnect()

    chat.wait_until_connected()
    expect(chat.view_notice).to_be_hidden()


def test_reason_for_a_missing_connection_is_shown(proxied_chat: ChatPage, proxy: SocketProxy) -> None:
    page = proxied_chat.page
    page.route("**/api/**", lambda route: route.abort())
    proxy.disconnect()
    expect(proxied_chat.view_notice).to_contain_text("The server cannot be reached")

    page.context.set_offline(True)

    expect(proxied_chat.connection).to_have_text("Offline")
    page.context.set_offline(False)
    page.unroute_all()
    proxy.allow_reconnect()
    proxied_chat.wait_until_connected()
    expect(proxied_chat.view_notice).to_be_hidden()


def test_queued_messages_are_stored_in_order(proxied_chat: ChatPage, proxy: SocketProxy) -> None:
    proxy.disconnect()
    expect(proxied_chat.connection).to_have_text("Reconnecting…")
    texts = [f"Number {number} of {uuid4()}" for number in range(1, 6)]
    for text in texts:
        proxied_chat.write(text)

    proxy.allow_reconnect()

    for text in texts:
        proxied_chat.expect_delivered(text)
    assert proxy.get_max_in_flight() == 1, "the server may handle the frames of one socket side by side"
    proxied_chat.reload()
    expect(proxied_chat.user_bubbles).to_have_text(texts)


def test_expired_token_is_refreshed(proxied_chat: ChatPage, proxy: SocketProxy) -> None:
    stored_before = proxied_chat.page.evaluate("sessionStorage.getItem('identity')")
    proxy.drops_from_page = is_message
    proxied_chat.write("With an expired token")
    expect(proxied_chat.find_delivery("With an expired token")).to_have_text("Sending…")
    [frame] = proxy.list_sent_messages()
    proxy.drops_from_page = lambda _frame: False
    error = {"type": "error", "error": "unauthorized", "message": "The token has expired."}
    proxy.send_to_page(error | {"client_message_id": frame["client_message_id"]})

    proxied_chat.expect_delivered("With an expired token")

    assert proxied_chat.page.evaluate("sessionStorage.getItem('identity')") != stored_before
    assert proxy.handshakes > 1


def test_visitor_returns_to_the_same_conversation_after_being_offline(visitor_chat: ChatPage) -> None:
    visitor_chat.page.context.set_offline(True)
    expect(visitor_chat.connection).to_have_text("Offline")
    text = f"Written offline {uuid4()}"
    visitor_chat.write(text)
    expect(visitor_chat.find_delivery(text)).to_have_text("Sending…")

    visitor_chat.page.context.set_offline(False)

    visitor_chat.wait_until_connected()
    visitor_chat.expect_delivered(text)
    expect(visitor_chat.find_sent(text)).to_have_count(1)
    expect(visitor_chat.bot_bubbles).not_to_have_count(1)
    assert visitor_chat.page.get_by_text("has ended").count() == 0
