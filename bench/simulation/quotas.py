"""The quotas of the simulation: those of AWS by default, and those that the template sets."""

import re
import tomllib
from dataclasses import dataclass, fields, replace
from functools import cache
from pathlib import Path
from typing import Any

from tests.template import ROOT, properties, template
from tools.site.prices import read_prices

_FILE = Path(__file__).with_name("quotas.toml")
_TIMING = ROOT / "web/client/src/timing.ts"
_TIME = re.compile(r"^  (\w+): ([\d_* ]+),$", flags=re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Rate:
    """A quota per second, as a token bucket.

    Attributes
    ----------
    value
        Units per second.
    burst
        Units that are available at once after a pause.
    """

    value: float
    burst: float

    def divide(self, factor: float) -> "Rate":
        """Return the share of a part of the load."""
        return Rate(self.value / factor, max(self.burst / factor, 1))


@dataclass(frozen=True, slots=True, kw_only=True)
class Quotas:
    """What limits the system.

    Attributes
    ----------
    api_requests, handshakes
        Of the account, in API Gateway.
    route_frames, pings
        Of the WebSocket API's stage: frames of each route, and of ``ping``.
    executions, turn_executions
        Executions at the same time: of the account, and of the turn queue.
    invocations, environments
        Invocations per second of the account, and new environments per second of a function.
    fifo_requests
        Requests per second of one action of a queue.
    table_writes, table_reads
        Units per second of each table.
    partition_writes, partition_reads
        Units per second of each partition key.
    """

    api_requests: Rate
    handshakes: Rate
    route_frames: Rate
    pings: Rate
    executions: int
    turn_executions: int
    invocations: Rate
    environments: Rate
    fifo_requests: Rate
    table_writes: Rate
    table_reads: Rate
    partition_writes: Rate
    partition_reads: Rate

    def divide(self, factor: int) -> "Quotas":
        """Return the quotas for one part of ``factor`` equal parts of the load; those of a partition key stay."""
        if factor == 1:
            return self
        divided: dict[str, Any] = {}
        for each in fields(self):
            value = getattr(self, each.name)
            if isinstance(value, Rate) and not each.name.startswith("partition_"):
                divided[each.name] = value.divide(factor)
            elif isinstance(value, int):
                if value % factor:
                    message = f"{each.name} {value} cannot be divided by {factor}"
                    raise ValueError(message)
                divided[each.name] = value // factor
        return replace(self, **divided)


@dataclass(frozen=True, slots=True)
class Latency:
    """Times in seconds, each the mean of a lognormal distribution.

    Attributes
    ----------
    gateway, queue, cold_start
        See ``quotas.toml``.
    own, round_trip
        Of an invocation and of each of its requests: ``docs/prices.toml``.
    spread
        The deviation of the logarithm of each; 0 for constants.
    """

    gateway: float
    queue: float
    cold_start: float
    own: float
    round_trip: float
    spread: float


@cache
def read_file() -> dict[str, Any]:
    """Return the quotas of AWS with their sources."""
    return tomllib.loads(_FILE.read_text(encoding="utf-8"))


def read_latency() -> Latency:
    """Return the assumed times."""
    return Latency(**read_file()["latency"], **read_prices()["duration"])


def read_quotas() -> Quotas:
    """Return the quotas of an account and a stack with defaults only."""
    aws = read_file()
    socket = properties("WebSocketApi")
    return Quotas(
        route_frames=_read_route(socket["DefaultRouteSettings"]),
        pings=_read_route(socket["RouteSettings"]["ping"]),
        turn_executions=int(read_parameter("TurnConcurrency")),
        executions=aws["executions"]["value"],
        **{
            name: Rate(quota["value"], quota.get("burst", quota["value"]))
            for name, quota in aws.items()
            if name not in ("executions", "latency")
        },
    )


def _read_route(settings: dict[str, Any]) -> Rate:
    return Rate(_resolve(settings["ThrottlingRateLimit"]), _resolve(settings["ThrottlingBurstLimit"]))


def _resolve(value: float | dict[str, str]) -> float:
    """Return a value of the template: a number, or the default of the parameter that it refers to."""
    return float(read_parameter(value["Ref"]) if isinstance(value, dict) else value)


def read_parameter(name: str) -> Any:  # noqa: ANN401 - a number or text
    """Return the default of a parameter of the template."""
    return template()["Parameters"][name]["Default"]


@cache
def read_timing() -> dict[str, float]:
    """Return the times of the TypeScript client in seconds, by the names of ``DEFAULT_TIMING``."""
    _, _, defaults = _TIMING.read_text(encoding="utf-8").partition("DEFAULT_TIMING")
    found: dict[str, float] = {}
    for name, product in _TIME.findall(defaults):
        milliseconds = 1.0
        for number in product.replace("_", "").split("*"):
            milliseconds *= float(number)
        found[name] = milliseconds / 1_000
    return found
