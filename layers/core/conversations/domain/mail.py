"""Mails that bots send."""

from dataclasses import dataclass
from datetime import date, datetime


@dataclass(frozen=True, slots=True)
class MailEffect:
    """The sending of one mail, by one step of one turn.

    Attributes
    ----------
    bot_id
        The bot.
    id
        Identifies the step; the same if the turn is run again.
    recipients
        How many recipients the mail has.
    at
        When it is sent.
    """

    bot_id: str
    id: str
    recipients: int
    at: datetime

    @property
    def day(self) -> date:
        """The day in UTC that its recipients count for."""
        return self.at.date()
