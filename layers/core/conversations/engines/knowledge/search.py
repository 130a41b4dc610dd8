"""The search: BM25 over the words of all attached bases, joined with the nearest vectors.

BM25 is the formula of Robertson and Zaragoza, The Probabilistic Relevance Framework (2009), with the usual constants.
The two orders are joined by reciprocal rank fusion (Cormack, Clarke and Büttcher, 2009); their scores need not compare.
"""

import heapq
import math
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from conversations.domain.knowledge import FoundPassage
from conversations.engines.knowledge.index import KnowledgeIndex, Term, list_terms
from conversations.engines.knowledge.words import STOP_WORDS, list_words

MAX_QUERY_WORDS = 64
"""Words of a question that are searched for: the first ones."""

_K1 = 1.2
_B = 0.75
_STEM_WEIGHT = 0.5
"""What a shared stem adds to the score, beside the whole word."""
_RANKS = 50
"""Passages of each order that are joined."""
_FUSION = 60
"""The constant of the fusion: how little the first ranks count more than the others."""

type Place = tuple[str, int]
"""A passage: the name of its base, and its position there."""


def search(bases: Mapping[str, KnowledgeIndex], query: str, vector: bytes | None, limit: int) -> list[FoundPassage]:
    """Return the passages that match a question best, the best one first.

    Parameters
    ----------
    bases
        The indexes by the names of their bases.
    query
        The question.
    vector
        Its vector; None to search by words alone.
    limit
        How many passages to return at most.
    """
    words = [word for word in dict.fromkeys(list_words(query)) if word not in STOP_WORDS][:MAX_QUERY_WORDS]
    lexical = _WordSearch(bases)
    scores = lexical.score(words)
    orders: list[Sequence[Place]] = [_list_best(scores)]
    cosines: dict[Place, float] = {}
    if vector is not None:
        cosines = _find_nearest(bases, vector)
        orders.append(_list_best(cosines))
    best = _list_best(_fuse(orders))[:limit]
    coverage = lexical.cover(words, best)
    return [
        FoundPassage(
            name,
            bases[name].passages[position],
            round(min(max(coverage[name, position], cosines.get((name, position), 0), 0), 1), 3),
        )
        for name, position in best
    ]


def _find_nearest(bases: Mapping[str, KnowledgeIndex], vector: bytes) -> dict[Place, float]:
    return {
        (name, position): cosine
        for name, base in bases.items()
        if base.vectors is not None
        for cosine, position in base.vectors.find_nearest(vector, _RANKS)
    }


def _list_best(scores: Mapping[Place, float]) -> list[Place]:
    return heapq.nsmallest(_RANKS, scores, key=lambda place: (-scores[place], place))


def _fuse(orders: Iterable[Sequence[Place]]) -> dict[Place, float]:
    fused: defaultdict[Place, float] = defaultdict(float)
    for order in orders:
        for rank, place in enumerate(order, start=1):
            fused[place] += 1 / (_FUSION + rank)
    return fused


class _WordSearch:
    """BM25 over several bases as if they were one."""

    def __init__(self, bases: Mapping[str, KnowledgeIndex]) -> None:
        self._bases = bases
        self._count = sum(len(base.passages) for base in bases.values())
        words = sum(sum(base.lengths) for base in bases.values())
        self._average = words / self._count if words else 1

    def score(self, words: Iterable[str]) -> dict[Place, float]:
        """Return the score of each passage that has one of the words, or a stem of one."""
        scores: defaultdict[Place, float] = defaultdict(float)
        for term in (term for word in words for term in list_terms(word)):
            found = self._count_passages(term)
            weight = math.log(1 + (self._count - found + 0.5) / (found + 0.5)) * (_STEM_WEIGHT if term.is_stem else 1)
            for name, base in self._bases.items():
                for position, count in base.list_postings(term):
                    norm = _K1 * (1 - _B + _B * base.lengths[position] / self._average)
                    scores[name, position] += weight * count * (_K1 + 1) / (count + norm)
        return scores

    def cover(self, words: Sequence[str], places: Sequence[Place]) -> dict[Place, float]:
        """Return which share of the words each passage has, also by their stems; rare words weigh more."""
        covered: dict[Place, float] = dict.fromkeys(places, 0)
        total = 0.0
        for word in words:
            _, stem = list_terms(word)
            # A word that no passage has weighs as much as one that a single passage has.
            weight = math.log(1 + self._count / (max(self._count_passages(stem), 1) + 0.5))
            total += weight
            for name, base in self._bases.items():
                for position, _ in base.list_postings(stem):
                    if (name, position) in covered:
                        covered[name, position] += weight
        return {place: weight / total if total else 0 for place, weight in covered.items()}

    def _count_passages(self, term: Term) -> int:
        return sum(base.count_passages(term) for base in self._bases.values())
