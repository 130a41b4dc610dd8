"""The exhaustive search of all configurations: ``python -m tests.model``."""

import gc
import sys
from time import process_time

from tests.model.configurations import CONFIGURATIONS
from tests.model.search import search


def main() -> int:
    """Search all configurations, print the number of states of each, and return 1 if an invariant does not hold."""
    # There is no garbage: all states are kept until the end of a search, and none refers to itself.
    gc.disable()
    started, states, broken = process_time(), 0, 0
    for name, protocol in CONFIGURATIONS.items():
        result = search(protocol)
        states, broken = states + len(result.ways), broken + (result.broken is not None)
        print(f"{name}: {result}", flush=True)
    seconds = process_time() - started
    print(f"{states:,} states in {seconds:.0f} s of one core; {broken} configurations have a counterexample")
    return min(broken, 1)


sys.exit(main())
