"""The journals of turns: what the world answered a script, for a turn that is run again.

One item per turn that had an effect, with the messages (``message_history``), so that whoever erases a conversation
erases them too. An item holds 400 KB; what is put into it is compressed and cut by whoever keeps it.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from conversations.adapters.aws import service_errors
from conversations.adapters.dynamodb.schema import message_history
from conversations.adapters.dynamodb.schema.tables import Tables
from conversations.adapters.dynamodb.serialization import deserialize, serialize
from conversations.domain import timestamps
from conversations.domain.errors import UnavailableError
from conversations.domain.turn import Turn

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

SECONDS = 14 * 24 * 60 * 60
"""How long a user's journal is kept: as long as a dead letter, which may be redriven (SQS's longest retention)."""


@dataclass(frozen=True, slots=True)
class DynamoDBJournalStorage:
    """The journal of one turn.

    Attributes
    ----------
    client, tables
        Where it lies.
    session_id
        The conversation.
    message_id
        The message that the turn answers, None for the one in which the bot speaks first.
    anonymous
        Whether the conversation is a visitor's.
    now
        The moment of the turn.
    """

    client: "DynamoDBClient"
    tables: Tables
    session_id: str
    message_id: str | None
    anonymous: bool
    now: datetime

    def read(self) -> bytes:
        """Return what was written last; nothing at first.

        Raises
        ------
        UnavailableError
            If the table does not answer.
        """
        key = serialize(message_history.journal_key(self.session_id, self.message_id))
        # In either table, for the conversation may have been handed over since it was written.
        tables = (self.tables.message_history, self.tables.visitor_messages)
        with service_errors():
            answer = self.client.batch_get_item(
                RequestItems={table: {"Keys": [key], "ConsistentRead": True} for table in tables}
            )
        if answer.get("UnprocessedKeys"):
            raise UnavailableError
        found = [deserialize(item) for table in tables for item in answer["Responses"].get(table, [])]
        return bytes(found[0]["answers"]) if found else b""

    def write(self, kept: bytes) -> None:
        """Keep this in place of what was written before.

        Raises
        ------
        UnavailableError
            If the table does not answer.
        """
        seconds = message_history.VISITOR_SECONDS if self.anonymous else SECONDS
        item = {
            **message_history.journal_key(self.session_id, self.message_id),
            "answers": kept,
            "expires_at": timestamps.to_epoch_seconds(timestamps.add_seconds(self.now, seconds)),
        }
        with service_errors():
            self.client.put_item(TableName=self.tables.messages(anonymous=self.anonymous), Item=serialize(item))


def build_journal_storage(client: "DynamoDBClient", tables: Tables, turn: Turn) -> DynamoDBJournalStorage:
    """Return where the answers of a turn are kept."""
    message_id = None if turn.message is None else turn.message.id
    return DynamoDBJournalStorage(client, tables, turn.session_id, message_id, turn.anonymous, turn.now)
