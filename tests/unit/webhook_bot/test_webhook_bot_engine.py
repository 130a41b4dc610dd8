"""The engine of webhook bots: what is sent, what becomes of the answer, failures, retries, limits."""

import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from conversations.domain.bot_server import (
    ServerAnswerError,
    ServerDone,
    ServerMessage,
    ServerSuggestions,
    ServerText,
    ServerUnavailableError,
    ServerWaiting,
)
from conversations.domain.errors import UnavailableError
from conversations.domain.message import Attachment, Message, Sender, Suggestion, Utterance
from conversations.domain.texts import MAX_CONTENT_LENGTH
from conversations.domain.turn import AppendText, SaveState, SendMessage, SendSuggestions, Turn, TurnEvent
from conversations.domain.turn_time import DELIVER_SECONDS, STORE_SECONDS
from conversations.engines.output_text import MAX_MESSAGES
from conversations.engines.webhook_bot.circuit_breaker import MAX_FAILURES, OPEN_SECONDS, CircuitBreaker
from conversations.engines.webhook_bot.engine import MAX_GREETING_SECONDS, WebhookBotEngine
from conversations.engines.webhook_bot.program import Program
from tests.builders import a_bot, a_conversation_id, a_message, a_turn
from tests.fakes.bot_servers import FakeBotServers, Step, says

PROGRAM = Program(
    url="https://bots.example/shop",
    secrets=("ssm:/bots/new", "ssm:/bots/old"),
    history_limit=3,
    fallback="Not now.",
    error="Something is wrong.",
)
DOWN = ServerUnavailableError("down")
WRONG = ServerAnswerError("wrong")
YES, NO = Suggestion(text="Yes", value="Yes"), Suggestion(text="No", value="No")


def build_turn(program: Program = PROGRAM, **changes: Any) -> Turn:  # noqa: ANN401 - any attribute
    bot = a_bot().model_copy(update={"engine": "webhook", "program": program.model_dump(mode="json")})
    return replace(a_turn(bot, a_message(a_conversation_id(), content="How are you?")), **changes)


def answer(servers: FakeBotServers, turn: Turn | None = None) -> list[TurnEvent]:
    engine = WebhookBotEngine(servers, CircuitBreaker(servers.clock), servers.clock, servers.sleep)
    return list(engine.run(turn or build_turn()))


def list_utterances(events: Iterable[TurnEvent]) -> list[tuple[str, str | None]]:
    """Return the contents of the messages, and why they are incomplete."""
    utterances = [event.utterance for event in events if isinstance(event, SendMessage)]
    return [(utterance.content, utterance.finish_reason) for utterance in utterances]


def say(*steps: Step) -> list[tuple[str, str | None]]:
    return list_utterances(answer(FakeBotServers([steps])))


def stop_after(count: int) -> Callable[[], bool]:
    """Return ``is_stopped`` of a turn that is stopped when it was looked at ``count`` times."""
    looks = iter(range(1_000))
    return lambda: next(looks) >= count


# ------------------------------------------------------------------------------------------------ what is sent


def read_body(turn: Turn, servers: FakeBotServers | None = None) -> dict[str, Any]:
    servers = servers or FakeBotServers()
    answer(servers, turn)
    body: dict[str, Any] = json.loads(servers.requests[0].body)
    return body


def test_request_describes_the_turn() -> None:
    conversation_id = a_conversation_id()
    at = datetime(2026, 11, 28, 12, 0, 0, 7_000, tzinfo=UTC)
    file = Attachment(name="a.png", content_type="image/png", url="https://files.example/a.png")
    message = a_message(conversation_id, content="Olá", seq=3).model_copy(
        update={"timestamp": at, "attachments": (file,), "groups": frozenset({"hr"})}
    )
    earlier = [
        a_message(conversation_id, content="Hi", seq=1),
        Message(
            id=message.id,
            conversation_id=conversation_id,
            seq=2,
            sender=Sender.BOT,
            content="Hel",
            timestamp=at,
            finish_reason="stopped",
            answers=1,
        ),
        message,
    ]
    turn = build_turn(
        conversation_id=conversation_id,
        message=message,
        state={"n": 1},
        history=lambda _limit: earlier,
        owner="user:ada",
        groups=frozenset({"it", "hr"}),
        now=at,
    )

    body = read_body(turn)

    assert body["type"] == "turn"
    assert body["timestamp"] == "2026-11-28T12:00:00.007Z"
    assert body["data"] == {
        "bot": {"id": turn.bot.id, "name": turn.bot.name},
        "conversation_id": f"conv-{conversation_id}",
        "message": {
            "id": f"msg-{message.id}",
            "content": "Olá",
            "attachments": [{"name": "a.png", "content_type": "image/png", "url": "https://files.example/a.png"}],
            "timestamp": "2026-11-28T12:00:00.007Z",
        },
        "history": body["data"]["history"],
        "user": {"id": "ada", "anonymous": False, "groups": ["hr", "it"]},
        "state": {"n": 1},
    }
    assert [(entry["sender"], entry["content"], entry["finish_reason"]) for entry in body["data"]["history"]] == [
        ("user", "Hi", None),
        ("bot", "Hel", "stopped"),
    ]


def test_request_of_a_visitor_names_no_user() -> None:
    body = read_body(build_turn(anonymous=True, owner="visitor:secret"))

    assert body["data"]["user"] == {"id": None, "anonymous": True, "groups": []}
    assert "visitor:secret" not in json.dumps(body)


def test_request_of_the_greeting_has_no_message_and_no_history() -> None:
    data = read_body(build_turn(message=None))["data"]

    assert (data["message"], data["history"]) == (None, [])


def test_history_has_the_newest_messages_before_the_one_to_answer() -> None:
    conversation_id = a_conversation_id()
    messages = [a_message(conversation_id, content=str(seq), seq=seq) for seq in range(1, 8)]
    asked: list[int] = []

    def history(limit: int) -> Sequence[Message]:
        asked.append(limit)
        return messages

    data = read_body(build_turn(message=messages[5], history=history))["data"]

    assert [entry["content"] for entry in data["history"]] == ["3", "4", "5"]
    assert asked == [4]


def test_request_goes_to_the_server_of_the_bot_under_the_id_of_the_turn() -> None:
    servers, turn = FakeBotServers(), build_turn()

    answer(servers, turn)
    answer(servers, turn)

    assert servers.servers[0].url == "https://bots.example/shop"
    assert servers.servers[0].secrets == ("ssm:/bots/new", "ssm:/bots/old")
    assert [request.id for request in servers.requests] == [turn.id, turn.id]
    assert servers.requests[0].body == servers.requests[1].body


def test_welcome_message_is_the_greeting_without_a_request() -> None:
    servers = FakeBotServers()

    events = answer(servers, build_turn(PROGRAM.model_copy(update={"welcome": "Hi!"}), message=None))

    assert list_utterances(events) == [("Hi!", None)]
    assert servers.requests == []


# ------------------------------------------------------------------------------------------------ answers


def test_pieces_are_appended_and_the_message_completes_them() -> None:
    servers = FakeBotServers([says("Fine", ", thanks.", state={"n": 2})])

    assert answer(servers) == [
        AppendText("Fine"),
        AppendText(", thanks."),
        SendMessage(Utterance(content="Fine, thanks.")),
        SaveState({"n": 2}),
    ]
    assert servers.closed == 1


def test_message_replaces_its_pieces_and_has_suggestions() -> None:
    first: list[Step] = [ServerText("Fin"), ServerMessage("Fine.", (YES,))]
    second: list[Step] = [ServerText("And you?"), ServerSuggestions((NO,)), ServerDone()]

    events = answer(FakeBotServers([[*first, *second]]))

    assert [event for event in events if not isinstance(event, AppendText)] == [
        SendMessage(Utterance(content="Fine.", suggestions=(YES,))),
        SendMessage(Utterance(content="And you?", suggestions=(NO,))),
    ]


def test_suggestions_without_a_message_are_shown() -> None:
    assert answer(FakeBotServers([[ServerSuggestions((YES, NO)), ServerDone()]])) == [SendSuggestions((YES, NO))]


def test_empty_answer_says_nothing() -> None:
    assert answer(FakeBotServers([[ServerDone()]])) == []


def test_empty_state_replaces_the_state() -> None:
    assert answer(FakeBotServers([says(state={})]), build_turn(state={"n": 1})) == [SaveState({})]


def test_control_characters_are_removed() -> None:
    assert say(ServerMessage("a\x00b\r\nc"), ServerDone()) == [("ab\nc", None)]


def test_long_text_becomes_several_messages() -> None:
    text = "word " * 2_000

    for step in (ServerText(text), ServerMessage(text)):
        contents = [content for content, _ in say(step, ServerDone())]
        assert len(contents) == 2
        assert all(len(content) <= MAX_CONTENT_LENGTH for content in contents)
        assert " ".join(contents) == text.strip()


def test_text_of_a_message_whose_beginning_was_sent_is_not_repeated() -> None:
    text = "word " * 2_000

    assert len(say(ServerText(text), ServerMessage(text), ServerDone())) == 2


def test_answer_ends_at_the_messages_that_a_turn_may_send() -> None:
    steps: list[Step] = [*[ServerMessage("x")] * (MAX_MESSAGES + 5), ServerDone({"n": 1})]
    servers = FakeBotServers([steps])

    events = answer(servers)

    assert list_utterances(events) == [("x", None)] * (MAX_MESSAGES - 1) + [("x", "length")]
    assert servers.closed == 1


def test_text_that_is_too_long_for_a_turn_is_cut() -> None:
    contents = say(ServerMessage("x" * MAX_CONTENT_LENGTH * (MAX_MESSAGES + 2)), ServerDone())

    assert [reason for _, reason in contents] == [None] * (MAX_MESSAGES - 1) + ["length"]


# ------------------------------------------------------------------------------------------------ failures


@pytest.mark.parametrize("failures", [1, 2])
def test_failure_before_the_first_word_is_retried_with_the_same_id(failures: int) -> None:
    failure: list[Step] = [ServerWaiting(), DOWN]
    servers = FakeBotServers([*[failure] * failures, says("Fine.")])

    events = answer(servers)

    assert list_utterances(events) == [("Fine.", None)]
    assert len(servers.requests) == failures + 1
    assert len({(request.id, request.body) for request in servers.requests}) == 1


def test_server_that_stays_down_is_answered_for_after_three_tries() -> None:
    servers = FakeBotServers([[DOWN]])

    assert list_utterances(answer(servers)) == [("Not now.", None)]
    assert len(servers.requests) == 3
    assert servers.seconds == 2


def test_answer_error_is_reported_at_once() -> None:
    servers = FakeBotServers([[WRONG]])

    assert list_utterances(answer(servers)) == [("Something is wrong.", None)]
    assert len(servers.requests) == 1


@pytest.mark.parametrize("error", [DOWN, WRONG])
def test_break_after_the_first_word_keeps_and_marks_the_text(error: Exception) -> None:
    servers = FakeBotServers([[ServerText("Fine, th"), error], says("again")])

    assert list_utterances(answer(servers)) == [("Fine, th", "interrupted")]
    assert len(servers.requests) == 1


def test_break_after_a_complete_message_is_reported() -> None:
    assert say(ServerMessage("Fine."), DOWN) == [("Fine.", None), ("Not now.", None)]
    assert say(ServerMessage("Fine."), WRONG) == [("Fine.", None), ("Not now.", None)]


def test_answer_without_an_end_is_interrupted() -> None:
    assert say(ServerText("Fine")) == [("Fine", "interrupted")]


def test_state_of_an_incomplete_answer_is_kept() -> None:
    assert not any(isinstance(event, SaveState) for event in answer(FakeBotServers([[ServerText("Fine"), DOWN]])))


def test_retry_waits_as_long_as_the_server_asks() -> None:
    servers = FakeBotServers([[ServerUnavailableError("busy", wait_seconds=7)], says("Fine.")])

    assert list_utterances(answer(servers)) == [("Fine.", None)]
    assert servers.seconds == 7


def test_no_retry_after_the_time_of_the_turn() -> None:
    servers = FakeBotServers([[ServerUnavailableError("busy", wait_seconds=7)]])
    turn = build_turn(time_left=lambda: STORE_SECONDS + DELIVER_SECONDS + 7.5)

    assert list_utterances(answer(servers, turn)) == [("Not now.", None)]
    assert len(servers.requests) == 1
    assert servers.seconds == 0


def test_request_has_thirty_seconds_at_most() -> None:
    servers = FakeBotServers()
    answer(servers)
    answer(servers, build_turn(time_left=lambda: STORE_SECONDS + DELIVER_SECONDS + 12.0))
    answer(servers, build_turn(message=None))

    assert [request.seconds for request in servers.requests] == [30, 12, MAX_GREETING_SECONDS]


def test_turn_without_time_is_answered_without_a_request() -> None:
    servers = FakeBotServers()

    assert list_utterances(answer(servers, build_turn(time_left=lambda: 1.0))) == [("Not now.", None)]
    assert servers.requests == []


def test_turn_waits_for_secrets_that_are_unavailable() -> None:
    with pytest.raises(UnavailableError, match="secrets"):
        answer(FakeBotServers([[UnavailableError("secrets")]]))


def test_failure_is_logged_without_text(caplog: pytest.LogCaptureFixture) -> None:
    answer(FakeBotServers([[ServerText("confidential"), DOWN]]))

    assert "bot server failed: down" in caplog.text
    assert "confidential" not in str([record.__dict__ for record in caplog.records])


# ------------------------------------------------------------------------------------------------ stop


def test_stopped_answer_keeps_what_was_written_and_closes_the_request() -> None:
    servers = FakeBotServers([says("Fine", ", thanks", " a lot.", state={"n": 1})])

    events = answer(servers, build_turn(is_stopped=stop_after(1)))

    assert events == [
        AppendText("Fine"),
        AppendText(", thanks"),
        SendMessage(Utterance(content="Fine, thanks", finish_reason="stopped")),
    ]
    assert servers.closed == 1


def test_answer_that_is_stopped_before_its_first_word_is_empty() -> None:
    servers = FakeBotServers([[ServerWaiting(), ServerWaiting(), *says("Fine.")]])

    assert answer(servers, build_turn(is_stopped=stop_after(1))) == [AppendText(""), AppendText("")]


def test_stop_ends_the_wait_for_a_retry() -> None:
    servers = FakeBotServers([[ServerUnavailableError("busy", wait_seconds=20)], says("Fine.")])

    assert set(answer(servers, build_turn(is_stopped=stop_after(3)))) == {AppendText("")}
    assert len(servers.requests) == 1
    assert servers.seconds < 2


# ------------------------------------------------------------------------------------------------ circuit breaker


def test_server_that_keeps_failing_is_not_called_for_a_while() -> None:
    servers = FakeBotServers([[DOWN]])
    engine = WebhookBotEngine(servers, CircuitBreaker(servers.clock), servers.clock, servers.sleep)
    turn = build_turn()

    answers = [list_utterances(engine.run(turn)) for _ in range(5)]

    assert answers == [[("Not now.", None)]] * 5
    assert len(servers.requests) == MAX_FAILURES

    servers.seconds += OPEN_SECONDS
    servers.answers = [says("Fine.")]
    assert list_utterances(engine.run(turn)) == [("Fine.", None)]
    assert list_utterances(engine.run(turn)) == [("Fine.", None)]


def test_circuit_closes_for_one_request_and_opens_again_if_it_fails() -> None:
    now = [0.0]
    breaker = CircuitBreaker(lambda: now[0])
    for _ in range(MAX_FAILURES):
        assert breaker.allows("a")
        breaker.report_failure("a")

    assert not breaker.allows("a")
    assert breaker.allows("b")
    now[0] = OPEN_SECONDS
    assert [breaker.allows("a") for _ in range(3)] == [True, False, False]
    breaker.report_failure("a")
    now[0] += OPEN_SECONDS - 1
    assert not breaker.allows("a")
    now[0] += 1
    assert breaker.allows("a")
    breaker.report_success("a")
    assert all(breaker.allows("a") for _ in range(3))


def test_request_without_a_result_does_not_keep_the_circuit_open() -> None:
    now = [0.0]
    breaker = CircuitBreaker(lambda: now[0])
    for _ in range(MAX_FAILURES):
        breaker.report_failure("a")
    now[0] = 20
    assert breaker.allows("a")

    now[0] = 60

    assert breaker.allows("a")


def test_failures_that_are_not_in_a_row_do_not_open_the_circuit() -> None:
    breaker = CircuitBreaker(lambda: 0.0)
    for _ in range(MAX_FAILURES * 2):
        breaker.report_failure("a")
        breaker.report_success("a")

    assert breaker.allows("a")
