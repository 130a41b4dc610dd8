"""Texts as UTF-16, which the positions of the contract count."""

_UTF_16 = "utf-16-le"


def count_units(text: str) -> int:
    """Return the number of UTF-16 code units."""
    return len(text.encode(_UTF_16, "surrogatepass")) // 2


def join_pairs(text: str) -> str:
    """Return a text in which two halves of a surrogate pair, which came in two pieces, are one character."""
    return text if text.isascii() else text.encode(_UTF_16, "surrogatepass").decode(_UTF_16, "surrogatepass")


def hide_open_pair(text: str) -> str:
    """Return a text without half of a surrogate pair at its end: the other half is still to come."""
    return text[:-1] if text and "\ud800" <= text[-1] <= "\udbff" else text


def to_well_formed(text: str) -> str:
    """Return a text in which U+FFFD replaces each half of a surrogate pair, because UTF-8 cannot represent it."""
    return text.encode(_UTF_16, "surrogatepass").decode(_UTF_16, "replace")
