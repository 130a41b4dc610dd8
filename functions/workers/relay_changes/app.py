"""The consumer of the stream of bot data: queue the changes of rows that scripts run for (outbox pattern)."""

from typing import Any

from aws_lambda_powertools import Logger
from aws_lambda_powertools.utilities.typing import LambdaContext

from conversations.bootstrap.change_relay import change_relay
from conversations.domain.automations import ChangeJob

logger = Logger()


@logger.inject_lambda_context(clear_state=True)
def handler(event: dict[str, Any], _context: LambdaContext) -> None:
    """Queue the changes; if that fails, Lambda delivers the records again."""
    keys = [record["dynamodb"]["Keys"] for record in event["Records"]]
    queued = change_relay().relay(
        ChangeJob(bot_id=key["bot_table"]["S"].partition("#")[2], change_id=key["id"]["S"]) for key in keys
    )
    logger.info("relayed", changes=queued)
