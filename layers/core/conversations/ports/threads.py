"""The threads of clients that name their conversations."""

from typing import Protocol

from conversations.domain.agent_run import Thread


class ThreadStore(Protocol):
    """The threads of all owners; the erasure of an owner's data includes them."""

    def get(self, owner: str, bot_id: str, thread_hash: str) -> Thread | None:
        """Return a thread, None if it is new.

        Raises
        ------
        UnavailableError
            If the store does not answer.
        """
        ...

    def put(self, owner: str, bot_id: str, thread_hash: str, thread: Thread, *, before: Thread | None) -> Thread:
        """Store a thread in place of the one that ``get`` returned, and return the thread that is stored now.

        Raises
        ------
        UnavailableError
            If the store does not answer.
        """
        ...
