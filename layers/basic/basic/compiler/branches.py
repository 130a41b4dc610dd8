"""Compiling IF and SWITCH."""

from collections.abc import Callable

from basic.compiler.expressions import ExpressionCompiler
from basic.compiler.scope import Scope
from basic.syntax.tree.expressions import Expression
from basic.syntax.tree.statements import Block, If, Switch


class BranchCompiler:
    """Emits the instructions of branches."""

    def __init__(self, scope: Scope, expressions: ExpressionCompiler, compile_block: Callable[[Block], None]) -> None:
        self._emitter = scope.emitter
        self._expressions = expressions
        self._compile_block = compile_block

    def compile_if(self, node: If) -> None:
        """Run the first branch whose condition is true."""
        ends: list[int] = []
        for condition, block in node.branches:
            self._expressions.compile(condition)
            skip = self._emitter.emit(condition.position, "unless")
            self._compile_block(block)
            ends.append(self._emitter.emit(condition.position, "jump"))
            self._emitter.patch_jumps(skip)
        self._compile_block(node.else_block)
        self._emitter.patch_jumps(*ends)

    def compile_switch(self, node: Switch) -> None:
        """Run the first branch with a value that equals the subject."""
        self._expressions.compile(node.subject)
        self._emitter.emit(node.position, "switch")
        self._emitter.open_block()
        ends: list[int] = []
        for values, block in node.cases:
            skips = self._compile_case(values)
            self._compile_block(block)
            ends.append(self._emitter.emit(node.position, "jump"))
            self._emitter.patch_jumps(*skips)
        self._compile_block(node.default)
        self._emitter.patch_jumps(*ends)
        self._emitter.close_block(node.position)

    def _compile_case(self, values: tuple[Expression, ...]) -> list[int]:
        """Compare the subject with some values, and return the jumps that skip the branch."""
        skips: list[int] = []
        hits: list[int] = []
        for value in values:
            self._emitter.patch_jumps(*skips)
            self._expressions.compile(value)
            self._emitter.emit(value.position, "case")
            skips = [self._emitter.emit(value.position, "unless")]
            hits.append(self._emitter.emit(value.position, "jump"))
        self._emitter.patch_jumps(*hits)
        return skips
