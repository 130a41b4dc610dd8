"""Text messages of scripts: sent once however often the turn is run, limited, and refused without a sender."""

from datetime import timedelta

import pytest

from conversations.domain.errors import NotSentError, UnavailableError
from conversations.domain.jobs import AnswerJob
from tests.builders import a_draft
from tests.fakes.crashing_scripts import CrashingScriptWorld
from tests.fakes.scripts import ADA, ScriptWorld
from tests.fakes.sending import SentSms
from tests.unit.crashed_sending import count_sent_after_crash

ORDER = """
HEAR item
price = GET "https://shop.example/price"
first = SEND SMS "+15550100", item + " for " + price.id
bill = POST "https://shop.example/orders", #{item: item}
SEND SMS "+15550101", "Bill " + bill.data.id
TALK "Sent " + first.message_id
"""
APOLOGY = "Sorry, something went wrong on my side."


class Shop(CrashingScriptWorld):
    """A shop that sends two text messages in a turn."""

    def __init__(self, script: str = ORDER) -> None:
        super().__init__(script)
        self.send_message("pen")

    def count(self, to: str) -> int:
        return sum(sms.to == to for sms in self.sms.sent)


STEPS = Shop().run_until(0, after=False).steps


def test_text_message_is_claimed_before_it_is_sent() -> None:
    assert [step for step in STEPS if step in ("claim", "send", "write")].count("send") == 2
    assert STEPS.index("write") < STEPS.index("claim") < STEPS.index("send")


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("step", range(1, len(STEPS) + 1), ids=lambda step: f"{step}-{STEPS[step - 1]}")
def test_crash_at_any_step_sends_no_text_message_twice(step: int, *, after: bool) -> None:
    shop = Shop()
    shop.run_until(step, after=after)

    shop.run_until(0, after=False)

    sent, is_in_doubt = count_sent_after_crash(STEPS, step, after=after)
    assert [shop.count("+15550100"), shop.count("+15550101")] == [int(sent > 0), int(sent > 1)]
    assert shop.get_bot_messages(shop.conversation) == [APOLOGY if is_in_doubt else "Sent sms-1"]


def test_message_in_doubt_is_logged_by_its_step_without_number_and_text(caplog: pytest.LogCaptureFixture) -> None:
    shop = Shop()
    shop.run_until(STEPS.index("send") + 1, after=True)

    shop.run_until(0, after=False)

    doubts = [record for record in caplog.records if record.getMessage() == "text message in doubt"]
    assert [record.__dict__["effect"].rpartition(":")[2] for record in doubts] == ["2"]
    assert "a text message is never sent twice" in caplog.text
    assert "5550100" not in caplog.text
    assert "pen" not in caplog.text


def test_text_message_of_a_busy_service_is_sent_when_the_turn_is_run_again() -> None:
    world = ScriptWorld('HEAR item\nSEND SMS "+15550100", item\nTALK "Sent."')
    conversation = world.start_conversation()
    world.sms.failures = [UnavailableError()]
    message = world.messages.send(ADA, conversation.id, a_draft("pen"))
    job = AnswerJob(conversation_id=conversation.id, message_id=message.id)

    with pytest.raises(UnavailableError):
        world.turn_service.handle(job)
    world.turn_service.handle(job)

    assert world.sms.sent == [SentSms("+15550100", "pen")]
    assert world.get_bot_messages(conversation) == ["Sent."]
    assert [*world.sms_claims.recipients.values()] == [1]


def test_script_can_handle_a_refused_text_message() -> None:
    world = ScriptWorld('ON ERROR RESUME NEXT\nSEND SMS "+15550100", "A"\nSEND SMS "+15550101", "A"\nTALK "Done."')
    world.sms.failures = [NotSentError("refused")]

    assert world.chat() == ["Done."]
    assert [sms.to for sms in world.sms.sent] == ["+15550101"]


def test_turn_sends_ten_text_messages_at_most() -> None:
    world = ScriptWorld('FOR i = 1 TO 11\nSEND SMS "+15550100", "A"\nNEXT\nTALK "Done."')

    assert world.chat() == [APOLOGY]
    assert len(world.sms.sent) == 10


def test_text_messages_of_a_day_are_limited_apart_from_mails() -> None:
    world = ScriptWorld('DO\nHEAR x\nSEND MAIL "ada@example.com", "A", x\nSEND SMS "+15550100", x\nTALK "Sent."\nLOOP')
    world.sms_claims.limit = 2
    conversation = world.start_conversation()
    for text in ("1", "2", "3"):
        world.send(conversation, text)
    assert [sms.text for sms in world.sms.sent] == ["1", "2"]

    world.clock.forward(seconds=timedelta(days=1).total_seconds())
    assert world.chat("4")[-1] == "Sent."
    assert world.sms.sent[-1].text == "4"


@pytest.mark.parametrize(
    "statement", ['SEND SMS "+15550100", "A"', 'WRITE "a.txt", "A"\nSEND TEMPLATE "a.txt", "sms", "+15550100"']
)
def test_deployment_without_a_sender_refuses_text_messages_by_name(
    statement: str, caplog: pytest.LogCaptureFixture
) -> None:
    world = ScriptWorld(statement)
    world.sends_sms = False
    world.other_engines["basic"] = world.cold_engine()

    assert world.chat() == [APOLOGY]
    assert "the deployment has no channel for text messages: its parameter SmsFrom is empty" in caplog.text


def test_template_is_sent_as_a_text_message() -> None:
    world = ScriptWorld(
        'WRITE "a.txt", "Subject: Order\\nOne {{item}}"\nSEND TEMPLATE "a.txt", "sms", "+15550100", #{item: "pen"}\n'
        'TALK "Sent."'
    )

    assert world.chat() == ["Sent."]
    assert world.sms.sent == [SentSms("+15550100", "One pen")]
