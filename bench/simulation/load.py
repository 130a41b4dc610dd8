"""Runs of the simulation: a load on a stack, and what came of it."""

import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from simpy import Environment

from bench.simulation.capacity import MAX_CONNECTION_SECONDS, compute_pings
from bench.simulation.clients import Clients, Experience
from bench.simulation.quotas import Latency, Quotas
from bench.simulation.resources import Process
from bench.simulation.system import System
from bench.steps import Steps
from tools.bill import charge
from tools.site.prices import read_prices

SECONDS, WARM_UP = 60.0, 20.0
"""How long a load is measured, and how long it grows before."""

_MINUTE = 60
_HOUR = 3_600


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """What the clients do.

    Attributes
    ----------
    sockets
        Open connections, each of a user with one conversation.
    rate
        Messages per second, all together, at random times.
    seconds, warm_up
        How long is measured, and how long before that, while the messages become more.
    bot
        Whom they talk to.
    parts
        The load and the quotas are divided by it, and one part is simulated.
    bursts
        Messages that each of some conversations sends at once.
    lost
        Connections that are lost at the beginning.
    throttled
        Seconds for which DynamoDB refuses all but a tenth of its units, after the warm-up.
    """

    sockets: int
    rate: float
    seconds: float = SECONDS
    warm_up: float = WARM_UP
    bot: str = "rules"
    parts: int = 1
    bursts: Sequence[int] = field(default=())
    lost: int = 0
    throttled: float = 0


_THROTTLED_SHARE = 0.1


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a load.

    Attributes
    ----------
    load
        The load.
    seen
        What the clients of one part have seen.
    asked
        For each quota with a rate the share of it that was asked for, and for each of ``executions`` and
        ``turn_executions`` the share of the time that was used.
    refused
        Units that each refused, of one part.
    usd
        Dollars per hour of the whole load.
    backlog
        Jobs of the turn queue at the end, of one part.
    cold_starts
        New environments, of one part.
    """

    load: Load
    seen: Experience
    asked: Mapping[str, float]
    refused: Mapping[str, float]
    usd: float
    backlog: int
    cold_starts: int

    def find_first_saturated(self) -> str:
        """Return the quota that was asked most of its share for."""
        return max(self.asked, key=lambda name: self.asked[name])

    @property
    def answered_share(self) -> float:
        """Return the share of the messages that was answered before the end."""
        return (len(self.seen.answered) + len(self.seen.hot)) / max(self.seen.sent, 1)


def run(load: Load, quotas: Quotas, latency: Latency, steps: Steps, seed: int = 1) -> Outcome:
    """Simulate a load."""
    part = replace(load, sockets=load.sockets // load.parts, rate=load.rate / load.parts, lost=load.lost // load.parts)
    limits = quotas.divide(load.parts)
    env = Environment()
    hot = frozenset(range(-len(load.bursts), 0))
    system = System(env, limits, latency, seed, hot=hot)
    clients = Clients(system, steps, load.bot, load.warm_up)
    env.process(_measure(system, load))
    env.process(_send(clients, part))
    env.process(_ping(clients, part))
    env.process(_expire(clients, part))
    if load.throttled:
        env.process(_throttle(system, load))
    for number, size in enumerate(load.bursts, 1):
        env.process(_burst(clients, -number, size))
    for group in range(part.lost):
        env.process(clients.reconnect(group))
    env.run(until=load.warm_up + load.seconds)
    return Outcome(
        load,
        clients.seen,
        dict(_compute_shares(system, limits, load.seconds)),
        {bucket.name: bucket.usage.refused for bucket in system.list_buckets()}
        | {"executions": system.executions.usage.refused},
        _compute_bill(system, part) * load.parts * _HOUR,
        system.turns.length,
        system.executions.cold_starts,
    )


def _measure(system: System, load: Load) -> Process:
    """Count nothing of the warm-up."""
    yield system.env.timeout(load.warm_up)
    system.forget()


def _send(clients: Clients, load: Load) -> Process:
    """Send messages of random clients at random times."""
    env, dice = clients.system.env, clients.system.dice
    while load.rate:
        yield env.timeout(dice.expovariate(load.rate))
        if env.now >= load.warm_up or dice.random() * load.warm_up < env.now:
            env.process(clients.send(dice.randrange(load.sockets)))


def _ping(clients: Clients, load: Load) -> Process:
    """Send pings of random clients that are idle."""
    env, dice = clients.system.env, clients.system.dice
    rate = 0 if load.lost else compute_pings(load.rate, load.sockets)
    while rate:
        yield env.timeout(dice.expovariate(rate))
        env.process(clients.ping(dice.randrange(load.sockets)))


def _expire(clients: Clients, load: Load) -> Process:
    """Let random connections end that have lasted as long as API Gateway lets them."""
    env, dice = clients.system.env, clients.system.dice
    while not load.lost:
        yield env.timeout(dice.expovariate(load.sockets / MAX_CONNECTION_SECONDS))
        env.process(clients.reconnect(dice.randrange(load.sockets)))


def _throttle(system: System, load: Load) -> Process:
    yield system.env.timeout(load.warm_up)
    yield from system.throttle_tables(_THROTTLED_SHARE, load.throttled)


def _burst(clients: Clients, group: int, size: int) -> Process:
    """Send messages of one client at once, after the warm-up."""
    yield clients.system.env.timeout(clients.warm_up)
    for _ in range(size):
        clients.system.env.process(clients.send(group))


def _compute_shares(system: System, quotas: Quotas, duration: float) -> Sequence[tuple[str, float]]:
    rates = [(bucket.name, bucket.usage.asked / bucket.rate.value / duration) for bucket in system.list_buckets()]
    return [
        *rates,
        ("executions", system.executions.usage.busy / quotas.executions / duration),
        ("turn_executions", system.turns.usage.busy / quotas.turn_executions / duration),
    ]


def _compute_bill(system: System, load: Load) -> float:
    """Return the dollars per second, without log lines and outbox checks."""
    prices = read_prices()
    amounts = {**system.amounts, "minute": load.sockets * load.seconds / _MINUTE}
    return sum(charge(name, amount, prices) for name, amount in amounts.items()) / load.seconds


def get_percentile(values: Sequence[float], percent: int) -> float | None:
    """Return a percentile, None of less than two values."""
    return statistics.quantiles(values, n=100)[percent - 1] if len(values) > 1 else None
