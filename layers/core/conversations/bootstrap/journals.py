"""The replay journals of turns."""

from conversations.adapters.dynamodb.journal_storage import DynamoDBJournalStorage, build_journal_storage, close_journal
from conversations.bootstrap.clients import dynamodb
from conversations.bootstrap.stores import tables
from conversations.domain import timestamps
from conversations.domain.turn import Turn
from conversations.domain.turn_time import get_run_seconds


def journal_storage(turn: Turn) -> DynamoDBJournalStorage:
    """Return the storage of the replay journal of a turn that runs now."""
    seconds = get_run_seconds(turn.time_left(), waits=turn.bot.waits)
    return build_journal_storage(dynamodb(), tables(), turn, seconds=seconds, now=timestamps.now)


def forget_turn(conversation_id: str, message_id: str | None) -> None:
    """Delete the content of the replay journal of a turn whose conversation is gone, and let no run write it again."""
    close_journal(dynamodb(), tables(), conversation_id, message_id, timestamps.now())
