"""Waiting for a bot's answer within one request, for protocols without a connection."""

from collections.abc import Callable, Sequence

from conversations.data_classes import dataclass
from conversations.domain import ids
from conversations.domain.authorization import require_access
from conversations.domain.conversation import GREETING_SEQ, Conversation
from conversations.domain.errors import ConversationsError, NotFoundError, UnavailableError
from conversations.domain.message import Message
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

        def is_answered(conversation: Conversation) -> bool:
            if message_id in conversation.failed_message_ids:
                raise AnswerFailedError("The bot could not answer this message.")
            return not conversation.is_pending(ids.get_seq(message_id))

        conversation = self._poll(principal, conversation_id, get_seconds_left, is_answered)
        messages = self._list_messages(conversation, message_id)
        if not messages or messages[0].id != message_id:
            raise NotFoundError("The message does not exist.")
        return Answer(messages[0], _filter_replies(messages, messages[0].seq))

    def wait_for_greeting(
        self, principal: Principal, conversation_id: str, get_seconds_left: Callable[[], float]
    ) -> tuple[Message, ...]:
        """Return the bot's greeting as soon as it is stored; see ``wait``."""
        conversation = self._poll(
            principal, conversation_id, get_seconds_left, lambda current: not current.is_pending(GREETING_SEQ)
        )
        return _filter_replies(self._list_messages(conversation, ids.FIRST_ID), GREETING_SEQ)

    def _poll(
        self,
        principal: Principal,
        conversation_id: str,
        get_seconds_left: Callable[[], float],
        is_answered: Callable[[Conversation], bool],
    ) -> Conversation:
        pause = _FIRST_PAUSE_SECONDS
        while True:
            if get_seconds_left() < pause:
                raise UnavailableError(_NOT_YET, retry_after=1)
            self.pause(pause)
            conversation = require_access(self.conversations.get(conversation_id), principal, self.now())
            if is_answered(conversation):
                return conversation
            pause = min(pause * _PAUSE_FACTOR, _MAX_PAUSE_SECONDS)

    def _list_messages(self, conversation: Conversation, first: str) -> Sequence[Message]:
        return self.messages.read_messages(
            conversation, first=first, last=ids.LAST_ID, newest=False, limit=_MAX_MESSAGES
        ).items


def _filter_replies(messages: Sequence[Message], seq: int) -> tuple[Message, ...]:
    return tuple(message for message in messages if message.answers == seq)
