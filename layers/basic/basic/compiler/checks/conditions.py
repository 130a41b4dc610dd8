"""Checking conditions on rows, as far as their text is written out."""

from collections.abc import Iterator

from basic.compiler.conditions import ConditionParts, split_condition
from basic.diagnostics import Issue
from basic.errors import ScriptError
from basic.filters.parser import parse_with_values
from basic.host import Bound
from basic.syntax.tree.expressions import Binary, Literal, Template
from basic.syntax.tree.walk import walk


def check_condition(slot: object = None) -> Iterator[Issue]:
    """Report an invalid condition."""
    parts: ConditionParts | None = None
    if isinstance(slot, Literal) and isinstance(slot.value, str) and slot.value.strip():
        parts = [slot.value]
    elif isinstance(slot, Binary | Template):
        parts = split_condition(slot)
    if parts is None or not isinstance(slot, Literal | Binary | Template):
        return
    try:
        parse_with_values([part if isinstance(part, str) else Bound("...") for part in parts])
    except ScriptError as error:
        has_fillings = any(isinstance(part, Template) for part in walk(slot))
        hint = "; `${...}` in a condition is a value, never a part of the condition" if has_fillings else ""
        yield Issue(slot.position, f"{error}{hint}")
