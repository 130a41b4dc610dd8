"""Compiling keywords that the machine has a handler for."""

from basic.compiler.columns import name_columns
from basic.compiler.conditions import list_texts, list_values, split_condition
from basic.compiler.scope import ExpressionWriter, Scope
from basic.compiler.updates import (
    FieldComputation,
    describe_field_reference,
    find_constants,
    find_field_reference,
    list_computations,
)
from basic.keywords import Role, describe_unsupported, find_keyword
from basic.syntax.tree.expressions import Bare, Command, Expression, Name, SlotValue, WhereClause

_CONDITION_SLOTS = ("filter", "where", "row")


class CommandCompiler:
    """Emits the instructions of keywords."""

    def __init__(self, scope: Scope, expressions: ExpressionWriter) -> None:
        self._names = scope.names
        self._emitter = scope.emitter
        self._expressions = expressions

    def compile(self, node: Command) -> None:
        """Push the values of a keyword's slots and run its handler."""
        keyword = find_keyword(node.keyword)
        if keyword is None or keyword.role is Role.LATER:
            self._emitter.emit(node.position, "fail", describe_unsupported(node.keyword))
            return
        if keyword.role in (Role.IGNORED, Role.NEEDLESS):
            self._emitter.emit(node.position, "push")
            return
        reference = find_field_reference(node, self._names.assigned)
        if reference is not None:
            self._emitter.emit(node.position, "fail", describe_field_reference(reference))
            return
        computations = list_computations(node, self._names.assigned)
        constants = {"row": find_constants(node, computations)} if computations else {}
        slots = [self.compile_slot(name, constants.get(name) or slot) for name, slot in node.slots.items()]
        if computations:
            slots.append(self._compile_computations(node, computations))
        if node.keyword == "GET" and isinstance(node.slots.get("source"), Name | Bare):
            slots = ["variable"]
        self._emitter.emit(node.position, "do", node.keyword, slots)

    def compile_slot(self, name: str, slot: SlotValue) -> object:
        """Push the value of a slot and return how the machine identifies it: its name, or its name and its layout."""
        if isinstance(slot, WhereClause):
            return self._compile_where(name, slot)
        if isinstance(slot, tuple):
            self._emitter.emit(slot[0].position, "array", self._expressions.compile_all(slot))
            return [name, name_columns(slot, self._names)]
        if name in _CONDITION_SLOTS:
            return self._compile_condition(name, slot)
        self._expressions.compile(slot)
        return name

    def _compile_computations(self, node: Command, computations: list[FieldComputation]) -> object:
        """Push the operands of the computed fields; the layout of each is its name, its field and its operators."""
        operands = [operand for computation in computations for _, operand in computation.steps]
        self._emitter.emit(node.position, "array", self._expressions.compile_all(operands))
        layout = [
            [computation.name, computation.field.name, [operator for operator, _ in computation.steps]]
            for computation in computations
        ]
        return ["computed", layout]

    def _compile_where(self, name: str, where: WhereClause) -> object:
        parts = list(where.parts)
        self._emitter.emit(where.position, "array", self._expressions.compile_all(list_values(parts)))
        return [name, list_texts(parts)]

    def _compile_condition(self, name: str, condition: Expression) -> object:
        parts = split_condition(condition)
        if parts is None:
            self._expressions.compile(condition)
            return name
        self._emitter.emit(condition.position, "array", self._expressions.compile_all(list_values(parts)))
        return [name, list_texts(parts)]
