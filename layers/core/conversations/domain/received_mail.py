"""Mails that bots receive."""

from collections.abc import Sequence
from datetime import datetime
from typing import Literal

from pydantic import ConfigDict, Field

from conversations.data_classes import dataclass
from conversations.domain.automations import MAIL_ID_PATTERN
from conversations.domain.entity import Entity
from conversations.domain.mail import MailAttachment

MAX_MAIL_BYTES = 16 * 1024 * 1024
"""Bytes of a mail that is read: ten megabytes of attachments in base 64, and the text."""

MAILS_PREFIX = "!mail/"
"""Begin of the keys of mails in the bucket of the drives. template.yaml deletes them after 30 days: longer than a job
and its dead letter live (14 days each)."""


@dataclass(frozen=True, slots=True)
class ReceivedMail:
    """A mail that was parsed.

    Attributes
    ----------
    message_id
        The header ``Message-ID``; empty if it has none.
    sender, sender_name
        The address and the name of ``From``.
    recipients
        The addresses of ``To`` and ``Cc``.
    subject, text
        The subject, and the plain text; of a mail with HTML only, what a reader sees.
    is_automatic
        Whether a program has sent it: an answer of a vacation program or of a bot, or a report that a mail was not
        delivered. No script runs for it, so that two programs do not answer each other without end (RFC 3834).
    attachments
        Its attachments, as many as are kept.
    skipped
        The number of attachments that are not kept.
    """

    message_id: str
    sender: str
    sender_name: str
    recipients: Sequence[str]
    subject: str
    text: str
    is_automatic: bool
    attachments: Sequence[MailAttachment]
    skipped: int


_IGNORING = ConfigDict(extra="ignore")
"""SES adds fields."""


class Verdict(Entity):
    """What Amazon SES says about a mail: ``PASS``, ``FAIL``, ``GRAY``, ``PROCESSING_FAILED`` or ``DISABLED``."""

    model_config = _IGNORING

    status: str = ""


class Envelope(Entity):
    """The part ``mail`` of a notification."""

    model_config = _IGNORING

    id: str = Field(alias="messageId", pattern=f"^{MAIL_ID_PATTERN}$")
    received_at: datetime = Field(alias="timestamp")


class Receipt(Entity):
    """The part ``receipt`` of a notification: the recipients that the rule matched, and the verdicts."""

    model_config = _IGNORING

    recipients: list[str]
    spam: Verdict = Field(default=Verdict(), alias="spamVerdict")
    virus: Verdict = Field(default=Verdict(), alias="virusVerdict")
    spf: Verdict = Field(default=Verdict(), alias="spfVerdict")
    dkim: Verdict = Field(default=Verdict(), alias="dkimVerdict")
    dmarc: Verdict = Field(default=Verdict(), alias="dmarcVerdict")


class MailNotification(Entity):
    """What Amazon SES reports about a mail that it has stored."""

    model_config = _IGNORING

    kind: Literal["Received"] = Field(alias="notificationType")
    mail: Envelope
    receipt: Receipt


def parse_notification(text: str) -> MailNotification:
    """Parse a notification.

    Raises
    ------
    pydantic.ValidationError
        If it is invalid.
    """
    return MailNotification.model_validate_json(text)
