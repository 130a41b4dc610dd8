"""Compares what people write with what they mean: accents, punctuation, case and variants of emoji do not matter."""

import re
import unicodedata

_IGNORED = re.compile(
    # Apostrophes, soft hyphens, joiners, variation selectors, the frame of a keycap, skin tones.
    "['`\u2019\u02bc\u00ad\u200b-\u200f\u2060\ufe00-\ufe0f\u20e3\U0001f3fb-\U0001f3ff]"
)
_TOKEN = re.compile(r"(?:(?<!\w)[-\u2212](?=\d))?\w+|[^\w\s]")
"""A word, a number with its sign (``-1`` is not ``1``), or another character."""

NEGATIONS = frozenset(
    (
        *("not", "no", "dont", "doesnt", "isnt", "never", "without"),
        *("nao", "nunca", "sem", "sin", "tampoco"),
        *("nicht", "nie", "kein", "keine", "keinen", "ohne"),
        *("ليس", "لا", "بدون"),
    )
)
"""Words that turn the meaning of a sentence around, as `fold` returns them."""


def fold(text: str) -> tuple[str, ...]:
    """Return the words and symbols of a text without case, accents, punctuation, skin tones and variation selectors."""
    decomposed = unicodedata.normalize("NFKD", drop_marks(text.casefold()))
    plain = "".join(character for character in decomposed if not unicodedata.combining(character))
    return tuple(token for token in _TOKEN.findall(plain) if token[-1].isalnum() or not _is_punctuation(token))


def drop_marks(text: str) -> str:
    """Return a text without apostrophes and without what makes variants of emoji; a keycap is its digit."""
    return _IGNORED.sub("", text)


def _is_punctuation(token: str) -> bool:
    return len(token) == 1 and unicodedata.category(token)[0] == "P"


def drop_emoji(tokens: tuple[str, ...]) -> tuple[str, ...]:
    """Return the words and symbols that are not emoji."""
    return tuple(token for token in tokens if unicodedata.category(token[0]) != "So")


def is_same(text: str, other: str) -> bool:
    """Return whether two texts differ only in what does not matter, or in emoji beside the same words."""
    tokens, others = fold(text), fold(other)
    words = drop_emoji(tokens)
    return tokens == others if not words else words == drop_emoji(others)


def find_words(tokens: tuple[str, ...], words: tuple[str, ...]) -> list[int]:
    """Return where some words are in others, next to each other."""
    count = len(words)
    return [start for start in range(len(tokens) - count + 1) if count and tokens[start : start + count] == words]
