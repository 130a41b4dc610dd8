"""Checking keywords: that this runtime supports them, and that what they name exists."""

from collections.abc import Callable, Iterable, Iterator

from basic.answer_modes import DOCUMENT_MODE, SQL_MODE
from basic.compiler.checks.conditions import check_condition
from basic.compiler.checks.schedules import check_computed_schedule
from basic.compiler.context import BuildContext
from basic.compiler.names import Names
from basic.compiler.updates import describe_field_reference, find_field_reference, find_shadowed_field
from basic.diagnostics import Issue, Position, Severity, suggest_name
from basic.http import requests
from basic.keywords import Keyword, Role, describe_unsupported, find_keyword
from basic.mail_templates import is_messenger
from basic.package_names import find_collections, get_script_name, normalize_website
from basic.syntax.tree.expressions import (
    Bare,
    Binary,
    Command,
    FunctionCall,
    Literal,
    MapLiteral,
    Name,
    SlotValue,
    Template,
    WhereClause,
)
from basic.values import quote


class CommandChecker:
    """Checks the keywords of one script."""

    def __init__(self, names: Names, context: BuildContext) -> None:
        self._names = names
        self._context = context

    def check(self, node: Command) -> Iterator[Issue]:
        """Check a keyword."""
        keyword = find_keyword(node.keyword)
        if keyword is None or not keyword.is_supported:
            yield _build_unsupported_issue(node, keyword)
            return
        if not self._context.model and _needs_model(node):
            message = f"{node.keyword} needs a language model, `llm-model` in config.csv"
            yield Issue(node.position, message, Severity.UNSUPPORTED)
        yield from check_condition(node)
        reference = find_field_reference(node, self._names.assigned)
        if reference is not None:
            yield Issue(reference.position, describe_field_reference(reference), Severity.UNSUPPORTED)
        variable = find_shadowed_field(node, self._names.assigned)
        if variable is not None:
            message = (
                f"`{variable.name}` is a variable of the bot, so this computes with it and not with the field of the "
                "row; rename the variable to compute with the field"
            )
            yield Issue(variable.position, message, Severity.WARNING)
        match node.keyword:
            case "GET" | "POST" | "PUT" | "PATCH" | "DELETE HTTP" | "GRAPHQL" | "SOAP":
                yield from self._check_source(node)
            case "USE TOOL":
                yield from self._check_script(node.slots["name"])
            case "ADD SUGGESTION" if "tool" in node.slots:
                yield from self._check_script(node.slots["tool"])
            case "SET ANSWER MODE" | "USE WEBSITE" | "SEND TEMPLATE" | "SET SCHEDULE":
                yield from self._check_written_out(node)
            case "USE KB" | "CLEAR KB" if "name" in node.slots:
                yield from self._check_collection(node.slots["name"])
            case _:
                pass

    def _check_written_out(self, node: Command) -> Iterator[Issue]:
        """Check a value that is known before the script runs."""
        match node.keyword:
            case "USE WEBSITE":
                return _check_website(node.slots["url"])
            case "SEND TEMPLATE":
                return _check_channel(node.slots.get("channel"))
            case "SET SCHEDULE":
                return check_computed_schedule(node, self._names.scripts)
            case _:
                return self._check_answer_mode(node.slots["mode"])

    def _check_answer_mode(self, slot: SlotValue) -> Iterator[Issue]:
        """Report a mode that does not exist, and tables that the language model cannot read."""
        if not isinstance(slot, Literal):
            return
        mode = str(slot.value).strip().lower()
        if mode == SQL_MODE:
            missing = [] if self._names.list_tables() else ["a TABLE in a script"]
            missing += [] if self._context.model else ["a language model, `llm-model` in config.csv"]
            if missing:
                message = f'SET ANSWER MODE "sql" has no effect without {" and ".join(missing)}'
                yield Issue(slot.position, message, Severity.WARNING)
        elif mode != DOCUMENT_MODE:
            message = f"SET ANSWER MODE {quote(mode)} is not supported yet, so it is ignored"
            yield Issue(slot.position, message, Severity.UNSUPPORTED)

    def _check_source(self, node: Command) -> Iterator[Issue]:
        """Report a path of General Bots' own server, and a GET of a variable that has no value."""
        slot = node.slots.get("source", node.slots.get("url"))
        if not isinstance(slot, Literal):
            yield from _check_computed_source(node, _get_leading_text(slot))
            return
        source = str(slot.value)
        if requests.is_server_path(source):
            yield _build_server_path_issue(node, source)
            return
        path = requests.parse_variable_path(source) if node.keyword == "GET" and source else None
        if path and path[0].lower() not in {*self._names.assigned, *self._context.variables}:
            message = f"`{path[0]}` is never assigned, so {quote(source)} is empty"
            yield Issue(slot.position, message, Severity.WARNING)

    def _check_script(self, slot: object) -> Iterator[Issue]:
        scripts = self._names.scripts
        return self._check_exists(slot, "script", scripts, lambda name: get_script_name(name) in scripts)

    def _check_collection(self, slot: object) -> Iterator[Issue]:
        collections = self._context.collections
        if collections is None:
            return iter(())
        return self._check_exists(
            slot, "knowledge base", collections, lambda name: bool(find_collections(name, collections))
        )

    def _check_exists(
        self, slot: object, described: str, existing: Iterable[str], exists: Callable[[str], bool]
    ) -> Iterator[Issue]:
        """Warn of a name that does not exist, if it is written out."""
        position, name = self._get_constant_name(slot)
        if position is not None and not name.strip():
            yield Issue(position, f"the name of the {described} is empty, so this is ignored", Severity.WARNING)
        elif position is not None and not exists(name):
            message = f"the bot has no {described} `{name}`, so this is ignored{suggest_name(name, existing)}"
            yield Issue(position, message, Severity.WARNING)

    def _get_constant_name(self, slot: object) -> tuple[Position | None, str]:
        """Return the name in a slot and its position; None if a variable decides it."""
        match slot:
            case Literal(position=position, value=str(name)):
                return position, name
            case Bare(position=position, name=name) if name.lower() not in self._names.assigned:
                return position, name
            case _:
                return None, ""


def _check_channel(slot: object) -> Iterator[Issue]:
    """Warn of a channel for templates that no deployment has."""
    if isinstance(slot, Literal) and is_messenger(str(slot.value)):
        message = f"SEND TEMPLATE over {quote(str(slot.value))} fails: the only channels are email and sms"
        yield Issue(slot.position, message, Severity.WARNING)


def _needs_model(node: Command) -> bool:
    """Return whether a keyword asks the language model; a row in JSON is saved without it."""
    if node.keyword == "SAVE FROM UNSTRUCTURED":
        return not _is_row(node.slots["text"])
    return node.keyword in ("LLM", "REWRITE")


def _is_row(slot: object) -> bool:
    """Return whether a value is written out as a row: a map, or `FORMAT row AS JSON`."""
    match slot:
        case MapLiteral():
            return True
        case FunctionCall(
            name=name, arguments=[_, Name(name=pattern) | Bare(name=pattern) | Literal(value=str(pattern))]
        ):
            return name.upper() == "FORMAT" and pattern.upper() == "JSON"
        case FunctionCall(name=name):
            return name.upper() == "TOJSON"
        case _:
            return False


def _check_website(slot: SlotValue) -> Iterator[Issue]:
    """Warn of an address that cannot be fetched when the bot is published."""
    match slot:
        case Literal(position=position, value=str(url)) if not normalize_website(url):
            yield Issue(position, f"{quote(url)} is not the address of a website, so this is ignored", Severity.WARNING)
        case Literal() | WhereClause() | tuple():
            pass
        case _:
            message = (
                "a website is fetched when the bot is published, so its address must be written out; this is ignored"
            )
            yield Issue(slot.position, message, Severity.WARNING)


def _build_unsupported_issue(node: Command, keyword: Keyword | None) -> Issue:
    if keyword is not None and keyword.role is Role.NEEDLESS:
        return Issue(node.position, f"{keyword.name} has no effect: {keyword.reason}", Severity.WARNING)
    end = ", so it is ignored" if keyword is not None and keyword.role is Role.IGNORED else ""
    return Issue(node.position, f"{describe_unsupported(node.keyword)}{end}", Severity.UNSUPPORTED)


def _check_computed_source(node: Command, begin: str) -> Iterator[Issue]:
    """Report a source that begins as a path."""
    if requests.is_server_path(begin):
        yield _build_server_path_issue(node, begin)


def _build_server_path_issue(node: Command, source: str) -> Issue:
    message = f"{node.keyword} needs a URL; {quote(source)} is a path of General Bots' own server"
    return Issue(node.position, message, Severity.UNSUPPORTED)


def _get_leading_text(node: SlotValue | None) -> str:
    """Return the text that a computed text begins with; empty if it begins with a value."""
    while isinstance(node, Binary) and node.operator in ("+", "&"):
        node = node.left
    match node:
        case Literal(value=str(text)) | Template(parts=[str(text), *_]):
            return text
        case _:
            return ""
