"""What the page does when the connection does not hold."""

from uuid import uuid4

import pytest
from playwright.sync_api import Page, expect

from tests.browser.chat_page import ChatPage
from tests.browser.stack_file import Stack
from tests.browser.wire import Frame, Wire


@pytest.fixture
def wire(page: Page) -> Wire:
    return Wire(page)


@pytest.fixture
def wired(wire: Wire, chat: ChatPage, stack: Stack) -> ChatPage:
    """The second demo user in a new conversation, with the wire in our hand."""
    assert wire.handshakes == 0
    chat.open().sign_in(stack.users[1])
    chat.begin()
    return chat


def is_message(frame: Frame) -> bool:
    return bool(frame["type"] == "message")


def test_a_message_written_while_the_connection_is_cut_is_delivered_once(wired: ChatPage, wire: Wire) -> None:
    wire.cut()
    expect(wired.connection).to_have_text("Reconnecting…")
    text = f"Written meanwhile {uuid4()}"
    wired.write(text)
    expect(wired.delivery(text)).to_have_text("Sending")

    wire.mend()

    wired.is_connected()
    expect(wired.delivery(text)).to_have_text("Delivered")
    expect(wired.from_bot).not_to_have_count(1)
    wired.reload()
    expect(wired.own(text)).to_have_count(1)


def test_a_message_whose_receipt_is_lost_is_stored_and_answered_once(wired: ChatPage, wire: Wire) -> None:
    wire.keep_from_page = lambda _frame: True
    text = f"Receipt lost {uuid4()}"
    wired.write(text)
    wired.page.wait_for_timeout(100)
    while not any(is_message(frame) and frame["seq"] > 2 for frame in wire.received):
        wired.page.wait_for_timeout(100)
    expect(wired.delivery(text)).to_have_text("Sending")
    wire.keep_from_page = lambda _frame: False

    wire.cut()
    wire.mend()

    expect(wired.delivery(text)).to_have_text("Delivered")
    sent = wire.messages_sent()
    assert len({frame["client_message_id"] for frame in sent}) == 1
    answers = wired.from_bot.count()
    wired.reload()
    expect(wired.own(text)).to_have_count(1)
    expect(wired.from_bot).to_have_count(answers)


def test_a_receipt_that_alone_is_lost_is_made_up_for_by_the_answer(wired: ChatPage, wire: Wire) -> None:
    wire.keep_from_page = lambda frame: frame.get("status") == "delivered"

    wired.say(f"Receipt lost {uuid4()}")

    assert len(wire.messages_sent()) == 1


def test_what_was_said_meanwhile_is_there_after_the_connection_is_back(wired: ChatPage, wire: Wire) -> None:
    wire.keep_from_page = is_message
    text = f"Answered in the dark {uuid4()}"
    wired.write(text)
    expect(wired.delivery(text)).to_have_text("Delivered")
    wired.page.wait_for_timeout(100)
    while not any(is_message(frame) and frame["seq"] > 2 for frame in wire.received):
        wired.page.wait_for_timeout(100)
    wire.cut()
    wire.keep_from_page = lambda _frame: False
    expect(wired.from_bot).to_have_count(1)

    wire.mend()

    expect(wired.from_bot).not_to_have_count(1)


def test_a_message_that_never_came_is_fetched_when_the_next_one_shows_the_gap(wired: ChatPage, wire: Wire) -> None:
    lost: list[Frame] = []

    def lose_the_first_answer(frame: Frame) -> bool:
        if frame["type"] != "message" or lost:
            return False
        lost.append(frame)
        return True

    wire.keep_from_page = lose_the_first_answer
    wired.write("Hello")
    expect(wired.delivery("Hello")).to_have_text("Delivered")
    while not lost:
        wired.page.wait_for_timeout(100)
    wired.say("Hello once more")

    of_bot = [frame for frame in wire.received if is_message(frame) and frame["sender"] == "bot"]
    said = {frame["id"] for frame in of_bot if frame["session_id"] == lost[0]["session_id"]}
    expect(wired.from_bot).to_have_count(len(said))
    assert wired.texts(wired.from_user) == ["Hello", "Hello once more"]


def test_a_frame_that_comes_twice_is_shown_once(wired: ChatPage, wire: Wire) -> None:
    wire.double = True

    wired.say("Hello")
    wired.say("Hello once more")

    before = wired.bubbles.all_inner_texts()
    wired.reload()
    expect(wired.bubbles).to_have_text(before)


def test_a_message_that_was_refused_can_be_sent_again_under_the_same_id(wired: ChatPage, wire: Wire) -> None:
    wire.keep_back = is_message
    text = f"Refused at first {uuid4()}"
    wired.write(text)
    expect(wired.delivery(text)).to_have_text("Sending")
    [first] = wire.messages_sent()
    wire.tell_page(
        {
            "type": "error",
            "error": "conflict",
            "message": "This conversation is archived.",
            "client_message_id": first["client_message_id"],
        }
    )
    expect(wired.notice).to_contain_text("This conversation is archived.")
    expect(wired.delivery(text)).to_contain_text("Not sent")
    wire.keep_back = lambda _frame: False

    wired.page.get_by_role("button", name="Retry").click()

    expect(wired.delivery(text)).to_have_text("Delivered")
    assert {frame["client_message_id"] for frame in wire.messages_sent()} == {first["client_message_id"]}
    expect(wired.own(text)).to_have_count(1)


def test_a_message_the_server_has_no_time_for_is_sent_again_by_itself(wired: ChatPage, wire: Wire) -> None:
    wire.keep_back = is_message
    text = f"In a busy hour {uuid4()}"
    wired.write(text)
    expect(wired.delivery(text)).to_have_text("Sending")
    [first] = wire.messages_sent()
    wire.keep_back = lambda _frame: False
    refusal = {"type": "error", "error": "unavailable", "message": "The service is busy.", "retry_after": 1}

    wire.tell_page(refusal | {"client_message_id": first["client_message_id"]})

    expect(wired.notice).to_contain_text("The service is busy.")
    expect(wired.delivery(text)).to_have_text("Delivered")
    assert {frame["client_message_id"] for frame in wire.messages_sent()} == {first["client_message_id"]}
    expect(wired.own(text)).to_have_count(1)


def test_a_message_the_bot_could_not_answer_says_so(wired: ChatPage, wire: Wire) -> None:
    wired.say("Hello")
    [delivered] = [frame for frame in wire.received if frame.get("status") == "delivered"]

    wire.tell_page(
        {
            "type": "error",
            "error": "internal",
            "message": "The bot could not answer.",
            "session_id": delivered["session_id"],
            "message_id": delivered["message_id"],
            "client_message_id": delivered["client_message_id"],
        }
    )

    expect(wired.delivery("Hello")).to_have_text("Delivered, but the bot could not answer")
    wired.say("Hello once more")


def test_whoever_writes_too_much_is_told_how_long_to_wait(wired: ChatPage, wire: Wire) -> None:
    wire.keep_back = is_message
    wired.write("Too much")
    expect(wired.delivery("Too much")).to_have_text("Sending")
    [frame] = wire.messages_sent()
    wire.tell_page(
        {
            "type": "error",
            "error": "rate_limited",
            "message": "Too many messages.",
            "client_message_id": frame["client_message_id"],
            "retry_after": 3,
        }
    )
    wire.keep_back = lambda _frame: False
    expect(wired.notice).to_contain_text("You can send again in 3 seconds.")
    wired.message.fill("Not yet")
    expect(wired.send).to_be_disabled()

    expect(wired.send).to_be_enabled()

    expect(wired.notice).to_be_hidden()
    expect(wired.delivery("Too much")).to_have_text("Delivered")


def test_several_messages_written_at_once_are_stored_in_their_order(wired: ChatPage, wire: Wire) -> None:
    wire.cut()
    expect(wired.connection).to_have_text("Reconnecting…")
    texts = [f"Number {number} of {uuid4()}" for number in range(1, 6)]
    for text in texts:
        wired.write(text)

    wire.mend()

    for text in texts:
        expect(wired.delivery(text)).to_have_text("Delivered")
    assert wire.most_underway() == 1, "the server may handle the frames of one socket side by side"
    wired.reload()
    expect(wired.from_user).to_have_text([f"You: {text}" for text in texts])


def test_a_token_that_has_run_out_is_renewed(wired: ChatPage, wire: Wire) -> None:
    before = wired.page.evaluate("sessionStorage.getItem('identity')")
    wire.keep_back = is_message
    wired.write("With an old token")
    expect(wired.delivery("With an old token")).to_have_text("Sending")
    [frame] = wire.messages_sent()
    wire.keep_back = lambda _frame: False
    refusal = {"type": "error", "error": "unauthorized", "message": "The token has run out."}
    wire.tell_page(refusal | {"client_message_id": frame["client_message_id"]})

    expect(wired.delivery("With an old token")).to_have_text("Delivered")

    assert wired.page.evaluate("sessionStorage.getItem('identity')") != before
    assert wire.handshakes > 1


def test_a_visitor_is_offline_and_comes_back_to_the_same_conversation(visitor: ChatPage) -> None:
    visitor.page.context.set_offline(True)
    expect(visitor.connection).to_have_text("Offline")
    text = f"From the tunnel {uuid4()}"
    visitor.write(text)
    expect(visitor.delivery(text)).to_have_text("Sending")

    visitor.page.context.set_offline(False)

    visitor.is_connected()
    expect(visitor.delivery(text)).to_have_text("Delivered")
    expect(visitor.own(text)).to_have_count(1)
    expect(visitor.from_bot).not_to_have_count(1)
    assert visitor.page.get_by_text("has ended").count() == 0
