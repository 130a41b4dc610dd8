"""Functions of the errors that ON ERROR RESUME NEXT skips."""

from basic.functions import costs
from basic.functions.builtin import BuiltinFunction, with_turn

FUNCTIONS = (
    BuiltinFunction(
        "ERROR",
        with_turn(lambda turn: bool(turn.error)),
        0,
        0,
        "Whether ON ERROR RESUME NEXT has skipped a statement since CLEAR ERROR",
        "ERROR() = FALSE",
        cost=costs.constant,
    ),
    BuiltinFunction(
        "ERROR_MESSAGE",
        with_turn(lambda turn: turn.error),
        0,
        0,
        "Why the last statement that ON ERROR RESUME NEXT skipped has failed",
        'ERROR_MESSAGE() = ""',
        cost=costs.constant,
    ),
)
