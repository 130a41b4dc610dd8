"""Sending a message to a bot that may answer within the request."""

from collections.abc import Callable

from conversations.data_classes import dataclass
from conversations.domain.message import Draft, Message
from conversations.domain.principal import Principal
from conversations.services.inline_turns import InlineTurnService
from conversations.services.messages import MessageService


def _deliver_nothing() -> None:
    pass


@dataclass(frozen=True, slots=True)
class SentMessage:
    """A message of a user that is stored.

    Attributes
    ----------
    message
        The message.
    deliver
        Sends message and answer to the user's devices if the turn ran inline. To be called when the message is
        acknowledged, before the function ends. Never raises.
    """

    message: Message
    deliver: Callable[[], None] = _deliver_nothing


@dataclass(frozen=True, slots=True)
class MessageSender:
    """Sends messages: with an inline turn if possible, otherwise by the turn queue."""

    messages: MessageService
    inline_turns: InlineTurnService

    def send(
        self, principal: Principal, conversation_id: str, draft: Draft, *, connection_id: str | None = None
    ) -> SentMessage:
        """Store a user's message and let the bot answer it now or soon; see ``MessageService.send``."""
        answered = self.inline_turns.answer(principal, conversation_id, draft)
        if answered is None:
            return SentMessage(self.messages.send(principal, conversation_id, draft, connection_id=connection_id))
        if isinstance(answered, Message):
            return SentMessage(answered)
        return SentMessage(answered.message, lambda: self.inline_turns.deliver(answered, connection_id))
