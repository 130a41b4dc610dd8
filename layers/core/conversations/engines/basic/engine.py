"""The engine of bots that are written in the dialog language: from the machine's turns to those of conversations."""

import json
import logging
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from basic import config, dialogs
from basic.bundle import Bundle
from basic.data.store import TableStore
from basic.dialogs import TurnResult
from basic.http.client import HttpClient
from basic.machine import outcome as machine
from basic.machine.execution_state import ExecutionState, StateError, load_state
from basic.machine.machine import redacted_as
from basic.machine.outcome import StoredState
from basic.program import ProgramFormatError
from basic.values import Value
from conversations.domain.bot import DialogState
from conversations.domain.memory import MAX_CHANGES_PER_TURN, MemoryKey
from conversations.domain.message import Message
from conversations.domain.turn import Redact, SaveState, SetMemory, Turn, TurnEvent, turn_id
from conversations.engines.basic.host import MemoryReader, TurnHost
from conversations.engines.basic.messages import spoken
from conversations.engines.basic.programs import LostProgramError, Programs, build_program_key, parse_program_reference
from conversations.engines.basic.replay_journal import JournalStorage, ReplayJournal

logger = logging.getLogger(__name__)

MOST_BYTES_OF_VISITOR = 64 * 1024
"""Bytes of what is remembered of a visitor, as JSON; with the largest state of a dialog it fits into one item."""


@dataclass(frozen=True, slots=True)
class BasicEngine:
    """``BotEngine``: runs a bot's scripts from HEAR to HEAR.

    Attributes
    ----------
    programs
        The versions.
    tables
        Given a bot's id, where the rows of its tables are.
    memories
        What bots remember beyond conversations.
    journal
        Given a turn, where the answers of the world are kept for the case that it is run again.
    client
        Makes the requests of scripts.
    clock
        Seconds that never go back.
    """

    programs: Programs
    tables: Callable[[str], TableStore]
    memories: MemoryReader
    journal: Callable[[Turn], JournalStorage]
    client: HttpClient
    clock: Callable[[], float] = time.monotonic

    def may_redact(self, turn: Turn) -> bool:
        """Tell whether the HEAR that waits asks for a secret, or could, where its script has yet to begin."""
        dialog = _Kept.of(turn.state).dialog
        return turn.message is not None and (dialog is None or _redacted(dialog, turn.message) is not None)

    def run(self, turn: Turn) -> Iterator[TurnEvent]:
        """Run the script on with what the user said, or from its beginning.

        Raises
        ------
        LostProgramError, basic.program.ProgramFormatError
            If the bot's version is not there, or another compiler wrote it.
        UnavailableError
            If the bucket or a table does not answer.
        """
        kept = _Kept.of(turn.state)
        try:
            session = None if kept.dialog is None else load_state(kept.dialog)
            bundle = self.programs.get(_key(turn, session))
        except (StateError, LostProgramError, ProgramFormatError) as error:
            if kept.dialog is None:
                raise
            yield from _redaction(None if turn.message is None else _redacted(kept.dialog, turn.message))
            yield from self._begin_anew(turn, error)
            return
        host = TurnHost(
            bot_id=turn.bot.id,
            owner=turn.owner,
            groups=turn.groups,
            bundle=bundle,
            store=self.tables(turn.bot.id),
            memories=_Remembered(self.memories, kept.remembered, anonymous=turn.anonymous),
            client=self.client,
            recording=ReplayJournal(self.journal(turn)),
            clock=self.clock,
        )
        played, redacted = _Play(turn, bundle, host, session).play(kept.dialog)
        yield from _redaction(redacted)
        yield from spoken(played.events)
        yield from _kept(turn, host.remembered, replace(kept, dialog=played.state), self.memories)

    def _begin_anew(self, turn: Turn, error: Exception) -> Iterator[TurnEvent]:
        """Own up to not knowing how to go on; what the user says next begins a new dialog."""
        logger.error("dialog lost: %s", error, extra={"bot": turn.bot.id})
        bundle = self.programs.get(parse_program_reference(turn.bot.program).key)
        yield from spoken([machine.TalkEvent(config.get_error_message(bundle.config))])
        yield SaveState({})


def _key(turn: Turn, session: ExecutionState | None) -> str:
    """Return where the version is that the dialog is inside of, or else the bot's own."""
    if session is not None and session.frames:
        return build_program_key(turn.bot.id, session.program)
    return parse_program_reference(turn.bot.program).key


@dataclass(frozen=True, slots=True)
class _Play:
    """One turn of one dialog."""

    turn: Turn
    bundle: Bundle
    host: TurnHost
    session: ExecutionState | None

    def play(self, state: StoredState | None) -> tuple[TurnResult, str | None]:
        """Return what came of it, and what the user's message is kept as if not as it was."""
        message = self.turn.message
        if self.session is not None:
            return (TurnResult((), state), None) if message is None else self._hear(state, message)
        begun = self._begin()
        if message is None:
            return begun, None
        answered, redacted = self._hear(begun.state, message)
        return replace(answered, events=dialogs.join_events(begun.events, answered.events)), redacted

    def _begin(self) -> TurnResult:
        """Run the script that begins, as a turn of its own, whether or not the user has said something already."""
        turn = self.host.turn(turn_id(self.turn.session_id, None), self.turn.now)
        return self._logged(dialogs.begin(self.bundle, turn))

    def _hear(self, state: StoredState | None, message: Message) -> tuple[TurnResult, str | None]:
        """Go on with what was said; a script that breaks over a secret has heard it all the same."""
        turn = self.host.turn(self.turn.id, self.turn.now)
        attachments: Sequence[Mapping[str, Value]] = [{**each.model_dump()} for each in message.attachments]
        played = self._logged(dialogs.answer(self.bundle, state, message.content, turn, attachments))
        return played, _redacted(state, message)

    def _logged(self, played: TurnResult) -> TurnResult:
        if played.error:
            logger.error("script failed: %s", played.error, extra={"bot": self.turn.bot.id})
        return played


def _redacted(state: StoredState | None, message: Message) -> str | None:
    """Return what a message is kept as that comes while the dialog waits; None if it is kept as it is."""
    return redacted_as(state, message.content)


def _redaction(redacted: str | None) -> Iterator[TurnEvent]:
    if redacted is not None:
        yield Redact(redacted)


# ------------------------------------------------------------------------------------------------------ what is kept


@dataclass(frozen=True, slots=True)
class _Kept:
    """What lies between two turns.

    Attributes
    ----------
    dialog
        The machine's state; None before the first turn.
    remembered
        The user's memories as far as the user was a visitor: nothing of a visitor is kept beyond the conversation. Who
        takes the conversation along by signing in takes them along; the next turn puts them with the user's others.
    """

    dialog: StoredState | None = None
    remembered: Mapping[str, Value] = field(default_factory=dict)

    @classmethod
    def of(cls, state: DialogState) -> "_Kept":
        """Read a state; that of another engine, which the bot had before, is none."""
        dialog, remembered = state.get("dialog"), state.get("remembered")
        return cls(
            dialog if isinstance(dialog, dict) else None,
            remembered if isinstance(remembered, dict) else {},
        )


@dataclass(frozen=True, slots=True)
class _Remembered:
    """``Memories`` of one dialog."""

    stored: MemoryReader
    of_visitor: Mapping[str, Value]
    anonymous: bool

    def recall(self, key: MemoryKey) -> Value:
        """Return what is remembered; see ``Memories.recall``."""
        if key.owner is None:
            return self.stored.recall(key)
        value = None if self.anonymous else self.stored.recall(key)
        return self.of_visitor.get(key.name) if value is None else value


def _kept(turn: Turn, remembered: Mapping[MemoryKey, Value], kept: _Kept, stored: MemoryReader) -> Iterator[TurnEvent]:
    of_visitor = {**kept.remembered}
    if not turn.anonymous:
        # Who has signed in since is a user, whose memories lie with the others; as many as this turn can still take.
        for name in list(of_visitor)[: MAX_CHANGES_PER_TURN - len(remembered)]:
            key, value = MemoryKey(turn.bot.id, name, turn.owner), of_visitor.pop(name)
            if key not in remembered and stored.recall(key) is None:
                yield SetMemory("user", name, value)
    for key, value in remembered.items():
        if key.owner is None or not turn.anonymous:
            yield SetMemory("bot" if key.owner is None else "user", key.name, value)
        else:
            # The newest last: the oldest go when there are too many.
            of_visitor.pop(key.name, None)
            of_visitor[key.name] = value
    while len(json.dumps(of_visitor)) > MOST_BYTES_OF_VISITOR:
        del of_visitor[next(iter(of_visitor))]
    state: dict[str, Value] = {} if kept.dialog is None else {"dialog": kept.dialog}
    yield SaveState(state | ({"remembered": of_visitor} if of_visitor else {}))
