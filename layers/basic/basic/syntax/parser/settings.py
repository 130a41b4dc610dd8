"""Parsing SET with a quoted text: a variable of the session, or changes of rows."""

from basic.syntax.parser.errors import MissingPartError
from basic.syntax.parser.operators import COMPARISON
from basic.syntax.parser.reader import ExpressionReader
from basic.syntax.tokens import Token
from basic.syntax.tree.expressions import Command
from basic.syntax.tree.statements import Evaluate


def parse_setting(token: Token, expressions: ExpressionReader) -> Evaluate:
    """Parse ``SET "session.name" = value``, ``SET "session.name", value`` or ``SET "table", "filter", "field=value"``.

    SET was read.

    Raises
    ------
    ScriptSyntaxError
        If it is something else.
    """
    cursor = expressions.cursor
    target = expressions.parse(COMPARISON)
    if not cursor.accept_sign("=", ","):
        message = f"`=` is missing before {cursor.describe_current()}"
        raise MissingPartError(cursor.get_missing_position(), message)
    value = expressions.parse()
    if cursor.previous.text != "=" and cursor.accept_sign(","):
        slots = {"table": target, "filter": value, "row": expressions.parse()}
        return Evaluate(token.position, Command(token.position, "UPDATE", {**slots}))
    return Evaluate(token.position, Command(token.position, "SET SESSION", {"name": target, "value": value}))
