"""A script bot that sends a mail and creates a task for each question, and the check of both after a run."""

from base64 import b64decode
from collections.abc import Iterator, Mapping, Sequence
from email import message_from_bytes
from email.policy import default
from typing import Any

from conversations.adapters.dynamodb.schema.table_rows import parse_row
from conversations.adapters.dynamodb.serialization import deserialize
from tests.faults.bot import BOT
from tests.faults.script_bots import ANSWER, GREET, build_script_bot

SENDER = "bot@example.com"

_FAILED = "ATTENTION: "
"""Begins the task of a question whose mail the script believes was not sent."""

_SCRIPT = f"""
' Every question is mailed at most once, and there is one task for it, which says whether the script knows of the mail.
{GREET}DO WHILE TRUE
    HEAR question AS TEXT
    ON ERROR RESUME NEXT
    CLEAR ERROR
    SEND MAIL "desk@example.com", question, "Somebody asks."
    title = question
    IF ERROR THEN title = "{_FAILED}" + question
    ON ERROR GOTO 0
    CREATE TASK title
{ANSWER}LOOP
"""


SECRETARY = build_script_bot("Secretary", start=_SCRIPT)
"""The default bot of the scenarios with mails."""


def read_subject(request: dict[str, Any]) -> str:
    """Return the subject of the mail in a request to SES."""
    message = message_from_bytes(b64decode(request["Content"]["Raw"]["Data"]), policy=default)
    return str(message["Subject"])


def read_title(row: Mapping[str, Any]) -> str:
    """Return the title of a task, as a script has it that knows nothing of its mail."""
    return str(row["title"]).removeprefix(_FAILED)


def has_claims(items: Sequence[dict[str, Any]]) -> bool:
    """Return whether a mail was claimed."""
    return any(item["bot_table"]["S"] == f"{BOT.id}#!mails" for item in items)


def find_wrong_mails(
    items: Sequence[dict[str, Any]], subjects: Sequence[str], answered: Sequence[str], *, faultless: bool
) -> Iterator[str]:
    """Yield what is wrong with the mails and tasks of the only conversation in which something was said.

    That none happens twice is a claim of ``tests/histories/checker.py``.

    Parameters
    ----------
    items
        The items of the table ``bot-data``.
    subjects
        The subjects of the mails that SES has sent.
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
        if question in titles and question not in subjects:
            yield f"the mail of {question} was not sent, and the script does not know it"
        if faultless and question not in subjects:
            yield f"the mail of {question} was not sent"
    claims = [row for row in rows if row["bot_table"] == f"{BOT.id}#!mails"]
    counted = sum(int(row["number"]) for row in claims if row["id"].startswith("day#"))
    claimed = sum(not row["id"].startswith("day#") for row in claims)
    if counted != claimed:
        yield f"{counted} recipients are counted, and {claimed} mails are claimed"
