"""Mails from templates: whom SEND TEMPLATE writes to, over which channel, and its text with its values."""

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
    """What SEND TEMPLATE sends.

    Attributes
    ----------
    to
        The recipients.
    template
        The path of the template in the drive of the bot.
    data
        The values of the template.
    """

    to: Value
    template: str
    data: Mapping[str, Value]


def is_messenger(channel: str) -> bool:
    """Return whether a channel is one of General Bots' that no deployment has.

    >>> is_messenger("WhatsApp"), is_messenger("email")
    (True, False)
    """
    return channel.strip().lower() in _MESSENGERS


def build_template_mail(to: Value, template: Value, channel: Value, data: Value) -> TemplateMail:
    """Return what is sent to a recipient.

    Scripts have their values in several orders: ``template, channel, to, values``, ``template, to, channel``,
    ``to, template, values`` and ``template, to, values``. They are distinguished by what is an address, a
    channel or a map.

    Parameters
    ----------
    to, template, channel, data
        The values of the statement in their documented order; NOTHING if it does not have them.

    Raises
    ------
    ScriptError
        If there is no such channel, the file is no template, or the values are no map.
    """
    if isinstance(to, dict) and data is None:
        to, channel, data = channel, None, to
    elif _is_channel(to) and not _is_channel(channel):
        to, channel = channel, to
    if channel is None and _is_address(template) and not _is_address(to):
        to, template = template, to
    _require_channel(to, to_text(channel))
    if not isinstance(data, dict | None):
        raise ScriptError(f"the values of a template must be a map, not {describe_type(data)}")
    return TemplateMail(to, _get_path(to_text(template).strip()), data or {})


def fill_mail(message: TemplateMail, text: str) -> Mail:
    """Return the mail of a template. Its first line may be ``Subject: ...``.

    Parameters
    ----------
    message
        What is sent.
    text
        The text of the template.

    Raises
    ------
    ScriptError
        If a value is missing, or the mail is invalid.
    """
    found = _SUBJECT.match(text)
    subject, body = ("", text) if found is None else (found[1], text[found.end() :])
    escape = escape_html if is_html(body) else _keep
    filled = fill(body, message.data, message.template, escape)
    return build_mail(message.to, fill(subject, message.data, message.template, _keep), filled)


def _require_channel(to: Value, channel: str) -> None:
    if channel.strip() and channel.strip().lower() not in _MAIL:
        raise ScriptError(f"the deployment has no channel {quote(channel)}: a template is sent to a mail address only")
    if not channel.strip() and not isinstance(to, list) and "@" not in to_text(to):
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
