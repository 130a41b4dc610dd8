"""Text messages through Amazon SNS."""

from typing import Any, Protocol

from conversations.adapters.single_attempt import attempt_once
from conversations.data_classes import dataclass
from conversations.domain.sending import SendKind
from conversations.ports.sending import SmsSender

_REASONS = {
    "AuthorizationError": "the functions may not send text messages",
    "InvalidParameter": (
        "does the number exist, is it verified if the account is in the sandbox, has its owner not opted out, and has "
        "the text at most 1,600 bytes?"
    ),
}


class SnsClient(Protocol):
    """The operation of boto3's client ``sns`` that is used."""

    def publish(self, **request: Any) -> Any:  # noqa: ANN401 - a request and a response of boto3
        """Publish a message."""


@dataclass(frozen=True, slots=True)
class SnsSmsSender(SmsSender):
    """``SmsSender`` on SNS.

    Attributes
    ----------
    client
        The client, with ``single_attempt.CLIENT_CONFIG``.
    sender
        A sender id, which has a letter, or a telephone number or short code of the account.
    """

    client: SnsClient
    sender: str

    def send(self, to: str, text: str) -> str:
        """Send a text message; see ``SmsSender.send``."""
        # https://docs.aws.amazon.com/sns/latest/dg/sms_sending-overview.html
        is_number = self.sender.removeprefix("+").isdecimal()
        origin = "AWS.MM.SMS.OriginationNumber" if is_number else "AWS.SNS.SMS.SenderID"
        # A user waits for what a bot sends: SNS prefers reliable routes to cheap ones.
        attributes = {origin: self.sender, "AWS.SNS.SMS.SMSType": "Transactional"}
        with attempt_once("Amazon SNS", SendKind.SMS, _REASONS):
            response = self.client.publish(
                PhoneNumber=to,
                Message=text,
                MessageAttributes={
                    name: {"DataType": "String", "StringValue": value} for name, value in attributes.items()
                },
            )
        return str(response["MessageId"])
