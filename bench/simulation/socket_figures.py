"""The figures of connections: how many, what throttles them, and a reconnect storm."""

from dataclasses import replace

from bench.figures import Column, Figure, Plot, Row, Value
from bench.simulation.load import SECONDS, Load, get_percentile
from bench.simulation.quotas import Rate
from bench.simulation.stack import Stack, describe_first, list_percentiles

SOCKETS = {1_000: 1, 10_000: 1, 100_000: 5, 1_000_000: 50}
_RATE_OF_SOCKETS = 500
_PING_RATE = Rate(5_000, 10_000)
STORMS = {1_000: 1, 10_000: 5, 100_000: 50, 1_000_000: 100}
_STORM_FACTOR = 10
_STORM_MARGIN = 120.0
"""Seconds of a storm beyond the least that its quota allows."""


def build_sockets(stack: Stack) -> Figure:
    """Simulate more and more connections at one rate of messages."""
    rows = []
    for sockets, parts in SOCKETS.items():
        load = Load(sockets=sockets, rate=_RATE_OF_SOCKETS, parts=parts)
        default = stack.run(load, stack.quotas)
        raised = stack.run(load, replace(stack.quotas, pings=_PING_RATE))
        rows.append(
            Row(
                f"{sockets:,}",
                (
                    *list_percentiles(default.seen.answered),
                    round(default.seen.closed * parts / load.seconds, 1),
                    *describe_first(default),
                    *list_percentiles(raised.seen.answered),
                    round(raised.seen.closed * parts / load.seconds, 1),
                    *describe_first(raised),
                ),
            )
        )
    columns = ("answered: median", "answered: 99 of 100", "closed", "most asked quota", "asked of it")
    return Figure(
        name="simulation_sockets",
        title="open connections",
        compared=f"{_RATE_OF_SOCKETS} messages a second of 1,000 to a million connections, most of which are silent"
        f" and ping every five minutes: with the default throttle of pings, {stack.quotas.pings.value:g} per second,"
        f" and with {_PING_RATE.value:,}.",
        repeated=f"{SECONDS:g} simulated seconds of each after a warm-up; more than 10,000 connections as one"
        " of several equal parts.",
        origin=stack.origin,
        columns=[
            Column(f"{quotas}: {name}", unit)
            for quotas in ("default", "raised")
            for name, unit in zip(columns, ("ms", "ms", "/s", "", "%"), strict=True)
        ],
        rows=rows,
        plot=Plot("lines", ("default: closed", "raised: closed")),
        note="A ping that is refused is not answered, so the client reconnects: an assumption, as AWS does not"
        " document what a client receives for a frame that is throttled.",
    )


def build_storms(stack: Stack) -> Figure:
    """Simulate that all connections are lost at once."""
    factor = _STORM_FACTOR
    raised = replace(
        stack.quotas,
        handshakes=Rate(stack.quotas.handshakes.value * factor, stack.quotas.handshakes.burst * factor),
        api_requests=Rate(stack.quotas.api_requests.value * factor, stack.quotas.api_requests.burst * factor),
        route_frames=Rate(stack.quotas.route_frames.value * factor, stack.quotas.route_frames.burst * factor),
        invocations=Rate(stack.quotas.invocations.value * factor, stack.quotas.invocations.burst * factor),
        executions=stack.quotas.executions * factor,
        turn_executions=1_000,
        table_writes=Rate(stack.quotas.table_writes.value * factor, stack.quotas.table_writes.burst * factor),
        table_reads=Rate(stack.quotas.table_reads.value * factor, stack.quotas.table_reads.burst * factor),
    )
    rows = []
    for lost, parts in STORMS.items():
        values: list[Value] = []
        for quotas in (stack.quotas, raised):
            seconds = lost / quotas.handshakes.value * 1.5 + _STORM_MARGIN
            load = Load(sockets=lost, rate=0, warm_up=0, seconds=seconds, parts=parts, lost=lost)
            outcome = stack.run(load, quotas)
            resumed = outcome.seen.resumed
            values += [
                round(get_percentile(resumed, 50) or 0, 1),
                round(get_percentile(resumed, 99) or 0, 1),
                round(max(resumed), 1) if len(resumed) == lost // parts else None,
                round(outcome.refused["handshakes"] / (lost // parts), 1),
            ]
        rows.append(Row(f"{lost:,}", values))
    columns = ("half", "99 of 100", "all", "refused handshakes")
    return Figure(
        name="simulation_storms",
        title="connections that are lost at once",
        compared="a reconnect storm of a Region with the default quotas, and with ten times those of API Gateway,"
        " Lambda and the tables: seconds until clients are connected again and have their missed messages.",
        repeated="once each, until all are back; more than 1,000 connections as one of several equal parts.",
        origin=stack.origin,
        columns=[
            Column(f"{quotas}: {name}", "" if name == columns[-1] else "s")
            for quotas in ("default", "raised")
            for name in columns
        ],
        rows=rows,
        plot=Plot("lines", ("default: half", "default: 99 of 100", "raised: half", "raised: 99 of 100"), True),
        note="The clients wait as `web/client` does: a random time up to a ceiling that doubles from 1 to 30 seconds.",
    )
