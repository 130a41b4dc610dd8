"""Conversion of a script's output to messages."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from basic.errors import BudgetError
from basic.machine.outcome import QuickRepliesEvent, QuickReply, QuickReplyKind, TalkEvent, WaitEvent
from conversations.domain import message, turn
from conversations.domain.message import Utterance
from conversations.domain.texts import MAX_CONTENT_LENGTH
from conversations.domain.turn import SendMessage
from conversations.engines.basic.messages import (
    MAX_LABEL_LENGTH,
    MAX_SUGGESTIONS,
    TurnCapacity,
    build_turn_events,
)
from conversations.engines.output_text import MAX_MESSAGES, clean


def quick_reply(label: str, kind: QuickReplyKind = "text", value: str | None = None) -> QuickReply:
    return QuickReply(label, kind, label if value is None else value)


def contents(*texts: str) -> list[str]:
    return [
        event.utterance.content
        for event in build_turn_events([TalkEvent(text) for text in texts])
        if isinstance(event, SendMessage)
    ]


def test_text_is_cleared_of_characters_not_allowed_in_messages() -> None:
    assert contents("a\x00b\x07c\r\nd\re\tf\ud800g\x85h") == ["abc\nd\ne\tfgh"]


@pytest.mark.parametrize("text", ["", "   ", "\n\t", "\x00"])
def test_empty_text_sends_no_message(text: str) -> None:
    assert build_turn_events([TalkEvent(text)]) == []


def test_quick_replies_of_empty_message_are_sent_with_previous_message_or_alone() -> None:
    replies = (message.Suggestion(text="Yes", value="Yes"),)

    assert build_turn_events([TalkEvent("Well?"), TalkEvent("", (quick_reply("Yes"),))]) == [
        SendMessage(Utterance(content="Well?", suggestions=replies))
    ]
    assert build_turn_events([TalkEvent("", (quick_reply("Yes"),))]) == [turn.SendSuggestions(replies)]
    assert build_turn_events([QuickRepliesEvent((quick_reply("Yes"),))]) == [turn.SendSuggestions(replies)]


@pytest.mark.parametrize(
    ("suggestion", "sent"),
    [
        (quick_reply("Prices", "text", "What does it cost?"), "What does it cost?"),
        (quick_reply("Support", "context", "support"), "Support"),
        (quick_reply("Report", "tool", "monthly-report"), "Report"),
        (quick_reply("Call", "action", "action:call"), "action:call"),
    ],
)
def test_quick_reply_sends_the_value_the_script_recognizes(suggestion: QuickReply, sent: str) -> None:
    (event,) = build_turn_events([TalkEvent("Well?", (suggestion,))])

    assert isinstance(event, SendMessage)
    assert [(reply.text, reply.value) for reply in event.utterance.suggestions] == [(suggestion.label, sent)]


def test_quick_replies_are_limited_in_number_and_length() -> None:
    quick_replies = [
        quick_reply(""),
        quick_reply("x" * 500),
        quick_reply("long", value="x" * 9_000),
        *(quick_reply(f"{n}") for n in range(300)),
    ]
    (event,) = build_turn_events([TalkEvent("Well?", tuple(quick_replies))])

    assert isinstance(event, SendMessage)
    texts = [reply.text for reply in event.utterance.suggestions]
    assert len(texts) == MAX_SUGGESTIONS
    assert texts[0] == "x" * (MAX_LABEL_LENGTH - 1) + "…"
    assert texts[1:3] == ["0", "1"]


def test_long_text_is_split_at_lines_and_words() -> None:
    line = "word " * 300
    (first, *rest) = build_turn_events([TalkEvent(f"{line}\n" * 12, (quick_reply("Ok"),))])

    assert isinstance(first, SendMessage)
    assert first.utterance.suggestions == ()
    assert first.utterance.content.endswith("word")
    (last,) = rest[-1:]
    assert isinstance(last, SendMessage)
    assert len(last.utterance.suggestions) == 1


def test_messages_beyond_the_limit_are_merged() -> None:
    assert contents(*["row"] * 500) == ["\n".join(["row"] * 500)]


def test_messages_are_not_merged_across_a_pause() -> None:
    events = [TalkEvent("row")] * 100 + [WaitEvent(2)] + [TalkEvent("end")]

    assert [type(event) for event in build_turn_events(events)] == [SendMessage, turn.Pause, SendMessage]


def test_messages_are_merged_across_pauses_if_necessary() -> None:
    (event, pause) = build_turn_events([TalkEvent("row"), WaitEvent(1)] * 100)

    assert isinstance(event, SendMessage)
    assert event.utterance.content == "\n".join(["row"] * 100)
    assert pause == turn.Pause(1)


LONG = st.text(max_size=20) | st.builds(
    lambda word, times: word * times, st.sampled_from(["x ", "x"]), st.integers(1, 20_000)
)
EVENTS = st.lists(LONG.map(TalkEvent) | st.just(WaitEvent(1)), max_size=150)


@given(EVENTS)
def test_output_within_capacity_is_sent_completely(events: list[TalkEvent | WaitEvent]) -> None:
    capacity = TurnCapacity()
    accepted: list[TalkEvent | WaitEvent] = []
    for event in events:
        try:
            capacity.add(event.text if isinstance(event, TalkEvent) else "")
        except BudgetError:
            break
        accepted.append(event)

    messages = [event.utterance.content for event in build_turn_events(accepted) if isinstance(event, SendMessage)]

    assert len(messages) <= MAX_MESSAGES
    assert all(0 < len(content) <= MAX_CONTENT_LENGTH for content in messages)
    expected = "".join(clean(event.text) for event in accepted if isinstance(event, TalkEvent))
    assert "".join("".join(messages).split()) == "".join(expected.split())


@given(st.lists(st.integers(1, 20_000), max_size=200))
def test_capacity_is_at_least_a_quarter_of_a_million_characters(lengths: list[int]) -> None:
    capacity, total = TurnCapacity(), 0
    for length in lengths:
        total += length
        if total <= MAX_MESSAGES * MAX_CONTENT_LENGTH // 2:
            capacity.add("x" * length)


def test_capacity_of_one_text_is_half_a_million_characters() -> None:
    TurnCapacity().add("x" * MAX_MESSAGES * MAX_CONTENT_LENGTH)
    with pytest.raises(BudgetError, match="sends more than 64 messages of 8,000 characters"):
        TurnCapacity().add("x" * MAX_MESSAGES * MAX_CONTENT_LENGTH + "x")
