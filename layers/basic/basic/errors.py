"""The errors of a running script.

::

    ScriptError      an error of the script or of a request it made; ON ERROR RESUME NEXT skips the statement
    ├── BudgetError  the turn has exceeded a limit; nothing skips it
    └── RoleError    the user may not use the script; nothing skips it
"""

from dataclasses import dataclass


class ScriptError(Exception):
    """An error of a running script, with a message for the bot's author; the machine adds file, line and column."""


class BudgetError(ScriptError):
    """A turn that exceeds a limit. ON ERROR RESUME NEXT does not catch it."""


class RoleError(ScriptError):
    """A user without the role that ALLOW ROLE requires. ON ERROR RESUME NEXT does not catch it."""


@dataclass(frozen=True, slots=True)
class InvalidAnswer:
    """An answer that is invalid for the type of a HEAR.

    Parameters
    ----------
    message
        The message to the user: it names what is expected.
    """

    message: str
