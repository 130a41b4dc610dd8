"""The index of one knowledge base: its passages, their words for BM25, and their vectors if there are any.

It is built when a bot is published, stored as one object, and only read afterwards. Postings are arrays in the stored
form, so that a function that reads it does not compute them again.
"""

import json
import zlib
from array import array
from base64 import b64decode, b64encode
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import astuple
from itertools import pairwise

from conversations.data_classes import dataclass
from conversations.domain.knowledge import Passage
from conversations.engines.knowledge.vectors import Vectors
from conversations.engines.knowledge.words import get_stem, list_words

FORMAT = 1
"""The format of stored indexes."""

MAX_PASSAGES = 8_000
"""Passages of one knowledge base: some 2,000 pages. Positions are stored in two bytes."""

_STEM_PREFIX = "~"
_MOST = 255


class IndexFormatError(ValueError):
    """A stored index that this version cannot read."""


@dataclass(frozen=True, slots=True)
class Term:
    """A word, or the stem of one.

    Attributes
    ----------
    text
        It, as it is indexed.
    is_stem
        Whether it is a stem.
    """

    text: str
    is_stem: bool


def list_terms(word: str) -> tuple[Term, Term]:
    """Return what is indexed of a word: itself, and its stem."""
    return Term(word, is_stem=False), Term(f"{_STEM_PREFIX}{get_stem(word)}", is_stem=True)


@dataclass(frozen=True, slots=True)
class KnowledgeIndex:
    """An index in memory.

    Attributes
    ----------
    passages
        The passages.
    lengths
        Words of each passage.
    terms
        Where the postings of each term begin and end.
    positions, counts
        The postings: a passage, and how often the term is in it.
    vectors
        The vectors of the passages; None without an embedding model.
    size
        Bytes of the stored index before its compression: about what it takes in memory.
    """

    passages: Sequence[Passage]
    lengths: Sequence[int]
    terms: Mapping[str, tuple[int, int]]
    positions: Sequence[int]
    counts: Sequence[int]
    vectors: Vectors | None
    size: int

    def count_passages(self, term: Term) -> int:
        """Return how many passages have a term."""
        start, end = self.terms.get(term.text, (0, 0))
        return end - start

    def list_postings(self, term: Term) -> Iterator[tuple[int, int]]:
        """Yield the positions of the passages that have a term, and how often."""
        start, end = self.terms.get(term.text, (0, 0))
        return zip(self.positions[start:end], self.counts[start:end], strict=True)


def build_index(passages: Sequence[Passage], vectors: Sequence[bytes] = ()) -> bytes:
    """Build the stored form of an index.

    Parameters
    ----------
    passages
        At most ``MAX_PASSAGES``.
    vectors
        A vector of ``vectors.quantize`` for each passage, or none.
    """
    postings: dict[str, list[tuple[int, int]]] = {}
    lengths = array("I")
    for position, passage in enumerate(passages):
        words = list_words(f"{passage.name} {passage.heading} {passage.text}")
        lengths.append(len(words))
        terms = Counter(term.text for word in words for term in list_terms(word))
        for text, count in terms.items():
            postings.setdefault(text, []).append((position, min(count, _MOST)))
    texts = sorted(postings)
    ordered = [posting for text in texts for posting in postings[text]]
    content = {
        "format": FORMAT,
        "passages": [astuple(passage) for passage in passages],
        "terms": texts,
        "counts": [len(postings[text]) for text in texts],
        "lengths": _pack(lengths),
        "positions": _pack(array("H", [position for position, _ in ordered])),
        "frequencies": _pack(array("B", [count for _, count in ordered])),
        "dimensions": len(vectors[0]) if vectors else 0,
        "vectors": b64encode(b"".join(vectors)).decode(),
    }
    return zlib.compress(json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode(), 6)


def load_index(stored: bytes) -> KnowledgeIndex:
    """Return an index in memory.

    Raises
    ------
    IndexFormatError
        If a later version has written it.
    """
    text = zlib.decompress(stored)
    content = json.loads(text)
    if content["format"] != FORMAT:
        raise IndexFormatError(f"the index has format {content['format']}, and this version reads {FORMAT}")
    ends = [0]
    for count in content["counts"]:
        ends.append(ends[-1] + count)
    dimensions = content["dimensions"]
    return KnowledgeIndex(
        passages=[Passage(*fields) for fields in content["passages"]],
        lengths=_unpack("I", content["lengths"]),
        terms=dict(zip(content["terms"], pairwise(ends), strict=True)),
        positions=_unpack("H", content["positions"]),
        counts=_unpack("B", content["frequencies"]),
        vectors=Vectors(dimensions, b64decode(content["vectors"])) if dimensions else None,
        size=len(text),
    )


def _pack(numbers: "array[int]") -> str:
    return b64encode(numbers.tobytes()).decode()


def _unpack(kind: str, text: str) -> "array[int]":
    numbers: array[int] = array(kind)
    numbers.frombytes(b64decode(text))
    return numbers
