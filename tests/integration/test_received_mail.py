"""Mails to bots: the functions with their own permissions, each mail once, deaths at every call."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from email.message import EmailMessage
from typing import Any

import pytest
from moto.ses.models import ses_backends

from basic.filters.filter import MATCH_ALL
from basic.filters.parser import parse_filter
from conversations.adapters.ses import build_message
from conversations.bootstrap.drive import drive_store
from conversations.domain.automations import RunStatus
from tests import events
from tests.aws import ACCOUNT, DRIVE_BUCKET, REGION
from tests.composition import clear_caches
from tests.integration.test_automation_functions import SUCCESS, Bots, DeathError, bots, count_mails

__all__ = ["bots"]

ADDRESS = "support@mail.example.org"
"""The recipient in events/workers/receive_mail.json."""

ANSWER = f"""
ON EMAIL "{ADDRESS}"
email = GET LAST "email_received_events"
SAVE "requests", #{{sender: email.from_address, subject: email.subject, text: email.text, dmarc: email.dmarc}}
IF email.has_attachments THEN
FOR EACH file IN email.attachments
MOVE file.path, "inbox/" + file.filename
NEXT
END IF
SEND MAIL email.from_address, "Re: " + email.subject, "Thank you"
END ON
"""


def a_mail(subject: str = "Tea", **headers: str) -> EmailMessage:
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = "Ada <ada@example.com>", ADDRESS, subject
    for name, value in headers.items():
        message[name.replace("_", "-")] = value
    message.set_content("A pot of tea, please.\n")
    return message


def receive(
    bots: Bots, message: EmailMessage, mail_id: str = "mail1", receipt: Mapping[str, object] | None = None
) -> list[str]:
    """Store a mail and report it as SES does, and return the jobs that were queued."""
    bots.aws.s3.put_object(Bucket=DRIVE_BUCKET, Key=f"!mail/{mail_id}", Body=message.as_bytes())
    event = events.event("receive_mail")
    notification = json.loads(event["Records"][0]["body"])
    notification["mail"] |= {"messageId": mail_id, "timestamp": datetime.now(UTC).isoformat()}
    notification["receipt"] |= {"recipients": [ADDRESS], **(receipt or {})}
    event["Records"][0]["body"] = json.dumps(notification)
    assert bots.functions.invoke("receive_mail", event) == SUCCESS
    return take_jobs(bots)


def take_jobs(bots: Bots) -> list[str]:
    url, bodies = bots.aws.names["AutomationsQueue"], []
    while batch := bots.aws.sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages", []):
        for message in batch:
            bots.aws.sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
            bodies.append(message["Body"])
    return bodies


def list_requests(bots: Bots, subject: str | None = None) -> list[dict[str, Any]]:
    """Return the rows of the script; FIND returns ten at most."""
    wanted = MATCH_ALL if subject is None else parse_filter(f"subject={subject}")
    rows: list[dict[str, Any]] = bots.tables.find("requests", wanted)
    return rows


def list_files() -> list[str]:
    return [file.path for file in drive_store().list_folder("default", "", limit=100)]


def test_event_of_ses_is_understood(bots: Bots) -> None:
    assert bots.functions.invoke("receive_mail", events.event("receive_mail")) == SUCCESS


def test_mail_runs_its_script_once(bots: Bots) -> None:
    bots.publish(answer=ANSWER)
    (job,) = receive(bots, a_mail())
    assert ADDRESS not in job

    assert bots.run(job) == SUCCESS
    assert bots.run(job) == SUCCESS

    (row,) = list_requests(bots)
    assert (row["sender"], row["subject"], row["text"]) == ("ada@example.com", "Tea", "A pot of tea, please.")
    assert row["dmarc"] == "gray"
    assert count_mails() == 1
    assert ses_backends[ACCOUNT][REGION].sent_messages[0].destinations
    (run,) = bots.list_runs()
    assert (run.script, run.schedule, run.status) == ("answer", "ON EMAIL mail1", RunStatus.DONE)


def test_mail_that_is_delivered_again_does_not_run_a_new_version(bots: Bots) -> None:
    bots.publish(answer=ANSWER)
    (job,) = receive(bots, a_mail())
    assert bots.run(job) == SUCCESS

    bots.publish(
        answer=f'ON EMAIL "{ADDRESS}"\nSAVE "requests", #{{sender: "new"}}\nSAVE "requests", #{{sender: "new"}}'
    )
    # A warm function knows the earlier version for some seconds.
    clear_caches()
    assert bots.run(job) == SUCCESS

    assert [row["sender"] for row in list_requests(bots)] == ["ada@example.com"]


def test_mail_that_is_reported_twice_runs_once(bots: Bots) -> None:
    bots.publish(answer=ANSWER)
    message = a_mail()

    event = events.event("receive_mail")
    key = json.loads(event["Records"][0]["body"])["receipt"]["action"]["objectKey"]
    bots.aws.s3.put_object(Bucket=DRIVE_BUCKET, Key=key, Body=bytes(message))
    for _ in range(2):
        bots.functions.invoke("receive_mail", event)
        for job in take_jobs(bots):
            assert bots.run(job) == SUCCESS

    assert len(list_requests(bots)) == count_mails() == 1


def test_mail_to_two_addresses_of_a_script_runs_it_once(bots: Bots) -> None:
    other = "sales@mail.example.org"
    bots.publish(answer=ANSWER.replace("END ON", "", 1).replace("email =", f'ON EMAIL "{other}"\nemail =', 1))
    jobs = receive(bots, a_mail(), receipt={"recipients": [ADDRESS, other.upper()]})
    assert len(jobs) == 2

    # The first delivery of the first job is interrupted, and its second one comes after the other job.
    bots.death.operation = "SendEmail"
    with pytest.raises(DeathError):
        bots.run(jobs[0])
    bots.death.operation = ""
    bots.expire_leases()
    for job in reversed(jobs):
        assert bots.run(job) == SUCCESS

    assert len(list_requests(bots)) == 1
    assert len(bots.list_runs()) == 1


def test_attachments_of_the_same_name_are_all_saved(bots: Bots) -> None:
    bots.publish(answer=f'ON EMAIL "{ADDRESS}"\nSAVE "requests", #{{n: UBOUND(email.attachments)}}')
    message = a_mail()
    for number, name in enumerate(("3-a.csv", "a.csv", "a.csv", "attachment-5.bin", "x" * 300)):
        message.add_attachment(f"{number}\n", subtype="csv", filename=name)
    (job,) = receive(bots, message)

    assert bots.run(job) == SUCCESS

    contents = {drive_store().read(file) for file in drive_store().list_folder("default", "", limit=100)}
    assert contents == {b"0\n", b"1\n", b"2\n", b"3\n", b"4\n"}


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
def test_mail_runs_once_if_the_function_dies_at_any_call(bots: Bots, *, after: bool) -> None:
    bots.publish(answer=ANSWER)
    message = a_mail()
    message.add_attachment(b"a,b\n1,2\n", maintype="text", subtype="csv", filename="list.csv")
    (job,) = receive(bots, message, "first")
    bots.run(job)
    (job,) = receive(bots, message, "second")
    bots.death.calls = 0
    bots.run(job)
    calls = bots.death.calls
    assert calls > 5

    for at in range(1, calls + 1):
        mails = count_mails()
        subject = f"Order {at}"
        del message["Subject"]
        message["Subject"] = subject
        (job,) = receive(bots, message, f"mail{at}")
        bots.death.at, bots.death.after, bots.death.calls = at, after, 0
        bots.run_until_done(job)
        bots.death.at = 0

        run = bots.list_runs()[0]
        assert run.schedule == f"ON EMAIL mail{at}"
        assert len(list_requests(bots, subject)) == 1
        assert count_mails() - mails <= 1
        if run.status is RunStatus.FAILED:
            # A mail in doubt is not sent again (ADR 50), and the script ends there.
            assert "mail" in run.fault
        else:
            assert count_mails() == mails + 1
        # The script has moved it, and it was not saved again.
        assert list_files() == ["inbox/list.csv"]


@pytest.mark.parametrize("verdict", ["spamVerdict", "virusVerdict"])
def test_spam_and_viruses_are_dropped(bots: Bots, verdict: str) -> None:
    bots.publish(answer=ANSWER)

    assert receive(bots, a_mail(), receipt={verdict: {"status": "FAIL"}}) == []


def test_mail_to_another_address_is_dropped(bots: Bots) -> None:
    bots.publish(answer=ANSWER)

    assert receive(bots, a_mail(), receipt={"recipients": ["other@mail.example.org"]}) == []


@pytest.mark.parametrize(
    "headers",
    [{"Auto_Submitted": "auto-replied"}, {"Return_Path": "<>"}, {"Precedence": "auto_reply"}],
    ids=["answer", "bounce", "vacation"],
)
def test_mail_of_a_program_runs_no_script(bots: Bots, headers: dict[str, str]) -> None:
    bots.publish(answer=ANSWER)
    (job,) = receive(bots, a_mail(**headers))

    assert bots.run(job) == SUCCESS

    assert list_requests(bots) == []
    assert bots.list_runs() == []


def test_mail_of_the_bot_itself_runs_no_script(bots: Bots) -> None:
    bots.publish(answer=ANSWER)
    (job,) = receive(bots, build_message("bots@example.com", [ADDRESS], "Hello", "Hello"))

    assert bots.run(job) == SUCCESS

    assert list_requests(bots) == []


def test_filters_select_mails(bots: Bots) -> None:
    bots.publish(answer=ANSWER.replace(f'"{ADDRESS}"', f'"{ADDRESS}" FROM "example.com" SUBJECT "urgent"', 1))
    for number, subject in enumerate(("Tea", "URGENT: tea")):
        (job,) = receive(bots, a_mail(subject), f"mail{number}")
        assert bots.run(job) == SUCCESS

    assert [row["subject"] for row in list_requests(bots)] == ["URGENT: tea"]


def test_mail_that_is_gone_is_listed_as_failed(bots: Bots) -> None:
    bots.publish(answer=ANSWER)
    (job,) = receive(bots, a_mail())
    bots.aws.s3.delete_object(Bucket=DRIVE_BUCKET, Key="!mail/mail1")

    assert bots.run(job) == SUCCESS

    (run,) = bots.list_runs()
    assert (run.status, run.fault) == (RunStatus.FAILED, "the mail is not stored any more")


def test_too_large_mail_is_listed_as_failed(bots: Bots) -> None:
    bots.publish(answer=ANSWER)
    message = a_mail()
    (job,) = receive(bots, message)
    bots.aws.s3.put_object(Bucket=DRIVE_BUCKET, Key="!mail/mail1", Body=bytes(message) + b"x" * (16 << 20))

    assert bots.run(job) == SUCCESS

    assert bots.list_runs()[0].fault == "the mail has more than 16 MB"


def test_no_line_of_a_log_has_an_address_or_a_text(bots: Bots, capfd: pytest.CaptureFixture[str]) -> None:
    bots.publish(answer=ANSWER)
    (job,) = receive(bots, a_mail())
    bots.run(job)

    printed = "".join(capfd.readouterr())
    assert "received" in printed or printed == ""
    for secret in ("example.com", "mail.example.org", "Tea", "pot of"):
        assert secret not in printed
