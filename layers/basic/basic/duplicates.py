"""Checking what a bot may have once only, or only so often: scripts, tables, webhooks, triggers, and schedules."""

from collections.abc import Iterator, Mapping

from basic.data.tables import normalize_table_name
from basic.diagnostics import START, Diagnostic, Issue, locate_issues
from basic.errors import ScriptError
from basic.package_names import get_script_name
from basic.syntax.tree.definitions import ScriptTree

MAX_SCHEDULES = 100
"""Schedules of a bot, as General Bots has it; an account has a million (quota of EventBridge Scheduler)."""


def check_duplicates(sources: Mapping[str, str], trees: Mapping[str, ScriptTree]) -> Iterator[Diagnostic]:
    """Report duplicate names, which are errors of the package: it is not known which of the scripts is meant."""
    yield from _check_file_names(sources)
    yield from _check_table_names(trees)
    yield from _check_webhook_names(sources, trees)
    yield from _check_triggers(trees)
    yield from _check_mail_addresses(trees)
    yield from _check_schedule_count(trees)


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


def _check_triggers(trees: Mapping[str, ScriptTree]) -> Iterator[Diagnostic]:
    """Report a change of a table's rows that several scripts run for: their order would be unknown."""
    first: dict[tuple[str, str], str] = {}
    for file, trigger in [(file, trigger) for file, tree in trees.items() for trigger in tree.triggers]:
        try:
            change = (trigger.kind, normalize_table_name(trigger.table))
        except ScriptError:
            continue
        if first.setdefault(change, file) != file:
            message = f"ON {trigger.kind.upper()} OF {trigger.table} is already in {first[change]}; CALL it from there"
            yield Diagnostic(file, trigger.position, message)


def _check_mail_addresses(trees: Mapping[str, ScriptTree]) -> Iterator[Diagnostic]:
    """Report an address that several scripts run for: their order would be unknown."""
    first: dict[str, str] = {}
    for file, header in [(file, header) for file, tree in trees.items() for header in tree.mails]:
        if first.setdefault(header.address, file) != file:
            message = f"ON EMAIL {header.address} is already in {first[header.address]}; CALL it from there"
            yield Diagnostic(file, header.position, message)


def _check_schedule_count(trees: Mapping[str, ScriptTree]) -> Iterator[Diagnostic]:
    """Report more schedules than a bot may have."""
    headers = [(file, header) for file, tree in trees.items() for header in tree.schedules]
    for file, header in headers[MAX_SCHEDULES : MAX_SCHEDULES + 1]:
        yield Diagnostic(file, header.position, f"a bot has at most {MAX_SCHEDULES} schedules, and this has more")


def _check_webhook_names(sources: Mapping[str, str], trees: Mapping[str, ScriptTree]) -> Iterator[Diagnostic]:
    """Report a webhook that several scripts handle."""
    webhooks = {file: tree for file, tree in trees.items() if tree.webhook}
    for file, tree in webhooks.items():
        others = [get_script_name(each) for each in webhooks if each != file and webhooks[each].webhook == tree.webhook]
        if others:
            listed = ", ".join(f"`{name}`" for name in others)
            issue = Issue(tree.webhook_position, f"the webhook `{tree.webhook}` is also defined in {listed}")
            yield from locate_issues(file, sources[file], [issue])
