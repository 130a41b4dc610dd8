"""Deleting: first nobody can find it any more, then it is removed, piece by piece."""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass

from conversations.domain.authorization import require_access
from conversations.domain.conversation import Conversation, ListFilter
from conversations.domain.errors import ConnectionGoneError, UnavailableError
from conversations.domain.jobs import ErasureJob
from conversations.domain.limits import MAX_CLOCK_SKEW
from conversations.domain.principal import Principal
from conversations.ports.clock import Clock
from conversations.ports.conversations import ConversationStore
from conversations.ports.erasure import Eraser
from conversations.ports.queues import ErasureQueue
from conversations.ports.websocket import ConnectionStore, Gateway

_PAGE_SIZE = 50


class DeadlineExceededError(Exception):
    """The invocation is about to end, and there is more to erase."""


@dataclass(frozen=True, slots=True)
class ErasureService:
    """Erases conversations, and everything of a user. Whatever is cut short is finished by the queue."""

    conversations: ConversationStore
    connections: ConnectionStore
    gateway: Gateway
    eraser: Eraser
    queue: ErasureQueue
    now: Clock

    def delete_conversation(self, principal: Principal, session_id: str, *, time_left: Callable[[], float]) -> None:
        """Delete a conversation of the caller.

        From here on nobody finds it, whether or not its messages are removed already.

        Parameters
        ----------
        principal
            The caller.
        session_id
            Bare id of the conversation.
        time_left
            Seconds this invocation may go on.

        Raises
        ------
        NotFoundError, ForbiddenError
            If the caller has no such conversation.
        UnavailableError
            If it could not be done; a retry goes on where this one stopped.
        """
        conversation = self.conversations.get(session_id)
        if conversation is None or conversation.owner != principal.owner or not conversation.deleted:
            conversation = require_access(conversation, principal, self.now())
        # What does not fit into this invocation is in the queue already.
        with suppress(DeadlineExceededError):
            self._delete(conversation, self._clock_of(time_left))

    def delete_user(self, principal: Principal, *, time_left: Callable[[], float]) -> bool:
        """Erase everything of the caller; tell whether all is gone already.

        Raises
        ------
        UnavailableError
            If it could not be done; a retry goes on where this one stopped.
        """
        return self._run(ErasureJob(owner=principal.owner, requested_at=self.now()), time_left)

    def resume(self, erasure: ErasureJob, *, time_left: Callable[[], float]) -> None:
        """Do, or go on with, what was queued."""
        self._run(erasure, time_left)

    def _run(self, erasure: ErasureJob, time_left: Callable[[], float]) -> bool:
        check_time = self._clock_of(time_left)
        try:
            if erasure.session_id is None:
                self._erase_user(erasure, check_time)
            else:
                self._erase_conversation(erasure.session_id, check_time)
        except DeadlineExceededError:
            self.queue.put(erasure)
            return False
        return True

    def _clock_of(self, time_left: Callable[[], float]) -> Callable[[], None]:
        def check_time() -> None:
            if time_left() <= 0:
                raise DeadlineExceededError

        return check_time

    def _erase_user(self, erasure: ErasureJob, check_time: Callable[[], None]) -> None:
        for connection in self.connections.list_by_owner(erasure.owner):
            check_time()
            self._close(erasure.owner, connection.connection_id)
        nothing_left = self._delete_all(erasure, check_time)
        # After the conversations: a turn that is still at work in one of them can no longer remember anything.
        while not self.eraser.erase_memories(erasure.owner):
            check_time()
        if nothing_left:
            self.eraser.erase_counters(erasure.owner)

    def _delete_all(self, erasure: ErasureJob, check_time: Callable[[], None]) -> bool:
        """Delete the owner's conversations; tell whether none is left, not even one begun since."""
        none_left, after = True, None
        while True:
            page = self.conversations.list_by_owner(erasure.owner, ListFilter(), limit=_PAGE_SIZE, after=after)
            for summary in page.items:
                check_time()
                conversation = self.conversations.get(summary.id)
                # Two functions' clocks: what was begun before must not seem begun since.
                if conversation is not None and conversation.created_at > erasure.requested_at + MAX_CLOCK_SKEW:
                    none_left = False
                elif conversation is not None:
                    self._delete(conversation, check_time)
            if not page.has_more:
                return none_left
            after = page.items[-1].position

    def _delete(self, conversation: Conversation, check_time: Callable[[], None]) -> None:
        """Make a conversation unfindable and erase it; queued first, so that nothing is left behind by a crash."""
        self.queue.put(ErasureJob(owner=conversation.owner, session_id=conversation.id, requested_at=self.now()))
        self.conversations.mark_deleted(conversation, self.now())
        self._erase(conversation.id, check_time)

    def _erase_conversation(self, session_id: str, check_time: Callable[[], None]) -> None:
        conversation = self.conversations.get(session_id)
        if conversation is not None:
            self.conversations.mark_deleted(conversation, self.now())
            self._erase(session_id, check_time)

    def _erase(self, session_id: str, check_time: Callable[[], None]) -> None:
        while not self.eraser.erase_messages(session_id):
            check_time()
        # The row last: what is left of a conversation can be found by it.
        self.eraser.erase_conversation(session_id)

    def _close(self, owner: str, connection_id: str) -> None:
        try:
            self.gateway.close(connection_id)
        except (ConnectionGoneError, UnavailableError):
            return
        finally:
            self.connections.remove(owner, connection_id)
