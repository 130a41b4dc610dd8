"""Simulate all scenarios and write their results: ``python -m bench.simulation``."""

from dataclasses import replace

from bench.figures import describe_origin, publish
from bench.simulation.scenarios import Scenarios


def main() -> None:
    """Run the scenarios."""
    # The results depend on the seed only, not on the machine.
    origin = replace(describe_origin(), machine="simulation with simpy, the same on every machine")
    for figure in Scenarios.of_template(origin).build_all():
        publish(figure)


if __name__ == "__main__":
    main()
