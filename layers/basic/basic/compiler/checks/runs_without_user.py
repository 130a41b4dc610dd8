"""Checking what runs a script without a user: WEBHOOK, SET SCHEDULE, ON ... OF and ON EMAIL."""

from collections.abc import Container, Iterator

from basic.data.tables import normalize_table_name
from basic.diagnostics import Issue, Severity
from basic.errors import ScriptError
from basic.package_names import get_script_name
from basic.syntax.tree.definitions import ScriptTree
from basic.syntax.tree.expressions import Hear
from basic.syntax.tree.walk import walk


def check_runs_without_user(tree: ScriptTree, scripts: Container[str]) -> Iterator[Issue]:
    """Report HEAR in a script that runs without a user, scheduled scripts that do not exist, and invalid tables."""
    for described in _describe_run(tree):
        for node in walk(tree):
            if isinstance(node, Hear):
                yield Issue(node.position, f"HEAR fails in {described}, which has no user to ask", Severity.WARNING)
    for header in tree.schedules:
        if header.script and get_script_name(header.script) not in scripts:
            message = f"there is no script `{header.script}`, so this schedule is ignored"
            yield Issue(header.position, message, Severity.WARNING)
    for trigger in tree.triggers:
        try:
            normalize_table_name(trigger.table)
        except ScriptError as error:
            yield Issue(trigger.position, str(error))


def _describe_run(tree: ScriptTree) -> list[str]:
    """Return what runs the script without a user, if anything does."""
    if tree.webhook:
        return ["a webhook"]
    if tree.triggers:
        return ["a run for a row"]
    if tree.mails:
        return ["a run for a mail"]
    return ["a scheduled run"] if any(not header.script for header in tree.schedules) else []
