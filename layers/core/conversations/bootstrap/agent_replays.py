"""The replay of stored answers to connections in the format of AG-UI."""

from conversations.adapters.dynamodb.turn_store import DynamoDBTurnStore
from conversations.bootstrap.clients import dynamodb
from conversations.bootstrap.fan_out import fan_out
from conversations.bootstrap.once import once
from conversations.bootstrap.stores import message_store, tables
from conversations.domain import timestamps
from conversations.services.agent_replays import AgentReplayService


@once
def agent_replay_service() -> AgentReplayService:
    """Return the use case of replaying stored answers."""
    return AgentReplayService(
        turns=DynamoDBTurnStore(dynamodb(), tables()),
        messages=message_store(),
        fan_out=fan_out(),
        now=timestamps.now,
    )
