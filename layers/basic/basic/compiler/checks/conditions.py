"""Checking conditions on rows, as far as their text is written out."""

from collections.abc import Callable, Iterator, Sequence

from basic.compiler.conditions import ConditionParts, split_condition
from basic.diagnostics import Issue, Severity
from basic.errors import ScriptError
from basic.filters.parser import parse_with_values
from basic.filters.queries import parse_query
from basic.filters.reader import UnsupportedConditionError, is_field_name
from basic.host import Bound
from basic.syntax.tree.expressions import Command, Expression, Literal, SlotValue, Template, WhereClause
from basic.syntax.tree.walk import walk


def check_condition(node: Command) -> Iterator[Issue]:
    """Report an invalid condition of a keyword."""
    slot, clauses = node.slots.get("filter", node.slots.get("where")), node.slots.get("clauses")
    if "value" in node.slots and isinstance(slot, Literal) and is_field_name(str(slot.value)):
        return
    parts = _list_parts(slot)
    if isinstance(clauses, WhereClause):
        yield from _check_parts(clauses, [*(parts or []), " ", *clauses.parts], parse_query)
    elif slot is not None and parts is not None:
        yield from _check_parts(slot, parts, parse_query if node.keyword == "FIND" else parse_with_values)


def check_filter(condition: Expression) -> Iterator[Issue]:
    """Report an invalid condition of FILTER."""
    parts = _list_parts(condition)
    return iter(()) if parts is None else _check_parts(condition, parts, parse_with_values)


def _check_parts(
    slot: SlotValue, parts: ConditionParts, parse: Callable[[Sequence[str | Bound]], object]
) -> Iterator[Issue]:
    if isinstance(slot, tuple):
        return
    try:
        parse([part if isinstance(part, str) else Bound("...") for part in parts])
    except UnsupportedConditionError as error:
        yield Issue(slot.position, str(error), Severity.UNSUPPORTED)
    except ScriptError as error:
        has_fillings = any(isinstance(part, Template) for part in walk(slot))
        hint = "; `${...}` in a condition is a value, never a part of the condition" if has_fillings else ""
        yield Issue(slot.position, f"{error}{hint}")


def _list_parts(slot: SlotValue | None) -> ConditionParts | None:
    """Return the texts and values of a condition; None if its text is not known."""
    match slot:
        case WhereClause(parts=parts):
            return list(parts)
        case Literal(value=str(text)) if text.strip():
            return [text]
        case None | tuple() | Literal():
            return None
        case _:
            return split_condition(slot)
