"""Starting and listing conversations."""

from datetime import datetime

from conversations.data_classes import dataclass
from conversations.domain import ids
from conversations.domain.authorization import require_access, require_bot
from conversations.domain.bot import Bot, BotSummary
from conversations.domain.conversation import (
    GREETING_SEQ,
    Conversation,
    ListCursor,
    ListFilter,
    build_preview,
    get_visitor_expiry,
)
from conversations.domain.errors import UnavailableError
from conversations.domain.jobs import AnswerJob, GreetJob, TurnJob
from conversations.domain.message import Message, Sender
from conversations.domain.principal import Principal
from conversations.ports.bots import BotCatalogue
from conversations.ports.clock import Clock
from conversations.ports.conversations import ConversationStore
from conversations.ports.queues import TurnQueue
from conversations.services.conversation_list import ConversationListService, ListPage


@dataclass(frozen=True, slots=True)
class ConversationService:
    """Starts and lists conversations."""

    store: ConversationStore
    bots: BotCatalogue
    queue: TurnQueue
    default_bot_id: str
    now: Clock

    def start(
        self,
        principal: Principal,
        *,
        bot_id: str | None,
        initial_message: str | None,
        client_message_id: str | None = None,
        conversation_id: str | None = None,
    ) -> Conversation:
        """Start a conversation with a bot, and queue the bot's answer or greeting.

        Parameters
        ----------
        principal
            The owner of the new conversation.
        bot_id
            None for the default bot.
        initial_message
            The user's first message, already validated; None to let the bot speak first.
        client_message_id
            Idempotency key of the start and of its message: if it was used before with the same content, the
            conversation of then is returned, and queued again in case the first attempt failed before that.
        conversation_id
            Bare id of the new conversation; None for a new id.

        Raises
        ------
        NotFoundError
            If the bot does not exist.
        ForbiddenError
            If the caller may not talk to it.
        ConflictError
            If the ``client_message_id`` was used with another content, or a conversation has the id.
        UnavailableError
            If the conversation could not be stored; or queued, and the key makes a retry safe.
        """
        bot = self.bots.get(bot_id or self.default_bot_id)
        require_bot(bot, principal)
        conversation, message = new_conversation(principal, bot, self.now(), conversation_id), None
        if initial_message is not None:
            message = _build_first_message(conversation, initial_message, client_message_id)
            conversation = _add_first_message(conversation, message)
        started = self.store.create(conversation, message, client_message_id=client_message_id)
        try:
            self.queue.put(_build_first_job(started), waits=started.waits)
        except UnavailableError:
            # A retry without the key would start another conversation. Without a retry, the outbox relay queues the
            # message, or the bot greets when a device connects.
            # safeguard: start-stored
            if client_message_id is not None:
                raise
        return started

    def list_by_owner(
        self, principal: Principal, matching: ListFilter, *, limit: int, offset: int, after: ListCursor | None
    ) -> ListPage:
        """Return a page of the caller's conversations; see ``ConversationListService.get_page``."""
        lists = ConversationListService(self.store, self.now)
        return lists.get_page(principal.owner, matching, limit=limit, offset=offset, after=after)

    def get(self, principal: Principal, conversation_id: str) -> Conversation:
        """Return a conversation of the caller.

        Raises
        ------
        NotFoundError, ForbiddenError
            If the caller has no such conversation.
        """
        return require_access(self.store.get(conversation_id), principal, self.now())

    def list_bots(self, principal: Principal) -> tuple[BotSummary, ...]:
        """Return the bots the caller may talk to."""
        return tuple(bot for bot in self.bots.list_bots() if bot.allows(principal))


def new_conversation(principal: Principal, bot: Bot, now: datetime, conversation_id: str | None = None) -> Conversation:
    """Return a new conversation of ``principal`` with ``bot``, not yet stored."""
    return Conversation(
        id=principal.conversation_id or conversation_id or ids.new_conversation_id(now),
        owner=principal.owner,
        bot_id=bot.id,
        bot_name=bot.name,
        created_at=now,
        updated_at=now,
        last_activity=now,
        expires_at=get_visitor_expiry(now) if principal.anonymous else None,
        groups=principal.groups,
        waits=bot.waits,
    )


def _add_first_message(conversation: Conversation, message: Message) -> Conversation:
    """Return the new conversation with the user's first message pending; the bot answers it and does not greet."""
    return conversation.model_copy(
        update={
            "last_seq": message.seq,
            "last_message": build_preview(message),
            "answered_seq": GREETING_SEQ,
            "pending_message_ids": (message.id,),
        }
    )


def _build_first_job(started: Conversation) -> TurnJob:
    if not started.pending_message_ids:
        return GreetJob(conversation_id=started.id)
    return AnswerJob(conversation_id=started.id, message_id=started.pending_message_ids[0])


def _build_first_message(conversation: Conversation, content: str, client_message_id: str | None) -> Message:
    return Message(
        id=ids.new_message_id(conversation.created_at, 1),
        conversation_id=conversation.id,
        seq=1,
        sender=Sender.USER,
        content=content,
        timestamp=conversation.created_at,
        client_message_id=client_message_id,
        groups=conversation.groups,
    )
