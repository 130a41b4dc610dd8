"""Bots with a language model on a running stack: a public server of mock models, and the Bedrock of the local AWS."""

import shutil
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from local.settings import ROOT
from tests.fakes.aimock import calls, says, serving_models
from tests.fakes.streaming_client import StreamingClient
from tests.stack.bots import publish_package
from tests.stack.conftest import OpenConnection, Stack
from tests.stack.connection import Connection
from tests.stack.test_script_bots import NO_MODEL, OFFICE, receive_contents

STORY = "Once upon a time there was a message that nobody lost, and it was answered once."

type PublishCopy = Callable[..., str]


@pytest.fixture
def publish_copy(stack: Stack, aws: Callable[[str], Any], tmp_path: Path) -> PublishCopy:
    """Return a function that publishes a copy of a package with more lines in its configuration."""
    if not stack.get("aws_endpoint"):
        # CI tests a local stack, so it skips nothing.
        pytest.skip("functions on AWS cannot reach a server on this machine")

    def publish(package: Path, **lines: str) -> str:
        name, bot_id = package.name.removesuffix(".gbai"), f"copy-{uuid4().hex[:12]}"
        folder = tmp_path / f"{bot_id}.gbai"
        shutil.copytree(package, folder)
        for inner in folder.glob(f"{name}.*"):
            inner.rename(inner.with_name(inner.name.replace(name, bot_id, 1)))
        config = folder / f"{bot_id}.gbot/config.csv"
        more = "".join(f"{key.replace('_', '-')},{value}\n" for key, value in lines.items())
        config.write_text(f"{config.read_text().rstrip()}\n{more}")
        return publish_package(folder, stack, aws)

    return publish


def show(frames: Sequence[dict[str, Any]]) -> StreamingClient:
    """Return what a client shows after these frames."""
    client = StreamingClient()
    for frame in frames:
        client.receive(frame)
    return client


def count_pieces(connection: Connection) -> int:
    return sum(frame["type"] == "delta" for frame in connection.frames)


def test_default_bot_speaks_through_a_model_with_two_more_lines(
    publish_copy: PublishCopy, connect: OpenConnection, token: str
) -> None:
    with serving_models(says("story", STORY), latency=200) as models:
        bot_id = publish_copy(ROOT / "bots/default.gbai", llm_url=models.url, llm_model="mock")
        with connect(token=token, query=f"?bot_id={bot_id}&stream=1") as (connection, _):
            receive_contents(connection, 1)
            connection.send_message("Let me talk freely")
            receive_contents(connection, 1)
            connection.send_message("Tell me a story")
            answer = connection.receive_answer()

    assert answer["content"] == STORY
    assert count_pieces(connection) > 2
    assert (show(connection.frames).texts, answer["id"] in show(connection.frames).messages) == ({}, True)


def test_office_assistant_hands_over_to_a_model_that_calls_its_tools(
    publish_copy: PublishCopy, connect: OpenConnection, token: str
) -> None:
    report = calls("month", "monthly-report", {}, "Good news: this month was better than the last one.")
    with serving_models(*report, says("Team goals", "Grow."), latency=50) as models:
        bot_id = publish_copy(OFFICE, llm_url=models.url, llm_model="mock")
        with connect(token=token, query=f"?bot_id={bot_id}&stream=1") as (connection, _):
            receive_contents(connection, 1)
            connection.send_message("manager")
            receive_contents(connection, 2)
            connection.send_message("How was the month?")
            assert receive_contents(connection, 1) == ["Good news: this month was better than the last one."]
            connection.send_message("Team goals")
            assert receive_contents(connection, 1) == ["Grow."]
        first, second, _ = models.list_requests()

    assert [tool["function"]["name"] for tool in first["tools"]] == ["monthly-report", "search_documents"]
    assert "You help a manager" in first["messages"][0]["content"]
    assert second["messages"][-1]["content"] == "This month was better than the last one."
    assert count_pieces(connection) > 0


def test_script_asks_the_model(publish_copy: PublishCopy, connect: OpenConnection, token: str, tmp_path: Path) -> None:
    package = tmp_path / "rhymes.gbai"
    script = package / "rhymes.gbdialog/start.bas"
    for file in (script, package / "rhymes.gbot/config.csv"):
        file.parent.mkdir(parents=True)
        file.write_text("name,value\n")
    script.write_text('HEAR word WITH "Which word?"\nrhyme = LLM "A rhyme for " + word\nTALK "-> " + rhyme\n')
    with serving_models(says("A rhyme for queue", "view")) as models:
        bot_id = publish_copy(package, llm_url=models.url, llm_model="mock")
        with connect(token=token, query=f"?bot_id={bot_id}") as (connection, connected):
            # The greeting comes from another function, and after this frame.
            assert connection.frames == [connected]
            receive_contents(connection, 1)
            connection.send_message("queue")
            assert receive_contents(connection, 1) == ["-> view"]


def test_model_of_bedrock_answers(publish_copy: PublishCopy, connect: OpenConnection, token: str) -> None:
    bot_id = publish_copy(OFFICE, llm_provider="bedrock", llm_model="amazon.nova-lite-v1:0")
    with connect(token=token, query=f"?bot_id={bot_id}&stream=1") as (connection, _):
        receive_contents(connection, 1)
        connection.send_message("intern")
        receive_contents(connection, 2)
        connection.send_message("What is a queue?")
        answer = connection.receive_answer()

    assert answer["content"] not in ("", NO_MODEL)
    assert "finish_reason" not in answer
    assert count_pieces(connection) > 0
