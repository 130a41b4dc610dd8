"""Script bots that send a mail or a text message and create a task for each question, and the check of both."""

from base64 import b64decode
from collections.abc import Iterator, Mapping, Sequence
from email import message_from_bytes
from email.policy import default
from typing import Any
from urllib.parse import parse_qs

from conversations.adapters.dynamodb.schema.table_rows import parse_row
from conversations.adapters.dynamodb.serialization import deserialize
from conversations.domain.sending import SendKind
from tests.faults.bot import BOT
from tests.faults.script_bots import ANSWER, GREET, build_script_bot

MAIL_FROM = "bot@example.com"
SMS_FROM = "BOT"

_FAILED = "ATTENTION: "
"""Begins the task of a question whose message the script believes was not sent."""

_CLAIMS = {SendKind.MAIL: f"{BOT.id}#!mails", SendKind.SMS: f"{BOT.id}#!texts"}
"""The partitions of the claims."""


def _write_script(send: str) -> str:
    """Return a script with a statement that sends ``question``."""
    return f"""
' Every question is sent at most once, and there is one task for it, which says whether the script knows that it was.
{GREET}DO WHILE TRUE
    HEAR question AS TEXT
    ON ERROR RESUME NEXT
    CLEAR ERROR
    {send}
    title = question
    IF ERROR THEN title = "{_FAILED}" + question
    ON ERROR GOTO 0
    CREATE TASK title
{ANSWER}LOOP
"""


SECRETARY = build_script_bot(
    "Secretary", start=_write_script('SEND MAIL "desk@example.com", question, "Somebody asks."')
)
"""The default bot of the scenarios with mails."""

TEXTER = build_script_bot("Texter", start=_write_script('SEND SMS "+15550100", question'))
"""The default bot of the scenarios with text messages."""


def read_subject(request: dict[str, Any]) -> str:
    """Return the subject of the mail in a request to SES."""
    message = message_from_bytes(b64decode(request["Content"]["Raw"]["Data"]), policy=default)
    return str(message["Subject"])


def read_text(body: str | bytes) -> str:
    """Return the text of the message in the body of a request to SNS."""
    form = parse_qs(body if isinstance(body, str) else body.decode())
    return form["Message"][0]


def read_title(row: Mapping[str, Any]) -> str:
    """Return the title of a task, as a script has it that knows nothing of its message."""
    return str(row["title"]).removeprefix(_FAILED)


def has_claims(items: Sequence[dict[str, Any]], kind: SendKind) -> bool:
    """Return whether a message of a kind was claimed."""
    return any(item["bot_table"]["S"] == _CLAIMS[kind] for item in items)


def find_wrong_messages(
    items: Sequence[dict[str, Any]], kind: SendKind, sent: Sequence[str], answered: Sequence[str], *, faultless: bool
) -> Iterator[str]:
    """Yield what is wrong with the messages and tasks of the only conversation in which something was said.

    That none happens twice is a claim of ``tests/histories/checker.py``.

    Parameters
    ----------
    items
        The items of the table ``bot-data``.
    kind
        What the script sends.
    sent
        The questions that were sent.
    answered
        The questions that have an answer.
    faultless
        Whether no fault was injected.
    """
    rows = [deserialize(item) for item in items]
    titles = [parse_row(row["row"])["title"] for row in rows if row["bot_table"] == f"{BOT.id}#tasks"]
    tasks = {str(title).removeprefix(_FAILED) for title in titles}
    for question in answered:
        if question not in tasks:
            yield f"{question} was answered and has no task"
        if question in titles and question not in sent:
            yield f"the {kind} of {question} was not sent, and the script does not know it"
        if faultless and question not in sent:
            yield f"the {kind} of {question} was not sent"
    claims = [row for row in rows if row["bot_table"] == _CLAIMS[kind]]
    counted = sum(int(row["number"]) for row in claims if row["id"].startswith("day#"))
    claimed = sum(not row["id"].startswith("day#") for row in claims)
    if counted != claimed:
        yield f"{counted} recipients are counted, and {claimed} are claimed"
