"""Sending messages, and reading them with pagination."""

from conversations.data_classes import dataclass
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
from conversations.services.uploads import UploadService


@dataclass(frozen=True, slots=True)
class MessageService:
    """Sends users' messages."""

    messages: MessageStore
    bots: BotCatalogue
    queue: TurnQueue
    uploads: UploadService
    now: Clock

    def send(
        self, principal: Principal, conversation_id: str, draft: Draft, *, connection_id: str | None = None
    ) -> Message:
        """Store a user's message, queue it for the bot, and return it as stored.

        Parameters
        ----------
        principal
            The caller.
        conversation_id
            Bare id of the conversation.
        draft
            The message. Its ``client_message_id`` is an idempotency key: if it was used before with the same content,
            the first message is returned. It is queued again in case the first attempt failed before that; the bot
            answers it once.
        connection_id
            The connection it came from, which gets no copy.

        Raises
        ------
        NotFoundError, ForbiddenError
            If the caller has no such conversation, or may no longer talk to its bot.
        InvalidMessageError
            If an uploaded file cannot be sent; see ``UploadService.attach``.
        ConflictError, UnavailableError
            As ``UploadService.attach``, ``MessageStore.append`` and ``TurnQueue.put`` do.
        """
        now = self.now()
        route = self.messages.get_route(principal, conversation_id, now)
        require_bot(self.bots.get(route.bot_id), principal)
        attached = self.uploads.attach(principal, conversation_id, draft)
        message = self.messages.append(principal, conversation_id, attached, now)
        job = AnswerJob(conversation_id=conversation_id, message_id=message.id, connection_id=connection_id)
        # safeguard: send-queued
        self.queue.put(job, waits=route.waits)
        return message


@dataclass(frozen=True, slots=True)
class HistoryService:
    """Reads the messages of a conversation."""

    conversations: ConversationStore
    messages: MessageStore
    now: Clock

    def page(
        self, principal: Principal, conversation_id: str, *, limit: int, before: str | None, after: str | None
    ) -> Page[Message]:
        """Return a page of a conversation, oldest message first.

        Parameters
        ----------
        principal
            The caller.
        conversation_id
            Bare id of the conversation.
        limit
            Most messages on the page.
        before, after
            Exclusive bounds: a timestamp or a public message id each. With ``after`` the oldest matching page is
            returned, otherwise the newest.

        Raises
        ------
        NotFoundError, ForbiddenError
            If the caller has no such conversation.
        InvalidRequestError
            If ``before`` or ``after`` is neither a timestamp nor a message id.
        """
        first = ids.FIRST_ID if after is None else _get_id_after(after)
        last = ids.LAST_ID if before is None else _get_id_before(before)
        conversation = require_access(self.conversations.get(conversation_id), principal, self.now())
        return self.messages.get_page(conversation, first=first, last=last, newest=after is None, limit=limit)


def _get_id_after(bound: str) -> str:
    """Return the smallest bare id after a timestamp or a public message id.

    Raises
    ------
    InvalidRequestError
        If it is neither.
    """
    if ids.is_message_id(bound):
        return ids.get_next_id(ids.parse_message_id(bound, field="after"))
    return ids.get_next_id(ids.get_last_id_at(timestamps.parse_client_timestamp(bound, field="after")))


def _get_id_before(bound: str) -> str:
    if ids.is_message_id(bound):
        return ids.get_previous_id(ids.parse_message_id(bound, field="before"))
    return ids.get_previous_id(ids.get_first_id_at(timestamps.parse_client_timestamp(bound, field="before")))
