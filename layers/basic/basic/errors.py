"""What can go wrong while a script runs.

::

    ScriptError      a fault of the script or of what it asked for; ON ERROR RESUME NEXT skips the statement
    └── BudgetError  the turn has used up what a turn may use; nothing skips it
"""

from dataclasses import dataclass


class ScriptError(Exception):
    """A fault of a running script, as a sentence for the bot's author; the machine adds file, line and column."""


class BudgetError(ScriptError):
    """A turn that asks for more than a turn may use. ON ERROR RESUME NEXT does not catch it."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """An answer that a typed HEAR does not take.

    Parameters
    ----------
    sentence
        What the user is told: it names what is expected.
    """

    sentence: str
