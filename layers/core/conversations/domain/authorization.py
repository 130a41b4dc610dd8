"""Authorization: who may do what with a conversation, and which of 403, 404 and 409 a refusal is."""

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
        If it does not exist, is deleted, or was a visitor's and has expired.
    ForbiddenError
        If it belongs to another user.
    """
    # safeguard: access-expired
    if conversation is None or conversation.is_gone(now):
        raise NotFoundError("The conversation does not exist.")
    # safeguard: access-owner
    if conversation.owner != principal.owner:
        raise ForbiddenError("You do not have access to this conversation.")
    return conversation


def require_bot(bot: BotSummary, principal: Principal) -> None:
    """Refuse a caller who may not talk to the bot.

    Raises
    ------
    ForbiddenError
        If the bot's access list does not include ``principal``.
    """
    if not bot.allows(principal):
        raise ForbiddenError("You do not have access to this bot.")


def require_visitor_bot(bot_id: str | None, listed: frozenset[str]) -> None:
    """Refuse an anonymous visitor a bot that the deployment does not list for visitors, whether it exists or not.

    Raises
    ------
    ForbiddenError
        If it is not listed; None is the default bot.
    """
    # safeguard: connect-visitor-bots
    if bot_id is not None and bot_id not in listed:
        raise ForbiddenError(
            "Anonymous visitors can only talk to the default bot and to the bots that this deployment lists."
        )


def require_open(conversation: Conversation) -> None:
    """Refuse to add to an archived conversation.

    Raises
    ------
    ConflictError
        If it is archived.
    """
    if conversation.status is not ConversationStatus.ACTIVE:
        raise ConflictError("The conversation is archived.")
