"""Checking expressions: variables without a value, and statements without an effect."""

from collections.abc import Iterator
from itertools import islice

from basic.compiler.checks.arguments import check_argument_count
from basic.compiler.context import BuildContext
from basic.compiler.names import Names
from basic.compiler.updates import list_computations
from basic.diagnostics import Issue, Position, Severity, suggest_name
from basic.keywords import KEYWORDS, find_keyword
from basic.syntax.forms import describe_syntax
from basic.syntax.tree.definitions import ScriptTree
from basic.syntax.tree.expressions import Binary, Command, Expression, FunctionCall, Hear, Name, ScriptCall, Template
from basic.syntax.tree.walk import walk

WEBHOOK_VARIABLES = frozenset(("params", "body", "headers", "method", "result"))
"""Variables that a webhook receives, and the one that holds its response."""

TRIGGER_VARIABLES = frozenset(("row", "old", "operation", "table_name"))
"""Variables that a script receives which runs for a change of a row."""

MAIL_VARIABLES = frozenset(("email",))
"""Variables that a script receives which runs for a mail."""

MAX_UNSET_VARIABLES = 200
"""Variables without a value that are reported for a script; a similar name is searched for each."""

_EFFECTS = (FunctionCall, ScriptCall, Command, Hear)


class ExpressionChecker:
    """Checks the expressions of one script."""

    def __init__(self, names: Names, context: BuildContext) -> None:
        self._names = names
        self._context = context
        self._unset: dict[str, Name] = {}
        self._optional: frozenset[str] = frozenset()
        self._fields: frozenset[Position] = frozenset()

    def allow_unset(self, tree: ScriptTree) -> None:
        """Accept the variables that a script reads with GET, which may have no value, and the fields of an UPDATE."""
        self._fields = frozenset(
            computation.field.position
            for node in walk(tree)
            if isinstance(node, Command)
            for computation in list_computations(node, self._names.assigned)
        )
        self._optional = frozenset(
            source.name.lower()
            for node in walk(tree)
            if isinstance(node, Command) and node.keyword == "GET"
            for source in [node.slots.get("source")]
            if isinstance(source, Name)
        )
        if tree.triggers:
            self._optional |= TRIGGER_VARIABLES
        if tree.mails:
            self._optional |= MAIL_VARIABLES

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
        """Check a routine without brackets, and note a variable that never gets a value."""
        if node.position in self._fields:
            return
        if self._names.find_routine(node):
            yield from self._check_routine(node)
        elif not self._is_known(node.name.lower()) and not self._names.find_function(node):
            first = self._unset.setdefault(node.name.lower(), node)
            if node.position < first.position:
                self._unset[node.name.lower()] = node

    def report_unset(self) -> Iterator[Issue]:
        """Report each variable that never gets a value, where it is first mentioned."""
        known = (*self._names.assigned.values(), *self._context.variables)
        for node in islice(self._unset.values(), MAX_UNSET_VARIABLES):
            hint = suggest_name(node.name, known) or ", so it is empty; a text needs quotes"
            yield Issue(node.position, f"`{node.name}` is never assigned{hint}", Severity.WARNING)

    def _is_known(self, name: str) -> bool:
        return any(
            name in known
            for known in (self._names.assigned, WEBHOOK_VARIABLES, self._context.variables, self._optional)
        )

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


def check_template(node: Template) -> Iterator[Issue]:
    """Warn of each ``${`` that is not filled in."""
    for position, reason in node.unfilled:
        message = f"this `${{` stays in the text: {reason}; write `\\${{` if it should stay"
        yield Issue(position, message, Severity.WARNING)


def _build_useless_issue(expression: Expression) -> Issue:
    hint = ""
    if isinstance(expression, Binary) and expression.operator == "=" and isinstance(expression.left, Name):
        hint = f"; to assign a value, write `{expression.left.name} = ...`"
    return Issue(expression.position, f"this statement has no effect{hint}")
