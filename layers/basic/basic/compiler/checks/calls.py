"""Checking calls: that the target exists and accepts the number of arguments."""

from collections.abc import Iterator

from basic.compiler.checks.arguments import check_argument_count
from basic.compiler.checks.conditions import check_filter
from basic.compiler.names import Names
from basic.diagnostics import Issue, Severity, suggest_name
from basic.keywords import KEYWORDS, Role, describe_unsupported, find_keyword
from basic.package_names import get_script_name
from basic.syntax.tree.expressions import FunctionCall, Literal, ScriptCall


class CallChecker:
    """Checks the calls of one script."""

    def __init__(self, names: Names) -> None:
        self._names = names

    def check_call(self, node: FunctionCall) -> Iterator[Issue]:
        """Check a call of a routine, a script or a function by its name."""
        match self._names.resolve_call(node):
            case ("routine", name):
                count = len(self._names.routines[name].parameters)
                yield from self._check_count(node, count, count)
            case ("script", name):
                yield from self._check_count(node, 0, len(self._names.scripts[name].parameters))
            case (_, name):
                function = self._names.library.functions[name]
                yield from self._check_count(node, function.min_args, function.max_args)
                if name == "FILTER":
                    for condition in node.arguments[1:2]:
                        yield from check_filter(condition)
            case _:
                yield self._build_unknown_issue(node)

    def check_script_call(self, node: ScriptCall) -> Iterator[Issue]:
        """Check ``CALL "script"``, as far as the name is written out."""
        if not isinstance(node.script, Literal) or not isinstance(node.script.value, str):
            return
        script, scripts = node.script.value, self._names.scripts
        name = get_script_name(script)
        if name in scripts:
            max_args = len(scripts[name].parameters)
            yield from check_argument_count(node.position, name, len(node.arguments), 0, max_args)
        elif script.startswith("/"):
            message = f"CALL runs scripts of the bot; `{script}` is a path"
            yield Issue(node.position, message, Severity.UNSUPPORTED)
        else:
            message = f"the bot has no script `{script}`, so this fails when it is reached{suggest_name(name, scripts)}"
            yield Issue(node.position, message, Severity.WARNING)

    def _check_count(self, node: FunctionCall, min_args: int, max_args: int | None) -> Iterator[Issue]:
        return check_argument_count(node.position, node.name, len(node.arguments), min_args, max_args)

    def _build_unknown_issue(self, node: FunctionCall) -> Issue:
        keyword = find_keyword(node.name.upper().replace("_", " "))
        if keyword is not None and keyword.role in (Role.LATER, Role.IGNORED, Role.NEEDLESS, Role.FUNCTION):
            return Issue(node.position, describe_unsupported(keyword.name), Severity.UNSUPPORTED)
        hint = suggest_name(node.name, self._list_callables(explicit=node.explicit))
        kind = "routine" if node.explicit else "function"
        return Issue(node.position, f"unknown {kind} `{node.name}`{hint}")

    def _list_callables(self, *, explicit: bool) -> list[str]:
        """Return the names that may have been meant; CALL does not call keywords."""
        routines = [routine.name for routine in self._names.routines.values()]
        functions = [name for name in self._names.library.functions if "_" not in name]
        keywords = [] if explicit else [keyword.name for keyword in KEYWORDS if keyword.result]
        return [*routines, *functions, *keywords, *self._names.scripts]
