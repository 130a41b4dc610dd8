"""The devices of a replayed run: what they are sent, and what they show of it."""

from dataclasses import dataclass, field
from typing import Any

from conversations.domain.principal import Principal
from tests.faults.bot import build_streamed_answer

type Shown = set[tuple[int, str]]


@dataclass(slots=True)
class ReplayedDevice:
    """A device that shows what it is sent.

    Attributes
    ----------
    principal
        Its owner.
    connection_id
        Its connection, also if that is lost.
    greetings
        How many messages are before those of the model.
    shown
        The ``seq`` and the content of the messages that it shows, without the greeting.
    acknowledged
        The messages that it has sent, and knows to be stored.
    archived
        Whether it was told that the conversation is archived.
    token
        A visitor's session token.
    piece
        Id of the message whose piece it was sent last.
    """

    principal: Principal
    connection_id: str
    greetings: int
    shown: Shown = field(default_factory=set)
    acknowledged: set[str] = field(default_factory=set)
    archived: bool = False
    token: str = ""
    piece: str = ""

    def on_frame(self, connection_id: str, frame: dict[str, Any]) -> None:
        """Show a message, or learn of the status."""
        assert connection_id == self.connection_id
        if frame["type"] == "message" and frame["seq"] > self.greetings:
            self.shown.add((frame["seq"] - self.greetings, get_name(frame["content"])))
        if frame["type"] == "delta":
            self.piece = frame["id"]
        if frame.get("status") == "delivered":
            self.acknowledge(frame["seq"], frame["client_message_id"])
        self.archived |= frame.get("status") == "archived"
        self.token = frame.get("session_token", self.token)

    def on_close(self, connection_id: str) -> None:
        """Show the same as before."""

    def acknowledge(self, seq: int, name: str) -> None:
        """Show an own message at its place."""
        self.acknowledged.add(name)
        self.shown.add((seq - self.greetings, name))


def get_name(content: str) -> str:
    """Return the name that the model has for a message: ``s1`` for an answer in pieces that lacks some of them."""
    if not content.startswith("Reply "):
        return content
    question = content.removeprefix("Reply ").partition(":")[0]
    return f"{'a' if content == build_streamed_answer(question) else 's'}{question[1:]}"
