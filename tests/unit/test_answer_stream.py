"""Streaming: what devices receive of an answer while the bot generates it."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conversations.domain import ids
from conversations.domain.answer_control import StopRequest, Transfer
from conversations.domain.attempt import Attempt
from conversations.domain.errors import ConnectionGoneError, UnavailableError
from conversations.domain.jobs import AnswerJob, GreetJob
from conversations.domain.message import Message, Utterance
from conversations.domain.principal import Principal
from conversations.domain.turn import AppendText, Pause, SendMessage, TurnEvent, get_turn_id
from tests.builders import MORNING, a_conversation, a_delivery, a_draft, a_socket, a_user, a_visitor
from tests.fakes.streaming_client import StreamingClient
from tests.fakes.world import World

ADA = a_user("ada")
SECOND = Attempt(number=2, began_at=MORNING)

both_kinds_of_caller = pytest.mark.parametrize("owner", [a_user(), a_visitor()], ids=["user", "visitor"])

type Step = TurnEvent | Callable[[], object]
"""An event of the bot, or something else that happens while it generates its answer."""


class Chat:
    """A conversation of Ada's with a message that waits for its answer, and devices that stream."""

    def __init__(self, *devices: str, owner: Principal = ADA) -> None:
        self.world = World()
        self.owner = owner
        self.conversation = self.world.add_conversation(a_conversation(owner))
        self.message = self.send("Tell me a story")
        self.open(*devices)

    def send(self, content: str) -> Message:
        return self.world.messages.send(self.owner, self.conversation.id, a_draft(content))

    def open(self, *devices: str) -> None:
        for device in devices:
            self.world.connections.add(a_socket(self.owner, device, opened_at=self.world.clock(), streams=True))

    def wait(self, seconds: float) -> Callable[[], None]:
        return lambda: self.world.clock.forward(seconds=seconds)

    def stop(self, message_id: str | None = None, *, answered: Message | None = None) -> None:
        turn_id = get_turn_id(self.conversation.id, (answered or self.message).id)
        request = StopRequest(turn_id, message_id, self.world.clock() + timedelta(minutes=10))
        self.world.connections.add_stop_request(self.owner.owner, request)

    def answer(self, *steps: Step, attempt: Attempt | None = None) -> None:
        """Let the bot answer with these events; what else is given happens between them."""
        self.play(steps, attempt=attempt)

    def play(self, steps: Iterable[Step], *, attempt: Attempt | None = None) -> None:
        """Let the bot answer as ``answer`` does, with steps that may depend on what has happened before."""
        self.world.engine.script = [_run(steps)]
        job = AnswerJob(conversation_id=self.conversation.id, message_id=self.message.id)
        self.world.turn_service.handle(job, attempt=attempt or Attempt(1, self.world.clock()))

    def list_deltas(self, device: str = "phone") -> list[tuple[int, str]]:
        """Return offset and content of the pieces that a device received."""
        return [(frame["offset"], frame["content"]) for frame in self.list_frames("delta", device)]

    def list_frames(self, kind: str, device: str = "phone") -> list[dict[str, Any]]:
        return [frame for frame in self.world.gateway.frames[device] if frame["type"] == kind]

    def list_bot_messages(self) -> list[Message]:
        return [each for each in self.world.list_messages(self.conversation.id) if each.sender == "bot"]

    def show(self, device: str = "phone") -> StreamingClient:
        """Return what a device shows after all its frames."""
        client = StreamingClient()
        for frame in self.world.gateway.frames[device]:
            client.receive(frame)
        return client


def _run(steps: Iterable[Step]) -> Iterator[TurnEvent]:
    for step in steps:
        if callable(step):
            step()
        else:
            yield step


def say(content: str, *, finish_reason: Any = None) -> SendMessage:  # noqa: ANN401 - a literal
    return SendMessage(Utterance(content=content, finish_reason=finish_reason))


def test_pieces_have_the_id_of_the_message_and_come_before_it() -> None:
    chat = Chat("phone")

    chat.answer(AppendText("Once "), chat.wait(1), AppendText("upon"), say("Once upon"))

    (message,) = chat.list_bot_messages()
    first, second = chat.list_frames("delta")
    assert first == {
        "type": "delta",
        "session_id": f"session-{chat.conversation.id}",
        "id": f"msg-{message.id}",
        "offset": 0,
        "content": "Once ",
        "attempt": 1,
    }
    assert second == first | {"offset": 5, "content": "upon"}
    assert chat.world.gateway.types("phone") == ["message", "typing", "delta", "delta", "message"]


def test_pieces_are_sent_at_once_and_then_at_growing_intervals() -> None:
    chat = Chat("phone")
    times: list[float] = []

    def write() -> Iterator[Step]:
        for _ in range(2_000):
            yield AppendText("x")
            if len(chat.list_deltas()) > len(times):
                times.append(round((chat.world.clock() - MORNING).total_seconds(), 1))
            chat.world.clock.forward(seconds=0.001)
        yield say("x" * 2_000)

    chat.play(write())

    assert times == [0, 0.1, 0.3, 0.7, 1.2, 1.7]


def test_text_that_arrives_between_two_flushes_is_one_piece() -> None:
    chat = Chat("phone")

    chat.answer(AppendText("a"), AppendText("b"), AppendText("c"), chat.wait(0.2), AppendText("d"), say("abcd"))

    assert chat.list_deltas() == [(0, "a"), (1, "bcd")]


def test_device_that_did_not_ask_for_pieces_gets_typing_and_the_message() -> None:
    chat = Chat("phone")
    chat.world.add_connections(ADA, "old")

    chat.answer(AppendText("Once"), say("Once"))

    assert chat.world.gateway.types("old") == ["message", "typing", "message"]


def test_device_of_another_user_gets_no_piece() -> None:
    chat = Chat("phone")
    chat.world.connections.add(a_socket(a_user("eve"), "other", streams=True))

    chat.answer(AppendText("Once"), say("Once"))

    assert chat.world.gateway.frames["other"] == []


@both_kinds_of_caller
def test_device_that_opens_in_mid_answer_gets_the_complete_text(owner: Principal) -> None:
    chat = Chat("phone", owner=owner)

    chat.answer(
        AppendText("Once "),
        lambda: chat.open("laptop"),
        chat.wait(1),
        AppendText("upon "),
        chat.wait(1),
        AppendText("a time"),
        say("Once upon a time"),
    )

    assert chat.list_deltas("laptop") == [(0, "Once upon "), (10, "a time")]
    assert chat.list_deltas("phone") == [(0, "Once "), (5, "upon "), (10, "a time")]


def test_device_that_opens_while_no_text_arrives_gets_the_text_within_half_a_second() -> None:
    chat = Chat("phone")

    chat.answer(
        AppendText("Once"),
        lambda: chat.open("laptop"),
        chat.wait(0.4),
        AppendText(""),
        chat.wait(0.1),
        AppendText(""),
        lambda: check(chat.list_deltas("laptop") == [(0, "Once")]),
        say("Once"),
    )

    assert chat.list_deltas("phone") == [(0, "Once")]


def check(condition: bool) -> None:
    assert condition


def test_device_that_missed_a_piece_gets_the_complete_text_next() -> None:
    chat = Chat("phone", "laptop")

    chat.answer(
        AppendText("Once "),
        lambda: chat.world.gateway.unavailable.add("phone"),
        chat.wait(1),
        AppendText("upon "),
        lambda: chat.world.gateway.unavailable.remove("phone"),
        chat.wait(1),
        AppendText("a time"),
        say("Once upon a time"),
    )

    assert chat.list_deltas("phone") == [(0, "Once "), (0, "Once upon a time")]
    assert chat.list_deltas("laptop") == [(0, "Once "), (5, "upon "), (10, "a time")]


def test_device_that_is_still_opening_gets_the_complete_text_when_it_is_open() -> None:
    chat = Chat("phone")

    chat.answer(
        AppendText("Once "),
        lambda: chat.open("laptop"),
        lambda: chat.world.gateway.opening.update(laptop=2),
        *(step for word in ("upon ", "a ", "time") for step in (chat.wait(1), AppendText(word))),
        say("Once upon a time"),
    )

    assert chat.list_deltas("laptop") == [(0, "Once upon a time")]


def test_device_that_makes_a_flush_slow_is_left_out_until_the_message() -> None:
    chat = Chat("phone", "laptop")
    gateway, send = chat.world.gateway, chat.world.gateway.send

    class SlowGateway:
        tries = 0

        def send(self, connection_id: str, frame: str) -> None:
            if connection_id == "laptop" and '"delta"' in frame:
                self.tries += 1
                chat.world.clock.forward(seconds=2)
                raise UnavailableError
            send(connection_id, frame)

        close = gateway.close

    slow = SlowGateway()
    chat.world.gateway = slow  # type: ignore[assignment]

    chat.answer(
        *(step for word in ("Once ", "upon ", "a ", "time") for step in (chat.wait(3), AppendText(word))),
        say("Once upon a time"),
    )

    chat.world.gateway = gateway
    assert slow.tries == 1
    assert len(chat.list_deltas("phone")) == 4
    assert chat.show("laptop").messages == chat.show("phone").messages != {}


@pytest.mark.parametrize("failure", [UnavailableError(), ConnectionGoneError()])
def test_answer_is_stored_and_delivered_whatever_happens_to_its_pieces(failure: Exception) -> None:
    chat = Chat("phone", "laptop")

    def fail(*, fails: bool) -> Callable[[], None]:
        return lambda: setattr(chat.world.gateway, "failure", failure if fails else None)

    chat.answer(
        fail(fails=True), AppendText("Once "), chat.wait(1), AppendText("upon"), fail(fails=False), say("Once upon")
    )

    assert [each.content for each in chat.list_bot_messages()] == ["Once upon"]
    assert list(chat.show("laptop").messages.values()) == ["Once upon"]


def test_unavailable_store_delays_pieces_and_fails_no_turn() -> None:
    chat = Chat("phone")

    chat.answer(
        lambda: setattr(chat.world.connections, "busy", True),
        AppendText("Once "),
        lambda: setattr(chat.world.connections, "busy", False),
        chat.wait(1),
        AppendText("upon"),
        say("Once upon"),
    )

    assert chat.list_deltas() == [(0, "Once upon")]


def test_nothing_is_streamed_in_the_last_seconds_of_the_invocation() -> None:
    chat = Chat("phone")
    chat.world.engine.script = [_run([AppendText("Once"), say("Once")])]

    chat.world.turn_service.handle(
        AnswerJob(conversation_id=chat.conversation.id, message_id=chat.message.id), lambda: 14.0
    )

    assert chat.world.gateway.types("phone") == ["message", "typing", "message"]


# ------------------------------------------------------------------------------------------------------- messages


def test_offsets_count_utf_16_code_units() -> None:
    chat = Chat("phone")

    chat.answer(AppendText("a😀é"), chat.wait(1), AppendText("👩‍👧"), chat.wait(1), AppendText("!"), say("a😀é👩‍👧!"))

    assert chat.list_deltas() == [(0, "a😀é"), (4, "👩‍👧"), (9, "!")]


def test_long_answer_is_streamed_as_several_messages() -> None:
    chat = Chat("phone")

    chat.answer(
        AppendText("one"),
        chat.wait(1),
        AppendText("!"),
        say("one!"),
        AppendText("two"),
        lambda: chat.open("laptop"),
        chat.wait(1),
        AppendText("!"),
        say("two!"),
    )

    first, second = (f"msg-{message.id}" for message in chat.list_bot_messages())
    assert [(frame["id"], frame["offset"], frame["content"]) for frame in chat.list_frames("delta")] == [
        (first, 0, "one"),
        (first, 3, "!"),
        (second, 0, "two!"),
    ]
    assert [(frame["id"], frame["content"]) for frame in chat.list_frames("delta", "laptop")] == [
        (first, "one!"),
        (second, "two!"),
    ]


def test_message_before_a_streamed_one_is_streamed_too() -> None:
    chat = Chat("phone")

    chat.answer(say("One moment."), AppendText("Once"), say("Once"))

    assert chat.list_deltas() == [(0, "One moment."), (0, "Once")]
    assert list(chat.show().shown[-1].values()) == ["One moment.", "Once"]


def test_message_after_a_pause_is_not_shown_before_it_is_delivered() -> None:
    chat = Chat("phone")

    chat.answer(AppendText("Now"), say("Now"), Pause(3), chat.wait(1), AppendText("Later"), say("Later"))

    assert chat.list_deltas() == [(0, "Now")]


def test_content_of_the_message_replaces_pieces_that_differ() -> None:
    chat = Chat("phone")

    chat.answer(AppendText("Once  "), say("Once."), chat.wait(1), AppendText("upon"), say("upon"))

    assert [list(each.values()) for each in chat.show().shown] == [["Once  "], ["Once."], ["Once.", "upon"]]


def test_turn_without_pieces_reads_no_devices_while_it_runs() -> None:
    chat = Chat("phone")
    reads: list[str] = []
    chat.world.connections.load_controls = reads.append  # type: ignore[method-assign,assignment]

    chat.answer(say("Once"), chat.wait(5), say("upon"))

    assert reads == []
    assert chat.list_deltas() == []


def test_message_that_was_streamed_is_of_the_time_when_the_turn_began() -> None:
    chat = Chat("phone")

    chat.answer(AppendText("Once"), chat.wait(9), say("Once"))

    (message,) = chat.list_bot_messages()
    assert message.timestamp == MORNING + timedelta(milliseconds=1)
    assert chat.world.memory.conversations[chat.conversation.id].last_activity == MORNING + timedelta(seconds=9)


def test_message_of_the_user_meanwhile_comes_first_and_the_answer_replaces_its_pieces() -> None:
    chat = Chat("phone")

    chat.answer(
        AppendText("Once"),
        lambda: chat.send("Stop that"),
        chat.wait(1),
        AppendText(" upon"),
        say("Once upon"),
    )

    first, _, answer = chat.world.list_messages(chat.conversation.id)
    assert (first.seq, answer.seq, answer.content) == (1, 3, "Once upon")
    assert {frame["id"] for frame in chat.list_frames("delta")} != {f"msg-{answer.id}"}
    client = chat.show()
    assert (client.texts, client.messages) == ({}, {f"msg-{answer.id}": "Once upon"})


# ------------------------------------------------------------------------------------------------------- attempts


def fail() -> None:
    raise RuntimeError


def test_second_attempt_begins_again_under_the_same_id() -> None:
    chat = Chat("phone")
    with pytest.raises(RuntimeError):
        chat.answer(AppendText("Once "), chat.wait(1), AppendText("upon"), fail)
    chat.world.clock.forward(seconds=30)

    chat.answer(AppendText("There "), chat.wait(1), AppendText("was"), say("There was"), attempt=SECOND)

    frames = chat.list_frames("delta")
    assert [(frame["attempt"], frame["offset"], frame["content"]) for frame in frames] == [
        (1, 0, "Once "),
        (1, 5, "upon"),
        (2, 0, "There "),
        (2, 6, "was"),
    ]
    assert {frame["id"] for frame in frames} == {f"msg-{message.id}" for message in chat.list_bot_messages()}


def test_attempt_is_the_number_of_the_delivery() -> None:
    chat = Chat("phone")
    chat.world.engine.script = [_run([AppendText("Once"), say("Once")])]

    chat.world.retries.run(
        AnswerJob(conversation_id=chat.conversation.id, message_id=chat.message.id), a_delivery(receives=3)
    )

    assert [frame["attempt"] for frame in chat.list_frames("delta")] == [3]


def test_attempt_that_is_long_after_the_first_gives_its_messages_the_current_time() -> None:
    chat = Chat("phone")
    chat.world.clock.forward(hours=3)

    chat.answer(AppendText("Once"), say("Once"), attempt=SECOND)

    assert chat.list_bot_messages()[0].timestamp == MORNING + timedelta(hours=3)


def test_second_attempt_that_says_nothing_ends_what_the_first_has_shown() -> None:
    chat = Chat("phone")
    with pytest.raises(RuntimeError):
        chat.answer(AppendText("Once "), fail)

    chat.answer(attempt=SECOND)

    assert chat.world.gateway.types("phone")[-1] == "stopped"
    assert chat.show().texts == {}


def test_late_piece_of_another_worker_does_not_follow_the_message() -> None:
    chat = Chat("phone")
    chat.answer(
        AppendText("Once "),
        chat.wait(1),
        lambda: chat.answer(AppendText("There"), say("There"), attempt=SECOND),
        AppendText("upon"),
        say("Once upon"),
    )

    client = chat.show()
    assert (client.texts, list(client.messages.values())) == ({}, ["There"])
    assert [each.content for each in chat.list_bot_messages()] == ["There"]


def test_devices_are_told_that_a_greeting_that_failed_has_ended() -> None:
    world = World()
    conversation = world.add_conversation(a_conversation(ADA))
    world.connections.add(a_socket(ADA, "phone", streams=True))
    job = GreetJob(conversation_id=conversation.id)

    for receives in (1, 2):
        world.engine.script = [_run([AppendText("Welc"), fail])]
        with pytest.raises(Exception):  # noqa: B017, PT011 - the error of the bot, then of the dead letter
            world.retries.run(job, a_delivery(receives=receives))

    assert world.gateway.types("phone") == ["delta", "delta", "stopped"]
    assert world.memory.dead_letters == [job]


# ----------------------------------------------------------------------------------------------- stops and claims


def write_until_stopped(chat: Chat, stop: Callable[[], None], *, reason: str = "stopped") -> None:
    """Write until the turn sees a stop request: at most 20 words."""

    def write() -> Iterator[Step]:
        turn = chat.world.engine.turns[-1]
        written = ""
        for number in range(20):
            if number == 3:
                stop()
            chat.world.clock.forward(seconds=0.25)
            written += f"{number} "
            yield AppendText(f"{number} ")
            if turn.is_stopped():
                yield say(written, finish_reason=reason)
                return
        yield say(written)

    chat.play(write())


def get_first_id(chat: Chat) -> str:
    return str(chat.list_frames("delta")[0]["id"]).removeprefix("msg-")


@both_kinds_of_caller
@pytest.mark.parametrize("named", [True, False])
def test_stopped_answer_keeps_what_was_written_and_all_devices_are_told(owner: Principal, named: bool) -> None:
    chat = Chat("phone", owner=owner)
    chat.world.add_connections(owner, "old")

    write_until_stopped(chat, lambda: chat.stop(get_first_id(chat) if named else None))

    (message,) = chat.list_bot_messages()
    assert (message.content, message.finish_reason) == ("0 1 2 3 4 ", "stopped")
    for device in ("phone", "old"):
        *_, stored, stopped = chat.world.gateway.frames[device]
        assert (stored["type"], stored["finish_reason"]) == ("message", "stopped")
        assert stopped == {
            "type": "status",
            "status": "stopped",
            "session_id": f"session-{chat.conversation.id}",
            "id": f"msg-{message.id}",
        }


def test_stop_request_of_another_message_or_answer_is_ignored() -> None:
    chat = Chat("phone")
    other = chat.send("And another")

    def stop_others() -> None:
        chat.stop(answered=other)
        chat.stop(other.id)

    write_until_stopped(chat, stop_others)

    assert chat.list_bot_messages()[0].content.endswith("19 ")
    assert "stopped" not in chat.world.gateway.types("phone")


def test_stop_request_that_has_expired_is_ignored() -> None:
    chat = Chat("phone")
    chat.stop()
    chat.world.clock.forward(minutes=10)

    write_until_stopped(chat, lambda: None)

    assert chat.list_bot_messages()[0].finish_reason is None


def test_stop_request_is_seen_while_no_text_arrives() -> None:
    chat = Chat("phone")
    seen: list[bool] = []

    def look() -> None:
        seen.append(chat.world.engine.turns[-1].is_stopped())

    chat.answer(chat.stop, *(step for _ in range(3) for step in (chat.wait(0.25), AppendText(""), look)), say("Oh"))

    assert seen == [False, True, True]


def test_stop_before_the_first_word_ends_the_turn_without_a_message() -> None:
    chat = Chat("phone")

    chat.answer(chat.stop, chat.wait(0.5), AppendText(""))

    assert chat.list_bot_messages() == []
    assert chat.world.gateway.frames["phone"][-1] == {
        "type": "status",
        "status": "stopped",
        "session_id": f"session-{chat.conversation.id}",
    }


def test_answer_that_is_run_again_is_still_stopped() -> None:
    chat = Chat("phone")
    with pytest.raises(RuntimeError):
        chat.answer(AppendText("Once "), chat.stop, fail)

    chat.answer(AppendText("Once "), lambda: check(chat.world.engine.turns[-1].is_stopped()), attempt=SECOND)

    assert chat.world.gateway.types("phone")[-1] == "stopped"


def test_redelivered_answer_without_a_message_ends_what_devices_show() -> None:
    chat = Chat("phone")
    chat.answer(AppendText("Once "), chat.stop)
    chat.world.gateway.frames.clear()

    chat.answer(attempt=SECOND)

    assert chat.world.gateway.types("phone")[-1] == "stopped"


def test_closing_every_device_is_no_stop() -> None:
    chat = Chat("phone")

    write_until_stopped(chat, lambda: chat.world.sockets.disconnect(ADA, "phone"))

    assert chat.list_bot_messages()[0].content.endswith("19 ")


def test_answer_follows_its_conversation_to_the_user_who_claims_it() -> None:
    visitor = a_visitor()
    chat = Chat("tab", owner=visitor)
    chat.world.connections.add(a_socket(ADA, "phone", streams=True))

    def transfer() -> None:
        expires_at = chat.world.clock() + timedelta(minutes=10)
        chat.world.connections.add_transfer(visitor.owner, Transfer(chat.conversation.id, ADA.owner, expires_at))

    chat.answer(
        AppendText("Once "),
        transfer,
        *(step for word in ("upon ", "a ", "time") for step in (chat.wait(1), AppendText(word))),
        say("Once upon a time"),
    )

    assert chat.list_deltas("tab") == [(0, "Once ")]
    assert chat.list_deltas("phone") == [(0, "Once upon a "), (12, "time")]


# --------------------------------------------------------------------------------------------- any course of events

DEVICES = ("phone", "laptop", "tablet")

words = st.builds(AppendText, st.text(alphabet="ab 😀\n", max_size=4))
happenings = st.one_of(
    st.floats(min_value=0, max_value=1).map(lambda seconds: ("wait", seconds)),
    st.sampled_from(DEVICES).map(lambda device: ("open", device)),
    st.sampled_from(DEVICES).map(lambda device: ("close", device)),
    st.sampled_from(DEVICES).map(lambda device: ("miss", device)),
    st.just(("busy", None)),
    st.just(("end", None)),
)


@given(first=st.lists(st.one_of(words, happenings)), second=st.lists(st.one_of(words, happenings)))
def test_every_device_shows_a_prefix_of_the_answer_and_nothing_twice(
    first: Sequence[Any], second: Sequence[Any]
) -> None:
    chat = Chat("phone")
    attempts: list[list[str]] = [[""], [""]]

    def play(events: Sequence[Any], texts: list[str]) -> Iterator[Step]:
        for event in events:
            match event:
                case AppendText():
                    texts[-1] += event.text
                    yield event
                case ("end", _):
                    if texts[-1]:
                        yield say(texts[-1])
                        texts.append("")
                case _:
                    _happen(chat, *event)
        _recover(chat)
        chat.open("phone")
        yield say(texts[-1])

    def crash() -> Iterator[Step]:
        yield from play(first, attempts[0])
        fail()

    with pytest.raises(RuntimeError):
        chat.play(crash())
    _recover(chat)
    # The second attempt has at least one word: by its delta, clients drop what the first one wrote.
    chat.play(play([AppendText("a"), *second], attempts[1]), attempt=SECOND)

    final = [each.content for each in chat.list_bot_messages()]
    assert final == attempts[1]
    for device in DEVICES:
        for attempt, seq, text in _replay(chat, device):
            assert attempts[attempt - 1][seq - chat.message.seq - 1].startswith(text)
    assert list(chat.show("phone").texts) == []


def _happen(chat: Chat, kind: str, what: Any) -> None:  # noqa: ANN401 - seconds or a device
    if kind == "wait":
        _recover(chat)
        chat.world.clock.forward(seconds=what)
    elif kind == "open":
        chat.open(what)
    elif kind == "close":
        _recover(chat)
        chat.world.sockets.disconnect(chat.owner, what)
    elif kind == "miss":
        chat.world.gateway.unavailable.add(what)
    else:
        chat.world.connections.busy = True


def _recover(chat: Chat) -> None:
    chat.world.gateway.unavailable.clear()
    chat.world.connections.busy = False


def _replay(chat: Chat, device: str) -> Iterator[tuple[int, int, str]]:
    """Yield attempt, seq and text of all messages in progress that a device has shown, frame by frame."""
    client = StreamingClient()
    for frame in chat.world.gateway.frames[device]:
        client.receive(frame)
        for message_id, text in client.texts.items():
            yield client.attempt, ids.get_seq(message_id.removeprefix("msg-")), text
