"""Building a bot: compiles all its scripts to one program, or reports everything that is wrong with them."""

from collections.abc import Iterator, Mapping
from itertools import islice
from typing import NamedTuple

from basic.compiler.checks.checker import Checker
from basic.compiler.context import BuildContext
from basic.compiler.names import Names
from basic.compiler.script import build_table_definition, compile_script
from basic.compiler.variables import list_assigned_names
from basic.data.tables import normalize_table_name
from basic.diagnostics import START, Diagnostic, Issue, Severity, locate_issues
from basic.errors import ScriptError
from basic.library import STANDARD, Library
from basic.package_names import get_script_name
from basic.program import Program, make_program
from basic.syntax.parse import ParseResult, parse
from basic.syntax.parser.blocks import MAX_ISSUES
from basic.syntax.tree.definitions import Routine, ScriptTree


class BuildResult(NamedTuple):
    """The result of building a bot.

    Parameters
    ----------
    program
        None if a script has an error.
    diagnostics
        The diagnostics of all files, in order.
    """

    program: Program | None
    diagnostics: list[Diagnostic]


def build(sources: Mapping[str, str], context: BuildContext | None = None, library: Library = STANDARD) -> BuildResult:
    """Check and compile a bot.

    Parameters
    ----------
    sources
        The text of each script by its file name, such as ``start.bas``.
    context
        The environment that the bot is built for.
    library
        The functions that scripts may call.
    """
    parsed = {file: parse(file, text) for file, text in sources.items()}
    names = _resolve_names({file: result.tree for file, result in parsed.items()}, library)
    diagnostics = [*_check_file_names(sources), *_check_table_names(parsed)]
    for file, result in parsed.items():
        diagnostics += result.diagnostics
        diagnostics += _check(file, sources[file], result, Checker(names[file], context or BuildContext()))
    diagnostics = sorted(set(diagnostics))
    if any(diagnostic.severity is Severity.ERROR for diagnostic in diagnostics):
        return BuildResult(None, diagnostics)
    return BuildResult(_compile(parsed, names), diagnostics)


def _resolve_names(trees: Mapping[str, ScriptTree], library: Library) -> dict[str, Names]:
    """Return the names of each script by its file."""
    scripts = {get_script_name(file): tree for file, tree in trees.items()}
    assigned: dict[str, str] = {}
    for tree in scripts.values():
        assigned = list_assigned_names(tree) | assigned
    return {file: Names(scripts, assigned, _index_routines(tree), library) for file, tree in trees.items()}


def _index_routines(tree: ScriptTree) -> dict[str, Routine]:
    return {routine.name.lower(): routine for routine in reversed(tree.routines)}


def _check(file: str, text: str, result: ParseResult, checker: Checker) -> list[Diagnostic]:
    """Check a parsed script; after a syntax error, warnings would be mostly consequences of it."""
    issues: Iterator[Issue] = islice(checker.check(result.tree), MAX_ISSUES)
    if result.diagnostics:
        issues = (issue for issue in issues if issue.severity is not Severity.WARNING)
    return locate_issues(file, text, issues)


def _compile(parsed: Mapping[str, ParseResult], names: Mapping[str, Names]) -> Program:
    scripts = {get_script_name(file): compile_script(file, result.tree, names[file]) for file, result in parsed.items()}
    tables = tuple(build_table_definition(table) for result in parsed.values() for table in result.tree.tables)
    return make_program(scripts, tables)


def _check_file_names(sources: Mapping[str, str]) -> Iterator[Diagnostic]:
    """Report files that CALL cannot distinguish."""
    first: dict[str, str] = {}
    for file in sources:
        same = first.setdefault(get_script_name(file), file)
        if same != file:
            yield Diagnostic(file, START, f"the name differs from `{same}` only in case or folder")


def _check_table_names(parsed: Mapping[str, ParseResult]) -> Iterator[Diagnostic]:
    """Report tables that are defined twice, because their definitions may grant different rights."""
    first: dict[str, str] = {}
    for file, table in [(file, table) for file, result in parsed.items() for table in result.tree.tables]:
        try:
            name = normalize_table_name(table.name)
        except ScriptError:
            continue
        here = f"line {table.position.line} of {file}"
        definition = first.setdefault(name, here)
        if definition is not here:
            message = f"the table {table.name} is already defined in {definition}"
            yield Diagnostic(file, table.position, message)
