"""The dialogs that ship, played through: what they say, what they remember, and that every line of them runs."""

from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from basic.data.in_memory import InMemoryTableStore
from tests.bots import Conversation, a_conversation, lines_of, shipped_bundle, watching_lines

ASK = "What do you promise?"

QUESTIONS = [
    ("Hello", ["Hello! How can I help you?"]),
    ("hi!", ["Hello! How can I help you?"]),
    ("How are you?", ["All my functions are warm"]),
    ("Thanks", ["You are welcome!"]),
    ("Bye", ["Goodbye!"]),
    ("What is this?", ["This is the Conversations API", "You put a bot on a website"]),
    ("So, how does it work?", ["Your message is stored"]),
    ("What does it cost?", ["You pay per use"]),
    ("hello, HOW MUCH is it", ["You pay per use"]),
    ("What do you promise?", ["Nothing you were told is delivered gets lost", "Messages keep their order"]),
    ("And what if you crash?", ["Then the queue hands my work"]),
    ("Who can read this?", ["A visitor's messages are not kept"]),
    ("How do I sign in?", ["Use the menu at the top"]),
    ("Can I run it locally?", ["Yes - you probably are right now"]),
    ("How do I write a bot?", ["I am a handful of small scripts"]),
    ("What is BASIC?", ["A small language for dialogs"]),
    ("Which language model?", ["None yet"]),
    ("Do you have webhooks?", ["A script that begins with WEBHOOK"]),
    ("REST or WebSocket", ["Start, send, history and list are REST"]),
    ("help", ["You can ask me"]),
]


def the_default_bot(**user: str) -> Conversation:
    return a_conversation(shipped_bundle("default"), user=user)


def the_practice(*, now: datetime | None = None, store: InMemoryTableStore | None = None) -> Conversation:
    moment = now or datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
    return a_conversation(shipped_bundle("appointments"), now=moment, store=store)


# ---------------------------------------------------------------------------------------------- the default bot


def test_it_says_hello_once_and_offers_what_to_ask() -> None:
    bot = the_default_bot()

    assert len(bot.said) == 1
    assert bot.said[0].startswith("Hello! I am the bot that ships")
    assert bot.labels == ["What is this?", "What does it cost?", "What do you promise?", "Menu"]


@pytest.mark.parametrize(("question", "answers"), QUESTIONS)
def test_any_question_is_answered_at_once(question: str, answers: list[str]) -> None:
    said = the_default_bot().hears(question)

    assert [each.startswith(answer) for each, answer in zip(said, answers, strict=True)] == [True] * len(answers)


def test_what_it_does_not_know_it_owns_up_to_in_other_words_each_time() -> None:
    bot = the_default_bot()

    said = bot.hears("xyzzy", "plugh", "frotz", "gnusto")

    assert len(set(said)) == 3
    assert said[3] == said[0]
    assert bot.hears("Hello", "xyzzy")[1] == said[0], "an answer in between begins anew"


def test_a_name_is_remembered_in_the_conversation_and_in_the_next_one() -> None:
    bot = the_default_bot()

    said = bot.hears("remember me", "ana lima", "hello")

    assert said[0] == "What shall I call you?"
    assert said[1].startswith("Nice to meet you, Ana Lima!")
    assert said[2] == "Hello, Ana Lima! How can I help you?"
    assert bot.remembered["user", "name"] == "Ana Lima"
    assert the_default_bot(name="Ana Lima").said[0].startswith("Welcome back, Ana Lima!")


def test_a_name_can_be_kept_changed_and_forgotten() -> None:
    bot = the_default_bot(name="Ana")

    assert bot.hears("Hello") == ["Hello, Ana! How can I help you?"]
    assert bot.hears("call me", "no")[1] == "Then Ana it stays."
    assert bot.hears("call me", "yes", "Bia")[2].startswith("Nice to meet you, Bia!")
    assert bot.hears("Forget me") == ["I do not know any more what you are called."]
    assert bot.remembered["user", "name"] == ""
    assert bot.hears("Hello") == ["Hello! How can I help you?"]


def test_who_gives_no_name_is_asked_three_times_and_then_left_alone() -> None:
    bot = the_default_bot()

    said = bot.hears("remember me", "1", "2", "3", ASK)

    assert said[1:4] == ["Please enter a name of letters, such as Maria Souza."] * 3
    assert said[4] == "Never mind, I can do without."
    assert said[5].startswith("Nothing you were told")
    assert ("user", "name") not in bot.remembered


def test_the_menu_comes_back_until_it_is_left() -> None:
    bot = the_default_bot()

    assert bot.hears("Menu") == ["What shall we do?"]
    assert bot.labels == ["Estimate my costs", "Tell you my name", "See your script", "Leave the menu"]
    assert bot.hears("3")[-1] == "What next?"
    assert bot.hears("tell you my name", "Ana")[-1] == "What next?"
    said = bot.hears("1", "2,000", "5")
    assert said[0] == "How many people talk to your bot in a month?"
    assert said[2] == "That makes 10,000 questions and answers, and about $0.22 a month at AWS's list prices."
    assert bot.hears("leave") == ["Back to your questions, then."]
    assert bot.hears(ASK)[0].startswith("Nothing you were told")


def test_who_chooses_nothing_of_the_menu_is_asked_three_times_and_then_heard_again() -> None:
    bot = the_default_bot()

    said = bot.hears("Menu", "a", "b", "c", ASK)

    assert [each.startswith("Please choose one of these") for each in said[1:4]] == [True] * 3
    assert said[4] == "Back to your questions, then."
    assert said[5].startswith("Nothing you were told")


def test_nobody_who_talks_costs_nothing() -> None:
    assert the_default_bot().hears("Estimate", "0", "9")[-1] == "Then it costs nothing but storage."


def test_who_wants_to_talk_freely_is_told_that_there_is_no_model() -> None:
    bot = the_default_bot()

    said = bot.hears("Let me talk freely", "What now?", "Hello")

    assert said[0].startswith("As you like: from here on I follow no script.")
    assert said[1] == said[2]
    assert "no language model is configured" in said[1]


def explored(conversation: Callable[[], Conversation]) -> list[tuple[str, ...]]:
    """Follow every quick reply from each set of them that is ever offered, and return the ways that were gone."""
    gone: list[tuple[str, ...]] = []
    offered: set[tuple[str, ...]] = set()
    ways: list[tuple[str, ...]] = [()]
    while ways:
        way = ways.pop(0)
        bot = conversation()
        bot.hears(*way)
        gone.append(way)
        if tuple(bot.labels) not in offered:
            offered.add(tuple(bot.labels))
            ways += [(*way, label) for label in bot.labels]
    return gone


def test_whatever_the_default_bot_suggests_it_understands() -> None:
    beyond = the_default_bot().hears("xyzzy")

    ways = explored(the_default_bot)

    assert len(ways) > 30
    for way in ways:
        assert the_default_bot().hears(*way)[-1:] != beyond, way


def test_every_line_of_the_default_bot_runs() -> None:
    with watching_lines() as seen:
        test_a_name_can_be_kept_changed_and_forgotten()
        test_who_gives_no_name_is_asked_three_times_and_then_left_alone()
        test_the_menu_comes_back_until_it_is_left()
        test_nobody_who_talks_costs_nothing()
        test_who_wants_to_talk_freely_is_told_that_there_is_no_model()
        the_default_bot().hears(*(question for question, _ in QUESTIONS), "xyzzy")

    assert lines_of(shipped_bundle("default").program) - seen == set()


# ---------------------------------------------------------------------------------------------- appointments

BOOK, LOOK_UP, CANCEL = "Book an appointment", "Look up an appointment", "Cancel an appointment"
HOURS = [f"{hour:02}:00" for hour in range(9, 17)]


def booked(bot: Conversation, hour: str = "9:00") -> str:
    """Book for Monday and return the code."""
    said = bot.hears(BOOK, "tomorrow", hour, "Ana@Example.com")
    assert said[-2].startswith(
        f"Booked: Monday, 23 November 2026 at {int(hour.partition(':')[0]):02}:00. Your code is "
    )
    return said[-2].partition("Your code is ")[2][:6]


def test_an_appointment_is_booked_looked_up_and_cancelled() -> None:
    bot = the_practice()
    code = booked(bot)

    seen = bot.hears(LOOK_UP, "ana@example.com", code.lower())
    kept = bot.hears(CANCEL, "ana@example.com", code, "no")
    gone = bot.hears(CANCEL, "ana@example.com", f" {code} ", "yes")
    after = bot.hears(LOOK_UP, "ana@example.com", code)

    assert seen[-2] == "You are expected on Monday, 23 November 2026 at 09:00."
    assert kept[-3:-1] == ["Shall I cancel 23 November at 09:00?", "It stays as it is."]
    assert gone[-2] == "It is cancelled."
    assert after[-2] == "I find no appointment with that address and code."
    assert bot.hears("Nothing more") == ["Goodbye!"]
    assert bot.hears("Hello?") == ["That is all I do. Begin a new conversation to book another appointment."]


def test_only_what_is_free_is_offered_and_taken() -> None:
    bot = the_practice()
    booked(bot, "10:00")

    bot.hears(BOOK, "23/11/2026")
    assert bot.labels == [hour for hour in HOURS if hour != "10:00"]
    said = bot.hears("10 am", "8:30", "16:00", "ana@example.com")

    assert said[0].startswith("That is not free. Free are: 09:00, 11:00,")
    assert said[2].startswith("That is not free.")
    assert said[-2].startswith("Booked: Monday, 23 November 2026 at 16:00.")


def test_of_two_who_choose_the_same_slot_one_gets_it() -> None:
    store = InMemoryTableStore()
    quick, slow = the_practice(store=store), the_practice(store=store)
    slow.hears(BOOK, "tomorrow", "9:00")
    booked(quick)

    assert slow.hears("bia@example.com")[0] == "Somebody was faster, sorry. Please choose another time."


def test_days_that_are_over_closed_or_full_are_refused_and_the_third_time_it_is_left_at_that() -> None:
    full = the_practice(now=datetime(2026, 11, 20, 15, 59, tzinfo=UTC))
    assert full.hears(BOOK, "today")[-1] == "At what time?"
    assert full.labels == ["16:00"], "what is over cannot be booked"
    full.hears("16:00", "ana@example.com")

    said = full.hears(BOOK, "yesterday", "21/11/2026", "today")

    assert [each for each in said if each != "On which day?"] == [
        "That day is over.",
        "We are closed at weekends.",
        "Nothing is free on that day.",
        "Then let us leave it at that.",
        "Anything else?",
    ]


def test_who_names_no_day_no_time_or_no_address_books_nothing() -> None:
    bot = the_practice()

    assert bot.hears(BOOK, "a", "b", "c")[-2] == "Then let us leave it at that."
    assert bot.hears(BOOK, "tomorrow", "a", "b", "c")[-2] == "Then let us leave it at that."
    assert bot.hears(BOOK, "tomorrow", "9:00", "a", "b", "c")[-2] == "Without an address I cannot book."
    bot.hears(BOOK, "tomorrow")
    assert bot.labels == HOURS


def test_somebody_elses_appointment_is_not_shown() -> None:
    bot = the_practice()
    booked(bot)

    for email, code in (("ana@example.com", "' OR '1'='1"), ("eve@example.com", "000000")):
        assert bot.hears(LOOK_UP, email, code)[-2] == "I find no appointment with that address and code."


def test_every_line_of_the_appointment_bot_runs() -> None:
    with watching_lines() as seen:
        test_an_appointment_is_booked_looked_up_and_cancelled()
        test_only_what_is_free_is_offered_and_taken()
        test_of_two_who_choose_the_same_slot_one_gets_it()
        test_days_that_are_over_closed_or_full_are_refused_and_the_third_time_it_is_left_at_that()
        test_who_names_no_day_no_time_or_no_address_books_nothing()

    assert lines_of(shipped_bundle("appointments").program) - seen == set()
