"""Templates of messages: the recipient, the channel and the values of SEND TEMPLATE, and what they become."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath

from basic.documents.filling import escape_html, fill
from basic.documents.mail_html import is_html
from basic.documents.texts import get_kind
from basic.documents.web_page import extract_html_text
from basic.errors import ScriptError
from basic.host import Mail, Sms
from basic.mail import build_mail
from basic.sms import build_sms
from basic.values import Value, describe_type, quote, to_text

_KINDS = frozenset({"html", "md", "txt"})

_MAIL = frozenset({"email", "e-mail", "mail"})
_SMS = "sms"
_MESSENGERS = frozenset({"instagram", "messenger", "push", "teams", "telegram", "voice", "whatsapp"})
_ADDRESS = re.compile(r"\s*(\+?\d[\d ()-]{5,}|[^\s@/]+@[^\s@/]+)")
_SUBJECT = re.compile(r"\s*Subject:[ \t]*([^\n]*)\n?", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class TemplateMessage:
    """A mail or text message that is sent from a template.

    Attributes
    ----------
    recipient
        A mail address, or an array of them; of a text message a telephone number.
    template
        The path of the template in the drive of the bot.
    data
        The values of the template.
    is_sms
        Whether it is a text message.
    """

    recipient: Value
    template: str
    data: Mapping[str, Value]
    is_sms: bool = False


def is_messenger(channel: str) -> bool:
    """Return whether a channel is one of General Bots' that no deployment has.

    >>> is_messenger("WhatsApp"), is_messenger("email")
    (True, False)
    """
    return channel.strip().lower() in _MESSENGERS


def build_template_message(recipient: Value, template: Value, channel: Value, values: Value) -> TemplateMessage:
    """Return the message of a SEND TEMPLATE statement.

    Parameters
    ----------
    recipient, template, channel, values
        The arguments in their documented order; NOTHING if the statement does not have them.

    Raises
    ------
    ScriptError
        If the deployment has no such channel, the file is not a template, or the values are not a map.
    """
    recipient, template, channel, values = _sort_arguments(recipient, template, channel, values)
    name = to_text(channel).strip()
    _require_channel(recipient, name)
    if not isinstance(values, dict | None):
        raise ScriptError(f"the values of a template must be a map, not {describe_type(values)}")
    return TemplateMessage(recipient, _get_path(to_text(template).strip()), values or {}, name.lower() == _SMS)


def _sort_arguments(
    recipient: Value, template: Value, channel: Value, values: Value
) -> tuple[Value, Value, Value, Value]:
    """Return the arguments in their documented order. Scripts of General Bots use other orders, too."""
    if values is None and isinstance(recipient, dict):
        # The third argument is the map: there is no channel.
        recipient, channel, values = channel, None, recipient
    elif _is_channel(recipient) and not _is_channel(channel):
        recipient, channel = channel, recipient
    if channel is None and _is_address(template) and not _is_address(recipient):
        recipient, template = template, recipient
    return recipient, template, channel, values


def fill_mail(mail: TemplateMessage, text: str) -> Mail:
    """Return the mail with the values in its template. The first line of the template may be ``Subject: ...``.

    Parameters
    ----------
    mail
        The recipient and the values.
    text
        The content of the template file.

    Raises
    ------
    ScriptError
        If a value is missing, or the mail is invalid.
    """
    subject, body = _split(text)
    content = _fill_body(body, mail)
    return build_mail(mail.recipient, fill(subject, mail.data, mail.template, _keep), content)


def fill_sms(sms: TemplateMessage, text: str) -> Sms:
    """Return the text message with the values in its template, without the subject and the markup of HTML.

    Raises
    ------
    ScriptError
        If a value is missing, or the message is invalid.
    """
    content = _fill_body(_split(text)[1], sms)
    return build_sms(sms.recipient, extract_html_text(content) if is_html(content) else content)


def _split(text: str) -> tuple[str, str]:
    """Return the subject and the other lines of a template."""
    header = _SUBJECT.match(text)
    return (header[1], text[header.end() :]) if header else ("", text)


def _fill_body(body: str, message: TemplateMessage) -> str:
    return fill(body, message.data, message.template, escape_html if is_html(body) else _keep)


def _require_channel(recipient: Value, channel: str) -> None:
    if channel and channel.lower() not in _MAIL | {_SMS}:
        raise ScriptError(f"the deployment has no channel {quote(channel)}: a template is sent by email or sms only")
    if not channel and not isinstance(recipient, list) and "@" not in to_text(recipient):
        raise ScriptError(
            'without a channel a template is sent to a mail address only; name the channel "sms" for a text message'
        )


def _get_path(template: str) -> str:
    if not template:
        raise ScriptError("the name of the template is empty")
    path = template if PurePosixPath(template).suffix else f"{template}.html"
    if get_kind(path) not in _KINDS:
        raise ScriptError(f"{path} is no template: its name ends with .html, .md or .txt")
    return path


def _keep(text: str) -> str:
    return text


def _is_address(value: Value) -> bool:
    return isinstance(value, list) or _ADDRESS.match(to_text(value)) is not None


def _is_channel(value: Value) -> bool:
    return isinstance(value, str) and value.strip().lower() in _MAIL | _MESSENGERS | {_SMS}
