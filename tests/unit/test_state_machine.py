"""State machine test of the services: any sequence of events in a conversation, with the promises as invariants."""

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
from conversations.domain.dialog import CommittedTurn, Dialog
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
from tests.builders import a_delivery, a_draft, a_user, a_visitor, an_utterance
from tests.fakes.engines import ScriptedEngine
from tests.fakes.memory import InMemoryTurnStore
from tests.fakes.world import World

POISON = "poison"
"""A poison message: the bot always fails on it."""

WORDS = ["Hello", "ok", "What does it cost?", POISON]
DEVICES = ["phone", "laptop"]
ADA = a_user("ada")
_MAX_RUNS = 1_000
_MAX_CLOCK_RESET = 100
"""More seconds than the clock is set back in one run."""


class CrashedError(BaseException):
    """The function has crashed; no code of the services may catch this."""


@dataclass(slots=True)
class Bot(ScriptedEngine):
    """``BotEngine``: two sentences for every message; another event can happen during the turn."""

    concurrent_event: Callable[[], None] | None = None

    def run(self, turn: Turn) -> Iterator[TurnEvent]:
        concurrent_event, self.concurrent_event = self.concurrent_event, None
        yield from (SendMessage(an_utterance(sentence)) for sentence in answers(turn.message))
        if concurrent_event is not None:
            concurrent_event()
        if turn.message is not None and turn.message.content == POISON:
            raise ConversationsError


def answers(message: Message | None) -> tuple[str, ...]:
    """Return the bot's answers to a message, or its greeting for None."""
    if message is None:
        return ("Welcome.",)
    return f"You replies: {message.content} ({message.seq})", f"That was number {message.seq}."


@dataclass(frozen=True, slots=True)
class CrashingTurnStore(InMemoryTurnStore):
    """``TurnStore`` of a function that crashes before or after its commit."""

    after_commit: bool = False

    def commit(self, dialog: Dialog, *rest: Any) -> CommittedTurn:  # noqa: ANN401 - signature of the port
        if self.after_commit:
            # `super` without arguments does not work in a dataclass with slots.
            InMemoryTurnStore.commit(self, dialog, *rest)
        raise CrashedError


@dataclass(slots=True)
class Device:
    """A client: its connection, and the messages it shows.

    Attributes
    ----------
    connection_id
        Its connection, None while it is disconnected.
    receives
        Whether sent frames reach it.
    view
        The messages on its screen, by seq.
    token
        The visitor token.
    """

    connection_id: str | None = None
    receives: bool = True
    view: dict[int, dict[str, Any]] = field(default_factory=dict)
    token: str | None = None
    ended: set[str] = field(default_factory=set)
    failed_message_ids: set[str] = field(default_factory=set)
    _read_frames: int = 0

    def open(self, connection_id: str) -> None:
        self.connection_id, self.receives, self._read_frames = connection_id, True, 0

    def listen(self, frames: list[dict[str, Any]]) -> None:
        """Read the frames that were sent since the last call."""
        for frame in frames[self._read_frames :] if self.receives else ():
            self.token = frame.get("session_token", self.token)
            if frame["type"] == "message":
                assert self.view.setdefault(frame["seq"], frame) == frame
            if frame.get("status") in ("expired", "claimed"):
                self.ended.add(frame["status"])
            if frame["type"] == "error" and "message_id" in frame:
                self.failed_message_ids.add(frame["message_id"])
        self._read_frames = len(frames)

    def last_without_gap(self) -> str | None:
        """Return the id of the last message before the first gap."""
        last = None
        for position, seq in enumerate(sorted(self.view), start=1):
            if seq != position:
                break
            last = str(self.view[seq]["id"])
        return last


class ConversationMachine(RuleBasedStateMachine):
    """One conversation of a user or visitor with two devices."""

    owner: Principal

    def __init__(self) -> None:
        super().__init__()
        self.world = World()
        self.bot = Bot()
        self.world.engine = self.bot
        self.devices = {name: Device() for name in DEVICES}
        self.sockets = 0
        self.receives: dict[str, int] = {}
        self.done: list[TurnJob] = []
        self.acknowledged: dict[str, Message] = {}
        self.unacknowledged: dict[str, str] = {}
        self.deleted = False
        self.revoked_tokens: list[str] = []

    # --------------------------------------------------------------------------------------------------------- messages
    @precondition(lambda self: self.is_open())
    @rule(content=st.sampled_from(WORDS), name=st.sampled_from(DEVICES))
    def user_sends_a_message(self, content: str, name: str) -> None:
        self.send(f"{len(self.acknowledged) + len(self.unacknowledged)}", content, self.devices[name].connection_id)

    @precondition(lambda self: self.is_open())
    @rule(content=st.sampled_from(WORDS))
    def user_sends_a_message_and_the_queue_is_unavailable(self, content: str) -> None:
        key = f"{len(self.acknowledged) + len(self.unacknowledged)}"
        self.world.queue.refusals = 1
        with pytest.raises(UnavailableError):
            self.send(key, content, None)
        self.unacknowledged[key] = content

    @precondition(lambda self: self.is_open() and self.unacknowledged)
    @rule(data=st.data())
    def client_retries(self, data: st.DataObject) -> None:
        key = data.draw(st.sampled_from(sorted(self.unacknowledged)))
        self.send(key, self.unacknowledged.pop(key), None)

    @precondition(lambda self: self.exists() and self.acknowledged)
    @rule(data=st.data())
    def client_retries_an_acknowledged_message(self, data: st.DataObject) -> None:
        key = data.draw(st.sampled_from(sorted(self.acknowledged)))
        first = self.acknowledged[key]

        assert self.world.messages.send(self.owner, self.id, a_draft(first.content, client_message_id=key)) == first

    @precondition(lambda self: self.exists() and self.acknowledged)
    @rule(data=st.data())
    def client_message_id_is_reused_for_other_content(self, data: st.DataObject) -> None:
        key = data.draw(st.sampled_from(sorted(self.acknowledged)))

        with pytest.raises(ConflictError):
            self.world.messages.send(self.owner, self.id, a_draft("something else", client_message_id=key))

    @precondition(lambda self: self.exists() and not self.is_open())
    @rule()
    def message_to_an_archived_conversation_is_refused(self) -> None:
        with pytest.raises(ConflictError):
            self.world.messages.send(self.owner, self.id, a_draft("Hello?", client_message_id="new"))

    # ---------------------------------------------------------------------------------------------------------- answers
    @precondition(lambda self: self.world.memory.jobs)
    @rule()
    def worker_runs_the_next_job(self) -> None:
        self.run_next_job()

    @precondition(lambda self: self.world.memory.jobs)
    @rule(after_commit=st.booleans())
    def worker_crashes_at_the_commit(self, after_commit: bool) -> None:
        turns = self.world.turns
        self.world.turns = CrashingTurnStore(self.world.memory, after_commit)
        try:
            self.run_next_job()
        except CrashedError:
            pass
        finally:
            self.world.turns = turns

    @precondition(lambda self: self.world.memory.jobs)
    @rule()
    def two_workers_run_the_same_job(self) -> None:
        work = self.world.memory.jobs[0]

        def run_concurrently() -> None:
            self.run_job(work, receives=1)

        self.bot.concurrent_event = run_concurrently
        self.run_next_job()
        self.bot.concurrent_event = None

    @precondition(lambda self: self.done)
    @rule(data=st.data())
    def job_is_delivered_again(self, data: st.DataObject) -> None:
        """A job that was only requeued in order may still have something to do."""
        work = data.draw(st.sampled_from(self.done))
        was_pending = self.is_pending(work)
        before = self.list_messages()

        self.run_job(work, receives=2)

        assert was_pending or self.list_messages() == before

    @rule()
    def outbox_relay_runs(self) -> None:
        self.relay()

    # ------------------------------------------------------------------------------------------------------ connections
    @precondition(lambda self: self.exists())
    @rule(name=st.sampled_from(DEVICES))
    def device_connects(self, name: str) -> None:
        self.connect(self.devices[name])

    @rule(name=st.sampled_from(DEVICES))
    def device_disconnects(self, name: str) -> None:
        device = self.devices[name]
        if device.connection_id is not None:
            self.world.sockets.disconnect(self.owner, device.connection_id)
            self.lose(device)

    @rule(name=st.sampled_from(DEVICES))
    def connection_is_lost(self, name: str) -> None:
        if self.devices[name].connection_id is not None:
            self.lose(self.devices[name])

    @rule(name=st.sampled_from(DEVICES))
    def device_receives_nothing(self, name: str) -> None:
        self.devices[name].receives = False

    @precondition(lambda self: self.exists())
    @rule(name=st.sampled_from(DEVICES))
    def device_resumes(self, name: str) -> None:
        if self.devices[name].connection_id is not None and self.devices[name].receives:
            self.resume(self.devices[name])

    # ------------------------------------------------------------------------------------------------- the conversation
    @precondition(lambda self: self.exists() and not self.owner.anonymous)
    @rule(status=st.sampled_from(ConversationStatus))
    def status_changes(self, status: ConversationStatus) -> None:
        assert self.world.statuses.set_status(self.owner, self.id, status).status is status

    @precondition(lambda self: self.exists() and not self.owner.anonymous and len(self.list_messages()) > 6)
    @rule()
    def conversation_is_deleted(self) -> None:
        self.world.erasure.delete_conversation(self.owner, self.id, time_left=lambda: 20)
        self.deleted = True

    @rule(seconds=st.integers(-1, 600))
    def time_passes(self, seconds: int) -> None:
        self.world.clock.forward(seconds=seconds)
        self.check_expiry()

    @precondition(lambda self: self.owner.anonymous)
    @rule()
    def visitor_conversation_expires(self) -> None:
        was_there = self.exists()
        notified = [device for device in self.devices.values() if device.connection_id is not None and device.receives]
        self.world.clock.forward(seconds=VISITOR_IDLE_SECONDS + _MAX_CLOCK_RESET)
        self.check_expiry()
        self.listen()

        assert not self.exists()
        assert all(device.ended for device in notified if was_there)

    @precondition(lambda self: self.owner.anonymous and self.exists() and self.token() is not None)
    @rule()
    def visitor_claims_the_conversation(self) -> None:
        token = str(self.token())
        for _ in range(2):
            assert self.world.claims.claim(ADA, token).owner == ADA.owner
        self.listen()
        self.revoked_tokens.append(token)
        self.owner = ADA
        for device in self.devices.values():
            assert device.connection_id is None or not device.receives or "claimed" in device.ended
            device.connection_id = None

    # --------------------------------------------------------------------------------------------------------- promises
    @invariant()
    def seq_has_no_gaps_and_grows_with_time(self) -> None:
        stored = self.list_messages()
        assert [message.seq for message in stored] == list(range(1, len(stored) + 1))
        assert [message.id for message in stored] == sorted(message.id for message in stored)
        assert [message.timestamp for message in stored] == sorted(message.timestamp for message in stored)

    @invariant()
    def acknowledged_messages_are_stored_once(self) -> None:
        if not self.exists():
            return
        for key, message in self.acknowledged.items():
            matching = [stored for stored in self.list_messages() if stored.client_message_id == key]
            assert matching == [message]

    @invariant()
    def messages_are_answered_once_and_in_order(self) -> None:
        """Some may be pending; poison messages are never answered."""
        stored = self.list_messages()
        replies = [message.content for message in stored if message.sender is Sender.BOT]
        replies = replies[1:] if replies[:1] == list(answers(None)) else replies
        questions = [message for message in stored if message.sender is Sender.USER and message.content != POISON]
        expected = [sentence for message in questions for sentence in answers(message)]
        assert replies == expected[: len(replies)]

    @invariant()
    def device_shows_only_stored_messages(self) -> None:
        self.listen()
        if self.exists():
            stored = {message.seq: to_frame(message) for message in self.list_messages()}
            for device in self.devices.values():
                assert device.view.items() <= stored.items()

    @invariant()
    def list_shows_the_last_message(self) -> None:
        if self.exists() and not self.owner.anonymous and self.list_messages():
            conversation = self.world.conversations.get(self.owner, self.id)
            assert conversation.last_message == self.list_messages()[-1].content
            assert conversation.last_seq == len(self.list_messages())

    @invariant()
    def claim_revokes_the_visitor_token(self) -> None:
        for token in self.revoked_tokens:
            with pytest.raises(UnauthorizedError):
                self.world.identity.authenticate_socket(
                    ticket=None, authorization=None, subprotocols=None, session_token=token
                )

    def teardown(self) -> None:
        """Run all jobs: then every message is answered or failed, and every device shows all messages."""
        if not self.exists():
            return
        self.bot.concurrent_event = None
        for _ in range(2):
            self.relay()
            self.run_all_jobs()
        stored = self.list_messages()
        questions = [message for message in stored if message.sender is Sender.USER]
        for message in questions:
            turn = [reply.content for reply in stored if reply.answers == message.seq and reply.sender is Sender.BOT]
            assert turn == ([] if message.content == POISON else list(answers(message)))
        failed = {work.message_id for work in self.world.memory.dead_letters if isinstance(work, AnswerJob)}
        assert failed == {message.id for message in questions if message.content == POISON}
        for device in self.devices.values():
            self.connect(device)
            self.run_all_jobs()
            self.resume(device)
            assert device.view == {message.seq: to_frame(message) for message in self.list_messages()}

    # ---------------------------------------------------------------------------------------------------------- helpers
    @property
    def id(self) -> str:
        return self.conversation.id

    def set_conversation(self, conversation: Conversation) -> None:
        self.conversation = conversation

    def exists(self) -> bool:
        current = self.world.memory.conversations.get(self.id)
        return current is not None and not current.is_gone(self.world.clock())

    def is_open(self) -> bool:
        return self.exists() and self.world.memory.conversations[self.id].status is ConversationStatus.ACTIVE

    def list_messages(self) -> list[Message]:
        return self.world.list_messages(self.id)

    def token(self) -> str | None:
        return next((device.token for device in self.devices.values() if device.token is not None), None)

    def send(self, key: str, content: str, connection_id: str | None) -> None:
        draft = a_draft(content, client_message_id=key)
        self.acknowledged[key] = self.world.messages.send(self.owner, self.id, draft, connection_id=connection_id)

    def run_next_job(self) -> None:
        """Run the first job; remove it from the queue if it is done or dead-lettered."""
        work = self.world.memory.jobs[0]
        key = repr(work)
        self.receives[key] = self.receives.get(key, 0) + 1
        if self.run_job(work, receives=self.receives[key]):
            self.world.memory.jobs.remove(work)
            self.done.append(work)

    def run_all_jobs(self) -> None:
        """Run all jobs; none may be retried forever."""
        for _ in range(_MAX_RUNS):
            if not self.world.memory.jobs:
                return
            self.run_next_job()
        raise AssertionError(self.world.memory.jobs)

    def run_job(self, work: TurnJob, *, receives: int) -> bool:
        """Run a job, and return whether the queue may delete it."""
        was_pending = self.is_pending(work)
        try:
            self.world.retries.run(work, a_delivery(receives, job_id=repr(work)))
        except DeadLetteredError:
            self.listen()
            for device in self.devices.values():
                if was_pending and isinstance(work, AnswerJob) and device.connection_id is not None and device.receives:
                    assert ids.format_message_id(work.message_id) in device.failed_message_ids
            return True
        except ConversationsError:
            return False
        return True

    def is_pending(self, work: TurnJob) -> bool:
        """Return whether the message of a job is pending."""
        current = self.world.memory.conversations.get(self.id)
        return isinstance(work, AnswerJob) and current is not None and work.message_id in current.pending_message_ids

    def relay(self) -> None:
        users = [message for message in self.list_messages() if message.sender is Sender.USER]
        self.world.relay.relay((self.id, message.id) for message in users)
        self.world.check_outbox()

    def connect(self, device: Device) -> None:
        if device.connection_id is not None and device.receives:
            return
        self.sockets += 1
        connection_id = f"socket-{self.sockets}"
        self.world.sockets.connect(
            self.owner,
            connection_id,
            bot_id=None,
            conversation_id=None if self.owner.anonymous else self.id,
            address=f"192.0.2.{self.sockets % 250}",
        )
        device.open(connection_id)

    def lose(self, device: Device) -> None:
        self.listen()
        self.world.gateway.gone.add(str(device.connection_id))
        device.connection_id = None

    def resume(self, device: Device) -> None:
        resumed = self.world.resume.resume(
            self.owner, str(device.connection_id), conversation_id=self.id, after=device.last_without_gap()
        )
        self.listen()
        if resumed.limited:
            # The newest hundred were replayed; a client reads the others from the history.
            newest = range(resumed.last_seq - MAX_REPLAYED_MESSAGES + 1, resumed.last_seq + 1)
            assert device.view.keys() >= set(newest)
            device.view |= {message.seq: to_frame(message) for message in self.list_messages()}
        assert sorted(device.view) == list(range(1, resumed.last_seq + 1))

    def listen(self) -> None:
        for device in self.devices.values():
            if device.connection_id is not None:
                device.listen(self.world.gateway.frames[device.connection_id])

    def check_expiry(self) -> None:
        checks, self.world.memory.checks = self.world.memory.checks, []
        for check, _ in checks:
            self.world.expiry.check(check)


def to_frame(message: Message) -> dict[str, Any]:
    """Return a message as a frame."""
    frame: dict[str, Any] = MessageFrame.from_message(message).model_dump(mode="json", exclude_none=True)
    return frame


class UserConversation(ConversationMachine):
    """A user's conversation, started over REST."""

    @initialize(content=st.sampled_from([None, "Hello"]))
    def start(self, content: str | None) -> None:
        self.owner = ADA
        self.set_conversation(self.world.conversations.start(ADA, bot_id=None, initial_message=content))


class VisitorConversation(ConversationMachine):
    """A visitor's conversation, started by a new connection."""

    @initialize()
    def start(self) -> None:
        self.owner = a_visitor(ids.new_conversation_id(self.world.clock()))
        self.set_conversation(
            self.world.sockets.connect(self.owner, "socket-0", bot_id=None, conversation_id=None, address="192.0.2.7")
        )
        self.devices["phone"].open("socket-0")


_SETTINGS = settings(max_examples=60, stateful_step_count=40)
UserConversation.TestCase.settings = _SETTINGS
VisitorConversation.TestCase.settings = _SETTINGS
TestUserConversation = UserConversation.TestCase
TestVisitorConversation = VisitorConversation.TestCase
