"""Deletion: a soft delete first, so that nothing can be found any more, then the erasure of the data in steps."""

from collections.abc import Callable
from contextlib import suppress

from conversations.contract.server_frames import DeletedFrame
from conversations.data_classes import dataclass
from conversations.domain.answer_control import SIGNAL_LIFETIME, StopRequest
from conversations.domain.authorization import require_access
from conversations.domain.conversation import Conversation, ListFilter
from conversations.domain.errors import ConnectionGoneError, UnavailableError
from conversations.domain.jobs import ErasureJob
from conversations.domain.limits import MAX_CLOCK_SKEW
from conversations.domain.principal import Principal
from conversations.domain.turn import get_turn_id
from conversations.ports.clock import Clock
from conversations.ports.conversations import ConversationStore
from conversations.ports.drive import DriveStore
from conversations.ports.erasure import Eraser
from conversations.ports.owned_rows import OwnedRowStore
from conversations.ports.queues import ErasureQueue
from conversations.ports.sent_files import SentFileStore
from conversations.ports.websocket import ConnectionStore, Gateway
from conversations.services.fan_out import FanOut

_PAGE_SIZE = 50

type _DeadlineCheck = Callable[[], None]
"""Raises ``DeadlineExceededError`` when the time of the invocation is up."""


class DeadlineExceededError(Exception):
    """The invocation is about to time out, and there is more to erase."""


@dataclass(frozen=True, slots=True)
class ErasureService:
    """Erases single conversations, and all data of a user. Interrupted work is finished by queued jobs."""

    conversations: ConversationStore
    connections: ConnectionStore
    gateway: Gateway
    fan_out: FanOut
    eraser: Eraser
    drive: DriveStore
    sent_files: SentFileStore
    owned_rows: OwnedRowStore
    queue: ErasureQueue
    now: Clock

    def delete_conversation(
        self, principal: Principal, conversation_id: str, *, time_left: Callable[[], float]
    ) -> None:
        """Delete a conversation of the caller.

        When this returns, no request finds the conversation, even if its messages are not erased yet.

        Parameters
        ----------
        principal
            The caller.
        conversation_id
            Bare id of the conversation.
        time_left
            Returns the remaining seconds of this invocation.

        Raises
        ------
        NotFoundError, ForbiddenError
            If the caller has no such conversation.
        UnavailableError
            If it failed; a retry continues where this call stopped.
        """
        conversation = self.conversations.get(conversation_id)
        if conversation is None or conversation.owner != principal.owner or not conversation.deleted:
            conversation = require_access(conversation, principal, self.now())
        self._mark_deleted(conversation)
        self._stop_answer(conversation)
        self._notify(conversation)
        # The queued job finishes what does not fit into this invocation.
        with suppress(DeadlineExceededError):
            self._erase(conversation.id, _deadline_check(time_left))

    def delete_user(self, principal: Principal, *, time_left: Callable[[], float]) -> bool:
        """Erase all data of the caller, and return whether the erasure is complete.

        Raises
        ------
        UnavailableError
            If it failed; a retry continues where this call stopped.
        """
        return self._run(ErasureJob(owner=principal.owner, requested_at=self.now()), time_left)

    def resume(self, erasure: ErasureJob, *, time_left: Callable[[], float]) -> None:
        """Run a queued erasure, or continue it."""
        self._run(erasure, time_left)

    def _run(self, erasure: ErasureJob, time_left: Callable[[], float]) -> bool:
        check_deadline = _deadline_check(time_left)
        try:
            if erasure.conversation_id is None:
                self._erase_user(erasure, check_deadline)
            else:
                self._erase_conversation(erasure.conversation_id, check_deadline)
        except DeadlineExceededError:
            self.queue.put(erasure)
            return False
        return True

    def _erase_user(self, erasure: ErasureJob, check_deadline: _DeadlineCheck) -> None:
        self._close_all(erasure.owner, check_deadline)
        is_empty = self._delete_all(erasure, check_deadline)
        # After the conversations: a turn that still runs in one of them can no longer store memories.
        while not self.eraser.erase_memories(erasure.owner):
            check_deadline()
        # After the conversations too: none of them can write files any more.
        # safeguard: erase-files
        while not self.drive.erase_by_owner(erasure.owner):
            check_deadline()
        # safeguard: erase-rows
        while not self.owned_rows.erase_by_owner(erasure.owner):
            check_deadline()
        while not self.eraser.erase_start_records(erasure.owner):
            check_deadline()
        if is_empty:
            self.eraser.erase_counters(erasure.owner)
        # A device that has connected meanwhile may have got a conversation that is deleted now.
        self._close_all(erasure.owner, check_deadline)
        # safeguard: erase-controls
        while not self.connections.remove_controls(erasure.owner):
            check_deadline()

    def _delete_all(self, erasure: ErasureJob, check_deadline: _DeadlineCheck) -> bool:
        """Delete the conversations from before the request; return whether the owner has no newer ones either."""
        is_empty, after = True, None
        while True:
            page = self.conversations.list_by_owner(erasure.owner, ListFilter(), limit=_PAGE_SIZE, after=after)
            for summary in page.items:
                check_deadline()
                conversation = self.conversations.get(summary.id)
                # The clocks of two functions differ: an older conversation must not look like a newer one.
                if conversation is not None and conversation.created_at > erasure.requested_at + MAX_CLOCK_SKEW:
                    is_empty = False
                elif conversation is not None:
                    self._mark_deleted(conversation)
                    self._erase(conversation.id, check_deadline)
            if not page.has_more:
                return is_empty
            after = page.items[-1].position

    def _mark_deleted(self, conversation: Conversation) -> None:
        """Soft-delete a conversation; queue the job first, so that a crash leaves nothing undone."""
        self.queue.put(ErasureJob(owner=conversation.owner, conversation_id=conversation.id, requested_at=self.now()))
        self.conversations.mark_deleted(conversation, self.now())

    def _stop_answer(self, conversation: Conversation) -> None:
        """Stop an answer that is being generated: no one can read it. The deletion does not depend on that."""
        if conversation.is_answering:
            turn_id = get_turn_id(conversation.id, conversation.answering_message_id)
            request = StopRequest(turn_id, None, self.now() + SIGNAL_LIFETIME)
            with suppress(UnavailableError):
                # safeguard: delete-stops
                self.connections.add_stop_request(conversation.owner, request)

    def _notify(self, conversation: Conversation) -> None:
        """Notify the owner's devices, after the deletion and before the erasure, which can take long."""
        # safeguard: delete-notifies
        self.fan_out.send_to_owner(conversation.owner, [DeletedFrame.from_id(conversation.id)])

    def _erase_conversation(self, conversation_id: str, check_deadline: _DeadlineCheck) -> None:
        conversation = self.conversations.get(conversation_id)
        if conversation is not None:
            self.conversations.mark_deleted(conversation, self.now())
            self._notify(conversation)
            self._erase(conversation_id, check_deadline)

    def _erase(self, conversation_id: str, check_deadline: _DeadlineCheck) -> None:
        while not self.eraser.erase_messages(conversation_id):
            check_deadline()
        # safeguard: erase-sent-files
        while not self.sent_files.erase_by_conversation(conversation_id):
            check_deadline()
        # The conversation's row goes last, because a retry finds the messages through it.
        self.eraser.erase_conversation(conversation_id)

    def _close_all(self, owner: str, check_deadline: _DeadlineCheck) -> None:
        for connection in self.connections.list_by_owner(owner):
            check_deadline()
            self._close(owner, connection.connection_id)

    def _close(self, owner: str, connection_id: str) -> None:
        try:
            self.gateway.close(connection_id)
        except (ConnectionGoneError, UnavailableError):
            return
        finally:
            self.connections.remove(owner, connection_id)


def _deadline_check(time_left: Callable[[], float]) -> _DeadlineCheck:
    def check_deadline() -> None:
        if time_left() <= 0:
            raise DeadlineExceededError

    return check_deadline
