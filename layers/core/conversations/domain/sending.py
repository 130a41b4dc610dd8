"""Messages that bots send to people outside of their conversations: mails and text messages."""

from datetime import date, datetime
from enum import StrEnum

from conversations.data_classes import dataclass


class SendKind(StrEnum):
    """What is sent, by its name in sentences."""

    MAIL = "mail"
    SMS = "text message"


@dataclass(frozen=True, slots=True)
class SendEffect:
    """The sending of one mail or text message, by one step of one turn.

    Attributes
    ----------
    kind
        What is sent.
    bot_id
        The bot.
    id
        Identifies the step; the same if the turn is run again.
    recipients
        How many recipients it has.
    at
        When it is sent.
    """

    kind: SendKind
    bot_id: str
    id: str
    recipients: int
    at: datetime

    @property
    def day(self) -> date:
        """The day in UTC that its recipients count for."""
        return self.at.date()


def describe_limit(kind: SendKind, limit: int) -> str:
    """Return the sentence that says that a bot has used up the limit of a day."""
    match kind:
        case SendKind.MAIL:
            return f"the bot sends mail to more than {limit} recipients today, its limit (MailLimit)"
        case SendKind.SMS:
            return f"the bot sends more than {limit} text messages today, its limit (SmsLimit)"
