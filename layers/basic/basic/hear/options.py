"""Which option of a menu an answer means."""

import re
from collections.abc import Sequence

from basic.hear.matching import NEGATIONS, drop_emoji, drop_marks, find_words, fold

_NUMBER = re.compile(r"[#(]?(?P<number>\d{1,9})[.):]?", re.ASCII)

_MIN_PART = 3
"""Characters of the shortest part of an option that picks it: fewer pick one by accident."""

_MIN_PART_OF_SYLLABLES = 2
"""The same in scripts without an alphabet, such as Chinese."""

_MAX_OTHER_WORDS = 8
"""Words around an option in a sentence that picks it."""

type _Tokens = tuple[str, ...]


def choose_option(options: Sequence[str], text: str) -> str | None:
    """Return the option that an answer means; None if it means none, or may mean more than one.

    Precedence: `find_same_option`, the number of an option from 1, the only option that a sentence names, the only
    option that has the answer as a part.
    """
    same = find_same_option(options, text)
    if same is not None:
        return same
    answer = drop_emoji(fold(text))
    words = [drop_emoji(fold(option)) for option in options]
    number = _NUMBER.fullmatch(drop_marks(text).strip())
    if number is not None:
        index = int(number["number"]) - 1
        named = {each for each, option in enumerate(words) if number["number"] in option}
        meant = named | ({index} if index in range(len(options)) else set())
        return options[meant.pop()] if len(meant) == 1 else None
    chosen = _find_named(words, answer) if not text.rstrip().endswith(("?", "\N{ARABIC QUESTION MARK}")) else None
    if chosen is None:
        chosen = _find_part(words, answer)
    return None if chosen is None else options[chosen]


def find_same_option(options: Sequence[str], text: str) -> str | None:
    """Return the option that is the same as a text.

    Precedence: the same text, the same in another case, the same but for accents, punctuation and variants of emoji,
    and the same but for all emoji. Of several, none is meant.
    """
    if text in options:
        return text
    answer = text.strip().casefold()
    for option in options:
        if option.strip().casefold() == answer:
            return option
    tokens = fold(text)
    folded = [fold(option) for option in options]
    same = [option for option, other in zip(options, folded, strict=True) if tokens and other == tokens]
    words = drop_emoji(tokens)
    if not same and words:
        same = [option for option, other in zip(options, folded, strict=True) if drop_emoji(other) == words]
    return same[0] if len(same) == 1 else None


def _find_named(options: Sequence[_Tokens], answer: _Tokens) -> int | None:
    """Return the only option whose words are in a sentence; those inside the words of a longer one do not count."""
    found = [
        (index, start, start + len(option))
        for index, option in enumerate(options)
        if len("".join(option)) > 1 and len(option) < len(answer) <= len(option) + _MAX_OTHER_WORDS
        for start in find_words(answer, option)
    ]
    outermost = [
        (index, start, end)
        for index, start, end in found
        if not any(first <= start and end <= last and (first, last) != (start, end) for _, first, last in found)
    ]
    if len({index for index, _, _ in outermost}) != 1:
        return None
    index, start, end = outermost[0]
    others = (*answer[:start], *answer[end:])
    is_negated = NEGATIONS.isdisjoint(options[index]) and not NEGATIONS.isdisjoint(others)
    return None if is_negated else index


def _find_part(options: Sequence[_Tokens], answer: _Tokens) -> int | None:
    """Return the only option that contains the words of an answer, of which the last may be the beginning of a word."""
    part = "".join(answer)
    if len(part) < (_MIN_PART if part.isascii() else _MIN_PART_OF_SYLLABLES):
        return None
    containing = [index for index, option in enumerate(options) if _contains_part(option, answer)]
    return containing[0] if len(containing) == 1 else None


def _contains_part(option: _Tokens, answer: _Tokens) -> bool:
    count = len(answer)
    return any(
        option[start : start + count - 1] == answer[:-1] and option[start + count - 1].startswith(answer[-1])
        for start in range(len(option) - count + 1)
    )
