"""Finds what may be values in a sentence, such as the number in "4 people".

An answer is accepted only if there is exactly one, so a finder returns two rather than to guess.
"""

import re
from collections.abc import Callable, Collection

from basic.hear.matching import NEGATIONS, fold

type Finder = Callable[[str], list[str]]
"""Returns what may be values in a sentence, each without what is around it."""

_AROUND = "\"'\u201c\u201d\u2018\u2019\u00ab\u00bb<>()[]{},;:!?\u00a1\u00bf.\u2026#*"
"""Punctuation around a value."""


def find_runs(mark: str) -> Finder:
    """Return the finder of the parts between blanks in which a pattern is, without punctuation around them."""
    search = re.compile(mark)
    return lambda text: [run.strip(_AROUND) for run in text.split() if search.search(run)]


def find_matches(pattern: str, *, other_digits: bool = True) -> Finder:
    """Return the finder of the matches of a pattern that are neither inside a word nor inside a longer number.

    Without ``other_digits`` a sentence with digits besides them has none.
    """
    search = compile_alone(pattern)

    def find(text: str) -> list[str]:
        is_rest_exact = other_digits or not re.search(r"\d", search.sub(" ", text))
        return [match[0] for match in search.finditer(text)] if is_rest_exact else []

    return find


def compile_alone(pattern: str, *, ascii_only: bool = True) -> re.Pattern[str]:
    """Compile a pattern, ignoring case, that matches neither inside a word nor inside a longer number."""
    flags = re.IGNORECASE | (re.ASCII if ascii_only else re.NOFLAG)
    return re.compile(rf"(?<![\w@+-])(?<!\d[.,/])(?:{pattern})(?![\w@])(?![.,/-]\d)", flags)


def find_known_words(known: Collection[str], min_length: int) -> Finder:
    """Return the finder of known words, as `fold` returns them; none is meant in a sentence with a negation."""

    def find(text: str) -> list[str]:
        words = fold(text)
        return [word for word in words if len(word) >= min_length and word in known and NEGATIONS.isdisjoint(words)]

    return find
