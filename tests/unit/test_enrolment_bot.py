"""The enrolment bot that ships: documents, confirmations and withdrawals. ``bots/enrolment.gbai/tests`` has dialogs."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

import pytest
from pydantic import JsonValue

from basic.data.in_memory import InMemoryTableStore
from conversations.domain.conversation import Conversation
from conversations.domain.errors import NotSentError
from tests.bots import run_without_user, shipped_bundle
from tests.documents import read_pdf
from tests.fakes.scripts import ADA, ScriptWorld
from tests.unit.test_user_files import send_file
from tools.bots.memory_host import MemoryHost

FORM = ("Enrol in a course", "Ada Lovelace", "10 December 1990", "ada@example.com", "Bookbinding")


@pytest.fixture
def world() -> ScriptWorld:
    """A world whose bot is the one that ships."""
    world = ScriptWorld('TALK "replaced"')
    world.publish(shipped_bundle("enrolment"))
    return world


def enrol(world: ScriptWorld, *, document: bool) -> tuple[Conversation, str]:
    """Fill in the form, and return the conversation and the number of the enrolment."""
    conversation = world.start_conversation()
    for text in FORM:
        world.send(conversation, text)
    world.send(conversation, "yes" if document else "no")
    if document:
        send_file(world, conversation)
    last = world.get_bot_messages(conversation)[-1]
    assert last.startswith("You are enrolled in Bookbinding, which begins on Wednesday")
    return conversation, last.removesuffix(".").rpartition(" ")[2]


def list_paths(world: ScriptWorld) -> list[str]:
    return sorted(file.path for file in world.drive.list_by_owner(ADA.owner, limit=9).items)


def get_task(world: ScriptWorld) -> Mapping[str, JsonValue]:
    """Return the user's task."""
    (task,) = world.owned_rows.list_by_owner(ADA.owner, limit=9).items
    assert task.row is not None
    return task.row


@pytest.mark.parametrize(("document", "received"), [(True, "received"), (False, "none")])
def test_confirmation_is_sent_and_mailed(world: ScriptWorld, received: str, *, document: bool) -> None:
    conversation, number = enrol(world, document=document)

    (mail,) = world.mail.sent
    (pdf,) = mail.parts.attachments
    (page,) = read_pdf(pdf.content)
    assert (mail.to, pdf.name) == (("ada@example.com",), f"{number}.pdf")
    assert "born on 10 December 1990" in page
    assert received in page
    files = [each for message in world.list_messages(conversation.id) for each in message.attachments]
    assert [file.name for file in files] == [*(["tea.csv"] if document else []), f"{number}.pdf"]


def test_withdrawal_deletes_the_files_and_cancels_the_task(world: ScriptWorld) -> None:
    conversation, number = enrol(world, document=True)
    assert list_paths(world) == [f"confirmations/{number}.pdf", f"documents/{number}/tea.csv"]
    assert get_task(world)["assignee"] == "office@example.com"

    for text in ("Withdraw", number.lower(), "ada@example.com", "yes"):
        world.send(conversation, text)

    assert world.get_bot_messages(conversation)[-1] == "The enrolment is withdrawn."
    assert list_paths(world) == []
    assert get_task(world)["status"] == "cancelled"


def test_person_is_enrolled_although_the_mail_fails(world: ScriptWorld) -> None:
    world.mail.failures = [NotSentError("refused")]

    conversation, _ = enrol(world, document=False)

    assert world.get_bot_messages(conversation)[-3:-1] == [
        "Your confirmation",
        "I could not send the mail. Please keep the confirmation above.",
    ]
    assert world.mail.sent == []


def test_file_that_is_not_given_is_left_out(world: ScriptWorld) -> None:
    conversation = world.start_conversation()
    for text in (*FORM, "yes", "I have none here", "cancel"):
        world.send(conversation, text)

    assert world.get_bot_messages(conversation)[-1].startswith("You are enrolled in Bookbinding")


def test_reminder_is_mailed_once_on_the_day_before() -> None:
    bundle, store = shipped_bundle("enrolment"), InMemoryTableStore()
    logged: list[str] = []
    host = MemoryHost(bundle, logged.append, store=store)
    for number, begins in enumerate(["2026-12-02", "2026-12-02", "2026-12-03"]):
        row = {"student": f"S{number}", "email": f"s{number}@example.com", "course": "Bookbinding", "begins": begins}
        store.insert("enrolments", f"E{number}", {**row, "id": f"E{number}", "status": "enrolled"})

    counts = []
    for day, hour in ((30, 20), (31, 9), (31, 10), (32, 9)):
        run_without_user(bundle, "remind", datetime(2026, 11, 1, hour, tzinfo=UTC) + timedelta(days=day - 1), host)
        counts.append(len(logged))

    assert counts == [0, 2, 2, 3]
    assert logged[0].startswith('mail to s0@example.com: "Bookbinding begins tomorrow", "Dear S0,')
