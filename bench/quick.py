"""``make bench-quick``: counts what visits use, prints the bill, and fails if a path is above its bound.

It measures no time, so a busy machine changes nothing: the milliseconds come from ``docs/prices.toml``.
"""

import argparse
import json
import sys
import tomllib
from collections.abc import Iterator, Mapping
from contextlib import redirect_stdout
from io import StringIO
from itertools import product
from pathlib import Path as FilePath

from bench.steps import STEPS_FILE, Steps, format_steps, read_steps
from tools.bill import (
    BOTS,
    COUNTS_FILE,
    DEVICES,
    TRANSPORTS,
    TURNS,
    Amounts,
    Path,
    bill,
    bill_turn,
    build_line_rows,
    build_rows,
    list_paths,
    list_ways,
    read_counts,
)

BOUNDS_FILE = FilePath(__file__).parent / "bounds.toml"

_TOLERANCE = 0.02
"""Share by which the log bytes may differ from the committed ones: the numbers in the lines have several digits."""


def count_all() -> tuple[dict[str, Amounts], Steps]:
    """Return what a visit of each path uses, and the steps of each bot."""
    # The loggers of the functions write to what is standard output when they are loaded.
    with redirect_stdout(StringIO()):
        from bench.visits import open_visits

        counts: dict[str, Amounts] = {}
        steps: Steps = {}
        for bot in BOTS:
            # Each on a deployment of its own: with every item, moto's transactions get slower.
            with open_visits() as visits:
                for part in product(TRANSPORTS[bot], DEVICES):
                    counts |= {str(path): amounts for path, amounts in visits.count(bot, *part)}
                steps |= visits.record(bot)
        return counts, steps


def find_changes(counts: Mapping[str, Amounts], committed: Mapping[str, Amounts]) -> Iterator[str]:
    """Yield a sentence for each amount that differs from the committed one."""
    for path in map(str, list_paths()):
        new, old = counts[path], committed.get(path, {})
        for name in sorted(new.keys() | old.keys()):
            tolerance = _TOLERANCE * old.get(name, 0) if name == "log" else 0
            if abs(new.get(name, 0) - old.get(name, 0)) > tolerance:
                yield f"{path}: {name} was {old.get(name, 0):g} and is {new.get(name, 0):g}"


def find_changed_steps(steps: Steps, committed: Steps) -> Iterator[str]:
    """Yield a sentence for each event whose requests differ from the committed ones."""
    for key in sorted(steps.keys() | committed.keys()):
        if steps.get(key) != committed.get(key):
            yield f"{key}: the requests of its functions are others than those in bench/{STEPS_FILE.name}"


def read_bounds() -> dict[Path, float]:
    """Return the bound of each path."""
    bounds = tomllib.loads(BOUNDS_FILE.read_text(encoding="utf-8"))
    columns = list(product(DEVICES, TURNS))
    return {
        Path(bot, transport, *column): bound
        for bot, transport in list_ways()
        for column, bound in zip(columns, bounds[bot][transport], strict=True)
    }


def read_turn_bounds() -> dict[str, float]:
    """Return the bound of a turn by the kind of bot, without the begin and end of the visit."""
    bounds = tomllib.loads(BOUNDS_FILE.read_text(encoding="utf-8"))
    return {bot: bounds[bot]["turn"] for bot in BOTS}


def find_excesses(counts: Mapping[str, Amounts]) -> Iterator[str]:
    """Yield a sentence for each path, and each bot's turn, above its bound."""
    paths = [(str(path), bill(path, counts[str(path)]), bound) for path, bound in read_bounds().items()]
    turns = [(f"{bot}, turn", bill_turn(counts, bot), bound) for bot, bound in read_turn_bounds().items()]
    for name, usd, bound in (*paths, *turns):
        if usd > bound:
            yield f"{name}: ${usd:.2f} per million turns is above the bound of ${bound:.2f} in bench/bounds.toml"


def main() -> None:
    """Count, print the bill and check it."""
    parser = argparse.ArgumentParser(prog="python -m bench.quick", description=__doc__)
    parser.add_argument(
        "--write",
        action="store_true",
        help=f"write {COUNTS_FILE.name}, from which docs/costs.md is made, and {STEPS_FILE.name}",
    )
    is_write = parser.parse_args().write
    counts, steps = count_all()
    print("Dollars per million turns:\n")
    for rows in (build_rows(counts), build_line_rows(counts)):
        print("\n".join(" | ".join(row) for row in rows), end="\n\n")
    if is_write:
        COUNTS_FILE.write_text(f"{json.dumps(counts, indent=1)}\n", encoding="utf-8")
        STEPS_FILE.write_text(format_steps(steps), encoding="utf-8")
    changes = [*find_changes(counts, read_counts()), *find_changed_steps(steps, read_steps())]
    excesses = list(find_excesses(counts))
    if changes:
        changes.append("If this is intended, run `make bench-quick COUNTS=write` and `make documents`.")
    if changes or excesses:
        sys.exit("\n".join([*excesses, *changes]))


if __name__ == "__main__":
    main()
