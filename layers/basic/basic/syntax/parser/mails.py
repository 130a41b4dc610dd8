"""Parsing ON EMAIL: the address whose mails a script is run for, and which of them."""

import re

from basic.diagnostics import Position
from basic.keywords import find_keyword
from basic.mail_addresses import is_email
from basic.syntax.parser.cursor import TokenCursor
from basic.syntax.parser.errors import ScriptSyntaxError
from basic.syntax.parser.words import parse_text
from basic.syntax.tree.definitions import MailHeader
from basic.syntax.tree.expressions import Expression, Name

_EVENTS = "email_received_events"
"""The table that General Bots has received mails in; its last row is the mail that the script is run for."""

_DOMAIN = re.compile(r"(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,63}", re.ASCII)


def parse_mail_header(cursor: TokenCursor, position: Position) -> MailHeader:
    """Parse what follows ON EMAIL: an address, and maybe FROM, SUBJECT, or both.

    Raises
    ------
    ScriptSyntaxError
        If a part is missing, or an address is invalid.
    """
    start = cursor.current.position
    address = _parse_part(cursor).lower()
    if not is_email(address):
        raise ScriptSyntaxError(start, "ON EMAIL needs a mail address, as in `support@example.com`")
    parts = {"FROM": "", "SUBJECT": ""}
    while cursor.is_word(*parts):
        token = cursor.advance()
        if parts[token.word]:
            raise ScriptSyntaxError(token.position, f"a second {token.word}")
        start = cursor.current.position
        parts[token.word] = _parse_part(cursor)
    sender = parts["FROM"].lower().removeprefix("@")
    if sender and not is_email(sender) and not _DOMAIN.fullmatch(sender):
        raise ScriptSyntaxError(start, "FROM needs a mail address or a domain, as in `example.com`")
    return MailHeader(position, address, sender, parts["SUBJECT"])


def parse_last_mail(cursor: TokenCursor) -> Expression | None:
    """Parse `GET LAST "email_received_events"`, General Bots' form of the variable `email`; None if it is not next."""
    following = cursor.peek(2)
    if not (cursor.is_word("GET") and cursor.peek().word == "LAST" and following.value == _EVENTS):
        return None
    position = cursor.current.position
    for _ in range(3):
        cursor.advance()
    return Name(position, "email")


def _parse_part(cursor: TokenCursor) -> str:
    keyword = find_keyword("ON EMAIL")
    return parse_text(cursor, "ON EMAIL", "" if keyword is None else keyword.forms[0])
