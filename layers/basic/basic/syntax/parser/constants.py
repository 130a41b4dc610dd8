"""Parsing values that must be written out, because they are needed before the script runs."""

from basic.syntax.parser.errors import ScriptSyntaxError
from basic.syntax.parser.operators import UNARY
from basic.syntax.parser.reader import ExpressionReader
from basic.syntax.tree.expressions import ArrayLiteral, Expression, Literal, Unary
from basic.values import Value


def parse_constant(expressions: ExpressionReader, described: str) -> Value:
    """Parse a constant: a literal, a negative number, or an array of constants.

    Raises
    ------
    ScriptSyntaxError
        If it is another expression.
    """
    return _evaluate(expressions.parse(UNARY), described)


def _evaluate(expression: Expression, described: str) -> Value:
    match expression:
        case Literal(value=value):
            return value
        case Unary(operator="-", operand=Literal(value=int() | float() as number)):
            return -number
        case ArrayLiteral(items=items):
            return [_evaluate(item, described) for item in items]
        case _:
            raise ScriptSyntaxError(
                expression.position, f"{described} must be a constant: a text, a number or an array"
            )
