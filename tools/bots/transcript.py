"""The messages of a conversation in the terminal, as engines see them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from conversations.domain import ids
from conversations.domain.bot import Bot, DialogState
from conversations.domain.conversation import GREETING_SEQ
from conversations.domain.message import Message, Sender
from conversations.domain.turn import Turn


@dataclass
class Transcript:
    """The messages of one conversation.

    Attributes
    ----------
    bot
        The bot.
    now
        The clock.
    owner
        ``Principal.owner`` of the user.
    """

    bot: Bot
    now: Callable[[], datetime]
    owner: str = "user:terminal"
    _messages: list[Message] = field(default_factory=list)
    _conversation_id: str = field(init=False)

    def __post_init__(self) -> None:
        self._conversation_id = ids.new_conversation_id(self.now())

    def begin_turn(self, text: str | None, state: DialogState | None = None) -> Turn:
        """Add a message of the user, and return the turn that answers it; with None, the greeting."""
        message = None if text is None else self._add(Sender.USER, text, None)
        return Turn(
            bot=self.bot,
            conversation_id=self._conversation_id,
            message=message,
            state=state or {},
            history=self._get_newest,
            owner=self.owner,
            anonymous=False,
            groups=frozenset(),
            now=self.now() if message is None else message.timestamp,
        )

    def add_answers(self, turn: Turn, texts: Sequence[str]) -> None:
        """Add the messages of the bot in a turn."""
        for text in texts:
            self._add(Sender.BOT, text, GREETING_SEQ if turn.message is None else turn.message.seq)

    def _add(self, sender: Sender, text: str, answers: int | None) -> Message:
        now, seq = self.now(), len(self._messages) + 1
        message_id = ids.new_message_id(now, seq)
        message = Message(
            id=message_id,
            conversation_id=self._conversation_id,
            seq=seq,
            sender=sender,
            content=text,
            timestamp=now,
            answers=answers,
        )
        self._messages.append(message)
        return message

    def _get_newest(self, limit: int) -> Sequence[Message]:
        return self._messages[-limit:]
