"""Checking expressions: variables without a value, and statements without an effect."""

from collections.abc import Iterator

from basic.compiler.checks.arguments import check_argument_count
from basic.compiler.context import BuildContext
from basic.compiler.names import Names
from basic.diagnostics import Issue, Severity, suggest_name
from basic.keywords import KEYWORDS, find_keyword
from basic.syntax.forms import describe_syntax
from basic.syntax.tree.expressions import Binary, Command, Expression, FunctionCall, Hear, Name, ScriptCall
from basic.syntax.tree.walk import walk

WEBHOOK_VARIABLES = frozenset(("params", "body", "headers", "method", "result"))
"""Variables that a webhook receives, and the one that holds its response."""

MAX_UNSET_VARIABLES = 200
"""Variables without a value that a similar name is searched for."""

_EFFECTS = (FunctionCall, ScriptCall, Command, Hear)


class ExpressionChecker:
    """Checks the expressions of one script."""

    def __init__(self, names: Names, context: BuildContext) -> None:
        self._names = names
        self._context = context
        self._unset: set[str] = set()

    def check_statement(self, expression: Expression) -> Iterator[Issue]:
        """Report an expression as a statement that has no effect."""
        if any(isinstance(part, _EFFECTS) for part in walk(expression)):
            return
        if not isinstance(expression, Name):
            yield _build_useless_issue(expression)
        elif expression.name.lower() in self._names.routines:
            yield from self._check_routine(expression)
        elif not self._names.find_function(expression):
            yield self._build_useless_name_issue(expression)

    def check_name(self, node: Name) -> Iterator[Issue]:
        """Report a variable that never gets a value, if it is probably misspelled; check a routine without brackets."""
        if self._names.find_routine(node):
            yield from self._check_routine(node)
            return
        name = node.name.lower()
        if self._is_known(name) or name in self._unset or self._names.find_function(node):
            return
        self._unset.add(name)
        if len(self._unset) > MAX_UNSET_VARIABLES:
            return
        hint = suggest_name(node.name, (*self._names.assigned.values(), *self._context.variables))
        if hint:
            yield Issue(node.position, f"`{node.name}` is never assigned{hint}", Severity.WARNING)

    def _is_known(self, name: str) -> bool:
        return name in self._names.assigned or name in WEBHOOK_VARIABLES or name in self._context.variables

    def _check_routine(self, node: Name) -> Iterator[Issue]:
        """Check a routine that is called without brackets."""
        count = len(self._names.routines[node.name.lower()].parameters)
        return check_argument_count(node.position, node.name, 0, count, count)

    def _build_useless_name_issue(self, node: Name) -> Issue:
        keyword = find_keyword(node.name.upper().replace("_", " "))
        if keyword is not None:
            return Issue(node.position, f"invalid use of {keyword.name}; usage: {describe_syntax(keyword)}")
        if node.name.lower() in self._names.assigned:
            return _build_useless_issue(node)
        candidates = (*(keyword.name for keyword in KEYWORDS), *self._names.routines)
        return Issue(node.position, f"unknown name `{node.name}`{suggest_name(node.name, candidates)}")


def _build_useless_issue(expression: Expression) -> Issue:
    hint = ""
    if isinstance(expression, Binary) and expression.operator == "=" and isinstance(expression.left, Name):
        hint = f"; to assign a value, write `{expression.left.name} = ...`"
    return Issue(expression.position, f"this statement has no effect{hint}")
