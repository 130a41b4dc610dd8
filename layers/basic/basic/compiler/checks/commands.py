"""Checking keywords: that this runtime supports them, and that what they name exists."""

from collections.abc import Iterable, Iterator

from basic.compiler.checks.conditions import check_condition
from basic.compiler.context import BuildContext
from basic.compiler.names import Names, get_script_name
from basic.diagnostics import Issue, Position, Severity, suggest_name
from basic.http import requests
from basic.keywords import Role, find_keyword
from basic.syntax.tree.expressions import Bare, Command, Literal
from basic.values import quote


class CommandChecker:
    """Checks the keywords of one script."""

    def __init__(self, names: Names, context: BuildContext) -> None:
        self._names = names
        self._context = context

    def check(self, node: Command) -> Iterator[Issue]:
        """Check a keyword."""
        if not _is_supported(node):
            yield Issue(node.position, f"{node.keyword} is not supported yet", Severity.UNSUPPORTED)
            return
        if node.keyword == "LLM" and not self._context.model:
            message = "LLM needs a language model, `llm-model` in config.csv"
            yield Issue(node.position, message, Severity.UNSUPPORTED)
        yield from check_condition(node.slots.get("filter", node.slots.get("where")))
        match node.keyword:
            case "GET":
                yield from _check_file(node)
            case "USE TOOL":
                yield from self._check_script(node.slots["name"])
            case "ADD SUGGESTION" if "tool" in node.slots:
                yield from self._check_script(node.slots["tool"])
            case "USE KB" | "CLEAR KB" if "name" in node.slots:
                yield from self._check_collection(node.slots["name"])
            case _:
                pass

    def _check_script(self, slot: object) -> Iterator[Issue]:
        return self._check_exists(slot, "script", self._names.scripts)

    def _check_collection(self, slot: object) -> Iterator[Issue]:
        if self._context.collections is None:
            return iter(())
        return self._check_exists(slot, "knowledge base", self._context.collections)

    def _check_exists(self, slot: object, described: str, existing: Iterable[str]) -> Iterator[Issue]:
        """Report a name that does not exist, if it is written out."""
        position, name = self._get_constant_name(slot)
        if position is not None and get_script_name(name) not in {candidate.lower() for candidate in existing}:
            yield Issue(position, f"the bot has no {described} `{name}`{suggest_name(name, existing)}")

    def _get_constant_name(self, slot: object) -> tuple[Position | None, str]:
        """Return the name in a slot and its position; None if a variable decides it."""
        match slot:
            case Literal(position=position, value=str(name)):
                return position, name
            case Bare(position=position, name=name) if name.lower() not in self._names.assigned:
                return position, name
            case _:
                return None, ""


def _is_supported(node: Command) -> bool:
    keyword = find_keyword(node.keyword)
    return keyword is not None and keyword.role is not Role.LATER


def _check_file(node: Command) -> Iterator[Issue]:
    """Report a GET of a file."""
    match node.slots.get("source"):
        case Literal(value=str(source)) if source and requests.is_file(source):
            message = f"GET of a file is not supported yet: {quote(source)}"
            yield Issue(node.position, message, Severity.UNSUPPORTED)
        case _:
            pass
