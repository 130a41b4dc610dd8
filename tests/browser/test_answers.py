"""Answers that a bot server writes while the page reloads, loses its connection, or is open on two devices."""

import json
import time
from collections.abc import Iterator

import pytest
from playwright.sync_api import expect

from conversations.adapters.dynamodb.bot_catalogue import CACHE_SECONDS
from tests.bot_server import ScriptedServer, serving
from tests.browser.chat_page import ChatPage
from tests.browser.conftest import NewPage
from tests.browser.socket_proxy import SocketProxy
from tests.browser.stack_file import Stack, get_stack_file
from tests.stack.bots import connect_aws
from tests.stack.webhook_bots import Pen, publishing_webhook_bots

WELCOME = "Let us count."


@pytest.fixture(scope="module")
def server() -> Iterator[ScriptedServer]:
    with serving() as server:
        yield server


@pytest.fixture(scope="module")
def bot_id(server: ScriptedServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The bot of the server."""
    stack = json.loads(get_stack_file().read_text())
    with publishing_webhook_bots(stack, connect_aws(stack), tmp_path_factory.mktemp("bots")) as publish:
        bot = publish(server, welcome=WELCOME)
        # Until then the functions have the list without the new bot in their caches.
        time.sleep(CACHE_SECONDS)
        yield bot.id


@pytest.fixture
def pen(server: ScriptedServer) -> Pen:
    """Writes the answers of the server."""
    pen = Pen()
    server.behaviours = (pen.behave,)
    return pen


@pytest.fixture
def proxy(chat: ChatPage) -> SocketProxy:
    return SocketProxy(chat.page)


@pytest.fixture
def asked_chat(chat: ChatPage, proxy: SocketProxy, stack: Stack, bot_id: str, pen: Pen) -> ChatPage:
    """The page of a user who has asked the bot, with the first words of the answer."""
    assert proxy.handshakes == 0
    chat.open().sign_in(stack.users[0])
    chat.page.get_by_role("button", name="Choose a bot").click()
    chat.page.locator("#bot-list").get_by_role("button", name=bot_id).click()
    expect(chat.page.get_by_role("heading", level=1)).to_have_text(bot_id)
    expect(chat.bot_bubbles).to_have_count(1)
    chat.write("Count!")
    pen.write("One, ")
    expect(chat.streaming_bubbles).to_contain_text("One,")
    return chat


def open_second_device(chat: ChatPage, new_page: NewPage, stack: Stack, bot_id: str) -> ChatPage:
    """Open the newest conversation of the user in another browser."""
    device = ChatPage(new_page(), chat.base_url).open()
    device.sign_in(stack.users[0])
    expect(device.page.get_by_role("heading", level=1)).to_have_text(bot_id)
    return device


def expect_answer(chat: ChatPage, text: str) -> None:
    """Wait for the complete answer: one message, and nothing twice."""
    expect(chat.streaming_bubbles).to_have_count(0)
    expect(chat.bot_bubbles).to_have_count(2)
    assert chat.get_texts(chat.bot_bubbles) == [WELCOME, text]
    expect(chat.user_bubbles).to_have_count(1)
    assert chat.errors == []


def test_words_come_in_from_the_server(asked_chat: ChatPage, pen: Pen) -> None:
    pen.write("two, ")
    expect(asked_chat.streaming_bubbles).to_contain_text("One, two,")
    pen.write("three.")
    pen.finish()

    expect_answer(asked_chat, "One, two, three.")


def test_reload_in_mid_answer(asked_chat: ChatPage, pen: Pen) -> None:
    asked_chat.reload()

    expect(asked_chat.streaming_bubbles).to_contain_text("One,")
    pen.write("two.")
    expect(asked_chat.streaming_bubbles).to_contain_text("One, two")
    pen.finish()
    expect_answer(asked_chat, "One, two.")


def test_second_device_in_mid_answer(
    asked_chat: ChatPage, pen: Pen, new_page: NewPage, stack: Stack, bot_id: str
) -> None:
    device = open_second_device(asked_chat, new_page, stack, bot_id)

    expect(device.streaming_bubbles).to_contain_text("One,")
    pen.write("two.")
    for chat in (asked_chat, device):
        expect(chat.streaming_bubbles).to_contain_text("One, two")
    pen.finish()
    for chat in (asked_chat, device):
        expect_answer(chat, "One, two.")


def test_network_cut_in_mid_answer(asked_chat: ChatPage, proxy: SocketProxy, pen: Pen) -> None:
    proxy.disconnect()
    expect(asked_chat.connection).to_have_text("Reconnecting…")
    pen.write("two, ")
    expect(asked_chat.streaming_bubbles).to_contain_text("One,")

    proxy.allow_reconnect()

    expect(asked_chat.streaming_bubbles).to_contain_text("One, two,")
    pen.write("three.")
    pen.finish()
    expect_answer(asked_chat, "One, two, three.")


def test_stop_from_the_other_device(asked_chat: ChatPage, new_page: NewPage, stack: Stack, bot_id: str) -> None:
    device = open_second_device(asked_chat, new_page, stack, bot_id)

    device.stop_button.click()

    for chat in (asked_chat, device):
        expect(chat.incomplete_marks).to_have_text("Stopped")
        expect_answer(chat, "One,")
        expect(chat.stop_button).to_be_hidden()
