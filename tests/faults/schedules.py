"""EventBridge Scheduler, a bot whose script sets schedules, and the check of what they have run."""

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from conversations.adapters.dynamodb.schema.table_rows import parse_row
from conversations.adapters.dynamodb.serialization import deserialize
from tests.faults.bot import BOT
from tests.faults.script_bots import ANSWER, GREET, build_script_bot

_START = f"""
' The number of the question is the number of hours after which another script runs.
{GREET}DO WHILE TRUE
    HEAR question AS TEXT
    SET SCHEDULE DATEADD(NOW(), VAL(MID(question, 10)), "hour"), "follow.bas"
{ANSWER}LOOP
"""
_FOLLOW = """
SAVE "follow_ups", #{title: FORMAT(NOW(), "yyyy-MM-dd HH:mm")}
"""
_DUE = "%Y-%m-%dT%H:%M:%S"

FOLLOWER = build_script_bot("Follower", start=_START, follow=_FOLLOW)
"""The default bot of the scenario with schedules that a script sets."""


def parse_time(request: Mapping[str, Any]) -> datetime:
    """Return when a schedule runs, by the request that creates it."""
    expression = str(request["ScheduleExpression"])
    assert expression.startswith("at(")
    assert request["ScheduleExpressionTimezone"] == "UTC"
    return datetime.strptime(expression[3:-1], _DUE).replace(tzinfo=UTC)


def has_schedules(items: Sequence[dict[str, Any]]) -> bool:
    """Return whether a script has set a schedule that is not over, by the items of the table ``bot-data``."""
    return any(deserialize(item)["bot_table"] == f"!schedules#{BOT.id}" for item in items)


def find_wrong_schedules(
    items: Sequence[dict[str, Any]], jobs: Mapping[str, str], answered: int, *, faultless: bool
) -> Iterator[str]:
    """Yield what is wrong with the schedules and the rows that their runs have written.

    Parameters
    ----------
    items
        The items of the table ``bot-data``.
    jobs
        The jobs of the schedules that were created, by their names.
    answered
        The number of questions that have an answer, and so a schedule.
    faultless
        Whether no fault was injected.
    """
    rows = [deserialize(item) for item in items]
    due = sorted(f"{datetime.fromisoformat(json.loads(job)['due']):%Y-%m-%d %H:%M}" for job in jobs.values())
    if len(set(due)) != len(due):
        yield f"schedules are created twice: {due}"
    if len(due) < answered or (faultless and len(due) != answered):
        yield f"{answered} questions are answered, and {len(due)} schedules are created"
    written = Counter(str(parse_row(row["row"])["title"]) for row in rows if row["bot_table"] == f"{BOT.id}#follow_ups")
    if written != Counter(due):
        yield f"the schedules for {due} have written {dict(written)}"
    left = [row["id"] for row in rows if row["bot_table"] == f"!schedules#{BOT.id}"]
    if left:
        yield f"the schedules {left} are over and stored"
