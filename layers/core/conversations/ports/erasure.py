"""Erasure of stored data."""

from typing import Protocol


class Eraser(Protocol):
    """Erases deleted data in small steps, so that a caller with little time can continue later."""

    def erase_messages(self, conversation_id: str) -> bool:
        """Erase some of the conversation's messages, and return whether none is left.

        Replay journals that a run may still write lose their content, and can no longer be written until they expire.
        """
        ...

    def erase_conversation(self, conversation_id: str) -> None:
        """Erase the conversation and its dialog state."""
        ...

    def erase_memories(self, owner: str) -> bool:
        """Erase some of what bots remember about the owner, and return whether nothing is left."""
        ...

    def erase_start_records(self, owner: str) -> bool:
        """Erase some of the owner's records of starts, and return whether none is left."""
        ...

    def erase_counters(self, owner: str) -> None:
        """Erase the owner's counters.

        The rate limits stay until they expire: erasing them would let a user exceed them.
        """
        ...
