"""The engine of bots that are written in the dialog language: from the machine's turns to those of conversations."""

import json
import logging
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Protocol

from basic import config
from basic.bundle import Bundle
from basic.data.store import TableStore
from basic.errors import BudgetError
from basic.http.client import HttpClient
from basic.machine import outcome as machine
from basic.machine.machine import Machine, kept_as, offered
from basic.machine.outcome import Outcome, State, Status
from basic.machine.session import Session, StateError, load
from basic.program import ProgramFormatError
from basic.values import Value
from conversations.adapters.engines.scripts.host import Memories, TurnHost
from conversations.adapters.engines.scripts.programs import LostProgramError, key_of, published
from conversations.adapters.engines.scripts.recording import Journal, Recording
from conversations.adapters.engines.scripts.speech import spoken
from conversations.domain.bot import DialogState, Memorise, Redact, Remember, Turn, TurnEvent, turn_id
from conversations.domain.memory import MAX_CHANGES, MemoryKey
from conversations.domain.message import Message

logger = logging.getLogger(__name__)

START = "start"
"""The script that runs when a conversation begins."""

MOST_BYTES_OF_VISITOR = 64 * 1024
"""Bytes of what is remembered of a visitor, as JSON; with the largest state of a dialog it fits into one item."""


class Programs(Protocol):
    """The published versions of bots."""

    def get(self, key: str) -> Bundle:
        """Return a version; see ``S3Programs.get``."""
        ...


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
    memories: Memories
    journal: Callable[[Turn], Journal]
    client: HttpClient
    clock: Callable[[], float] = time.monotonic

    def hides(self, turn: Turn) -> bool:
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
            session = None if kept.dialog is None else load(kept.dialog)
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
            recording=Recording(self.journal(turn)),
            clock=self.clock,
        )
        played = _Play(turn, bundle, host, session).play(kept.dialog)
        yield from _redaction(played.redacted)
        yield from spoken(played.events)
        yield from _kept(turn, host.remembered, replace(kept, dialog=played.state), self.memories)

    def _begin_anew(self, turn: Turn, error: Exception) -> Iterator[TurnEvent]:
        """Own up to not knowing how to go on; what the user says next begins a new dialog."""
        logger.error("dialog lost: %s", error, extra={"bot": turn.bot.id})
        bundle = self.programs.get(published(turn.bot.program).key)
        yield from spoken([machine.Talk(config.error_message(bundle.config))])
        yield Remember({})


def _key(turn: Turn, session: Session | None) -> str:
    """Return where the version is that the dialog is inside of, or else the bot's own."""
    if session is not None and session.frames:
        return key_of(turn.bot.id, session.program)
    return published(turn.bot.program).key


@dataclass(frozen=True, slots=True)
class _Played:
    """What the machine gave in one turn, and what the user's message is kept as if not as it was."""

    events: tuple[machine.Event, ...]
    state: State | None
    redacted: str | None = None


@dataclass(frozen=True, slots=True)
class _Play:
    """One turn of one dialog."""

    turn: Turn
    bundle: Bundle
    host: TurnHost
    session: Session | None

    def play(self, state: State | None) -> _Played:
        message = self.turn.message
        if self.session is not None:
            return _Played((), state) if message is None else self._hear(state, message)
        begun = self._begin()
        if message is None:
            return begun
        answered = self._hear(begun.state, message)
        return replace(answered, events=(*_without_suggestions(begun.events, answered.events), *answered.events))

    def _begin(self) -> _Played:
        """Run the script that begins, as a turn of its own, whether or not the user has said something already."""
        if START not in self.bundle.program.scripts:
            return _Played((), None)
        turn = self.host.turn(turn_id(self.turn.session_id, None), self.turn.now)
        values = config.variables(self.bundle.config)
        return self._played(Machine(self.bundle.program).start(START, turn, values=values))

    def _hear(self, state: State | None, message: Message) -> _Played:
        """Go on with what was said; a script that breaks over a secret has heard it all the same."""
        return replace(self._answer(state, message), redacted=_redacted(state, message))

    def _answer(self, state: State | None, message: Message) -> _Played:
        if state is None:
            return _Played((machine.Talk(config.fallback_message(self.bundle.config)),), None)
        session, turn = load(state), self.host.turn(self.turn.id, self.turn.now)
        script = Machine(self.bundle.program)
        if session.pending is None:
            tool = _picked_tool(session, message.content)
            if tool in self.bundle.program.scripts:
                return self._played(script.start(tool, turn, state), tool=tool)
        attachments: Sequence[Mapping[str, Value]] = [{**each.model_dump()} for each in message.attachments]
        outcome = script.run(state, message.content, turn, attachments)
        if session.pending is not None:
            return self._played(outcome)
        fallback = machine.Talk(config.fallback_message(self.bundle.config), offered(outcome.state))
        return _Played((fallback,), outcome.state)

    def _played(self, outcome: Outcome, *, tool: str = "") -> _Played:
        """Return what came of a script; what a tool returns is its answer."""
        if outcome.status is Status.FAILED:
            return self._broken(outcome, str(outcome.fault))
        if not tool or not isinstance(outcome.result, str):
            return _Played(outcome.events, outcome.state)
        try:
            self.host.say(outcome.result)
        except BudgetError as error:
            return self._broken(outcome, f"{self.bundle.program.scripts[tool].file}: {error}")
        return _Played(_followed(outcome, outcome.result), outcome.state)

    def _broken(self, outcome: Outcome, fault: str) -> _Played:
        logger.error("script failed: %s", fault, extra={"bot": self.turn.bot.id})
        return _Played(_followed(outcome, config.error_message(self.bundle.config)), outcome.state)


def _followed(outcome: Outcome, text: str) -> tuple[machine.Event, ...]:
    """Return what a script said, and then a text, with the quick replies."""
    last = machine.Talk(text, offered(outcome.state))
    return (*_without_suggestions(outcome.events, (last,)), last)


def _redacted(state: State | None, message: Message) -> str | None:
    """Return what a message is kept as that comes while the dialog waits; None if it is kept as it is."""
    return kept_as(state, message.content)


def _redaction(redacted: str | None) -> Iterator[TurnEvent]:
    if redacted is not None:
        yield Redact(redacted)


def _picked_tool(session: Session, text: str) -> str:
    """Return the tool whose quick reply was picked; empty if none was."""
    wanted = text.strip().casefold()
    tools = (each for each in session.suggestions if each.kind == "tool" and each.label.strip().casefold() == wanted)
    return next((each.value.lower().removesuffix(".bas") for each in tools), "")


def _without_suggestions(events: Iterable[machine.Event], later: Iterable[machine.Event]) -> tuple[machine.Event, ...]:
    """Take the quick replies off what is followed by others."""
    if not any(isinstance(each, machine.Talk | machine.Offer) for each in later):
        return tuple(events)
    return tuple(
        replace(each, suggestions=()) if isinstance(each, machine.Talk) else each
        for each in events
        if not isinstance(each, machine.Offer)
    )


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

    dialog: State | None = None
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

    stored: Memories
    of_visitor: Mapping[str, Value]
    anonymous: bool

    def recall(self, key: MemoryKey) -> Value:
        """Return what is remembered; see ``Memories.recall``."""
        if key.owner is None:
            return self.stored.recall(key)
        value = None if self.anonymous else self.stored.recall(key)
        return self.of_visitor.get(key.name) if value is None else value


def _kept(turn: Turn, remembered: Mapping[MemoryKey, Value], kept: _Kept, stored: Memories) -> Iterator[TurnEvent]:
    of_visitor = {**kept.remembered}
    if not turn.anonymous:
        # Who has signed in since is a user, whose memories lie with the others; as many as this turn can still take.
        for name in list(of_visitor)[: MAX_CHANGES - len(remembered)]:
            key, value = MemoryKey(turn.bot.id, name, turn.owner), of_visitor.pop(name)
            if key not in remembered and stored.recall(key) is None:
                yield Memorise("user", name, value)
    for key, value in remembered.items():
        if key.owner is None or not turn.anonymous:
            yield Memorise("bot" if key.owner is None else "user", key.name, value)
        else:
            # The newest last: the oldest go when there are too many.
            of_visitor.pop(key.name, None)
            of_visitor[key.name] = value
    while len(json.dumps(of_visitor)) > MOST_BYTES_OF_VISITOR:
        del of_visitor[next(iter(of_visitor))]
    state: dict[str, Value] = {} if kept.dialog is None else {"dialog": kept.dialog}
    yield Remember(state | ({"remembered": of_visitor} if of_visitor else {}))
