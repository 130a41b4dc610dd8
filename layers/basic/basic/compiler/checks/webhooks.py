"""Checking WEBHOOK."""

from collections.abc import Iterator

from basic.compiler.names import Names
from basic.diagnostics import Issue, Severity
from basic.syntax.tree.definitions import ScriptTree
from basic.syntax.tree.expressions import Hear
from basic.syntax.tree.walk import walk


def check_webhook(tree: ScriptTree, names: Names) -> Iterator[Issue]:
    """Report a webhook that several scripts handle, and HEAR in a webhook."""
    if not tree.webhook:
        return
    scripts = [name for name, script in names.scripts.items() if script.webhook == tree.webhook]
    if len(scripts) > 1:
        others = ", ".join(f"`{name}`" for name in scripts if names.scripts[name] is not tree)
        yield Issue(tree.webhook_position, f"the webhook `{tree.webhook}` is also defined in {others}")
    for node in walk(tree):
        if isinstance(node, Hear):
            yield Issue(node.position, "HEAR fails in a webhook, which has no user to ask", Severity.WARNING)
