"""What bots remember from one conversation to another: for everybody, or of one user."""

import json
from dataclasses import dataclass
from typing import NamedTuple

from pydantic import JsonValue

MAX_NAME_LENGTH = 100
"""Characters of a name."""

MAX_VALUE_BYTES = 64 * 1024
"""Of a value, written as JSON: what a turn remembers is written with its messages, in one transaction of 4 MB."""

MAX_CHANGES_PER_TURN = 20
"""How many different names a turn may change; a transaction has 100 actions, and the messages are some of them."""


@dataclass(frozen=True, slots=True)
class MemoryKey:
    """Where something is remembered.

    Attributes
    ----------
    bot_id
        Whose memory it is.
    name
        The name it is remembered under, in lower case.
    owner
        The user (``Principal.owner``) whom it is remembered of; None for what the bot remembers for everybody.
    """

    bot_id: str
    name: str
    owner: str | None = None


class Memory(NamedTuple):
    """Something that is remembered, and where."""

    key: MemoryKey
    value: JsonValue


@dataclass(frozen=True, slots=True)
class MemoryCursor:
    """How far a walk through memories has come: behind this one, or with None before the first one."""

    after: MemoryKey | None


def build_memory_key(bot_id: str, name: str, owner: str | None = None) -> MemoryKey:
    """Return where a script's name is remembered; case does not count.

    Raises
    ------
    ValueError
        If it is no name; the sentence is for the bot's author.
    """
    known = name.strip().lower()
    if not 1 <= len(known) <= MAX_NAME_LENGTH or any("\ud800" <= character <= "\udfff" for character in known):
        raise ValueError(f"the name of a memory has 1 to {MAX_NAME_LENGTH} characters")
    return MemoryKey(bot_id, known, owner)


def check_size(key: MemoryKey, value: JsonValue) -> None:
    """Refuse a value that is too large to be remembered.

    Raises
    ------
    ValueError
        If it is; the sentence is for the bot's author.
    """
    if len(json.dumps(value, ensure_ascii=False).encode(errors="surrogatepass")) > MAX_VALUE_BYTES:
        raise ValueError(f"what is remembered as {key.name} is larger than {MAX_VALUE_BYTES // 1024} KB")
