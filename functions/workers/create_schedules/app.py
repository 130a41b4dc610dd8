"""The consumer of the stream of bot data: create the schedules that scripts have set (outbox pattern)."""

from typing import Any

from aws_lambda_powertools import Logger
from aws_lambda_powertools.utilities.typing import LambdaContext

from conversations.bootstrap.schedule_relay import schedule_relay

logger = Logger()


@logger.inject_lambda_context(clear_state=True)
def handler(event: dict[str, Any], _context: LambdaContext) -> None:
    """Create the schedules; if that fails, Lambda delivers the records again."""
    keys = [record["dynamodb"]["Keys"] for record in event["Records"]]
    created = schedule_relay().relay((key["bot_table"]["S"].partition("#")[2], key["id"]["S"]) for key in keys)
    logger.info("created", schedules=created)
