"""A user sees and downloads files of a bot, and sends files to it."""

import json
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import FilePayload, expect

from local.settings import ROOT
from tests.browser.axe import find_accessibility_problems
from tests.browser.chat_page import ChatPage
from tests.browser.stack_file import Stack, get_stack_file
from tests.browser.test_widget_files import PIXEL
from tests.stack.bots import publish_package

CLERK = ROOT / "tests/stack/clerk.gbai"
INTAKE = ROOT / "tests/stack/intake.gbai"


def start_conversation(chat: ChatPage, stack: Stack, package: Path) -> None:
    """Publish a package, and open a conversation with its bot as the first user."""
    bot = publish_package(package, json.loads(get_stack_file().read_text()))
    with httpx.Client(base_url=stack.base_url) as http:
        token = http.post("/demo/token", json={"username": stack.users[0]}).json()["token"]
        headers = {"Authorization": f"Bearer {token}"}
        started = http.post("/api/conversations/start", json={"bot_id": bot}, headers=headers)
    chat.open().sign_in(stack.users[0])
    chat.page.goto(f"{chat.base_url}/#/c/{started.json()['conversation_id']}")


@pytest.fixture
def clerk_chat(chat: ChatPage, stack: Stack) -> ChatPage:
    """The chat page of a user to whom the bot has sent a file."""
    start_conversation(chat, stack, CLERK)
    expect(chat.bot_bubbles.last).to_have_text("What do you order?")
    chat.write("tea")
    return chat


def test_file_of_a_bot_is_shown_and_downloaded_on_the_page(clerk_chat: ChatPage) -> None:
    page = clerk_chat.page
    link = page.get_by_role("link", name="tea.csv")
    link.click()
    expect(page.get_by_role("dialog", name="tea.csv")).to_be_visible()
    expect(page.get_by_role("region", name="tea.csv")).to_have_text("item,count")
    assert find_accessibility_problems(page) == []

    with page.expect_download() as download:
        page.get_by_role("link", name="Download").click()

    assert download.value.suggested_filename == "tea.csv"
    assert Path(download.value.path()).read_text() == "item,count"
    page.keyboard.press("Escape")
    expect(link).to_be_focused()
    assert clerk_chat.errors == []


def test_link_to_a_file_of_a_bot_is_still_a_link(clerk_chat: ChatPage) -> None:
    with clerk_chat.page.expect_download() as download:
        clerk_chat.page.get_by_role("link", name="tea.csv").click(modifiers=["Alt"])

    assert Path(download.value.path()).read_text() == "item,count"


def test_user_answers_questions_for_files(chat: ChatPage, stack: Stack) -> None:
    start_conversation(chat, stack, INTAKE)
    page = chat.page
    for question, button, name, kind, content in (
        ("A photo, please.", "Choose an image", "leaf.png", "image/png", PIXEL),
        ("And your list.", "Choose files", "list.txt", "text/plain", b"green tea"),
    ):
        expect(chat.bot_bubbles.last).to_have_text(question)
        with page.expect_file_chooser() as chooser:
            page.get_by_role("button", name=button).click()
        file: FilePayload = {"name": name, "mimeType": kind, "buffer": content}
        chooser.value.set_files(file)
        expect(page.get_by_role("list", name="Files to send")).to_contain_text("Uploaded")
        chat.send_button.click()

    expect(chat.bot_bubbles.last).to_have_text("list.txt: green tea, 1 scan")
    picture = page.get_by_role("img", name="leaf.png")
    expect(picture).to_be_visible()
    assert picture.evaluate("(picture) => picture.decode().then(() => picture.naturalWidth)") == 1
    page.get_by_role("main").get_by_role("link", name="list.txt").click()
    expect(page.get_by_role("region", name="list.txt")).to_have_text("green tea")
    assert chat.errors == []
