"""The state machine of the Python client: sending, receiving, answers, and who is connected."""

import pytest

from general_bots_conversations import events
from general_bots_conversations.core.conversation import ConversationState
from general_bots_conversations.core.effects import Refusal
from general_bots_conversations.errors import NotSentError
from general_bots_conversations.models import Suggestion
from tests.unit.python_client.harness import Harness

DAY = 24 * 60 * 60


def open_live(*, is_user: bool = True) -> tuple[Harness, ConversationState]:
    """Return a connected client with its conversation."""
    harness = Harness(is_user=is_user)
    conversation = harness.machine.open_conversation(None)
    harness.do(harness.machine.connect)
    harness.settle(1)
    assert conversation.status == "live"
    return harness, conversation


def list_sent(harness: Harness) -> list[str]:
    return [frame["content"] for frame in harness.server.received if frame["type"] == "message"]


def list_texts(conversation: ConversationState) -> list[str]:
    return [message.content for message in conversation.timeline.messages]


def list_ratings(conversation: ConversationState) -> list[str | None]:
    return [message.rating for message in conversation.timeline.messages]


def delta(
    conversation: ConversationState, text: str, offset: int, *, name: str = "msg-9", attempt: int = 1
) -> dict[str, object]:
    frame = {"type": "delta", "session_id": f"session-{conversation.key}", "id": name, "offset": offset}
    return frame | {"content": text, "attempt": attempt}


@pytest.mark.parametrize("is_user", [True, False], ids=["user", "visitor"])
def test_conversation_that_is_opened_after_the_socket_is_live(is_user: bool) -> None:
    harness = Harness(is_user=is_user)
    harness.do(harness.machine.connect)
    harness.settle(1)

    opened: list[ConversationState] = []
    harness.do(lambda: opened.append(harness.machine.open_conversation(None)))
    harness.do(lambda: opened[0].send("Hello"))
    harness.settle(1)

    assert opened[0].status == "live"
    assert list_texts(opened[0]) == ["Hello", "Answer to Hello"]


# -- sending ----------------------------------------------------------------------------------------------------------


def test_rate_limit_delays_all_messages_as_long_as_the_server_says() -> None:
    harness, conversation = open_live()
    harness.server.overrides = [{"type": "error", "error": "rate_limited", "message": "Slow down.", "retry_after": 30}]
    harness.do(lambda: conversation.send("One"), lambda: conversation.send("Two"))
    harness.settle(29)
    assert list_sent(harness) == ["One"]

    harness.settle(2)

    assert list_sent(harness) == ["One", "One", "Two"]
    [problem] = harness.list_events(events.Problem)
    assert (problem.error, problem.retry_after) == ("rate_limited", 30)


def test_refused_message_fails_and_the_next_one_is_sent() -> None:
    harness, conversation = open_live()
    harness.server.overrides = [{"type": "error", "error": "invalid_message", "message": "It is empty."}]
    harness.do(lambda: conversation.send("\u200b"), lambda: conversation.send("Two"))
    harness.settle(1)

    [failed] = harness.list_events(events.MessageFailed)
    assert (failed.message.content, failed.message.reason) == ("\u200b", "invalid_message")
    assert [message.delivery for message in conversation.timeline.messages] == ["failed", "delivered", "delivered"]

    harness.do(lambda: conversation.retry(str(failed.message.client_message_id)))
    harness.settle(1)

    assert {message.delivery for message in conversation.timeline.messages} == {"delivered"}


def test_unavailable_server_is_asked_again_with_backoff() -> None:
    harness, conversation = open_live()
    unavailable = {"type": "error", "error": "unavailable", "message": "Later."}
    harness.server.overrides = [unavailable, unavailable, unavailable]
    harness.do(lambda: conversation.send("One"))
    harness.settle(60)

    assert list_sent(harness) == ["One"] * 4
    assert list_texts(conversation) == ["One", "Answer to One"]


def test_message_whose_id_the_server_may_have_forgotten_fails_and_is_sent_as_a_new_one() -> None:
    harness, conversation = open_live()
    harness.do(lambda: conversation.send("Old"))
    harness.to_server.clear()
    harness.server.refusal = Refusal(None, "unreachable", "No answer.")
    harness.cut()
    harness.settle(DAY)
    harness.server.refusal = None
    harness.settle(60)

    [failed] = harness.list_events(events.MessageFailed)
    assert failed.message.reason == "stale"
    harness.do(lambda: conversation.retry(str(failed.message.client_message_id)))
    harness.settle(1)
    assert list_texts(conversation) == ["Old", "Answer to Old"]
    [message] = [message for message in conversation.timeline.messages if message.sender == "user"]
    assert message.client_message_id != failed.message.client_message_id


def test_many_stale_messages_fail_at_once() -> None:
    harness, conversation = open_live()
    harness.server.refusal = Refusal(None, "unreachable", "No answer.")
    for number in range(400):
        harness.do(lambda number=number: conversation.send(f"Message {number}"))  # type: ignore[misc]
    harness.machine.outbox._change(lambda _: True, first_sent_at=0.0)  # noqa: SLF001 - as if each had been sent
    harness.do(harness.machine.outbox.flush)

    assert len(harness.list_events(events.MessageFailed)) == 400


def test_message_too_large_for_a_frame_is_sent_over_rest() -> None:
    harness, conversation = open_live()
    text = "😀" * 8_000
    harness.do(lambda: conversation.send(text))
    harness.settle(1)

    assert list_sent(harness) == []
    assert list_texts(conversation) == [text, f"Answer to {text}"]


def test_message_that_cannot_be_stored_is_refused_and_not_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    harness, conversation = open_live()
    harness.do(lambda: conversation.send("Stored"))

    def fail(_name: str, _value: object) -> None:
        raise OSError("The disk is full.")

    monkeypatch.setattr(harness.storage, "write", fail)
    with pytest.raises(OSError, match="full"):
        conversation.send("Not stored")
    harness.settle(1)

    assert list_sent(harness) == ["Stored"]
    assert list_texts(conversation) == ["Stored", "Answer to Stored"]
    assert harness.machine.outbox.messages == ()


def test_half_of_a_surrogate_pair_is_replaced() -> None:
    harness, conversation = open_live()
    harness.do(lambda: conversation.send("cut \ud83d"))
    harness.settle(1)

    assert list_sent(harness) == ["cut \ufffd"]


def test_ended_conversation_takes_no_message() -> None:
    harness, conversation = open_live()
    harness.server.broadcast({"type": "status", "status": "deleted", "session_id": f"session-{conversation.key}"})
    harness.settle(1)

    assert (conversation.status, conversation.end_reason) == ("ended", "gone")
    with pytest.raises(NotSentError, match="gone"):
        conversation.send("Too late")


# -- receiving --------------------------------------------------------------------------------------------------------


def test_client_that_missed_more_than_a_replay_reads_history() -> None:
    harness, conversation = open_live()
    harness.server.store(str(conversation.key), content="First")
    harness.settle(1)
    harness.cut()
    for number in range(350):
        harness.server.store(str(conversation.key), content=f"Missed {number}")
    harness.settle(60)

    assert list_texts(conversation) == ["First", *(f"Missed {number}" for number in range(350))]
    assert conversation.status == "live"


def test_earlier_pages_are_loaded_on_demand() -> None:
    harness = Harness()
    key = harness.server.create_conversation()
    for number in range(120):
        harness.server.store(key, content=f"Message {number}")
    conversation = harness.machine.open_conversation(key)
    harness.do(harness.machine.connect)
    harness.settle(1)
    assert len(list_texts(conversation)) == 50

    for shown in (100, 120):
        assert conversation.has_earlier
        harness.do(lambda: conversation.load_earlier(lambda _: None))
        harness.settle(1)
        assert len(list_texts(conversation)) == shown
    assert list_texts(conversation) == [f"Message {number}" for number in range(120)]
    assert not conversation.has_earlier


def test_redacted_message_is_changed_everywhere() -> None:
    harness, conversation = open_live()
    harness.do(lambda: conversation.send("secret", shown="My password"))
    harness.settle(1)
    key = str(conversation.key)
    redacted = harness.server.messages[key][0] | {"content": "********"}
    harness.server.broadcast(harness.server.to_frame(key, redacted))
    harness.settle(1)

    message = conversation.timeline.messages[0]
    assert (message.content, message.shown) == ("********", None)
    assert harness.list_events(events.MessageChanged)[-1].message == message


def test_suggestions_belong_to_the_last_message_until_the_user_answers() -> None:
    harness, conversation = open_live()
    harness.server.store(str(conversation.key), content="Yes or no?", input={"type": "boolean"})
    suggestion = {"type": "suggestion", "session_id": f"session-{conversation.key}"}
    harness.server.broadcast(suggestion | {"suggestions": [{"text": "Yes", "value": "yes"}, {"wrong": 1}]})
    harness.settle(1)
    assert list(conversation.timeline.suggestions) == [Suggestion("Yes", "yes")]
    assert [conversation.timeline.input, conversation.timeline.messages[-1].input] == ["boolean", "boolean"]

    harness.do(lambda: conversation.send("yes"))

    assert conversation.timeline.input is None
    assert not conversation.timeline.suggestions
    assert [event.suggestions for event in harness.list_events(events.SuggestionsChanged)][-1] == ()


def test_input_of_a_turn_without_a_message_is_that_of_the_suggestion_frame() -> None:
    harness, conversation = open_live()
    harness.server.store(str(conversation.key), sender="user", content="Log in")
    suggestion = {"type": "suggestion", "session_id": f"session-{conversation.key}", "suggestions": []}
    harness.server.broadcast(suggestion | {"input": {"type": "password"}})
    harness.settle(1)

    assert conversation.timeline.input == "password"


def test_rating_and_title_of_other_devices_are_shown() -> None:
    harness, conversation = open_live()
    message = harness.server.store(str(conversation.key), content="Hi", rating="down")
    harness.settle(1)
    assert list_ratings(conversation) == ["down"]
    session = {"type": "status", "session_id": f"session-{conversation.key}"}
    harness.server.broadcast(session | {"status": "rated", "id": message["id"], "rating": "up"})
    harness.server.broadcast(session | {"status": "renamed", "title": "Tax"})
    harness.settle(1)

    assert list_ratings(conversation) == ["up"]
    assert conversation.title == "Tax"
    assert harness.list_events(events.ConversationChanged) == [
        events.ConversationChanged(f"conv-{conversation.key}", "renamed", "Tax")
    ]


@pytest.mark.parametrize(
    "text", ["no json", "[]", '{"type": "message"}', '{"type": "new"}', '{"status": {}}', "[" * 99_999]
)
def test_unknown_and_invalid_frames_are_ignored(text: str) -> None:
    harness, _ = open_live()
    harness.do(lambda: harness.machine.receive_text(1, text))

    assert harness.machine.is_connected


# -- answers ----------------------------------------------------------------------------------------------------------


def test_answer_is_shown_as_it_is_written_and_replaced_by_the_stored_message() -> None:
    harness, conversation = open_live()
    for piece, offset in (("Once \ud83d", 0), ("\ude00 up", 6), ("lost", 90), ("on", 10)):
        harness.server.broadcast(delta(conversation, piece, offset))
    harness.settle(0.1)
    shown = [event.messages[0].content for event in harness.list_events(events.AnswerChanged)]
    assert shown == ["Once ", "Once 😀 up", "Once 😀 upon"]
    assert conversation.answering
    key = conversation.timeline.messages[-1].key

    harness.server.broadcast(
        harness.server.to_frame(
            str(conversation.key),
            {"id": "msg-9", "seq": 1, "sender": "bot", "timestamp": "t", "content": "Once 😀 upon a time."},
        )
    )
    harness.settle(0.1)

    [message] = conversation.timeline.messages
    assert (message.key, message.content, message.streaming) == (key, "Once 😀 upon a time.", False)
    assert not conversation.answering


def test_new_attempt_replaces_the_answer_and_an_old_one_is_ignored() -> None:
    harness, conversation = open_live()
    frames = [delta(conversation, "Wrong", 0), delta(conversation, "Right", 0, attempt=2), delta(conversation, "!", 5)]
    for frame in frames:
        harness.server.broadcast(frame)
    harness.settle(0.1)

    assert list_texts(conversation) == ["Right"]


def test_request_to_stop_is_repeated_after_a_lost_connection() -> None:
    harness, conversation = open_live()
    harness.server.store(str(conversation.key), sender="user", content="Tell a story")
    harness.server.broadcast(delta(conversation, "Once", 0))
    harness.settle(0.1)
    harness.do(conversation.stop)
    harness.cut()
    harness.settle(2)

    stops = [frame for frame in harness.server.received if frame["type"] == "stop"]
    assert [frame.get("id") for frame in stops] == ["msg-9"]
    assert conversation.stopping


def test_unanswered_message_is_marked() -> None:
    harness, conversation = open_live()
    message = harness.server.store(str(conversation.key), sender="user", content="Hello")
    error = {"type": "error", "error": "internal", "message": "No.", "session_id": f"session-{conversation.key}"}
    harness.server.broadcast(error | {"message_id": message["id"]})
    harness.settle(1)

    assert conversation.timeline.messages[0].unanswered
    assert len(harness.list_events(events.MessageUnanswered)) == 1


# -- connections ------------------------------------------------------------------------------------------------------


def test_idle_connection_is_pinged_and_a_silent_one_replaced() -> None:
    harness, _ = open_live()
    harness.settle(301)
    assert harness.server.received[-1] == {"type": "ping"}
    assert harness.machine.is_connected

    harness.advance(300)
    harness.to_server.clear()
    harness.advance(10)

    assert harness.machine.connection.state == "waiting"
    harness.settle(5)
    assert harness.machine.is_connected


def test_refused_connection_says_why_and_waits_as_long_as_the_server_says() -> None:
    harness = Harness(is_user=False)
    harness.server.refusal = Refusal(429, "rate_limited", "Too many visitors.", 20)
    harness.do(harness.machine.connect)
    harness.settle(19)
    assert harness.list_events(events.ConnectionFailed) == [
        events.ConnectionFailed("rate_limited", "Too many visitors.", 20)
    ]
    harness.server.refusal = None

    harness.settle(2)

    assert harness.machine.is_connected


def test_rejected_token_is_renewed_once_and_then_the_user_is_signed_out() -> None:
    harness = Harness()
    harness.server.refusal = Refusal(401, "unauthorized", "The token has expired.")
    harness.do(harness.machine.connect)
    harness.settle(60)

    assert harness.renewals == 1
    assert len(harness.list_events(events.SignedOut)) == 1
    assert harness.machine.connection.state == "closed"


def test_expired_token_of_an_open_socket_is_renewed() -> None:
    harness, _ = open_live()
    harness.server.broadcast({"type": "error", "error": "unauthorized", "message": "The token has expired."})
    harness.settle(5)

    assert harness.renewals == 1
    assert harness.machine.is_connected


def test_visitor_returns_to_the_conversation_after_a_crash() -> None:
    harness, conversation = open_live(is_user=False)
    harness.do(lambda: conversation.send("Hello"))
    harness.settle(1)
    harness.crash()
    again = harness.machine.open_conversation(None)
    harness.do(harness.machine.connect)
    harness.settle(1)

    assert again.key == conversation.key
    assert list_texts(again) == ["Hello", "Answer to Hello"]


def test_visitors_conversation_that_has_expired_is_replaced_by_one_that_gets_the_unsent_messages() -> None:
    harness, conversation = open_live(is_user=False)
    harness.do(lambda: conversation.send("Hello"))
    harness.to_server.clear()
    harness.server.broadcast({"type": "status", "status": "expired", "session_id": f"session-{conversation.key}"})
    harness.settle(5)

    [replaced] = harness.list_events(events.ConversationReplaced)
    new = harness.machine.open_conversation(None)
    assert (replaced.conversation, replaced.replacement) == (conversation.number, new.number)
    assert (conversation.status, conversation.end_reason) == ("ended", "expired")
    assert list_texts(new) == ["Hello", "Answer to Hello"]


def test_visitors_token_that_the_server_rejects_is_replaced() -> None:
    harness, conversation = open_live(is_user=False)
    harness.server.visitors.clear()
    harness.cut()
    harness.settle(10)

    assert harness.machine.is_connected
    assert harness.machine.open_conversation(None).key not in (None, conversation.key)


def test_conversation_that_is_gone_ends_and_the_client_stays_connected() -> None:
    harness, conversation = open_live()
    harness.server.gone.add(str(conversation.key))
    harness.cut()
    harness.server.create_conversation()
    harness.settle(30)

    assert (conversation.status, conversation.end_reason) == ("ended", "gone")
    assert harness.machine.is_connected


def test_conversations_do_not_wait_for_one_another() -> None:
    harness, first = open_live()
    second = harness.machine.open_conversation(harness.server.create_conversation())
    harness.settle(1)
    harness.do(lambda: first.send("One"))
    harness.to_server.clear()
    harness.do(lambda: second.send("Two"))
    harness.settle(1)

    assert list_texts(second) == ["Two", "Answer to Two"]
    assert list_texts(first) == ["One"]


def test_client_that_forgets_leaves_nothing_in_the_storage() -> None:
    harness, conversation = open_live(is_user=False)
    harness.server.refusal = Refusal(None, "unreachable", "No answer.")
    harness.cut()
    harness.do(lambda: conversation.send("Unsent"), harness.machine.forget)

    assert harness.storage.read("visitor/outbox") is None
    assert harness.storage.read("visitor/session") is None
