"""Knowledge bases on moto: the store of indexes, publishing them, and the functions that answer from them."""

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import boto3
import pytest

from conversations.adapters.s3 import S3KnowledgeStore
from conversations.domain.errors import NotFoundError
from conversations.domain.jobs import AnswerJob
from conversations.domain.message import Message
from conversations.engines.knowledge.index import build_index, load_index
from conversations.engines.knowledge.vectors import quantize
from conversations.ports.knowledge import KnowledgeStore
from tests import events
from tests.aws import BUCKET, Aws
from tests.bot_server import LOOPBACK, respond, respond_json, serving
from tests.builders import a_user
from tests.fakes.knowledge import SHOP, InMemoryKnowledgeStore
from tests.fakes.scripts import a_bundle
from tests.integration.bedrock_server import START, converse, stop, text
from tests.integration.running import Functions
from tests.integration.test_bedrock_function import OWN_PROFILE
from tests.integration.test_script_functions import publish_script_bot
from tools.bots.commands import main

ADA = a_user("ada")
ATTACH = 'USE KB "returns"\nTALK "Welcome."'
KEY = ".knowledge/scripted/1"


@pytest.fixture(params=["memory", "s3"])
def store(request: pytest.FixtureRequest, functions: Functions) -> KnowledgeStore:
    """Return a store with one index: the fake, and the adapter."""
    content = build_index(SHOP["returns"])
    if request.param == "memory":
        return InMemoryKnowledgeStore({KEY: content})
    functions.aws.s3.put_object(Bucket=BUCKET, Key=KEY, Body=content)
    return S3KnowledgeStore(functions.aws.s3, BUCKET)


def test_index_is_read_as_it_was_stored(store: KnowledgeStore) -> None:
    assert load_index(store.read(KEY)).passages == [*SHOP["returns"]]


def test_missing_index_is_not_found(store: KnowledgeStore) -> None:
    with pytest.raises(NotFoundError):
        store.read(".knowledge/scripted/2")


def ask(functions: Functions, question: str, worker: str, **config: str) -> Message:
    """Ask a bot with the knowledge base of a shop, and return its last message."""
    bundle = a_bundle({"start": ATTACH}, frozenset({"returns"}), {"returns": KEY}, **config)
    bot = publish_script_bot(functions, bundle)
    functions.publish(bot.model_copy(update={"waits": worker == "run_waiting_turns"}))
    conversation = functions.create_conversation(ADA, bot_id="scripted")
    message = functions.store_message(ADA, conversation, question)
    job = AnswerJob(conversation_id=conversation.id, message_id=message.id)
    assert functions.invoke(worker, events.records(job)) == {"batchItemFailures": []}
    return functions.list_messages(conversation.id)[-1]


def test_function_answers_from_a_base(functions: Functions) -> None:
    functions.aws.s3.put_object(Bucket=BUCKET, Key=KEY, Body=build_index(SHOP["returns"]))

    answer = ask(functions, "How long does a refund take?", "run_turn")

    assert answer.content == "A refund takes five days and goes to your card."
    assert [(source.name, source.heading) for source in answer.sources] == [("returns.md", "Returns > Refunds")]


@pytest.mark.parametrize(
    ("embedding_model", "response"),
    [
        ("amazon.titan-embed-text-v2:0", {"embedding": [-0.4, 0.9]}),
        ("eu.cohere.embed-v4:0", {"embeddings": [[-0.4, 0.9]]}),
        (OWN_PROFILE, {"embedding": [-0.4, 0.9]}),
    ],
    ids=["model", "profile", "own profile"],
)
def test_function_asks_bedrock_for_the_vector_and_the_answer(
    functions: Functions, embedding_model: str, response: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    vectors = [quantize(vector) for vector in ([1.0, -0.5], [-0.5, 1.0])]
    functions.aws.s3.put_object(Bucket=BUCKET, Key=KEY, Body=build_index(SHOP["returns"], vectors))
    config = {"llm_provider": "bedrock", "llm_model": "amazon.nova-lite-v1:0"}
    config |= {"embedding_model": embedding_model}

    with serving(respond_json(response), converse(START, text("Five days."), stop())) as server:
        monkeypatch.setenv("AWS_ENDPOINT_URL_BEDROCK_RUNTIME", f"http://{LOOPBACK}:{server.port}")
        answer = ask(functions, "E o dinheiro?", "run_waiting_turns", **config)

        assert "/invoke " in server.requests[0].line
        assert "A refund takes five days" in json.loads(server.requests[1].body)["system"][0]["text"]
    assert (answer.content, answer.sources[0].heading) == ("Five days.", "Returns > Refunds")


def test_embedding_model_that_fails_leaves_the_words(functions: Functions, monkeypatch: pytest.MonkeyPatch) -> None:
    functions.aws.s3.put_object(
        Bucket=BUCKET, Key=KEY, Body=build_index(SHOP["returns"], [quantize([1.0]), quantize([-1.0])])
    )
    config = {"embedding_provider": "bedrock", "embedding_model": "amazon.titan-embed-text-v2:0"}

    with serving(respond(503, b"{}")) as server:
        monkeypatch.setenv("AWS_ENDPOINT_URL_BEDROCK_RUNTIME", f"http://{LOOPBACK}:{server.port}")
        answer = ask(functions, "How long does a refund take?", "run_waiting_turns", **config)

    assert answer.content.startswith("A refund takes five days")


# ----------------------------------------------------------------------------------------------- publishing


@pytest.fixture
def publish(deployed: Aws, tmp_path: Path) -> Iterator[Any]:
    """Publish a package with a knowledge base, and return the keys of indexes in the bucket."""
    del deployed
    s3 = boto3.client("s3", region_name="us-east-1")
    s3.create_bucket(Bucket="knowledge-bots")
    package = tmp_path / "shop.gbai"

    def run(document: str, config: str = "") -> tuple[int, dict[str, bytes]]:
        for name, content in {
            "shop.gbdialog/start.bas": ATTACH,
            "shop.gbkb/returns/a.md": document,
            "shop.gbot/config.csv": f"name,value\nbot-name,Shop\n{config}",
        }.items():
            (package / name).parent.mkdir(parents=True, exist_ok=True)
            (package / name).write_text(content)
        status = main(["bots", "publish", "--table", "BotsTable", "--bucket", "knowledge-bots", str(package)][1:])
        listed = s3.list_objects_v2(Bucket="knowledge-bots").get("Contents", [])
        keys = [item["Key"] for item in listed if item["Key"].startswith(".knowledge/")]
        return status, {key: s3.get_object(Bucket="knowledge-bots", Key=key)["Body"].read() for key in keys}

    yield run
    for item in s3.list_objects_v2(Bucket="knowledge-bots").get("Contents", []):
        s3.delete_object(Bucket="knowledge-bots", Key=item["Key"])
    s3.delete_bucket(Bucket="knowledge-bots")


def test_published_base_is_an_object_of_its_content(publish: Any) -> None:  # noqa: ANN401 - see the fixture
    status, first = publish("Tea.")
    _, again = publish("Tea.")
    _, both = publish("Coffee.")

    assert status == 0
    assert first == again
    (content,) = first.values()
    assert [passage.text for passage in load_index(content).passages] == ["Tea."]
    assert len(both) == 2, "conversations in progress use the earlier one"


def test_vectors_are_made_once(publish: Any, monkeypatch: pytest.MonkeyPatch) -> None:  # noqa: ANN401 - see the fixture
    config = "embedding-provider,bedrock\nembedding-model,amazon.titan-embed-text-v2:0\n"
    with serving(respond_json({"embedding": [1, -1, 0.5]})) as server:
        monkeypatch.setenv("AWS_ENDPOINT_URL_BEDROCK_RUNTIME", f"http://{LOOPBACK}:{server.port}")
        _, objects = publish("Tea.", config)
        publish("Tea.", config)

        assert len(server.requests) == 1
    vectors = load_index(next(iter(objects.values()))).vectors
    assert vectors is not None
    assert replace(vectors).dimensions == 3


def test_nothing_is_published_without_the_embedding_model(
    publish: Any,  # noqa: ANN401 - see the fixture
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    config = "embedding-provider,bedrock\nembedding-model,amazon.titan-embed-text-v2:0\n"
    with serving(respond(400, b"{}", **{"x-amzn-errortype": "ValidationException"})) as server:
        monkeypatch.setenv("AWS_ENDPOINT_URL_BEDROCK_RUNTIME", f"http://{LOOPBACK}:{server.port}")
        status, objects = publish("Tea.", config)

    assert (status, objects) == (1, {})
    assert "amazon.titan-embed-text-v2:0 does not answer" in capsys.readouterr().err
