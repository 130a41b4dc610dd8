"""Who may do what with a conversation: the one place that decides between 403, 404 and 409."""

from datetime import datetime

from conversations.domain.bot import BotSummary
from conversations.domain.conversation import Conversation, ConversationStatus
from conversations.domain.errors import ConflictError, ForbiddenError, NotFoundError
from conversations.domain.principal import Principal


def require_access(conversation: Conversation | None, principal: Principal, now: datetime) -> Conversation:
    """Return ``conversation`` if ``principal`` may see it.

    Raises
    ------
    NotFoundError
        If there is none, or it was a visitor's and has ended.
    ForbiddenError
        If it is somebody else's.
    """
    if conversation is None or conversation.is_gone(now):
        raise NotFoundError("There is no such conversation.")
    if conversation.owner != principal.owner:
        raise ForbiddenError("This conversation is not yours.")
    return conversation


def require_bot(bot: BotSummary, principal: Principal) -> None:
    """Refuse a caller the bot is not for.

    Raises
    ------
    ForbiddenError
        If ``principal`` may not talk to it.
    """
    if not bot.allows(principal):
        raise ForbiddenError("This bot is not for you.")


def require_open(conversation: Conversation) -> None:
    """Refuse to add to an archived conversation.

    Raises
    ------
    ConflictError
        If it is archived.
    """
    if conversation.status is not ConversationStatus.ACTIVE:
        raise ConflictError("The conversation is archived.")
