"""Mail through Amazon SES (API version 2).

A request is made once: SES has no idempotency keys, so a request without a response may have sent the mail.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from email.message import EmailMessage
from email.policy import SMTP
from http import HTTPStatus
from typing import Any, Protocol

from botocore import exceptions
from botocore.config import Config
from botocore.exceptions import ClientError

from conversations.adapters.aws import get_error_code
from conversations.domain.errors import MailNotSentError, UnavailableError
from conversations.domain.mail import TEXT_ONLY, MailParts
from conversations.ports.mail import MailSender

CLIENT_CONFIG = Config(retries={"mode": "standard", "total_max_attempts": 1}, connect_timeout=2, read_timeout=5)

_THROTTLED = frozenset({"LimitExceededException", "Throttling", "ThrottlingException", "TooManyRequestsException"})

_NOT_SENT = (
    exceptions.ConnectTimeoutError,
    exceptions.CredentialRetrievalError,
    exceptions.EndpointConnectionError,
    exceptions.ProxyConnectionError,
)
"""Errors before the request is sent."""

_IN_DOUBT = (exceptions.ConnectionError, exceptions.HTTPClientError, exceptions.IncompleteReadError)
"""Errors after the request may have been sent."""

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
        The client, with ``CLIENT_CONFIG``.
    address
        The sender, a verified identity or an address of one.
    """

    client: SesClient
    address: str

    def send(self, to: Sequence[str], subject: str, text: str, parts: MailParts = TEXT_ONLY) -> None:
        """Send a mail; see ``MailSender.send``."""
        message = build_message(self.address, to, subject, text, parts)
        try:
            self.client.send_email(
                FromEmailAddress=self.address,
                Destination={"ToAddresses": [*to]},
                Content={"Raw": {"Data": message.as_bytes()}},
            )
        except ClientError as error:
            raise _translate(error) from error
        except _NOT_SENT as error:
            raise UnavailableError from error
        except _IN_DOUBT as error:
            raise MailNotSentError(_format_doubt("it did not answer")) from error


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


def _translate(error: ClientError) -> UnavailableError | MailNotSentError:
    """Return the domain's error. The message of SES is left out, because it contains addresses."""
    code = get_error_code(error)
    if code in _THROTTLED:
        return UnavailableError()
    if error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0) >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return MailNotSentError(_format_doubt(f"it failed ({code})"))
    reason = _REASONS.get(code)
    return MailNotSentError(f"Amazon SES refused the mail ({code})" + (f": {reason}" if reason else ""))


def _format_doubt(reason: str) -> str:
    return f"it is not known whether Amazon SES sent the mail: {reason}, and a mail is never sent twice"
