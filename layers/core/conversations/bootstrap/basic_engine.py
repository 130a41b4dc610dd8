"""What scripts need, in turns and in webhooks: the only modules that load the dialog language."""

from basic.data.store import TableStore
from basic.http.client import HttpClient
from conversations.adapters.dynamodb.memory_store import DynamoDBMemoryStore
from conversations.adapters.dynamodb.table_store import DynamoDBTableStore
from conversations.bootstrap.clients import dynamodb
from conversations.bootstrap.drive import drive_store
from conversations.bootstrap.journals import journal_storage
from conversations.bootstrap.knowledge import knowledge_search
from conversations.bootstrap.model_engine import answerer, mcp_client
from conversations.bootstrap.once import once
from conversations.bootstrap.owned_rows import owned_row_store
from conversations.bootstrap.programs import programs
from conversations.bootstrap.schedules import schedule_store
from conversations.bootstrap.sending import mailer, texter
from conversations.bootstrap.sent_files import sent_file_store
from conversations.bootstrap.talk import talk_service
from conversations.config import settings
from conversations.engines.basic.drive import FileLinks
from conversations.engines.basic.engine import BasicEngine
from conversations.engines.basic.script_services import ScriptServices
from conversations.engines.knowledge.knowledge import KnowledgeSearch


@once
def basic_engine() -> BasicEngine:
    """Return the engine of bots that are written in BASIC."""
    return BasicEngine(
        services=build_script_services(knowledge_search()),
        journal=journal_storage,
        answerer=answerer,
        mcp=mcp_client,
    )


def build_script_services(knowledge: KnowledgeSearch) -> ScriptServices:
    """Return what scripts use.

    Parameters
    ----------
    knowledge
        Searches knowledge bases: by words and meaning, or by words only in functions that may not ask models.
    """
    return ScriptServices(
        programs=programs(),
        tables=_build_table_store,
        memories=DynamoDBMemoryStore(dynamodb(), settings().bot_data_table),
        drive=drive_store(),
        links=FileLinks(sent_file_store(), settings().rest_url),
        owned_rows=owned_row_store(),
        talker=talk_service(),
        schedules=schedule_store(),
        knowledge=knowledge,
        client=HttpClient(),
        mailer=mailer(),
        texter=texter(),
    )


def _build_table_store(bot_id: str) -> TableStore:
    return DynamoDBTableStore(dynamodb(), settings().bot_data_table, bot_id)
