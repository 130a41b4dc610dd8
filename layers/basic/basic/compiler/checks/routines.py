"""Checking the definitions of routines."""

from collections.abc import Iterable, Iterator

from basic.diagnostics import Issue, Position, Severity
from basic.keywords import Role, find_keyword
from basic.syntax.tree.definitions import Routine
from basic.syntax.tree.expressions import Name
from basic.syntax.tree.statements import Assign
from basic.syntax.tree.walk import walk


def check_routines(routines: Iterable[Routine]) -> Iterator[Issue]:
    """Report duplicate and reserved names, and assignments that look like return values."""
    defined: dict[str, Position] = {}
    for routine in routines:
        first = defined.setdefault(routine.name.lower(), routine.position)
        if first is not routine.position:
            yield Issue(routine.position, f"`{routine.name}` is already defined in line {first.line}")
        keyword = find_keyword(routine.name.upper().replace("_", " "))
        if keyword is not None and keyword.role in (Role.COMMAND, Role.STRUCTURE):
            yield Issue(routine.position, f"`{routine.name}` is a keyword and cannot be the name of a routine")
        if routine.is_function:
            yield from _check_return_by_name(routine)


def _check_return_by_name(routine: Routine) -> Iterator[Issue]:
    """Report assignments to the name of a FUNCTION, which return its value in other dialects."""
    for node in walk(routine.body):
        if isinstance(node, Assign) and isinstance(node.target, Name):
            if node.target.name.lower() != routine.name.lower():
                continue
            message = f"this assigns a variable; use RETURN to return a value from `{routine.name}`"
            yield Issue(node.position, message, Severity.WARNING)
