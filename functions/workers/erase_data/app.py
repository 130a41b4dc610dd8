"""The consumer of ``erasures``: goes on erasing what one request could not."""

from typing import Any

from aws_lambda_powertools import Logger
from aws_lambda_powertools.utilities.batch import BatchProcessor, EventType, process_partial_response
from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord
from aws_lambda_powertools.utilities.typing import LambdaContext

from conversations import bootstrap
from conversations.domain.jobs import ErasureJob

logger = Logger()

_LAST_SECONDS = 5


@logger.inject_lambda_context(clear_state=True)
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Erase until all is gone or the time is up; then the rest is queued anew."""

    def erase(record: SQSRecord) -> None:
        def time_left() -> float:
            return context.get_remaining_time_in_millis() / 1_000 - _LAST_SECONDS

        bootstrap.erasure_service().resume(ErasureJob.model_validate_json(record.body), time_left=time_left)
        logger.info("erased")

    processor = BatchProcessor(event_type=EventType.SQS)
    # A batch that failed as a whole is reported record by record too; an exception would only hide which.
    processor.raise_on_entire_batch_failure = False
    return dict(process_partial_response(event=event, record_handler=erase, processor=processor, context=context))
