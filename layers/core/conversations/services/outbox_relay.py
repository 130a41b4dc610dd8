"""The transactional outbox: messages that were stored but not queued are queued from the table's change stream.

The stream only says which messages were stored. Whether they were queued is checked later, from a delayed queue: by
then most messages are answered, no stream waits for a check, and a message whose check fails has a dead letter.
"""

from collections import defaultdict
from collections.abc import Iterable

from conversations.data_classes import dataclass
from conversations.domain.conversation import Conversation
from conversations.domain.errors import UnavailableError
from conversations.domain.jobs import AnswerJob, OutboxCheckJob
from conversations.ports.queues import OutboxQueue, TurnQueue
from conversations.ports.turns import TurnStore


@dataclass(frozen=True, slots=True)
class OutboxRelay:
    """Queues messages whose sender crashed, or found the queue unavailable, after storing."""

    turns: TurnStore
    queue: TurnQueue
    checks: OutboxQueue

    def relay(self, stored: Iterable[tuple[str, str]]) -> int:
        """Schedule the check of users' messages that were stored just now, and return their number.

        Parameters
        ----------
        stored
            The messages, at most 100: bare ids of conversation and message.

        Raises
        ------
        UnavailableError
            If the queue does not respond; a retry is safe.
        """
        messages = tuple(stored)
        if messages:
            # safeguard: relay-scheduled
            self.checks.put(OutboxCheckJob(messages=messages))
        return len(messages)

    def check(self, job: OutboxCheckJob) -> int:
        """Queue the messages that are pending, or whose inline turn may not be delivered, and return their number.

        The queue deduplicates messages that their sender has queued too, or the bot finds them answered. If one of the
        messages cannot be checked, the job is divided until that message is alone in a job.

        Raises
        ------
        UnavailableError
            If a service does not respond; a retry is safe.
        Exception
            If the only message cannot be checked.
        """
        try:
            return self._queue_pending(job.messages)
        except UnavailableError:
            raise
        except Exception:
            if len(job.messages) == 1:
                raise
            middle = len(job.messages) // 2
            for part in (job.messages[:middle], job.messages[middle:]):
                # safeguard: relay-divided
                self.checks.put(OutboxCheckJob(messages=part))
            return 0

    def _queue_pending(self, messages: Iterable[tuple[str, str]]) -> int:
        stored_ids: defaultdict[str, set[str]] = defaultdict(set)
        for conversation_id, message_id in messages:
            stored_ids[conversation_id].add(message_id)
        relayed = [
            (conversation, message_id)
            for conversation in self.turns.list_conversations(list(stored_ids))
            for message_id in _list_unfinished(conversation)
            if message_id in stored_ids[conversation.id]
        ]
        for conversation, message_id in relayed:
            job = AnswerJob(conversation_id=conversation.id, message_id=message_id)
            # safeguard: relay-queues
            # safeguard: relay-retried
            self.queue.put(job, waits=conversation.waits)
        return len(relayed)


def _list_unfinished(conversation: Conversation) -> tuple[str, ...]:
    """Return the ids of the messages that are pending, and of the one whose inline turn may not be delivered."""
    # safeguard: relay-inline
    inline = () if conversation.inline_message_id is None else (conversation.inline_message_id,)
    return (*conversation.pending_message_ids, *inline)
