"""What a script says, as messages that a conversation can hold."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from basic.errors import BudgetError
from basic.machine.outcome import QuickRepliesEvent, QuickReply, QuickReplyKind, TalkEvent, WaitEvent
from conversations.domain import bot, message
from conversations.domain.message import MAX_CONTENT_LENGTH, Utterance
from conversations.domain.turn import SendMessage
from conversations.engines.basic.messages import (
    LONGEST_LABEL,
    MOST_MESSAGES,
    MOST_SUGGESTIONS,
    TurnCapacity,
    clean,
    spoken,
)


def chip(label: str, kind: QuickReplyKind = "text", value: str | None = None) -> QuickReply:
    return QuickReply(label, kind, label if value is None else value)


def contents(*texts: str) -> list[str]:
    return [
        each.utterance.content for each in spoken([TalkEvent(text) for text in texts]) if isinstance(each, SendMessage)
    ]


def test_a_text_is_cleared_of_what_no_message_may_hold() -> None:
    assert contents("a\x00b\x07c\r\nd\re\tf\ud800g\x85h") == ["abc\nd\ne\tfgh"]


@pytest.mark.parametrize("text", ["", "   ", "\n\t", "\x00"])
def test_nothing_is_no_message(text: str) -> None:
    assert spoken([TalkEvent(text)]) == []


def test_the_quick_replies_of_an_empty_message_come_with_the_one_before_or_alone() -> None:
    replies = (message.Suggestion(text="Yes", value="Yes"),)

    assert spoken([TalkEvent("Well?"), TalkEvent("", (chip("Yes"),))]) == [
        SendMessage(Utterance(content="Well?", suggestions=replies))
    ]
    assert spoken([TalkEvent("", (chip("Yes"),))]) == [bot.SendSuggestions(replies)]
    assert spoken([QuickRepliesEvent((chip("Yes"),))]) == [bot.SendSuggestions(replies)]


@pytest.mark.parametrize(
    ("suggestion", "sent"),
    [
        (chip("Prices", "text", "What does it cost?"), "What does it cost?"),
        (chip("Support", "context", "support"), "Support"),
        (chip("Report", "tool", "monthly-report"), "Report"),
        (chip("Call", "action", "action:call"), "action:call"),
    ],
)
def test_pressing_a_quick_reply_sends_what_the_script_knows_it_by(suggestion: QuickReply, sent: str) -> None:
    (said,) = spoken([TalkEvent("Well?", (suggestion,))])

    assert isinstance(said, SendMessage)
    assert [(each.text, each.value) for each in said.utterance.suggestions] == [(suggestion.label, sent)]


def test_quick_replies_are_as_many_and_as_long_as_a_frame_holds() -> None:
    chips = [chip(""), chip("x" * 500), chip("long", value="x" * 9_000), *(chip(f"{n}") for n in range(300))]
    (said,) = spoken([TalkEvent("Well?", tuple(chips))])

    assert isinstance(said, SendMessage)
    texts = [each.text for each in said.utterance.suggestions]
    assert len(texts) == MOST_SUGGESTIONS
    assert texts[0] == "x" * (LONGEST_LABEL - 1) + "…"
    assert texts[1:3] == ["0", "1"]


def test_a_long_text_becomes_several_messages_that_end_where_lines_and_words_do() -> None:
    line = "word " * 300
    (first, *rest) = spoken([TalkEvent(f"{line}\n" * 12, (chip("Ok"),))])

    assert isinstance(first, SendMessage)
    assert first.utterance.suggestions == ()
    assert first.utterance.content.endswith("word")
    (last,) = rest[-1:]
    assert isinstance(last, SendMessage)
    assert len(last.utterance.suggestions) == 1


def test_more_messages_than_a_turn_may_store_are_joined() -> None:
    assert contents(*["row"] * 500) == ["\n".join(["row"] * 500)]


def test_messages_are_not_joined_over_a_pause() -> None:
    events = [TalkEvent("row")] * 100 + [WaitEvent(2)] + [TalkEvent("end")]

    assert [type(each) for each in spoken(events)] == [SendMessage, bot.Pause, SendMessage]


def test_messages_are_joined_over_a_pause_before_anything_is_lost() -> None:
    (said, pause) = spoken([TalkEvent("row"), WaitEvent(1)] * 100)

    assert isinstance(said, SendMessage)
    assert said.utterance.content == "\n".join(["row"] * 100)
    assert pause == bot.Pause(1)


LONG = st.text(max_size=20) | st.builds(
    lambda word, times: word * times, st.sampled_from(["x ", "x"]), st.integers(1, 20_000)
)
EVENTS = st.lists(LONG.map(TalkEvent) | st.just(WaitEvent(1)), max_size=150)


@given(EVENTS)
def test_whatever_found_room_can_be_stored_and_nothing_of_it_is_lost(events: list[TalkEvent | WaitEvent]) -> None:
    room = TurnCapacity()
    taken: list[TalkEvent | WaitEvent] = []
    for event in events:
        try:
            room.take(event.text if isinstance(event, TalkEvent) else "")
        except BudgetError:
            break
        taken.append(event)

    said = [each.utterance.content for each in spoken(taken) if isinstance(each, SendMessage)]

    assert len(said) <= MOST_MESSAGES
    assert all(0 < len(content) <= MAX_CONTENT_LENGTH for content in said)
    wanted = "".join(clean(event.text) for event in taken if isinstance(event, TalkEvent))
    assert "".join("".join(said).split()) == "".join(wanted.split())


@given(st.lists(st.integers(1, 20_000), max_size=200))
def test_there_is_room_for_a_quarter_of_a_million_characters_however_they_are_said(lengths: list[int]) -> None:
    room, said = TurnCapacity(), 0
    for length in lengths:
        said += length
        if said <= MOST_MESSAGES * MAX_CONTENT_LENGTH // 2:
            room.take("x" * length)


def test_there_is_room_for_half_a_million_characters_said_at_once_and_for_no_more() -> None:
    TurnCapacity().take("x" * MOST_MESSAGES * MAX_CONTENT_LENGTH)
    with pytest.raises(BudgetError, match="says more than 64 messages of 8,000 characters hold"):
        TurnCapacity().take("x" * MOST_MESSAGES * MAX_CONTENT_LENGTH + "x")
