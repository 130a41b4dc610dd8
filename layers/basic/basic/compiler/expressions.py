"""Compiling expressions."""

from collections.abc import Callable, Iterable

from basic.compiler.columns import columns_of
from basic.compiler.conditions import Pieces, pieces_of
from basic.compiler.emitter import Emitter
from basic.compiler.names import Names
from basic.hear import TYPES
from basic.keywords import Role, find_keyword
from basic.syntax.tree import (
    ArrayLiteral,
    Bare,
    Binary,
    Call,
    CallScript,
    Command,
    Expression,
    Hear,
    Item,
    Literal,
    MapLiteral,
    Member,
    Name,
    Slot,
    Template,
    Unary,
    Where,
)


class ExpressionCompiler:
    """Writes the instructions that put the value of an expression on the stack."""

    def __init__(self, emitter: Emitter, names: Names) -> None:
        self.emitter = emitter
        self.names = names
        self.local: frozenset[str] = frozenset()

    def expression(self, node: Expression) -> None:
        """Put a value on the stack."""
        chain: list[Binary | Member | Item] = []
        while isinstance(node, Binary | Member | Item):
            chain.append(node)
            node = node.left if isinstance(node, Binary) else node.base
        self._first(node)
        # Operators in a row are as deep as they are many: they are taken one after the other, not by recursion.
        for link in reversed(chain):
            match link:
                case Member():
                    self.emitter.emit(link.at, "member", link.name)
                case Item():
                    self.expression(link.index)
                    self.emitter.emit(link.at, "item")
                case Binary(operator="AND" | "OR" as operator):
                    self.emitter.emit(link.at, "truth")
                    jump = self.emitter.emit(link.at, operator.lower())
                    self.expression(link.right)
                    self.emitter.emit(link.at, "truth")
                    self.emitter.aim(jump)
                case _:
                    self.expression(link.right)
                    self.emitter.emit(link.at, link.operator)

    def all(self, nodes: Iterable[Expression]) -> int:
        """Put some values on the stack and return how many."""
        count = 0
        for node in nodes:
            self.expression(node)
            count += 1
        return count

    def is_local(self, name: str) -> bool:
        """Tell whether a variable is the routine's own."""
        return name.lower() in self.local

    def _first(self, node: Expression) -> None:
        writers: dict[type, Callable[..., None]] = {
            Literal: self._literal,
            Name: self._name,
            Bare: self._bare,
            Unary: self._unary,
            ArrayLiteral: self._array,
            MapLiteral: self._map,
            Template: self._template,
            Call: self._call,
            CallScript: self._call_script,
            Hear: self._hear,
            Command: self._command,
        }
        writers[type(node)](node)

    def _literal(self, node: Literal) -> None:
        self.emitter.emit(node.at, "push", node.value)

    def _name(self, node: Name) -> None:
        routine, function = self.names.routine_of(node), self.names.function_of(node)
        if routine is not None:
            self.emitter.emit(node.at, "routine", routine, 0)
        elif function is not None and not self.is_local(node.name):
            self.emitter.emit(node.at, "call", function, 0)
        else:
            self.emitter.emit(node.at, "load", node.name.lower(), self.is_local(node.name))

    def _bare(self, node: Bare) -> None:
        self.emitter.emit(node.at, "bare", node.name, self.is_local(node.name))

    def _unary(self, node: Unary) -> None:
        self.expression(node.operand)
        self.emitter.emit(node.at, "not" if node.operator == "NOT" else "negate")

    def _array(self, node: ArrayLiteral) -> None:
        self.emitter.emit(node.at, "array", self.all(node.items))

    def _map(self, node: MapLiteral) -> None:
        self.all(node.values)
        self.emitter.emit(node.at, "map", list(node.keys))

    def _template(self, node: Template) -> None:
        for part in node.parts:
            if isinstance(part, str):
                self.emitter.emit(node.at, "push", part)
            else:
                self.expression(part)
        self.emitter.emit(node.at, "join", len(node.parts))

    def _call(self, node: Call) -> None:
        called = self.names.called(node)
        if called == ("call", "FILTER") and (pieces := pieces_of(node.arguments[1])) is not None:
            self._filter(node, pieces)
            return
        count = self.all(node.arguments)
        if called is None:
            self.emitter.emit(node.at, "fail", f"{node.name.upper()} is not supported yet")
        else:
            self.emitter.emit(node.at, called.operation, called.name, count)

    def _filter(self, node: Call, pieces: Pieces) -> None:
        self.expression(node.arguments[0])
        self.all(piece for piece in pieces if not isinstance(piece, str))
        self.emitter.emit(node.at, "filter", [piece if isinstance(piece, str) else None for piece in pieces])

    def _call_script(self, node: CallScript) -> None:
        self.expression(node.script)
        self.emitter.emit(node.at, "script", None, self.all(node.arguments))

    def _hear(self, node: Hear) -> None:
        kind = TYPES.get(node.type)
        operands: dict[str, object] = {"options": self.all(node.options)}
        if node.options or node.any:
            operands |= {"menu": True, "any": node.any}
        if kind is not None:
            operands["type"] = kind.name
            operands["empty"] = kind.empty
        if node.variable:
            operands["variable"] = node.variable
        for part in ("default", "prompt"):
            value = node.default if part == "default" else node.prompt
            if value is not None:
                self.expression(value)
                operands[part] = True
        self.emitter.emit(node.at, "hear", operands)

    def _command(self, node: Command) -> None:
        keyword = find_keyword(node.keyword)
        if keyword is None or keyword.role is Role.LATER:
            self.emitter.emit(node.at, "fail", f"{node.keyword} is not supported yet")
            return
        slots = [self._slot(name, slot) for name, slot in node.slots.items()]
        if node.keyword == "GET" and isinstance(node.slots.get("source"), Name | Bare):
            slots = ["variable"]
        self.emitter.emit(node.at, "do", node.keyword, slots)

    def _slot(self, name: str, slot: Slot) -> object:
        """Put a slot's value on the stack and say how the machine knows it by."""
        if isinstance(slot, Where):
            self.emitter.emit(slot.at, "array", self.all(comparison.value for comparison in slot.comparisons))
            return [name, [[comparison.field, comparison.operator] for comparison in slot.comparisons]]
        if isinstance(slot, tuple):
            self.emitter.emit(slot[0].at, "array", self.all(slot))
            return [name, columns_of(slot, self.names)]
        pieces = pieces_of(slot) if name in ("filter", "where") else None
        if pieces is not None:
            self.emitter.emit(slot.at, "array", self.all(piece for piece in pieces if not isinstance(piece, str)))
            return [name, [piece if isinstance(piece, str) else None for piece in pieces]]
        self.expression(slot)
        return name
