"""The runs that clients of AG-UI may resume."""

from datetime import datetime
from typing import Protocol

from conversations.domain.agent_link import RunReference


class RunStore(Protocol):
    """The runs of all owners, by the names that the clients chose."""

    def put(self, owner: str, run: RunReference, expires_at: datetime) -> None:
        """Store a run, in place of an earlier one with the same name.

        Raises
        ------
        UnavailableError
            If the store does not answer.
        """
        ...

    def get(self, owner: str, run_id: str, now: datetime) -> RunReference | None:
        """Return a run, None if it is unknown or has expired.

        Raises
        ------
        UnavailableError
            If the store does not answer.
        """
        ...
