"""Sending the mails of scripts, none of them twice.

Amazon SES has no idempotency keys. So the right to send is claimed before the request, by a conditional write of a row
that is named by the turn and the step, and a turn that finds its claim without a result in its journal does not send.
"""

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from basic.errors import ScriptError
from basic.host import EffectKey, Mail
from conversations.domain.errors import MailNotSentError, UnavailableError
from conversations.domain.mail import MailAttachment, MailEffect, MailParts
from conversations.ports.clock import Clock
from conversations.ports.mail import MailClaims, MailSender

logger = logging.getLogger(__name__)

_INTERRUPTED = (
    "it is not known whether the mail was sent: the turn was interrupted meanwhile, and a mail is never sent twice"
)


@dataclass(frozen=True, slots=True)
class Mailer:
    """Sends mails, each at most once.

    Attributes
    ----------
    sender
        Returns the mail service.
    claims
        The claims of mails.
    now
        The clock.
    """

    sender: Callable[[], MailSender]
    claims: MailClaims
    now: Clock

    def send(self, bot_id: str, key: EffectKey, mail: Mail, attachments: Sequence[MailAttachment] = ()) -> None:
        """Send a mail that has not been sent before.

        Parameters
        ----------
        bot_id
            The bot.
        key
            The key of the effect.
        mail
            The mail.
        attachments
            The files that it names.

        Raises
        ------
        ScriptError
            If the mail is refused, or may have been sent already.
        UnavailableError
            If the mail was not sent, and the turn can be run again.
        """
        effect = MailEffect(bot_id, f"{key.turn}:{key.step}", len(mail.to), self.now())
        try:
            # safeguard: mail-claim
            if not self.claims.claim(effect):
                logger.warning("mail in doubt", extra={"bot": bot_id, "effect": effect.id})
                raise ScriptError(_INTERRUPTED)
            self._send(effect, mail, attachments)
        except MailNotSentError as error:
            raise ScriptError(str(error)) from error

    def _send(self, effect: MailEffect, mail: Mail, attachments: Sequence[MailAttachment]) -> None:
        try:
            self.sender().send(mail.to, mail.subject, mail.text, MailParts(tuple(attachments), mail.html))
        except UnavailableError:
            self.claims.release(effect)
            raise
