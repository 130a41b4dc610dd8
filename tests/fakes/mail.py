"""Mail in memory: a mail service, and the claims of mails."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date

from conversations.domain.errors import MailNotSentError
from conversations.domain.mail import TEXT_ONLY, MailEffect, MailParts
from conversations.ports.mail import MailClaims, MailSender


@dataclass(frozen=True, slots=True)
class SentMail:
    """A mail that was sent."""

    to: tuple[str, ...]
    subject: str
    text: str
    parts: MailParts = TEXT_ONLY


@dataclass(slots=True)
class FakeMailSender(MailSender):
    """``MailSender``: sends every mail, unless a failure is next.

    Attributes
    ----------
    sent
        The mails, oldest first.
    failures
        The errors of the next mails.
    """

    sent: list[SentMail] = field(default_factory=list)
    failures: list[Exception] = field(default_factory=list)

    def send(self, to: Sequence[str], subject: str, text: str, parts: MailParts = TEXT_ONLY) -> None:
        if self.failures:
            raise self.failures.pop(0)
        self.sent.append(SentMail(tuple(to), subject, text, parts))


@dataclass(slots=True)
class InMemoryMailClaims(MailClaims):
    """``MailClaims`` in memory.

    Attributes
    ----------
    limit
        Recipients of one bot and day.
    """

    limit: int = 200
    claimed: set[tuple[str, str]] = field(default_factory=set)
    recipients: Counter[tuple[str, date]] = field(default_factory=Counter)

    def claim(self, effect: MailEffect) -> bool:
        if (effect.bot_id, effect.id) in self.claimed:
            return False
        if self.recipients[effect.bot_id, effect.day] + effect.recipients > self.limit:
            raise MailNotSentError(f"more than {self.limit} recipients today (MailLimit)")
        self.claimed.add((effect.bot_id, effect.id))
        self.recipients[effect.bot_id, effect.day] += effect.recipients
        return True

    def release(self, effect: MailEffect) -> None:
        self.claimed.discard((effect.bot_id, effect.id))
        self.recipients[effect.bot_id, effect.day] -= effect.recipients
