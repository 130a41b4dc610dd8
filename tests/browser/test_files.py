"""A user downloads a file that a bot has sent."""

import json
from pathlib import Path

import httpx
from playwright.sync_api import expect

from local.settings import ROOT
from tests.browser.chat_page import ChatPage
from tests.browser.stack_file import Stack, get_stack_file
from tests.stack.bots import publish_package

CLERK = ROOT / "tests/stack/clerk.gbai"


def test_file_of_a_bot_is_downloaded_from_the_page(chat: ChatPage, stack: Stack) -> None:
    clerk = publish_package(CLERK, json.loads(get_stack_file().read_text()))
    with httpx.Client(base_url=stack.base_url) as http:
        token = http.post("/demo/token", json={"username": stack.users[0]}).json()["token"]
        headers = {"Authorization": f"Bearer {token}"}
        started = http.post("/api/conversations/start", json={"bot_id": clerk}, headers=headers)
    chat.open().sign_in(stack.users[0])
    chat.page.goto(f"{chat.base_url}/#/c/{started.json()['conversation_id']}")
    expect(chat.bot_bubbles.last).to_have_text("What do you order?")
    chat.write("tea")
    link = chat.page.get_by_role("link", name="tea.csv")
    expect(link).to_be_visible()

    with chat.page.expect_download() as download:
        link.click()

    assert download.value.suggested_filename == "tea.csv"
    assert Path(download.value.path()).read_text() == "item,count"
