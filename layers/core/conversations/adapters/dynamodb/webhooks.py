"""Deliveries to webhooks, in the table ``bot-data`` (whose rows are ``bot_data``'s), for 24 hours.

========  ========================  =============================  ==================================================
Item      ``bot_table``             ``id``                         what it holds
========  ========================  =============================  ==================================================
Answer    ``<bot id>#!webhooks``    hash of the delivery's name    ``answer``: JSON text; ``fingerprint`` of what came
Journal   ``<bot id>#!webhooks``    the same ``#journal``          ``answers`` of the world, for a turn that was cut
========  ========================  =============================  ==================================================
"""

import json
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from conversations.adapters.aws import service_errors
from conversations.adapters.dynamodb import bot_memory, transactions
from conversations.adapters.dynamodb.serialization import Item, deserialize, serialize
from conversations.domain import timestamps
from conversations.domain.errors import ConflictError
from conversations.domain.webhooks import IDEMPOTENCY_SECONDS, WebhookRequest, WebhookResponse, WebhookResult

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


@dataclass(frozen=True, slots=True)
class DynamoDBWebhookStore:
    """``WebhookStore``."""

    client: "DynamoDBClient"
    table: str

    def answered(self, call: WebhookRequest) -> WebhookResponse | None:
        """Return what a delivery was answered with; see ``WebhookStore.answered``."""
        with service_errors():
            answer = self.client.get_item(TableName=self.table, Key=serialize(_key(call)), ConsistentRead=True)
        item = deserialize(answer["Item"]) if "Item" in answer else None
        return (
            None if item is None or item["expires_at"] <= timestamps.to_epoch_seconds(call.now) else _answer(item, call)
        )

    def commit(self, call: WebhookRequest, turn: WebhookResult) -> WebhookResponse:
        """Keep answer and memories in one transaction; see ``WebhookStore.commit``."""
        actions = [bot_memory.put(self.table, key, value) for key, value in turn.memories.items()]
        if call.repeatable:
            actions.insert(0, {"Put": self._put(call, turn.answer)})
        try:
            if actions:
                transactions.write(self.client, actions)
        except transactions.ConditionsFailedError as refusal:
            met = refusal.found[0]
            if met is None:
                raise
            return _answer(met, call)
        return turn.answer

    def _put(self, call: WebhookRequest, answer: WebhookResponse) -> dict[str, Any]:
        item = _key(call) | {
            "answer": json.dumps(asdict(answer)),
            "fingerprint": call.fingerprint,
            "expires_at": _end(call),
        }
        return {
            "TableName": self.table,
            "Item": serialize(item),
            "ConditionExpression": "attribute_not_exists(id) OR expires_at <= :now",
            "ExpressionAttributeValues": serialize({":now": timestamps.to_epoch_seconds(call.now)}),
            "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
        }


@dataclass(frozen=True, slots=True)
class DynamoDBWebhookJournalStorage:
    """The journal of one delivery's turn (``conversations.engines.basic.replay_journal.Journal``)."""

    client: "DynamoDBClient"
    table: str
    call: WebhookRequest

    def read(self) -> bytes:
        """Return what was written last; nothing at first.

        Raises
        ------
        UnavailableError
            If the table does not answer.
        """
        with service_errors():
            answer = self.client.get_item(TableName=self.table, Key=serialize(self._key()), ConsistentRead=True)
        item = deserialize(answer["Item"]) if "Item" in answer else None
        if item is None or item["expires_at"] <= timestamps.to_epoch_seconds(self.call.now):
            return b""
        return bytes(item["answers"])

    def write(self, kept: bytes) -> None:
        """Keep this in place of what was written before.

        Raises
        ------
        UnavailableError
            If the table does not answer.
        """
        with service_errors():
            self.client.put_item(
                TableName=self.table, Item=serialize(self._key() | {"answers": kept, "expires_at": _end(self.call)})
            )

    def _key(self) -> Item:
        # With the content: a name that is used for another one has not done any of its effects.
        key = _key(self.call)
        return key | {"id": f"{key['id']}#journal#{self.call.fingerprint}"}


def _key(call: WebhookRequest) -> Item:
    return {"bot_table": f"{call.bot_id}#!webhooks", "id": call.key}


def _end(call: WebhookRequest) -> int:
    return timestamps.to_epoch_seconds(timestamps.add_seconds(call.now, IDEMPOTENCY_SECONDS))


def _answer(item: Item, call: WebhookRequest) -> WebhookResponse:
    if item["fingerprint"] != call.fingerprint:
        raise ConflictError("This Idempotency-Key was used for another content.")
    return WebhookResponse(**json.loads(item["answer"]))
