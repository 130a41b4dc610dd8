"""The consumer of ``expiries``: tells visitors that their conversation has ended."""

from typing import Any

from aws_lambda_powertools import Logger
from aws_lambda_powertools.utilities.batch import BatchProcessor, EventType, process_partial_response
from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord
from aws_lambda_powertools.utilities.typing import LambdaContext

from conversations import bootstrap
from conversations.domain.jobs import ExpiryCheckJob

logger = Logger()


@logger.inject_lambda_context(clear_state=True)
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Look at every conversation that may have ended."""
    processor = BatchProcessor(event_type=EventType.SQS)
    # A batch that failed as a whole is reported record by record too; an exception would only hide which.
    processor.raise_on_entire_batch_failure = False
    return dict(process_partial_response(event=event, record_handler=_check, processor=processor, context=context))


def _check(record: SQSRecord) -> None:
    bootstrap.expiry_service().check(ExpiryCheckJob.model_validate_json(record.body))
