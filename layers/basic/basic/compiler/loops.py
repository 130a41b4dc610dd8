"""Compiling loops and EXIT."""

from collections.abc import Callable
from dataclasses import dataclass, field

from basic.compiler.expressions import ExpressionCompiler
from basic.compiler.scope import Scope
from basic.diagnostics import Position
from basic.syntax.tree.statements import Block, Exit, ForEach, ForTo, Loop, LoopJump


@dataclass(slots=True)
class _OpenLoop:
    """A loop that an EXIT may leave, with the number of blocks that are open where it ends.

    ``exits`` are the jumps to its end, ``continues`` those to the end of its body.
    """

    kind: str
    blocks: int
    exits: list[int] = field(default_factory=list)
    continues: list[int] = field(default_factory=list)


class LoopCompiler:
    """Emits the instructions of loops."""

    def __init__(self, scope: Scope, expressions: ExpressionCompiler, compile_block: Callable[[Block], None]) -> None:
        self._scope = scope
        self._emitter = scope.emitter
        self._expressions = expressions
        self._compile_block = compile_block
        self._open: list[_OpenLoop] = []

    def compile_for_each(self, node: ForEach) -> None:
        """Run a block once for each item of an array."""
        self._expressions.compile(node.items)
        self._open_for(node, "each")
        top = self._emitter.emit(node.position, "next")
        exits = self._compile_body(node.body, "FOR")
        self._emitter.emit(node.position, "jump", top)
        self._close_for(node, top, exits)

    def compile_for_to(self, node: ForTo) -> None:
        """Run a block once for each number of a range."""
        self._expressions.compile(node.start)
        self._expressions.compile(node.stop)
        if node.step is None:
            self._emitter.emit(node.position, "push", 1)
        else:
            self._expressions.compile(node.step)
        self._open_for(node, "for")
        top = self._emitter.emit(node.position, "test")
        exits = self._compile_body(node.body, "FOR")
        self._emitter.emit(node.position, "step", top)
        self._close_for(node, top, exits)

    def compile_loop(self, node: Loop) -> None:
        """Run a block while a condition has the expected value."""
        top = self._emitter.get_address()
        leaves = self._compile_condition(node) if node.pretest else []
        exits = self._compile_body(node.body, node.keyword)
        if not node.pretest:
            leaves = self._compile_condition(node)
        self._emitter.emit(node.position, "jump", top)
        self._emitter.patch_jumps(*leaves, *exits)

    def compile_exit(self, node: Exit) -> None:
        """Leave the innermost loop of a kind, the routine, or the script."""
        loop = self._find_loop(node.kind)
        if not node.kind or loop is None:
            self._compile_return(node)
        else:
            loop.exits.append(self._compile_jump(node.position, loop))

    def compile_loop_jump(self, node: LoopJump) -> None:
        """Go to the next round of a loop, or leave it; the checker has found the loop."""
        loop = self._find_loop(node.kind)
        if loop is not None:
            (loop.continues if node.continues else loop.exits).append(self._compile_jump(node.position, loop))

    def _find_loop(self, kind: str) -> _OpenLoop | None:
        """Return the innermost loop of a kind, or of any."""
        return next((loop for loop in reversed(self._open) if kind in ("", loop.kind)), None)

    def _compile_jump(self, position: Position, loop: _OpenLoop) -> int:
        """Close the blocks inside a loop and return the address of the jump out of them."""
        for _ in range(self._emitter.blocks - loop.blocks):
            self._emitter.emit(position, "close")
        return self._emitter.emit(position, "jump")

    def _compile_return(self, node: Exit) -> None:
        if node.kind:
            self._emitter.emit(node.position, "push")
        self._emitter.emit(node.position, "return" if node.kind else "exit")

    def _open_for(self, node: ForEach | ForTo, operation: str) -> None:
        self._emitter.emit(node.position, operation, node.variable.lower(), self._scope.is_local(node.variable))
        self._emitter.open_block()

    def _close_for(self, node: ForEach | ForTo, top: int, exits: list[int]) -> None:
        self._emitter.patch_jumps(top, *exits)
        self._emitter.close_block(node.position)

    def _compile_body(self, body: Block, kind: str) -> list[int]:
        """Compile the body of a loop and return the jumps that leave it."""
        loop = _OpenLoop(kind, self._emitter.blocks)
        self._open.append(loop)
        self._compile_block(body)
        self._open.pop()
        self._emitter.patch_jumps(*loop.continues)
        return loop.exits

    def _compile_condition(self, node: Loop) -> list[int]:
        """Test the condition, if any, and return the jumps that leave the loop."""
        condition = node.condition
        if condition is None:
            return []
        self._expressions.compile(condition)
        if not node.expected:
            self._emitter.emit(condition.position, "not")
        return [self._emitter.emit(condition.position, "unless")]
