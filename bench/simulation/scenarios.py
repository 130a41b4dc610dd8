"""The figures of the simulation: loads, connections, a reconnect storm, hot conversations, and a throttled DynamoDB."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from bench.figures import Bound, Column, Figure, Origin, Plot, Row, Value
from bench.simulation.capacity import HEADROOM, Demand, compute_demand, get_limit, raise_quotas
from bench.simulation.load import SECONDS, WARM_UP, Load, Outcome, get_percentile, run
from bench.simulation.quotas import Latency, Quotas, Rate, read_file, read_latency, read_parameter, read_quotas
from bench.steps import Steps, read_steps
from tools.bill import BOTS, MODEL

BOT = "rules"
_HOUR = 3_600
_MILLION = 1_000_000

RATES = {10: 1, 100: 1, 1_000: 5, 10_000: 50, 100_000: 200}
"""Messages per second, and the parts that the load and the quotas are divided into."""
_DEFAULT_PARTS = 100
"""The most that the default quotas can be divided into."""
MAX_SOCKETS = 1_000_000
_SOCKETS_PER_RATE = 60
"""A message per minute and connection."""
_LONG_WARM_UP = 90.0
"""Seconds: for so many environments Lambda needs a minute."""

SOCKETS = {1_000: 1, 10_000: 1, 100_000: 5, 1_000_000: 50}
_RATE_OF_SOCKETS = 500
_PING_RATE = Rate(5_000, 10_000)

_PINGS_BEFORE, _FRAMES_BEFORE = Rate(200, 400), Rate(1_000, 2_000)
_WARM_WRITES = Rate(20_000, 20_000)

STORMS = {1_000: 1, 10_000: 5, 100_000: 50, 1_000_000: 100}
_STORM_FACTOR = 10
_STORM_MARGIN = 120.0
"""Seconds of a storm beyond the least that its quota allows."""

_USER_LIMIT = 60
"""Messages of a user per minute (``domain/limits.py``)."""
_HOT = 10
_HOT_RATE = 100
_HOT_BOT = "dialog with data"
"""Its turns are queued, and run one after the other."""
_THROTTLED_RATES = (100, 500)
_THROTTLED_SECONDS = 30.0

_LABELS = {
    "api_requests": "frames and requests of the account",
    "environments": "new environments of a function",
    "executions": "executions at the same time",
    "fifo_requests": "requests of a queue",
    "handshakes": "handshakes",
    "invocations": "invocations",
    "pings": "pings",
    "route_frames": "frames of a route",
    "table_reads": "read units of a table",
    "table_writes": "write units of a table",
    "turn_executions": "turns at the same time",
}
_PARAMETERS = {
    "route_frames": "the parameter SocketRateLimit",
    "pings": "the parameter PingRateLimit",
    "turn_executions": "the parameter TurnConcurrency, up to 1,000",
}


@dataclass(frozen=True, slots=True)
class Scenarios:
    """Builds the figures.

    Attributes
    ----------
    steps, quotas, latency
        What is simulated.
    origin
        Of the figures.
    """

    steps: Steps
    quotas: Quotas
    latency: Latency
    origin: Origin

    @classmethod
    def of_template(cls, origin: Origin) -> "Scenarios":
        """Return those of the template with its defaults."""
        return cls(read_steps(), read_quotas(), read_latency(), origin)

    def build_all(self) -> Iterator[Figure]:
        """Yield all figures."""
        yield self.build_capacity()
        yield self.build_needs()
        yield self.build_loads()
        yield self.build_raised_loads()
        yield self.build_sockets()
        yield self.build_throttles()
        yield self.build_storms()
        yield self.build_faults()

    def _run(self, load: Load, quotas: Quotas) -> Outcome:
        return run(load, quotas, self.latency, self.steps)

    def _find_demand(self, rate: float, sockets: int, bot: str = BOT) -> Demand:
        return compute_demand(self.steps, bot, self.latency, rate=rate, sockets=sockets)

    # ---------------------------------------------------------------------------------------------- arithmetic

    def build_capacity(self) -> Figure:
        """Compare the quotas by the messages per second at which each is reached."""
        bots = [bot for bot in BOTS if bot != MODEL]
        demands = [self._find_demand(1, _SOCKETS_PER_RATE, bot) for bot in bots]
        shares = [demand.find_shares(self.quotas) for demand in demands]
        names = sorted({name for each in shares for name in each}, key=lambda name: -max(_list(shares, name)))
        rows = [
            Row(
                _LABELS[name],
                (
                    round(max(demand.units.get(name, 0) for demand in demands), 4),
                    get_limit(self.quotas, name),
                    *(round(1 / share) if share else None for share in _list(shares, name)),
                    _describe_raise(name),
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
            origin=self.origin,
            columns=(
                Column("a message at most"),
                Column("quota"),
                *(Column(f"{bot}: messages", "/s") for bot in bots),
                Column("how to raise it"),
            ),
            rows=rows,
            plot=Plot("bars", [f"{bot}: messages" for bot in bots], logarithmic=True),
            note=self._describe_model(),
        )

    def _describe_model(self) -> str:
        demand = self._find_demand(1, _SOCKETS_PER_RATE, MODEL)
        workers, batch = int(read_parameter("WaitingTurnConcurrency")), 10
        turns = workers * batch / demand.units["turn_executions"]
        return (
            "Turns that wait for a language model have executions of their own: `WaitingTurnConcurrency`"
            f" {workers} with up to {batch} conversations each are {turns:.0f} answers of 5 seconds per second, and"
            f" {turns / batch:.0f} if each has one. A table grows to twice its previous peak, so its quota is that of a"
            " stack without traffic before. `TurnConcurrency` may be 1,000 at most, for one queue."
        )

    def build_needs(self) -> Figure:
        """Show which quotas have to be raised for a load."""
        demands = {rate: self._find_demand(rate, _count_sockets(rate)) for rate in RATES}
        raised = {rate: raise_quotas(self.quotas, demand, 1) for rate, demand in demands.items()}
        names = demands[max(RATES)].find_shares(self.quotas)
        rows = [
            Row(
                _LABELS[name],
                (
                    get_limit(self.quotas, name),
                    *(
                        round(needed) if (needed := get_limit(quotas, name)) > get_limit(self.quotas, name) else None
                        for quotas in raised.values()
                    ),
                    _describe_raise(name),
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
            origin=self.origin,
            columns=(
                Column("default"),
                *(Column(f"{rate:,} messages/s") for rate in RATES),
                Column("how to raise it"),
            ),
            rows=rows,
        )

    # ---------------------------------------------------------------------------------------------- loads

    def build_loads(self) -> Figure:
        """Simulate loads with the default quotas."""
        outcomes = [
            self._run(Load(sockets=_count_sockets(rate), rate=rate, parts=min(parts, _DEFAULT_PARTS)), self.quotas)
            for rate, parts in RATES.items()
        ]
        return self._build_load_figure(
            "simulation_loads",
            "10 to 100,000 messages a second with the default quotas, a message per minute and"
            f" connection, at most {MAX_SOCKETS:,} connections",
            outcomes,
        )

    def build_raised_loads(self) -> Figure:
        """Simulate the same loads with the quotas that they need."""
        outcomes = []
        for rate, parts in RATES.items():
            sockets = _count_sockets(rate)
            quotas = raise_quotas(self.quotas, self._find_demand(rate, sockets), parts)
            warm_up = _LONG_WARM_UP if rate == max(RATES) else WARM_UP
            outcomes.append(self._run(Load(sockets=sockets, rate=rate, parts=parts, warm_up=warm_up), quotas))
        figure = self._build_load_figure(
            "simulation_raised_loads", "the same loads with the quotas that they need", outcomes
        )
        slowest = max(value for row in figure.rows if isinstance(value := row.values[4], float | int))
        return replace(
            figure,
            bounds=(Bound("milliseconds to the answer of 99 of 100 messages, at every load", slowest, _MAX_ANSWER),),
        )

    def _build_load_figure(self, name: str, compared: str, outcomes: Sequence[Outcome]) -> Figure:
        return Figure(
            name=name,
            title="messages a second",
            compared=f"{compared}.",
            repeated=f"{SECONDS:g} simulated seconds of each after a warm-up; loads of more than 100 messages a second"
            " as one of several equal parts.",
            origin=self.origin,
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
                        *_list_percentiles(outcome.seen.delivered),
                        *_list_percentiles(outcome.seen.answered),
                        round(outcome.answered_share * 100, 1),
                        *_describe_first(outcome),
                        round(outcome.usd, 2),
                        _compute_price(outcome),
                    ),
                )
                for outcome in outcomes
            ],
            plot=Plot("lines", ("delivered: 99 of 100", "answered: median", "answered: 99 of 100"), logarithmic=True),
        )

    def build_sockets(self) -> Figure:
        """Simulate more and more connections at one rate of messages."""
        rows = []
        for sockets, parts in SOCKETS.items():
            load = Load(sockets=sockets, rate=_RATE_OF_SOCKETS, parts=parts)
            default = self._run(load, self.quotas)
            raised = self._run(load, replace(self.quotas, pings=_PING_RATE))
            rows.append(
                Row(
                    f"{sockets:,}",
                    (
                        *_list_percentiles(default.seen.answered),
                        round(default.seen.closed * parts / load.seconds, 1),
                        *_describe_first(default),
                        *_list_percentiles(raised.seen.answered),
                        round(raised.seen.closed * parts / load.seconds, 1),
                        *_describe_first(raised),
                    ),
                )
            )
        columns = ("answered: median", "answered: 99 of 100", "closed", "most asked quota", "asked of it")
        return Figure(
            name="simulation_sockets",
            title="open connections",
            compared=f"{_RATE_OF_SOCKETS} messages a second of 1,000 to a million connections, most of which are silent"
            f" and ping every five minutes: with the default throttle of pings, {self.quotas.pings.value:g} per second,"
            f" and with {_PING_RATE.value:,}.",
            repeated=f"{SECONDS:g} simulated seconds of each after a warm-up; more than 10,000 connections as one"
            " of several equal parts.",
            origin=self.origin,
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

    def build_throttles(self) -> Figure:
        """Compare the throttles of the template with those before they were found to be too low."""
        warm = replace(self.quotas, table_writes=_WARM_WRITES)
        loads = {
            "100,000 connections, 100 messages/s": Load(sockets=100_000, rate=100, parts=5, seconds=180),
            "90,000 connections, 1,500 messages/s": Load(sockets=90_000, rate=1_500, parts=5),
        }
        rows = []
        for name, load in loads.items():
            values: list[Value] = []
            for quotas in (replace(warm, pings=_PINGS_BEFORE, route_frames=_FRAMES_BEFORE), warm):
                outcome = self._run(load, quotas)
                _, slow = _list_percentiles(outcome.seen.answered)
                closed = round(outcome.seen.closed * load.parts / load.seconds, 1)
                values += [slow, round(outcome.answered_share * 100, 1), closed]
            rows.append(Row(name, values))
        columns = {"answered, 99 of 100": "ms", "answered in time": "%", "closed": "/s"}
        return Figure(
            name="simulation_throttles",
            title="load",
            compared="the throttles of the WebSocket API before ADR 72, 200 pings and 1,000 frames of a route per"
            f" second, with those now, {self.quotas.pings.value:,.0f} and {self.quotas.route_frames.value:,.0f}; the"
            " tables are warm.",
            repeated="three minutes of the first and one of the second load after a warm-up, as one of five equal"
            " parts.",
            origin=self.origin,
            columns=[Column(f"{when}: {name}", unit) for when in ("before", "now") for name, unit in columns.items()],
            rows=rows,
            plot=Plot("bars", ("before: answered, 99 of 100", "now: answered, 99 of 100"), logarithmic=True),
        )

    # ---------------------------------------------------------------------------------------------- faults

    def build_storms(self) -> Figure:
        """Simulate that all connections are lost at once."""
        factor = _STORM_FACTOR
        raised = replace(
            self.quotas,
            handshakes=Rate(self.quotas.handshakes.value * factor, self.quotas.handshakes.burst * factor),
            api_requests=Rate(self.quotas.api_requests.value * factor, self.quotas.api_requests.burst * factor),
            route_frames=Rate(self.quotas.route_frames.value * factor, self.quotas.route_frames.burst * factor),
            invocations=Rate(self.quotas.invocations.value * factor, self.quotas.invocations.burst * factor),
            executions=self.quotas.executions * factor,
            turn_executions=1_000,
            table_writes=Rate(self.quotas.table_writes.value * factor, self.quotas.table_writes.burst * factor),
            table_reads=Rate(self.quotas.table_reads.value * factor, self.quotas.table_reads.burst * factor),
        )
        rows = []
        for lost, parts in STORMS.items():
            values: list[Value] = []
            for quotas in (self.quotas, raised):
                seconds = lost / quotas.handshakes.value * 1.5 + _STORM_MARGIN
                load = Load(sockets=lost, rate=0, warm_up=0, seconds=seconds, parts=parts, lost=lost)
                outcome = self._run(load, quotas)
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
            origin=self.origin,
            columns=[
                Column(f"{quotas}: {name}", "" if name == columns[-1] else "s")
                for quotas in ("default", "raised")
                for name in columns
            ],
            rows=rows,
            plot=Plot("lines", ("default: half", "default: 99 of 100", "raised: half", "raised: 99 of 100"), True),
            note="The clients wait as `web/client` does: a random time up to a ceiling that doubles from 1 to 30"
            " seconds.",
        )

    def build_faults(self) -> Figure:
        """Simulate hot conversations, and a DynamoDB that refuses most requests."""
        sockets = _count_sockets(_HOT_RATE)
        cases = {
            f"{_HOT_RATE} messages/s": Load(sockets=sockets, rate=_HOT_RATE, bot=_HOT_BOT),
            f"and {_HOT} conversations with {_USER_LIMIT} messages at once": Load(
                sockets=sockets, rate=_HOT_RATE, bursts=(_USER_LIMIT,) * _HOT, bot=_HOT_BOT
            ),
            **{
                f"{rate} messages/s, DynamoDB throttled for {_THROTTLED_SECONDS:g} s": Load(
                    sockets=_count_sockets(rate), rate=rate, throttled=_THROTTLED_SECONDS
                )
                for rate in _THROTTLED_RATES
            },
        }
        outcomes = {name: self._run(load, self.quotas) for name, load in cases.items()}
        return Figure(
            name="simulation_faults",
            title="fault",
            compared=f"{_HOT_RATE} messages a second to the {_HOT_BOT}, without and with hot conversations; and"
            f" messages to {BOT} while the tables refuse all but a tenth of their quota.",
            repeated=f"{SECONDS:g} simulated seconds of each after a warm-up.",
            origin=self.origin,
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
                        *_list_percentiles(outcome.seen.delivered),
                        *_list_percentiles(outcome.seen.answered),
                        *_list_percentiles(outcome.seen.hot),
                        round(outcome.answered_share * 100, 1),
                        _compute_price(outcome),
                    ),
                )
                for name, outcome in outcomes.items()
            ],
            plot=Plot("bars", ("answered: median", "answered: 99 of 100"), logarithmic=True),
            note="A hot conversation is one whose user sends all that the rate limit allows at once. Its turns run one"
            " after the other, so the last answer waits for all before; no other conversation waits for it.",
        )


_MAX_ANSWER = 250
"""Milliseconds. The goal of a turn without a model, with twice the time that a turn needs without load."""


def _list(shares: Sequence[Mapping[str, float]], name: str) -> list[float]:
    """Return the share of a quota in each demand; 0 if nothing is asked of it."""
    return [each.get(name, 0) for each in shares]


def _count_sockets(rate: int) -> int:
    return min(rate * _SOCKETS_PER_RATE, MAX_SOCKETS)


def _list_percentiles(values: Sequence[float]) -> tuple[Value, Value]:
    """Return the median and the 99th percentile in milliseconds."""
    median, high = (get_percentile(values, percent) for percent in (50, 99))
    return (None if median is None else round(median * 1_000), None if high is None else round(high * 1_000))


def _compute_price(outcome: Outcome) -> float:
    """Return the dollars per million messages that were answered."""
    seen, load = outcome.seen, outcome.load
    answered = (len(seen.answered) + len(seen.hot)) * load.parts / load.seconds
    return round(outcome.usd / _HOUR / answered * _MILLION, 2)


def _describe_first(outcome: Outcome) -> tuple[Value, Value]:
    name = outcome.find_first_saturated()
    return describe_bucket(name), round(outcome.asked[name] * 100)


def describe_bucket(name: str) -> str:
    """Return what a quota counts, by the name of its bucket."""
    if name in _LABELS:
        return _LABELS[name]
    subject, _, kind = name.rpartition("_")
    return f"frames of the route `{kind}`" if subject == "route" else f"{kind} units of `{subject}`"


def _describe_raise(name: str) -> str:
    known = read_file().get(name, {})
    return _PARAMETERS.get(name) or str(known["raise"])
