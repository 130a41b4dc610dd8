"""What decisions have saved: the bill of a turn at the commits at which it was counted again, with today's prices."""

import json
from collections.abc import Mapping
from dataclasses import replace

from bench.figures import Column, Figure, Plot, Row, describe_origin, publish
from bench.git import read_committed
from tools.bill import BOTS, COUNTS_FILE, TURNS, Amounts, Path, bill, get_turn

_COMMITS = {
    "counted for the first time (ADR 60)": "3c3d843",
    "Lambda's log lines only of failures (ADR 61)": "a133baa",
    "the list is sorted in steps (ADR 64)": "3dbbb9e",
    "no typing indicator for quick turns (ADR 68)": "ebef244",
    "unchanged dialogs are not written (ADR 69)": "f8c6dbb",
    "turns run in the function that accepts the message (ADR 70)": "42927e7",
    "quick replies within messages only (ADR 76)": "301154a",
    "a turn is one item, with its idempotency key in the row (ADR 74, 75)": "HEAD",
}
"""A commit after each decision; the last one is the code that is checked out."""

_MILLION = 1_000_000


def measure() -> Figure:
    """Read the counts of each commit."""
    origin, (first, *_) = describe_origin(), _COMMITS.values()
    rows = []
    for name, commit in _COMMITS.items():
        counts = _read_counts(commit)
        turns = {bot: get_turn(counts, bot) for bot in BOTS}
        visit = Path("dialog", "socket", 1, min(TURNS))
        dollars = [round(_price(bot, amounts), 2) for bot, amounts in turns.items()]
        rows.append(Row(name, (*dollars, round(bill(visit, counts[str(visit)]), 2), turns["dialog"]["write"])))
    return Figure(
        name="savings",
        title="after",
        compared="the bill of a million turns on one device over the socket before and after each decision, with"
        " today's prices: without the begin and end of the visit, and of a dialog with a visit for each turn.",
        repeated="once at each commit: the amounts are counted and do not vary.",
        origin=replace(origin, machine="counted on an emulation of AWS", commit=f"{first} to {origin.commit}"),
        columns=(
            *(Column(bot, "$") for bot in BOTS),
            Column("dialog, a visit for each turn", "$"),
            Column("write units of a dialog's turn"),
        ),
        rows=rows,
        plot=Plot("bars", BOTS[:3]),
    )


def _price(bot: str, turn: Amounts) -> float:
    return bill(Path(bot, "socket", 1, 1), turn)


def _read_counts(commit: str) -> Mapping[str, Amounts]:
    counts: dict[str, Amounts] = json.loads(read_committed(commit, COUNTS_FILE))
    return counts


if __name__ == "__main__":
    publish(measure())
