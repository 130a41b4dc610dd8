"""Mail and text messages in memory: their services, and the claims of what is sent."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date

from conversations.domain.errors import NotSentError
from conversations.domain.mail import TEXT_ONLY, MailParts
from conversations.domain.sending import SendEffect, SendKind, describe_limit
from conversations.ports.sending import MailSender, SendClaims, SmsSender


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


@dataclass(frozen=True, slots=True)
class SentSms:
    """A text message that was sent."""

    to: str
    text: str


@dataclass(slots=True)
class FakeSmsSender(SmsSender):
    """``SmsSender``: sends every text message, unless a failure is next.

    Attributes
    ----------
    sent
        The text messages, oldest first.
    failures
        The errors of the next ones.
    """

    sent: list[SentSms] = field(default_factory=list)
    failures: list[Exception] = field(default_factory=list)

    def send(self, to: str, text: str) -> str:
        if self.failures:
            raise self.failures.pop(0)
        self.sent.append(SentSms(to, text))
        return f"sms-{len(self.sent)}"


@dataclass(slots=True)
class InMemorySendClaims(SendClaims):
    """``SendClaims`` in memory.

    Attributes
    ----------
    limit
        Recipients of one bot and day.
    """

    limit: int = 200
    claimed: set[tuple[SendKind, str, str]] = field(default_factory=set)
    recipients: Counter[tuple[SendKind, str, date]] = field(default_factory=Counter)

    def claim(self, effect: SendEffect) -> bool:
        if (effect.kind, effect.bot_id, effect.id) in self.claimed:
            return False
        if self.recipients[effect.kind, effect.bot_id, effect.day] + effect.recipients > self.limit:
            raise NotSentError(describe_limit(effect.kind, self.limit))
        self.claimed.add((effect.kind, effect.bot_id, effect.id))
        self.recipients[effect.kind, effect.bot_id, effect.day] += effect.recipients
        return True

    def release(self, effect: SendEffect) -> None:
        self.claimed.discard((effect.kind, effect.bot_id, effect.id))
        self.recipients[effect.kind, effect.bot_id, effect.day] -= effect.recipients
