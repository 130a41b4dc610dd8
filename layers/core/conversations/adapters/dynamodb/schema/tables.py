"""The names of the tables of conversations."""

from conversations.data_classes import dataclass


@dataclass(frozen=True, slots=True)
class Tables:
    """Table names.

    Attributes
    ----------
    sessions
        Conversations of users and visitors.
    message_history
        Messages of users' conversations.
    visitor_messages
        Messages of visitors' conversations, which expire within a day.
    bot_data
        Bots' memories and tables; memories are written in the transaction of a turn.
    """

    sessions: str
    message_history: str
    visitor_messages: str
    bot_data: str

    def messages(self, *, anonymous: bool) -> str:
        """Return the table of a conversation's messages and idempotency records."""
        return self.visitor_messages if anonymous else self.message_history
