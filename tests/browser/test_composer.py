"""Writing a message."""

from playwright.sync_api import expect

from tests.browser.chat_page import ChatPage


def test_enter_sends_and_shift_enter_starts_a_new_line(member: ChatPage) -> None:
    member.message.press_sequentially("first line")
    member.message.press("Shift+Enter")
    member.message.press_sequentially("second line")
    expect(member.message).to_have_value("first line\nsecond line")
    assert member.from_user.count() == 0

    member.message.press("Enter")

    expect(member.message).to_have_value("")
    expect(member.from_user).to_have_count(1)
    assert "first line\nsecond line" in member.from_user.inner_text()


def test_nothing_but_space_cannot_be_sent(member: ChatPage) -> None:
    expect(member.send).to_be_disabled()

    member.write("  \n ")

    expect(member.send).to_be_disabled()
    assert member.from_user.count() == 0


def test_8000_characters_can_be_sent_and_one_more_cannot(member: ChatPage) -> None:
    member.message.fill("é" * 8001)
    expect(member.page.get_by_text("8,001 of 8,000 characters")).to_be_visible()
    expect(member.send).to_be_disabled()
    expect(member.message).to_have_attribute("aria-invalid", "true")

    member.message.fill("😀" * 8000)
    expect(member.page.get_by_text("8,000 of 8,000 characters")).to_be_visible()
    member.send.click()

    expect(member.delivery("😀😀😀")).to_have_text("Delivered")


def test_control_characters_are_left_out(member: ChatPage) -> None:
    member.write("bell\u0007 and nul\u0000 stay away")

    expect(member.delivery("bell and nul stay away")).to_have_text("Delivered")
