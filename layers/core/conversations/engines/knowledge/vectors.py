"""Vectors of passages: one byte for each number, and found by the signs of their numbers first.

Two vectors of a similar direction have similar signs. Comparing the signs of two vectors with 1,024 numbers takes 0.3
microseconds, comparing the numbers 50. So all passages are compared by their signs, and only the nearest ones exactly:
that finds what numpy would find, without its 60 MB (ADR 54).
"""

import math
from array import array
from collections.abc import Sequence
from dataclasses import field

from conversations.data_classes import dataclass

MAX_DIMENSIONS = 4_096
"""Numbers of a vector. The longest ones of OpenAI, Amazon and Cohere have 3,072."""

_LARGEST = 127
_COMPARED = 200
"""Vectors that are compared exactly."""

_DIGITS = bytes(b"0"[0] if number < _LARGEST + 1 else b"1"[0] for number in range(256))
"""The digit of the sign of each signed byte."""


def quantize(vector: Sequence[float]) -> bytes:
    """Return a vector with a signed byte for each number. Its length is lost; only its direction is compared."""
    largest = max(map(abs, vector), default=0) or 1
    return array("b", [round(number * _LARGEST / largest) for number in vector]).tobytes()


@dataclass(frozen=True, slots=True)
class Vectors:
    """The vectors of a knowledge base.

    Attributes
    ----------
    dimensions
        Numbers of each vector.
    numbers
        The bytes of all vectors, one after the other.
    """

    dimensions: int
    numbers: bytes
    _signs: list[int] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        starts = range(0, len(self.numbers), self.dimensions)
        signs = [_get_signs(self.numbers[start : start + self.dimensions]) for start in starts]
        object.__setattr__(self, "_signs", signs)

    def find_nearest(self, vector: bytes, limit: int) -> list[tuple[float, int]]:
        """Return the cosines and the positions of the nearest vectors, the nearest first; none for another model's."""
        if len(vector) != self.dimensions:
            return []
        signs, numbers = _get_signs(vector), memoryview(vector).cast("b")
        distances = [(signs ^ other).bit_count() for other in self._signs]
        nearest = sorted(range(len(distances)), key=distances.__getitem__)[:_COMPARED]
        cosines = [(self._compare(position, numbers), position) for position in nearest]
        return sorted(cosines, key=lambda found: (-found[0], found[1]))[:limit]

    def _compare(self, position: int, vector: memoryview) -> float:
        start = position * self.dimensions
        other = memoryview(self.numbers)[start : start + self.dimensions].cast("b")
        lengths = math.sqrt(math.sumprod(vector, vector) * math.sumprod(other, other))
        return math.sumprod(vector, other) / lengths if lengths else 0


def _get_signs(vector: bytes) -> int:
    return int(vector.translate(_DIGITS), 2) if vector else 0
