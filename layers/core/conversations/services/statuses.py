"""The status and the title of a conversation, and notifying the user's devices when they change."""

from collections.abc import Callable

from conversations.contract.server_frames import ArchivedFrame, DeletedFrame, RenamedFrame, ReopenedFrame
from conversations.data_classes import dataclass
from conversations.domain.authorization import require_access
from conversations.domain.conversation import Conversation, ConversationStatus
from conversations.domain.principal import Principal
from conversations.ports.clock import Clock
from conversations.ports.conversations import ConversationStore
from conversations.services.fan_out import FanOut

type StatusFrame = ArchivedFrame | ReopenedFrame | DeletedFrame
type ChangeFrame = StatusFrame | RenamedFrame


@dataclass(frozen=True, slots=True)
class StatusService:
    """Archives, reopens and renames conversations."""

    conversations: ConversationStore
    fan_out: FanOut
    now: Clock

    def update(
        self, principal: Principal, conversation_id: str, *, status: ConversationStatus | None, title: str | None
    ) -> Conversation:
        """Change what is given of status and title, at least one of them, and return the conversation.

        Raises
        ------
        NotFoundError, ForbiddenError
            If the caller has no such conversation.
        UnavailableError
            If it failed; a retry is safe.
        """
        if title is not None:
            renamed = self.set_title(principal, conversation_id, title)
            if status is None:
                return renamed
        return self.set_status(principal, conversation_id, status or ConversationStatus.ACTIVE)

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
        self._notify(changed, build_status_frame)
        return changed

    def set_title(self, principal: Principal, conversation_id: str, title: str) -> Conversation:
        """Rename a conversation of the caller, notify the caller's devices, and return the conversation.

        Raises
        ------
        NotFoundError, ForbiddenError
            If the caller has no such conversation.
        UnavailableError
            If it failed; a retry is safe.
        """
        conversation = require_access(self.conversations.get(conversation_id), principal, self.now())
        changed = self.conversations.set_title(conversation, title)
        self._notify(changed, build_title_frame)
        return changed

    def _notify(
        self, conversation: Conversation, build_frame: Callable[[str, Conversation | None], ChangeFrame]
    ) -> None:
        """Notify the owner's devices of a change.

        Two requests can notify in another order than they wrote. So the conversation is read after each notification,
        and the frame is sent again if it is another one now: the last notification is always right.
        """
        frame = build_frame(conversation.id, conversation)
        while True:
            self.fan_out.send_to_owner(conversation.owner, [frame])
            current = build_frame(conversation.id, self.conversations.get(conversation.id))
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


def build_title_frame(conversation_id: str, conversation: Conversation | None) -> RenamedFrame | DeletedFrame:
    """Build the frame with the title of a user's conversation; None if it does not exist any more."""
    if conversation is None or conversation.deleted:
        return DeletedFrame.from_id(conversation_id)
    return RenamedFrame.from_conversation(conversation)
