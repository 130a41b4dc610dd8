"""What the commands print: text for people, or JSON lines for programs."""

import json
import os
import sys
import unicodedata
from dataclasses import asdict, dataclass
from typing import Any, TextIO

from general_bots_conversations.models import Message

_RESET = "\x1b[0m"
_STYLES = {"bot": "\x1b[36m", "user": "\x1b[32m", "faint": "\x1b[2m", "error": "\x1b[31m"}
_KEPT = "\n\t"
_BIDI = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
"""Characters that change the order of the text around them."""


def clean(text: str) -> str:
    """Return a text without control characters: a message must not control the terminal."""
    return "".join(
        letter
        for letter in text
        if letter in _KEPT or (unicodedata.category(letter) not in ("Cc", "Cs") and letter not in _BIDI)
    )


@dataclass(slots=True)
class Output:
    """Where a command prints.

    Attributes
    ----------
    stream
        For messages.
    notes
        For everything else, so that a pipe has the messages only.
    is_json
        Whether each message is a line of JSON.
    """

    stream: TextIO
    notes: TextIO
    is_json: bool = False

    @property
    def is_terminal(self) -> bool:
        """Whether a person sees the messages."""
        return self.stream.isatty() and not self.is_json

    def style(self, name: str, text: str) -> str:
        """Return a text in colour, on a terminal only, and not if ``NO_COLOR`` is set (no-color.org)."""
        if not self.is_terminal or os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb":
            return text
        return f"{_STYLES[name]}{text}{_RESET}"

    def write(self, text: str) -> None:
        """Write a text at once."""
        self.stream.write(text)
        self.stream.flush()

    def write_json(self, kind: str, **fields: object) -> None:
        """Write a line of JSON."""
        self.write(json.dumps({"type": kind, **fields}, ensure_ascii=False) + "\n")

    def note(self, text: str) -> None:
        """Write a line that is no message."""
        self.notes.write(f"{self.style('faint', clean(text)) if self.notes.isatty() else clean(text)}\n")
        self.notes.flush()


def create_output(*, is_json: bool) -> Output:
    """Return the output of a command of this process."""
    return Output(sys.stdout, sys.stderr, is_json)


def to_json(message: Message) -> dict[str, Any]:
    """Return a message as a program reads it: without the fields that are not set."""
    fields = {name: value for name, value in asdict(message).items() if value not in (None, (), [], False)}
    return {name: value for name, value in fields.items() if name != "key"}


def get_text(message: Message) -> str:
    """Return what is shown of a message: its text and the addresses of its files."""
    files = [f"[{file.name}] {file.url}" for file in message.attachments]
    return clean("\n".join([message.shown or message.content, *files]))
