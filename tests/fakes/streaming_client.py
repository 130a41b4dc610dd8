"""What a client shows of answers that are streamed: the client rule of ``docs/api.md``, section "Streaming"."""

from dataclasses import dataclass, field
from typing import Any


@dataclass(slots=True)
class StreamingClient:
    """One device, showing one conversation.

    Attributes
    ----------
    texts
        The answer in progress: its messages by id, in order.
    attempt
        The attempt that the answer in progress belongs to; 0 without one.
    messages
        The bot's messages that have arrived, by id.
    shown
        What the device has shown, after each frame that changed it: all texts of an answer in progress.
    states
        The attempt, the id and the text of a message in progress, after each piece of it.
    gaps
        The pieces that did not follow what the device shows, except those that came twice.
    """

    texts: dict[str, str] = field(default_factory=dict)
    attempt: int = 0
    messages: dict[str, str] = field(default_factory=dict)
    shown: list[dict[str, str]] = field(default_factory=list)
    states: list[tuple[int, str, str]] = field(default_factory=list)
    gaps: list[dict[str, Any]] = field(default_factory=list)
    _from_this_connection: set[str] = field(default_factory=set)

    def reconnect(self) -> None:
        """Open a new connection."""
        self._from_this_connection.clear()

    def receive(self, frame: dict[str, Any]) -> None:
        """Handle a frame of the server."""
        kind = frame["status"] if frame["type"] == "status" else frame["type"]
        if kind == "delta":
            self._append(frame)
        elif kind == "message" and frame["sender"] == "bot":
            self.messages[frame["id"]] = frame["content"]
            self.texts = {each: text for each, text in self.texts.items() if each > frame["id"]}
            self.attempt = self.attempt if self.texts else 0
        elif kind in {"stopped", "deleted", "claimed", "expired"} or (kind == "error" and "message_id" in frame):
            self.texts, self.attempt = {}, 0
        elif kind == "resumed" and not frame.get("answering"):
            self.texts = {each: text for each, text in self.texts.items() if each in self._from_this_connection}
            self.attempt = self.attempt if self.texts else 0

    def _append(self, frame: dict[str, Any]) -> None:
        message_id, offset = frame["id"], frame["offset"]
        is_old = any(message_id <= each for each in self.messages)
        if is_old or frame["attempt"] < self.attempt:
            return
        if frame["attempt"] > self.attempt:
            self.texts, self.attempt = {}, frame["attempt"]
        if offset == 0:
            self.texts[message_id] = frame["content"]
            self._from_this_connection.add(message_id)
        elif message_id in self.texts and offset == _length(self.texts[message_id]):
            self.texts[message_id] += frame["content"]
        else:
            if not _contains(self.texts.get(message_id, ""), offset, frame["content"]):
                self.gaps.append(frame)
            return
        self.shown.append(dict(self.texts))
        self.states.append((self.attempt, message_id, self.texts[message_id]))


def _contains(text: str, offset: int, piece: str) -> bool:
    """Return whether a text has a piece at an offset, in UTF-16 code units."""
    return text.encode("utf-16-le")[2 * offset :].startswith(piece.encode("utf-16-le"))


def _length(text: str) -> int:
    """Return what JavaScript's ``length`` is."""
    return sum(2 if ord(character) > 0xFFFF else 1 for character in text)
