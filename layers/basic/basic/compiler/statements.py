"""Compiling statements."""

from collections.abc import Callable, Mapping

from basic.compiler.assignments import AssignmentCompiler
from basic.compiler.branches import BranchCompiler
from basic.compiler.expressions import ExpressionCompiler
from basic.compiler.loops import LoopCompiler
from basic.compiler.scope import Scope
from basic.syntax.tree.expressions import Command, Name
from basic.syntax.tree.statements import (
    Assign,
    Block,
    Dim,
    Evaluate,
    Exit,
    ForEach,
    ForTo,
    If,
    Loop,
    LoopJump,
    OnError,
    Return,
    Switch,
    SystemPrompt,
    TalkBlock,
    With,
)


class StatementCompiler:
    """Emits the instructions of statements."""

    def __init__(self, scope: Scope) -> None:
        self._names = scope.names
        self._emitter = scope.emitter
        self._expressions = ExpressionCompiler(scope)
        self._compilers = self._build_compilers(scope)

    def _build_compilers(self, scope: Scope) -> Mapping[type, Callable[..., None]]:
        assignments = AssignmentCompiler(scope, self._expressions)
        branches = BranchCompiler(scope, self._expressions, self.compile_block)
        loops = LoopCompiler(scope, self._expressions, self.compile_block)
        return {
            Assign: assignments.compile_assign,
            Evaluate: self._compile_evaluate,
            TalkBlock: self._compile_talk_block,
            SystemPrompt: self._compile_system_prompt,
            If: branches.compile_if,
            Switch: branches.compile_switch,
            ForEach: loops.compile_for_each,
            ForTo: loops.compile_for_to,
            Loop: loops.compile_loop,
            With: assignments.compile_with,
            Return: self._compile_return,
            Exit: loops.compile_exit,
            LoopJump: loops.compile_loop_jump,
            Dim: assignments.compile_dim,
            OnError: self._compile_on_error,
        }

    def compile_block(self, block: Block) -> None:
        """Run some statements one after the other."""
        for statement in block:
            span = self._emitter.start_statement()
            self._compilers[type(statement)](statement)
            self._emitter.end_statement(span)

    def _compile_evaluate(self, node: Evaluate) -> None:
        expression = node.expression
        if isinstance(expression, Command) and expression.keyword == "TALK":
            self._compile_talk(expression)
            return
        if isinstance(expression, Name) and expression.name.lower() in self._names.routines:
            self._emitter.emit(node.position, "routine", expression.name.lower(), 0)
        else:
            self._expressions.compile(expression)
        self._emitter.emit(node.position, "pop")

    def _compile_talk(self, node: Command) -> None:
        text = node.slots["text"]
        if not isinstance(text, tuple):
            self._expressions.commands.compile_slot("text", text)
        self._emitter.emit(node.position, "talk")

    def _compile_talk_block(self, node: TalkBlock) -> None:
        if node.text.parts:
            self._expressions.compile_template(node.text)
            self._emitter.emit(node.position, "talk")

    def _compile_system_prompt(self, node: SystemPrompt) -> None:
        self._expressions.compile_template(node.text)
        self._emitter.emit(node.position, "prompt")

    def _compile_return(self, node: Return) -> None:
        if node.value is None:
            self._emitter.emit(node.position, "push")
        else:
            self._expressions.compile(node.value)
        self._emitter.emit(node.position, "return")

    def _compile_on_error(self, node: OnError) -> None:
        self._emitter.emit(node.position, "resume", node.resume)
