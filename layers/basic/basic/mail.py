"""Mails of scripts: recipients, subject and text, checked before a host sends them."""

from collections.abc import Sequence

from basic.documents.mail_html import is_html, sanitize
from basic.documents.web_page import extract_html_text
from basic.errors import ScriptError
from basic.host import Mail
from basic.mail_addresses import is_email
from basic.values import Value, describe_type, to_text

MAX_RECIPIENTS = 50
"""Recipients of one mail (quota of Amazon SES)."""

MAX_SUBJECT_LENGTH = 200
"""Characters of a subject; the rest is cut off."""

MAX_TEXT_BYTES = 200 * 1024
"""Size of the text of a mail, in UTF-8."""


MAX_ATTACHMENTS = 10
"""Attachments of a mail."""


def build_mail(to: Value, subject: str, text: str, attachments: Sequence[str] = ()) -> Mail:
    """Return a mail.

    Parameters
    ----------
    to
        An address, several in one text separated by commas or semicolons, or an array of addresses.
    subject
        The subject; line breaks become blanks. Without one, the first line of the text is the subject.
    text
        The text. If it begins with a tag of HTML, what ``sanitize`` leaves of it is sent beside a plain text.
    attachments
        Paths of files in the drive of the bot.

    Raises
    ------
    ScriptError
        If an address is invalid, there are none or too many, there are too many attachments, or the text is empty or
        too long. The message contains no
        address, because it is logged.
    """
    if not text.strip():
        raise ScriptError("the mail has no text")
    if _measure(text) > MAX_TEXT_BYTES:
        raise ScriptError(f"the text of a mail has at most {MAX_TEXT_BYTES // 1024} KB")
    page = sanitize(text) if is_html(text) else ""
    # Also what is left of the markup has to be a mail.
    text = extract_html_text(page) if page else text
    if not text.strip():
        raise ScriptError("the mail has no text")
    line = " ".join(subject.split()) or " ".join(text.strip().splitlines()[0].split())
    _measure(line)
    if len(attachments) > MAX_ATTACHMENTS:
        raise ScriptError(f"a mail has at most {MAX_ATTACHMENTS} attachments")
    return Mail(parse_recipients(to), line[:MAX_SUBJECT_LENGTH], text, tuple(attachments), page)


def parse_recipients(to: Value) -> tuple[str, ...]:
    """Return the addresses of recipients; see `build_mail`.

    Raises
    ------
    ScriptError
        If an address is invalid, or there are none or too many.
    """
    if isinstance(to, dict):
        raise ScriptError(f"the recipient must be an address or an array of addresses, not {describe_type(to)}")
    texts = [to_text(item) for item in to] if isinstance(to, list) else to_text(to).replace(";", ",").split(",")
    addresses = list(dict.fromkeys(stripped for text in texts if (stripped := text.strip())))
    if not addresses:
        raise ScriptError("the mail has no recipient")
    if len(addresses) > MAX_RECIPIENTS:
        raise ScriptError(f"a mail has at most {MAX_RECIPIENTS} recipients")
    for number, address in enumerate(addresses, 1):
        if not is_email(address):
            raise ScriptError(f"recipient {number} of the mail is not a mail address")
    return tuple(addresses)


def _measure(text: str) -> int:
    try:
        return len(text.encode())
    except UnicodeEncodeError:
        raise ScriptError("the mail contains an invalid character (lone surrogate)") from None
