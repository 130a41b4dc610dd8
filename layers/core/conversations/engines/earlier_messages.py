"""The earlier messages of a conversation, as engines show them to a model or to a server."""

from conversations.domain.message import Message, Sender
from conversations.domain.turn import Turn


def list_earlier_messages(turn: Turn, message: Message, limit: int) -> list[Message]:
    """Return the messages before the user's message in the order of the dialog: an answer follows its question.

    The conversation may have later messages: those that the user sent meanwhile wait for their own answers.
    """
    if limit == 0:
        return []
    history = [
        earlier
        for earlier in turn.history(limit + 1)
        if _get_place(earlier)[0] < message.seq and earlier.content.strip()
    ]
    return sorted(history, key=_get_place)[-limit:]


def _get_place(message: Message) -> tuple[int, bool, int]:
    is_bot = message.sender is Sender.BOT
    # Bot messages of earlier versions do not have the number of the message that they answer.
    question = message.answers if is_bot and message.answers is not None else message.seq
    return question, is_bot, message.seq
