"""Mail and text messages: the services that send them, and the claims that let nothing be sent twice."""

from collections.abc import Sequence
from typing import Protocol

from conversations.domain.mail import TEXT_ONLY, MailParts
from conversations.domain.sending import SendEffect


class MailSender(Protocol):
    """Sends mails from the address of the deployment."""

    def send(self, to: Sequence[str], subject: str, text: str, parts: MailParts = TEXT_ONLY) -> None:
        """Send one mail of plain text, with its other parts; a call is one attempt, which is never repeated.

        Raises
        ------
        NotSentError
            If the service refuses the mail, or does not say whether it has accepted it.
        UnavailableError
            If the service is busy or not reachable, and certainly has not accepted the mail; a retry is safe.
        """
        ...


class SmsSender(Protocol):
    """Sends text messages from the sender of the deployment."""

    def send(self, to: str, text: str) -> str:
        """Send one text message and return the service's id of it; a call is one attempt, which is never repeated.

        Parameters
        ----------
        to
            The telephone number of the recipient, in the format of E.164.
        text
            The text.

        Raises
        ------
        NotSentError
            If the service refuses the message, or does not say whether it has accepted it.
        UnavailableError
            If the service is busy or not reachable, and certainly has not accepted the message; a retry is safe.
        """
        ...


class SendClaims(Protocol):
    """Claims of the right to send, of which each exists once, and the number of recipients of a day."""

    def claim(self, effect: SendEffect) -> bool:
        """Claim the right to send and count the recipients; return False if it was claimed before.

        Raises
        ------
        NotSentError
            If the bot would send to more recipients than it may on this day; nothing is claimed.
        UnavailableError
            If the store does not answer. The claim may exist, and nothing is then sent.
        """
        ...

    def release(self, effect: SendEffect) -> None:
        """Withdraw a claim of what was certainly not sent.

        Raises
        ------
        UnavailableError
            If the store does not answer. The claim may exist, and nothing is then sent.
        """
        ...
