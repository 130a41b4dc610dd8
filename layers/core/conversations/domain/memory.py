"""Bot memory: values a bot remembers across conversations, for all users or for one user."""

import json
from typing import NamedTuple

from pydantic import JsonValue

from conversations.data_classes import dataclass

MAX_NAME_LENGTH = 100
"""Characters in a name."""

MAX_VALUE_BYTES = 64 * 1024
"""Bytes of a value as JSON. A turn writes its memories and its messages in one transaction (AWS quota: 4 MB)."""

MAX_CHANGES_PER_TURN = 20
"""How many names one turn may change. A transaction has up to 100 actions (AWS quota), some of them for messages."""


@dataclass(frozen=True, slots=True)
class MemoryKey:
    """The key of a memory.

    Attributes
    ----------
    bot_id
        The bot that remembers it.
    name
        Its name, in lower case.
    owner
        The user (``Principal.owner``) it belongs to; None if it is shared by all users of the bot.
    """

    bot_id: str
    name: str
    owner: str | None = None


class Memory(NamedTuple):
    """A remembered value with its key."""

    key: MemoryKey
    value: JsonValue


@dataclass(frozen=True, slots=True)
class MemoryCursor:
    """A position in a paginated list of memories: after this key, or None for the beginning."""

    after: MemoryKey | None


def build_memory_key(bot_id: str, name: str, owner: str | None = None) -> MemoryKey:
    """Return the key for a name that a script uses; names are case-insensitive.

    Raises
    ------
    ValueError
        If the name is invalid; the sentence is for the bot's author.
    """
    normalized = name.strip().lower()
    has_surrogate = any("\ud800" <= character <= "\udfff" for character in normalized)
    if has_surrogate or not 1 <= len(normalized) <= MAX_NAME_LENGTH:
        raise ValueError(f"the name of a memory has 1 to {MAX_NAME_LENGTH} characters")
    return MemoryKey(bot_id, normalized, owner)


def check_size(key: MemoryKey, value: JsonValue) -> None:
    """Refuse a value that is too large.

    Raises
    ------
    ValueError
        If it is larger than ``MAX_VALUE_BYTES``; the sentence is for the bot's author.
    """
    if len(json.dumps(value, ensure_ascii=False).encode(errors="surrogatepass")) > MAX_VALUE_BYTES:
        raise ValueError(f"the value of the memory {key.name} is larger than {MAX_VALUE_BYTES // 1024} KB")
