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
from conversations.adapters.dynamodb.items import Item, plain, typed
from conversations.domain import moments
from conversations.domain.errors import ConflictError
from conversations.domain.webhooks import KEPT_SECONDS, WebhookAnswer, WebhookCall, WebhookTurn

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


@dataclass(frozen=True, slots=True)
class DynamoDBWebhooks:
    """``WebhookStore``."""

    client: "DynamoDBClient"
    table: str

    def answered(self, call: WebhookCall) -> WebhookAnswer | None:
        """Return what a delivery was answered with; see ``WebhookStore.answered``."""
        with service_errors():
            answer = self.client.get_item(TableName=self.table, Key=typed(_key(call)), ConsistentRead=True)
        item = plain(answer["Item"]) if "Item" in answer else None
        return None if item is None or item["expires_at"] <= moments.to_epoch(call.now) else _answer(item, call)

    def commit(self, call: WebhookCall, turn: WebhookTurn) -> WebhookAnswer:
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

    def _put(self, call: WebhookCall, answer: WebhookAnswer) -> dict[str, Any]:
        item = _key(call) | {
            "answer": json.dumps(asdict(answer)),
            "fingerprint": call.fingerprint,
            "expires_at": _end(call),
        }
        return {
            "TableName": self.table,
            "Item": typed(item),
            "ConditionExpression": "attribute_not_exists(id) OR expires_at <= :now",
            "ExpressionAttributeValues": typed({":now": moments.to_epoch(call.now)}),
            "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
        }


@dataclass(frozen=True, slots=True)
class DynamoDBWebhookJournal:
    """The journal of one delivery's turn (``conversations.adapters.engines.scripts.recording.Journal``)."""

    client: "DynamoDBClient"
    table: str
    call: WebhookCall

    def read(self) -> bytes:
        """Return what was written last; nothing at first.

        Raises
        ------
        UnavailableError
            If the table does not answer.
        """
        with service_errors():
            answer = self.client.get_item(TableName=self.table, Key=typed(self._key()), ConsistentRead=True)
        item = plain(answer["Item"]) if "Item" in answer else None
        if item is None or item["expires_at"] <= moments.to_epoch(self.call.now):
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
                TableName=self.table, Item=typed(self._key() | {"answers": kept, "expires_at": _end(self.call)})
            )

    def _key(self) -> Item:
        # With the content: a name that is used for another one has not done any of its effects.
        key = _key(self.call)
        return key | {"id": f"{key['id']}#journal#{self.call.fingerprint}"}


def _key(call: WebhookCall) -> Item:
    return {"bot_table": f"{call.bot_id}#!webhooks", "id": call.key}


def _end(call: WebhookCall) -> int:
    return moments.to_epoch(moments.after_seconds(call.now, KEPT_SECONDS))


def _answer(item: Item, call: WebhookCall) -> WebhookAnswer:
    if item["fingerprint"] != call.fingerprint:
        raise ConflictError("This Idempotency-Key was used for another content.")
    return WebhookAnswer(**json.loads(item["answer"]))
