"""Somebody signs in and has conversations that are kept."""

from uuid import uuid4

import httpx
import pytest
from playwright.sync_api import Page, expect

from tests.browser.chat_page import ChatPage
from tests.browser.conftest import NewPage
from tests.browser.stack_file import Stack


def test_a_conversation_is_kept_over_a_reload(member: ChatPage) -> None:
    text = f"Keep {uuid4()}"
    member.say(text)
    expect(member.page.locator(".typing")).to_be_hidden()
    before = member.bubbles.all_inner_texts()

    member.reload()

    expect(member.bubbles).to_have_text(before)
    expect(member.delivery(text)).to_have_text("Delivered")
    assert member.complaints == []


def test_whoever_signs_in_takes_along_what_they_said_as_a_visitor(visitor: ChatPage, stack: Stack) -> None:
    text = f"Before signing in {uuid4()}"
    visitor.say(text)
    expect(visitor.page.locator(".typing")).to_be_hidden()
    before = visitor.bubbles.all_inner_texts()

    visitor.sign_in(stack.users[0])

    expect(visitor.notice).to_contain_text("now kept in your conversations")
    expect(visitor.bubbles).to_have_text(before)
    expect(visitor.conversations.first.get_by_role("button")).to_have_attribute("aria-current", "true")
    visitor.say("And after it")
    visitor.reload()
    expect(visitor.own(text)).to_have_count(1)
    expect(visitor.own("And after it")).to_have_count(1)
    assert visitor.complaints == []


def test_whoever_said_nothing_as_a_visitor_gets_no_conversation_of_it(visitor: ChatPage, stack: Stack) -> None:
    claims: list[str] = []
    visitor.page.on("request", lambda request: claims.append(request.url) if "claim" in request.url else None)

    visitor.sign_in(stack.users[0])

    assert claims == []
    expect(visitor.notice).to_be_hidden()


def test_a_conversation_can_be_left_and_opened_again(member: ChatPage) -> None:
    text = f"First {uuid4()}"
    member.say(text)
    member.begin()
    expect(member.own(text)).to_have_count(0)
    second = f"Second {uuid4()}"
    member.say(second)

    member.conversations.nth(1).get_by_role("button").click()

    expect(member.own(text)).to_have_count(1)
    expect(member.own(second)).to_have_count(0)
    expect(member.conversations.nth(1).get_by_role("button")).to_have_attribute("aria-current", "true")


def test_the_first_conversation_of_a_user_is_called_as_its_bot(chat: ChatPage, stack: Stack) -> None:
    with httpx.Client(base_url=stack.base_url) as http:
        token = http.post("/demo/token", json={"username": stack.users[1]}).json()["token"]
        assert http.delete("/api/me", headers={"Authorization": f"Bearer {token}"}).is_success

    chat.open().sign_in(stack.users[1])

    expect(chat.conversations).to_have_count(1)
    expect(chat.conversations.first).to_contain_text("General Bot")


def test_a_user_chooses_whom_to_talk_with(member: ChatPage) -> None:
    before = member.conversations.count()

    member.page.get_by_role("button", name="Choose a bot").click()
    bots = member.page.get_by_role("list", name="Talk with")
    bots.get_by_role("button", name="Appointments").click()

    expect(member.from_bot.first).to_contain_text("Welcome to")
    expect(member.page.get_by_role("heading", level=1)).to_have_text("Appointments")
    expect(member.conversations).to_have_count(before + 1)
    expect(member.conversations.first).to_contain_text("Appointments")
    member.new_conversation.click()
    expect(member.page.get_by_role("heading", level=1)).to_have_text("General Bot")
    member.is_greeted()
    assert member.complaints == []


def test_the_list_shows_what_was_said_last_and_puts_it_first(member: ChatPage) -> None:
    older = f"Older {uuid4()}"
    [answer] = member.texts(member.say(older))
    expect(member.conversations.first).to_contain_text(answer[:20])
    member.begin()
    member.say("Something else")

    member.conversations.nth(1).get_by_role("button").click()
    expect(member.own(older)).to_have_count(1)
    member.say("Up again")

    expect(member.conversations.first.get_by_role("button")).to_have_attribute("aria-current", "true")


def test_two_devices_of_a_user_show_the_same_conversation(member: ChatPage, new_page: NewPage, stack: Stack) -> None:
    text = f"From the first device {uuid4()}"
    member.say(text)
    other = ChatPage(new_page(), stack.base_url).open()
    other.sign_in(stack.users[0])
    expect(other.own(text)).to_have_count(1)

    back = f"From the second device {uuid4()}"
    other.say(back)

    expect(member.own(back)).to_have_count(1)
    expect(member.from_bot).to_have_count(other.from_bot.count())
    expect(member.bubbles).to_have_text(other.bubbles.all_inner_texts())


def test_another_user_sees_none_of_it(member: ChatPage, new_page: NewPage, stack: Stack) -> None:
    text = f"Private {uuid4()}"
    member.say(text)
    other = ChatPage(new_page(), stack.base_url).open()
    other.sign_in(stack.users[1])

    assert text not in other.page.locator("body").inner_text()


def test_signing_out_shows_nothing_of_the_user_any_more(member: ChatPage, stack: Stack) -> None:
    text = f"Mine {uuid4()}"
    member.say(text)

    member.page.get_by_role("button", name=stack.users[0]).click()
    member.page.get_by_role("button", name="Sign out").click()

    expect(member.page.get_by_role("button", name="Sign in")).to_be_visible()
    expect(member.conversations).to_have_count(0)
    expect(member.own(text)).to_have_count(0)
    member.is_connected()
    member.is_greeted()
    kept = member.page.evaluate("JSON.stringify(Object.entries(sessionStorage))")
    assert text not in kept
    assert stack.users[0] not in kept


def test_tokens_stay_out_of_addresses(member: ChatPage) -> None:
    asked: list[str] = []
    member.page.on("request", lambda request: asked.append(request.url))
    member.page.on("websocket", lambda socket: asked.append(socket.url))

    member.reload()

    token = member.page.evaluate("JSON.parse(sessionStorage.getItem('identity')).token")
    assert any("/ws" in url for url in asked)
    assert not any(token in url for url in asked)
    assert "token" not in member.page.url


@pytest.mark.parametrize("first", ["New conversation", "Sign out"])
def test_what_was_written_here_is_not_sent_elsewhere(member: ChatPage, stack: Stack, first: str) -> None:
    member.message.fill("a draft")

    if first == "Sign out":
        member.page.get_by_role("button", name=stack.users[0]).click()
    member.page.get_by_role("button", name=first).click()

    member.is_connected()
    member.is_greeted()
    expect(member.from_user).to_have_count(0)


def test_what_was_said_earlier_is_loaded_on_the_way_up(member: ChatPage) -> None:
    ask_for_pages_of(member.page, 4)
    texts = [f"Question {number}\n" + "and more lines\n" * 12 + "until here" for number in range(1, 5)]
    for text in texts:
        member.say(text)
    everything = member.texts(member.bubbles)

    member.reload()
    expect(member.own("Question 4")).to_be_in_viewport()
    expect(member.own("Question 1\n")).to_have_count(0)
    member.log.focus()
    for _ in range(len(everything)):
        member.log.press("Home")
        member.page.wait_for_timeout(200)

    expect(member.own("Question 1")).to_have_count(1)
    expect(member.page.get_by_role("button", name="Load earlier messages")).to_be_hidden()
    assert member.texts(member.bubbles) == everything


def test_a_long_list_of_conversations_can_be_lengthened(member: ChatPage) -> None:
    member.begin()
    ask_for_pages_of(member.page, 1)
    member.reload()
    expect(member.conversations).to_have_count(1)

    member.page.get_by_role("button", name="Show more").click()

    expect(member.conversations).to_have_count(2)


def ask_for_pages_of(page: Page, limit: int) -> None:
    """Let the page ask the server for fewer at once."""
    page.route(
        lambda url: "limit=50" in url,
        lambda route: route.continue_(url=route.request.url.replace("limit=50", f"limit={limit}")),
    )
