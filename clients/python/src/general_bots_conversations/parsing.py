"""Bodies of responses as objects."""

from general_bots_conversations.errors import ApiError
from general_bots_conversations.models import Bot, ConversationPage, ConversationSummary, Json


def read_conversation(body: Json) -> ConversationSummary:
    """Return a conversation of the list.

    Raises
    ------
    ApiError
        If the server has sent something else.
    """
    names = ("id", "bot_id", "bot_name", "last_message", "last_activity", "status")
    try:
        return ConversationSummary(**{name: str(body[name]) for name in names}, title=body.get("title"))
    except (KeyError, TypeError):
        raise _unexpected("conversation") from None


def read_conversation_page(body: Json) -> ConversationPage:
    """Return a page of the list. It raises as ``read_conversation``."""
    try:
        conversations = tuple(read_conversation(item) for item in body["conversations"])
        return ConversationPage(
            conversations=conversations, total=int(body["total"]), next_cursor=body.get("next_cursor")
        )
    except (KeyError, TypeError, ValueError):
        raise _unexpected("list of conversations") from None


def read_bots(body: Json) -> tuple[Bot, ...]:
    """Return the bots. It raises as ``read_conversation``."""
    try:
        return tuple(
            Bot(id=item["id"], name=item["name"], description=item["description"], default=item["default"])
            for item in body["bots"]
        )
    except (KeyError, TypeError):
        raise _unexpected("list of bots") from None


def _unexpected(what: str) -> ApiError:
    return ApiError(502, "unavailable", f"The server has sent no {what}.")
