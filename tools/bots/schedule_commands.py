"""``conversations bots schedules``."""

import argparse
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from basic.bundle import load_bundle
from basic.config import get_time_zone
from basic.schedules.cron import load_schedule
from basic.schedules.due_times import list_due_times
from conversations.adapters.dynamodb.automation_store import DynamoDBAutomationStore
from conversations.adapters.dynamodb.bot_catalogue import DynamoDBBotCatalogue
from conversations.domain.automations import ScheduledRun
from conversations.domain.errors import NotFoundError
from conversations.domain.schedules import ScriptSchedule
from conversations.engines import basic
from tools.bots.schedules import list_computed
from tools.bots.stack_commands import reports_stack_errors
from tools.bots.target import PublishTarget, TargetError, resolve_target


@reports_stack_errors
def list_schedules(options: argparse.Namespace) -> int:
    """List the schedules of a bot, and their last runs."""
    stack = resolve_target(options)
    data_table = stack.data_table
    if not data_table:
        raise TargetError("--data-table is missing: the output BotDataTableName of the stack.")
    print(*_describe_schedules(stack, options.bot), sep="\n")
    for schedule in list_computed(stack, options.bot):
        print(_describe_schedule(schedule, "set by a run of a script"))
    runs = DynamoDBAutomationStore(stack.dynamodb, data_table).list_runs(options.bot, options.limit)
    for run in runs:
        print(format_run(run))
    if not runs:
        print("No run in the last 30 days.")
    return 0


def _describe_schedules(stack: PublishTarget, bot_id: str) -> list[str]:
    try:
        bot = DynamoDBBotCatalogue(stack.dynamodb, stack.table).get(bot_id)
    except NotFoundError:
        return [f"{bot_id} is not published, so nothing is scheduled."]
    key = bot.program.get("key")
    if bot.engine != basic.ENGINE or not isinstance(key, str):
        return [f"{bot_id} has no scripts, so nothing is scheduled."]
    bundle = load_bundle(stack.s3.get_object(Bucket=stack.bucket, Key=key)["Body"].read().decode())
    zone = get_time_zone(bundle.config)
    schedules = [ScriptSchedule(bot_id, script, text, zone) for text, script in bundle.program.list_schedules()]
    return [_describe_schedule(schedule) for schedule in schedules] or [f"{bot_id} has no SET SCHEDULE with a time."]


def _describe_schedule(schedule: ScriptSchedule, *remarks: str) -> str:
    zone = ZoneInfo(schedule.time_zone)
    due = next(list_due_times(load_schedule(schedule.schedule), zone, datetime.now(UTC)), None)
    following = "not due any more" if due is None else f"next {due.astimezone(zone):%Y-%m-%d %H:%M %Z}"
    return "  ".join((f"{schedule.script}.bas", schedule.schedule, schedule.time_zone, following, *remarks))


def format_run(run: ScheduledRun) -> str:
    """Return a run in one line: when it was due, when it began and ended, how, and why it failed."""
    times = [f"{moment:%H:%M:%S}" if moment is not None else "-" for moment in (run.started_at, run.ended_at)]
    fault = f"  {run.fault}" if run.fault else ""
    return f"{run.due:%Y-%m-%d %H:%M} UTC  {run.script}.bas  {times[0]} to {times[1]}  {run.status}{fault}"
