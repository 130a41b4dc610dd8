"""The replay journals of turns: the results of a script's side effects, for a turn that is run again.

One item per turn that had a side effect, in the table of the messages (``schema.message_history``), so that erasing a
conversation erases it. An item has at most 400 KB (DynamoDB's quota); the engine compresses and limits its content.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from conversations.adapters.aws import service_errors
from conversations.adapters.dynamodb import items
from conversations.adapters.dynamodb.schema import message_history
from conversations.adapters.dynamodb.schema.tables import Tables
from conversations.adapters.dynamodb.serialization import serialize
from conversations.domain import timestamps
from conversations.domain.turn import Turn
from conversations.ports.bots import JournalStorage

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

USER_SECONDS = 28 * 24 * 60 * 60
"""How long a user's journal is stored: as long as its job can wait in the queue, and then in the dead-letter queue from
which it is redriven (14 days each, SQS's maximum retention)."""


@dataclass(frozen=True, slots=True)
class DynamoDBJournalStorage(JournalStorage):
    """``JournalStorage`` of one turn, on the message tables.

    Attributes
    ----------
    client, tables
        The tables.
    conversation_id
        Bare id of the conversation.
    message_id
        Id of the message that the turn answers, None for the greeting.
    anonymous
        Whether the conversation is a visitor's.
    now
        The time of the turn.
    """

    client: "DynamoDBClient"
    tables: Tables
    conversation_id: str
    message_id: str | None
    anonymous: bool
    now: datetime

    def read(self) -> bytes:
        """Return the journal, with one request; see ``JournalStorage.read``."""
        key = message_history.build_journal_key(self.conversation_id, self.message_id)
        # In both tables, as the conversation may have been claimed since it was written.
        stored = items.read_items(
            self.client, {self.tables.message_history: [key], self.tables.visitor_messages: [key]}
        )
        journals = [*stored[self.tables.message_history], *stored[self.tables.visitor_messages]]
        return bytes(journals[0]["answers"]) if journals else b""

    def write(self, content: bytes) -> None:
        """Replace the journal; see ``JournalStorage.write``."""
        seconds = message_history.VISITOR_SECONDS if self.anonymous else USER_SECONDS
        item = {
            **message_history.build_journal_key(self.conversation_id, self.message_id),
            "answers": content,
            "expires_at": timestamps.to_epoch_seconds(timestamps.add_seconds(self.now, seconds)),
        }
        with service_errors():
            self.client.put_item(TableName=self.tables.messages(anonymous=self.anonymous), Item=serialize(item))


def build_journal_storage(client: "DynamoDBClient", tables: Tables, turn: Turn) -> DynamoDBJournalStorage:
    """Return the storage of a turn's journal."""
    message_id = None if turn.message is None else turn.message.id
    return DynamoDBJournalStorage(client, tables, turn.conversation_id, message_id, turn.anonymous, turn.now)
