"""The bots that ship: their dialogs, their memories, and that every line of their scripts runs."""

from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from basic.data.in_memory import InMemoryTableStore
from tests.bots import Conversation, a_conversation, list_lines, record_lines, shipped_bundle

ASK = "What do you promise?"

QUESTIONS = [
    ("Hello", ["Hello! How can I help you?"]),
    ("hi!", ["Hello! How can I help you?"]),
    ("How are you?", ["All my functions are warm"]),
    ("Thanks", ["You are welcome!"]),
    ("Bye", ["Goodbye!"]),
    (
        "What is this?",
        ["This is the Conversations API: REST and WebSocket for bot conversations, serverless on AWS.\nYou put"],
    ),
    ("So, how does it work?", ["Your message is stored"]),
    ("What does it cost?", ["You pay per use"]),
    ("hello, HOW MUCH is it", ["You pay per use"]),
    ("What do you promise?", ["Nothing you were told is delivered gets lost"]),
    ("And what if you crash?", ["Then the queue hands my work"]),
    ("Who can read this?", ["A visitor's messages are not kept"]),
    ("How do I sign in?", ["Use the menu at the top"]),
    ("Can I run it locally?", ["Yes - you probably are right now"]),
    ("How do I write a bot?", ["I am a handful of small scripts"]),
    ("What is BASIC?", ["A small language for dialogs"]),
    ("Which language model?", ["Any you like"]),
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


def test_default_bot_greets_once_with_quick_replies() -> None:
    bot = the_default_bot()

    assert len(bot.messages) == 1
    assert bot.messages[0].startswith("Hello! I am the bot that ships")
    assert bot.labels == ["What is this?", "What does it cost?", "What do you promise?", "Menu"]


@pytest.mark.parametrize(("question", "answers"), QUESTIONS)
def test_default_bot_answers_all_known_questions(question: str, answers: list[str]) -> None:
    replies = the_default_bot().send(question)

    assert [reply.startswith(answer) for reply, answer in zip(replies, answers, strict=True)] == [True] * len(answers)


def test_default_bot_rotates_its_fallback_sentences() -> None:
    bot = the_default_bot()

    replies = bot.send("xyzzy", "plugh", "frotz", "gnusto")

    assert len(set(replies)) == 3
    assert replies[3] == replies[0]
    assert bot.send("Hello", "xyzzy")[1] == replies[0], "an answer in between starts the rotation again"


def test_default_bot_remembers_the_users_name() -> None:
    bot = the_default_bot()

    replies = bot.send("remember me", "ana lima", "hello")

    assert replies[0] == "What shall I call you?"
    assert replies[1].startswith("Nice to meet you, Ana Lima!")
    assert replies[2] == "Hello, Ana Lima! How can I help you?"
    assert bot.remembered["user", "name"] == "Ana Lima"
    assert the_default_bot(name="Ana Lima").messages[0].startswith("Welcome back, Ana Lima!")


def test_default_bot_can_change_and_forget_the_name() -> None:
    bot = the_default_bot(name="Ana")

    assert bot.send("Hello") == ["Hello, Ana! How can I help you?"]
    assert bot.send("call me", "no")[1] == "Then Ana it stays."
    assert bot.send("call me", "yes", "Bia")[2].startswith("Nice to meet you, Bia!")
    assert bot.send("Forget me") == ["I do not know any more what you are called."]
    assert bot.remembered["user", "name"] == ""
    assert bot.send("Hello") == ["Hello! How can I help you?"]


def test_default_bot_asks_three_times_for_a_name() -> None:
    bot = the_default_bot()

    replies = bot.send("remember me", "1", "2", "3", ASK)

    assert replies[1:4] == ["Please enter a name of letters, such as Maria Souza."] * 3
    assert replies[4] == "Never mind, I can do without."
    assert replies[5].startswith("Nothing you were told")
    assert ("user", "name") not in bot.remembered


def test_menu_repeats_until_it_is_left() -> None:
    bot = the_default_bot()

    assert bot.send("Menu") == ["What shall we do?"]
    assert bot.labels == ["Estimate my costs", "Tell you my name", "See your script", "Leave the menu"]
    assert bot.send("3")[-1] == "What next?"
    assert bot.send("tell you my name", "Ana")[-1] == "What next?"
    replies = bot.send("1", "2,000", "5")
    assert replies[0] == "How many people talk to your bot in a month?"
    assert replies[2] == "That makes 10,000 questions and answers, and about $0.22 a month at AWS's list prices."
    assert bot.send("leave") == ["Back to your questions, then."]
    assert bot.send(ASK)[0].startswith("Nothing you were told")


def test_menu_ends_after_three_invalid_choices() -> None:
    bot = the_default_bot()

    replies = bot.send("Menu", "a", "b", "c", ASK)

    assert [reply.startswith("Please choose one of these") for reply in replies[1:4]] == [True] * 3
    assert replies[4] == "Back to your questions, then."
    assert replies[5].startswith("Nothing you were told")


def test_questions_of_the_default_bot_can_be_cancelled() -> None:
    bot = the_default_bot()

    assert bot.send("Estimate", "never mind")[-1] == "Another time, then."
    assert bot.send("Estimate", "5", "cancel")[-1] == "Another time, then."
    assert bot.send("remember me", "cancel")[-1] == "Never mind, I can do without."
    assert bot.send("Menu", "stop", ASK)[1] == "Back to your questions, then."
    assert bot.send(ASK)[0].startswith("Nothing you were told")


def test_estimate_without_users_is_free() -> None:
    assert the_default_bot().send("Estimate", "0", "9")[-1] == "Then it costs nothing but storage."


def test_free_chat_reports_the_missing_language_model() -> None:
    bot = the_default_bot()

    replies = bot.send("Let me talk freely", "What now?", "Hello")

    assert replies[0].startswith("As you like: from here on I follow no script.")
    assert replies[1] == replies[2]
    assert "no language model answers" in replies[1]


def explore_quick_replies(conversation: Callable[[], Conversation]) -> list[tuple[str, ...]]:
    """Follow every quick reply of every set that is ever offered, and return the paths."""
    visited: list[tuple[str, ...]] = []
    offered: set[tuple[str, ...]] = set()
    paths: list[tuple[str, ...]] = [()]
    while paths:
        path = paths.pop(0)
        bot = conversation()
        bot.send(*path)
        visited.append(path)
        if tuple(bot.labels) not in offered:
            offered.add(tuple(bot.labels))
            paths += [(*path, label) for label in bot.labels]
    return visited


def test_default_bot_understands_all_its_quick_replies() -> None:
    fallback = the_default_bot().send("xyzzy")

    paths = explore_quick_replies(the_default_bot)

    assert len(paths) > 30
    for path in paths:
        assert the_default_bot().send(*path)[-1:] != fallback, path


def test_every_line_of_the_default_bot_runs() -> None:
    with record_lines() as seen:
        test_default_bot_can_change_and_forget_the_name()
        test_default_bot_asks_three_times_for_a_name()
        test_menu_repeats_until_it_is_left()
        test_estimate_without_users_is_free()
        test_questions_of_the_default_bot_can_be_cancelled()
        test_free_chat_reports_the_missing_language_model()
        the_default_bot().send(*(question for question, _ in QUESTIONS), "xyzzy")

    assert list_lines(shipped_bundle("default").program) - seen == set()


# ---------------------------------------------------------------------------------------------- appointments

BOOK, LOOK_UP, CANCEL = "Book an appointment", "Look up an appointment", "Cancel an appointment"
HOURS = [f"{hour:02}:00" for hour in range(9, 17)]


def book(bot: Conversation, hour: str = "9:00") -> str:
    """Book for Monday and return the code."""
    replies = bot.send(BOOK, "tomorrow", hour, "Ana@Example.com")
    assert replies[-2].startswith(
        f"Booked: Monday, 23 November 2026 at {int(hour.partition(':')[0]):02}:00. Your code is "
    )
    return replies[-2].partition("Your code is ")[2][:6]


def test_appointment_is_booked_looked_up_and_cancelled() -> None:
    bot = the_practice()
    code = book(bot)

    found = bot.send(LOOK_UP, "ana@example.com", code.lower())
    declined = bot.send(CANCEL, "ana@example.com", code, "no")
    cancelled = bot.send(CANCEL, "ana@example.com", f" {code} ", "yes")
    after = bot.send(LOOK_UP, "ana@example.com", code)

    assert found[-2] == "You are expected on Monday, 23 November 2026 at 09:00."
    assert declined[-3:-1] == ["Shall I cancel 23 November at 09:00?", "It stays as it is."]
    assert cancelled[-2] == "It is cancelled."
    assert after[-2] == "I find no appointment with that address and code."
    assert bot.send("Nothing more") == ["Goodbye!"]
    assert bot.send("Hello?") == ["That is all I do. Begin a new conversation to book another appointment."]


def test_only_free_times_are_offered_and_accepted() -> None:
    bot = the_practice()
    book(bot, "10:00")

    bot.send(BOOK, "23/11/2026")
    assert bot.labels == [hour for hour in HOURS if hour != "10:00"]
    replies = bot.send("10 am", "8:30", "16:00", "ana@example.com")

    assert replies[0].startswith("That is not free. Free are: 09:00, 11:00,")
    assert replies[2].startswith("That is not free.")
    assert replies[-2].startswith("Booked: Monday, 23 November 2026 at 16:00.")


def test_only_one_of_two_users_gets_the_same_slot() -> None:
    store = InMemoryTableStore()
    quick, slow = the_practice(store=store), the_practice(store=store)
    slow.send(BOOK, "tomorrow", "9:00")
    book(quick)

    assert slow.send("bia@example.com")[0] == "Somebody was faster, sorry. Please choose another time."


def test_past_closed_and_full_days_are_refused_three_times() -> None:
    full = the_practice(now=datetime(2026, 11, 20, 15, 59, tzinfo=UTC))
    assert full.send(BOOK, "today")[-1] == "At what time?"
    assert full.labels == ["16:00"], "past times cannot be booked"
    full.send("16:00", "ana@example.com")

    replies = full.send(BOOK, "yesterday", "21/11/2026", "today")

    assert [reply for reply in replies if reply != "On which day?"] == [
        "That day is over.",
        "We are closed at weekends.",
        "Nothing is free on that day.",
        "Then let us leave it at that.",
        "Anything else?",
    ]


def test_booking_needs_day_time_and_address() -> None:
    bot = the_practice()

    assert bot.send(BOOK, "a", "b", "c")[-2] == "Then let us leave it at that."
    assert bot.send(BOOK, "tomorrow", "a", "b", "c")[-2] == "Then let us leave it at that."
    assert bot.send(BOOK, "tomorrow", "9:00", "a", "b", "c")[-2] == "Without an address I cannot book."
    bot.send(BOOK, "tomorrow")
    assert bot.labels == HOURS


def test_appointment_of_another_user_is_not_shown() -> None:
    bot = the_practice()
    book(bot)

    for email, code in (("ana@example.com", "' OR '1'='1"), ("eve@example.com", "000000")):
        assert bot.send(LOOK_UP, email, code)[-2] == "I find no appointment with that address and code."


def test_every_line_of_the_appointment_bot_runs() -> None:
    with record_lines() as seen:
        test_appointment_is_booked_looked_up_and_cancelled()
        test_only_free_times_are_offered_and_accepted()
        test_only_one_of_two_users_gets_the_same_slot()
        test_past_closed_and_full_days_are_refused_three_times()
        test_booking_needs_day_time_and_address()

    assert list_lines(shipped_bundle("appointments").program) - seen == set()
