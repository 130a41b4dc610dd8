"""The saved state of a BASIC dialog: the state of the machine, and the memories of a visitor.

The memories of a user are stored apart from conversations. Nothing of a visitor is stored apart from the conversation,
so a visitor's memories are part of its state. A user who claims the conversation gets them in the next turn.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import field

from basic.machine.outcome import StoredState
from basic.values import Value
from conversations.data_classes import dataclass
from conversations.domain.bot import DialogState
from conversations.domain.memory import MAX_CHANGES_PER_TURN, MemoryKey
from conversations.domain.turn import SaveState, SetMemory, Turn, TurnEvent
from conversations.engines.basic.answer_input import build_input
from conversations.engines.basic.answer_schema import build_answer_schema
from conversations.engines.basic.script_services import MemoryReader

MAX_VISITOR_BYTES = 64 * 1024
"""Bytes of a visitor's memories as JSON; with the largest state of a dialog they fit into one item of DynamoDB."""


@dataclass(frozen=True, slots=True)
class BasicState:
    """The state between two turns.

    Attributes
    ----------
    dialog
        The state of the machine; None before the first turn.
    visitor_memories
        The memories of a visitor by name, oldest first.
    """

    dialog: StoredState | None = None
    visitor_memories: Mapping[str, Value] = field(default_factory=dict)

    @classmethod
    def parse(cls, state: DialogState) -> "BasicState":
        """Parse a stored state; ignore the state of another engine that the bot had before."""
        dialog, visitor_memories = state.get("dialog"), state.get("remembered")
        return cls(
            dialog if isinstance(dialog, dict) else None,
            visitor_memories if isinstance(visitor_memories, dict) else {},
        )

    def serialize(self) -> DialogState:
        """Return the state to store. The stored names are those of earlier versions."""
        dialog: dict[str, Value] = {} if self.dialog is None else {"dialog": self.dialog}
        return dialog | ({"remembered": {**self.visitor_memories}} if self.visitor_memories else {})


@dataclass(frozen=True, slots=True)
class DialogMemories:
    """``MemoryReader`` of one dialog: the stored memories, and those of a visitor."""

    stored: MemoryReader
    visitor_memories: Mapping[str, Value]
    anonymous: bool

    def recall(self, key: MemoryKey) -> Value:
        """Return the value of a memory; see ``MemoryReader.recall``."""
        if key.owner is None:
            return self.stored.recall(key)
        value = None if self.anonymous else self.stored.recall(key)
        return self.visitor_memories.get(key.name) if value is None else value


def build_state_events(
    turn: Turn, state: BasicState, changes: Mapping[MemoryKey, Value], stored: MemoryReader
) -> Iterator[TurnEvent]:
    """Return the events that save the state and the memories a turn has changed."""
    visitor_memories = {**state.visitor_memories}
    if not turn.anonymous:
        yield from _transfer_memories(turn, visitor_memories, changes, stored)
    for key, value in changes.items():
        if key.owner is None or not turn.anonymous:
            yield SetMemory("bot" if key.owner is None else "user", key.name, value)
        else:
            # Insert at the end: the oldest memories are dropped first.
            visitor_memories.pop(key.name, None)
            visitor_memories[key.name] = value
    while len(json.dumps(visitor_memories)) > MAX_VISITOR_BYTES:
        del visitor_memories[next(iter(visitor_memories))]
    saved = BasicState(state.dialog, visitor_memories)
    yield SaveState(saved.serialize(), build_answer_schema(saved.dialog), build_input(saved.dialog))


def _transfer_memories(
    turn: Turn, visitor_memories: dict[str, Value], changes: Mapping[MemoryKey, Value], stored: MemoryReader
) -> Iterator[TurnEvent]:
    """Move the memories of a former visitor to those of the user, as many as fit into this turn."""
    for name in list(visitor_memories)[: MAX_CHANGES_PER_TURN - len(changes)]:
        key, value = MemoryKey(turn.bot.id, name, turn.owner), visitor_memories.pop(name)
        if key not in changes and stored.recall(key) is None:
            yield SetMemory("user", name, value)
