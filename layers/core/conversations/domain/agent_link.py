"""The AG-UI side of a connection: the bot it runs, and the run whose events it receives."""

from typing import Literal

from conversations.data_classes import dataclass
from conversations.domain.turn import get_turn_id

type RunSender = Literal["welcome", "turn", "replay"]
"""Who sends the events of a run to a connection: the job of a connection that is opening, the turn that writes the
answer, or a replay of a stored answer."""


@dataclass(frozen=True, slots=True)
class RunReference:
    """A run, as its client names it, and the turn that answers it.

    Attributes
    ----------
    run_id, thread_id
        The names that the client chose.
    conversation_id
        Bare id of the conversation.
    message_id
        Bare id of the user's message; None if the bot greets.
    """

    run_id: str
    thread_id: str
    conversation_id: str
    message_id: str | None

    @property
    def turn_id(self) -> str:
        """Id of the turn that answers it."""
        return get_turn_id(self.conversation_id, self.message_id)


@dataclass(frozen=True, slots=True)
class FollowedRun:
    """The run whose events a connection receives.

    Attributes
    ----------
    run
        The run.
    position
        The last event that the client has had when it began to follow the run: the id of a chunk.
    closes
        Whether the connection was opened to resume the run, and is closed at the end of it.
    sender
        Who sends the events; None until there is one.
    """

    run: RunReference
    position: str
    closes: bool = False
    sender: RunSender | None = None


@dataclass(frozen=True, slots=True)
class AgentLink:
    """What a connection in the format of AG-UI has besides the parts of every connection.

    Attributes
    ----------
    bot_id
        The bot that its runs are sent to.
    followed
        The run whose events it receives: the latest one that it began or resumed.
    """

    bot_id: str
    followed: FollowedRun | None = None
