"""Runs over connections in the format of AG-UI: every chunk once, whatever happens to connections and workers."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conversations.contract.ag_ui.chunks import NOTHING
from conversations.contract.ag_ui.requests import RunAgentInput
from conversations.domain import ids
from conversations.domain.agent_link import AgentLink
from conversations.domain.attempt import Attempt
from conversations.domain.errors import (
    ConnectionGoneError,
    ForbiddenError,
    InvalidRequestError,
    NotFoundError,
    UnavailableError,
)
from conversations.domain.jobs import AnswerJob, TurnJob, WelcomeJob
from conversations.domain.message import Suggestion, Utterance
from conversations.domain.principal import Principal
from conversations.domain.turn import AppendText, Pause, SaveState, SendMessage, TurnEvent
from conversations.services.agent_sockets import RUN_LIFETIME
from tests.builders import MORNING, a_bot, a_draft, a_socket, a_user, a_visitor
from tests.fakes.agent_client import AgentClient
from tests.fakes.gateway import RecordingGateway
from tests.fakes.world import ADDRESS, World

ADA, EVE = a_user("ada"), a_user("eve")

type Step = TurnEvent | Callable[[], object]
"""An event of the bot, or something else that happens while it generates its answer."""


class CrashError(BaseException):
    """The worker dies."""


@dataclass
class Network(RecordingGateway):
    """A gateway whose clients notice at once that their connection was closed.

    Attributes
    ----------
    doubtful
        What becomes of the next frames whose sender gets no answer: whether each arrives.
    """

    doubtful: list[bool] = field(default_factory=list)

    def send(self, connection_id: str, frame: str) -> None:
        if connection_id in self.closed:
            raise ConnectionGoneError
        if self.doubtful:
            if self.doubtful.pop():
                super().send(connection_id, frame)
            raise UnavailableError
        super().send(connection_id, frame)


class Run:
    """A run of a client that reconnects when its connection is closed, as TanStack AI's does."""

    def __init__(self, owner: Principal = ADA, world: World | None = None, *, run_id: str = "run-1") -> None:
        self.world = world or World()
        if not isinstance(self.world.gateway, Network):
            self.world.gateway = Network()
        self.owner = owner
        self.run_id = run_id
        self.client = AgentClient()
        self.connection_id = f"{run_id}:0"
        self.opened = 1
        agent = self.world.run_lookup.follow(owner, "default", None, None)
        self.world.sockets.connect_agent(owner, self.connection_id, agent, address=ADDRESS)
        self._read = 0

    @property
    def network(self) -> Network:
        assert isinstance(self.world.gateway, Network)
        return self.world.gateway

    def send(self, text: str | None = "Tell me a story", *, key: str = "m-1", **others: object) -> None:
        """Send the frame that begins the run."""
        messages = [] if text is None else [{"id": key, "role": "user", "content": text}]
        body = {"threadId": "t-1", "runId": self.run_id, "messages": messages, **others}
        named = RunAgentInput.model_validate(body)
        connection = self.world.connections.get(self.owner.owner, self.connection_id)
        assert connection is not None
        self.world.agent_sockets.run(self.owner, connection, named, named.to_agent_input("default"))

    def cut(self) -> None:
        """Lose the connection, and resume at the position."""
        self.network.closed.append(self.connection_id)
        self.look()

    def look(self) -> None:
        """Read what has arrived, and reconnect if the connection was closed before the end."""
        frames = self.world.gateway.frames[self.connection_id]
        for frame in frames[self._read :]:
            self.client.receive(frame)
        self._read = len(frames)
        if self.connection_id in self.network.closed and self.client.outcome is None:
            self.resume(self.client.position or NOTHING)

    def resume(self, position: str) -> None:
        self.connection_id, self._read = f"{self.run_id}:{self.opened}", 0
        self.opened += 1
        agent = self.world.run_lookup.follow(self.owner, "default", self.run_id, position)
        self.world.sockets.connect_agent(self.owner, self.connection_id, agent, address=ADDRESS)

    def reload(self) -> None:
        """Forget everything but the name of the run, and get all of it again."""
        self.client = AgentClient()
        self.resume(NOTHING)

    def answer(self, *steps: Step, attempt: int = 1) -> None:
        self.play(steps, attempt=attempt)

    def play(self, steps: Iterable[Step], *, attempt: int = 1) -> None:
        """Let the bot answer the oldest message, with steps that may depend on what has happened before."""
        self.world.engine.script = [_run(steps, self.look)]
        self.world.turn_service.handle(self.take_job(), attempt=Attempt(attempt, MORNING))
        self.look()

    def take_job(self) -> TurnJob:
        return next(job for job in self.world.list_jobs() if isinstance(job, AnswerJob))

    def welcome(self) -> None:
        """Send the first frames of the connections that have been opened."""
        while True:
            job = next((job for job in self.world.memory.jobs if isinstance(job, WelcomeJob)), None)
            if job is None:
                return
            self.world.memory.jobs.remove(job)
            self.world.turn_service.handle(job)
            self.look()

    def wait(self, seconds: float = 1) -> Callable[[], None]:
        return lambda: self.world.clock.forward(seconds=seconds)

    @property
    def shown(self) -> list[str]:
        return list(self.client.texts.values())

    def list_answer(self) -> list[str]:
        conversation_id = self.world.runs.memory.runs[self.owner.owner, self.run_id][0].conversation_id
        return [each.content for each in self.world.list_messages(conversation_id) if each.sender == "bot"]

    def list_types(self) -> list[str]:
        frames = self.world.gateway.frames[self.connection_id]
        return [frame.get("chunk", frame)["type"] for frame in frames]


def _run(steps: Iterable[Step], look: Callable[[], None]) -> Iterator[TurnEvent]:
    for step in steps:
        if callable(step):
            step()
        else:
            yield step
        look()


def say(content: str, **others: Any) -> SendMessage:  # noqa: ANN401 - fields of an utterance
    return SendMessage(Utterance(content=content, **others))


def test_client_sees_the_words_and_the_end() -> None:
    run = Run()

    run.send()
    run.answer(AppendText("Once "), run.wait(), AppendText("upon"), say("Once upon"))

    assert run.list_types() == [
        "RUN_STARTED",
        "TEXT_MESSAGE_START",
        "TEXT_MESSAGE_CONTENT",
        "TEXT_MESSAGE_CONTENT",
        "TEXT_MESSAGE_END",
        "RUN_FINISHED",
    ]
    assert run.shown == ["Once upon"]
    assert run.client.outcome == {"type": "success"}
    assert run.client.faults == []
    assert run.network.closed == []


def test_answer_without_pieces_has_all_its_messages_suggestions_and_no_pauses() -> None:
    run = Run()

    run.send()
    run.answer(say("One"), Pause(5), say("Two", suggestions=(Suggestion(text="Go", value="go"),)))

    assert run.shown == ["One", "Two"]
    assert run.client.custom == [{"type": "CUSTOM", "name": "suggestions", "value": [{"text": "Go", "value": "go"}]}]
    assert run.client.outcome == {"type": "success"}


def test_cut_in_mid_answer_is_resumed_without_hole_or_repeat() -> None:
    run = Run()

    run.send()
    run.answer(
        AppendText("Once "), run.cut, run.wait(), AppendText("upon "), run.wait(), AppendText("a"), say("Once upon a")
    )
    run.welcome()

    assert run.opened == 2
    assert run.shown == ["Once upon a"]
    assert run.client.faults == []
    # TanStack AI's ``joinRun`` waits for the end of the connection.
    assert run.connection_id in run.network.closed


def test_cut_before_the_end_is_replayed_from_the_stored_answer() -> None:
    run = Run()

    run.send()
    run.answer(AppendText("Once "), run.wait(), lambda: run.network.gone.add(run.connection_id), say("Once upon"))
    run.network.gone.clear()
    run.cut()
    run.welcome()

    assert run.shown == ["Once upon"]
    assert run.client.outcome == {"type": "success"}
    assert run.client.faults == []


@pytest.mark.parametrize("is_over", [False, True])
def test_reload_gets_the_whole_answer(*, is_over: bool) -> None:
    run = Run()
    run.send()
    rest = (run.wait(), AppendText("upon"), say("Once upon"))

    if is_over:
        run.answer(AppendText("Once "), *rest)
        run.reload()
    else:
        run.answer(AppendText("Once "), run.reload, *rest)
    run.welcome()

    assert run.shown == ["Once upon"]
    assert run.client.outcome == {"type": "success"}
    assert run.client.faults == []


def test_other_run_of_the_owner_and_other_formats_get_no_chunks() -> None:
    run = Run()
    other = Run(world=run.world, run_id="run-2")
    run.world.connections.add(a_socket(ADA, "phone", streams=True))

    run.send()
    run.answer(AppendText("Once "), say("Once"))

    assert other.list_types() == []
    assert run.world.gateway.types("phone") == ["message", "typing", "delta", "message"]


def test_attempt_after_a_crash_continues_the_same_text() -> None:
    run = Run()
    run.send()
    with pytest.raises(CrashError):
        run.answer(AppendText("Once "), run.wait(), AppendText("upon "), crash)

    run.answer(AppendText("Once upon a "), run.wait(), AppendText("time"), say("Once upon a time"), attempt=2)
    run.welcome()

    assert run.shown == ["Once upon a time"]
    assert run.client.faults == []


def test_text_of_an_attempt_that_died_is_replaced_at_the_end() -> None:
    run = Run()
    run.send()
    with pytest.raises(CrashError):
        run.answer(AppendText("Once "), crash)

    run.answer(AppendText("In the "), run.wait(), AppendText("beginning"), say("In the beginning"), attempt=2)
    run.welcome()

    assert run.shown == ["In the beginning"]
    assert run.client.outcome == {"type": "success"}
    assert run.client.faults == []


@pytest.mark.parametrize("has_arrived", [False, True])
def test_chunk_in_doubt_is_neither_lost_nor_repeated(*, has_arrived: bool) -> None:
    run = Run()
    run.send()

    run.answer(
        AppendText("Once "),
        run.wait(),
        lambda: run.network.doubtful.append(has_arrived),
        AppendText("upon "),
        run.wait(),
        AppendText("a"),
        say("Once upon a"),
    )
    run.welcome()

    assert run.shown == ["Once upon a"]
    assert run.client.outcome == {"type": "success"}
    assert run.client.faults == []


def test_answer_of_a_claimed_conversation_is_not_replayed_to_its_visitor() -> None:
    visitor = a_visitor()
    run = Run(visitor)
    run.welcome()
    run.world.run_bots()
    run.send()
    run.answer(say("Secret"))
    conversation = run.world.memory.conversations[visitor.conversation_id or ""]
    run.world.memory.conversations[conversation.id] = conversation.model_copy(update={"owner": ADA.owner})
    run.client = AgentClient()
    connection = run.world.connections.get(visitor.owner, run.connection_id)
    assert connection is not None
    assert connection.agent is not None
    assert connection.agent.followed is not None
    fresh = replace(connection.agent.followed, sender=None, position=NOTHING)
    run.world.connections.follow_run(visitor.owner, run.connection_id, fresh)

    run.world.agent_replays.replay(replace(connection, agent=AgentLink("default", fresh)))
    run.look()

    assert run.shown == []
    assert run.client.outcome == {"type": "error", "code": "not_found"}


def test_message_that_differs_from_its_pieces_replaces_them() -> None:
    run = Run()

    run.send()
    run.answer(AppendText("Once "), run.wait(), AppendText("upon"), say("Another answer"))
    run.welcome()

    assert run.shown == ["Another answer"]
    assert run.client.faults == []


def test_answer_that_is_stored_while_the_run_begins_is_not_missed() -> None:
    run = Run()
    follow = run.world.connections.follow_run

    def answer_first(*arguments: Any) -> None:  # noqa: ANN401 - those of ``follow_run``
        run.answer(say("Quick"))
        follow(*arguments)

    run.world.connections.follow_run = answer_first  # type: ignore[method-assign,assignment]
    run.send()
    run.look()

    assert run.shown == ["Quick"]
    assert run.client.outcome == {"type": "success"}
    assert run.client.faults == []


def test_repeated_run_gets_the_stored_answer_and_sends_nothing() -> None:
    run = Run()
    run.send()
    run.answer(say("Once"))
    run.client = AgentClient()

    run.send()
    run.look()

    assert run.shown == ["Once"]
    assert run.list_answer() == ["Once"]


def test_run_with_nothing_to_send_ends_at_once() -> None:
    run = Run()
    run.send()
    run.answer(say("Once"))

    run.send(None)

    assert run.list_types()[-2:] == ["RUN_STARTED", "RUN_FINISHED"]


def test_greeting_is_the_answer_to_a_first_run_without_message() -> None:
    run = Run()

    run.send(None)
    run.world.run_bots()
    run.look()

    assert run.shown == ["Hello! Ask me anything."]
    assert run.client.outcome == {"type": "success"}


def test_question_is_an_interrupt_and_its_answer_another_run() -> None:
    run = Run()
    run.send()
    run.answer(say("How many?"), SaveState({}, {"type": "integer"}))
    outcome = run.client.outcome
    assert outcome is not None
    (interrupt,) = outcome["interrupts"]
    assert (interrupt["message"], interrupt["responseSchema"]) == ("How many?", {"type": "integer"})
    run.world.memory.jobs.clear()

    run.run_id, run.client = "run-2", AgentClient()
    run.send(None, resume=[{"interruptId": interrupt["id"], "status": "resolved", "payload": 4}])
    run.answer(say("Four it is"))

    assert run.shown == ["Four it is"]


def test_interrupt_is_the_same_after_a_reload() -> None:
    run = Run()
    run.send()
    run.answer(say("How many?"), SaveState({}, {"type": "integer"}))
    outcome = run.client.outcome

    run.reload()
    run.welcome()

    assert run.client.outcome == outcome


def test_abort_ends_the_answer_and_keeps_what_was_written() -> None:
    run = Run()
    run.send()

    def write() -> Iterator[Step]:
        yield AppendText("Once ")
        yield lambda: run.world.stops.stop_run(ADA, run.world.run_lookup.find(ADA, "run-1"))
        yield run.wait()
        yield AppendText("upon")
        assert run.world.engine.turns[-1].is_stopped()
        yield say("Once upon", finish_reason="stopped")

    run.play(write())

    assert run.shown == ["Once upon"]
    assert run.client.outcome == {"type": "cancelled"}


def test_abort_after_the_end_stops_nothing() -> None:
    run = Run()
    run.send()
    run.answer(say("Once"))

    run.world.stops.stop_run(ADA, run.world.run_lookup.find(ADA, "run-1"))

    assert run.world.memory.stop_requests == {}


def test_abort_that_overtakes_its_run_finds_it() -> None:
    run = Run()
    run.world.bots_run = False
    pause = run.world._pause  # noqa: SLF001 - what happens while the abort waits

    def begin(seconds: float) -> None:
        pause(seconds)
        run.send()

    run.world._pause = begin  # type: ignore[method-assign]  # noqa: SLF001 - what happens while the abort waits

    assert run.world.run_lookup.find(ADA, "run-1").run_id == "run-1"


def test_runs_of_others_and_old_runs_are_unknown() -> None:
    run = Run()
    run.send()

    with pytest.raises(NotFoundError):
        run.world.run_lookup.follow(EVE, "default", "run-1", NOTHING)
    with pytest.raises(NotFoundError):
        run.world.run_lookup.find(EVE, "run-1")
    run.world.clock.forward(seconds=RUN_LIFETIME.total_seconds())
    with pytest.raises(NotFoundError):
        run.world.run_lookup.follow(ADA, "default", "run-1", NOTHING)


def test_run_of_a_deleted_conversation_ends_with_an_error() -> None:
    run = Run()
    run.send()
    conversation_id = run.world.run_lookup.find(ADA, "run-1").conversation_id
    run.world.erasure.delete_conversation(ADA, conversation_id, time_left=lambda: 60)
    run.look()
    assert run.client.outcome == {"type": "error", "code": "not_found"}

    run.reload()
    run.welcome()

    assert run.client.outcome == {"type": "error", "code": "not_found"}
    assert run.connection_id in run.network.closed


def test_message_that_cannot_be_answered_ends_the_run_with_an_error() -> None:
    run = Run()
    run.send()
    job = run.take_job()
    assert isinstance(job, AnswerJob)
    run.world.retries._skip_message(job)  # noqa: SLF001 - the last try
    run.look()
    assert run.client.outcome == {"type": "error", "code": "internal"}

    run.reload()
    run.welcome()

    assert run.client.outcome == {"type": "error", "code": "internal"}


def test_visitor_gets_the_token_and_resumes_with_its_one_conversation() -> None:
    visitor = a_visitor()
    run = Run(visitor)
    run.welcome()
    (session,) = run.client.custom
    assert session["name"] == "session"
    assert session["value"]["session_token"].startswith(visitor.conversation_id or "-")
    run.world.run_bots()

    run.send()
    run.answer(AppendText("Once "), run.cut, run.wait(), AppendText("upon"), say("Once upon"))
    run.welcome()

    assert run.shown == ["Once upon"]
    assert run.client.faults == []
    assert list(run.world.memory.conversations) == [visitor.conversation_id]


def test_visitor_may_use_the_default_bot_only() -> None:
    world = World(a_bot(), a_bot("other"))

    with pytest.raises(ForbiddenError):
        world.sockets.connect_agent(
            a_visitor(), "phone", world.run_lookup.follow(a_visitor(), "other", None, None), address=ADDRESS
        )


def test_visitor_may_use_a_listed_bot() -> None:
    world = World(a_bot(), a_bot("other"))
    world.visitor_bots = frozenset({"other"})
    visitor = a_visitor()

    agent = world.run_lookup.follow(visitor, "other", None, None)
    world.sockets.connect_agent(visitor, "phone", agent, address=ADDRESS)

    assert [each.bot_id for each in world.memory.conversations.values()] == ["other"]


def test_user_needs_access_to_the_bot_and_gets_no_conversation() -> None:
    world = World(a_bot())

    with pytest.raises(NotFoundError):
        world.sockets.connect_agent(ADA, "phone", world.run_lookup.follow(ADA, "none", None, None), address=ADDRESS)
    world.sockets.connect_agent(ADA, "phone", world.run_lookup.follow(ADA, "default", None, None), address=ADDRESS)

    assert world.memory.conversations == {}
    assert world.list_jobs() == []
    with pytest.raises(NotFoundError):
        world.sockets.get_default_conversation_id(ADA, "phone")


def test_conversation_with_another_bot_is_refused() -> None:
    world = World(a_bot(), a_bot("other"))
    conversation = world.conversations.start(ADA, bot_id="other", initial_message=None, client_message_id=None)
    run = Run(world=world)

    with pytest.raises(InvalidRequestError):
        run.send(threadId=ids.format_conversation_id(conversation.id))


def test_expired_connection_is_closed_with_an_error() -> None:
    run = Run()
    run.send()

    run.answer(AppendText("Once "), run.wait(3 * 60 * 60), AppendText("upon"), say("Once upon"))

    assert run.client.outcome == {"type": "error", "code": "unauthorized"}
    assert run.shown == ["Once "]


def crash() -> None:
    raise CrashError


pieces = st.lists(st.text(alphabet="ab \N{GRINNING FACE}\u00e9", min_size=1, max_size=6), min_size=1, max_size=6)
incidents = st.sampled_from(["none", "cut", "silent cut", "lost", "arrived", "welcome", "crash", "reload", "message"])


class Story:
    """A run with incidents between the pieces of its answer, whose text may change from attempt to attempt."""

    def __init__(self) -> None:
        self.run = Run()
        self.run.send()

    def happen(self, incident: str) -> None:
        match incident:
            case "cut":
                self.run.cut()
            case "silent cut":
                # The client does not notice before it looks the next time.
                self.run.network.closed.append(self.run.connection_id)
            case "lost" | "arrived":
                self.run.network.doubtful.append(incident == "arrived")
            case "welcome":
                self.run.welcome()
            case "reload":
                self.run.reload()
            case "message":
                conversation_id = self.run.world.run_lookup.find(ADA, "run-1").conversation_id
                self.run.world.messages.send(ADA, conversation_id, a_draft("And then?"))
            case "crash":
                crash()

    def write(self, texts: list[str], happenings: list[str]) -> Iterator[Step]:
        """Write two messages if there are more than three pieces."""
        happening = iter(happenings)
        for message in filter(None, (texts[:3], texts[3:])):
            for text in message:
                yield AppendText(text)
                yield lambda: self.happen(next(happening, "none"))
                yield self.run.wait()
            yield say("".join(message))

    def attempt(self, number: int, texts: list[str], happenings: list[str]) -> bool:
        """Run the turn, and return whether the queue deletes its job."""
        try:
            self.run.play(self.write(texts, happenings), attempt=number)
        except (CrashError, UnavailableError):
            return False
        return True

    def settle(self) -> None:
        """Let the client reconnect until nothing more comes."""
        self.run.network.doubtful.clear()
        for _ in range(4):
            self.run.look()
            self.run.welcome()


@given(
    attempts=st.lists(st.tuples(pieces, st.lists(incidents, max_size=6)), min_size=1, max_size=3),
    late=st.lists(incidents.filter(lambda incident: incident not in {"crash", "message"}), max_size=3),
    changes=st.booleans(),
    is_redelivered=st.booleans(),
)
def test_client_has_exactly_the_answer_once(
    attempts: list[tuple[list[str], list[str]]], late: list[str], *, changes: bool, is_redelivered: bool
) -> None:
    """Any cuts, doubtful sends, reloads, messages and crashes, between any two pieces."""
    story = Story()
    for number, (texts, happenings) in enumerate([*attempts, (attempts[-1][0], [])], start=1):
        if story.attempt(number, texts if changes else attempts[0][0], happenings):
            break
    for incident in late:
        story.happen(incident)
    if is_redelivered:
        story.attempt(len(attempts) + 2, attempts[0][0], [])
    story.settle()
    run = story.run

    assert run.client.outcome == {"type": "success"}
    assert run.shown == run.list_answer()
    assert run.client.faults == []
