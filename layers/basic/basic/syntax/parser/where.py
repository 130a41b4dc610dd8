"""Reading the condition of a WHERE from an expression."""

from basic.syntax.parser.errors import ScriptSyntaxError
from basic.syntax.tree.expressions import Binary, Expression, FieldComparison, Literal, Name, WhereClause

_COMPARISONS = {"=": "=", "<>": "!=", "<": "<", "<=": "<=", ">": ">", ">=": ">="}


def build_where(condition: Expression) -> WhereClause | Expression:
    """Return the comparisons of a condition; an expression that compares nothing is returned as it is.

    Raises
    ------
    ScriptSyntaxError
        If it is something else than comparisons of fields joined by AND.
    """
    comparisons: list[FieldComparison] = []
    remaining = [condition]
    while remaining:
        part = remaining.pop()
        if isinstance(part, Binary) and part.operator == "AND":
            remaining += (part.right, part.left)
        elif isinstance(part, Binary) and part.operator in _COMPARISONS and isinstance(part.left, Name | Literal):
            field = part.left.name if isinstance(part.left, Name) else str(part.left.value)
            comparisons.append(FieldComparison(field, _COMPARISONS[part.operator], part.right))
        elif part is condition and not _is_condition(part):
            return condition
        else:
            raise ScriptSyntaxError(part.position, "WHERE accepts only comparisons `field = value` joined with AND")
    return WhereClause(condition.position, tuple(comparisons))


def _is_condition(part: Expression) -> bool:
    return isinstance(part, Binary) and part.operator in (*_COMPARISONS, "OR", "IN", "LIKE", "STARTS WITH", "ENDS WITH")
