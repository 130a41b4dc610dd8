"""The use cases of AG-UI's clients."""

from conversations.adapters.dynamodb.thread_store import DynamoDBThreadStore
from conversations.adapters.dynamodb.turn_store import DynamoDBTurnStore
from conversations.bootstrap.clients import dynamodb
from conversations.bootstrap.conversations import conversation_service
from conversations.bootstrap.messages import message_service
from conversations.bootstrap.once import once
from conversations.bootstrap.stores import conversation_store, message_store, tables
from conversations.config import settings
from conversations.domain import ids, timestamps
from conversations.services.agent_runs import AgentRunService


@once
def agent_run_service() -> AgentRunService:
    """Return the use cases of agents' runs."""
    return AgentRunService(
        threads=DynamoDBThreadStore(dynamodb(), settings().message_history_table),
        conversations=conversation_store(),
        stored_messages=message_store(),
        turns=DynamoDBTurnStore(dynamodb(), tables()),
        starts=conversation_service(),
        messages=message_service(),
        now=timestamps.now,
        new_id=ids.new_conversation_id,
    )
