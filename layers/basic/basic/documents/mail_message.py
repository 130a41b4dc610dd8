"""Reading a mail that was received: RFC 5322 and MIME, as they are sent and not only as they should be."""

from collections.abc import Iterator
from dataclasses import dataclass
from email import message_from_bytes
from email.header import decode_header
from email.message import Message
from email.policy import Compat32
from email.utils import getaddresses, parseaddr

from basic.documents.web_page import extract_html_text
from basic.errors import ScriptError

MAX_TEXT = 100_000
"""Characters of the text of a mail; the rest is cut off. A dialog has values of 256 KB at most."""

MAX_KEPT = 10
"""Attachments of a mail that are kept, as many as a mail of a bot may have."""

MAX_KEPT_BYTES = 10 * 1024 * 1024
"""Bytes of all attachments of a mail that are kept."""

_MAX_PARTS = 200
_MAX_LINES = 300_000
"""Lines of a mail: 16 MB in base 64 have 215,000. The parser takes some 15 microseconds and 60 bytes for each."""

_MAX_COMPARISONS = 10_000_000
"""Lines times containers: the parser compares each line with the boundaries of all containers around it."""

_MAX_TEXT_BYTES = 512 * 1024
"""Bytes of the texts of a mail that are read, with their markup: some seconds if they are HTML with many tags."""

_SLOW_CHARSETS = ("idna", "punycode")
"""Encodings of Python that no mail has, and whose time is quadratic."""

_MAX_HEADER, _MAX_CONTENT_HEADER = 10_000, 4_000
"""Characters of a header that are read, and of one that describes a part, such as ``Content-Type``: the parser of
Python 3.13.0 takes quadratic time for its parameters."""

_MAX_SUBJECT, _MAX_NAME, _MAX_RECIPIENTS = 500, 200, 100
_BROKEN = (ValueError, LookupError, TypeError, AttributeError, RecursionError)
"""What the parser of the standard library raises for what is no message."""


class _BoundedPolicy(Compat32):
    """The older policy, whose headers take linear time, with headers that are cut off."""

    def header_source_parse(self, sourcelines: list[str]) -> tuple[str, str]:
        """Return the name and the begin of the value of a header."""
        name, value = super().header_source_parse(sourcelines)
        return name, value[: _MAX_CONTENT_HEADER if name.lower().startswith("content-") else _MAX_HEADER]


@dataclass(frozen=True, slots=True)
class MessageAttachment:
    """An attachment: its name without folders, and its content."""

    name: str
    content: bytes


@dataclass(frozen=True, slots=True)
class MailMessage:
    """A mail.

    Attributes
    ----------
    message_id
        The header ``Message-ID``; empty if it has none.
    sender, sender_name
        The address and the name of ``From``.
    recipients
        The addresses of ``To`` and ``Cc``.
    subject, text
        The subject; the plain text, or that of the HTML.
    is_automatic
        Whether a program has sent it (RFC 3834): an answer of a program, or a report of a mail server.
    attachments, skipped
        The attachments that are kept, and how many are not.
    """

    message_id: str
    sender: str
    sender_name: str
    recipients: tuple[str, ...]
    subject: str
    text: str
    is_automatic: bool
    attachments: tuple[MessageAttachment, ...]
    skipped: int


def read_message(content: bytes) -> MailMessage:
    """Read a mail.

    Raises
    ------
    ScriptError
        If it cannot be read, or has too many lines or parts. The message quotes nothing of it.
    """
    lines = content.count(b"\n") + content.count(b"\r") - content.count(b"\r\n")
    # safeguard: mail-lines
    if lines > _MAX_LINES or lines * content.lower().count(b"boundary") > _MAX_COMPARISONS:
        raise ScriptError("the mail has too many lines or parts")
    try:
        return _read(message_from_bytes(content, policy=_BoundedPolicy()))
    except _BROKEN:
        raise ScriptError("the mail cannot be read") from None


def _read(message: Message) -> MailMessage:
    parts = []
    for part in _walk(message):
        parts.append(part)
        if len(parts) > _MAX_PARTS:
            raise ScriptError(f"the mail has more than {_MAX_PARTS} parts")
    attached = [part for part in parts if _is_attachment(part)]
    attachments = _keep(attached)
    name, sender = parseaddr(_get(message, "From"))
    values = [_get(message, "To"), _get(message, "Cc")]
    recipients = tuple(dict.fromkeys(address for _, address in getaddresses(values) if address))
    return MailMessage(
        message_id=" ".join(_get(message, "Message-ID").split())[:_MAX_SUBJECT],
        sender=sender.lower(),
        sender_name=" ".join(_decode(name).split())[:_MAX_NAME],
        recipients=recipients[:_MAX_RECIPIENTS],
        subject=" ".join(_decode(_get(message, "Subject")).split())[:_MAX_SUBJECT],
        text=_find_text(parts),
        is_automatic=_is_automatic(message, sender),
        attachments=attachments,
        skipped=len(attached) - len(attachments),
    )


def _walk(message: Message) -> Iterator[Message]:
    """Yield the parts that are not containers; a mail inside a mail is an attachment."""
    if message.get_content_maintype() != "multipart" or not message.is_multipart():
        yield message
        return
    for part in message.get_payload():
        if isinstance(part, Message):
            yield from _walk(part)


def _is_automatic(message: Message, sender: str) -> bool:
    submitted = _get(message, "Auto-Submitted").partition(";")[0].strip().lower()
    is_answer = submitted not in ("", "no") or _get(message, "Precedence").strip().lower() in ("auto_reply", "junk")
    is_report = message.get_content_type() == "multipart/report" or _get(message, "Return-Path").strip() == "<>"
    local = sender.partition("@")[0].lower()
    return is_answer or is_report or not sender or local in ("mailer-daemon", "postmaster")


def _is_attachment(part: Message) -> bool:
    is_text = part.get_content_type() in ("text/plain", "text/html")
    return part.get_content_disposition() == "attachment" or part.get_filename() is not None or not is_text


def _keep(parts: list[Message]) -> tuple[MessageAttachment, ...]:
    """Return the first attachments, as long as they fit."""
    kept: list[MessageAttachment] = []
    size = 0
    for number, part in enumerate(parts, 1):
        content = _get_content(part)
        if len(kept) < MAX_KEPT and size + len(content) <= MAX_KEPT_BYTES:
            size += len(content)
            kept.append(MessageAttachment(_get_name(part, number), content))
    return tuple(kept)


def _get_content(part: Message) -> bytes:
    if part.get_content_charset() in _SLOW_CHARSETS:
        part.del_param("charset")
    content = part.get_payload(decode=True)
    if isinstance(content, bytes):
        return content
    inner = part.get_payload()
    return b"".join(each.as_bytes() for each in inner if isinstance(each, Message)) if isinstance(inner, list) else b""


def _get_name(part: Message, number: int) -> str:
    name = _decode(str(part.get_filename() or "")).replace("\\", "/").rpartition("/")[2]
    name = "".join(character for character in name if character.isprintable()).strip(" .")[-_MAX_NAME:]
    suffix = "eml" if part.get_content_type() == "message/rfc822" else "bin"
    return name or f"attachment-{number}.{suffix}"


def _find_text(parts: list[Message]) -> str:
    """Return the plain text, or the text of the HTML if there is none."""
    texts = [part for part in parts if not _is_attachment(part)]
    plain = "\n".join(_read_texts(texts, "text/plain")).strip()
    if not plain:
        plain = "\n".join(map(extract_html_text, _read_texts(texts, "text/html"))).strip()
    return plain.replace("\r\n", "\n").replace("\0", "")[:MAX_TEXT]


def _read_texts(parts: list[Message], content_type: str) -> Iterator[str]:
    """Yield the texts of a type, all together at most ``_MAX_TEXT_BYTES``."""
    left = _MAX_TEXT_BYTES
    for part in parts:
        if part.get_content_type() == content_type:
            content = _get_content(part)[:left]
            left -= len(content)
            yield _decode_bytes(content, part.get_content_charset() or "utf-8")


def _get(message: Message, name: str) -> str:
    """Return a header; empty if there is none."""
    return str(message.get(name) or "")


def _decode(value: str) -> str:
    """Return a header with its encoded words (RFC 2047) decoded."""
    pieces = decode_header(value)
    return "".join(
        _decode_bytes(piece, charset or "utf-8") if isinstance(piece, bytes) else piece for piece, charset in pieces
    )


def _decode_bytes(content: bytes, charset: str) -> str:
    try:
        return content.decode(charset, errors="replace")
    except (LookupError, ValueError):
        return content.decode("utf-8", errors="replace")
