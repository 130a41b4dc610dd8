"""The tables conversations lie in."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Tables:
    """Their names.

    Attributes
    ----------
    sessions
        Conversations, of users and of visitors.
    message_history
        What is said in users' conversations.
    visitor_messages
        What is said in visitors' conversations, for a day at most.
    bot_data
        What bots remember beyond conversations, written with their turns.
    """

    sessions: str
    message_history: str
    visitor_messages: str
    bot_data: str

    def messages(self, *, anonymous: bool) -> str:
        """Return the table of the messages, and of their markers."""
        return self.visitor_messages if anonymous else self.message_history
