"""Builds the request of a turn: everything that a bot server needs, and no secret."""

from conversations.contract.bot_server import (
    EarlierMessage,
    ServerTurn,
    TurnBot,
    TurnData,
    TurnMessage,
    TurnUser,
)
from conversations.domain import ids
from conversations.domain.message import Message
from conversations.domain.principal import get_subject
from conversations.domain.turn import Turn
from conversations.engines.earlier_messages import list_earlier_messages


def build_body(turn: Turn, history_limit: int) -> bytes:
    """Return the turn as JSON."""
    earlier = () if turn.message is None else list_earlier_messages(turn, turn.message, history_limit)
    data = TurnData(
        bot=TurnBot(id=turn.bot.id, name=turn.bot.name),
        conversation_id=ids.format_conversation_id(turn.conversation_id),
        message=None if turn.message is None else TurnMessage.model_validate(_get_fields(turn.message)),
        history=tuple(
            EarlierMessage(**_get_fields(message), sender=message.sender, finish_reason=message.finish_reason)
            for message in earlier
        ),
        user=TurnUser(
            id=None if turn.anonymous else get_subject(turn.owner),
            anonymous=turn.anonymous,
            groups=tuple(sorted(turn.groups)),
        ),
        state=turn.state,
    )
    return ServerTurn(timestamp=turn.now, data=data).model_dump_json().encode()


def _get_fields(message: Message) -> dict[str, object]:
    return {
        "id": ids.format_message_id(message.id),
        "content": message.content,
        "attachments": message.attachments,
        "timestamp": message.timestamp,
    }
