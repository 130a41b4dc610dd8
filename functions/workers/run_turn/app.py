"""The consumer of ``replies.fifo``: runs the bot, stores what it says and tells every device."""

from typing import Any

from aws_lambda_powertools import Logger
from aws_lambda_powertools.utilities.batch import SqsFifoPartialProcessor, process_partial_response
from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord
from aws_lambda_powertools.utilities.typing import LambdaContext

from conversations import bootstrap
from conversations.domain import jobs
from conversations.domain.errors import DeadLetteredError

logger = Logger()


@logger.inject_lambda_context(clear_state=True)
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Do the queued work; a failure holds back the rest of its own conversation and of no other."""
    processor = SqsFifoPartialProcessor(skip_group_on_error=True)
    # A batch that failed as a whole is reported record by record too; an exception would only hide which.
    processor.raise_on_entire_batch_failure = False
    failures = process_partial_response(event=event, record_handler=_handle, processor=processor, context=context)
    return dict(failures)


def _handle(record: SQSRecord) -> None:
    tries = int(record.attributes.approximate_receive_count)
    try:
        work = jobs.from_json(record.body)
        bootstrap.retry_service().run(work, receipt=record.receipt_handle, tries=tries)
    except DeadLetteredError:
        logger.exception("work given up", work_id=record.message_id, tries=tries)
        return
    except Exception:
        logger.exception("work failed", work_id=record.message_id, tries=tries)
        raise
    logger.info("work done", kind=work.kind, tries=tries)
