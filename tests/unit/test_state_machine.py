"""Everything that can happen to a conversation, in any order: what clients were promised is true all the time."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from conversations.contract.server_frames import MessageFrame
from conversations.domain import ids
from conversations.domain.conversation import VISITOR_IDLE_SECONDS, Conversation, ConversationStatus
from conversations.domain.dialog import Dialog
from conversations.domain.errors import (
    ConflictError,
    ConversationsError,
    DeadLetteredError,
    UnauthorizedError,
    UnavailableError,
)
from conversations.domain.jobs import AnswerJob, TurnJob
from conversations.domain.message import Message, Sender
from conversations.domain.principal import Principal
from conversations.domain.turn import SendMessage, Turn, TurnEvent
from conversations.services.resume import MAX_REPLAYED_MESSAGES
from tests.builders import a_draft, a_user, a_visitor, an_utterance
from tests.fakes.engines import ScriptedEngine
from tests.fakes.memory import InMemoryTurnStore
from tests.fakes.world import World

POISON = "poison"
"""What the bot breaks on, every time."""

WORDS = ["Hello", "ok", "What does it cost?", POISON]
DEVICES = ["phone", "laptop"]
ADA = a_user("ada")
_MOST_ATTEMPTS = 1_000
_MOST_SECONDS_BACK = 100
"""More than a clock goes back in a life."""


class DiedError(BaseException):
    """A function's process is dead; nothing of ours may catch it."""


@dataclass(slots=True)
class Bot(ScriptedEngine):
    """``BotEngine``: two sentences for every question, with whatever else happens while it thinks."""

    meanwhile: Callable[[], None] | None = None

    def run(self, turn: Turn) -> Iterator[TurnEvent]:
        meanwhile, self.meanwhile = self.meanwhile, None
        yield from (SendMessage(an_utterance(sentence)) for sentence in answers(turn.message))
        if meanwhile is not None:
            meanwhile()
        if turn.message is not None and turn.message.content == POISON:
            raise ConversationsError


def answers(message: Message | None) -> tuple[str, ...]:
    """Return what the bot says to a message, None for speaking first."""
    if message is None:
        return ("Welcome.",)
    return f"You said: {message.content} ({message.seq})", f"That was number {message.seq}."


@dataclass(frozen=True, slots=True)
class DyingTurns(InMemoryTurnStore):
    """``TurnStore`` of a function that dies before or behind its commit."""

    behind: bool = False

    def commit(self, dialog: Dialog, *rest: Any) -> tuple[Message, ...]:  # noqa: ANN401 - as the port has it
        if self.behind:
            # Explicitly, since a dataclass with slots is another class than the one `super` without arguments means.
            InMemoryTurnStore.commit(self, dialog, *rest)
        raise DiedError


@dataclass(slots=True)
class Device:
    """A client: its socket, and what it shows.

    Attributes
    ----------
    connection_id
        Its socket, None while it has none.
    hears
        Whether what is written to the socket reaches it.
    view
        The messages on its screen, by seq.
    token
        A visitor's way back.
    """

    connection_id: str | None = None
    hears: bool = True
    view: dict[int, dict[str, Any]] = field(default_factory=dict)
    token: str | None = None
    ended: set[str] = field(default_factory=set)
    failed_message_ids: set[str] = field(default_factory=set)
    _heard: int = 0

    def opened(self, connection_id: str) -> None:
        self.connection_id, self.hears, self._heard = connection_id, True, 0

    def listen(self, told: list[dict[str, Any]]) -> None:
        """Take what was written to the socket since the last time."""
        for frame in told[self._heard :] if self.hears else ():
            self.token = frame.get("session_token", self.token)
            if frame["type"] == "message":
                assert self.view.setdefault(frame["seq"], frame) == frame
            if frame.get("status") in ("expired", "claimed"):
                self.ended.add(frame["status"])
            if frame["type"] == "error" and "message_id" in frame:
                self.failed_message_ids.add(frame["message_id"])
        self._heard = len(told)

    def last_without_gap(self) -> str | None:
        """Return the id of the last message before the first gap."""
        last = None
        for place, seq in enumerate(sorted(self.view), start=1):
            if seq != place:
                break
            last = str(self.view[seq]["id"])
        return last


class Life(RuleBasedStateMachine):
    """One conversation of somebody with two devices."""

    owner: Principal

    def __init__(self) -> None:
        super().__init__()
        self.world = World()
        self.bot = Bot()
        self.world.engine = self.bot
        self.devices = {name: Device() for name in DEVICES}
        self.sockets = 0
        self.tries: dict[str, int] = {}
        self.done: list[TurnJob] = []
        self.acknowledged: dict[str, Message] = {}
        self.unacknowledged: dict[str, str] = {}
        self.deleted = False
        self.dead_tokens: list[str] = []

    # --------------------------------------------------------------------------------------------------- what is said
    @precondition(lambda self: self.is_open())
    @rule(content=st.sampled_from(WORDS), name=st.sampled_from(DEVICES))
    def somebody_says_something(self, content: str, name: str) -> None:
        self.say(f"{len(self.acknowledged) + len(self.unacknowledged)}", content, self.devices[name].connection_id)

    @precondition(lambda self: self.is_open())
    @rule(content=st.sampled_from(WORDS))
    def somebody_says_something_and_the_queue_is_busy(self, content: str) -> None:
        key = f"{len(self.acknowledged) + len(self.unacknowledged)}"
        self.world.queue.refusals = 1
        with pytest.raises(UnavailableError):
            self.say(key, content, None)
        self.unacknowledged[key] = content

    @precondition(lambda self: self.is_open() and self.unacknowledged)
    @rule(data=st.data())
    def a_client_tries_again(self, data: st.DataObject) -> None:
        key = data.draw(st.sampled_from(sorted(self.unacknowledged)))
        self.say(key, self.unacknowledged.pop(key), None)

    @precondition(lambda self: self.is_there() and self.acknowledged)
    @rule(data=st.data())
    def a_client_forgets_that_it_was_acknowledged(self, data: st.DataObject) -> None:
        key = data.draw(st.sampled_from(sorted(self.acknowledged)))
        first = self.acknowledged[key]

        assert self.world.messages.send(self.owner, self.id, a_draft(first.content, client_message_id=key)) == first

    @precondition(lambda self: self.is_there() and self.acknowledged)
    @rule(data=st.data())
    def an_id_is_used_for_something_else(self, data: st.DataObject) -> None:
        key = data.draw(st.sampled_from(sorted(self.acknowledged)))

        with pytest.raises(ConflictError):
            self.world.messages.send(self.owner, self.id, a_draft("something else", client_message_id=key))

    @precondition(lambda self: self.is_there() and not self.is_open())
    @rule()
    def nobody_says_anything_in_an_archived_conversation(self) -> None:
        with pytest.raises(ConflictError):
            self.world.messages.send(self.owner, self.id, a_draft("Anybody there?", client_message_id="new"))

    # ------------------------------------------------------------------------------------------------- what is answered
    @precondition(lambda self: self.world.memory.work)
    @rule()
    def a_worker_does_the_next_piece_of_work(self) -> None:
        self.attempt()

    @precondition(lambda self: self.world.memory.work)
    @rule(behind=st.booleans())
    def a_worker_dies_at_the_commit(self, behind: bool) -> None:
        turns = self.world.turns
        self.world.turns = DyingTurns(self.world.memory, behind)
        try:
            self.attempt()
        except DiedError:
            pass
        finally:
            self.world.turns = turns

    @precondition(lambda self: self.world.memory.work)
    @rule()
    def two_workers_have_the_same_piece_of_work(self) -> None:
        work = self.world.memory.work[0]

        def the_other_worker() -> None:
            self.hand_out(work, tries=1)

        self.bot.meanwhile = the_other_worker
        self.attempt()
        self.bot.meanwhile = None

    @precondition(lambda self: self.done)
    @rule(data=st.data())
    def a_piece_of_work_comes_again(self, data: st.DataObject) -> None:
        """If it is one that only let others go first, it may do what is still to be done."""
        work = data.draw(st.sampled_from(self.done))
        waited = self.waits(work)
        before = self.stored()

        self.hand_out(work, tries=2)

        assert waited or self.stored() == before

    @rule()
    def the_relay_looks_after_what_was_stored(self) -> None:
        self.relay()

    # ------------------------------------------------------------------------------------------------------ the devices
    @precondition(lambda self: self.is_there())
    @rule(name=st.sampled_from(DEVICES))
    def a_device_connects(self, name: str) -> None:
        self.connect(self.devices[name])

    @rule(name=st.sampled_from(DEVICES))
    def a_device_disconnects(self, name: str) -> None:
        device = self.devices[name]
        if device.connection_id is not None:
            self.world.sockets.disconnect(self.owner, device.connection_id)
            self.lose(device)

    @rule(name=st.sampled_from(DEVICES))
    def a_socket_is_closed_without_a_word(self, name: str) -> None:
        if self.devices[name].connection_id is not None:
            self.lose(self.devices[name])

    @rule(name=st.sampled_from(DEVICES))
    def a_line_goes_dead(self, name: str) -> None:
        self.devices[name].hears = False

    @precondition(lambda self: self.is_there())
    @rule(name=st.sampled_from(DEVICES))
    def a_device_resumes(self, name: str) -> None:
        if self.devices[name].connection_id is not None and self.devices[name].hears:
            self.resume(self.devices[name])

    # ------------------------------------------------------------------------------------------------ the conversation
    @precondition(lambda self: self.is_there() and not self.owner.anonymous)
    @rule(status=st.sampled_from(ConversationStatus))
    def its_status_changes(self, status: ConversationStatus) -> None:
        assert self.world.conversations.set_status(self.owner, self.id, status).status is status

    @precondition(lambda self: self.is_there() and not self.owner.anonymous and len(self.stored()) > 6)
    @rule()
    def it_is_deleted(self) -> None:
        self.world.erasure.delete_conversation(self.owner, self.id, time_left=lambda: 20)
        self.deleted = True

    @rule(seconds=st.integers(-1, 600))
    def time_passes(self, seconds: int) -> None:
        self.world.clock.forward(seconds=seconds)
        self.check_for_the_end()

    @precondition(lambda self: self.owner.anonymous)
    @rule()
    def nobody_says_anything_for_half_an_hour(self) -> None:
        was_there = self.is_there()
        told = [device for device in self.devices.values() if device.connection_id is not None and device.hears]
        self.world.clock.forward(seconds=VISITOR_IDLE_SECONDS + _MOST_SECONDS_BACK)
        self.check_for_the_end()
        self.listen()

        assert not self.is_there()
        assert all(device.ended for device in told if was_there)

    @precondition(lambda self: self.owner.anonymous and self.is_there() and self.token() is not None)
    @rule()
    def the_visitor_signs_in(self) -> None:
        token = str(self.token())
        for _ in range(2):
            assert self.world.claims.claim(ADA, token).owner == ADA.owner
        self.listen()
        self.dead_tokens.append(token)
        self.owner = ADA
        for device in self.devices.values():
            assert device.connection_id is None or not device.hears or "claimed" in device.ended
            device.connection_id = None

    # -------------------------------------------------------------------------------------------------------- promises
    @invariant()
    def seq_has_no_gaps_and_grows_with_time(self) -> None:
        stored = self.stored()
        assert [message.seq for message in stored] == list(range(1, len(stored) + 1))
        assert [message.id for message in stored] == sorted(message.id for message in stored)
        assert [message.timestamp for message in stored] == sorted(message.timestamp for message in stored)

    @invariant()
    def what_was_acknowledged_is_stored_once(self) -> None:
        if not self.is_there():
            return
        for key, message in self.acknowledged.items():
            found = [each for each in self.stored() if each.client_message_id == key]
            assert found == [message]

    @invariant()
    def questions_are_answered_once_and_in_order(self) -> None:
        """Some may still wait; those the bot breaks on are never answered."""
        stored = self.stored()
        said = [message.content for message in stored if message.sender is Sender.BOT]
        said = said[1:] if said[:1] == list(answers(None)) else said
        asked = [message for message in stored if message.sender is Sender.USER and message.content != POISON]
        expected = [sentence for message in asked for sentence in answers(message)]
        assert said == expected[: len(said)]

    @invariant()
    def a_device_shows_nothing_that_was_not_said(self) -> None:
        self.listen()
        if self.is_there():
            stored = {message.seq: shown(message) for message in self.stored()}
            for device in self.devices.values():
                assert device.view.items() <= stored.items()

    @invariant()
    def the_list_tells_the_last_message(self) -> None:
        if self.is_there() and not self.owner.anonymous and self.stored():
            conversation = self.world.conversations.get(self.owner, self.id)
            assert conversation.last_message == self.stored()[-1].content
            assert conversation.last_seq == len(self.stored())

    @invariant()
    def a_visitors_way_back_is_closed_by_signing_in(self) -> None:
        for token in self.dead_tokens:
            with pytest.raises(UnauthorizedError):
                self.world.identity.authenticate_socket(
                    ticket=None, authorization=None, subprotocols=None, session_token=token
                )

    def teardown(self) -> None:
        """Let everything settle: then every question is answered or given up, and every device shows all of it."""
        if not self.is_there():
            return
        self.bot.meanwhile = None
        for _ in range(2):
            self.relay()
            self.work_off()
        stored = self.stored()
        asked = [message for message in stored if message.sender is Sender.USER]
        for message in asked:
            turn = [each.content for each in stored if each.answers == message.seq and each.sender is Sender.BOT]
            assert turn == ([] if message.content == POISON else list(answers(message)))
        given_up = {work.message_id for work in self.world.memory.dead_letters if isinstance(work, AnswerJob)}
        assert given_up == {message.id for message in asked if message.content == POISON}
        for device in self.devices.values():
            self.connect(device)
            self.work_off()
            self.resume(device)
            assert device.view == {message.seq: shown(message) for message in self.stored()}

    # ------------------------------------------------------------------------------------------------------ underneath
    @property
    def id(self) -> str:
        return self.conversation.id

    def begin(self, conversation: Conversation) -> None:
        self.conversation = conversation

    def is_there(self) -> bool:
        current = self.world.memory.conversations.get(self.id)
        return current is not None and not current.is_gone(self.world.clock())

    def is_open(self) -> bool:
        return self.is_there() and self.world.memory.conversations[self.id].status is ConversationStatus.ACTIVE

    def stored(self) -> list[Message]:
        return self.world.stored(self.id)

    def token(self) -> str | None:
        return next((device.token for device in self.devices.values() if device.token is not None), None)

    def say(self, key: str, content: str, connection_id: str | None) -> None:
        draft = a_draft(content, client_message_id=key)
        self.acknowledged[key] = self.world.messages.send(self.owner, self.id, draft, connection_id=connection_id)

    def attempt(self) -> None:
        """Hand out the first piece of work; it is gone from the queue when it is done or given up."""
        work = self.world.memory.work[0]
        key = repr(work)
        self.tries[key] = self.tries.get(key, 0) + 1
        if self.hand_out(work, tries=self.tries[key]):
            self.world.memory.work.remove(work)
            self.done.append(work)

    def work_off(self) -> None:
        """Do all the work there is; none of it may come for ever."""
        for _ in range(_MOST_ATTEMPTS):
            if not self.world.memory.work:
                return
            self.attempt()
        raise AssertionError(self.world.memory.work)

    def hand_out(self, work: TurnJob, *, tries: int) -> bool:
        """Let a worker have a piece of work, and tell whether the queue may forget it."""
        waited = self.waits(work)
        try:
            self.world.retries.run(work, receipt="receipt", tries=tries)
        except DeadLetteredError:
            self.listen()
            for device in self.devices.values():
                if waited and isinstance(work, AnswerJob) and device.connection_id is not None and device.hears:
                    assert ids.format_message_id(work.message_id) in device.failed_message_ids
            return True
        except ConversationsError:
            return False
        return True

    def waits(self, work: TurnJob) -> bool:
        """Tell whether the message of a piece of work is still to be answered."""
        current = self.world.memory.conversations.get(self.id)
        return isinstance(work, AnswerJob) and current is not None and work.message_id in current.pending_message_ids

    def relay(self) -> None:
        users = [message for message in self.stored() if message.sender is Sender.USER]
        self.world.relay.relay((self.id, message.id) for message in users)

    def connect(self, device: Device) -> None:
        if device.connection_id is not None and device.hears:
            return
        self.sockets += 1
        connection_id = f"socket-{self.sockets}"
        self.world.sockets.connect(
            self.owner,
            connection_id,
            bot_id=None,
            session_id=None if self.owner.anonymous else self.id,
            address=f"192.0.2.{self.sockets % 250}",
        )
        device.opened(connection_id)

    def lose(self, device: Device) -> None:
        self.listen()
        self.world.gateway.gone.add(str(device.connection_id))
        device.connection_id = None

    def resume(self, device: Device) -> None:
        resumed = self.world.resume.resume(
            self.owner, str(device.connection_id), session_id=self.id, after=device.last_without_gap()
        )
        self.listen()
        if resumed.limited:
            # The newest hundred came; a client has the rest from the history.
            newest = range(resumed.last_seq - MAX_REPLAYED_MESSAGES + 1, resumed.last_seq + 1)
            assert device.view.keys() >= set(newest)
            device.view |= {message.seq: shown(message) for message in self.stored()}
        assert sorted(device.view) == list(range(1, resumed.last_seq + 1))

    def listen(self) -> None:
        for device in self.devices.values():
            if device.connection_id is not None:
                device.listen(self.world.gateway.frames[device.connection_id])

    def check_for_the_end(self) -> None:
        checks, self.world.memory.checks = self.world.memory.checks, []
        for check, _ in checks:
            self.world.expiry.check(check)


def shown(message: Message) -> dict[str, Any]:
    """Return a message as a frame has it."""
    frame: dict[str, Any] = MessageFrame.from_message(message).model_dump(mode="json", exclude_none=True)
    return frame


class LifeOfAUser(Life):
    """A user's conversation, begun over REST."""

    @initialize(content=st.sampled_from([None, "Hello"]))
    def begins(self, content: str | None) -> None:
        self.owner = ADA
        self.begin(self.world.conversations.start(ADA, bot_id=None, initial_message=content))


class LifeOfAVisitor(Life):
    """A visitor's conversation, begun by opening a socket."""

    @initialize()
    def begins(self) -> None:
        self.owner = a_visitor(ids.new_session_id(self.world.clock()))
        self.begin(
            self.world.sockets.connect(self.owner, "socket-0", bot_id=None, session_id=None, address="192.0.2.7")
        )
        self.devices["phone"].opened("socket-0")


_SETTINGS = settings(max_examples=60, stateful_step_count=40)
LifeOfAUser.TestCase.settings = _SETTINGS
LifeOfAVisitor.TestCase.settings = _SETTINGS
TestTheLifeOfAUser = LifeOfAUser.TestCase
TestTheLifeOfAVisitor = LifeOfAVisitor.TestCase
