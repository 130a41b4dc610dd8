"""The prompt: instructions, history in the order of the dialog, and a budget of tokens."""

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conversations.domain.message import Attachment, Message, Sender
from conversations.domain.model import ModelMessage, ModelReference
from conversations.domain.turn import Turn
from conversations.engines.model.prompt import build_prompt
from conversations.engines.model.settings import ModelSettings
from conversations.engines.model.tokens import estimate_tokens, shorten
from tests.builders import a_bot, a_conversation_id, a_message, a_turn

CONVERSATION = a_conversation_id()
SETTINGS = ModelSettings(ModelReference("openai", "small"), prompt_tokens=1_000, max_tokens=100, history_limit=20)


def user(seq: int, content: str) -> Message:
    return a_message(CONVERSATION, seq=seq, content=content)


def bot(seq: int, content: str, answers: int | None) -> Message:
    return a_message(CONVERSATION, seq=seq, content=content, sender=Sender.BOT).model_copy(update={"answers": answers})


def build(
    history: Sequence[Message], message: Message, settings: ModelSettings = SETTINGS, *instructions: str
) -> list[tuple[str, str]]:
    """Return the roles and contents of a prompt."""
    prompt = build_prompt(with_history(history, message), message, settings, instructions)
    return [(part.role, part.content) for part in prompt]


def with_history(history: Sequence[Message], message: Message) -> Turn:
    return replace(a_turn(a_bot(), message), history=lambda limit: sorted(history, key=lambda part: part.seq)[-limit:])


def test_prompt_has_instructions_history_and_the_message() -> None:
    history = [bot(1, "Hello!", 0), user(2, "Who are you?"), bot(3, "A bot.", 2), user(4, "Since when?")]
    settings = replace(SETTINGS, system_prompt=" Be kind. ")

    assert build(history, history[-1], settings, "Be short.", " ") == [
        ("system", "Be kind.\n\nBe short."),
        ("assistant", "Hello!"),
        ("user", "Who are you?"),
        ("assistant", "A bot."),
        ("user", "Since when?"),
    ]


def test_prompt_without_instructions_has_no_system_message() -> None:
    assert build([], user(1, "Hi")) == [("user", "Hi")]


def test_answers_follow_their_questions_and_later_questions_are_left_out() -> None:
    history = [user(1, "One?"), user(2, "Two?"), user(3, "Three?"), bot(4, "1", 1)]

    assert build(history, history[1]) == [("user", "One?"), ("assistant", "1"), ("user", "Two?")]


def test_messages_of_one_role_in_a_row_are_merged() -> None:
    history = [bot(1, "Hello!", 0), bot(2, "Ask me.", 0), user(3, "One?"), user(4, "Two?")]

    assert build(history, history[-1]) == [("assistant", "Hello!\n\nAsk me."), ("user", "One?\n\nTwo?")]


@pytest.mark.parametrize(("limit", "count"), [(0, 0), (1, 1), (3, 3), (20, 6)])
def test_history_has_at_most_so_many_messages(limit: int, count: int) -> None:
    history = [part for seq in range(1, 7, 2) for part in (user(seq, "?"), bot(seq + 1, "!", seq))]
    message = user(7, "And?")

    prompt = build([*history, message], message, replace(SETTINGS, history_limit=limit))

    assert len(prompt) == count + 1


def test_attachments_are_described() -> None:
    file = Attachment(name="a.png", content_type="image/png", url="https://files.example/a.png")
    message = user(1, "Look").model_copy(update={"attachments": (file,)})

    assert build([message], message) == [("user", "Look\n[a.png (image/png): https://files.example/a.png]")]


def test_oldest_messages_are_left_out_first() -> None:
    history = [user(1, "a" * 900), bot(2, "b" * 900, 1), user(3, "c" * 900)]
    message = user(4, "d")

    prompt = build([*history, message], message, replace(SETTINGS, prompt_tokens=650))

    assert [content[0] for _, content in prompt] == ["b", "c"]


TEXTS = st.text(st.characters(codec="utf-8"), max_size=60).filter(str.strip)


@given(
    st.lists(st.tuples(TEXTS, st.booleans()), max_size=12),
    TEXTS,
    st.text(max_size=400),
    st.integers(min_value=20, max_value=300),
)
def test_prompt_fits_its_tokens_and_ends_with_the_message(
    said: list[tuple[str, bool]], question: str, system: str, tokens: int
) -> None:
    history = [
        bot(seq, content, seq - 1) if is_bot else user(seq, content)
        for seq, (content, is_bot) in enumerate(said, start=1)
    ]
    message = user(len(said) + 1, question)
    settings = replace(SETTINGS, prompt_tokens=tokens, system_prompt=system)

    prompt = build_prompt(with_history([*history, message], message), message, settings)

    assert sum(estimate_tokens(part.content) for part in prompt) <= tokens
    assert prompt[-1].role == "user"
    fits = estimate_tokens(question) <= tokens // 4
    assert prompt[-1].content.endswith(question) or not fits
    roles = [part.role for part in prompt if part.role != "system"]
    assert all(first != second for first, second in pairwise(roles))


@given(TEXTS, st.integers(min_value=5, max_value=80))
def test_shortened_text_is_a_beginning_that_fits(text: str, tokens: int) -> None:
    short = shorten(text, tokens)

    assert text.startswith(short)
    assert estimate_tokens(short) <= tokens
    assert short == text or estimate_tokens(text) > tokens


@pytest.mark.parametrize(
    ("text", "counted"),
    [
        ("The quick brown fox jumps over the lazy dog.", 10),
        ("Não consigo responder agora, tente mais tarde.", 12),
        ("今日は良い天気ですね。", 9),
    ],
)
def test_estimate_is_not_lower_than_what_tokenizers_count(text: str, counted: int) -> None:
    assert counted <= estimate_tokens(text) <= 3 * counted


def test_prompt_is_a_list_that_the_answer_can_extend() -> None:
    prompt = build_prompt(with_history([], user(1, "Hi")), user(1, "Hi"), SETTINGS)

    assert prompt == [ModelMessage("user", "Hi")]
