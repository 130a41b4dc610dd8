"""Compiling assignments and WITH."""

from basic.compiler.expressions import ExpressionCompiler
from basic.compiler.scope import Scope
from basic.compiler.variables import get_variable
from basic.diagnostics import Position
from basic.syntax.tree.expressions import Expression, Item, Member, Target
from basic.syntax.tree.statements import Assign, Dim, With

type Path = list[str | None]
"""The fields that lead from a variable to a target; None is an index on the stack."""


class AssignmentCompiler:
    """Emits the instructions that store values."""

    def __init__(self, scope: Scope, expressions: ExpressionCompiler) -> None:
        self._scope = scope
        self._emitter = scope.emitter
        self._expressions = expressions

    def compile_assign(self, node: Assign) -> None:
        """Store a value in a target."""
        self._compile_store(node.position, node.target, node.value)

    def compile_dim(self, node: Dim) -> None:
        """Store the first values of variables."""
        for assignment in node.assignments:
            self.compile_assign(assignment)

    def compile_with(self, node: With) -> None:
        """Store each line of a WITH in its field of the target."""
        for position, names, value in node.entries:
            target: Target = node.target
            for name in names:
                target = Member(position, target, name)
            self._compile_store(position, target, value)

    def _compile_store(self, position: Position, target: Target, value: Expression) -> None:
        path = self._compile_path(target)
        self._expressions.compile(value)
        variable = get_variable(target)
        name = variable.name if variable else ""
        is_local = self._scope.is_local(name)
        if path:
            self._emitter.emit(position, "assign", name.lower(), [is_local, *path])
        else:
            self._emitter.emit(position, "store", name.lower(), is_local)

    def _compile_path(self, target: Target) -> Path:
        """Push the indices of a target, the first at the bottom, and return its path."""
        path: Path = []
        indices: list[Expression] = []
        part: Expression = target
        while isinstance(part, Member | Item):
            path.append(part.name if isinstance(part, Member) else None)
            if isinstance(part, Item):
                indices.append(part.index)
            part = part.base
        self._expressions.compile_all(reversed(indices))
        return path[::-1]
