"""Records of transcripts, in the owner's partition of ``message_history``."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from conversations.adapters.aws import service_errors
from conversations.adapters.dynamodb import items, transactions
from conversations.adapters.dynamodb.idempotency import RECORD_SECONDS
from conversations.adapters.dynamodb.optimistic import ConditionsFailedError
from conversations.adapters.dynamodb.schema import message_history
from conversations.adapters.dynamodb.serialization import Item, deserialize, serialize
from conversations.data_classes import dataclass
from conversations.domain import timestamps
from conversations.domain.transcript import AskedQuestion, OpenTranscript
from conversations.ports.transcripts import TranscriptStore

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

_OPEN_SECONDS = int(timedelta(days=30).total_seconds())
_MAX_OPEN = 20
_ASKED = 0
"""Index of the question's record in the transaction."""


@dataclass(frozen=True, slots=True)
class DynamoDBTranscriptStore(TranscriptStore):
    """``TranscriptStore`` on the table ``message_history``."""

    client: "DynamoDBClient"
    table: str

    def get_asked(self, owner: str, request_hash: str, now: datetime) -> AskedQuestion | None:
        """Return where a request was sent; see ``TranscriptStore.get_asked``."""
        item = items.read_item(self.client, self.table, message_history.build_asked_key(owner, request_hash))
        return None if item is None or _has_expired(item, now) else _parse_asked(item)

    def list_open(self, owner: str, answers_hash: str, now: datetime) -> Sequence[OpenTranscript]:
        """Return what a transcript may continue: one query; see ``TranscriptStore.list_open``."""
        prefix = message_history.build_open_key(owner, answers_hash, "")
        with service_errors():
            response = self.client.query(
                TableName=self.table,
                KeyConditionExpression="session_id = :owner AND begins_with(id, :prefix)",
                ExpressionAttributeValues=serialize({":owner": prefix["session_id"], ":prefix": prefix["id"]}),
                ConsistentRead=True,
                ScanIndexForward=False,
                Limit=_MAX_OPEN,
            )
        found = map(deserialize, response["Items"])
        return [_parse_open(item) for item in found if not _has_expired(item, now)]

    def ask(  # noqa: PLR0913 - the port's
        self,
        owner: str,
        request_hash: str,
        question: AskedQuestion,
        now: datetime,
        *,
        before: AskedQuestion | None,
        continued: tuple[str, OpenTranscript] | None,
    ) -> AskedQuestion | None:
        """Store a question; see ``TranscriptStore.ask``."""
        record = {
            **message_history.build_asked_key(owner, request_hash),
            "key": question.key,
            "conversation_id": question.conversation_id,
            "questions": list(question.questions),
            "asked_at": timestamps.format_timestamp(question.asked_at),
            "expires_at": timestamps.to_epoch_seconds(timestamps.add_seconds(now, RECORD_SECONDS)),
        }
        actions: list[dict[str, Any]] = [{"Put": self._build_put(record, before, now)}]
        if continued is not None:
            actions.append({"Delete": self._build_delete(owner, *continued)})
        try:
            transactions.write(self.client, actions)
        except ConditionsFailedError as conflict:
            asked = conflict.current_items.get(_ASKED)
            return None if asked is None else _parse_asked(asked)
        return question

    def add_open(self, owner: str, answers_hash: str, transcript: OpenTranscript, now: datetime) -> None:
        """Store what may be continued; see ``TranscriptStore.add_open``."""
        item = {
            **message_history.build_open_key(owner, answers_hash, transcript.conversation_id),
            "conversation_id": transcript.conversation_id,
            "last_seq": transcript.last_seq,
            "questions": list(transcript.questions),
            "expires_at": timestamps.to_epoch_seconds(timestamps.add_seconds(now, _OPEN_SECONDS)),
        }
        with service_errors():
            self.client.put_item(TableName=self.table, Item=serialize(item))

    def _build_put(self, record: Item, before: AskedQuestion | None, now: datetime) -> dict[str, Any]:
        # safeguard: transcript-asked-once
        condition = "attribute_not_exists(id) OR expires_at <= :now" + ("" if before is None else " OR #key = :before")
        names = {} if before is None else {"ExpressionAttributeNames": {"#key": "key"}}
        return {
            "TableName": self.table,
            "Item": serialize(record),
            "ConditionExpression": condition,
            **names,
            "ExpressionAttributeValues": serialize(
                {":now": int(now.timestamp()), ":before": None if before is None else before.key}
            ),
            "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
        }

    def _build_delete(self, owner: str, answers_hash: str, transcript: OpenTranscript) -> dict[str, Any]:
        return {
            "TableName": self.table,
            "Key": serialize(message_history.build_open_key(owner, answers_hash, transcript.conversation_id)),
            # safeguard: transcript-continued-once
            "ConditionExpression": "attribute_exists(id)",
        }


def _has_expired(item: Item, now: datetime) -> bool:
    """Return whether a record has expired: DynamoDB removes it up to days later."""
    return bool(item["expires_at"] <= int(now.timestamp()))


def _parse_asked(item: Item) -> AskedQuestion:
    asked_at = timestamps.parse_timestamp(item["asked_at"])
    return AskedQuestion(item["key"], item.get("conversation_id"), tuple(item["questions"]), asked_at)


def _parse_open(item: Item) -> OpenTranscript:
    return OpenTranscript(item["conversation_id"], int(item["last_seq"]), tuple(item["questions"]))
