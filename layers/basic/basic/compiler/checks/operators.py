"""Checking operators: operands that the operator does not see as the author means them."""

from collections.abc import Iterator

from basic.diagnostics import Issue, Severity
from basic.syntax.tree.expressions import Binary, Expression, FunctionCall, Literal, Name
from basic.values import Number, Value, to_text

_COMPARISONS = frozenset(("=", "<>", "<", "<=", ">", ">=", "LIKE", "CONTAINS", "IN", "STARTS WITH", "ENDS WITH"))
_MANY_DAYS = 400
"""More days than a year has are rather the seconds of some minutes."""

_DATES = frozenset(("NOW", "TODAY", "DATEADD"))


def check_operator(node: Binary) -> Iterator[Issue]:
    """Warn of an operator with an operand that has another effect than it seems to have."""
    match node:
        case Binary(operator="OR" | "AND" as operator, right=Literal(position=position, value=value)) if _is_operand(
            value
        ) and _is_comparison(node.left):
            kind = "text" if isinstance(value, str) else "number"
            message = (
                f"the {kind} after {operator} is compared with nothing, so it counts as true; "
                'repeat the comparison, as in `a = "x" OR a = "y"`'
            )
            yield Issue(position, message, Severity.WARNING)
        case Binary(operator="+", right=Literal(position=position, value=int() | float())) if _ends_with_date(
            node.left
        ):
            message = "this joins the number to the text before it; brackets add days to a date: `(TODAY() + 1)`"
            yield Issue(position, message, Severity.WARNING)
        case Binary(operator="+" | "-", right=right) if _is_date(node.left) and _compute(right) >= _MANY_DAYS:
            message = (
                f"a number beside a date is a number of days, here {to_text(_compute(right))}; "
                "`HOURS(1)`, `MINUTES(15)` and `SECONDS(30)` are parts of a day"
            )
            yield Issue(right.position, message, Severity.WARNING)
        case _:
            pass


def _is_operand(value: Value) -> bool:
    """Return whether a value is no condition, and counts as true."""
    return bool(value) and not isinstance(value, bool)


def _is_comparison(node: Expression) -> bool:
    """Return whether an expression is a comparison, or ends with one: the other operand of AND or OR."""
    while isinstance(node, Binary) and node.operator in ("AND", "OR"):
        node = node.right
    return isinstance(node, Binary) and node.operator in _COMPARISONS


def _ends_with_date(node: Expression) -> bool:
    """Return whether an expression joins something and a date."""
    return isinstance(node, Binary) and node.operator in ("+", "&") and _is_date(node.right)


def _compute(node: Expression) -> Number:
    """Return the product of numbers that are written out, as in `15 * 60`; 0 for anything else."""
    product: Number = 1
    while isinstance(node, Binary) and node.operator == "*":
        product *= _get_number(node.right)
        node = node.left
    return product * _get_number(node)


def _get_number(node: Expression) -> Number:
    match node:
        case Literal(value=int() | float() as value):
            return value
        case _:
            return 0


def _is_date(node: Expression) -> bool:
    return isinstance(node, FunctionCall | Name) and node.name.upper() in _DATES
