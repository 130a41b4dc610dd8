"""Contract suites of ``WebhookStore`` and ``WebhookSecrets``, and the replay journal of a webhook run."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from botocore.stub import Stubber
from pydantic import JsonValue

from conversations.adapters.dynamodb.bot_catalogue import DynamoDBBotCatalogue
from conversations.adapters.dynamodb.memory_store import DynamoDBMemoryStore
from conversations.adapters.dynamodb.webhook_secrets import DynamoDBWebhookSecrets
from conversations.adapters.dynamodb.webhook_store import DynamoDBWebhookJournalStorage, DynamoDBWebhookStore
from conversations.domain.errors import ConflictError, UnavailableError
from conversations.domain.memory import build_memory_key
from conversations.domain.webhooks import IDEMPOTENCY_SECONDS, WebhookRequest, WebhookResponse, WebhookResult
from conversations.ports.bots import MemoryStore
from conversations.ports.webhooks import WebhookStore
from tests import aws
from tests.aws import Aws, count_requests
from tests.builders import MORNING, a_rule_bot
from tests.fakes.memory import Database, InMemoryMemoryStore, InMemoryWebhookStore

FIRST = WebhookResponse(201, '{"é": "\ud83d"}', {"Content-Type": "application/json"})
COUNT = build_memory_key("shop", "count")


def a_request(
    body: JsonValue = None, *, bot_id: str = "shop", delivery_id: str = "1", repeatable: bool = True, seconds: int = 0
) -> WebhookRequest:
    return WebhookRequest(
        bot_id=bot_id,
        name="orders",
        method="POST",
        params={},
        headers={},
        body=body,
        delivery_id=delivery_id,
        repeatable=repeatable,
        now=MORNING + timedelta(seconds=seconds),
    )


def a_result(response: WebhookResponse = FIRST, *, count: int | None = None) -> WebhookResult:
    return WebhookResult(response, {} if count is None else {COUNT: count})


@pytest.fixture(params=["memory", "dynamodb"])
def stores(request: pytest.FixtureRequest) -> tuple[WebhookStore, MemoryStore]:
    """Return the fakes, then the adapters."""
    if request.param == "memory":
        memory = Database()
        return InMemoryWebhookStore(memory), InMemoryMemoryStore(memory)
    deployed: Aws = request.getfixturevalue("deployed")
    client, table = aws.serialize_requests(deployed.dynamodb), deployed.names["BotDataTable"]
    return DynamoDBWebhookStore(client, table), DynamoDBMemoryStore(client, table)


def test_commit_stores_response_and_memories(stores: tuple[WebhookStore, MemoryStore]) -> None:
    webhooks, memory = stores

    assert webhooks.get_response(a_request()) is None
    assert webhooks.commit(a_request(), a_result(count=1)) == FIRST
    assert webhooks.get_response(a_request(seconds=60)) == FIRST
    assert memory.recall(COUNT) == 1


def test_repeated_commit_returns_first_response_and_stores_nothing(stores: tuple[WebhookStore, MemoryStore]) -> None:
    webhooks, memory = stores
    webhooks.commit(a_request(), a_result(count=1))

    assert webhooks.commit(a_request(seconds=1), a_result(WebhookResponse(204), count=2)) == FIRST
    assert memory.recall(COUNT) == 1


def test_concurrent_commits_return_one_response(stores: tuple[WebhookStore, MemoryStore]) -> None:
    webhooks, memory = stores

    with ThreadPoolExecutor(8) as pool:
        responses = list(
            pool.map(lambda n: webhooks.commit(a_request(), a_result(WebhookResponse(200 + n), count=n)), range(8))
        )

    assert len(set(map(repr, responses))) == 1
    assert memory.recall(COUNT) == responses[0].status - 200


def test_idempotency_key_with_different_content_is_conflict(stores: tuple[WebhookStore, MemoryStore]) -> None:
    webhooks, memory = stores
    webhooks.commit(a_request({"a": 1}), a_result(count=1))

    with pytest.raises(ConflictError):
        webhooks.get_response(a_request({"a": 2}))
    with pytest.raises(ConflictError):
        webhooks.commit(a_request({"a": 2}), a_result(count=2))
    assert memory.recall(COUNT) == 1


def test_idempotency_key_is_scoped_to_bot_and_expires_after_a_day(stores: tuple[WebhookStore, MemoryStore]) -> None:
    webhooks, _ = stores
    webhooks.commit(a_request(), a_result())

    assert webhooks.get_response(a_request(bot_id="other")) is None
    assert webhooks.get_response(a_request(seconds=IDEMPOTENCY_SECONDS - 1)) == FIRST
    assert webhooks.get_response(a_request(seconds=IDEMPOTENCY_SECONDS)) is None
    assert webhooks.commit(a_request(seconds=IDEMPOTENCY_SECONDS), a_result(WebhookResponse(204))) == WebhookResponse(
        204
    )


def test_response_without_idempotency_key_is_not_stored(stores: tuple[WebhookStore, MemoryStore]) -> None:
    webhooks, memory = stores

    assert webhooks.commit(a_request(repeatable=False), a_result(count=1)) == FIRST
    assert webhooks.commit(a_request(repeatable=False), a_result(WebhookResponse(204))) == WebhookResponse(204)
    assert webhooks.get_response(a_request(repeatable=False)) is None
    assert memory.recall(COUNT) == 1


def test_journal_is_scoped_to_request_and_expires_after_a_day(deployed: Aws) -> None:
    def journal(call: WebhookRequest) -> DynamoDBWebhookJournalStorage:
        return DynamoDBWebhookJournalStorage(deployed.dynamodb, deployed.names["BotDataTable"], call)

    assert journal(a_request()).read() == b""
    journal(a_request()).write(b"one")
    journal(a_request()).write(b"two")

    assert journal(a_request(seconds=60)).read() == b"two"
    assert journal(a_request({"another": "content"})).read() == b""
    assert journal(a_request(delivery_id="2")).read() == b""
    assert journal(a_request(seconds=IDEMPOTENCY_SECONDS)).read() == b""


def test_response_and_journal_have_ttl(deployed: Aws) -> None:
    table = deployed.names["BotDataTable"]
    DynamoDBWebhookStore(deployed.dynamodb, table).commit(a_request(), a_result())
    DynamoDBWebhookJournalStorage(deployed.dynamodb, table, a_request()).write(b"one")

    expiries = {int(item["expires_at"]["N"]) for item in deployed.list_items(table)}
    assert expiries == {int(MORNING.timestamp()) + IDEMPOTENCY_SECONDS}


@pytest.mark.parametrize("method", ["get_item", "transact_write_items"])
def test_throttled_table_is_unavailable(deployed: Aws, method: str) -> None:
    webhooks = DynamoDBWebhookStore(deployed.dynamodb, deployed.names["BotDataTable"])

    with Stubber(deployed.dynamodb) as stub:
        stub.add_client_error(method, "ThrottlingException")
        with pytest.raises(UnavailableError):
            _ = webhooks.get_response(a_request()) if method == "get_item" else webhooks.commit(a_request(), a_result())


def create_bots(deployed: Aws) -> tuple[DynamoDBBotCatalogue, DynamoDBWebhookSecrets]:
    table = deployed.names["BotsTable"]
    return DynamoDBBotCatalogue(deployed.dynamodb, table), DynamoDBWebhookSecrets(deployed.dynamodb, table)


def test_webhook_secret_survives_publishing(deployed: Aws) -> None:
    bots, secrets = create_bots(deployed)
    bots.publish(a_rule_bot("shop", "Shop"))

    assert (secrets.get_hash("shop"), secrets.get_hash("unknown")) == (None, None)
    secrets.set_hash("shop", "hash")
    bots.publish(a_rule_bot("shop", "New Shop"))
    assert secrets.get_hash("shop") == "hash"
    secrets.set_hash("shop", "new")
    assert secrets.get_hash("shop") == "new"


def test_guesses_read_small_item_once(deployed: Aws) -> None:
    bots, secrets = create_bots(deployed)
    bots.publish(a_rule_bot("shop", "Shop"))
    bots.publish(a_rule_bot("bare", "Shop"))
    secrets.set_hash("shop", "hash")

    with count_requests(deployed.dynamodb) as requests:
        for _ in range(20):
            secrets.get_hash("shop")
    assert requests == {"GetItem": 1}

    with count_requests(deployed.dynamodb) as requests:
        for _ in range(20):
            assert (secrets.get_hash("bare"), secrets.get_hash("unknown")) == (None, None)
    assert requests == {"GetItem": 4}


def test_secret_in_item_of_bot_is_valid_until_it_is_set_anew(deployed: Aws) -> None:
    bots, secrets = create_bots(deployed)
    bots.publish(a_rule_bot("shop", "Shop"))
    deployed.dynamodb.update_item(
        TableName=deployed.names["BotsTable"],
        Key={"id": {"S": "shop"}},
        UpdateExpression="SET webhook_secret_hash = :old",
        ExpressionAttributeValues={":old": {"S": "old"}},
    )

    bots.publish(a_rule_bot("shop", "New Shop"))
    assert secrets.get_hash("shop") == "old"
    secrets.set_hash("shop", "new")

    assert secrets.get_hash("shop") == "new"
    assert "old" not in str(deployed.list_items("BotsTable"))


def test_list_of_bots_is_read_once(deployed: Aws) -> None:
    bots, _ = create_bots(deployed)
    bots.publish(a_rule_bot("shop", "Shop"))

    with count_requests(deployed.dynamodb) as requests:
        for _ in range(5):
            assert [bot.id for bot in bots.list_bots()] == ["shop"]

    assert requests == {"GetItem": 1}
