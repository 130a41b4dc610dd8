"""A bot that writes and sends files, on a running stack that is restarted in the middle."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.stack.bots import publish_package
from tests.stack.conftest import OpenConnection, Stack
from tests.stack.test_faults import restart_stack
from tests.stack.test_seed import wait_for_history

CLERK = Path(__file__).parent / "clerk.gbai"


@pytest.fixture(scope="module")
def clerk(stack: Stack, aws: Callable[[str], Any]) -> str:
    """The bot, published."""
    return publish_package(CLERK, stack, aws)


def list_files(api: httpx.Client) -> list[str]:
    """Return the names of the files that the export names."""
    names: list[str] = []
    cursor: dict[str, str] = {}
    while True:
        page = api.get("/me/export", params=cursor).json()
        names += [file["path"].rpartition("/")[2] for file in page.get("files", [])]
        if "next_cursor" not in page:
            return names
        cursor = {"cursor": page["next_cursor"]}


def test_files_are_written_and_sent_once_although_the_stack_restarts(
    stack: Stack, api: httpx.Client, clerk: str, connect: OpenConnection, token: str
) -> None:
    with connect(token=token, query=f"?bot_id={clerk}") as (connection, connected):
        assert connection.receive_answer()["content"] == "What do you order?"
    if "pids" in stack:
        restart_stack(stack)
    query = f"?session_id={connected['session_id']}"
    with connect(token=token, query=query) as (connection, _):
        connection.send_message("tea")
        assert connection.receive_answer()["content"] == "copy.txt, first.txt, tea.csv, 2 unpacked"
        sent = connection.receive_answer()
        assert connection.receive_answer()["content"] == "Anything else?"
    if "pids" in stack:
        restart_stack(stack)
    with connect(token=token, query=query) as (connection, _):
        connection.send_message("no")
        assert connection.receive_answer()["content"] == "First order, 4 files"

    (file,) = sent["attachments"]
    assert (sent["content"], file["name"], file["content_type"]) == ("Your order", "tea.csv", "text/csv")
    history = wait_for_history(api, connected["session_id"], at_least=6)["messages"]
    assert [message["attachments"] for message in history if "attachments" in message] == [[file]]
    # The link needs no other credential, and a wrong one opens nothing.
    downloaded = httpx.get(file["url"], follow_redirects=True)
    assert (downloaded.status_code, downloaded.text) == (200, "item,count")
    assert downloaded.headers["Content-Disposition"] == "attachment; filename*=UTF-8''tea.csv"
    assert httpx.get(file["url"].replace("key=", "key=x")).status_code == 404
    assert list_files(api) == ["all.zip", "first.txt", "first.txt", "tea.csv", "tea.csv"]

    assert api.delete(f"/conversations/{connected['conversation_id']}").status_code == 204
    assert httpx.get(file["url"]).status_code == 404
    assert api.delete("/me").status_code in (202, 204)
    assert list_files(api) == []
