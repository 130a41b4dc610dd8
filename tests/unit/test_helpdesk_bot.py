"""The help desk that ships: tickets with files, and their mails. ``bots/helpdesk.gbai/tests`` has its conversations."""

from datetime import UTC, datetime

import pytest

from basic.data.in_memory import InMemoryTableStore
from basic.host import EffectKey, FileRequest
from basic.values import Value
from conversations.domain.principal import Principal
from tests.bots import run_without_user, shipped_bundle
from tests.builders import a_user, a_visitor
from tests.fakes.scripts import ScriptWorld
from tests.unit.test_user_files import CSV, send_file
from tools.bots.memory_host import MemoryHost

MONDAY = datetime(2026, 11, 30, 8, 0, tzinfo=UTC)
TICKET: dict[str, Value] = {"id": "A1", "email": "ada@example.com", "problem": "It is white.", "status": "open"}


def run_script(script: str, store: InMemoryTableStore | None = None, **variables: Value) -> list[str]:
    """Run a script without a user, and return the mails as the terminal logs them."""
    bundle = shipped_bundle("helpdesk")
    logged: list[str] = []
    host = MemoryHost(bundle, logged.append, store=store or InMemoryTableStore())
    host.file(EffectKey("before", 0), FileRequest("write", "tickets/A1/white.csv", text="tea,5"))
    run_without_user(bundle, script, MONDAY, host, **variables)
    return logged


@pytest.mark.parametrize("owner", [a_user("ada"), a_visitor()], ids=["user", "visitor"])
def test_file_of_a_ticket_is_kept_and_listed(owner: Principal) -> None:
    world = ScriptWorld('TALK "replaced"')
    world.publish(shipped_bundle("helpdesk"))
    conversation = world.start_conversation(owner)
    for text in ("Open a ticket", "The page stays white.", "ada@example.com", "yes"):
        world.send(conversation, text, owner)
    send_file(world, conversation, owner=owner)
    number = world.get_bot_messages(conversation)[-1].split()[1]

    (file,) = world.drive.list_by_owner(owner.owner, limit=9).items
    assert file.path == f"tickets/{number}/tea.csv"
    assert world.drive.read(file) == CSV
    world.send(conversation, "My tickets", owner)
    listed = world.get_bot_messages(conversation)[-1]
    assert f"| {number} |" in listed
    assert "| with a file | open |" in listed


def test_ticket_of_another_user_is_not_shown() -> None:
    world = ScriptWorld('TALK "replaced"')
    world.publish(shipped_bundle("helpdesk"))
    conversation = world.start_conversation()
    for text in ("Open a ticket", "The page stays white.", "ada@example.com", "no"):
        world.send(conversation, text)

    other = world.chat("My tickets", "Close a ticket", owner=a_user("eve"))

    assert other[1:] == ["You have no tickets.", "You have no open tickets."]


def test_new_ticket_is_mailed_with_its_file() -> None:
    row = TICKET | {"file": "tickets/A1/white.csv", "file_size": 5}

    assert run_script("mail_support", row=row) == [
        'mail to support@example.com: "Ticket A1", "From: ada@example.com\\n\\nIt is white.", file white.csv'
    ]


def test_file_that_is_too_large_for_a_mail_is_named() -> None:
    (mail,) = run_script("mail_support", row=TICKET | {"file": "tickets/A1/white.csv", "file_size": 8_000_000})

    assert mail.endswith('The file is too large for a mail. It is in the drive of the bot: tickets/A1/white.csv"')


def test_support_is_reminded_of_what_was_opened_before_today() -> None:
    store = InMemoryTableStore()
    assert run_script("remind", store) == []
    for number, (opened_at, status) in enumerate(
        [
            ("2026-11-29 23:00:00", "open"),
            ("2026-11-27 10:00:00", "open"),
            ("2026-11-27 10:00:00", "closed"),
            ("2026-11-30 07:00:00", "open"),
        ]
    ):
        store.insert("tickets", f"T{number}", TICKET | {"id": f"T{number}", "opened_at": opened_at, "status": status})

    (mail,) = run_script("remind", store)
    assert mail.startswith('mail to support@example.com: "Open tickets: 2", ')
    assert mail.endswith('"T1 of 2026-11-27, ada@example.com\\nT0 of 2026-11-29, ada@example.com"')
