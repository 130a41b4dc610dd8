"""What a visitor can do with messages in the widget: see when they were written, copy them, and rate answers."""

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import NewChat
from tests.browser.widget_site import PRETTY_CSS, FakeChat

CODE = "Do this:\n\n```js\nbrew({ grams: 2 });\nserve();\n```"
BIDI = "\u202egnp.exe\u202c then \u2067abc\u2069 and العربية!"


@pytest.fixture
def chat(shop_chat: FakeChat) -> FakeChat:
    shop_chat.widget.page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    return shop_chat


def read_clipboard(chat: FakeChat) -> str:
    text: str = chat.widget.page.evaluate("navigator.clipboard.readText()")
    return text


def test_days_stand_between_messages_and_each_group_has_its_time(new_chat: NewChat) -> None:
    chat = new_chat(timezone_id="Europe/Lisbon")
    # The fake server writes at 09:14 on 29 November 2026.
    chat.widget.page.clock.set_fixed_time("2026-11-29T12:00:00Z")
    widget = chat.widget.visit().open()
    for timestamp in ("2025-03-01T23:59:00Z", "2026-11-27T10:00:00Z", "2026-11-28T10:00:00Z", "2026-11-28T10:01:00Z"):
        chat.say("Hello", timestamp=timestamp)
    widget.write("Hi")
    expect(widget.sent_marks).to_have_count(1)

    days = [day.replace(",", "") for day in widget.days.all_text_contents()]
    assert days == ["Saturday 1 March 2025", "Friday 27 November", "Yesterday", "Today"]
    assert widget.times.all_text_contents() == ["23:59", "10:00", "10:01", "09:14"]


def test_message_is_copied(chat: FakeChat) -> None:
    widget = chat.widget
    chat.say("We open at **nine**.")

    widget.find_tool("Copy").click()

    expect(widget.announcer).to_contain_text("Copied")
    assert read_clipboard(chat) == "We open at **nine**."


def test_code_is_copied_without_what_is_around_it(chat: FakeChat) -> None:
    widget = chat.widget
    chat.say(CODE)

    widget.find_tool("Copy code").click()

    expect(widget.announcer).to_contain_text("Copied")
    assert read_clipboard(chat) == "brew({ grams: 2 });\nserve();"


def test_answer_is_rated_and_another_device_is_followed(chat: FakeChat) -> None:
    widget = chat.widget
    message_id = chat.say("We open at nine.")
    good, bad = widget.find_tool("Good answer"), widget.find_tool("Bad answer")
    expect(good).to_have_attribute("aria-pressed", "false")

    good.click()

    expect(good).to_have_attribute("aria-pressed", "true")
    assert chat.sent[-1] == {"type": "rate", "session_id": chat.SESSION, "id": message_id, "rating": "up"}
    chat.send(type="status", status="rated", id=message_id, rating="down")
    expect(bad).to_have_attribute("aria-pressed", "true")
    expect(good).to_have_attribute("aria-pressed", "false")
    bad.click()
    expect(bad).to_have_attribute("aria-pressed", "false")
    assert chat.sent[-1]["rating"] is None
    good.click()
    expect(good).to_have_attribute("aria-pressed", "true")
    widget.page.reload()
    widget.wait_until_connected()
    expect(good).to_have_attribute("aria-pressed", "true")


def test_only_answers_are_rated_and_only_when_they_are_complete(chat: FakeChat) -> None:
    widget = chat.widget
    widget.write("Hi")
    expect(widget.sent_marks).to_have_count(1)
    chat.write("An answer ")
    expect(widget.bot_bubbles).to_have_count(1)
    expect(widget.find_tool("Good answer")).to_have_count(0)

    chat.say("An answer that is complete.")

    expect(widget.find_tool("Good answer")).to_have_count(1)
    expect(widget.find_tool("Copy")).to_have_count(2)


def test_wide_table_scrolls_by_keyboard_and_the_log_does_not(chat: FakeChat) -> None:
    widget = chat.widget
    row = "|" + "|".join(f"column{number}" for number in range(12)) + "|"
    chat.say(f"{row}\n{'|---' * 12}|\n{row}")
    table = widget.page.get_by_role("group", name="Table")
    expect(table).to_be_visible()

    table.focus()
    table.press("ArrowRight")

    expect(table).to_be_focused()
    assert table.evaluate("(table) => table.scrollWidth > table.clientWidth")
    assert widget.log.evaluate("(log) => log.scrollWidth <= log.clientWidth")


def test_direction_of_each_text_is_its_own(chat: FakeChat) -> None:
    chat.say("مرحبا، كيف يمكنني مساعدتك؟")
    chat.say(BIDI)
    chat.widget.write("שלום")
    expect(chat.widget.sent_marks).to_have_count(1)

    bubbles = chat.widget.page.locator("gb-chat .bubble")
    directions = bubbles.evaluate_all("(bubbles) => bubbles.map((bubble) => getComputedStyle(bubble).direction)")
    assert directions[0] == directions[-1] == "rtl"
    assert bubbles.nth(1).text_content() == BIDI
    # What follows a text is not turned by it.
    assert chat.widget.times.first.evaluate("(time) => getComputedStyle(time).direction") == "ltr"


def test_arrow_keys_move_between_quick_replies(chat: FakeChat) -> None:
    widget = chat.widget
    chat.say("What would you like?", suggestions=[{"text": text, "value": text} for text in ("One", "Two", "Three")])
    widget.suggestions.first.focus()

    widget.page.keyboard.press("ArrowRight")
    widget.page.keyboard.press("ArrowDown")
    expect(widget.suggestions.last).to_be_focused()
    widget.page.keyboard.press("ArrowLeft")
    expect(widget.suggestions.nth(1)).to_be_focused()


def test_sound_and_title_tell_of_messages_while_the_tab_is_hidden(new_chat: NewChat) -> None:
    chat = new_chat("sound title-badge", PRETTY_CSS)
    page = chat.widget.page
    page.add_init_script(
        """window.tones = 0;
        window.OscillatorNode = class { constructor() { tones++ } connect(next) { return next } start() {} stop() {} };
        window.hide = (hidden) => {
          Object.defineProperty(document, "hidden", { value: hidden, configurable: true });
          document.dispatchEvent(new Event("visibilitychange"));
        };"""
    )
    with page.expect_response("**/widget/notifier-*.js"):
        chat.widget.visit().launcher.click()
    chat.widget.wait_until_connected()
    chat.say("Seen")
    expect(chat.widget.bot_bubbles).to_have_count(1)
    assert page.evaluate("tones") == 0

    page.evaluate("hide(true)")
    chat.say("One")
    chat.say("Two")

    expect(page).to_have_title("(2) A shop")
    assert page.evaluate("tones") == 4
    page.evaluate("hide(false)")
    expect(page).to_have_title("A shop")


def test_page_that_wants_no_sound_loads_none(chat: FakeChat) -> None:
    chat.say("Hello")

    expect(chat.widget.bot_bubbles).to_have_count(1)
    assert not any("notifier" in url for url in chat.widget.requests)
