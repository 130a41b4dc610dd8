"""Parsing SET SCHEDULE: when a script runs, and which one."""

from itertools import islice, takewhile

from basic.diagnostics import Position
from basic.schedules.cron import ScheduleError, format_schedule
from basic.schedules.phrases import USAGE, parse_schedule
from basic.syntax.parser.cursor import TokenCursor
from basic.syntax.parser.errors import MissingPartError, ScriptSyntaxError
from basic.syntax.parser.skipping import skip_line, skip_statement
from basic.syntax.parser.words import match_keyword
from basic.syntax.tokens import Token, TokenKind
from basic.syntax.tree.definitions import ScheduleHeader
from basic.syntax.tree.expressions import Command
from basic.syntax.tree.statements import Evaluate, Statement

_COMPUTED = "SET SCHEDULE with a computed time"
"""The name of the statement whose time is known only when it runs, which is not supported."""

_ENDS = (TokenKind.NEWLINE, TokenKind.END)
_OPERATORS = ("(", "+", "&", ".", "[")


def is_computed_schedule(cursor: TokenCursor) -> bool:
    """Return whether the next line is a SET SCHEDULE whose time is an expression."""
    matched = match_keyword(cursor)
    if matched is None or matched[0].name != "SET SCHEDULE":
        return False
    tokens = list(islice(_list_line(cursor), matched[1], None))
    if tokens and tokens[0].text in ("=", ".", "["):
        # A variable called `schedule` is set.
        return False
    texts = [token for token in tokens if token.kind is TokenKind.TEXT]
    first = list(takewhile(lambda token: token.text != ",", tokens))
    is_variable = len(first) == 1 and first[0].kind is TokenKind.NAME and bool(texts)
    has_operator = any(token.kind is TokenKind.SIGN and token.text in _OPERATORS for token in tokens)
    return has_operator or is_variable or any(not isinstance(token.value, str) for token in texts)


def parse_computed_schedule(cursor: TokenCursor) -> Statement | None:
    """Go past a SET SCHEDULE whose time is an expression, and return a statement that fails; None if none is next."""
    if not is_computed_schedule(cursor):
        return None
    position = cursor.current.position
    skip_statement(cursor)
    return Evaluate(position, Command(position, _COMPUTED))


def parse_schedule_header(cursor: TokenCursor, position: Position) -> ScheduleHeader:
    """Parse what follows SET SCHEDULE: a text, or words without quotes, and maybe a script before or after it.

    Raises
    ------
    ScriptSyntaxError
        If the schedule is missing, or cannot be used.
    """
    tokens = _list_line(cursor)
    parts = [part for part in _split(tokens) if part]
    start = cursor.current.position
    if not parts:
        raise MissingPartError(cursor.get_missing_position(), f"SET SCHEDULE has no schedule; {USAGE}")
    skip_line(cursor)
    texts = [_join(part) for part in parts]
    scripts = [text for text in texts if text.lower().endswith(".bas")]
    times = [text for text in texts if text not in scripts]
    if len(times) != 1 or len(scripts) > 1:
        raise ScriptSyntaxError(start, f"SET SCHEDULE expects one schedule and at most one script; {USAGE}")
    try:
        schedule = format_schedule(parse_schedule(times[0]))
    except ScheduleError as error:
        raise ScriptSyntaxError(start, f"invalid schedule: {error}") from None
    return ScheduleHeader(position, schedule, scripts[0] if scripts else "")


def _list_line(cursor: TokenCursor) -> list[Token]:
    return list(takewhile(lambda token: token.kind not in _ENDS, islice(cursor.tokens, cursor.index, None)))


def _split(tokens: list[Token]) -> list[list[Token]]:
    """Return the parts between commas. Commas of a schedule without quotes, as in `0 9,17 * * *`, do not divide it."""
    if all(token.kind is not TokenKind.TEXT for token in tokens):
        return [tokens]
    parts: list[list[Token]] = [[]]
    for token in tokens:
        if token.text == "," and token.kind is TokenKind.SIGN:
            parts.append([])
        else:
            parts[-1].append(token)
    return parts


def _join(tokens: list[Token]) -> str:
    """Return the text of a part; tokens without a blank between them stay together."""
    if len(tokens) == 1 and isinstance(tokens[0].value, str):
        return tokens[0].value
    text = ""
    for before, token in zip([None, *tokens], tokens, strict=False):
        text += (" " if before is not None and before.end != token.position else "") + token.text
    return text
