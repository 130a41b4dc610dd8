"""The status of a conversation, and notifying the user's devices when it changes."""

from dataclasses import dataclass

from conversations.contract.server_frames import ArchivedFrame, DeletedFrame, ReopenedFrame
from conversations.domain.authorization import require_access
from conversations.domain.conversation import Conversation, ConversationStatus
from conversations.domain.principal import Principal
from conversations.ports.clock import Clock
from conversations.ports.conversations import ConversationStore
from conversations.services.fan_out import FanOut

type StatusFrame = ArchivedFrame | ReopenedFrame | DeletedFrame


@dataclass(frozen=True, slots=True)
class StatusService:
    """Archives and reopens conversations."""

    conversations: ConversationStore
    fan_out: FanOut
    now: Clock

    def set_status(self, principal: Principal, conversation_id: str, status: ConversationStatus) -> Conversation:
        """Archive or reopen a conversation of the caller, notify the caller's devices, and return the conversation.

        Raises
        ------
        NotFoundError, ForbiddenError
            If the caller has no such conversation.
        UnavailableError
            If it failed; a retry is safe.
        """
        conversation = require_access(self.conversations.get(conversation_id), principal, self.now())
        changed = self.conversations.set_status(conversation, status, self.now())
        self._notify(changed)
        return changed

    def _notify(self, conversation: Conversation) -> None:
        """Notify the owner's devices of the status.

        Two requests can notify in another order than they wrote. So the conversation is read after each notification,
        and its status is sent again if it is another one: the last notification is always right.
        """
        frame = build_status_frame(conversation.id, conversation)
        while True:
            self.fan_out.send_to_owner(conversation.owner, [frame])
            current = build_status_frame(conversation.id, self.conversations.get(conversation.id))
            # safeguard: status-last
            if current == frame:
                return
            frame = current


def build_status_frame(conversation_id: str, conversation: Conversation | None) -> StatusFrame:
    """Build the frame with the status of a user's conversation; None if it does not exist any more."""
    if conversation is None or conversation.deleted:
        return DeletedFrame.from_id(conversation_id)
    archived = conversation.status is ConversationStatus.ARCHIVED
    return (ArchivedFrame if archived else ReopenedFrame).from_id(conversation_id)
