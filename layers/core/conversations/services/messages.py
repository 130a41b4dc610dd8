"""Sending messages and reading them back."""

from dataclasses import dataclass

from conversations.domain import ids, timestamps
from conversations.domain.authorization import require_access, require_bot
from conversations.domain.jobs import AnswerJob
from conversations.domain.message import Draft, Message
from conversations.domain.page import Page
from conversations.domain.principal import Principal
from conversations.ports.bots import BotCatalogue
from conversations.ports.clock import Clock
from conversations.ports.conversations import ConversationStore
from conversations.ports.messages import MessageStore
from conversations.ports.queues import TurnQueue


@dataclass(frozen=True, slots=True)
class MessageService:
    """What a caller does in a conversation: say something."""

    messages: MessageStore
    bots: BotCatalogue
    queue: TurnQueue
    now: Clock

    def send(self, principal: Principal, session_id: str, draft: Draft, *, connection_id: str | None = None) -> Message:
        """Store what the user said, queue it for the bot, and return it as stored.

        Parameters
        ----------
        principal
            The caller.
        session_id
            Bare id of the conversation.
        draft
            What to say. A ``client_message_id`` that was used before with the same content returns the first message,
            and queues it again in case that is where the first attempt was cut; the bot answers it once.
        connection_id
            The socket it came from, which is spared a copy.

        Raises
        ------
        NotFoundError, ForbiddenError
            If the caller has no such conversation, or may not talk to its bot any more.
        ConflictError, UnavailableError
            As ``MessageStore.append`` and ``TurnQueue.put`` do.
        """
        now = self.now()
        require_bot(self.bots.get(self.messages.get_bot_id(principal, session_id, now)), principal)
        message = self.messages.append(principal, session_id, draft, now)
        self.queue.put(AnswerJob(session_id=session_id, message_id=message.id, connection_id=connection_id))
        return message


@dataclass(frozen=True, slots=True)
class HistoryService:
    """Reading what was said."""

    conversations: ConversationStore
    messages: MessageStore
    now: Clock

    def page(
        self, principal: Principal, session_id: str, *, limit: int, before: str | None, after: str | None
    ) -> Page[Message]:
        """Return a page of a conversation, oldest first.

        Parameters
        ----------
        principal
            The caller.
        session_id
            Bare id of the conversation.
        limit
            How many at most.
        before, after
            A time or a public message id each, both exclusive. With ``after`` the oldest page of what is left, else the
            newest.

        Raises
        ------
        NotFoundError, ForbiddenError
            If the caller has no such conversation.
        InvalidRequestError
            If ``before`` or ``after`` is neither a time nor a message id.
        """
        first = ids.FIRST_ID if after is None else id_after(after)
        last = ids.LAST_ID if before is None else _id_before(before)
        conversation = require_access(self.conversations.get(session_id), principal, self.now())
        return self.messages.get_page(conversation, first=first, last=last, newest=after is None, limit=limit)


def id_after(cursor: str) -> str:
    """Return the least bare id behind a time or a public message id.

    Raises
    ------
    InvalidRequestError
        If it is neither.
    """
    if ids.is_message_id(cursor):
        return ids.get_next_id(ids.parse_message_id(cursor, field="after"))
    return ids.get_next_id(ids.get_last_id_at(timestamps.parse_client_timestamp(cursor, field="after")))


def _id_before(cursor: str) -> str:
    if ids.is_message_id(cursor):
        return ids.get_previous_id(ids.parse_message_id(cursor, field="before"))
    return ids.get_previous_id(ids.get_first_id_at(timestamps.parse_client_timestamp(cursor, field="before")))
