"""A bot with a script for the mails that it receives, and the check of what the script has done after a run."""

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import datetime
from email.message import EmailMessage
from typing import Any

from conversations.adapters.dynamodb.schema.table_rows import parse_row
from conversations.adapters.dynamodb.serialization import deserialize
from conversations.domain.automations import RunStatus
from conversations.domain.received_mail import MAILS_PREFIX
from local.front_door.mail_form import build_notification
from tests.aws import DRIVE_BUCKET, Aws
from tests.faults.bot import BOT
from tests.faults.script_bots import GREET, build_script_bot

QUEUE = "ReceivedMailsQueue"
_ADDRESS = "desk@mail.example.com"

_ANSWER = f"""
' The mail is last: if it is in doubt whether it was sent, the script ends there.
ON EMAIL "{_ADDRESS}"
SAVE "requests", #{{title: email.subject}}
SET BOT MEMORY email.subject, 1
SEND MAIL email.from_address, email.subject, "Thank you."
"""

DESK = build_script_bot("Desk", start=GREET, answer=_ANSWER)
"""The default bot of the scenario with received mails."""


def store_mail(aws: Aws, mail_id: str, now: datetime) -> dict[str, object]:
    """Store a mail whose subject is its id, and return what is reported of it, as Amazon SES does both."""
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = "ada@example.com", _ADDRESS, mail_id
    message.set_content("A pot of tea, please.")
    aws.s3.put_object(Bucket=DRIVE_BUCKET, Key=f"{MAILS_PREFIX}{mail_id}", Body=message.as_bytes())
    return build_notification(mail_id, _ADDRESS, now)


def find_wrong_answers(
    items: Sequence[dict[str, Any]], received: Sequence[str], mails: Sequence[str], *, faultless: bool
) -> Iterator[str]:
    """Yield what is wrong with the runs for mails, and with their rows and answers.

    Parameters
    ----------
    items
        The items of the table ``bot-data``.
    received
        The ids of the mails.
    mails
        The subjects of the mails that SES has sent.
    faultless
        Whether no fault was injected.
    """
    rows = [deserialize(item) for item in items]
    runs = Counter((row["schedule"], row["status"]) for row in rows if row["bot_table"] == f"{BOT.id}#!runs")
    titles = [parse_row(row["row"])["title"] for row in rows if row["bot_table"] == f"{BOT.id}#requests"]
    written, sent = Counter(map(str, titles)), Counter(mails)
    for mail_id in received:
        done, failed = (runs[f"ON EMAIL {mail_id}", str(status)] for status in (RunStatus.DONE, RunStatus.FAILED))
        if (done, failed) != (1, 0) and (faultless or (done, failed) != (0, 1)):
            yield f"{mail_id} has {done} runs that are done and {failed} that failed"
        if written[mail_id] != 1:
            yield f"{mail_id} was written {written[mail_id]} times"
        if sent[mail_id] > 1 or (done and not sent[mail_id]):
            yield f"{mail_id} was answered {sent[mail_id]} times"
    if runs.total() != len(received):
        yield f"{len(received)} mails were received, and {list(runs)} are listed"
    # A memory of its own for each mail: the scripts of two mails run side by side.
    remembered = sum(row["bot_table"] == f"{BOT.id}#!memory" for row in rows)
    done = sum(times for (_, status), times in runs.items() if status == RunStatus.DONE)
    if remembered != done:
        yield f"{remembered} mails are remembered, and {done} runs are done"
