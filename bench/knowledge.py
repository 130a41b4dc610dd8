"""Measures the search in a knowledge base of 1,000 pages, in one process."""

import random
import tracemalloc
from itertools import count

from bench.figures import Column, Figure, Row, describe_origin, publish
from bench.language import ROUNDS, measure_median_seconds
from conversations.domain.knowledge import Passage
from conversations.engines.knowledge.index import build_index, load_index
from conversations.engines.knowledge.search import search
from conversations.engines.knowledge.vectors import quantize

PAGES = 1_000
PASSAGES_PER_PAGE = 4
"""A page of a book has some 3,000 characters, and a passage up to 1,000."""
WORDS_PER_PASSAGE = 130
VOCABULARY = 20_000
DIMENSIONS = 1_024
QUESTION = "w12 w345 w2001 w17 w9000 w31 w4 w777"
"""Eight words, frequent and rare ones; a question of a user has fewer that count."""


def measure() -> Figure:
    """Run the benchmark."""
    dice = random.Random(1)  # noqa: S311 - the same texts each time
    # Words have the frequencies of a natural language: the second is half as frequent as the first (Zipf).
    weights = [1 / rank for rank in range(1, VOCABULARY + 1)]
    words = [f"w{number}" for number in range(VOCABULARY)]
    passages = [
        Passage(" ".join(dice.choices(words, weights, k=WORDS_PER_PASSAGE)), f"{page}.pdf", page=page)
        for page in range(1, PAGES + 1)
        for _ in range(PASSAGES_PER_PAGE)
    ]
    vectors = [quantize([dice.gauss(0, 1) for _ in range(DIMENSIONS)]) for _ in passages]
    without, stored = build_index(passages), build_index(passages, vectors)
    tracemalloc.start()
    index = load_index(stored)
    memory = tracemalloc.get_traced_memory()[0]
    tracemalloc.stop()
    numbers = count()

    def ask(vector: bytes | None) -> None:
        search({"base": index}, f"{QUESTION} w{next(numbers)}", vector, 5)

    results = {
        "index without vectors, stored": f"{len(without) / 1e6:.1f} MB",
        f"index with vectors of {DIMENSIONS:,} numbers, stored": f"{len(stored) / 1e6:.1f} MB",
        "in memory": f"{memory / 1e6:.0f} MB",
        "reading it, once per function": f"{measure_median_seconds(lambda: load_index(stored)) * 1e3:.0f} ms",
        "a search by words": f"{measure_median_seconds(lambda: ask(None)) * 1e3:.1f} ms",
        "a search by words and vectors": f"{measure_median_seconds(lambda: ask(vectors[7])) * 1e3:.1f} ms",
    }
    return Figure(
        name="knowledge",
        title=f"{PAGES:,} pages, {len(passages):,} passages",
        compared="the size and the search of a knowledge base with and without vectors, in one process.",
        repeated=f"{ROUNDS} runs of each time; medians.",
        origin=describe_origin(),
        columns=(Column("result"),),
        rows=[Row(name, (value,)) for name, value in results.items()],
    )


if __name__ == "__main__":
    publish(measure())
