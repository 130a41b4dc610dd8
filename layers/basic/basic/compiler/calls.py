"""Compiling calls of functions, routines and scripts, and HEAR."""

from basic.compiler.conditions import ConditionParts, list_texts, list_values, split_condition
from basic.compiler.scope import ExpressionWriter, Scope
from basic.hear import TYPES
from basic.keywords import describe_unsupported
from basic.syntax.tree.expressions import Conditional, FunctionCall, Hear, ScriptCall


class CallCompiler:
    """Emits the instructions of calls and of HEAR."""

    def __init__(self, scope: Scope, expressions: ExpressionWriter) -> None:
        self._names = scope.names
        self._emitter = scope.emitter
        self._expressions = expressions

    def compile_call(self, node: FunctionCall) -> None:
        """Call a function, a routine or a script by its name."""
        target = self._names.resolve_call(node)
        if target == ("call", "FILTER") and (parts := split_condition(node.arguments[1])) is not None:
            self._compile_filter(node, parts)
            return
        if target == ("call", "IIF"):
            self._expressions.compile_conditional(Conditional(node.position, *node.arguments))
            return
        count = self._expressions.compile_all(node.arguments)
        if target is None:
            name = node.name.upper().replace("_", " ")
            self._emitter.emit(node.position, "fail", describe_unsupported(name))
        else:
            self._emitter.emit(node.position, target.operation, target.name, count)

    def _compile_filter(self, node: FunctionCall, parts: ConditionParts) -> None:
        self._expressions.compile(node.arguments[0])
        self._expressions.compile_all(list_values(parts))
        self._emitter.emit(node.position, "filter", list_texts(parts))

    def compile_script_call(self, node: ScriptCall) -> None:
        """Call the script that an expression names."""
        self._expressions.compile(node.script)
        self._emitter.emit(node.position, "script", None, self._expressions.compile_all(node.arguments))

    def compile_hear(self, node: Hear) -> None:
        """Ask and wait for an answer."""
        operands: dict[str, object] = {"options": self._expressions.compile_all(node.options)}
        if node.options or node.accepts_any:
            operands |= {"menu": True, "any": node.accepts_any}
        hear_type = TYPES.get(node.type)
        if hear_type is None:
            operands["number"] = True
        else:
            operands |= {"type": hear_type.name, "empty": hear_type.empty}
        if node.variable:
            operands["variable"] = node.variable
        for name, value in (("default", node.default), ("prompt", node.prompt)):
            if value is not None:
                self._expressions.compile(value)
                operands[name] = True
        self._emitter.emit(node.position, "hear", operands)
