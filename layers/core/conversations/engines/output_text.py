"""The text of bots, made fit for messages: characters that no message contains, and the longest message."""

import unicodedata
from collections.abc import Iterator

from conversations.domain.texts import MAX_CONTENT_LENGTH

MAX_MESSAGES = 64
"""Messages that one turn may send. Together with its memories, and a sentence or two of the engine, they fit into one
transaction of 100 actions (AWS quota)."""


def clean(text: str) -> str:
    """Remove control characters other than tab and newline, and lone surrogates."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n")
    return "".join(
        character for character in lines if character in "\t\n" or unicodedata.category(character) not in ("Cc", "Cs")
    )


def split_text(text: str) -> Iterator[str]:
    """Split a long text at the end of a line or a word, if there is one in the last quarter."""
    while len(text) > MAX_CONTENT_LENGTH:
        end = find_end(text)
        yield text[:end].rstrip()
        text = text[end:].lstrip()
    if text:
        yield text


def find_end(text: str) -> int:
    """Return where to split a text that is too long for one message."""
    ends = (text.rfind(mark, MAX_CONTENT_LENGTH * 3 // 4, MAX_CONTENT_LENGTH) for mark in "\n ")
    return next((position for position in ends if position > 0), MAX_CONTENT_LENGTH)
