"""What the page shows when a conversation is changed elsewhere: on another device, over REST or by the bot."""

from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import httpx
import pytest
from playwright.sync_api import expect

from tests.browser.chat_page import TIMEOUT_MS, ChatPage
from tests.browser.socket_proxy import SocketProxy
from tests.browser.stack_file import Stack


@pytest.fixture
def proxy(chat: ChatPage) -> SocketProxy:
    return SocketProxy(chat.page)


@pytest.fixture
def proxied_chat(proxy: SocketProxy, chat: ChatPage, stack: Stack) -> ChatPage:
    """The chat page of the first demo user in a new conversation, connected through the proxy."""
    assert proxy.handshakes == 0
    chat.open().sign_in(stack.users[0])
    chat.start_conversation()
    return chat


@pytest.fixture
def api(proxied_chat: ChatPage, stack: Stack) -> Iterator[httpx.Client]:
    """REST as the user of the page."""
    token = proxied_chat.page.evaluate("JSON.parse(sessionStorage.getItem('identity')).token")
    headers = {"Authorization": f"Bearer {token}"}
    with httpx.Client(base_url=stack.base_url, headers=headers, timeout=TIMEOUT_MS / 1000) as client:
        yield client


def get_status_frame(chat: ChatPage, status: str) -> dict[str, Any]:
    conversation = chat.get_conversation_id()
    session = conversation.replace("conv-", "session-")
    return {"type": "status", "status": status, "session_id": session, "conversation_id": conversation}


def archive(api: httpx.Client, chat: ChatPage) -> None:
    """Archive the open conversation."""
    response = api.patch(f"/api/conversations/{chat.get_conversation_id()}", json={"status": "archived"})
    assert response.is_success


def test_archived_conversation_accepts_no_message_and_no_quick_reply(
    proxied_chat: ChatPage, proxy: SocketProxy
) -> None:
    proxy.send_to_page(get_status_frame(proxied_chat, "archived"))

    expect(proxied_chat.message_input).to_be_hidden()
    expect(proxied_chat.page.locator("main")).to_contain_text("This conversation is archived.")
    expect(proxied_chat.suggestions).to_have_count(0)
    expect(proxied_chat.conversations.first).to_contain_text("Archived")

    proxy.send_to_page(get_status_frame(proxied_chat, "reopened"))

    expect(proxied_chat.message_input).to_be_visible()
    expect(proxied_chat.suggestions).not_to_have_count(0)
    expect(proxied_chat.conversations.first).not_to_contain_text("Archived")
    proxied_chat.send_and_wait("Hello")


def test_archived_conversation_has_no_quick_replies_after_reload(proxied_chat: ChatPage, api: httpx.Client) -> None:
    expect(proxied_chat.suggestions).not_to_have_count(0)
    archive(api, proxied_chat)

    proxied_chat.reload()

    expect(proxied_chat.bot_bubbles).to_have_count(1)
    expect(proxied_chat.message_input).to_be_hidden()
    expect(proxied_chat.page.locator("main")).to_contain_text("This conversation is archived.")
    expect(proxied_chat.suggestions).to_have_count(0)


def test_archived_conversation_that_is_not_in_the_loaded_list_is_disabled(
    proxied_chat: ChatPage, api: httpx.Client
) -> None:
    archive(api, proxied_chat)
    empty = {"conversations": [], "total": 1, "next_cursor": "later"}
    proxied_chat.page.route(lambda url: "/api/conversations?" in url, lambda route: route.fulfill(json=empty))

    proxied_chat.reload()

    expect(proxied_chat.message_input).to_be_hidden()
    expect(proxied_chat.page.locator("main")).to_contain_text("This conversation is archived.")


def test_conflict_shows_that_the_conversation_is_archived(
    proxied_chat: ChatPage, proxy: SocketProxy, api: httpx.Client
) -> None:
    proxy.drops_to_page = lambda frame: frame.get("status") == "archived"
    archive(api, proxied_chat)

    proxied_chat.write("Too late")

    expect(proxied_chat.find_delivery("Too late")).to_contain_text("Not sent")
    expect(proxied_chat.message_input).to_be_hidden()
    expect(proxied_chat.page.locator("main")).to_contain_text("This conversation is archived.")


def test_deleted_conversation_leaves_the_list(proxied_chat: ChatPage, proxy: SocketProxy) -> None:
    text = f"To be deleted {uuid4()}"
    proxied_chat.send_and_wait(text)
    proxied_chat.start_conversation()
    proxied_chat.open_conversation(1)
    expect(proxied_chat.find_sent(text)).to_have_count(1)
    count = proxied_chat.conversations.count()

    proxy.send_to_page(get_status_frame(proxied_chat, "deleted"))

    expect(proxied_chat.conversations).to_have_count(count - 1)
    expect(proxied_chat.find_sent(text)).to_have_count(0)
    expect(proxied_chat.notice).to_contain_text("no longer exists")
    expect(proxied_chat.message_input).to_be_visible()


def test_conversation_changed_while_disconnected_is_updated_in_the_list(
    proxied_chat: ChatPage, proxy: SocketProxy, api: httpx.Client
) -> None:
    other = proxied_chat.get_conversation_id()
    proxied_chat.start_conversation()
    proxy.disconnect()
    text = f"Missed {uuid4()}"
    assert api.post(f"/api/conversations/{other}/messages", json={"content": text}).is_success

    proxy.allow_reconnect()

    proxied_chat.wait_until_connected()
    expect(proxied_chat.conversations.first.get_by_role("link")).not_to_have_attribute("aria-current", "page")
    expect(proxied_chat.conversations.first).to_contain_text("New messages")


def test_password_that_the_bot_has_redacted_disappears(proxied_chat: ChatPage, proxy: SocketProxy) -> None:
    password = f"correct horse {uuid4()}"
    proxied_chat.send_and_wait(password)
    [sent] = proxy.list_sent_messages()
    delivered = next(frame for frame in proxy.received if frame.get("status") == "delivered")
    fields = {name: delivered[name] for name in ("seq", "timestamp", "session_id", "client_message_id")}
    copy = {"type": "message", "id": delivered["message_id"], "sender": "user", "content": "********"}

    proxy.send_to_page(fields | copy)

    assert sent["content"] == password
    expect(proxied_chat.find_sent("********")).to_have_count(1)
    assert password not in proxied_chat.page.content()
    assert password not in proxied_chat.page.evaluate("JSON.stringify(sessionStorage)")
