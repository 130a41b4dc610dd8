"""The message field."""

from playwright.sync_api import expect

from tests.browser.chat_page import ChatPage


def test_enter_sends_and_shift_enter_inserts_new_line(user_chat: ChatPage) -> None:
    user_chat.message_input.press_sequentially("first line")
    user_chat.message_input.press("Shift+Enter")
    user_chat.message_input.press_sequentially("second line")
    expect(user_chat.message_input).to_have_value("first line\nsecond line")
    assert user_chat.user_bubbles.count() == 0

    user_chat.message_input.press("Enter")

    expect(user_chat.message_input).to_have_value("")
    expect(user_chat.user_bubbles).to_have_count(1)
    assert "first line\nsecond line" in user_chat.user_bubbles.inner_text()


def test_white_space_cannot_be_sent(user_chat: ChatPage) -> None:
    user_chat.send_button.click()
    user_chat.write("  \n ")
    user_chat.send_and_wait("Text")

    expect(user_chat.user_bubbles).to_have_text("Text")


def test_message_is_limited_to_8000_characters(user_chat: ChatPage) -> None:
    user_chat.message_input.fill("é" * 7999)
    user_chat.message_input.press_sequentially("ab")
    expect(user_chat.message_input).to_have_value("é" * 7999 + "a")
    user_chat.send_button.click()

    user_chat.expect_delivered("ééé")


def test_control_characters_are_removed(user_chat: ChatPage) -> None:
    user_chat.write("bell\u0007 and nul\u0000 removed")

    user_chat.expect_delivered("bell and nul removed")
