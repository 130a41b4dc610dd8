"""The use cases of scripts that run without a conversation."""

from conversations.adapters.automation_queues import SqsMailJobQueue
from conversations.adapters.dynamodb.automation_store import DynamoDBAutomationStore, DynamoDBRunJournalStorage
from conversations.adapters.dynamodb.journal_lease import Lease
from conversations.adapters.received_mail_store import S3MailStore
from conversations.bootstrap.basic_engine import build_script_services
from conversations.bootstrap.clients import dynamodb, s3, sqs
from conversations.bootstrap.drive import drive_store
from conversations.bootstrap.knowledge import word_search
from conversations.bootstrap.once import once
from conversations.bootstrap.programs import programs
from conversations.bootstrap.schedules import schedule_store
from conversations.bootstrap.stores import bot_catalogue
from conversations.config import settings
from conversations.domain import timestamps
from conversations.domain.automations import ScriptRun
from conversations.engines.basic.automations import BasicAutomationRunner
from conversations.engines.basic.mail_addresses import ProgramMailAddresses
from conversations.services.automations import AutomationService
from conversations.services.mail_runs import MailRouter, MailRunService


@once
def automation_service() -> AutomationService:
    """Return the use case of scripts that run on a schedule or for the change of a row."""
    runner = BasicAutomationRunner(
        services=build_script_services(word_search()),
        journal=_build_journal,
    )
    store = DynamoDBAutomationStore(dynamodb(), settings().bot_data_table)
    mails = MailRunService(
        bots=bot_catalogue(),
        scripts=runner,
        store=store,
        mails=S3MailStore(s3, settings().drive_bucket),
        drive=drive_store(),
        now=timestamps.now,
    )
    return AutomationService(
        bots=bot_catalogue(),
        scripts=runner,
        store=store,
        schedules=schedule_store(),
        mails=mails,
        now=timestamps.now,
    )


@once
def mail_router() -> MailRouter:
    """Return the use case of mails that were received."""
    queue = SqsMailJobQueue(sqs(), settings().automations_queue_url)
    return MailRouter(bots=bot_catalogue(), addresses=ProgramMailAddresses(programs()), queue=queue)


def _build_journal(bot_id: str, run: ScriptRun, seconds: float) -> DynamoDBRunJournalStorage:
    lease = Lease.begin(seconds, timestamps.now)
    return DynamoDBRunJournalStorage(dynamodb(), settings().bot_data_table, bot_id, run.id, lease)
