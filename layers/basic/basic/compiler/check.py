"""Checking what the grammar cannot: names, numbers of arguments, what is not supported yet."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from basic.compiler.conditions import Pieces, pieces_of
from basic.compiler.names import Names, script_name
from basic.data.field_types import FIELD_TYPES
from basic.data.tables import normalize_table_name
from basic.errors import ScriptError
from basic.faults import Kind, Place, did_you_mean
from basic.filters.parser import parse_with_values
from basic.host import Bound
from basic.http import requests
from basic.keywords import KEYWORDS, Role, find_keyword
from basic.syntax.forms import written
from basic.syntax.tree import (
    Assign,
    Bare,
    Binary,
    Block,
    Call,
    CallScript,
    Command,
    Evaluate,
    Exit,
    Expression,
    ForEach,
    ForTo,
    Hear,
    If,
    Literal,
    Loop,
    Name,
    Routine,
    Statement,
    Switch,
    Table,
    Tree,
    walk,
)
from basic.values import quoted

INJECTED = frozenset(("params", "body", "headers", "method", "result"))
"""Variables that a webhook is given, and the one it answers with."""


MOST_UNSET = 200
"""Variables without a value that a similar name is looked for."""


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What a bot finds where it runs.

    Parameters
    ----------
    collections
        The knowledge bases of the bot; None if that is not known.
    model
        Whether it has a language model, without which LLM is not supported.
    variables
        Variables that its configuration sets.
    """

    collections: frozenset[str] | None = None
    model: bool = False
    variables: frozenset[str] = frozenset()


type Finding = tuple[Place, str, Kind]


class Checker:
    """Checks one script."""

    def __init__(self, names: Names, surroundings: Surroundings) -> None:
        self.names = names
        self.surroundings = surroundings
        self.unset: set[str] = set()

    def check(self, tree: Tree) -> Iterator[Finding]:
        """Yield what is wrong with a script, in no order; of a variable without a value its last mention."""
        yield from self._routines(tree.routines)
        yield from self._webhook(tree)
        for table in tree.tables:
            yield from _table(table)
        yield from _exits(tree.body, ())
        for routine in tree.routines:
            yield from _exits(routine.body, ("FUNCTION" if routine.function else "SUB",))
        for node in walk(tree):
            match node:
                case Call():
                    yield from self._call(node)
                case CallScript(script=Literal(value=str(script))):
                    yield from self._script(node, script)
                case Command():
                    yield from self._command(node)
                case Evaluate():
                    yield from self._useless(node.expression)
                case Name():
                    yield from self._variable(node)
                case _:
                    pass

    def _routines(self, routines: Iterable[Routine]) -> Iterator[Finding]:
        seen: dict[str, Place] = {}
        for routine in routines:
            name = routine.name.lower()
            if name in seen:
                yield routine.at, f"`{routine.name}` is defined twice, first in line {seen[name].line}", Kind.ERROR
            seen.setdefault(name, routine.at)
            keyword = find_keyword(routine.name.upper().replace("_", " "))
            if keyword is not None and keyword.role in (Role.COMMAND, Role.STRUCTURE):
                yield routine.at, f"`{routine.name}` is a keyword and cannot name a routine", Kind.ERROR

            if routine.function:
                yield from _given_by_name(routine)

    def _webhook(self, tree: Tree) -> Iterator[Finding]:
        if not tree.webhook:
            return
        names = [name for name, each in self.names.scripts.items() if each.webhook == tree.webhook]
        if len(names) > 1:
            others = ", ".join(f"`{name}`" for name in names if self.names.scripts[name] is not tree)
            yield tree.webhook_at, f"the webhook `{tree.webhook}` is there twice, also in {others}", Kind.ERROR
        for node in walk(tree):
            if isinstance(node, Hear):
                yield node.at, "a webhook has nobody to ask: HEAR fails there", Kind.WARNING

    def _call(self, node: Call) -> Iterator[Finding]:
        count = len(node.arguments)
        keyword = find_keyword(node.name.upper().replace("_", " "))
        match self.names.called(node):
            case ("routine", name):
                parameters = self.names.routines[name].parameters
                yield from _count(node, count, len(parameters), len(parameters))
            case ("script", name):
                yield from _count(node, count, 0, len(self.names.scripts[name].parameters))
            case (_, name):
                function = self.names.library.functions[name]
                yield from _count(node, count, function.min_args, function.max_args)
                if name == "FILTER":
                    yield from _condition(*node.arguments[1:2])
            case _ if keyword is not None and keyword.role in (Role.LATER, Role.FUNCTION):
                yield node.at, f"{keyword.name} is not supported yet", Kind.UNSUPPORTED
            case _:
                hint = did_you_mean(node.name, self._callables(explicit=node.explicit))
                yield node.at, f"`{node.name}` is not known{hint}", Kind.ERROR

    def _callables(self, *, explicit: bool) -> list[str]:
        """Return what may have been meant; nobody calls a keyword with CALL."""
        functions = [name for name in self.names.library.functions if "_" not in name]
        keywords = [] if explicit else [keyword.name for keyword in KEYWORDS if keyword.result]
        return [*(routine.name for routine in self.names.routines.values()), *functions, *keywords, *self.names.scripts]

    def _script(self, node: CallScript, script: str) -> Iterator[Finding]:
        name = script_name(script)
        if name in self.names.scripts:
            yield from _count_arguments(node.at, name, len(node.arguments), 0, len(self.names.scripts[name].parameters))
        else:
            yield node.at, f"the bot has no script `{script}`{did_you_mean(name, self.names.scripts)}", Kind.ERROR

    def _command(self, node: Command) -> Iterator[Finding]:
        keyword = find_keyword(node.keyword)
        if keyword is None or keyword.role is Role.LATER or (node.keyword == "LLM" and not self.surroundings.model):
            yield node.at, f"{node.keyword} is not supported yet", Kind.UNSUPPORTED
            return
        yield from _condition(node.slots.get("filter", node.slots.get("where")))
        if node.keyword == "GET":
            yield from _file(node)
        elif node.keyword == "USE TOOL":
            yield from self._attached(node.slots["name"], "script", self.names.scripts)
        elif (
            node.keyword in ("USE KB", "CLEAR KB")
            and "name" in node.slots
            and self.surroundings.collections is not None
        ):
            yield from self._attached(node.slots["name"], "knowledge base", self.surroundings.collections)
        elif node.keyword == "ADD SUGGESTION" and "tool" in node.slots:
            yield from self._attached(node.slots["tool"], "script", self.names.scripts)

    def _attached(self, slot: object, what: str, known: Iterable[str]) -> Iterator[Finding]:
        match slot:
            case Literal(at=at, value=str(name)):
                pass
            case Bare(at=at, name=name) if name.lower() not in self.names.assigned:
                pass
            case _:
                return
        if script_name(name) not in {each.lower() for each in known}:
            yield at, f"the bot has no {what} `{name}`{did_you_mean(name, known)}", Kind.ERROR

    def _useless(self, expression: Expression) -> Iterator[Finding]:
        if any(isinstance(part, Call | CallScript | Command | Hear) for part in walk(expression)):
            return
        if isinstance(expression, Name):
            if expression.name.lower() in self.names.routines:
                yield from self._called_bare(expression)
                return
            if self.names.function_of(expression):
                return
            keyword = find_keyword(expression.name.upper().replace("_", " "))
            if keyword is not None:
                yield expression.at, f"{keyword.name} is written {written(keyword)}", Kind.ERROR
                return
            if expression.name.lower() not in self.names.assigned:
                known = (*(keyword.name for keyword in KEYWORDS), *self.names.routines)
                yield (
                    expression.at,
                    f"`{expression.name}` is not known{did_you_mean(expression.name, known)}",
                    Kind.ERROR,
                )
                return
        hint = ""
        if isinstance(expression, Binary) and expression.operator == "=" and isinstance(expression.left, Name):
            hint = f"; `{expression.left.name} = ...` gives a variable a value"
        yield expression.at, f"this does nothing: a value alone is no statement{hint}", Kind.ERROR

    def _called_bare(self, node: Name) -> Iterator[Finding]:
        count = len(self.names.routines[node.name.lower()].parameters)
        yield from _count_arguments(node.at, node.name, 0, count, count)

    def _variable(self, node: Name) -> Iterator[Finding]:
        if self.names.routine_of(node):
            yield from self._called_bare(node)
            return
        known = self.names.assigned
        name = node.name.lower()
        if name in known or name in INJECTED or name in self.surroundings.variables:
            return
        if name in self.unset or self.names.function_of(node):
            return
        self.unset.add(name)
        if len(self.unset) > MOST_UNSET:
            return
        hint = did_you_mean(node.name, (*known.values(), *self.surroundings.variables))
        if hint:
            yield node.at, f"`{node.name}` never gets a value{hint}", Kind.WARNING


def _count(node: Call, count: int, least: int, most: int | None) -> Iterator[Finding]:
    yield from _count_arguments(node.at, node.name, count, least, most)


def _count_arguments(at: Place, name: str, count: int, least: int, most: int | None) -> Iterator[Finding]:
    if count < least or (most is not None and count > most):
        if most is None:
            takes = f"{least} or more arguments"
        elif least == most:
            takes = f"{least} argument{'' if least == 1 else 's'}"
        else:
            takes = f"{least} {'or' if most == least + 1 else 'to'} {most} argument{'' if most == 1 else 's'}"
        yield at, f"`{name}` takes {takes}, not {count}", Kind.ERROR


def _given_by_name(routine: Routine) -> Iterator[Finding]:
    """Yield each assignment that other dialects would return a value by."""
    for node in walk(routine.body):
        if (
            isinstance(node, Assign)
            and isinstance(node.target, Name)
            and node.target.name.lower() == routine.name.lower()
        ):
            yield node.at, f"`{routine.name}` gives the value of its RETURN, and this is a variable", Kind.WARNING


def _file(node: Command) -> Iterator[Finding]:
    match node.slots.get("source"):
        case Literal(value=str(source)) if source and requests.is_file(source):
            yield node.at, f"GET of a file is not supported yet: {quoted(source)}", Kind.UNSUPPORTED
        case _:
            pass


def _condition(slot: object = None) -> Iterator[Finding]:
    """Yield what is wrong with a condition on rows, as far as its text is written out."""
    pieces: Pieces | None = None
    if isinstance(slot, Literal) and isinstance(slot.value, str) and slot.value.strip():
        pieces = [slot.value]
    elif isinstance(slot, Binary):
        pieces = pieces_of(slot)
    if pieces is None or not isinstance(slot, Literal | Binary):
        return
    try:
        parse_with_values([piece if isinstance(piece, str) else Bound(None) for piece in pieces])
    except ScriptError as error:
        yield slot.at, str(error), Kind.ERROR


def _table(table: Table) -> Iterator[Finding]:
    try:
        normalize_table_name(table.name)
    except ScriptError as error:
        # A name that could not even be read has been told already.
        if table.name:
            yield table.at, str(error), Kind.ERROR
    if table.connection:
        told = f"ON {table.connection} is not supported yet: the rows of {table.name} are kept with the bot"
        yield table.at, told, Kind.UNSUPPORTED
    seen: set[str] = set()
    for each in table.fields:
        if each.name.casefold() in seen:
            yield each.at, f"the table {table.name} has the field `{each.name}` twice", Kind.ERROR
        seen.add(each.name.casefold())
        if each.type.lower() not in FIELD_TYPES:
            yield (
                each.at,
                f"`{each.type}` is not a type of a field{did_you_mean(each.type, sorted(FIELD_TYPES))}",
                Kind.ERROR,
            )
    for each in [each for each in table.fields if each.key][1:]:
        told = f"a second key is not supported yet: only the first one tells the rows of {table.name} apart"
        yield each.at, told, Kind.UNSUPPORTED


def _exits(block: Block, around: tuple[str, ...]) -> Iterator[Finding]:
    """Yield each EXIT that has nothing to leave."""
    for statement in block:
        if isinstance(statement, Exit) and statement.kind and statement.kind not in around:
            yield statement.at, f"EXIT {statement.kind} stands in no {statement.kind}", Kind.ERROR
        for inner, kind in _inner(statement):
            yield from _exits(inner, (*around, *kind))


def _inner(statement: Statement) -> Iterator[tuple[Block, tuple[str, ...]]]:
    match statement:
        case If():
            yield from ((block, ()) for _, block in statement.branches)
            yield statement.otherwise, ()
        case Switch():
            yield from ((block, ()) for _, block in statement.cases)
            yield statement.default, ()
        case ForEach() | ForTo():
            yield statement.body, ("FOR",)
        case Loop():
            yield statement.body, (statement.keyword,)
        case _:
            pass
