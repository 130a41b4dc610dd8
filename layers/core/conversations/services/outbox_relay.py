"""The message relay (the transactional outbox pattern): what was stored and never queued is queued."""

from collections.abc import Iterable
from dataclasses import dataclass

from conversations.domain.jobs import AnswerJob
from conversations.ports.queues import TurnQueue
from conversations.ports.turns import TurnStore


@dataclass(frozen=True, slots=True)
class OutboxRelay:
    """Looks after messages whose sender died, or met a queue that did not answer, between storing and queueing."""

    turns: TurnStore
    queue: TurnQueue

    def relay(self, stored: Iterable[tuple[str, str]]) -> int:
        """Queue what waits for an answer, and return how much that was.

        What was queued by its sender is dropped by the queue, or found answered by the bots.

        Parameters
        ----------
        stored
            The users' messages that were stored lately, at most 100: bare ids of conversation and message.

        Raises
        ------
        UnavailableError
            If something does not answer; relaying again is safe.
        """
        by_session: dict[str, set[str]] = {}
        for session_id, message_id in stored:
            by_session.setdefault(session_id, set()).add(message_id)
        waiting = self.turns.list_pending_message_ids(list(by_session)) if by_session else {}
        relayed = 0
        for session_id, message_ids in waiting.items():
            for message_id in message_ids:
                if message_id in by_session[session_id]:
                    self.queue.put(AnswerJob(session_id=session_id, message_id=message_id))
                    relayed += 1
        return relayed
