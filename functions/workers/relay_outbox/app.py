"""The consumer of the message tables' streams: schedule a check of each stored message (outbox pattern)."""

from typing import Any

from aws_lambda_powertools import Logger
from aws_lambda_powertools.utilities.typing import LambdaContext

from conversations.bootstrap.workers import outbox_relay

logger = Logger()


@logger.inject_lambda_context(clear_state=True)
def handler(event: dict[str, Any], _context: LambdaContext) -> None:
    """Schedule the checks; if that fails, Lambda delivers the records again."""
    keys = [record["dynamodb"]["Keys"] for record in event["Records"]]
    stored = outbox_relay().relay((key["session_id"]["S"], key["id"]["S"]) for key in keys)
    ids = [key["id"]["S"] for key in keys]
    logger.info("relayed", stored=stored, message_ids=ids)
