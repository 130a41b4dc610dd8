"""Compiling expressions."""

from collections.abc import Callable, Iterable, Mapping

from basic.compiler.calls import CallCompiler
from basic.compiler.commands import CommandCompiler
from basic.compiler.scope import Scope
from basic.syntax.tree.expressions import (
    ArrayLiteral,
    Bare,
    Binary,
    Command,
    Conditional,
    Expression,
    FunctionCall,
    Hear,
    Item,
    Literal,
    MapLiteral,
    Member,
    Name,
    ScriptCall,
    Template,
    Unary,
)

_DATES = ("NOW", "TODAY")
"""Functions whose names are also used for variables."""


def is_text(node: Expression) -> bool:
    """Return whether an expression is written as a text: a literal, also with `${}`, or texts that are joined."""
    while isinstance(node, Binary) and node.operator in ("+", "&", "OR"):
        if node.operator == "&" or is_text(node.right):
            return True
        node = node.left
    return isinstance(node, Template) or (isinstance(node, Literal) and isinstance(node.value, str))


class ExpressionCompiler:
    """Emits the instructions that push the value of an expression."""

    def __init__(self, scope: Scope) -> None:
        self._scope = scope
        self._emitter = scope.emitter
        self.commands = CommandCompiler(scope, self)
        self._compilers = self._build_compilers(CallCompiler(scope, self))

    def _build_compilers(self, calls: CallCompiler) -> Mapping[type, Callable[..., None]]:
        return {
            Literal: self._compile_literal,
            Name: self._compile_name,
            Bare: self._compile_bare,
            Unary: self._compile_unary,
            ArrayLiteral: self._compile_array,
            MapLiteral: self._compile_map,
            Template: self.compile_template,
            FunctionCall: calls.compile_call,
            ScriptCall: calls.compile_script_call,
            Hear: calls.compile_hear,
            Command: self.commands.compile,
            Conditional: self.compile_conditional,
        }

    def compile(self, node: Expression, /) -> None:
        """Push the value of an expression."""
        # A row of operators is as deep as it is long, so its links are compiled in a loop, not by recursion.
        links: list[Binary | Member | Item] = []
        while isinstance(node, Binary | Member | Item):
            links.append(node)
            node = node.left if isinstance(node, Binary) else node.base
        self._compilers[type(node)](node)
        # A `?.` skips the rest of its fields and items.
        skips: list[int] = []
        for link in reversed(links):
            if isinstance(link, Binary):
                self._emitter.patch_jumps(*skips)
                skips = []
            elif isinstance(link, Member) and link.is_optional:
                skips.append(self._emitter.emit(link.position, "null"))
            self._compile_link(link)
        self._emitter.patch_jumps(*skips)

    def compile_all(self, nodes: Iterable[Expression], /) -> int:
        """Push some values and return their number."""
        count = 0
        for node in nodes:
            self.compile(node)
            count += 1
        return count

    def compile_template(self, node: Template) -> None:
        """Push the text of a template."""
        for part in node.parts:
            if isinstance(part, str):
                self._emitter.emit(node.position, "push", part)
            else:
                self.compile(part)
        self._emitter.emit(node.position, "join", len(node.parts))

    def _compile_link(self, link: Binary | Member | Item) -> None:
        """Apply an operator, a field or an index to the value on the stack."""
        match link:
            case Member():
                self._emitter.emit(link.position, "member", link.name)
            case Item():
                self.compile(link.index)
                self._emitter.emit(link.position, "item")
            case Binary(operator="AND"):
                self._compile_and(link)
            case Binary(operator="OR"):
                self._compile_or(link)
            case Binary(operator="??"):
                jump = self._emitter.emit(link.position, "??")
                self.compile(link.right)
                self._emitter.patch_jumps(jump)
            case _:
                self.compile(link.right)
                self._emitter.emit(link.position, link.operator)

    def _compile_and(self, node: Binary) -> None:
        self._emitter.emit(node.position, "truth")
        jump = self._emitter.emit(node.position, "and")
        self.compile(node.right)
        self._emitter.emit(node.position, "truth")
        self._emitter.patch_jumps(jump)

    def _compile_or(self, node: Binary) -> None:
        jump = self._emitter.emit(node.position, "first", None, is_text(node.right))
        self.compile(node.right)
        self._emitter.emit(node.position, "either")
        self._emitter.patch_jumps(jump)

    def compile_conditional(self, node: Conditional) -> None:
        """Push one of two values, and do not evaluate the other."""
        self.compile(node.condition)
        unless = self._emitter.emit(node.position, "unless")
        self.compile(node.value)
        end = self._emitter.emit(node.position, "jump")
        self._emitter.patch_jumps(unless)
        self.compile(node.other)
        self._emitter.patch_jumps(end)

    def _compile_literal(self, node: Literal) -> None:
        self._emitter.emit(node.position, "push", node.value)

    def _compile_name(self, node: Name) -> None:
        names, is_local = self._scope.names, self._scope.is_local(node.name)
        routine, function = names.find_routine(node), names.find_function(node)
        if routine is not None:
            self._emitter.emit(node.position, "routine", routine, 0)
        elif function is not None and not is_local:
            self._emitter.emit(node.position, "call", function, 0)
        else:
            self._emitter.emit(node.position, "load", node.name.lower(), is_local)
            if node.name.upper() in _DATES and not is_local:
                self._compile_default_date(node)

    def _compile_default_date(self, node: Name) -> None:
        """Replace a variable without a value by the date of its name: another script of the bot may assign it."""
        unset = self._emitter.emit(node.position, "null")
        done = self._emitter.emit(node.position, "jump")
        self._emitter.patch_jumps(unset)
        self._emitter.emit(node.position, "pop")
        self._emitter.emit(node.position, "call", node.name.upper(), 0)
        self._emitter.patch_jumps(done)

    def _compile_bare(self, node: Bare) -> None:
        self._emitter.emit(node.position, "bare", node.name, self._scope.is_local(node.name))

    def _compile_unary(self, node: Unary) -> None:
        self.compile(node.operand)
        self._emitter.emit(node.position, "not" if node.operator == "NOT" else "negate")

    def _compile_array(self, node: ArrayLiteral) -> None:
        self._emitter.emit(node.position, "array", self.compile_all(node.items))

    def _compile_map(self, node: MapLiteral) -> None:
        self.compile_all(node.values)
        self._emitter.emit(node.position, "map", list(node.keys))
