"""A bot with a script on a schedule, and scripts for rows; the check of what they have written after a run."""

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from conversations.adapters.dynamodb.schema.memories import parse_value
from conversations.adapters.dynamodb.schema.table_rows import parse_row
from conversations.adapters.dynamodb.serialization import deserialize
from conversations.domain.automations import RunStatus, ScheduledJob
from tests.faults.bot import BOT
from tests.faults.script_bots import ANSWER, GREET, build_script_bot

QUEUE = "AutomationsQueue"
_SCHEDULE = "*/5 * * * *"
_MAX_LATE_SECONDS = 24 * 60 * 60

_START = f"""
' Every question is a row of a table, whose script writes another one.
{GREET}DO WHILE TRUE
    HEAR question AS TEXT
    SAVE "questions", #{{title: question}}
{ANSWER}LOOP
"""
_REPORT = f"""
' The mail is last: if it is in doubt whether it was sent, the script ends there.
SET SCHEDULE "{_SCHEDULE}"
due = FORMAT(NOW(), "yyyy-MM-dd HH:mm")
SAVE "reports", #{{title: due}}
count = GET BOT MEMORY "reports"
SET BOT MEMORY "reports", IIF(count = "", 0, count) + 1
SEND MAIL "desk@example.com", due, "The report."
"""
_COPY = """
ON INSERT OF "{table}"
SAVE "copies", #{{title: row.title, of: table_name}}
"""


REPORTER = build_script_bot(
    "Reporter",
    start=_START,
    report=_REPORT,
    **{table: _COPY.format(table=table) for table in ("questions", "reports")},
)
"""The default bot of the scenarios with schedules and changes of rows."""


def build_job(due: datetime) -> str:
    """Return the job for a due time."""
    ((schedule, script),) = REPORTER.bundle.program.list_schedules()
    job = ScheduledJob(bot_id=BOT.id, script=script, schedule=schedule, due=due, max_late_seconds=_MAX_LATE_SECONDS)
    return job.model_dump_json()


def has_run(items: Sequence[dict[str, Any]]) -> bool:
    """Return whether scripts may have run without a user, by the items of the table ``bot-data``."""
    return any(deserialize(item)["bot_table"] in (f"{BOT.id}#!runs", f"{BOT.id}#questions") for item in items)


def find_wrong_runs(
    items: Sequence[dict[str, Any]], due: Sequence[datetime], mails: Sequence[str], *, faultless: bool
) -> Iterator[str]:
    """Yield what is wrong with the runs, their mails, and the rows that they and the users have written.

    Parameters
    ----------
    items
        The items of the table ``bot-data``.
    due
        The due times.
    mails
        The subjects of the mails that SES has sent.
    faultless
        Whether no fault was injected.
    """
    rows = [deserialize(item) for item in items]
    runs = {row["due"]: row["status"] for row in rows if row["bot_table"] == f"{BOT.id}#!runs"}
    sent, reports = Counter(mails), Counter(_list_titles(rows, "reports"))
    for moment in due:
        title = f"{moment:%Y-%m-%d %H:%M}"
        status = next((status for at, status in runs.items() if datetime.fromisoformat(at) == moment), None)
        if reports[title] != 1:
            yield f"the report of {title} is written {reports[title]} times"
        if sent[title] > 1 or (status == RunStatus.DONE and not sent[title]):
            yield f"the report of {title} is {status} and was mailed {sent[title]} times"
        if status not in (RunStatus.DONE, RunStatus.FAILED) or (faultless and status != RunStatus.DONE):
            yield f"the run of {title} is {status}"
    if len(runs) != len(due):
        yield f"{len(due)} runs were due, and {list(runs)} are listed"
    yield from _find_wrong_memory(rows, list(runs.values()).count(RunStatus.DONE))
    yield from _find_wrong_copies(rows)


def _find_wrong_memory(rows: Sequence[dict[str, Any]], done: int) -> Iterator[str]:
    memories = [parse_value(row) for row in rows if row["bot_table"] == f"{BOT.id}#!memory"]
    remembered = memories[0] if memories else 0
    if remembered != done:
        yield f"{remembered} reports are remembered, and {done} runs are done"


def _find_wrong_copies(rows: Sequence[dict[str, Any]]) -> Iterator[str]:
    """Check that the script for a new row has run once for each."""
    written = Counter(title for table in ("questions", "reports") for title in _list_titles(rows, table))
    copied = Counter(_list_titles(rows, "copies"))
    if copied != written:
        yield f"the scripts of {dict(written)} have written {dict(copied)}"
    left = [row["id"] for row in rows if "change" in row]
    if left:
        yield f"the scripts of the changes {left} have not run"


def _list_titles(rows: Sequence[dict[str, Any]], table: str) -> list[str]:
    return [str(parse_row(row["row"])["title"]) for row in rows if row["bot_table"] == f"{BOT.id}#{table}"]
