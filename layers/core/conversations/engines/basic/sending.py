"""Sending the mails and text messages of scripts, none of them twice.

Amazon SES and SNS have no idempotency keys. So the right to send is claimed before the request, by a conditional write
of a row that is named by the turn and the step, and a turn that finds its claim without a result in its journal does
not send.
"""

import logging
from collections.abc import Callable, Sequence

from basic.errors import ScriptError
from basic.host import EffectKey, Mail, Sms
from conversations.data_classes import dataclass
from conversations.domain.errors import NotSentError, UnavailableError
from conversations.domain.mail import MailAttachment, MailParts
from conversations.domain.sending import SendEffect, SendKind
from conversations.ports.clock import Clock
from conversations.ports.sending import MailSender, SendClaims, SmsSender

logger = logging.getLogger(__name__)


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
    claims: SendClaims
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
        effect = SendEffect(SendKind.MAIL, bot_id, _build_id(key), len(mail.to), self.now())
        parts = MailParts(tuple(attachments), mail.html)
        _send_once(self.claims, effect, lambda: self.sender().send(mail.to, mail.subject, mail.text, parts))


@dataclass(frozen=True, slots=True)
class Texter:
    """Sends text messages, each at most once.

    Attributes
    ----------
    sender
        Returns the service.
    claims
        The claims of text messages.
    now
        The clock.
    """

    sender: Callable[[], SmsSender]
    claims: SendClaims
    now: Clock

    def send(self, bot_id: str, key: EffectKey, sms: Sms) -> str:
        """Send a text message that has not been sent before, and return the service's id of it; see ``Mailer.send``."""
        effect = SendEffect(SendKind.SMS, bot_id, _build_id(key), 1, self.now())
        return _send_once(self.claims, effect, lambda: self.sender().send(sms.to, sms.text))


def _build_id(key: EffectKey) -> str:
    return f"{key.turn}:{key.step}"


def _send_once[T](claims: SendClaims, effect: SendEffect, send: Callable[[], T]) -> T:
    try:
        # safeguard: mail-claim
        if not claims.claim(effect):
            logger.warning("%s in doubt", effect.kind, extra={"bot": effect.bot_id, "effect": effect.id})
            raise ScriptError(
                f"it is not known whether the {effect.kind} was sent: the turn was interrupted meanwhile, and a "
                f"{effect.kind} is never sent twice"
            )
        try:
            return send()
        except UnavailableError:
            claims.release(effect)
            raise
    except NotSentError as error:
        raise ScriptError(str(error)) from error
