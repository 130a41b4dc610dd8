"""Functions of the answers of the user."""

from basic.functions import costs
from basic.functions.builtin import BuiltinFunction, with_turn

FUNCTIONS = (
    BuiltinFunction(
        "CANCELLED",
        with_turn(lambda turn: turn.cancelled),
        0,
        0,
        "Whether the user cancelled the last HEAR, whose variable is then NULL",
        "CANCELLED() = FALSE",
        cost=costs.constant,
    ),
)
