"""The transactional outbox: messages that were stored but not queued are queued from the table's change stream."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from conversations.domain.jobs import AnswerJob
from conversations.ports.queues import TurnQueue
from conversations.ports.turns import TurnStore


@dataclass(frozen=True, slots=True)
class OutboxRelay:
    """Queues messages whose sender crashed, or found the queue unavailable, between storing and queueing."""

    turns: TurnStore
    queue: TurnQueue

    def relay(self, stored: Iterable[tuple[str, str]]) -> int:
        """Queue the messages that are pending, and return their number.

        The queue deduplicates messages that their sender has queued too, or the bot finds them answered.

        Parameters
        ----------
        stored
            Users' messages that were stored recently, at most 100: bare ids of conversation and message.

        Raises
        ------
        UnavailableError
            If a service does not respond; a retry is safe.
        """
        stored_ids: defaultdict[str, set[str]] = defaultdict(set)
        for conversation_id, message_id in stored:
            stored_ids[conversation_id].add(message_id)
        if not stored_ids:
            return 0
        pending_ids = self.turns.list_pending_message_ids(list(stored_ids))
        relayed = [
            (conversation_id, message_id)
            for conversation_id, message_ids in pending_ids.items()
            for message_id in message_ids
            if message_id in stored_ids[conversation_id]
        ]
        for conversation_id, message_id in relayed:
            # safeguard: relay-queues
            # safeguard: relay-retried
            self.queue.put(AnswerJob(conversation_id=conversation_id, message_id=message_id))
        return len(relayed)
