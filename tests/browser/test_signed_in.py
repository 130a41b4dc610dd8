"""The chat page of a signed-in user."""

from uuid import uuid4

import httpx
import pytest
from playwright.sync_api import Page, Route, expect

from tests.browser.chat_page import TIMEOUT_MS, ChatPage
from tests.browser.conftest import NewPage
from tests.browser.stack_file import Stack


def test_reload_shows_the_same_conversation(user_chat: ChatPage) -> None:
    text = f"Before reload {uuid4()}"
    user_chat.send_and_wait(text)
    expect(user_chat.typing).to_be_hidden()
    messages_before = user_chat.bubbles.all_inner_texts()

    user_chat.reload()

    expect(user_chat.bubbles).to_have_text(messages_before)
    user_chat.expect_delivered(text)
    assert user_chat.errors == []


def test_sign_in_claims_visitors_conversation(visitor_chat: ChatPage, stack: Stack) -> None:
    text = f"Before signing in {uuid4()}"
    visitor_chat.send_and_wait(text)
    expect(visitor_chat.typing).to_be_hidden()
    messages_before = visitor_chat.bubbles.all_inner_texts()

    visitor_chat.sign_in(stack.users[0])

    expect(visitor_chat.notice).to_contain_text("now saved to your account")
    expect(visitor_chat.bubbles).to_have_text(messages_before)
    expect(visitor_chat.conversations.first.get_by_role("link")).to_have_attribute("aria-current", "page")
    visitor_chat.send_and_wait("After signing in")
    visitor_chat.reload()
    expect(visitor_chat.find_sent(text)).to_have_count(1)
    expect(visitor_chat.find_sent("After signing in")).to_have_count(1)
    assert visitor_chat.errors == []


def test_sign_in_claims_nothing_if_visitor_sent_no_message(visitor_chat: ChatPage, stack: Stack) -> None:
    claim_requests: list[str] = []
    visitor_chat.page.on(
        "request", lambda request: claim_requests.append(request.url) if "claim" in request.url else None
    )

    visitor_chat.sign_in(stack.users[0])

    assert claim_requests == []
    expect(visitor_chat.notice).to_be_hidden()


def test_user_can_switch_between_conversations(user_chat: ChatPage) -> None:
    text = f"First {uuid4()}"
    user_chat.send_and_wait(text)
    user_chat.start_conversation()
    expect(user_chat.find_sent(text)).to_have_count(0)
    second = f"Second {uuid4()}"
    user_chat.send_and_wait(second)

    user_chat.open_conversation(1)

    expect(user_chat.find_sent(text)).to_have_count(1)
    expect(user_chat.find_sent(second)).to_have_count(0)
    expect(user_chat.conversations.nth(1).get_by_role("link")).to_have_attribute("aria-current", "page")


def test_first_conversation_has_the_name_of_its_bot(chat: ChatPage, stack: Stack) -> None:
    with httpx.Client(base_url=stack.base_url, timeout=TIMEOUT_MS / 1000) as http:
        token = http.post("/demo/token", json={"username": stack.users[1]}).json()["token"]
        assert http.delete("/api/me", headers={"Authorization": f"Bearer {token}"}).is_success

    chat.open().sign_in(stack.users[1])

    expect(chat.conversations).to_have_count(1)
    expect(chat.conversations.first).to_contain_text("General Bot")


def test_new_conversation_has_the_description_of_its_bot_without_a_reload(user_chat: ChatPage) -> None:
    description = user_chat.page.locator(".bot-description")
    expect(description).not_to_be_empty()
    text = description.inner_text()
    assert text != user_chat.page.get_by_role("heading", level=1).inner_text()

    user_chat.reload()

    expect(description).to_have_text(text)


def test_user_can_choose_a_bot(user_chat: ChatPage) -> None:
    count = user_chat.conversations.count()

    user_chat.page.get_by_role("button", name="Choose a bot").click()
    bots = user_chat.page.get_by_role("list", name="Start a conversation with")
    bots.get_by_role("button", name="Appointments").click()

    expect(user_chat.bot_bubbles.first).to_contain_text("Welcome to")
    expect(user_chat.page.get_by_role("heading", level=1)).to_have_text("Appointments")
    expect(user_chat.conversations).to_have_count(count + 1)
    expect(user_chat.conversations.first).to_contain_text("Appointments")
    user_chat.new_conversation.click()
    expect(user_chat.page.get_by_role("heading", level=1)).to_have_text("General Bot")
    user_chat.wait_for_greeting()
    assert user_chat.errors == []


def test_deletion_is_sent_when_the_page_is_left(user_chat: ChatPage) -> None:
    text = f"To be deleted {uuid4()}"
    user_chat.send_and_wait(text)
    deleted = user_chat.get_conversation_id()

    user_chat.choose_action(0, "Delete")
    user_chat.reload()

    expect(user_chat.conversations).not_to_have_count(0)
    expect(user_chat.page.locator(f"#inbox a[href$='{deleted}']")).to_have_count(0)


def test_list_shows_last_message_and_moves_conversation_to_top(user_chat: ChatPage) -> None:
    older = f"Older {uuid4()}"
    [answer] = user_chat.get_texts(user_chat.send_and_wait(older))
    expect(user_chat.conversations.first).to_contain_text(answer[:20])
    user_chat.start_conversation()
    user_chat.send_and_wait("Something else")

    user_chat.open_conversation(1)
    expect(user_chat.find_sent(older)).to_have_count(1)
    user_chat.send_and_wait("Newest message")

    expect(user_chat.conversations.first.get_by_role("link")).to_have_attribute("aria-current", "page")


def test_two_devices_show_the_same_conversation(user_chat: ChatPage, new_page: NewPage, stack: Stack) -> None:
    text = f"From the first device {uuid4()}"
    user_chat.send_and_wait(text)
    other = ChatPage(new_page(), stack.base_url).open()
    other.sign_in(stack.users[0])
    expect(other.find_sent(text)).to_have_count(1)

    reply = f"From the second device {uuid4()}"
    other.send_and_wait(reply)

    expect(user_chat.find_sent(reply)).to_have_count(1)
    expect(user_chat.bot_bubbles).to_have_count(other.bot_bubbles.count())
    expect(user_chat.bubbles).to_have_text(other.bubbles.all_inner_texts())


def test_other_user_does_not_see_the_conversation(user_chat: ChatPage, new_page: NewPage, stack: Stack) -> None:
    text = f"Private {uuid4()}"
    user_chat.send_and_wait(text)
    other = ChatPage(new_page(), stack.base_url).open()
    other.sign_in(stack.users[1])

    assert text not in other.page.locator("body").inner_text()


def test_sign_out_removes_the_users_data_from_page_and_storage(user_chat: ChatPage, stack: Stack) -> None:
    text = f"Mine {uuid4()}"
    user_chat.send_and_wait(text)

    user_chat.page.get_by_role("button", name=stack.users[0]).click()
    user_chat.page.get_by_role("button", name="Sign out").click()

    expect(user_chat.page.get_by_role("button", name="Sign in")).to_be_visible()
    expect(user_chat.conversations).to_have_count(0)
    expect(user_chat.find_sent(text)).to_have_count(0)
    user_chat.wait_until_connected()
    user_chat.wait_for_greeting()
    stored = user_chat.page.evaluate("JSON.stringify(Object.entries(sessionStorage))")
    assert text not in stored
    assert stack.users[0] not in stored


def test_urls_contain_no_access_token(user_chat: ChatPage) -> None:
    urls: list[str] = []
    user_chat.page.on("request", lambda request: urls.append(request.url))
    user_chat.page.on("websocket", lambda socket: urls.append(socket.url))

    user_chat.reload()

    token = user_chat.page.evaluate("JSON.parse(sessionStorage.getItem('identity')).token")
    assert any("/ws" in url for url in urls)
    assert not any(token in url for url in urls)
    assert "token" not in user_chat.page.url


@pytest.mark.parametrize("button", ["New conversation", "Sign out"])
def test_draft_is_not_sent_to_another_conversation(user_chat: ChatPage, stack: Stack, button: str) -> None:
    user_chat.message_input.fill("a draft")

    if button == "Sign out":
        user_chat.page.get_by_role("button", name=stack.users[0]).click()
    user_chat.page.get_by_role("button", name=button).click()

    user_chat.wait_until_connected()
    user_chat.wait_for_greeting()
    expect(user_chat.user_bubbles).to_have_count(0)


def test_scrolling_up_loads_earlier_messages(user_chat: ChatPage) -> None:
    limit_page_size(user_chat.page, 4)
    texts = [f"Question {number}\n" + "and more lines\n" * 12 + "until here" for number in range(1, 5)]
    for text in texts:
        user_chat.send_and_wait(text)
    all_texts = user_chat.get_texts(user_chat.bubbles)

    user_chat.reload()
    expect(user_chat.find_sent("Question 4")).to_be_in_viewport()
    user_chat.log.focus()
    for _ in range(len(all_texts)):
        user_chat.log.press("Home")
        user_chat.page.wait_for_timeout(200)

    expect(user_chat.find_sent("Question 1")).to_have_count(1)
    assert user_chat.get_texts(user_chat.bubbles) == all_texts


def test_show_more_loads_the_next_page_of_conversations(user_chat: ChatPage) -> None:
    user_chat.start_conversation()
    limit_page_size(user_chat.page, 1)
    user_chat.reload()
    expect(user_chat.conversations).to_have_count(1)

    user_chat.page.get_by_role("button", name="Show more").click()

    expect(user_chat.conversations).to_have_count(2)


def test_activity_keeps_the_loaded_pages_of_the_list(chat: ChatPage, stack: Stack) -> None:
    # The other tests use most of what the first user may do in a minute.
    user_chat = chat.open()
    user_chat.sign_in(stack.users[1])
    for _ in range(3):
        user_chat.start_conversation()
    limit_page_size(user_chat.page, 1)
    user_chat.reload()
    user_chat.page.get_by_role("button", name="Show more").click()
    expect(user_chat.conversations).to_have_count(2)
    token = user_chat.page.evaluate("JSON.parse(sessionStorage.getItem('identity')).token")
    headers = {"Authorization": f"Bearer {token}"}

    # A conversation that is not loaded moves to the top.
    with httpx.Client(base_url=stack.base_url, headers=headers, timeout=TIMEOUT_MS / 1000) as http:
        oldest = http.get("/api/conversations?limit=3").json()["conversations"][2]["id"]
        assert http.post(f"/api/conversations/{oldest}/messages", json={"content": "Hello"}).is_success

    expect(user_chat.conversations).to_have_count(3)
    expect(user_chat.conversations.first).to_contain_text("New messages")
    user_chat.page.get_by_role("button", name="Show more").click()
    expect(user_chat.conversations).to_have_count(4)


def test_list_says_that_it_is_being_loaded(user_chat: ChatPage) -> None:
    page = user_chat.page
    held: list[Route] = []

    def hold(route: Route) -> None:
        held.append(route)

    page.route(lambda url: "/api/conversations?" in url, hold)

    page.reload()

    expect(page.get_by_text("Loading conversations…")).to_be_visible()
    expect(page.get_by_text("No conversations yet.")).to_be_hidden()
    expect(page.get_by_text("Loading messages…")).to_be_visible()
    # A request that the page sent before it was reloaded may be among them.
    for route in held:
        route.continue_()
    expect(user_chat.conversations).not_to_have_count(0)
    expect(page.get_by_text("Loading conversations…")).to_be_hidden()


def limit_page_size(page: Page, limit: int) -> None:
    """Reduce the page size in the requests of the page."""
    page.route(
        lambda url: "limit=50" in url,
        lambda route: route.continue_(url=route.request.url.replace("limit=50", f"limit={limit}")),
    )
