"""The fields of the widget for the answers that a bot asks for, and what a visitor has typed."""

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import NewChat
from tests.browser.widget_site import FakeChat

STORED = "JSON.stringify(Object.entries(sessionStorage))"


@pytest.fixture
def chat(shop_chat: FakeChat) -> FakeChat:
    return shop_chat


FIELDS = [
    ("email", "E-mail address", "email", "ana@example.com"),
    ("date", "Date", "date", "2026-12-24"),
    ("time", "Time", "time", "14:30"),
    ("number", "Number", "number", "2.5"),
    ("integer", "Number", "number", "77"),
    ("money", "Number", "text", "R$ 10,50"),
    ("phone", "Phone number", "tel", "+351 910 000 000"),
    ("url", "Web address", "url", "https://shop.example/"),
]


def test_question_gets_the_field_for_its_answer(chat: FakeChat) -> None:
    widget = chat.widget
    expect(widget.field).to_be_focused()
    for kind, label, field_type, answer in FIELDS:
        chat.say("Please answer.", input={"type": kind})
        field = widget.page.get_by_label(label, exact=True)
        expect(field).to_have_attribute("type", field_type)
        expect(field).to_be_focused()

        field.fill(answer)
        field.press("Enter")

        expect(widget.find_sent(answer)).to_be_visible()
        expect(widget.field).to_be_focused()
        assert chat.sent[-1]["content"] == answer


def test_answer_that_the_field_does_not_accept_is_not_sent(chat: FakeChat) -> None:
    chat.say("Your address?", input={"type": "email"})
    field = chat.widget.page.get_by_label("E-mail address")

    field.fill("nobody")
    field.press("Enter")

    assert field.evaluate("(field) => field.validity.typeMismatch")
    expect(chat.widget.user_bubbles).to_have_count(0)


def test_visitor_may_write_a_text_instead(chat: FakeChat) -> None:
    widget = chat.widget
    chat.say("When?", input={"type": "date"})

    widget.page.get_by_role("button", name="Write a text instead").click()

    expect(widget.field).to_be_focused()
    widget.write("I do not know")
    expect(widget.find_sent("I do not know")).to_be_visible()
    chat.say("When, please?", input={"type": "date"})
    expect(widget.page.get_by_label("Date", exact=True)).to_be_visible()


def test_all_other_questions_are_answered_by_a_text(chat: FakeChat) -> None:
    for kind in ("text", "boolean", "choice", "hologram", "constructor"):
        chat.say("Well?", input={"type": kind}, suggestions=[{"text": kind, "value": "yes"}])

        expect(chat.widget.suggestions).to_have_text(kind)
        expect(chat.widget.field).to_have_attribute("rows", "1")


def test_question_is_over_when_a_newer_message_exists(chat: FakeChat) -> None:
    chat.say("When?", input={"type": "date"})
    expect(chat.widget.page.get_by_label("Date", exact=True)).to_be_visible()

    chat.say("Never mind.")

    expect(chat.widget.field).to_be_visible()


def test_question_for_a_file_opens_the_form_and_leaves_the_focus(chat: FakeChat) -> None:
    page = chat.widget.page
    button = page.get_by_role("button", name="Attach files")
    chat.say("Send me a picture.", input={"type": "image"})

    expect(button).to_have_attribute("aria-expanded", "true")
    expect(page.get_by_role("button", name="Choose an image")).to_be_visible()
    expect(chat.widget.field).to_be_focused()
    page.get_by_role("button", name="Send a link").click()
    expect(page.get_by_label("Kind")).to_have_value("image")


def test_password_is_neither_shown_nor_stored(chat: FakeChat) -> None:
    widget = chat.widget
    chat.is_slow = True
    chat.say("Your password?", input={"type": "password"})
    field = widget.page.get_by_label("Password")
    expect(field).to_have_attribute("type", "password")

    field.fill("open sesame")
    field.press("Enter")

    hidden = widget.page.get_by_role("img", name="Hidden text")
    expect(hidden).to_have_text("••••••••")
    expect(widget.frame.get_by_text("Sending…")).to_be_visible()
    frame = chat.sent[-1]
    assert frame["content"] == "open sesame"
    assert "sesame" not in widget.page.evaluate(STORED)
    chat.deliver(frame)
    expect(widget.sent_marks).to_have_count(1)
    expect(hidden).to_have_text("••••••••")
    expect(widget.find_tool("Copy")).to_have_count(1)
    assert "sesame" not in widget.page.evaluate(STORED)
    assert "sesame" not in str(widget.list_events("message"))
    widget.page.reload()
    widget.wait_until_connected()
    expect(widget.user_bubbles).to_have_text("••••••••")


def test_draft_survives_a_reload(chat: FakeChat) -> None:
    widget = chat.widget
    widget.field.fill("Half a")

    widget.page.reload()

    widget.wait_until_connected()
    expect(widget.field).to_have_value("Half a")
    widget.field.press("Enter")
    expect(widget.find_sent("Half a")).to_be_visible()
    widget.page.reload()
    widget.wait_until_connected()
    expect(widget.field).to_have_value("")


def test_draft_from_before_the_first_connection_is_kept_too(new_chat: NewChat) -> None:
    chat = new_chat()
    chat.is_down = True
    widget = chat.widget.visit()
    widget.launcher.click()
    widget.field.fill("Half a")
    chat.is_down = False
    widget.wait_until_connected()

    widget.page.reload()

    widget.wait_until_connected()
    expect(widget.field).to_have_value("Half a")
    widget.field.press("Enter")
    widget.page.reload()
    widget.wait_until_connected()
    expect(widget.field).to_have_value("")


def test_draft_waits_while_a_question_has_another_field(chat: FakeChat) -> None:
    widget = chat.widget
    widget.field.fill("Half a")
    chat.say("When?", input={"type": "date"})
    date = widget.page.get_by_label("Date", exact=True)
    date.fill("2026-12-24")

    date.press("Enter")

    expect(widget.field).to_have_value("Half a")


def test_unsent_message_stays_in_its_place_over_a_reload(chat: FakeChat) -> None:
    widget = chat.widget
    chat.say("Before")
    chat.is_slow = True
    widget.write("Unsent")
    expect(widget.frame.get_by_text("Sending…")).to_be_visible()
    chat.disconnect()

    widget.page.reload()
    expect(widget.find_sent("Unsent")).to_be_visible()
    chat.is_down = False
    widget.wait_until_connected()
    chat.say("After")

    expect(widget.page.locator("gb-chat .bubble")).to_have_text(["Before", "Unsent", "After"])
