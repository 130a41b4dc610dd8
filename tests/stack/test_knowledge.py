"""Bots with knowledge bases on a running stack: what reaches the model and the user, and what a restart keeps."""

import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest

from conversations.adapters.dynamodb.bot_catalogue import CACHE_SECONDS
from tests.bot_server import LOOPBACK, Behaviour, respond, respond_json, serving
from tests.stack.bots import publish_package
from tests.stack.conftest import OpenConnection, Stack
from tests.stack.test_faults import restart_stack
from tests.stack.test_script_bots import receive_contents

REFUND = "A refund takes five days and goes to your card."
GUIDE = f"# Returns\n\nYou can return a lamp within 30 days.\n\n## Refunds\n\n{REFUND}\n"

type PublishShop = Callable[..., str]


@pytest.fixture
def publish_shop(stack: Stack, aws: Callable[[str], Any], tmp_path: Path) -> PublishShop:
    """Return a function that publishes a shop with a document, again under the same name."""
    if not stack.get("aws_endpoint"):
        # CI tests a local stack, so it skips nothing.
        pytest.skip("functions on AWS cannot reach a server on this machine")
    bot_id = f"shop-{uuid4().hex[:12]}"

    def publish(document: str = GUIDE, **config: str) -> str:
        lines = "".join(f"{key.replace('_', '-')},{value}\n" for key, value in config.items())
        for name, content in {
            "gbdialog/start.bas": f'USE KB "{bot_id}.gbkb"\nTALK "Ask me."',
            "gbkb/returns/guide.md": document,
            "gbot/config.csv": f"name,value\nbot-name,Shop\n{lines}",
        }.items():
            path = tmp_path / f"{bot_id}.gbai/{bot_id}.{name}"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(content)
        return publish_package(tmp_path / f"{bot_id}.gbai", stack, aws)

    return publish


def complete(text: str) -> Behaviour:
    """Return the stream of an answer of an OpenAI-compatible endpoint."""
    chunk = json.dumps({"choices": [{"index": 0, "delta": {"content": text}, "finish_reason": "stop"}]})
    body = f"data: {chunk}\n\ndata: [DONE]\n\n".encode()
    return respond(200, body, **{"content-type": "text/event-stream"})


def embed(*vectors: list[float]) -> Behaviour:
    return respond_json({"data": [{"index": index, "embedding": vector} for index, vector in enumerate(vectors)]})


def test_passages_reach_the_model_and_sources_the_user(
    publish_shop: PublishShop, connect: OpenConnection, api: httpx.Client, token: str
) -> None:
    behaviours = embed([1, -1, 0.1], [-1, 1, 0.1]), embed([-0.9, 1, 0.1]), complete("Five days.")
    with serving(*behaviours) as server:
        url = f"http://{LOOPBACK}:{server.port}/v1"
        bot_id = publish_shop(llm_url=url, llm_model="mock", embedding_model="vectors")
        with connect(token=token, query=f"?bot_id={bot_id}") as (connection, connected):
            receive_contents(connection, 1)
            connection.send_message("E o meu dinheiro?")
            answer = connection.receive_answer()
        prompt = json.loads(server.requests[2].body)["messages"]

    assert [request.line.split()[1] for request in server.requests] == [
        "/v1/embeddings",
        "/v1/embeddings",
        "/v1/chat/completions",
    ]
    assert REFUND in prompt[0]["content"]
    assert (answer["content"], answer["sources"]) == (
        "Five days.",
        [{"name": "guide.md", "heading": "Returns > Refunds"}],
    )
    history = api.get(f"/conversations/{connected['conversation_id']}/history").json()["messages"]
    assert history[-1]["sources"] == answer["sources"]


def test_bot_without_a_model_answers_after_a_restart_and_from_a_replaced_base(
    publish_shop: PublishShop, connect: OpenConnection, token: str, stack: Stack
) -> None:
    bot_id = publish_shop(fallback_message="I do not know.")
    with connect(token=token, query=f"?bot_id={bot_id}") as (connection, connected):
        assert receive_contents(connection, 1) == ["Ask me."]

    restart_stack(stack)

    with connect(token=token, query=f"?session_id={connected['session_id']}") as (connection, _):
        connection.send_message("How long does a refund take?")
        answer = connection.receive_answer()
        assert (answer["content"], answer["sources"][0]["heading"]) == (REFUND, "Returns > Refunds")
        connection.send_message("Do you sell trumpets?")
        assert receive_contents(connection, 1) == ["I do not know."]

        publish_shop("# Refunds\n\nA refund takes two weeks.\n", fallback_message="I do not know.")
        # The same conversation, because it is the most recent one with the bot.
        with connect(token=token, query=f"?bot_id={bot_id}") as (other, _):
            # A warm function knows the earlier version until then.
            time.sleep(CACHE_SECONDS)
            other.send_message("How long does a refund take?")
            assert receive_contents(other, 1) == ["A refund takes two weeks."]
