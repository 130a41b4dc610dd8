"""Responses to webhook requests, in the table ``bot-data`` for 24 hours (``schema.table_rows`` describes its rows).

==============  ========================  ===========================  ============================================
Item            ``bot_table``             ``id``                       Content
==============  ========================  ===========================  ============================================
Response        ``<bot id>#!webhooks``    hash of idempotency key      ``answer``: JSON text; ``fingerprint`` of the
                                                                       request
Replay journal  ``<bot id>#!webhooks``    the same ``#journal#`` and   ``answers``: the side effects of a run
                                          the fingerprint
==============  ========================  ===========================  ============================================
"""

import json
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from conversations.adapters.aws import service_errors
from conversations.adapters.dynamodb import items, transactions
from conversations.adapters.dynamodb.optimistic import ConditionsFailedError
from conversations.adapters.dynamodb.schema import memories
from conversations.adapters.dynamodb.serialization import Item, serialize
from conversations.data_classes import dataclass
from conversations.domain import timestamps
from conversations.domain.errors import ConflictError
from conversations.domain.webhooks import IDEMPOTENCY_SECONDS, WebhookRequest, WebhookResponse, WebhookResult
from conversations.ports.bots import JournalStorage
from conversations.ports.webhooks import WebhookStore

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


@dataclass(frozen=True, slots=True)
class DynamoDBWebhookStore(WebhookStore):
    """``WebhookStore`` on the table ``bot-data``."""

    client: "DynamoDBClient"
    table: str

    def get_response(self, call: WebhookRequest) -> WebhookResponse | None:
        """Return the stored response; see ``WebhookStore.get_response``."""
        item = _read_unexpired(self.client, self.table, _build_key(call), call)
        return None if item is None else _parse_response(item, call)

    def commit(self, call: WebhookRequest, result: WebhookResult) -> WebhookResponse:
        """Store response and memories in one transaction; see ``WebhookStore.commit``."""
        actions = [memories.build_memory_put(self.table, key, value) for key, value in result.memories.items()]
        if call.repeatable:
            actions.insert(0, {"Put": self._build_put(call, result.answer)})
        try:
            if actions:
                transactions.write(self.client, actions)
        except ConditionsFailedError as conflict:
            current = conflict.current_items[0]
            if current is None:
                raise
            return _parse_response(current, call)
        return result.answer

    def _build_put(self, call: WebhookRequest, response: WebhookResponse) -> dict[str, Any]:
        item = _build_key(call) | {
            "answer": json.dumps(asdict(response)),
            "fingerprint": call.fingerprint,
            "expires_at": _get_expiry(call),
        }
        return {
            "TableName": self.table,
            "Item": serialize(item),
            "ConditionExpression": "attribute_not_exists(id) OR expires_at <= :now",
            "ExpressionAttributeValues": serialize({":now": timestamps.to_epoch_seconds(call.now)}),
            "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
        }


@dataclass(frozen=True, slots=True)
class DynamoDBWebhookJournalStorage(JournalStorage):
    """``JournalStorage`` of one webhook run, on the table ``bot-data``."""

    client: "DynamoDBClient"
    table: str
    call: WebhookRequest

    def read(self) -> bytes:
        """Return the journal; see ``JournalStorage.read``."""
        item = _read_unexpired(self.client, self.table, self._build_key(), self.call)
        return b"" if item is None else bytes(item["answers"])

    def write(self, content: bytes) -> None:
        """Replace the journal; see ``JournalStorage.write``."""
        item = self._build_key() | {"answers": content, "expires_at": _get_expiry(self.call)}
        with service_errors():
            self.client.put_item(TableName=self.table, Item=serialize(item))

    @property
    def is_over(self) -> bool:
        """False: a delivery has no lease; see ``JournalStorage.is_over``."""
        return False

    def is_superseded(self) -> bool:
        """Return False: the journal is shared; see ``JournalStorage.is_superseded``."""
        return False

    def _build_key(self) -> Item:
        # Includes the content: a request with other content under the same idempotency key shares no side effects.
        key = _build_key(self.call)
        return key | {"id": f"{key['id']}#journal#{self.call.fingerprint}"}


def _read_unexpired(client: "DynamoDBClient", table: str, key: Item, call: WebhookRequest) -> Item | None:
    item = items.read_item(client, table, key)
    return None if item is None or item["expires_at"] <= timestamps.to_epoch_seconds(call.now) else item


def _build_key(call: WebhookRequest) -> Item:
    return {"bot_table": f"{call.bot_id}#!webhooks", "id": call.key}


def _get_expiry(call: WebhookRequest) -> int:
    return timestamps.to_epoch_seconds(timestamps.add_seconds(call.now, IDEMPOTENCY_SECONDS))


def _parse_response(item: Item, call: WebhookRequest) -> WebhookResponse:
    if item["fingerprint"] != call.fingerprint:
        raise ConflictError("This Idempotency-Key was used for another content.")
    return WebhookResponse(**json.loads(item["answer"]))
