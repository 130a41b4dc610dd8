"""Which run of a turn may write the turn's replay journal.

A run writes over what it has read or written itself, and over nothing else. So it is refused if another run has written
meanwhile, and a request that DynamoDB executes late replaces nothing that was written after it.
"""

from dataclasses import field
from datetime import datetime
from typing import Any, NamedTuple, Self
from uuid import uuid4

from conversations.adapters.dynamodb.serialization import Item, serialize
from conversations.data_classes import dataclass
from conversations.domain import timestamps
from conversations.ports.clock import Clock

LEASE_MARGIN_SECONDS = 2
"""For differences between clocks. A crashed run blocks its retry until the lease ends, so a lease must end before the
queue delivers the job again (the visibility timeout of the turns queue)."""


class _Write(NamedTuple):
    """A write of a journal: the run, and how many writes the run had made with it."""

    run_id: str
    number: int


@dataclass(slots=True)
class Lease:
    """The exclusive right of one run of a turn to have effects, and what the run knows of the journal.

    Attributes
    ----------
    run_id
        Identifies the run.
    end
        When the run is over at the latest, with a margin.
    now
        The clock.
    """

    run_id: str
    end: datetime
    now: Clock
    _seen: _Write | None = field(init=False, default=None)
    _writes: int = field(init=False, default=0)

    @classmethod
    def begin(cls, seconds: float, now: Clock) -> Self:
        """Return the lease of a run that begins now and takes at most ``seconds``."""
        return cls(str(uuid4()), timestamps.add_seconds(now(), seconds + LEASE_MARGIN_SECONDS), now)

    @property
    def is_over(self) -> bool:
        """Whether another run may hold the lease by its own clock."""
        return self.now() >= timestamps.add_seconds(self.end, -LEASE_MARGIN_SECONDS)

    def see(self, journal: Item | None) -> None:
        """Remember the journal that was read, None if it does not exist: the first write replaces it."""
        self._seen = _parse_write(journal)

    def is_superseded(self, journal: Item | None) -> bool:
        """Return whether another run has written since this one has read the journal, given as it is now."""
        return journal is not None and journal.get("run_id") != self.run_id and _parse_write(journal) != self._seen

    def build_write(self, expires_at: int) -> dict[str, Any]:
        """Build the attributes of the next write.

        Parameters
        ----------
        expires_at
            When the journal expires, in seconds since the epoch.
        """
        self._writes += 1
        return {
            "run_id": self.run_id,
            "writes": self._writes,
            "lease_end": timestamps.to_epoch_seconds(self.end),
            "expires_at": expires_at,
        }

    def build_condition(self) -> dict[str, Any]:
        """Build the condition of the write whose attributes were built last."""
        values: Item = {":now": int(self.now().timestamp()), ":run": self.run_id, ":writes": self._writes}
        # Journals of earlier versions count no writes, and have no lease.
        unchanged = "attribute_not_exists(writes)"
        if self._seen is not None:
            unchanged = "run_id = :seen_run AND writes = :seen_writes"
            values |= {":seen_run": self._seen.run_id, ":seen_writes": self._seen.number}
        # safeguard: journal-lease-held
        is_free = "attribute_not_exists(lease_end) OR lease_end < :now"
        # safeguard: journal-late-write
        is_own = "run_id = :run AND writes <= :writes"
        # safeguard: journal-closed
        is_open = "attribute_not_exists(is_closed)"
        # safeguard: journal-unchanged
        may_write = f"({is_own}) OR ({unchanged} AND ({is_free}))"
        return {
            "ConditionExpression": f"{is_open} AND ({may_write})",
            "ExpressionAttributeValues": serialize(values),
        }


def _parse_write(journal: Item | None) -> _Write | None:
    return None if journal is None or "writes" not in journal else _Write(journal["run_id"], int(journal["writes"]))
