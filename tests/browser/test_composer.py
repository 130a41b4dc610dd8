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
    expect(user_chat.send_button).to_be_disabled()

    user_chat.write("  \n ")

    expect(user_chat.send_button).to_be_disabled()
    assert user_chat.user_bubbles.count() == 0


def test_message_is_limited_to_8000_characters(user_chat: ChatPage) -> None:
    user_chat.message_input.fill("é" * 8001)
    expect(user_chat.page.get_by_text("8,001 of 8,000 characters")).to_be_visible()
    expect(user_chat.send_button).to_be_disabled()
    expect(user_chat.message_input).to_have_attribute("aria-invalid", "true")

    user_chat.message_input.fill("😀" * 8000)
    expect(user_chat.page.get_by_text("8,000 of 8,000 characters")).to_be_visible()
    user_chat.send_button.click()

    expect(user_chat.find_delivery("😀😀😀")).to_have_text("Delivered")


def test_control_characters_are_removed(user_chat: ChatPage) -> None:
    user_chat.write("bell\u0007 and nul\u0000 removed")

    expect(user_chat.find_delivery("bell and nul removed")).to_have_text("Delivered")
