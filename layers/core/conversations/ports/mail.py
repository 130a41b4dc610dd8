"""Mail: the service that sends it, and the claims that let no mail be sent twice."""

from collections.abc import Sequence
from typing import Protocol

from conversations.domain.mail import TEXT_ONLY, MailEffect, MailParts


class MailSender(Protocol):
    """Sends mails from the address of the deployment."""

    def send(self, to: Sequence[str], subject: str, text: str, parts: MailParts = TEXT_ONLY) -> None:
        """Send one mail of plain text, with its other parts; a call is one attempt, which is never repeated.

        Raises
        ------
        MailNotSentError
            If the service refuses the mail, or does not say whether it has accepted it.
        UnavailableError
            If the service is busy or not reachable, and certainly has not accepted the mail; a retry is safe.
        """
        ...


class MailClaims(Protocol):
    """Claims of the right to send a mail, of which each exists once, and the number of recipients of a day."""

    def claim(self, effect: MailEffect) -> bool:
        """Claim the right to send a mail and count its recipients; return False if it was claimed before.

        Raises
        ------
        MailNotSentError
            If the bot would send to more recipients than it may on this day; nothing is claimed.
        UnavailableError
            If the store does not answer. The claim may exist, and the mail is then not sent.
        """
        ...

    def release(self, effect: MailEffect) -> None:
        """Withdraw a claim whose mail was certainly not sent.

        Raises
        ------
        UnavailableError
            If the store does not answer. The claim may exist, and the mail is then not sent.
        """
        ...
