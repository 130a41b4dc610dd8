"""Checking names that a bot may have once only: scripts, tables and webhooks."""

from collections.abc import Iterator, Mapping

from basic.data.tables import normalize_table_name
from basic.diagnostics import START, Diagnostic, Issue, locate_issues
from basic.errors import ScriptError
from basic.package_names import get_script_name
from basic.syntax.tree.definitions import ScriptTree


def check_duplicates(sources: Mapping[str, str], trees: Mapping[str, ScriptTree]) -> Iterator[Diagnostic]:
    """Report duplicate names, which are errors of the package: it is not known which of the scripts is meant."""
    yield from _check_file_names(sources)
    yield from _check_table_names(trees)
    yield from _check_webhook_names(sources, trees)


def _check_file_names(sources: Mapping[str, str]) -> Iterator[Diagnostic]:
    """Report files that CALL cannot distinguish."""
    first: dict[str, str] = {}
    for file in sources:
        same = first.setdefault(get_script_name(file), file)
        if same != file:
            yield Diagnostic(file, START, f"the name differs from `{same}` only in case or folder")


def _check_table_names(trees: Mapping[str, ScriptTree]) -> Iterator[Diagnostic]:
    """Report tables that are defined twice, because their definitions may grant different rights."""
    first: dict[str, str] = {}
    for file, table in [(file, table) for file, tree in trees.items() for table in tree.tables]:
        try:
            name = normalize_table_name(table.name)
        except ScriptError:
            continue
        here = f"line {table.position.line} of {file}"
        definition = first.setdefault(name, here)
        if definition is not here:
            message = f"the table {table.name} is already defined in {definition}"
            yield Diagnostic(file, table.position, message)


def _check_webhook_names(sources: Mapping[str, str], trees: Mapping[str, ScriptTree]) -> Iterator[Diagnostic]:
    """Report a webhook that several scripts handle."""
    webhooks = {file: tree for file, tree in trees.items() if tree.webhook}
    for file, tree in webhooks.items():
        others = [get_script_name(each) for each in webhooks if each != file and webhooks[each].webhook == tree.webhook]
        if others:
            listed = ", ".join(f"`{name}`" for name in others)
            issue = Issue(tree.webhook_position, f"the webhook `{tree.webhook}` is also defined in {listed}")
            yield from locate_issues(file, sources[file], [issue])
