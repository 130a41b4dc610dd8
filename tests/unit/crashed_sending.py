"""What a turn that sends two mails or text messages has sent after a crash and a second run."""

from collections.abc import Sequence


def count_sent_after_crash(steps: Sequence[str], step: int, *, after: bool) -> tuple[int, bool]:
    """Return how many messages were sent in all, and whether one is in doubt, which ends the script.

    Parameters
    ----------
    steps
        The calls of dependencies in a run that does not crash.
    step
        The number of the call at which the first run crashes, from 1.
    after
        Whether that call is made before the crash.
    """
    crashed_at, before = steps[step - 1], steps[: step - 1].count("send")
    if (crashed_at, after) in {("claim", True), ("send", False)}:
        return before, True
    if (crashed_at, after) == ("send", True):
        return before + 1, True
    is_in_doubt = (steps[step - 2], crashed_at, after) == ("send", "write", False)
    return (before if is_in_doubt else 2), is_in_doubt
