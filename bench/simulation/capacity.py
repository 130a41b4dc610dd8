"""What a load asks of each quota, by arithmetic: which one is reached first, and which have to be raised for a load."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from math import ceil, expm1
from typing import Any

from bench.simulation.quotas import Latency, Quotas, Rate, read_timing
from bench.steps import PING, QUEUE, TURN, Invocation, Steps, get_key

HEADROOM = 0.7
"""Share of a quota that a load may use, so that a peak does not exceed it. An assumption."""

_INVOCATIONS_PER_EXECUTION = 10

MAX_CONNECTION_SECONDS = 2 * 60 * 60
"""API Gateway closes a connection after two hours (docs/api.md)."""

_TABLES = {"table_writes": "writes", "table_reads": "reads"}


@dataclass(frozen=True, slots=True)
class Demand:
    """What a load asks of each quota: units per second, or executions.

    Attributes
    ----------
    units
        By the names of ``Quotas``; of the tables the largest one's.
    """

    units: Mapping[str, float]

    def find_shares(self, quotas: Quotas) -> dict[str, float]:
        """Return the share of each quota that is asked for, largest first."""
        shares = {name: units / get_limit(quotas, name) for name, units in self.units.items()}
        return dict(sorted(shares.items(), key=lambda each: -each[1]))


def compute_demand(steps: Steps, bot: str, latency: Latency, *, rate: float, sockets: int) -> Demand:
    """Return what messages at a rate, and the pings of idle connections, ask of the quotas.

    Parameters
    ----------
    steps, bot
        The requests, and whose turns they are.
    latency
        The times of invocations.
    rate
        Messages per second.
    sockets
        Open connections.
    """
    turn, ping = steps[get_key(bot, TURN)], steps[get_key(bot, PING)]
    pings = compute_pings(rate, sockets)
    units: dict[str, float] = defaultdict(float)
    for times, invocations in ((rate, turn), (pings, ping)):
        units["api_requests"] += times * (1 + sum(each.frames for each in invocations))
        units["invocations"] += times * len(invocations)
        units["executions"] += times * sum(compute_seconds(each, latency) for each in invocations)
    units["route_frames"] = rate
    units["pings"] = pings
    units["handshakes"] = sockets / MAX_CONNECTION_SECONDS
    units["fifo_requests"] = rate * sum(call.operation == QUEUE for each in turn for call in each.calls)
    units["turn_executions"] = rate * sum(compute_seconds(each, latency) + latency.queue for each in turn[1:])
    for name, kind in _TABLES.items():
        tables = _add_up(turn, kind)
        units[name] = rate * max(tables.values(), default=0)
    return Demand({name: amount for name, amount in units.items() if amount})


def compute_pings(rate: float, sockets: int) -> float:
    """Return the pings per second: each connection sends one after some minutes without a message.

    The messages of a connection come at random times, so the mean time until a pause of ``interval`` is
    ``(exp(each * interval) - 1) / each``.
    """
    interval, each = read_timing()["pingInterval"], rate / sockets
    return sockets * each / expm1(each * interval) if each else sockets / interval


def compute_seconds(invocation: Invocation, latency: Latency) -> float:
    """Return the mean duration of an invocation."""
    return latency.own + invocation.waited + len(invocation.calls) * latency.round_trip


def _add_up(turn: Sequence[Invocation], kind: str) -> Mapping[str, float]:
    units: dict[str, float] = defaultdict(float)
    for invocation in turn:
        for call in invocation.calls:
            for table, amount in getattr(call, kind).items():
                units[table] += amount
    return units


def get_limit(quotas: Quotas, name: str) -> float:
    """Return a quota per second, or executions."""
    value: Rate | int = getattr(quotas, name)
    return value.value if isinstance(value, Rate) else value


def raise_quotas(quotas: Quotas, demand: Demand, step: int) -> Quotas:
    """Return the quotas that a load needs: those that are too small are raised, executions to multiples of ``step``."""
    raised = dict(_raise(quotas, demand, step))
    # An account has ten invocations a second for each execution.
    invocations = demand.units["invocations"] / HEADROOM
    executions = max(raised["executions"], _round_up(invocations / _INVOCATIONS_PER_EXECUTION, step))
    rate = float(executions * _INVOCATIONS_PER_EXECUTION)
    return replace(quotas, **raised | {"executions": executions, "invocations": Rate(rate, rate)})


def _raise(quotas: Quotas, demand: Demand, step: int) -> Iterator[tuple[str, Any]]:
    for each in fields(quotas):
        value: Rate | int = getattr(quotas, each.name)
        needed = demand.units.get(each.name, 0) / HEADROOM
        if isinstance(value, int):
            yield each.name, max(value, _round_up(needed, step))
        elif needed > value.value:
            # AWS sets the burst of a raised quota; it is assumed to keep its proportion.
            yield each.name, Rate(needed, value.burst * needed / value.value)


def _round_up(number: float, step: int) -> int:
    return ceil(number / step) * step
