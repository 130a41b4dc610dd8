"""The replay journals of turns: the results of a script's side effects, for a turn that is run again.

One item per turn that had a side effect, in the table of the messages (``schema.message_history``), so that erasing a
conversation finds it. An item has at most 400 KB (DynamoDB's quota); the engine compresses and limits its content.
"""

from dataclasses import field
from datetime import datetime
from typing import TYPE_CHECKING

from conversations.adapters.aws import service_errors
from conversations.adapters.dynamodb import items
from conversations.adapters.dynamodb.journal_lease import Lease
from conversations.adapters.dynamodb.optimistic import ConditionsFailedError, conditional_write
from conversations.adapters.dynamodb.schema import message_history
from conversations.adapters.dynamodb.schema.tables import Tables
from conversations.adapters.dynamodb.serialization import Item, serialize
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


CLOSED_SECONDS = 15 * 60
"""How long a closed journal is stored at least: a late request "must reach AWS within five minutes of the time stamp in
the request" in most cases (Signature Version 4)."""


@dataclass(slots=True)
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
    _found_in: str | None = field(init=False, default=None)

    def read(self) -> bytes:
        """Return the journal, with one request; see ``JournalStorage.read``."""
        found = self._read_all()
        table, journal = next(iter(found.items()), (None, None))
        self._found_in = table
        self.lease.see(journal)
        return b"" if journal is None else bytes(journal["answers"])

    def write(self, content: bytes) -> None:
        """Replace the journal; see ``JournalStorage.write``."""
        seconds = message_history.VISITOR_SECONDS if self.anonymous else USER_SECONDS
        expires_at = timestamps.to_epoch_seconds(timestamps.add_seconds(self.now, seconds))
        item = self._key | {"answers": content} | self.lease.build_write(expires_at)
        try:
            with conditional_write():
                self.client.put_item(
                    # The journal of a conversation that was claimed stays where it is: it has one lease.
                    # safeguard: journal-claimed
                    TableName=self._found_in or self.tables.messages(anonymous=self.anonymous),
                    Item=serialize(item),
                    **self.lease.build_condition(),
                )
        except ConditionsFailedError:
            raise UnavailableError from None

    @property
    def is_over(self) -> bool:
        """Whether the lease is over; see ``JournalStorage.is_over``."""
        return self.lease.is_over

    def is_superseded(self) -> bool:
        """Return whether another run has written, with one request; see ``JournalStorage.is_superseded``."""
        return any(self.lease.is_superseded(journal) for journal in self._read_all().values())

    @property
    def _key(self) -> Item:
        return message_history.build_journal_key(self.conversation_id, self.message_id)

    def _read_all(self) -> dict[str, Item]:
        """Return the journal by its table: in either one, as the conversation may have been claimed meanwhile."""
        tables = (self.tables.message_history, self.tables.visitor_messages)
        stored = items.read_items(self.client, {table: [self._key] for table in tables})
        return {table: stored[table][0] for table in tables if stored[table]}


def build_journal_storage(
    client: "DynamoDBClient", tables: Tables, turn: Turn, *, seconds: float, now: Clock
) -> DynamoDBJournalStorage:
    """Return the storage of a turn's journal, for a run that starts now and takes at most ``seconds``."""
    message_id = None if turn.message is None else turn.message.id
    lease = Lease.begin(seconds, now)
    return DynamoDBJournalStorage(client, tables, turn.conversation_id, message_id, turn.anonymous, turn.now, lease)


def may_be_written(item: Item, now: datetime) -> bool:
    """Return whether an item is a journal of which a write may still be executed: its last lease has ended lately."""
    return "lease_end" in item and item["lease_end"] >= timestamps.to_epoch_seconds(now) - CLOSED_SECONDS


def build_closed_journal(key: Item, now: datetime) -> Item:
    """Build the item that replaces the journal of a turn whose conversation is gone.

    It has no content, and no run writes over it: not even with a request that DynamoDB executes late, after the
    conversation was erased. So it is not deleted, and expires.
    """
    expires_at = timestamps.to_epoch_seconds(timestamps.add_seconds(now, CLOSED_SECONDS))
    return {**key, "answers": b"", "is_closed": True, "expires_at": expires_at}


def close_journal(
    client: "DynamoDBClient", tables: Tables, conversation_id: str, message_id: str | None, now: datetime
) -> None:
    """Delete the content of a turn's journal and close it, in both tables, also if it does not exist. Idempotent.

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
    closed = build_closed_journal(message_history.build_journal_key(conversation_id, message_id), now)
    for table in (tables.message_history, tables.visitor_messages):
        with service_errors():
            # safeguard: journal-closed-first
            client.put_item(TableName=table, Item=serialize(closed))
