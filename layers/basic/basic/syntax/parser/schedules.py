"""Parsing SET SCHEDULE: when a script runs, and which one."""

from itertools import islice, takewhile

from basic.diagnostics import Position
from basic.schedules.cron import ScheduleError, format_schedule
from basic.schedules.phrases import USAGE, parse_schedule
from basic.syntax.parser.cursor import TokenCursor
from basic.syntax.parser.errors import MissingPartError, ScriptSyntaxError
from basic.syntax.parser.reader import ExpressionReader
from basic.syntax.parser.skipping import skip_line
from basic.syntax.parser.words import match_keyword
from basic.syntax.tokens import Token, TokenKind
from basic.syntax.tree.definitions import ScheduleHeader
from basic.syntax.tree.expressions import Command, Expression, Literal, SlotValue
from basic.syntax.tree.statements import Evaluate, Statement

_ENDS = (TokenKind.NEWLINE, TokenKind.END)
_OPERATORS = ("(", "+", "&", ".", "[")
_VALUES = (TokenKind.NAME, TokenKind.TEXT, TokenKind.NUMBER)
_SLOTS = ("when", "script")


def is_computed_schedule(cursor: TokenCursor) -> bool:
    """Return whether the next line is a SET SCHEDULE whose time or script is an expression."""
    matched = match_keyword(cursor)
    if matched is None or matched[0].name != "SET SCHEDULE":
        return False
    tokens = list(islice(_list_line(cursor), matched[1], None))
    if tokens and tokens[0].text in ("=", ".", "["):
        # A variable called `schedule` is set.
        return False
    texts = [token for token in tokens if token.kind is TokenKind.TEXT]
    has_operator = any(token.kind is TokenKind.SIGN and token.text in _OPERATORS for token in tokens)
    first = list(takewhile(lambda token: token.text != ",", tokens))
    has_variable = any(map(_is_variable, [first, *_split(tokens)]))
    has_pattern = len(tokens) > 1 and tokens[0].kind is TokenKind.TEXT and tokens[1].text != ","
    return has_operator or has_variable or has_pattern or any(not isinstance(token.value, str) for token in texts)


def _is_variable(tokens: list[Token]) -> bool:
    """Return whether a part is one word, which means no schedule."""
    if len(tokens) != 1 or tokens[0].kind is not TokenKind.NAME:
        return False
    try:
        parse_schedule(tokens[0].text)
    except ScheduleError:
        return True
    return False


def parse_computed_schedule(expressions: ExpressionReader) -> Statement | None:
    """Parse a SET SCHEDULE whose time is an expression; return None if none is next.

    A text directly before the expression is the time of the day, and the expression the date.
    """
    cursor = expressions.cursor
    matched = match_keyword(cursor)
    if matched is None or not is_computed_schedule(cursor):
        return None
    position = cursor.current.position
    cursor.index += matched[1]
    slots: dict[str, SlotValue] = {}
    first = cursor.current
    if first.kind is TokenKind.TEXT and isinstance(first.value, str) and cursor.peek().kind in _VALUES:
        slots["pattern"] = Literal(first.position, first.value)
        cursor.advance()
    values = [expressions.parse(), *expressions.parse_more()]
    # As in the form without an expression, the script may be first.
    values.sort(key=_is_script)
    if len(values) > len(_SLOTS):
        raise ScriptSyntaxError(
            values[-1].position, f"SET SCHEDULE expects one schedule and at most one script; {USAGE}"
        )
    return Evaluate(position, Command(position, "SET SCHEDULE", slots | dict(zip(_SLOTS, values, strict=False))))


def _is_script(value: Expression) -> bool:
    return isinstance(value, Literal) and isinstance(value.value, str) and value.value.lower().endswith(".bas")


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
