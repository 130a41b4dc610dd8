"""Checking one script: visits each node of its tree once and puts the checks together."""

from collections.abc import Iterator

from basic.compiler.checks.calls import CallChecker
from basic.compiler.checks.commands import CommandChecker
from basic.compiler.checks.exits import check_exits
from basic.compiler.checks.expressions import ExpressionChecker, check_template
from basic.compiler.checks.operators import check_operator
from basic.compiler.checks.routines import check_routines
from basic.compiler.checks.runs_without_user import check_runs_without_user
from basic.compiler.checks.tables import check_table
from basic.compiler.context import BuildContext
from basic.compiler.names import Names
from basic.diagnostics import Issue
from basic.syntax.tree.definitions import ScriptTree
from basic.syntax.tree.expressions import Binary, Command, FunctionCall, Name, ScriptCall, Template
from basic.syntax.tree.statements import Evaluate
from basic.syntax.tree.walk import walk


class Checker:
    """Checks one script."""

    def __init__(self, names: Names, context: BuildContext) -> None:
        self._names = names
        self._calls = CallChecker(names)
        self._commands = CommandChecker(names, context)
        self._expressions = ExpressionChecker(names, context)

    def check(self, tree: ScriptTree) -> Iterator[Issue]:
        """Yield the issues of a script, in no order."""
        self._expressions.allow_unset(tree)
        yield from check_routines(tree.routines)
        yield from check_runs_without_user(tree, self._names.scripts)
        for table in tree.tables:
            yield from check_table(table, self._names.list_tables())
        yield from check_exits(tree.body, ())
        for routine in tree.routines:
            yield from check_exits(routine.body, ("FUNCTION" if routine.is_function else "SUB",))
        for node in walk(tree):
            yield from self._check_node(node)
        yield from self._expressions.report_unset()

    def _check_node(self, node: object) -> Iterator[Issue]:  # noqa: PLR0911 - one case per kind of node
        match node:
            case FunctionCall():
                return self._calls.check_call(node)
            case ScriptCall():
                return self._calls.check_script_call(node)
            case Command():
                return self._commands.check(node)
            case Evaluate():
                return self._expressions.check_statement(node.expression)
            case Template():
                return check_template(node)
            case Binary():
                return check_operator(node)
            case Name():
                return self._expressions.check_name(node)
            case _:
                return iter(())
