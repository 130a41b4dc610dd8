"""Mails of scripts: sent once however often the turn is run, limited, and refused without a sender."""

from datetime import timedelta

import pytest

from conversations.domain.content_types import detect_content_type
from conversations.domain.drive import DriveWriter
from conversations.domain.errors import NotSentError, UnavailableError
from conversations.domain.jobs import AnswerJob
from conversations.domain.mail import MailAttachment
from conversations.engines.basic import drive as engine_drive
from tests.builders import MORNING, a_draft
from tests.documents import build_pdf
from tests.fakes.crashing_scripts import CrashingScriptWorld
from tests.fakes.scripts import ADA, ScriptWorld
from tests.fakes.sending import SentMail
from tests.unit.crashed_sending import count_sent_after_crash

ORDER = """
HEAR item
price = GET "https://shop.example/price"
SEND MAIL "ada@example.com", "Order", "One " + item + " for " + price.id
bill = POST "https://shop.example/orders", #{item: item}
SEND MAIL "shop@example.com", "Bill", "Bill " + bill.data.id
TALK "Sent."
"""
FIRST, SECOND = "Order", "Bill"
APOLOGY = "Sorry, something went wrong on my side."


class Shop(CrashingScriptWorld):
    """A shop that sends two mails in a turn."""

    def __init__(self, script: str = ORDER) -> None:
        super().__init__(script)
        self.send_message("pen")

    def count(self, subject: str) -> int:
        return sum(mail.subject == subject for mail in self.mail.sent)


STEPS = Shop().run_until(0, after=False).steps


def test_mail_is_claimed_before_it_is_sent() -> None:
    assert [step for step in STEPS if step in ("claim", "send", "write")].count("send") == 2
    assert STEPS.index("write") < STEPS.index("claim") < STEPS.index("send")


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("step", range(1, len(STEPS) + 1), ids=lambda step: f"{step}-{STEPS[step - 1]}")
def test_crash_at_any_step_sends_no_mail_twice(step: int, *, after: bool) -> None:
    shop = Shop()
    shop.run_until(step, after=after)

    shop.run_until(0, after=False)

    sent, is_in_doubt = count_sent_after_crash(STEPS, step, after=after)
    assert [shop.count(FIRST), shop.count(SECOND)] == [int(sent > 0), int(sent > 1)]
    assert shop.get_bot_messages(shop.conversation) == [APOLOGY if is_in_doubt else "Sent."]


def test_repeated_turn_sends_the_same_mail_once_after_many_crashes() -> None:
    shop = Shop()
    for step in range(1, 12):
        shop.run_until(step, after=step % 2 == 0)
    shop.run_until(0, after=False)

    assert max(shop.count(FIRST), shop.count(SECOND)) <= 1


def test_script_learns_that_a_mail_is_in_doubt() -> None:
    shop = Shop('HEAR item\nSEND MAIL "ada@example.com", "Order", item\nTALK "Sent."')
    steps = Shop('HEAR item\nSEND MAIL "ada@example.com", "Order", item\nTALK "Sent."').run_until(0, after=False).steps
    shop.run_until(steps.index("send") + 1, after=True)

    shop.run_until(0, after=False)

    assert shop.count(FIRST) == 1
    assert shop.get_bot_messages(shop.conversation) == [APOLOGY]


def test_mail_of_a_busy_service_is_sent_when_the_turn_is_run_again() -> None:
    world = ScriptWorld('HEAR item\nSEND MAIL "ada@example.com", "Order", item\nTALK "Sent."')
    conversation = world.start_conversation()
    world.mail.failures = [UnavailableError()]
    message = world.messages.send(ADA, conversation.id, a_draft("pen"))
    job = AnswerJob(conversation_id=conversation.id, message_id=message.id)

    with pytest.raises(UnavailableError):
        world.turn_service.handle(job)
    world.turn_service.handle(job)

    assert world.mail.sent == [SentMail(("ada@example.com",), "Order", "pen")]
    assert world.get_bot_messages(conversation) == ["Sent."]
    assert [*world.mail_claims.recipients.values()] == [1]


def test_script_can_handle_a_refused_mail() -> None:
    world = ScriptWorld(
        'ON ERROR RESUME NEXT\nSEND MAIL "ada@example.com", "A", "B"\nSEND MAIL "bia@example.com", "A", "B"\n'
        'TALK "Done."'
    )
    world.mail.failures = [NotSentError("refused")]

    assert world.chat() == ["Done."]
    assert [mail.to for mail in world.mail.sent] == [("bia@example.com",)]


def test_turn_sends_ten_mails_at_most() -> None:
    world = ScriptWorld('FOR i = 1 TO 11\nSEND MAIL "ada@example.com", "A", "B"\nNEXT\nTALK "Done."')

    assert world.chat() == [APOLOGY]
    assert len(world.mail.sent) == 10


def test_recipients_of_a_day_are_limited() -> None:
    world = ScriptWorld('DO\nHEAR x\nSEND MAIL "ada@example.com, bia@example.com", "A", x\nTALK "Sent."\nLOOP')
    world.mail_claims.limit = 5
    conversation = world.start_conversation()
    for text in ("1", "2", "3"):
        world.send(conversation, text)
    assert [mail.text for mail in world.mail.sent] == ["1", "2"]

    world.clock.forward(seconds=timedelta(days=1).total_seconds())
    assert world.chat("4")[-1] == "Sent."
    assert world.mail.sent[-1].text == "4"


def test_deployment_without_a_sender_refuses_mail_by_name(caplog: pytest.LogCaptureFixture) -> None:
    world = ScriptWorld('SEND MAIL "ada@example.com", "A", "B"')
    world.sends_mail = False
    world.other_engines["basic"] = world.cold_engine()

    assert world.chat() == [APOLOGY]
    assert "this deployment sends no mail: its parameter MailFrom is empty" in caplog.text


def write_file(shop: ScriptWorld, path: str, content: bytes) -> None:
    writer = DriveWriter(None, None, anonymous=False, effect=path, now=MORNING)
    shop.drive.write("default", path, content, detect_content_type(path, content), writer)


ATTACHED = """
HEAR item
SEND MAIL "ada@example.com", "Bill", "One " + item, ["bills/1.pdf", "notes.txt"]
TALK "Sent."
"""


def test_mail_has_the_files_as_they_are() -> None:
    shop = Shop(ATTACHED)
    content = build_pdf("Bill")
    write_file(shop, "bills/1.pdf", content)
    write_file(shop, "notes.txt", b"Thanks")

    shop.run_until(0, after=False)

    (mail,) = shop.mail.sent
    assert mail.parts.attachments == (
        MailAttachment("1.pdf", "application/pdf", content),
        MailAttachment("notes.txt", "text/plain", b"Thanks"),
    )


def test_mail_with_a_missing_file_is_neither_claimed_nor_sent() -> None:
    shop = Shop(ATTACHED)
    write_file(shop, "notes.txt", b"Thanks")

    steps = shop.run_until(0, after=False).steps

    assert shop.mail.sent == []
    assert "claim" not in steps
    assert shop.get_bot_messages(shop.conversation) == [APOLOGY]


def test_attachments_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine_drive, "MAX_ATTACHED_BYTES", 10)
    shop = Shop(ATTACHED)
    write_file(shop, "bills/1.pdf", build_pdf("Bill"))
    write_file(shop, "notes.txt", b"Thanks")

    shop.run_until(0, after=False)

    assert shop.mail.sent == []
    assert shop.get_bot_messages(shop.conversation) == [APOLOGY]


def open_shop_with_template() -> Shop:
    shop = Shop('HEAR item\nSEND TEMPLATE "order.txt", "email", "ada@example.com", #{item: item}\nTALK "Sent."')
    write_file(shop, "order.txt", b"Subject: Order\nOne ${item}")
    return shop


TEMPLATE_STEPS = open_shop_with_template().run_until(0, after=False).steps


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize(
    "step", range(1, len(TEMPLATE_STEPS) + 1), ids=lambda step: f"{step}-{TEMPLATE_STEPS[step - 1]}"
)
def test_crash_at_any_step_sends_no_template_twice(step: int, *, after: bool) -> None:
    shop = open_shop_with_template()
    shop.run_until(step, after=after)
    # A retry sends what the template is when it is sent, and only if nothing has been claimed.
    write_file(shop, "order.txt", b"Subject: Order\nOne changed ${item}")

    shop.run_until(0, after=False)

    sent = shop.count("Order")
    is_in_doubt = (TEMPLATE_STEPS[step - 1], after) in {("claim", True), ("send", False)}
    assert sent == (0 if is_in_doubt else 1)
