"""The figure of what was slow, before and after it was changed."""

from dataclasses import replace

from bench.figures import Column, Figure, Plot, Row, Value
from bench.git import read_committed
from bench.simulation.load import Load
from bench.simulation.quotas import Rate
from bench.simulation.stack import Stack, list_percentiles
from bench.steps import STEPS_FILE, Steps, parse_steps

_QUEUED = "9fda115"
"""A commit before ADR 70."""
_PINGS_BEFORE, _FRAMES_BEFORE = Rate(200, 400), Rate(1_000, 2_000)
"""The throttles of the template before ADR 72."""
_WARM_WRITES = Rate(20_000, 20_000)


def build_improvements(stack: Stack) -> Figure:
    """Compare what was slow with how it is now."""
    warm = replace(stack, quotas=replace(stack.quotas, table_writes=_WARM_WRITES))
    throttled = replace(warm, quotas=replace(warm.quotas, pings=_PINGS_BEFORE, route_frames=_FRAMES_BEFORE))
    cases = (
        (
            "100 messages/s: turns in a queue (ADR 70)",
            replace(stack, steps=_read_queued_steps()),
            stack,
            Load(sockets=6_000, rate=100),
        ),
        ("1,500 messages/s: throttle of frames (ADR 72)", throttled, warm, Load(sockets=90_000, rate=1_500, parts=5)),
        (
            "100,000 connections: throttle of pings (ADR 72)",
            throttled,
            warm,
            Load(sockets=100_000, rate=100, parts=5, seconds=180),
        ),
    )
    rows = []
    for name, before, now, load in cases:
        values: list[Value] = []
        for each in (before, now):
            outcome = each.run(load, each.quotas)
            closed = round(outcome.seen.closed * load.parts / load.seconds, 1)
            values += [*list_percentiles(outcome.seen.answered), round(outcome.answered_share * 100, 1), closed]
        rows.append(Row(name, values))
    columns = {"answered, median": "ms", "answered, 99 of 100": "ms", "answered in time": "%", "closed": "/s"}
    return Figure(
        name="simulation_improvements",
        title="what was slow",
        compared="answers of rules before and after three changes: turns that ran in a function of a queue, a throttle"
        " of 1,000 frames of a route, and one of 200 pings per second. The tables of the last two are warm.",
        repeated="one simulated minute of each after a warm-up, three of the last one; the last two as one of five"
        " equal parts.",
        origin=stack.origin,
        columns=[Column(f"{when}: {name}", unit) for when in ("before", "now") for name, unit in columns.items()],
        rows=rows,
        plot=Plot("bars", ("before: answered, 99 of 100", "now: answered, 99 of 100"), logarithmic=True),
    )


def _read_queued_steps() -> Steps:
    return parse_steps(read_committed(_QUEUED, STEPS_FILE))
