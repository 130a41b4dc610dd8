"""Waiting for a bot's answer within one request, for protocols without a connection."""

from collections.abc import Callable
from dataclasses import dataclass

from conversations.domain import ids
from conversations.domain.authorization import require_access
from conversations.domain.conversation import Conversation
from conversations.domain.errors import ConversationsError, NotFoundError, UnavailableError
from conversations.domain.message import Message, Sender
from conversations.domain.principal import Principal
from conversations.ports.clock import Clock
from conversations.ports.conversations import ConversationStore
from conversations.ports.messages import MessageStore

_FIRST_PAUSE_SECONDS = 0.1
_PAUSE_FACTOR = 1.5
_MAX_PAUSE_SECONDS = 1.0
"""Longest pause between two reads of the conversation. The first ones are shorter, because a bot without a model takes
about 0.2 s. A wait of 5 s is 9 reads of a row, one of 24 s is 28."""

_MAX_MESSAGES = 100
"""More messages than one turn can store."""

_NOT_YET = "The bot has not answered yet. Send the same request again to get the answer."


class AnswerFailedError(ConversationsError):
    """The bot could not answer the message, and will not without an operator."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What a bot said in one turn.

    Attributes
    ----------
    question
        The user's message, as it is stored after the turn.
    messages
        The bot's messages, in order; none if it said nothing.
    """

    question: Message
    messages: tuple[Message, ...]


@dataclass(frozen=True, slots=True)
class AnswerService:
    """Waits for answers.

    ``pause`` sleeps for some seconds.
    """

    conversations: ConversationStore
    messages: MessageStore
    now: Clock
    pause: Callable[[float], None]

    def wait(
        self, principal: Principal, conversation_id: str, message_id: str, get_seconds_left: Callable[[], float]
    ) -> Answer:
        """Return the answer to a message of the caller as soon as it is stored.

        Parameters
        ----------
        principal
            The caller.
        conversation_id
            Bare id of the conversation.
        message_id
            Bare id of the message.
        get_seconds_left
            Returns the seconds that are left for waiting.

        Raises
        ------
        NotFoundError, ForbiddenError
            If the conversation is deleted, or given to another user, before the bot has answered.
        AnswerFailedError
            If the bot failed.
        UnavailableError
            If the bot has not answered in time, or the store does not answer. A retry is safe.
        """
        pause = _FIRST_PAUSE_SECONDS
        while True:
            if get_seconds_left() < pause:
                raise UnavailableError(_NOT_YET, retry_after=1)
            self.pause(pause)
            conversation = require_access(self.conversations.get(conversation_id), principal, self.now())
            if message_id in conversation.failed_message_ids:
                raise AnswerFailedError("The bot could not answer this message.")
            if not conversation.is_pending(ids.get_seq(message_id)):
                return self._read(conversation, message_id)
            pause = min(pause * _PAUSE_FACTOR, _MAX_PAUSE_SECONDS)

    def _read(self, conversation: Conversation, message_id: str) -> Answer:
        page = self.messages.read_messages(
            conversation, first=message_id, last=ids.LAST_ID, newest=False, limit=_MAX_MESSAGES
        )
        if not page.items or page.items[0].sender is not Sender.USER:
            raise NotFoundError("The message does not exist.")
        question = page.items[0]
        replies = tuple(message for message in page.items if message.answers == question.seq)
        return Answer(question, replies)
