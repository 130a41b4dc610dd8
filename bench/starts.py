"""What a fresh process costs until a function is ready, beside ``import boto3`` with one client.

Each process is what a function of the built template is on Lambda: its handler module with the paths of its layers,
compiled and trimmed as they are deployed (ADR 3), and no other package. boto3 is as it is installed, compiled. A
process is ready when the module is imported and the services that it names are created. Processor time is measured,
because other work on the machine changes the duration.
"""

import os
import statistics
import subprocess
import sys
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from itertools import chain
from pathlib import Path
from typing import NamedTuple

import boto3

from bench.figures import Bound, Column, Figure, Plot, Row, describe_origin, publish
from local.build import build
from local.settings import get_architecture
from tests.template import EXAMPLE_NAMES, Deployment, functions, handler_module, properties

_ROUNDS = 3
_ROUNDS_OF_SEND = 9
_LIMIT = 1.35
_LISTED_MODULES = 25
_BARE = "import boto3; boto3.client('dynamodb')"
_INSTALLED = Path(boto3.__file__).parent.parent
_REPORT = """
import re, time
print(time.process_time(), re.search(r"VmHWM:\\s+(\\d+)", open("/proc/self/status").read())[1])
"""
"""Prints what the process has used. The peak in ``getrusage`` is that of this process, if it is higher."""
_READY = """
import {module} as app
from conversations.bootstrap.once import Once
for name, value in list(vars(app).items()):
    if isinstance(value, Once):
        value()
"""


class Start(NamedTuple):
    """What a process used: seconds of processor time, and megabytes at most."""

    seconds: float
    megabytes: float


class Comparison(NamedTuple):
    """The medians of a function and of bare boto3, and the median of the ratios of their processor time."""

    function: Start
    bare: Start
    ratio: float


def _find_medians(starts: Sequence[Start]) -> Start:
    return Start(*map(statistics.median, zip(*starts, strict=True)))


def compare(program: str, environment: Mapping[str, str], rounds: int) -> Comparison:
    """Start a program and bare boto3, as it is installed, alternately."""
    installed = {**environment, "PYTHONPATH": str(_INSTALLED)}
    # The first processes read the files from the disk.
    _start(program, environment), _start(_BARE, installed)
    pairs = [(_start(program, environment), _start(_BARE, installed)) for _ in range(rounds)]
    mine, others = zip(*pairs, strict=True)
    ratio = statistics.median(start.seconds / other.seconds for start, other in pairs)
    return Comparison(_find_medians(mine), _find_medians(others), ratio)


def compare_function(name: str, folder: Path) -> Comparison:
    """Start a function and bare boto3 alternately."""
    rounds = _ROUNDS_OF_SEND if name == "send_message" else _ROUNDS
    return compare(_READY.format(module=handler_module(name)), _build_environment(name, folder), rounds)


def measure_starts(folder: Path, names: Collection[str]) -> Figure:
    """Return the figure of some functions, the slowest first."""
    results = {name: compare_function(name, folder) for name in names}
    trimmed = compare(_BARE, _build_environment("send_message", folder), _ROUNDS_OF_SEND)
    ordered = sorted(results.items(), key=lambda item: -item[1].ratio)
    bare = _find_medians([result.bare for result in results.values()])
    rows = [
        Row(name, [result.function.seconds * 1_000, result.ratio, result.function.megabytes])
        for name, result in [*ordered, ("`import boto3` and a client, as in the layer", trimmed)]
    ]
    rows.append(Row("`import boto3` and a client", [bare.seconds * 1_000, 1, bare.megabytes]))
    return Figure(
        name="starts",
        title="function, from nothing to ready",
        compared=(
            "a fresh process that imports a function's handler and creates the services that it names, with one that"
            " imports boto3, as it is installed, and creates a client of DynamoDB."
        ),
        repeated=(
            f"{_ROUNDS} processes of each function ({_ROUNDS_OF_SEND} of `send_message`), alternately with boto3;"
            " medians. The ratio is the median of the ratios of neighbours."
        ),
        origin=describe_origin(),
        columns=[Column("processor", "ms"), Column("ratio"), Column("peak memory", "MB")],
        rows=rows,
        plot=Plot("bars", ["ratio"]),
        bounds=[
            Bound(f"`{name}` starts in at most {_LIMIT} times the processor time", round(result.ratio, 2), _LIMIT)
            for name, result in ordered
            if name in ("send_message", ordered[0][0])
        ],
    )


def measure_imports(function: str, folder: Path) -> Figure:
    """Return the figure of the modules of a function that take longest to import, without those that they import."""
    times: Counter[str] = Counter()
    program, environment = _READY.format(module=handler_module(function)), _build_environment(function, folder)
    for _ in range(_ROUNDS):
        times.update(_read_import_times(_run(program, environment, "-X", "importtime").stderr))
    packages: Counter[str] = Counter()
    for module, microseconds in times.items():
        packages[_get_package(module)] += microseconds
    listed = chain(packages.most_common(10), times.most_common(_LISTED_MODULES))
    return Figure(
        name="imports",
        title=f"package, then module of `{function}`",
        compared="the modules that a fresh process imports until the function is ready; each without those it imports.",
        repeated=f"{_ROUNDS} processes with `python -X importtime`; means. The option itself doubles the time.",
        origin=describe_origin(),
        columns=[Column("import", "ms")],
        rows=[Row(f"`{name}`", [microseconds / 1_000 / _ROUNDS]) for name, microseconds in listed],
    )


def _get_package(module: str) -> str:
    package = module.partition(".")[0]
    return "the standard library" if package in sys.stdlib_module_names else f"{package} (all)"


def _read_import_times(text: str) -> Mapping[str, int]:
    """Return the microseconds of each module in the report of ``-X importtime``."""
    rows = [
        line.removeprefix("import time:").split("|") for line in text.splitlines() if line.startswith("import time:")
    ]
    return {name.strip(): int(own) for own, _, name in rows if own.strip().isdigit()}


def _build_environment(function: str, folder: Path) -> dict[str, str]:
    """Return the environment of a function, with the modules that Lambda finds."""
    settings = properties(functions()[function])
    layers = ["CoreLayer", *(["BasicLayer"] if "BasicLayer" in str(settings.get("Layers")) else [])]
    paths = [folder / functions()[function], *(folder / layer / "python" for layer in layers)]
    return Deployment(EXAMPLE_NAMES).environment(function) | {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": os.pathsep.join(map(str, paths)),
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_ACCESS_KEY_ID": "bench",
        "AWS_SECRET_ACCESS_KEY": "bench",
    }


def _start(program: str, environment: Mapping[str, str]) -> Start:
    seconds, kilobytes = _run(f"{program}{_REPORT}", environment).stdout.split()[-2:]
    return Start(float(seconds), int(kilobytes) / 1_024)


def _run(program: str, environment: Mapping[str, str], *options: str) -> subprocess.CompletedProcess[str]:
    """Run a program in a process of its own, without the packages that are installed here."""
    command = [sys.executable, "-S", *options, "-c", program]
    return subprocess.run(command, check=True, capture_output=True, text=True, env=dict(environment))  # noqa: S603 - fixed commands


def measure(names: Collection[str] = ()) -> Iterator[Figure]:
    """Measure some functions, or all, which takes many minutes, and yield the figures."""
    folder = build(get_architecture())
    yield measure_starts(folder, names or functions())
    yield measure_imports("send_message", folder)


if __name__ == "__main__":
    for result in measure(sys.argv[1:]):
        publish(result)
