"""What the widget shows and does on a hostile page of another site. The server is a fake: its frames are exact."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import NewChat
from tests.browser.widget_site import HOSTILE_CSS, PRETTY_CSS, FakeChat

SUGGESTIONS = [{"text": "Order tea", "value": "order"}, {"text": "Opening hours", "value": "hours"}]

MARKDOWN = """# Our teas

| Tea | Price |
|---|---|
| Black | $4 |

- **strong**, *slanted*, ~~gone~~, `code`
- [x] done

```js
<b>not bold</b>
```
See https://shop.example/teas. Or [write](mailto:tea@shop.example)."""

HOSTILE = """<img src=x onerror=alert(1)><script>alert(1)</script>

[run](javascript:alert(1)) [data](data:text/html,x) [relative](/login) ![picture](https://evil.example/x.png)

[plain brackets] and snake_case_name and 5*3=15, or 2*4, for $5 and $ 6"""

DESCRIBE = """(bubble) => {
  const describe = (node) => node.nodeType === Node.TEXT_NODE ? node.data
    : `<${node.localName}>${[...node.childNodes].map(describe).join("")}</${node.localName}>`;
  return [...bubble.childNodes].filter(({ nodeType }) => nodeType !== Node.COMMENT_NODE).map(describe).join("");
}"""

COUNT_LEVELS = """(bubble) => {
  let levels = 0;
  for (let node = bubble; node; node = node.lastElementChild) levels++;
  return levels;
}"""

RECORD_ANNOUNCEMENTS = """
() => {
  window.announced = [];
  const region = document.querySelector("gb-chat").shadowRoot.querySelector(".frame > div").shadowRoot
    .querySelector("#announcer");
  new MutationObserver((changes) => {
    for (const { addedNodes } of changes) for (const node of addedNodes) announced.push(node.textContent.trim());
  }).observe(region, { childList: true });
}
"""


@pytest.fixture
def chat(shop_chat: FakeChat) -> FakeChat:
    return shop_chat


# ---------------------------------------------------------------------------------------------- the page around it
def test_nothing_is_requested_before_the_first_opening(new_chat: NewChat) -> None:
    chat = new_chat()
    widget = chat.widget.visit()
    expect(widget.launcher).to_be_visible()
    widget.page.wait_for_timeout(500)

    of_the_chat = [url for url in widget.requests if "chat.example" in url]
    assert of_the_chat == [f"{chat.CHAT}/widget.js"]
    widget.open()
    (app,) = [url for url in widget.requests if "chat.example" in url][1:]
    assert app.startswith(f"{chat.CHAT}/widget/app-")
    assert len(chat.sockets) == 1


def test_strict_policy_and_styles_of_the_page_change_nothing(new_chat: NewChat) -> None:
    pictures = []
    for css in (PRETTY_CSS, HOSTILE_CSS):
        chat = new_chat(css=css)
        widget = chat.widget.visit().open()
        chat.say("Hello!", suggestions=SUGGESTIONS)
        expect(widget.suggestions).to_have_count(2)
        widget.page.mouse.move(5, 400)
        box = widget.frame.bounding_box()
        assert box is not None
        # Without the corners, where the page is visible.
        inside = {"x": box["x"] + 1, "y": box["y"] + 20, "width": box["width"] - 2, "height": box["height"] - 40}
        pictures.append(widget.page.screenshot(animations="disabled", clip=inside))  # type: ignore[arg-type] # a dict
        assert widget.list_violations() == []
        assert widget.errors == []

    assert pictures[0] == pictures[1]


def test_page_is_as_accessible_as_without_it(new_chat: NewChat) -> None:
    for scheme in ("light", "dark"):
        chat = new_chat('theme="auto"', PRETTY_CSS, color_scheme=scheme)
        widget = chat.widget.visit()
        assert widget.find_accessibility_problems() == []
        widget.open()
        chat.say("Hello!", suggestions=SUGGESTIONS)
        widget.write("Hi")
        chat.say(MARKDOWN)
        chat.send(type="typing")
        expect(widget.stop_button).to_be_visible()
        assert widget.find_accessibility_problems() == []
        widget.page.keyboard.press("Escape")
        expect(widget.frame).to_be_hidden()
        chat.say("Still there?")
        expect(widget.badge).to_have_text("1")
        assert widget.find_accessibility_problems() == []


def test_phone_is_filled_without_horizontal_scrolling(new_chat: NewChat) -> None:
    chat = new_chat("", PRETTY_CSS, viewport={"width": 320, "height": 640}, has_touch=True, is_mobile=True)
    widget = chat.widget.visit()
    widget.launcher.tap()
    widget.wait_until_connected()
    chat.say(MARKDOWN + "\n\n" + "wide" * 200, suggestions=SUGGESTIONS)
    expect(widget.suggestions.last).to_be_in_viewport()

    assert widget.frame.bounding_box() == {"x": 0, "y": 0, "width": 320, "height": 640}
    assert widget.log.evaluate("(log) => log.scrollWidth <= log.clientWidth")
    expect(widget.launcher).to_be_hidden()
    assert widget.find_accessibility_problems() == []
    widget.page.get_by_role("button", name="Close chat").tap()
    expect(widget.launcher).to_be_visible()


def test_theme_follows_the_page_or_the_attribute(new_chat: NewChat) -> None:
    backgrounds = {}
    cases = {"page": "", "light": 'theme="light"', "dark": 'theme="dark"', "auto": 'theme="auto"'}
    for name, attributes in cases.items():
        widget = new_chat(attributes, PRETTY_CSS, color_scheme="dark").widget.visit().open()
        backgrounds[name] = widget.frame.evaluate("(frame) => getComputedStyle(frame).backgroundColor")

    assert backgrounds["page"] == backgrounds["light"] == "rgb(255, 255, 255)"
    assert backgrounds["auto"] == backgrounds["dark"] != backgrounds["light"]


def test_brand_colour_is_readable_whatever_it_is(new_chat: NewChat) -> None:
    for brand in ("#ffd400", "#10104a", "#e4572e", "#8a8a8a"):
        chat = new_chat("", PRETTY_CSS + f"gb-chat {{ --gb-chat-brand: {brand} }}")
        widget = chat.widget.visit().open()
        chat.say("Hello!", suggestions=SUGGESTIONS)
        widget.write("Hi")
        expect(widget.find_sent("Hi")).to_be_visible()

        assert widget.find_accessibility_problems() == [], brand


def test_inline_chat_opens_when_it_is_visible(new_chat: NewChat) -> None:
    chat = new_chat("inline", PRETTY_CSS + "main { height: 3000px }")
    widget = chat.widget.visit()
    widget.page.wait_for_timeout(300)
    assert chat.sockets == []

    widget.element.scroll_into_view_if_needed()

    widget.wait_until_connected()
    expect(widget.launcher).to_have_count(0)
    expect(widget.page.get_by_role("button", name="Close chat")).to_have_count(0)
    assert widget.element.evaluate("(element) => element.getBoundingClientRect().height") == 560


# ---------------------------------------------------------------------------------------------- messages
def test_markdown_becomes_elements(chat: FakeChat) -> None:
    chat.say(MARKDOWN)

    expect(chat.widget.bot_bubbles.locator("table")).to_be_visible()
    described = chat.widget.bot_bubbles.evaluate(DESCRIBE)
    assert re.sub(" ?(</?t[hd]>) ?", r"\1", described) == (
        "<p>Our teas</p>"
        "<div><table><tr><th>Tea</th><th>Price</th></tr><tr><td>Black</td><td>$4</td></tr></table></div>"
        "<ul><li><strong>strong</strong>, <em>slanted</em>, <s>gone</s>, <code>code</code></li>"
        "<li><span>☑</span> done</li></ul>"
        "<div><button></button><pre><code><b>not bold</b></code></pre></div>"
        "<p>See <a>https://shop.example/teas.</a> Or <a>write</a>.</p>"
    )
    links = chat.widget.bot_bubbles.locator("a")
    assert links.evaluate_all("(links) => links.map(({ href, rel, target }) => [href, rel, target])") == [
        ["https://shop.example/teas", "noopener noreferrer nofollow", "_blank"],
        ["mailto:tea@shop.example", "noopener noreferrer nofollow", "_blank"],
    ]


def test_hostile_text_is_text(chat: FakeChat) -> None:
    chat.say(HOSTILE)

    expect(chat.widget.bot_bubbles).to_contain_text("plain brackets")
    assert chat.widget.bot_bubbles.evaluate(DESCRIBE) == (
        "<p><img src=x onerror=alert(1)><script>alert(1)</script></p>"
        "<p>[run]) [data] [relative] <a>picture</a></p>"
        "<p>[plain brackets] and snake_case_name and 5*3=15, or 2*4, for $5 and $ 6</p>"
    )
    assert not any("evil.example" in url for url in chat.widget.requests)
    assert chat.widget.list_violations() == []


@pytest.mark.parametrize(
    "text",
    [
        "> " * 3000 + "deep",
        ">" * 8000,
        "*[`$_~" * 1300,
        "- > " * 2000,
        "*" * 7999,
        "`" * 8000,
        "[" * 8000,
        "x" * 8000,
        "![" * 4000,
    ],
)
def test_hostile_nesting_and_length_do_not_stop_the_page(chat: FakeChat, text: str) -> None:
    chat.say(text)
    chat.say("Next")

    expect(chat.widget.bot_bubbles).to_have_count(2)
    expect(chat.widget.bot_bubbles.last).to_have_text("Next")
    assert chat.widget.bot_bubbles.first.evaluate(COUNT_LEVELS) < 40
    assert chat.widget.log.evaluate("(log) => log.scrollWidth <= log.clientWidth")


def test_answer_grows_and_is_announced_once(chat: FakeChat) -> None:
    widget = chat.widget
    widget.page.evaluate(RECORD_ANNOUNCEMENTS)
    chat.write("We open at **ni", "ne** in the", " morning.")
    expect(widget.bot_bubbles).to_contain_text("We open at nine in the")
    expect(widget.bot_bubbles.locator("strong")).to_have_text("nine")
    assert widget.page.evaluate("announced") == []
    expect(widget.stop_button).to_be_visible()

    chat.say("We open at **nine** in the morning.")

    expect(widget.stop_button).to_have_count(0)
    expect(widget.bot_bubbles).to_have_count(1)
    assert widget.bot_bubbles.evaluate(DESCRIBE) == "<p>We open at <strong>nine</strong> in the morning.</p>"
    assert widget.page.evaluate("announced") == ["Tea Shop: We open at nine in the morning."]


def test_answer_that_begins_again_replaces_the_text(chat: FakeChat) -> None:
    chat.write("First *try*")
    expect(chat.widget.bot_bubbles).to_contain_text("First")
    chat.send(type="delta", id="msg-01890a5d-ac96-774b-bcce-000000000001", offset=0, content="Second one ", attempt=2)

    expect(chat.widget.bot_bubbles).to_have_text("Second one")


def test_stop_button_stops_the_answer(chat: FakeChat) -> None:
    widget = chat.widget
    message_id = chat.write("A long story ")

    widget.stop_button.click()

    expect(widget.page.get_by_role("button", name="Stopping the answer")).to_be_disabled()
    expect(widget.field).to_be_focused()
    assert chat.sent[-1] == {"type": "stop", "session_id": chat.SESSION, "id": message_id}
    chat.say("A long story", finish_reason="stopped")
    expect(widget.frame.get_by_text("Stopped")).to_be_visible()


def test_quick_reply_is_sent_and_disappears(chat: FakeChat) -> None:
    widget = chat.widget
    chat.say("What would you like?", suggestions=SUGGESTIONS)

    widget.suggestions.filter(has_text="Opening hours").click()

    expect(widget.find_sent("Opening hours")).to_be_visible()
    expect(widget.suggestions).to_have_count(0)
    expect(widget.field).to_be_focused()
    assert chat.sent[-1]["content"] == "hours"


def test_enter_sends_and_shift_enter_is_a_new_line(chat: FakeChat) -> None:
    widget = chat.widget
    widget.field.press("Enter")
    widget.field.type("Two")
    widget.field.press("Shift+Enter")
    widget.field.type("lines")

    widget.field.press("Enter")

    expect(widget.find_sent("lines")).to_have_text("Two\nlines")
    expect(widget.field).to_have_value("")
    assert [frame["content"] for frame in chat.sent if frame["type"] == "message"] == ["Two\nlines"]


def test_log_stays_where_the_visitor_reads(chat: FakeChat) -> None:
    widget = chat.widget
    chat.say("\n\n".join(f"Paragraph {number}" for number in range(40)))
    expect(widget.bot_bubbles.get_by_text("Paragraph 39")).to_be_in_viewport()
    widget.log.evaluate("(log) => (log.scrollTop = 0)")
    to_end = widget.page.get_by_role("button", name="New messages")
    expect(to_end).to_be_visible()

    chat.say("The last one")

    expect(widget.bot_bubbles).to_have_count(2)
    assert widget.log.evaluate("(log) => log.scrollTop") == 0
    to_end.click()
    expect(widget.bot_bubbles.last).to_be_in_viewport()


# ---------------------------------------------------------------------------------------------- the connection
def test_failed_message_can_be_sent_again_or_removed(chat: FakeChat) -> None:
    widget = chat.widget
    deliver = chat.deliver

    def refuse(frame: dict[str, object]) -> None:
        chat.send(type="error", error="invalid_message", message="No.", client_message_id=frame["client_message_id"])

    chat.deliver = refuse  # type: ignore[method-assign] # the server refuses, for a while
    widget.write("One")
    expect(widget.frame.get_by_text("Not sent.")).to_have_count(1)
    chat.deliver = deliver  # type: ignore[method-assign]

    widget.page.get_by_role("button", name="Try again").click()

    expect(widget.frame.get_by_text("Not sent.")).to_have_count(0)
    expect(widget.find_sent("One")).to_be_visible()
    chat.deliver = refuse  # type: ignore[method-assign]
    widget.write("Two")
    widget.page.get_by_role("button", name="Remove").click()
    expect(widget.user_bubbles).to_have_count(1)


def test_lost_connection_is_shown_and_the_message_is_sent_later(chat: FakeChat) -> None:
    widget = chat.widget
    chat.disconnect()
    expect(widget.status).to_have_text("Reconnecting…")

    widget.write("Are you there?")
    expect(widget.frame.get_by_text("Sending…")).to_be_visible()
    chat.is_down = False

    widget.wait_until_connected()
    expect(widget.frame.get_by_text("Sending…")).to_have_count(0)
    assert [frame["content"] for frame in chat.sent if frame["type"] == "message"] == ["Are you there?"]
    states = [detail["state"] for detail in widget.list_events("connection")]
    assert states[:2] == ["connecting", "online"]
    assert "reconnecting" in states[2:-1]
    assert states[-1] == "online"


@pytest.mark.parametrize(
    ("error", "notice", "warning"),
    [
        (None, "The chat is not available at the moment.", f"AllowedOrigins lists {FakeChat.SHOP}"),
        ("not_found", "This bot does not exist, or it is not public.", 'Check that the bot "secret" exists'),
        ("forbidden", "This bot does not exist, or it is not public.", "is listed in VisitorBots"),
        ("rate_limited", "There are too many visitors from your network", "too many visitors from this network"),
    ],
)
def test_refused_connection_is_explained(new_chat: NewChat, error: str | None, notice: str, warning: str) -> None:
    chat = new_chat('bot="secret"')
    chat.is_down = True
    chat.refusal = None if error is None else {"error": error, "detail": "No."}

    with chat.widget.page.expect_console_message(lambda message: warning in message.text):
        chat.widget.visit().launcher.click()

    expect(chat.widget.notice).to_contain_text(notice)
    assert "bot_id=secret" in chat.sockets[0]


def test_reload_keeps_the_chat_open_and_its_messages(chat: FakeChat) -> None:
    widget = chat.widget
    chat.say("Hello!", suggestions=SUGGESTIONS)
    widget.write("Hi")
    expect(widget.find_sent("Hi")).to_be_visible()
    expect(widget.frame.get_by_text("Sending…")).to_have_count(0)

    widget.page.reload()

    widget.wait_until_connected()
    expect(widget.bot_bubbles).to_have_text("Hello!")
    expect(widget.find_sent("Hi")).to_be_visible()
    assert "session_token=token.secret" in chat.sockets[-1]
    assert widget.page.evaluate("document.activeElement === document.body"), "a reload does not move the focus"


def test_messages_of_a_closed_chat_are_counted_over_reloads(chat: FakeChat) -> None:
    widget = chat.widget
    widget.page.keyboard.press("Escape")
    expect(widget.frame).to_be_hidden()
    expect(widget.launcher).to_be_focused()
    chat.say("One")
    chat.say("Two")
    expect(widget.badge).to_have_text("2")

    widget.page.reload()

    expect(widget.badge).to_have_text("2")
    expect(widget.launcher).to_have_accessible_name("Open chat (2 unread)")
    widget.wait_until("chatEvents.some(([name, detail]) => detail?.state === 'online')")
    chat.say("Three")
    expect(widget.badge).to_have_text("3")
    widget.launcher.click()
    expect(widget.badge).to_be_hidden()
    expect(widget.bot_bubbles).to_have_text(["One", "Two", "Three"])


def test_ended_conversation_is_continued_by_a_new_one(chat: FakeChat) -> None:
    widget = chat.widget
    chat.say("Hello!")
    expect(widget.bot_bubbles).to_have_count(1)
    chat.send(type="status", status="expired")
    expect(widget.status).to_have_text("Ended")
    expect(widget.frame.get_by_text("This conversation has ended.")).to_be_visible()

    widget.write("Hello again")

    widget.wait_until_connected()
    expect(widget.find_sent("Hello again")).to_be_visible()
    assert "session_token" not in chat.sockets[-1]
    expect(widget.bot_bubbles).to_have_text("Hello!")


# ---------------------------------------------------------------------------------------------- the page's own code
def test_details_are_asked_first_and_sent_once(new_chat: NewChat) -> None:
    chat = new_chat('ask="name email" heading="Tea & more"', PRETTY_CSS)
    widget = chat.widget.visit()
    widget.launcher.click()
    name, email = widget.page.get_by_label("Name"), widget.page.get_by_label("E-mail")
    expect(name).to_be_focused()
    assert chat.sockets == []
    assert widget.find_accessibility_problems() == []

    name.fill("Ana")
    email.fill("not an address")
    email.press("Enter")
    assert chat.sockets == []
    email.fill("ana@example.com")
    email.press("Enter")

    widget.wait_until_connected()
    expect(widget.find_sent("My name is Ana. My e-mail address is ana@example.com.")).to_be_visible()
    expect(widget.field).to_be_focused()
    assert widget.list_events("details") == [{"name": "Ana", "email": "ana@example.com"}]
    widget.page.reload()
    widget.wait_until_connected()
    expect(name).to_have_count(0)
    assert len([frame for frame in chat.sent if frame["type"] == "message"]) == 1


def test_page_opens_sends_and_closes_and_gets_events(new_chat: NewChat) -> None:
    chat = new_chat('bot="tea"')
    widget = chat.widget.visit()
    page = widget.page

    page.evaluate("document.querySelector('gb-chat').send('From the page')")
    widget.wait_until("chatEvents.some(([name, detail]) => name === 'message' && detail.sender === 'user')")
    expect(widget.frame).to_be_hidden()
    chat.say("Hello!")
    expect(widget.badge).to_have_text("1")
    assert page.evaluate("document.querySelector('gb-chat').unread") == 1
    page.evaluate("document.querySelector('gb-chat').open()")
    expect(widget.find_sent("From the page")).to_be_visible()
    assert page.evaluate("document.querySelector('gb-chat').isOpen")
    chat.write("A long story ")
    expect(widget.stop_button).to_be_visible()
    page.evaluate("document.querySelector('gb-chat').stop()")
    expect(page.get_by_role("button", name="Stopping the answer")).to_be_visible()
    page.evaluate("document.querySelector('gb-chat').close()")
    expect(widget.frame).to_be_hidden()

    assert widget.list_events("open") == [None]
    assert widget.list_events("close") == [None]
    assert widget.list_events("unread") == [{"count": 1}, {"count": 0}]
    messages = [(detail["sender"], detail["text"]) for detail in widget.list_events("message")]
    assert messages == [("user", "From the page"), ("bot", "Hello!")]


def test_removed_element_disconnects_and_connects_again(chat: FakeChat) -> None:
    widget = chat.widget
    widget.page.evaluate("window.chat = document.querySelector('gb-chat'); chat.remove()")
    widget.wait_until("chatEvents.length > 0")
    before = len(chat.sockets)

    widget.page.evaluate("document.body.append(chat)")

    widget.wait_until_connected()
    assert len(chat.sockets) == before + 1


def test_file_that_cannot_be_loaded_is_reported(new_chat: NewChat) -> None:
    chat = new_chat()
    chat.widget.page.route("**/widget/app-*.js", lambda route: route.abort())
    widget = chat.widget.visit()

    widget.launcher.click()

    expect(widget.page.get_by_role("alert")).to_have_text("The chat could not be loaded.")
    expect(widget.page.get_by_role("button", name="Try again")).to_be_visible()
