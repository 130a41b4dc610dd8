"""Checking WEBHOOK."""

from collections.abc import Iterator

from basic.diagnostics import Issue, Severity
from basic.syntax.tree.definitions import ScriptTree
from basic.syntax.tree.expressions import Hear
from basic.syntax.tree.walk import walk


def check_webhook(tree: ScriptTree) -> Iterator[Issue]:
    """Report HEAR in a webhook."""
    if not tree.webhook:
        return
    for node in walk(tree):
        if isinstance(node, Hear):
            yield Issue(node.position, "HEAR fails in a webhook, which has no user to ask", Severity.WARNING)
