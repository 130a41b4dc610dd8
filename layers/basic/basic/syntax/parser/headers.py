"""Parsing what a script declares about itself: PARAM, TABLE, DESCRIPTION, WEBHOOK, SET SCHEDULE, ON OF and ON EMAIL."""

import re
from dataclasses import dataclass, field

from basic.diagnostics import START, Position
from basic.keywords import Keyword, find_keyword
from basic.syntax.parser.blocks import BlockParser
from basic.syntax.parser.errors import ScriptSyntaxError
from basic.syntax.parser.mails import parse_mail_header
from basic.syntax.parser.parameters import ParameterParser
from basic.syntax.parser.reader import ExpressionReader
from basic.syntax.parser.schedules import is_computed_schedule, parse_schedule_header
from basic.syntax.parser.tables import TableParser
from basic.syntax.parser.words import match_keyword, parse_name_or_text, parse_text
from basic.syntax.tokens import TokenKind
from basic.syntax.tree.definitions import MailHeader, Parameter, ScheduleHeader, Table, TriggerHeader
from basic.values import quote

_HEADERS = ("PARAM", "DESCRIPTION", "TABLE", "WEBHOOK")
_TRIGGERS = {"ON INSERT OF": "insert", "ON UPDATE OF": "update", "ON DELETE OF": "delete"}
_WEBHOOK_NAME = re.compile(r"[\w.~-]+", re.ASCII)
"""The unreserved characters of an address (RFC 3986, section 2.3)."""


@dataclass(slots=True)
class Headers:
    """What a script has declared so far."""

    parameters: list[Parameter] = field(default_factory=list)
    tables: list[Table] = field(default_factory=list)
    description: str = ""
    webhook: str = ""
    webhook_position: Position = START
    schedules: list[ScheduleHeader] = field(default_factory=list)
    triggers: list[TriggerHeader] = field(default_factory=list)
    mails: list[MailHeader] = field(default_factory=list)
    has_trigger_end: bool = False


class HeaderParser:
    """Parses declarations and collects them in ``headers``."""

    def __init__(self, expressions: ExpressionReader, blocks: BlockParser, tables: TableParser) -> None:
        self._cursor = expressions.cursor
        self._blocks = blocks
        self._parameter_parser = ParameterParser(expressions)
        self._table_parser = tables
        self.headers = Headers()

    def parse(self, word: str) -> bool:
        """Parse the declaration that starts with a word; return False if it starts none.

        Raises
        ------
        ScriptSyntaxError
            If the declaration is invalid, or inside a block.
        """
        if self._parse_automation() or self._accept_trigger_end():
            return True
        keyword = find_keyword(word)
        following = self._cursor.peek().kind
        if keyword is None or word not in _HEADERS or following not in (TokenKind.NAME, TokenKind.TEXT):
            return False
        matched = match_keyword(self._cursor)
        if matched is not None and matched[0] is not keyword:
            # `WEBHOOK POST` is another keyword.
            return False
        token = self._cursor.current
        if self._blocks.closers.depth > 1:
            raise ScriptSyntaxError(token.position, f"{word} is not allowed inside a block")
        self._cursor.advance()
        match word:
            case "PARAM":
                self._parse_parameters(keyword)
            case "TABLE":
                self.headers.tables.append(self._table_parser.parse())
            case "DESCRIPTION":
                self._parse_description(keyword)
            case _:
                self._parse_webhook(keyword)
        return True

    def _parse_automation(self) -> bool:
        """Parse SET SCHEDULE, ON ... OF or ON EMAIL; return False if neither is next, or if it computes its values."""
        matched, token = match_keyword(self._cursor), self._cursor.current
        name, count = ("", 0) if matched is None else (matched[0].name, matched[1])
        is_variable = self._cursor.peek(count).text in ("=", ".", "[")
        if name not in ("SET SCHEDULE", "ON EMAIL", *_TRIGGERS) or is_variable or is_computed_schedule(self._cursor):
            return False
        if self._blocks.closers.depth > 1:
            self._check_block(token.position, name)
        self._cursor.index += count
        if name == "SET SCHEDULE":
            self.headers.schedules.append(parse_schedule_header(self._cursor, token.position))
            return True
        if self.headers.has_trigger_end:
            message = "a script has one ON ... END ON; write each in a script of its own"
            raise ScriptSyntaxError(token.position, message)
        if name == "ON EMAIL":
            self.headers.mails.append(parse_mail_header(self._cursor, token.position))
        else:
            self._parse_trigger(token.position, _TRIGGERS[name])
        return True

    def _check_block(self, position: Position, name: str) -> None:
        """Refuse a header inside a block. A schedule applies to the script, as in General Bots."""
        if name != "SET SCHEDULE":
            raise ScriptSyntaxError(position, f"{name} is not allowed inside a block")
        message = "SET SCHEDULE inside a block applies to the script, not only if the condition of the block is true"
        self._blocks.warn(position, message)

    def _parse_trigger(self, position: Position, kind: str) -> None:
        table = parse_name_or_text(self._cursor, "the table")
        self.headers.triggers.append(TriggerHeader(position, kind, table))

    def _accept_trigger_end(self) -> bool:
        """Go past END ON, which ends the statements for a change of a row or a mail, as the end of the script does."""
        has_none = not self.headers.triggers and not self.headers.mails
        if has_none or self.headers.has_trigger_end or not self._cursor.accept_phrase("END ON"):
            return False
        self.headers.has_trigger_end = True
        return True

    def _parse_parameters(self, keyword: Keyword) -> None:
        """Parse the parameters of a line; of two with the same name the last one counts, as in General Bots."""
        parameters = self.headers.parameters
        for parameter in self._parameter_parser.parse(keyword):
            name = parameter.name.lower()
            index = next((index for index, other in enumerate(parameters) if other.name.lower() == name), None)
            if index is None:
                parameters.append(parameter)
            else:
                message = f"duplicate PARAM `{parameter.name}`: the last one is used"
                self._blocks.warn(parameter.position, message)
                parameters[index] = parameter

    def _parse_description(self, keyword: Keyword) -> None:
        """Parse the description; of several ones the last counts, as in General Bots."""
        position = self._cursor.previous.position
        description = parse_text(self._cursor, "DESCRIPTION", keyword.forms[0])
        if self.headers.description:
            message = (
                f"a second DESCRIPTION: a file is one tool, and the last description is used instead of "
                f"{quote(self.headers.description)}; write each tool in a file of its own"
            )
            self._blocks.warn(position, message)
        self.headers.description = description

    def _parse_webhook(self, keyword: Keyword) -> None:
        position = self._cursor.previous.position
        if self.headers.webhook:
            raise ScriptSyntaxError(position, f"this script already handles the webhook `{self.headers.webhook}`")
        name = parse_text(self._cursor, "WEBHOOK", keyword.forms[0])
        if not _WEBHOOK_NAME.fullmatch(name):
            message = "invalid webhook name; use letters, digits, `-`, `_`, `.` and `~`"
            raise ScriptSyntaxError(position, message)
        self.headers.webhook, self.headers.webhook_position = name, position
