"""Mail through Amazon SES (API version 2)."""

from collections.abc import Sequence
from email.message import EmailMessage
from email.policy import SMTP
from typing import Any, Protocol

from conversations.adapters.single_attempt import attempt_once
from conversations.data_classes import dataclass
from conversations.domain.mail import TEXT_ONLY, MailParts
from conversations.domain.sending import SendKind
from conversations.ports.sending import MailSender

_REASONS = {
    "AccessDeniedException": "the functions may not send from MailFrom",
    "AccountSuspendedException": "the account may not send mail",
    "MailFromDomainNotVerifiedException": "the MAIL FROM domain of the identity is not verified",
    "MessageRejected": "is MailFrom verified, and is the account (or else each recipient) out of the sandbox?",
    "SendingPausedException": "sending is paused for the account",
}

_POLICY = SMTP.clone(cte_type="7bit")


class SesClient(Protocol):
    """The operation of boto3's client ``sesv2`` that is used."""

    def send_email(self, **request: Any) -> object:  # noqa: ANN401 - a request of boto3
        """Send a mail."""


@dataclass(frozen=True, slots=True)
class SesMailSender(MailSender):
    """``MailSender`` on SES.

    Attributes
    ----------
    client
        The client, with ``single_attempt.CLIENT_CONFIG``.
    address
        The sender, a verified identity or an address of one.
    """

    client: SesClient
    address: str

    def send(self, to: Sequence[str], subject: str, text: str, parts: MailParts = TEXT_ONLY) -> None:
        """Send a mail; see ``MailSender.send``."""
        message = build_message(self.address, to, subject, text, parts)
        with attempt_once("Amazon SES", SendKind.MAIL, _REASONS):
            self.client.send_email(
                FromEmailAddress=self.address,
                Destination={"ToAddresses": [*to]},
                Content={"Raw": {"Data": message.as_bytes()}},
            )


def build_message(
    sender: str, to: Sequence[str], subject: str, text: str, parts: MailParts = TEXT_ONLY
) -> EmailMessage:
    """Build a message in the format of RFC 5322. A line break in a header is a ``ValueError`` of the library."""
    message = EmailMessage(policy=_POLICY)
    message["From"] = sender
    message["To"] = ", ".join(to)
    message["Subject"] = subject
    # So that vacation programs do not answer a bot (RFC 3834).
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(text)
    if parts.html:
        message.add_alternative(parts.html, subtype="html")
    for attachment in parts.attachments:
        main_type, _, subtype = attachment.content_type.partition("/")
        message.add_attachment(attachment.content, maintype=main_type, subtype=subtype, filename=attachment.name)
    return message
