"""Notes when text messages were sent, which MiniStack does not, for the order of the mailbox page."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

type FindLog = Callable[[str], Any]


@dataclass(frozen=True, slots=True)
class TimedLog:
    """The text messages to one number, as MiniStack appends to them.

    Attributes
    ----------
    records
        MiniStack's list.
    """

    records: list[dict[str, Any]]

    def append(self, record: dict[str, Any]) -> None:
        """Append a text message with the time of now."""
        self.records.append({**record, "Timestamp": time.time()})


def note_times(find_log: FindLog) -> FindLog:
    """Wrap MiniStack's function that finds the text messages to a number."""
    return lambda number: TimedLog(find_log(number))
