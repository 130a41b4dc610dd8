"""What a client of AG-UI shows of a run, and where it resumes: the rules of TanStack AI's ``webSocket`` connection."""

from dataclasses import dataclass, field
from typing import Any


@dataclass(slots=True)
class AgentClient:
    """One client that follows one run.

    Attributes
    ----------
    texts
        The texts of the bot's messages by name, in order.
    ended
        The messages that have ended.
    position
        The id of the last chunk; None before the first one.
    outcome
        The outcome of the run, or its error; None while it runs.
    custom
        The custom events.
    faults
        What the protocol does not allow: chunks that came twice, and events out of order.
    """

    texts: dict[str, str] = field(default_factory=dict)
    ended: set[str] = field(default_factory=set)
    position: str | None = None
    outcome: dict[str, Any] | None = None
    custom: list[dict[str, Any]] = field(default_factory=list)
    faults: list[dict[str, Any]] = field(default_factory=list)
    _seen: set[str] = field(default_factory=set)

    def receive(self, frame: dict[str, Any]) -> None:
        """Handle a frame of the server."""
        chunk = frame if "type" in frame else frame["chunk"]
        if "id" in frame:
            if frame["id"] in self._seen:
                self.faults.append(frame)
            self._seen.add(frame["id"])
            self.position = frame["id"]
        if not self._apply(chunk):
            self.faults.append(frame)

    def _apply(self, chunk: dict[str, Any]) -> bool:  # noqa: PLR0911 - one for each type
        """Follow an event, and return whether it may come now."""
        name = chunk.get("messageId", "")
        match chunk["type"]:
            case "RUN_STARTED":
                return not self.texts and self.outcome is None
            case "TEXT_MESSAGE_START":
                is_new = name not in self.texts
                self.texts.setdefault(name, "")
                return is_new
            case "TEXT_MESSAGE_CONTENT":
                is_open = name in self.texts and name not in self.ended
                self.texts[name] = self.texts.get(name, "") + chunk["delta"]
                return is_open and bool(chunk["delta"])
            case "TEXT_MESSAGE_END":
                self.ended.add(name)
                return name in self.texts
            case "MESSAGES_SNAPSHOT":
                bots = [each for each in chunk["messages"] if each["role"] == "assistant"]
                self.texts = {each["id"]: each["content"] for each in bots}
                self.ended = set(self.texts)
                return True
            case "CUSTOM":
                self.custom.append(chunk)
                return True
            case "RUN_FINISHED" | "RUN_ERROR":
                is_first = self.outcome is None
                self.outcome = chunk.get("outcome", {"type": "error", "code": chunk.get("code")})
                return (is_first and self.ended == set(self.texts)) or chunk["type"] == "RUN_ERROR"
            case _:
                return False
