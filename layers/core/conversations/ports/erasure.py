"""Deletion of stored data."""

from typing import Protocol


class Eraser(Protocol):
    """Removes what nobody may read any more, piece by piece."""

    def erase_messages(self, session_id: str) -> bool:
        """Remove some of the conversation's messages; tell whether all are gone."""
        ...

    def erase_conversation(self, session_id: str) -> None:
        """Remove the conversation itself, and what its bot remembers."""
        ...

    def erase_memories(self, owner: str) -> bool:
        """Remove some of what bots remember of an owner; tell whether all is gone."""
        ...

    def erase_counters(self, owner: str) -> None:
        """Remove what else is kept of an owner: counters and limits."""
        ...
