"""The figures that are computed: which quota is reached first, and which a load needs."""

from collections.abc import Mapping, Sequence

from bench.figures import Column, Figure, Plot, Row
from bench.simulation.capacity import HEADROOM, get_limit, raise_quotas
from bench.simulation.labels import LABELS, describe_raise
from bench.simulation.quotas import read_parameter
from bench.simulation.stack import RATES, SOCKETS_PER_RATE, Stack, count_sockets
from tools.bill import BOTS, MODEL


def build_capacity(stack: Stack) -> Figure:
    """Compare the quotas by the messages per second at which each is reached."""
    bots = [bot for bot in BOTS if bot != MODEL]
    demands = [stack.find_demand(1, SOCKETS_PER_RATE, bot) for bot in bots]
    shares = [demand.find_shares(stack.quotas) for demand in demands]
    names = sorted({name for each in shares for name in each}, key=lambda name: -max(_list(shares, name)))
    rows = [
        Row(
            LABELS[name],
            (
                round(max(demand.units.get(name, 0) for demand in demands), 4),
                get_limit(stack.quotas, name),
                *(round(1 / share) if share else None for share in _list(shares, name)),
                describe_raise(name),
            ),
        )
        for name in names
    ]
    return Figure(
        name="simulation_capacity",
        title="quota",
        compared="the default quotas of AWS and of the template with what a message and its answer use of each, by"
        " the messages per second that reach it; a message per minute and connection.",
        repeated="computed, not simulated.",
        origin=stack.origin,
        columns=(
            Column("a message at most"),
            Column("quota"),
            *(Column(f"{bot}: messages", "/s") for bot in bots),
            Column("how to raise it"),
        ),
        rows=rows,
        plot=Plot("bars", [f"{bot}: messages" for bot in bots], logarithmic=True),
        note=_describe_model(stack),
    )


def _describe_model(stack: Stack) -> str:
    demand = stack.find_demand(1, SOCKETS_PER_RATE, MODEL)
    workers, batch = int(read_parameter("WaitingTurnConcurrency")), 10
    turns = workers * batch / demand.units["turn_executions"]
    return (
        "Turns that wait for a language model have executions of their own: `WaitingTurnConcurrency`"
        f" {workers} with up to {batch} conversations each are {turns:.0f} answers of 5 seconds per second, and"
        f" {turns / batch:.0f} if each has one. A table grows to twice its previous peak, so its quota is that of a"
        " stack without traffic before. `TurnConcurrency` may be 1,000 at most, for one queue."
    )


def _list(shares: Sequence[Mapping[str, float]], name: str) -> list[float]:
    """Return the share of a quota in each demand; 0 if nothing is asked of it."""
    return [each.get(name, 0) for each in shares]


def build_needs(stack: Stack) -> Figure:
    """Show which quotas have to be raised for a load."""
    demands = {rate: stack.find_demand(rate, count_sockets(rate)) for rate in RATES}
    raised = {rate: raise_quotas(stack.quotas, demand, 1) for rate, demand in demands.items()}
    names = demands[max(RATES)].find_shares(stack.quotas)
    rows = [
        Row(
            LABELS[name],
            (
                get_limit(stack.quotas, name),
                *(
                    round(needed) if (needed := get_limit(quotas, name)) > get_limit(stack.quotas, name) else None
                    for quotas in raised.values()
                ),
                describe_raise(name),
            ),
        )
        for name in names
    ]
    return Figure(
        name="simulation_needs",
        title="quota",
        compared="the default quotas with those that loads need, if a load uses at most"
        f" {HEADROOM:.0%} of each; empty where the default is enough.",
        repeated="computed, not simulated.",
        origin=stack.origin,
        columns=(
            Column("default"),
            *(Column(f"{rate:,} messages/s") for rate in RATES),
            Column("how to raise it"),
        ),
        rows=rows,
    )
