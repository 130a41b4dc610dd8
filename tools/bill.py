"""The bill of a million turns: what ``make bench-quick`` has counted, times the prices of ``docs/prices.toml``."""

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any

from tools.documents import ROOT
from tools.site.prices import read_prices

COUNTS_FILE = ROOT / "bench/counts.json"
"""What visits use; ``make bench-quick COUNTS=write`` writes it."""

MODEL = "model, 5 s"
BOTS = ("rules", "dialog", "dialog with data", MODEL)
REPEATING_SOCKET = "socket without `suggestions=message`"
"""The socket of a client that does not ask for quick replies within messages; others do, as ours."""
TRANSPORTS = dict.fromkeys(BOTS, ("socket", "REST")) | {"dialog": ("socket", REPEATING_SOCKET, "REST")}
DEVICES = (1, 3)
TURNS = (8, 1)
"""Turns of a visit."""

REQUESTS = "requests"
"""Requests to AWS among the amounts, which are not billed as such."""

_MILLION = 1_000_000
_BYTES_PER_GB = 1_000_000_000

_LINES = {
    "WebSocket: frames": ("frame",),
    "WebSocket: a minute": ("minute",),
    "REST: requests": ("rest",),
    "DynamoDB: write units": ("write",),
    "DynamoDB: read units": ("read",),
    "SQS: requests": ("queue", "standard_queue"),
    "Lambda: requests": ("invocation",),
    "Lambda: GB-seconds": ("duration",),
    "CloudWatch Logs: bytes": ("log",),
}
"""The lines of the bill, and the prices that each has."""

type Amounts = dict[str, float]
"""Amounts by the names of prices, and ``REQUESTS``. Log lines are counted in bytes."""

type Row = Sequence[str]


@dataclass(frozen=True, slots=True)
class Path:
    """What is counted: a bot, how its user is connected, with how many devices, and the turns of a visit."""

    bot: str
    transport: str
    devices: int
    turns: int

    def __str__(self) -> str:
        return f"{self.bot}, {self.transport}, devices: {self.devices}, turns: {self.turns}"


def list_paths() -> list[Path]:
    """Return all paths."""
    return [Path(*way, *visit) for way in list_ways() for visit in product(DEVICES, TURNS)]


def list_ways() -> list[tuple[str, str]]:
    """Return the bots, each with the transports that are counted."""
    return [(bot, transport) for bot in BOTS for transport in TRANSPORTS[bot]]


def add_up(parts: Iterable[Amounts]) -> Amounts:
    """Return the sum of amounts."""
    total: Amounts = defaultdict(float)
    for part in parts:
        for name, amount in part.items():
            total[name] += amount
    return {name: round(amount, 6) for name, amount in sorted(total.items())}


def read_counts() -> dict[str, Amounts]:
    """Return what a visit of each path uses."""
    counts: dict[str, Amounts] = json.loads(COUNTS_FILE.read_text(encoding="utf-8"))
    return counts


def charge(name: str, amount: float, prices: Mapping[str, Any]) -> float:
    """Return the dollars of an amount of a price."""
    price = prices["price"][name]
    usd: float = price["usd"] * amount / price["per"]
    return usd / _BYTES_PER_GB if name == "log" else usd


def bill(path: Path, amounts: Amounts) -> float:
    """Return the dollars of a million turns of a path."""
    prices = read_prices()
    visit = sum(charge(name, amount, prices) for name, amount in amounts.items() if name != REQUESTS)
    return visit / path.turns * _MILLION


def build_rows(counts: Mapping[str, Amounts]) -> Iterator[Row]:
    """Yield the table of all paths: dollars per million turns."""
    yield ("", *(_describe(devices, turns) for devices, turns in product(DEVICES, TURNS)))
    for bot, transport in list_ways():
        paths = (Path(bot, transport, devices, turns) for devices, turns in product(DEVICES, TURNS))
        yield (f"{bot}, {transport}", *(f"${bill(path, counts[str(path)]):.2f}" for path in paths))


def _describe(devices: int, turns: int) -> str:
    return f"{devices} device{'s' * (devices > 1)}, {turns} turn{'s' * (turns > 1)} a visit"


def build_line_rows(counts: Mapping[str, Amounts]) -> Iterator[Row]:
    """Yield the table of what a turn of each bot uses, on one device and over the socket, without the visit's begin."""
    prices = read_prices()
    yield ("", *BOTS)
    turns = [get_turn(counts, bot) for bot in BOTS]
    totals = [0.0] * len(BOTS)
    for line, names in _LINES.items():
        amounts = [sum(turn.get(name, 0) for name in names) for turn in turns]
        if any(amounts):
            dollars = [sum(charge(name, turn.get(name, 0), prices) for name in names) * _MILLION for turn in turns]
            totals = [total + part for total, part in zip(totals, dollars, strict=True)]
            yield (line, *(f"{amount:.5g}: ${usd:.2f}" for amount, usd in zip(amounts, dollars, strict=True)))
    yield ("**sum**", *(f"**${total:.2f}**" for total in totals))
    yield ("requests to AWS", *(f"{turn[REQUESTS]:.3g}" for turn in turns))


def get_turn(counts: Mapping[str, Amounts], bot: str) -> Amounts:
    """Return what a turn uses on one device over the socket, without the begin and end of the visit."""
    many, one = (counts[str(Path(bot, "socket", 1, turns))] for turns in TURNS)
    return {name: (amount - one.get(name, 0)) / (max(TURNS) - 1) for name, amount in many.items()}


def bill_turn(counts: Mapping[str, Amounts], bot: str) -> float:
    """Return the dollars of a million turns of ``get_turn``."""
    prices = read_prices()
    turn = get_turn(counts, bot)
    return sum(charge(name, amount, prices) for name, amount in turn.items() if name != REQUESTS) * _MILLION


def build_comparison_rows() -> Iterator[Row]:
    """Yield the table of other services by their own price lists."""
    yield ("service", "price", "per turn", "a million turns", "source")
    for other in read_prices()["comparison"]:
        usd = other["usd"] * other["amount"] / other["per"] * _MILLION
        price = f"${other['usd']:.5g} per {other['unit']}"
        yield (other["service"], price, other["counted"], f"${usd:,.0f}", f"{other['source']}, {other['date']}")
