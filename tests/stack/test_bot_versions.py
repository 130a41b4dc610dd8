"""The versions of a bot on a running stack: rollback, and conversations with a bot that is unpublished for a while."""

import time
from pathlib import Path
from uuid import uuid4

import httpx
import pytest

from conversations.adapters.dynamodb.bot_catalogue import CACHE_SECONDS
from tests.stack.bots import publish_package
from tests.stack.conftest import Stack
from tests.stack.test_seed import wait_for_history
from tools.bots.target import build_target
from tools.bots.versions import BotVersions


def publish_script(folder: Path, stack: Stack, bot_id: str, script: str) -> str:
    scripts = folder / f"{bot_id}.gbai/{bot_id}.gbdialog"
    scripts.mkdir(parents=True, exist_ok=True)
    (scripts / "start.bas").write_text(script)
    return publish_package(scripts.parent, stack)


def send(api: httpx.Client, conversation: str, content: str) -> httpx.Response:
    return api.post(f"/conversations/{conversation}/messages", json={"content": content})


def wait_for_status(api: httpx.Client, conversation: str, content: str, status: int) -> None:
    """Send until the functions have forgotten the bot as it was."""
    deadline = time.monotonic() + 3 * CACHE_SECONDS
    while (answer := send(api, conversation, content)).status_code != status:
        if time.monotonic() > deadline:
            pytest.fail(f"{answer.status_code}: {answer.text}")
        time.sleep(1)


def test_dialog_waits_while_its_bot_is_unpublished(api: httpx.Client, stack: Stack, tmp_path: Path) -> None:
    bot_id = f"shop-{uuid4().hex[:12]}"
    publish_script(tmp_path, stack, bot_id, 'HEAR a WITH "First?"\nHEAR b WITH "Second?"\nTALK a + " and " + b')
    versions = BotVersions(build_target(stack), bot_id)
    conversation, other = (
        api.post("/conversations/start", json={"bot_id": bot_id}).json()["conversation_id"] for _ in range(2)
    )
    send(api, conversation, "tea")
    wait_for_history(api, conversation, at_least=3)

    versions.unpublish()
    wait_for_status(api, other, "Hello?", 404)
    refused = send(api, conversation, "cake")
    assert (refused.status_code, refused.json()["detail"]) == (404, "The bot does not exist.")
    assert len(wait_for_history(api, conversation, at_least=3)["messages"]) == 3

    versions.roll_back(None)
    wait_for_status(api, conversation, "cake", 200)
    messages = wait_for_history(api, conversation, at_least=5)["messages"]
    assert [message["content"] for message in messages] == ["First?", "tea", "Second?", "cake", "tea and cake"]
    assert [publication.action for publication in versions.list_publications()] == [
        "rolled back",
        "unpublished",
        "published",
    ]
