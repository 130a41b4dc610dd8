"""The bot that ships with tools for a language model: with a model that calls them, and without one."""

from datetime import UTC, datetime

from tests.bots import Conversation, a_conversation, list_lines, record_lines, shipped, shipped_bundle
from tests.fakes.models import calls, says
from tests.fakes.scripts import ScriptWorld

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
BOOK, CANCEL = "Book a table", "Cancel a booking"


def without_a_model() -> Conversation:
    return a_conversation(shipped_bundle("frontdesk", **{"llm-model": "none"}), now=NOW)


def with_a_model() -> ScriptWorld:
    """Return a world whose bot is the one that ships."""
    world = ScriptWorld('TALK "replaced"')
    world.publish(shipped_bundle("frontdesk"))
    return world


def test_bot_is_published_as_one_that_waits_for_a_model() -> None:
    assert shipped("frontdesk").bot.waits


def test_model_books_a_table_by_calling_tools() -> None:
    world = with_a_model()
    day = "2030-12-24"
    world.models.answers = [
        says("For which day, and how many are you?"),
        calls("free_hours", day=day),
        says("18:00, 20:00 and 22:00 are free."),
        calls("book", day=day, hour="20:00", guests="4", guest="Ana"),
        says("Booked!"),
        calls("free_hours", day=day),
        says("Two hours are left."),
    ]

    replies = world.chat("A table, please", "Christmas Eve, 4 people", "At eight, for Ana", "And what is left?")

    assert replies[0] == "Welcome to The Old Mill! Shall I find you a table?"
    assert replies[1:] == [
        "For which day, and how many are you?",
        "18:00, 20:00 and 22:00 are free.",
        "Booked!",
        "Two hours are left.",
    ]
    results = [prompt[-1][1] for prompt in world.models.list_prompts() if prompt[-1][0] == "tool"]
    assert results[0] == "Free on 2030-12-24: 18:00, 20:00, 22:00"
    assert results[1].startswith("Booked for 4 on 2030-12-24 at 20:00 in the name of Ana. The code is ")
    assert results[2] == "Free on 2030-12-24: 18:00, 22:00"
    assert "You are the front desk of the restaurant The Old Mill." in world.models.list_prompts()[0][0][1]
    assert [tool.name for tool in world.models.requests[0].tools] == ["free_hours", "book", "cancel"]


def test_model_that_makes_up_values_books_nothing() -> None:
    world = with_a_model()
    world.models.answers = [calls("book", day="soon", hour="21:00", guests=0), says("When would you like to come?")]

    assert world.chat("Book something")[1:] == ["When would you like to come?"]
    assert "missing: guest; day: must be a date" in world.models.list_prompts()[1][-1][1]


def test_table_is_booked_and_cancelled_without_a_model() -> None:
    bot = without_a_model()

    booked = bot.send(BOOK, "24/12/2030", "20", "4", "Ana")[-1]
    code = booked.removesuffix(".")[-6:]
    again = bot.send(BOOK, "2030-12-24", "20:00", "2", "Eve")[-1]
    cancelled = bot.send(CANCEL, f" {code.lower()} ")[-1]
    unknown = bot.send(CANCEL, code)[-1]

    assert booked == f"Booked for 4 on 2030-12-24 at 20:00 in the name of Ana. The code is {code}."
    assert again == "The table is not free on 2030-12-24 at 20:00."
    assert cancelled == "The booking is cancelled."
    assert unknown == "There is no booking with this code."


def test_impossible_bookings_are_refused_without_a_model() -> None:
    bot = without_a_model()

    assert bot.send(BOOK, "yesterday", "18:00", "2", "Ana")[-1] == "That day is over."
    assert bot.send(BOOK, "tomorrow", "18:00", "9", "Ana")[-1] == "The table has 1 to 8 seats."
    assert bot.send("Hello?")[-1].startswith("I cannot talk freely just now.")


def test_full_day_has_no_free_hours() -> None:
    world = with_a_model()
    hours = ["18:00", "20:00", "22:00"]
    world.models.answers = [
        *[calls("book", day="2030-12-24", hour=hour, guests=2, guest="Ana") for hour in hours],
        calls("free_hours", day="2030-12-24"),
        says("Nothing is left."),
    ]

    world.chat("Book the whole evening")

    assert world.models.list_prompts()[-1][-1][1] == "Nothing is free on 2030-12-24."


def test_every_line_of_the_front_desk_runs() -> None:
    with record_lines() as seen:
        test_model_books_a_table_by_calling_tools()
        test_table_is_booked_and_cancelled_without_a_model()
        test_impossible_bookings_are_refused_without_a_model()
        test_full_day_has_no_free_hours()

    assert list_lines(shipped_bundle("frontdesk").program) - seen == set()
