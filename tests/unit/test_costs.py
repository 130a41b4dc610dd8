"""The calculator of ``docs/costs.md`` gives the numbers of the tables in ``docs/architecture.md``."""

import datetime as dt
import json
import re
import subprocess
from collections import defaultdict

import pytest

from bench import quick
from local.settings import get_tool_path
from tests.template import ROOT
from tools.bill import REQUESTS, Amounts, Path, bill, bill_turn, get_turn, list_paths, read_counts
from tools.site.prices import build_prices_module, read_prices

ARCHITECTURE = (ROOT / "docs/architecture.md").read_text(encoding="utf-8")
CHOICES = {"devices": 1, "minutes": 1, "seconds": 5, "pieces": 10, "batch": 1, "gigabytes": 1, "engine": "script"}
SMALLEST = 0.015
"""Dollars: the tables add up rounded lines."""

_BYTES_PER_GB = 1_000_000_000

_SCRIPT = """
const { calculateTurns, calculateMonth } = await import(process.argv[1]);
const [prices, choices] = JSON.parse(process.argv[2]);
const [turns, month] = [calculateTurns(prices, choices), calculateMonth(prices, choices)];
console.log(JSON.stringify([Object.fromEntries(turns), Object.fromEntries(month)]));
"""


def calculate(**changes: object) -> tuple[dict[str, float], dict[str, float]]:
    """Return the dollars of a million turns and of a month, by line, as the page calculates them."""
    given = json.dumps([read_prices(), CHOICES | changes], default=str)
    script = (ROOT / "docs/assets/costs.js").as_uri()
    command = [get_tool_path(".venv", "node"), "--input-type=module", "--eval", _SCRIPT, script, given]
    turns, month = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
    return turns, month


def read_row(start: str) -> list[float]:
    """Return the dollars in a row of the tables."""
    row = re.findall(rf"^\| (?:\*\*)?{re.escape(start)}[^|]*\|(.*)\|$", ARCHITECTURE, re.MULTILINE)[0]
    return [float(value) for value in re.findall(r"\$([\d.]+)", row)]


def test_turn_of_a_script_costs_what_the_table_says() -> None:
    turns, _ = calculate()

    rows = {
        "WebSocket: frames and minutes": ["WebSocket: 1 frame in"],
        "DynamoDB: storing the message and the turn": ["DynamoDB: message and turn", "DynamoDB: removing the mark"],
        "DynamoDB: reads": ["DynamoDB: reads (conv"],
        "DynamoDB: counting the message against the user's limit": ["DynamoDB: counting"],
        "Outbox checks, each of up to 100 messages": ["DynamoDB: reads of the outbox", "SQS and Lambda: outbox checks"],
        "CloudWatch Logs": ["CloudWatch Logs: 0.67 KB"],
        "Lambda: accepting the message": ["Lambda: an invocation"],
    }
    for line, names in rows.items():
        assert turns[line] == pytest.approx(sum(read_row(name)[0] for name in names), abs=SMALLEST), line
    assert sum(turns.values()) == pytest.approx(read_row("sum")[0], abs=2 * SMALLEST)


@pytest.mark.parametrize(("column", "batch"), [(0, 1), (1, 4), (2, 10)])
def test_turn_that_waits_costs_what_the_table_says(column: int, batch: int) -> None:
    turns, _ = calculate(engine="waiting", batch=batch)

    waiting = turns["Lambda: waiting for the model or server"]
    assert waiting == pytest.approx(
        read_row("Lambda: duration")[column] + read_row("Lambda: requests")[column], abs=SMALLEST
    )
    assert turns["Streaming: a query for each piece"] == read_row("DynamoDB: a query for each piece")[column]
    assert turns["Streaming: a frame for each piece and device"] == read_row("WebSocket: 10 frames")[column]
    expected = read_row("with the rest of the turn")[column]
    assert sum(turns.values()) == pytest.approx(expected, abs=3 * SMALLEST)


@pytest.mark.parametrize(("pieces", "expected"), [(12, 19.89), (8, 15.39), (7, 14.26), (4, 10.89), (0, 6.39)])
def test_fewer_pieces_cost_what_the_table_says(pieces: int, expected: float) -> None:
    waiting, _ = calculate(engine="waiting", batch=10, pieces=pieces)

    (rest,) = re.findall(r"with the rest of the turn \(\$([\d.]+)\)", ARCHITECTURE)
    assert f"${expected}" in ARCHITECTURE
    assert sum(waiting.values()) - float(rest) == pytest.approx(expected, abs=3 * SMALLEST)


def test_devices_multiply_frames_and_minutes_only() -> None:
    one, _ = calculate()
    two, _ = calculate(devices=2)

    assert {line for line in one if one[line] != two[line]} == {"WebSocket: frames and minutes"}
    assert two["WebSocket: frames and minutes"] - one["WebSocket: frames and minutes"] == pytest.approx(2.25)


def test_month_without_users() -> None:
    _, month = calculate(gigabytes=10)

    assert month["Storage and point-in-time recovery"] == pytest.approx(4.5)
    assert month["Queues: polling by Lambda, at most"] == pytest.approx(1.70)
    assert month["Alarms"] == pytest.approx(0.10 * read_prices()["alarms"])


def test_calculator_uses_what_was_counted() -> None:
    counted = get_turn(read_counts(), "dialog")

    used: dict[str, float] = defaultdict(float)
    for use in read_prices()["use"]:
        if use.get("engine", "script") == "script":
            used[use["price"]] += use["amount"] * (_BYTES_PER_GB if use["price"] == "log" else 1)
    assert used.pop("log") == pytest.approx(counted.pop("log"), rel=0.01)
    assert used == pytest.approx({name: amount for name, amount in counted.items() if name != REQUESTS and amount})


def test_bill_adds_up_what_a_visit_uses() -> None:
    amounts: Amounts = {"frame": 16, "write": 160, "log": 2_000_000, REQUESTS: 99}

    assert bill(Path("dialog", "socket", 1, 8), amounts) == pytest.approx(2 + 12.5 + 125)


def test_path_above_its_bound_is_reported() -> None:
    counts = read_counts()
    path = Path("dialog", "socket", 1, 8)
    assert list(quick.find_excesses(counts)) == []

    counts[str(path)]["frame"] += 80

    visit, turn = quick.find_excesses(counts)
    assert visit.startswith(f"{path}: $")
    assert turn.startswith("dialog, turn: $")


def test_change_of_a_count_is_reported() -> None:
    committed, counts = read_counts(), read_counts()
    path = str(Path("rules", "REST", 3, 1))
    counts[path]["write"] += 1
    counts[path]["log"] *= 1.01

    (sentence,) = quick.find_changes(counts, committed)

    assert sentence.startswith(f"{path}: write was ")
    assert list(quick.find_changes(committed, committed)) == []


def test_bounds_are_close_to_what_was_counted() -> None:
    # A bound far above says nothing.
    counts = read_counts()
    bounds = quick.read_bounds()

    assert bounds.keys() == set(list_paths())
    for path, bound in bounds.items():
        assert bound < 1.03 * bill(path, counts[str(path)]) + 0.25, path
    for bot, bound in quick.read_turn_bounds().items():
        assert bound < 1.03 * bill_turn(counts, bot) + 0.25, bot


def test_every_price_has_a_source_and_a_date_and_is_used() -> None:
    prices = read_prices()

    used = {each["price"] for each in (*prices["use"], *prices["monthly"])}
    assert (
        used | {name for amounts in read_counts().values() for name in amounts} - {REQUESTS} == prices["price"].keys()
    )
    for name, price in [*prices["price"].items(), *((other["service"], other) for other in prices["comparison"])]:
        assert price["source"], name
        assert isinstance(price["date"], dt.date), name
        assert price["usd"] > 0, name


def test_page_reads_the_same_prices() -> None:
    module = build_prices_module()

    assert json.loads(module.removeprefix("export const PRICES = ").removesuffix(";\n"))["use"] == read_prices()["use"]
