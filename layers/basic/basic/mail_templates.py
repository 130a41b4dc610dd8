"""Mail templates: the recipient, the channel and the values of SEND TEMPLATE, and the mail that they become."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath

from basic.documents.filling import escape_html, fill
from basic.documents.mail_html import is_html
from basic.documents.texts import get_kind
from basic.errors import ScriptError
from basic.host import Mail
from basic.mail import build_mail
from basic.values import Value, describe_type, quote, to_text

_KINDS = frozenset({"html", "md", "txt"})

_MAIL = frozenset({"email", "e-mail", "mail"})
_MESSENGERS = frozenset({"instagram", "messenger", "push", "sms", "teams", "telegram", "voice", "whatsapp"})
_ADDRESS = re.compile(r"\s*(\+?\d[\d ()-]{5,}|[^\s@/]+@[^\s@/]+)")
_SUBJECT = re.compile(r"\s*Subject:[ \t]*([^\n]*)\n?", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class TemplateMail:
    """A mail that is sent from a template.

    Attributes
    ----------
    recipient
        A mail address, or an array of them.
    template
        The path of the template in the drive of the bot.
    data
        The values of the template.
    """

    recipient: Value
    template: str
    data: Mapping[str, Value]


def is_messenger(channel: str) -> bool:
    """Return whether a channel is one of General Bots' that no deployment has.

    >>> is_messenger("WhatsApp"), is_messenger("email")
    (True, False)
    """
    return channel.strip().lower() in _MESSENGERS


def build_template_mail(recipient: Value, template: Value, channel: Value, values: Value) -> TemplateMail:
    """Return the mail of a SEND TEMPLATE statement.

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
    _require_channel(recipient, to_text(channel))
    if not isinstance(values, dict | None):
        raise ScriptError(f"the values of a template must be a map, not {describe_type(values)}")
    return TemplateMail(recipient, _get_path(to_text(template).strip()), values or {})


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


def fill_mail(mail: TemplateMail, text: str) -> Mail:
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
    header = _SUBJECT.match(text)
    subject = header[1] if header else ""
    body = text[header.end() :] if header else text
    escape = escape_html if is_html(body) else _keep
    content = fill(body, mail.data, mail.template, escape)
    return build_mail(mail.recipient, fill(subject, mail.data, mail.template, _keep), content)


def _require_channel(recipient: Value, channel: str) -> None:
    if channel.strip() and channel.strip().lower() not in _MAIL:
        raise ScriptError(f"the deployment has no channel {quote(channel)}: a template is sent to a mail address only")
    if not channel.strip() and not isinstance(recipient, list) and "@" not in to_text(recipient):
        raise ScriptError("a template is sent to a mail address only: the deployment has no channel for messengers")


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
    return isinstance(value, str) and value.strip().lower() in _MAIL | _MESSENGERS
