"""The format of results: each benchmark writes ``bench/results/NAME.json``, from which the page is made.

A figure says what was compared with what, how often, and on what machine, so that a number can be judged without the
code that measured it.
"""

import json
import os
import platform
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from typing import Any, Literal, Self

from bench.git import run_git
from tools.documents import ROOT

RESULTS = ROOT / "bench/results"

_SMALL = 0.01
"""A number below it is written with two digits that are not zero."""

type Value = float | str | None
"""A number in the unit of its column, or text; None where nothing was measured."""


@dataclass(frozen=True, slots=True)
class Origin:
    """Where and when something was measured.

    Attributes
    ----------
    machine
        The processor, and what else it did.
    python
        The version of Python; empty where none ran.
    commit
        The code that was measured.
    date
        The day, ISO 8601.
    """

    machine: str
    python: str
    commit: str
    date: str

    def __str__(self) -> str:
        parts = [self.machine, f"Python {self.python}" if self.python else "", f"commit {self.commit}", self.date]
        return ", ".join(filter(None, parts))


@dataclass(frozen=True, slots=True)
class Column:
    """A column of numbers or text.

    Attributes
    ----------
    name
        What was measured.
    unit
        Of its numbers; empty if they have none. ``$`` is written before the number.
    """

    name: str
    unit: str = ""


@dataclass(frozen=True, slots=True)
class Row:
    """What was measured for one case: a value for each column."""

    name: str
    values: Sequence[Value]


@dataclass(frozen=True, slots=True)
class Plot:
    """How a figure is drawn.

    Attributes
    ----------
    kind
        ``bars``: each row has a bar for each column. ``lines``: each column is a line over the rows.
    columns
        The names of the columns that are drawn. They have the same unit.
    logarithmic
        Whether the axis of the values is logarithmic.
    """

    kind: Literal["bars", "lines"]
    columns: Sequence[str]
    logarithmic: bool = False


@dataclass(frozen=True, slots=True)
class Bound:
    """A limit that a measured value is not to exceed.

    Attributes
    ----------
    sentence
        What is required, with the reason or source of the limit.
    value, limit
        What was measured, and the most that it may be.
    """

    sentence: str
    value: float
    limit: float

    @property
    def holds(self) -> bool:
        """Return whether the value is within the limit."""
        return self.value <= self.limit


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """The result of a benchmark.

    Attributes
    ----------
    name
        The name of its file, in lower case with underscores.
    title
        The heading of the first column, and of the plot.
    compared
        What is compared with what, a sentence.
    repeated
        How often it was measured, and how the repetitions were combined.
    origin
        Where and when.
    columns, rows
        The values.
    plot
        How it is drawn; None if it is a table only.
    bounds
        What is required of it.
    note
        What a reader has to know beside that, in Markdown.
    """

    name: str
    title: str
    compared: str
    repeated: str
    origin: Origin
    columns: Sequence[Column]
    rows: Sequence[Row]
    plot: Plot | None = None
    bounds: Sequence[Bound] = field(default=())
    note: str = ""

    @classmethod
    def from_json(cls, name: str, text: str) -> Self:
        """Return a figure from the text of its file."""
        stored: dict[str, Any] = json.loads(text)
        plot = stored.pop("plot", None)
        return cls(
            name=name,
            origin=Origin(**stored.pop("origin")),
            columns=[Column(**column) for column in stored.pop("columns")],
            rows=[Row(**row) for row in stored.pop("rows")],
            plot=Plot(**plot) if plot else None,
            bounds=[Bound(**bound) for bound in stored.pop("bounds", ())],
            **stored,
        )

    def to_json(self) -> str:
        """Return the text of its file."""
        stored = {name: value for name, value in asdict(self).items() if name != "name" and value not in (None, "", ())}
        return f"{json.dumps(stored, indent=1, ensure_ascii=False)}\n"

    def build_table(self) -> Iterator[Sequence[str]]:
        """Yield the header and the rows as text."""
        yield (self.title, *(column.name for column in self.columns))
        for row in self.rows:
            cells = (format_value(value, column.unit) for value, column in zip(row.values, self.columns, strict=True))
            yield (row.name, *cells)

    def find_excesses(self) -> Iterator[str]:
        """Yield a sentence for each bound that does not hold."""
        for bound in self.bounds:
            if not bound.holds:
                yield f"{self.name}: {bound.sentence}: {bound.value:g} is above {bound.limit:g}"


def format_value(value: Value, unit: str) -> str:
    """Return a value as text: a number with three or four digits, dollars with cents."""
    if not isinstance(value, int | float):
        return value or ""
    if unit == "$":
        return f"${value:,.2f}"
    if 0 < abs(value) < _SMALL:
        return f"{value:.2g} {unit}".rstrip()
    digits = sum(abs(value) < limit for limit in (_SMALL * 1_000, _SMALL * 100_000))
    number = f"{value:,.{digits}f}"
    number = number.rstrip("0").rstrip(".") if digits else number
    return f"{number} {unit}".rstrip()


def describe_origin() -> Origin:
    """Return this machine with its load, and the commit that is checked out."""
    load = os.getloadavg()[1]
    machine = f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores, load {load:.1f}"
    commit = run_git("rev-parse", "--short", "HEAD")
    is_changed = bool(run_git("status", "--porcelain", "--untracked-files=no", "--", ".", ":!bench/results"))
    changes = " with changes" if is_changed else ""
    return Origin(machine, platform.python_version(), f"{commit}{changes}", f"{datetime.now(UTC):%Y-%m-%d}")


def publish(figure: Figure) -> None:
    """Write a figure to its file and print its table."""
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / f"{figure.name}.json").write_text(figure.to_json(), encoding="utf-8")
    print()
    for row in figure.build_table():
        print(" | ".join(row), flush=True)
    for sentence in figure.find_excesses():
        print(f"ABOVE ITS BOUND: {sentence}")


def read_figures() -> dict[str, Figure]:
    """Return all results by their names."""
    return {
        file.stem: Figure.from_json(file.stem, file.read_text(encoding="utf-8"))
        for file in sorted(RESULTS.glob("*.json"))
    }
