"""The rule engine: which answer a message gets."""

import time
from collections.abc import Mapping, Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import JsonValue

from conversations.domain.message import Message, Suggestion, Utterance
from conversations.domain.turn import SaveState, SendMessage
from conversations.engines.rules import RuleEngine, matches, split_words
from tests.builders import a_bot, a_conversation_id, a_message, a_turn

GREETING = "Hello!"
SORRY = ("Pardon?", "I did not get that.", "Ask me about prices.")


class Chat:
    """A conversation with a rule bot, which saves the state from turn to turn."""

    def __init__(self, *rules: dict[str, JsonValue], greeting: JsonValue = None, fallback: JsonValue = None) -> None:
        program: dict[str, JsonValue] = {
            "greeting": greeting or {"say": [GREETING]},
            "rules": list(rules),
            "fallback": fallback or {"say": list(SORRY)},
        }
        self.bot = a_bot(engine="rules", program=program)
        self.state: Mapping[str, JsonValue] = {}
        self.conversation_id = a_conversation_id()

    def _turn(self, message: Message | None) -> list[Utterance]:
        turn = a_turn(self.bot, message, self.state)
        events = list(RuleEngine().run(turn))
        self.state = next((event.state for event in reversed(events) if isinstance(event, SaveState)), self.state)
        return [event.utterance for event in events if isinstance(event, SendMessage)]

    def start(self) -> list[Utterance]:
        return self._turn(None)

    def send(self, content: str) -> list[Utterance]:
        return self._turn(a_message(self.conversation_id, content=content))

    def get_answers(self, content: str) -> list[str]:
        return [utterance.content for utterance in self.send(content)]


def rule(*patterns: str, say: str) -> dict[str, JsonValue]:
    return {"patterns": list(patterns), "say": [say]}


def an_answer(say: Sequence[str], *suggestions: str) -> dict[str, JsonValue]:
    return {"say": list(say), "suggestions": list(suggestions)}


def test_bot_greets_a_new_conversation() -> None:
    assert Chat().start() == [Utterance(content=GREETING)]


def test_question_gets_the_answer_of_its_rule() -> None:
    chat = Chat(rule("price", say="It is free."), rule("weather", say="It rains."))

    assert chat.get_answers("What is the price of it?") == ["It is free."]
    assert chat.get_answers("And the weather") == ["It rains."]


@pytest.mark.parametrize(
    "content",
    [
        "café",
        "cafe",
        "CAFÉ",
        "Cafe\u0301",
        "¿Café?",
        "café!!!",
        "  café  ",
        "a café, please",
        "*café*",
        "“café”",
        "\tcafé\n",
        "ｃａｆé",
    ],
)
def test_case_accents_and_punctuation_are_ignored(content: str) -> None:
    assert Chat(rule("Café!", say="Coffee.")).get_answers(content) == ["Coffee."]


@pytest.mark.parametrize(
    "content",
    [
        "what's up",
        "What\N{RIGHT SINGLE QUOTATION MARK}s up?",
        "WHAT\N{MODIFIER LETTER APOSTROPHE}S UP",
        "whats up",
    ],
)
def test_apostrophe_does_not_separate_words(content: str) -> None:
    assert Chat(rule("what's up", say="Not much.")).get_answers(content) == ["Not much."]


@pytest.mark.parametrize("content", ["straße", "STRASSE", "Straẞe"])
def test_letters_with_multi_letter_upper_case_match(content: str) -> None:
    assert Chat(rule("Straße", say="That way.")).get_answers(content) == ["That way."]


def test_ligatures_and_symbols_match_their_letters() -> None:
    assert split_words("℡ ﬁn ㎏") == ("tel", "fin", "kg")


@pytest.mark.parametrize("content", ["prices", "surprice", "pri ce", "rice", "p-rice"])
def test_pattern_matches_complete_words_only(content: str) -> None:
    assert Chat(rule("price", say="It is free.")).get_answers(content) == [SORRY[0]]


@pytest.mark.parametrize("content", ["", "?!", "...", "\N{GRINNING FACE}", " "])
def test_message_without_words_gets_the_fallback(content: str) -> None:
    assert Chat(rule("price", say="It is free.")).get_answers(content) == [SORRY[0]]


def test_words_of_a_pattern_match_adjacent_and_in_order() -> None:
    chat = Chat(rule("how much", say="Nothing."))

    assert chat.get_answers("So how much is it?") == ["Nothing."]
    assert chat.get_answers("much how") == [SORRY[0]]
    assert chat.get_answers("how very much") == [SORRY[1]]


@pytest.mark.parametrize("content", ["what does it cost", "what cost", "What did the last one of these cost me?"])
def test_star_matches_any_number_of_words(content: str) -> None:
    assert Chat(rule("what * cost", say="Nothing.")).get_answers(content) == ["Nothing."]


def test_star_keeps_the_order_of_words() -> None:
    assert Chat(rule("what * cost", say="Nothing.")).get_answers("cost what") == [SORRY[0]]


def test_word_matches_only_one_side_of_a_star() -> None:
    chat = Chat(rule("tell * tell", say="Twice."))

    assert chat.get_answers("tell me") == [SORRY[0]]
    assert chat.get_answers("tell tell") == ["Twice."]


def test_pattern_with_the_most_words_wins() -> None:
    rules = [rule("cost", say="short"), rule("what does it cost", say="long"), rule("it cost", say="middle")]

    for first, second, third in ((0, 1, 2), (2, 1, 0), (1, 0, 2)):
        assert Chat(rules[first], rules[second], rules[third]).get_answers("what does it cost") == ["long"]


def test_longest_matching_pattern_of_a_rule_counts() -> None:
    chat = Chat(rule("cost", "does it cost", say="right"), rule("what", "what is the", say="wrong"))

    assert chat.get_answers("what does it cost") == ["right"]


def test_first_rule_wins_a_tie() -> None:
    assert Chat(rule("red", say="Red."), rule("blue", say="Blue.")).get_answers("blue or red") == ["Red."]


def test_every_sentence_is_a_message_and_the_last_has_the_quick_replies() -> None:
    chat = Chat({"patterns": ["hi"], "say": ["One.", "Two."], "suggestions": ["More?", "Bye"]})

    one, two = chat.send("hi")

    assert (one.content, one.suggestions) == ("One.", ())
    assert two.content == "Two."
    assert two.suggestions == (Suggestion(text="More?", value="More?"), Suggestion(text="Bye", value="Bye"))


def test_greeting_and_fallback_have_quick_replies() -> None:
    chat = Chat(greeting=an_answer(["Hello!"], "Price?"), fallback=an_answer(["Pardon?"], "Help"))

    assert chat.start()[0].suggestions == (Suggestion(text="Price?", value="Price?"),)
    assert chat.send("hm")[0].suggestions == (Suggestion(text="Help", value="Help"),)


def test_fallback_sentences_rotate() -> None:
    chat = Chat()

    assert [chat.get_answers("hm")[0] for _ in range(5)] == [*SORRY, SORRY[0], SORRY[1]]


def test_answer_resets_the_fallback_sentences() -> None:
    chat = Chat(rule("price", say="It is free."))

    assert [chat.get_answers(text)[0] for text in ("hm", "hm", "price", "hm")] == [*SORRY[:2], "It is free.", SORRY[0]]


@pytest.mark.parametrize("state", [{"misses": "many"}, {"misses": None}, {"misses": []}, {"other": 1}])
def test_state_of_another_engine_is_ignored(state: Mapping[str, JsonValue]) -> None:
    chat = Chat()
    chat.state = state

    assert chat.get_answers("hm") == [SORRY[0]]


@given(st.text(), st.text())
def test_any_pattern_and_text_can_be_matched(pattern: str, content: str) -> None:
    matches(pattern, split_words(content))


@given(st.lists(st.sampled_from("abc")), st.lists(st.sampled_from("abc*"), min_size=1))
def test_matching_equals_an_exhaustive_search(words: list[str], pattern: list[str]) -> None:
    parts = " ".join(pattern).split("*")

    assert matches(" ".join(pattern), words) == _search_exhaustively([part.split() for part in parts], words)


def _search_exhaustively(parts: list[list[str]], words: list[str]) -> bool:
    """Try every position for every part."""
    if not parts:
        return True
    part, rest = parts[0], parts[1:]
    return any(
        words[index : index + len(part)] == part and _search_exhaustively(rest, words[index + len(part) :])
        for index in range(len(words) - len(part) + 1)
    )


@pytest.mark.parametrize(
    "content",
    ["what is " * 20_000, "a" * 100_000, "a " * 50_000, "what " * 30_000 + "cost", "e\u0301" * 50_000, "'" * 100_000],
)
def test_very_long_text_is_matched_fast(content: str) -> None:
    chat = Chat(rule("what * is * a * cost", "a * a * a * a * b", "what is * what is * price", say="Nothing."))

    started_at = time.perf_counter()
    chat.send(content)

    # Twelve times the longest message takes a fifth of a second; a quadratic algorithm would take minutes.
    assert time.perf_counter() - started_at < 5
