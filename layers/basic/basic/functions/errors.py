"""Functions of the errors that ON ERROR RESUME NEXT skips."""

from basic.functions.builtin import build_fact

FUNCTIONS = (
    build_fact(
        "ERROR",
        lambda turn: bool(turn.error),
        "Whether ON ERROR RESUME NEXT has skipped a statement since CLEAR ERROR",
        "ERROR() = FALSE",
    ),
    build_fact(
        "ERROR_MESSAGE",
        lambda turn: turn.error,
        "Why the last statement that ON ERROR RESUME NEXT skipped has failed",
        'ERROR_MESSAGE() = ""',
    ),
)
