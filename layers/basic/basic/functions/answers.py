"""Functions of the conversation: its ids, and the answers of the user."""

from basic.functions.builtin import build_fact

FUNCTIONS = (
    build_fact(
        "BOT_ID",
        lambda turn: turn.bot,
        "The id of the bot",
        "LEN(BOT_ID()) >= 0",
    ),
    build_fact(
        "CANCELLED",
        lambda turn: turn.cancelled,
        "Whether the user cancelled the last HEAR, whose variable is then NULL",
        "CANCELLED() = FALSE",
    ),
    build_fact(
        "SESSION_ID",
        lambda turn: turn.conversation,
        "The id of the conversation; empty outside one, as in a webhook",
        "LEN(SESSION_ID()) >= 0",
    ),
    build_fact(
        "USER_ID",
        lambda turn: turn.user or "",
        "The id of the user, the `sub` of their tokens; empty for a visitor, and without a user, as in a webhook",
        "LEN(USER_ID()) >= 0",
    ),
)
