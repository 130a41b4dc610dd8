"""``make bench``: measures endpoints, turns, streamed answers, dialogs, cold starts and sockets on a stack."""

import itertools
import sys

from bench import endpoints, first_words, frameworks, knowledge, language, sockets, starts, turns, waiting
from bench.figures import publish, read_figures
from bench.stack import configure_as_function


def main() -> None:
    """Run all benchmarks, write their results, and fail if one is above its bound."""
    configure_as_function()
    for benchmark in (endpoints, frameworks, turns, first_words, waiting, language, knowledge):
        publish(benchmark.measure())
    for figure in itertools.chain(starts.measure(), sockets.measure()):
        publish(figure)
    if excesses := [sentence for figure in read_figures().values() for sentence in figure.find_excesses()]:
        sys.exit("\n".join(excesses))


if __name__ == "__main__":
    main()
