"""The figures of loads: 10 to 100,000 messages a second, with the default quotas and with those that they need."""

from collections.abc import Sequence
from dataclasses import replace

from bench.figures import Bound, Column, Figure, Plot, Row
from bench.simulation.capacity import raise_quotas
from bench.simulation.load import SECONDS, WARM_UP, Load, Outcome
from bench.simulation.stack import (
    MAX_SOCKETS,
    RATES,
    Stack,
    compute_price,
    count_sockets,
    describe_first,
    list_percentiles,
)

_DEFAULT_PARTS = 100
"""The most that the default quotas can be divided into."""
_LONG_WARM_UP = 90.0
"""Seconds: for so many environments Lambda needs a minute."""
_MAX_ANSWER = 250
"""Milliseconds. The goal of a turn without a model, with twice the time that a turn needs without load."""


def build_loads(stack: Stack) -> Figure:
    """Simulate loads with the default quotas."""
    outcomes = [
        stack.run(Load(sockets=count_sockets(rate), rate=rate, parts=min(parts, _DEFAULT_PARTS)), stack.quotas)
        for rate, parts in RATES.items()
    ]
    return _build_load_figure(
        stack,
        "simulation_loads",
        "10 to 100,000 messages a second with the default quotas, a message per minute and"
        f" connection, at most {MAX_SOCKETS:,} connections",
        outcomes,
    )


def build_raised_loads(stack: Stack) -> Figure:
    """Simulate the same loads with the quotas that they need."""
    outcomes = []
    for rate, parts in RATES.items():
        sockets = count_sockets(rate)
        quotas = raise_quotas(stack.quotas, stack.find_demand(rate, sockets), parts)
        warm_up = _LONG_WARM_UP if rate == max(RATES) else WARM_UP
        outcomes.append(stack.run(Load(sockets=sockets, rate=rate, parts=parts, warm_up=warm_up), quotas))
    figure = _build_load_figure(
        stack, "simulation_raised_loads", "the same loads with the quotas that they need", outcomes
    )
    slowest = max(value for row in figure.rows if isinstance(value := row.values[4], float | int))
    return replace(
        figure,
        bounds=(Bound("milliseconds to the answer of 99 of 100 messages, at every load", slowest, _MAX_ANSWER),),
    )


def _build_load_figure(stack: Stack, name: str, compared: str, outcomes: Sequence[Outcome]) -> Figure:
    return Figure(
        name=name,
        title="messages a second",
        compared=f"{compared}.",
        repeated=f"{SECONDS:g} simulated seconds of each after a warm-up; loads of more than 100 messages a second"
        " as one of several equal parts.",
        origin=stack.origin,
        columns=(
            Column("connections"),
            Column("delivered: median", "ms"),
            Column("delivered: 99 of 100", "ms"),
            Column("answered: median", "ms"),
            Column("answered: 99 of 100", "ms"),
            Column("answered in the minute", "%"),
            Column("most asked quota"),
            Column("asked of it", "%"),
            Column("an hour", "$"),
            Column("a million answers", "$"),
        ),
        rows=[
            Row(
                f"{outcome.load.rate:,}",
                (
                    outcome.load.sockets,
                    *list_percentiles(outcome.seen.delivered),
                    *list_percentiles(outcome.seen.answered),
                    round(outcome.answered_share * 100, 1),
                    *describe_first(outcome),
                    round(outcome.usd, 2),
                    compute_price(outcome),
                ),
            )
            for outcome in outcomes
        ],
        plot=Plot("lines", ("delivered: 99 of 100", "answered: median", "answered: 99 of 100"), logarithmic=True),
    )
