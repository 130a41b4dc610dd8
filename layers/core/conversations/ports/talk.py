"""Messages of scripts to other users of their bot."""

from typing import Protocol

from conversations.domain.conversation import Conversation
from conversations.domain.talk import StoredTalk, TalkEffect


class TalkStore(Protocol):
    """Stores messages to other users, each once, and the number of a day."""

    def store(self, effect: TalkEffect, conversation: Conversation, text: str) -> StoredTalk:
        """Store a message at the end of a conversation, and count it; return where it is.

        If the effect has stored its message before, change nothing and return where that is.

        Parameters
        ----------
        effect
            The step that sends it.
        conversation
            An active conversation of the user with the bot, as last read.
        text
            Its content.

        Raises
        ------
        TalkRefusedError
            If the bot has sent as many messages as it may on this day.
        UnavailableError
            If the store does not answer, the conversation was archived or deleted meanwhile, or concurrent writes won
            every time; a retry is safe.
        """
        ...


class Talker(Protocol):
    """Sends messages of scripts to other users."""

    def send(self, effect: TalkEffect, user: str, text: str) -> None:
        """Send a message to a user who talks to the bot, once per effect.

        Parameters
        ----------
        effect
            The step that sends it.
        user
            ``sub`` of the user's tokens.
        text
            Content of the message.

        Raises
        ------
        TalkRefusedError
            If the bot has no conversation with this user, or has sent as many messages as it may on this day.
        UnavailableError
            If a service does not respond; a retry is safe.
        """
        ...
