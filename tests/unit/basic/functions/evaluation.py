"""Calls of functions by name, and evaluation of their examples."""

import ast
from datetime import UTC, datetime
from random import Random

from basic.functions import FUNCTIONS
from basic.turn import TurnFacts
from basic.values import Value

NOON = datetime(2024, 3, 15, 14, 30, 25, 123_456, tzinfo=UTC)
"""A Friday."""


def a_turn(locale: str = "en", *, now: datetime = NOON, seed: int = 1) -> TurnFacts:
    return TurnFacts(now=now, random=Random(seed), locale=locale)


def call(name: str, *arguments: Value, locale: str = "en", seed: int = 1) -> Value:
    return FUNCTIONS[name].call(arguments, a_turn(locale, seed=seed))


_CONSTANTS: dict[str, Value] = {"TRUE": True, "FALSE": False, "NULL": None}


def sides(example: str) -> tuple[Value, Value]:
    """Evaluate both sides of an example, which is literals, constants and calls around one ``=``."""
    tree = ast.parse(example.replace(" = ", " == "), mode="eval").body
    assert isinstance(tree, ast.Compare)
    return evaluate(tree.left), evaluate(tree.comparators[0])


def evaluate(node: ast.expr) -> Value:
    match node:
        case ast.Name(id=name):
            return _CONSTANTS[name]
        case ast.Call(func=ast.Name(id=name), args=arguments):
            return call(name, *map(evaluate, arguments))
        case ast.List(elts=items):
            return [evaluate(item) for item in items]
        case ast.Dict(keys=keys, values=values):
            return {str(evaluate(key)): evaluate(value) for key, value in zip(keys, values, strict=True) if key}
        case _:
            literal: Value = ast.literal_eval(node)
            return literal
