"""The answer that the bot is writing."""

from collections.abc import Callable
from dataclasses import replace

from general_bots_conversations.core.frames import Frame
from general_bots_conversations.core.text import count_units, hide_open_pair, join_pairs
from general_bots_conversations.models import Message


class Answer:
    """Puts the pieces of an answer together.

    An answer has one or more messages. All of them are unfinished until the stored messages replace them, because the
    server may begin the answer again. What was shown before a lost connection stays until the server sends the complete
    text again.
    """

    def __init__(self) -> None:
        self.messages: tuple[Message, ...] = ()
        """The messages, ordered by id: a new tuple after every change."""
        self._texts: dict[str, str] = {}
        self._attempt = 0
        self._is_current = False

    def add(self, delta: Frame, create: Callable[[], Message]) -> bool:
        """Add a piece; return whether anything has changed. ``create`` returns a new, empty message."""
        if delta["attempt"] < self._attempt:
            return False
        previous, name, offset = self.messages, delta["id"], delta["offset"]
        known = {str(message.id): message for message in previous}
        if delta["attempt"] > self._attempt:
            self._texts, self._attempt = {}, delta["attempt"]
        text = self._texts.get(name, "")
        # A piece that does not fit follows one that was lost: the server sends the complete text to who has missed one.
        if offset in (0, count_units(text)):
            self._texts[name] = join_pairs(delta["content"] if offset == 0 else text + delta["content"])
            # The same message keeps its key in a new attempt.
            known.setdefault(name, replace(create(), id=name, sender="bot", streaming=True))
            self._is_current = True
        messages = [
            replace(known[key], content=hide_open_pair(content)) for key, content in sorted(self._texts.items())
        ]
        if tuple(messages) != previous:
            self.messages = tuple(messages)
        return self.messages is not previous

    def replace(self, name: str) -> Message | None:
        """Drop the messages that a stored message of the bot replaces; return the first of them.

        These are the ones up to its id, which is a later one than announced if the user has sent another message
        meanwhile.
        """
        if not self.messages or str(self.messages[0].id) > name:
            return None
        first = self.messages[0]
        self._set(tuple(message for message in self.messages if str(message.id) > name))
        return first

    def clear(self) -> None:
        """Drop all messages: the answer has ended."""
        self._set(())

    def mark_outdated(self) -> None:
        """Note that the end of the answer may be missed, because the connection was lost."""
        self._is_current = False

    def clear_outdated(self) -> None:
        """Drop the messages that have not changed since the connection was lost: they are not written any more."""
        if not self._is_current:
            self.clear()

    def _set(self, messages: tuple[Message, ...]) -> None:
        self.messages = messages
        self._texts = {str(message.id): self._texts[str(message.id)] for message in messages}
        if not messages:
            # The next answer begins with its first attempt.
            self._attempt = 0
