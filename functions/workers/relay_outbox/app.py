"""The consumer of the message tables' streams: queues what its sender stored and could not queue any more."""

from typing import Any

from aws_lambda_powertools import Logger
from aws_lambda_powertools.utilities.typing import LambdaContext

from conversations import bootstrap

logger = Logger()


@logger.inject_lambda_context(clear_state=True)
def handler(event: dict[str, Any], _context: LambdaContext) -> None:
    """Queue what waits for an answer; if that fails, Lambda hands the records out again."""
    keys = [record["dynamodb"]["Keys"] for record in event["Records"]]
    queued = bootstrap.outbox_relay().relay((key["session_id"]["S"], key["id"]["S"]) for key in keys)
    logger.info("relayed", stored=len(keys), queued=queued)
