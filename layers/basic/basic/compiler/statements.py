"""Compiling statements."""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from basic.compiler.expressions import ExpressionCompiler
from basic.compiler.names import local_names, mentioned_names, root
from basic.faults import Place
from basic.program import Argument, Column, Entry, Script, TableDefinition
from basic.syntax.tree import (
    Assign,
    Block,
    Command,
    Evaluate,
    Exit,
    Expression,
    ForEach,
    ForTo,
    If,
    Item,
    Loop,
    Member,
    Name,
    OnError,
    Return,
    Routine,
    Switch,
    SystemPrompt,
    Table,
    TalkBlock,
    Target,
    Tree,
    With,
)

if TYPE_CHECKING:
    from collections.abc import Callable


@dataclass(slots=True)
class _Loop:
    """A loop that an EXIT may leave, and the blocks that are open where it ends."""

    kinds: tuple[str, ...]
    blocks: int
    exits: list[int] = field(default_factory=list)


class StatementCompiler(ExpressionCompiler):
    """Writes the instructions of a script."""

    def script(self, file: str, tree: Tree) -> Script:
        """Write a script and its routines."""
        self._loops: list[_Loop] = []
        end = Place(1, 1)
        self._block(tree.body)
        self.emitter.emit(end, "push")
        self.emitter.emit(end, "return")
        outside = mentioned_names(tree.body)
        entries = {routine.name.lower(): self._routine(routine, outside) for routine in tree.routines}
        emitter = self.emitter
        return Script(
            file,
            tuple(emitter.code),
            tuple(emitter.places),
            tuple(emitter.spans),
            entries,
            tuple(
                Argument(
                    each.name, each.type, each.description, each.example, each.options, each.required, each.default
                )
                for each in tree.parameters
            ),
            tree.description,
            tree.webhook,
        )

    def _routine(self, routine: Routine, outside: frozenset[str]) -> Entry:
        start = self.emitter.here()
        self.local = local_names(routine, outside)
        self._block(routine.body)
        self.emitter.emit(routine.at, "push")
        self.emitter.emit(routine.at, "return")
        self.local = frozenset()
        return Entry(start, tuple(parameter.lower() for parameter in routine.parameters))

    def _block(self, block: Block) -> None:
        writers: dict[type, Callable[..., None]] = {
            Assign: self._assign,
            Evaluate: self._evaluate,
            TalkBlock: self._talk_block,
            SystemPrompt: self._system_prompt,
            If: self._if,
            Switch: self._switch,
            ForEach: self._for_each,
            ForTo: self._for_to,
            Loop: self._loop,
            With: self._with,
            Return: self._return,
            Exit: self._exit,
            OnError: self._on_error,
        }
        for statement in block:
            span = self.emitter.open_statement()
            writers[type(statement)](statement)
            self.emitter.close_statement(span)

    # -------------------------------------------------------------------------------------------- simple ones

    def _assign(self, node: Assign) -> None:
        path = self._path(node.target)
        self.expression(node.value)
        self._store(node.at, node.target, path)

    def _path(self, target: Target) -> list[str | None]:
        """Put the indices of a target on the stack, the first at the bottom, and return its path."""
        path: list[str | None] = []
        indices: list[Expression] = []
        part: Expression = target
        while isinstance(part, Member | Item):
            path.append(part.name if isinstance(part, Member) else None)
            if isinstance(part, Item):
                indices.append(part.index)
            part = part.base
        self.all(reversed(indices))
        return path[::-1]

    def _store(self, at: Place, target: Target, path: list[str | None]) -> None:
        variable = root(target)
        name = variable.name if variable else ""
        if path:
            self.emitter.emit(at, "assign", name.lower(), [self.is_local(name), *path])
        else:
            self.emitter.emit(at, "store", name.lower(), self.is_local(name))

    def _evaluate(self, node: Evaluate) -> None:
        expression = node.expression
        if isinstance(expression, Command) and expression.keyword == "TALK":
            text = expression.slots["text"]
            if not isinstance(text, tuple):
                self._slot("text", text)
            self.emitter.emit(node.at, "talk")
            return
        if isinstance(expression, Name) and expression.name.lower() in self.names.routines:
            self.emitter.emit(node.at, "routine", expression.name.lower(), 0)
        else:
            self.expression(expression)
        self.emitter.emit(node.at, "pop")

    def _talk_block(self, node: TalkBlock) -> None:
        for line in node.lines:
            self._template(line)
            self.emitter.emit(node.at, "talk")

    def _system_prompt(self, node: SystemPrompt) -> None:
        self._template(node.text)
        self.emitter.emit(node.at, "prompt")

    def _with(self, node: With) -> None:
        for at, names, value in node.entries:
            target: Target = node.target
            for name in names:
                target = Member(at, target, name)
            path = self._path(target)
            self.expression(value)
            self._store(at, target, path)

    def _return(self, node: Return) -> None:
        if node.value is None:
            self.emitter.emit(node.at, "push")
        else:
            self.expression(node.value)
        self.emitter.emit(node.at, "return")

    def _exit(self, node: Exit) -> None:
        loop = next((loop for loop in reversed(self._loops) if node.kind in loop.kinds), None)
        if loop is None:
            if node.kind:
                self.emitter.emit(node.at, "push")
            self.emitter.emit(node.at, "return" if node.kind else "exit")
            return
        for _ in range(self.emitter.blocks - loop.blocks):
            self.emitter.emit(node.at, "close")
        loop.exits.append(self.emitter.emit(node.at, "jump"))

    def _on_error(self, node: OnError) -> None:
        self.emitter.emit(node.at, "resume", node.resume)

    # -------------------------------------------------------------------------------------------- branches

    def _if(self, node: If) -> None:
        ends: list[int] = []
        for condition, block in node.branches:
            self.expression(condition)
            skip = self.emitter.emit(condition.at, "unless")
            self._block(block)
            ends.append(self.emitter.emit(condition.at, "jump"))
            self.emitter.aim(skip)
        self._block(node.otherwise)
        self.emitter.aim(*ends)

    def _switch(self, node: Switch) -> None:
        self.expression(node.subject)
        self.emitter.emit(node.at, "switch")
        self.emitter.blocks += 1
        ends: list[int] = []
        for values, block in node.cases:
            skips: list[int] = []
            hits: list[int] = []
            for value in values:
                self.emitter.aim(*skips)
                self.expression(value)
                self.emitter.emit(value.at, "case")
                skips = [self.emitter.emit(value.at, "unless")]
                hits.append(self.emitter.emit(value.at, "jump"))
            self.emitter.aim(*hits)
            self._block(block)
            ends.append(self.emitter.emit(node.at, "jump"))
            self.emitter.aim(*skips)
        self._block(node.default)
        self.emitter.aim(*ends)
        self._close(node.at)

    # -------------------------------------------------------------------------------------------- loops

    def _close(self, at: Place) -> None:
        self.emitter.emit(at, "close")
        self.emitter.blocks -= 1

    def _body(self, body: Block, *kinds: str) -> list[int]:
        """Write the body of a loop and return the jumps that leave it."""
        loop = _Loop(kinds, self.emitter.blocks)
        self._loops.append(loop)
        self._block(body)
        self._loops.pop()
        return loop.exits

    def _for_each(self, node: ForEach) -> None:
        self.expression(node.items)
        self.emitter.emit(node.at, "each", node.variable.lower(), self.is_local(node.variable))
        self.emitter.blocks += 1
        top = self.emitter.emit(node.at, "next")
        exits = self._body(node.body, "FOR")
        self.emitter.emit(node.at, "jump", top)
        self.emitter.aim(top, *exits)
        self._close(node.at)

    def _for_to(self, node: ForTo) -> None:
        self.expression(node.start)
        self.expression(node.stop)
        if node.step is None:
            self.emitter.emit(node.at, "push", 1)
        else:
            self.expression(node.step)
        self.emitter.emit(node.at, "for", node.variable.lower(), self.is_local(node.variable))
        self.emitter.blocks += 1
        top = self.emitter.emit(node.at, "test")
        exits = self._body(node.body, "FOR")
        self.emitter.emit(node.at, "step", top)
        self.emitter.aim(top, *exits)
        self._close(node.at)

    def _loop(self, node: Loop) -> None:
        top = self.emitter.here()
        leave: list[int] = []
        if node.first and node.condition is not None:
            leave.append(self._unless(node.condition, wanted=node.wanted))
        exits = self._body(node.body, node.keyword)
        if not node.first and node.condition is not None:
            leave.append(self._unless(node.condition, wanted=node.wanted))
        self.emitter.emit(node.at, "jump", top)
        self.emitter.aim(*leave, *exits)

    def _unless(self, condition: Expression, *, wanted: bool) -> int:
        self.expression(condition)
        if not wanted:
            self.emitter.emit(condition.at, "not")
        return self.emitter.emit(condition.at, "unless")


def table_definition(table: Table) -> TableDefinition:
    """Return a TABLE as the program keeps it."""
    columns = tuple(
        Column(
            each.name,
            each.type,
            each.length,
            each.precision,
            each.key,
            each.references,
            each.readers,
            each.writers,
        )
        for each in table.fields
    )
    return TableDefinition(table.name, table.connection, columns, table.readers, table.writers)
