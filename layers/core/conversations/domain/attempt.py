"""The runs of a turn."""

from datetime import datetime, timedelta

from conversations.data_classes import dataclass

MAX_ANSWER_AGE = timedelta(minutes=15)
"""How long after its first run a turn gives its messages the time of that run. Later they would look too old."""


@dataclass(frozen=True, slots=True)
class Attempt:
    """One run of a turn, which is run again if its worker dies or fails.

    Attributes
    ----------
    number
        1 for the first run; a later run has a higher number.
    began_at
        When the first run began; None if that is now.
    """

    number: int = 1
    began_at: datetime | None = None

    def get_answer_time(self, now: datetime) -> datetime:
        """Return the time of the messages that are streamed: the same in each run, unless that is long ago."""
        if self.began_at is None or now - self.began_at > MAX_ANSWER_AGE:
            return now
        # safeguard: stream-same-ids
        return self.began_at


FIRST_ATTEMPT = Attempt()
"""The only run of a turn that succeeds at once."""
