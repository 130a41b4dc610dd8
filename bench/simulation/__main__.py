"""Simulate all scenarios and write their results: ``python -m bench.simulation``."""

from dataclasses import replace

from bench.figures import describe_origin, publish
from bench.simulation import fault_figures, improvement_figures, load_figures, quota_figures, socket_figures
from bench.simulation.stack import Stack

_FIGURES = (
    quota_figures.build_capacity,
    quota_figures.build_needs,
    load_figures.build_loads,
    load_figures.build_raised_loads,
    socket_figures.build_sockets,
    socket_figures.build_storms,
    fault_figures.build_faults,
    improvement_figures.build_improvements,
)


def main() -> None:
    """Run the scenarios."""
    # The results depend on the seed only, not on the machine.
    origin = replace(describe_origin(), machine="simulation with simpy, the same on every machine")
    stack = Stack.of_template(origin)
    for build in _FIGURES:
        publish(build(stack))


if __name__ == "__main__":
    main()
