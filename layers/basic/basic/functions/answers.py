"""Functions of the conversation: its ids, and the answers of the user."""

from basic.functions import costs
from basic.functions.builtin import BuiltinFunction, with_turn

FUNCTIONS = (
    BuiltinFunction(
        "BOT_ID",
        with_turn(lambda turn: turn.bot),
        0,
        0,
        "The id of the bot",
        "LEN(BOT_ID()) >= 0",
        cost=costs.constant,
    ),
    BuiltinFunction(
        "CANCELLED",
        with_turn(lambda turn: turn.cancelled),
        0,
        0,
        "Whether the user cancelled the last HEAR, whose variable is then NULL",
        "CANCELLED() = FALSE",
        cost=costs.constant,
    ),
    BuiltinFunction(
        "SESSION_ID",
        with_turn(lambda turn: turn.conversation),
        0,
        0,
        "The id of the conversation; empty outside one, as in a webhook",
        "LEN(SESSION_ID()) >= 0",
        cost=costs.constant,
    ),
    BuiltinFunction(
        "USER_ID",
        with_turn(lambda turn: turn.user or ""),
        0,
        0,
        "The id of the user, the `sub` of their tokens; empty for a visitor, and without a user, as in a webhook",
        "LEN(USER_ID()) >= 0",
        cost=costs.constant,
    ),
)
