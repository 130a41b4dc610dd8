"""Gaps in the numbers of messages."""

from collections.abc import Sequence


def find_gap(seqs: Sequence[int], first_expected: float, after: int = 0) -> int | None:
    """Return the index of the first number after one whose predecessor is missing, or None.

    Parameters
    ----------
    seqs
        The numbers, sorted.
    first_expected
        The first number that must be present.
    after
        Gaps up to this number do not count.
    """
    if not seqs:
        return None
    # The usual case, at once.
    if seqs[-1] - seqs[0] == len(seqs) - 1 and seqs[0] <= first_expected:
        return None
    for index, seq in enumerate(seqs):
        is_gap = seq > first_expected if index == 0 else seq != seqs[index - 1] + 1
        if is_gap and seq > after:
            return index
    return None
