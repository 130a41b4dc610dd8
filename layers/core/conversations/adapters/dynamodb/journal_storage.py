"""The replay journals of turns: the results of a script's side effects, for a turn that is run again.

One item per turn that had a side effect, in the table of the messages (``schema.message_history``), so that erasing a
conversation erases it. An item has at most 400 KB (DynamoDB's quota); the engine compresses and limits its content.
"""

from contextlib import suppress
from datetime import datetime
from typing import TYPE_CHECKING
from uuid import uuid4

from conversations.adapters.dynamodb import items
from conversations.adapters.dynamodb.optimistic import ConditionsFailedError, conditional_write
from conversations.adapters.dynamodb.schema import message_history
from conversations.adapters.dynamodb.schema.tables import Tables
from conversations.adapters.dynamodb.serialization import serialize
from conversations.data_classes import dataclass
from conversations.domain import timestamps
from conversations.domain.errors import UnavailableError
from conversations.domain.turn import Turn
from conversations.ports.bots import JournalStorage
from conversations.ports.clock import Clock

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

USER_SECONDS = 28 * 24 * 60 * 60
"""How long a user's journal is stored: as long as its job can wait in the queue, and then in the dead-letter queue from
which it is redriven (14 days each, SQS's maximum retention)."""


LEASE_MARGIN_SECONDS = 2
"""For differences between clocks. A crashed run blocks its retry until the lease ends, so a lease must end before the
queue delivers the job again (the visibility timeout of the turns queue)."""


@dataclass(frozen=True, slots=True)
class Lease:
    """The exclusive right of one run of a turn to have effects.

    Attributes
    ----------
    run_id
        Identifies the run.
    end
        When the run is over at the latest.
    now
        The clock.
    """

    run_id: str
    end: datetime
    now: Clock


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
    lease
        The lease of this run.
    """

    client: "DynamoDBClient"
    tables: Tables
    conversation_id: str
    message_id: str | None
    anonymous: bool
    now: datetime
    lease: Lease

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
            "run_id": self.lease.run_id,
            "lease_end": timestamps.to_epoch_seconds(self.lease.end),
            **message_history.build_journal_key(self.conversation_id, self.message_id),
            "answers": content,
            "expires_at": timestamps.to_epoch_seconds(timestamps.add_seconds(self.now, seconds)),
        }
        try:
            with conditional_write():
                self.client.put_item(
                    TableName=self.tables.messages(anonymous=self.anonymous),
                    Item=serialize(item),
                    # Journals of earlier versions have no lease.
                    # safeguard: journal-lease-held
                    ConditionExpression="attribute_not_exists(lease_end) OR lease_end < :now OR run_id = :run",
                    ExpressionAttributeValues=serialize(
                        {":now": int(self.lease.now().timestamp()), ":run": self.lease.run_id}
                    ),
                )
        except ConditionsFailedError:
            raise UnavailableError from None


def build_journal_storage(
    client: "DynamoDBClient", tables: Tables, turn: Turn, *, seconds: float, now: Clock
) -> DynamoDBJournalStorage:
    """Return the storage of a turn's journal, for a run that starts now and takes at most ``seconds``."""
    message_id = None if turn.message is None else turn.message.id
    lease = Lease(str(uuid4()), timestamps.add_seconds(now(), seconds + LEASE_MARGIN_SECONDS), now)
    return DynamoDBJournalStorage(client, tables, turn.conversation_id, message_id, turn.anonymous, turn.now, lease)


def empty_journal(
    client: "DynamoDBClient", tables: Tables, conversation_id: str, message_id: str | None, now: datetime
) -> None:
    """Delete the content of a turn's journal, in both tables; the empty item expires now. Idempotent.

    It replaces the item, because the functions that run turns may not delete messages.

    Parameters
    ----------
    client, tables
        The tables.
    conversation_id
        Bare id of the conversation.
    message_id
        Id of the message that the turn answers, None for the greeting.
    now
        The current time.

    Raises
    ------
    UnavailableError
        If a table does not answer.
    """
    key = message_history.build_journal_key(conversation_id, message_id)
    item = {**key, "answers": b"", "expires_at": timestamps.to_epoch_seconds(now)}
    for table in (tables.message_history, tables.visitor_messages):
        with suppress(ConditionsFailedError), conditional_write():
            client.put_item(TableName=table, Item=serialize(item), ConditionExpression="attribute_exists(session_id)")
