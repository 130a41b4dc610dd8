"""Building a bot: compiles all its scripts to one program, or reports everything that is wrong with them."""

from collections.abc import Iterable, Iterator, Mapping
from itertools import chain, islice
from typing import NamedTuple

from basic.compiler.checks.checker import Checker
from basic.compiler.context import BuildContext
from basic.compiler.names import Names
from basic.compiler.script import build_table_definition, compile_broken_script, compile_script
from basic.compiler.variables import list_assigned_names
from basic.diagnostics import Diagnostic, Severity, locate_issues
from basic.duplicates import check_duplicates
from basic.library import STANDARD, Library
from basic.package_names import START_SCRIPT, get_script_name
from basic.program import Program, make_program
from basic.syntax.parse import ParseResult, parse
from basic.syntax.parser.blocks import MAX_ISSUES
from basic.syntax.tree.definitions import Routine, ScriptTree


class BuildResult(NamedTuple):
    """The result of building a bot.

    Parameters
    ----------
    program
        None if the bot has an error; with ``skip_broken`` only if it has one that cannot be skipped.
    diagnostics
        The diagnostics of all files, in order.
    broken
        The number of errors of each file that is skipped, or would be; empty if an error cannot be skipped.
    """

    program: Program | None
    diagnostics: list[Diagnostic]
    broken: Mapping[str, int]


def build(
    sources: Mapping[str, str],
    context: BuildContext | None = None,
    library: Library = STANDARD,
    *,
    skip_broken: bool = False,
) -> BuildResult:
    """Check and compile a bot.

    Parameters
    ----------
    sources
        The text of each script by its file name, such as ``start.bas``.
    context
        The environment that the bot is built for.
    library
        The functions that scripts may call.
    skip_broken
        Whether scripts with errors are replaced by scripts that fail with the first of them. It cannot replace the
        start script, the last script without errors, and a script that defines tables, because it would lose the
        rights to their rows.
    """
    context = context or BuildContext()
    parsed = {file: parse(file, text) for file, text in sources.items()}
    trees = {file: result.tree for file, result in parsed.items()}
    names = _resolve_names(trees, library)
    duplicates = list(check_duplicates(sources, trees))
    checked = {
        file: [*result.diagnostics, *_check(file, sources[file], result, Checker(names[file], context))]
        for file, result in parsed.items()
    }
    diagnostics = sorted({*duplicates, *chain.from_iterable(checked.values())})
    errors = {file: found for file, found in zip(checked, map(_list_errors, checked.values()), strict=True) if found}
    diagnostics = sorted({*diagnostics, *chain.from_iterable(_explain_tables(file, trees[file]) for file in errors)})
    is_empty = bool(errors) and len(errors) == len(trees)
    if duplicates or is_empty or not all(_can_be_skipped(file, trees[file]) for file in errors):
        return BuildResult(None, diagnostics, {})
    broken = {file: len(found) for file, found in errors.items()}
    if broken and not skip_broken:
        return BuildResult(None, diagnostics, broken)
    return BuildResult(_compile(trees, names, errors), diagnostics, broken)


def _compile(
    trees: Mapping[str, ScriptTree], names: Mapping[str, Names], errors: Mapping[str, list[Diagnostic]]
) -> Program:
    scripts = {
        get_script_name(file): compile_broken_script(min(errors[file]))
        if file in errors
        else compile_script(file, tree, names[file])
        for file, tree in trees.items()
    }
    return make_program(
        scripts, tuple(build_table_definition(table) for tree in trees.values() for table in tree.tables)
    )


def _list_errors(diagnostics: Iterable[Diagnostic]) -> list[Diagnostic]:
    return [diagnostic for diagnostic in diagnostics if diagnostic.severity is Severity.ERROR]


def _can_be_skipped(file: str, tree: ScriptTree) -> bool:
    return get_script_name(file) != START_SCRIPT and not tree.tables


def _explain_tables(file: str, tree: ScriptTree) -> Iterator[Diagnostic]:
    """Say why a script with errors cannot be skipped, although it is not the start script."""
    if get_script_name(file) == START_SCRIPT:
        return
    for table in tree.tables[:1]:
        message = (
            f"the bot cannot be published without this script, because the rights to the rows of `{table.name}`"
            " would be lost"
        )
        yield Diagnostic(file, table.position, message, severity=Severity.WARNING)


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
    """Check a parsed script; warnings about a statement with an error are left out, as mostly consequences of it.

    After a syntax error in the file, all warnings are.
    """
    issues = list(islice(checker.check(result.tree), MAX_ISSUES))
    has_syntax_error = bool(_list_errors(result.diagnostics))
    wrong_lines = {issue.position.line for issue in issues if issue.severity is Severity.ERROR}
    return locate_issues(
        file,
        text,
        (
            issue
            for issue in issues
            if issue.severity is not Severity.WARNING
            or (not has_syntax_error and issue.position.line not in wrong_lines)
        ),
    )
