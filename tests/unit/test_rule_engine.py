"""The rule bot: which of its answers somebody gets."""

import time
from collections.abc import Mapping, Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import JsonValue

from conversations.domain.message import Message, Suggestion, Utterance
from conversations.domain.turn import SaveState, SendMessage
from conversations.engines.rules import RuleEngine, matches, split_words
from tests.builders import a_bot, a_message, a_session_id, a_turn

GREETING = "Hello!"
SORRY = ("Pardon?", "I did not get that.", "Ask me about prices.")


class Chat:
    """A conversation with a rule bot; it keeps what the bot remembers from turn to turn."""

    def __init__(self, *rules: dict[str, JsonValue], greeting: JsonValue = None, fallback: JsonValue = None) -> None:
        program: dict[str, JsonValue] = {
            "greeting": greeting or {"say": [GREETING]},
            "rules": list(rules),
            "fallback": fallback or {"say": list(SORRY)},
        }
        self.bot = a_bot(engine="rules", program=program)
        self.state: Mapping[str, JsonValue] = {}
        self.session_id = a_session_id()

    def _turn(self, message: Message | None) -> list[Utterance]:
        turn = a_turn(self.bot, message, self.state)
        events = list(RuleEngine().run(turn))
        self.state = next((event.state for event in reversed(events) if isinstance(event, SaveState)), self.state)
        return [event.utterance for event in events if isinstance(event, SendMessage)]

    def opens(self) -> list[Utterance]:
        return self._turn(None)

    def hears(self, content: str) -> list[Utterance]:
        return self._turn(a_message(self.session_id, content=content))

    def says(self, content: str) -> list[str]:
        return [utterance.content for utterance in self.hears(content)]


def rule(*patterns: str, say: str) -> dict[str, JsonValue]:
    return {"patterns": list(patterns), "say": [say]}


def suggesting(say: Sequence[str], *suggestions: str) -> dict[str, JsonValue]:
    return {"say": list(say), "suggestions": list(suggestions)}


def test_the_bot_greets_a_conversation_that_opens() -> None:
    assert Chat().opens() == [Utterance(content=GREETING)]


def test_a_question_gets_the_answer_of_its_rule() -> None:
    chat = Chat(rule("price", say="It is free."), rule("weather", say="It rains."))

    assert chat.says("What is the price of it?") == ["It is free."]
    assert chat.says("And the weather") == ["It rains."]


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
def test_case_accents_and_punctuation_make_no_difference(content: str) -> None:
    assert Chat(rule("Café!", say="Coffee.")).says(content) == ["Coffee."]


@pytest.mark.parametrize(
    "content",
    [
        "what's up",
        "What\N{RIGHT SINGLE QUOTATION MARK}s up?",
        "WHAT\N{MODIFIER LETTER APOSTROPHE}S UP",
        "whats up",
    ],
)
def test_an_apostrophe_is_no_border_between_words_however_it_is_written(content: str) -> None:
    assert Chat(rule("what's up", say="Not much.")).says(content) == ["Not much."]


@pytest.mark.parametrize("content", ["straße", "STRASSE", "Straẞe"])
def test_letters_that_change_their_number_with_their_case_match(content: str) -> None:
    assert Chat(rule("Straße", say="That way.")).says(content) == ["That way."]


def test_signs_made_of_letters_match_those_letters() -> None:
    assert split_words("℡ ﬁn ㎏") == ("tel", "fin", "kg")


@pytest.mark.parametrize("content", ["prices", "surprice", "pri ce", "rice", "p-rice"])
def test_a_word_is_a_whole_word(content: str) -> None:
    assert Chat(rule("price", say="It is free.")).says(content) == [SORRY[0]]


@pytest.mark.parametrize("content", ["", "?!", "...", "\N{GRINNING FACE}", " "])
def test_what_has_no_words_is_not_understood(content: str) -> None:
    assert Chat(rule("price", say="It is free.")).says(content) == [SORRY[0]]


def test_the_words_of_a_pattern_stand_next_to_each_other_in_their_order() -> None:
    chat = Chat(rule("how much", say="Nothing."))

    assert chat.says("So how much is it?") == ["Nothing."]
    assert chat.says("much how") == [SORRY[0]]
    assert chat.says("how very much") == [SORRY[1]]


@pytest.mark.parametrize("content", ["what does it cost", "what cost", "What did the last one of these cost me?"])
def test_a_star_stands_for_any_words_or_none(content: str) -> None:
    assert Chat(rule("what * cost", say="Nothing.")).says(content) == ["Nothing."]


def test_a_star_does_not_turn_words_around() -> None:
    assert Chat(rule("what * cost", say="Nothing.")).says("cost what") == [SORRY[0]]


def test_a_word_is_not_used_for_both_sides_of_a_star() -> None:
    chat = Chat(rule("tell * tell", say="Twice."))

    assert chat.says("tell me") == [SORRY[0]]
    assert chat.says("tell tell") == ["Twice."]


def test_the_pattern_with_the_most_words_wins_wherever_it_stands() -> None:
    rules = [rule("cost", say="short"), rule("what does it cost", say="long"), rule("it cost", say="middle")]

    for first, second, third in ((0, 1, 2), (2, 1, 0), (1, 0, 2)):
        assert Chat(rules[first], rules[second], rules[third]).says("what does it cost") == ["long"]


def test_the_longest_matching_pattern_of_a_rule_counts() -> None:
    chat = Chat(rule("cost", "does it cost", say="right"), rule("what", "what is the", say="wrong"))

    assert chat.says("what does it cost") == ["right"]


def test_of_equals_the_first_wins() -> None:
    assert Chat(rule("red", say="Red."), rule("blue", say="Blue.")).says("blue or red") == ["Red."]


def test_every_sentence_is_a_message_and_the_suggestions_go_with_the_last() -> None:
    chat = Chat({"patterns": ["hi"], "say": ["One.", "Two."], "suggestions": ["More?", "Bye"]})

    one, two = chat.hears("hi")

    assert (one.content, one.suggestions) == ("One.", ())
    assert two.content == "Two."
    assert two.suggestions == (Suggestion(text="More?", value="More?"), Suggestion(text="Bye", value="Bye"))


def test_greeting_and_fallback_suggest_too() -> None:
    chat = Chat(greeting=suggesting(["Hello!"], "Price?"), fallback=suggesting(["Pardon?"], "Help"))

    assert chat.opens()[0].suggestions == (Suggestion(text="Price?", value="Price?"),)
    assert chat.hears("hm")[0].suggestions == (Suggestion(text="Help", value="Help"),)


def test_the_fallback_sentences_take_turns() -> None:
    chat = Chat()

    assert [chat.says("hm")[0] for _ in range(5)] == [*SORRY, SORRY[0], SORRY[1]]


def test_an_answer_starts_the_fallback_sentences_anew() -> None:
    chat = Chat(rule("price", say="It is free."))

    assert [chat.says(each)[0] for each in ("hm", "hm", "price", "hm")] == [*SORRY[:2], "It is free.", SORRY[0]]


@pytest.mark.parametrize("state", [{"misses": "many"}, {"misses": None}, {"misses": []}, {"other": 1}])
def test_a_state_of_another_engine_does_no_harm(state: Mapping[str, JsonValue]) -> None:
    chat = Chat()
    chat.state = state

    assert chat.says("hm") == [SORRY[0]]


@given(st.text(), st.text())
def test_no_text_breaks_the_bot(pattern: str, content: str) -> None:
    matches(pattern, split_words(content))


@given(st.lists(st.sampled_from("abc")), st.lists(st.sampled_from("abc*"), min_size=1))
def test_a_pattern_matches_exactly_where_a_search_by_hand_finds_it(words: list[str], pattern: list[str]) -> None:
    pieces = " ".join(pattern).split("*")

    assert matches(" ".join(pattern), words) == _found_by_hand([piece.split() for piece in pieces], words)


def _found_by_hand(pieces: list[list[str]], words: list[str]) -> bool:
    """Try every place for every piece."""
    if not pieces:
        return True
    wanted, rest = pieces[0], pieces[1:]
    return any(
        words[place : place + len(wanted)] == wanted and _found_by_hand(rest, words[place + len(wanted) :])
        for place in range(len(words) - len(wanted) + 1)
    )


@pytest.mark.parametrize(
    "content",
    ["what is " * 20_000, "a" * 100_000, "a " * 50_000, "what " * 30_000 + "cost", "e\u0301" * 50_000, "'" * 100_000],
)
def test_a_text_longer_than_anybody_may_write_is_answered_at_once(content: str) -> None:
    chat = Chat(rule("what * is * a * cost", "a * a * a * a * b", "what is * what is * price", say="Nothing."))

    begun = time.perf_counter()
    chat.hears(content)

    # Twelve times the longest message takes a fifth of a second; were it quadratic, it would be minutes.
    assert time.perf_counter() - begun < 5
