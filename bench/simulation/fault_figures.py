"""The figure of faults: hot conversations, and a DynamoDB that refuses most requests."""

from bench.figures import Column, Figure, Plot, Row
from bench.simulation.load import SECONDS, Load
from bench.simulation.stack import BOT, Stack, compute_price, count_sockets, list_percentiles

_USER_LIMIT = 60
"""Messages of a user per minute (``domain/limits.py``)."""
_HOT = 10
_HOT_RATE = 100
_HOT_BOT = "dialog with data"
"""Its turns are queued, and run one after the other."""
_THROTTLED_RATES = (100, 500)
_THROTTLED_SECONDS = 30.0


def build_faults(stack: Stack) -> Figure:
    """Simulate hot conversations, and a DynamoDB that refuses most requests."""
    sockets = count_sockets(_HOT_RATE)
    cases = {
        f"{_HOT_RATE} messages/s": Load(sockets=sockets, rate=_HOT_RATE, bot=_HOT_BOT),
        f"and {_HOT} conversations with {_USER_LIMIT} messages at once": Load(
            sockets=sockets, rate=_HOT_RATE, bursts=(_USER_LIMIT,) * _HOT, bot=_HOT_BOT
        ),
        **{
            f"{rate} messages/s, DynamoDB throttled for {_THROTTLED_SECONDS:g} s": Load(
                sockets=count_sockets(rate), rate=rate, throttled=_THROTTLED_SECONDS
            )
            for rate in _THROTTLED_RATES
        },
    }
    outcomes = {name: stack.run(load, stack.quotas) for name, load in cases.items()}
    return Figure(
        name="simulation_faults",
        title="fault",
        compared=f"{_HOT_RATE} messages a second to the {_HOT_BOT}, without and with hot conversations; and"
        f" messages to {BOT} while the tables refuse all but a tenth of their quota.",
        repeated=f"{SECONDS:g} simulated seconds of each after a warm-up.",
        origin=stack.origin,
        columns=(
            Column("delivered: median", "ms"),
            Column("delivered: 99 of 100", "ms"),
            Column("answered: median", "ms"),
            Column("answered: 99 of 100", "ms"),
            Column("hot: median", "ms"),
            Column("hot: 99 of 100", "ms"),
            Column("answered in the minute", "%"),
            Column("a million answers", "$"),
        ),
        rows=[
            Row(
                name,
                (
                    *list_percentiles(outcome.seen.delivered),
                    *list_percentiles(outcome.seen.answered),
                    *list_percentiles(outcome.seen.hot),
                    round(outcome.answered_share * 100, 1),
                    compute_price(outcome),
                ),
            )
            for name, outcome in outcomes.items()
        ],
        plot=Plot("bars", ("answered: median", "answered: 99 of 100"), logarithmic=True),
        note="A hot conversation is one whose user sends all that the rate limit allows at once. Its turns run one"
        " after the other, so the last answer waits for all before; no other conversation waits for it.",
    )
