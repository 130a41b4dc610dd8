"""What the figures have in common: the stack that is simulated, its loads, and its results as values of a table."""

from collections.abc import Sequence
from dataclasses import dataclass

from bench.figures import Origin, Value
from bench.simulation.capacity import Demand, compute_demand
from bench.simulation.labels import describe_bucket
from bench.simulation.load import Load, Outcome, get_percentile, run
from bench.simulation.quotas import Latency, Quotas, read_latency, read_quotas
from bench.steps import Steps, read_steps

BOT = "rules"

RATES = {10: 1, 100: 1, 1_000: 5, 10_000: 50, 100_000: 200}
"""Messages per second, and the parts that the load and the quotas are divided into."""
MAX_SOCKETS = 1_000_000
SOCKETS_PER_RATE = 60
"""A message per minute and connection."""

_HOUR = 3_600
_MILLION = 1_000_000


@dataclass(frozen=True, slots=True)
class Stack:
    """A stack that is simulated.

    Attributes
    ----------
    steps, quotas, latency
        What it does, and what limits it.
    origin
        Of the figures.
    """

    steps: Steps
    quotas: Quotas
    latency: Latency
    origin: Origin

    @classmethod
    def of_template(cls, origin: Origin) -> "Stack":
        """Return that of the template with its defaults."""
        return cls(read_steps(), read_quotas(), read_latency(), origin)

    def run(self, load: Load, quotas: Quotas) -> Outcome:
        """Simulate a load."""
        return run(load, quotas, self.latency, self.steps)

    def find_demand(self, rate: float, sockets: int, bot: str = BOT) -> Demand:
        """Return what messages and connections ask of the quotas."""
        return compute_demand(self.steps, bot, self.latency, rate=rate, sockets=sockets)


def count_sockets(rate: int) -> int:
    """Return the connections of a rate of messages."""
    return min(rate * SOCKETS_PER_RATE, MAX_SOCKETS)


def list_percentiles(values: Sequence[float]) -> tuple[Value, Value]:
    """Return the median and the 99th percentile in milliseconds."""
    median, high = (get_percentile(values, percent) for percent in (50, 99))
    return (None if median is None else round(median * 1_000), None if high is None else round(high * 1_000))


def compute_price(outcome: Outcome) -> float:
    """Return the dollars per million messages that were answered."""
    seen, load = outcome.seen, outcome.load
    answered = (len(seen.answered) + len(seen.hot)) * load.parts / load.seconds
    return round(outcome.usd / _HOUR / answered * _MILLION, 2)


def describe_first(outcome: Outcome) -> tuple[Value, Value]:
    """Return the quota that was asked most of, and the percentage."""
    name = outcome.find_first_saturated()
    return describe_bucket(name), round(outcome.asked[name] * 100)
